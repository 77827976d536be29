"""What Pionex tells of pairs and, by their type, of perpetuals: symbols, tickers, offers, depth, trades, candles."""

from __future__ import annotations

from typing import Final

from levdesk.simulator.dialect import Call, Json
from levdesk.simulator.market import DayFigures, Market, Perpetual, SpotPair, day_figures
from levdesk.simulator.pionex.forms import (
    kind,
    kline_rows,
    pair_of,
    perpetual_id,
    perpetual_of,
    required,
    row_limit,
    told,
    unknown,
)
from levdesk.simulator.written import text, trimmed

_TRADES: Final = 100


def symbols(market: Market, call: Call) -> Json:
    """`GET /common/symbols`: those named, or all of a type; a delisted pair is there, disabled."""
    named = {name for name in call.query.get("symbols", "").split(",") if name}
    rows: list[Json] = []
    asked = call.query.get("type", "")
    if asked:
        kind(call.query, "SPOT")
    if asked != "PERP":
        rows += [_pair_symbol(pair, call.now_ms) for pair in market.pairs if not named or pair.name in named]
    if asked == "PERP" or named:
        rows += [_perpetual_symbol(one) for one in market.perpetuals if not named or perpetual_id(one) in named]
    if named and not rows:
        raise unknown()
    return told({"symbols": rows}, call)


def tickers(market: Market, call: Call) -> Json:
    """`GET /market/tickers`: the day of one symbol, or of all of a type (spot unless told)."""
    pairs, perpetuals = _asked(market, call, default="SPOT")
    rows = [_ticker(pair.name, pair.quote(call.now_ms).last, pair.day(call.now_ms), pair.price_decimals(), call)
            for pair in pairs]  # fmt: skip
    rows += [
        _ticker(perpetual_id(one), one.last.price_at(call.now_ms), day_figures(one.last, call.now_ms),
                one.spec.price_decimals, call)
        for one in perpetuals
    ]  # fmt: skip
    return told({"tickers": rows}, call)


def book_tickers(market: Market, call: Call) -> Json:
    """`GET /market/bookTickers`: best offers of one symbol, or of all of a type (perpetuals unless told)."""
    pairs, perpetuals = _asked(market, call, default="PERP")
    rows: list[Json] = []
    for pair in pairs:
        bids, asks = depth_sides(pair, call.now_ms, 1)
        rows.append(_book(pair.name, bids[0], asks[0], call))
    for one in perpetuals:
        last = one.last.price_at(call.now_ms)
        digits = one.spec.price_decimals
        rows.append(_book(perpetual_id(one), [text(last, digits), "1"], [text(last + one.tick, digits), "1"], call))
    return told({"tickers": rows}, call)


def depth(market: Market, call: Call) -> Json:
    """`GET /market/depth`: bids and asks of a pair, best first."""
    pair = pair_of(market, required(call.query, "symbol"), call.now_ms)
    if pair is None:
        raise unknown()
    bids, asks = depth_sides(pair, call.now_ms, row_limit(call.query, default=20, most=1000))
    return told({"bids": list(bids), "asks": list(asks), "updateTime": call.clock_ms}, call)


def trades(market: Market, call: Call) -> Json:
    """`GET /market/trades`: the latest trades of a pair, newest first."""
    pair = pair_of(market, required(call.query, "symbol"), call.now_ms)
    if pair is None:
        raise unknown()
    limit, step_ms = row_limit(call.query, default=_TRADES, most=500), pair.spec.trade_every_s * 1000
    rows: list[Json] = [trade_row(pair, call.now_ms - back * step_ms) for back in range(limit)]
    return told({"trades": rows}, call)


def klines(market: Market, call: Call) -> Json:
    """`GET /market/klines`: candles of a pair or a perpetual."""
    name = required(call.query, "symbol")
    perpetual, pair = perpetual_of(market, name), market.pair(name)
    if perpetual is not None:
        rows = kline_rows(perpetual.last, perpetual.spec.price_decimals, call, most=500, traded=True)
    elif pair is not None:
        rows = kline_rows(pair.series, pair.price_decimals(), call, most=500, traded=True)
    else:
        raise unknown()
    return told({"klines": rows}, call)


