"""What tests of the parlour share: a dressed application, and a window at the fake desk with everything in place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import shiboken6
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from levdesk.services.settings import Settings
from levdesk.ui import theme
from levdesk.ui.main_window import MainWindow
from levdesk.ui.views.copying import leave_clipboard
from tests.ui.fake_desk import FakeDesk

WidgetAdder = Callable[..., None]
WindowMaker = Callable[..., MainWindow]


@pytest.fixture(autouse=True)
def house_looks(qapp: QApplication) -> Iterator[theme.Theme]:
    """The default looks, before and after each test."""
    looks = theme.install(qapp, Settings())
    looks.apply(Settings())
    yield looks
    looks.apply(Settings())


@pytest.fixture
def qtbot(qtbot: QtBot) -> Iterator[QtBot]:
    """pytest-qt's, but it holds on to its widgets and deletes them at the end of the test.

    A window nobody refers to is garbage that Python may delete at any moment: in the middle of its own last paint, or
    while Qt walks over all widgets to dress them.
    """
    held: list[QWidget] = []
    add: WidgetAdder = qtbot.addWidget

    def add_and_hold(widget: QWidget, **options: object) -> None:
        held.append(widget)
        add(widget, **options)

    qtbot.addWidget = add_and_hold  # type: ignore[method-assign]
    yield qtbot
    for widget in reversed(held):
        if shiboken6.isValid(widget):
            widget.close()
            shiboken6.delete(widget)


@pytest.fixture(autouse=True)
def left_clipboard(qapp: QApplication) -> Iterator[None]:
    """What a test copied does not outlive it."""
    yield
    leave_clipboard()


@pytest.fixture
def desk() -> FakeDesk:
    """A lively fake desk."""
    return FakeDesk()


@pytest.fixture
def open_window(qtbot: QtBot) -> WindowMaker:
    """Opens a window at a desk and waits until charts and inspector pages stand."""

    def make(desk: FakeDesk, *, size: tuple[int, int] = (1600, 1000), state_path: Path | None = None) -> MainWindow:
        window = MainWindow(desk, state_path=state_path)
        qtbot.addWidget(window)
        if state_path is None:
            window.resize(*size)
        window.show()
        qtbot.waitUntil(lambda: window.inspector.overview is not None and window.chart.plot is not None)
        qtbot.waitUntil(
            lambda: window.inspector.overview is not None and window.inspector.overview.chart.plot is not None
        )
        return window

    return make


@pytest.fixture
def window(desk: FakeDesk, open_window: WindowMaker) -> MainWindow:
    """A window at the lively desk."""
    return open_window(desk)
