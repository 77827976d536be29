"""Position: what a replay of one token's rows comes to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from levdesk.domain.money import ONE, ZERO

Merge = tuple[int, Decimal]
"""(ts_ms, old units per new unit)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """One token in one portfolio (or in several together) after its rows.

    As long as no unit came in at an unknown cost, money_in − money_out = cost_basis − realised_pnl, to the last digit.

    Attributes:
        quantity: units held, in today's units.
        cost_basis: what they cost, fees included; None when some unit's cost is unknown.
        realised_pnl: sum over the disposals whose cost is known.
        unknown_results: disposals whose result is unknown because their cost is.
        fees_paid: fees in quote currency, those paid in units valued at their row's price.
        unvalued_fees: fees paid in units that nothing puts a value on.
        money_in, money_out: put in and taken out, transfers at the cost they carry.
        first_bought_ms: when the oldest open lot came, or None.
        merges: unit merges so far, oldest first; those of one portfolio only.
        row_count: rows behind it.
    """

    quantity: Decimal = ZERO
    cost_basis: Decimal | None = ZERO
    realised_pnl: Decimal = ZERO
    unknown_results: int = 0
    fees_paid: Decimal = ZERO
    unvalued_fees: int = 0
    money_in: Decimal = ZERO
    money_out: Decimal = ZERO
    first_bought_ms: int | None = None
    merges: tuple[Merge, ...] = ()
    row_count: int = 0


NOTHING_HELD: Final = Position()


def combine(positions: Iterable[Position]) -> Position:
    """The same token in several portfolios as one position; merges are the longest list among them."""
    parts = tuple(positions)
    if len(parts) == 1:
        return parts[0]
    costs = [part.cost_basis for part in parts]
    known = [cost for cost in costs if cost is not None]
    bought = [part.first_bought_ms for part in parts if part.first_bought_ms is not None]
    return Position(
        quantity=sum((part.quantity for part in parts), ZERO),
        cost_basis=sum(known, ZERO) if len(known) == len(costs) else None,
        realised_pnl=sum((part.realised_pnl for part in parts), ZERO),
        unknown_results=sum(part.unknown_results for part in parts),
        fees_paid=sum((part.fees_paid for part in parts), ZERO),
        unvalued_fees=sum(part.unvalued_fees for part in parts),
        money_in=sum((part.money_in for part in parts), ZERO),
        money_out=sum((part.money_out for part in parts), ZERO),
        first_bought_ms=min(bought, default=None),
        merges=max((part.merges for part in parts), key=len, default=()),
        row_count=sum(part.row_count for part in parts),
    )


def merge_factor(merges: Iterable[Merge], ts_ms: int) -> Decimal:
    """Units of a moment per unit of today: a price of that moment times this is a price in today's units.

    A merge counts for every moment before its own.
    """
    factor = ONE
    for merged_ms, ratio in merges:
        if merged_ms > ts_ms:
            factor *= ratio
    return factor
