"""Names of venues and tokens in the words the screen uses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from levdesk.domain.instruments import TokenStatus
from levdesk.ui import format as eye

if TYPE_CHECKING:
    from levdesk.domain.instruments import LeveragedToken
    from levdesk.domain.market import TokenQuote
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


def underlying_words(token: LeveragedToken, quote: TokenQuote | None, now_ms: int, figures: Figures) -> str:
    """The underlying's price with its source and age: "BTC 91,235 · Gate BTC_USDT · 4 s ago"; "" when unknown."""
    if quote is None or quote.underlying_price is None:
        return ""
    parts = (
        f"{token.underlying} {figures.price(quote.underlying_price)}",
        perpetual_words(quote.underlying_source),
        eye.age(quote.underlying_ts_ms, now_ms),
    )
    return " · ".join(part for part in parts if part)


def perpetual_words(source: str) -> str:
    """A perpetual as quotes name it: okx:BTC-USDT-SWAP -> OKX BTC-USDT-SWAP; "" when it is not known."""
    venue, _, instrument = source.partition(":")
    return f"{venue_title(venue)} {instrument}".strip()


def gap_words(gap_ratio: float | None, figures: Figures) -> str:
    """How good a NAV estimate was: "was 0.04 % off at the venue's last figure"; "" when it was never compared."""
    if gap_ratio is None:
        return ""
    return f"was {figures.ratio(abs(gap_ratio))} off at the venue's last figure"
