"""Journeys through the real window when something happens to the books: restored, damaged, deleted, taken in."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import pytest

from levdesk.domain.transactions import TransactionDraft, TransactionType
from levdesk.io.backup_shelf import list_backups
from levdesk.io.paths import locate
from levdesk.services.audit_bin import BinEntry
from levdesk.services.backup_rescue import Rescue
from levdesk.ui.main_window import MainWindow
from levdesk.ui.safety.damaged_dialog import DamagedDialog
from tests.app.journey import Condition, with_window
from tests.app.test_window import BTC3L, MOMENT_MS, buy, open_books, row

pytestmark = pytest.mark.usefixtures("qapp")


@pytest.fixture
def arguments(tmp_path: Path) -> list[str]:
    return ["--data-dir", str(tmp_path), "--offline"]


def holds(window: MainWindow, units: int) -> bool:
    found = row(window)
    return found is not None and found.quantity == units


def first_evening(window: MainWindow) -> Iterator[Condition]:
    yield lambda: open_books(window)
    window.desk.record(buy(), window.desk.portfolios[0].id)
    yield lambda: holds(window, 1240)


def test_a_backup_is_restored_in_the_open_window_and_undo_goes_on(arguments: list[str], tmp_path: Path) -> None:
    def script(window: MainWindow) -> Iterator[Condition]:
        yield from first_evening(window)
        desk = window.desk
        listed: list[object] = []
        desk.safety.signals.backups_listed.connect(listed.append)
        desk.safety.back_up()
        yield lambda: bool(listed)
        (backup,) = list_backups(locate(tmp_path))
        desk.record(buy(quantity="60"), desk.portfolios[0].id)
        yield lambda: holds(window, 1300)
        told: list[str] = []
        desk.signals.act_done.connect(told.append)
        desk.safety.restore(backup.path)
        yield lambda: holds(window, 1240) and open_books(window)
        assert any(words.startswith("Restored 1 transactions from levdesk-") for words in told)
        desk.record(buy(quantity="5"), desk.portfolios[0].id)
        yield lambda: holds(window, 1245)
        desk.undo()
        yield lambda: holds(window, 1240)
        (kept,) = [each for each in list_backups(locate(tmp_path)) if each.transactions == 2]
        desk.safety.restore(kept.path)
        yield lambda: holds(window, 1300) and open_books(window)

    assert with_window(arguments, script) == 0


@pytest.mark.parametrize("content", [b"no database", b"SQLite format 3\x00" + b"\xff" * 9_000])
def test_damaged_books_open_a_dialog_and_the_backup_brings_them_back(
    arguments: list[str], tmp_path: Path, content: bytes
) -> None:
    def make_copy(window: MainWindow) -> Iterator[Condition]:
        yield from first_evening(window)
        window.desk.safety.back_up()
        yield lambda: bool(list_backups(locate(tmp_path)))

    assert with_window(arguments, make_copy) == 0
    ledger = tmp_path / "levdesk.db"
    ledger.write_bytes(content)

    def rescue(window: MainWindow) -> Iterator[Condition]:
        yield lambda: any(each.isVisible() for each in window.findChildren(DamagedDialog))
        (dialog,) = window.findChildren(DamagedDialog)
        assert dialog.ways[Rescue.RESTORE].isEnabled()
        assert not dialog.ways[Rescue.SALVAGE].isEnabled()
        dialog.ways[Rescue.RESTORE].click()
        yield lambda: holds(window, 1240) and open_books(window)

    assert with_window(arguments, rescue) == 0
    (aside,) = (tmp_path / "set-aside").iterdir()
    assert aside.read_bytes() == content


def test_damage_that_shows_while_the_window_is_open_is_mended_there(
    arguments: list[str], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def script(window: MainWindow) -> Iterator[Condition]:
        yield from first_evening(window)
        ledger = tmp_path / "levdesk.db"
        with closing(sqlite3.connect(ledger, isolation_level=None)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            (root,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'acts_state'").fetchone()
        with ledger.open("r+b") as file:
            file.seek((root - 1) * 4096)
            file.write(b"\xa5" * 4096)
        window.desk.safety.back_up()
        yield lambda: any(each.isVisible() for each in window.findChildren(DamagedDialog))
        (dialog,) = window.findChildren(DamagedDialog)
        assert not dialog.ways[Rescue.RESTORE].isEnabled(), "there is no backup"
        dialog.ways[Rescue.SALVAGE].click()
        yield lambda: not window.desk.portfolios
        yield lambda: holds(window, 1240) and open_books(window)
        assert window.desk.undo_label == "add buy of 1240 BTC3L"

    with caplog.at_level(logging.WARNING):
        assert with_window(arguments, script) == 0
    assert "store_corrupt" in caplog.text


def test_starting_afresh_leaves_the_damaged_file_beside_empty_books(arguments: list[str], tmp_path: Path) -> None:
    (tmp_path / "levdesk.db").write_bytes(b"no database")

    def script(window: MainWindow) -> Iterator[Condition]:
        yield lambda: any(each.isVisible() for each in window.findChildren(DamagedDialog))
        (dialog,) = window.findChildren(DamagedDialog)
        dialog.ways[Rescue.FRESH].click()
        yield lambda: open_books(window)
        window.desk.record(buy(), window.desk.portfolios[0].id)
        yield lambda: holds(window, 1240)

    assert with_window(arguments, script) == 0
    (aside,) = (tmp_path / "set-aside").iterdir()
    assert aside.read_bytes() == b"no database"


def test_many_rows_are_deleted_only_after_a_copy_and_come_back_out_of_the_bin(
    arguments: list[str], tmp_path: Path
) -> None:
    def script(window: MainWindow) -> Iterator[Condition]:
        yield lambda: open_books(window)
        desk = window.desk
        first = desk.portfolios[0].id
        for number in range(12):
            entry = TransactionDraft(
                time_ms=MOMENT_MS + number,
                type=TransactionType.BUY,
                key=BTC3L,
                quantity=Decimal(1),
                price=Decimal(2),
            )
            desk.record(entry, first)
        yield lambda: holds(window, 12)
        assert list_backups(locate(tmp_path)) == ()
        desk.remove([each.id for each in desk.transactions(BTC3L, first)])
        yield lambda: not holds(window, 12)
        (backup,) = list_backups(locate(tmp_path))
        assert (backup.reason.value, backup.transactions) == ("before-delete", 12)
        found: list[tuple[BinEntry, ...]] = []
        desk.safety.signals.bin_listed.connect(found.append)
        desk.safety.list_bin()
        yield lambda: bool(found)
        assert len(found[0]) == 12
        desk.safety.bring_back(found[0])
        yield lambda: holds(window, 12)
        assert desk.undo_label == "bring back 12 things from the bin"

    assert with_window(arguments, script) == 0


def test_everything_goes_out_and_comes_back_in_through_the_window(arguments: list[str], tmp_path: Path) -> None:
    target = tmp_path / "all.zip"

    def script(window: MainWindow) -> Iterator[Condition]:
        yield from first_evening(window)
        window.desk.safety.export_portable(target)
        yield target.exists
        window.desk.record(buy(quantity="60"), window.desk.portfolios[0].id)
        yield lambda: holds(window, 1300)
        window.desk.safety.import_portable(target)
        yield lambda: holds(window, 1240) and open_books(window)
        failed: list[object] = []
        window.desk.signals.act_failed.connect(failed.append)
        window.desk.safety.restore(tmp_path / "nowhere.db")
        yield lambda: bool(failed) and open_books(window)
        assert holds(window, 1240), "and the books are open again"

    assert with_window(arguments, script) == 0
