"""Many futures of one token under its own rule: the basket model on thousands of paths at once.

At each step, in the order of `basket_path`: move, funding, rule, fee, rebalance. Between events a path is units and
cash, so its triggers are two levels of the log price; only paths that cross one are looked at. Model output, not
forecast.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from levdesk.domain.basket import NO_COSTS, TIE_TOLERANCE, BasketCosts, BasketRule, BasketState
from levdesk.domain.basket_path import fitting_start
from levdesk.domain.basket_tape import Floats, Rows, clock_crossings
from levdesk.domain.errors import SettingInvalid
from levdesk.domain.return_sources import ReturnSource

Flags = NDArray[np.bool_]

_DAY_MS = 86_400_000
_FUNDING_INTERVAL_MS = _DAY_MS // 3
_MOST_NUMBERS = 400_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to simulate.

    Attributes:
        rule: the token's own rule; its clock is a UTC clock, its `every_rows` counts steps.
        costs: fee and trading cost.
        funding: rate per 8 hours, settled at 00, 08 and 16 UTC.
        days: length of the horizon.
        paths: number of futures.
        seed: the same seed gives the same futures.
        start_ms: moment it starts; only the time of the UTC day matters.
        start: the token now; by default just rebalanced. Its NAV counts as 1.
        marks: how many moments, evenly spread, to keep values for (for a fan); the end is always kept.
    """

    rule: BasketRule
    costs: BasketCosts = NO_COSTS
    funding: float = 0.0
    days: float
    paths: int = 10_000
    seed: int = 1
    start_ms: int = 0
    start: BasketState | None = None
    marks: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Futures:
    """What came out; all values are ratios of the value now.

    Attributes:
        mark_days: moments kept, in days from now, shape (m,); the last one is the end.
        values: value at each of them, shape (m, paths); 0 from a wipe-out on.
        rebalances: mean number of rebalances per path.
        seed: the seed that makes them again.
    """

    mark_days: Floats
    values: Floats
    rebalances: float
    seed: int

    @property
    def final(self) -> Floats:
        """Values at the end, shape (paths,)."""
        return np.asarray(self.values[-1], np.float64)

    @property
    def loss_probability(self) -> float:
        """Share of the futures that end below the value now."""
        return self.probability_below(1.0)

    @property
    def median_ratio(self) -> float:
        """Median value at the end."""
        return float(np.median(self.final))

    @property
    def mean_ratio(self) -> float:
        """Mean value at the end."""
        return float(self.final.mean())

    @property
    def wiped_out_share(self) -> float:
        """Share of the futures in which the token lost everything."""
        return float((self.final <= 0.0).mean())

    def probability_below(self, ratio: float) -> float:
        """Share of the futures that end below a ratio of the value now."""
        return float((self.final < ratio).mean())

    def fan(self, shares: tuple[float, ...] = (0.05, 0.25, 0.5, 0.75, 0.95)) -> Floats:
        """Quantiles at each moment kept, shape (len(shares), m)."""
        return np.asarray(np.quantile(self.values, shares, axis=1), np.float64)


def run_futures(plan: Plan, source: ReturnSource) -> Futures:
    """Run a token's rule over many simulated futures of its underlying.

    Raises:
        SettingInvalid: a horizon without a step, no paths, or more numbers than a desktop should make.
    """
    count = round(plan.days * source.steps_per_day)
    if count < 1 or plan.paths < 1 or plan.marks < 1:
        raise SettingInvalid("A simulation needs at least one step, one path and one mark.")
    if count * plan.paths > _MOST_NUMBERS:
        raise SettingInvalid("That is too much to simulate.", hint="Fewer paths or a shorter horizon will do.")
    if not abs(plan.funding) < 1.0:
        raise SettingInvalid("A funding rate is not a ratio of notional.", hint="0.0001 means 0.01 %.")
    calendar = _calendar(plan, source.steps_per_day, count)
    book = _Book(plan)
    kept = np.unique(np.linspace(0, count, plan.marks + 1).round().astype(np.int64)[1:])
    keep = set(kept.tolist())
    values = []
    for step, moves in enumerate(source.steps(plan.seed, plan.paths, count), start=1):
        book.step(moves, *calendar[step])
        if step in keep:
            values.append(book.values())
    return Futures(
        mark_days=kept / source.steps_per_day,
        values=np.stack(values),
        rebalances=book.rebalances / plan.paths,
        seed=plan.seed,
    )


