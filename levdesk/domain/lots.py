"""Lots: what was acquired, when and at what cost, and which of it a disposal uses up."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from levdesk.domain.money import ZERO, exact_quotient, share_of
from levdesk.domain.transactions import CostMethod, TransactionType

RawLot = tuple[int, Decimal, Decimal | None]
"""(acquired_ms, units, cost) as the queue keeps it: a tuple is made ten times faster than a dataclass."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lot:
    """Units that were acquired together, or the part of them that is meant.

    Attributes:
        acquired_ms: when they came; a merge does not change it.
        units: how many, > 0.
        cost: money they cost, fees included; None when unknown.
    """

    acquired_ms: int
    units: Decimal
    cost: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Disposal:
    """What one outgoing row did.

    Attributes:
        row: which row of the replay it was, counted from 0.
        ts_ms: when.
        type: sell, redeem, transfer_out or settle.
        units: units that left, a fee in units included.
        proceeds: money received after fees; for a transfer the value carried away; None when unknown.
        cost: money the units had cost; None when unknown.
        realised: result of this row; None when unknown.
        lots: the parts of lots it used up, in the units of that time.
    """

    row: int
    ts_ms: int
    type: TransactionType
    units: Decimal
    proceeds: Decimal | None
    cost: Decimal | None
    realised: Decimal | None
    lots: tuple[Lot, ...]


class LotQueue:
    """Open lots under one cost method; no unit and no money is lost in it, to the last digit.

    First in, first out and last in, first out use lots by time of acquisition; average cost pools them into one.
    Units are the caller's own; the queue only adds, splits and compares them.

    Attributes:
        units: sum of all open lots.
    """

    __slots__ = ("_from_end", "_lots", "_method", "_pooled", "units")

    def __init__(self, method: CostMethod, lots: Iterable[RawLot] = (), units: Decimal = ZERO) -> None:
        """Start with `lots`, oldest first, which hold `units` together."""
        self.units = units
        self._lots = deque(lots)
        self._method = method
        self._pooled = method is CostMethod.AVERAGE
        self._from_end = -1 if method is CostMethod.LIFO else 0

    def copy(self) -> LotQueue:
        """An independent queue with the same lots."""
        return LotQueue(self._method, self._lots, self.units)

    @property
    def lots(self) -> tuple[RawLot, ...]:
        """Open lots, oldest first."""
        return tuple(self._lots)

    @property
    def oldest_ms(self) -> int | None:
        """When the oldest open lot came, or None when there is none."""
        return self._lots[0][0] if self._lots else None

    @property
    def cost(self) -> Decimal | None:
        """What all open lots cost; None when some lot's cost is unknown."""
        return total_cost(self._lots)

    def put(self, acquired_ms: int, units: Decimal, cost: Decimal | None) -> None:
        """Add a lot; `units` > 0, and not older than what is there."""
        self.units += units
        if self._pooled and self._lots:
            first_ms, pooled_units, pooled_cost = self._lots[0]
            together = None if pooled_cost is None or cost is None else pooled_cost + cost
            self._lots[0] = (first_ms, pooled_units + units, together)
        else:
            self._lots.append((acquired_ms, units, cost))

    def take(self, units: Decimal) -> list[RawLot]:
        """Use up `units` (> 0, at most `self.units`); the parts taken, in order of use."""
        self.units -= units
        lots, end = self._lots, self._from_end
        used: list[RawLot] = []
        while True:
            lot = lots[end]
            acquired_ms, lot_units, lot_cost = lot
            if lot_units > units:
                cost = rest = None
                if lot_cost is not None:
                    cost = min(share_of(lot_cost, units, lot_units), lot_cost)  # never rounded up past the whole
                    rest = lot_cost - cost
                lots[end] = (acquired_ms, lot_units - units, rest)
                used.append((acquired_ms, units, cost))
                return used
            del lots[end]
            used.append(lot)
            units -= lot_units
            if not units:
                return used


def total_cost(lots: Iterable[RawLot]) -> Decimal | None:
    """Sum of the lots' costs; None when one is unknown."""
    total = ZERO
    for _, _, cost in lots:
        if cost is None:
            return None
        total += cost
    return total


def open_up(lots: Iterable[RawLot], factor: Decimal) -> tuple[Lot, ...]:
    """Lots as values to hand out, in units of which one is `factor` of the queue's."""
    return tuple(
        Lot(acquired_ms=acquired_ms, units=exact_quotient(units, factor), cost=cost)
        for acquired_ms, units, cost in lots
    )
