"""Lots that give up their shares together: what an average cost does to what is carried away."""

from __future__ import annotations

from decimal import Decimal

from levdesk.domain.lots import RawLot
from levdesk.domain.money import ZERO, share_of


class LotPool:
    """Takes and puts like `domain.lots.LotQueue`, but from every lot at once.

    Attributes:
        lots: in order of arrival.
        units: sum of all lots.
    """

    """Lots that give up their shares together, as an average cost does."""

    __slots__ = ("lots", "units")

    def __init__(self) -> None:
        """Begin with nothing."""
        self.lots: tuple[RawLot, ...] = ()
        self.units = ZERO

    def put(self, acquired: int, units: Decimal, amount: Decimal | None) -> None:
        """Add a lot."""
        self.units += units
        self.lots += ((acquired, units, amount),)

    def take(self, units: Decimal) -> list[RawLot]:
        """The same share of every lot; the last one gives what rounding left over."""
        whole, left, taken, kept = self.units, units, [], []
        for place, (acquired, lot_units, amount) in enumerate(self.lots):
            last = place == len(self.lots) - 1
            part = lot_units if units == whole else left if last else min(share_of(lot_units, units, whole), left)
            gone = None if amount is None else share_of(amount, part, lot_units)
            left -= part
            if part:
                taken.append((acquired, part, gone))
            if part < lot_units:
                kept.append((acquired, lot_units - part, None if amount is None or gone is None else amount - gone))
        self.lots, self.units = tuple(kept), whole - units
        return taken
