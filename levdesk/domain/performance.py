"""How well a holding or portfolio did: time-weighted return, drawdown, and the rate the holder really earned.

Time-weighted return judges the token (deposits and withdrawals do not matter), the internal rate of return judges the
holder's timing. Values are plain floats; unknown is None.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import pairwise

import numpy as np

from levdesk.domain.basket_tape import Floats
from levdesk.domain.errors import SettingInvalid

_DAY_MS = 86_400_000
_YEAR_DAYS = 365.0
_HIGHEST_RATE = 1e6


@dataclass(frozen=True, slots=True, kw_only=True)
class ValuePoint:
    """The value of a holding at a moment, and the money put in (or, below zero, taken out) right after.

    Attributes:
        ts_ms: moment, UTC.
        value: value before the flow, zero or more.
        flow: money put in right after.
    """

    ts_ms: int
    value: float
    flow: float = 0.0


def time_weighted_ratio(points: Sequence[ValuePoint]) -> float | None:
    """Return over all stretches between flows, chained; None when the holding was never worth anything.

    A stretch that begins with nothing held (before the first purchase, after a complete sale) counts as no return.

    Raises:
        SettingInvalid: points out of order, a value below zero, or more taken out than there was.
    """
    _require_order([point.ts_ms for point in points])
    growth, held, lived = 1.0, 0.0, False
    for point in points:
        if not math.isfinite(point.value) or not math.isfinite(point.flow) or point.value < 0.0:
            raise SettingInvalid("A value below zero, or one that is not a number, has no return.")
        if held > 0.0:
            growth *= point.value / held
            lived = True
        held = point.value + point.flow
        if held < -1e-9 * max(point.value, 1.0):
            raise SettingInvalid("More was taken out than there was.")
    return growth - 1.0 if lived else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawdown:
    """The deepest fall from a peak, and the present one.

    Attributes:
        deepest_ratio: value at the bottom over the peak before, minus one; 0 when it never fell.
        peak_row, bottom_row: where the deepest one began and ended.
        recovered_row: first row at or above that peak again, or None.
        now_ratio: value now over the highest one so far, minus one.
    """

    deepest_ratio: float
    peak_row: int
    bottom_row: int
    recovered_row: int | None
    now_ratio: float


def drawdown(values: Floats) -> Drawdown:
    """The deepest fall in a series of values (of one unit, or of a return index), shape (n,), n ≥ 1, none below 0.

    Raises:
        SettingInvalid: no values, or one below zero, or a first one of zero.
    """
    series = drawdown_rows(values)
    bottom = int(series.argmin())
    peak = int(np.argmax(values[: bottom + 1]))
    again = np.flatnonzero(values[bottom:] >= values[peak])
    return Drawdown(
        deepest_ratio=float(series[bottom]),
        peak_row=peak,
        bottom_row=bottom,
        recovered_row=bottom + int(again[0]) if again.size else None,
        now_ratio=float(series[-1]),
    )


def drawdown_rows(values: Floats) -> Floats:
    """Value over the highest one so far, minus one, per row, shape (n,)."""
    found = np.asarray(values, np.float64)
    if not found.size or not np.isfinite(found).all() or found.min() < 0.0 or found[0] <= 0.0:
        raise SettingInvalid("A drawdown needs values of zero or more that start above zero.")
    rows: Floats = found / np.maximum.accumulate(found) - 1.0
    return rows


def annualised_ratio(ratio: float, start_ms: int, end_ms: int) -> float | None:
    """A return per year of 365 days from one over some time; None for less than a day or a total loss."""
    days = (end_ms - start_ms) / _DAY_MS
    if days < 1.0 or ratio <= -1.0:
        return None
    log = math.log1p(ratio) * _YEAR_DAYS / days
    return math.expm1(log) if log < math.log(_HIGHEST_RATE) else None


def internal_rate(flows: Iterable[tuple[int, float]]) -> float | None:
    """Internal rate of return per year of money put in (below zero) and got back (above zero, the value now included).

    Args:
        flows: (moment in ms UTC, amount), in any order; amounts of one UTC day count together.

    Returns:
        The yearly rate as a ratio, or None when there is none: all on one day, no money back, or beyond all measure.
    """
    by_day: defaultdict[date, float] = defaultdict(float)
    for ts_ms, amount in flows:
        if not math.isfinite(amount):
            raise SettingInvalid("An amount that is not a number has no rate of return.")
        by_day[datetime.fromtimestamp(ts_ms / 1000, UTC).date()] += amount
    days = sorted(by_day)
    amounts = [by_day[day] for day in days]
    if len(days) < 2 or not min(amounts) < 0.0 < max(amounts):
        return None
    # Imported here: only a report asks for it, and it must not slow the start.
    from pyxirr import xirr

    rate = xirr(days, amounts, silent=True)
    return rate if rate is not None and math.isfinite(rate) and rate < _HIGHEST_RATE else None


def _require_order(moments: Sequence[int]) -> None:
    if any(later < sooner for sooner, later in pairwise(moments)):
        raise SettingInvalid("The values are not in order of time.", hint="Sort them, oldest first.")
