"""One token against its underlying: rebased lines, drawdown, markers and a sentence. Imports numpy; import late."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

import numpy as np

from levdesk.domain.instruments import LeveragedToken
from levdesk.domain.money import to_text
from levdesk.domain.position import Merge
from levdesk.domain.transactions import TransactionDraft, TransactionType
from levdesk.services.charts import ChartMarker, ChartRange, MarkerKind, OverviewSeries
from levdesk.services.history import ChartSpan
from levdesk.services.price_line import FloatArray, IntArray, PriceHistory, price_line

_DAY_MS: Final = 86_400_000
_LONGEST_GAP_MS: Final = 3 * _DAY_MS
_UNCHANGED_RATIO: Final = 0.0005
MOST_MARKERS: Final = 400
"""More deals than this are marked together: nobody can tell them apart, and the window would draw for seconds."""

_KINDS: Final = {
    TransactionType.BUY: (MarkerKind.BUY, "Bought"),
    TransactionType.SUBSCRIBE: (MarkerKind.BUY, "Subscribed"),
    TransactionType.SELL: (MarkerKind.SELL, "Sold"),
    TransactionType.REDEEM: (MarkerKind.SELL, "Redeemed"),
    TransactionType.TRANSFER_IN: (MarkerKind.TRANSFER, "Moved in"),
    TransactionType.TRANSFER_OUT: (MarkerKind.TRANSFER, "Moved out"),
    TransactionType.MERGE: (MarkerKind.MERGE, "Merged"),
    TransactionType.SETTLE: (MarkerKind.SETTLE, "Settled"),
}
_STRETCHES: Final = {
    ChartRange.DAY: "in the last 24 hours",
    ChartRange.WEEK: "in the last 7 days",
    ChartRange.MONTH: "in the last 30 days",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OverviewInput:
    """What an overview is made of.

    Attributes:
        token: the token.
        portfolio_id: the portfolio whose rows are marked, None for all together.
        chart_range, span: what is shown.
        price: its market price (and recorded NAV).
        underlying: mark price of its underlying.
        drafts: its rows, oldest first; merges among them make the prices consistent.
        rebalances_ms: moments at which the venue rebalanced.
    """

    token: LeveragedToken
    portfolio_id: int | None
    chart_range: ChartRange
    span: ChartSpan
    price: PriceHistory
    underlying: PriceHistory
    drafts: Sequence[TransactionDraft] = ()
    rebalances_ms: Sequence[int] = ()


def build_overview(given: OverviewInput) -> OverviewSeries:
    """The chart of one token; what is missing is NaN, and said in `problem`."""
    span = given.span
    moments = _moments(span)
    merges = merges_of(given.drafts)
    prices = price_line(given.price, merges).at(moments, longest_gap_ms=_LONGEST_GAP_MS)
    marks = price_line(given.underlying).at(moments, longest_gap_ms=_LONGEST_GAP_MS)
    base = _base_index(prices, marks)
    token_line = _rebased(prices, base)
    underlying_line = _rebased(marks, base)
    liquidated_ms = _liquidated_ms(given, marks, moments, base)
    multiple = _plain_multiple(underlying_line, moments, float(given.token.target_leverage), liquidated_ms)
    names = _Names.of(given.token)
    return OverviewSeries(
        key=given.token.key,
        portfolio_id=given.portfolio_id,
        range=given.chart_range,
        times_s=moments / 1000.0,
        token=token_line,
        plain_multiple=multiple,
        underlying=underlying_line,
        drawdown=_drawdown(token_line),
        base_ms=int(moments[base]),
        markers=_markers(given, moments, token_line),
        summary=_summary(given, names, token_line, multiple, (int(moments[base]), liquidated_ms)),
        token_label=names.token,
        multiple_label=names.multiple,
        underlying_label=names.underlying,
        problem=_missing(names, prices, marks),
    )


def merges_of(drafts: Iterable[TransactionDraft]) -> tuple[Merge, ...]:
    """The unit merges among rows."""
    return tuple(
        (draft.time_ms, draft.quantity)
        for draft in drafts
        if draft.type is TransactionType.MERGE and draft.quantity is not None
    )


@dataclass(frozen=True, slots=True)
class _Names:
    token: str
    multiple: str
    underlying: str

    @classmethod
    def of(cls, token: LeveragedToken) -> _Names:
        sign = "−" if token.target_leverage < 0 else ""
        size = to_text(abs(token.target_leverage).normalize())
        return cls(token.key.symbol, f"{sign}{size}× {token.underlying}", token.underlying)


# -- lines -------------------------------------------------------------------------------------------------------


def _moments(span: ChartSpan) -> IntArray:
    moments = np.arange(span.start_ms, span.end_ms, span.step_ms, dtype=np.int64)
    return np.append(moments, np.int64(span.end_ms))


def _base_index(prices: FloatArray, marks: FloatArray) -> int:
    """The first moment at which everything there is has a value."""
    known = np.isfinite(prices)
    both = known & np.isfinite(marks)
    chosen = both if both.any() else known
    return int(np.argmax(chosen))


def _rebased(prices: FloatArray, base: int) -> FloatArray:
    if not np.isfinite(prices[base]):
        return np.full(len(prices), np.nan)
    line: FloatArray = prices * (100.0 / prices[base])
    return line


def _plain_multiple(
    underlying: FloatArray, moments: IntArray, leverage: float, liquidated_ms: int | None
) -> FloatArray:
    """100·(1 + L·(S/S0 − 1)), until a position never rebalanced would have been worth nothing."""
    line: FloatArray = 100.0 + leverage * (underlying - 100.0)
    if liquidated_ms is not None:
        line = np.where(moments >= liquidated_ms, np.nan, line)
    return np.where(line > 0, line, np.nan)


def _liquidated_ms(given: OverviewInput, marks: FloatArray, moments: IntArray, base: int) -> int | None:
    """When a static position opened at the base was worth nothing, bars' extremes included; None when it never was."""
    start_price, leverage = marks[base], float(given.token.target_leverage)
    if not np.isfinite(start_price) or 0 <= leverage <= 1:
        return None
    wipe_out = start_price * (1.0 - 1.0 / leverage)
    step_ms = given.underlying.interval_s * 1000
    for bar in given.underlying.candles:
        if bar.ts_ms >= moments[base] and (bar.low <= wipe_out if leverage > 0 else bar.high >= wipe_out):
            return bar.ts_ms + step_ms
    beyond = (marks <= wipe_out) if leverage > 0 else (marks >= wipe_out)
    beyond[:base] = False
    return int(moments[np.argmax(beyond)]) if beyond.any() else None


