"""Rows out of the leaf pages of a database file whose tables can no longer be walked: the file format, read by hand.

The format is described at https://www.sqlite.org/fileformat2.html. A leaf page of a table holds whole rows, whether or
not the pages above it are still there.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Final

Value = int | float | str | bytes | None

_LEAF: Final = 0x0D
_PAGE_SIZES: Final = frozenset(2**power for power in range(9, 17))
_INT_WIDTHS: Final = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}
_MOST_COLUMNS: Final = 64


def leaf_rows(path: Path, page_size: int = 4096) -> Iterator[tuple[int, tuple[Value, ...]]]:
    """(rowid, values) of every row that stands whole in a leaf page, in the order of the file.

    Rows of pages that are free again are among them: whoever asks has to know what a row of his looks like.

    Raises:
        OSError: as the system reports it.
    """
    if page_size not in _PAGE_SIZES:
        return
    with path.open("rb") as file:
        number = 0
        while page := file.read(page_size):
            start = 100 if number == 0 else 0
            if len(page) == page_size and page[start] == _LEAF:
                yield from _rows_of(page, start)
            number += 1


def _rows_of(page: bytes, start: int) -> Iterator[tuple[int, tuple[Value, ...]]]:
    (count,) = struct.unpack_from(">H", page, start + 3)
    pointers = start + 8
    if pointers + 2 * count > len(page):
        return
    for place in struct.unpack_from(f">{count}H", page, pointers):
        try:
            row = _row_at(page, place)
        except (IndexError, ValueError, struct.error):
            continue  # not a row, or half of one
        if row is not None:
            yield row


def _row_at(page: bytes, place: int) -> tuple[int, tuple[Value, ...]] | None:
    length, place = _varint(page, place)
    row_id, place = _varint(page, place)
    payload = page[place : place + length]
    if len(payload) != length or length > len(page) - 35:
        return None  # it goes on in another page
    return row_id, _record(payload)


def _record(payload: bytes) -> tuple[Value, ...]:
    header_end, place = _varint(payload, 0)
    kinds = []
    while place < header_end:
        kind, place = _varint(payload, place)
        kinds.append(kind)
    if place != header_end or len(kinds) > _MOST_COLUMNS:
        raise ValueError
    values = []
    for kind in kinds:
        value, place = _value(payload, place, kind)
        values.append(value)
    if place != len(payload):
        raise ValueError
    return tuple(values)


def _value(payload: bytes, place: int, kind: int) -> tuple[Value, int]:
    if kind in (0, 8, 9):
        return {0: None, 8: 0, 9: 1}[kind], place
    width = _INT_WIDTHS.get(kind, 8 if kind == 7 else (kind - 12) // 2)
    data = payload[place : place + width]
    if kind in (10, 11) or len(data) != width:
        raise ValueError
    if kind == 7:
        return struct.unpack(">d", data)[0], place + width
    if kind in _INT_WIDTHS:
        return int.from_bytes(data, "big", signed=True), place + width
    return (data.decode("utf-8") if kind % 2 else data), place + width


def _varint(data: bytes, place: int) -> tuple[int, int]:
    value = 0
    for count in range(9):
        byte = data[place + count]
        if count == 8:
            value = value << 8 | byte
            break
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, place + count + 1
    return value - 2**64 if value >= 2**63 else value, place + 9
