"""How much an underlying moves: variance per bar by six estimators, and the variance a token really pays.

A daily-reset token pays the variance sampled at its own reset clock and nothing else; range and hourly estimators see
moves it never feels. So realised decay uses `clock_variance`, and a forecast from a range estimator is scaled by
`forecast_variance`. Markets here never close: a year has 365 days, 8,760 hours or 525,600 minutes.

Source: Parkinson (1980), Garman and Klass (1980), Rogers and Satchell (1991), Yang and Zhang (2000), RiskMetrics
(1996).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from levdesk.domain.basket_tape import Floats, Rows, checked_prices
from levdesk.domain.errors import SettingInvalid

DAYS_PER_YEAR = 365.0
HOURS_PER_YEAR = 8_760.0

RISKMETRICS_DECAY = 0.94
"""Weight that a day keeps each day in the usual exponential average."""

_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Bars:
    """Price bars of equal length, oldest first; the first one only gives the others a previous close.

    Attributes:
        open, high, low, close: prices above zero, shape (n,), n ≥ 2, low ≤ open, close ≤ high.
    """

    open: Floats
    high: Floats
    low: Floats
    close: Floats

    def __post_init__(self) -> None:
        """Refuse bars that cannot be."""
        sides = [checked_prices(side) for side in (self.open, self.high, self.low, self.close)]
        if len({len(side) for side in sides}) != 1:
            raise SettingInvalid("The four prices of the bars have different lengths.")
        _require_bars(len(sides[0]), 2)
        opened, high, low, close = sides
        slack = 1.0 + _ROUNDING
        wrong = (np.minimum(opened, close) * slack < low) | (np.maximum(opened, close) > high * slack)
        if wrong.any():
            raise SettingInvalid(f"In bar {int(wrong.argmax())} open or close lie outside low and high.")


def close_to_close(close: Floats) -> float:
    """Sample variance per bar of log returns, their mean removed; needs three closes."""
    returns = log_returns(close)
    _require_bars(len(returns), 2)
    return float(returns.var(ddof=1))


def zero_mean(close: Floats) -> float:
    """Mean squared log return per bar: the one for decay, which does not care about drift."""
    return realised(close) / (len(close) - 1)


def realised(close: Floats) -> float:
    """Realised variance over the whole series: the sum of squared log returns."""
    returns = log_returns(close)
    return float(returns @ returns)


def parkinson(bars: Bars) -> float:
    """Variance per bar from the range of each bar, for a driftless price."""
    ranges = np.log(bars.high[1:] / bars.low[1:])
    return float(ranges @ ranges) / (4.0 * len(ranges) * math.log(2.0))


def garman_klass(bars: Bars) -> float:
    """Variance per bar from range and body of each bar, for a driftless price."""
    ranges, body = np.log(bars.high[1:] / bars.low[1:]), np.log(bars.close[1:] / bars.open[1:])
    return float(np.mean(0.5 * ranges**2 - (2.0 * math.log(2.0) - 1.0) * body**2))


def rogers_satchell(bars: Bars) -> float:
    """Variance per bar from range and body of each bar, whatever the drift."""
    return _rogers_satchell(*(np.log(side[1:]) for side in (bars.open, bars.high, bars.low, bars.close)))


def yang_zhang(bars: Bars) -> float:
    """Variance per bar that also counts the jump from one close to the next open; needs three bars."""
    _require_bars(len(bars.close), 3)
    opened, high, low, close = (np.log(side) for side in (bars.open, bars.high, bars.low, bars.close))
    count = len(close) - 1
    weight = 0.34 / (1.34 + (count + 1.0) / (count - 1.0))
    overnight = float(np.var(opened[1:] - close[:-1], ddof=1))
    body = float(np.var(close[1:] - opened[1:], ddof=1))
    inside = _rogers_satchell(opened[1:], high[1:], low[1:], close[1:])
    return overnight + weight * body + (1.0 - weight) * inside


def ewma(close: Floats, decay: float = RISKMETRICS_DECAY) -> float:
    """Exponentially weighted variance per bar at the end of the series, started at the first squared return."""
    if not 0.0 < decay < 1.0:
        raise SettingInvalid(f"A decay of {decay!r} is not between 0 and 1.", hint="0.94 is usual for days.")
    squares = log_returns(close) ** 2
    weights = (1.0 - decay) * decay ** np.arange(len(squares) - 1, -1, -1, dtype=np.float64)
    weights[0] /= 1.0 - decay
    return float(weights @ squares)


def annualised(variance_per_bar: float, bars_per_year: float) -> float:
    """Volatility per year as a ratio, from a variance per bar."""
    if variance_per_bar < 0.0:
        raise SettingInvalid("A variance below zero has no volatility.")
    return math.sqrt(variance_per_bar * bars_per_year)


def clock_variance(prices: Floats, event_rows: Rows) -> float:
    """Realised variance of the underlying sampled at a token's own rebalances: the sum of squared log moves.

    Args:
        prices: underlying price per row.
        event_rows: rising rows of the rebalances; the stretches before the first and after the last count too.
    """
    grid = np.union1d([0, len(prices) - 1], event_rows).astype(np.int64)
    return realised(checked_prices(prices)[grid]) if len(grid) > 1 else 0.0


def forecast_variance(range_now: float, clock_history: float, range_history: float) -> float:
    """Variance per day to expect at a token's clock: today's range estimate times what the clock saw of it before.

    Args:
        range_now: variance per day from a range estimator over the recent bars.
        clock_history: variance per day on the token's own clock over a longer past.
        range_history: variance per day from the same range estimator over that past.
    """
    if not range_history > 0.0:
        raise SettingInvalid("The range variance of the past is not above zero.")
    return range_now * clock_history / range_history


def log_returns(close: Floats) -> Floats:
    """Log returns of a price series of at least two rows, shape (n − 1,)."""
    prices = checked_prices(close)
    _require_bars(len(prices), 2)
    return np.diff(np.log(prices))


def _rogers_satchell(opened: Floats, high: Floats, low: Floats, close: Floats) -> float:
    return float(np.mean((high - opened) * (high - close) + (low - opened) * (low - close)))


def _require_bars(count: int, needed: int) -> None:
    if count < needed:
        raise SettingInvalid(f"That needs at least {needed} rows, there are {count}.", hint="Take a longer window.")
