"""A token's history as a short list of constant baskets, made from the domain's basket paths.

Between two changes a token is worth units · price + cash; only those two figures are kept for each stretch. Rows are
grid points of the underlying's path.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from levdesk.domain.basket import BasketCosts, BasketRule, BasketState
from levdesk.domain.basket_path import BasketPath
from levdesk.domain.basket_tape import Rows
from levdesk.domain.instruments import FeeSchedule
from levdesk.simulator.noise import Floats


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Stretches:
    """Constant baskets, oldest first, and the rebalances among them.

    Attributes:
        starts: row from which each basket holds.
        units, cash: of each basket, per token.
        event_rows, event_nav: rebalances, and NAV right after each; the opening counts as the first.
        end, end_row: the basket at the last row, ready to go on from.
        dead_row: row at which the token was worth nothing, or None.
    """

    starts: Rows
    units: Floats
    cash: Floats
    event_rows: Rows
    event_nav: Floats
    end: BasketState
    end_row: int
    dead_row: int | None = None

    def basket_at(self, row: int) -> tuple[float, float]:
        """Units and cash of the basket that holds at a row."""
        at = int(np.searchsorted(self.starts, row, side="right")) - 1
        return float(self.units[at]), float(self.cash[at])

    def event_at(self, row: int) -> tuple[int, float]:
        """Row of the last rebalance up to a row, and NAV right after it."""
        at = int(np.searchsorted(self.event_rows, row, side="right")) - 1
        return int(self.event_rows[at]), float(self.event_nav[at])

    def over(self, first: int, stop: int) -> tuple[Floats, Floats]:
        """Units and cash at each of the rows first … stop − 1."""
        left = int(np.searchsorted(self.starts, first, side="right")) - 1
        right = int(np.searchsorted(self.starts, stop - 1, side="right"))
        spans = np.diff(np.append(np.maximum(self.starts[left:right], first), stop))
        return np.repeat(self.units[left:right], spans), np.repeat(self.cash[left:right], spans)

    def then(self, later: Stretches) -> Stretches:
        """These and what follows them."""
        return Stretches(
            starts=np.concatenate((self.starts, later.starts)),
            units=np.concatenate((self.units, later.units)),
            cash=np.concatenate((self.cash, later.cash)),
            event_rows=np.concatenate((self.event_rows, later.event_rows)),
            event_nav=np.concatenate((self.event_nav, later.event_nav)),
            end=later.end,
            end_row=later.end_row,
            dead_row=later.dead_row,
        )

    def opened(self, nav: float) -> Stretches:
        """The same with its opening as the first rebalance."""
        return replace(
            self,
            event_rows=np.append(np.int64(self.starts[0]), self.event_rows),
            event_nav=np.append(nav, self.event_nav),
        )


def stretches_of(path: BasketPath, first: int, changes: Rows) -> Stretches:
    """A basket path as stretches.

    Args:
        path: as the domain ran it.
        first: row of the path's first price.
        changes: further rows of the path, from 0, at which cash goes in or out: funding, and fees with a clock.
    """
    made = path.intervals
    rows = np.union1d(made.start_rows, changes).astype(np.int64)
    # What happens at the last row belongs to the portion that follows.
    rows = rows[rows < (len(path.prices) - 1 if path.dead_row is None else path.dead_row)]
    nav = path.nav_rows()
    per_interval = made.start_nav * made.leverage / path.prices[made.start_rows]
    units = per_interval[np.searchsorted(made.start_rows, rows, side="right") - 1]
    return Stretches(
        starts=rows + first,
        units=units,
        cash=nav[rows] - units * path.prices[rows],
        event_rows=path.event_rows + first,
        event_nav=nav[path.event_rows],
        end=path.end,
        end_row=first + len(path.prices) - 1,
        dead_row=None if path.dead_row is None else path.dead_row + first,
    )


def basket_costs(fees: FeeSchedule, rule: BasketRule) -> BasketCosts:
    """An issuer's fees as the basket model charges them; a daily fee without a clock is taken at the daily check."""
    return BasketCosts(
        fee_ratio=float(fees.management_per_day_ratio or 0),
        fee_utc_s=rule.clock_utc_s if fees.taken_utc_s is None else fees.taken_utc_s,
        cost_ratio=float(fees.rebalance_cost_ratio or 0),
    )
