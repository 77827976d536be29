"""Writes a whole table to a CSV file, as it stands on the screen: its columns, its order, every row and every digit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from PySide6.QtCore import QIODevice, QModelIndex, QSaveFile
from PySide6.QtWidgets import QApplication, QFileDialog, QTreeView, QWidget

from levdesk.domain.errors import UserError
from levdesk.services.table_csv import table_csv
from levdesk.ui.models.columns import KEY_ROLE
from levdesk.ui.views.copying import table_of
from levdesk.ui.views.data_tree import DataTree

_FILES = "CSV files (*.csv)"


def focused_table(otherwise: DataTree) -> DataTree:
    """The table the keyboard is in, or around it; `otherwise` when it is in none."""
    widget = QApplication.focusWidget()
    while widget is not None:
        if isinstance(widget, DataTree):
            return widget
        widget = widget.parentWidget()
    return otherwise


def all_rows(tree: QTreeView) -> Iterator[QModelIndex]:
    """Every row that holds data, folded ones too, from top to bottom."""
    model = tree.model()
    waiting = [QModelIndex()]
    while waiting:
        parent = waiting.pop()
        if parent.isValid() and parent.data(KEY_ROLE) is not None:
            yield parent
        waiting += [model.index(row, 0, parent) for row in reversed(range(model.rowCount(parent)))]


def whole_table_csv(tree: DataTree) -> tuple[str, int]:
    """The table as CSV, and how many rows it has."""
    rows = list(all_rows(tree))
    return table_csv(table_of(tree, tree.columns_to_copy(), rows)), len(rows)


def export_table(tree: DataTree, parent: QWidget) -> str:
    """Ask for a file and write the table; what was done in words, "" when the person did not want to after all.

    Raises:
        UserError: it cannot be written.
    """
    name = f"{tree.accessibleName().lower().replace(' ', '-') or 'table'}.csv"
    chosen, _ = QFileDialog.getSaveFileName(parent, "Export table", name, _FILES)
    return write_table(tree, Path(chosen)) if chosen else ""


def write_table(tree: DataTree, path: Path) -> str:
    """Write the table whole, or not at all; what was done in words.

    Raises:
        UserError: it cannot be written.
    """
    text, count = whole_table_csv(tree)
    data = text.encode()
    file = QSaveFile(str(path))
    if not file.open(QIODevice.OpenModeFlag.WriteOnly) or file.write(data) != len(data) or not file.commit():
        raise UserError(f"{path} cannot be written: {file.errorString()}.", hint="Name a file in another folder.")
    return f"Exported {count:,} row{'' if count == 1 else 's'} to {path.name}"
