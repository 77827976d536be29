"""Seeded chart series for the fake desk: a wandering underlying and a token that really follows its multiple."""

from __future__ import annotations

import zlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np

from levdesk.domain.instruments import LeveragedToken
from levdesk.domain.transactions import Transaction, TransactionType
from levdesk.services.charts import ChartMarker, ChartRange, MarkerKind, OverviewSeries, ValueSeries
from tests.ui.fake_books import DAY_MS, HOUR_MS

if TYPE_CHECKING:
    from levdesk.services.charts import FloatArray

_STEP_MS = {
    ChartRange.DAY: HOUR_MS // 12,
    ChartRange.WEEK: HOUR_MS,
    ChartRange.MONTH: 4 * HOUR_MS,
    ChartRange.ENTRY: 4 * HOUR_MS,
    ChartRange.ALL: 8 * HOUR_MS,
}
_SPAN_DAYS = {ChartRange.DAY: 1, ChartRange.WEEK: 7, ChartRange.MONTH: 30, ChartRange.ALL: 180}
_VERBS = {
    TransactionType.BUY: (MarkerKind.BUY, "Bought"),
    TransactionType.SUBSCRIBE: (MarkerKind.BUY, "Subscribed"),
    TransactionType.SELL: (MarkerKind.SELL, "Sold"),
    TransactionType.REDEEM: (MarkerKind.SELL, "Redeemed"),
    TransactionType.TRANSFER_IN: (MarkerKind.TRANSFER, "Moved in"),
    TransactionType.TRANSFER_OUT: (MarkerKind.TRANSFER, "Moved out"),
    TransactionType.MERGE: (MarkerKind.MERGE, "Merged, old per new:"),
    TransactionType.SETTLE: (MarkerKind.SETTLE, "Settled"),
}


def _axis(chart_range: ChartRange, now_ms: int, first_ms: int | None) -> FloatArray:
    step = _STEP_MS[chart_range]
    default = now_ms - _SPAN_DAYS.get(chart_range, 40) * DAY_MS
    start = first_ms if chart_range is ChartRange.ENTRY and first_ms is not None else default
    return np.arange(start, now_ms + 1, step, dtype=np.float64) / 1000.0


def _walk(name: str, steps: int, step_s: float) -> FloatArray:
    random = np.random.default_rng(zlib.crc32(name.encode()))
    daily = 0.032
    returns = random.normal(0.0002, daily * np.sqrt(step_s / 86_400), max(steps - 1, 0))
    return np.concatenate(([1.0], np.exp(np.cumsum(returns))))


def overview(
    token: LeveragedToken, rows: list[Transaction], portfolio_id: int | None, chart_range: ChartRange, now_ms: int
) -> OverviewSeries:
    """A token's chart over the range, 100 at its start."""
    leverage = float(token.target_leverage)
    first_ms = min((row.draft.time_ms for row in rows), default=None)
    times = _axis(chart_range, now_ms, first_ms)
    underlying = _walk(token.underlying, len(times), _STEP_MS[chart_range] / 1000) * 100
    growth = 1 + leverage * np.diff(underlying) / underlying[:-1] - 0.0004
    line = np.concatenate(([100.0], 100 * np.cumprod(np.maximum(growth, 0.01))))
    multiple = 100 * (1 + leverage * (underlying / 100 - 1))
    dead = np.flatnonzero(multiple <= 0)
    if len(dead):
        multiple[dead[0] :] = np.nan
    drawdown = line / np.maximum.accumulate(line) - 1
    gap = line[-1] - 100 * (1 + leverage * (underlying[-1] / 100 - 1))
    base = datetime.fromtimestamp(times[0], tz=UTC)
    direction = "below" if gap < 0 else "above"
    return OverviewSeries(
        key=token.key,
        portfolio_id=portfolio_id,
        range=chart_range,
        times_s=times,
        token=line,
        plain_multiple=multiple,
        underlying=underlying,
        drawdown=drawdown,
        base_ms=int(times[0] * 1000),
        markers=_markers(rows, times, line),
        summary=(
            f"{token.key.symbol} is at {line[-1]:.1f}, {abs(gap):.1f} {direction} a plain {abs(leverage):.0f}× "
            f"{token.direction} position since {base.day} {base:%B}; {token.underlying} is at {underlying[-1]:.1f}."
        ),
        token_label=f"{token.key.symbol} price",
        multiple_label=f"{token.target_leverage.normalize():f}× {token.underlying}, simple".replace("-", "−"),
        underlying_label=token.underlying,
    )


def _markers(rows: list[Transaction], times: FloatArray, line: FloatArray) -> tuple[ChartMarker, ...]:
    markers: list[ChartMarker] = []
    for row in rows:
        draft = row.draft
        at = int(np.searchsorted(times, draft.time_ms / 1000.0))
        if draft.time_ms < times[0] * 1000 or at >= len(times):
            continue
        kind, verb = _VERBS[draft.type]
        price = "" if draft.price is None else f" at {draft.price}"
        units = "all" if draft.quantity is None else f"{draft.quantity:,}"
        markers.append(ChartMarker(draft.time_ms, kind, float(line[at]), f"{verb} {units}{price}"))
    quarters = range(len(times) // 4, len(times), max(1, len(times) // 4))
    words = "Rebalanced from 2.84× to 3.00×"
    markers.extend(ChartMarker(int(times[at] * 1000), MarkerKind.REBALANCE, float(line[at]), words) for at in quarters)
    return tuple(sorted(markers, key=lambda marker: marker.ts_ms))


def value(
    portfolio_id: int | None, chart_range: ChartRange, now_ms: int, *, last: float, invested: float
) -> ValueSeries:
    """A portfolio's chart that ends at today's figures."""
    times = _axis(chart_range, now_ms, now_ms - 41 * DAY_MS)
    walk = _walk("portfolio", len(times), _STEP_MS[chart_range] / 1000)
    line = walk / walk[-1] * last
    steps = np.where(np.arange(len(times)) < len(times) // 3, 0.7, 1.0)
    return ValueSeries(
        portfolio_id=portfolio_id,
        range=chart_range,
        currency="USDT",
        times_s=times,
        value=line,
        invested=steps * invested,
        partial=False,
        summary=f"Worth {line[-1]:,.0f} USDT now, {line[0]:,.0f} at the start; {invested:,.0f} put in.",
    )


def nothing_overview(
    token: LeveragedToken, portfolio_id: int | None, chart_range: ChartRange, problem: str
) -> OverviewSeries:
    """A chart that could not be made, with the reason."""
    none = np.empty(0)
    return OverviewSeries(
        key=token.key,
        portfolio_id=portfolio_id,
        range=chart_range,
        times_s=none,
        token=none,
        plain_multiple=none,
        underlying=none,
        drawdown=none,
        base_ms=0,
        markers=(),
        summary="",
        token_label=token.key.symbol,
        multiple_label="",
        underlying_label=token.underlying,
        problem=problem,
    )


def nothing_value(portfolio_id: int | None, chart_range: ChartRange, problem: str) -> ValueSeries:
    """A value chart that could not be made, with the reason."""
    none = np.empty(0)
    return ValueSeries(
        portfolio_id=portfolio_id,
        range=chart_range,
        currency="USDT",
        times_s=none,
        value=none,
        invested=none,
        partial=False,
        summary="",
        problem=problem,
    )
