"""Reads one sheet of an .xlsx workbook as rows of text: values only, nothing is computed, sizes are bounded.

A workbook is a zip of XML files (ECMA-376). Every size is checked while unpacking, because a zip may lie about them;
a document type, and with it every entity, is refused.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Callable
from typing import Final, NoReturn
from xml.parsers import expat

from levdesk.domain.errors import ImportRejected
from levdesk.io.xlsx_cells import CellReader, date_styles
from levdesk.services.intake.reading import Sheet
from levdesk.services.intake.text import MOST_COLUMNS, NumberedRow
from levdesk.services.pace import Pace, no_pace

MOST_UNPACKED: Final = 512 * 1024 * 1024
MOST_ROWS: Final = 1_048_576  # what a sheet can hold
_MOST_PARTS: Final = 2_000
_MOST_RATIO: Final = 400  # plain sheets pack about 10 to 40 times
_RATIO_FROM: Final = 8 * 1024 * 1024
_MOST_DEPTH: Final = 64
_CHUNK: Final = 256 * 1024
_BROKEN: Final = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    EOFError,
    OSError,
    NotImplementedError,
    RuntimeError,  # a password
    OverflowError,
    ValueError,
)

StartOf = Callable[[str, dict[str, str]], None]
EndOf = Callable[[str], None]
TextOf = Callable[[str], None]


def is_workbook(data: bytes) -> bool:
    """Whether bytes are a zip, as every .xlsx is."""
    return data.startswith(b"PK\x03\x04")


def read_sheet(data: bytes, wanted: str | None, source: str, pace: Pace = no_pace) -> Sheet:
    """A sheet by name, or the first.

    Raises:
        ImportRejected: it is no workbook, is damaged, or unpacks to more than any list of trades.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _Workbook(archive, source, pace).sheet(wanted)
    except _BROKEN as error:
        raise ImportRejected(
            f"{source} is not a workbook that can be read ({_reason(error)}).", hint="Save the sheet as “CSV UTF-8”."
        ) from None


def _reason(error: Exception) -> str:
    if isinstance(error, RuntimeError) and "password" in str(error):
        return "it has a password"
    return "the file is damaged"


