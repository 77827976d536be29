"""Simulated leveraged tokens: NAV by the domain's own basket model, run over the minutes of the underlying.

Between two rebalances a basket is constant, so a token's whole history is a short list of (units, cash); NAV at any
minute is units · price + cash. Only those lists are kept.
"""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np

from levdesk.domain.basket import BasketState, basket_rule, opening_state
from levdesk.domain.basket_path import run_basket
from levdesk.domain.basket_tape import Rows
from levdesk.domain.instruments import FeeSchedule, RebalanceRule
from levdesk.domain.nav import move_price
from levdesk.simulator.funding import INTERVAL_MINUTES, Funding
from levdesk.simulator.noise import Floats
from levdesk.simulator.paths import DAY_MINUTES, MINUTE_MS, Paths
from levdesk.simulator.stretches import Stretches, basket_costs, stretches_of

_PORTION_MINUTES = 16 * DAY_MINUTES


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitMerge:
    """Old units become fewer new ones at the start of a day of the history."""

    day: int
    old_per_new: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenSpec:
    """One leveraged token and how the market treats it.

    Attributes:
        symbol: e.g. "BTC3L".
        underlying: name of the path it follows.
        rule, fees: when it rebalances and what it costs.
        opening_nav: NAV per unit at its listing, in the units of that time.
        premium_ratio: mean of price over NAV, minus one.
        premium_reach_ratio: how far that wanders.
        spread_ratio: distance of bid and ask over price.
        turnover_share: its trading as a share of the underlying's.
        merges: by day, rising.
        listed_day, delisted_day: days of the history at whose start it began and stopped trading; None = never.
    """

    symbol: str
    underlying: str
    rule: RebalanceRule
    fees: FeeSchedule
    opening_nav: float = 1.0
    premium_ratio: float = 0.0
    premium_reach_ratio: float = 0.009
    spread_ratio: float = 0.0016
    turnover_share: float = 0.0015
    merges: tuple[UnitMerge, ...] = ()
    listed_day: int = 0
    delisted_day: int | None = None

    @property
    def target_leverage(self) -> Decimal:
        """Signed multiple."""
        return self.rule.target_leverage


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenState:
    """A token at one moment.

    Attributes:
        basket: NAV per unit, signed effective leverage, price of the underlying.
        rebalance_nav, rebalance_ms: NAV right after, and moment of, its last rebalance, in the units of now.
    """

    basket: BasketState
    rebalance_nav: float
    rebalance_ms: int


