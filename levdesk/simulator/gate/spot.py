"""Gate's spot endpoints: tickers with the NAV of leveraged tokens, pairs, candles, order book."""

from __future__ import annotations

from levdesk.simulator.candles import bars
from levdesk.simulator.dialect import Call, Json
from levdesk.simulator.gate.forms import (
    GateRefusal,
    Limits,
    bar_range_s,
    interval_s,
    invalid,
    percent,
    required,
    row_limit,
)
from levdesk.simulator.market import DayFigures, Market, PairQuote, SpotPair
from levdesk.simulator.paths import DAY_MS
from levdesk.simulator.series import opened_ms
from levdesk.simulator.written import text, trimmed

_CANDLES = Limits(most=1000, look_back=10_000)
_BOOK = Limits(most=100, default=10)
_NAV_DIGITS = 8
_EIGHT_HOURS_MS = 28_800_000
_ZONES = ("utc0", "utc8", "all")


def tickers(market: Market, call: Call) -> Json:
    """`GET /spot/tickers`: every trading pair, or the one asked for in an array of one."""
    zone = call.query.get("timezone", "")
    if zone and zone not in _ZONES:
        raise invalid("timezone", zone)
    if "currency_pair" in call.query:
        pair = _trading(market, call)
        return [_ticker(pair, call.now_ms, zone) | _sizes(pair, call.now_ms)]
    return [_ticker(pair, call.now_ms, zone) for pair in market.pairs if pair.trades(call.now_ms)]


def currency_pairs(market: Market, call: Call) -> Json:
    """`GET /spot/currency_pairs`: every pair, also the delisted ones."""
    return [_pair_row(pair, call.now_ms) for pair in market.pairs]


def currency_pair(market: Market, call: Call) -> Json:
    """`GET /spot/currency_pairs/{pair}`."""
    return _pair_row(_known(market, call.path.rpartition("/")[2]), call.now_ms)


