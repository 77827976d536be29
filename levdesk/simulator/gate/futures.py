"""Gate's USDT perpetuals: tickers, contracts, candles of last, mark and index, funding, premium index."""

from __future__ import annotations

import numpy as np

from levdesk.simulator.candles import Bars, bars
from levdesk.simulator.dialect import Call, Json
from levdesk.simulator.funding import INTERVAL_MS, LIMIT_RATIO
from levdesk.simulator.gate.forms import (
    GateRefusal,
    Limits,
    bar_range_s,
    interval_s,
    percent,
    required,
    row_limit,
    whole,
)
from levdesk.simulator.market import DayFigures, Market, Perpetual, day_figures
from levdesk.simulator.written import text, trimmed

_CANDLES = Limits(most=2000)
_PREMIUM = Limits(most=1000)
_FUNDING = Limits(most=1000)
_DAY_S = 86_400
_FUNDING_LOOK_BACK_S = 180 * _DAY_S
_FUNDING_CLAMP_S = 30 * _DAY_S
_NO_CANDLES = ("1s", "30d")


def tickers(market: Market, call: Call) -> Json:
    """`GET /futures/usdt/tickers`: all, or the contract asked for in an array of one."""
    if "contract" in call.query:
        return [_ticker(_known(market, call.query["contract"]), call.now_ms)]
    return [_ticker(perpetual, call.now_ms) for perpetual in market.perpetuals]


def contracts(market: Market, call: Call) -> Json:
    """`GET /futures/usdt/contracts`."""
    return [_contract(perpetual, call.now_ms) for perpetual in market.perpetuals]


def contract(market: Market, call: Call) -> Json:
    """`GET /futures/usdt/contracts/{contract}`."""
    return _contract(_known(market, call.path.rpartition("/")[2]), call.now_ms)


