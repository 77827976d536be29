"""Guesses what a token is from its symbol, for files and dialogs that name a token no list knows.

A guess carries provenance ASSUMED and no rules; `registry.complete_token` adds the issuer's rules and fees.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from levdesk.domain.instruments import LeveragedToken, TokenKey
from levdesk.venues.token_names import NamedMultiple, any_long_short_multiple, bull_bear_times_multiple

_UP_DOWN_MULTIPLE: Final = {
    # Hidden and floating at Binance (1.25–4×): 2 is near the median that prices imply. KuCoin states 2–4×, aiming at 3.
    "binance": Decimal(2),
    "kucoin": Decimal(3),
}
_FALSE_FRIENDS: Final = frozenset({"JUP", "SYRUP"})
"""Coins whose own names end in UP."""

_FTX_FAMILY: Final = frozenset({"ftx", "poloniex", "binance"})
"""Venues that listed the tokens FTX issued; the bare words there mean bitcoin."""

_FTX_SUFFIXES: Final = (
    ("BULL", Decimal(3)),
    ("BEAR", Decimal(-3)),
    ("HEDGE", Decimal(-1)),
    ("HALF", Decimal("0.5")),
)


def guess_token(key: TokenKey, quote_currency: str = "USDT") -> LeveragedToken | None:
    """The token a symbol probably names, or None when the symbol does not tell underlying and multiple.

    BTC3L, BTC1S and BTCBULL3X are read everywhere; UP/DOWN and bare BULL/BEAR only at venues that issued such tokens,
    so that JUP and SYRUP stay coins.
    """
    named = read_name(key)
    if named is None:
        return None
    return LeveragedToken(
        key=key,
        underlying=named.underlying,
        target_leverage=named.target_leverage,
        quote_currency=quote_currency,
    )


def read_name(key: TokenKey) -> NamedMultiple | None:
    """Underlying and signed multiple as the symbol spells them under its venue's custom, or None."""
    symbol = key.symbol
    return (
        any_long_short_multiple(symbol)
        or bull_bear_times_multiple(symbol)
        or _up_down(key)
        or (_ftx_name(symbol) if key.venue in _FTX_FAMILY else None)
    )


def _up_down(key: TokenKey) -> NamedMultiple | None:
    multiple = _UP_DOWN_MULTIPLE.get(key.venue)
    if multiple is None or key.symbol in _FALSE_FRIENDS:
        return None
    for suffix, signed in (("UP", multiple), ("DOWN", -multiple)):
        if key.symbol.endswith(suffix) and len(key.symbol) > len(suffix):
            return NamedMultiple(key.symbol.removesuffix(suffix), signed)
    return None


def _ftx_name(symbol: str) -> NamedMultiple | None:
    for suffix, signed in _FTX_SUFFIXES:
        if symbol.endswith(suffix):
            return NamedMultiple(symbol.removesuffix(suffix) or "BTC", signed)
    return None
