"""Where a token's own price shows another leverage than its rule: found by regression, window by window.

A rebuilt past can be out of step with the real one: the leverage at its start is not known, a crash trades at other
prices than the edge, a rule is assumed. Between rebalances the token's return is leverage times its underlying's, so
the slope of its returns on the model's tells by how much the model's leverage is off. Imports numpy; import late.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from levdesk.domain.basket_tape import Floats, Rows
from levdesk.services.explain_input import CandleSeries
from levdesk.services.explain_tape import clean_bars

WINDOW_MS: Final = 2 * 86_400_000
_FEWEST: Final = 24
_SURE: Final = 4.0
"""Standard errors by which a slope must be off before the price is believed more than the rule."""
_SMALLEST: Final = 0.04
_LARGEST_GAP: Final = 0.25
_LONGEST_STEP_MS: Final = 2 * 3_600_000


@dataclass(frozen=True, slots=True, eq=False)
class Traded:
    """A token's market price at the ends of its bars, rising in time, shape (n,)."""

    ts_ms: Rows
    prices: Floats

    def outside(self, spans_ms: Sequence[tuple[int, int]]) -> Traded:
        """The prices that lie in none of some stretches."""
        keep = np.ones(len(self.ts_ms), np.bool_)
        for begin_ms, end_ms in spans_ms:
            keep &= (self.ts_ms < begin_ms) | (self.ts_ms > end_ms)
        return Traded(self.ts_ms[keep], self.prices[keep])


def traded_prices(series: Sequence[CandleSeries]) -> Traded | None:
    """Closes of the shortest bars that reach back far enough to say something; None without any."""
    for one in sorted(series, key=lambda one: one.interval_s):
        cleaned = clean_bars(one.candles)
        if cleaned is not None and one.interval_s * 1000 <= _LONGEST_STEP_MS:
            return Traded(cleaned[1] + one.interval_s * 1000, cleaned[0].close)
    return None


def first_misfit(rows: tuple[Rows, Floats, Rows], traded: Traded, after_ms: int) -> tuple[int, int, float] | None:
    """The first window in which the price moved by another multiple than the model: first and last moment, ratio.

    Windows end where the model rebalances, so that one leverage holds in each.

    Args:
        rows: moments, NAV and number of the basket of each row of the model.
        traded: the market price.
        after_ms: what lies before is not looked at.
    """
    ts_ms, nav, basket = rows
    at = np.searchsorted(ts_ms, traded.ts_ms, side="right") - 1
    known = (at >= 0) & (traded.ts_ms >= after_ms)
    known &= traded.ts_ms - ts_ms[np.maximum(at, 0)] <= _LONGEST_STEP_MS
    moments, at, prices = traded.ts_ms[known], at[known], traded.prices[known]
    if len(at) <= _FEWEST:
        return None
    real, model = np.diff(np.log(prices)), np.diff(np.log(nav[at]))
    # A rebalance in between mixes two leverages; a merge, or a bar gone wrong, is no return.
    good = (np.diff(moments) <= _LONGEST_STEP_MS) & (np.diff(basket[at]) == 0) & (np.abs(real - model) < _LARGEST_GAP)
    begins, ends, real, model = moments[:-1][good], moments[1:][good], real[good], model[good]
    if not len(real):
        return None
    window = _windows(begins, basket[at][:-1][good])
    count, squares = np.bincount(window), np.bincount(window, model * model)
    enough = (count >= _FEWEST) & (squares > 0.0)
    safe = np.where(enough, squares, 1.0)
    slope = np.bincount(window, real * model) / safe
    misfit = np.bincount(window, (real - slope[window] * model) ** 2)
    error = np.sqrt(misfit / np.maximum(count - 1, 1) / safe)
    off = enough & (np.abs(slope - 1.0) > np.maximum(_SURE * error, _SMALLEST)) & (slope > 0.0)
    if not off.any():
        return None
    first = int(off.argmax())
    inside = np.flatnonzero(window == first)
    return int(begins[inside[0]]), int(ends[inside[-1]]), float(slope[first])


def _windows(begins_ms: Rows, basket: Rows) -> Rows:
    """Number of the window each return belongs to: new with each basket, and after `WINDOW_MS` within one."""
    opens = np.diff(basket, prepend=basket[0] - 1) != 0
    opened_ms = begins_ms[np.flatnonzero(opens)][np.cumsum(opens) - 1]
    part = (begins_ms - opened_ms) // WINDOW_MS
    found: Rows = np.cumsum(opens | (np.diff(part, prepend=0) != 0)) - 1
    return found
