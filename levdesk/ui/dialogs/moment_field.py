"""Date and time of a transaction in local time, with its zone said and a way back to now."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QDateTime, Slot
from PySide6.QtWidgets import QAbstractSpinBox, QDateTimeEdit, QPushButton

SHOWN = "d MMM yyyy  HH:mm:ss"


class MomentEdit(QDateTimeEdit):
    """Edits a moment to the second; one that is not touched keeps its milliseconds.

    Args:
        now_ms: the desk's clock.
    """

    def __init__(self, now_ms: Callable[[], int]) -> None:
        super().__init__()
        self._now_ms = now_ms
        self._exact_ms = 0
        self.setDisplayFormat(SHOWN)
        self.setCalendarPopup(True)
        self.setCorrectionMode(QAbstractSpinBox.CorrectionMode.CorrectToNearestValue)
        self.set_ms(now_ms())
        self.now_button = QPushButton("Now")
        self.now_button.setAutoDefault(False)
        self.now_button.setToolTip("Set date and time to this moment")
        self.now_button.clicked.connect(self.set_now)

    def ms(self) -> int:
        """The moment, UTC."""
        shown = self.dateTime().toMSecsSinceEpoch()
        return self._exact_ms if shown // 1000 == self._exact_ms // 1000 else shown

    def set_ms(self, time_ms: int) -> None:
        """Show a moment."""
        self._exact_ms = time_ms
        self.setDateTime(QDateTime.fromMSecsSinceEpoch(time_ms - time_ms % 1000))

    @Slot()
    def set_now(self) -> None:
        """Show this moment."""
        self.set_ms(self._now_ms())
