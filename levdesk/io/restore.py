"""A copy put back in the ledger's place: proved before, proved after, and what stood there before is kept aside.

A sound ledger is exchanged row by row inside one transaction of its own, so an open window sees it happen, a kill
leaves the one or the other, and nobody's act falls between. Only a ledger that cannot be used is exchanged as a file.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from levdesk.domain.errors import StoreCorrupt, StoreTooNew, StoreUnavailable, UserError
from levdesk.io.backup import backup_path, make_backup, make_copy, sync
from levdesk.io.backup_contents import Contents, describe_ledger, quoted, rows_hash, tables_of
from levdesk.io.ledger_db import LEDGER, open_ledger
from levdesk.io.paths import Paths, make_private_folder
from levdesk.io.store_errors import RESTORE_HINT, translated
from levdesk.io.store_file import open_for_writing, read_any_version, version_of, write_transaction
from levdesk.services.backup_policy import BackupReason
from levdesk.services.ports import Clock

ASIDE: Final = "set-aside"
_OWN_TABLES: Final = frozenset({"about", "_sqlite_migrations"})
_SIDE_FILES: Final = ("-wal", "-shm", "-journal")
_ATTEMPTS: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreReport:
    """What became of a restore.

    Attributes:
        source: the file that was put back.
        kept_aside: what stood in its place, as a file; None when nothing did.
        transactions, portfolios: rows now in the ledger.
        holdings_hash: over quantity, cost and result of every holding, equal before and after.
    """

    source: Path
    kept_aside: Path | None
    transactions: int
    portfolios: int
    holdings_hash: str


def restore(paths: Paths, source: Path, clock: Clock) -> RestoreReport:
    """Put a copy in the ledger's place and prove the result. Works while a window has the ledger open.

    Raises:
        UserError: the copy cannot be used; nothing was changed.
        StoreTooNew: a newer LevDesk made the copy; nothing was changed.
        StoreUnavailable: the place cannot be written to, or is full; the ledger is as it was.
    """
    with prepared_file(paths) as prepared:
        expected = _prepare(source, prepared)
        label = f"restore {source.name}"
        return put_in_place(paths, prepared, expected, clock, source=source, label=label)


@contextmanager
def prepared_file(paths: Paths) -> Iterator[Path]:
    """Name for a file that is to become the ledger; whatever is left of it afterwards is removed."""
    make_private_folder(paths.data_dir)
    prepared = paths.data_dir / f".{paths.levdesk_db.name}.{os.getpid()}.part"
    try:
        yield prepared
    finally:
        for suffix in ("", *_SIDE_FILES):
            with suppress(OSError):
                _beside(prepared, suffix).unlink(missing_ok=True)


def put_in_place(
    paths: Paths, prepared: Path, expected: Contents, clock: Clock, *, source: Path, label: str
) -> RestoreReport:
    """Make a finished file of today's layout the ledger.

    Args:
        paths: of the data directory.
        prepared: the file, in the data directory; used up.
        expected: what it holds.
        clock: dates what is kept aside, and the entry in the audit trail.
        source: where it came from, for the report.
        label: the act in the audit trail.

    Raises:
        StoreError: the ledger is as it was.
    """
    kept: Path | None = None
    by_rows = _is_there(paths.levdesk_db)
    if by_rows:
        try:
            kept = _exchange_rows(paths, prepared, expected, clock, label)
        except (StoreCorrupt, StoreTooNew):
            by_rows = False
    if not by_rows:
        kept = exchange_files(paths, prepared, clock.now_ms())
    found = _read_anew(paths, with_contents=not by_rows)  # by rows they were compared where nobody could act
    if found not in (None, expected):
        raise StoreUnavailable("What was restored differs from the backup.", hint="Check the disk and restore again.")
    return RestoreReport(
        source=source,
        kept_aside=kept,
        transactions=expected.rows("transactions"),
        portfolios=expected.rows("portfolios"),
        holdings_hash=expected.holdings_hash,
    )


def finish(prepared: Path) -> Contents:
    """Bring a prepared file to today's layout, as one file without a journal, and describe it.

    Raises:
        StoreError: as it comes.
    """
    with translated(prepared):
        with closing(open_for_writing(prepared, LEDGER)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.execute("PRAGMA journal_mode = DELETE")
            contents = describe_ledger(connection)
        sync(prepared)
    return contents


def exchange_files(paths: Paths, prepared: Path, now_ms: int) -> Path | None:
    """Put a file in the ledger's place; what stood there, its journal included, is kept aside. None: nothing did.

    The old file keeps its name until the new one takes it, so there is no moment without a ledger. Its journal goes
    first, because SQLite would play it into whatever file has that name.
    """
    ledger = paths.levdesk_db
    aside: Path | None = None
    with translated(ledger):
        if any(_is_there(_beside(ledger, suffix)) for suffix in ("", "-wal", "-journal")):
            aside = aside_path(paths, now_ms)
            if ledger.exists():
                _second_name(ledger, aside)
            for suffix in _SIDE_FILES:
                side = _beside(ledger, suffix)
                if suffix == "-shm":
                    side.unlink(missing_ok=True)
                elif side.exists():
                    side.rename(_beside(aside, suffix))
            sync(aside.parent)
        sync(prepared)
        prepared.replace(ledger)
        sync(ledger.parent)
    return aside


def aside_path(paths: Paths, now_ms: int) -> Path:
    """A free name in the folder of what was set aside, which is made.

    Raises:
        StoreUnavailable: it cannot be made.
    """
    folder = paths.data_dir / ASIDE
    make_private_folder(folder)
    stem = f"levdesk-{datetime.fromtimestamp(now_ms // 1000, UTC):%Y%m%dT%H%M%SZ}"
    number = 1
    while (path := folder / f"{stem}{f'-{number}' if number > 1 else ''}.db").exists() or _beside(
        path, "-wal"
    ).exists():
        number += 1
    return path


# -- inside ----------------------------------------------------------------------------------------------------


def _prepare(source: Path, prepared: Path) -> Contents:
    """Copy, check, and bring to today's layout; every holding must come out the same."""
    try:
        version = read_any_version(source, lambda connection: version_of(connection, source, LEDGER))
        if not version:
            raise UserError(
                f"There is no ledger in {source}.", hint="Choose a backup; “levdesk backup --list” names them."
            )
        copied = make_copy(source, prepared)
        assert copied is not None
        finished = copied if version == LEDGER.version else finish(prepared)
    except StoreCorrupt as error:
        message = f"{source.name} cannot be restored: it is damaged, or not a ledger of LevDesk."
        raise UserError(message, hint="Nothing was changed. Choose another backup.") from error
    except StoreUnavailable as error:
        raise StoreUnavailable(f"Nothing was restored: {error.message}", hint=error.hint) from error
    if finished.holdings_hash != copied.holdings_hash:
        raise UserError(f"{source.name} cannot be restored: its holdings change with the new format.")
    return finished


