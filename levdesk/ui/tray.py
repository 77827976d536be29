"""The icon in the system's tray, where there is one: warnings as desktop notifications, and a place to close to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication, QMenu, QSystemTrayIcon, QWidget

from levdesk.ui.about import icon_pixmap
from levdesk.ui.alerts.words import SEVERITY_WORDS, digest, target_words

if TYPE_CHECKING:
    from levdesk.services.alert_view import FiringAlert

ICON_PX: Final = 32
TOLD_FOR_MS: Final = 15_000


def has_tray() -> bool:
    """Whether this desktop has a tray; the other questions one can ask Qt about it are answered with yes too often."""
    return QSystemTrayIcon.isSystemTrayAvailable()


class Tray(QObject):
    """The icon with its menu; made only where `has_tray()`.

    Attributes:
        show_wanted: bring the window back.
        opened: the person clicked on the last notification (`FiringAlert`).
        quit_wanted: end the program.
    """

    show_wanted = Signal()
    opened = Signal(object)
    quit_wanted = Signal()

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._told: FiringAlert | None = None
        self.menu = QMenu(window)
        self.menu.addAction("Show LevDesk", self.show_wanted.emit)
        self.menu.addSeparator()
        self.menu.addAction("Quit", self.quit_wanted.emit)
        self.icon = QSystemTrayIcon(QIcon(icon_pixmap(ICON_PX, window.devicePixelRatioF())), self)
        self.icon.setToolTip("LevDesk")
        self.icon.setContextMenu(self.menu)
        self.icon.activated.connect(self._on_activated)
        self.icon.messageClicked.connect(self._on_message)
        self.icon.show()

    def tell(self, alert: FiringAlert, more: int = 0) -> None:
        """Show an alert as a notification of the desktop; `more` others began with it."""
        self._told = alert
        title = f"{SEVERITY_WORDS[alert.severity].capitalize()}: {digest(target_words(alert.key.target), more)}"
        body = f"{alert.message}\n{alert.advice}".strip()
        self.icon.showMessage(title, body, self.icon.icon(), TOLD_FOR_MS)

    def sum_up(self, words: str) -> None:
        """What the icon says when it is pointed at."""
        self.icon.setToolTip(f"LevDesk\n{words}")

    def leave(self) -> None:
        """Take the icon away."""
        self.icon.hide()

    @Slot(QSystemTrayIcon.ActivationReason)
    def _on_activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason in {QSystemTrayIcon.ActivationReason.Trigger, QSystemTrayIcon.ActivationReason.DoubleClick}:
            self.show_wanted.emit()

    @Slot()
    def _on_message(self) -> None:
        self.show_wanted.emit()
        if self._told is not None:
            self.opened.emit(self._told)


def beep() -> None:
    """The system's own sound for "look here"; it follows the person's volume and loads nothing."""
    QApplication.beep()
