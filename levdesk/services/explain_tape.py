"""The underlying's price as rows of one tape: bars of several lengths, and the moments that matter in between.

Imports numpy; import late.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from levdesk.domain.basket_tape import Floats, Rows
from levdesk.domain.market import Candle, FundingPoint
from levdesk.domain.reconstruct import candle_rows
from levdesk.domain.volatility import Bars
from levdesk.services.explain_input import CandleSeries

LONGEST_BRIDGE_MS: Final = 12 * 3_600_000
"""A hole in the history up to this is crossed as if the price had gone straight; a longer one explains nothing."""
_LEAST: Final = 1e-15
_MOST: Final = 1e15
_AROUND: Final = 2
_FAR_LOG: Final = math.log(10.0)


@dataclass(frozen=True, slots=True, eq=False)
class PriceTape:
    """Prices in order of time.

    Attributes:
        ts_ms: strictly rising, shape (n,).
        prices: above zero, shape (n,).
    """

    ts_ms: Rows
    prices: Floats

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.ts_ms)

    def breaks(self) -> Rows:
        """First row of each unbroken stretch."""
        gaps = np.diff(self.ts_ms) > LONGEST_BRIDGE_MS
        return np.append(np.zeros(1, np.int64), np.flatnonzero(gaps) + 1) if len(self) else np.zeros(0, np.int64)


def make_tape(
    series: Iterable[CandleSeries], live: tuple[int, float] | None = None, moments_ms: Iterable[int] = ()
) -> PriceTape:
    """Lay out everything known of a price.

    Args:
        series: bars; where several lengths cover the same time, the shortest counts.
        live: (ts_ms, price) of the last quote.
        moments_ms: moments that get a row of their own where the price is known around them.
    """
    prices, ts_ms = _rows(series)
    if live is not None and math.isfinite(live[1]) and live[1] > 0.0 and (not len(ts_ms) or live[0] > ts_ms[-1]):
        ts_ms, prices = np.append(ts_ms, np.int64(live[0])), np.append(prices, live[1])
    return _with_moments(PriceTape(ts_ms, prices), moments_ms)


def clean_bars(candles: Sequence[Candle]) -> tuple[Bars, Rows] | None:
    """Closed bars that can be, oldest first, each moment once, with their starts; None for fewer than two."""
    # Moments are whole numbers below 2⁵³, so a float holds them exactly.
    rows = np.array([(bar.ts_ms, bar.open, bar.high, bar.low, bar.close) for bar in candles if bar.closed], np.float64)
    if len(rows) < 2:
        return None
    rows = rows[
        np.isfinite(rows).all(axis=1) & (rows[:, 1:] >= _LEAST).all(axis=1) & (rows[:, 1:] <= _MOST).all(axis=1)
    ]
    rows = rows[np.unique(rows[:, 0], return_index=True)[1]]
    rows = rows[_in_line(rows[:, 1:])]
    if len(rows) < 2:
        return None
    starts = rows[:, 0].astype(np.int64)
    opened, high, low, close = np.ascontiguousarray(rows[:, 1:].T)
    # A venue's extremes may miss open or close by a tick.
    highest, lowest = np.maximum(high, np.maximum(opened, close)), np.minimum(low, np.minimum(opened, close))
    return Bars(open=opened, high=highest, low=lowest, close=close), starts


def _in_line(sides: Floats) -> np.typing.NDArray[np.bool_]:
    """Bars that are within ten times the usual price around them: a single bar beyond is a misprint."""
    if len(sides) < 2 * _AROUND + 1:
        return np.ones(len(sides), np.bool_)
    around = np.pad(np.log(sides[:, 3]), _AROUND, mode="edge")
    usual = np.median(np.lib.stride_tricks.sliding_window_view(around, 2 * _AROUND + 1), axis=1)
    found: np.typing.NDArray[np.bool_] = (np.abs(np.log(sides) - usual[:, None]) <= _FAR_LOG).all(axis=1)
    return found


def clean_funding(points: Iterable[FundingPoint]) -> tuple[Rows, Floats]:
    """Settlements that can be, oldest first, each moment once: moments and rates."""
    good = {point.ts_ms: point.rate for point in points if math.isfinite(point.rate) and abs(point.rate) < 1.0}
    return np.array(sorted(good), np.int64), np.array([good[ts_ms] for ts_ms in sorted(good)], np.float64)


def _rows(series: Iterable[CandleSeries]) -> tuple[Floats, Rows]:
    """Four rows per bar, of the shortest bars that cover a time; a longer bar goes when shorter ones fill it."""
    kept: list[tuple[int, Bars, Rows]] = []
    for one in sorted(series, key=lambda one: one.interval_s):
        cleaned = clean_bars(one.candles)
        if cleaned is None:
            continue
        bars, starts = cleaned
        length_ms = one.interval_s * 1000
        filled = np.zeros(len(starts), np.int64)
        for shorter_ms, _, shorter in kept:
            counts = np.searchsorted(shorter, starts + length_ms) - np.searchsorted(shorter, starts)
            filled += counts * shorter_ms
        whole = filled < length_ms
        kept = [_outside(piece, starts[whole], length_ms) for piece in kept]
        kept.append((length_ms, _picked(bars, whole), starts[whole]))
    laid = [candle_rows(bars, starts, length_ms) for length_ms, bars, starts in kept if len(starts) > 1]
    if not laid:
        return np.zeros(0), np.zeros(0, np.int64)
    prices = np.concatenate([prices for prices, _ in laid])
    moments, first = np.unique(np.concatenate([ts_ms for _, ts_ms in laid]), return_index=True)
    return prices[first], moments


def _outside(piece: tuple[int, Bars, Rows], starts: Rows, length_ms: int) -> tuple[int, Bars, Rows]:
    """Shorter bars without those inside longer ones that they do not fill."""
    shorter_ms, bars, own = piece
    if not len(starts):
        return piece
    at = np.maximum(np.searchsorted(starts, own, side="right") - 1, 0)
    outside = (own < starts[at]) | (own >= starts[at] + length_ms)
    return shorter_ms, _picked(bars, outside), own[outside]


def _picked(bars: Bars, keep: np.typing.NDArray[np.bool_]) -> Bars:
    """Some of the bars; all of them where fewer than two would be left, which the caller then passes over."""
    if keep.all() or keep.sum() < 2:
        return bars
    return Bars(open=bars.open[keep], high=bars.high[keep], low=bars.low[keep], close=bars.close[keep])


def _with_moments(tape: PriceTape, moments_ms: Iterable[int]) -> PriceTape:
    """The tape with rows at further moments, on a straight line of the log price between their neighbours."""
    wanted = np.array(sorted(set(moments_ms)), np.int64)
    if not len(tape) or not len(wanted):
        return tape
    after = np.searchsorted(tape.ts_ms, wanted)
    inside = (after > 0) & (after < len(tape))
    wanted, after = wanted[inside], after[inside]
    new = tape.ts_ms[after] != wanted
    new &= tape.ts_ms[after] - tape.ts_ms[after - 1] <= LONGEST_BRIDGE_MS
    wanted, after = wanted[new], after[new]
    logs = np.interp(wanted, tape.ts_ms, np.log(tape.prices)) if len(wanted) else np.zeros(0)
    return PriceTape(np.insert(tape.ts_ms, after, wanted), np.insert(tape.prices, after, np.exp(logs)))
