"""What can still be read of a damaged ledger, put into a new one; the damaged file is kept aside as it is.

Everything is done on a copy. A table that can be walked is walked from both ends; rows between two damaged places are
asked for one by one; and where even that fails the leaf pages are read by hand.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from levdesk.domain.errors import LevdeskError, StoreCorrupt, StoreError, UserError
from levdesk.io.backup import make_private_file
from levdesk.io.backup_contents import describe_ledger, quoted, tables_of
from levdesk.io.backup_shelf import latest_sound
from levdesk.io.ledger_db import LEDGER
from levdesk.io.paths import Paths
from levdesk.io.portable_intake import make_ledger_of
from levdesk.io.restore import RestoreReport, exchange_files, finish, prepared_file
from levdesk.io.rows import read_tokens
from levdesk.io.salvage_intake import Found, put_rows
from levdesk.io.salvage_pages import leaf_rows
from levdesk.io.store_errors import translated
from levdesk.io.store_file import read_any_version
from levdesk.services.backup_rescue import DamagedLedger
from levdesk.services.portable import LEFT_OUT
from levdesk.services.ports import Clock

_PAGE: Final = 4096
_HEADER: Final = 100
_MOST_GAPS: Final = 2_000_000
_LEAF_TABLES: Final = ("transactions", "portfolios", "tokens", "import_batches")
Key = tuple[object, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SalvageReport:
    """What became of a salvage.

    Attributes:
        restored: the new ledger, and where the damaged file is kept.
        rows: (table, rows) that were read.
        unreadable: rows that were seen and could not be used.
        is_whole: every table could be read to its end.
    """

    restored: RestoreReport
    rows: tuple[tuple[str, int], ...]
    unreadable: int
    is_whole: bool

    @property
    def words(self) -> str:
        """One sentence for the person."""
        count = self.restored.transactions
        read = f"{count:,} transaction{'' if count == 1 else 's'} could be read"
        if self.is_whole and not self.unreadable:
            return f"{read}: all of them, as far as the file tells."
        rest = f" {self.unreadable:,} rows could not." if self.unreadable else ""
        return f"{read}; others may be lost.{rest}"


@dataclass(slots=True)
class _Reading:
    """What was found so far."""

    found: dict[str, Found] = field(default_factory=dict)
    is_whole: bool = True


def salvage(paths: Paths, clock: Clock) -> SalvageReport:
    """Make a new ledger of what the damaged one still holds.

    Raises:
        UserError: there is no file, or nothing in it can be read; it is left as it is.
        StoreUnavailable: the place cannot be written to.
    """
    reading = read_damaged(paths)
    if not any(found.rows for found in reading.found.values()):
        raise UserError("Nothing can be read from the damaged ledger.", hint="Restore a backup, or start afresh.")
    with prepared_file(paths) as prepared:
        make_private_file(prepared)
        make_ledger_of(prepared, LEDGER.version)
        counts, refused = put_rows(prepared, reading.found, keep_acts=reading.is_whole)
        contents = finish(prepared)
        kept = exchange_files(paths, prepared, clock.now_ms())
    return SalvageReport(
        restored=RestoreReport(
            source=paths.levdesk_db,
            kept_aside=kept,
            transactions=contents.rows("transactions"),
            portfolios=contents.rows("portfolios"),
            holdings_hash=contents.holdings_hash,
        ),
        rows=tuple(counts.items()),
        unreadable=refused,
        is_whole=reading.is_whole,
    )


def start_afresh(paths: Paths, clock: Clock) -> Path | None:
    """Set the ledger aside, whatever it is, and begin an empty one; where the old one is kept.

    Raises:
        StoreUnavailable: the place cannot be written to.
    """
    with prepared_file(paths) as prepared:
        make_private_file(prepared)
        finish(prepared)
        return exchange_files(paths, prepared, clock.now_ms())


def find_damage(paths: Paths, message: str) -> DamagedLedger | None:
    """`look_at_damage`, or None when the ledger reads from end to end after all."""

    def read(connection: sqlite3.Connection) -> str:
        verdict = str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])
        describe_ledger(connection)
        read_tokens(connection)
        return verdict

    try:
        if read_any_version(paths.levdesk_db, read) in ("ok", None):
            return None
    except StoreCorrupt:
        pass
    return look_at_damage(paths, message)


def look_at_damage(paths: Paths, message: str) -> DamagedLedger:
    """What there is instead of a ledger that cannot be used, and how far the two differ."""
    backup = latest_sound(paths)
    try:
        found = read_damaged(paths)
    except LevdeskError:
        return DamagedLedger(message=message, backup=backup, readable=None)
    rows = found.found.get("transactions", Found(columns=()))
    told = {row_id: rows.named(row) for row_id, row in rows.rows.items()}
    if backup is None:
        return DamagedLedger(message=message, backup=None, readable=len(told), is_whole=found.is_whole)
    copied = _transactions_of(backup.path)
    return DamagedLedger(
        message=message,
        backup=backup,
        readable=len(told),
        is_whole=found.is_whole,
        only_in_damaged=None if copied is None else sum(copied.get(key) != row for key, row in told.items()),
        only_in_backup=None if copied is None else sum(key not in told for key in copied),
    )


def read_damaged(paths: Paths) -> _Reading:
    """Every row that can be read, by table; nothing is changed.

    Raises:
        UserError: there is no file.
        StoreUnavailable: the folder has no room for a copy.
    """
    ledger = paths.levdesk_db
    if not ledger.exists() or not ledger.stat().st_size:
        raise UserError(f"{ledger.name} is empty or not there.", hint="Restore a backup, or start afresh.")
    with _scratch(paths) as copy:
        reading = _Reading()
        for mend in (_as_it_is, _without_journal, _with_new_header, _with_new_first_page):
            with translated(ledger):
                mend(ledger, copy)
            reading = _read_copy(copy)
            if "transactions" in reading.found and reading.found["transactions"].rows:
                break
        for found in reading.found.values():
            reading.is_whole &= found.is_whole
        if not reading.is_whole or not reading.found:
            reading.is_whole = False
            _add_leaves(copy, reading)
        return reading


def _read_copy(copy: Path) -> _Reading:
    reading = _Reading()
    try:
        with closing(sqlite3.connect(copy, isolation_level=None)) as connection:
            connection.text_factory = lambda data: data.decode("utf-8", "replace")
            connection.execute("PRAGMA trusted_schema = OFF")
            connection.execute("PRAGMA writable_schema = ON")  # a file cut short is walked as far as it goes
            for name in tables_of(connection):
                if name not in LEFT_OUT:
                    reading.found[name] = _read_table(connection, name)
    except sqlite3.Error:
        reading.is_whole = False
    return reading


def _read_table(connection: sqlite3.Connection, table: str) -> Found:
    info = connection.execute(f"PRAGMA table_info({quoted(table)})").fetchall()
    found = Found(columns=tuple(row[1] for row in info))
    keys = [row[1] for row in sorted(info, key=lambda row: int(row[5])) if row[5]]
    columns = ", ".join(quoted(name) for name in found.columns)
    places = [found.columns.index(name) for name in keys]
    for direction in ("ASC", "DESC"):
        order = ", ".join(f"{quoted(name)} {direction}" for name in keys)
        try:
            for row in connection.execute(f"SELECT {columns} FROM {quoted(table)} ORDER BY {order}"):  # noqa: S608 - quoted
                found.rows[_key(row, places)] = row
            return found
        except sqlite3.Error:
            found.is_whole = False
    if keys == ["id"]:
        _ask_one_by_one(connection, table, columns, found)
    return found


def _ask_one_by_one(connection: sqlite3.Connection, table: str, columns: str, found: Found) -> None:
    with suppress(sqlite3.Error):
        known = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,)).fetchone()
        last = min(int(known[0]), _MOST_GAPS) if known else 0
        for row_id in range(1, last + 1):
            if row_id not in found.rows:
                with suppress(sqlite3.Error):
                    row = connection.execute(
                        f"SELECT {columns} FROM {quoted(table)} WHERE id = ?",  # noqa: S608 - quoted
                        (row_id,),
                    ).fetchone()
                    if row is not None:
                        found.rows[row_id] = row


def _key(row: tuple[object, ...], places: list[int]) -> object:
    return row[places[0]] if len(places) == 1 else tuple(row[place] for place in places)


def _add_leaves(copy: Path, reading: _Reading) -> None:
    """Rows of leaf pages nobody leads to any more; only those that look like rows of ours."""
    from levdesk.io.salvage_intake import LEAF_SHAPES

    for row_id, values in leaf_rows(copy, _PAGE):
        for table in _LEAF_TABLES:
            columns = LEAF_SHAPES[table](values)
            if columns is None:
                continue
            found = reading.found.setdefault(table, Found(columns=columns, is_whole=False))
            if not found.is_whole and row_id not in found.rows and len(values) <= len(found.columns):
                found.rows[row_id] = (row_id, *values[1:])
            break


# -- copies ----------------------------------------------------------------------------------------------------


@contextmanager
def _scratch(paths: Paths) -> Iterator[Path]:
    copy = paths.data_dir / f".salvage.{os.getpid()}.part"
    try:
        make_private_file(copy)
        yield copy
    finally:
        for suffix in ("", "-wal", "-shm", "-journal"):
            with suppress(OSError):
                copy.with_name(copy.name + suffix).unlink(missing_ok=True)


def _as_it_is(ledger: Path, copy: Path) -> None:
    _without_journal(ledger, copy)
    journal = ledger.with_name(ledger.name + "-wal")
    if journal.exists():
        shutil.copyfile(journal, copy.with_name(copy.name + "-wal"))


def _without_journal(ledger: Path, copy: Path) -> None:
    for suffix in ("-wal", "-shm"):
        copy.with_name(copy.name + suffix).unlink(missing_ok=True)
    shutil.copyfile(ledger, copy)
    with copy.open("r+b") as file:
        header = file.read(_HEADER)
        told = int.from_bytes(header[28:32], "big") * _PAGE if len(header) == _HEADER else 0
        size = copy.stat().st_size
        whole = max(size + -size % _PAGE, min(told, 4 * size))
        file.truncate(whole)  # a file cut short reads on as empty pages


def _with_new_header(ledger: Path, copy: Path) -> None:
    """The first hundred bytes of a sound ledger: they hold nothing a person entered."""
    _without_journal(ledger, copy)
    header = bytearray(_template(copy)[:_HEADER])
    _fit(header, copy)
    with copy.open("r+b") as file:
        file.write(header)


def _with_new_first_page(ledger: Path, copy: Path) -> None:
    """The first page of an empty ledger: where the tables begin is the same in each that was made by this layout."""
    _without_journal(ledger, copy)
    page = bytearray(_template(copy)[:_PAGE])
    _fit(page, copy)
    with copy.open("r+b") as file:
        file.write(page)


def _fit(page: bytearray, copy: Path) -> None:
    """Tell the header how long the file is, and of no free pages."""
    page[28:32] = (copy.stat().st_size // _PAGE).to_bytes(4, "big")
    page[32:40] = bytes(8)
    page[18:20] = b"\x01\x01"  # no journal
    page[92:96] = page[24:28]


def _template(copy: Path) -> bytes:
    empty = copy.with_name(copy.name + ".empty")
    try:
        make_private_file(empty)
        make_ledger_of(empty, LEDGER.version)
        return empty.read_bytes()
    finally:
        empty.unlink(missing_ok=True)


def _transactions_of(path: Path) -> dict[object, dict[str, object]] | None:
    def read(connection: sqlite3.Connection) -> dict[object, dict[str, object]]:
        cursor = connection.execute("SELECT * FROM transactions")
        names = [part[0] for part in cursor.description]
        return {row[0]: dict(zip(names, row, strict=True)) for row in cursor}

    try:
        return read_any_version(path, read)
    except StoreError:
        return None
