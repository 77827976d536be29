"""Log terms of a token between any two moments of its past, for many pairs of moments at once.

The same identity as `domain.attribution`, on the same grid: a purchase or sale inside an interval cuts it at its live
leverage. Whole intervals come from running sums, so a pair costs the same however long it is. Imports numpy; import
late.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from levdesk.domain.attribution import Terms
from levdesk.domain.basket_tape import Floats, Rows
from levdesk.services.explain_rows import TokenPast
from levdesk.services.explain_rules import DatedRules

_MOVE, _DRIFT, _DECAY, _FUNDING, _FEE, _COST = range(6)

DECAY_TERM = _DECAY
FEE_TERMS = [_FUNDING, _FEE, _COST]
"""Columns of `PastTerms.logs_between`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Between:
    """What happened to a token between two moments.

    Attributes:
        terms: modelled log terms; what lies where no history is known has its management fee only.
        rebalances, observed: counted after the first moment, up to the second.
        underlying_log: log move of the underlying between the two moments, None where its price is not known at both.
        unknown_ms: time between them of which there is no history.
    """

    terms: Terms
    rebalances: int
    observed: int
    underlying_log: float | None
    unknown_ms: int


class PastTerms:
    """Answers for one past; made once, asked often."""

    def __init__(self, past: TokenPast, rules: DatedRules) -> None:
        """Add up every whole interval of `past`; `rules` tell the fees where there is no history."""
        self._past, self._rules = past, rules
        last = len(past) - 1
        new_stretch = np.diff(past.stretch) != 0
        opens = past.events | past.cuts
        opens[1:] |= new_stretch | (np.diff(past.target) != 0.0)
        opens[0] = True
        closes_stretch = np.append(np.flatnonzero(new_stretch), last)
        starts = np.flatnonzero(opens)
        # An event on the last row of a stretch opens nothing.
        self._starts: Rows = starts[~np.isin(starts, closes_stretch)]
        following = np.append(self._starts[1:], last)
        stretch_ends = closes_stretch[np.searchsorted(closes_stretch, self._starts)]
        self._ends: Rows = np.minimum(following, stretch_ends)
        self._sums = _running(self._pieces(self._starts, self._ends))
        self._holes = _running(self._hole_terms(closes_stretch[:-1]))
        self._unknown_ms = np.append(0, np.cumsum(np.diff(past.ts_ms)[closes_stretch[:-1]]))
        self._stretch_number: Rows = np.append(0, np.cumsum(new_stretch)).astype(np.int64)
        self._target_changes = np.append(0, np.cumsum(np.diff(past.target) != 0.0))
        self._event_count = np.cumsum(past.events)
        self._seen_count = np.cumsum(past.observed)

    def between(self, pairs: Sequence[tuple[int, int]]) -> list[Between]:
        """What happened between each pair of moments (ms UTC, the first not after the second)."""
        if not pairs:
            return []
        past = self._past
        moments = np.array(pairs, np.int64)
        first = self._first_rows(moments[:, 0])
        final = np.searchsorted(past.ts_ms, moments[:, 1], side="right") - 1
        inside = (first < len(past)) & (final >= 0) & (first <= final)
        terms = np.zeros((len(pairs), 6))
        terms[inside] = self._known_terms(first[inside], final[inside])
        return [
            self._told(pair, terms[place], (int(first[place]), int(final[place])) if inside[place] else None)
            for place, pair in enumerate(pairs)
        ]

    def logs_between(self, start_ms: int, ends_ms: Rows) -> Floats:
        """Modelled log terms from one moment to many, shape (k, 6); NaN where there is no history in between.

        Fees of time before the first and after the last known price are left out, as is all that happened then.
        """
        past = self._past
        first = self._first_rows(np.full(len(ends_ms), start_ms, np.int64))
        final = np.searchsorted(past.ts_ms, ends_ms, side="right") - 1
        inside = (first < len(past)) & (final >= 0) & (first <= final)
        found = np.full((len(ends_ms), 6), np.nan)
        found[ends_ms <= start_ms] = 0.0
        found[inside] = self._known_terms(first[inside], final[inside])
        return found

    def _first_rows(self, starts_ms: Rows) -> Rows:
        """The row of each moment, or, where it has none, the next row there is."""
        rows = np.searchsorted(self._past.ts_ms, starts_ms, side="right") - 1
        known = (rows >= 0) & (self._past.ts_ms[np.maximum(rows, 0)] == starts_ms)
        return np.where(known, rows, rows + 1)

    def _told(self, pair: tuple[int, int], found: Floats, rows: tuple[int, int] | None) -> Between:
        start_ms, end_ms = pair
        if rows is None:
            fee = self._rules.fee_log(start_ms, end_ms)
            terms = Terms(management_fee=fee)
            return Between(terms=terms, rebalances=0, observed=0, underlying_log=None, unknown_ms=end_ms - start_ms)
        first, final = rows
        past = self._past
        before_ms, after_ms = int(past.ts_ms[first]) - start_ms, end_ms - int(past.ts_ms[final])
        fee = float(found[_FEE])
        if before_ms or after_ms:
            fee += self._rules.fee_log(start_ms, start_ms + before_ms) + self._rules.fee_log(end_ms - after_ms, end_ms)
        holes = self._stretch_number[final], self._stretch_number[first]
        unknown_ms = int(self._unknown_ms[holes[0]] - self._unknown_ms[holes[1]])
        log = float(np.log(past.prices[final] / past.prices[first]))
        steady = self._target_changes[final] == self._target_changes[first]
        return Between(
            terms=Terms(
                # Under one target the moves telescope; from the ends, a flat underlying gives exactly 0.
                leveraged_move=float(past.target[first]) * log if steady else float(found[_MOVE]),
                leverage_drift=float(found[_DRIFT]),
                volatility_decay=float(found[_DECAY]),
                funding=float(found[_FUNDING]),
                management_fee=fee,
                rebalance_cost=float(found[_COST]),
            ),
            rebalances=int(self._event_count[final] - self._event_count[first]),
            observed=int(self._seen_count[final] - self._seen_count[first]),
            underlying_log=None if before_ms or after_ms else log,
            unknown_ms=unknown_ms + before_ms + after_ms,
        )

    def _known_terms(self, first: Rows, final: Rows) -> Floats:
        """Terms between rows, shape (k, 6)."""
        at = np.maximum(np.searchsorted(self._starts, first, side="right") - 1, 0)
        to = np.minimum(np.searchsorted(self._ends, final), len(self._ends) - 1)
        one = (at >= to) | (first == final)
        ends = np.where(one, final, self._ends[at])
        whole = self._sums[to] - self._sums[np.minimum(at + 1, len(self._starts))]
        parts = self._pieces(first, ends)
        tail = self._pieces(self._starts[to], final)
        holes = self._holes[self._stretch_number[final]] - self._holes[self._stretch_number[first]]
        found: Floats = parts + np.where(one[:, None], 0.0, whole + tail) + holes
        return found

    def _pieces(self, first: Rows, final: Rows) -> Floats:
        """Terms of parts of single intervals, shape (k, 6); nothing for a part without rows."""
        past = self._past
        nav, held = past.nav[first], past.units[first] * past.prices[first]
        target, moves = past.target[first], past.prices[final] / past.prices[first]
        leverage = held / nav
        gross = 1.0 + leverage * (moves - 1.0)
        funding = (past.funding[final] - past.funding[first]) / nav
        fee = (past.fees[final] - past.fees[first]) / nav
        left = gross - funding - fee
        real = (final > first) & (gross > 0.0) & (gross - funding > 0.0) & (left > 0.0)
        trade = np.where(past.events[final], past.nav[final] / nav / np.where(real, left, 1.0), 1.0)
        columns: list[NDArray[np.float64]] = []
        safe_gross, safe_paid = np.where(real, gross, 1.0), np.where(real, gross - funding, 1.0)
        log_moves = np.log(moves)
        columns.append(target * log_moves)
        columns.append((leverage - target) * log_moves)
        columns.append(np.log(safe_gross) - leverage * log_moves)
        columns.append(np.log(safe_paid / safe_gross))
        columns.append(np.log(np.where(real, left, 1.0) / safe_paid))
        columns.append(np.log(np.where(real, trade, 1.0)))
        found: Floats = np.where(real[:, None], np.column_stack(columns), 0.0)
        return found

    def _hole_terms(self, rows: Rows) -> Floats:
        """What is known across each hole that begins after a row: the move at the target, and the fee."""
        past = self._past
        found: Floats = np.zeros((len(rows), 6))
        found[:, _MOVE] = past.target[rows] * np.log(past.prices[rows + 1] / past.prices[rows])
        for place, row in enumerate(rows.tolist()):
            found[place, _FEE] = self._rules.fee_log(int(past.ts_ms[row]), int(past.ts_ms[row + 1]))
        return found


def _running(terms: Floats) -> Floats:
    """Sums of the first 0, 1, 2 … rows."""
    sums: Floats = np.vstack([np.zeros((1, terms.shape[1])), np.cumsum(terms, axis=0)])
    return sums