def candlesticks(market: Market, call: Call) -> Json:
    """`GET /futures/usdt/candlesticks`: objects, oldest first; `mark_` and `index_` candles have no volume."""
    name = required(call.query, "contract")
    kind, perpetual = "last", market.perpetual(name)
    for prefix in ("mark", "index"):
        if perpetual is None and name.startswith(f"{prefix}_"):
            kind, perpetual = prefix, market.perpetual(name.removeprefix(f"{prefix}_"))
    if perpetual is None:
        raise _unknown(name)
    step_s = interval_s(call.query, default="5m", without=_NO_CANDLES)
    first_s, last_s = bar_range_s(call.query, step_s, call.now_ms // 1000, _CANDLES)
    series = {"last": perpetual.last, "mark": perpetual.mark, "index": perpetual.index}[kind]
    made = bars(series, step_s * 1000, first_s * 1000, last_s * 1000, call.now_ms)
    digits = perpetual.spec.price_decimals if kind == "last" else perpetual.spec.mark_decimals
    rows = _price_rows(made, digits)
    if kind == "last":
        sized = call.headers.get("x-gate-size-decimal") == "1"
        _add_volumes(rows, made, perpetual.contract_size, as_text=sized)
    return list(rows)


def premium_index(market: Market, call: Call) -> Json:
    """`GET /futures/usdt/premium_index`: how far the mark stands from the index, as a ratio."""
    perpetual = _known(market, required(call.query, "contract"))
    step_s = interval_s(call.query, default="5m", without=_NO_CANDLES)
    first_s, last_s = bar_range_s(call.query, step_s, call.now_ms // 1000, _PREMIUM)
    mark, index = (
        bars(series, step_s * 1000, first_s * 1000, last_s * 1000, call.now_ms)
        for series in (perpetual.mark, perpetual.index)
    )
    opened, close = mark.open / index.open - 1.0, mark.close / index.close - 1.0
    return [
        {"t": ts // 1000, "c": text(c, 6), "h": text(max(o, c), 6), "l": text(min(o, c), 6), "o": text(o, 6)}
        for ts, o, c in zip(mark.start_ms.tolist(), opened.tolist(), close.tolist(), strict=True)
    ]


def funding_rate(market: Market, call: Call) -> Json:
    """`GET /futures/usdt/funding_rate`: newest first; 180 days back at most, 30 where only one end is named."""
    perpetual = _known(market, required(call.query, "contract"))
    now_s, limit = call.now_ms // 1000, row_limit(call.query, _FUNDING)
    first_s, last_s = whole(call.query, "from"), whole(call.query, "to")
    if first_s is not None and first_s < now_s - _FUNDING_LOOK_BACK_S:
        raise GateRefusal("INVALID_PARAM_VALUE", "from time exceeds 180-day limit")
    if first_s is not None and last_s is None:
        last_s = first_s + _FUNDING_CLAMP_S
    last_s = min(now_s, now_s if last_s is None else last_s)
    first_s = last_s - _FUNDING_CLAMP_S if first_s is None else first_s
    funding = perpetual.funding
    start = max(funding.number_after(first_s * 1000 - 1), 1)
    stop = funding.number_after(last_s * 1000)
    start = max(start, stop - limit)
    if stop <= start:
        return []
    rates = funding.rates(start, stop).tolist()
    settled: list[Json] = [{"t": funding.settlement_ms(start + n) // 1000, "r": _rate(r)} for n, r in enumerate(rates)]
    return settled[::-1]


def pushed_ticker(perpetual: Perpetual, now_ms: int, day: DayFigures) -> dict[str, Json]:
    """The ticker as the stream tells it, with the coming settlement."""
    digits, mark_digits = perpetual.spec.price_decimals, perpetual.spec.mark_decimals
    last, coming = perpetual.last.price_at(now_ms), perpetual.funding.number_after(now_ms)
    rate = _rate(perpetual.funding.rate(coming))
    return {
        "contract": perpetual.name,
        "last": text(last, digits),
        "mark_price": text(perpetual.mark.price_at(now_ms), mark_digits),
        "index_price": text(perpetual.index.price_at(now_ms), mark_digits),
        "funding_rate": rate,
        "funding_rate_indicative": rate,
        "funding_interval": INTERVAL_MS // 1000,
        "funding_offset": 0,
        "funding_next_apply": perpetual.funding.settlement_ms(coming) // 1000,
        "total_size": text(day.base_volume / perpetual.contract_size * 0.7, 0),
        "volume_24h": text(day.base_volume / perpetual.contract_size, 0),
        "change_percentage": text((last / day.open - 1.0) * 100.0, 4),
    }


def pushed_book_ticker(perpetual: Perpetual, now_ms: int, day: DayFigures) -> dict[str, Json]:
    """Best offers as the stream tells them; sizes are contracts."""
    digits, last = perpetual.spec.price_decimals, perpetual.last.price_at(now_ms)
    traded = day.base_volume / perpetual.contract_size
    return {
        "s": perpetual.name,
        "b": text(last, digits),
        "B": text(traded / 20_000.0, 0),
        "a": text(last + perpetual.tick, digits),
        "A": text(traded / 9_000.0, 0),
    }


# -- rows ----------------------------------------------------------------------------------------------------------


def _ticker(perpetual: Perpetual, now_ms: int) -> Json:
    digits, mark_digits = perpetual.spec.price_decimals, perpetual.spec.mark_decimals
    last, day = perpetual.last.price_at(now_ms), day_figures(perpetual.last, now_ms)
    contracts_traded = day.base_volume / perpetual.contract_size
    return {
        "contract": perpetual.name,
        "last": text(last, digits),
        "low_24h": text(day.low, digits),
        "high_24h": text(day.high, digits),
        "change_percentage": percent(last, day.open),
        "volume_24h": text(contracts_traded, 0),
        "volume_24h_base": text(day.base_volume, 0),
        "volume_24h_quote": text(day.quote_volume, 0),
        "volume_24h_settle": text(day.quote_volume, 0),
        "mark_price": text(perpetual.mark.price_at(now_ms), mark_digits),
        "index_price": text(perpetual.index.price_at(now_ms), mark_digits),
        "funding_rate": _rate(perpetual.funding.rate(perpetual.funding.number_after(now_ms))),
        "highest_bid": text(last, digits),
        "highest_size": text(contracts_traded / 20_000.0, 0),
        "lowest_ask": text(last + perpetual.tick, digits),
        "lowest_size": text(contracts_traded / 9_000.0, 0),
        "total_size": text(contracts_traded * 0.7, 0),
        "quanto_multiplier": perpetual.spec.contract_size,
    }


def _contract(perpetual: Perpetual, now_ms: int) -> Json:
    mark_digits, coming = perpetual.spec.mark_decimals, perpetual.funding.number_after(now_ms)
    return {
        "name": perpetual.name,
        "type": "direct",
        "contract_type": "",
        "status": "trading",
        "quanto_multiplier": perpetual.spec.contract_size,
        "mark_type": "index",
        "last_price": text(perpetual.last.price_at(now_ms), perpetual.spec.price_decimals),
        "mark_price": text(perpetual.mark.price_at(now_ms), mark_digits),
        "index_price": text(perpetual.index.price_at(now_ms), mark_digits),
        "funding_rate_indicative": _rate(perpetual.funding.rate(coming)),
        "funding_rate": _rate(perpetual.funding.rate(coming)),
        "funding_rate_limit": _rate(LIMIT_RATIO),
        "funding_offset": 0,
        "funding_interval": INTERVAL_MS // 1000,
        "funding_next_apply": perpetual.funding.settlement_ms(coming) // 1000,
        "in_delisting": False,
        "order_price_round": trimmed(perpetual.tick, perpetual.spec.price_decimals),
        "mark_price_round": trimmed(10.0**-mark_digits, mark_digits),
        "leverage_max": "100",
        "create_time": perpetual.mark.start_ms // 1000,
    }


def _price_rows(made: Bars, digits: int) -> list[dict[str, Json]]:
    columns = (made.start_ms, made.close, made.high, made.low, made.open)
    return [
        {
            "t": ts // 1000,
            "c": text(close, digits),
            "h": text(high, digits),
            "l": text(low, digits),
            "o": text(opened, digits),
        }
        for ts, close, high, low, opened in zip(*(column.tolist() for column in columns), strict=True)
    ]


def _add_volumes(rows: list[dict[str, Json]], made: Bars, contract_size: float, *, as_text: bool) -> None:
    sizes = np.rint(made.turnover / made.close / contract_size).astype(np.int64).tolist()
    for row, size, turnover in zip(rows, sizes, made.turnover.tolist(), strict=True):
        row["v"] = str(size) if as_text else size
        row["sum"] = trimmed(turnover, 4)


def _rate(ratio: float) -> str:
    return text(ratio, 6)


def _unknown(name: str) -> GateRefusal:
    return GateRefusal("CONTRACT_NOT_FOUND", f"Contract {name} not found")


def _known(market: Market, name: str) -> Perpetual:
    perpetual = market.perpetual(name)
    if perpetual is None:
        raise _unknown(name)
    return perpetual
