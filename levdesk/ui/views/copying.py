"""Copies what is selected, with a header, every digit and in the order on the screen: tabs for sheets, or as CSV."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QMimeData, QModelIndex, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QTreeView

from levdesk.services.table_csv import table_csv
from levdesk.ui.models.columns import EXPORT_ROLE, KEY_ROLE

Table = list[list[str]]


def selected_rows(tree: QTreeView) -> list[QModelIndex]:
    """Selected rows that hold data, from top to bottom as shown."""
    chosen = [index for index in tree.selectionModel().selectedRows() if index.data(KEY_ROLE) is not None]
    return sorted(chosen, key=lambda index: tree.visualRect(index).top())


def table_of(tree: QTreeView, columns: Sequence[int], rows: Sequence[QModelIndex]) -> Table:
    """Header and rows as texts; numbers in plain notation with all of their digits."""
    model = tree.model()
    header = [str(model.headerData(column, Qt.Orientation.Horizontal, EXPORT_ROLE) or "") for column in columns]
    body = [[str(row.siblingAtColumn(column).data(EXPORT_ROLE) or "") for column in columns] for row in rows]
    return [header, *body]


def as_tsv(table: Table) -> str:
    """Lines of cells separated by tabs; a tab or line break inside a cell becomes a space."""
    return "\n".join("\t".join(" ".join(cell.split()) for cell in row) for row in table) + "\n"


def as_csv(table: Table) -> str:
    """Comma-separated values with quotes where they are needed, and no cell that a spreadsheet would run."""
    return table_csv(table, line_end="\n")


def copy_selection(tree: QTreeView, columns: Sequence[int], *, as_commas: bool = False) -> int:
    """Put the selected rows on the clipboard; how many rows it were."""
    rows = selected_rows(tree)
    if not rows:
        return 0
    table = table_of(tree, columns, rows)
    data = QMimeData()
    data.setText(as_csv(table) if as_commas else as_tsv(table))
    data.setData("text/csv", as_csv(table).encode())
    QGuiApplication.clipboard().setMimeData(data)
    return len(rows)


def leave_clipboard() -> None:
    """Leave plain text behind in place of what we made for the clipboard: the interpreter's end must not delete it.

    A QMimeData made in Python and still on the clipboard when the process ends is deleted twice, which is a crash.
    """
    clipboard = QGuiApplication.clipboard()
    if clipboard.ownsClipboard() or QGuiApplication.platformName() == "offscreen":  # which never says that it owns
        clipboard.setText(clipboard.text())
