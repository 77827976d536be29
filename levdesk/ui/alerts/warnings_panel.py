"""What is inside the warnings dock: a bar that sums up and acts, and the alerts that hold now."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPoint, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QPushButton, QToolButton, QVBoxLayout, QWidget

from levdesk.ui import theme
from levdesk.ui.alerts.dock import BAR_PX
from levdesk.ui.alerts.firing_table import FiringTable
from levdesk.ui.alerts.words import summary_words, target_words
from levdesk.ui.labels import hairline, label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from levdesk.services.alert_view import AlertsView, FiringAlert
    from levdesk.ui.desk import Desk

AGAIN_MS: Final = 10_000
"""How often words about time (snoozed until, yesterday) are written again."""

HOUR_MS: Final = 3_600_000
SPANS: Final = (
    ("For 15 minutes", HOUR_MS // 4),
    ("For an hour", HOUR_MS),
    ("For 8 hours", 8 * HOUR_MS),
    ("For a day", 24 * HOUR_MS),
    ("For a week", 7 * 24 * HOUR_MS),
)


class WarningsBar(QFrame):
    """Name, how things stand, and what can be done with what is chosen."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "surface")
        px = theme.active().px
        self.setFixedHeight(px(BAR_PX))
        self.summary = label(kind="muted", size_px=theme.LABEL_PX)
        self.history, self.rules, self.delivery = (
            _quiet(words, tip)
            for words, tip in (
                ("History", "Everything that ever fired"),
                ("Rules", "What is watched, and your own rules"),
                ("Delivery", "Where warnings go besides this window"),
            )
        )
        self.open, self.seen = (
            _quiet(words, tip)
            for words, tip in (
                ("Open", "Go to the holding and the page that explains it (Enter)"),
                ("Seen", "You have taken note of it (Space)"),
            )
        )
        self.snooze = _menu_button("Snooze", "Keep the chosen warning quiet for a while")
        self.mute = _menu_button("Mute", "Silence everything about its token")
        row = QHBoxLayout(self)
        row.setContentsMargins(px(16), 0, px(12), 0)
        row.setSpacing(px(8))
        row.addWidget(label("Warnings", strong=True))
        row.addWidget(self.summary)
        for button in (self.history, self.rules, self.delivery):
            row.addWidget(button)
        row.addStretch(1)
        for acting in (self.open, self.seen, self.snooze, self.mute):
            row.addWidget(acting)

    def sizeHint(self) -> QSize:
        """A dock gives its title bar the height of this hint, whatever height the bar has."""
        return QSize(super().sizeHint().width(), self.maximumHeight())

    def offer(self, *, any_chosen: bool) -> None:
        """Show what can be done with a choice, or nothing of it."""
        for acting in (self.open, self.seen, self.snooze, self.mute):
            acting.setVisible(any_chosen)


