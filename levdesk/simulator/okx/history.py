"""What OKX tells of the past: candles of trades, mark and index, and settlements; the newest first.

`after` asks for what is older than a time, `before` for what is newer; of what lies between the newest rows come.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from levdesk.simulator.candles import Bars, bar_start_ms, bars
from levdesk.simulator.dialect import Call, Json
from levdesk.simulator.market import Market
from levdesk.simulator.okx.forms import (
    bar,
    index_of,
    required,
    row_limit,
    spot_of,
    swap_id,
    swap_of,
    told,
    unknown,
    whole,
)
from levdesk.simulator.series import Series
from levdesk.simulator.written import text

_LATEST_BARS: Final = 1440
_FUNDING_ROWS: Final = 400
_FUNDING_LOOK_BACK_MS: Final = 92 * 86_400_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What candles are asked of.

    Attributes:
        series: the price.
        digits: of its prices.
        contract_size: base units per contract of a perpetual; 1 for a pair.
    """

    series: Series
    digits: int
    contract_size: float = 1.0


def candles(market: Market, call: Call) -> Json:
    """`GET /market/candles`: the latest 1440, of trades."""
    return _traded(market, call, latest=_LATEST_BARS)


def history_candles(market: Market, call: Call) -> Json:
    """`GET /market/history-candles`: years back, of trades."""
    return _traded(market, call, latest=None)


def mark_candles(market: Market, call: Call) -> Json:
    """`GET /market/mark-price-candles`: the latest 1440."""
    return _priced(_mark(market, call), call, latest=_LATEST_BARS)


def history_mark_candles(market: Market, call: Call) -> Json:
    """`GET /market/history-mark-price-candles`."""
    return _priced(_mark(market, call), call, latest=None)


def index_candles(market: Market, call: Call) -> Json:
    """`GET /market/index-candles`: the latest 1440."""
    return _priced(_index(market, call), call, latest=_LATEST_BARS)


def history_index_candles(market: Market, call: Call) -> Json:
    """`GET /market/history-index-candles`."""
    return _priced(_index(market, call), call, latest=None)


def funding_history(market: Market, call: Call) -> Json:
    """`GET /public/funding-rate-history`: about three months back."""
    name = required(call.query, "instId")
    perpetual = swap_of(market, name)
    if perpetual is None:
        raise unknown(name)
    limit = row_limit(call.query, default=_FUNDING_ROWS, most=_FUNDING_ROWS)
    newer_ms, older_ms = whole(call.query, "before"), whole(call.query, "after")
    funding, first_ms = perpetual.funding, call.now_ms - _FUNDING_LOOK_BACK_MS
    start = funding.number_after(max(first_ms, first_ms if newer_ms is None else newer_ms))
    stop = funding.number_after(min(call.now_ms, call.now_ms if older_ms is None else older_ms - 1))
    start = max(start, stop - limit, 1)
    if stop <= start:
        return told([])
    rates = funding.rates(start, stop).tolist()
    rows: list[Json] = [
        {
            "formulaType": "noRate",
            "fundingRate": text(rate, 10),
            "fundingTime": str(funding.settlement_ms(start + number)),
            "instId": swap_id(perpetual),
            "instType": "SWAP",
            "method": "current_period",
            "realizedRate": text(rate, 10),
        }
        for number, rate in enumerate(rates)
    ]
    return told(rows[::-1])


# -- candles -------------------------------------------------------------------------------------------------------


def _traded(market: Market, call: Call, *, latest: int | None) -> Json:
    """Rows [time, open, high, low, close, volume, volume in coin, volume in quote, closed]."""
    name = required(call.query, "instId")
    perpetual, pair = swap_of(market, name), spot_of(market, name)
    if perpetual is not None:
        digits = perpetual.spec.price_decimals
        asked = _Asked(series=perpetual.last, digits=digits, contract_size=perpetual.contract_size)
    elif pair is not None:
        asked = _Asked(series=pair.series, digits=pair.price_decimals())
    else:
        raise unknown(name)

    def volumes(made: Bars, place: int) -> list[str]:
        turnover = float(made.turnover[place])
        base = turnover / float(made.close[place])
        in_coin = turnover if perpetual is None else base
        return [text(base / asked.contract_size, 4), text(in_coin, 4), text(turnover, 4)]

    return _rows(asked, call, most=300, latest=latest, volumes=volumes)


def _priced(asked: _Asked, call: Call, *, latest: int | None) -> Json:
    """Rows [time, open, high, low, close, closed]."""
    return _rows(asked, call, most=100, latest=latest, volumes=lambda _made, _place: [])


def _rows(
    asked: _Asked, call: Call, *, most: int, latest: int | None, volumes: Callable[[Bars, int], list[str]]
) -> Json:
    step_ms, phase_ms = bar(call.query)
    limit = row_limit(call.query, default=100, most=most)
    newer_ms, older_ms = whole(call.query, "before"), whole(call.query, "after")
    last_ms = call.now_ms if older_ms is None else min(older_ms - 1, call.now_ms)
    first_ms = bar_start_ms(last_ms, step_ms, phase_ms) - (limit - 1) * step_ms
    if newer_ms is not None:
        first_ms = max(first_ms, newer_ms + 1)
    if latest is not None:
        first_ms = max(first_ms, bar_start_ms(call.now_ms, step_ms, phase_ms) - (latest - 1) * step_ms)
    made = bars(asked.series, step_ms, first_ms, last_ms, call.now_ms, phase_ms=phase_ms)
    rows: list[Json] = []
    for place, start_ms in enumerate(made.start_ms.tolist()):
        columns = (made.open, made.high, made.low, made.close)
        prices = [text(float(column[place]), asked.digits) for column in columns]
        rows.append([str(start_ms), *prices, *volumes(made, place), "1" if made.closed[place] else "0"])
    return told(rows[::-1])


def _mark(market: Market, call: Call) -> _Asked:
    name = required(call.query, "instId")
    perpetual = swap_of(market, name)
    if perpetual is None:
        raise unknown(name)
    return _Asked(series=perpetual.mark, digits=perpetual.spec.mark_decimals)


def _index(market: Market, call: Call) -> _Asked:
    name = required(call.query, "instId")
    perpetual = index_of(market, name)
    if perpetual is None:
        raise unknown(name)
    return _Asked(series=perpetual.index, digits=perpetual.spec.mark_decimals)
