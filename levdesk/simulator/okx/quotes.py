"""What OKX tells of now: time, instruments, tickers, mark prices, indexes, the coming settlement."""

from __future__ import annotations

from typing import Final

from levdesk.simulator.dialect import Call, Json
from levdesk.simulator.funding import INTERVAL_MS, LIMIT_RATIO
from levdesk.simulator.market import DayBook, DayFigures, Market, Perpetual, SpotPair, day_figures
from levdesk.simulator.okx.forms import (
    OkxRefusal,
    index_id,
    index_of,
    required,
    spot_id,
    spot_of,
    swap_id,
    swap_of,
    told,
    unknown,
    wrong,
)
from levdesk.simulator.series import Series
from levdesk.simulator.written import text, trimmed

_ANY: Final = "ANY"
_EIGHT_HOURS_MS: Final = 28_800_000
_DAY_MS: Final = 86_400_000


def server_time(_market: Market, call: Call) -> Json:
    """`GET /public/time`."""
    return told([{"ts": str(call.clock_ms)}])


def instruments(market: Market, call: Call) -> Json:
    """`GET /public/instruments`: of a type, or the one asked for."""
    kind, name = _kind(call), call.query.get("instId", "")
    rows = [_swap(perpetual) for perpetual in market.perpetuals] if kind == "SWAP" else [
        _pair(pair, call.now_ms) for pair in market.pairs if pair.token is None
    ]  # fmt: skip
    found = [row for row in rows if not name or row["instId"] == name]
    if not found:
        raise unknown(name)
    return told(list(found))


def ticker(market: Market, call: Call) -> Json:
    """`GET /market/ticker`: one instrument of either type."""
    name = required(call.query, "instId")
    perpetual, pair = swap_of(market, name), spot_of(market, name)
    if perpetual is not None:
        day = day_figures(perpetual.last, call.now_ms)
        return told([swap_ticker(perpetual, call.now_ms, day) | {"ts": str(call.clock_ms)}])
    if pair is None:
        raise unknown(name)
    return told([_spot_ticker(pair, call)])


def tickers(market: Market, call: Call) -> Json:
    """`GET /market/tickers`: all of a type."""
    if _kind(call) == "SPOT":
        return told([_spot_ticker(pair, call) for pair in market.pairs if pair.token is None])
    stamp: dict[str, Json] = {"ts": str(call.clock_ms)}
    return told(
        [swap_ticker(one, call.now_ms, day_figures(one.last, call.now_ms)) | stamp for one in market.perpetuals]
    )


def mark_price(market: Market, call: Call) -> Json:
    """`GET /public/mark-price`: all perpetuals, or the one asked for."""
    if _kind(call) != "SWAP":
        raise wrong("instType")
    stamp: dict[str, Json] = {"ts": str(call.clock_ms)}
    return told([mark_row(one, call.now_ms) | stamp for one in _swaps(market, call.query.get("instId", ""))])


def index_tickers(market: Market, call: Call) -> Json:
    """`GET /market/index-tickers`: the index asked for, or all in a quote currency."""
    name, quote = call.query.get("instId", ""), call.query.get("quoteCcy", "")
    if not name and not quote:
        raise OkxRefusal("50015", "Either parameter instId or quoteCcy is required", status=400)
    one = index_of(market, name) if name else None
    if name and one is None:
        raise unknown(name)
    found = (one,) if one is not None else market.perpetuals if quote == "USDT" else ()
    stamp: dict[str, Json] = {"ts": str(call.clock_ms)}
    return told([index_row(perpetual, call.now_ms, DayBook()) | stamp for perpetual in found])


def funding_rate(market: Market, call: Call) -> Json:
    """`GET /public/funding-rate`: one perpetual, or all with `ANY`."""
    name = required(call.query, "instId")
    stamp: dict[str, Json] = {"ts": str(call.clock_ms)}
    return told([funding_row(one, call.now_ms) | stamp for one in _swaps(market, "" if name == _ANY else name)])


# -- rows, without the time of telling -----------------------------------------------------------------------------


def swap_ticker(perpetual: Perpetual, now_ms: int, day: DayFigures) -> dict[str, Json]:
    """Last trade, best offers and the day of a perpetual; sizes are contracts."""
    digits, last = perpetual.spec.price_decimals, perpetual.last.price_at(now_ms)
    contracts = day.base_volume / perpetual.contract_size
    return {
        "instType": "SWAP",
        "instId": swap_id(perpetual),
        "last": text(last, digits),
        "lastSz": "1",
        "askPx": text(last + perpetual.tick, digits),
        "askSz": text(contracts / 9_000.0, 0),
        "bidPx": text(last, digits),
        "bidSz": text(contracts / 20_000.0, 0),
    } | _day(perpetual.last, day, now_ms, digits, contracts, day.base_volume)


def mark_row(perpetual: Perpetual, now_ms: int) -> dict[str, Json]:
    """The mark price."""
    mark = text(perpetual.mark.price_at(now_ms), perpetual.spec.mark_decimals)
    return {"instType": "SWAP", "instId": swap_id(perpetual), "markPx": mark}


