"""How a holding, or several together, did: time-weighted, money-weighted, and its deepest fall. Imports numpy."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Final

import numpy as np

from levdesk.domain.errors import SettingInvalid
from levdesk.domain.market import market_price
from levdesk.domain.performance import ValuePoint, drawdown, internal_rate, time_weighted_ratio
from levdesk.domain.position import Merge, merge_factor
from levdesk.services.explain_input import ExplainInput
from levdesk.services.explain_lots import Flow, Holding
from levdesk.services.explain_worth import worth_before
from levdesk.services.explained import PerformanceView
from levdesk.services.price_line import PriceHistory, PriceLine, distinct_merges, price_line

_SAME_MERGE_MS: Final = 48 * 3_600_000
_MOST_MOMENTS: Final = 2_000
"""Prices looked at for the deepest fall of several holdings; rows of the books always are."""
_NOTHING: Final = 1e-9
"""A portfolio worth less than this share of its most is between two purchases."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One row of a holding; units and price in those of today.

    Attributes:
        ts_ms: when.
        put_in, taken_out, fee: money; the fee is contained in either.
        price: per unit, None where the row has none.
        before, after: units held around it, all portfolios together.
    """

    ts_ms: int
    put_in: float
    taken_out: float
    fee: float
    price: float | None
    before: float
    after: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HeldPrices:
    """A holding's rows and its price over time, in today's units.

    Attributes:
        steps: its rows, oldest first.
        worth: value of what is held now, None when nothing prices it.
        line: the token's market price and the prices of its deals.
        now_ms: the time.
    """

    steps: tuple[Step, ...]
    worth: float | None
    line: PriceLine
    now_ms: int


def held_prices(given: ExplainInput, holding: Holding) -> HeldPrices:
    """Lay out a holding's rows and price."""
    merges = distinct_merges(chain.from_iterable(holding.merges))
    priced = market_price(given.quote)
    series = min(given.token_candles, key=lambda one: one.interval_s, default=None)
    history = PriceHistory(
        candles=() if series is None else series.candles,
        interval_s=0 if series is None else series.interval_s,
        nav=given.nav_history,
        latest=None if priced is None else (given.now_ms, float(priced.price)),
    )
    steps = tuple(_steps(holding, merges))
    return HeldPrices(
        steps=steps,
        worth=None if holding.market_value is None else float(holding.market_value),
        line=_with_deals(price_line(history, merges), steps),
        now_ms=given.now_ms,
    )


def holding_performance(held: HeldPrices) -> PerformanceView:
    """How one holding did."""
    return PerformanceView(twr_ratio=_own_twr(held), irr_year=_irr([held]), max_drawdown_ratio=_deepest_fall(held))


def portfolio_performance(holdings: Sequence[HeldPrices]) -> PerformanceView:
    """How several holdings did together; time-weighted at every row of any of them."""
    return PerformanceView(
        twr_ratio=_joint_twr(holdings), irr_year=_irr(holdings), max_drawdown_ratio=_joint_fall(holdings)
    )


def _steps(holding: Holding, merges: Sequence[Merge]) -> Iterator[Step]:
    """The rows of all portfolios in one order, with the units of all of them together."""
    moved: list[tuple[int, float, float, Flow]] = []
    for flows, own in zip(holding.flows, holding.merges, strict=True):
        known = _completed(own, merges)
        units = 0.0
        for flow in flows:
            factor = merge_factor(known, flow.ts_ms)
            after = float(flow.units_after / factor)
            moved.append((flow.ts_ms, after - units, float(factor), flow))
            units = after
    held = 0.0
    for ts_ms, units, growth, flow in sorted(moved, key=lambda row: row[0]):
        before, held = held, max(held + units, 0.0)
        yield Step(
            ts_ms=ts_ms,
            put_in=float(flow.put_in),
            taken_out=float(flow.taken_out),
            fee=float(flow.fee),
            price=None if flow.price is None else float(flow.price) * growth,
            before=before,
            after=held,
        )


def _completed(own: Sequence[Merge], merges: Sequence[Merge]) -> tuple[Merge, ...]:
    """A portfolio's merges, with those it did not live to see but others did."""

    def has(merge: Merge) -> bool:
        return any(merge[1] == ratio and abs(merge[0] - ts_ms) <= _SAME_MERGE_MS for ts_ms, ratio in own)

    return (*own, *(merge for merge in merges if not has(merge)))


# -- money-weighted ----------------------------------------------------------------------------------------------


def _irr(holdings: Sequence[HeldPrices]) -> float | None:
    if not holdings or any(held.worth is None for held in holdings):
        return None
    flows = [(step.ts_ms, step.taken_out - step.put_in) for held in holdings for step in held.steps]
    worth = sum(held.worth or 0.0 for held in holdings)
    try:
        return internal_rate([*flows, (max(held.now_ms for held in holdings), worth)])
    except SettingInvalid:
        return None


# -- time-weighted -----------------------------------------------------------------------------------------------


