"""A table of keyed rows for the watch's windows: rules and history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView

from levdesk.ui.models.columns import KEY_ROLE
from levdesk.ui.models.keyed_table import KeyedRow, KeyedTable
from levdesk.ui.views.cell_delegate import CellDelegate, TokenDelegate
from levdesk.ui.views.column_layout import ColumnLayout
from levdesk.ui.views.data_tree import DataTree

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from PySide6.QtWidgets import QWidget

    from levdesk.ui.models.columns import ColumnSpec


class Listing(DataTree):
    """Shows rows; a choice stays while they are told anew.

    Args:
        name: for screen readers.
        specs: the columns.
        filler: the column that takes the room that is left.
    """

    def __init__(self, name: str, specs: Sequence[ColumnSpec], *, filler: int, parent: QWidget | None = None) -> None:
        super().__init__(name, parent)
        self.rows = KeyedTable(specs, self)
        self.setModel(self.rows)
        self.setSortingEnabled(False)
        self.header().setSortIndicatorShown(False)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setItemDelegate(CellDelegate(self.paints, self))
        for column, spec in enumerate(specs):
            if spec.name == "target":
                self.setItemDelegateForColumn(column, TokenDelegate(self.paints, self, is_first=False))
            elif not spec.is_number:
                delegate = CellDelegate(self.paints, self, is_number=False, is_first=not column)
                self.setItemDelegateForColumn(column, delegate)
        self._filler = filler
        self.keep_columns(ColumnLayout(self, specs, (-1, Qt.SortOrder.AscendingOrder), filler=filler))

    def tell(self, rows: Sequence[KeyedRow]) -> None:
        """Show these rows; the first one is chosen when none is."""
        self.rows.tell(rows)
        self.make_room(row.cells for row in rows)
        if rows and not self.currentIndex().isValid():
            self.set_current(self.rows.index(0, 0))
        self.viewport().update()

    @property
    def chosen(self) -> Any:
        """The key of the current row, None when there is none."""
        return self.currentIndex().siblingAtColumn(0).data(KEY_ROLE)

    def choose(self, key: Hashable) -> bool:
        """Make a row current; False when it is not listed."""
        row = self.rows.row_of(key)
        if row >= 0:
            self.set_current(self.rows.index(row, 0))
            self.scrollTo(self.rows.index(row, 0))
        return row >= 0
