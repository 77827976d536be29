from __future__ import annotations

import csv
from pathlib import Path

import pytest
from PySide6.QtCore import QDate
from pytestqt.qtbot import QtBot

from levdesk.domain.errors import UserError
from levdesk.ui.models.cells import Cell
from levdesk.ui.models.columns import ColumnSpec
from levdesk.ui.statement_dialog import StatementDialog
from levdesk.ui.views.exporting import focused_table, write_table
from levdesk.ui.views.plain_table import PlainTable
from tests.ui.fake_desk import FakeDesk

SPECS = (
    ColumnSpec(name="token", title="Token", about="", width=80, is_number=False),
    ColumnSpec(name="gain", title="Gain", about="", width=80),
)


@pytest.fixture
def table(qtbot: QtBot) -> PlainTable:
    made = PlainTable("Some rows", SPECS)
    qtbot.addWidget(made)
    made.show_rows([[Cell("BTC3L"), Cell("-12.5")], [Cell("=cmd()"), Cell("3")]])
    return made


def test_a_whole_table_is_written_and_no_cell_runs(table: PlainTable, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    assert write_table(table, path) == "Exported 2 rows to t.csv"
    with path.open(newline="", encoding="utf-8") as stream:
        assert list(csv.reader(stream)) == [["token", "gain"], ["BTC3L", "-12.5"], ["'=cmd()", "3"]]


def test_a_place_that_cannot_be_written_is_said(table: PlainTable, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be written"):
        write_table(table, tmp_path / "gone" / "t.csv")


def test_the_table_the_keyboard_is_in_is_meant(table: PlainTable, qtbot: QtBot) -> None:
    other = PlainTable("Other", SPECS)
    qtbot.addWidget(other)
    assert focused_table(other) is other


def test_a_statement_is_asked_for_by_days(qtbot: QtBot, desk: FakeDesk, tmp_path: Path) -> None:
    dialog = StatementDialog(desk)
    qtbot.addWidget(dialog)
    dialog.first.setDate(QDate(2026, 3, 1))
    dialog.last.setDate(QDate(2026, 2, 1))
    assert not dialog.ok.isEnabled()
    dialog.last.setDate(QDate(2026, 3, 31))
    dialog.save(tmp_path / "s.pdf")
    assert desk.calls[-1] == ("save_statement", (tmp_path / "s.pdf", 1, 1_772_323_200_000, 1_775_001_600_000))
