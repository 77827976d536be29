"""Detection by looking: which row names the columns, how numbers and dates are written, and in which zone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Final

from levdesk.services.intake.cells import zone_minutes
from levdesk.services.intake.choices import ColumnMapping, DateOrder, Field

_HEADER_ROWS: Final = 30
_ZONED: Final = re.compile(r"(?:UTC|GMT)\s*(?P<zone>[+-]\s*\d{1,2}(?::?\d\d)?|0)?", re.IGNORECASE)
_ZONE_PART: Final = re.compile(r"[\[(]?\s*(?:UTC|GMT)\s*(?:[+-]?\s*\d{1,2}(?::?\d\d)?)?\s*[\])]?", re.IGNORECASE)
_NUMERIC: Final = re.compile(r"[+-]?[\d., '\u00a0\u202f]*\d", re.ASCII)
_COMMA_SURE: Final = re.compile(r"[+-]?\d*,(\d{1,2}|\d{4,})|[+-]?\d{1,3}(\.\d{3})+,\d+|[+-]?0,\d+", re.ASCII)
_POINT_SURE: Final = re.compile(r"[+-]?\d*\.(\d{1,2}|\d{4,})|[+-]?\d{1,3}(,\d{3})+\.\d+|[+-]?0\.\d+", re.ASCII)
_COMMA_MAYBE: Final = re.compile(r"[+-]?\d{1,3},\d{3}", re.ASCII)
_YEAR_LAST: Final = re.compile(r"(?<!\d)(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d\d)(?!\d)", re.ASCII)
_YEAR_FIRST: Final = re.compile(r"\d{4}[-/.年]\d{1,2}", re.ASCII)
_SHORT_YEAR_FIRST: Final = re.compile(r"(?<!\d)\d\d-(\d\d)-(\d\d)(?!\d)", re.ASCII)
_HALF_DAY: Final = re.compile(r"\d\s*[AaPp]\.?[Mm]", re.ASCII)

MAIN_FIELDS: Final = (Field.TIME, Field.TYPE, Field.SYMBOL, Field.QUANTITY)


def header_key(header: str) -> str:
    """A header as it is compared: no case, no signs, no zone."""
    return "".join(character for character in _ZONE_PART.sub("", header).casefold() if character.isalnum())


def header_zone(header: str) -> int | None:
    """Minutes east of UTC that a header names, as in "Time(UTC+8)"; None when it names none."""
    found = _ZONED.search(header)
    if found is None:
        return None
    named = (found["zone"] or "").replace(" ", "")
    try:
        return zone_minutes(named) if named else 0
    except ValueError:
        return None


def find_header(rows: Sequence[Sequence[str]], known: frozenset[str]) -> int:
    """Index of the row that names the columns: the first with most known headers, else the first without numbers."""
    first = rows[:_HEADER_ROWS]
    if not first:
        return 0
    hits = [len({header_key(cell) for cell in row} & known) for row in first]
    if max(hits) >= 2:
        return hits.index(max(hits))
    widths = [sum(1 for cell in row if cell.strip()) for row in first]
    widest = max(widths)
    for index, row in enumerate(first):
        if widths[index] == widest and not any(_NUMERIC.fullmatch(cell.strip()) for cell in row if cell.strip()):
            return index
    return 0


def find_decimal_mark(cells: Iterable[str], delimiter: str) -> str:
    """The decimal mark, by the cells that cannot be read the other way; the separator settles what is left open."""
    comma = point = maybe = 0
    for cell in cells:
        text = cell.strip()
        if not _NUMERIC.match(text):
            continue
        number = text.rstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz ").lstrip("-+")
        comma += bool(_COMMA_SURE.fullmatch(number))
        point += bool(_POINT_SURE.fullmatch(number))
        maybe += bool(_COMMA_MAYBE.fullmatch(number))
    if comma != point:
        return "," if comma > point else "."
    return "," if maybe and delimiter == ";" else "."


def find_date_order(times: Iterable[str]) -> tuple[DateOrder, bool]:
    """(order, whether some date settles it or none needs it) of the cells of a time column."""
    firsts, seconds, half_days, years_first = [], [], 0, 0
    for text in times:
        found = _YEAR_LAST.search(text)
        if _YEAR_FIRST.search(text) or (_SHORT_YEAR_FIRST.search(text) and found is None):
            years_first += 1
        elif _SHORT_YEAR_FIRST.search(text) and found is not None and int(found[1]) > 12 and int(found[2]) <= 12:
            years_first += int(found[1]) > 19 and int(found[3]) > 12
            firsts.append(int(found[1]))
            seconds.append(int(found[2]))
        elif found:
            firsts.append(int(found[1]))
            seconds.append(int(found[2]))
            half_days += bool(_HALF_DAY.search(text))
    if not firsts or years_first >= len(firsts):
        return DateOrder.YEAR_FIRST, True
    if max(firsts) > 12:
        return DateOrder.DAY_FIRST, True
    if max(seconds) > 12:
        return DateOrder.MONTH_FIRST, True
    return (DateOrder.MONTH_FIRST if half_days else DateOrder.DAY_FIRST), False


def find_fees_negative(fees: Iterable[str]) -> bool:
    """Whether every fee of a sample is below zero: then that is how the file writes a paid fee."""
    signs = [text.strip().startswith(("-", "\u2212")) for text in fees if any(sign in "123456789" for sign in text)]
    return bool(signs) and all(signs)


# -- mappings ----------------------------------------------------------------------------------------------------------


def known_headers(mappings: Iterable[ColumnMapping], aliases: Sequence[tuple[Field, str]]) -> frozenset[str]:
    """Headers of all mappings and the general words for columns, as they are compared."""
    named = (header for mapping in mappings for header in (*mapping.headers, *(name for _, name in mapping.columns)))
    return frozenset(header_key(header) for header in chain(named, (word for _, word in aliases))) - {""}


def fitting_mappings(headers: Sequence[str], mappings: Iterable[ColumnMapping]) -> tuple[ColumnMapping, ...]:
    """The mappings whose columns are all there, the closest likeness first; equals keep their order."""
    there = {header_key(header) for header in headers} - {""}

    def likeness(mapping: ColumnMapping) -> float:
        named = {header_key(header) for header in (mapping.headers or [header for _, header in mapping.columns])}
        return len(named & there) / len(named | there)

    fits = [
        mapping
        for mapping in mappings
        if mapping.columns and all(header_key(header) in there for _, header in mapping.columns)
    ]
    return tuple(sorted(fits, key=likeness, reverse=True))


def guess_mapping(headers: Sequence[str], aliases: Sequence[tuple[Field, str]]) -> ColumnMapping:
    """What the columns probably mean by their names alone; earlier words of a field are the better ones."""
    keys = {header_key(header): header for header in reversed(headers)}
    columns: dict[Field, str] = {}
    for wanted, word in aliases:
        header = keys.get(header_key(word))
        if header is not None and wanted not in columns and header not in columns.values():
            columns[wanted] = header
    return ColumnMapping(title="By the names of the columns", columns=tuple(columns.items()), only_leveraged=True)


def missing_fields(mapping: ColumnMapping) -> tuple[Field, ...]:
    """Fields without which no row can be read."""
    named = {said for said, header in mapping.columns if header}
    missing = [wanted for wanted in MAIN_FIELDS if wanted not in named]
    if Field.VENUE not in named and not mapping.venue:
        missing.append(Field.VENUE)
    if Field.PRICE not in named and Field.TOTAL not in named:
        missing.append(Field.PRICE)
    return tuple(missing)