def _calendar(plan: Plan, steps_per_day: int, count: int) -> list[tuple[int, bool, int]]:
    """Per step: funding settlements, whether a scheduled check falls due, and fee charges."""
    ts_ms: Rows = plan.start_ms + np.arange(count + 1, dtype=np.int64) * _DAY_MS // steps_per_day
    fundings = np.diff(ts_ms // _FUNDING_INTERVAL_MS, prepend=ts_ms[0] // _FUNDING_INTERVAL_MS)
    checks = np.zeros(count + 1, bool)
    if plan.rule.clock_utc_s is not None:
        checks |= clock_crossings(ts_ms, plan.rule.clock_utc_s) > 0
    if plan.rule.every_rows is not None:
        checks[plan.rule.every_rows :: plan.rule.every_rows] = True
    fees = np.zeros(count + 1, np.int64)
    if plan.costs.fee_utc_s is not None:
        fees = clock_crossings(ts_ms, plan.costs.fee_utc_s)
    return list(zip(fundings.tolist(), checks.tolist(), fees.tolist(), strict=True))


class _Book:
    """Units and cash of every path, and the two log prices at which its rule acts."""

    def __init__(self, plan: Plan) -> None:
        self._rule, self._costs, self._funding = plan.rule, plan.costs, plan.funding
        start = fitting_start(plan.start, plan.rule, 1.0)
        self._log_price = np.zeros(plan.paths)
        self._event_log_price = np.full(plan.paths, math.log(start.event_price / start.price))
        self._units = np.full(plan.paths, start.leverage, np.float64)
        self._cash = np.full(plan.paths, 1.0 - start.leverage, np.float64)
        self._below, self._above = _log_edges(plan.rule)
        self._fall, self._rise = _log_moves(plan.rule)
        self._lower = np.full(plan.paths, -math.inf)
        self._upper = np.full(plan.paths, math.inf)
        self.rebalances = 0
        self._set_levels(slice(None))

    def values(self) -> Floats:
        """NAV of every path now."""
        nav: Floats = self._units * np.exp(self._log_price) + self._cash
        return nav

    def step(self, moves: Floats, fundings: int, check: bool, fees: int) -> None:
        """One row: move, funding, rule, fee, rebalance."""
        self._log_price += moves
        if fundings and self._funding:
            self._cash -= self._units * np.exp(self._log_price) * (self._funding * fundings)
            self._set_levels(slice(None))
        acts = self._log_price <= self._lower
        acts |= self._log_price >= self._upper
        if check:
            acts |= self._check_acts()
        if fees and self._costs.fee_ratio:
            keep = (1.0 - self._costs.fee_ratio) ** fees
            self._cash -= np.maximum(self.values(), 0.0) * (1.0 - keep)
        rows = np.flatnonzero(acts)
        if rows.size:
            self._rebalance(rows)
        if fees and self._costs.fee_ratio:
            self._set_levels(slice(None))

    def _check_acts(self) -> Flags:
        """Paths on which a scheduled check rebalances."""
        alive: Flags = self._units != 0.0
        if self._rule.always_acts:
            return alive
        acts: Flags = np.zeros(len(alive), np.bool_)
        if self._rule.scheduled_band is not None:
            low, high = self._rule.scheduled_band
            held = self._units * np.exp(self._log_price)
            nav = held + self._cash
            magnitude = np.abs(held)
            acts |= magnitude >= high * (1.0 - TIE_TOLERANCE) * nav
            acts |= magnitude <= low * (1.0 + TIE_TOLERANCE) * nav
        if self._rule.scheduled_move_ratio is not None:
            moved = np.abs(np.expm1(self._log_price - self._event_log_price))
            acts |= moved > self._rule.scheduled_move_ratio * (1.0 + TIE_TOLERANCE)
        acts &= alive
        return acts

    def _rebalance(self, rows: Rows) -> None:
        """Trade some paths back to the target; the ones that are worth nothing end here."""
        target, cost = self._rule.target, self._costs.cost_ratio
        whole = rows.size == len(self._units)
        where = slice(None) if whole else rows
        price = np.exp(self._log_price[where])
        held = self._units[where] * price
        nav = held + self._cash[where]
        alive = nav > 0.0
        if self._costs.fee_utc_s is None and self._costs.fee_ratio:
            nav *= 1.0 - self._costs.fee_ratio
        if cost:
            side = np.where(target * nav > held, cost, -cost)
            nav = (nav + side * held) / (1.0 + side * target)
            alive &= nav > 0.0
        nav *= alive
        self.rebalances += int(np.count_nonzero(alive))
        self._units[where] = target * nav / price
        self._cash[where] = nav * (1.0 - target)
        self._event_log_price[where] = self._log_price[where]
        self._set_levels(where)

    def _set_levels(self, where: slice | Rows) -> None:
        """Turn units and cash into the log prices at which the rule acts; a dead path never acts again."""
        units, cash = self._units[where], self._cash[where]
        with np.errstate(divide="ignore", invalid="ignore"):
            even = np.log(np.abs(cash / units))
        lower = even + self._below if self._below is not None else np.full_like(even, -math.inf)
        upper = even + self._above if self._above is not None else np.full_like(even, math.inf)
        if self._fall is not None:
            np.maximum(lower, self._event_log_price[where] + self._fall, out=lower)
        if self._rise is not None:
            np.minimum(upper, self._event_log_price[where] + self._rise, out=upper)
        dead = units == 0.0
        if dead.any():
            lower[dead], upper[dead] = -math.inf, math.inf
        self._lower[where], self._upper[where] = lower, upper


def _log_edges(rule: BasketRule) -> tuple[float | None, float | None]:
    """Log of the lower and upper trigger price over |cash per unit|, from leverage alone; None where there is none.

    A basket at |ℓ| = H has price H/|H − s| times |cash per unit|; one worth nothing has price 1 times it.
    """
    sign = rule.sign
    highs = [edge for edge in (rule.emergency_leverage, rule.band[1] if rule.band else None) if edge is not None]
    high = min(highs, default=math.inf) * (1.0 - TIE_TOLERANCE)
    low = (rule.band[0] if rule.band else 0.0) * (1.0 + TIE_TOLERANCE)

    def log_price(edge: float) -> float | None:
        crossed = sign > 0 and (edge - 1.0) * (rule.target - 1.0) <= 0.0
        if edge <= 0.0 or crossed:
            return None
        return 0.0 if math.isinf(edge) else math.log(edge / abs(edge - sign))

    if rule.target == 1.0:
        return None, None
    against, favourable = log_price(high), log_price(low)
    return (against, favourable) if rule.target > 1.0 else (favourable, against)


def _log_moves(rule: BasketRule) -> tuple[float | None, float | None]:
    """Log of the emergency move down and up since the last event; None where the rule has none on that side."""
    ratio = rule.emergency_move_ratio
    if ratio is None:
        return None, None
    ratio *= 1.0 - TIE_TOLERANCE
    down = math.log1p(-ratio) if ratio < 1.0 else None
    up = math.log1p(ratio)
    if rule.emergency_two_sided:
        return down, up
    return (down, None) if rule.target > 0.0 else (None, up)
