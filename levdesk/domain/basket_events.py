"""When a basket rebalances over a price history: the rows, or prices between rows, at which its rule acts.

Between events the basket is constant, so each trigger is a fixed level on a fixed series, and the next event is the
first crossing of any of them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from levdesk.domain.basket import BasketRule, EventKind
from levdesk.domain.basket_crossing import first_crossing
from levdesk.domain.basket_tape import Rows, Tape
from levdesk.domain.basket_triggers import Trigger, rule_triggers
from levdesk.domain.errors import SettingInvalid

_MOST_BETWEEN = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRows:
    """Where the basket was rebalanced.

    Attributes:
        rows: row of each rebalance, strictly rising; rows put in between count.
        kinds: the reason of each.
        dead_row: the row at which the basket was worth nothing, or None; likewise.
        inserted: (row of the tape it comes before, price) of each trigger that fired between two rows.
    """

    rows: Rows
    kinds: tuple[EventKind, ...]
    dead_row: int | None = None
    inserted: tuple[tuple[int, float], ...] = ()


def find_events(
    tape: Tape, rule: BasketRule, *, leverage: float, event_price: float, between: bool = False
) -> EventRows:
    """All rebalances of a rule over a tape, for a basket that starts at row 0 with this leverage.

    Args:
        tape: prices, funding, scheduled checks and fees.
        rule: the rule.
        leverage: signed effective leverage at row 0.
        event_price: price of the last event before row 0.
        between: True when triggers fire at their own price between two rows, False when at the row that passed them.
    """
    triggers = rule_triggers(tape, rule)
    # A rule without any trigger of its own still has "worth nothing".
    if rule.always_acts and triggers[0].kind is EventKind.WIPED_OUT and not len(tape.fee_rows):
        return _certain(tape, rule, leverage)
    return _Search(tape, rule, triggers, between=between).run(leverage, event_price)


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

    def __init__(self, tape: Tape, rule: BasketRule, triggers: list[Trigger], *, between: bool) -> None:
        self._tape = tape
        self._rule = rule
        self._triggers = triggers
        self._between = between
        self._cash = 0.0
        self._event_price = 0.0
        self._rows: list[int] = []
        self._kinds: list[EventKind] = []
        self._inserted: list[tuple[int, float]] = []

    def run(self, leverage: float, event_price: float) -> EventRows:
        always = self._tape.scheduled if self._rule.always_acts else self._tape.scheduled[:0]
        stops, fees = _stops(always, self._tape)
        due = set(always.tolist())
        self._cash, self._event_price = self._cash_at(0, leverage), event_price
        dead_row: int | None = None
        at, next_stop, count = 0, 0, len(self._tape.prices)
        while at < count - 1:
            while next_stop < len(stops) and stops[next_stop] <= at:
                next_stop += 1
            last = stops[next_stop] if next_stop < len(stops) else count - 1
            row, kind = self._next(at + 1, last + 1)
            at = min(row, last)
            if self._between and kind is not None and self._insert_before(at):
                at -= 1
                continue
            worth = self._cash + self._rule.sign * (self._price(at) - self._paid(at))
            if worth <= 0.0 or kind is EventKind.WIPED_OUT:
                dead_row = at + len(self._inserted)
                break
            if at in due:
                kind = EventKind.SCHEDULED
            if kind is not None:
                self._note(at, kind)
                self._cash, self._event_price = self._cash_at(at, self._rule.target), self._price(at)
            elif at in fees:
                self._cash -= fees[at] * worth
        return EventRows(
            rows=np.array(self._rows, np.int64),
            kinds=tuple(self._kinds),
            dead_row=dead_row,
            inserted=tuple(self._inserted),
        )

    def _next(self, start: int, stop: int) -> tuple[int, EventKind | None]:
        """The first event in [start, stop) and its kind; on one row the trigger listed first wins."""
        best, kind = stop, None
        for trigger in self._triggers:
            row = trigger.first(self._cash, self._event_price, start, best)
            if row < best:
                best, kind = row, trigger.kind
        return best, kind

    def _insert_before(self, row: int) -> bool:
        """Rebalance at the first trigger price passed on the way to a row; False when the price passed none."""
        here = [price for before, price in self._inserted[-_MOST_BETWEEN:] if before == row]
        if len(here) == _MOST_BETWEEN:
            raise SettingInvalid("A rule with so narrow a band rebalances without end.", hint="Widen the band.")
        start = here[-1] if here else self._price(row - 1)
        sign, paid = self._rule.sign, self._paid(row - 1)
        found = first_crossing(self._rule, self._cash - sign * paid, self._event_price, start, self._price(row))
        if found is None:
            return False
        price, kind = found
        self._note(row, kind)
        self._inserted.append((row, price))
        self._cash, self._event_price = price / abs(self._rule.target) - sign * (price - paid), price
        return True

    def _note(self, row: int, kind: EventKind) -> None:
        self._rows.append(row + len(self._inserted))
        self._kinds.append(kind)

    def _price(self, row: int) -> float:
        return float(self._tape.prices[row])

    def _paid(self, row: int) -> float:
        return 0.0 if self._tape.paid is None else float(self._tape.paid[row])

    def _cash_at(self, row: int, leverage: float) -> float:
        """Cash per unit of underlying of a basket that has this leverage at a row."""
        return self._price(row) / abs(leverage) - math.copysign(self._price(row) - self._paid(row), leverage)


def _stops(always: Rows, tape: Tape) -> tuple[list[int], dict[int, float]]:
    """Rows at which the search must stop: certain rebalances and fees; and the fees by row."""
    fees = dict(zip(tape.fee_rows.tolist(), tape.fee_ratios.tolist(), strict=True))
    return np.union1d(always, tape.fee_rows).astype(np.int64).tolist(), fees
