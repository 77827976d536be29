"""What a token did under its own dated rules over the known history: one long list of constant baskets.

Stretches under different rules, fees or observations are run one after the other, each from where the last one ended;
a cut that is no rebalance does not end an interval, so the split stays the one on the token's own event grid. Imports
numpy; import late.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

import numpy as np

from levdesk.domain.basket import BasketCosts, BasketRule, BasketState
from levdesk.domain.basket_path import BasketPath, run_basket
from levdesk.domain.basket_tape import Floats, Rows
from levdesk.domain.market import FundingPoint
from levdesk.domain.observed import ObservedRebalance
from levdesk.domain.reconstruct import funding_rows, reconstruct
from levdesk.services.explain_implied import Traded, first_misfit
from levdesk.services.explain_radar import move_since_event
from levdesk.services.explain_rows import LaidRows, TokenPast
from levdesk.services.explain_rules import DatedRules
from levdesk.services.explain_tape import PriceTape, clean_funding

MOST_CUTS: Final = 12
"""Corrections of one stretch at most; a token that needs more does not follow its rule at all."""
QUIET_BEFORE_MS: Final = 3_600_000
"""This long before an observed rebalance the rule is not consulted: it would fire the same one at another minute."""


def read_past(
    tape: PriceTape,
    rules: DatedRules,
    funding: Sequence[FundingPoint] = (),
    observed: Sequence[ObservedRebalance] = (),
    traded: Traded | None = None,
) -> TokenPast | None:
    """Run the token over the tape; None when there is nothing to run over.

    Args:
        tape: of the underlying; it should have a row at each moment of `rules.changes_ms` and of
            `observed_moments(observed)` inside it.
        rules: the token's.
        funding: settlements.
        observed: rebalances seen at the venue; where they reach, the rule is not consulted.
        traded: the token's market price; where it clearly shows another leverage than the rule, it is followed.

    Raises:
        SettingInvalid: a rule that rebalances without end.
    """
    if len(tape) < 2:
        return None
    runner = _Runner(tape, rules, clean_funding(funding), observed, traded)
    firsts = tape.breaks().tolist()
    for first, stop in zip(firsts, [*firsts[1:], len(tape)], strict=True):
        if stop - first > 1:
            runner.run(first, stop)
    return runner.laid.past() if runner.laid.parts else None


def observed_moments(observed: Sequence[ObservedRebalance]) -> Iterator[int]:
    """Moments at which observation begins, sees something, or ends: the tape needs a row at each."""
    for seen in observed:
        yield from (seen.ts_ms - QUIET_BEFORE_MS, seen.ts_ms, seen.until_ms)


class _Runner:
    """Runs unbroken stretches of the tape, part by part."""

    def __init__(
        self,
        tape: PriceTape,
        rules: DatedRules,
        funding: tuple[Rows, Floats],
        observed: Sequence[ObservedRebalance],
        traded: Traded | None,
    ) -> None:
        self.laid = LaidRows()
        self._tape, self._rules, self._funding = tape, rules, funding
        self._seen_ms = np.array(sorted({seen.ts_ms for seen in observed}), np.int64)
        self._watched = [(seen.ts_ms - QUIET_BEFORE_MS, seen.until_ms) for seen in observed]
        self._traded = None if traded is None else traded.outside(self._watched)

    def run(self, first: int, stop: int) -> None:
        """Run rows first … stop − 1; where the token's price contradicts the rule, go back and follow the price."""
        state: BasketState | None = None
        at, after_ms = first, int(self._tape.ts_ms[first])
        for _ in range(MOST_CUTS):
            self._run_on(at, stop, state)
            found = None if self._traded is None else first_misfit(self.laid.since(after_ms), self._traded, after_ms)
            if found is None:
                return
            window_ms, after_ms, ratio = found
            at = max(int(np.searchsorted(self._tape.ts_ms, window_ms, side="right")) - 1, first)
            state = self._corrected(int(self._tape.ts_ms[at]), ratio)
        self._run_on(at, stop, state)

    def _run_on(self, first: int, stop: int, state: BasketState | None) -> None:
        for begin, end, watched in self._cuts(first, stop):
            at = begin
            while at < end:
                state, at = self._run_part(at, end, watched, state)

    def _corrected(self, ts_ms: int, ratio: float) -> BasketState:
        """The basket at a row with the leverage its price shows; what was laid after it is forgotten."""
        self.laid.cut_after(ts_ms)
        last = self.laid.parts[-1]
        nav, price, units = (float(last[name][-1]) for name in ("nav", "prices", "units"))
        rule = self._rules.at(ts_ms)[0]
        leverage = _inside(rule, units * price / nav * ratio)
        last["units"][-1] = leverage * nav / price
        last["cuts"][-1] = True
        since = move_since_event(rule.target, leverage)
        event_price = price if since is None else price / (1.0 + since)
        return BasketState(nav=nav, leverage=leverage, price=price, event_price=event_price)

    def _cuts(self, first: int, stop: int) -> Iterator[tuple[int, int, bool]]:
        """(first row, last row, watched) of each part under one rule and one kind of knowledge."""
        if stop - first < 2:
            return
        ts_ms = self._tape.ts_ms[first:stop]
        watched = np.zeros(len(ts_ms) - 1, np.bool_)
        for begin_ms, end_ms in self._watched:
            watched |= (ts_ms[:-1] >= begin_ms) & (ts_ms[1:] <= end_ms)
        period = np.searchsorted(np.array(self._rules.changes_ms, np.int64), ts_ms[:-1], side="right")
        change = np.flatnonzero((np.diff(watched.astype(np.int64)) != 0) | (np.diff(period) != 0)) + 1
        edges = [0, *change.tolist(), len(ts_ms) - 1]
        for begin, end in pairwise(edges):
            yield first + begin, first + end, bool(watched[begin])

    def _run_part(
        self, begin: int, end: int, watched: bool, state: BasketState | None
    ) -> tuple[BasketState | None, int]:
        """Run rows begin … end; the basket there, and the row reached: an earlier one when it was wiped out."""
        rows = slice(begin, end + 1)
        ts_ms, prices = self._tape.ts_ms[rows], self._tape.prices[rows]
        rule, costs = self._rules.at(int(ts_ms[0]))
        if state is not None and state.leverage * rule.target <= 0.0:
            state = None
        if state is None:
            self.laid.begin()
        path, ts_ms = self._path(ts_ms, prices, rule, costs, watched, state)
        died = self.laid.add(path, ts_ms, watched=watched, first=state is None)
        if died is None:
            return path.end, end
        died_ms = int(ts_ms[died])
        self.laid.wiped_out_ms.append(died_ms)
        return None, int(np.searchsorted(self._tape.ts_ms, died_ms))

    def _path(
        self,
        ts_ms: Rows,
        prices: Floats,
        rule: BasketRule,
        costs: BasketCosts,
        watched: bool,
        state: BasketState | None,
    ) -> tuple[BasketPath, Rows]:
        rates: Floats | float = 0.0
        if not self._rules.funding_inside_at(int(ts_ms[0])) and len(self._funding[0]):
            rates = funding_rows(ts_ms, *self._funding)
        if not watched:
            made = reconstruct(prices, ts_ms, rule, costs=costs, funding_rates=rates, start=state)
            return made.path, made.ts_ms
        seen = np.flatnonzero(np.isin(ts_ms[1:], self._seen_ms)) + 1
        path = run_basket(prices, rule, costs=costs, funding_rates=rates, ts_ms=ts_ms, start=state, observed_rows=seen)
        return path, ts_ms


def _inside(rule: BasketRule, leverage: float) -> float:
    """A leverage moved inside what the rule would leave standing."""
    low, high = 0.3 * abs(rule.target), 3.0 * abs(rule.target)
    if rule.band is not None:
        low, high = max(low, rule.band[0]), min(high, rule.band[1])
    if rule.emergency_leverage is not None:
        high = min(high, rule.emergency_leverage)
    if rule.target > 1.0:
        low = max(low, 1.0)
    margin = 0.02 * (high - low)
    return rule.sign * min(max(abs(leverage), low + margin), high - margin)
