from __future__ import annotations

import os
import stat
from collections.abc import Callable
from concurrent.futures import Future
from datetime import UTC, datetime
from typing import Any

import pytest

from levdesk.domain.errors import StoreCorrupt, StoreUnavailable
from levdesk.io.backup import make_backup
from levdesk.io.backup_shelf import back_up_before, back_up_daily, keep_backup, latest_sound, list_backups
from levdesk.io.ledger_db import LEDGER
from levdesk.io.ledger_store import LedgerStore
from levdesk.io.paths import Paths
from levdesk.io.settings_store import SettingsFile
from levdesk.io.writer import Writer
from levdesk.services.backup_policy import DAY_MS, BackupReason
from tests.io.ledgers import NOON_MS, StoppedClock, draft
from tests.io.test_backup import damage

WAIT_S = 20


def names(paths: Paths) -> list[str]:
    return sorted(path.name for path in paths.backups_dir.iterdir())


def test_the_list_tells_date_size_contents_and_reason(paths: Paths, ledger: LedgerStore, clock: StoppedClock) -> None:
    ledger.add_transactions(1, [draft(), draft(time_ms=NOON_MS - 5)], label="add").result(WAIT_S)
    keep_backup(paths, BackupReason.IMPORT, NOON_MS)
    ledger.remove_transactions([1], label="delete").result(WAIT_S)
    keep_backup(paths, BackupReason.BY_HAND, NOON_MS + 61_000)
    newest, oldest = list_backups(paths)
    assert (newest.reason, oldest.reason) == (BackupReason.BY_HAND, BackupReason.IMPORT)
    assert (newest.made_ms, oldest.made_ms) == (NOON_MS + 61_000, NOON_MS)
    assert (newest.transactions, oldest.transactions) == (1, 2)
    assert (newest.newest_ms, oldest.newest_ms) == (NOON_MS - 5, NOON_MS)
    assert newest.last_change_ms == clock.now_ms()
    assert newest.format == LEDGER.version
    assert newest.portfolios == 1
    assert newest.size_bytes == newest.path.stat().st_size
    if os.name == "posix":
        assert {stat.S_IMODE(path.stat().st_mode) for path in paths.backups_dir.iterdir()} == {0o600}
        assert stat.S_IMODE(paths.backups_dir.stat().st_mode) == 0o700


def test_a_foreign_or_broken_file_is_listed_as_what_it_is(paths: Paths) -> None:
    make_backup(paths.levdesk_db, paths.backups_dir / "my copy.db")
    (paths.backups_dir / "levdesk-20260301T120000Z-daily.db").write_bytes(b"not a database at all, sorry")
    (paths.backups_dir / "levdesk-20269999T120000Z.db").write_bytes(b"")
    by_name = {backup.path.name: backup for backup in list_backups(paths)}
    assert by_name["my copy.db"].is_sound
    assert by_name["my copy.db"].reason is BackupReason.BY_HAND
    broken = by_name["levdesk-20260301T120000Z-daily.db"]
    assert (broken.is_sound, broken.reason) == (False, BackupReason.DAILY)
    assert "not a database" in broken.fault
    assert "empty" in by_name["levdesk-20269999T120000Z.db"].fault
    newest = latest_sound(paths)
    assert newest is not None
    assert newest.path.name == "my copy.db"


@pytest.mark.parametrize("reason", [BackupReason.DAILY, BackupReason.IMPORT, BackupReason.DELETE])
def test_nothing_new_needs_no_new_copy(
    paths: Paths, ledger: LedgerStore, writer: Writer, clock: StoppedClock, reason: BackupReason
) -> None:
    ledger.add_transactions(1, [draft()], label="add").result(WAIT_S)
    assert keep_backup(paths, reason, NOON_MS) is not None
    assert keep_backup(paths, reason, NOON_MS + 1000) is None
    assert keep_backup(paths, BackupReason.BY_HAND, NOON_MS + 2000) is not None, "but a person gets one"
    changes: tuple[Callable[[], Future[Any]], ...] = (
        lambda: ledger.edit_transaction(1, draft("11"), label="edit"),
        ledger.undo,
        lambda: SettingsFile(paths, clock, writer).save_settings({"theme": "dark"}),
        lambda: SettingsFile(paths, clock, writer).save_settings({"theme": "light"}),
    )
    for number, change in enumerate(changes):
        change().result(WAIT_S)
        assert keep_backup(paths, reason, NOON_MS + 3000 + number) is not None


