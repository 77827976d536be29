"""Frozen answers to “why” lot by lot: units that came together and left together, or are still held."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from decimal import Decimal

    from levdesk.services.explained_split import TermView


@dataclass(frozen=True, slots=True, kw_only=True)
class LotView:
    """What became of units that came together and left together, or are still held.

    Attributes:
        acquired_ms: when they came.
        ended_ms: when they left; None = still held.
        units: how many, in the units of that end (of now when still held).
        terms: one per Term, ratios of what they cost; over all lots the money adds up to the holding's, but for what
            no lot carries (fees of units carried away, units of unknown cost).
        total: their result.
        total_ratio: of what they cost, None when that was nothing.
        rebalances: of the token while they were held.
    """

    acquired_ms: int
    ended_ms: int | None
    units: Decimal
    terms: tuple[TermView, ...]
    total: Decimal
    total_ratio: float | None = None
    rebalances: int
