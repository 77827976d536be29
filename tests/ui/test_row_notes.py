from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from levdesk.domain.instruments import TokenKey
from levdesk.ui.views import row_notes
from levdesk.ui.views.holdings_panel import HoldingsPanel
from levdesk.ui.views.row_notes import RowNotes
from tests.ui.fake_desk import FakeDesk

BTC3L = TokenKey("gate", "BTC3L")


def noted_word(desk: FakeDesk) -> str:
    """A word of a note on a row of BTC3L."""
    return next(row.draft.note for row in desk.transactions(BTC3L, None) if row.draft.note)


def test_a_few_rows_are_looked_through_at_once(desk: FakeDesk) -> None:
    told: list[bool] = []
    notes = RowNotes(desk, lambda: told.append(True))
    assert noted_word(desk) in notes.of(BTC3L)
    assert "beside" not in [name for name, _ in desk.calls]
    assert not told


def test_very_many_rows_are_looked_through_beside_the_window(desk: FakeDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(row_notes, "MANY_ROWS", 3)
    answers = later(desk, monkeypatch)
    told: list[bool] = []
    notes = RowNotes(desk, lambda: told.append(True))
    assert notes.of(BTC3L) == ""
    assert notes.of(TokenKey("gate", "ETH3L")) == ""
    assert [name for name, _ in desk.calls].count("beside") == 1
    answers.pop()()
    assert told
    assert noted_word(desk) in notes.of(BTC3L)
    notes.forget()
    assert notes.of(BTC3L) == "", "the books are others, so they are looked through again"


def test_notes_of_books_that_changed_meanwhile_do_not_count(desk: FakeDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(row_notes, "MANY_ROWS", 3)
    answers = later(desk, monkeypatch)
    told: list[bool] = []
    notes = RowNotes(desk, lambda: told.append(True))
    notes.of(BTC3L)
    notes.forget()
    answers.pop()()
    assert told
    assert notes.of(BTC3L) == ""
    assert answers, "and are gathered anew"


def test_who_stops_it_filters_without_notes(desk: FakeDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(row_notes, "MANY_ROWS", 3)
    later(desk, monkeypatch)
    notes = RowNotes(desk, lambda: None)
    notes.of(BTC3L)
    list(desk.stopped.values())[-1]()
    assert notes.of(BTC3L) == ""
    assert [name for name, _ in desk.calls].count("beside") == 1


def test_a_filter_by_a_note_is_made_up_for_once_notes_are_there(
    qtbot: QtBot, desk: FakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(row_notes, "MANY_ROWS", 3)
    answers = later(desk, monkeypatch)
    panel = HoldingsPanel(desk)
    qtbot.addWidget(panel)
    panel.filter.setText(noted_word(desk))
    QApplication.processEvents()
    assert not panel.table.order.index_of(BTC3L).isValid()
    answers.pop()()
    assert panel.table.order.index_of(BTC3L).isValid()


def later(desk: FakeDesk, monkeypatch: pytest.MonkeyPatch) -> list[Callable[[], None]]:
    """Work beside the window is answered when the test says so."""
    answers: list[Callable[[], None]] = []
    monkeypatch.setattr(desk, "_answer", answers.append)
    return answers
