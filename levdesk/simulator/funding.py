"""Funding of the simulated perpetuals, settled every eight hours and known eight hours before."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np

from levdesk.simulator.noise import Floats, Stream
from levdesk.simulator.paths import DAY_MINUTES, MINUTE_MS, Paths

INTERVAL_MINUTES = 480
INTERVAL_MS = INTERVAL_MINUTES * MINUTE_MS
LIMIT_RATIO = 0.003

_REST_RATIO = 0.0001
_PER_MOVE = 0.004
_NOISE_RATIO = 0.00003
_PUBLISHED_DECIMALS = 6


class Funding(ABC):
    """Settlements of one perpetual; number n is at grid point n · 480 of the paths.

    Args:
        start_ms: moment of settlement 0.
    """

    def __init__(self, start_ms: int) -> None:
        self._start_ms = start_ms

    @abstractmethod
    def rates(self, first: int, stop: int) -> Floats:
        """Rates of the settlements first … stop − 1, as published: ratios of notional; first ≥ 1."""

    def rate(self, number: int) -> float:
        """Rate of one settlement."""
        return float(self.rates(number, number + 1)[0])

    def settlement_ms(self, number: int) -> int:
        """When a settlement happens."""
        return self._start_ms + number * INTERVAL_MS

    def number_after(self, ts_ms: int) -> int:
        """The first settlement after a moment."""
        return (ts_ms - self._start_ms) // INTERVAL_MS + 1


class TrendFunding(Funding):
    """Dearer for longs after a rise, cheaper after a fall.

    Args:
        paths: prices of the underlyings.
        name: the underlying.
        seed: of the small random part.
    """

    def __init__(self, paths: Paths, name: str, *, seed: int) -> None:
        super().__init__(paths.start_ms)
        self._paths = paths
        self._name = name
        self._noise = Stream(seed, f"{name}/funding")

    def rates(self, first: int, stop: int) -> Floats:
        """Rates of the settlements first … stop − 1, as published."""
        numbers = np.arange(first, stop)
        known = (numbers - 1) * INTERVAL_MINUTES
        day_before = np.maximum(known - DAY_MINUTES, 0)
        lowest = int(day_before[0])
        prices = self._paths.grid(self._name, lowest, int(known[-1]) + 1)
        move = prices[known - lowest] / prices[day_before - lowest] - 1.0
        return published(_REST_RATIO + _PER_MOVE * move + _NOISE_RATIO * self._noise.bell(numbers))


def published(rates: Floats) -> Floats:
    """Rates inside the limit and with the digits a venue shows."""
    within: Floats = np.clip(rates, -LIMIT_RATIO, LIMIT_RATIO)
    shown: Floats = np.round(within, _PUBLISHED_DECIMALS)
    return shown
