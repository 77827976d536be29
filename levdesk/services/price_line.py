"""A price over time as two numpy arrays, in today's units, out of candles, recorded NAVs and the last quote."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from levdesk.domain.market import Candle
from levdesk.domain.position import Merge

FloatArray: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.int64]
BoolArray: TypeAlias = NDArray[np.bool_]

_SAME_MERGE_MS: Final = 48 * 3_600_000
"""Merges of one ratio within this are the same one, written down in two portfolios; and a price jump that explains a
merge is looked for as far around it."""
_JUMP_SLACK: Final = 0.25
"""A jump explains a merge when its logarithm is within this share of the ratio's."""
_SMALLEST_TOLD_RATIO: Final = 3.0
"""Below this a merge's jump cannot be told from a day's move."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceHistory:
    """What is known of a price.

    Attributes:
        candles: bars, oldest first, in the units of their time; one that still grows is left out.
        interval_s: their length.
        nav: recorded (ts_ms, nav), oldest first; used where no bar is near.
        latest: (ts_ms, price) of the last quote, or None.
    """

    candles: Sequence[Candle] = ()
    interval_s: int = 0
    nav: Sequence[tuple[int, float]] = ()
    latest: tuple[int, float] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class PriceLine:
    """Prices as they became known.

    Attributes:
        times_ms: ascending; the end of a bar, or the moment of a quote.
        prices: same length, above zero.
    """

    times_ms: IntArray
    prices: FloatArray

    def at(self, moments_ms: IntArray, *, longest_gap_ms: int | None = None) -> FloatArray:
        """The last price known at each moment; NaN before the first, and where it is older than the longest gap."""
        if not len(self.times_ms):
            return np.full(len(moments_ms), np.nan)
        index = np.searchsorted(self.times_ms, moments_ms, side="right") - 1
        known = index >= 0
        if longest_gap_ms is not None:
            known &= moments_ms - self.times_ms[np.maximum(index, 0)] <= longest_gap_ms
        return np.where(known, self.prices[np.maximum(index, 0)], np.nan)


def price_line(history: PriceHistory, merges: Iterable[Merge] = ()) -> PriceLine:
    """The line of a price, in today's units: what was traded before a merge counts times its ratio."""
    step_ms = history.interval_s * 1000
    closed = [bar for bar in history.candles if bar.closed and _is_price(bar.close)]
    times = np.asarray([bar.ts_ms + step_ms for bar in closed], dtype=np.int64)
    prices = np.asarray([bar.close for bar in closed], dtype=np.float64)
    navs = [(ts_ms, nav) for ts_ms, nav in history.nav if _is_price(nav)]
    if navs:
        times, prices = _with_navs(times, prices, navs, near_ms=max(2 * step_ms, 1))
    latest = history.latest
    if latest is not None and _is_price(latest[1]) and (not len(times) or latest[0] > times[-1]):
        times = np.append(times, latest[0])
        prices = np.append(prices, latest[1])
    return PriceLine(times, prices * _factors(times, prices, merges))


def _is_price(value: float) -> bool:
    return math.isfinite(value) and value > 0


def _with_navs(
    times: IntArray, prices: FloatArray, navs: Sequence[tuple[int, float]], near_ms: int
) -> tuple[IntArray, FloatArray]:
    nav_times = np.asarray([ts_ms for ts_ms, _ in navs], dtype=np.int64)
    nav_values = np.asarray([nav for _, nav in navs], dtype=np.float64)
    if len(times):
        after = np.searchsorted(times, nav_times)
        to_next = np.abs(times[np.minimum(after, len(times) - 1)] - nav_times)
        to_last = np.abs(times[np.maximum(after - 1, 0)] - nav_times)
        lonely = np.minimum(to_next, to_last) > near_ms
        nav_times, nav_values = nav_times[lonely], nav_values[lonely]
    merged_times = np.concatenate([times, nav_times])
    order = np.argsort(merged_times, kind="stable")
    return merged_times[order], np.concatenate([prices, nav_values])[order]


def distinct_merges(merges: Iterable[Merge]) -> tuple[Merge, ...]:
    """Merges without the repeats that several portfolios write down, oldest first."""
    kept: list[Merge] = []
    for ts_ms, ratio in sorted(merges):
        if not any(ratio == other and abs(ts_ms - other_ms) <= _SAME_MERGE_MS for other_ms, other in kept):
            kept.append((ts_ms, ratio))
    return tuple(kept)


def _factors(times: IntArray, prices: FloatArray, merges: Iterable[Merge]) -> FloatArray:
    """What each price is worth in today's units: the product of the merges after it."""
    factors = np.ones(len(times))
    for ts_ms, ratio in distinct_merges(merges):
        factors[: _split(times, prices, ts_ms, float(ratio))] *= float(ratio)
    return factors


def _split(times: IntArray, prices: FloatArray, ts_ms: int, ratio: float) -> int:
    """How many prices come before a merge: up to the jump that explains it, or else up to the moment written down."""
    # A bar that ends at the very moment of the merge was traded before it.
    written = int(np.searchsorted(times, ts_ms, side="right"))
    low = int(np.searchsorted(times, ts_ms - _SAME_MERGE_MS))
    high = int(np.searchsorted(times, ts_ms + _SAME_MERGE_MS, side="right"))
    if high - low < 2 or max(ratio, 1 / ratio) < _SMALLEST_TOLD_RATIO:
        return written
    misfit = np.abs(np.diff(np.log(prices[low:high])) - math.log(ratio))
    best = int(np.argmin(misfit))
    return low + best + 1 if misfit[best] <= _JUMP_SLACK * abs(math.log(ratio)) else written
