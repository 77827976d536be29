"""The holdings as a table: model, order, columns and delegates put together, with the selection kept by token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QModelIndex, Qt, QTimer, Signal, Slot

from levdesk.ui.format import Figures
from levdesk.ui.models.columns import HOLDING_COLUMNS, KEY_ROLE, HoldingColumn
from levdesk.ui.models.freshness import clock_at
from levdesk.ui.models.holdings_model import HoldingsModel
from levdesk.ui.models.holdings_order import HoldingsOrder
from levdesk.ui.views.cell_delegate import CellDelegate, TokenDelegate
from levdesk.ui.views.column_layout import ColumnLayout
from levdesk.ui.views.data_tree import DataTree
from levdesk.ui.views.fading import Fading
from levdesk.ui.views.leverage_delegate import LeverageDelegate
from levdesk.ui.views.settling import Settling
from levdesk.ui.views.sight import Sight

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtWidgets import QWidget

    from levdesk.domain.instruments import TokenKey
    from levdesk.services.explained import ExplainedPortfolio
    from levdesk.services.settings import Settings
    from levdesk.services.views import HoldingView, PortfolioView
    from levdesk.ui.desk import Desk

TOKEN_SHARE: Final = 0.3
"""The token's part of the room that is left; the figures stay near it."""

AGES_MS: Final = 1_000
ROWS_AT_ONCE: Final = 40
_FADING: Final = frozenset(HoldingColumn) - {HoldingColumn.TOKEN, HoldingColumn.PRICE_AGE, HoldingColumn.NAV_AGE}
_FIRST_SORT: Final = (int(HoldingColumn.VALUE), Qt.SortOrder.DescendingOrder)


