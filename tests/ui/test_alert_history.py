"""The history of alerts: pages, search, narrowing down, export."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from levdesk.ui.alerts.history_dialog import HistoryColumn, HistoryDialog
from levdesk.ui.models.columns import CELL_ROLE
from tests.ui.fake_desk import FakeDesk


@pytest.fixture
def dialog(qtbot: QtBot, desk: FakeDesk) -> HistoryDialog:
    made = HistoryDialog(desk, None)
    qtbot.addWidget(made)
    made.show()
    return made


def column(dialog: HistoryDialog, which: HistoryColumn) -> list[str]:
    model = dialog.table.rows
    return [model.index(row, which).data(CELL_ROLE).text for row in range(model.rowCount())]


def test_the_newest_stand_on_top_and_older_ones_come_when_asked_for(dialog: HistoryDialog, desk: FakeDesk) -> None:
    assert len(column(dialog, HistoryColumn.WHEN)) == 50
    assert column(dialog, HistoryColumn.WHAT)[:3] == ["ETH5S", "SOL3L", "DOGE3S"]
    assert column(dialog, HistoryColumn.STATE)[:2] == ["fired", "cleared"]
    assert dialog.older_button.isVisible()
    dialog.older_button.click()
    dialog.older_button.click()
    assert len(column(dialog, HistoryColumn.WHEN)) == 120
    assert not dialog.older_button.isVisible()


def test_a_new_alert_joins_without_losing_the_older_ones(dialog: HistoryDialog, desk: FakeDesk) -> None:
    dialog.older_button.click()
    desk.alerts.fire()
    assert len(column(dialog, HistoryColumn.WHEN)) == 100


def test_words_severity_and_state_narrow_it_down(dialog: HistoryDialog) -> None:
    dialog.filter.setText("premium sold")
    assert column(dialog, HistoryColumn.WHEN) == []
    assert dialog.table.empty_text[0] == "Nothing matches"
    dialog.filter.setText("doge3s above")
    assert set(column(dialog, HistoryColumn.WHAT)) == {"DOGE3S"}
    dialog.filter.setText("")
    dialog.severity.setCurrentIndex(dialog.severity.findData("critical"))
    assert set(column(dialog, HistoryColumn.WHAT)) == {"ETH5S"}
    dialog.state.setCurrentIndex(dialog.state.findData("cleared"))
    assert set(column(dialog, HistoryColumn.STATE)) == {"cleared"}


def test_an_empty_history_says_what_will_stand_there(qtbot: QtBot, desk: FakeDesk) -> None:
    desk.alerts._events = ()
    made = HistoryDialog(desk, None)
    qtbot.addWidget(made)
    made.show()
    assert made.table.empty_text[0] == "Nothing has fired yet"


def test_export_asks_for_a_file_and_hands_it_over(
    dialog: HistoryDialog, desk: FakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: ("/tmp/alerts.csv", ""))
    dialog.export()
    assert desk.alerts.calls[-1] == ("export_history", (Path("/tmp/alerts.csv"),))
