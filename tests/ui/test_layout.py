"""Every word on screen has the room it needs, every input has a name, every widget its own place."""

from __future__ import annotations

from itertools import combinations

import pytest
from PySide6.QtCore import QRect
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QPushButton,
    QTabBar,
    QToolButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from levdesk.services.settings import Settings, ThemeChoice
from levdesk.ui import theme
from levdesk.ui.main_window import MainWindow
from tests.looks import DIALOGS
from tests.ui.conftest import WindowMaker
from tests.ui.fake_desk import DeskState, FakeDesk

SIZES = [(1024, 700), (1600, 1000)]
STATES = [DeskState.LIVELY, DeskState.PARTIAL, DeskState.STALE, DeskState.EMPTY, DeskState.FAILED]
INPUTS = (QLineEdit, QComboBox, QAbstractSpinBox, QAbstractButton, QAbstractItemView, QTabBar)


@pytest.fixture
def unopened(desk: FakeDesk, qtbot: QtBot) -> MainWindow:
    """A window that is not shown: what a dialog takes from it is the desk."""
    window = MainWindow(desk)
    qtbot.addWidget(window)
    return window


def clipped(root: QWidget) -> list[str]:
    spoken: list[QLabel | QPushButton | QToolButton] = [
        *root.findChildren(QLabel),
        *root.findChildren(QPushButton),
        *root.findChildren(QToolButton),
    ]
    return [
        f"{widget.text()!r}: {widget.size().toTuple()} for {widget.sizeHint().toTuple()}"
        for widget in spoken
        if widget.isVisible() and widget.text().strip() and _is_short(widget)
    ]


def _is_short(widget: QLabel | QPushButton | QToolButton) -> bool:
    if isinstance(widget, QLabel) and widget.wordWrap():
        return widget.height() < widget.heightForWidth(widget.width())
    wanted = widget.sizeHint()
    return widget.width() < wanted.width() or widget.height() < wanted.height()


def overlapping(root: QWidget) -> list[str]:
    """Visible brothers whose places on screen cross, as far as both carry words."""
    found = []
    spoken = [w for w in root.findChildren(QLabel) if w.isVisible() and w.text().strip()]
    for one, other in combinations(spoken, 2):
        if one.parentWidget() is other.parentWidget() and _words(one).intersects(_words(other)):
            found.append(f"{one.text()!r} and {other.text()!r}")
    return found


def _words(label: QLabel) -> QRect:
    return label.geometry().adjusted(1, 1, -1, -1)


@pytest.mark.parametrize("choice", [ThemeChoice.LIGHT, ThemeChoice.DARK])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("state", STATES)
def test_no_word_is_cut_and_none_lies_on_another(
    open_window: WindowMaker, choice: ThemeChoice, size: tuple[int, int], state: DeskState
) -> None:
    desk = FakeDesk(state=state, demo=state is not DeskState.EMPTY, settings=Settings(theme=choice))
    window = open_window(desk, size=size)
    desk.report_health()
    for _ in range(10):  # wrapped words settle in a few rounds of layout
        QApplication.processEvents()
    assert window.size().toTuple() == size
    assert clipped(window) == []
    assert overlapping(window) == []


@pytest.mark.parametrize("name", sorted(DIALOGS))
def test_no_word_of_a_dialog_is_cut(unopened: MainWindow, qtbot: QtBot, name: str) -> None:
    dialog = DIALOGS[name](unopened)
    qtbot.addWidget(dialog)
    dialog.show()
    assert clipped(dialog) == []


@pytest.mark.parametrize("state", STATES)
def test_every_input_has_a_name_for_screen_readers(open_window: WindowMaker, state: DeskState) -> None:
    window = open_window(FakeDesk(state=state))
    window.open_palette()
    nameless = [
        f"{type(widget).__name__} in {type(widget.parent()).__name__}"
        for kind in INPUTS
        for widget in window.findChildren(kind)
        if not _name(widget) and not _is_inner(widget)
    ]
    assert nameless == []


def _is_inner(widget: QWidget) -> bool:
    """Parts that Qt itself puts inside an input: clear buttons, editors of spin boxes, lists of combo boxes."""
    parent = widget.parent()
    while parent is not None and not isinstance(parent, (QLineEdit, QComboBox, QAbstractSpinBox, QAbstractItemView)):
        parent = parent.parent()
    return parent is not None or widget.objectName().startswith("qt_")


@pytest.mark.parametrize("name", sorted(DIALOGS))
def test_every_input_of_a_dialog_has_a_name(unopened: MainWindow, qtbot: QtBot, name: str) -> None:
    dialog = DIALOGS[name](unopened)
    qtbot.addWidget(dialog)
    nameless = [
        type(widget).__name__
        for kind in INPUTS
        for widget in dialog.findChildren(kind)
        if not _name(widget) and not _is_inner(widget)
    ]
    assert nameless == []


def _name(widget: QWidget) -> str:
    text = widget.text() if isinstance(widget, QAbstractButton) else ""
    return widget.accessibleName() or text


def test_everything_is_reached_by_the_tab_key(window: MainWindow) -> None:
    reached: set[QWidget] = set()
    at = window.nextInFocusChain()
    while at is not None and at not in reached:
        reached.add(at)
        at = at.nextInFocusChain()
    for widget in (window.panel.table, window.panel.filter, window.chart.plot, window.inspector.tabs, window.search):
        assert widget in reached


def test_blue_and_orange_reach_what_is_on_screen(window: MainWindow, desk: FakeDesk) -> None:

    from levdesk.services.settings import GainLossColours

    desk.change_settings(desk.settings._replace(gain_loss=GainLossColours.BLUE_ORANGE))
    colour = window.strip.profit.figure.palette().color(window.strip.profit.figure.foregroundRole())
    assert colour == theme.BLUE_ORANGE[False][1]