def _drawdown(line: FloatArray) -> FloatArray:
    drawdown: FloatArray = line / np.fmax.accumulate(line) - 1.0
    return drawdown


# -- markers -----------------------------------------------------------------------------------------------------


def _markers(given: OverviewInput, moments: IntArray, line: FloatArray) -> tuple[ChartMarker, ...]:
    """What happened within the span, on the line; of very many deals one marker for each point of the chart."""
    known = np.flatnonzero(np.isfinite(line))
    if not len(known):
        return ()
    start_ms, end_ms = given.span.start_ms, given.span.end_ms
    drafts = [draft for draft in given.drafts if start_ms <= draft.time_ms <= end_ms]
    stories = [(draft.time_ms, _KINDS[draft.type][0], draft) for draft in drafts]
    places = _nearest(moments[known], [draft.time_ms for draft in drafts])
    if len(stories) > MOST_MARKERS:
        groups: dict[tuple[int, MarkerKind], list[TransactionDraft]] = {}
        for place, (_, kind, draft) in zip(places, stories, strict=True):
            groups.setdefault((place, kind), []).append(draft)
        marked = [(group[-1].time_ms, kind, _group_label(group), place) for (place, kind), group in groups.items()]
    else:
        marked = [(ts_ms, kind, _label(draft), at) for (ts_ms, kind, draft), at in zip(stories, places, strict=True)]
    rebalances = [ts_ms for ts_ms in given.rebalances_ms if start_ms <= ts_ms <= end_ms]
    resets = zip(rebalances, _nearest(moments[known], rebalances), strict=True)
    marked += [(ts_ms, MarkerKind.REBALANCE, "Rebalanced", place) for ts_ms, place in resets]
    marked.sort(key=lambda marker: marker[0])
    return tuple(ChartMarker(ts_ms, kind, float(line[known[at]]), label) for ts_ms, kind, label, at in marked)