def _exchange_rows(paths: Paths, prepared: Path, expected: Contents, clock: Clock, label: str) -> Path:
    """Exchange everything in one transaction of the ledger; the verified copy of what was there before.

    Raises:
        StoreCorrupt, StoreTooNew: the ledger cannot be used, so its rows cannot be exchanged.
    """
    with translated(paths.levdesk_db), closing(open_ledger(paths, clock)) as connection:
        connection.execute("PRAGMA foreign_keys = OFF")  # checked as a whole below
        connection.execute("ATTACH DATABASE ? AS restored", (str(prepared),))
        for _ in range(_ATTEMPTS):
            make_private_folder(paths.backups_dir)
            target = backup_path(paths, clock.now_ms(), reason=BackupReason.RESTORE.value)
            kept = make_backup(paths.levdesk_db, target)
            with write_transaction(connection):
                if rows_hash(connection) != kept.rows_hash:
                    continue  # somebody acted meanwhile: the copy must hold that too
                _take_rows(connection)
                _enter(connection, label, clock.now_ms())
                _prove_rows(connection, expected)
            return target
    raise StoreUnavailable("Another program keeps writing to the ledger; nothing was restored.", hint="Close it.")


def _take_rows(connection: sqlite3.Connection) -> None:
    tables = [name for name in tables_of(connection) if name not in _OWN_TABLES]
    for name in tables:
        connection.execute(f"DELETE FROM main.{quoted(name)}")  # noqa: S608 - quoted, as below
        columns = ", ".join(quoted(row[1]) for row in connection.execute(f"PRAGMA main.table_info({quoted(name)})"))
        connection.execute(
            f"INSERT INTO main.{quoted(name)} ({columns}) SELECT {columns} FROM restored.{quoted(name)}"  # noqa: S608
        )
    connection.execute("DELETE FROM main.sqlite_sequence")
    connection.execute("INSERT INTO main.sqlite_sequence SELECT name, seq FROM restored.sqlite_sequence")


def _enter(connection: sqlite3.Connection, label: str, now_ms: int) -> None:
    """The restore in the audit trail; `dropped`, because undo cannot take it back: restoring what was kept can."""
    cursor = connection.execute("INSERT INTO acts (label, state, changes) VALUES (?, 'dropped', '[]')", (label,))
    connection.execute(
        "INSERT INTO act_events (act_id, at_ms, event) VALUES (?, ?, 'done')", (cursor.lastrowid, now_ms)
    )


def _prove_rows(connection: sqlite3.Connection, expected: Contents) -> None:
    dangling = connection.execute("PRAGMA foreign_key_check").fetchone()
    found = describe_ledger(connection)
    if dangling or (found.rows_hash, found.holdings_hash) != (expected.rows_hash, expected.holdings_hash):
        raise StoreUnavailable(
            "What was restored differs from the backup; nothing was changed.", hint="Check the disk."
        )


def _read_anew(paths: Paths, *, with_contents: bool) -> Contents | None:
    """Look at every page of the ledger, as any reader does; what it holds, where that is wanted."""

    def read(connection: sqlite3.Connection) -> tuple[str, Contents | None]:
        contents = describe_ledger(connection) if with_contents else None
        return connection.execute("PRAGMA quick_check(1)").fetchone()[0], contents

    found = read_any_version(paths.levdesk_db, read)
    if found is None or found[0] != "ok":
        raise StoreCorrupt("The restored ledger is damaged.", hint=RESTORE_HINT)
    return found[1]


def _second_name(path: Path, name: Path) -> None:
    """Give a file a second name, or copy it where a file has only one."""
    try:
        os.link(path, name)
    except FileExistsError:
        raise
    except OSError:  # a disk without hard links
        shutil.copyfile(path, name)
        name.chmod(0o600)
        sync(name)


def _is_there(path: Path) -> bool:
    try:
        return path.stat().st_size > 0
    except FileNotFoundError:
        return False


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)
