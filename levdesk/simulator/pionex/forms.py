"""How Pionex writes and reads: an envelope with its time, parameters, names, intervals whose capital M is a minute."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from levdesk.simulator.candles import Bars, bar_start_ms, bars
from levdesk.simulator.dialect import Answer, Call, Json, json_answer
from levdesk.simulator.market import Market, Perpetual, SpotPair
from levdesk.simulator.parameters import Parameters, Refusal
from levdesk.simulator.series import Series
from levdesk.simulator.written import text

PERPETUAL_ENDING: Final = "_PERP"

_MINUTE_MS: Final = 60_000
INTERVALS_MS: Final = {
    "1M": _MINUTE_MS,
    "5M": 5 * _MINUTE_MS,
    "15M": 15 * _MINUTE_MS,
    "30M": 30 * _MINUTE_MS,
    "60M": 60 * _MINUTE_MS,
    "4H": 240 * _MINUTE_MS,
    "8H": 480 * _MINUTE_MS,
    "12H": 720 * _MINUTE_MS,
    "1D": 1440 * _MINUTE_MS,
}
_LOOK_BACK: Final = 10_000
_DEFAULT_BARS: Final = 100


class PionexRefusal(Refusal):
    """Pionex's way to say no: `result` false with a code, mostly with HTTP 200."""

    usual_status = 200

    def answer(self, clock_ms: int) -> Answer:
        """The refusal as it goes over the wire."""
        # As recorded: the time of a refusal is in seconds, that of an answer in ms.
        said: Json = {"result": False, "code": self.code, "message": self.message, "timestamp": clock_ms // 1000}
        return json_answer(self.status, said)


def told(data: Json, call: Call) -> Json:
    """Data in its envelope."""
    return {"result": True, "data": data, "timestamp": call.clock_ms}


def perpetual_id(perpetual: Perpetual) -> str:
    """E.g. "BTC_USDT_PERP"."""
    return f"{perpetual.name}{PERPETUAL_ENDING}"


def perpetual_of(market: Market, name: str) -> Perpetual | None:
    """The perpetual of "BTC_USDT_PERP", or None."""
    return market.perpetual(name.removesuffix(PERPETUAL_ENDING)) if name.endswith(PERPETUAL_ENDING) else None


def pair_of(market: Market, name: str, now_ms: int) -> SpotPair | None:
    """A spot pair that trades, or None."""
    pair = market.pair(name)
    return pair if pair is not None and pair.trades(now_ms) else None


def unknown() -> PionexRefusal:
    """The refusal of a symbol."""
    return PionexRefusal("MARKET_INVALID_SYMBOL", "symbol error")


def wrong(name: str, _value: str = "") -> PionexRefusal:
    """The refusal of a parameter, whose value Pionex does not repeat."""
    return PionexRefusal("MARKET_PARAMETER_ERROR", f"{name} error")


_READ: Final = Parameters(missing=wrong, unreadable=wrong, beyond=wrong)
required, whole, row_limit = _READ.required, _READ.whole, _READ.row_limit


def kind(query: Mapping[str, str], default: str) -> str:
    """The `type` parameter: of spot pairs or of perpetuals."""
    name = query.get("type", "") or default
    if name not in ("SPOT", "PERP"):
        raise wrong("type")
    return name


def kline_rows(series: Series, digits: int, call: Call, *, most: int, traded: bool) -> list[Json]:
    """Candles, newest first, up to `endTime`; 10,000 bars back and no further.

    Those of a mark or an index have no volume, and their time is text.
    """
    step_ms = INTERVALS_MS.get(required(call.query, "interval"))
    if step_ms is None:
        raise wrong("interval")
    limit = row_limit(call.query, default=_DEFAULT_BARS, most=most)
    end_ms = whole(call.query, "endTime")
    last_ms = call.now_ms if end_ms is None else min(end_ms - 1, call.now_ms)
    first_ms = max(
        bar_start_ms(last_ms, step_ms) - (limit - 1) * step_ms,
        bar_start_ms(call.now_ms, step_ms) - (_LOOK_BACK - 1) * step_ms,
    )
    made = bars(series, step_ms, first_ms, last_ms, call.now_ms)
    return [_kline(made, place, digits, traded=traded) for place in range(len(made) - 1, -1, -1)]


def _kline(made: Bars, place: int, digits: int, *, traded: bool) -> Json:
    start_ms = int(made.start_ms[place])
    row: dict[str, Json] = {
        "time": start_ms if traded else str(start_ms),
        "open": text(float(made.open[place]), digits),
        "close": text(float(made.close[place]), digits),
        "high": text(float(made.high[place]), digits),
        "low": text(float(made.low[place]), digits),
    }
    return row | {"volume": text(float(made.turnover[place] / made.close[place]), 6)} if traded else row
