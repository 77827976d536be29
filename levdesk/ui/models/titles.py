"""Names of venues and tokens in the words the screen uses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from levdesk.domain.instruments import TokenStatus

if TYPE_CHECKING:
    from levdesk.domain.instruments import LeveragedToken
    from levdesk.ui.format import Figures

_SPELLINGS: Final = {
    "bitrue": "Bitrue",
    "ftx": "FTX",
    "htx": "HTX",
    "kucoin": "KuCoin",
    "lbank": "LBank",
    "mexc": "MEXC",
    "okx": "OKX",
}

_STATUS_WORDS: Final = {
    TokenStatus.TRADING: "",
    TokenStatus.REDEEM_ONLY: "redeem only",
    TokenStatus.DELISTED: "delisted",
    TokenStatus.SETTLED: "settled",
}


def venue_title(venue: str) -> str:
    """A venue's or issuer's name as it writes itself, as far as known: gate -> Gate, okx -> OKX."""
    return _SPELLINGS.get(venue) or venue[:1].upper() + venue[1:]


def token_words(token: LeveragedToken, figures: Figures) -> str:
    """What a token is, in one line: "Gate · 3× long BTC"."""
    parts = [venue_title(token.key.venue), multiple_words(token, figures)]
    status = _STATUS_WORDS[token.status]
    return " · ".join([*parts, status] if status else parts)


def multiple_words(token: LeveragedToken, figures: Figures) -> str:
    """Size, direction and underlying: "3× short ETH"."""
    return f"{figures.multiple(abs(token.target_leverage))} {token.direction} {token.underlying}"
