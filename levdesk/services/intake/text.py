"""Bytes of a text file to rows of cells, one at a time, so that a large file never stands in memory twice."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Callable, Iterable, Iterator
from itertools import count, islice
from typing import Final

from levdesk.domain.errors import ImportRejected
from levdesk.services.intake.choices import DELIMITERS
from levdesk.services.pace import Pace, no_pace

SAMPLE_BYTES: Final = 256 * 1024
LONGEST_LINE: Final = 1_000_000
MOST_COLUMNS: Final = 500

Cells = list[str]
NumberedRow = tuple[int, Cells | str]
"""(line where the row starts, its cells, or what is wrong with it)"""


def detect_encoding(data: bytes) -> str:
    """The encoding a file is probably in: by its mark, else UTF-8 when it is, else by where NULs and letters lie."""
    for mark, name in _MARKS:
        if data.startswith(mark):
            return name
    sample = data[:SAMPLE_BYTES]
    nuls = sample.count(0)
    if nuls and len(sample) >= 4:
        low, high = sample[1::2].count(0), sample[0::2].count(0)
        if max(low, high) > len(sample) // 4:
            return "utf-16-le" if low > high else "utf-16-be"
    if _is_utf8(sample):
        return "utf-8-sig"
    return max(_EIGHT_BIT, key=lambda name: _fitness(sample, name))


_MARKS: Final = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_COMMON_CHINESE: Final = frozenset("买卖買賣入出时间時成交手续费續費价格價数量數类型類方向日期币幣对對总總额額订单訂單")
_EIGHT_BIT: Final = ("cp1252", "gb18030", "cp1251", "shift_jis", "euc_kr", "big5")


def _is_utf8(sample: bytes) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample)
    except UnicodeDecodeError:
        return False
    return True


def _fitness(sample: bytes, name: str) -> float:
    """How much of a sample reads as words of one script; below zero when it cannot be read at all."""
    try:
        text = codecs.getincrementaldecoder(name)().decode(sample)
    except UnicodeDecodeError:
        return -1.0
    foreign = [character for character in text if character > "\x7f"]
    if not foreign:
        return 0.0
    return sum(map(_likelihood(name), foreign)) / len(foreign)


def _likelihood(name: str) -> Callable[[str], float]:
    def weigh(character: str) -> float:
        if name == "cp1252":
            return 0.9 if character in "äöüÄÖÜßéèêëàâáíóúñçãõôîïœøåæ€£’–—°±×÷" else 0.1
        if name == "cp1251":
            return 0.8 if "а" <= character <= "я" else 0.4 if "А" <= character <= "Я" else 0.0
        if name in {"gb18030", "big5"}:
            return 1.0 if character in _COMMON_CHINESE else 0.6 if "\u4e00" <= character <= "\u9fff" else 0.2
        if name == "euc_kr":
            return 0.85 if "가" <= character <= "힣" else 0.0
        return 0.85 if "\u3041" <= character <= "\u30ff" else 0.3

    return weigh


def detect_delimiter(lines: list[str], known_headers: frozenset[str], key: Callable[[str], str]) -> str:
    """The separator under which the lines fall into columns, the one that shows known headers first.

    Args:
        lines: the first lines of the file.
        known_headers: headers of known files, as `key` writes them.
        key: how a header is compared.
    """

    def fit(delimiter: str) -> tuple[int, float, int]:
        rows = [cells for _, cells in numbered_rows(lines, delimiter) if not isinstance(cells, str)]
        widths = [len(row) for row in rows if len(row) > 1]
        if not widths:
            return (0, 0.0, 0)
        width = max(set(widths), key=widths.count)
        known = max(len({key(cell) for cell in row} & known_headers) for row in rows[:30])
        return (known, widths.count(width) / len(rows), width)

    return max(DELIMITERS, key=fit)


def first_lines(data: bytes, encoding: str, most: int = 200) -> list[str]:
    """The first lines of a file, each cut to a bounded length; what cannot be decoded becomes a sign."""
    text = codecs.getincrementaldecoder(encoding)("replace").decode(data[:SAMPLE_BYTES])
    return [line[:20_000] for line in islice(io.StringIO(text, newline=""), most)]


def open_text(data: bytes, encoding: str, source: str, pace: Pace = no_pace) -> Iterator[str]:
    """The lines of a file, with their ends.

    Raises:
        ImportRejected: bytes the encoding does not know, a NUL, or a line without an end.
    """
    stream = io.TextIOWrapper(io.BytesIO(data), encoding=encoding, newline="")
    total, done, number = max(1, len(data)), 0, 0
    while True:
        try:
            line = stream.readline(LONGEST_LINE)
        except (UnicodeError, ValueError):
            raise ImportRejected(
                f"{source} cannot be read as {encoding_title(encoding)}: near line {number + 1} there are other bytes.",
                hint="Choose another encoding, or save the file as “CSV UTF-8”.",
            ) from None
        if not line:
            return
        number += 1
        if "\0" in line:
            raise ImportRejected(
                f"{source} is not a text file: line {number} holds a NUL character.", hint="Save it as “CSV UTF-8”."
            )
        if len(line) >= LONGEST_LINE:
            raise ImportRejected(
                f"Line {number} of {source} is longer than {LONGEST_LINE:,} characters.",
                hint="This is no table of transactions.",
            )
        done += len(line)
        if number % 4096 == 0:
            pace(min(1.0, done / total))
        yield line


def numbered_rows(lines: Iterable[str], delimiter: str) -> Iterator[NumberedRow]:
    """Each row that is not blank, with the line where it starts."""
    reader = csv.reader(lines, delimiter=delimiter)
    for _ in count():
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            too_long = "field larger" in str(error)
            yield line, "A cell is far too long: is a quote opened and never closed?" if too_long else "It is no row."
            continue
        if len(cells) > MOST_COLUMNS:
            yield line, f"The row has more than {MOST_COLUMNS} cells."
        elif any(cell and not cell.isspace() for cell in cells):
            yield line, cells


_TITLES: Final = {
    "utf-8-sig": "UTF-8",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16 LE",
    "utf-16-be": "UTF-16 BE",
    "cp1252": "Windows Western",
    "cp1251": "Windows Cyrillic",
    "gb18030": "Chinese GB",
    "big5": "Chinese Big5",
    "shift_jis": "Japanese",
    "euc_kr": "Korean",
}


def encoding_title(encoding: str) -> str:
    """An encoding, for people."""
    return _TITLES.get(encoding, encoding)