def _nearest(moments: IntArray, times_ms: Sequence[int]) -> list[int]:
    """For each time the index of the nearest moment, the earlier of two."""
    times = np.asarray(times_ms, dtype=np.int64)
    after = np.clip(np.searchsorted(moments, times), 1, max(1, len(moments) - 1))
    after = np.minimum(after, len(moments) - 1)
    before = np.maximum(after - 1, 0)
    is_nearer = times - moments[before] <= moments[after] - times
    return [int(place) for place in np.where(is_nearer, before, after)]


def _group_label(group: Sequence[TransactionDraft]) -> str:
    """Several deals of one kind at one point of the chart."""
    return _label(group[0]) if len(group) == 1 else f"{_KINDS[group[-1].type][1]} {len(group):,} times"


def _label(draft: TransactionDraft) -> str:
    verb = _KINDS[draft.type][1]
    quantity = "everything" if draft.quantity is None else _plain(draft.quantity)
    if draft.type is TransactionType.MERGE:
        return f"{verb} {quantity} to 1"
    return f"{verb} {quantity}" + ("" if draft.price is None else f" at {_plain(draft.price)}")


def _plain(value: Decimal) -> str:
    return f"{value.normalize():,f}"


# -- words -------------------------------------------------------------------------------------------------------


def _summary(
    given: OverviewInput, names: _Names, token: FloatArray, multiple: FloatArray, moments: tuple[int, int | None]
) -> str:
    """One plain sentence with the chart's own figures, or "" when there are none."""
    base_ms, liquidated_ms = moments
    known = token[np.isfinite(token)]
    if not len(known):
        return ""
    begins_late = base_ms > given.span.start_ms + given.span.step_ms
    stretch = None if begins_late else _STRETCHES.get(given.chart_range)
    since = stretch or f"since {_day(base_ms, given.span.end_ms)}"
    sentence = f"{names.token} is {_change(known[-1] / 100.0 - 1.0)} {since}"
    if liquidated_ms is not None:
        day = _day(liquidated_ms, given.span.end_ms)
        return f"{sentence} while {names.multiple} would have been liquidated on {day}."
    of_multiple = multiple[np.isfinite(multiple)]
    if not len(of_multiple):
        return f"{sentence}."
    return f"{sentence} while {names.multiple} would be {_change(of_multiple[-1] / 100.0 - 1.0)}."


def _change(ratio: float) -> str:
    if abs(ratio) < _UNCHANGED_RATIO:
        return "unchanged"
    return f"{'up' if ratio > 0 else 'down'} {abs(ratio) * 100:,.1f} %"


def _day(ts_ms: int, now_ms: int) -> str:
    moment, now = (datetime.fromtimestamp(ms / 1000, UTC) for ms in (ts_ms, now_ms))
    day = f"{moment.day} {moment:%B}"
    return day if moment.year == now.year else f"{day} {moment.year}"


def _missing(names: _Names, prices: FloatArray, marks: FloatArray) -> str:
    if not np.isfinite(prices).any():
        return f"There is no price history of {names.token} yet; it is fetched when the venue answers."
    if not np.isfinite(marks).any():
        return f"There is no price history of {names.underlying} yet, so {names.token} stands alone."
    return ""
