"""Puts the watch into the window after its first paint: dock, marks in the table, count, banner, tray, its windows."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtWidgets import QApplication, QPushButton

from levdesk.domain.alerts import AlertSeverity
from levdesk.domain.problems import Problem
from levdesk.ui import theme, tray
from levdesk.ui.alerts.banner import AlertBanner
from levdesk.ui.alerts.words import MARKS, NOTICES, PAGES, SOURCES, SUM, count_words, summary_words, whole_words

if TYPE_CHECKING:
    from levdesk.domain.instruments import TokenKey
    from levdesk.services.alert_view import AlertsView, Announcement, FiringAlert
    from levdesk.ui.alerts.delivery_dialog import DeliveryDialog
    from levdesk.ui.alerts.history_dialog import HistoryDialog
    from levdesk.ui.alerts.rules_dialog import RulesDialog
    from levdesk.ui.main_window import MainWindow

_CODE: Final = "alert"


class AlertRoom(QObject):
    """Everything the window does about alerts; made once, when the window stands.

    Args:
        window: the main window.
        with_tray: make an icon in the tray where the desktop has one.
    """

    def __init__(self, window: MainWindow, *, with_tray: bool = True) -> None:
        super().__init__(window)
        self._window = window
        self._desk = window.desk
        self.panel = window.warnings.fill(window.desk)
        self.banner = AlertBanner()
        window.head.insertWidget(0, self.banner)
        self.count = self._make_count()
        window.status.addPermanentWidget(self.count)
        self.tray = tray.Tray(window) if with_tray and tray.has_tray() else None
        self._rules: RulesDialog | None = None
        self._history: HistoryDialog | None = None
        self._delivery: DeliveryDialog | None = None
        self._connect()
        self._show(self._desk.alerts.view)

    def _make_count(self) -> QPushButton:
        button = QPushButton()
        button.setProperty("kind", "link")
        button.setFont(theme.active().font(theme.LABEL_PX))
        button.setAccessibleName("Go to the warnings")
        button.clicked.connect(self.go_to_list)
        button.hide()
        return button

    def _connect(self) -> None:
        panel, signals = self.panel, self._desk.alerts.signals
        panel.open_wanted.connect(self.open_alert)
        panel.history_wanted.connect(self.open_history)
        panel.rules_wanted.connect(self.open_rules)
        panel.delivery_wanted.connect(self.open_delivery)
        self.banner.opened.connect(self.open_alert)
        signals.changed.connect(self._show)
        signals.announced.connect(self._announce)
        if self.tray is not None:
            self.tray.opened.connect(self.open_alert)
            self.tray.show_wanted.connect(self._window.come_forward)
            self.tray.quit_wanted.connect(self._window.leave)

    # -- what is told ----------------------------------------------------------------------------------------------

    @Slot(object)
    def _show(self, view: AlertsView | None) -> None:
        now_ms = self._desk.now_ms()
        loud = () if view is None else tuple(each for each in view.firing if not each.is_quiet(now_ms))
        self._window.panel.warn(marks_of(loud))
        self.count.setVisible(bool(loud))
        if loud:
            grave = sum(each.severity is not AlertSeverity.INFO for each in loud)
            words = count_words(grave, "warning") if grave else count_words(len(loud), "note")
            self.count.setText(f"{MARKS[loud[0].severity]} {words}")
            self.count.setAccessibleName(f"{words}: go to the list")
            self.count.setToolTip("\n\n".join(whole_words(each, now_ms) for each in loud[:5]))
        if self.tray is not None:
            self.tray.sum_up(summary_words(view))
        actions = self._window.actions_
        actions["alerts_seen"].setEnabled(bool(loud))
        actions["alerts_snooze"].setEnabled(bool(loud))
        banner = self.banner.alert
        if view is not None and banner is not None and banner.key not in {each.key for each in view.firing}:
            self.banner.hide()  # what it tells is over

    @Slot(object)
    def _announce(self, news: tuple[Announcement, ...]) -> None:
        """Tell what has just begun, together and once."""
        shown = [each.alert for each in news if each.on_desktop]
        if shown:
            if self.tray is not None and not self._window.isActiveWindow():
                self.tray.tell(shown[0], len(shown) - 1)
            else:
                self.banner.tell(shown[0], len(shown) - 1, is_brief=self._window.warnings.isVisible())
                QApplication.alert(self._window)
        if any(each.with_sound for each in news):
            tray.beep()

    # -- what a person does ----------------------------------------------------------------------------------------

    @Slot()
    def go_to_list(self) -> None:
        """Put the keyboard into the list of warnings."""
        self._window.pages.show_warnings(True)
        self._window.warnings.raise_()
        self.panel.table.setFocus(Qt.FocusReason.ShortcutFocusReason)

    @Slot(object)
    def open_alert(self, alert: FiringAlert) -> None:
        """Go to the holding an alert is about, and the page that explains it."""
        window = self._window
        window.come_forward()
        page = PAGES[alert.kind]
        kind, _, rest = alert.key.target.partition(":")
        if page == SOURCES:
            venue = alert.token.venue if alert.token is not None else rest if kind == "venue" else ""
            window.commands.open_source(venue)
        elif alert.token is not None and window.panel.select(alert.token):
            window.commands.open_page("Why" if page == SUM else page)
        elif kind == "underlying":
            self._open_underlying(rest)
        else:
            window.commands.open_sum()

    def _open_underlying(self, name: str) -> None:
        self._window.pages.show_inspector(True)
        self._window.commands.open_group("underlying", name)

    def acknowledge_all(self) -> None:
        """The person has seen everything that fires."""
        view = self._desk.alerts.view
        keys = [each.key for each in view.firing if not each.acknowledged] if view is not None else []
        if keys:
            self._desk.alerts.acknowledge(keys)

    def snooze_all(self, span_ms: int) -> None:
        """Keep everything that fires quiet for so long."""
        view = self._desk.alerts.view
        if view is not None and view.firing:
            self.panel.snooze(view.firing, span_ms)

    @Slot()
    def open_rules(self) -> None:
        """See and change what is watched."""
        if self._rules is None:
            from levdesk.ui.alerts.rules_dialog import RulesDialog  # late, as the others: opened by few, seldom

            self._rules = RulesDialog(self._desk, self._window)
        self._rules.come_forward()

    def add_rule(self, key: TokenKey | None = None) -> None:
        """Write a new rule, for a token where one is named."""
        self.open_rules()
        assert self._rules is not None
        self._rules.add_rule(key)

    @Slot()
    def open_history(self) -> None:
        """See everything that ever fired."""
        if self._history is None:
            from levdesk.ui.alerts.history_dialog import HistoryDialog

            self._history = HistoryDialog(self._desk, self._window)
        self._history.come_forward()

    @Slot()
    def open_delivery(self) -> None:
        """See and change where warnings go."""
        if self._delivery is None:
            from levdesk.ui.alerts.delivery_dialog import DeliveryDialog

            self._delivery = DeliveryDialog(self._desk, self._window)
        self._delivery.come_forward()

    # -- the window comes and goes -----------------------------------------------------------------------------------

    def begin(self) -> None:
        """The window stands."""
        self._window.windowHandle().windowStateChanged.connect(self._on_state)

    def stays_behind(self) -> bool:
        """Hide the closed window in the tray, where there is one and the person wants that; False = let it close."""
        if self.tray is None or not self._desk.settings.close_to_tray:
            return False
        QApplication.setQuitOnLastWindowClosed(False)  # else the next dialog that closes would end the program
        self._window.state.save()
        self._window.hide()
        return True

    def leave(self) -> None:
        """The window closes for good."""
        QApplication.setQuitOnLastWindowClosed(True)
        if self.tray is not None:
            self.tray.leave()

    @Slot(Qt.WindowState)
    def _on_state(self, state: Qt.WindowState) -> None:
        """Minimised windows go to the tray as closed ones do."""
        if state == Qt.WindowState.WindowMinimized and self.tray is not None and self._desk.settings.minimise_to_tray:
            QApplication.setQuitOnLastWindowClosed(False)
            self._window.hide()


def marks_of(firing: tuple[FiringAlert, ...]) -> dict[TokenKey, tuple[Problem, ...]]:
    """What fires about each token, as notices for its row."""
    found: dict[TokenKey, list[Problem]] = defaultdict(list)
    for alert in firing:
        if alert.token is not None:
            words = f"{MARKS[alert.severity]} {alert.message}"
            found[alert.token].append(Problem(severity=NOTICES[alert.severity], code=_CODE, message=words))
    return {key: tuple(notices) for key, notices in found.items()}
