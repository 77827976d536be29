"""The backups there are, and the one act that puts one of them back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QDialogButtonBox, QFileDialog, QMessageBox, QPushButton, QWidget

from levdesk.ui import format as fmt
from levdesk.ui import theme
from levdesk.ui.alerts.listing import Listing
from levdesk.ui.dialog_parts import PlainDialog
from levdesk.ui.labels import label
from levdesk.ui.safety.cells import BACKUP_COLUMNS, backup_row

if TYPE_CHECKING:
    from levdesk.services.backup_policy import Backup
    from levdesk.ui.desk import Desk

SIZE_PX: Final = (880, 520)
_ABOUT: Final = (
    "LevDesk copies your books every day they change, and before every import, larger deletion, restore and new "
    "format. Each copy was opened and checked. All of two days are kept, then one a day, a week and a month."
)
_EMPTY: Final = ("There is no backup yet", "The first is made on the day of your first transaction")


class BackupsDialog(PlainDialog):
    """Lists the copies; restoring asks once, and says what happens to what is there now."""

    def __init__(self, desk: Desk, parent: QWidget | None) -> None:
        super().__init__("Backups", parent)
        self._desk = desk
        self._backups: dict[str, Backup] = {}
        self.table = Listing("Backups", BACKUP_COLUMNS, filler=len(BACKUP_COLUMNS) - 1, parent=self)
        self.table.empty_text = _EMPTY
        self.restore_button = QPushButton("&Restore…")
        self.file_button = QPushButton("Restore from a &file…")
        self.new_button = QPushButton("&Back up now")
        self._lay_out()
        self.table.selectionModel().currentRowChanged.connect(self._offer)
        self.table.activated.connect(self.restore)
        self.restore_button.clicked.connect(self.restore)
        self.file_button.clicked.connect(self.restore_file)
        self.new_button.clicked.connect(desk.safety.back_up)
        desk.safety.signals.backups_listed.connect(self._take)
        self._offer()

    @property
    def chosen(self) -> Backup | None:
        """The copy of the current row."""
        return self._backups.get(self.table.chosen)

    @Slot()
    def restore(self) -> None:
        """Put the chosen copy back, after a question."""
        backup = self.chosen
        if backup is not None and backup.is_sound and self._is_sure(_restore_question(backup)):
            self._desk.safety.restore(backup.path)
            self.accept()

    @Slot()
    def restore_file(self) -> None:
        """Put a copy from anywhere back, after a question."""
        chosen, _ = QFileDialog.getOpenFileName(self, "Restore a backup", "", "Backups (*.db);;All files (*)")
        if chosen and self._is_sure(f"Restore {Path(chosen).name}?"):
            self._desk.safety.restore(Path(chosen))
            self.accept()

    # -- inside ----------------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        px = theme.active().px
        self.column.addWidget(label(_ABOUT, kind="muted", wrap=True))
        self.column.addWidget(self.table, 1)
        for button in (self.new_button, self.file_button, self.restore_button):
            self.buttons.addButton(button, QDialogButtonBox.ButtonRole.ActionRole)
            button.setAutoDefault(False)
        self.restore_button.setProperty("kind", "primary")
        self.buttons.button(QDialogButtonBox.StandardButton.Close).setAutoDefault(False)
        self.resize(px(SIZE_PX[0]), px(SIZE_PX[1]))

    def showEvent(self, event: Any) -> None:
        super().showEvent(event)
        self._desk.safety.list_backups()
        self.table.setFocus()

    @Slot(object)
    def _take(self, backups: tuple[Backup, ...]) -> None:
        self._backups = {str(backup.path): backup for backup in backups}
        self.table.tell([backup_row(backup) for backup in backups])
        self._offer()

    @Slot()
    def _offer(self) -> None:
        self.restore_button.setEnabled(self.chosen is not None and self.chosen.is_sound)

    def _is_sure(self, question: str) -> bool:
        asked = QMessageBox(QMessageBox.Icon.Question, "Restore", question, parent=self)
        asked.setInformativeText(
            "What is in LevDesk now is kept aside first, so this can be taken back by restoring that."
        )
        yes = asked.addButton("Restore", QMessageBox.ButtonRole.AcceptRole)
        asked.addButton(QMessageBox.StandardButton.Cancel)
        asked.setDefaultButton(QMessageBox.StandardButton.Cancel)
        asked.exec()
        return asked.clickedButton() is yes


def _restore_question(backup: Backup) -> str:
    count = backup.transactions
    return f"Go back to the {count:,} transaction{'' if count == 1 else 's'} of {fmt.moment(backup.made_ms)}?"
