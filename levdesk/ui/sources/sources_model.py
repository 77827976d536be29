"""The sources as a table model: rows by venue, updated cell by cell, so that a choice stays while figures move."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, Qt

from levdesk.ui.models.columns import EXPORT_ROLE
from levdesk.ui.models.keyed_table import KeyedRow, KeyedTable
from levdesk.ui.sources.source_cells import SOURCE_COLUMNS, SourceColumn, exported_source, source_cells
from levdesk.ui.sources.words import source_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from levdesk.services.health import SourceHealth
    from levdesk.ui.format import Figures

Index = QModelIndex | QPersistentModelIndex

_DISPLAY: Final = int(Qt.ItemDataRole.DisplayRole)


class SourcesModel(KeyedTable):
    """Rows of `SourceHealth` in the order they are told.

    Args:
        figures: how numbers are written.
    """

    def __init__(self, figures: Figures, parent: QObject | None = None) -> None:
        super().__init__(SOURCE_COLUMNS, parent)
        self._figures = figures
        self._sources: dict[str, SourceHealth] = {}

    def show_sources(self, sources: Sequence[SourceHealth], now_ms: int) -> None:
        """Show how the sources are doing now; one that stays keeps its index."""
        self._sources = {each.venue: each for each in sources}
        self.tell(
            [
                KeyedRow(each.venue, source_cells(each, now_ms, self._figures), source_line(each, now_ms))
                for each in sources
            ]
        )

    def tick(self, now_ms: int) -> None:
        """Let ages grow."""
        self.show_sources(tuple(self._sources.values()), now_ms)

    def source(self, row: int) -> SourceHealth | None:
        """The source of a row; None when there is no such row."""
        return self._sources.get(self.key_at(row))

    def data(self, index: Index, role: int = _DISPLAY) -> Any:
        health = self.source(index.row()) if role == EXPORT_ROLE else None
        if health is None:
            return super().data(index, role)
        column = SourceColumn(index.column())
        return exported_source(health, column, self.cells()[index.row()][column])
