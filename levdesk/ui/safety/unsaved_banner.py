"""A line across the window that stands for as long as the books cannot be written: why, how much, and what to do."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QFileDialog, QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from levdesk.services.unsaved import Unsaved, advice, headline
from levdesk.ui import theme
from levdesk.ui.labels import hairline, label

if TYPE_CHECKING:
    from levdesk.ui.safety.desk import SafetyDesk


class UnsavedBanner(QFrame):
    """Cannot be dismissed: it goes when everything is saved.

    Args:
        safety: tries to save, and saves a copy elsewhere.
    """

    def __init__(self, safety: SafetyDesk) -> None:
        super().__init__()
        self._safety = safety
        self.setObjectName("unsaved")
        self.setProperty("kind", "surface")
        px = theme.active().px
        mark = label("▲", kind="warning", strong=True)
        mark.setAccessibleName("Not saved")
        self.text = label(wrap=True, strong=True)
        self.hint = label(wrap=True, kind="muted")
        self.try_button = QPushButton("&Try again")
        self.try_button.setAccessibleName("Try again to save your changes")
        self.copy_button = QPushButton("Save a &copy elsewhere…")
        self.copy_button.setAccessibleName("Save a complete copy of your books elsewhere")
        self.try_button.clicked.connect(safety.try_to_save)
        self.copy_button.clicked.connect(self._save_copy)
        words = QVBoxLayout()
        words.setSpacing(px(2))
        words.addWidget(self.text)
        words.addWidget(self.hint)
        row = QHBoxLayout()
        row.setContentsMargins(px(16), px(8), px(12), px(8))
        row.setSpacing(px(10))
        row.addWidget(mark)
        row.addLayout(words, 1)
        row.addWidget(self.try_button)
        row.addWidget(self.copy_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(row)
        column.addWidget(hairline())

    def tell(self, unsaved: Unsaved) -> None:
        """Show how things stand."""
        self.text.setText(headline(unsaved))
        self.hint.setText(advice(unsaved))
        self.hint.setToolTip(unsaved.message)
        self.text.setToolTip("\n".join(unsaved.latest))
        self.setAccessibleName(f"{headline(unsaved)} {advice(unsaved)}")
        self.show()

    @Slot()
    def _save_copy(self) -> None:
        save_copy(self._safety, self)


def save_copy(safety: SafetyDesk, parent: QWidget) -> None:
    """Ask for a name and save a complete copy there."""
    title = "Save a copy of your books"
    chosen, _ = QFileDialog.getSaveFileName(parent, title, "levdesk-copy.db", "Databases (*.db)")
    if chosen:
        safety.save_copy(Path(chosen))
