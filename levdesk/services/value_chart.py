"""A portfolio's value over time against the money put in. Imports numpy; import late."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from levdesk.domain.holding_history import holding_history
from levdesk.domain.instruments import LeveragedToken
from levdesk.domain.position import Merge, merge_factor
from levdesk.domain.transactions import CostMethod, TransactionDraft, TransactionType
from levdesk.services.charts import ChartRange, ValueSeries
from levdesk.services.history import ChartSpan
from levdesk.services.overview_chart import merges_of
from levdesk.services.price_line import BoolArray, FloatArray, IntArray, PriceHistory, PriceLine, price_line

_EVEN: Final = 0.005


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldToken:
    """One token with its rows.

    Attributes:
        token: the token.
        rows: per portfolio its cost method and its rows of this token, in ledger order.
        price: what is known of its price.
    """

    token: LeveragedToken
    rows: Sequence[tuple[CostMethod, Sequence[TransactionDraft]]]
    price: PriceHistory


def build_value(
    *, portfolio_id: int | None, chart_range: ChartRange, span: ChartSpan, currency: str, held: Sequence[HeldToken]
) -> ValueSeries:
    """The value chart; tokens quoted in other currencies are the caller's to leave out.

    Where no market price is known yet, the last price the person dealt at stands in, and `partial` says so.
    """
    rows = [draft.time_ms for token in held for _, drafts in token.rows for draft in drafts]
    if not rows:
        return _empty(portfolio_id, chart_range, currency)
    first_ms = min(rows)
    shown = replace(span, start_ms=max(span.start_ms, min(first_ms, span.end_ms - span.step_ms)))
    moments = np.append(np.arange(shown.start_ms, shown.end_ms, shown.step_ms, dtype=np.int64), np.int64(shown.end_ms))
    parts = [_token_part(token, moments) for token in held]
    value = np.sum([part.value for part in parts], axis=0)
    invested = np.sum([part.invested for part in parts], axis=0)
    unpriced = np.any([part.unpriced for part in parts], axis=0)
    guessed = np.any([part.guessed for part in parts], axis=0)
    nothing_known = unpriced & ~np.any([part.priced for part in parts], axis=0)
    value = np.where(nothing_known, np.nan, value)
    return ValueSeries(
        portfolio_id=portfolio_id,
        range=chart_range,
        currency=currency,
        times_s=moments / 1000.0,
        value=value,
        invested=invested,
        partial=bool((unpriced | guessed).any()),
        summary=_summary(float(value[-1]), float(invested[-1]), currency, complete=not (unpriced | guessed)[-1]),
        problem="" if np.isfinite(value).any() else "There are no prices yet; they are fetched when the venues answer.",
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """One token's share at each moment.

    Attributes:
        value: worth of the units held; 0 where none are held or nothing prices them.
        invested: money put in minus money taken out.
        priced, unpriced: units are held, and there is a price or there is none.
        guessed: the price is only the last one the person dealt at.
    """

    value: FloatArray
    invested: FloatArray
    priced: BoolArray
    unpriced: BoolArray
    guessed: BoolArray


def _token_part(held: HeldToken, moments: IntArray) -> _Part:
    merges = merges_of(draft for _, drafts in held.rows for draft in drafts)
    market = price_line(held.price, merges).at(moments)
    prices = np.where(np.isfinite(market), market, _dealt_line(held).at(moments))
    units = np.zeros(len(moments))
    invested = np.zeros(len(moments))
    for method, drafts in held.rows:
        points = holding_history(drafts, method)
        own_merges = merges_of(drafts)
        times = np.asarray([point.ts_ms for point in points], dtype=np.int64)
        units += _steps(times, [float(point.quantity) / _growth(own_merges, point.ts_ms) for point in points], moments)
        invested += _steps(times, [float(point.invested) for point in points], moments)
    holding, known = units > 0, np.isfinite(prices)
    return _Part(
        value=np.where(holding & known, units * np.nan_to_num(prices), 0.0),
        invested=invested,
        priced=holding & known,
        unpriced=holding & ~known,
        guessed=holding & known & ~np.isfinite(market),
    )


def _steps(times: IntArray, values: Sequence[float], moments: IntArray) -> FloatArray:
    """A step function at each moment: the last value so far, 0 before the first."""
    index = np.searchsorted(times, moments, side="right")
    return np.asarray([0.0, *values], dtype=np.float64)[index]


def _growth(merges: Sequence[Merge], ts_ms: int) -> float:
    """Units of a moment per unit of today."""
    return float(merge_factor(merges, ts_ms))


def _dealt_line(held: HeldToken) -> PriceLine:
    """The prices the person dealt at, in today's units."""
    dealt = sorted(
        (draft.time_ms, float(draft.price) * _growth(merges_of(drafts), draft.time_ms))
        for _, drafts in held.rows
        for draft in drafts
        if draft.price is not None and draft.type is not TransactionType.MERGE
    )
    return PriceLine(
        np.asarray([ts_ms for ts_ms, _ in dealt], dtype=np.int64),
        np.asarray([price for _, price in dealt], dtype=np.float64),
    )


def _summary(value: float, invested: float, currency: str, *, complete: bool) -> str:
    """One plain sentence with the chart's last figures, or "" when the value is not known."""
    if not np.isfinite(value):
        return ""
    gap = value - invested
    start = f"{'Your holdings are' if complete else 'What is priced is'} worth {value:,.2f} {currency}"
    if invested <= 0:
        return f"{start}; you have taken out {-invested:,.2f} {currency} more than you put in."
    if abs(gap) < _EVEN:
        return f"{start}, as much as you put in."
    side = "more" if gap > 0 else "less"
    return f"{start}, {abs(gap):,.2f} {side} than the {invested:,.2f} {currency} you put in."


def _empty(portfolio_id: int | None, chart_range: ChartRange, currency: str) -> ValueSeries:
    nothing = np.zeros(0)
    return ValueSeries(
        portfolio_id=portfolio_id,
        range=chart_range,
        currency=currency,
        times_s=nothing,
        value=nothing,
        invested=nothing,
        partial=False,
        summary="",
        problem="There are no transactions yet; add the first one, or import a file.",
    )
