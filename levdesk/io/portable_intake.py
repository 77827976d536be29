"""A ledger file of any layout there ever was, empty, and then filled with the rows of a portable export."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Final

from levdesk.domain.errors import StoreCorrupt
from levdesk.io.backup_contents import quoted, tables_of
from levdesk.io.ledger_acts import decode_changes
from levdesk.io.ledger_db import LEDGER
from levdesk.io.migrations import ledger_migrations
from levdesk.io.rows import name_key, read_tokens
from levdesk.io.store_errors import describe, translated
from levdesk.io.store_file import write_transaction
from levdesk.services.portable import LEFT_OUT, CellRow, PortableManifest, PortableTable

_CHUNK: Final = 5_000

Tables = Iterable[tuple[PortableTable, Iterator[CellRow]]]


def make_ledger_of(path: Path, version: int) -> None:
    """Make an empty file the ledger of a format: the first so many steps, and no rows.

    Raises:
        ValueError: there never was such a format.
        StoreError: it cannot be written.
    """
    import sqlite_utils  # late: 0.1 s

    if not 1 <= version <= LEDGER.version:
        raise ValueError("it is of a format that never was")
    with translated(path), closing(sqlite3.connect(path, isolation_level=None)) as connection:
        database = sqlite_utils.Database(connection, strict=True, execute_plugins=False, recursive_triggers=False)
        steps = ledger_migrations()
        later = [step.name for step in steps.pending(database)][version:]
        with write_transaction(connection):
            steps.apply(database, stop_before=later or None)
            for name in tables_of(connection):
                if name not in LEFT_OUT:
                    connection.execute(f"DELETE FROM {quoted(name)}")  # noqa: S608 - quoted
            connection.execute(f"PRAGMA application_id = {LEDGER.application_id}")
            connection.execute(f"PRAGMA user_version = {version}")


def fill_ledger(path: Path, manifest: PortableManifest, tables: Tables) -> None:
    """Write the rows of an export into an empty ledger of its format, all or none.

    Raises:
        ValueError: the tables are not those of the format, or their rows do not belong together.
        sqlite3.IntegrityError: a row breaks a rule of its table.
        StoreError: it cannot be written.
    """
    try:
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.execute("PRAGMA foreign_keys = OFF")  # checked as a whole below
            _require_layout(connection, manifest)
            with write_transaction(connection):
                for table, rows in tables:
                    _insert(connection, table, rows)
                _set_counters(connection, manifest)
                if connection.execute("PRAGMA foreign_key_check").fetchone():
                    raise ValueError("some of its rows belong to rows that are not there")
    except sqlite3.IntegrityError:
        raise
    except sqlite3.Error as error:
        raise describe(error, path) from error


def _require_layout(connection: sqlite3.Connection, manifest: PortableManifest) -> None:
    expected = {name: _layout(connection, name) for name in tables_of(connection) if name not in LEFT_OUT}
    told = {
        table.name: [(column.name, column.kind, column.may_be_empty) for column in table.columns]
        for table in manifest.tables
    }
    if told != expected or len(told) != len(manifest.tables):
        raise ValueError(f"its tables are not those of format {manifest.ledger_format}")


def _layout(connection: sqlite3.Connection, table: str) -> list[tuple[str, str, bool]]:
    rows = connection.execute(f"PRAGMA table_info({quoted(table)})")
    return [(name, kind, not needed and not key) for _, name, kind, needed, _, key in rows]


def _insert(connection: sqlite3.Connection, table: PortableTable, rows: Iterator[CellRow]) -> None:
    columns = ", ".join(quoted(column.name) for column in table.columns)
    places = ", ".join("?" * len(table.columns))
    statement = f"INSERT INTO {quoted(table.name)} ({columns}) VALUES ({places})"  # noqa: S608 - quoted
    while chunk := list(islice(rows, _CHUNK)):
        connection.executemany(statement, chunk)


def _set_counters(connection: sqlite3.Connection, manifest: PortableManifest) -> None:
    """Ids given out once are never given out again, also those of rows that are gone."""
    counted = {name for (name,) in connection.execute("SELECT name FROM sqlite_sequence")}
    for name, last in manifest.counters:
        if name not in {table.name for table in manifest.tables}:
            raise ValueError("it counts rows of a table it does not have")
        if name in counted:
            connection.execute("UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = ?", (last, name))
        else:
            connection.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (name, last))


def require_sense(connection: sqlite3.Connection) -> None:
    """What the tables' own rules do not tell, of a file of today's layout.

    Raises:
        StoreCorrupt: with a plain reason.
    """
    portfolios = connection.execute("SELECT name, name_key FROM portfolios").fetchall()
    if not portfolios:
        raise StoreCorrupt("it has no portfolio")
    if any(name_key(name) != key for name, key in portfolios):
        raise StoreCorrupt("a portfolio's name_key is not its name folded")
    read_tokens(connection)
    for act_id, changes in connection.execute("SELECT id, changes FROM acts WHERE state <> 'dropped'"):
        try:
            decode_changes(changes)
        except StoreCorrupt:
            raise StoreCorrupt(f"act {act_id} cannot be undone") from None
