"""Writes the portable export and takes one in: streamed row by row, bounded, and proved before it counts."""

from __future__ import annotations

import csv
import hashlib
import io
import sqlite3
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Final

from levdesk import __version__
from levdesk.domain.errors import ImportRejected, StoreCorrupt, StoreTooNew, UserError
from levdesk.io.backup import give_name, make_private_file, sync
from levdesk.io.backup_contents import count_rows, holdings_hash, quoted, tables_of
from levdesk.io.ledger_db import LEDGER, read_ledger
from levdesk.io.paths import Paths
from levdesk.io.portable_intake import fill_ledger, make_ledger_of, require_sense
from levdesk.io.restore import RestoreReport, finish, prepared_file, put_in_place
from levdesk.io.store_errors import translated
from levdesk.io.store_file import read_any_version
from levdesk.services.csv_format import time_text
from levdesk.services.portable import (
    LEFT_OUT,
    MANIFEST,
    README,
    CellRow,
    PortableColumn,
    PortableManifest,
    PortableTable,
    is_exportable_setting,
    read_manifest,
    read_rows,
    write_manifest,
    write_rows,
)
from levdesk.services.portable_words import README_TEXT, meaning
from levdesk.services.ports import Clock

MAX_FILE_BYTES: Final = 2 * 1024**3
MAX_UNPACKED_BYTES: Final = 8 * 1024**3
MAX_MANIFEST_BYTES: Final = 1024**2
MAX_RATIO: Final = 200
"""Plain tables shrink to a tenth or so; a member that claims more than this is a bomb."""
MAX_CELL: Final = 16 * 1024**2
_SMALL_BYTES: Final = 1024**2
_BROKEN: Final = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    RuntimeError,  # also what is encrypted, not implemented, or nested too deeply
    ValueError,
    OverflowError,
    OSError,  # offsets that lead nowhere
)
_HINT: Final = "Nothing was changed. Choose a file that “levdesk export --portable” wrote."


@dataclass(frozen=True, slots=True, kw_only=True)
class PortableReport:
    """What was exported: where, how many rows of each table, and the size."""

    path: Path
    size_bytes: int
    rows: tuple[tuple[str, int], ...]

    @property
    def transactions(self) -> int:
        """Rows of the ledger in it."""
        return dict(self.rows).get("transactions", 0)


# -- out -------------------------------------------------------------------------------------------------------


def export_portable(paths: Paths, clock: Clock, target: Path) -> PortableReport:
    """Write everything precious to a zip of tables, read it back, and only then give it its name.

    Raises:
        UserError: there is nothing to export yet, or `target` is there already.
        StoreError: the ledger cannot be read, or the place not written to.
    """
    if target.exists():
        raise UserError(f"{target} is already there.", hint="Name another file, or move that one away.")
    temporary = target.with_name(f".{target.name}.part")
    try:
        make_private_file(temporary)

        def write(connection: sqlite3.Connection) -> PortableManifest:
            with zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
                return _write(archive, connection, clock.now_ms())

        with translated(target):
            manifest = read_ledger(paths, clock, write)
        if manifest is None:
            raise UserError("There is no ledger yet, so there is nothing to export.")
        with _opened(temporary) as (archive, _):
            for table in manifest.tables:
                for _row in _rows_of(archive, table):
                    pass
        with translated(target):
            sync(temporary)
            size_bytes = temporary.stat().st_size
            give_name(temporary, target)
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
    return PortableReport(
        path=target, size_bytes=size_bytes, rows=tuple((table.name, table.rows) for table in manifest.tables)
    )


