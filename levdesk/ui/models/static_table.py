"""A table of cells that are written once: previews and lists of problems."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from levdesk.ui.models.cells import Cell
from levdesk.ui.models.columns import CELL_ROLE, EXPORT_ROLE, KEY_ROLE, SORT_ROLE, ColumnSpec, header_data

Index = QModelIndex | QPersistentModelIndex

_ROOT: Final = QModelIndex()
_ROLE: Final = Qt.ItemDataRole
_DISPLAY, _ALIGNMENT = int(_ROLE.DisplayRole), int(_ROLE.TextAlignmentRole)
_TEXT_ROLES: Final = frozenset({_DISPLAY, int(_ROLE.ToolTipRole), int(_ROLE.AccessibleTextRole), EXPORT_ROLE})


class StaticTable(QAbstractTableModel):
    """Rows of cells under fixed columns."""

    def __init__(self, specs: Sequence[ColumnSpec], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._specs = tuple(specs)
        self._rows: list[list[Cell]] = []

    def set_rows(self, rows: Sequence[Sequence[Cell]]) -> None:
        """Show other rows."""
        self.beginResetModel()
        self._rows = [list(row) for row in rows]
        self.endResetModel()

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._specs)

    def data(self, index: Index, role: int = _DISPLAY) -> Any:
        if not index.isValid():
            return None
        cell = self._rows[index.row()][index.column()]
        if role == CELL_ROLE:
            return cell
        if role in _TEXT_ROLES:
            return cell.shown_text
        if role == _ALIGNMENT:
            return self._specs[index.column()].alignment
        if role == KEY_ROLE:
            return index.row()
        return cell.sort if role == SORT_ROLE else None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = _DISPLAY) -> Any:
        return header_data(self._specs, section, orientation, role)