class _Workbook:
    """One opened archive."""

    def __init__(self, archive: zipfile.ZipFile, source: str, pace: Pace) -> None:
        self._archive = archive
        self._source = source
        self._pace = pace
        self._unpacked = 0
        parts = archive.infolist()
        if len(parts) > _MOST_PARTS:
            self._refuse("it has too many parts")
        self._names = {part.filename.lstrip("/"): part for part in parts}

    def sheet(self, wanted: str | None) -> Sheet:
        sheets = self._sheets()
        names = tuple(name for name, _ in sheets)
        if not sheets:
            self._refuse("it has no sheets")
        name, path = next(((name, path) for name, path in sheets if name == wanted), sheets[0])
        strings = self._strings()
        return Sheet(self._rows(path, strings), name, names)

    def _refuse(self, reason: str) -> NoReturn:
        raise ImportRejected(f"{self._source} cannot be imported: {reason}.", hint="Save the sheet as “CSV UTF-8”.")

    # -- parts -----------------------------------------------------------------------------------------------------

    def _sheets(self) -> list[tuple[str, str]]:
        """(name, part) of the sheets in the order of their tabs."""
        targets: dict[str, str] = {}
        listed: list[tuple[str, str]] = []

        def on_relation(tag: str, given: dict[str, str]) -> None:
            if tag == "Relationship":
                targets[given.get("Id", "")] = given.get("Target", "")

        def on_sheet(tag: str, given: dict[str, str]) -> None:
            if tag == "sheet":
                relation = next((value for key, value in given.items() if key.rpartition(":")[2] == "id"), "")
                listed.append((given.get("name", "")[:100], relation))

        if "xl/workbook.xml" not in self._names:
            self._refuse("it is a zip, but no workbook")
        self._parse("xl/_rels/workbook.xml.rels", on_relation)
        self._parse("xl/workbook.xml", on_sheet)
        found = []
        for name, relation in listed[:200]:
            target = targets.get(relation, "")
            path = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            if path in self._names and "worksheets/" in path:
                found.append((name, path))
        return found

    def _strings(self) -> list[str]:
        """The shared texts; what is spoken below them (phonetic hints) is left out."""
        strings: list[str] = []
        parts: list[str] = []
        state = {"in": False, "hint": False}

        def start(tag: str, _given: dict[str, str]) -> None:
            state["in"] = tag == "t" and not state["hint"]
            if tag == "si":
                parts.clear()
            elif tag == "rPh":
                state["hint"] = True

        def end(tag: str) -> None:
            state["in"] = False
            if tag == "si":
                strings.append("".join(parts))
            elif tag == "rPh":
                state["hint"] = False

        def text(data: str) -> None:
            if state["in"]:
                parts.append(data)

        self._parse("xl/sharedStrings.xml", start, end, text)
        return strings

    def _rows(self, path: str, strings: list[str]) -> list[NumberedRow]:
        is_old = [False]
        styles: list[tuple[str, dict[str, str]]] = []

        def on_workbook(tag: str, given: dict[str, str]) -> None:
            if tag == "workbookPr":
                is_old[0] = given.get("date1904", "0") in {"1", "true"}

        self._parse("xl/workbook.xml", on_workbook)
        ends: list[tuple[str, dict[str, str]]] = styles
        self._parse(
            "xl/styles.xml", lambda tag, given: ends.append((tag, given)), lambda tag: ends.append((f"/{tag}", {}))
        )
        reader = _SheetReader(CellReader(strings, date_styles(styles), counts_from_1904=is_old[0]))
        self._parse(path, reader.start, reader.end, reader.text)
        if len(reader.rows) > MOST_ROWS:
            self._refuse(f"it has more than {MOST_ROWS:,} rows")
        return reader.rows

    # -- unpacking -------------------------------------------------------------------------------------------------

    def _parse(
        self,
        path: str,
        start: StartOf = lambda _tag, _given: None,
        end: EndOf = lambda _tag: None,
        text: TextOf = lambda _data: None,
    ) -> None:
        part = self._names.get(path)
        if part is None:
            return
        if part.flag_bits & 1:
            self._refuse("it has a password")
        parser = expat.ParserCreate()
        parser.buffer_text = True
        depth = [0]

        def on_start(tag: str, given: dict[str, str]) -> None:
            depth[0] += 1
            if depth[0] > _MOST_DEPTH:
                self._refuse("its content is nested too deeply")
            start(tag.rpartition(":")[2], given)

        def on_end(tag: str) -> None:
            depth[0] -= 1
            end(tag.rpartition(":")[2])

        def on_document_type(*_given: object) -> None:
            self._refuse("it declares a document type, which no workbook needs")

        parser.StartElementHandler = on_start
        parser.EndElementHandler = on_end
        parser.CharacterDataHandler = text
        parser.StartDoctypeDeclHandler = on_document_type
        try:
            self._feed(parser, part)
        except expat.ExpatError as error:
            self._refuse(f"{path} is damaged at line {error.lineno}")

    def _feed(self, parser: expat.XMLParserType, part: zipfile.ZipInfo) -> None:
        done = 0
        with self._archive.open(part) as stream:
            while chunk := stream.read(_CHUNK):
                done += len(chunk)
                self._unpacked += len(chunk)
                is_bomb = done > _RATIO_FROM and done > _MOST_RATIO * max(1, part.compress_size)
                if is_bomb or self._unpacked > MOST_UNPACKED:
                    self._refuse("it unpacks to far more than a list of trades")
                parser.Parse(chunk, False)
                self._pace(done / max(done, part.file_size, 1))
        parser.Parse(b"", True)


_REFERENCE: Final = re.compile(r"([A-Z]{1,3})(\d{1,7})", re.ASCII)


class _SheetReader:
    """Collects the rows of one sheet while it is parsed; blank rows are left out."""

    def __init__(self, cells: CellReader) -> None:
        self.rows: list[NumberedRow] = []
        self._cells = cells
        self._line = 0
        self._row: list[str] = []
        self._given: dict[str, str] = {}
        self._value: list[str] = []
        self._is_value = False

    def start(self, tag: str, given: dict[str, str]) -> None:
        if tag == "row":
            number = given.get("r", "")
            self._line = int(number) if number.isascii() and number.isdigit() and len(number) < 9 else self._line + 1
            self._row = []
        elif tag == "c":
            self._given = given
            self._value.clear()
        self._is_value = tag in {"v", "t"}

    def text(self, data: str) -> None:
        if self._is_value:
            self._value.append(data)

    def end(self, tag: str) -> None:
        self._is_value = False
        if tag == "c":
            at = self._column()
            if at < MOST_COLUMNS:
                self._row += [""] * (at - len(self._row))
                del self._row[at:]
                self._row.append(self._cells.text(self._given, "".join(self._value)))
        elif tag == "row" and len(self.rows) <= MOST_ROWS and any(self._row):
            self.rows.append((self._line, self._row))

    def _column(self) -> int:
        found = _REFERENCE.fullmatch(self._given.get("r", ""))
        if found is None:
            return len(self._row)
        column = 0
        for letter in found[1]:
            column = column * 26 + ord(letter) - 64
        return column - 1
