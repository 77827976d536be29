"""The rows on top of a table, picked out of a view before a model has seen it: a window shows few of many."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from levdesk.services.grouping import group_holdings
from levdesk.ui.models.columns import HoldingColumn
from levdesk.ui.models.freshness import ages_of
from levdesk.ui.models.holding_cells import sort_value_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from levdesk.services.grouping import HoldingGroup
    from levdesk.services.settings import Settings
    from levdesk.services.views import HoldingView, PortfolioView
    from levdesk.ui.models.freshness import Clock
    from levdesk.ui.models.holding_cells import Pen

Sort = tuple[int, bool]
"""Column, and whether it is sorted downwards."""


def first_rows(
    view: PortfolioView, count: int, settings: Settings, folded: Collection[str], sort: Sort, clock: Clock, pen: Pen
) -> tuple[PortfolioView, int]:
    """A view of only those holdings that fill the first `count` rows of the table, and how many rows are left out.

    Groups come whole, in the order of `HoldingsOrder`: the biggest first. The rows of a folded one count nothing.
    """
    groups = group_holdings(view, settings.group_by, show_closed=settings.show_closed)
    if not settings.group_by:
        held = groups[0].holdings if groups else ()
        ordered = _in_order(held, sort, clock, pen)[:count]
        return view._replace(holdings=tuple(ordered)), len(held) - len(ordered)
    chosen: list[HoldingView] = []
    total = taken = 0
    for group in sorted(groups, key=lambda group: -float(group.market_value)):
        if taken < count:
            chosen.extend(group.holdings)
            taken += _rows_of(group, folded)
        total += _rows_of(group, folded)
    return view._replace(holdings=tuple(chosen)), total - taken


def _rows_of(group: HoldingGroup, folded: Collection[str]) -> int:
    return 1 if group.name in folded else 1 + len(group.holdings)


def _in_order(held: tuple[HoldingView, ...], sort: Sort, clock: Clock, pen: Pen) -> list[HoldingView]:
    column, is_down = sort
    if column == HoldingColumn.TOKEN:
        return sorted(held, key=lambda holding: holding.token.key.symbol, reverse=is_down)
    last = -math.inf if is_down else math.inf

    def key(holding: HoldingView) -> float:
        value = sort_value_of(holding, ages_of(holding, clock), pen, HoldingColumn(column))
        return last if math.isnan(value) else value

    return sorted(held, key=key, reverse=is_down)
