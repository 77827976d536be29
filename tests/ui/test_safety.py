"""The dialogs that care for the books."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel, QMessageBox, QPushButton
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from levdesk.domain.errors import UserError
from levdesk.services.backup_rescue import DamagedLedger, Rescue
from levdesk.ui.dialog_parts import PlainDialog
from levdesk.ui.main_window import MainWindow
from levdesk.ui.safety.backups_dialog import BackupsDialog
from levdesk.ui.safety.bin_dialog import BinDialog
from levdesk.ui.safety.cells import size_words
from levdesk.ui.safety.damaged_dialog import DamagedDialog
from levdesk.ui.safety.history_dialog import ActsDialog
from tests.ui.fake_desk import FakeDesk
from tests.ui.fake_safety import backups


@pytest.fixture
def desk() -> FakeDesk:
    return FakeDesk()


def texts(dialog: BackupsDialog | BinDialog | ActsDialog, column: int) -> list[str]:
    model = dialog.table.rows
    return [str(model.index(row, column).data()) for row in range(model.rowCount())]


def answering(name: str) -> None:
    """Press a button of the question that is about to open."""

    def press() -> None:
        asked = QApplication.activeModalWidget()
        assert isinstance(asked, QMessageBox)
        (button,) = [each for each in asked.findChildren(QPushButton) if each.text().replace("&", "") == name]
        button.click()

    QTimer.singleShot(0, press)


# ----------------------------------------------------------------------------------------------------------- backups


@pytest.fixture
def shelf(qtbot: QtBot, desk: FakeDesk) -> BackupsDialog:
    dialog = BackupsDialog(desk, None)
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


def test_the_copies_are_listed_with_reason_contents_and_size(shelf: BackupsDialog, qtmodeltester: ModelTester) -> None:
    assert texts(shelf, 1) == ["daily", "before an import", "made by hand", "daily"]
    assert texts(shelf, 2) == ["1,240", "1,230", "1,220", "—"]
    assert texts(shelf, 4) == ["120 KB", "960 KB", "3.2 MB", "7.7 MB"]
    assert texts(shelf, 5)[3] == "levdesk-3.db cannot be used"
    qtmodeltester.check(shelf.table.rows)  # type: ignore[no-untyped-call]


def test_restoring_asks_first_and_says_what_is_kept(shelf: BackupsDialog, desk: FakeDesk) -> None:
    answering("Cancel")
    shelf.restore()
    assert desk.safety.calls == []
    answering("Restore")
    shelf.restore_button.click()
    assert desk.safety.calls == [("restore", (Path("levdesk-0.db"),))]
    assert not shelf.isVisible()


def test_a_copy_that_cannot_be_used_cannot_be_restored(shelf: BackupsDialog, desk: FakeDesk) -> None:
    assert shelf.table.choose("levdesk-3.db")
    assert not shelf.restore_button.isEnabled()
    shelf.restore()
    assert desk.safety.calls == []
    assert shelf.table.choose("levdesk-1.db")
    assert shelf.restore_button.isEnabled()


def test_a_copy_from_elsewhere_and_a_new_one(
    shelf: BackupsDialog, desk: FakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf.new_button.click()
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: ("/elsewhere/mine.db", ""))
    answering("Restore")
    shelf.file_button.click()
    assert desk.safety.calls == [("back_up", ()), ("restore", (Path("/elsewhere/mine.db"),))]


def test_an_empty_shelf_says_so(qtbot: QtBot, desk: FakeDesk) -> None:
    desk.safety.backups = ()
    dialog = BackupsDialog(desk, None)
    qtbot.addWidget(dialog)
    dialog.show()
    assert dialog.table.empty_text[0] == "There is no backup yet"
    assert not dialog.restore_button.isEnabled()


@pytest.mark.parametrize(("size", "words"), [(0, "1 KB"), (999_000, "999 KB"), (1_250_000_000, "1,250.0 MB")])
def test_sizes_are_written_short(size: int, words: str) -> None:
    assert size_words(size) == words


# --------------------------------------------------------------------------------------------------------------- bin


@pytest.fixture
def bin_dialog(qtbot: QtBot, desk: FakeDesk) -> BinDialog:
    dialog = BinDialog(desk, None)
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


def test_the_bin_lists_what_it_keeps_and_for_how_long(bin_dialog: BinDialog, qtmodeltester: ModelTester) -> None:
    assert texts(bin_dialog, 1) == ["Portfolio “Savings” with 2 transactions", "Buy of 9 BTC3L"]
    assert texts(bin_dialog, 2) == ["Savings", "Main"]
    assert texts(bin_dialog, 3) == ["in 29 days", "in 1 day"]
    assert "2" in str(bin_dialog.table.rows.index(0, 0).data(int(Qt.ItemDataRole.ToolTipRole)))
    qtmodeltester.check(bin_dialog.table.rows)  # type: ignore[no-untyped-call]


def test_several_things_come_back_together(bin_dialog: BinDialog, desk: FakeDesk) -> None:
    bin_dialog.table.selectAll()
    everything = desk.safety.deleted
    bin_dialog.back_button.click()
    assert desk.safety.calls == [("bring_back", everything)]
    assert texts(bin_dialog, 1) == []
    assert not bin_dialog.back_button.isEnabled()


def test_what_cannot_come_back_is_told_in_the_dialog(bin_dialog: BinDialog, desk: FakeDesk) -> None:
    desk.signals.act_failed.emit(UserError("It cannot come back.", hint="Bring back what it needs."))
    assert bin_dialog.problem.isVisible()
    assert bin_dialog.problem.text() == "It cannot come back. Bring back what it needs."


# ----------------------------------------------------------------------------------------------------------- history


@pytest.fixture
def trail(qtbot: QtBot, desk: FakeDesk) -> ActsDialog:
    dialog = ActsDialog(desk, None)
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


def test_the_trail_tells_what_happened_and_each_row_of_it(trail: ActsDialog, qtmodeltester: ModelTester) -> None:
    assert texts(trail, 1) == ["Undid: edit buy of 10 BTC3L", "Edit buy of 10 BTC3L", "Add buy of 10 BTC3L"]
    assert texts(trail, 3) == ["taken back", "taken back", "in force"]
    assert trail.rows.toPlainText() == "changed transaction 1: price 2.5 → 2.6"
    qtmodeltester.check(trail.table.rows)  # type: ignore[no-untyped-call]


def test_searching_narrows_it_and_the_export_holds_what_is_shown(
    trail: ActsDialog, desk: FakeDesk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    trail.filter.setText("add BUY")
    assert texts(trail, 1) == ["Add buy of 10 BTC3L"]
    assert trail.count.text() == "1 entry"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "h.csv"), ""))
    trail.export_button.click()
    ((name, (path, entries)),) = desk.safety.calls
    assert (name, path) == ("export_history", tmp_path / "h.csv")
    assert entries == desk.safety.history[2:]
    trail.filter.setText("nothing like it")
    assert trail.table.empty_text[0] == "Nothing matches"
    assert not trail.export_button.isEnabled()
    assert trail.rows.toPlainText() == ""


# ----------------------------------------------------------------------------------------------------------- damaged


def damaged(**told: object) -> DamagedLedger:
    return DamagedLedger(
        **({"message": "levdesk.db is damaged.", "backup": backups()[0], "readable": 1_100} | told)  # type: ignore[arg-type]
    )


def shown(dialog: DamagedDialog) -> str:
    return "\n".join(each.text() for each in dialog.findChildren(QLabel))


def test_the_three_ways_say_what_each_would_cost(qtbot: QtBot) -> None:
    dialog = DamagedDialog(damaged(only_in_damaged=12, only_in_backup=140), None)
    qtbot.addWidget(dialog)
    words = shown(dialog)
    assert "1,240 transactions of " in words
    assert "12 transactions entered or changed since would be missing." in words
    assert "1,100 transactions can still be read; 140 transactions of the backup cannot." in words
    assert "Nothing was changed or deleted." in words
    assert dialog.ways[Rescue.RESTORE].isDefault()
    assert all(button.accessibleDescription() for button in dialog.ways.values())


@pytest.mark.parametrize(
    ("told", "enabled", "words"),
    [
        ({"backup": None}, [Rescue.SALVAGE, Rescue.FRESH], "There is no backup that can be read."),
        ({"readable": None}, [Rescue.RESTORE, Rescue.FRESH], "Nothing in the damaged file can be read."),
        ({"backup": None, "readable": 0}, [Rescue.FRESH], "0 transactions can still be read"),
        ({"is_whole": True, "only_in_damaged": 0}, list(Rescue), "as far as the file tells all of them"),
        ({"only_in_damaged": 0}, list(Rescue), "Nothing that can be read of the damaged file would be missing."),
    ],
)
def test_a_way_that_leads_nowhere_is_closed(
    qtbot: QtBot, told: dict[str, object], enabled: list[Rescue], words: str
) -> None:
    dialog = DamagedDialog(damaged(**told), None)
    qtbot.addWidget(dialog)
    assert [way for way, button in dialog.ways.items() if button.isEnabled()] == enabled
    assert words in shown(dialog)


def test_a_way_is_told_once_and_closing_changes_nothing(qtbot: QtBot) -> None:
    dialog = DamagedDialog(damaged(), None)
    qtbot.addWidget(dialog)
    chosen: list[Rescue] = []
    dialog.way_chosen.connect(chosen.append)
    dialog.show()
    dialog.reject()
    assert chosen == []
    dialog.show()
    dialog.ways[Rescue.SALVAGE].click()
    assert chosen == [Rescue.SALVAGE]
    assert not dialog.isVisible()


# ----------------------------------------------------------------------------------------------------------- actions


@pytest.mark.parametrize(
    ("action", "title"),
    [("open_backups", "Backups"), ("open_bin", "Bin"), ("open_acts", "History of your books")],
)
def test_each_dialog_opens_from_the_menu(qtbot: QtBot, desk: FakeDesk, action: str, title: str) -> None:
    window = MainWindow(desk)
    qtbot.addWidget(window)
    window.actions_[action].trigger()
    (dialog,) = [each for each in window.findChildren(PlainDialog) if each.isVisible()]
    assert dialog.windowTitle() == title
    dialog.close()


def test_everything_goes_out_and_in_from_the_menu(
    qtbot: QtBot, desk: FakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = MainWindow(desk)
    qtbot.addWidget(window)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: ("/x/all.zip", ""))
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: ("/x/all.zip", ""))
    window.actions_["export_portable"].trigger()
    answers = iter([QMessageBox.StandardButton.Cancel, QMessageBox.StandardButton.Yes])
    monkeypatch.setattr(QMessageBox, "question", lambda *_: next(answers))
    window.actions_["import_portable"].trigger()
    assert desk.safety.calls == [("export_portable", (Path("/x/all.zip"),))]
    window.actions_["import_portable"].trigger()
    assert desk.safety.calls[1:] == [("import_portable", (Path("/x/all.zip"),))]
