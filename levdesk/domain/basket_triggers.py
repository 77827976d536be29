"""The triggers of a rule as levels on series: where each is crossed first, found over blocks of rows with numpy.

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
class Trigger:
    """One way for the rule to act: a series, the level on it for a given basket, and the rows the series covers."""

    kind: EventKind
    series: _Series
    level: Level
    rows: Rows | None = None

    def first(self, cash: float, event_price: float, start: int, stop: int) -> int:
        """The first row in [start, stop) at which it acts for a basket with that cash and last event, or `stop`."""
        level = self.level(cash, event_price)
        if self.rows is None:
            return self.series.first_at_least(level, start, stop)
        left, right = np.searchsorted(self.rows, (start, stop))
        at = self.series.first_at_least(level, int(left), int(right))
        return int(self.rows[at]) if at < right else stop


def rule_triggers(tape: Tape, rule: BasketRule) -> list[Trigger]:
    """Every trigger of a rule, the ones that name the event first where several act on one row."""
    found: list[Trigger] = []
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

    def band(self, band: tuple[float, float] | None) -> list[Trigger]:
        if band is None:
            return []
        edges = [self.at_least(band[1])] if math.isfinite(band[1]) else []
        return [*edges, self.at_most(band[0])] if band[0] > 0.0 else edges

    def at_least(self, magnitude: float) -> Trigger:
        high = magnitude * (1.0 - TIE_TOLERANCE)
        return self._linear(1.0, -high * self._sign, lambda cash, _: high * cash)

    def at_most(self, magnitude: float) -> Trigger:
        low = magnitude * (1.0 + TIE_TOLERANCE)
        return self._linear(-1.0, low * self._sign, lambda cash, _: -low * cash)

    def worthless(self) -> Trigger:
        return self._linear(0.0, -self._sign, lambda cash, _: cash)

    def move(self, ratio: float, *, two_sided: bool) -> list[Trigger]:
        down = self._on_price(-1.0, lambda _, event_price: -event_price * (1.0 - ratio))
        up = self._on_price(1.0, lambda _, event_price: event_price * (1.0 + ratio))
        if two_sided:
            return [down, up]
        return [down if self._sign > 0 else up]

    def _linear(self, on_price: float, on_net: float, level: Level) -> Trigger:
        """A trigger on on_price·S + on_net·X; without funding X is S and one scaled series serves all."""
        paid = self._tape.paid
        scale = on_price + on_net
        if paid is not None:
            return Trigger(self._kind, _Series(self._tape.prices, scale, paid, on_net), level, self._rows)
        if scale == 0.0:
            return self._on_price(1.0, lambda cash, price: math.inf if level(cash, price) > 0.0 else 0.0)
        size = abs(scale)
        return self._on_price(math.copysign(1.0, scale), lambda cash, price: level(cash, price) / size)

    def _on_price(self, side: float, level: Level) -> Trigger:
        if side not in self._shared:
            self._shared[side] = _Series(self._tape.prices, side)
        return Trigger(self._kind, self._shared[side], level, self._rows)
