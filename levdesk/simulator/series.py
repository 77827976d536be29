"""Price series built on the paths of the underlyings: what a dialect serves as last, mark, index or spot price.

All of them answer on the same grid of minutes, so one function makes the candles of any of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from levdesk.simulator.noise import Floats, Swell
from levdesk.simulator.paths import MINUTE_MS, Paths


class Series(Protocol):
    """One price over time. Minute k runs from grid point k to grid point k + 1."""

    @property
    def start_ms(self) -> int:
        """Moment of grid point 0."""

    @property
    def first_minute(self) -> int:
        """First minute with a price."""

    @property
    def end_minute(self) -> int | None:
        """First minute without a price again, or None while it trades."""

    def grid(self, first: int, stop: int) -> Floats:
        """Prices at grid points first … stop − 1."""

    def extremes(self, first: int, stop: int) -> tuple[Floats, Floats]:
        """Lowest and highest price inside minutes first … stop − 1."""

    def turnover(self, first: int, stop: int) -> Floats:
        """Quote currency traded in minutes first … stop − 1."""

    def price_at(self, ts_ms: int) -> float:
        """Price at a moment."""


class MarkSeries:
    """The mark price of an underlying's perpetual: the path itself."""

    def __init__(self, paths: Paths, name: str) -> None:
        self._paths = paths
        self._name = name

    @property
    def start_ms(self) -> int:
        """Moment of grid point 0."""
        return self._paths.start_ms

    @property
    def first_minute(self) -> int:
        """First minute with a price."""
        return 0

    @property
    def end_minute(self) -> int | None:
        """Never ends."""
        return None

    def grid(self, first: int, stop: int) -> Floats:
        """Prices at grid points first … stop − 1."""
        return self._paths.grid(self._name, first, stop)

    def extremes(self, first: int, stop: int) -> tuple[Floats, Floats]:
        """Lowest and highest price inside minutes first … stop − 1."""
        return self._paths.extremes(self._name, first, stop)

    def turnover(self, first: int, stop: int) -> Floats:
        """Quote currency traded in minutes first … stop − 1."""
        return self._paths.turnover(self._name, first, stop)

    def price_at(self, ts_ms: int) -> float:
        """Price at a moment."""
        return self._paths.price_at(self._name, ts_ms)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sway:
    """How far one price stands from another: a mean plus a bounded, mean-reverting wander.

    Attributes:
        swell: the wander, or None for a fixed distance.
        mean_ratio: middle of the distance.
        reach_ratio: largest distance from that middle.
    """

    swell: Swell
    mean_ratio: float = 0.0
    reach_ratio: float = 0.0

    def at(self, time_s: float) -> float:
        """The distance at a time since the start of the grid."""
        return self.mean_ratio + self.reach_ratio * self.swell.at(time_s)

    def over_minutes(self, first: int, stop: int) -> Floats:
        """The distance at grid points first … stop − 1."""
        return self.mean_ratio + self.reach_ratio * self.swell.over(np.arange(first, stop, dtype=np.float64) * 60.0)


class _BesideSeries:
    """What a price that follows another has of it: the grid, and a share of the trading."""

    def __init__(self, base: Series, turnover_share: float) -> None:
        self._base = base
        self._share = turnover_share

    @property
    def start_ms(self) -> int:
        """Moment of grid point 0."""
        return self._base.start_ms

    @property
    def first_minute(self) -> int:
        """First minute with a price."""
        return self._base.first_minute

    @property
    def end_minute(self) -> int | None:
        """First minute without a price again, or None."""
        return self._base.end_minute

    def turnover(self, first: int, stop: int) -> Floats:
        """Quote currency traded in minutes first … stop − 1."""
        return self._base.turnover(first, stop) * self._share


class SwayingSeries(_BesideSeries):
    """A price that keeps near another one: an index near its mark, a last trade near both, a token near its NAV.

    Args:
        base: the price it keeps near.
        sway: how far it stands from it.
        turnover_share: its trading as a share of the base's.
    """

    def __init__(self, base: Series, sway: Sway, *, turnover_share: float = 1.0) -> None:
        super().__init__(base, turnover_share)
        self._sway = sway

    def grid(self, first: int, stop: int) -> Floats:
        """Prices at grid points first … stop − 1."""
        return self._base.grid(first, stop) * (1.0 + self._sway.over_minutes(first, stop))

    def extremes(self, first: int, stop: int) -> tuple[Floats, Floats]:
        """Lowest and highest price inside minutes first … stop − 1."""
        low, high = self._base.extremes(first, stop)
        distance = 1.0 + self._sway.over_minutes(first, stop)
        return low * distance, high * distance

    def price_at(self, ts_ms: int) -> float:
        """Price at a moment."""
        return self._base.price_at(ts_ms) * (1.0 + self._sway.at((ts_ms - self.start_ms) / 1000.0))


class PowerSeries(_BesideSeries):
    """An ordinary coin without a perpetual that moves with an underlying: price · (S / S₀)^exponent.

    Args:
        base: the series of the underlying.
        price: at the start of the grid.
        exponent: how strongly it follows.
        turnover_share: its trading as a share of the base's.
    """

    def __init__(self, base: Series, *, price: float, exponent: float, turnover_share: float) -> None:
        super().__init__(base, turnover_share)
        self._exponent = exponent
        self._scale = price / float(base.grid(0, 1)[0]) ** exponent

    def grid(self, first: int, stop: int) -> Floats:
        """Prices at grid points first … stop − 1."""
        prices: Floats = self._scale * self._base.grid(first, stop) ** self._exponent
        return prices

    def extremes(self, first: int, stop: int) -> tuple[Floats, Floats]:
        """Lowest and highest price inside minutes first … stop − 1."""
        low, high = self._base.extremes(first, stop)
        return self._scale * low**self._exponent, self._scale * high**self._exponent

    def price_at(self, ts_ms: int) -> float:
        """Price at a moment."""
        return float(self._scale * self._base.price_at(ts_ms) ** self._exponent)


def minute_at(series: Series, ts_ms: int) -> int:
    """The minute of the series' grid that a moment falls into; below 0 before its start."""
    return (ts_ms - series.start_ms) // MINUTE_MS


def opened_ms(series: Series) -> int:
    """When the series began."""
    return series.start_ms + series.first_minute * MINUTE_MS


def trades_at(series: Series, ts_ms: int) -> bool:
    """Whether the series has a price at a moment."""
    minute = minute_at(series, ts_ms)
    if minute < series.first_minute or (series.end_minute is not None and minute >= series.end_minute):
        return False
    # Only a token that was run up to this minute knows whether it is still worth something.
    series.grid(minute, minute + 1)
    return series.end_minute is None or minute < series.end_minute
