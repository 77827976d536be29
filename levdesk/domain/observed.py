"""What a venue told of a token's rebalances, as seen and kept."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservedRebalance:
    """A rebalance the venue told of, and until when it was still its last one.

    Attributes:
        ts_ms: when it happened.
        until_ms: latest moment at which the venue named it as the last; nothing happened in between.
        nav: NAV right after it, in the units of its time, or None when the venue did not tell.
    """

    ts_ms: int
    until_ms: int
    nav: Decimal | None = None
