"""What Binance tells of the past: candles of trades, mark, index and premium, oldest first, and settlements."""

from __future__ import annotations

from typing import Final

from levdesk.simulator.binance.forms import asked_perpetual, figure, interval, row_limit, symbol_of, whole
from levdesk.simulator.candles import Bars, bar_start_ms, bars
from levdesk.simulator.dialect import Call, Json
from levdesk.simulator.funding import INTERVAL_MS, LIMIT_RATIO
from levdesk.simulator.market import Market
from levdesk.simulator.noise import Floats
from levdesk.simulator.series import Series

_MOST_BARS: Final = 1500
_DEFAULT_BARS: Final = 500
_MOST_SETTLEMENTS: Final = 1000
_DEFAULT_SETTLEMENTS: Final = 100
_LATEST_SETTLEMENTS: Final = 200
_PREMIUM_DIGITS: Final = 8
_SMALL_PRICE: Final = 1.0


def klines(market: Market, call: Call) -> Json:
    """`GET /fapi/v1/klines`: candles of trades."""
    perpetual = asked_perpetual(market, call.query)
    made, step_ms = _bars(perpetual.last, call)
    digits = perpetual.spec.price_decimals
    rows: list[Json] = []
    for place, start_ms in enumerate(made.start_ms.tolist()):
        turnover, close = float(made.turnover[place]), float(made.close[place])
        volume = turnover / close
        prices = [f"{float(column[place]):.{digits}f}" for column in (made.open, made.high, made.low, made.close)]
        trades = int(turnover / 900.0) + 1
        row: list[Json] = [start_ms, *prices, f"{volume:.3f}", start_ms + step_ms - 1, figure(turnover), trades]
        rows.append([*row, f"{volume / 2:.3f}", figure(turnover / 2), "0"])
    return rows


def mark_klines(market: Market, call: Call) -> Json:
    """`GET /fapi/v1/markPriceKlines`."""
    return _priced(*_bars(asked_perpetual(market, call.query).mark, call))


def index_klines(market: Market, call: Call) -> Json:
    """`GET /fapi/v1/indexPriceKlines`; the parameter is `pair`."""
    return _priced(*_bars(asked_perpetual(market, call.query, "pair").index, call))


def premium_klines(market: Market, call: Call) -> Json:
    """`GET /fapi/v1/premiumIndexKlines`: how far the mark stands from the index, as a ratio."""
    perpetual = asked_perpetual(market, call.query)
    mark, step_ms = _bars(perpetual.mark, call)
    index, _ = _bars(perpetual.index, call)
    opened: Floats = mark.open / index.open - 1.0
    close: Floats = mark.close / index.close - 1.0
    return [
        _price_row(start_ms, step_ms, (first, max(first, last), min(first, last), last))
        for start_ms, first, last in zip(mark.start_ms.tolist(), opened.tolist(), close.tolist(), strict=True)
    ]


def funding_rate(market: Market, call: Call) -> Json:
    """`GET /fapi/v1/fundingRate`: settlements, oldest first; without any time the latest 200."""
    perpetual = asked_perpetual(market, call.query)
    first_ms, last_ms = whole(call.query, "startTime"), whole(call.query, "endTime")
    free = first_ms is None and last_ms is None
    default = _LATEST_SETTLEMENTS if free else _DEFAULT_SETTLEMENTS
    limit = row_limit(call.query, default=default, most=_MOST_SETTLEMENTS)
    funding = perpetual.funding
    stop = funding.number_after(min(call.now_ms, call.now_ms if last_ms is None else last_ms))
    start = 1 if first_ms is None else max(funding.number_after(first_ms - 1), 1)
    # From a named start the oldest come, else the newest.
    start, stop = (max(start, stop - limit), stop) if first_ms is None else (start, min(stop, start + limit))
    if stop <= start:
        return []
    rates = funding.rates(start, stop).tolist()
    return [_settlement(symbol_of(perpetual), perpetual.mark, funding.settlement_ms(start + n), rate)
            for n, rate in enumerate(rates)]  # fmt: skip


def funding_info(market: Market, _call: Call) -> Json:
    """`GET /fapi/v1/fundingInfo`: only symbols whose interval or cap was adjusted; here the cap of small coins."""
    adjusted = [perpetual for perpetual in market.perpetuals if perpetual.spec.start_price < _SMALL_PRICE]
    return [
        {
            "symbol": symbol_of(perpetual),
            "adjustedFundingRateCap": figure(LIMIT_RATIO),
            "adjustedFundingRateFloor": figure(-LIMIT_RATIO),
            "fundingIntervalHours": INTERVAL_MS // 3_600_000,
            "disclaimer": False,
        }
        for perpetual in adjusted
    ]


def _settlement(symbol: str, mark: Series, ts_ms: int, rate: float) -> Json:
    return {
        "symbol": symbol,
        "fundingTime": ts_ms,
        "fundingRate": figure(rate),
        "markPrice": figure(mark.price_at(ts_ms)),
    }


def _bars(series: Series, call: Call) -> tuple[Bars, int]:
    """The bars asked for, and their length."""
    step_ms, phase_ms = interval(call.query)
    limit = row_limit(call.query, default=_DEFAULT_BARS, most=_MOST_BARS)
    first_ms, last_ms = whole(call.query, "startTime"), whole(call.query, "endTime")
    last_ms = call.now_ms if last_ms is None else min(last_ms, call.now_ms)
    if first_ms is None:
        first_ms = bar_start_ms(last_ms, step_ms, phase_ms) - (limit - 1) * step_ms
    else:
        first_ms = max(first_ms, series.start_ms)
        begin_ms = bar_start_ms(first_ms + step_ms - 1, step_ms, phase_ms)
        last_ms = min(last_ms, begin_ms + (limit - 1) * step_ms)
    return bars(series, step_ms, first_ms, last_ms, call.now_ms, phase_ms=phase_ms), step_ms


def _priced(made: Bars, step_ms: int) -> Json:
    columns = (made.start_ms, made.open, made.high, made.low, made.close)
    rows = zip(*(column.tolist() for column in columns), strict=True)
    return [_price_row(start_ms, step_ms, prices) for start_ms, *prices in rows]


def _price_row(start_ms: int, step_ms: int, prices: tuple[float, ...] | list[float]) -> Json:
    """A row without trades: its volumes are 0."""
    return [start_ms, *(f"{price:.{_PREMIUM_DIGITS}f}" for price in prices), "0", start_ms + step_ms - 1, "0", 60,
            "0", "0", "0"]  # fmt: skip