def _write(archive: zipfile.ZipFile, connection: sqlite3.Connection, now_ms: int) -> PortableManifest:
    tables = []
    for name in tables_of(connection):
        if name not in LEFT_OUT:
            table = PortableTable(name=name, columns=_columns(connection, name), rows=count_rows(connection, name))
            tables.append(_write_table(archive, table, _stored_rows(connection, table)))
    manifest = PortableManifest(
        ledger_format=int(connection.execute("PRAGMA user_version").fetchone()[0]),
        written_by=__version__,
        made=time_text(now_ms),
        holdings_sha256=holdings_hash(connection),
        counters=tuple(connection.execute("SELECT name, seq FROM sqlite_sequence ORDER BY name")),
        tables=tuple(tables),
    )
    archive.writestr(MANIFEST, write_manifest(manifest, meaning))
    archive.writestr(README, README_TEXT)
    return manifest


def _write_table(archive: zipfile.ZipFile, table: PortableTable, rows: Iterable[CellRow]) -> PortableTable:
    digest, count = hashlib.sha256(), 0

    def counted() -> Iterator[CellRow]:
        nonlocal count
        for row in rows:
            count += 1
            yield row

    with archive.open(table.file, "w", force_zip64=True) as file:
        for line in write_rows(table, counted()):
            data = line.encode()
            digest.update(data)
            file.write(data)
    return replace(table, rows=count, sha256=digest.hexdigest())


def _stored_rows(connection: sqlite3.Connection, table: PortableTable) -> Iterator[CellRow]:
    columns = ", ".join(quoted(column.name) for column in table.columns)
    for row in connection.execute(f"SELECT {columns} FROM {quoted(table.name)} ORDER BY 1, 2"):  # noqa: S608 - quoted
        if table.name != "settings" or is_exportable_setting(row[0]):
            yield row


def _columns(connection: sqlite3.Connection, table: str) -> tuple[PortableColumn, ...]:
    """As the table has them; a primary key of one number may never be empty, although SQLite does not say so."""
    return tuple(
        PortableColumn(name=name, kind=kind, may_be_empty=not needed and not key)
        for _, name, kind, needed, _, key in connection.execute(f"PRAGMA table_info({quoted(table)})")
    )


# -- in --------------------------------------------------------------------------------------------------------


def check_portable(source: Path) -> PortableManifest:
    """Read a portable export from end to end without taking it in.

    Raises:
        ImportRejected: it is none, was changed, or wants to be more than it can be.
        StoreTooNew: a newer LevDesk wrote it.
    """
    with _opened(source) as (archive, manifest), _refusing(source):
        for table in manifest.tables:
            for _row in _rows_of(archive, table):
                pass
    return manifest


def import_portable(paths: Paths, source: Path, clock: Clock) -> RestoreReport:
    """Make what a portable export holds the ledger; what was there before is kept aside, as by a restore.

    Raises:
        ImportRejected: as `check_portable`, or its rows do not fit together; nothing was changed.
        StoreTooNew: a newer LevDesk wrote it.
        StoreError: the place cannot be written to; the ledger is as it was.
    """
    with prepared_file(paths) as prepared:
        with _opened(source) as (archive, manifest), _refusing(source):
            make_private_file(prepared)
            make_ledger_of(prepared, manifest.ledger_format)
            fill_ledger(prepared, manifest, ((table, _rows_of(archive, table)) for table in manifest.tables))
        try:
            contents = finish(prepared)
            read_any_version(prepared, require_sense)
        except StoreCorrupt as error:
            raise _rejected(source, error.message) from error
        if contents.holdings_hash != manifest.holdings_sha256:
            raise _rejected(source, "its holdings do not come to what it says they do")
        label = f"import everything from {source.name}"
        return put_in_place(paths, prepared, contents, clock, source=source, label=label)