class HoldingsTable(DataTree):
    """Shows the holdings of the desk's view.

    Attributes:
        holding_chosen: the current row's `HoldingView` changed to another token; None when there is none.
        group_chosen: a heading became current, or was clicked; its name, as `group_holdings` has it.
        holding_clicked: a holding's row was clicked, whether it was current before or not.
    """

    holding_chosen = Signal(object)
    group_chosen = Signal(str)
    holding_clicked = Signal()

    def __init__(self, desk: Desk, notes_of: Callable[[TokenKey], str], parent: QWidget | None = None) -> None:
        super().__init__("Holdings", parent)
        self._desk = desk
        self._chosen: TokenKey | None = None
        self._is_on_heading = False
        self._closed_groups: set[str] = set()
        self._has_new_rows = False
        self._keys_seen: list[TokenKey] = []
        self._rows_to_come = self._natural_range = 0
        self._explained: ExplainedPortfolio | None = None
        self.holdings = HoldingsModel(self._clock, desk.quote, self, gap_of=desk.nav_gap_ratio)
        self.order = HoldingsOrder(self.holdings, notes_of, self)
        self.setModel(self.order)
        self._set_delegates()
        self.keep_columns(ColumnLayout(self, HOLDING_COLUMNS, _FIRST_SORT, share=TOKEN_SHARE))
        self.fading = Fading(self, self.paints, _FADING)
        self._sight = Sight(self)
        self.order.rowsInserted.connect(self._on_rows_inserted)
        self.order.modelReset.connect(self._open_groups)
        self.collapsed.connect(self._on_collapsed)
        self.expanded.connect(self._on_expanded)
        self.clicked.connect(self._on_clicked)
        self.selectionModel().currentRowChanged.connect(self._on_current)
        self._settling = Settling(self.settle, self)
        self._ages = QTimer(self)
        self._ages.timeout.connect(self._tick)

    # -- what it is given ------------------------------------------------------------------------------------------

    def show_top(self, view: PortfolioView | None, height: int) -> None:
        """Show the rows of a view that a window of this height can hold; `show_view` brings the others.

        Columns and scroll bar already stand where they will with all of them.
        """
        if view is not None:
            count = height // self.paints.row_height + 1
            sort = (self.order.sortColumn(), self.order.sortOrder() is Qt.SortOrder.DescendingOrder)
            settings = self._desk.settings
            self._rows_to_come = self.holdings.set_top(view, count, settings, self._closed_groups, sort)
            if self._rows_to_come:
                self.verticalScrollBar().rangeChanged.connect(self._keep_room)
            self._keep_chosen()

    def show_view(self, view: PortfolioView | None) -> None:
        """Show the next moment."""
        if self._rows_to_come:
            self._rows_to_come = 0
            self.verticalScrollBar().rangeChanged.disconnect(self._keep_room)
        self._look()
        self.holdings.set_view(view)
        self.show_explained(self._desk.explained)
        self._keep_chosen()
        self._look()
        self.holdings.follow_ticks(self._keys_seen)
        self._settling.note()

    def show_explained(self, portfolio: ExplainedPortfolio | None) -> None:
        """Show what became of the money; figures of another portfolio are not these rows' and are taken away."""
        own = self._desk.selected_portfolio_id
        shown = portfolio if portfolio is not None and portfolio.portfolio_id == own else None
        if shown is self._explained:
            return
        self._explained = shown
        self.holdings.set_explained(shown)
        self._write_explained()

    @Slot()
    def _write_explained(self) -> None:
        """Write explanations, a few rows at a time, and make room for them in the end."""
        if self.holdings.write_explained(ROWS_AT_ONCE):
            QTimer.singleShot(AGES_MS // 20, self, self._write_explained)
        else:
            self.make_room(self.holdings.written_cells())

    def use_settings(self, settings: Settings) -> None:
        """Take over grouping, closed holdings and hidden amounts."""
        if settings.hide_amounts != self.holdings.figures.hide_amounts:
            self.holdings.set_figures(Figures(hide_amounts=settings.hide_amounts))
        self.holdings.set_layout(settings.group_by, show_closed=settings.show_closed)
        self._keep_chosen()

    def set_filter(self, text: str) -> None:
        """Keep holdings that match; says so where none does."""
        self.order.set_filter_text(text)
        word = text.strip()
        self.empty_text = (
            (f"No holding matches “{word}”", "Clear the filter with Esc to see them all") if word else ("", "")
        )
        self._open_groups()
        self._keep_chosen()
        self.viewport().update()

    @Slot()
    def settle(self) -> None:
        """Bring the order up to date, unless it is or a mouse button is down on a row."""
        if not self.order.is_settled and self.state() is DataTree.State.NoState:
            self.order.settle()

    # -- questions and choices -------------------------------------------------------------------------------------

    @property
    def chosen(self) -> HoldingView | None:
        """The holding of the current row."""
        return self.order.holding(self.currentIndex())

    def choose(self, key: TokenKey) -> bool:
        """Make a token's row current; False when it is not listed."""
        index = self.order.index_of(key)
        if not index.isValid():
            return False
        self.set_current(index)
        self.scrollTo(index)
        return True

    def saved(self) -> dict[str, Any]:
        """Columns, sort order and closed groups as plain values."""
        return {**self.layout_keeper.saved(), "closed_groups": sorted(self._closed_groups)}

    def restore(self, saved: object) -> bool:
        """Take a saved layout back; False when it is not one."""
        if not self.layout_keeper.restore(saved):
            return False
        closed = saved.get("closed_groups") if isinstance(saved, dict) else None
        self._closed_groups = {name for name in closed if isinstance(name, str)} if isinstance(closed, list) else set()
        self._open_groups()
        return True

    def cells_of(self, first: QModelIndex, columns: Sequence[int]) -> Sequence[object]:
        cells = self.holdings.cells_at(self.order.mapToSource(first))
        return [cells[column] for column in columns]

    # -- Qt --------------------------------------------------------------------------------------------------------

    def showEvent(self, event: Any) -> None:
        super().showEvent(event)
        self._ages.start(AGES_MS)

    def hideEvent(self, event: Any) -> None:
        super().hideEvent(event)
        self._ages.stop()

    # -- inside ----------------------------------------------------------------------------------------------------

    @Slot(int, int)
    def _keep_room(self, _low: int, high: int) -> None:
        """Let the scroll bar count the rows to come; `high` is what the tree knows of, or what this has set."""
        wanted = self._natural_range + self._rows_to_come * self.paints.row_height
        if high != wanted:
            self._natural_range = high
            self.verticalScrollBar().setMaximum(high + self._rows_to_come * self.paints.row_height)

    def _clock(self) -> Any:
        return clock_at(self._desk.now_ms(), self._desk.settings.poll_s)

    def _look(self) -> None:
        """Tell the model which rows can be seen, where that may have changed."""
        if self._sight.is_lost:
            keys = {index.data(KEY_ROLE) or self._group_name(index): None for index in self._sight.rows()}
            self._keys_seen = [key for key in keys if not isinstance(key, str)]
            self.holdings.watch(frozenset(keys))

    @Slot()
    def _tick(self) -> None:
        """Once a second: look again, and let ages grow."""
        self._sight.lose()
        self._look()
        self.holdings.refresh_ages()

    def _set_delegates(self) -> None:
        plain = CellDelegate(self.paints, self)
        self.setItemDelegate(plain)
        self.setItemDelegateForColumn(HoldingColumn.TOKEN, TokenDelegate(self.paints, self))
        self.setItemDelegateForColumn(HoldingColumn.LEVERAGE, LeverageDelegate(self.paints, self))

    def _keep_chosen(self) -> None:
        """After rows came or went, put new ones in their place, and stay on the token or take the first one."""
        if self._has_new_rows:
            self._has_new_rows = False
            self.order.settle()
            self.make_room(self.holdings.written_cells())
        if self.currentIndex().isValid():
            return
        index = QModelIndex() if self._chosen is None else self.order.index_of(self._chosen)
        index = index if index.isValid() else self._first_holding()
        if index.isValid() and (not index.parent().isValid() or self.isExpanded(index.parent())):
            self.set_current(index)  # but never by opening a heading somebody folded
        elif self._chosen is not None and not self.holdings.listed_keys():
            self._chosen = None  # the token may come back, and is then chosen anew
            self.holding_chosen.emit(None)

    def _first_holding(self) -> QModelIndex:
        top = self.order.index(0, 0)
        return self.order.index(0, 0, top) if self.order.hasChildren(top) else top

    @Slot(QModelIndex, QModelIndex)
    def _on_current(self, current: QModelIndex, _previous: QModelIndex) -> None:
        holding = self.order.holding(current)
        key = holding.token.key if holding else None
        if current.isValid() and key is None:
            self._choose_group(current)
            return
        if key is None and self.holdings.listed_keys():
            return  # rows are moving; `_keep_chosen` decides in a moment
        if key != self._chosen or self._is_on_heading:
            self._chosen, self._is_on_heading = key, False
            self.holding_chosen.emit(holding)

    @Slot(QModelIndex)
    def _on_clicked(self, index: QModelIndex) -> None:
        if self.order.holding(index) is None:
            self._choose_group(index)
        else:
            self.holding_clicked.emit()

    def _choose_group(self, index: QModelIndex) -> None:
        name = self._group_name(index)
        if name:
            self._is_on_heading = True
            self.group_chosen.emit(name)

    @Slot(QModelIndex, int, int)
    def _on_rows_inserted(self, parent: QModelIndex, first: int, last: int) -> None:
        self._has_new_rows = True
        if not parent.isValid():
            for row in range(first, last + 1):
                self._open_group(self.order.index(row, 0))

    @Slot()
    def _open_groups(self) -> None:
        for row in range(self.order.rowCount()):
            self._open_group(self.order.index(row, 0))

    def _open_group(self, index: QModelIndex) -> None:
        if self._group_name(index) not in self._closed_groups or self.order.filter_text:
            self.expand(index)
        else:
            self.collapse(index)

    @Slot(QModelIndex)
    def _on_collapsed(self, index: QModelIndex) -> None:
        self._closed_groups.add(self._group_name(index))

    @Slot(QModelIndex)
    def _on_expanded(self, index: QModelIndex) -> None:
        if not self.order.filter_text:
            self._closed_groups.discard(self._group_name(index))

    def _group_name(self, index: QModelIndex) -> str:
        return self.holdings.group_name(self.order.mapToSource(index))
