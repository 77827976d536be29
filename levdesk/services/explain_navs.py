"""Prices and NAVs known at or near a deal: what a premium is read from. Imports numpy; import late."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Final

from levdesk.domain.market import Candle, market_price
from levdesk.domain.transactions import TransactionType
from levdesk.services.explain_input import CandleSeries, ExplainInput
from levdesk.services.explain_lots import Deal
from levdesk.services.explain_rows import TokenPast

NEAR_MS: Final = 600_000
"""A NAV this near a deal tells the premium paid in it; the model bridges the minutes between."""
_LONGEST_ROW_MS: Final = 3_600_000
_LARGEST_PREMIUM: Final = 0.9


def priced_moment(given: ExplainInput) -> int:
    """When the market price now was true, now itself when nobody tells; never later than now."""
    priced = market_price(given.quote)
    return given.now_ms if priced is None or priced.ts_ms is None else min(priced.ts_ms, given.now_ms)


def nav_points(given: ExplainInput) -> list[tuple[int, float]]:
    """Every NAV known with its moment, oldest first."""
    points = {ts_ms: nav for ts_ms, nav in given.nav_history if math.isfinite(nav) and nav > 0.0}
    points.update((seen.ts_ms, float(seen.nav)) for seen in given.observed if seen.nav)
    quote = given.quote
    if quote is not None:
        if quote.rebalance_ms is not None and quote.rebalance_nav:
            points[quote.rebalance_ms] = float(quote.rebalance_nav)
        if quote.nav_ts_ms is not None and quote.nav:
            points[quote.nav_ts_ms] = float(quote.nav)
    return sorted(points.items())


def nav_moments(given: ExplainInput) -> Iterator[int]:
    """Moments of the NAVs that lie near a deal or near now: the tape needs a row at each."""
    points = nav_points(given)
    for ts_ms in {*(draft.time_ms for draft in given.drafts), priced_moment(given)}:
        nearest = _nearest(points, ts_ms)
        if nearest is not None:
            yield nearest[0]


class KnownNavs:
    """What is known of one token's price and NAV around its deals.

    Attributes:
        price: market price now, None when it is not known.
        priced_ms: when that was true.
    """

    def __init__(self, given: ExplainInput, past: TokenPast | None) -> None:
        """Look up in `given`; `past` bridges minutes."""
        priced = market_price(given.quote)
        self.price: Decimal | None = None if priced is None else priced.price
        self.priced_ms = priced_moment(given)
        self._points = nav_points(given)
        self._past = past
        self._candles: Sequence[CandleSeries] = sorted(given.token_candles, key=lambda one: one.interval_s)
        self._merges_ms = sorted(d.time_ms for d in given.drafts if d.type is TransactionType.MERGE)

    def premium(self, deal: Deal) -> float | None:
        """Price over NAV minus one of a deal; None when no NAV near it is known."""
        if deal.at_nav:
            return 0.0
        nav = self._nav_near(deal.ts_ms)
        if nav is None or deal.price is None or not deal.price:
            return None
        premium = float(deal.price) / nav - 1.0
        return premium if abs(premium) <= _LARGEST_PREMIUM else None

    def market_near(self, ts_ms: int) -> Decimal | None:
        """A price of the token at about a moment, in the units of that time: from a bar, else from a NAV."""
        for series in self._candles:
            bar = _bar_at(series, ts_ms)
            if bar is not None:
                share = (ts_ms - bar.ts_ms) / (series.interval_s * 1000)
                return Decimal(repr(bar.open + (bar.close - bar.open) * share))
        nav = self._nav_near(ts_ms)
        return None if nav is None else Decimal(repr(nav))

    def _nav_near(self, ts_ms: int) -> float | None:
        nearest = _nearest(self._points, ts_ms)
        if nearest is None:
            return None
        nav_ms, nav = nearest
        low, high = min(nav_ms, ts_ms), max(nav_ms, ts_ms)
        if any(low < merged_ms <= high for merged_ms in self._merges_ms):
            return None
        return nav * self._growth(nav_ms, ts_ms)

    def _growth(self, from_ms: int, to_ms: int) -> float:
        """Modelled NAV at one moment over another; 1 where the model does not reach."""
        past = self._past
        if past is None or from_ms == to_ms:
            return 1.0
        first, last = past.row_before(from_ms, _LONGEST_ROW_MS), past.row_before(to_ms, _LONGEST_ROW_MS)
        if first is None or last is None or past.stretch[first] != past.stretch[last]:
            return 1.0
        return float(past.nav[last] / past.nav[first])


def _nearest(points: Sequence[tuple[int, float]], ts_ms: int) -> tuple[int, float] | None:
    """The NAV nearest a moment, None when none is near."""
    at = bisect_left(points, (ts_ms, 0.0))
    near = [point for point in points[max(at - 1, 0) : at + 1] if abs(point[0] - ts_ms) <= NEAR_MS]
    return min(near, key=lambda point: abs(point[0] - ts_ms), default=None)


def _bar_at(series: CandleSeries, ts_ms: int) -> Candle | None:
    """The closed bar a moment lies in."""
    length_ms = series.interval_s * 1000
    found = (bar for bar in series.candles if bar.ts_ms <= ts_ms < bar.ts_ms + length_ms)
    return next((bar for bar in found if bar.closed and bar.open > 0.0 and bar.close > 0.0), None)
