"""Price bars out of venue rows: checked, sorted, and marked as closed or still growing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import nan
from typing import Final

from levdesk.domain.market import Candle
from levdesk.domain.money import ZERO
from levdesk.venues.json_figures import JsonValue, is_absent, number, positive, shown, whole

EARLIEST_S: Final = 1_230_768_000
"""2009-01-01: no price of this field is older."""


@dataclass(frozen=True, slots=True)
class RawBar:
    """One bar as the venue wrote it; `volume` None when it does not tell, `closed` None when it has no flag."""

    time_s: JsonValue
    open: JsonValue
    high: JsonValue
    low: JsonValue
    close: JsonValue
    volume: JsonValue = None
    closed: JsonValue = None


def read_bar(raw: RawBar, *, received_ms: int) -> tuple[Candle, bool | None]:
    """The bar, and whether the venue says it is closed (None when it does not say).

    Raises:
        ValueError: with a plain reason.
    """
    latest_s = received_ms // 1000 + 86_400
    ts_ms = whole(raw.time_s, low=EARLIEST_S, high=max(latest_s, EARLIEST_S)) * 1000
    first, high, low, last = (float(positive(value)) for value in (raw.open, raw.high, raw.low, raw.close))
    if not low <= min(first, last) <= max(first, last) <= high:
        raise ValueError(f"high {shown(raw.high)} and low {shown(raw.low)} do not enclose its open and close")
    return Candle(ts_ms, first, high, low, last, _volume(raw.volume)), _flag(raw.closed)


def _volume(value: JsonValue) -> float:
    if is_absent(value):
        return nan
    try:
        volume = number(value)
    except ValueError:
        return nan
    return float(volume) if volume >= ZERO else nan


def _flag(value: JsonValue) -> bool | None:
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False}.get(value) if isinstance(value, str) else None


def in_order(bars: Sequence[tuple[Candle, bool | None]], *, received_ms: int) -> tuple[Candle, ...]:
    """The bars oldest first, the later of two with one time, each marked as closed or growing.

    Where the venue has no flag, a bar is closed when one bar length has passed since its start; the length is the
    smallest step between bars. A lone bar without a flag counts as growing, so that it is asked for again.
    """
    by_time = {bar.ts_ms: (bar, flag) for bar, flag in bars}
    times = sorted(by_time)
    step_ms = min((later - earlier for earlier, later in pairwise(times)), default=None)
    ordered: list[Candle] = []
    for ts_ms in times:
        bar, flag = by_time[ts_ms]
        closed = flag if flag is not None else step_ms is not None and ts_ms + step_ms <= received_ms
        ordered.append(Candle(ts_ms, bar.open, bar.high, bar.low, bar.close, bar.volume, closed))
    return tuple(ordered)
