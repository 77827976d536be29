"""What Binance tells of now: time, listing, mark with index and funding, best offers, last prices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from levdesk.simulator.binance.forms import asked_perpetual, figure, symbol_of
from levdesk.simulator.dialect import Call, Json
from levdesk.simulator.market import DayBook, Market, Perpetual
from levdesk.simulator.written import text, trimmed

NO_END_MS: Final = 4_133_404_800_000
"""The delivery date of what is never delivered."""

_INTEREST: Final = "0.00010000"


def server_time(_market: Market, call: Call) -> Json:
    """`GET /fapi/v1/time`."""
    return {"serverTime": call.clock_ms}


def ping(_market: Market, _call: Call) -> Json:
    """`GET /fapi/v1/ping`."""
    return {}


def exchange_info(market: Market, call: Call) -> Json:
    """`GET /fapi/v1/exchangeInfo`: limits and symbols."""
    limit: Json = {"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1, "limit": 2400}
    return {
        "timezone": "UTC",
        "serverTime": call.clock_ms,
        "rateLimits": [limit],
        "exchangeFilters": [],
        "assets": [],
        "symbols": [_listing(perpetual) for perpetual in market.perpetuals],
    }


def premium_index(market: Market, call: Call) -> Json:
    """`GET /fapi/v1/premiumIndex`: one object with a symbol, a list without."""
    return _one_or_all(market, call, lambda perpetual: premium_row(perpetual, call.now_ms) | {"time": call.clock_ms})


def book_ticker(market: Market, call: Call) -> Json:
    """`GET /fapi/v1/ticker/bookTicker`: one object with a symbol, a list without."""
    return _one_or_all(market, call, lambda perpetual: _book_row(perpetual, call))


def price_ticker(market: Market, call: Call) -> Json:
    """`GET /fapi/v1/ticker/price`: one object with a symbol, a list without."""

    def row(perpetual: Perpetual) -> dict[str, Json]:
        last = text(perpetual.last.price_at(call.now_ms), perpetual.spec.price_decimals)
        return {"symbol": symbol_of(perpetual), "price": last, "time": call.clock_ms}

    return _one_or_all(market, call, row)


def premium_row(perpetual: Perpetual, now_ms: int) -> dict[str, Json]:
    """Mark, index and the coming settlement, without the time of telling."""
    coming, index = perpetual.funding.number_after(now_ms), figure(perpetual.index.price_at(now_ms))
    return {
        "symbol": symbol_of(perpetual),
        "markPrice": figure(perpetual.mark.price_at(now_ms)),
        "indexPrice": index,
        "estimatedSettlePrice": index,
        "lastFundingRate": figure(perpetual.funding.rate(coming)),
        "nextFundingTime": perpetual.funding.settlement_ms(coming),
        "interestRate": _INTEREST,
    }


def offers(perpetual: Perpetual, now_ms: int, days: DayBook) -> tuple[str, str, str, str]:
    """Bid, its quantity, ask, its quantity; quantities are base units."""
    digits, last = perpetual.spec.price_decimals, perpetual.last.price_at(now_ms)
    volume = days.day(perpetual.name, perpetual.last, now_ms).base_volume
    return (
        text(last, digits),
        trimmed(volume / 20_000.0, 3),
        text(last + perpetual.tick, digits),
        trimmed(volume / 9_000.0, 3),
    )


def _book_row(perpetual: Perpetual, call: Call) -> dict[str, Json]:
    bid, bid_size, ask, ask_size = offers(perpetual, call.now_ms, DayBook())
    return {
        "symbol": symbol_of(perpetual),
        "bidPrice": bid,
        "bidQty": bid_size,
        "askPrice": ask,
        "askQty": ask_size,
        "time": call.clock_ms,
    }


def _listing(perpetual: Perpetual) -> Json:
    symbol, tick = symbol_of(perpetual), trimmed(perpetual.tick, perpetual.spec.price_decimals)
    return {
        "symbol": symbol,
        "pair": symbol,
        "contractType": "PERPETUAL",
        "deliveryDate": NO_END_MS,
        "onboardDate": perpetual.mark.start_ms,
        "status": "TRADING",
        "baseAsset": perpetual.spec.name,
        "quoteAsset": "USDT",
        "marginAsset": "USDT",
        "pricePrecision": perpetual.spec.price_decimals,
        "quantityPrecision": 3,
        "baseAssetPrecision": 8,
        "quotePrecision": 8,
        "underlyingType": "COIN",
        "underlyingSubType": [],
        "filters": [{"filterType": "PRICE_FILTER", "tickSize": tick, "minPrice": tick, "maxPrice": "10000000"}],
        "orderTypes": ["LIMIT", "MARKET"],
        "timeInForce": ["GTC", "IOC", "FOK", "GTX"],
    }


def _one_or_all(market: Market, call: Call, row: Callable[[Perpetual], dict[str, Json]]) -> Json:
    if "symbol" in call.query:
        return row(asked_perpetual(market, call.query))
    return [row(perpetual) for perpetual in market.perpetuals]
