"""The copy in memory: taken from the open file, from the file as it lies there, or begun empty; and a copy of it."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from levdesk.domain.errors import StoreUnavailable
from levdesk.io.backup import BackupReport, make_backup, make_backup_of
from levdesk.io.paths import Paths
from levdesk.io.store_errors import translated
from levdesk.io.store_file import StoreSchema, migrate, read_any_version, set_pragmas, version_of
from levdesk.io.working_copies import NoWorkingCopy, read_working_copy


@dataclass(frozen=True, slots=True)
class CopyInMemory:
    """A database in memory.

    Attributes:
        connection: to be used by one thread at a time.
        is_blind: the file is there and could not be read, so this one began empty.
    """

    connection: sqlite3.Connection
    is_blind: bool = False


def copy_into_memory(
    path: Path, schema: StoreSchema, source: sqlite3.Connection | None, *, is_locked: bool = False
) -> CopyInMemory:
    """What stands in a file, in memory and in today's layout; an empty one where there is none, or none can be read.

    Args:
        path: the file.
        schema: what it is.
        source: an open connection to it, which may still read what cannot be written.
        is_locked: another program has been waited for already.

    Raises:
        StoreCorrupt, StoreTooNew: nothing may be built on it.
    """
    memory = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    is_blind = False
    try:
        if source is None or not _copied(source, memory):
            is_blind = not ((is_locked and _read_beside(path, memory)) or _read(path, memory))
        set_pragmas(memory)
        if version_of(memory, path, schema) < schema.version:
            migrate(memory, path, schema)
    except BaseException:
        memory.close()
        raise
    return CopyInMemory(memory, is_blind)


def _copied(source: sqlite3.Connection, memory: sqlite3.Connection) -> bool:
    try:
        source.backup(memory)
    except sqlite3.Error:
        return False
    return True


def _read(path: Path, memory: sqlite3.Connection) -> bool:
    """Copy a file nobody has open here; False when it cannot be read."""
    try:
        read_any_version(path, lambda connection: connection.backup(memory))
    except StoreUnavailable:
        return _read_beside(path, memory) or _read_in_place(path, memory)
    return True


def _read_beside(path: Path, memory: sqlite3.Connection) -> bool:
    """Read copies of the file and its journal elsewhere: SQLite may not lock them here, or not make its side files."""
    with suppress(OSError, sqlite3.Error), tempfile.TemporaryDirectory(prefix="levdesk-") as place:
        copy = Path(place) / path.name
        before = _moment(path)
        for suffix in ("", "-wal"):
            part = path.with_name(path.name + suffix)
            if part.exists():
                shutil.copyfile(part, copy.with_name(copy.name + suffix))
        if _moment(path) == before:
            with closing(sqlite3.connect(copy, isolation_level=None)) as connection:
                return _copied_if_sound(connection, memory)
    return False


def _read_in_place(path: Path, memory: sqlite3.Connection) -> bool:
    """Read the file as it lies there, without locks and side files; only where no journal holds newer acts."""
    with suppress(OSError, sqlite3.Error):
        before = _moment(path)
        if sum(size for size, _ in before[1:]):
            return False
        uri = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
        with closing(sqlite3.connect(uri, uri=True, isolation_level=None)) as connection:
            return _moment(path) == before and _copied_if_sound(connection, memory)
    return False


def _copied_if_sound(connection: sqlite3.Connection, memory: sqlite3.Connection) -> bool:
    if connection.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
        return False
    connection.backup(memory)
    return True


def _moment(path: Path) -> list[tuple[int, int]]:
    parts = [path, path.with_name(path.name + "-wal")]
    return [(part.stat().st_size, part.stat().st_mtime_ns) for part in parts if part.exists()]


def copy_elsewhere(paths: Paths, target: Path) -> BackupReport:
    """Write the books as the window shows them to a complete ledger file, proved like a backup.

    `levdesk restore` and Tools > Backups take it, and `--data-dir` opens it as `levdesk.db` of a folder.

    Raises:
        UserError: `target` is there already, or there are no books yet.
        StoreCorrupt: the books are damaged; no copy is kept.
        StoreUnavailable: the place cannot be written to, or is full.
    """

    def make(connection: sqlite3.Connection) -> BackupReport:
        return make_backup_of(lambda read: read(connection), target)

    with suppress(NoWorkingCopy), translated(target):
        return read_working_copy(paths.levdesk_db, make)
    return make_backup(paths.levdesk_db, target)
