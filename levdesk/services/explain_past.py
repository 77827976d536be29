"""What a token did under its own dated rules over the known history: one long list of constant baskets.

Stretches under different rules, fees or observations are run one after the other, each from where the last one ended;
a cut that is no rebalance does not end an interval, so the split stays the one on the token's own event grid. Imports
numpy; import late.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from levdesk.domain.basket import BasketCosts, BasketRule, BasketState
from levdesk.domain.basket_path import BasketPath, run_basket
from levdesk.domain.basket_tape import Floats, Rows
from levdesk.domain.market import FundingPoint
from levdesk.domain.reconstruct import funding_rows, reconstruct
from levdesk.services.explain_input import ObservedRebalance
from levdesk.services.explain_rules import DatedRules
from levdesk.services.explain_tape import PriceTape, clean_funding

Flags = NDArray[np.bool_]

QUIET_BEFORE_MS: Final = 3_600_000
"""This long before an observed rebalance the rule is not consulted: it would fire the same one at another minute."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TokenPast:
    """A token's rows, per unit that was worth 1 at the start of each unbroken stretch.

    All arrays have shape (n,); rows at one moment stand in the order in which things happened.

    Attributes:
        ts_ms, prices: of the underlying; triggers between two known prices have rows of their own.
        nav: after whatever happened at the row.
        units: of the underlying held after it, signed.
        funding, fees: money taken so far, since the start of all rows.
        target: signed leverage aimed at from the row on.
        events: rows at which the basket was traded back to its target.
        observed: those of them that were seen at the venue.
        kinds: reason of each event row, by row.
        stretch: number of the unbroken stretch the row belongs to.
        wiped_out_ms: moments at which the rule would have lost everything; the history goes on with a new basket.
    """

    ts_ms: Rows
    prices: Floats
    nav: Floats
    units: Floats
    funding: Floats
    fees: Floats
    target: Floats
    events: Flags
    observed: Flags
    kinds: dict[int, str]
    stretch: Rows
    wiped_out_ms: tuple[int, ...] = ()

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.ts_ms)

    def row_at(self, ts_ms: int) -> int | None:
        """The last row of a moment that has one; None for any other moment."""
        row = int(np.searchsorted(self.ts_ms, ts_ms, side="right")) - 1
        return row if row >= 0 and self.ts_ms[row] == ts_ms else None

    def row_before(self, ts_ms: int, longest_ms: int) -> int | None:
        """The last row at or before a moment, None when it is older than the longest gap."""
        row = int(np.searchsorted(self.ts_ms, ts_ms, side="right")) - 1
        return row if row >= 0 and ts_ms - self.ts_ms[row] <= longest_ms else None

    def leverage_before(self, row: int) -> float | None:
        """Signed effective leverage right before whatever happened at a row; None at the start of a stretch."""
        if row == 0 or self.stretch[row] != self.stretch[row - 1]:
            return None
        taken = self.funding[row] - self.funding[row - 1] + self.fees[row] - self.fees[row - 1]
        nav = self.nav[row - 1] + self.units[row - 1] * (self.prices[row] - self.prices[row - 1]) - taken
        return float(self.units[row - 1] * self.prices[row] / nav) if nav > 0.0 else None


def read_past(
    tape: PriceTape, rules: DatedRules, funding: Sequence[FundingPoint], observed: Sequence[ObservedRebalance]
) -> TokenPast | None:
    """Run the token over the tape; None when there is nothing to run over.

    The tape should have a row at each moment of `rules.changes_ms` and of `observed_moments(observed)` inside it.
    """
    if len(tape) < 2:
        return None
    settled_ms, rates = clean_funding(funding)
    laid = _Laid()
    firsts = tape.breaks().tolist()
    for first, stop in zip(firsts, [*firsts[1:], len(tape)], strict=True):
        if stop - first > 1:
            runner = _Runner(tape, rules, settled_ms, rates, observed, laid)
            runner.run(first, stop)
    return laid.past() if laid.parts else None


def observed_moments(observed: Sequence[ObservedRebalance]) -> Iterator[int]:
    """Moments at which observation begins, sees something, or ends: the tape needs a row at each."""
    for seen in observed:
        yield from (seen.ts_ms - QUIET_BEFORE_MS, seen.ts_ms, seen.until_ms)


