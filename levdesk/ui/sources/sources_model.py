"""The sources as a table model: rows by venue, updated cell by cell, so that a choice stays while figures move."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from levdesk.ui.models.columns import CELL_ROLE, EXPORT_ROLE, KEY_ROLE, SORT_ROLE
from levdesk.ui.models.holding_rows import runs_of
from levdesk.ui.sources.source_cells import SOURCE_COLUMNS, SourceColumn, exported_source, source_cells
from levdesk.ui.sources.words import source_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from levdesk.services.health import SourceHealth
    from levdesk.ui.format import Figures
    from levdesk.ui.models.cells import Cell

Index = QModelIndex | QPersistentModelIndex

_ROOT: Final = QModelIndex()
_ROLE: Final = Qt.ItemDataRole
_DISPLAY, _TOOLTIP, _SPOKEN = int(_ROLE.DisplayRole), int(_ROLE.ToolTipRole), int(_ROLE.AccessibleTextRole)
_ALIGNMENT: Final = int(_ROLE.TextAlignmentRole)
_RIGHT: Final = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
_LEFT: Final = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)


class SourcesModel(QAbstractTableModel):
    """Rows of `SourceHealth` in the order they are told.

    Args:
        figures: how numbers are written.
    """

    def __init__(self, figures: Figures, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._figures = figures
        self._now_ms = 0
        self._sources: list[SourceHealth] = []
        self._cells: list[list[Cell]] = []

    def show_sources(self, sources: Sequence[SourceHealth], now_ms: int) -> None:
        """Show how the sources are doing now; one that stays keeps its index."""
        self._now_ms = now_ms
        if [each.venue for each in sources] != [each.venue for each in self._sources]:
            self._reorder(sources)
        for row, health in enumerate(sources):
            self._sources[row] = health
            self._write(row)

    def tick(self, now_ms: int) -> None:
        """Let ages grow."""
        self.show_sources(tuple(self._sources), now_ms)

    def source(self, row: int) -> SourceHealth | None:
        """The source of a row; None when there is no such row."""
        return self._sources[row] if 0 <= row < len(self._sources) else None

    def row_of(self, venue: str) -> int:
        """The row of a venue; −1 when it is not listed."""
        return next((row for row, each in enumerate(self._sources) if each.venue == venue), -1)

    def cells(self) -> Sequence[Sequence[Cell]]:
        """Every row's cells, to make room for them."""
        return self._cells

    # -- Qt --------------------------------------------------------------------------------------------------------

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._sources)

    def columnCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(SOURCE_COLUMNS)

    def data(self, index: Index, role: int = _DISPLAY) -> Any:
        if not index.isValid():
            return None
        cell = self._cells[index.row()][index.column()]
        if role == CELL_ROLE:
            return cell
        if role == _DISPLAY:
            return cell.shown_text
        if role == _ALIGNMENT:
            return _RIGHT if SOURCE_COLUMNS[index.column()].is_number else _LEFT
        return self._rare_data(index, cell, role)

    def _rare_data(self, index: Index, cell: Cell, role: int) -> Any:
        health = self._sources[index.row()]
        if role == KEY_ROLE:
            return health.venue
        if role == _TOOLTIP:
            return source_line(health, self._now_ms)
        if role == _SPOKEN:
            return f"{SOURCE_COLUMNS[index.column()].title}: {cell.spoken_text}"
        if role == EXPORT_ROLE:
            return exported_source(health, SourceColumn(index.column()), cell)
        return cell.sort if role == SORT_ROLE else None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = _DISPLAY) -> Any:
        if orientation is not Qt.Orientation.Horizontal or not 0 <= section < len(SOURCE_COLUMNS):
            return None
        spec = SOURCE_COLUMNS[section]
        if role == _ALIGNMENT:
            return _RIGHT if spec.is_number else _LEFT
        return {_DISPLAY: spec.title, EXPORT_ROLE: spec.name, _TOOLTIP: spec.about}.get(role)

    # -- inside ----------------------------------------------------------------------------------------------------

    def _write(self, row: int) -> None:
        before = self._cells[row]
        cells = source_cells(self._sources[row], self._now_ms, self._figures)
        self._cells[row] = cells
        changed = [column for column, cell in enumerate(cells) if not cell.looks_like(before[column])]
        for first, last in runs_of(changed):
            self.dataChanged.emit(self.index(row, first), self.index(row, last))

    def _reorder(self, sources: Sequence[SourceHealth]) -> None:
        """Take rows away and put new ones in; where the order itself differs, start anew."""
        wanted = [each.venue for each in sources]
        for row in reversed(range(len(self._sources))):
            if self._sources[row].venue not in wanted:
                self.beginRemoveRows(QModelIndex(), row, row)
                del self._sources[row], self._cells[row]
                self.endRemoveRows()
        staying = [each.venue for each in self._sources]
        if staying != [venue for venue in wanted if venue in staying]:
            self.beginResetModel()
            self._sources = list(sources)
            self._cells = [source_cells(each, self._now_ms, self._figures) for each in sources]
            self.endResetModel()
            return
        for row, health in enumerate(sources):
            if row >= len(self._sources) or self._sources[row].venue != health.venue:
                self.beginInsertRows(QModelIndex(), row, row)
                self._sources.insert(row, health)
                self._cells.insert(row, source_cells(health, self._now_ms, self._figures))
                self.endInsertRows()
