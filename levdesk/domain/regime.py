"""Trend or chop: whether an underlying's moves added up or cancelled, as figures and as one word.

A reset token gains from moves that add up and loses from moves that cancel; volatility alone does neither on average.

Source: Kaufman's efficiency ratio; Lo and MacKinlay (1988) for the variance ratio and its spread under a random walk.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from levdesk.domain.basket_tape import Floats
from levdesk.domain.errors import SettingInvalid
from levdesk.domain.volatility import log_returns


class Regime(StrEnum):
    """What the price did, in a word."""

    TREND = "trend"
    MIXED = "mixed"
    CHOP = "chop"


@dataclass(frozen=True, slots=True, kw_only=True)
class RegimeReading:
    """How an underlying moved over a window.

    Attributes:
        efficiency_ratio: net log move over the sum of all log moves: 1 is a straight line, 0 ended where it began.
        efficiency_score: that ratio over the one a random walk of the same length has on average.
        variance_ratio: variance of q-bar moves over q times that of one-bar moves; below 1 moves tend to cancel.
        variance_score: its distance from 1 in standard errors of a random walk.
        lag: q.
        word: the two in one word.
    """

    efficiency_ratio: float
    efficiency_score: float
    variance_ratio: float
    variance_score: float
    lag: int
    word: Regime


def efficiency_ratio(close: Floats) -> float:
    """Net log move over the sum of absolute log moves, from 0 to 1; 0 for a price that never moved."""
    returns = log_returns(close)
    path = float(np.abs(returns).sum())
    return abs(float(returns.sum())) / path if path > 0.0 else 0.0


def variance_ratio(close: Floats, lag: int) -> float:
    """Variance of overlapping `lag`-bar log moves over `lag` times that of one-bar moves, drift removed.

    1 for a random walk and, by convention, for a price that never moved.

    Raises:
        SettingInvalid: a lag below 2, or fewer than two lags of data.
    """
    returns = log_returns(close)
    count = len(returns)
    if lag < 2 or count < 2 * lag:
        raise SettingInvalid(f"A variance ratio over {lag} bars needs a lag of 2 or more and {2 * lag} moves.")
    mean = returns.mean()
    single = float(np.sum((returns - mean) ** 2)) / (count - 1)
    if single <= 0.0:
        return 1.0
    path = np.concatenate([[0.0], np.cumsum(returns)])
    sums = path[lag:] - path[:-lag] - lag * mean
    unbiased = lag * (count - lag + 1) * (1.0 - lag / count)
    return float(sums @ sums) / unbiased / single


def read_regime(close: Floats, lag: int = 5) -> RegimeReading:
    """Efficiency ratio, variance ratio and the word for a window of closes.

    TREND: the net move is at least twice what a random walk makes, or moves follow each other (score ≥ 2).
    CHOP: moves cancel (score ≤ −1) or the net move is under a quarter of a random walk's. MIXED otherwise.
    """
    count = len(log_returns(close))
    efficiency = efficiency_ratio(close)
    # E|sum| over E sum| | of n independent moves is 1/√n.
    efficiency_score = efficiency * math.sqrt(count)
    ratio = variance_ratio(close, lag)
    spread = math.sqrt(2.0 * (2.0 * lag - 1.0) * (lag - 1.0) / (3.0 * lag * count))
    variance_score = (ratio - 1.0) / spread
    if efficiency_score >= 2.0 or variance_score >= 2.0:
        word = Regime.TREND
    elif variance_score <= -1.0 or efficiency_score <= 0.25:
        word = Regime.CHOP
    else:
        word = Regime.MIXED
    return RegimeReading(
        efficiency_ratio=efficiency,
        efficiency_score=efficiency_score,
        variance_ratio=ratio,
        variance_score=variance_score,
        lag=lag,
        word=word,
    )
