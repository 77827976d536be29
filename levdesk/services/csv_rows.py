"""Bytes of a CSV file to named cells, each row with its line as an editor counts it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

from levdesk.domain.errors import ImportRejected
from levdesk.domain.problems import Problem, Severity
from levdesk.services.csv_format import COLUMNS, NEEDED

HEADER_HINT = f"The first line must be: {','.join(COLUMNS)}"
_DELIMITERS = (",", ";", "\t")
_LINE_END = re.compile("\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class CsvRow:
    """One row.

    Attributes:
        line: line of the file where it starts, counted from 1.
        cells: text by column name; columns the file does not have are "".
    """

    line: int
    cells: dict[str, str]


@dataclass(frozen=True, slots=True)
class CsvContent:
    """What the file holds: rows in file order, and a problem for each row that is not even a row."""

    rows: tuple[CsvRow, ...]
    problems: tuple[Problem, ...]


def read_csv(data: bytes, source: str) -> CsvContent:
    """Read a file whose columns may stand in any order; blank lines are skipped and counted.

    Raises:
        ImportRejected: it is not text, or its first line does not name the columns.
    """
    text = _decode(data, source)
    lines = _records(text, _delimiter(text))
    header_line, header = next(((line, cells) for line, cells in lines if not isinstance(cells, str)), (1, []))
    names = _column_names(header, header_line, source)
    rows: list[CsvRow] = []
    problems: list[Problem] = []
    for line, cells in lines:
        if isinstance(cells, str):
            problems.append(_problem("row_unreadable", cells, source, line))
        elif any(cells[len(names) :]):
            words = f"The row has {len(cells)} fields, but the first line names {len(names)} columns."
            problems.append(_problem("row_too_long", words, source, line))
        else:
            rows.append(CsvRow(line, dict.fromkeys(COLUMNS, "") | dict(zip(names, cells, strict=False))))
    return CsvContent(tuple(rows), tuple(problems))


def _decode(data: bytes, source: str) -> str:
    wide = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        text = data.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        where = "" if wide else f" on line {_line_of(error.object[: error.start].decode('latin-1'))}"
        raise ImportRejected(
            f"{source} is not text in UTF-8: it holds other bytes{where}.", hint="Save it as “CSV UTF-8” and try again."
        ) from None
    if "\0" in text:
        line = _line_of(text[: text.index("\0")])
        raise ImportRejected(
            f"{source} is not a text file: line {line} holds a NUL character.", hint="Save it as “CSV UTF-8”."
        )
    if not text.strip():
        raise ImportRejected(f"{source} is empty.", hint=HEADER_HINT)
    return text


def _line_of(text_before: str) -> int:
    return len(_LINE_END.findall(text_before)) + 1


def _delimiter(text: str) -> str:
    """The separator under which the first line names the columns that are needed; a comma when none does."""
    first = _LINE_END.split(text.lstrip(), maxsplit=1)[0]
    for delimiter in _DELIMITERS:
        names = {name.strip().strip('"').lower() for name in first.split(delimiter)}
        if names.issuperset(NEEDED):
            return delimiter
    return ","


def _records(text: str, delimiter: str) -> Iterator[tuple[int, list[str] | str]]:
    """(line, fields) of each row that is not blank, or (line, what is wrong with it)."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    for _ in count():
        line = reader.line_num + 1
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield line, _reason(str(error))
            continue
        if any(field.strip() for field in fields):
            yield line, fields


def _reason(error: str) -> str:
    if "field larger" in error:
        return f"A field is longer than {csv.field_size_limit():,} characters."
    if "unexpected end" in error:
        return "A quote is opened here and never closed."
    return "The quotes do not match: a quote inside a quoted field is written twice."


def _column_names(header: list[str], line: int, source: str) -> list[str]:
    names = [name.strip().lower() for name in header]
    while names and not names[-1]:
        names.pop()
    faults = [f"There is no column “{name}”." for name in NEEDED if name not in names]
    faults += [f"The column “{name[:40]}” has no meaning here." for name in names if name not in COLUMNS]
    faults += [f"The column “{name}” is there twice." for name in COLUMNS if names.count(name) > 1]
    if not faults:
        return names
    problems = tuple(_problem("header", fault, source, line) for fault in faults)
    raise ImportRejected(
        f"The first line of {source} does not name the columns of a transaction file.",
        problems=problems,
        hint=HEADER_HINT,
    )


def _problem(code: str, message: str, source: str, line: int) -> Problem:
    return Problem(severity=Severity.ERROR, code=code, message=message, source=source, line=line)