def _own_twr(held: HeldPrices) -> float | None:
    """Chained over the prices of the deals themselves; None where money moved without a price."""
    if held.worth is None or any(step.price is None and step.put_in != step.taken_out for step in held.steps):
        return None
    points = [_point(step, step.before * step.price) for step in held.steps if step.price is not None]
    return _chained(points, held.now_ms, held.worth)


def _joint_twr(holdings: Sequence[HeldPrices]) -> float | None:
    at: dict[int, list[Step]] = defaultdict(list)
    for held in holdings:
        for step in held.steps:
            at[step.ts_ms].append(step)
    moments = sorted(at)
    if not moments or any(held.worth is None for held in holdings):
        return None
    worth = worth_before(holdings, np.array(moments, np.int64))
    if worth is None:
        return None
    points = []
    for ts_ms, value in zip(moments, worth.tolist(), strict=True):
        steps = at[ts_ms]
        joint = replace(
            steps[0],
            put_in=math.fsum(step.put_in for step in steps),
            taken_out=math.fsum(step.taken_out for step in steps),
            fee=math.fsum(step.fee for step in steps if step.taken_out),
        )
        points.append(_point(joint, value))
    end_ms = max(held.now_ms for held in holdings)
    return _chained(points, end_ms, math.fsum(held.worth or 0.0 for held in holdings))


def _point(step: Step, value: float) -> ValuePoint:
    """A row as a point: a fee on the way out is a loss of that moment, one on the way in of what follows."""
    loss = step.fee if step.taken_out else 0.0
    return ValuePoint(ts_ms=step.ts_ms, value=max(value - loss, 0.0), flow=step.put_in - step.taken_out)


def _chained(points: Iterable[ValuePoint], now_ms: int, worth: float) -> float | None:
    found = list(points)
    if not found:
        return None
    end = ValuePoint(ts_ms=max(now_ms, found[-1].ts_ms), value=worth)
    try:
        ratio = time_weighted_ratio([*found, end])
    except SettingInvalid:
        return None
    return ratio if ratio is not None and math.isfinite(ratio) else None


# -- the deepest fall --------------------------------------------------------------------------------------------


def _deepest_fall(held: HeldPrices) -> float | None:
    """Deepest fall of one unit's price within any time it was held; None with fewer than two prices."""
    falls = []
    for start_ms, end_ms in _times_held(held):
        times = held.line.times_ms
        prices = held.line.prices[np.searchsorted(times, start_ms) : np.searchsorted(times, end_ms, side="right")]
        if len(prices) > 1:
            falls.append(drawdown(prices).deepest_ratio)
    return min(falls, default=None)


def _joint_fall(holdings: Sequence[HeldPrices]) -> float | None:
    """Deepest fall of what one unit of money in all holdings together became; None where some of it has no price."""
    rows = {step.ts_ms for held in holdings for step in held.steps}
    if not rows:
        return None
    now_ms = max(held.now_ms for held in holdings)
    seen = np.unique(np.concatenate([held.line.times_ms for held in holdings]))
    seen = seen[(seen > min(rows)) & (seen < now_ms)]
    seen = seen[:: -(-len(seen) // _MOST_MOMENTS)] if len(seen) else seen
    moments = np.unique(np.concatenate([seen, np.array([*rows, now_ms], np.int64)]))
    worth = worth_before(holdings, moments)
    if worth is None:
        return None
    steps = [step for held in holdings for step in held.steps]
    places = np.searchsorted(moments, np.array([step.ts_ms for step in steps], np.int64))
    flows = np.bincount(places, [step.put_in - step.taken_out for step in steps], len(moments))
    fees = np.bincount(places, [step.fee if step.taken_out else 0.0 for step in steps], len(moments))
    ended = np.maximum(worth - fees, 0.0)
    begun = np.maximum(ended + flows, 0.0)
    held_on = begun[:-1] > _NOTHING * max(float(begun.max()), 1.0)
    growth = np.where(held_on, ended[1:] / np.where(held_on, begun[:-1], 1.0), 1.0)
    index = np.append(1.0, np.cumprod(growth))
    return drawdown(index).deepest_ratio if np.isfinite(index).all() else None


def _times_held(held: HeldPrices) -> list[tuple[int, int]]:
    times: list[tuple[int, int]] = []
    since: int | None = None
    for step in held.steps:
        if step.after > 0.0 and since is None:
            since = step.ts_ms
        elif step.after <= 0.0 and since is not None:
            times.append((since, step.ts_ms))
            since = None
    return times if since is None else [*times, (since, held.now_ms)]


def _with_deals(line: PriceLine, steps: Sequence[Step]) -> PriceLine:
    """The line with the prices of the deals put in, so that every row has a price of its own."""
    dealt = [(step.ts_ms, step.price) for step in steps if step.price is not None and step.price > 0.0]
    times = np.append(line.times_ms, np.array([ts_ms for ts_ms, _ in dealt], np.int64))
    prices = np.append(line.prices, np.array([price for _, price in dealt], np.float64))
    order = np.argsort(times, kind="stable")
    return PriceLine(times[order], prices[order])
