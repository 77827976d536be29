"""Decimal rules: the only place that parses, rounds and writes money and quantities.

Sums, differences and products are exact as long as they fit `EXACT_DIGITS`; only division rounds, and it rounds here.
"""

from __future__ import annotations

import decimal
from decimal import Decimal
from typing import Final

EXACT_DIGITS: Final = 300
"""Significant digits carried by `EXACT`: a product of two full-size inputs has 140, and long sums of them fit."""

QUOTIENT_DIGITS: Final = 34
"""Significant digits a division keeps (IEEE decimal128)."""

MAX_INTEGER_DIGITS: Final = 30
MAX_FRACTION_DIGITS: Final = 40

EXACT: Final = decimal.Context(prec=EXACT_DIGITS, rounding=decimal.ROUND_HALF_EVEN)
_QUOTIENT: Final = decimal.Context(prec=QUOTIENT_DIGITS, rounding=decimal.ROUND_HALF_EVEN)
_LONG_QUOTIENT: Final = decimal.Context(prec=EXACT_DIGITS // 2, rounding=decimal.ROUND_HALF_EVEN)

_EXPONENT: Final = frozenset("eE")

ZERO: Final = Decimal(0)
ONE: Final = Decimal(1)

decimal.DefaultContext.prec = EXACT_DIGITS  # threads started later inherit it
decimal.setcontext(EXACT.copy())


def use_exact_arithmetic() -> None:
    """Make `+ - *` on Decimal exact in the calling thread; call once at the start of a thread made before import."""
    decimal.setcontext(EXACT.copy())


def parse_decimal(text: str) -> Decimal:
    """Read a number a person or a file wrote, keeping every digit.

    Raises:
        ValueError: with a plain reason, when the text is not a finite number of a sane size.
    """
    stripped = text.strip()
    if not stripped:
        raise ValueError("is missing")
    try:
        value = EXACT.create_decimal(stripped) if "_" not in stripped else None
    except decimal.InvalidOperation:
        value = None
    if value is None:
        raise ValueError(f"“{stripped[:40]}” is not a number")
    if not value.is_finite():
        raise ValueError(f"“{stripped[:40]}” is not a finite number")
    if len(stripped) < MAX_INTEGER_DIGITS and not _EXPONENT.intersection(stripped):
        return value or ZERO  # no room for too many digits; thousands of these come a second
    if value and (value.adjusted() >= MAX_INTEGER_DIGITS or _fraction_digits(value) > MAX_FRACTION_DIGITS):
        raise ValueError(f"“{stripped[:40]}” is out of range")
    return value or ZERO  # a zero's exponent may be anything, and its sign means nothing


def _fraction_digits(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def to_text(value: Decimal) -> str:
    """Write a Decimal in plain notation with all of its digits: the one encoding for files, JSON and the database."""
    return format(value, "f")


def divide(numerator: Decimal, denominator: Decimal) -> Decimal:
    """Divide, rounded half-even to `QUOTIENT_DIGITS`, without padding zeros.

    Raises:
        ZeroDivisionError: when the denominator is zero.
    """
    if not denominator:
        raise ZeroDivisionError("division of money by zero")
    quotient = _QUOTIENT.divide(numerator, denominator)
    exponent = quotient.as_tuple().exponent
    if isinstance(exponent, int) and exponent > 0:
        return quotient.quantize(ONE)
    return quotient


def exact_quotient(numerator: Decimal, denominator: Decimal) -> Decimal:
    """Divide with every digit when the quotient ends, else rounded like `divide`.

    Raises:
        ZeroDivisionError: when the denominator is zero.
    """
    if denominator == ONE:
        return numerator
    quotient = divide(numerator, denominator)
    if EXACT.multiply(quotient, denominator) == numerator:
        return quotient
    longer = _LONG_QUOTIENT.divide(numerator, denominator)
    return longer if EXACT.multiply(longer, denominator) == numerator else quotient


def share_of(total: Decimal, part: Decimal, whole: Decimal) -> Decimal:
    """The part of `total` that belongs to `part` of `whole`; exactly `total` when part equals whole.

    Multiplies before it divides: a third of 30 is 10, not 9.99….
    """
    return total if part == whole else _QUOTIENT.divide(EXACT.multiply(total, part), whole)
