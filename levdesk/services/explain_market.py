"""The underlying as measured: volatility by every estimator, what a reset clock sees of it, trend or chop.

Imports numpy; import late.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from levdesk.domain.basket_tape import Floats, Rows
from levdesk.domain.errors import SettingInvalid
from levdesk.domain.regime import Regime, RegimeReading, read_regime
from levdesk.domain.volatility import (
    DAYS_PER_YEAR,
    Bars,
    annualised,
    close_to_close,
    ewma,
    forecast_variance,
    garman_klass,
    log_returns,
    parkinson,
    rogers_satchell,
    yang_zhang,
    zero_mean,
)
from levdesk.services.explain_input import DAY_S, HOUR_S, CandleSeries
from levdesk.services.explain_tape import clean_bars
from levdesk.services.explained import MarketReading

_DAY_MS: Final = DAY_S * 1000
_ODDS_DAYS: Final = 30
_RECENT_DAYS: Final = 14
_WINDOW_DAYS: Final = 60
_REGIME_DAYS: Final = 30
_FEWEST_DAYS: Final = 5
_REGIME_LAG: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PriceHistory:
    """One price at even steps, for volatility and for futures drawn from the past.

    Attributes:
        bars, starts_ms: oldest first, shape (n,).
        interval_s: length of a bar.
    """

    bars: Bars
    starts_ms: Rows
    interval_s: int

    @property
    def steps_per_day(self) -> int:
        """Bars that make a day."""
        return max(DAY_S // self.interval_s, 1)

    @property
    def days(self) -> float:
        """Length of what is there, holes left out."""
        return len(self.starts_ms) * self.interval_s / DAY_S

    def returns(self) -> Floats:
        """Log returns between bars that follow each other, shape (k,)."""
        together = np.diff(self.starts_ms) == self.interval_s * 1000
        found: Floats = log_returns(self.bars.close)[together]
        return found


def even_history(series: Sequence[CandleSeries]) -> PriceHistory | None:
    """The series to measure: hours where there are days of them, else days; None without either."""
    best: PriceHistory | None = None
    for one in series:
        if one.interval_s not in {HOUR_S, DAY_S}:
            continue
        cleaned = clean_bars(one.candles)
        if cleaned is None:
            continue
        found = PriceHistory(bars=cleaned[0], starts_ms=cleaned[1], interval_s=one.interval_s)
        if found.days < _FEWEST_DAYS:
            continue
        if best is None or found.interval_s < best.interval_s:
            best = found
    return best


def read_market(underlying: str, history: PriceHistory | None, clock_utc_s: int | None) -> MarketReading | None:
    """Measure an underlying; None when the history is too short to say anything.

    Args:
        underlying: its name, for the words.
        history: its price.
        clock_utc_s: second of the UTC day of the token's reset, None for a token without a clock.
    """
    if history is None:
        return None
    daily = daily_bars(history, clock_utc_s or 0)
    recent = history.returns()[-_ODDS_DAYS * history.steps_per_day :]
    if daily is None or len(recent) < 2:
        return None
    day = math.sqrt(float(np.mean(recent**2)) * history.steps_per_day)
    window = _last(daily, _WINDOW_DAYS)
    estimates = _estimates(window)
    if history.interval_s == HOUR_S:
        estimates.append(("hourly", day * math.sqrt(DAYS_PER_YEAR)))
    regime = _regime(daily)
    return MarketReading(
        volatility_year=tuple(estimates),
        volatility_day=day,
        efficiency_ratio=None if regime is None else regime.efficiency_ratio,
        variance_ratio=None if regime is None else regime.variance_ratio,
        words=_words(underlying, regime, min(len(daily.close) - 1, _REGIME_DAYS)),
        clock_volatility_day=None if clock_utc_s is None else _clock_volatility(window),
        history_days=history.days,
    )


def daily_bars(history: PriceHistory, clock_utc_s: int) -> Bars | None:
    """Bars from one second of the UTC day to the next; None for fewer than `_FEWEST_DAYS` whole days."""
    if history.interval_s == DAY_S:
        return history.bars if len(history.starts_ms) > _FEWEST_DAYS else None
    days = (history.starts_ms - clock_utc_s * 1000) // _DAY_MS
    firsts = np.flatnonzero(np.diff(days, prepend=days[0] - 1))
    whole = np.diff(np.append(firsts, len(days))) == history.steps_per_day
    lasts = np.append(firsts[1:], len(days)) - 1
    bars = history.bars
    if whole.sum() <= _FEWEST_DAYS:
        return None
    return Bars(
        open=bars.open[firsts][whole],
        high=np.maximum.reduceat(bars.high, firsts)[whole],
        low=np.minimum.reduceat(bars.low, firsts)[whole],
        close=bars.close[lasts][whole],
    )


def _last(bars: Bars, count: int) -> Bars:
    """The last bars, one more to give them a previous close."""
    part = slice(-count - 1, None)
    return Bars(open=bars.open[part], high=bars.high[part], low=bars.low[part], close=bars.close[part])


def _estimates(window: Bars) -> list[tuple[str, float]]:
    """Volatility per year by every estimator, on daily bars."""
    variances = [
        ("close to close", close_to_close(window.close)),
        ("zero mean", zero_mean(window.close)),
        ("Parkinson", parkinson(window)),
        ("Garman–Klass", garman_klass(window)),
        ("Rogers–Satchell", rogers_satchell(window)),
        ("Yang–Zhang", yang_zhang(window)),
        ("EWMA", ewma(window.close)),
    ]
    # Garman and Klass can come out a hair below zero on bars without a range.
    return [(name, annualised(max(variance, 0.0), DAYS_PER_YEAR)) for name, variance in variances]


def _clock_volatility(window: Bars) -> float:
    """Volatility per day to expect at the clock: today's range estimate, scaled by what the clock saw of it before."""
    clock = zero_mean(window.close)
    recent = _last(window, _RECENT_DAYS)
    if len(recent.close) < len(window.close):
        try:
            return math.sqrt(max(forecast_variance(yang_zhang(recent), clock, yang_zhang(window)), 0.0))
        except SettingInvalid:
            pass
    return math.sqrt(clock)


def _regime(daily: Bars) -> RegimeReading | None:
    closes = daily.close[-_REGIME_DAYS - 1 :]
    return read_regime(closes, _REGIME_LAG) if len(closes) > 2 * _REGIME_LAG else None


def _words(underlying: str, regime: RegimeReading | None, days: int) -> str:
    if regime is None:
        return f"There is too little history of {underlying} to tell trend from chop."
    said = {
        Regime.TREND: "has been trending: its moves added up",
        Regime.CHOP: "has been choppy: its moves cancelled",
        Regime.MIXED: "has been neither trending nor choppy",
    }
    return (
        f"Over {days} days {underlying} {said[regime.word]}"
        f" (efficiency {regime.efficiency_ratio:.2f}, variance ratio {regime.variance_ratio:.2f})."
    )