@contextmanager
def _opened(source: Path) -> Iterator[tuple[zipfile.ZipFile, PortableManifest]]:
    """The archive and its manifest, after a look at everything that can be seen without unpacking."""
    with _refusing(source):
        if source.stat().st_size > MAX_FILE_BYTES:
            raise ValueError("it is larger than 2 GB")
        archive = zipfile.ZipFile(source)
    with closing(archive):
        with _refusing(source):
            _look_at_members(archive)
            with archive.open(MANIFEST) as file:
                manifest = read_manifest(file.read(MAX_MANIFEST_BYTES + 1).decode("utf-8"))
            if manifest.ledger_format > LEDGER.version:
                writer = f"LevDesk {manifest.written_by[:40]}"
                raise StoreTooNew(
                    f"{source.name} was written by {writer} in format {manifest.ledger_format}; "
                    f"this is LevDesk {__version__}, which reads formats up to {LEDGER.version}.",
                    hint="Update LevDesk.",
                )
            files = [table.file for table in manifest.tables]
            if sorted([*files, MANIFEST, README]) != sorted(archive.namelist()):
                raise ValueError("it does not hold exactly the tables that its manifest names")
        yield archive, manifest


def _look_at_members(archive: zipfile.ZipFile) -> None:
    """Refuse what could fill the disk or the memory, or reach outside.

    Raises:
        ValueError: with a plain reason.
    """
    members = archive.infolist()
    names = [member.filename for member in members]
    if MANIFEST not in names:
        raise ValueError("it has no manifest")
    if len(set(names)) != len(names):
        raise ValueError("it names a file twice")
    if sum(member.file_size for member in members) > MAX_UNPACKED_BYTES:
        raise ValueError("it would be larger than 8 GB unpacked")
    for member in members:
        if member.is_dir() or "/" in member.filename or "\\" in member.filename:
            raise ValueError("it holds folders")
        if member.flag_bits & 0x1 or member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise ValueError("it is encrypted, or packed in a way we do not read")
        if member.file_size > _SMALL_BYTES and member.file_size > MAX_RATIO * max(1, member.compress_size):
            raise ValueError(f"{member.filename[:40]} would unpack to more than it can be")
    if archive.getinfo(MANIFEST).file_size > MAX_MANIFEST_BYTES:
        raise ValueError("its manifest is too large")


def _rows_of(archive: zipfile.ZipFile, table: PortableTable) -> Iterator[CellRow]:
    """Rows of a table, streamed; at the end the file must be the one the manifest names."""
    with archive.open(table.file) as packed, _long_cells():
        file = _Hashing(packed)
        with io.TextIOWrapper(io.BufferedReader(file), encoding="utf-8", newline="") as text:
            yield from read_rows(table, _bounded(text))
        if file.digest.hexdigest() != table.sha256:
            raise ValueError(f"{table.file} was changed after it was written")


def _bounded(text: io.TextIOWrapper) -> Iterator[str]:
    """Lines with their ends, refused when one would fill the memory."""
    while line := text.readline(MAX_CELL * 4):
        if len(line) >= MAX_CELL * 4:
            raise ValueError("one of its rows is too long")
        yield line


class _Hashing(io.RawIOBase):
    """Bytes on their way through, hashed."""

    def __init__(self, file: IO[bytes]) -> None:
        super().__init__()
        self._file = file
        self.digest = hashlib.sha256()

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # what BufferedReader hands over
        """The next bytes."""
        data = self._file.read(len(buffer))
        buffer[: len(data)] = data
        self.digest.update(data)
        return len(data)


@contextmanager
def _long_cells() -> Iterator[None]:
    """A note may be longer than the csv module lets a cell be."""
    before = csv.field_size_limit(MAX_CELL)
    try:
        yield
    finally:
        csv.field_size_limit(before)


@contextmanager
def _refusing(source: Path) -> Iterator[None]:
    """Turn whatever a hostile file can raise into one refusal."""
    try:
        yield
    except FileNotFoundError as error:
        raise ImportRejected(f"{source} is not there.", hint="Check the name of the file.") from error
    except sqlite3.IntegrityError as error:
        raise _rejected(source, f"its rows do not fit together ({error})") from error
    except _BROKEN as error:
        said = type(error) is ValueError and str(error)
        raise _rejected(source, said or "it is no zip of tables, or a broken one") from error


def _rejected(source: Path, reason: str) -> ImportRejected:
    return ImportRejected(f"{source.name} was refused: {reason.rstrip('.')}.", hint=_HINT)
