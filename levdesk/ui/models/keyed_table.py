"""A table of cells whose rows are known by a key: told anew as often as one likes, a choice stays."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from levdesk.ui.models.cells import Cell
from levdesk.ui.models.columns import CELL_ROLE, EXPORT_ROLE, KEY_ROLE, SORT_ROLE, ColumnSpec, header_data
from levdesk.ui.models.holding_rows import runs_of

Index = QModelIndex | QPersistentModelIndex

_ROOT: Final = QModelIndex()
_ROLE: Final = Qt.ItemDataRole
_DISPLAY, _TOOLTIP, _SPOKEN = int(_ROLE.DisplayRole), int(_ROLE.ToolTipRole), int(_ROLE.AccessibleTextRole)
_ALIGNMENT: Final = int(_ROLE.TextAlignmentRole)


@dataclass(slots=True)
class KeyedRow:
    """One row.

    Attributes:
        key: what identifies it.
        cells: one for each column.
        tip: its tooltip.
    """

    key: Hashable
    cells: list[Cell]
    tip: str = ""


class KeyedTable(QAbstractTableModel):
    """Rows in the order they are told.

    Args:
        specs: the columns.
    """

    def __init__(self, specs: Sequence[ColumnSpec], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._specs = tuple(specs)
        self._rows: list[KeyedRow] = []

    def tell(self, rows: Sequence[KeyedRow]) -> None:
        """Show these rows; one that stays keeps its index, and only cells that look otherwise are announced."""
        if [row.key for row in rows] != [row.key for row in self._rows]:
            self._reorder(rows)
        for place, row in enumerate(rows):
            before, self._rows[place] = self._rows[place], row
            changed = [column for column, cell in enumerate(row.cells) if not cell.looks_like(before.cells[column])]
            for first, last in runs_of(changed):
                self.dataChanged.emit(self.index(place, first), self.index(place, last))

    def key_at(self, row: int) -> Any:
        """The key of a row; None when there is no such row."""
        return self._rows[row].key if 0 <= row < len(self._rows) else None

    def row_of(self, key: Hashable) -> int:
        """The row of a key; −1 when it is not listed."""
        return next((place for place, row in enumerate(self._rows) if row.key == key), -1)

    def cells(self) -> Sequence[Sequence[Cell]]:
        """Every row's cells, to make room for them."""
        return [row.cells for row in self._rows]

    # -- Qt --------------------------------------------------------------------------------------------------------

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._specs)

    def data(self, index: Index, role: int = _DISPLAY) -> Any:
        if not index.isValid():
            return None
        row = self._rows[index.row()]
        cell, spec = row.cells[index.column()], self._specs[index.column()]
        match role:
            case _ if role == CELL_ROLE:
                return cell
            case _ if role in {_DISPLAY, EXPORT_ROLE}:
                return cell.shown_text
            case _ if role == _ALIGNMENT:
                return spec.alignment
            case _ if role == KEY_ROLE:
                return row.key
            case _ if role == _TOOLTIP:
                return row.tip or None
            case _ if role == _SPOKEN:
                return f"{spec.title}: {cell.spoken_text}" if spec.title else cell.spoken_text
            case _:
                return cell.sort if role == SORT_ROLE else None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = _DISPLAY) -> Any:
        return header_data(self._specs, section, orientation, role)

    # -- inside ----------------------------------------------------------------------------------------------------

    def _reorder(self, rows: Sequence[KeyedRow]) -> None:
        """Take rows away and put new ones in; where those that stay change places, start anew."""
        wanted = [row.key for row in rows]
        for place in reversed(range(len(self._rows))):
            if self._rows[place].key not in wanted:
                self.beginRemoveRows(QModelIndex(), place, place)
                del self._rows[place]
                self.endRemoveRows()
        staying = [row.key for row in self._rows]
        if staying != [key for key in wanted if key in staying]:
            self.beginResetModel()
            self._rows = list(rows)
            self.endResetModel()
            return
        for place, row in enumerate(rows):
            if place >= len(self._rows) or self._rows[place].key != row.key:
                self.beginInsertRows(QModelIndex(), place, place)
                self._rows.insert(place, row)
                self.endInsertRows()
