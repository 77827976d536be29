"""A line across the window that stands for as long as the books cannot be written: why, how much, and what to do."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QFileDialog, QWidget

from levdesk.services.unsaved import Unsaved, advice, headline
from levdesk.ui.line_across import LineAcross

if TYPE_CHECKING:
    from levdesk.ui.safety.desk import SafetyDesk


class UnsavedBanner(LineAcross):
    """Cannot be dismissed: it goes when everything is saved.

    Args:
        safety: tries to save, and saves a copy elsewhere.
    """

    def __init__(self, safety: SafetyDesk) -> None:
        super().__init__("unsaved", "▲", kind="warning")
        self._safety = safety
        self.mark.setAccessibleName("Not saved")
        self.try_button = self.add_button("&Try again", "Try again to save your changes")
        self.copy_button = self.add_button("Save a &copy elsewhere…", "Save a complete copy of your books elsewhere")
        self.try_button.clicked.connect(safety.try_to_save)
        self.copy_button.clicked.connect(self._save_copy)

    def tell(self, unsaved: Unsaved) -> None:
        """Show how things stand."""
        self.text.setText(headline(unsaved))
        self.hint.setText(advice(unsaved))
        noted = "" if unsaved.noted is None else f"\nNoted in {unsaved.noted}"
        self.hint.setToolTip(f"{unsaved.message}{noted}")
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
