"""A line across the window for an alert that has just begun, where no tray can tell it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout

from levdesk.domain.alerts import AlertSeverity
from levdesk.ui import theme
from levdesk.ui.alerts.words import LABEL_KINDS, MARKS, SEVERITY_WORDS, headline
from levdesk.ui.labels import hairline, label, recolour

if TYPE_CHECKING:
    from levdesk.services.alert_view import FiringAlert

_ORDER: Final = tuple(AlertSeverity)
"""From what only informs to what is critical."""


class AlertBanner(QFrame):
    """Shows the latest alert until it is opened or dismissed.

    Attributes:
        opened: the person wants to see it (`FiringAlert`).
    """

    opened = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("alert_banner")
        self.setProperty("kind", "surface")
        self.alert: FiringAlert | None = None
        self._more = 0
        px = theme.active().px
        self._mark = label(kind="warning", strong=True)
        self.text = label(wrap=True, strong=True)
        self.advice = label(wrap=True, kind="muted")
        self.show_button = QPushButton("Show")
        self.show_button.setAccessibleName("Go to what this warning is about")
        self.close_button = QPushButton("Dismiss")
        self.close_button.setAccessibleName("Dismiss this warning; it stays in the list")
        self.show_button.clicked.connect(self._open)
        self.close_button.clicked.connect(self.hide)
        words = QVBoxLayout()
        words.setSpacing(px(2))
        words.addWidget(self.text)
        words.addWidget(self.advice)
        row = QHBoxLayout()
        row.setContentsMargins(px(16), px(8), px(12), px(8))
        row.setSpacing(px(10))
        row.addWidget(self._mark)
        row.addLayout(words, 1)
        row.addWidget(self.show_button)
        row.addWidget(self.close_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(row)
        column.addWidget(hairline())
        self.hide()

    def tell(self, alert: FiringAlert, more: int = 0, *, is_brief: bool = False) -> None:
        """Show an alert; `more` others began with it. One that matters more and is still shown stays.

        A brief one leaves the advice to the list that stands below.
        """
        shown = self.alert
        if self.isVisible() and shown is not None and _ORDER.index(shown.severity) > _ORDER.index(alert.severity):
            alert, more = shown, self._more + 1 + more
        self.alert, self._more = alert, more
        word = SEVERITY_WORDS[alert.severity]
        self._mark.setText(f"{MARKS[alert.severity]} {word}")
        self._mark.setAccessibleName(word)
        recolour(self._mark, LABEL_KINDS[alert.severity])
        others = f" (and {more} more)" if more else ""
        self.text.setText(f"{headline(alert)}{others}")
        self.advice.setText(alert.advice)
        self.advice.setVisible(bool(alert.advice) and not is_brief)
        self.setAccessibleName(f"{word}. {self.text.text()} {alert.advice}")
        self.show()

    @Slot()
    def _open(self) -> None:
        self.hide()
        if self.alert is not None:
            self.opened.emit(self.alert)