def test_a_daily_copy_is_made_once_a_day(paths: Paths, ledger: LedgerStore) -> None:
    ledger.add_transactions(1, [draft()], label="add").result(WAIT_S)
    assert back_up_daily(paths, NOON_MS) is not None
    ledger.add_transactions(1, [draft()], label="add").result(WAIT_S)
    assert back_up_daily(paths, NOON_MS + 3_600_000) is None
    assert back_up_daily(paths, NOON_MS + DAY_MS) is not None
    assert back_up_daily(paths, NOON_MS + 2 * DAY_MS) is None, "nothing has changed"


def test_the_shelf_is_thinned_when_a_copy_joins_it(paths: Paths, ledger: LedgerStore) -> None:
    for day in range(40):
        ledger.add_transactions(1, [draft(note=str(day))], label="add").result(WAIT_S)
        assert back_up_daily(paths, NOON_MS + day * DAY_MS) is not None
    found = list_backups(paths)
    assert [backup.transactions for backup in found[:14]] == list(range(40, 26, -1))
    assert len(found) == 14 + 4


def test_a_damaged_ledger_pushes_no_good_copy_out(paths: Paths, writer: Writer, ledger: LedgerStore) -> None:
    for day in range(30):
        ledger.add_transactions(1, [draft(note=str(day))], label="add").result(WAIT_S)
        make_backup(paths.levdesk_db, paths.backups_dir / f"{named(NOON_MS + day * DAY_MS)}")
    ledger.add_transactions(1, [draft()], label="not copied yet").result(WAIT_S)
    assert writer.close(WAIT_S)
    damage(paths.levdesk_db, "transactions")
    before = names(paths)
    attempts: tuple[Callable[[], object], ...] = (
        lambda: keep_backup(paths, BackupReason.DAILY, NOON_MS + 90 * DAY_MS),
        lambda: back_up_daily(paths, NOON_MS + 90 * DAY_MS),
        lambda: back_up_before(paths, BackupReason.IMPORT, NOON_MS + 90 * DAY_MS),
    )
    for attempt in attempts:
        with pytest.raises(StoreCorrupt):
            attempt()
        assert names(paths) == before


def named(ms: int) -> str:
    return f"levdesk-{datetime.fromtimestamp(ms / 1000, UTC):%Y%m%dT%H%M%SZ}-daily.db"


def test_what_must_not_go_ahead_without_a_copy_is_told_why(paths: Paths, run_sql: Callable[[str], object]) -> None:
    run_sql("UPDATE portfolios SET name = 'Other'")
    paths.backups_dir.rmdir()
    paths.backups_dir.write_text("in the way")
    with pytest.raises(StoreUnavailable, match=r"comes before an import failed: .* Nothing was changed"):
        back_up_before(paths, BackupReason.IMPORT, NOON_MS)


def test_without_a_ledger_there_is_nothing_to_copy(bare_paths: Paths) -> None:
    assert keep_backup(bare_paths, BackupReason.BY_HAND, NOON_MS) is None
    assert list_backups(bare_paths) == ()
    assert latest_sound(bare_paths) is None


def test_what_a_killed_program_left_unfinished_is_swept_after_a_day(paths: Paths) -> None:
    old, new = paths.backups_dir / ".levdesk-1.db.77.part", paths.data_dir / ".levdesk.db.78.part"
    for path, age_ms in ((old, 2 * DAY_MS), (new, 60_000)):
        path.write_bytes(b"half a copy")
        os.utime(path, ((NOON_MS - age_ms) / 1000, (NOON_MS - age_ms) / 1000))
    back_up_daily(paths, NOON_MS)
    assert not old.exists()
    assert new.exists()
