"""What was held when: quantities and money put in along the rows of one token in one portfolio.

A row that cannot have happened is passed over, as it is in the account the screen shows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import takewhile

from levdesk.domain.ledger import append_possible_rows, new_ledger
from levdesk.domain.transactions import CostMethod, TransactionDraft


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryPoint:
    """The holding from one row on, until the next.

    Attributes:
        ts_ms: time of the row.
        quantity: units held after it, in the units of that time.
        invested: money put in minus money taken out so far; transfers count at the cost they carry.
    """

    ts_ms: int
    quantity: Decimal
    invested: Decimal


def quantity_at(drafts: Iterable[TransactionDraft], at_ms: int) -> Decimal:
    """Units held at a moment, in the units of that time; rows of the very moment count.

    Args:
        drafts: one token's rows of one portfolio, in ledger order.
        at_ms: the moment, UTC.
    """
    state = new_ledger(CostMethod.AVERAGE)
    append_possible_rows(state, takewhile(lambda draft: draft.time_ms <= at_ms, drafts))
    return state.quantity


def holding_history(drafts: Iterable[TransactionDraft], method: CostMethod) -> tuple[HistoryPoint, ...]:
    """The holding after each row, oldest first; several rows of one moment make one point.

    Args:
        drafts: one token's rows of one portfolio, in ledger order.
        method: the portfolio's cost method; it decides what a transfer carries away.
    """
    return tuple(holding_points(drafts, method))


def holding_points(drafts: Iterable[TransactionDraft], method: CostMethod) -> Iterator[HistoryPoint]:
    """The points of `holding_history` one at a time: a million of them need not stand in memory together."""
    state = new_ledger(method)
    before: HistoryPoint | None = None
    for draft in drafts:
        append_possible_rows(state, (draft,))
        point = HistoryPoint(ts_ms=draft.time_ms, quantity=state.quantity, invested=state.invested)
        if before is not None and before.ts_ms != point.ts_ms:
            yield before
        before = point
    if before is not None:
        yield before
