"""The rows behind the holdings model: what is held where, compared with the next view cell by cell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from levdesk.ui.models.cells import GroupCell
from levdesk.ui.models.columns import HoldingColumn
from levdesk.ui.models.explained_cells import distance, explained_cells, to_rebalance_cell
from levdesk.ui.models.freshness import ages_of
from levdesk.ui.models.holding_cells import cell_of, rewritten, write_cells
from levdesk.ui.models.titles import venue_title

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from levdesk.domain.instruments import TokenKey
    from levdesk.domain.market import TokenQuote
    from levdesk.services.explain_radar import NextRebalance
    from levdesk.services.explained import ExplainedHolding
    from levdesk.services.grouping import HoldingGroup
    from levdesk.services.views import HoldingView
    from levdesk.ui.format import Figures
    from levdesk.ui.models.cells import Cell
    from levdesk.ui.models.freshness import Ages, Clock
    from levdesk.ui.models.holding_cells import Pen
    from levdesk.ui.models.live_radar import LiveRadar

Run = tuple[int, int]
"""First and last column of neighbours that changed together."""

OUTDATED: Final = -1


class HoldingRow:
    """One holding and its cells, which are written when somebody looks.

    Attributes:
        written, ages: the moment of the holding its cells tell of.
        position: index among its siblings, kept true by the model.
        turn: number of the model's turn in which its cells were written; `OUTDATED` when the holding has changed since.
        explained: what became of its money; None while that is not worked out.
        quote, radar: the quote the distance to a rebalance was last told at, and that distance; None before the first.
    """

    __slots__ = ("ages", "cells", "explained", "holding", "position", "quote", "radar", "turn", "written")

    def __init__(self, holding: HoldingView, ages: Ages, cells: list[Cell], turn: int) -> None:
        self.holding = self.written = holding
        self.ages = ages
        self.cells = cells
        self.turn = turn
        self.position = 0
        self.explained: ExplainedHolding | None = None
        self.quote: TokenQuote | None = None
        self.radar: NextRebalance | None = None

    @property
    def key(self) -> TokenKey:
        """Identity of the row."""
        return self.holding.token.key

    def take(self, holding: HoldingView) -> None:
        """Stand for the next moment of the holding."""
        self.holding, self.turn = holding, OUTDATED

    def write(self, ages: Ages, pen: Pen) -> list[int]:
        """Bring the cells up to the holding of now; the columns whose looks changed."""
        changed: list[int] = []
        for column, cell in rewritten((self.written, self.ages), (self.holding, ages), pen):
            if not cell.looks_like(self.cells[column]):
                changed.append(column)
            self.cells[column] = cell
        self.written, self.ages = self.holding, ages
        return changed

    def write_column(self, column: HoldingColumn, pen: Pen) -> None:
        """Bring one cell of a row out of sight up to the holding of now, to sort by it."""
        self.cells[column] = cell_of(self.holding, self.ages, pen, column)

    def explain(self, explained: ExplainedHolding | None, pen: Pen) -> list[int]:
        """Take over another explanation; the columns whose looks changed."""
        if explained is self.explained:
            return []
        self.explained = explained
        self.quote = None  # the volatility may be another one
        changed: list[int] = []
        for column, cell in explained_cells(self.holding, explained, pen, self.radar):
            if not cell.looks_like(self.cells[column]):
                changed.append(column)
            self.cells[column] = cell
        return changed

    def follow(self, quote: TokenQuote | None, radar: LiveRadar, now_ms: int, pen: Pen) -> list[int]:
        """Tell the distance to a rebalance at another quote; the same one again changes nothing."""
        if quote is self.quote:
            return []
        self.quote = quote
        is_held = quote is not None and bool(self.holding.quantity)
        self.radar = radar.next_of(self.holding.token, quote, now_ms, self.explained) if quote and is_held else None
        cell = to_rebalance_cell(distance(self.holding, self.explained, self.radar), pen)
        column = HoldingColumn.TO_REBALANCE
        looks_the_same = cell.looks_like(self.cells[column])
        self.cells[column] = cell
        return [] if looks_the_same else [int(column)]

    def rewrite(self, pen: Pen) -> list[Run]:
        """Write every cell again, for other figures or amounts hidden."""
        cells = write_cells(self.holding, self.ages, pen)
        for column, cell in explained_cells(self.holding, self.explained, pen, self.radar):
            cells[column] = cell
        changed = [column for column, cell in enumerate(cells) if not cell.looks_like(self.cells[column])]
        self.cells, self.written = cells, self.holding
        return list(runs_of(changed))


class GroupRow:
    """A heading and the rows under it.

    Attributes:
        serial: stable number (from 1) that children's indexes carry.
        position: index among the headings, kept true by the model.
        value: sum of the known values, to order by.
        is_outdated: rows under it changed since heading and value were worked out.
    """

    __slots__ = ("cell", "is_outdated", "name", "position", "rows", "serial", "value")

    def __init__(self, name: str, cell: GroupCell, serial: int, value: float = 0.0, *, position: int = 0) -> None:
        self.name = name
        self.cell = cell
        self.serial = serial
        self.value = value
        self.position = position
        self.is_outdated = False
        self.rows: list[HoldingRow] = []

    def renumber(self) -> None:
        """Make the rows' positions true again."""
        for position, row in enumerate(self.rows):
            row.position = position


def new_row(holding: HoldingView, clock: Clock, pen: Pen, turn: int) -> HoldingRow:
    """A row with all of its cells written."""
    ages = ages_of(holding, clock)
    return HoldingRow(holding, ages, write_cells(holding, ages, pen), turn)


def heading(group: HoldingGroup, group_by: str, figures: Figures) -> GroupCell:
    """The heading of a group, with its net exposure where that is known."""
    title = venue_title(group.name) if group_by == "venue" else group.name
    if group.net_exposure is None:
        return GroupCell(title, "net exposure not known")
    about = f"net exposure {figures.money_in(group.net_exposure, group.currency)}"
    return GroupCell(title, about if group.complete else f"{about}, incomplete")


def runs_of(columns: Sequence[int]) -> Iterator[Run]:
    """Neighbouring columns joined: [1, 2, 5] -> (1, 2), (5, 5)."""
    start = last = None
    for column in columns:
        if last is not None and column == last + 1:
            last = column
            continue
        if start is not None and last is not None:
            yield start, last
        start = last = column
    if start is not None and last is not None:
        yield start, last
