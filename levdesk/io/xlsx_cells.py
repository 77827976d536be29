"""Cells of a workbook as text: shared texts, numbers digit for digit, and dates that are only numbers with a style."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

LONGEST_CELL: Final = 32_767  # what a cell can hold
_BUILT_IN_DATES: Final = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
_QUOTED: Final = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.')
_FROM_1900: Final = datetime(1899, 12, 30)  # noqa: DTZ001 - a sheet's clock has no zone
_FROM_1904: Final = datetime(1904, 1, 1)  # noqa: DTZ001
_LAST_DAY: Final = 2_958_466
_MARCH_1900: Final = 61  # before it, sheets count a 29 February that never was


def date_styles(events: Iterable[tuple[str, dict[str, str]]]) -> frozenset[int]:
    """Numbers of the cell styles that show dates, from the (tag, attributes) of the styles part; "/tag" ends one."""
    dates = set(_BUILT_IN_DATES)
    found: set[int] = set()
    number, inside = 0, False
    for tag, given in events:
        if tag == "numFmt":
            code = _QUOTED.sub("", given.get("formatCode", "")).lower()
            if any(letter in code for letter in "ydhs") and "general" not in code:
                dates.add(_whole(given.get("numFmtId", "")))
        elif tag in {"cellXfs", "/cellXfs"}:
            inside = tag == "cellXfs"
        elif tag == "xf" and inside:
            if _whole(given.get("numFmtId", "")) in dates:
                found.add(number)
            number += 1
    return frozenset(found)


class CellReader:
    """Writes cells as text.

    Args:
        strings: the shared texts.
        dates: numbers of the styles that show dates.
        counts_from_1904: the workbook counts its days from 1904.
    """

    def __init__(self, strings: Sequence[str], dates: frozenset[int], *, counts_from_1904: bool) -> None:
        self._strings = strings
        self._dates = dates
        self._start = _FROM_1904 if counts_from_1904 else _FROM_1900

    def text(self, given: dict[str, str], value: str) -> str:
        """A cell by its attributes and value; a formula is what it last came to, an error is nothing."""
        kind = given.get("t", "n")
        if kind == "s":
            at = _whole(value)
            return self._strings[at][:LONGEST_CELL] if 0 <= at < len(self._strings) else ""
        if kind in {"inlineStr", "str", "d"}:
            return value[:LONGEST_CELL]
        if kind == "b":
            return "true" if value.strip() == "1" else "false"
        if kind == "e" or not value.strip():
            return ""
        return self._number(value.strip(), _whole(given.get("s", "0")))

    def _number(self, value: str, style: int) -> str:
        try:
            figure = float(value)
        except ValueError:
            return value[:LONGEST_CELL]
        if not math.isfinite(figure):
            return value[:LONGEST_CELL]
        if style in self._dates and 1 <= figure < _LAST_DAY:
            return self._date(figure)
        if len(value) < 16 and "e" not in value.lower():
            return value
        return format(Decimal(repr(figure)), "f")  # a sheet writes 17 digits of what is shown with 15

    def _date(self, days: float) -> str:
        if self._start is _FROM_1900 and days < _MARCH_1900:
            days += 1
        moment = self._start + timedelta(milliseconds=round(days * 86_400_000))
        if moment.microsecond:
            return moment.isoformat(sep=" ", timespec="milliseconds")
        return moment.isoformat(sep=" ")


def _whole(text: str) -> int:
    """A small whole number; -1 for anything else."""
    stripped = text.strip()
    return int(stripped) if stripped.isascii() and stripped.isdigit() and len(stripped) < 10 else -1
