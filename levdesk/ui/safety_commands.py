"""What the actions about the safety of the books do; everything behind them is made when it is opened."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot

from levdesk.ui.alert_commands import AlertCommands

if TYPE_CHECKING:
    from PySide6.QtWidgets import QDialog


class SafetyCommands(AlertCommands):
    """Slots named after the actions."""

    def _show(self, dialog: QDialog) -> None:
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    @Slot()
    def open_backups(self) -> None:
        """See the backups there are, and put one back."""
        from levdesk.ui.safety.backups_dialog import BackupsDialog

        self._show(BackupsDialog(self.desk, self.window))

    @Slot()
    def open_bin(self) -> None:
        """See what was deleted lately, and bring it back."""
        from levdesk.ui.safety.bin_dialog import BinDialog

        self._show(BinDialog(self.desk, self.window))

    @Slot()
    def open_acts(self) -> None:
        """See what was changed, when, and by which act."""
        from levdesk.ui.safety.history_dialog import ActsDialog

        self._show(ActsDialog(self.desk, self.window))

    @Slot()
    def export_portable(self) -> None:
        """Write everything as a zip of tables."""
        from PySide6.QtWidgets import QFileDialog

        chosen, _ = QFileDialog.getSaveFileName(self.window, "Export everything", "levdesk.zip", "Zip files (*.zip)")
        if chosen:
            self.desk.safety.export_portable(Path(chosen))

    @Slot()
    def import_portable(self) -> None:
        """Take in everything from such a zip, after a question."""
        from PySide6.QtWidgets import QFileDialog, QMessageBox

        chosen, _ = QFileDialog.getOpenFileName(self.window, "Take in everything", "", "Zip files (*.zip)")
        if not chosen:
            return
        question = f"Put everything in {Path(chosen).name} in the place of what is in LevDesk now?"
        aside = "What is there now is kept aside, and can be restored under File > Backups."
        buttons = QMessageBox.StandardButton.Yes | QMessageBox.StandardButton.Cancel
        answer = QMessageBox.question(self.window, "Take in everything", f"{question}\n\n{aside}", buttons)
        if answer == QMessageBox.StandardButton.Yes:
            self.desk.safety.import_portable(Path(chosen))
