"""Candles of any series: whole minutes gathered into bars, the live price in the bar that still grows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from levdesk.simulator.noise import Floats
from levdesk.simulator.paths import MINUTE_MS
from levdesk.simulator.series import Series, minute_at, opened_ms


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Bars:
    """Candles, oldest first; all arrays have shape (n,).

    Attributes:
        start_ms: start of each bar, a multiple of the interval.
        open, high, low, close: prices.
        turnover: quote currency traded.
        closed: False for the bar that still grows.
    """

    start_ms: NDArray[np.int64]
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    turnover: Floats
    closed: NDArray[np.bool_]

    def __len__(self) -> int:
        """Number of bars."""
        return len(self.start_ms)


@dataclass(frozen=True, slots=True)
class _Bar:
    open: float
    high: float
    low: float
    close: float
    turnover: float


NO_BARS = Bars(
    start_ms=np.zeros(0, np.int64),
    open=np.zeros(0),
    high=np.zeros(0),
    low=np.zeros(0),
    close=np.zeros(0),
    turnover=np.zeros(0),
    closed=np.zeros(0, np.bool_),
)


def bars(series: Series, interval_ms: int, start_ms: int, end_ms: int, now_ms: int, *, phase_ms: int = 0) -> Bars:
    """The bars that start inside [start_ms, end_ms] and had started by now.

    Args:
        series: the price.
        interval_ms: length of a bar: whole minutes, or whole seconds below a minute; bars start at its multiples.
        start_ms, end_ms: inclusive range of bar starts.
        now_ms: the future is not told.
        phase_ms: bars start so much after the multiples, where a venue's days are not those of UTC.
    """
    last_ms = min(end_ms, now_ms)
    if series.end_minute is not None:
        last_ms = min(last_ms, series.start_ms + series.end_minute * MINUTE_MS - 1)
    first_ms = phase_ms - (phase_ms - max(start_ms, opened_ms(series))) // interval_ms * interval_ms
    last_ms = bar_start_ms(last_ms, interval_ms, phase_ms)
    if last_ms < first_ms:
        return NO_BARS
    if interval_ms < MINUTE_MS:
        return _second_bars(series, interval_ms, first_ms, last_ms, now_ms)
    growing = last_ms + interval_ms > now_ms
    whole = _minute_bars(series, interval_ms, first_ms, last_ms if growing else last_ms + interval_ms)
    if not growing:
        return whole
    return _with(whole, last_ms, _growing(series, last_ms, now_ms))


def bar_start_ms(ts_ms: int, interval_ms: int, phase_ms: int = 0) -> int:
    """Start of the bar a moment falls into."""
    return (ts_ms - phase_ms) // interval_ms * interval_ms + phase_ms


def _minute_bars(series: Series, interval_ms: int, first_ms: int, stop_ms: int) -> Bars:
    """Closed bars that start in [first_ms, stop_ms)."""
    if stop_ms <= first_ms:
        return NO_BARS
    per_bar = interval_ms // MINUTE_MS
    first, stop = minute_at(series, first_ms), minute_at(series, stop_ms)
    ends = stop if series.end_minute is None else min(stop, series.end_minute)
    if ends < stop:
        return _ended(series, interval_ms, first_ms, stop_ms, ends)
    prices = series.grid(first, stop + 1)
    low, high = series.extremes(first, stop)
    opened, closed = prices[:-1:per_bar], prices[per_bar::per_bar]
    count = len(opened)
    return Bars(
        start_ms=first_ms + np.arange(count, dtype=np.int64) * interval_ms,
        open=opened,
        high=np.maximum(high.reshape(count, per_bar).max(axis=1), np.maximum(opened, closed)),
        low=np.minimum(low.reshape(count, per_bar).min(axis=1), np.minimum(opened, closed)),
        close=closed,
        turnover=series.turnover(first, stop).reshape(count, per_bar).sum(axis=1),
        closed=np.ones(count, np.bool_),
    )


def _ended(series: Series, interval_ms: int, first_ms: int, stop_ms: int, end_minute: int) -> Bars:
    """Bars of a series that stops inside the last of them."""
    last_ms = stop_ms - interval_ms
    whole = _minute_bars(series, interval_ms, first_ms, last_ms)
    first = minute_at(series, last_ms)
    return _with(whole, last_ms, _gathered(series, first, end_minute), closed=True)


def _growing(series: Series, bar_ms: int, now_ms: int) -> _Bar:
    """The bar that holds now: its whole minutes, and the price of this second."""
    first, minute = minute_at(series, bar_ms), minute_at(series, now_ms)
    price = series.price_at(now_ms)
    if minute == first:
        opened = float(series.grid(first, first + 1)[0])
        traded = float(series.turnover(first, first + 1)[0])
        done = _Bar(opened, opened, opened, opened, 0.0)
    else:
        done = _gathered(series, first, minute)
        traded = float(series.turnover(minute, minute + 1)[0])
    share = (now_ms - series.start_ms) % MINUTE_MS / MINUTE_MS
    return _Bar(done.open, max(done.high, price), min(done.low, price), price, done.turnover + share * traded)


def _gathered(series: Series, first: int, stop: int) -> _Bar:
    """All minutes from first to stop − 1 as one bar."""
    prices = series.grid(first, stop + 1)
    low, high = series.extremes(first, stop)
    return _Bar(
        open=float(prices[0]),
        high=max(float(high.max()), float(prices[0]), float(prices[-1])),
        low=min(float(low.min()), float(prices[0]), float(prices[-1])),
        close=float(prices[-1]),
        turnover=float(series.turnover(first, stop).sum()),
    )


def _second_bars(series: Series, interval_ms: int, first_ms: int, last_ms: int, now_ms: int) -> Bars:
    """Bars shorter than a minute, from the price of each second."""
    per_bar = interval_ms // 1000
    starts = np.arange(first_ms, last_ms + 1, interval_ms)
    seconds = np.arange(first_ms, last_ms + interval_ms + 1, 1000)
    prices = np.array([series.price_at(min(ts, now_ms)) for ts in seconds.tolist()])
    opened, closed = prices[:-1:per_bar], prices[per_bar::per_bar]
    inside = np.lib.stride_tricks.sliding_window_view(prices, per_bar + 1)[::per_bar]
    first, stop = minute_at(series, first_ms), minute_at(series, last_ms) + 1
    per_minute = series.turnover(first, stop)
    owner = (starts - series.start_ms) // MINUTE_MS - first
    return Bars(
        start_ms=starts,
        open=opened,
        high=inside.max(axis=1),
        low=inside.min(axis=1),
        close=closed,
        turnover=per_minute[owner] * (interval_ms / MINUTE_MS),
        closed=starts + interval_ms <= now_ms,
    )


def _with(whole: Bars, start_ms: int, bar: _Bar, *, closed: bool = False) -> Bars:
    """The bars with one more at the end."""
    return Bars(
        start_ms=np.append(whole.start_ms, np.int64(start_ms)),
        open=np.append(whole.open, bar.open),
        high=np.append(whole.high, bar.high),
        low=np.append(whole.low, bar.low),
        close=np.append(whole.close, bar.close),
        turnover=np.append(whole.turnover, bar.turnover),
        closed=np.append(whole.closed, closed),
    )
