"""The tray: notifications where there is one, a window that closes to it only where the person wants that."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QSystemTrayIcon

from levdesk.services.settings import Settings
from levdesk.ui import tray
from levdesk.ui.main_window import MainWindow
from tests.ui.conftest import WindowMaker
from tests.ui.fake_desk import FakeDesk

pytestmark = pytest.mark.qt_log_ignore("No such signal QPlatformNativeInterface", extend=True)
"""The offscreen platform has no tray of its own to be told of."""


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """A desktop with a tray that writes its notifications down."""
    shown: list[tuple[str, str]] = []
    monkeypatch.setattr(tray, "has_tray", lambda: True)
    monkeypatch.setattr(QSystemTrayIcon, "showMessage", lambda _icon, title, body, *_more: shown.append((title, body)))
    return shown


@pytest.fixture(autouse=True)
def quitting() -> Iterator[None]:
    """The application quits with its last window, before and after each test."""
    yield
    QApplication.setQuitOnLastWindowClosed(True)


def with_tray(open_window: WindowMaker, **settings: bool) -> tuple[MainWindow, FakeDesk]:
    desk = FakeDesk(settings=Settings(**settings))  # type: ignore[arg-type]
    return open_window(desk), desk


def test_without_a_tray_there_is_no_icon_and_closing_closes(window: MainWindow, desk: FakeDesk) -> None:
    desk.change_settings(desk.settings._replace(close_to_tray=True, minimise_to_tray=True))
    assert window.alert_room.tray is None
    closed: list[bool] = []
    window.closing.connect(lambda: closed.append(True))
    window.close()
    assert closed
    assert not window.isVisible()


def test_alerts_become_one_notification_while_another_window_is_in_front(
    told: list[tuple[str, str]], open_window: WindowMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    window, desk = with_tray(open_window)
    monkeypatch.setattr(window, "isActiveWindow", lambda: False)
    desk.alerts.fire()
    ((title, body),) = told
    assert title == "Critical: ETH5S (and 2 more)"
    assert "1.6 %" in body
    assert not window.alert_room.banner.isVisible()


def test_while_the_window_is_in_front_the_banner_tells_it(
    told: list[tuple[str, str]], open_window: WindowMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    window, desk = with_tray(open_window)
    monkeypatch.setattr(window, "isActiveWindow", lambda: True)
    desk.alerts.fire()
    assert told == []
    assert window.alert_room.banner.isVisible()


def test_sound_is_made_only_for_rules_that_want_it(
    window: MainWindow, desk: FakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    beeps: list[bool] = []
    monkeypatch.setattr(tray, "beep", lambda: beeps.append(True))
    desk.alerts.fire()
    assert beeps == []
    desk.alerts.fire(sound=True)
    assert beeps == [True], "once for all of them"


def test_a_window_closes_to_the_tray_only_when_wished_and_comes_back(
    told: list[tuple[str, str]], open_window: WindowMaker
) -> None:
    window, desk = with_tray(open_window, close_to_tray=True)
    closed: list[bool] = []
    window.closing.connect(lambda: closed.append(True))
    window.close()
    assert not window.isVisible()
    assert not closed, "it goes on watching"
    assert not QApplication.quitOnLastWindowClosed()
    assert window.alert_room.tray is not None
    window.alert_room.tray.show_wanted.emit()
    assert window.isVisible()
    desk.change_settings(desk.settings._replace(close_to_tray=False))
    window.close()
    assert closed


def test_quit_ends_the_program_also_from_the_tray(told: list[tuple[str, str]], open_window: WindowMaker) -> None:
    window, _desk = with_tray(open_window, close_to_tray=True)
    closed: list[bool] = []
    window.closing.connect(lambda: closed.append(True))
    window.close()
    assert window.alert_room.tray is not None
    window.alert_room.tray.quit_wanted.emit()
    assert closed
    assert QApplication.quitOnLastWindowClosed()
    assert not window.alert_room.tray.icon.isVisible()


def test_minimising_goes_to_the_tray_only_when_wished(told: list[tuple[str, str]], open_window: WindowMaker) -> None:
    window, desk = with_tray(open_window)
    window.alert_room._on_state(Qt.WindowState.WindowMinimized)
    assert window.isVisible()
    desk.change_settings(desk.settings._replace(minimise_to_tray=True))
    window.alert_room._on_state(Qt.WindowState.WindowMinimized)
    assert not window.isVisible()
    window.come_forward()
    assert window.isVisible()
    assert not window.isMinimized()


def test_a_click_on_the_notification_opens_what_it_told(
    told: list[tuple[str, str]], open_window: WindowMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    window, desk = with_tray(open_window)
    monkeypatch.setattr(window, "isActiveWindow", lambda: False)
    desk.alerts.fire()
    assert window.alert_room.tray is not None
    window.alert_room.tray.icon.messageClicked.emit()
    assert window.inspector.holding is not None
    assert window.inspector.holding.token.key.symbol == "ETH5S"


def test_the_icon_says_how_things_stand(told: list[tuple[str, str]], open_window: WindowMaker) -> None:
    window, desk = with_tray(open_window)
    icon = window.alert_room.tray
    assert icon is not None
    assert "Nothing to warn of" in icon.icon.toolTip()
    desk.alerts.fire()
    assert "3 active" in icon.icon.toolTip()
