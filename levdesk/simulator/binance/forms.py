"""How Binance writes and reads: refusals with a code, parameters, names, figures as text with eight digits."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from levdesk.simulator.dialect import Answer, json_answer
from levdesk.simulator.market import Market, Perpetual

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
_INTEGER: Final = re.compile(r"[0-9]{1,15}", re.ASCII)


class BinanceRefusal(Exception):
    """Binance's way to say no: an HTTP status and a body with a code below zero."""

    def __init__(self, code: int, message: str, *, status: int = 400) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message

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


def required(query: Mapping[str, str], name: str) -> str:
    """A parameter that must be there."""
    value = query.get(name, "")
    if not value:
        raise BinanceRefusal(-1102, f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed.")
    return value


def asked_perpetual(market: Market, query: Mapping[str, str], name: str = "symbol") -> Perpetual:
    """The perpetual a parameter names."""
    perpetual = listed(market, required(query, name))
    if perpetual is None:
        raise BinanceRefusal(-1121, "Invalid symbol.")
    return perpetual


def whole(query: Mapping[str, str], name: str) -> int | None:
    """A parameter that is a whole number, or None when it is not given."""
    value = query.get(name, "")
    if not value:
        return None
    if not _INTEGER.fullmatch(value):
        raise BinanceRefusal(
            -1100, f"Illegal characters found in parameter '{name}'; legal range is '^[0-9]{{1,20}}$'."
        )
    return int(value)


def row_limit(query: Mapping[str, str], *, default: int, most: int) -> int:
    """The `limit` parameter."""
    limit = whole(query, "limit")
    if limit is None:
        return default
    if not 1 <= limit <= most:
        raise BinanceRefusal(-1130, "Data sent for parameter 'limit' is not valid.")
    return limit


def interval(query: Mapping[str, str]) -> tuple[int, int]:
    """Length of a bar and how far after a multiple of it bars start, ms; weeks start on Mondays."""
    name = required(query, "interval")
    if name not in INTERVALS_MS:
        raise BinanceRefusal(-1120, "Invalid interval.")
    return INTERVALS_MS[name], _MONDAY_MS if name == "1w" else 0


def figure(value: float) -> str:
    """A price, rate or quantity: eight digits."""
    return f"{value:.8f}"
