"""Writes the rows of the holdings model when they are looked at: hundreds change each second, twenty are seen."""

from __future__ import annotations

import math
from itertools import islice
from typing import TYPE_CHECKING, Any

from levdesk.services.grouping import group_of
from levdesk.ui.format import Figures
from levdesk.ui.models.columns import EXPLAINED_COLUMNS, HoldingColumn
from levdesk.ui.models.freshness import ages_of
from levdesk.ui.models.holding_cells import Pen
from levdesk.ui.models.holding_rows import OUTDATED, heading, runs_of
from levdesk.ui.models.holding_tree import TOP
from levdesk.ui.models.watched_tree import WatchedTree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from PySide6.QtCore import QObject

    from levdesk.domain.instruments import TokenKey
    from levdesk.domain.market import TokenQuote
    from levdesk.services.explained import ExplainedHolding, ExplainedPortfolio
    from levdesk.ui.models.cells import Cell
    from levdesk.ui.models.freshness import Clock
    from levdesk.ui.models.holding_rows import GroupRow, HoldingRow, Run
    from levdesk.ui.models.live_radar import LiveRadar


class WrittenTree(WatchedTree):
    """Rows that can be seen are written as soon as something changes, the others when somebody asks for them.

    Whoever reads a cell is told the figure of now, however it comes to him.

    Args:
        clock: the moment ages are counted from.
        quote_of: the figures behind a price.
    """

    def __init__(
        self,
        clock: Callable[[], Clock],
        quote_of: Callable[[TokenKey], TokenQuote | None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._clock = clock
        self._quote_of = quote_of
        self._radar: LiveRadar | None = None
        self._turn = 0
        self._group_by = ""
        self._pen = Pen(Figures(), "")
        self._explained: dict[TokenKey, ExplainedHolding] = {}

    def set_explained(self, portfolio: ExplainedPortfolio | None) -> None:
        """Write what became of each holding's money; None takes it away."""
        self._explained = {} if portfolio is None else {each.key: each for each in portfolio.holdings}
        for _, row in self.all_rows():
            if self._explained.get(row.key) is not row.explained:
                self.postpone(row)
        self._write_seen()

    def follow_ticks(self, keys: Iterable[TokenKey] | None = None) -> None:
        """Tell the distance to a rebalance at the last quotes; what it takes is imported the first time.

        Args:
            keys: tokens whose quotes count now, those on screen; None = all. Every second they all are brought up to
                date, for whoever sorts or copies them.
        """
        if self._radar is None or keys is None:
            from levdesk.ui.models.live_radar import LiveRadar

            self._radar = self._radar or LiveRadar()
            self._write_seen()
            return
        now_ms, quote_of = self._clock().now_ms, self._quote_of
        for group, row in self.rows_of(keys):
            runs = runs_of(row.follow(quote_of(row.key), self._radar, now_ms, self._pen))
            self.announce(group, row, list(runs))

    def refresh_ages(self) -> None:
        """Count ages again; only texts that changed are announced."""
        self._write_seen()
        self.tell_some()

    def write_column(self, column: int) -> None:
        """Bring one column of every row, and the sums of the headings, up to date, to sort by them."""
        clock, is_explained = self._clock(), column in EXPLAINED_COLUMNS
        for _, row in self.all_rows():
            if is_explained and row.turn != self._turn:
                self.write(row, clock)
            elif row.turn == OUTDATED:
                row.write_column(HoldingColumn(column), self._pen)
        for group in self.groups:
            self.write_heading(group)

    def sort_keys(self, column: int, *, is_turned: bool) -> dict[int, list[Any]]:
        """What siblings are ordered by just now, by the internal id of their indexes and by row; unknown comes last.

        Args:
            column: what to order by; headings are ordered by their sums, the biggest first.
            is_turned: the order is descending.
        """
        self.write_column(column)
        keys: dict[int, list[Any]] = {}
        for group in self.groups:
            keys[group.serial if self.is_grouped else TOP] = _keys_of(group.rows, column, is_turned=is_turned)
        if self.is_grouped:
            keys[TOP] = [group.value if is_turned else -group.value for group in self.groups]
        return keys

    def write_explained(self, most: int) -> bool:
        """Write up to so many rows whose explanation is another one; False when none is left."""
        clock, explained = self._clock(), self._explained
        due = (row for _, row in self.all_rows() if row.explained is not explained.get(row.key))
        for row in islice(due, most):
            self.write(row, clock)
        return next(due, None) is not None

    def written_cells(self) -> Iterable[list[Cell]]:
        """Every row's cells as they were written last, to make room for them."""
        return (row.cells for _, row in self.all_rows())

    def write(self, row: HoldingRow, clock: Clock) -> list[Run]:
        """Bring a row's cells up to date; the runs of columns whose looks changed."""
        changed = row.write(ages_of(row.holding, clock), self._pen)
        changed += row.explain(self._explained.get(row.key), self._pen)
        if self._radar is not None:
            changed += row.follow(self._quote_of(row.key), self._radar, clock.now_ms, self._pen)
        row.turn = self._turn
        return list(runs_of(sorted(set(changed))))

    def _write_seen(self) -> None:
        """Time passed, or explanations are others: bring up to date what can be seen; the rest when it is asked for."""
        self._turn += 1
        clock = self._clock()
        for group, row in self.rows_seen():
            self.announce(group, row, self.write(row, clock))

    def write_heading(self, group: GroupRow) -> bool:
        """Bring a heading and its sum up to date; whether it looks different."""
        if not group.is_outdated:
            return False
        group.is_outdated = False
        found = group_of(group.name, [row.holding for row in group.rows], self._pen.currency)
        group.value = float(found.market_value)
        before, group.cell = group.cell, heading(found, self._group_by, self._pen.figures)
        return before != group.cell

    def _use(self, pen: Pen) -> None:
        self._pen = pen
        for group, row in self.all_rows():
            self.announce(group, row, row.rewrite(pen))
        for group in self.groups:
            group.is_outdated = True
            if self.write_heading(group):
                self.announce_heading(group)


def _keys_of(rows: list[HoldingRow], column: int, *, is_turned: bool) -> list[Any]:
    if column == HoldingColumn.TOKEN:
        return [row.key.symbol for row in rows]
    last = -math.inf if is_turned else math.inf
    return [last if math.isnan(value := row.cells[column].sort) else value for row in rows]
