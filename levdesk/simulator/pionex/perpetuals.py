"""What Pionex tells of perpetuals alone: mark, index and coming funding, their candles, settlements."""

from __future__ import annotations

from typing import Final

from levdesk.simulator.dialect import Call, Json
from levdesk.simulator.market import Market, Perpetual
from levdesk.simulator.pionex.forms import (
    PionexRefusal,
    kline_rows,
    perpetual_id,
    perpetual_of,
    required,
    row_limit,
    told,
    unknown,
    whole,
)
from levdesk.simulator.written import text

_MOST_BARS: Final = 2000
_MOST_SETTLEMENTS: Final = 500


def indexes(market: Market, call: Call) -> Json:
    """`GET /market/indexes`: of the symbol asked for, or of all."""
    asked = (_known(market, call),) if call.query.get("symbol") else market.perpetuals
    rows: list[Json] = [index_row(perpetual, call.now_ms) | {"updateTime": call.clock_ms} for perpetual in asked]
    return told({"indexes": rows}, call)


def mark_klines(market: Market, call: Call) -> Json:
    """`GET /market/markKlines`: the newest; an end cannot be named."""
    perpetual = _known(market, call)
    rows = kline_rows(perpetual.mark, perpetual.spec.mark_decimals, _without_end(call), most=_MOST_BARS, traded=False)
    return told({"klines": rows}, call)


def index_klines(market: Market, call: Call) -> Json:
    """`GET /market/indexKlines`: the newest; an end cannot be named."""
    perpetual = _known(market, call)
    rows = kline_rows(perpetual.index, perpetual.spec.mark_decimals, _without_end(call), most=_MOST_BARS, traded=False)
    return told({"klines": rows}, call)


def funding_rates(market: Market, call: Call) -> Json:
    """`GET /market/fundingRates`: settlements before `endTime`, newest first; one unless told."""
    perpetual = _known(market, call)
    limit, end_ms = row_limit(call.query, default=1, most=_MOST_SETTLEMENTS), whole(call.query, "endTime")
    funding = perpetual.funding
    stop = funding.number_after(min(call.now_ms, call.now_ms if end_ms is None else end_ms - 1))
    start = max(stop - limit, 1)
    rates = funding.rates(start, stop).tolist() if stop > start else []
    rows: list[Json] = [
        {"fundingRate": text(rate, 6), "fundingTime": funding.settlement_ms(start + number)}
        for number, rate in enumerate(rates)
    ]
    return told({"symbol": perpetual_id(perpetual), "rates": rows[::-1]}, call)


def index_row(perpetual: Perpetual, now_ms: int) -> dict[str, Json]:
    """Index, mark and the coming settlement, without the time of telling."""
    digits, coming = perpetual.spec.mark_decimals, perpetual.funding.number_after(now_ms)
    return {
        "symbol": perpetual_id(perpetual),
        "indexPrice": text(perpetual.index.price_at(now_ms), digits),
        "markPrice": text(perpetual.mark.price_at(now_ms), digits),
        "nextFundingRate": text(perpetual.funding.rate(coming), 6),
        "nextFundingTime": perpetual.funding.settlement_ms(coming),
    }


def _known(market: Market, call: Call) -> Perpetual:
    perpetual = perpetual_of(market, required(call.query, "symbol"))
    if perpetual is None:
        raise unknown()
    return perpetual


def _without_end(call: Call) -> Call:
    if "endTime" in call.query:
        raise PionexRefusal("MARKET_PARAMETER_ERROR", "endTime is not supported")
    return call
