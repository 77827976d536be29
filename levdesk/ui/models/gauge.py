"""Where effective leverage stands in its band, as positions on a bar from 0 (low edge) to 1 (high edge)."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from decimal import Decimal

    from levdesk.services.views import HoldingView

NEAR_EDGE: Final = 0.1
"""Share of the band's width from an edge on which the dot turns critical."""

_STEPS: Final = 200
"""Positions are rounded to this many steps, so that a move nobody can see repaints nothing."""


class BandPlace(StrEnum):
    """Where in its band a token is."""

    INSIDE = "inside"
    NEAR = "near"
    OUTSIDE = "outside"
    UNKNOWN = "unknown"


PLACE_WORDS: Final = {
    BandPlace.NEAR: "close to an edge of its band",
    BandPlace.OUTSIDE: "outside its band",
}
"""What a place that matters is called."""


class Gauge(NamedTuple):
    """A band to draw.

    Attributes:
        dot: effective leverage, clamped to 0..1; None when unknown.
        tick: target, clamped to 0..1.
        place: where the dot is, in words.
    """

    dot: float | None
    tick: float
    place: BandPlace

    @property
    def is_alarming(self) -> bool:
        """True when the dot is at or beyond an edge, or close to one."""
        return self.place in {BandPlace.NEAR, BandPlace.OUTSIDE}


def gauge_of(holding: HoldingView) -> Gauge | None:
    """The gauge of a holding; None when its band is not known.

    The bar runs by magnitude, so a short token at −6.62 stands right of one at −5. A leverage of the wrong sign is
    outside at the low end.
    """
    low, high = holding.band_low, holding.band_high
    if low is None or high is None or high <= low:
        return None
    target = holding.token.target_leverage
    tick = _position(abs(target), low, high)
    leverage = holding.effective_leverage
    if leverage is None:
        return Gauge(None, _clamped(tick), BandPlace.UNKNOWN)
    turned = leverage if target > 0 else -leverage
    dot = _position(turned, low, high)
    return Gauge(_clamped(dot), _clamped(tick), _place(dot))


def _position(size: Decimal, low: Decimal, high: Decimal) -> float:
    return float((size - low) / (high - low))


def _clamped(position: float) -> float:
    return round(min(1.0, max(0.0, position)) * _STEPS) / _STEPS


def _place(dot: float) -> BandPlace:
    if dot <= 0.0 or dot >= 1.0:
        return BandPlace.OUTSIDE
    return BandPlace.NEAR if min(dot, 1.0 - dot) < NEAR_EDGE else BandPlace.INSIDE
