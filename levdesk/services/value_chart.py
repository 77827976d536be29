"""A portfolio's value over time against the money put in. Imports numpy; import late."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from levdesk.domain.holding_history import holding_points
from levdesk.domain.instruments import LeveragedToken
from levdesk.domain.position import Merge, merge_factor
from levdesk.domain.transactions import CostMethod, TransactionDraft, TransactionType
from levdesk.services.charts import ChartRange, ValueSeries
from levdesk.services.history import ChartSpan
from levdesk.services.overview_chart import merges_of
from levdesk.services.price_line import BoolArray, FloatArray, IntArray, PriceHistory, PriceLine, price_line

_EVEN: Final = 0.005


@dataclass(frozen=True, slots=True, eq=False)
class HeldRows:
    """The rows of one token in one portfolio as steps in time; worked out once, until the rows change.

    Attributes:
        times, units, invested: after each moment with rows: units held, in today's units, and money put in so far.
        dealt_times, dealt_prices: what was paid at the deals, in today's units.
        merges: unit merges among the rows.
    """

    times: IntArray
    units: FloatArray
    invested: FloatArray
    dealt_times: IntArray
    dealt_prices: FloatArray
    merges: tuple[Merge, ...]


def held_rows(method: CostMethod, drafts: Sequence[TransactionDraft]) -> HeldRows:
    """Replay rows in ledger order, once for any number of drawings."""
    merges = merges_of(drafts)
    steps = [
        (point.ts_ms, float(point.quantity) / _growth(merges, point.ts_ms), float(point.invested))
        for point in holding_points(drafts, method)
    ]
    times, units, invested = zip(*steps, strict=True) if steps else ((), (), ())
    dealt = [draft for draft in drafts if draft.price is not None and draft.type is not TransactionType.MERGE]
    return HeldRows(
        times=np.asarray(times, dtype=np.int64),
        units=np.asarray(units, dtype=np.float64),
        invested=np.asarray(invested, dtype=np.float64),
        dealt_times=np.asarray([draft.time_ms for draft in dealt], dtype=np.int64),
        dealt_prices=np.asarray([float(draft.price or 0) * _growth(merges, draft.time_ms) for draft in dealt]),
        merges=merges,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldToken:
    """One token with its rows.

    Attributes:
        token: the token.
        rows: its rows in each portfolio.
        price: what is known of its price.
    """

    token: LeveragedToken
    rows: Sequence[HeldRows]
    price: PriceHistory


def build_value(
    *, portfolio_id: int | None, chart_range: ChartRange, span: ChartSpan, currency: str, held: Sequence[HeldToken]
) -> ValueSeries:
    """The value chart; tokens quoted in other currencies are the caller's to leave out.

    Where no market price is known yet, the last price the person dealt at stands in, and `partial` says so.
    """
    firsts = [int(rows.times[0]) for token in held for rows in token.rows if len(rows.times)]
    if not firsts:
        return _empty(portfolio_id, chart_range, currency)
    first_ms = min(firsts)
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
    merges = tuple(merge for rows in held.rows for merge in rows.merges)
    market = price_line(held.price, merges).at(moments)
    prices = np.where(np.isfinite(market), market, _dealt_line(held).at(moments))
    units = np.zeros(len(moments))
    invested = np.zeros(len(moments))
    for rows in held.rows:
        units += _steps(rows.times, rows.units, moments)
        invested += _steps(rows.times, rows.invested, moments)
    holding, known = units > 0, np.isfinite(prices)
    return _Part(
        value=np.where(holding & known, units * np.nan_to_num(prices), 0.0),
        invested=invested,
        priced=holding & known,
        unpriced=holding & ~known,
        guessed=holding & known & ~np.isfinite(market),
    )


def _steps(times: IntArray, values: FloatArray, moments: IntArray) -> FloatArray:
    """A step function at each moment: the last value so far, 0 before the first."""
    index = np.searchsorted(times, moments, side="right")
    return np.append(0.0, values)[index]


def _growth(merges: Sequence[Merge], ts_ms: int) -> float:
    """Units of a moment per unit of today."""
    return float(merge_factor(merges, ts_ms)) if merges else 1.0


def _dealt_line(held: HeldToken) -> PriceLine:
    """The prices the person dealt at, in today's units."""
    times = np.concatenate([np.zeros(0, dtype=np.int64), *(rows.dealt_times for rows in held.rows)])
    prices = np.concatenate([np.zeros(0), *(rows.dealt_prices for rows in held.rows)])
    order = np.lexsort((prices, times)) if len(held.rows) > 1 else slice(None)
    return PriceLine(times[order], prices[order])


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
