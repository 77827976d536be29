"""Which stretch a chart shows, how fine, and which histories that needs: plain arithmetic, before any numpy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from levdesk.domain.instruments import LeveragedToken
from levdesk.services.charts import ChartRange
from levdesk.services.sync_state import HistoryWant, LineKey
from levdesk.venues.contract import RequestKind

INTERVALS_S: Final = (300, 900, 3600, 14_400, 86_400)
"""Bar lengths charts use; every venue with candles serves them."""

MOST_BARS: Final = 800
"""The finest bar length that stays within this many bars is chosen."""

MOST_POINTS: Final = 2_000
"""Most points of a drawn line, however long the stretch."""

_DAY_MS: Final = 86_400_000
_LENGTHS_MS: Final = {ChartRange.DAY: _DAY_MS, ChartRange.WEEK: 7 * _DAY_MS, ChartRange.MONTH: 30 * _DAY_MS}
_SHORTEST_MS: Final = 3_600_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartSpan:
    """A stretch of time as a chart shows it.

    Attributes:
        start_ms, end_ms: first and last moment.
        interval_s: bar length of the histories behind it.
        step_ms: distance of the drawn points; a multiple of the bar length.
    """

    start_ms: int
    end_ms: int
    interval_s: int
    step_ms: int


def chart_span(chart_range: ChartRange, *, first_ms: int | None, now_ms: int) -> ChartSpan:
    """The stretch of a range; `first_ms` is where Entry and All begin, a month back when it is not known."""
    length_ms = _LENGTHS_MS.get(chart_range)
    if length_ms is None:
        length_ms = 30 * _DAY_MS if first_ms is None else max(now_ms - first_ms, _SHORTEST_MS)
    interval_s = next((s for s in INTERVALS_S if length_ms <= MOST_BARS * s * 1000), INTERVALS_S[-1])
    every = -(-length_ms // (MOST_POINTS * interval_s * 1000))
    return ChartSpan(
        start_ms=now_ms - length_ms, end_ms=now_ms, interval_s=interval_s, step_ms=every * interval_s * 1000
    )


def needed_candles(
    token: LeveragedToken, span: ChartSpan, *, pair: str = "", underlying: tuple[str, str] | None = None
) -> tuple[HistoryWant, ...]:
    """The histories a token's charts need.

    Args:
        token: the token; its listing time bounds how far back its symbol means this token.
        span: the stretch shown; the bar that ends before it is asked for as well, to know the price it begins with.
        pair: its venue's spelling of its trading pair, "" when that venue serves no candles.
        underlying: venue and perpetual whose mark price stands for the underlying; None = the token's own hedge.
    """
    start_ms = span.start_ms - 2 * span.interval_s * 1000
    wants: list[HistoryWant] = []
    if pair:
        key = LineKey(token.key.venue, RequestKind.TOKEN_CANDLES, pair, span.interval_s)
        wants.append(HistoryWant(key, max(start_ms, token.listed_ms or 0)))
    venue, instrument = underlying or (token.hedge if pair else ("", ""))
    if instrument:
        key = LineKey(venue, RequestKind.UNDERLYING_CANDLES, instrument, span.interval_s)
        wants.append(HistoryWant(key, start_ms))
    return tuple(wants)