# -- rows ----------------------------------------------------------------------------------------------------------


def depth_sides(pair: SpotPair, now_ms: int, levels: int) -> tuple[list[list[Json]], list[list[Json]]]:
    """Bids and asks as text, best first."""
    digits, amount = pair.price_decimals(), pair.spec.amount_decimals
    bids, asks = (
        [[text(level.price, digits), trimmed(level.size, amount)] for level in side]
        for side in pair.book(now_ms, levels)
    )
    return list(map(list, bids)), list(map(list, asks))


def trade_row(pair: SpotPair, now_ms: int) -> dict[str, Json]:
    """The last trade before a moment."""
    # As it was when it was made, whoever asks later.
    quote, digits = pair.quote(pair.quote(now_ms).last_ms), pair.price_decimals()
    return {
        "symbol": pair.name,
        "tradeId": str(quote.last_ms // 1000),
        "price": text(quote.last, digits),
        "size": trimmed(40.0 / quote.last, pair.spec.amount_decimals),
        "side": "BUY" if 2 * quote.last >= quote.bid + quote.ask else "SELL",
        "timestamp": quote.last_ms,
    }


def _asked(market: Market, call: Call, *, default: str) -> tuple[list[SpotPair], list[Perpetual]]:
    """The symbol asked for, or all of a type."""
    name = call.query.get("symbol", "")
    if name:
        pair, perpetual = pair_of(market, name, call.now_ms), perpetual_of(market, name)
        if pair is None and perpetual is None:
            raise unknown()
        return [pair] if pair is not None else [], [perpetual] if perpetual is not None else []
    if kind(call.query, default) == "PERP":
        return [], list(market.perpetuals)
    return [pair for pair in market.pairs if pair.trades(call.now_ms)], []


def _ticker(name: str, last: float, day: DayFigures, digits: int, call: Call) -> Json:
    return {
        "symbol": name,
        "time": call.clock_ms,
        "open": text(day.open, digits),
        "close": text(last, digits),
        "high": text(max(day.high, last), digits),
        "low": text(min(day.low, last), digits),
        "volume": text(day.base_volume, 6),
        "amount": text(day.quote_volume, 6),
        "count": str(int(day.quote_volume / 900.0)),
    }


def _book(name: str, bid: list[Json], ask: list[Json], call: Call) -> Json:
    return {
        "symbol": name,
        "bidPrice": bid[0],
        "bidSize": bid[1],
        "askPrice": ask[0],
        "askSize": ask[1],
        "timestamp": str(call.clock_ms),
    }


def _pair_symbol(pair: SpotPair, now_ms: int) -> Json:
    smallest = trimmed(10.0**-pair.spec.amount_decimals, pair.spec.amount_decimals)
    return {
        "symbol": pair.name,
        "type": "SPOT",
        "baseCurrency": pair.spec.base,
        "quoteCurrency": pair.spec.quote,
        "basePrecision": pair.spec.amount_decimals,
        "quotePrecision": pair.price_decimals(),
        "amountPrecision": 8,
        "minAmount": "10",
        "minTradeSize": smallest,
        "maxTradeSize": "1000000",
        "minTradeDumping": smallest,
        "maxTradeDumping": "100000",
        "enable": pair.trades(now_ms),
        "buyCeiling": "1.1",
        "sellFloor": "0.9",
    }


def _perpetual_symbol(perpetual: Perpetual) -> Json:
    return {
        "symbol": perpetual_id(perpetual),
        "type": "PERP",
        "baseCurrency": perpetual.spec.name,
        "quoteCurrency": "USDT",
        "basePrecision": 4,
        "quotePrecision": perpetual.spec.price_decimals,
        "amountPrecision": 8,
        "minAmount": "10",
        "minTradeSize": perpetual.spec.contract_size,
        "maxTradeSize": "1000000",
        "enable": True,
        "buyCeiling": "1.1",
        "sellFloor": "0.9",
    }
