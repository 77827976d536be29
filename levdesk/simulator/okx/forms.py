"""How OKX writes and reads: an envelope with a code, parameters, names, bars that open by the clock of Hong Kong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from levdesk.simulator.dialect import Answer, Json, json_answer
from levdesk.simulator.market import Market, Perpetual, SpotPair
from levdesk.simulator.parameters import Parameters, Refusal

_MINUTE_MS: Final = 60_000
_DAY_MS: Final = 86_400_000
_MONDAY_MS: Final = 4 * _DAY_MS
_EIGHT_HOURS_MS: Final = 8 * 60 * _MINUTE_MS

_SHORT_BARS: Final = {
    "1m": _MINUTE_MS,
    "3m": 3 * _MINUTE_MS,
    "5m": 5 * _MINUTE_MS,
    "15m": 15 * _MINUTE_MS,
    "30m": 30 * _MINUTE_MS,
    "1H": 60 * _MINUTE_MS,
    "2H": 120 * _MINUTE_MS,
    "4H": 240 * _MINUTE_MS,
}
_LONG_BARS: Final = {"6H": _DAY_MS // 4, "12H": _DAY_MS // 2, "1D": _DAY_MS, "1W": 7 * _DAY_MS}


class OkxRefusal(Refusal):
    """OKX's way to say no: a code in the envelope, often with HTTP 200."""

    usual_status = 200

    def answer(self) -> Answer:
        """The refusal as it goes over the wire."""
        return json_answer(self.status, {"code": self.code, "msg": self.message, "data": []})


def swap_id(perpetual: Perpetual) -> str:
    """E.g. "BTC-USDT-SWAP"."""
    return f"{perpetual.spec.name}-USDT-SWAP"


def index_id(perpetual: Perpetual) -> str:
    """E.g. "BTC-USDT"."""
    return f"{perpetual.spec.name}-USDT"


def spot_id(pair: SpotPair) -> str:
    """E.g. "BTC-USDT"."""
    return f"{pair.spec.base}-{pair.spec.quote}"


def swap_of(market: Market, name: str) -> Perpetual | None:
    """The perpetual of "BTC-USDT-SWAP", or None."""
    return market.perpetual(name.removesuffix("-SWAP").replace("-", "_")) if name.endswith("-SWAP") else None


def index_of(market: Market, name: str) -> Perpetual | None:
    """The perpetual whose index is "BTC-USDT", or None."""
    return market.perpetual(name.replace("-", "_"))


def spot_of(market: Market, name: str) -> SpotPair | None:
    """The spot pair of "BTC-USDT", or None; OKX has no leveraged tokens."""
    pair = market.pair(name.replace("-", "_"))
    return pair if pair is not None and pair.token is None else None


def unknown(name: str) -> OkxRefusal:
    """The refusal of an instrument."""
    return OkxRefusal("51001", f"Instrument ID, Instrument ID code, or Spread ID {name} doesn't exist.")


def _missing(name: str) -> OkxRefusal:
    return OkxRefusal("50014", f"Parameter {name} can not be empty.", status=400)


def wrong(name: str, _value: str = "") -> OkxRefusal:
    """The refusal of a parameter's value, which OKX does not repeat."""
    return OkxRefusal("51000", f"Parameter {name} error", status=400)


_READ: Final = Parameters(missing=_missing, unreadable=wrong, beyond=wrong)
required, whole, row_limit = _READ.required, _READ.whole, _READ.row_limit


def bar(query: Mapping[str, str]) -> tuple[int, int]:
    """Length of a bar and how far after a multiple of it bars start, ms.

    From six hours on they open at UTC+8, unless the name says utc; weeks start on Mondays.
    """
    name = query.get("bar", "") or "1m"
    if name in _SHORT_BARS:
        return _SHORT_BARS[name], 0
    by_utc = name.endswith("utc")
    step_ms = _LONG_BARS.get(name.removesuffix("utc"))
    if step_ms is None:
        raise wrong("bar")
    monday_ms = _MONDAY_MS if step_ms == 7 * _DAY_MS else 0
    return step_ms, (monday_ms - (0 if by_utc else _EIGHT_HOURS_MS)) % step_ms


def told(rows: list[Json]) -> Json:
    """Rows in their envelope."""
    return {"code": "0", "msg": "", "data": rows}
