"""The state of one token's ledger between two rows; `ledger` changes it, everyone else reads it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal

from levdesk.domain.lots import Disposal, Lot, LotQueue, RawLot, open_up, total_cost
from levdesk.domain.money import ONE, ZERO, exact_quotient
from levdesk.domain.position import Merge, Position
from levdesk.domain.transactions import TransactionDraft

RawDisposal = tuple[int, TransactionDraft, Decimal, Decimal, Decimal | None, Decimal | None, list[RawLot]]
"""(row, draft, base units, units factor, proceeds, realised, parts), made into a `Disposal` only when asked."""


@dataclass(slots=True, kw_only=True, eq=False)
class LedgerState:
    """What a replay knows after some rows.

    Units in the queue are base units: those of the last time nothing was held. A merge then divides nothing, and
    nothing is rounded until someone looks.

    Attributes:
        queue: open lots in base units.
        factor: base units per unit of now: the product of the merges since nothing was held.
        realised, unknown_results, fees_paid, unvalued_fees, money_in, money_out: as in `Position`.
        merges: (ts_ms, ratio), oldest first.
        raw_disposals: one per outgoing row, or None when they are not kept: they weigh more than all the rest.
        row_count: rows applied or skipped.
    """

    queue: LotQueue
    factor: Decimal = ONE
    realised: Decimal = ZERO
    unknown_results: int = 0
    fees_paid: Decimal = ZERO
    unvalued_fees: int = 0
    money_in: Decimal = ZERO
    money_out: Decimal = ZERO
    merges: list[Merge] = field(default_factory=list)
    raw_disposals: list[RawDisposal] | None = None
    row_count: int = 0

    def copy(self) -> LedgerState:
        """An independent state: what one does next, the other does not see."""
        kept = None if self.raw_disposals is None else self.raw_disposals.copy()
        return replace(self, queue=self.queue.copy(), merges=self.merges.copy(), raw_disposals=kept)

    @property
    def quantity(self) -> Decimal:
        """Units held, in units of now."""
        return exact_quotient(self.queue.units, self.factor)

    @property
    def invested(self) -> Decimal:
        """Money put in minus money taken out so far: the level at which one is even."""
        return self.money_in - self.money_out

    def position(self) -> Position:
        """The figures after the rows so far."""
        return Position(
            quantity=self.quantity,
            cost_basis=self.queue.cost,
            realised_pnl=self.realised,
            unknown_results=self.unknown_results,
            fees_paid=self.fees_paid,
            unvalued_fees=self.unvalued_fees,
            money_in=self.money_in,
            money_out=self.money_out,
            first_bought_ms=self.queue.oldest_ms,
            merges=tuple(self.merges),
            row_count=self.row_count,
        )

    def open_lots(self) -> tuple[Lot, ...]:
        """What is held, lot by lot, oldest first, in units of now."""
        return open_up(self.queue.lots, self.factor)

    def disposals(self) -> tuple[Disposal, ...]:
        """What each outgoing row did, oldest first, in units of its time; nothing where they are not kept."""
        return tuple(
            Disposal(
                row=row,
                ts_ms=draft.time_ms,
                type=draft.type,
                units=exact_quotient(base, factor),
                proceeds=proceeds,
                cost=total_cost(parts),
                realised=realised,
                lots=open_up(parts, factor),
            )
            for row, draft, base, factor, proceeds, realised, parts in self.raw_disposals or ()
        )
