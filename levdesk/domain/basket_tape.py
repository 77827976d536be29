"""The tape a basket runs over: prices, funding paid so far, and the rows at which a clock does something."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from levdesk.domain.basket import BasketCosts, BasketRule
from levdesk.domain.errors import SettingInvalid

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]

_DAY_MS = 86_400_000
_NO_ROWS = np.zeros(0, np.int64)
_NO_FLOATS = np.zeros(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tape:
    """What the search reads.

    Attributes:
        prices: underlying price per row, shape (n,).
        paid: funding per unit of underlying paid up to each row, shape (n,), or None when there is none.
        scheduled: rows with a scheduled check, rising.
        fee_rows: rows at which a fee with its own clock is charged, rising.
        fee_ratios: what each of them takes, a ratio of NAV.
    """

    prices: Floats
    paid: Floats | None
    scheduled: Rows
    fee_rows: Rows
    fee_ratios: Floats


def checked_prices(prices: Floats) -> Floats:
    """The prices as a float64 array, or SettingInvalid that names the first row that is not above zero."""
    found = np.ascontiguousarray(prices, np.float64)
    if found.ndim != 1 or not found.size:
        raise SettingInvalid("There are no prices.", hint="Give at least one row.")
    lowest, highest = float(found.min()), float(found.max())
    if not (lowest > 0.0 and math.isfinite(highest)):
        row = int(np.argmin((found > 0.0) & np.isfinite(found)))
        raise SettingInvalid(f"The price {found[row]!r} in row {row} is not above zero.", hint="Correct that row.")
    return found


def clock_crossings(ts_ms: Rows, utc_s: int) -> Rows:
    """How many times the clock passed a second of the UTC day since the row before, per row, shape (n,); row 0 is 0.

    Args:
        ts_ms: moments of the rows, not falling, n ≥ 1.
        utc_s: second of the UTC day; a row at that very second has passed it.
    """
    offset = utc_s * 1000
    first, last = ((int(moment) - offset) // _DAY_MS for moment in (ts_ms[0], ts_ms[-1]))
    passed = np.arange(first + 1, last + 1, dtype=np.int64) * _DAY_MS + offset
    # A search per day instead of a division per row.
    return np.bincount(np.searchsorted(ts_ms, passed), minlength=len(ts_ms)).astype(np.int64, copy=False)


def make_tape(
    prices: Floats, rule: BasketRule, costs: BasketCosts, funding_rates: Floats | float, ts_ms: Rows | None
) -> Tape:
    """Check what a path needs and lay it out: arguments and errors as in `basket_path.run_basket`."""
    prices = checked_prices(prices)
    count = len(prices)
    if costs.cost_ratio * abs(rule.target) >= 1.0:
        raise SettingInvalid("A rebalance at that cost and leverage would eat the whole NAV.")
    if ts_ms is None and (rule.clock_utc_s is not None or costs.fee_utc_s is not None):
        raise SettingInvalid("A rule or fee with a clock needs the time of each price.")
    scheduled, fee_rows = _NO_ROWS, _NO_ROWS
    fee_ratios: Floats = _NO_FLOATS
    if rule.every_rows is not None:
        scheduled = np.arange(rule.every_rows, count, rule.every_rows, dtype=np.int64)
    if ts_ms is not None:
        ts_ms = np.asarray(ts_ms, np.int64)
        if len(ts_ms) != count or np.any(np.diff(ts_ms) <= 0):
            raise SettingInvalid("The times of the prices do not rise.", hint="Sort the rows and remove doubles.")
        if rule.clock_utc_s is not None:
            scheduled = np.union1d(scheduled, np.flatnonzero(clock_crossings(ts_ms, rule.clock_utc_s)))
        if costs.fee_utc_s is not None and costs.fee_ratio > 0.0:
            charges = clock_crossings(ts_ms, costs.fee_utc_s)
            fee_rows = np.flatnonzero(charges)
            fee_ratios = np.asarray(1.0 - (1.0 - costs.fee_ratio) ** charges[fee_rows], np.float64)
    return Tape(
        prices=prices,
        paid=_paid(prices, funding_rates),
        scheduled=scheduled.astype(np.int64),
        fee_rows=fee_rows,
        fee_ratios=fee_ratios,
    )


def _paid(prices: Floats, funding_rates: Floats | float) -> Floats | None:
    rates = np.asarray(funding_rates, np.float64)
    if rates.ndim and rates.shape != prices.shape:
        raise SettingInvalid(f"There are {rates.size} funding rates for {prices.size} prices.")
    if not -1.0 < rates.min() <= rates.max() < 1.0:
        raise SettingInvalid("A funding rate is not a ratio of notional.", hint="0.0001 means 0.01 %.")
    settlements = np.count_nonzero(rates)
    if not settlements:
        return None
    if rates.ndim and settlements < len(prices) // 8:
        # Funding settles every few hours: between settlements the sum is flat.
        rows = np.flatnonzero(rates[1:]) + 1
        sums = np.cumsum(prices[rows] * rates[rows])
        return np.repeat(np.append(0.0, sums), np.diff(rows, prepend=0, append=len(prices)))
    due: Floats = prices * rates
    due[0] = 0.0
    return np.cumsum(due, out=due)
