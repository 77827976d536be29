"""The backups folder: what stands in it, when a new copy joins it, and which old ones leave."""

from __future__ import annotations

import logging
import re
import sqlite3
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from levdesk.domain.errors import LevdeskError, StoreError
from levdesk.io.backup import BackupReport, backup_path, make_backup
from levdesk.io.backup_contents import change_mark, count_rows
from levdesk.io.ledger_db import LEDGER
from levdesk.io.paths import Paths, make_private_folder
from levdesk.io.store_errors import translated
from levdesk.io.store_file import read_any_version, version_of
from levdesk.services.backup_policy import DAY_MS, REASON_WORDS, Backup, BackupReason, is_daily_due, to_thin_out

_NAME: Final = re.compile(r"levdesk-(\d{8}T\d{6}Z)(?:-([a-z0-9-]*?))?(?:-\d+)?\.db")
_log = logging.getLogger(__name__)


def list_backups(paths: Paths) -> tuple[Backup, ...]:
    """Every copy in the backups folder, newest first, each opened for a look.

    Files somebody else put there are listed too, as made by hand at the time of the file.

    Raises:
        StoreUnavailable: the folder cannot be read.
    """
    if not paths.backups_dir.is_dir():
        return ()
    with translated(paths.backups_dir):
        found = [path for path in paths.backups_dir.glob("*.db") if path.is_file()]
        backups = [look_at(path) for path in found if not path.name.startswith(".")]
    return tuple(sorted(backups, key=lambda backup: (backup.made_ms, backup.path.name), reverse=True))


def look_at(path: Path) -> Backup:
    """One copy, as far as it can be read: header, layout and counts, not every page.

    Raises:
        OSError: as the system reports it.
    """
    state = path.stat()
    made_ms, reason = _told_by_name(path.name)
    if made_ms is None:
        made_ms = state.st_mtime_ns // 1_000_000
    try:
        seen = read_any_version(path, lambda connection: _look(connection, path))
    except LevdeskError as error:
        fault = error.message
    else:
        if seen is not None:
            version, transactions, portfolios, newest_ms, last_change_ms = seen
            return Backup(
                path=path,
                made_ms=made_ms,
                size_bytes=state.st_size,
                reason=reason,
                format=version,
                transactions=transactions,
                portfolios=portfolios,
                newest_ms=newest_ms,
                last_change_ms=last_change_ms,
            )
        fault = f"{path.name} is empty."
    return Backup(path=path, made_ms=made_ms, size_bytes=state.st_size, reason=reason, fault=fault)


def keep_backup(paths: Paths, reason: BackupReason, now_ms: int) -> BackupReport | None:
    """Put a verified copy on the shelf, then thin the shelf out; None when there is nothing yet, or nothing new.

    A copy that cannot be proved stops everything here, so no older one leaves for it. By hand there is always one.

    Raises:
        StoreCorrupt, StoreUnavailable: no copy was kept, and none was removed.
    """
    mark = _mark_of(paths.levdesk_db)
    if mark is None:
        return None
    if reason is not BackupReason.BY_HAND and mark == _mark_of_newest(paths):
        return None
    make_private_folder(paths.backups_dir)
    word = "" if reason is BackupReason.BY_HAND else reason.value
    report = make_backup(paths.levdesk_db, backup_path(paths, now_ms, reason=word))
    thin_out(paths, now_ms)
    return report


def back_up_before(paths: Paths, reason: BackupReason, now_ms: int) -> BackupReport | None:
    """`keep_backup`, in front of something that must not go ahead without it.

    Raises:
        StoreCorrupt, StoreUnavailable: it could not be made, with what that means.
    """
    try:
        return keep_backup(paths, reason, now_ms)
    except StoreError as error:
        words = REASON_WORDS[reason].removeprefix("before ")
        message = f"The backup that comes before {words} failed: {error.message} Nothing was changed."
        raise type(error)(message, hint=error.hint) from error


def back_up_daily(paths: Paths, now_ms: int) -> BackupReport | None:
    """Today's copy, when it is due.

    Raises:
        StoreCorrupt, StoreUnavailable: no copy was kept, and none was removed.
    """
    sweep_unfinished(paths, now_ms)
    shelf = [backup for backup in list_backups(paths) if backup.is_sound]
    if not is_daily_due([backup.made_ms for backup in shelf], has_changed=True, now_ms=now_ms):
        return None  # asked first: it is free
    return keep_backup(paths, BackupReason.DAILY, now_ms)


def sweep_unfinished(paths: Paths, now_ms: int) -> None:
    """Remove copies that a program was killed over more than a day ago: they have no name yet and count for nothing."""
    for folder in (paths.data_dir, paths.backups_dir):
        for path in folder.glob(".*.part*"):
            with suppress(OSError):
                if path.stat().st_mtime_ns // 1_000_000 < now_ms - DAY_MS:
                    path.unlink()


def thin_out(paths: Paths, now_ms: int) -> tuple[Path, ...]:
    """Remove the copies that may go; those removed."""
    removed = []
    for backup in to_thin_out(list_backups(paths), now_ms):
        with translated(backup.path):
            backup.path.unlink(missing_ok=True)
        _log.info("backup thinned out: %s", backup.path.name)
        removed.append(backup.path)
    return tuple(removed)


def latest_sound(paths: Paths) -> Backup | None:
    """The newest copy that opens; whether every page of it is sound shows when it is restored."""
    return next((backup for backup in list_backups(paths) if backup.is_sound and backup.format <= LEDGER.version), None)


def _told_by_name(name: str) -> tuple[int | None, BackupReason]:
    found = _NAME.fullmatch(name)
    if not found:
        return None, BackupReason.BY_HAND
    try:
        made = datetime.strptime(found[1], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None, BackupReason.BY_HAND
    words = found[2] or ""
    if "before-format" in words:
        return round(made.timestamp() * 1000), BackupReason.FORMAT
    known = [reason for reason in BackupReason if reason.value == words]
    return round(made.timestamp() * 1000), known[0] if known else BackupReason.BY_HAND


def _look(connection: sqlite3.Connection, path: Path) -> tuple[int, int, int, int | None, int | None]:
    version = version_of(connection, path, LEDGER)
    newest, changed = (
        connection.execute(f"SELECT max({column}) FROM {table}").fetchone()[0]  # noqa: S608 - our own names
        for column, table in (("time_ms", "transactions"), ("at_ms", "act_events"))
    )
    return version, count_rows(connection, "transactions"), count_rows(connection, "portfolios"), newest, changed


def _mark_of(path: Path) -> str | None:
    return read_any_version(path, change_mark)


def _mark_of_newest(paths: Paths) -> str | None:
    newest = latest_sound(paths)
    try:
        return None if newest is None else _mark_of(newest.path)
    except LevdeskError:
        return None
