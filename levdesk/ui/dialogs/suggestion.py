"""The price a dialog suggests for a transaction of now: the market's, or NAV where units are made or redeemed at it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from levdesk.domain.market import TokenQuote, market_price
from levdesk.domain.transactions import TransactionType
from levdesk.ui import format as eye

NEAR_NOW_MS: Final = 600_000
"""A price of now is suggested for transactions at most this far from now."""

_AT_MARKET: Final = frozenset({TransactionType.BUY, TransactionType.SELL, TransactionType.SETTLE})
_AT_NAV: Final = frozenset({TransactionType.SUBSCRIBE, TransactionType.REDEEM})


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A price and where it comes from, in words."""

    price: Decimal
    words: str


def suggested_price(quote: TokenQuote | None, kind: TransactionType, time_ms: int, now_ms: int) -> Suggestion | None:
    """What to suggest; None when nothing is known of that moment or the type has no price of its own."""
    if quote is None or abs(now_ms - time_ms) > NEAR_NOW_MS:
        return None
    if kind in _AT_NAV and quote.nav is not None:
        return Suggestion(quote.nav, f"Suggested: NAV, {eye.age(quote.nav_ts_ms, now_ms)}")
    price = market_price(quote) if kind in _AT_MARKET else None
    return None if price is None else Suggestion(price.price, f"Suggested: last trade, {eye.age(price.ts_ms, now_ms)}")
