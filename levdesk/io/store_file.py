"""Opening one SQLite file safely: header, owner, version, pragmas, migration; and reading it without a trace."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, TypeVar

from levdesk import __version__
from levdesk.domain.errors import Bug, StoreCorrupt, StoreTooNew
from levdesk.io.paths import create_private_file
from levdesk.io.store_errors import RESTORE_HINT, translated
from levdesk.io.working_copies import NoWorkingCopy, read_working_copy

if TYPE_CHECKING:
    from sqlite_utils.migrations import Migrations

T = TypeVar("T")

BUSY_TIMEOUT_S: Final = 5.0
OLD_JOURNAL_S: Final = 600.0
_MAGIC: Final = b"SQLite format 3\x00"
_QUIET_READ_ATTEMPTS: Final = 3
_WAL_PAUSES: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreSchema:
    """What a file must be.

    Attributes:
        title: what the person calls it.
        application_id: mark in the file's header that says it is ours, and which.
        version: migrations this program knows; the file keeps its own count in `user_version`.
        synchronous: FULL survives a power cut at once; NORMAL may lose the last moments, never the file.
        migrations: makes the migration set; called only when a file is new or old.
        invariant: what no migration may change, computed from an open file; None for nothing.
    """

    title: str
    application_id: int
    version: int
    synchronous: Literal["FULL", "NORMAL"]
    migrations: Callable[[], Migrations]
    invariant: Callable[[sqlite3.Connection], object] | None = None


class StoreTooOld(Exception):
    """A file must be brought up to date first: a word between the parts of this door, never shown to anybody."""


def open_for_writing(
    path: Path,
    schema: StoreSchema,
    *,
    before_migration: Callable[[int], None] | None = None,
    patience_s: float | None = None,
) -> sqlite3.Connection:
    """Open a file, new or old, ready for this program; transactions are begun and ended by hand.

    Args:
        path: the file; its folder must exist.
        schema: what it must be.
        before_migration: called with the version of an existing file before it is changed; raising stops it all.
        patience_s: how long another program may hold the file; 5 s when None.

    Raises:
        StoreUnavailable, StoreTooNew, StoreCorrupt: as named; the file is as it was.
    """
    patience_s = BUSY_TIMEOUT_S if patience_s is None else patience_s
    with translated(path):
        refuse_other_files(path)
        create_private_file(path)
        connection = sqlite3.connect(path, timeout=patience_s, isolation_level=None)
        try:
            set_pragmas(connection)
            version = version_of(connection, path, schema)
            if version < schema.version:
                if version and before_migration is not None:
                    before_migration(version)
                migrate(connection, path, schema)
            _use_wal(connection, patience_s)
            connection.execute(f"PRAGMA synchronous = {schema.synchronous}")
        except BaseException:
            connection.close()
            raise
    return connection


def read_quietly(path: Path, schema: StoreSchema, read: Callable[[sqlite3.Connection], T]) -> T | None:
    """Let `read` see one consistent moment of a file of this schema; None when there is no file yet.

    While the file is kept in memory, that is what is read.

    Raises:
        StoreUnavailable, StoreTooNew, StoreCorrupt: as named.
        StoreTooOld: the file must be migrated first.
    """

    def read_current(connection: sqlite3.Connection) -> T:
        if version_of(connection, path, schema) < schema.version:
            raise StoreTooOld
        return read(connection)

    with suppress(NoWorkingCopy), translated(path):
        return read_working_copy(path, read_current)
    return read_any_version(path, read_current)


def read_any_version(path: Path, read: Callable[[sqlite3.Connection], T]) -> T | None:
    """Let `read` see one consistent moment of a file; None when there is no file yet. Creates and changes nothing.

    A file that nobody has open is read without locks, because a read-only connection would leave SQLite's side
    files behind; should someone begin to write meanwhile, what was read is thrown away and read again.

    Raises:
        StoreUnavailable, StoreCorrupt: as named.
    """
    with translated(path):
        for _ in range(_QUIET_READ_ATTEMPTS):
            before = _fingerprint(path)
            if before is None:
                break
            try:
                result = _read(path, read, query="mode=ro&immutable=1")
            except (sqlite3.DatabaseError, StoreCorrupt):
                if _fingerprint(path) == before:
                    raise
            else:
                if _fingerprint(path) == before:
                    return result
        if not path.exists() or (path.stat().st_size == 0 and not _side_file(path, "-wal").exists()):
            return None
        return _read(path, read, query="mode=ro")


@contextmanager
def write_transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """One transaction that owns the file from its first line, so that what it reads cannot change under it."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        _roll_back(connection)
        raise


def _roll_back(connection: sqlite3.Connection) -> None:
    if connection.in_transaction:  # SQLite gives it up by itself when the disk fails
        connection.execute("ROLLBACK")


def refuse_other_files(path: Path) -> None:
    """Look at the header before SQLite does.

    Raises:
        StoreCorrupt: the file is no SQLite database, or its contents are gone while a journal for it is left.
        OSError: as the system reports it.
    """
    if not path.exists():
        return
    with path.open("rb") as file:
        head = file.read(len(_MAGIC))
    if not head:
        wal = _side_file(path, "-wal")
        if wal.exists() and wal.stat().st_size:
            raise StoreCorrupt(f"{path.name} is empty, and a journal for it is left.", hint=RESTORE_HINT)
    elif head != _MAGIC:
        raise StoreCorrupt(f"{path.name} is not a database.", hint=RESTORE_HINT)


