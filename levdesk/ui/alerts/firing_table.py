"""The alerts that hold now, as a table of two-line rows with a header of nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QModelIndex, QPoint, QSize, Qt, Signal, Slot
from PySide6.QtWidgets import QAbstractItemView

from levdesk.ui.alerts.firing_cells import (
    FIRING_COLUMNS,
    ROW_PX,
    FiringColumn,
    LinkCell,
    SeverityChip,
    TwoLines,
    firing_row,
)
from levdesk.ui.models.columns import KEY_ROLE
from levdesk.ui.models.keyed_table import KeyedTable
from levdesk.ui.views.column_layout import ColumnLayout
from levdesk.ui.views.data_tree import DataTree

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from PySide6.QtGui import QResizeEvent
    from PySide6.QtWidgets import QWidget

    from levdesk.services.alert_ports import WatchKey
    from levdesk.services.alert_view import FiringAlert

ROWS_AT_FIRST: Final = 3
SHARE: Final = 0.11
"""Of the window's height, at first."""


class FiringTable(DataTree):
    """Follows what it is told; a choice stays while alerts come and go.

    Attributes:
        snooze_wanted: the link of a row was clicked (`FiringAlert`, and where a menu goes, global).
        chosen_changed: another alert is chosen, or it says something else.
    """

    snooze_wanted = Signal(object, QPoint)
    chosen_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Warnings", parent)
        self.alerts = KeyedTable(FIRING_COLUMNS, self)
        self._by_key: dict[WatchKey, FiringAlert] = {}
        self.setModel(self.alerts)
        self.setSortingEnabled(False)
        self.setHeaderHidden(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setItemDelegate(TwoLines(self.paints, self, is_number=False))
        chip = SeverityChip(self.paints, self, is_number=False, is_first=True)
        self.setItemDelegateForColumn(FiringColumn.SEVERITY, chip)
        self.setItemDelegateForColumn(FiringColumn.SNOOZE, LinkCell(self.paints, self, is_number=False))
        layout = ColumnLayout(self, FIRING_COLUMNS, (-1, Qt.SortOrder.AscendingOrder), filler=FiringColumn.REASON)
        self.keep_columns(layout)
        self.clicked.connect(self._on_click)
        self.selectionModel().currentRowChanged.connect(self._on_current)
        self.selectionModel().selectionChanged.connect(self._on_current)

    def tell(self, firing: Sequence[FiringAlert], now_ms: int, portfolios: Mapping[int, str]) -> None:
        """Show what holds now."""
        self._by_key = {alert.key: alert for alert in firing}
        self.alerts.tell([firing_row(alert, now_ms, portfolios) for alert in firing])
        if firing and not self.currentIndex().isValid():
            self.set_current(self.alerts.index(0, 0))
        self.chosen_changed.emit()

    @property
    def chosen(self) -> FiringAlert | None:
        """The alert of the current row."""
        return self._by_key.get(self.currentIndex().siblingAtColumn(0).data(KEY_ROLE))

    @property
    def chosen_all(self) -> tuple[FiringAlert, ...]:
        """Every alert that is selected, in order."""
        rows = sorted(index.row() for index in self.selectionModel().selectedRows())
        # Asked also while rows are being taken away, when those of alerts that ended are still selected.
        return tuple(alert for row in rows if (alert := self._by_key.get(self.alerts.key_at(row))) is not None)

    def choose(self, key: WatchKey) -> bool:
        """Make an alert current; False when it is not listed."""
        row = self.alerts.row_of(key)
        if row < 0:
            return False
        self.set_current(self.alerts.index(row, 0))
        self.scrollTo(self.alerts.index(row, 0))
        return True

    def height_for(self, window_height: int) -> int:
        """What the rows ask for at first: a few, and fewer in a low window."""
        row = self.paints.px(ROW_PX)
        fitting = max(1, round(window_height * SHARE) // row)
        return min(max(self.alerts.rowCount(), 1), ROWS_AT_FIRST, fitting) * row + 1

    def minimumSizeHint(self) -> QSize:
        return QSize(super().minimumSizeHint().width(), self.paints.px(ROW_PX))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.scrollTo(self.currentIndex())  # a dock that grows would go on showing the half of the row it showed before

    @Slot(QModelIndex)
    def _on_click(self, index: QModelIndex) -> None:
        alert = self._by_key.get(index.siblingAtColumn(0).data(KEY_ROLE))
        if alert is not None and index.column() == FiringColumn.SNOOZE:
            self.snooze_wanted.emit(alert, self.viewport().mapToGlobal(self.visualRect(index).bottomLeft()))

    @Slot()
    def _on_current(self) -> None:
        self.chosen_changed.emit()