class NavPath:
    """NAV of one token over time; the same figures whoever asks and in whatever order.

    Args:
        spec: the token.
        paths: prices of the underlyings.
        funding: rates of its underlying.
        history_days: where the first portion to run ends; later ones follow in portions of one length.
    """

    def __init__(self, spec: TokenSpec, paths: Paths, funding: Funding, *, history_days: int) -> None:
        self.spec = spec
        self._paths = paths
        self._funding = funding
        self._rule = basket_rule(spec.rule)
        self._costs = basket_costs(spec.fees, self._rule)
        self._first_row = history_days * DAY_MINUTES
        self._lock = threading.Lock()
        self._known: Stretches | None = None

    @property
    def start_ms(self) -> int:
        """Moment of grid point 0."""
        return self._paths.start_ms

    @property
    def first_minute(self) -> int:
        """First minute with a NAV."""
        return self.spec.listed_day * DAY_MINUTES

    @property
    def end_minute(self) -> int | None:
        """First minute without a NAV: it was delisted, or worth nothing; None while neither happened."""
        ends = [] if self.spec.delisted_day is None else [self.spec.delisted_day * DAY_MINUTES]
        dead_row = None if self._known is None else self._known.dead_row
        if dead_row is not None:
            ends.append(dead_row)
        return min(ends, default=None)

    def grid(self, first: int, stop: int) -> Floats:
        """NAV at grid points first … stop − 1, after whatever happened there, in the units of each time."""
        units, cash = self._baskets(first, stop)
        return units * self._paths.grid(self.spec.underlying, first, stop) + cash

    def extremes(self, first: int, stop: int) -> tuple[Floats, Floats]:
        """Lowest and highest NAV inside minutes first … stop − 1."""
        units, cash = self._baskets(first, stop)
        low, high = self._paths.extremes(self.spec.underlying, first, stop)
        at_low, at_high = units * low + cash, units * high + cash
        return np.minimum(at_low, at_high), np.maximum(at_low, at_high)

    def turnover(self, first: int, stop: int) -> Floats:
        """Quote currency traded in minutes first … stop − 1, of the underlying."""
        return self._paths.turnover(self.spec.underlying, first, stop)

    def price_at(self, ts_ms: int) -> float:
        """NAV at a moment."""
        return self.state_at(ts_ms).basket.nav

    def state_at(self, ts_ms: int) -> TokenState:
        """NAV, leverage and last rebalance at a moment; triggers are looked at on full minutes."""
        minute, past_ms = divmod(ts_ms - self.start_ms, MINUTE_MS)
        known = self._reach(minute + 1)
        units, cash = known.basket_at(minute)
        event_row, event_nav = known.event_at(minute)
        grid = self._paths.grid(self.spec.underlying, minute, minute + 1)
        event_price = float(self._paths.grid(self.spec.underlying, event_row, event_row + 1)[0])
        price, scale = float(grid[0]), self._scale_at(minute)
        held = scale * units * price
        nav = held + scale * cash
        basket = BasketState(nav=nav, leverage=held / nav, price=price, event_price=event_price)
        if past_ms:
            basket = move_price(basket, self._paths.price_at(self.spec.underlying, ts_ms))
        return TokenState(
            basket=basket,
            rebalance_nav=scale * event_nav,
            rebalance_ms=self.start_ms + event_row * MINUTE_MS,
        )

    def rebalances(self, until_ms: int) -> tuple[int, ...]:
        """Moments of all rebalances up to a moment, oldest first."""
        minute = (until_ms - self.start_ms) // MINUTE_MS
        rows = self._reach(minute + 1).event_rows
        return tuple(self.start_ms + int(row) * MINUTE_MS for row in rows[1:][rows[1:] <= minute])

    # -- baskets -----------------------------------------------------------------------------------------------

    def _baskets(self, first: int, stop: int) -> tuple[Floats, Floats]:
        """Units and cash at each grid point, in the units of that time."""
        units, cash = self._reach(stop).over(first, stop)
        for merge in self.spec.merges:
            at = max(merge.day * DAY_MINUTES - first, 0)
            units[at:] *= merge.old_per_new
            cash[at:] *= merge.old_per_new
        return units, cash

    def _scale_at(self, minute: int) -> float:
        return math.prod(float(m.old_per_new) for m in self.spec.merges if m.day * DAY_MINUTES <= minute)

    def _reach(self, minute: int) -> Stretches:
        """Run the basket at least to that grid point: the history first, then portions that depend on nobody."""
        known = self._known
        if known is not None and minute <= known.end_row:
            return known
        with self._lock:
            known = self._known
            if known is None:
                listed = self.first_minute
                opening = float(self._paths.grid(self.spec.underlying, listed, listed + 1)[0])
                known = self._run(None, opening_state(self._rule, opening, self.spec.opening_nav), self._first_row)
            while known.end_row < minute:
                known = self._run(known, known.end, known.end_row + _PORTION_MINUTES)
            self._known = known
            return known

    def _run(self, before: Stretches | None, start: BasketState, stop: int) -> Stretches:
        """Run from the end of what is known to a grid point, and put the two together."""
        first = self.first_minute if before is None else before.end_row
        if before is not None and before.dead_row is not None:
            return replace(before, end_row=stop)
        rates, settled = self._funding_rows(first, stop)
        path = run_basket(
            self._paths.grid(self.spec.underlying, first, stop + 1),
            self._rule,
            costs=self._costs,
            funding_rates=rates,
            ts_ms=self.start_ms + np.arange(first, stop + 1) * MINUTE_MS,
            start=start,
        )
        found = stretches_of(path, first, np.union1d(settled, self._fee_rows(first, stop)))
        return found.opened(start.nav) if before is None else before.then(found)

    def _funding_rows(self, first: int, stop: int) -> tuple[Floats | float, Rows]:
        """Rate at each row after the first, and the rows that have one; nothing where the fee covers funding."""
        settled = np.arange(first // INTERVAL_MINUTES + 1, stop // INTERVAL_MINUTES + 1)
        if self.spec.fees.funding_inside or not len(settled):
            return 0.0, np.zeros(0, np.int64)
        rates = np.zeros(stop - first + 1)
        rows = settled * INTERVAL_MINUTES - first
        rates[rows] = self._funding.rates(int(settled[0]), int(settled[-1]) + 1)
        return rates, rows

    def _fee_rows(self, first: int, stop: int) -> Rows:
        """Rows at which a fee with a clock is taken, counted from `first`."""
        if self._costs.fee_utc_s is None:
            return np.zeros(0, np.int64)
        minute = -(-self._costs.fee_utc_s // 60)
        day = -(-(first + 1 - minute) // DAY_MINUTES)
        return np.arange(day * DAY_MINUTES + minute, stop + 1, DAY_MINUTES) - first