def version_of(connection: sqlite3.Connection, path: Path, schema: StoreSchema) -> int:
    """Version of an open file; 0 for a new one.

    Raises:
        StoreTooNew: a newer program wrote it.
        StoreCorrupt: it belongs to another program.
    """
    with _one_moment(connection):
        application_id = int(connection.execute("PRAGMA application_id").fetchone()[0])
        version = int(connection.execute("PRAGMA user_version").fetchone()[0])
        tables = int(connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0])
    if application_id != schema.application_id:
        if application_id or version or tables:
            raise StoreCorrupt(
                f"{path.name} is not a {schema.title} of LevDesk.", hint="Move it away, or use another --data-dir."
            )
        return 0
    if version > schema.version:
        raise _too_new(connection, path, schema, version)
    return version


@contextmanager
def _one_moment(connection: sqlite3.Connection) -> Iterator[None]:
    """Read as of one moment: another program may be making the file just now."""
    if connection.in_transaction:
        yield
        return
    connection.execute("BEGIN")
    try:
        yield
    finally:
        _roll_back(connection)


def _too_new(connection: sqlite3.Connection, path: Path, schema: StoreSchema, version: int) -> StoreTooNew:
    writer = "a newer LevDesk"
    with suppress(sqlite3.Error):  # a later layout may keep this elsewhere
        row = connection.execute("SELECT value FROM about WHERE name = 'written_by'").fetchone()
        if row:
            writer = f"LevDesk {row[0]}"
    return StoreTooNew(
        f"The {schema.title} {path.name} was written by {writer} in format {version}; "
        f"this is LevDesk {__version__}, which reads formats up to {schema.version}.",
        hint="Update LevDesk, or use another --data-dir.",
    )


def set_pragmas(connection: sqlite3.Connection) -> None:
    """What holds for every connection to a file of ours."""
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA cell_size_check = ON")
    connection.execute("PRAGMA foreign_keys = ON")


def _use_wal(connection: sqlite3.Connection, patience_s: float) -> None:
    """Turn on the write-ahead log; SQLite does not wait by itself when two programs do so to one new file at once."""
    for pauses_left in reversed(range(_WAL_PAUSES)):
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or not pauses_left:
                raise
            time.sleep(patience_s / _WAL_PAUSES)
        else:
            return


def _read(path: Path, read: Callable[[sqlite3.Connection], T], *, query: str) -> T:
    refuse_other_files(path)
    uri = f"{path.absolute().as_uri()}?{query}"
    with closing(sqlite3.connect(uri, uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None)) as connection:
        set_pragmas(connection)
        connection.execute("BEGIN")
        return read(connection)


def was_left_open(path: Path) -> bool:
    """Whether a journal stands beside a file: its last program did not end properly, or another one has it open."""
    try:
        return _side_file(path, "-wal").stat().st_size > 0
    except FileNotFoundError:
        return False


def refuse_old_journal(path: Path) -> None:
    """Keep SQLite from playing a journal into a file that is much younger: somebody put another file in its place.

    SQLite writes the journal first and the file after it, so a journal of its own is never the older one for long.

    Raises:
        StoreCorrupt: with what to do.
        OSError: as the system reports it.
    """
    if was_left_open(path) and path.exists():
        wal = _side_file(path, "-wal")
        if path.stat().st_mtime - wal.stat().st_mtime > OLD_JOURNAL_S:
            raise StoreCorrupt(
                f"The journal {wal.name} is older than {path.name} and belongs to another state of it.",
                hint=f"Move {wal.name} away to go on without it.",
            )


def quick_check(connection: sqlite3.Connection, path: Path) -> None:
    """Look at every page.

    Raises:
        StoreCorrupt: with the first thing that is wrong.
    """
    (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok":
        raise StoreCorrupt(f"{path.name} is damaged: {verdict}.", hint=RESTORE_HINT)


def _side_file(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)


def _fingerprint(path: Path) -> tuple[int, int, int] | None:
    """Identity of a file nobody has open for writing; None when it is missing, empty or in use."""
    if _side_file(path, "-wal").exists() or _side_file(path, "-journal").exists():
        return None
    try:
        state = path.stat()
    except FileNotFoundError:
        return None
    return (state.st_ino, state.st_size, state.st_mtime_ns) if state.st_size else None


def migrate(connection: sqlite3.Connection, path: Path, schema: StoreSchema) -> None:
    """Bring a file, or a copy of one in memory, up to date: all steps or none."""
    import sqlite_utils  # late: 0.1 s, and only a new or old file needs it

    _use_wal(connection, BUSY_TIMEOUT_S)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = OFF")  # a step may rebuild a table others refer to; checked below
    with write_transaction(connection):
        database = sqlite_utils.Database(connection, strict=True, execute_plugins=False, recursive_triggers=False)
        version = version_of(connection, path, schema)
        if version < schema.version:  # another program may have been faster
            before = schema.invariant(connection) if version and schema.invariant else None
            schema.migrations().apply(database)
            if connection.execute("PRAGMA foreign_key_check").fetchone():
                raise StoreCorrupt(f"{path.name} has rows that refer to missing ones.", hint=RESTORE_HINT)
            if version and schema.invariant and schema.invariant(connection) != before:
                raise Bug(f"The new format would change what you hold, so {path.name} was left as it was.")
            connection.execute("INSERT OR REPLACE INTO about VALUES ('written_by', ?)", (__version__,))
            connection.execute(f"PRAGMA application_id = {schema.application_id}")
            connection.execute(f"PRAGMA user_version = {schema.version}")
    connection.execute("PRAGMA foreign_keys = ON")
