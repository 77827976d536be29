"""The rows of one holding with what each did, kept as columns: a million of them can be found, ordered and leafed.

Decimals in lists are nothing the garbage collector walks; an object for each row is made when somebody looks at it.
Everything here is pure and may take seconds: it runs beside the window, and a `Pace` stops it.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from heapq import merge
from typing import Final

from levdesk.domain.ledger import LedgerFault, new_ledger
from levdesk.domain.ledger_state import LedgerState
from levdesk.domain.money import ZERO
from levdesk.domain.transactions import CostMethod, Transaction
from levdesk.services.pace import Pace, no_pace
from levdesk.services.trial import TransactionEffect, apply_row

Order = Sequence[int]
"""Places of rows, counted in ledger order, in the order in which they are shown."""

STEP: Final = 8_192
"""Rows between two looks at the pace, and sorted in one go: a sort keeps every thread waiting."""


class HoldingRows:
    """One token's rows in ledger order, replayed; never changes.

    Attributes:
        rows: the transactions.
    """

    __slots__ = ("_amounts", "_faults", "_realised", "_units", "rows")

    def __init__(self, rows: Sequence[Transaction], methods: Mapping[int, CostMethod], pace: Pace = no_pace) -> None:
        """Work out what each row did; arguments as in `trial.effects`."""
        self.rows = rows
        self._amounts: list[Decimal | None] = []
        self._realised: list[Decimal | None] = []
        self._units: list[Decimal] = []
        self._faults: dict[int, str] = {}
        states: dict[int, LedgerState] = {}
        for place, row in enumerate(rows):
            if place % STEP == 0:
                pace(place / len(rows))
            state = states.get(row.portfolio_id)
            if state is None:
                state = states[row.portfolio_id] = new_ledger(methods.get(row.portfolio_id, CostMethod.FIFO))
            amount = realised = None
            try:
                amount, realised = apply_row(state, row.draft)
            except LedgerFault as error:
                self._faults[place] = error.message
            self._amounts.append(amount)
            self._realised.append(realised)
            single = len(states) == 1
            self._units.append(state.quantity if single else sum((each.quantity for each in states.values()), ZERO))

    def __len__(self) -> int:
        return len(self.rows)

    def effect(self, place: int) -> TransactionEffect:
        """What the row at a place did."""
        return TransactionEffect(
            transaction=self.rows[place],
            amount=self._amounts[place],
            realised=self._realised[place],
            units_after=self._units[place],
            fault=self._faults.get(place, ""),
        )

    def matching(self, keep: Callable[[Transaction], bool], pace: Pace = no_pace) -> Order:
        """Places of the rows to keep, oldest first."""
        found = array("l")
        rows = self.rows
        for start in range(0, len(rows), STEP):
            pace(start / len(rows))
            stop = min(start + STEP, len(rows))
            found.extend([place for place in range(start, stop) if keep(rows[place])])
        return found

    def ordered(
        self,
        places: Order,
        key: Callable[[TransactionEffect], float | str] | None,
        *,
        is_down: bool,
        pace: Pace = no_pace,
    ) -> Order:
        """The same rows ordered by `key`, equal ones by time and entry; None orders by time and entry alone.

        Args:
            places: oldest first.
            key: what a row is ordered by.
            is_down: the largest, or newest, first.
            pace: see the module.
        """
        if key is None:
            return places[::-1] if is_down else places
        runs = []
        for start in range(0, len(places), STEP):
            pace(0.5 * start / len(places))
            run = [(key(self.effect(place)), place) for place in places[start : start + STEP]]
            run.sort(reverse=is_down)
            runs.append(run)
        found = array("l")
        for number, (_, place) in enumerate(merge(*runs, reverse=is_down)):
            if number % STEP == 0:
                pace(0.5 + 0.5 * number / len(places))
            found.append(place)
        return found
