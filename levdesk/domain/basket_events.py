"""When a basket rebalances over a price history: the rows at which its rule acts.

Between events the basket is constant, so each trigger is a fixed level on a fixed series, and the next event is the
first crossing of any of them. Crossings are found over blocks of rows with numpy, not row by row.

With X = S − (funding paid per unit so far) the NAV per unit of underlying is q + sX, where s is the sign and q the
cash. "Leverage at least H" is then S − HsX ≥ Hq, "at most B" is BsX − S ≥ −Bq, "worth nothing" is −sX ≥ q.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from levdesk.domain.basket import TIE_TOLERANCE, BasketRule, EventKind
from levdesk.domain.basket_tape import Floats, Rows, Tape

Level = Callable[[float, float], float]

_BLOCK = 256
_STRETCH = 64 * _BLOCK


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRows:
    """Where the basket was rebalanced.

    Attributes:
        rows: row of each rebalance, strictly rising.
        kinds: the reason of each.
        dead_row: the row at which the basket was worth nothing, or None.
    """

    rows: Rows
    kinds: tuple[EventKind, ...]
    dead_row: int | None = None


class _Series:
    """A scaled price less scaled funding, with the maximum of each block, to find the first value at or above a level.

    Values are made where they are looked at; only the block maxima are kept, made in stretches that fit the cache.
    """

    __slots__ = ("_block_max", "_on_paid", "_paid", "_prices", "_scale")

    def __init__(self, prices: Floats, scale: float, paid: Floats | None = None, on_paid: float = 0.0) -> None:
        self._prices, self._scale, self._paid, self._on_paid = prices, scale, paid, on_paid
        tops = np.empty(-(-len(prices) // _BLOCK))
        for start in range(0, len(prices), _STRETCH):
            values = self._values(start, min(start + _STRETCH, len(prices)))
            whole = len(values) // _BLOCK
            first = start // _BLOCK
            values[: whole * _BLOCK].reshape(-1, _BLOCK).max(axis=1, out=tops[first : first + whole])
            if whole * _BLOCK < len(values):
                tops[first + whole] = values[whole * _BLOCK :].max()
        self._block_max: Floats = tops

    def first_at_least(self, level: float, start: int, stop: int) -> int:
        """The first position in [start, stop) whose value is at least `level`, or `stop`."""
        if start >= stop:
            return stop
        block = start // _BLOCK + 1
        near = self._scan(level, start, min(block * _BLOCK, stop))
        if near is not None:
            return near
        tops = self._block_max[block : -(-stop // _BLOCK)] >= level
        if not tops.size:
            return stop
        ahead = int(tops.argmax())
        if not tops[ahead]:
            return stop
        start = (block + ahead) * _BLOCK
        found = self._scan(level, start, min(start + _BLOCK, stop))
        return stop if found is None else found

    def _scan(self, level: float, start: int, stop: int) -> int | None:
        hits = self._values(start, stop) >= level
        at = int(hits.argmax())
        return start + at if hits[at] else None

    def _values(self, start: int, stop: int) -> Floats:
        values = self._prices[start:stop] * self._scale
        if self._paid is not None:
            values -= self._paid[start:stop] * self._on_paid
        return values


@dataclass(frozen=True, slots=True)
class _Trigger:
    """One way for the rule to act: a series, the level on it for a given basket, and the rows the series covers."""

    kind: EventKind
    series: _Series
    level: Level
    rows: Rows | None = None

    def first(self, cash: float, event_price: float, start: int, stop: int) -> int:
        level = self.level(cash, event_price)
        if self.rows is None:
            return self.series.first_at_least(level, start, stop)
        left, right = np.searchsorted(self.rows, (start, stop))
        at = self.series.first_at_least(level, int(left), int(right))
        return int(self.rows[at]) if at < right else stop


def find_events(tape: Tape, rule: BasketRule, *, leverage: float, event_price: float) -> EventRows:
    """All rebalances of a rule over a tape, for a basket that starts at row 0 with this leverage.

    Args:
        tape: prices, funding, scheduled checks and fees.
        rule: the rule.
        leverage: signed effective leverage at row 0.
        event_price: price of the last event before row 0.
    """
    triggers = _triggers(tape, rule)
    # A rule without any trigger of its own still has "worth nothing".
    if rule.always_acts and triggers[0].kind is EventKind.WIPED_OUT and not len(tape.fee_rows):
        return _certain(tape, rule, leverage)
    return _Search(tape, rule, triggers).run(leverage, event_price)


def _certain(tape: Tape, rule: BasketRule, leverage: float) -> EventRows:
    """The events of a rule that looks at nothing but the clock, without a search."""
    net = tape.prices if tape.paid is None else tape.prices - tape.paid
    starts = np.append(np.zeros(1, np.int64), tape.scheduled)
    targets = np.full(len(starts), abs(rule.target), np.float64)
    targets[0] = abs(leverage)
    cash = tape.prices[starts] / targets - rule.sign * net[starts]
    spans = np.diff(np.append(starts, len(net) - 1))
    worthless = np.repeat(cash, spans) + rule.sign * net[1:] <= 0.0
    if not worthless.any():
        return EventRows(rows=tape.scheduled, kinds=(EventKind.SCHEDULED,) * len(tape.scheduled))
    dead_row = int(worthless.argmax()) + 1
    rows = tape.scheduled[tape.scheduled < dead_row]
    return EventRows(rows=rows, kinds=(EventKind.SCHEDULED,) * len(rows), dead_row=dead_row)


class _Search:
    """Walks from event to event; holds the basket as cash per unit of underlying."""

    __slots__ = ("_paid", "_rule", "_tape", "_triggers")

    def __init__(self, tape: Tape, rule: BasketRule, triggers: list[_Trigger]) -> None:
        self._tape = tape
        self._rule = rule
        self._paid = tape.paid
        self._triggers = triggers

    def run(self, leverage: float, event_price: float) -> EventRows:
        rows: list[int] = []
        kinds: list[EventKind] = []
        always = self._tape.scheduled if self._rule.always_acts else self._tape.scheduled[:0]
        stops, fees = _stops(always, self._tape)
        due = set(always.tolist())
        cash = self._cash(0, leverage)
        at, next_stop, count = 0, 0, len(self._tape.prices)
        while at < count - 1:
            while next_stop < len(stops) and stops[next_stop] <= at:
                next_stop += 1
            last = stops[next_stop] if next_stop < len(stops) else count - 1
            row, kind = self._next(cash, event_price, at + 1, last + 1)
            at = min(row, last)
            worth = cash + self._rule.sign * self._net_price(at)
            if worth <= 0.0 or kind is EventKind.WIPED_OUT:
                return EventRows(rows=np.array(rows, np.int64), kinds=tuple(kinds), dead_row=at)
            if at in due:
                kind = EventKind.SCHEDULED
            if kind is not None:
                rows.append(at)
                kinds.append(kind)
                cash, event_price = self._cash(at, self._rule.target), float(self._tape.prices[at])
            elif at in fees:
                cash -= fees[at] * worth
        return EventRows(rows=np.array(rows, np.int64), kinds=tuple(kinds))

    def _next(self, cash: float, event_price: float, start: int, stop: int) -> tuple[int, EventKind | None]:
        """The first event in [start, stop) and its kind; on one row the trigger listed first wins."""
        best, kind = stop, None
        for trigger in self._triggers:
            row = trigger.first(cash, event_price, start, best)
            if row < best:
                best, kind = row, trigger.kind
        return best, kind

    def _net_price(self, row: int) -> float:
        price = float(self._tape.prices[row])
        return price if self._paid is None else price - float(self._paid[row])

    def _cash(self, row: int, leverage: float) -> float:
        """Cash per unit of underlying of a basket that has this leverage at a row."""
        return float(self._tape.prices[row]) / abs(leverage) - math.copysign(self._net_price(row), leverage)


def _stops(always: Rows, tape: Tape) -> tuple[list[int], dict[int, float]]:
    """Rows at which the search must stop: certain rebalances and fees; and the fees by row."""
    fees = dict(zip(tape.fee_rows.tolist(), tape.fee_ratios.tolist(), strict=True))
    return np.union1d(always, tape.fee_rows).astype(np.int64).tolist(), fees


def _triggers(tape: Tape, rule: BasketRule) -> list[_Trigger]:
    """Every trigger of a rule, the ones that name the event first where several act on one row."""
    found: list[_Trigger] = []
    if not rule.always_acts and len(tape.scheduled):
        checks = Tape(
            prices=tape.prices[tape.scheduled],
            paid=None if tape.paid is None else tape.paid[tape.scheduled],
            scheduled=tape.scheduled,
            fee_rows=tape.fee_rows,
            fee_ratios=tape.fee_ratios,
        )
        make = _Maker(checks, rule.sign, EventKind.SCHEDULED, tape.scheduled)
        found += make.band(rule.scheduled_band)
        if rule.scheduled_move_ratio is not None:
            found += make.move(rule.scheduled_move_ratio * (1.0 + 2.0 * TIE_TOLERANCE), two_sided=True)
    make = _Maker(tape, rule.sign, EventKind.EMERGENCY, None)
    if rule.emergency_leverage is not None:
        found.append(make.at_least(rule.emergency_leverage))
    if rule.emergency_move_ratio is not None:
        found += make.move(rule.emergency_move_ratio * (1.0 - TIE_TOLERANCE), two_sided=rule.emergency_two_sided)
    make = make.named(EventKind.BAND)
    found += make.band(rule.band)
    has_upper_edge = rule.emergency_leverage is not None or (rule.band is not None and math.isfinite(rule.band[1]))
    if not has_upper_edge:  # a basket that runs out of NAV passes every upper edge first
        found.append(make.named(EventKind.WIPED_OUT).worthless())
    return found


class _Maker:
    """Builds triggers on one set of rows, sharing the series that need no funding."""

    __slots__ = ("_kind", "_rows", "_shared", "_sign", "_tape")

    def __init__(
        self, tape: Tape, sign: float, kind: EventKind, rows: Rows | None, shared: dict[float, _Series] | None = None
    ) -> None:
        self._tape = tape
        self._sign = sign
        self._kind = kind
        self._rows = rows
        self._shared: dict[float, _Series] = {} if shared is None else shared

    def named(self, kind: EventKind) -> _Maker:
        """The same rows and series for triggers of another kind."""
        return _Maker(self._tape, self._sign, kind, self._rows, self._shared)

    def band(self, band: tuple[float, float] | None) -> list[_Trigger]:
        if band is None:
            return []
        edges = [self.at_least(band[1])] if math.isfinite(band[1]) else []
        return [*edges, self.at_most(band[0])] if band[0] > 0.0 else edges

    def at_least(self, magnitude: float) -> _Trigger:
        high = magnitude * (1.0 - TIE_TOLERANCE)
        return self._linear(1.0, -high * self._sign, lambda cash, _: high * cash)

    def at_most(self, magnitude: float) -> _Trigger:
        low = magnitude * (1.0 + TIE_TOLERANCE)
        return self._linear(-1.0, low * self._sign, lambda cash, _: -low * cash)

    def worthless(self) -> _Trigger:
        return self._linear(0.0, -self._sign, lambda cash, _: cash)

    def move(self, ratio: float, *, two_sided: bool) -> list[_Trigger]:
        down = self._on_price(-1.0, lambda _, event_price: -event_price * (1.0 - ratio))
        up = self._on_price(1.0, lambda _, event_price: event_price * (1.0 + ratio))
        if two_sided:
            return [down, up]
        return [down if self._sign > 0 else up]

    def _linear(self, on_price: float, on_net: float, level: Level) -> _Trigger:
        """A trigger on on_price·S + on_net·X; without funding X is S and one scaled series serves all."""
        paid = self._tape.paid
        scale = on_price + on_net
        if paid is not None:
            return _Trigger(self._kind, _Series(self._tape.prices, scale, paid, on_net), level, self._rows)
        if scale == 0.0:
            return self._on_price(1.0, lambda cash, price: math.inf if level(cash, price) > 0.0 else 0.0)
        size = abs(scale)
        return self._on_price(math.copysign(1.0, scale), lambda cash, price: level(cash, price) / size)

    def _on_price(self, side: float, level: Level) -> _Trigger:
        if side not in self._shared:
            self._shared[side] = _Series(self._tape.prices, side)
        return _Trigger(self._kind, self._shared[side], level, self._rows)
