"""Reads the numbers a person types, in the format of the locale or plain: every digit kept, and nothing guessed."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from PySide6.QtCore import QLocale

from levdesk.domain.money import parse_decimal, to_text
from levdesk.ui.format import MINUS

_MINUS_SIGNS: Final = str.maketrans({"\u2212": "-", "\u2013": "-", "\uff0d": "-", "\uff0b": "+"})
_SPACES: Final = re.compile(r"(?<=\d)[\s\u00a0\u2009\u202f'\u2019](?=\d)")
_GROUPED: Final = re.compile(r"[+-]?\d{1,3}(?:[.,]\d{2,3})*[.,]\d{3}")


def read_amount(text: str, locale: QLocale | None = None) -> Decimal:
    """The number a person typed.

    "1,234.5" and "1234.5" read alike; so does "1.234,5" where the locale writes a decimal comma. Where locale and plain
    spelling disagree ("1.234" under a decimal comma) both readings are named instead of choosing one.

    Raises:
        ValueError: with a plain reason that follows the name of a field ("is missing", "“x” is not a number").
    """
    rules = locale if locale is not None else QLocale()
    typed = text.strip().translate(_MINUS_SIGNS)
    plain = _SPACES.sub("", typed)
    return parse_decimal(_without_grouping(plain, rules))


def _without_grouping(text: str, locale: QLocale) -> str:
    points, commas = text.count("."), text.count(",")
    if not commas and (points == 0 or (points == 1 and locale.decimalPoint() != ",")):
        return text
    if points and commas:
        return _both_marks(text)
    mark = "." if points else ","
    if max(points, commas) > 1:
        return _ungroup(text, mark)
    return _one_mark(text, mark, locale)


def _both_marks(text: str) -> str:
    decimal, group = (".", ",") if text.rindex(".") > text.rindex(",") else (",", ".")
    if text.count(decimal) > 1:
        raise ValueError(f"“{text[:40]}” is not a number")
    whole, _, fraction = text.partition(decimal)
    return f"{_ungroup(whole, group)}.{fraction}"


def _ungroup(text: str, mark: str) -> str:
    if not _GROUPED.fullmatch(text):
        raise ValueError(f"“{text[:40]}” is not a number: the thousands are not grouped by three")
    return text.replace(mark, "")


def _one_mark(text: str, mark: str, locale: QLocale) -> str:
    is_decimal_mark = mark == locale.decimalPoint()
    grouped = _GROUPED.fullmatch(text) is not None and not text.lstrip("+-").startswith("0")
    if is_decimal_mark:
        return text.replace(mark, ".")
    if mark == ".":
        if grouped:
            whole = text.replace(mark, "")
            raise ValueError(f"“{text[:40]}” can be read in two ways: write {whole} or {text.replace('.', ',')}")
        return text
    if not grouped:
        raise ValueError(f"“{text[:40]}” is not a number: write {text.replace(',', '.')[:40]} with a point")
    return text.replace(mark, "")


def amount_text(value: Decimal | None, locale: QLocale | None = None) -> str:
    """A number as `read_amount` takes it back, digit for digit: no thousands, the locale's decimal mark."""
    if value is None:
        return ""
    rules = locale if locale is not None else QLocale()
    point = rules.decimalPoint() if rules.decimalPoint() in {".", ","} else "."
    return to_text(value).replace(".", point).replace("-", MINUS)
