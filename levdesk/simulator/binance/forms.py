"""How Binance writes and reads: refusals with a code, parameters, names, figures as text with eight digits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from levdesk.simulator.dialect import Answer, json_answer
from levdesk.simulator.market import Market, Perpetual
from levdesk.simulator.parameters import Parameters, Refusal

_MINUTE_MS: Final = 60_000
_DAY_MS: Final = 86_400_000
_MONDAY_MS: Final = 4 * _DAY_MS

INTERVALS_MS: Final = {
    "1m": _MINUTE_MS,
    "3m": 3 * _MINUTE_MS,
    "5m": 5 * _MINUTE_MS,
    "15m": 15 * _MINUTE_MS,
    "30m": 30 * _MINUTE_MS,
    "1h": 60 * _MINUTE_MS,
    "2h": 120 * _MINUTE_MS,
    "4h": 240 * _MINUTE_MS,
    "6h": 360 * _MINUTE_MS,
    "8h": 480 * _MINUTE_MS,
    "12h": 720 * _MINUTE_MS,
    "1d": _DAY_MS,
    "3d": 3 * _DAY_MS,
    "1w": 7 * _DAY_MS,
}
_QUOTE: Final = "USDT"


class BinanceRefusal(Refusal):
    """Binance's way to say no: an HTTP status and a body with a code below zero."""

    def answer(self) -> Answer:
        """The refusal as it goes over the wire."""
        return json_answer(self.status, {"code": self.code, "msg": self.message})


def symbol_of(perpetual: Perpetual) -> str:
    """E.g. "BTCUSDT"."""
    return f"{perpetual.spec.name}{_QUOTE}"


def listed(market: Market, symbol: str) -> Perpetual | None:
    """The perpetual of a symbol, or None."""
    if not symbol.endswith(_QUOTE):
        return None
    return market.perpetual(f"{symbol.removesuffix(_QUOTE)}_{_QUOTE}")


def _missing(name: str) -> BinanceRefusal:
    return BinanceRefusal(-1102, f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed.")


def _unreadable(name: str, _value: str) -> BinanceRefusal:
    legal = "'^[0-9]{1,20}$'"
    return BinanceRefusal(-1100, f"Illegal characters found in parameter '{name}'; legal range is {legal}.")


def _beyond(name: str, _value: str) -> BinanceRefusal:
    return BinanceRefusal(-1130, f"Data sent for parameter '{name}' is not valid.")


_READ: Final = Parameters(missing=_missing, unreadable=_unreadable, beyond=_beyond)
required, whole, row_limit = _READ.required, _READ.whole, _READ.row_limit


def asked_perpetual(market: Market, query: Mapping[str, str], name: str = "symbol") -> Perpetual:
    """The perpetual a parameter names."""
    perpetual = listed(market, required(query, name))
    if perpetual is None:
        raise BinanceRefusal(-1121, "Invalid symbol.")
    return perpetual


def interval(query: Mapping[str, str]) -> tuple[int, int]:
    """Length of a bar and how far after a multiple of it bars start, ms; weeks start on Mondays."""
    name = required(query, "interval")
    if name not in INTERVALS_MS:
        raise BinanceRefusal(-1120, "Invalid interval.")
    return INTERVALS_MS[name], _MONDAY_MS if name == "1w" else 0


def figure(value: float) -> str:
    """A price, rate or quantity: eight digits."""
    return f"{value:.8f}"
