"""Frozen chart series: what the charts draw, already rebased, merged and explained in words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from levdesk.domain.instruments import TokenKey

    FloatArray = NDArray[np.float64]


class ChartRange(StrEnum):
    """The stretch a chart shows."""

    DAY = "1D"
    WEEK = "1W"
    MONTH = "1M"
    ENTRY = "Entry"
    ALL = "All"


class MarkerKind(StrEnum):
    """What a marker on a chart stands for."""

    BUY = "buy"
    SELL = "sell"
    TRANSFER = "transfer"
    MERGE = "merge"
    SETTLE = "settle"
    REBALANCE = "rebalance"


@dataclass(frozen=True, slots=True)
class ChartMarker:
    """A point on the time axis with a story.

    Attributes:
        ts_ms: when.
        kind: what.
        value: height on the token's rebased line.
        label: one line for the tooltip, e.g. "Bought 100 at 2.4614".
    """

    ts_ms: int
    kind: MarkerKind
    value: float
    label: str


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class OverviewSeries:
    """One token against its underlying, all rebased to 100 at the base time.

    Arrays share the time axis `times_s` (float64 seconds UTC, ascending); NaN where a line has no value.

    Attributes:
        token: market price (or NAV where recorded) in merge-consistent units.
        plain_multiple: 100·(1 + L·(S/S0 − 1)); NaN from the moment a static position would have been liquidated.
        underlying: the underlying itself, 1×.
        drawdown: token over its running peak minus one, ratio <= 0.
        base_ms: where the lines are 100 (the first open lot, or the start of the range).
        markers: trades, merges and rebalances inside the range.
        summary: one plain sentence with the same figures.
        token_label, multiple_label, underlying_label: legend texts.
        problem: why there is nothing or not everything to draw, or "".
    """

    key: TokenKey
    portfolio_id: int | None
    range: ChartRange
    times_s: FloatArray
    token: FloatArray
    plain_multiple: FloatArray
    underlying: FloatArray
    drawdown: FloatArray
    base_ms: int
    markers: tuple[ChartMarker, ...]
    summary: str
    token_label: str
    multiple_label: str
    underlying_label: str
    problem: str = ""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ValueSeries:
    """The portfolio's value over time.

    Attributes:
        times_s: float64 seconds UTC, ascending.
        value: market value of what was held then, quote currency.
        invested: money put in minus money taken out until then (the level at which one is even).
        partial: True when some holding had no price for a part of the stretch.
        summary: one plain sentence with the same figures.
        problem: why there is nothing to draw, or "".
        decay_taken, fees_taken: what volatility decay, and fees and funding, have taken until then since the first
            purchase, positive = taken; None while that is not worked out, NaN where no history tells.
        taken_partial: some holding is missing from them for a part of the time.
    """

    portfolio_id: int | None
    range: ChartRange
    currency: str
    times_s: FloatArray
    value: FloatArray
    invested: FloatArray
    partial: bool
    summary: str
    problem: str = ""
    decay_taken: FloatArray | None = None
    fees_taken: FloatArray | None = None
    taken_partial: bool = False