class WarningsPanel(QFrame):
    """The rows; `bar` stands above them as the dock's title.

    Attributes:
        open_wanted: go to what an alert is about (`FiringAlert`).
        history_wanted, rules_wanted, delivery_wanted: windows of the watch.
    """

    open_wanted = Signal(object)
    history_wanted = Signal()
    rules_wanted = Signal()
    delivery_wanted = Signal()

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "surface")
        self._desk = desk
        self._view: AlertsView | None = None
        self.bar = WarningsBar()
        self.table = FiringTable(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(hairline())
        column.addWidget(self.table, 1)
        self._connect()
        self._again = QTimer(self)
        self._again.setInterval(AGAIN_MS)
        self._again.timeout.connect(self._write)
        self._again.start()

    def _connect(self) -> None:
        bar, table = self.bar, self.table
        bar.history.clicked.connect(self.history_wanted)
        bar.rules.clicked.connect(self.rules_wanted)
        bar.delivery.clicked.connect(self.delivery_wanted)
        bar.open.clicked.connect(self.open_chosen)
        bar.seen.clicked.connect(self.acknowledge_chosen)
        bar.snooze.menu().aboutToShow.connect(self._fill_snooze)
        bar.mute.menu().aboutToShow.connect(self._fill_mute)
        table.opened.connect(self.open_chosen)
        table.chosen_changed.connect(self._offer)
        table.snooze_wanted.connect(self._snooze_at)
        table.customContextMenuRequested.connect(self._on_context_menu)
        for keys, act in ((Qt.Key.Key_Space, self.acknowledge_chosen),):
            shortcut = QShortcut(QKeySequence(keys), table)
            shortcut.setContext(Qt.ShortcutContext.WidgetShortcut)
            shortcut.activated.connect(act)

    # -- what it is told -------------------------------------------------------------------------------------------

    def tell(self, view: AlertsView | None) -> None:
        """Show how the alerts stand."""
        self._view = view
        self._write()

    @Slot()
    def _write(self) -> None:
        view = self._view
        portfolios = {each.id: each.name for each in self._desk.portfolios}
        self.table.tell(() if view is None else view.firing, self._desk.now_ms(), portfolios)
        words = summary_words(view)
        if words != self.bar.summary.text():
            self.bar.summary.setText(words)
            self.bar.summary.setAccessibleName(words)

    @Slot()
    def _offer(self) -> None:
        chosen = self.table.chosen
        self.bar.offer(any_chosen=chosen is not None)
        if chosen is not None:
            words = target_words(chosen.key.target)
            self.bar.mute.setText(f"Mute {words} ▾")
            self.bar.seen.setEnabled(not all(alert.acknowledged for alert in self._chosen()))

    # -- what a person does ----------------------------------------------------------------------------------------

    @Slot()
    def open_chosen(self) -> None:
        """Go to what the chosen alert is about."""
        if self.table.chosen is not None:
            self.open_wanted.emit(self.table.chosen)

    @Slot()
    def acknowledge_chosen(self) -> None:
        """The person has seen what is chosen."""
        keys = [alert.key for alert in self._chosen() if not alert.acknowledged]
        if keys:
            self._desk.alerts.acknowledge(keys)

    def snooze(self, alerts: Sequence[FiringAlert], span_ms: int | None) -> None:
        """Keep alerts quiet for so long; None wakes them."""
        until_ms = None if span_ms is None else self._desk.now_ms() + span_ms
        self._desk.alerts.snooze([alert.key for alert in alerts], until_ms)

    def mute(self, target: str, span_ms: int | None, *, on: bool = True) -> None:
        """Silence a target for so long, None = until it is switched on again; `on=False` lets it speak."""
        until_ms = None if span_ms is None or not on else self._desk.now_ms() + span_ms
        self._desk.alerts.mute(target, until_ms, on=on)

    def context_menu(self, alert: FiringAlert) -> QMenu:
        """Everything that can be done with an alert."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("Open", self.open_chosen)
        menu.addAction("Mark as seen", self.acknowledge_chosen).setEnabled(not alert.acknowledged)
        self._fill(menu.addMenu("Snooze"), snooze=True)
        self._fill(menu.addMenu(f"Mute {target_words(alert.key.target)}"), snooze=False)
        menu.addSeparator()
        menu.addAction("Edit rules…", self.rules_wanted.emit)
        menu.addAction("Copy", self.table.copy)
        return menu

    # -- inside ----------------------------------------------------------------------------------------------------

    def _chosen(self) -> tuple[FiringAlert, ...]:
        chosen = self.table.chosen
        return self.table.chosen_all or (() if chosen is None else (chosen,))

    def _fill(self, menu: QMenu, *, snooze: bool) -> None:
        menu.clear()
        alerts = self._chosen()
        if not alerts:
            return
        for words, span_ms in SPANS:
            act = partial(self.snooze, alerts, span_ms) if snooze else partial(self.mute, alerts[0].key.target, span_ms)
            menu.addAction(words, act)
        if not snooze:
            menu.addAction("Until you unmute it", partial(self.mute, alerts[0].key.target, None))
        menu.addSeparator()
        if snooze:
            wake = menu.addAction("Wake now", partial(self.snooze, alerts, None))
            wake.setEnabled(any(alert.snoozed_until_ms is not None for alert in alerts))
        else:
            unmute = menu.addAction("Unmute", partial(self.mute, alerts[0].key.target, None, on=False))
            unmute.setEnabled(alerts[0].is_muted)

    @Slot()
    def _fill_snooze(self) -> None:
        self._fill(self.bar.snooze.menu(), snooze=True)

    @Slot()
    def _fill_mute(self) -> None:
        self._fill(self.bar.mute.menu(), snooze=False)

    @Slot(object, QPoint)
    def _snooze_at(self, alert: FiringAlert, place: QPoint) -> None:
        now_ms = self._desk.now_ms()
        if alert.is_muted:
            self.mute(alert.key.target, None, on=False)
        elif alert.is_snoozed(now_ms):
            self.snooze((alert,), None)
        else:
            menu = QMenu(self)
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            self._fill(menu, snooze=True)
            menu.popup(place)

    @Slot(QPoint)
    def _on_context_menu(self, place: QPoint) -> None:
        if self.table.chosen is not None and self.table.indexAt(place).isValid():
            self.context_menu(self.table.chosen).popup(self.table.viewport().mapToGlobal(place))


def _quiet(words: str, tip: str) -> QPushButton:
    button = QPushButton(words)
    button.setProperty("kind", "quiet")
    button.setFont(theme.active().font(theme.LABEL_PX))
    button.setToolTip(tip)
    button.setAccessibleName(f"{words}: {tip}")
    return button


def _menu_button(words: str, tip: str) -> QToolButton:
    button = QToolButton()
    button.setText(f"{words} ▾")
    button.setProperty("kind", "muted")
    button.setFont(theme.active().font(theme.LABEL_PX))
    button.setToolTip(tip)
    button.setAccessibleName(f"{words}: {tip}")
    button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
    button.setMenu(QMenu(button))
    return button
