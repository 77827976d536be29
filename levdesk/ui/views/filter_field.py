"""The field one types a filter into."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QLineEdit

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent


class FilterField(QLineEdit):
    """A line that is left by the keys one reaches for: Esc clears it first, Enter and ↓ keep what was typed.

    Attributes:
        left: the keyboard is wanted elsewhere.
    """

    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.textChanged.connect(self._offer_clearing)

    @Slot()
    def _offer_clearing(self) -> None:
        """The button comes with the first letter: its picture takes half a millisecond of the window's start."""
        self.setClearButtonEnabled(True)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.clear()
            self.left.emit()
        elif event.key() in {Qt.Key.Key_Down, Qt.Key.Key_Return}:
            self.left.emit()
        else:
            super().keyPressEvent(event)
            return
        event.accept()
