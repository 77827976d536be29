"""A read-only table of cells for dialogs: previews and problems."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from levdesk.ui.models.cells import Cell
from levdesk.ui.models.columns import ColumnSpec
from levdesk.ui.models.static_table import StaticTable
from levdesk.ui.views.cell_delegate import CellDelegate, TokenDelegate
from levdesk.ui.views.column_layout import ColumnLayout
from levdesk.ui.views.data_tree import DataTree


class PlainTable(DataTree):
    """Shows rows of cells; the last column takes the room that is left.

    Args:
        name: for screen readers.
        specs: the columns; one named "token" is drawn with its venue.
    """

    def __init__(self, name: str, specs: Sequence[ColumnSpec], parent: QWidget | None = None) -> None:
        super().__init__(name, parent)
        self.cells = StaticTable(specs, self)
        self.setModel(self.cells)
        self.setSortingEnabled(False)
        self.header().setSortIndicatorShown(False)
        self.setItemDelegate(CellDelegate(self.paints, self))
        text = CellDelegate(self.paints, self, is_number=False)
        first = CellDelegate(self.paints, self, is_number=False, is_first=True)
        for column, spec in enumerate(specs):
            if spec.name == "token":
                self.setItemDelegateForColumn(column, TokenDelegate(self.paints, self, is_first=False))
            elif not spec.is_number:
                self.setItemDelegateForColumn(column, text if column else first)
        self.keep_columns(ColumnLayout(self, specs, (-1, Qt.SortOrder.AscendingOrder), filler=len(specs) - 1))

    def show_rows(self, rows: Sequence[Sequence[Cell]]) -> None:
        """Show other rows."""
        self.cells.set_rows(rows)