def index_row(perpetual: Perpetual, now_ms: int, days: DayBook) -> dict[str, Json]:
    """The index with its day."""
    digits = perpetual.spec.mark_decimals
    day = days.day(f"{perpetual.name}/index", perpetual.index, now_ms)
    whole = _day(perpetual.index, day, now_ms, digits, 0.0, 0.0)
    return {
        "instId": index_id(perpetual),
        "idxPx": text(perpetual.index.price_at(now_ms), digits),
    } | {name: whole[name] for name in ("high24h", "low24h", "open24h", "sodUtc0", "sodUtc8")}


def funding_row(perpetual: Perpetual, now_ms: int) -> dict[str, Json]:
    """The coming settlement, which OKX calls `fundingTime`, and the one after."""
    funding, coming = perpetual.funding, perpetual.funding.number_after(now_ms)
    return {
        "formulaType": "noRate",
        "fundingRate": text(funding.rate(coming), 10),
        "fundingTime": str(funding.settlement_ms(coming)),
        "impactValue": "",
        "instId": swap_id(perpetual),
        "instType": "SWAP",
        "interestRate": "",
        "maxFundingRate": trimmed(LIMIT_RATIO, 6),
        "method": "current_period",
        "minFundingRate": trimmed(-LIMIT_RATIO, 6),
        "nextFundingRate": "",
        "nextFundingTime": str(funding.settlement_ms(coming) + INTERVAL_MS),
        "premium": text(perpetual.mark.price_at(now_ms) / perpetual.index.price_at(now_ms) - 1.0, 10),
        "settFundingRate": text(funding.rate(max(coming - 1, 1)), 10),
        "settState": "settled",
    }


def _spot_ticker(pair: SpotPair, call: Call) -> Json:
    quote, day, digits = pair.quote(call.now_ms), pair.day(call.now_ms), pair.price_decimals()
    row: dict[str, Json] = {
        "instType": "SPOT",
        "instId": spot_id(pair),
        "last": text(quote.last, digits),
        "lastSz": "0.01",
        "askPx": text(quote.ask, digits),
        "askSz": "1",
        "bidPx": text(quote.bid, digits),
        "bidSz": "1",
        "ts": str(call.clock_ms),
    }
    return row | _day(pair.series, day, call.now_ms, digits, day.base_volume, day.quote_volume)


def _day(
    series: Series, day: DayFigures, now_ms: int, digits: int, volume: float, volume_in_coin: float
) -> dict[str, Json]:
    utc0_ms = now_ms // _DAY_MS * _DAY_MS
    utc8_ms = (now_ms + _EIGHT_HOURS_MS) // _DAY_MS * _DAY_MS - _EIGHT_HOURS_MS
    opens = [text(series.price_at(max(ts_ms, series.start_ms)), digits) for ts_ms in (utc0_ms, utc8_ms)]
    return {
        "open24h": text(day.open, digits),
        "high24h": text(day.high, digits),
        "low24h": text(day.low, digits),
        "volCcy24h": text(volume_in_coin, 4),
        "vol24h": text(volume, 4),
        "sodUtc0": opens[0],
        "sodUtc8": opens[1],
    }


def _swap(perpetual: Perpetual) -> dict[str, Json]:
    return {
        "instType": "SWAP",
        "instId": swap_id(perpetual),
        "uly": index_id(perpetual),
        "instFamily": index_id(perpetual),
        "baseCcy": "",
        "quoteCcy": "",
        "settleCcy": "USDT",
        "ctVal": perpetual.spec.contract_size,
        "ctMult": "1",
        "ctValCcy": perpetual.spec.name,
        "ctType": "linear",
        "tickSz": trimmed(perpetual.tick, perpetual.spec.price_decimals),
        "lotSz": "1",
        "minSz": "1",
        "listTime": str(perpetual.mark.start_ms),
        "expTime": "",
        "state": "live",
        "lever": "100",
    }


def _pair(pair: SpotPair, now_ms: int) -> dict[str, Json]:
    return {
        "instType": "SPOT",
        "instId": spot_id(pair),
        "baseCcy": pair.spec.base,
        "quoteCcy": pair.spec.quote,
        "tickSz": trimmed(10.0 ** -pair.price_decimals(), pair.price_decimals()),
        "lotSz": "0.01",
        "minSz": "0.01",
        "listTime": str(pair.series.start_ms),
        "expTime": "",
        "state": "live" if pair.trades(now_ms) else "suspend",
    }


def _kind(call: Call) -> str:
    kind = required(call.query, "instType")
    if kind not in ("SWAP", "SPOT"):
        raise wrong("instType")
    return kind


def _swaps(market: Market, name: str) -> tuple[Perpetual, ...]:
    """All perpetuals, or the one named."""
    if not name:
        return market.perpetuals
    perpetual = swap_of(market, name)
    if perpetual is None:
        raise unknown(name)
    return (perpetual,)
