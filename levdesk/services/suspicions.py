"""Signs that a figure is not what it is called: two that changed places, one of another size, one that is old news."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from levdesk.domain.market import TokenQuote

OTHER_UNIT: Final = 10.0
"""A figure this many times the one it should be like, or a part of it, is in another unit or another thing."""

OUTDATED_MS: Final = 10 * 60_000
"""An answer of now that tells figures older than this comes from something that has stopped."""

_IS_THE_PRICE: Final = 0.05
"""A leverage this near to the price may be the NAV: premiums of listed tokens stay within about as much."""

_NOTABLE: Final = 0.02
"""Nearer to each other than this, nobody is misled by NAV and leverage in each other's place."""

_CLEARER: Final = 4.0


def changed_places(quote: TokenQuote, known: TokenQuote | None) -> bool:
    """Whether NAV and leverage stand in each other's field.

    What was known of both has to say so, and the price not to contradict, for it is near the NAV. Where nothing was
    known the price alone decides; a token's leverage may be near it by chance, so it has to be clear.
    """
    last = quote.last if quote.last is not None or known is None else known.last
    if quote.nav is None or quote.effective_leverage is None or last is None:
        return False
    nav, leverage, price = float(quote.nav), abs(float(quote.effective_leverage)), float(last)
    if not (nav > 0.0 and leverage > 0.0 and price > 0.0):
        return False
    told, swapped = _apart(nav, price), _apart(leverage, price)
    if known is None or known.nav is None or known.effective_leverage is None:
        return swapped <= _IS_THE_PRICE and told > max(_NOTABLE, _CLEARER * swapped)
    nav_before, leverage_before = float(known.nav), abs(float(known.effective_leverage))
    as_told = _apart(nav, nav_before) + _apart(leverage, leverage_before)
    as_swapped = _apart(nav, leverage_before) + _apart(leverage, nav_before)
    return swapped < told and as_told > max(_NOTABLE, _CLEARER * as_swapped)


def of_another_size(value: float, others: Iterable[float]) -> bool:
    """Whether all others say that a figure is in another unit; False when there are none."""
    sizes = [other for other in others if other > 0.0]
    return bool(sizes) and not any(other / OTHER_UNIT < value < other * OTHER_UNIT for other in sizes)


def is_outdated(ts_ms: int | None, now_ms: int) -> bool:
    """Whether a figure that came just now was true long ago."""
    return ts_ms is not None and now_ms - ts_ms > OUTDATED_MS


def _apart(one: float, other: float) -> float:
    """Distance as a share; far, where it cannot be told."""
    return abs(one / other - 1.0) if other > 0.0 else float("inf")
