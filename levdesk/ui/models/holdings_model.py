"""The holdings table as a model: written cell by cell from views, updated without ever losing a row that stays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import Qt

from levdesk.services.grouping import group_holdings
from levdesk.ui.format import Figures
from levdesk.ui.models.cells import NAN
from levdesk.ui.models.columns import (
    CELL_ROLE,
    EXPLAINED_COLUMNS,
    EXPORT_ROLE,
    HOLDING_COLUMNS,
    KEY_ROLE,
    SORT_ROLE,
    HoldingColumn,
)
from levdesk.ui.models.explained_cells import exported_explanation
from levdesk.ui.models.first_rows import first_rows
from levdesk.ui.models.holding_cells import Pen, exported_text
from levdesk.ui.models.holding_rows import heading, new_row
from levdesk.ui.models.written_tree import WrittenTree

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from PySide6.QtCore import QObject

    from levdesk.domain.instruments import TokenKey
    from levdesk.domain.market import TokenQuote
    from levdesk.services.grouping import HoldingGroup
    from levdesk.services.settings import Settings
    from levdesk.services.views import HoldingView, PortfolioView
    from levdesk.ui.models.cells import Cell
    from levdesk.ui.models.first_rows import Sort
    from levdesk.ui.models.freshness import Clock
    from levdesk.ui.models.holding_rows import GroupRow, HoldingRow
    from levdesk.ui.models.holding_tree import Index

_ROLE: Final = Qt.ItemDataRole
_DISPLAY, _TOOLTIP, _SPOKEN = int(_ROLE.DisplayRole), int(_ROLE.ToolTipRole), int(_ROLE.AccessibleTextRole)
_ALIGNMENT: Final = int(_ROLE.TextAlignmentRole)
_FIRST_ORDER: Final = int(_ROLE.InitialSortOrderRole)
_RIGHT: Final = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
_LEFT: Final = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)


class HoldingsModel(WrittenTree):
    """Rows of a `PortfolioView`, in order of arrival; order and filter are a proxy's business.

    Args:
        clock: the moment ages are counted from.
        quote_of: the figures behind a price, for tooltips and for the distance to a rebalance.
        gap_of: how far a token's NAV estimate was from the venue's last figure, for tooltips.
    """

    def __init__(
        self,
        clock: Callable[[], Clock],
        quote_of: Callable[[TokenKey], TokenQuote | None] = lambda _key: None,
        parent: QObject | None = None,
        *,
        gap_of: Callable[[TokenKey], float | None] = lambda _key: None,
    ) -> None:
        super().__init__(clock, quote_of, parent)
        self._gap_of = gap_of
        self._view: PortfolioView | None = None
        self._listed: PortfolioView | None = None
        self._show_closed = False

    # -- what it is given ------------------------------------------------------------------------------------------

    def set_view(self, view: PortfolioView | None) -> None:
        """Show the next moment; rows that stay keep their indexes."""
        self._view = view
        if view is not None and view.currency != self._pen.currency:
            self._use(Pen(self._pen.figures, view.currency))
        news = _news(self._listed, view)
        self._listed = view
        if news is None:
            self._list(view)
        elif news:
            self._renew_all(news)

    def set_layout(self, group_by: str, *, show_closed: bool) -> None:
        """Group otherwise (the one thing that resets the model), or list closed holdings too."""
        if (group_by, show_closed) == (self._group_by, self._show_closed):
            return
        if group_by != self._group_by:
            self._group_by = group_by
            self.clear(is_grouped=bool(group_by))
        self._show_closed = show_closed
        self._listed = None
        self.set_view(self._view)

    def set_figures(self, figures: Figures) -> None:
        """Write numbers in another way, e.g. with amounts hidden."""
        self._use(Pen(figures, self._pen.currency))

    def set_top(self, view: PortfolioView, count: int, settings: Settings, folded: Collection[str], sort: Sort) -> int:
        """Show only what fills the first `count` rows; how many rows are left out until `set_view` brings them."""
        if view.currency != self._pen.currency:
            self._use(Pen(self._pen.figures, view.currency))
        top, left_out = first_rows(view, count, settings, folded, sort, self._clock(), self._pen)
        self.set_view(top)
        return left_out

    # -- questions -------------------------------------------------------------------------------------------------

    @property
    def figures(self) -> Figures:
        """How numbers are written now."""
        return self._pen.figures

    def holding(self, index: Index) -> HoldingView | None:
        """The holding of an index; None for headings."""
        row = self.row_at(index)
        return row.holding if row else None

    def cells_at(self, index: Index) -> Sequence[Cell]:
        """All cells of a row as they are now, by column; the index is not that of a heading."""
        row = self.row_at(index)
        assert row is not None, "a heading has one cell"
        if row.turn != self._turn:
            self.write(row, self._clock())
        return row.cells

    def group_name(self, index: Index) -> str:
        """Name of a heading, which stays when its title changes; "" for anything else."""
        return self.groups[index.row()].name if index.isValid() and self.row_at(index) is None else ""

    def sort_value(self, index: Index) -> float:
        """The float a row is ordered by in a column; a heading's is its value in every column."""
        row = self.row_at(index)
        if row is not None:
            return row.cells[index.column()].sort
        return self.groups[index.row()].value if index.isValid() else NAN

    # -- Qt --------------------------------------------------------------------------------------------------------

    def data(self, index: Index, role: int = _DISPLAY) -> Any:
        row = self.row_at(index)
        if row is None:
            return self._heading_data(index, role)
        column = index.column()
        if role == KEY_ROLE:
            return row.key
        if role == _ALIGNMENT:
            return _RIGHT if HOLDING_COLUMNS[column].is_number else _LEFT
        if row.turn != self._turn:
            self.write(row, self._clock())
        if role == CELL_ROLE:
            return row.cells[column]
        if role == _DISPLAY:
            return row.cells[column].shown_text
        if role == SORT_ROLE:
            return row.cells[column].sort
        return self._rare_data(row, HoldingColumn(column), role)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = _DISPLAY) -> Any:
        if orientation is not Qt.Orientation.Horizontal or not 0 <= section < len(HOLDING_COLUMNS):
            return None
        spec = HOLDING_COLUMNS[section]
        if role == _ALIGNMENT:
            return _RIGHT if spec.is_number else _LEFT
        if role == _FIRST_ORDER:
            return Qt.SortOrder.DescendingOrder if spec.is_number else Qt.SortOrder.AscendingOrder
        return {_DISPLAY: spec.title, _TOOLTIP: spec.about, EXPORT_ROLE: spec.name}.get(role)

    # -- inside ----------------------------------------------------------------------------------------------------

    def _rare_data(self, row: HoldingRow, column: HoldingColumn, role: int) -> Any:
        if role == _TOOLTIP:
            return self._note(row, column)
        if role == _SPOKEN:
            return row.cells[column].spoken_text
        if role != EXPORT_ROLE:
            return None
        if column in EXPLAINED_COLUMNS:
            return exported_explanation(row.holding, row.explained, column, row.cells[column], row.radar)
        return exported_text(row.holding, column, row.cells[column])

    def _note(self, row: HoldingRow, column: HoldingColumn) -> str:
        if column in EXPLAINED_COLUMNS:
            from levdesk.ui.models.explained_notes import explained_note, rebalance_note  # late, as below

            if column is HoldingColumn.TO_REBALANCE and row.radar is not None:
                quote, now_ms = self._quote_of(row.key), self._clock().now_ms
                return rebalance_note(row.holding, row.explained, quote, now_ms, self._pen.figures)
            return explained_note(row.holding, row.explained, column, self._pen.figures)
        from levdesk.ui.models.holding_notes import Subject, note_for  # late: nobody hovers before the first paint

        quote, gap = self._quote_of(row.key), self._gap_of(row.key)
        subject = Subject(row.holding, row.ages, quote, self._pen.figures, gap, self._clock().now_ms)
        return note_for(subject, column)

    def _heading_data(self, index: Index, role: int) -> Any:
        if not index.isValid() or index.column() != 0:
            return None
        group = self.groups[index.row()]
        self.write_heading(group)
        cell = group.cell
        if role == CELL_ROLE:
            return cell
        return f"{cell.title}, {cell.about}" if role in {_DISPLAY, _SPOKEN, _TOOLTIP} else None

    def _list(self, view: PortfolioView | None) -> None:
        """Bring rows and headings in line with a view of any shape."""
        wanted = () if view is None else group_holdings(view, self._group_by, show_closed=self._show_closed)
        self.keep_only({group.name: {holding.token.key for holding in group.holdings} for group in wanted})
        clock = self._clock()
        for group in wanted:
            self._take(group, clock)

    def _take(self, wanted: HoldingGroup, clock: Clock) -> None:
        cell = heading(wanted, self._group_by, self._pen.figures)
        group = self.group_named(wanted.name, cell, float(wanted.market_value))
        group.is_outdated = False
        if cell != group.cell:
            group.cell = cell
            self.announce_heading(group)
        listed = {row.key: row for row in group.rows}
        missing = []
        for holding in wanted.holdings:
            row = listed.get(holding.token.key)
            if row is None:
                made = new_row(holding, clock, self._pen, self._turn)
                made.explain(self._explained.get(made.key), self._pen)
                missing.append(made)
            elif row.holding is not holding:
                self._renew(group, row, holding, clock)
        self.add_rows(group, missing)

    def _renew_all(self, news: list[HoldingView]) -> None:
        """Take over what changed in a view of the same shape."""
        clock = self._clock()
        changed: dict[str, GroupRow] = {}
        for holding in news:
            found = self.place_of(holding.token.key)
            if found is not None:
                group, row = found
                changed[group.name] = group
                self._renew(group, row, holding, clock)
        for group in changed.values():
            group.is_outdated = True
            if self.is_seen(group.name) and self.write_heading(group):
                self.announce_heading(group)

    def _renew(self, group: GroupRow, row: HoldingRow, holding: HoldingView, clock: Clock) -> None:
        row.take(holding)
        if self.is_seen(row.key):
            self.announce(group, row, self.write(row, clock))
        else:
            self.postpone(row)


def _news(before: PortfolioView | None, now: PortfolioView | None) -> list[HoldingView] | None:
    """The holdings that changed between two views of the same rows; None when rows came, went or moved."""
    if before is None or now is None or len(before.holdings) != len(now.holdings):
        return None
    news = []
    for old, new in zip(before.holdings, now.holdings, strict=True):
        if new is not old:
            if new.token is not old.token or bool(new.quantity) is not bool(old.quantity):
                return None
            news.append(new)
    return news
