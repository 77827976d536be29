"""The ledger: one token's rows in one portfolio, replayed into lots, results and fees.

Rows come in ledger order: by time, equal times by order of entry. They are expected to be sound by themselves
(`draft_rules`); what is checked here is that they fit together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Final

from levdesk.domain.errors import UserError
from levdesk.domain.ledger_state import LedgerState
from levdesk.domain.ledger_words import missing_figure, more_than_held, no_units, nothing_left
from levdesk.domain.lots import LotQueue, RawLot, total_cost
from levdesk.domain.money import ONE, ZERO
from levdesk.domain.problems import Problem, Severity
from levdesk.domain.transactions import CostMethod, TransactionDraft, TransactionType


class LedgerFault(UserError):
    """A row that cannot have happened, such as selling more than is held.

    Attributes:
        draft: the row.
        row: its place among the rows replayed, counted from 0.
    """

    code = "ledger_fault"

    def __init__(self, message: str, *, draft: TransactionDraft, row: int) -> None:
        """Name the row."""
        super().__init__(message)
        self.draft = draft
        self.row = row

    @property
    def problem(self) -> Problem:
        """The fault of a stored row, as a value to show."""
        return Problem(
            severity=Severity.ERROR,
            code="row_impossible",
            message=f"A stored transaction cannot have happened and is left out: {self.message}.",
            source=str(self.draft.key),
        )


def new_ledger(method: CostMethod, *, keep_disposals: bool = False) -> LedgerState:
    """A ledger with no rows yet; with `keep_disposals` it will also tell what each outgoing row did."""
    return LedgerState(queue=LotQueue(method), raw_disposals=[] if keep_disposals else None)


def replay(drafts: Iterable[TransactionDraft], method: CostMethod, *, keep_disposals: bool = False) -> LedgerState:
    """The state after all rows of one token in one portfolio, given in ledger order.

    Raises:
        LedgerFault: a row cannot have happened.
    """
    state = new_ledger(method, keep_disposals=keep_disposals)
    append_rows(state, drafts)
    return state


def append_rows(state: LedgerState, drafts: Iterable[TransactionDraft]) -> None:
    """Let `state` take rows that follow, in ledger order; costs what is new, not what is behind.

    Raises:
        LedgerFault: a row cannot have happened. The rows before it count, it left no trace, and the caller may go on
            with the rows behind it.
    """
    for draft in drafts:
        if draft.quantity is not None and draft.quantity <= 0:  # only a file changed from outside holds one
            raise LedgerFault(no_units(draft), draft=draft, row=state.row_count)
        _ROWS[draft.type](state, draft)
        state.row_count += 1


def append_possible_rows(state: LedgerState, drafts: Iterable[TransactionDraft]) -> tuple[LedgerFault, ...]:
    """Let `state` take the rows that can have happened and pass over the others; what was wrong with those."""
    faults: list[LedgerFault] = []
    rows = iter(drafts)
    while True:
        try:
            append_rows(state, rows)
        except LedgerFault as fault:
            faults.append(fault)
            state.row_count += 1
        else:
            return tuple(faults)


def _receive(state: LedgerState, draft: TransactionDraft) -> None:
    units, price, fee = draft.quantity, draft.price, draft.fee
    if units is None or (price is None and draft.type is not TransactionType.TRANSFER_IN):
        raise LedgerFault(missing_figure(draft), draft=draft, row=state.row_count)
    cost = None if price is None else units * price
    if fee:
        if draft.fee_in_token:
            units -= fee
            if units <= 0:
                raise LedgerFault(nothing_left(draft), draft=draft, row=state.row_count)
            _pay_in_units(state, fee, price)
        else:
            state.fees_paid += fee
            cost = None if cost is None else cost + fee
    queue = state.queue
    if not queue.units:
        state.factor = ONE
    queue.put(draft.time_ms, units if state.factor is ONE else units * state.factor, cost)
    if cost is not None:
        state.money_in += cost


def _sell(state: LedgerState, draft: TransactionDraft) -> None:
    units, price, fee = draft.quantity, draft.price, draft.fee
    if price is None or (units is None and draft.type is not TransactionType.SETTLE):
        raise LedgerFault(missing_figure(draft), draft=draft, row=state.row_count)
    fee_units = fee if fee and draft.fee_in_token else ZERO
    if units is None:
        units = state.quantity - fee_units
        if units <= 0:
            raise _too_much(state, draft, fee_units or None)
    if fee_units:
        base = _base_units(state, draft, units + fee_units)
        _pay_in_units(state, fee, price)
        proceeds = units * price
    else:
        base = _base_units(state, draft, units)
        state.fees_paid += fee
        proceeds = units * price - fee
    parts = state.queue.take(base)
    cost = total_cost(parts)
    _book(state, draft, base, parts, proceeds, None if cost is None else proceeds - cost)


def _transfer_out(state: LedgerState, draft: TransactionDraft) -> None:
    units, fee = draft.quantity, draft.fee
    if units is None:
        raise LedgerFault(missing_figure(draft), draft=draft, row=state.row_count)
    fee_units = fee if fee and draft.fee_in_token else ZERO
    base = _base_units(state, draft, units + fee_units)
    fee_base = fee_units * state.factor
    parts = state.queue.take(base - fee_base)
    lost: Decimal | None = fee
    if fee_units:
        fee_parts = state.queue.take(fee_base)
        lost = total_cost(fee_parts) if draft.price is None else fee * draft.price
        parts += fee_parts
    if lost is None:
        state.unvalued_fees += 1
    else:
        state.fees_paid += lost
    cost = total_cost(parts)
    carried = None if cost is None or lost is None else cost - lost
    _book(state, draft, base, parts, carried, None if lost is None else -lost)


def _merge(state: LedgerState, draft: TransactionDraft) -> None:
    ratio = draft.quantity
    if ratio is None:
        raise LedgerFault(missing_figure(draft), draft=draft, row=state.row_count)
    if not state.queue.units:
        raise _too_much(state, draft, None)
    state.factor *= ratio
    state.merges.append((draft.time_ms, ratio))


_ROWS: Final[dict[TransactionType, Callable[[LedgerState, TransactionDraft], None]]] = {
    TransactionType.BUY: _receive,
    TransactionType.SUBSCRIBE: _receive,
    TransactionType.TRANSFER_IN: _receive,
    TransactionType.SELL: _sell,
    TransactionType.REDEEM: _sell,
    TransactionType.SETTLE: _sell,
    TransactionType.TRANSFER_OUT: _transfer_out,
    TransactionType.MERGE: _merge,
}


def _base_units(state: LedgerState, draft: TransactionDraft, units: Decimal) -> Decimal:
    """What `units` of now are in base units; the quantity that is shown as held, rounded or not, is all of it."""
    held, factor = state.queue.units, state.factor
    if factor is not ONE and units == state.quantity:
        return held
    base = units if factor is ONE else units * factor
    if base > held:
        raise _too_much(state, draft, units)
    return base


def _too_much(state: LedgerState, draft: TransactionDraft, units: Decimal | None) -> LedgerFault:
    return LedgerFault(more_than_held(draft, units, state.quantity), draft=draft, row=state.row_count)


def _pay_in_units(state: LedgerState, fee: Decimal, price: Decimal | None) -> None:
    if price is None:
        state.unvalued_fees += 1
    else:
        state.fees_paid += fee * price


def _book(
    state: LedgerState,
    draft: TransactionDraft,
    base: Decimal,
    parts: list[RawLot],
    proceeds: Decimal | None,
    realised: Decimal | None,
) -> None:
    if realised is None:
        state.unknown_results += 1
    else:
        state.realised += realised
    if proceeds is not None:
        state.money_out += proceeds
    if state.raw_disposals is not None:
        state.raw_disposals.append((state.row_count, draft, base, state.factor, proceeds, realised, parts))