@dataclass(slots=True)
class _Laid:
    """The rows so far."""

    parts: list[dict[str, NDArray[Any]]] = field(default_factory=list)
    kinds: dict[int, str] = field(default_factory=dict)
    wiped_out_ms: list[int] = field(default_factory=list)
    count: int = 0
    stretches: int = 0

    def begin(self) -> None:
        """What follows does not continue what is there."""
        self.stretches += 1

    def add(self, path: BasketPath, ts_ms: Rows, *, watched: bool, first: bool) -> None:
        """Append a path; its row 0 is already there unless it is the first of a stretch."""
        start, stop = 0 if first else 1, len(path.prices) if path.dead_row is None else path.dead_row
        if start == stop:
            return
        rows = _rows_of(path)
        rows["ts_ms"] = ts_ms
        rows["observed"] = rows["events"] if watched else np.zeros(len(ts_ms), np.bool_)
        rows["stretch"] = np.full(len(ts_ms), self.stretches)
        if not first:
            # The basket that goes on aims at the new target from here.
            self.parts[-1]["target"][-1] = path.target
        for row, kind in zip(path.event_rows.tolist(), path.event_kinds, strict=True):
            if start <= row < stop:
                self.kinds[self.count + row - start] = kind.value
        self.parts.append({name: column[start:stop].copy() for name, column in rows.items()})
        self.count += stop - start

    def past(self) -> TokenPast:
        """All rows in one piece."""
        joined = {name: np.concatenate([part[name] for part in self.parts]) for name in self.parts[0]}
        return TokenPast(
            ts_ms=joined["ts_ms"],
            prices=joined["prices"],
            nav=joined["nav"],
            units=joined["units"],
            funding=np.cumsum(joined["funding"]),
            fees=np.cumsum(joined["fees"]),
            target=joined["target"],
            events=joined["events"],
            observed=joined["observed"],
            kinds=self.kinds,
            stretch=joined["stretch"],
            wiped_out_ms=tuple(self.wiped_out_ms),
        )


def _rows_of(path: BasketPath) -> dict[str, NDArray[Any]]:
    """A basket path row by row: what is held, and what each row took."""
    made, count = path.intervals, len(path.prices)
    spans = np.diff(np.append(made.start_rows, count))
    opened = np.repeat(made.start_nav, spans)
    units = np.repeat(made.start_nav * made.leverage / path.prices[made.start_rows], spans)
    units[-1] = path.end.leverage * path.end.nav / path.prices[-1]
    funding, fees = np.zeros(count), np.zeros(count)
    if path.paid is not None:
        funding[1:] = units[:-1] * np.diff(path.paid)
    if path.fees is not None:
        fees[1:] = opened[:-1] * np.diff(path.fees)
    events = np.zeros(count, np.bool_)
    events[path.event_rows] = True
    target = np.full(count, path.target)
    columns = {"prices": path.prices, "nav": path.nav_rows(), "units": units, "funding": funding, "fees": fees}
    return {**columns, "events": events, "target": target}


class _Runner:
    """Runs one unbroken stretch of the tape, part by part."""

    def __init__(
        self,
        tape: PriceTape,
        rules: DatedRules,
        settled_ms: Rows,
        rates: Floats,
        observed: Sequence[ObservedRebalance],
        laid: _Laid,
    ) -> None:
        self._tape, self._rules, self._laid = tape, rules, laid
        self._settled_ms, self._rates = settled_ms, rates
        self._seen_ms = np.array(sorted({seen.ts_ms for seen in observed}), np.int64)
        self._watched = [(seen.ts_ms - QUIET_BEFORE_MS, seen.until_ms) for seen in observed]

    def run(self, first: int, stop: int) -> None:
        """Run rows first … stop − 1."""
        state: BasketState | None = None
        for begin, end, watched in self._cuts(first, stop):
            at = begin
            while at < end:
                state, at = self._run_part(at, end, watched, state)

    def _cuts(self, first: int, stop: int) -> Iterator[tuple[int, int, bool]]:
        """(first row, last row, watched) of each part under one rule and one kind of knowledge."""
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
            self._laid.begin()
        path, ts_ms = self._path(ts_ms, prices, rule, costs, watched, state)
        self._laid.add(path, ts_ms, watched=watched, first=state is None)
        if path.dead_row is None:
            return path.end, end
        died_ms = int(ts_ms[path.dead_row])
        self._laid.wiped_out_ms.append(died_ms)
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
        if not self._rules.funding_inside_at(int(ts_ms[0])) and len(self._settled_ms):
            rates = funding_rows(ts_ms, self._settled_ms, self._rates)
        if not watched:
            made = reconstruct(prices, ts_ms, rule, costs=costs, funding_rates=rates, start=state)
            return made.path, made.ts_ms
        seen = np.flatnonzero(np.isin(ts_ms[1:], self._seen_ms)) + 1
        path = run_basket(prices, rule, costs=costs, funding_rates=rates, ts_ms=ts_ms, start=state, observed_rows=seen)
        return path, ts_ms
