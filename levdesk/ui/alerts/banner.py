"""A line across the window for an alert that has just begun, where no tray can tell it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Signal, Slot

from levdesk.domain.alerts import AlertSeverity
from levdesk.ui.alerts.words import LABEL_KINDS, MARKS, SEVERITY_WORDS, digest, headline
from levdesk.ui.labels import recolour
from levdesk.ui.line_across import LineAcross

if TYPE_CHECKING:
    from levdesk.services.alert_view import FiringAlert

_ORDER: Final = tuple(AlertSeverity)
"""From what only informs to what is critical."""


class AlertBanner(LineAcross):
    """Shows the latest alert until it is opened or dismissed.

    Attributes:
        opened: the person wants to see it (`FiringAlert`).
    """

    opened = Signal(object)

    def __init__(self) -> None:
        super().__init__("alert_banner", kind="warning")
        self.alert: FiringAlert | None = None
        self._more = 0
        self.advice = self.hint
        self.show_button = self.add_button("Show", "Go to what this warning is about")
        self.close_button = self.add_button("Dismiss", "Dismiss this warning; it stays in the list")
        self.show_button.clicked.connect(self._open)
        self.close_button.clicked.connect(self.hide)

    def tell(self, alert: FiringAlert, more: int = 0, *, is_brief: bool = False) -> None:
        """Show an alert; `more` others began with it. One that matters more and is still shown stays.

        A brief one leaves the advice to the list that stands below.
        """
        shown = self.alert
        if self.isVisible() and shown is not None and _ORDER.index(shown.severity) > _ORDER.index(alert.severity):
            alert, more = shown, self._more + 1 + more
        self.alert, self._more = alert, more
        word = SEVERITY_WORDS[alert.severity]
        self.mark.setText(f"{MARKS[alert.severity]} {word}")
        self.mark.setAccessibleName(word)
        recolour(self.mark, LABEL_KINDS[alert.severity])
        self.text.setText(digest(headline(alert), more))
        self.advice.setText(alert.advice)
        self.advice.setVisible(bool(alert.advice) and not is_brief)
        self.setAccessibleName(f"{word}. {self.text.text()} {alert.advice}")
        self.show()

    @Slot()
    def _open(self) -> None:
        self.hide()
        if self.alert is not None:
            self.opened.emit(self.alert)
