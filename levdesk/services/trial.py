"""What a transaction would do, before it is written; and what each one in the books did."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from levdesk.domain.ledger import LedgerFault, append_possible_rows, append_rows, new_ledger
from levdesk.domain.ledger_state import LedgerState
from levdesk.domain.money import ZERO, divide
from levdesk.domain.transactions import OUTGOING, CostMethod, Transaction, TransactionDraft, TransactionType


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionEffect:
    """What one transaction did.

    Attributes:
        transaction: the row.
        amount: money it cost or brought, fees included; for transfers the cost carried; None when it moved no money
            or nobody knows.
        realised: result it booked, None when it books none or its cost is unknown.
        units_after: units held after it, in the units of that time.
        fault: why it cannot have happened, "" for a sound row.
    """

    transaction: Transaction
    amount: Decimal | None
    realised: Decimal | None
    units_after: Decimal
    fault: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftOutcome:
    """What recording a draft would come to.

    Attributes:
        amount, realised: as in `TransactionEffect`.
        units: held in the end, after the draft and every later row.
        average_cost: of those units, None when nothing is held or a cost is unknown.
    """

    amount: Decimal | None
    realised: Decimal | None
    units: Decimal
    average_cost: Decimal | None


def effects(rows: Iterable[Transaction], methods: Mapping[int, CostMethod]) -> tuple[TransactionEffect, ...]:
    """The effect of each row of one token, in ledger order.

    Args:
        rows: of one or several portfolios, oldest first; units are summed over the portfolios.
        methods: cost method by portfolio id; FIFO where one is missing.
    """
    states: dict[int, LedgerState] = {}
    found = []
    for row in rows:
        state = states.get(row.portfolio_id)
        if state is None:
            state = states[row.portfolio_id] = new_ledger(methods.get(row.portfolio_id, CostMethod.FIFO))
        amount = realised = None
        fault = ""
        try:
            amount, realised = apply_row(state, row.draft)
        except LedgerFault as error:
            fault = error.message
        units = sum((other.quantity for other in states.values()), ZERO)
        found.append(
            TransactionEffect(transaction=row, amount=amount, realised=realised, units_after=units, fault=fault)
        )
    return tuple(found)


class Trial:
    """Tries drafts on the rows of one holding; what stands before a draft is replayed once and kept.

    Args:
        rows: of one token in one portfolio, oldest first.
        method: the portfolio's cost method.
        replacing: id of the row that the draft takes the place of, or None for a new one.
    """

    def __init__(self, rows: Sequence[Transaction], method: CostMethod, replacing: int | None = None) -> None:
        self._rows = [row for row in rows if row.id != replacing]
        self._method = method
        self._order = float("inf") if replacing is None else float(replacing)
        self._before: tuple[int, LedgerState] | None = None

    def units_before(self, time_ms: int) -> Decimal:
        """Units held when a draft of that time takes its turn."""
        return self._state_before(self._place(time_ms)).quantity

    def outcome(self, draft: TransactionDraft) -> DraftOutcome | None:
        """What it would come to; None when it cannot happen as it stands."""
        place = self._place(draft.time_ms)
        state = self._state_before(place).copy()
        try:
            amount, realised = apply_row(state, draft)
        except LedgerFault:
            return None
        append_possible_rows(state, (row.draft for row in self._rows[place:]))
        position = state.position()
        average = None
        if position.quantity and position.cost_basis is not None:
            average = divide(position.cost_basis, position.quantity)
        return DraftOutcome(amount=amount, realised=realised, units=position.quantity, average_cost=average)

    def _place(self, time_ms: int) -> int:
        return sum(1 for row in self._rows if row.order < (time_ms, self._order))

    def _state_before(self, place: int) -> LedgerState:
        if self._before is None or self._before[0] != place:
            state = new_ledger(self._method)
            append_possible_rows(state, (row.draft for row in self._rows[:place]))
            self._before = (place, state)
        return self._before[1]


def apply_row(state: LedgerState, draft: TransactionDraft) -> tuple[Decimal | None, Decimal | None]:
    """Put one row on a state; the money it moved and the result it booked, None where there is none or it is unknown.

    Raises:
        LedgerFault: it cannot have happened.
    """
    money = (state.money_in, state.money_out)
    realised, unknown = state.realised, state.unknown_results
    append_rows(state, (draft,))
    moved = (state.money_in - money[0]) + (state.money_out - money[1])
    is_result = draft.type in OUTGOING and (draft.type is not TransactionType.TRANSFER_OUT or bool(draft.fee))
    known = is_result and state.unknown_results == unknown
    return (moved or None), (state.realised - realised if known else None)
