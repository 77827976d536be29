"""A copy of the ledger that has been proved before it counts: copied, opened, checked and compared, then named."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from levdesk.domain.errors import StoreCorrupt, StoreError, StoreUnavailable, UserError
from levdesk.io.backup_contents import Contents, describe_ledger
from levdesk.io.paths import FILE_MODE, Paths, make_private_folder
from levdesk.io.store_errors import RESTORE_HINT, translated
from levdesk.io.store_file import StoreSchema, read_any_version

Source = Callable[[Callable[[sqlite3.Connection], Contents]], Contents | None]
"""Lets a function read one moment of a ledger; None where there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupReport:
    """What a verified backup holds.

    Attributes:
        path: where it is.
        size_bytes: of the file.
        schema_version: layout of the file.
        row_counts: (table, rows) of every table.
        rows_hash: SHA-256 over the content of portfolios, tokens and transactions, in hex.
        holdings_hash: SHA-256 over quantity, cost and result of every holding, in hex.
    """

    path: Path
    size_bytes: int
    schema_version: int
    row_counts: tuple[tuple[str, int], ...]
    rows_hash: str
    holdings_hash: str

    @property
    def transactions(self) -> int:
        """Rows of the ledger it holds."""
        return dict(self.row_counts).get("transactions", 0)


def make_backup(source: Path, target: Path) -> BackupReport:
    """Copy a ledger, prove the copy, and only then give it its name. Works while a window has the ledger open.

    The comparison is with the very moment that was copied, whatever is written meanwhile.

    Raises:
        UserError: there is nothing to copy yet, or `target` is there already.
        StoreCorrupt: the ledger is damaged; no backup is kept.
        StoreUnavailable: the place cannot be written to, or is full.
    """
    return make_backup_of(lambda read: read_any_version(source, read), target)


def make_backup_of(source: Source, target: Path) -> BackupReport:
    """`make_backup` of whatever lets itself be read: a file, or the books kept in memory."""
    if target.exists():
        raise UserError(f"{target} is already there.", hint="Name another file, or move that one away.")
    temporary = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        contents = _proved_copy(source, temporary)
        if contents is None:
            raise UserError("There is no ledger yet, so there is nothing to back up.")
        with translated(target):
            size_bytes = temporary.stat().st_size
            sync(temporary)
            give_name(temporary, target)
            sync(target.parent)
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
    return BackupReport(
        path=target,
        size_bytes=size_bytes,
        schema_version=contents.schema_version,
        row_counts=contents.row_counts,
        rows_hash=contents.rows_hash,
        holdings_hash=contents.holdings_hash,
    )


def backup_path(paths: Paths, now_ms: int, *, reason: str = "") -> Path:
    """A free name in the backups folder, made of the time in UTC and the reason."""
    stamp = datetime.fromtimestamp(now_ms // 1000, UTC).strftime("%Y%m%dT%H%M%SZ")
    stem = f"levdesk-{stamp}{f'-{reason}' if reason else ''}"
    number = 1
    while (path := paths.backups_dir / f"{stem}{f'-{number}' if number > 1 else ''}.db").exists():
        number += 1
    return path


def back_up_before_migration(paths: Paths, schema: StoreSchema, *, version: int, now_ms: int) -> BackupReport:
    """The backup without which no migration runs.

    Raises:
        StoreError: it could not be made, with what that means.
    """
    try:
        make_private_folder(paths.backups_dir)
        target = backup_path(paths, now_ms, reason=f"format{version}-before-format{schema.version}")
        return make_backup(paths.levdesk_db, target)
    except StoreError as error:
        raise type(error)(
            f"The {schema.title} needs a new format, and the backup that comes first failed: {error.message} "
            "Nothing was changed.",
            hint=error.hint,
        ) from error


def make_copy(source: Path, target: Path) -> Contents | None:
    """Copy a ledger to a new private file and prove the copy; None when there is no ledger. `target` is overwritten.

    Raises:
        StoreCorrupt, StoreUnavailable: as `make_backup`; the unfinished file is the caller's to remove.
    """
    return _proved_copy(lambda read: read_any_version(source, read), target)


def _proved_copy(source: Source, target: Path) -> Contents | None:
    make_private_file(target)
    contents = source(lambda connection: _copy(connection, target))
    if contents is not None:
        _prove(target, contents)
    return contents


def make_private_file(path: Path) -> None:
    """An empty file only its owner can read, in place of whatever was there.

    Raises:
        StoreUnavailable: it cannot be made.
    """
    with translated(path):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, FILE_MODE))


def _copy(source: sqlite3.Connection, target: Path) -> Contents:
    """Copy the moment that the caller's read transaction sees, and describe it."""
    contents = describe_ledger(source)
    with translated(target), closing(sqlite3.connect(target, isolation_level=None)) as copy:
        source.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")  # a single file, readable from a read-only disk
    return contents


def _prove(copy: Path, expected: Contents) -> None:
    def read(connection: sqlite3.Connection) -> tuple[str, bool, Contents]:
        (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        dangling = connection.execute("PRAGMA foreign_key_check").fetchone() is not None
        return verdict, dangling, describe_ledger(connection)

    found = read_any_version(copy, read)
    if found is None or found[0] != "ok" or found[1]:
        raise StoreCorrupt("The ledger is damaged, so no backup was kept.", hint=RESTORE_HINT)
    if found[2] != expected:
        raise StoreUnavailable("The copy differs from the ledger, so no backup was kept.", hint="Check the disk.")


def give_name(temporary: Path, target: Path) -> None:
    """Rename without ever replacing a file."""
    link: Callable[[Path, Path], None] = os.link
    try:
        link(temporary, target)
    except FileExistsError as error:
        raise UserError(f"{target} is already there.", hint="Name another file.") from error
    except OSError:  # a disk without hard links
        if target.exists():
            raise UserError(f"{target} is already there.", hint="Name another file.") from None
        temporary.rename(target)


def sync(path: Path) -> None:
    """Push a file or folder to the disk; folders cannot be opened everywhere."""
    flags = os.O_RDONLY if path.is_dir() or os.name != "nt" else os.O_RDWR
    with suppress(PermissionError):
        handle = os.open(path, flags)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
