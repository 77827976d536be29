"""The portable export: a zip of plain tables that a person, a spreadsheet or another program can read without us.

    README.txt      what this is, for a person
    manifest.json   format, tables with columns and their meaning, row counts, SHA-256 of each table's file
    *.csv           one row a line: UTF-8, comma, CRLF, RFC 4180
    *.jsonl         one JSON object a line, for tables whose cells hold JSON themselves

In a CSV an empty cell is an empty text, or nothing at all where the manifest says that the column may be empty. A text
that a spreadsheet would run as a formula has an apostrophe in front, and so has one that begins with an apostrophe;
reading takes exactly one away. Writing and reading are exact inverses.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

Cell = int | str | None
CellRow = tuple[Cell, ...]

FORMAT: Final = 1
MANIFEST: Final = "manifest.json"
README: Final = "README.txt"
AS_JSON_LINES: Final = frozenset({"acts", "settings", "alert_rules", "alert_states", "alert_events"})
"""Tables whose cells hold JSON, or may be very long."""
LEFT_OUT: Final = frozenset({"about", "_sqlite_migrations"})
"""Tables a program keeps for itself."""

_SECRET: Final = re.compile(r"secret|password|passphrase|api_?key|credential|private|bearer", re.IGNORECASE)
_NUMBER: Final = re.compile(r"-?[0-9]+(\.[0-9]+)?", re.ASCII)
_WHOLE: Final = re.compile(r"-?[0-9]{1,19}", re.ASCII)
_RISKY: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "'")
_INT64: Final = 2**63


@dataclass(frozen=True, slots=True, kw_only=True)
class PortableColumn:
    """One column: INTEGER or TEXT, and whether a cell may be nothing."""

    name: str
    kind: str
    may_be_empty: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PortableTable:
    """One table and its file.

    Attributes:
        name: of the table.
        columns: in the order of the file.
        rows: how many.
        sha256: of the file's bytes, in hex; "" while it is being written.
    """

    name: str
    columns: tuple[PortableColumn, ...]
    rows: int = 0
    sha256: str = ""

    @property
    def file(self) -> str:
        """Name inside the zip."""
        return f"{self.name}.{'jsonl' if self.name in AS_JSON_LINES else 'csv'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PortableManifest:
    """What an export says of itself.

    Attributes:
        ledger_format: layout of the ledger the tables are of.
        written_by: version of the program.
        made: ISO 8601, UTC.
        holdings_sha256: over quantity, cost and result of every holding.
        counters: the last id each table ever gave out, also to rows that are gone.
        tables: what is inside.
    """

    ledger_format: int
    written_by: str
    made: str
    holdings_sha256: str
    counters: tuple[tuple[str, int], ...]
    tables: tuple[PortableTable, ...]


def is_exportable_setting(name: str) -> bool:
    """Whether a preference may leave: nothing whose name speaks of a secret, although none should be stored at all."""
    return not _SECRET.search(name)


# -- rows ------------------------------------------------------------------------------------------------------


def write_rows(table: PortableTable, rows: Iterable[CellRow]) -> Iterator[str]:
    """The text of a table's file, line by line, each with its end."""
    names = [column.name for column in table.columns]
    if table.name in AS_JSON_LINES:
        for row in rows:
            yield json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False) + "\n"
        return
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    for texts in _with_header(names, table.columns, rows):
        writer.writerow(texts)
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()


def read_rows(table: PortableTable, lines: Iterable[str]) -> Iterator[CellRow]:
    """The rows of a table's file, given its lines with their ends.

    Raises:
        ValueError: with a plain reason that names the row.
    """
    number = 0
    for row in _json_rows(table, lines) if table.name in AS_JSON_LINES else _csv_rows(table, lines):
        number += 1
        for cell, column in zip(row, table.columns, strict=True):
            _check(cell, column, table, number)
        yield row
    if number != table.rows:
        raise ValueError(f"{table.file} has {number:,} rows where the manifest says {table.rows:,}")


def guard(text: str) -> str:
    """A text that no spreadsheet runs; `unguard` gives back the original."""
    return f"'{text}" if text.startswith(_RISKY) and not _NUMBER.fullmatch(text) else text


def unguard(text: str) -> str:
    """What `guard` was given."""
    return text.removeprefix("'")


def _with_header(
    names: list[str], columns: tuple[PortableColumn, ...], rows: Iterable[CellRow]
) -> Iterator[Iterable[str]]:
    yield names
    for row in rows:
        yield [_cell_text(cell, column) for cell, column in zip(row, columns, strict=True)]


def _cell_text(cell: Cell, column: PortableColumn) -> str:
    if cell is None:
        return ""
    if isinstance(cell, int):
        return str(cell)
    return "'" if not cell and column.may_be_empty else guard(cell)


