"""Money: every digit in, every digit out, and one place that rounds."""

from __future__ import annotations

import threading
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from levdesk.domain.money import (
    MAX_FRACTION_DIGITS,
    MAX_INTEGER_DIGITS,
    ZERO,
    divide,
    exact_quotient,
    parse_decimal,
    share_of,
    to_text,
)

finite = st.decimals(min_value="-1E30", max_value="1E30", allow_nan=False, allow_infinity=False, places=40).filter(
    lambda value: value.adjusted() < MAX_INTEGER_DIGITS
)


@given(finite)
def test_what_is_written_is_read_back_digit_by_digit(value: Decimal) -> None:
    assert parse_decimal(to_text(value)) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [("1", "1"), (" 2.50 ", "2.50"), ("+3", "3"), ("1e-18", "0.000000000000000001"), ("1E5", "100000"), ("-0.0", "0")],
)
def test_usual_spellings_are_read(text: str, value: str) -> None:
    assert to_text(parse_decimal(text)) == to_text(parse_decimal(value))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "is missing"),
        ("   ", "is missing"),
        ("abc", "is not a number"),
        ("1,5", "is not a number"),
        ("1_000", "is not a number"),
        ("−5", "is not a number"),
        ("NaN", "is not a finite number"),
        ("sNaN", "is not a finite number"),
        ("-Infinity", "is not a finite number"),
        ("1e400", "is out of range"),
        ("1e-400", "is out of range"),
        ("1" * 31, "is out of range"),
        ("0." + "1" * (MAX_FRACTION_DIGITS + 1), "is out of range"),
        ("1" * 100_000, "is out of range"),
    ],
)
def test_what_is_not_a_sane_number_is_refused_in_words(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse_decimal(text)


@pytest.mark.parametrize("text", ["0e-400", "0E+999999", "-0", "0.000"])
def test_zero_is_zero_however_it_is_written(text: str) -> None:
    assert to_text(parse_decimal(text)) == "0"


@given(finite, finite)
def test_products_of_full_size_numbers_are_exact(left: Decimal, right: Decimal) -> None:
    assert Fraction(left * right) == Fraction(left) * Fraction(right)


def test_threads_started_later_are_exact_too() -> None:
    results: list[Decimal] = []
    long = Decimal("1." + "3" * 40)
    thread = threading.Thread(target=lambda: results.append(long * long))
    thread.start()
    thread.join()
    assert Fraction(results[0]) == Fraction(long) ** 2


def test_a_share_is_exact_where_it_can_be() -> None:
    assert share_of(Decimal(30), Decimal(1), Decimal(3)) == 10
    assert share_of(Decimal("0.1"), Decimal(7), Decimal(7)) == Decimal("0.1")


@given(finite, st.integers(1, 10**6), st.integers(1, 10**6))
def test_a_share_is_right_to_34_digits(total: Decimal, part: int, rest: int) -> None:
    share = Fraction(share_of(total, Decimal(part), Decimal(part + rest)))
    exact = Fraction(total) * part / (part + rest)
    assert abs(share - exact) <= abs(exact) * Fraction(1, 10**33)


def test_division_rounds_to_34_digits_and_pads_nothing() -> None:
    assert to_text(divide(Decimal(10), Decimal(3))) == "3.333333333333333333333333333333333"
    assert to_text(divide(Decimal(100), Decimal("0.01"))) == "10000"
    with pytest.raises(ZeroDivisionError):
        divide(Decimal(1), ZERO)


def test_a_quotient_that_ends_keeps_every_digit() -> None:
    long = Decimal("123456789012345678901234567890.1234567890123456789")
    assert exact_quotient(long * 7, Decimal(7)) == long
    assert exact_quotient(long, Decimal(1)) == long
    assert exact_quotient(Decimal(10), Decimal(3)) == divide(Decimal(10), Decimal(3))
