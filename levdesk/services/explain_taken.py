"""What decay and fees have taken over time, from the same split as the sums of today. Imports numpy; import late.

At each moment every lot's result until then is split as if it were explained at that moment: its log terms since the
purchase times the logarithmic mean of its value then and now. So the last point is what the Why page says today.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from levdesk.domain.basket_tape import Floats, Rows
from levdesk.services.explain import Explanation
from levdesk.services.explain_lots import Stay
from levdesk.services.explain_performance import HeldPrices
from levdesk.services.explain_rules import dated_rules
from levdesk.services.explain_terms import DECAY_TERM, FEE_TERMS, PastTerms
from levdesk.services.explained_taken import TakenSeries

MOST_PAIRS: Final = 60_000
"""Lots times moments looked at of one holding."""

_ALIKE: Final = 0.8
"""An end within this share of the exact figure differs by rounding and by what the market paid at a transfer."""

_SAME_MOMENT_MS: Final = 600_000
_DAY_MS: Final = 86_400_000
_STRETCHES: Final = ((None, 160), (7 * _DAY_MS, 56), (_DAY_MS, 48))
"""How far back, and how many steps over it: what happened lately is looked at more closely."""


def taken_over_time(explanations: Sequence[Explanation], now_ms: int) -> TakenSeries | None:
    """The sum over holdings; None when none of them can be told."""
    told = [one for one in explanations if one.attributed is not None and one.past is not None]
    firsts = [one.held.steps[0].ts_ms for one in told if one.held.steps]
    if not firsts:
        return None
    moments = _moments(min(firsts), now_ms)
    decay, fees = np.zeros(len(moments)), np.zeros(len(moments))
    partial = len(told) < len(explanations)
    for one in told:
        own_decay, own_fees, known = _taken_of(one, moments)
        decay, fees = decay + own_decay, fees + own_fees
        partial = partial or not known
    return TakenSeries(times_s=moments / 1000.0, decay=decay, fees=fees, partial=partial)


def _moments(first_ms: int, now_ms: int) -> Rows:
    """From the first purchase to now, closer together towards the end."""
    found = [np.array([first_ms, max(now_ms, first_ms)], np.int64)]
    for back_ms, count in _STRETCHES:
        start_ms = first_ms if back_ms is None else max(first_ms, now_ms - back_ms)
        found.append(np.linspace(start_ms, max(now_ms, start_ms), count).astype(np.int64))
    return np.unique(np.concatenate(found))


def _taken_of(one: Explanation, moments: Rows) -> tuple[Floats, Floats, bool]:
    """Decay and fees of one holding at each moment, and whether all of its time is known."""
    rules = dated_rules(one.token)
    assert one.attributed is not None
    assert one.past is not None
    decay, fees = np.zeros(len(moments)), _dealing_fees(one.held, moments)
    if rules is None:
        return decay, fees, False
    pairs = zip(one.attributed.stays, one.attributed.split, strict=True)
    stays = [(stay, split) for stay, split in pairs if stay.start_value > 0]
    if len(stays) * len(moments) > MOST_PAIRS:  # a trader's many lots: fewer moments, the rest in between
        step = -(-len(stays) * len(moments) // MOST_PAIRS)
        chosen = np.unique(np.append(np.arange(0, len(moments), step), len(moments) - 1))
        coarse_decay, coarse_fees, known = _taken_of(one, moments[chosen])
        line = [np.interp(moments, moments[chosen], found) for found in (coarse_decay, coarse_fees)]
        return line[0], line[1], known
    terms = PastTerms(one.past, rules)
    for stay, split in stays:
        at = _Stay(stay, one.held, moments)
        logs = terms.logs_between(at.start_ms, at.ends_ms)
        costs = split.management_fee + split.funding + split.rebalance_cost
        decay -= _ending_at(at.factor * logs[:, DECAY_TERM], float(split.volatility_decay))
        fees -= _ending_at(at.factor * logs[:, FEE_TERMS].sum(axis=1), float(costs))
    return decay, fees, one.attributed.unknown_ms <= _SAME_MOMENT_MS


class _Stay:
    """One lot at each moment: until when it is looked at, and the money a log point of it comes to."""

    def __init__(self, stay: Stay, held: HeldPrices, moments: Rows) -> None:
        self.start_ms = stay.came.ts_ms
        left_ms = held.now_ms if stay.left is None else stay.left.ts_ms
        self.ends_ms = np.clip(moments, self.start_ms, max(left_ms, self.start_ms))
        ends = np.array([self.start_ms, max(left_ms, self.start_ms)], np.int64)
        first, last = held.line.at(ends).tolist()
        if stay.came.brought:  # at a cost of their own; the market's price is the one before it
            market = held.line.at(ends[:1] - 1).item()
            first = first if np.isnan(market) else market
        end_value = float(stay.end_value)
        # Anchored at its end, where the value is exact; a lot that ended at nothing is anchored at its start.
        unit = end_value / last if end_value > 0.0 and last > 0.0 else float(stay.start_value) / first
        values = unit * held.line.at(self.ends_ms)
        self.factor = np.where(moments >= self.start_ms, _log_mean(unit * first, values), 0.0)


def _ending_at(line: Floats, exact: float) -> Floats:
    """The line, stretched by the little that makes its end the exact figure; where the two are strangers, as it is."""
    last = float(line[-1])
    ratio = exact / last if last else 0.0
    return line * ratio if _ALIKE < ratio < 1.0 / _ALIKE else line


def _log_mean(start: float, values: Floats) -> Floats:
    """(V − V₀) / ln(V / V₀), and V₀ where nothing moved; NaN where a value is not known."""
    with np.errstate(divide="ignore", invalid="ignore"):
        change = np.log(values / start)
        mean: Floats = np.where(np.abs(change) < 1e-9, start, (values - start) / change)
    return mean


def _dealing_fees(held: HeldPrices, moments: Rows) -> Floats:
    """Trading fees paid until each moment."""
    times = np.array([step.ts_ms for step in held.steps], np.int64)
    paid = np.append(0.0, np.cumsum([step.fee for step in held.steps]))
    found: Floats = paid[np.searchsorted(times, moments, side="right")]
    return found
