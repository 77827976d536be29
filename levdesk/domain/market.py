"""Market values as they reach us: quotes, candles, funding; and the price a holding is valued at."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from levdesk.domain.instruments import TokenKey
from levdesk.domain.money import ONE, divide
from levdesk.domain.sources import NavSource, QuoteSource

__all__ = [
    "Candle",
    "FundingPoint",
    "MarketPrice",
    "NavSource",
    "QuoteSource",
    "TokenQuote",
    "UnderlyingQuote",
    "market_price",
    "premium_ratio",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenQuote:
    """What is known of a token's price and NAV; every part may be absent and has its own time.

    Attributes:
        key: the token.
        last, bid, ask: last trade and best offers in quote currency.
        price_ts_ms: when the prices were true.
        price_source: venue, or typed in by hand.
        nav: net asset value per unit.
        nav_source, nav_ts_ms: where it comes from and when it was true.
        effective_leverage: signed; negative for short tokens.
        leverage_ts_ms: when it was true.
        rebalance_nav, rebalance_ms: NAV at and time of the venue's last rebalance.
        underlying_price: mark price of the hedge instrument at about the same time.
        underlying_ts_ms: when that was true.
        underlying_source: the perpetual that told it, as venue:instrument, "" when not known (any more).
    """

    key: TokenKey
    last: Decimal | None = None
    bid: Decimal | None = None
    ask: Decimal | None = None
    price_ts_ms: int | None = None
    price_source: QuoteSource = QuoteSource.VENUE
    nav: Decimal | None = None
    nav_source: NavSource | None = None
    nav_ts_ms: int | None = None
    effective_leverage: Decimal | None = None
    leverage_ts_ms: int | None = None
    rebalance_nav: Decimal | None = None
    rebalance_ms: int | None = None
    underlying_price: Decimal | None = None
    underlying_ts_ms: int | None = None
    underlying_source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnderlyingQuote:
    """Mark, index and funding of a perpetual now.

    Attributes:
        venue, instrument: the perpetual in the venue's spelling.
        ts_ms: when it was true.
        mark, index, last: prices, each may be absent.
        funding_rate: ratio per funding interval, long pays when positive.
        funding_interval_s: seconds between settlements, or None when the reply does not tell.
        next_funding_ms: next settlement, or None.
    """

    venue: str
    instrument: str
    ts_ms: int
    mark: Decimal | None = None
    index: Decimal | None = None
    last: Decimal | None = None
    funding_rate: Decimal | None = None
    funding_interval_s: int | None = None
    next_funding_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Candle:
    """One bar of price history; float64, for charts and market mathematics only.

    Attributes:
        ts_ms: start of the bar, UTC.
        open, high, low, close: in the units traded at that time (never back-adjusted).
        volume: in base units, or NaN when the venue does not tell.
        closed: False while the bar is still growing.
    """

    ts_ms: int
    open: float
    high: float
    low: float
    close: float
    volume: float
    closed: bool = True


@dataclass(frozen=True, slots=True)
class FundingPoint:
    """One funding settlement: the rate is a ratio of notional, paid by longs when positive."""

    ts_ms: int
    rate: float


@dataclass(frozen=True, slots=True)
class MarketPrice:
    """The price a holding is valued at, with its moment."""

    price: Decimal
    ts_ms: int | None
    source: QuoteSource


def market_price(quote: TokenQuote | None) -> MarketPrice | None:
    """Last trade, clamped into [bid, ask] when both are known and not crossed; None when there was no trade."""
    if quote is None or quote.last is None:
        return None
    price = quote.last
    if quote.bid is not None and quote.ask is not None and quote.bid <= quote.ask:
        price = min(max(price, quote.bid), quote.ask)
    return MarketPrice(price, quote.price_ts_ms, quote.price_source)


def premium_ratio(price: Decimal | None, nav: Decimal | None) -> Decimal | None:
    """Market price over NAV, minus one; None when either is unknown or NAV is zero."""
    if price is None or nav is None or not nav:
        return None
    return divide(price, nav) - ONE