def candlesticks(market: Market, call: Call) -> Json:
    """`GET /spot/candlesticks`: arrays of text, oldest first; a delisted pair keeps its past."""
    pair = _known(market, required(call.query, "currency_pair"))
    step_s = interval_s(call.query, default="30m")
    first_s, last_s = bar_range_s(call.query, step_s, call.now_ms // 1000, _CANDLES)
    made = bars(pair.series, step_s * 1000, first_s * 1000, last_s * 1000, call.now_ms)
    rows: list[Json] = []
    for start_ms, opened, high, low, close, turnover, closed in zip(
        made.start_ms.tolist(), made.open.tolist(), made.high.tolist(), made.low.tolist(), made.close.tolist(),
        made.turnover.tolist(), made.closed.tolist(), strict=True,
    ):  # fmt: skip
        digits = pair.price_decimals(start_ms)
        prices = (text(price, digits) for price in (close, high, low, opened))
        row: list[Json] = [str(start_ms // 1000), text(turnover, 8), *prices]
        rows.append([*row, text(turnover / close, 8), "true" if closed else "false"])
    return rows


def order_book(market: Market, call: Call) -> Json:
    """`GET /spot/order_book`: bids and asks, best first; only unmerged prices (`interval=0`) are served."""
    pair = _trading(market, call)
    if call.query.get("interval", "0") != "0":
        raise invalid("interval", call.query["interval"])
    bids, asks = pair.book(call.now_ms, row_limit(call.query, _BOOK))
    digits, amount = pair.price_decimals(), pair.spec.amount_decimals
    book: dict[str, Json] = {"id": call.now_ms // 100} if call.query.get("with_id") == "true" else {}
    return book | {
        "current": call.clock_ms,
        "update": call.clock_ms - 2,
        "asks": [[trimmed(level.price, digits), trimmed(level.size, amount)] for level in asks],
        "bids": [[trimmed(level.price, digits), trimmed(level.size, amount)] for level in bids],
    }


def pushed_ticker(pair: SpotPair, now_ms: int, day: DayFigures) -> dict[str, Json]:
    """The ticker as the stream tells it: nothing about NAV."""
    quote, digits = pair.quote(now_ms), pair.price_decimals()
    prices: dict[str, Json] = {
        "currency_pair": pair.name,
        "last": text(quote.last, digits),
        "lowest_ask": text(quote.ask, digits),
        "highest_bid": text(quote.bid, digits),
        "change_percentage": percent(quote.last, day.open),
    }
    return prices | _volumes(quote, day, digits)


def pushed_book_ticker(pair: SpotPair, now_ms: int) -> dict[str, Json]:
    """Best offers with their sizes, as the stream tells them."""
    quote, digits, sizes = pair.quote(now_ms), pair.price_decimals(), _sizes(pair, now_ms)
    return {
        "s": pair.name,
        "b": text(quote.bid, digits),
        "B": sizes["highest_size"],
        "a": text(quote.ask, digits),
        "A": sizes["lowest_size"],
    }


def server_time(_market: Market, call: Call) -> Json:
    """`GET /spot/time`: the only time Gate tells in milliseconds."""
    return {"server_time": call.clock_ms}


# -- rows ----------------------------------------------------------------------------------------------------------


def _ticker(pair: SpotPair, now_ms: int, zone: str) -> dict[str, Json]:
    quote, day, digits = pair.quote(now_ms), pair.day(now_ms), pair.price_decimals()
    row: dict[str, Json] = {
        "currency_pair": pair.name,
        "last": text(quote.last, digits),
        "lowest_ask": text(quote.ask, digits),
        "highest_bid": text(quote.bid, digits),
        "change_percentage": percent(quote.last, day.open),
    }
    if zone in ("utc0", "all"):
        row["change_utc0"] = percent(quote.last, _price_at(pair, now_ms // DAY_MS * DAY_MS))
    if zone in ("utc8", "all"):
        midnight_ms = (now_ms + _EIGHT_HOURS_MS) // DAY_MS * DAY_MS - _EIGHT_HOURS_MS
        row["change_utc8"] = percent(quote.last, _price_at(pair, midnight_ms))
    return row | _volumes(quote, day, digits) | _etf_fields(pair, now_ms)


def _volumes(quote: PairQuote, day: DayFigures, digits: int) -> dict[str, Json]:
    return {
        "base_volume": text(day.base_volume, 8),
        "quote_volume": text(day.quote_volume, 8),
        "high_24h": text(max(day.high, quote.last), digits),
        "low_24h": text(min(day.low, quote.last), digits),
    }


def _etf_fields(pair: SpotPair, now_ms: int) -> dict[str, Json]:
    """The fields only leveraged tokens have; the leverage of shorts is sent without a sign, as in the samples."""
    if pair.token is None:
        if not pair.spec.shows_empty_etf:
            return {}
        return dict.fromkeys(("etf_net_value", "etf_pre_net_value", "etf_pre_timestamp", "etf_leverage"))
    state = pair.token.state_at(now_ms)
    digits = max(_NAV_DIGITS, pair.price_decimals() + 3)
    return {
        "etf_net_value": trimmed(state.basket.nav, digits),
        "etf_pre_net_value": trimmed(state.rebalance_nav, digits),
        "etf_pre_timestamp": state.rebalance_ms // 1000,
        "etf_leverage": repr(abs(state.basket.leverage)),
    }


def _sizes(pair: SpotPair, now_ms: int) -> dict[str, Json]:
    bids, asks = pair.book(now_ms, 1)
    amount = pair.spec.amount_decimals
    return {
        "lowest_size": trimmed(asks[0].size, amount) if asks else "",
        "highest_size": trimmed(bids[0].size, amount) if bids else "",
    }


def _pair_row(pair: SpotPair, now_ms: int) -> Json:
    spec, listed_s = pair.spec, opened_ms(pair.series) // 1000
    delisted_ms = pair.delisted_ms
    return {
        "id": pair.name,
        "base": spec.base,
        "base_name": spec.name or spec.base,
        "quote": spec.quote,
        "quote_name": "Tether",
        "fee": "0.2",
        "min_base_amount": trimmed(10.0**-spec.amount_decimals, spec.amount_decimals),
        "min_quote_amount": "3",
        "max_quote_amount": "5000000",
        "amount_precision": spec.amount_decimals,
        "precision": pair.price_decimals(),
        "trade_status": "tradable" if pair.trades(now_ms) else "untradable",
        "sell_start": listed_s,
        "buy_start": listed_s,
        "delisting_time": 0 if delisted_ms is None else delisted_ms // 1000,
        "type": "normal",
        "trade_url": "",
        "st_tag": False,
    }


def _price_at(pair: SpotPair, ts_ms: int) -> float:
    return pair.series.price_at(max(ts_ms, opened_ms(pair.series)))


def _known(market: Market, name: str) -> SpotPair:
    pair = market.pair(name)
    if pair is None:
        raise GateRefusal("INVALID_CURRENCY_PAIR", f"Invalid currency pair {name}")
    return pair


def _trading(market: Market, call: Call) -> SpotPair:
    pair = _known(market, required(call.query, "currency_pair"))
    if not pair.trades(call.now_ms):
        raise GateRefusal("INVALID_CURRENCY_PAIR", f"Invalid currency pair {pair.name}")
    return pair