def _csv_rows(table: PortableTable, lines: Iterable[str]) -> Iterator[CellRow]:
    reader = csv.reader(lines, strict=True)
    try:
        header = next(reader, None)
        if header != [column.name for column in table.columns]:
            raise ValueError(f"{table.file} does not begin with its columns' names")
        for number, cells in enumerate(reader, 1):
            if len(cells) != len(table.columns):
                raise ValueError(f"row {number} of {table.file} has {len(cells)} cells instead of {len(table.columns)}")
            yield tuple(_cell(text, column, table, number) for text, column in zip(cells, table.columns, strict=True))
    except csv.Error as error:
        raise ValueError(f"{table.file} is no CSV ({error})") from None


def _cell(text: str, column: PortableColumn, table: PortableTable, number: int) -> Cell:
    if not text and column.may_be_empty:
        return None
    if column.kind == "TEXT":
        return unguard(text)
    if not _WHOLE.fullmatch(text):
        raise ValueError(f"row {number} of {table.file}: {column.name} is no whole number")
    return int(text)


def _json_rows(table: PortableTable, lines: Iterable[str]) -> Iterator[CellRow]:
    names = [column.name for column in table.columns]
    for number, line in enumerate(lines, 1):
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            raise ValueError(f"row {number} of {table.file} is no JSON") from None
        if not isinstance(value, dict) or list(value) != names:
            raise ValueError(f"row {number} of {table.file} does not have its columns")
        yield tuple(value.values())


def _check(cell: object, column: PortableColumn, table: PortableTable, number: int) -> None:
    if not _fits(cell, column):
        raise ValueError(f"row {number} of {table.file}: {column.name} does not hold what it should")


def _fits(cell: object, column: PortableColumn) -> bool:
    if cell is None:
        return column.may_be_empty
    if column.kind == "TEXT":
        return isinstance(cell, str) and _can_be_stored(cell)
    return type(cell) is int and -_INT64 <= cell < _INT64


def _can_be_stored(text: str) -> bool:
    return text.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in text)


# -- manifest --------------------------------------------------------------------------------------------------


def write_manifest(manifest: PortableManifest, meanings: Callable[[str, str], str]) -> str:
    """The manifest as JSON; `meanings` tells what a (table, column) means."""
    document = {
        "what": "LevDesk portable export",
        "format": FORMAT,
        "ledger_format": manifest.ledger_format,
        "written_by": manifest.written_by,
        "made": manifest.made,
        "holdings_sha256": manifest.holdings_sha256,
        "counters": dict(manifest.counters),
        "tables": [
            {
                "name": table.name,
                "file": table.file,
                "rows": table.rows,
                "sha256": table.sha256,
                "meaning": meanings(table.name, ""),
                "columns": [
                    {
                        "name": column.name,
                        "type": column.kind,
                        "may_be_empty": column.may_be_empty,
                        "meaning": meanings(table.name, column.name),
                    }
                    for column in table.columns
                ],
            }
            for table in manifest.tables
        ],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def read_manifest(text: str) -> PortableManifest:
    """What `write_manifest` wrote.

    Raises:
        ValueError: with a plain reason.
    """
    try:
        document = json.loads(text)
        if not isinstance(document, dict) or document.get("what") != "LevDesk portable export":
            raise ValueError("it is not a portable export of LevDesk")
        if type(document["format"]) is not int or document["format"] > FORMAT:
            raise ValueError(f"a newer LevDesk wrote it ({_text(document['written_by'])[:40]})")
        return PortableManifest(
            ledger_format=_whole(document["ledger_format"]),
            written_by=_text(document["written_by"]),
            made=_text(document["made"]),
            holdings_sha256=_text(document["holdings_sha256"]),
            counters=tuple((_text(name), _whole(last)) for name, last in document["counters"].items()),
            tables=tuple(_table(table) for table in document["tables"]),
        )
    except (KeyError, TypeError, AttributeError, RecursionError):
        raise ValueError("its manifest cannot be read") from None


def _table(value: dict[str, object]) -> PortableTable:
    columns = value["columns"]
    if not isinstance(columns, list) or not columns:
        raise TypeError
    return PortableTable(
        name=_text(value["name"]),
        columns=tuple(
            PortableColumn(
                name=_text(column["name"]), kind=_text(column["type"]), may_be_empty=column["may_be_empty"] is True
            )
            for column in columns
        ),
        rows=_whole(value["rows"]),
        sha256=_text(value["sha256"]),
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _whole(value: object) -> int:
    if type(value) is not int or not 0 <= value < _INT64:
        raise TypeError
    return value
