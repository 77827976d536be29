"""How Gate writes and reads: refusals, parameters, figures as text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from levdesk.simulator.dialect import Answer, json_answer
from levdesk.simulator.parameters import Parameters, Refusal
from levdesk.simulator.written import text

INTERVALS_S = {
    "1s": 1,
    "10s": 10,
    "1m": 60,
    "5m": 300,
    "15m": 900,
    "30m": 1800,
    "1h": 3600,
    "4h": 14_400,
    "8h": 28_800,
    "1d": 86_400,
    "7d": 604_800,
    "30d": 2_592_000,
}


class GateRefusal(Refusal):
    """Gate's way to say no: an HTTP status and a body with a label."""

    def answer(self) -> Answer:
        """The refusal as it goes over the wire."""
        return json_answer(self.status, {"label": self.code, "message": self.message})


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much one request for rows may ask for.

    Attributes:
        most: rows per request.
        default: rows when the caller names no number.
        look_back: rows before now that are kept at all, or None.
    """

    most: int
    default: int = 100
    look_back: int | None = None


def invalid(name: str, value: str) -> GateRefusal:
    """The refusal of a parameter's value."""
    return GateRefusal("INVALID_PARAM_VALUE", f"Invalid parameter `{name}` with value: {value}")


def _missing(name: str) -> GateRefusal:
    return GateRefusal("MISSING_REQUIRED_PARAM", f"Missing required parameter: {name}")


_READ: Final = Parameters(missing=_missing, unreadable=invalid, beyond=invalid)
required, whole = _READ.required, _READ.whole


def row_limit(query: Mapping[str, str], limits: Limits) -> int:
    """The `limit` parameter."""
    return _READ.row_limit(query, default=limits.default, most=limits.most)


def interval_s(query: Mapping[str, str], *, default: str, without: tuple[str, ...] = ()) -> int:
    """The `interval` parameter in seconds."""
    name = query.get("interval", "") or default
    if name not in INTERVALS_S or name in without:
        raise invalid("interval", name)
    return INTERVALS_S[name]


def bar_range_s(query: Mapping[str, str], step_s: int, now_s: int, limits: Limits) -> tuple[int, int]:
    """First and last bar start asked for, in seconds, inclusive.

    `limit` counts back from `to`, or from now; together with `from` it is refused, as the documentation says.
    """
    limit = row_limit(query, limits)
    first_s, last_s = whole(query, "from"), whole(query, "to")
    if first_s is not None and "limit" in query:
        raise GateRefusal("INVALID_PARAM_VALUE", "Parameters `limit` and `from` cannot be used together")
    last_s = now_s if last_s is None else last_s
    if first_s is None:
        first_s = last_s // step_s * step_s - (limit - 1) * step_s
    if last_s < first_s:
        raise invalid("to", str(last_s))
    if (last_s - first_s) // step_s + 1 > limits.most:
        raise GateRefusal(
            "INVALID_PARAM_VALUE", f"Candlestick range too broad. Maximum {limits.most} data points are allowed"
        )
    if limits.look_back is not None and first_s < now_s - limits.look_back * step_s:
        raise GateRefusal(
            "INVALID_PARAM_VALUE",
            f"Candlestick too long ago. Maximum {limits.look_back} points ago are allowed",
        )
    return first_s, last_s


def percent(value: float, before: float) -> str:
    """A change in percent, as Gate writes it."""
    return text((value / before - 1.0) * 100.0, 2)
