"""What the window shows and asks while changes are in memory only."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog, QListWidget
from pytestqt.qtbot import QtBot

from levdesk.services.unsaved import Fault, LeftBehind, Refused, Saved, Unsaved, advice, headline, saved_words
from levdesk.ui.main_window import MainWindow
from levdesk.ui.safety.unsaved_dialogs import LeaveDialog, LeftBehindDialog, RefusedDialog
from tests.ui.conftest import WindowMaker
from tests.ui.fake_books import NOW_MS
from tests.ui.fake_desk import FakeDesk

NOTE = Path("cache") / "unsaved-1.jsonl"


def unsaved(changes: int = 2, *, fault: Fault = Fault.FULL, noted: Path | None = NOTE) -> Unsaved:
    labels = tuple(f"add buy of {number} BTC3L" for number in range(changes))
    return Unsaved(fault=fault, message="There is no room left.", changes=changes, latest=labels, noted=noted)


@pytest.fixture
def window(desk: FakeDesk, open_window: WindowMaker) -> MainWindow:
    return open_window(desk)


def test_the_banner_stands_until_all_is_saved(window: MainWindow, desk: FakeDesk) -> None:
    window.show_unsaved(unsaved(0))
    banner = window.unsaved_banner
    assert banner is not None
    assert banner.text.text() == "Your disk is full: what you change now is kept in memory only."
    window.show_unsaved(unsaved(2))
    assert banner.text.text() == "Your disk is full: 2 changes are kept in memory only."
    assert "its next start offers them" in banner.hint.text()
    assert str(NOTE) in banner.hint.toolTip()
    banner.try_button.click()
    assert desk.safety.calls == [("try_to_save", ())]
    window.show_unsaved(None)
    assert not banner.isVisible()


@pytest.mark.parametrize(("fault", "words"), [(fault, headline(unsaved(1, fault=fault))) for fault in Fault])
def test_each_fault_says_what_to_do(fault: Fault, words: str) -> None:
    assert words.endswith(": 1 change is kept in memory only.")
    assert "Try again" in advice(unsaved(1, fault=fault))
    assert advice(unsaved(1, noted=None)).endswith("Should LevDesk end before it is saved, it is lost.")


def test_a_copy_is_saved_under_the_name_that_is_chosen(
    window: MainWindow, desk: FakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = iter(["", "/elsewhere/copy.db"])
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_arguments: (next(names), ""))
    window.show_unsaved(unsaved())
    assert window.unsaved_banner is not None
    window.unsaved_banner.copy_button.click()
    assert desk.safety.calls == []
    window.unsaved_banner.copy_button.click()
    assert desk.safety.calls == [("save_copy", (Path("/elsewhere/copy.db"),))]


def test_a_window_with_unsaved_changes_asks_before_it_closes(
    window: MainWindow, desk: FakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_arguments: ("/elsewhere/copy.db", ""))
    window.show_unsaved(unsaved(noted=None))
    assert not window.close()
    (dialog,) = window.findChildren(LeaveDialog)
    assert "lost" in dialog.words.text()
    assert dialog.leave_button.text() == "&Quit and lose them"
    dialog.copy_button.click()
    assert "complete copy" in dialog.words.text()
    assert dialog.leave_button.text() == "&Quit"
    dialog.stay_button.click()
    assert window.isVisible()
    window.leave()
    assert window.isVisible()
    window.findChildren(LeaveDialog)[-1].leave_button.click()
    assert not window.isVisible()


def test_a_window_without_unsaved_changes_closes_and_one_told_to_end_does_not_ask(
    desk: FakeDesk, open_window: WindowMaker
) -> None:
    first = open_window(desk)
    first.show_unsaved(unsaved(0))
    assert first.close()
    second = open_window(desk)
    second.show_unsaved(unsaved(3))
    second.leave_unasked()
    assert not second.isVisible()


def test_the_question_goes_when_everything_is_saved_meanwhile(window: MainWindow) -> None:
    window.show_unsaved(unsaved())
    window.close()
    (dialog,) = window.findChildren(LeaveDialog)
    window.show_unsaved(None)
    assert not dialog.isVisible()
    assert window.close()


def test_what_was_left_behind_is_taken_thrown_away_or_kept_for_later(window: MainWindow, desk: FakeDesk) -> None:
    left = LeftBehind(path=NOTE, since_ms=NOW_MS, labels=("add buy of 1 BTC3L", "change settings"))
    for name, call in (("take_button", "bring_in_note"), ("discard_button", "discard_note"), ("later_button", "")):
        desk.safety.calls.clear()
        window.offer_left_behind(left)
        dialog = window.findChildren(LeftBehindDialog)[-1]
        (listed,) = dialog.findChildren(QListWidget)
        assert [listed.item(row).text() for row in range(listed.count())] == ["Add buy of 1 BTC3L", "Change settings"]
        assert "2 changes were never saved" in dialog.title.text()
        getattr(dialog, name).click()
        assert desk.safety.calls == ([(call, (NOTE,))] if call else [])


def test_what_could_not_be_saved_is_named_with_its_reason(window: MainWindow, qtbot: QtBot) -> None:
    refused = (Refused(label="sell 3 BTC3L", reason="Only 2 are held."),)
    saved = Saved(changes=4, refused=refused, is_other=True, kept=Path("set-aside") / "copy.db")
    assert saved_words(saved) == "Saved 4 changes that had been kept in memory; 1 change could not be saved"
    window.show_refused(saved)
    (dialog,) = window.findChildren(RefusedDialog)
    (listed,) = dialog.findChildren(QListWidget)
    assert listed.item(0).text() == "Sell 3 BTC3L: Only 2 are held."
    dialog.close_button.click()
    assert not dialog.isVisible()
