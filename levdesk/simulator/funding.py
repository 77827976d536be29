"""Funding of the simulated perpetuals: dearer for longs after a rise, settled every eight hours."""

from __future__ import annotations

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


class FundingPath:
    """The rates of one underlying. Settlement n is at grid point n · 480; its rate is known eight hours before.

    Args:
        paths: prices of the underlyings.
        name: the underlying.
        seed: of the small random part.
    """

    def __init__(self, paths: Paths, name: str, *, seed: int) -> None:
        self._paths = paths
        self._name = name
        self._noise = Stream(seed, f"{name}/funding")

    def settlement_ms(self, number: int) -> int:
        """When a settlement happens."""
        return self._paths.start_ms + number * INTERVAL_MS

    def number_after(self, ts_ms: int) -> int:
        """The first settlement after a moment."""
        return (ts_ms - self._paths.start_ms) // INTERVAL_MS + 1

    def rates(self, first: int, stop: int) -> Floats:
        """Rates of the settlements first … stop − 1, as ratios of notional; first ≥ 1."""
        numbers = np.arange(first, stop)
        known = (numbers - 1) * INTERVAL_MINUTES
        day_before = np.maximum(known - DAY_MINUTES, 0)
        lowest = int(day_before[0])
        prices = self._paths.grid(self._name, lowest, int(known[-1]) + 1)
        move = prices[known - lowest] / prices[day_before - lowest] - 1.0
        rates = _REST_RATIO + _PER_MOVE * move + _NOISE_RATIO * self._noise.bell(numbers)
        published: Floats = np.round(np.clip(rates, -LIMIT_RATIO, LIMIT_RATIO), _PUBLISHED_DECIMALS)
        return published

    def rate(self, number: int) -> float:
        """Rate of one settlement."""
        return float(self.rates(number, number + 1)[0])
