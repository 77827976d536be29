"""Journeys through the real window while its books cannot be written: it says so, goes on, and loses nothing."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog

from levdesk.domain.errors import LevdeskError, StoreUnavailable
from levdesk.io import backup_shelf
from levdesk.io.backup_shelf import list_backups
from levdesk.io.logs import LogInMemory
from levdesk.io.paths import locate
from levdesk.io.unsaved.note import find_notes
from levdesk.services.backup_policy import BackupReason
from levdesk.services.importing import ImportPreview
from levdesk.ui.main_window import MainWindow
from levdesk.ui.safety.unsaved_dialogs import LeaveDialog, LeftBehindDialog, RefusedDialog
from tests.app.journey import Condition, with_window
from tests.app.test_window import buy, open_books, row
from tests.io.sick_files import Sick, make_sick

pytestmark = pytest.mark.usefixtures("qapp")


@pytest.fixture
def arguments(tmp_path: Path) -> list[str]:
    return ["--data-dir", str(tmp_path), "--offline"]


@pytest.fixture
def sick(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sick]:
    state = Sick()
    make_sick(monkeypatch, state)
    yield state
    state.code = 0


def holds(window: MainWindow, units: int) -> bool:
    found = row(window)
    return found is not None and found.quantity == units


def banner_says(window: MainWindow, words: str) -> bool:
    banner = window.unsaved_banner
    return banner is not None and banner.isVisible() and words in banner.text.text()


def shown(window: MainWindow, kind: type[LeaveDialog | LeftBehindDialog | RefusedDialog]) -> bool:
    return any(each.isVisible() for each in window.findChildren(kind))


def rows_on_disk(folder: Path) -> int:
    with closing(sqlite3.connect(folder / "levdesk.db")) as connection:
        (count,) = connection.execute("SELECT count(*) FROM transactions").fetchone()
    return int(count)


def two_buys_the_second_in_memory(window: MainWindow, sick: Sick) -> Iterator[Condition]:
    yield lambda: open_books(window)
    window.desk.record(buy(), window.desk.portfolios[0].id)
    yield lambda: holds(window, 1240)
    sick.code = sqlite3.SQLITE_FULL
    window.desk.record(buy(quantity="60"), window.desk.portfolios[0].id)
    yield lambda: holds(window, 1300) and banner_says(window, "Your disk is full: 1 change is kept in memory only.")


def test_on_a_full_disk_the_window_goes_on_and_saves_when_there_is_room(
    arguments: list[str], sick: Sick, tmp_path: Path
) -> None:
    def script(window: MainWindow) -> Iterator[Condition]:
        yield from two_buys_the_second_in_memory(window, sick)
        desk, banner = window.desk, window.unsaved_banner
        assert banner is not None
        desk.undo()
        yield lambda: holds(window, 1240) and banner_says(window, "2 changes")
        desk.redo()
        yield lambda: holds(window, 1300) and banner_says(window, "3 changes")
        assert not window.banner.isVisible(), "no failure is told: nothing failed"
        told: list[str] = []
        desk.signals.act_done.connect(told.append)
        banner.try_button.click()
        yield lambda: told == ["Not yet: There is no room left to write levdesk.db."]
        assert rows_on_disk(tmp_path) == 1
        sick.code = 0
        banner.try_button.click()
        yield lambda: not banner.isVisible()
        assert told[-1] == "Saved 3 changes that had been kept in memory"
        assert rows_on_disk(tmp_path) == 2
        desk.undo()
        yield lambda: holds(window, 1240)

    assert with_window(arguments, script) == 0
    assert rows_on_disk(tmp_path) == 1
    assert find_notes(locate(tmp_path)) == ()


def test_the_end_is_asked_about_and_the_next_start_offers_what_was_noted(
    arguments: list[str], sick: Sick, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / "elsewhere" / "copy.db"
    copy.parent.mkdir()
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_arguments, **_named: (str(copy), ""))

    def script(window: MainWindow) -> Iterator[Condition]:
        yield from two_buys_the_second_in_memory(window, sick)
        window.close()
        yield lambda: shown(window, LeaveDialog)
        window.findChildren(LeaveDialog)[0].stay_button.click()
        yield lambda: not shown(window, LeaveDialog)
        assert window.isVisible()
        window.leave()
        yield lambda: shown(window, LeaveDialog)
        dialog = window.findChildren(LeaveDialog)[-1]
        dialog.copy_button.click()
        yield lambda: "complete copy" in dialog.words.text()
        dialog.leave_button.click()

    assert with_window(arguments, script) == 0
    assert rows_on_disk(tmp_path) == 1
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("SELECT count(*) FROM transactions").fetchone() == (2,)

    def start_on_a_disk_still_full(window: MainWindow) -> Iterator[Condition]:
        yield lambda: shown(window, LeftBehindDialog)
        window.findChildren(LeftBehindDialog)[0].take_button.click()
        yield lambda: holds(window, 1300) and banner_says(window, "1 change is kept in memory only.")
        window.leave_unasked()

    assert with_window(arguments, start_on_a_disk_still_full) == 0
    assert rows_on_disk(tmp_path) == 1
    sick.code = 0

    def next_start(window: MainWindow) -> Iterator[Condition]:
        yield lambda: shown(window, LeftBehindDialog)
        assert holds(window, 1240)
        window.findChildren(LeftBehindDialog)[0].take_button.click()
        yield lambda: holds(window, 1300) and open_books(window)
        assert window.desk.undo_label == "add buy of 60 BTC3L"

    assert with_window(arguments, next_start) == 0
    assert rows_on_disk(tmp_path) == 2
    assert find_notes(locate(tmp_path)) == ()


def test_what_another_program_left_no_room_for_is_named(arguments: list[str], sick: Sick, tmp_path: Path) -> None:
    def script(window: MainWindow) -> Iterator[Condition]:
        yield from two_buys_the_second_in_memory(window, sick)
        window.desk.undo()
        yield lambda: holds(window, 1240)
        window.desk.undo()
        yield lambda: window.desk.undo_label == ""
        with closing(sqlite3.connect(str(tmp_path / "levdesk.db"), isolation_level=None)) as other:
            other.execute("INSERT INTO acts (label, state, changes) VALUES ('another act', 'done', '[]')")
            other.execute("INSERT INTO act_events (act_id, at_ms, event) VALUES (last_insert_rowid(), 1, 'done')")
        sick.code = 0
        assert window.unsaved_banner is not None
        window.unsaved_banner.try_button.click()
        yield lambda: shown(window, RefusedDialog)
        yield lambda: open_books(window) and holds(window, 1240)
        assert window.desk.undo_label == "another act"

    assert with_window(arguments, script) == 0
    (kept,) = (tmp_path / "set-aside").iterdir()
    assert "unsaved" in kept.name


def test_the_window_opens_where_nothing_can_be_written_and_saves_when_it_can(tmp_path: Path) -> None:
    in_the_way = tmp_path / "not a folder"
    in_the_way.touch()
    folder = in_the_way / "desk"
    root = logging.getLogger()

    def script(window: MainWindow) -> Iterator[Condition]:
        yield lambda: open_books(window)
        yield lambda: banner_says(window, "Your books cannot be reached: what you change now")
        assert any(isinstance(handler, LogInMemory) for handler in root.handlers)
        window.desk.record(buy(), window.desk.portfolios[0].id)
        yield lambda: holds(window, 1240) and banner_says(window, "1 change is kept in memory only.")
        in_the_way.unlink()
        assert window.unsaved_banner is not None
        window.unsaved_banner.try_button.click()
        yield lambda: window.unsaved is None
        yield lambda: open_books(window) and holds(window, 1240)

    assert with_window(["--data-dir", str(folder), "--offline"], script) == 0
    assert rows_on_disk(folder) == 1
    assert (folder / "levdesk.db").stat().st_mode & 0o777 == 0o600


def test_a_restore_waits_until_everything_is_saved(arguments: list[str], sick: Sick, tmp_path: Path) -> None:
    def script(window: MainWindow) -> Iterator[Condition]:
        yield from two_buys_the_second_in_memory(window, sick)
        failed: list[LevdeskError] = []
        window.desk.signals.act_failed.connect(failed.append)
        window.desk.safety.restore(tmp_path / "any.db")
        assert "kept in memory only and would be lost" in failed[0].message
        sick.code = 0
        window.desk.safety.try_to_save()
        yield lambda: window.unsaved is None

    assert with_window(arguments, script) == 0
    assert rows_on_disk(tmp_path) == 2


def test_an_import_goes_on_where_its_backup_cannot_be_written(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_room(*_arguments: object) -> None:
        raise StoreUnavailable("There is no room left to write the backup.")

    def script(window: MainWindow) -> Iterator[Condition]:
        yield lambda: open_books(window)
        previews: list[ImportPreview] = []
        window.desk.signals.import_previewed.connect(previews.append)
        rows = b"time,type,venue,symbol,quantity,price\n2026-05-03T09:30:00Z,buy,gate,BTC3L,7,2.5\n"
        window.desk.preview_import(rows, window.desk.portfolios[0].id)
        yield lambda: previews
        with monkeypatch.context() as patch:
            patch.setattr(backup_shelf, "keep_backup", no_room)
            window.desk.accept_import(previews[0], allow_duplicates=False)
            yield lambda: holds(window, 7) and banner_says(window, "1 change is kept in memory only.")
        assert rows_on_disk(tmp_path) == 0
        window.desk.safety.try_to_save()
        yield lambda: window.unsaved is None

    assert with_window(arguments, script) == 0
    assert rows_on_disk(tmp_path) == 1
    assert [backup.reason for backup in list_backups(locate(tmp_path))] == [BackupReason.IMPORT]
