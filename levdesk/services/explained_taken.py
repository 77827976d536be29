"""What decay and fees have taken over time: a frozen series that comes with a portfolio's explanation."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from levdesk.services.charts import FloatArray, ValueSeries


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class TakenSeries:
    """Money taken since the first purchase, cumulated; arrays share one axis.

    Attributes:
        times_s: float64 seconds UTC, ascending.
        decay: taken by volatility decay, positive = taken; NaN where no history tells.
        fees: taken by management fee, funding, rebalance and trading costs, positive = paid; NaN likewise.
        partial: some holding cannot be told for a part of the time, or not at all.
    """

    times_s: FloatArray
    decay: FloatArray
    fees: FloatArray
    partial: bool


def with_taken(series: ValueSeries, taken: TakenSeries | None) -> ValueSeries:
    """The value chart with what was taken at each of its moments; nothing was before the first purchase."""
    if taken is None or not len(taken.times_s) or not len(series.times_s):
        return series
    import numpy as np  # late: whoever has a series has it

    decay, fees = (np.interp(series.times_s, taken.times_s, line, left=0.0) for line in (taken.decay, taken.fees))
    return replace(series, decay_taken=decay, fees_taken=fees, taken_partial=taken.partial)
