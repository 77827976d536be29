"""Keeps a person's mappings in the settings, and writes and reads the files in which they are handed on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QFileDialog

from levdesk.domain.errors import UserError
from levdesk.services.intake.mappings import LONGEST_BYTES, mapping_file, read_mapping_file, store_mapping

if TYPE_CHECKING:
    from levdesk.ui.desk import Desk
    from levdesk.ui.dialogs.form import FormDialog
    from levdesk.ui.intake.columns_page import ColumnsPage

_FILES = "Mappings (*.json)"


class MappingKeeper(QObject):
    """Does what the links under the columns ask for."""

    def __init__(self, desk: Desk, page: ColumnsPage, dialog: FormDialog) -> None:
        super().__init__(dialog)
        self._desk = desk
        self._page = page
        self._dialog = dialog
        page.save_asked.connect(self._keep)
        page.hand_on_asked.connect(self._hand_on)
        page.load_asked.connect(self._load)

    @Slot()
    def _keep(self) -> None:
        mapping = self._page.own_mapping()
        settings = self._desk.settings
        kept = store_mapping(settings.import_mappings, mapping)
        self._desk.change_settings(settings._replace(import_mappings=kept))
        self._page.missing.setText(f"“{mapping.title}” is kept: files with these columns are read like this.")
        self._page.missing.show()

    @Slot()
    def _hand_on(self) -> None:
        mapping = self._page.own_mapping()
        chosen, _ = QFileDialog.getSaveFileName(self._dialog, "Save mapping", f"{mapping.title}.json", _FILES)
        if chosen:
            self._desk.save_file(Path(chosen), mapping_file(mapping), f"Saved the mapping “{mapping.title}”")

    @Slot()
    def _load(self) -> None:
        chosen, _ = QFileDialog.getOpenFileName(self._dialog, "Load mapping", "", _FILES)
        if chosen:
            self.load(Path(chosen))

    def load(self, path: Path) -> None:
        """Use a mapping out of a file; what is wrong with it is said in the dialog."""
        try:
            with path.open("rb") as stream:
                mapping = read_mapping_file(stream.read(LONGEST_BYTES + 1), path.name)
        except OSError as error:
            self._dialog.tell_failure(f"{path.name} cannot be read: {error.strerror}.")
        except UserError as error:
            self._dialog.tell_failure(f"{error.message} {error.hint}")
        else:
            self._dialog.tell_failure("")
            self._page.take(mapping)
