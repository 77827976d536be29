from __future__ import annotations

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from levdesk.ui.desk import DeskSignals
from levdesk.ui.pace import Pace


@pytest.fixture
def paced(qapp: object) -> tuple[DeskSignals, list[str], Pace]:
    shown: list[str] = []
    signals = DeskSignals()
    return signals, shown, Pace(signals, lambda: shown.append("shown"), signals)


def test_the_first_is_shown_at_once_and_many_soon_after_as_one(
    qtbot: QtBot, paced: tuple[DeskSignals, list[str], QObject]
) -> None:
    signals, shown, _ = paced
    for _ in range(5):
        signals.view_changed.emit(None)
    assert len(shown) == 1
    qtbot.waitUntil(lambda: len(shown) == 2)


def test_nothing_is_shown_again_when_nothing_came(qtbot: QtBot, paced: tuple[DeskSignals, list[str], Pace]) -> None:
    signals, shown, pace = paced
    signals.view_changed.emit(None)
    with qtbot.waitSignal(pace._timer.timeout):
        pass
    assert len(shown) == 1


def test_an_act_is_shown_at_once(paced: tuple[DeskSignals, list[str], QObject]) -> None:
    signals, shown, _ = paced
    signals.view_changed.emit(None)
    signals.books_changed.emit(None)
    signals.view_changed.emit(None)
    assert len(shown) == 2
