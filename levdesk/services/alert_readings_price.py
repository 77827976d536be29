"""Readings of prices: premium, merges, falls and gains, levels; and extreme moves of an underlying."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

from levdesk.domain.alerts import AlertKind
from levdesk.services.alert_figures import AnyGauge, Figure, Gauge, Values, as_float, oldest, unknown
from levdesk.services.alert_subjects import TokenSubject, UnderlyingSubject
from levdesk.services.alert_words import lasting, number, price
from levdesk.services.explain_words import day, percent, size_percent

_FAR_LOG: Final = math.log(5.0)
_COVERED: Final = 0.8
"""Part of a window that known prices have to reach back over before a small move in it is believed."""


# -- premium -----------------------------------------------------------------------------------------------------


def _premium(subject: TokenSubject, _horizon_s: int, _now_ms: int) -> Figure:
    holding = subject.holding
    if holding.premium_ratio is None:
        return unknown(f"{'Price' if holding.market_price is None else 'NAV'} of {subject.symbol} is not known.")
    return Figure(float(holding.premium_ratio), oldest(holding.market_price_ts_ms, holding.nav_ts_ms))


def _premium_words(subject: TokenSubject, known: Figure, _now_ms: int) -> tuple[str, Values]:
    ratio, holding = known.value or 0.0, subject.holding
    traded, nav = as_float(holding.market_price), as_float(holding.nav)
    text = f"{subject.symbol} trades at {_price(traded)}, {size_percent(ratio, 2)} {'above' if ratio >= 0 else 'below'}"
    return f"{text} its NAV of {_price(nav)}.", {"premium_ratio": ratio, "price": traded, "nav": nav}


# -- merges ------------------------------------------------------------------------------------------------------


def _unit_nav(subject: TokenSubject, _horizon_s: int, _now_ms: int) -> Figure:
    nav = as_float(subject.holding.nav)
    return (
        unknown(f"The NAV of {subject.symbol} is not known.") if nav is None else Figure(nav, subject.holding.nav_ts_ms)
    )


def _unit_price(subject: TokenSubject, _horizon_s: int, _now_ms: int) -> Figure:
    traded = as_float(subject.holding.market_price)
    if traded is None:
        return unknown(f"The price of {subject.symbol} is not known.")
    return Figure(traded, subject.holding.market_price_ts_ms)


def _merge_words(subject: TokenSubject, known: Figure, _now_ms: int) -> tuple[str, Values]:
    worth = known.value or 0.0
    text = f"A unit of {subject.symbol} is worth {price(worth)}; issuers merge units that are worth this little."
    return text, {"unit_worth": worth}


def _merged(subject: TokenSubject, _horizon_s: int, now_ms: int) -> Figure:
    if any(notice.code == "merge_unrecorded" for notice in subject.holding.notices) and subject.token.merges:
        merge = subject.token.merges[-1]
        factor = float(merge.old_per_new)
        return Figure(max(factor, 1.0 / factor), now_ms, parts=(factor, merge.day_ms))
    traded, before = as_float(subject.holding.market_price), subject.before()
    if traded is None or before is None:
        return Figure(1.0, now_ms, parts=(1.0, None))
    last, last_underlying = before
    if abs(math.log(traded / last)) <= _FAR_LOG:
        return Figure(1.0, now_ms, parts=(1.0, None))
    return _jumped(subject, traded, last, last_underlying)


def _jumped(subject: TokenSubject, traded: float, last: float, last_underlying: float) -> Figure:
    from levdesk.domain.merges import find_merges  # brings numpy, which only a jump needs

    moved = as_float(None if subject.quote is None else subject.quote.underlying_price)
    if moved is None:
        return unknown(
            f"The price of {subject.symbol} jumped, and {subject.token.underlying} is not known to explain it."
        )
    import numpy as np

    found = find_merges(
        np.array([last, traded]), np.array([last_underlying, moved]), float(subject.token.target_leverage)
    )
    factor = found[0].factor if found else 1.0
    return Figure(max(factor, 1.0 / factor), subject.holding.market_price_ts_ms, parts=(factor, None))


def _merged_words(subject: TokenSubject, known: Figure, now_ms: int) -> tuple[str, Values]:
    factor, day_ms = float(known.parts[0] or 1.0), known.parts[1]
    if factor == 1.0:
        return f"No merge of {subject.symbol} is open.", {"old_per_new": factor}
    ratio = f"{number(factor)} : 1" if factor > 1.0 else f"1 : {number(1.0 / factor)}"
    if day_ms is None:
        text = f"The price of {subject.symbol} shows that units were {'merged' if factor > 1 else 'split'} {ratio}."
    else:
        when = day(int(day_ms), now_ms)
        text = f"{subject.symbol} was merged {ratio} on {when}, and none of your transactions says so."
    return text, {"old_per_new": factor}


# -- falls and gains ---------------------------------------------------------------------------------------------


def _fall(subject: TokenSubject, _horizon_s: int, _now_ms: int) -> Figure:
    traded, peak = as_float(subject.holding.market_price), subject.slow.peak()
    if traded is None:
        return unknown(f"The price of {subject.symbol} is not known.")
    if peak is None:
        return unknown(f"No price history of {subject.symbol} since its purchase is known.")
    top_ms, top = peak
    as_of_ms = subject.holding.market_price_ts_ms
    if traded >= top:
        return Figure(0.0, as_of_ms, parts=(traded, traded, as_of_ms))
    return Figure(1.0 - traded / top, as_of_ms, parts=(traded, top, top_ms))


def _fall_words(subject: TokenSubject, known: Figure, now_ms: int) -> tuple[str, Values]:
    traded, top = (float(part or 0.0) for part in known.parts[:2])
    top_ms = known.parts[2]
    when = "" if top_ms is None else f" on {day(int(top_ms), now_ms)}"
    fall = size_percent(known.value or 0.0)
    text = f"{subject.symbol} at {price(traded)} is {fall} below its peak of {price(top)}{when}."
    return text, {"drawdown_ratio": known.value, "price": traded, "peak": top}


def _from_entry(sign: float, *, by_nav: bool) -> Callable[[TokenSubject, int, int], Figure]:
    def read(subject: TokenSubject, _horizon_s: int, _now_ms: int) -> Figure:
        holding = subject.holding
        worth = as_float(holding.nav if by_nav else holding.market_price)
        as_of_ms = holding.nav_ts_ms if by_nav else holding.market_price_ts_ms
        if worth is None:
            return unknown(f"The {'NAV' if by_nav else 'price'} of {subject.symbol} is not known.")
        if not holding.average_cost or holding.average_cost < 0:
            return unknown(f"What {subject.symbol} cost is not known.")
        paid = float(holding.average_cost)
        return Figure(sign * (worth / paid - 1.0), as_of_ms, parts=(worth, paid))

    return read


def _entry_words(subject: TokenSubject, known: Figure, _now_ms: int) -> tuple[str, Values]:
    worth, paid = (float(part or 0.0) for part in known.parts)
    ratio = worth / paid - 1.0
    side = "above" if ratio >= 0.0 else "below"
    text = f"{subject.symbol} at {price(worth)} is {size_percent(ratio)} {side} your average cost a unit."
    return text, {"entry_ratio": ratio, "price": worth}


# -- levels ------------------------------------------------------------------------------------------------------


def _over_cost(subject: TokenSubject, horizon_s: int, now_ms: int) -> Figure:
    gain = _from_entry(1.0, by_nav=False)(subject, horizon_s, now_ms)
    return gain if gain.value is None else gain._replace(value=1.0 + gain.value)


def _underlying_price(subject: UnderlyingSubject, _horizon_s: int, _now_ms: int) -> Figure:
    found = subject.price()
    return unknown(f"The price of {subject.name} is not known.") if found is None else Figure(*found)


def _level_words(what: str) -> Callable[[TokenSubject, Figure, int], tuple[str, Values]]:
    def tell(subject: TokenSubject, known: Figure, _now_ms: int) -> tuple[str, Values]:
        return f"The {what} of {subject.symbol} is {price(known.value or 0.0)} now.", {what.lower(): known.value}

    return tell


def _underlying_words(subject: UnderlyingSubject, known: Figure, _now_ms: int) -> tuple[str, Values]:
    return f"{subject.name} is at {price(known.value or 0.0)} now.", {"underlying_price": known.value}


# -- extreme moves -----------------------------------------------------------------------------------------------


def _extreme(subject: UnderlyingSubject, horizon_s: int, now_ms: int) -> Figure:
    """The larger of the fall from the highest and the rise from the lowest price of the window."""
    found = subject.price()
    if found is None:
        return unknown(f"The price of {subject.name} is not known.")
    current, as_of_ms = found
    window_ms = horizon_s * 1000
    line = subject.line
    part = slice(0, 0) if line is None else line.span(now_ms - window_ms, now_ms)
    prices = () if line is None else line.prices[part]
    if line is None or not prices:
        return unknown(f"No price of {subject.name} of the last {lasting(horizon_s)} is known.")
    top, bottom = max(prices), min(prices)
    highest, lowest = max(top, current), min(bottom, current)
    fall, rise = current / highest - 1.0, current / lowest - 1.0
    move, start = (fall, highest) if -fall > rise else (rise, lowest)
    reached = now_ms - line.ts_ms[part.start] >= _COVERED * window_ms
    return Figure(move, as_of_ms, parts=(start, current, horizon_s), at_least=not reached)


def _extreme_words(subject: UnderlyingSubject, known: Figure, _now_ms: int) -> tuple[str, Values]:
    start, current, horizon_s = (float(part or 0.0) for part in known.parts)
    text = f"{subject.name} moved {percent(known.value or 0.0) or '0 %'} within {lasting(horizon_s)}"
    text += f", from {price(start)} to {price(current)}."
    return text, {"move_ratio": known.value, "underlying_price": current, "underlying_price_before": start}


def _price(value: float | None) -> str:
    return "—" if value is None else price(value)


PRICE_GAUGES: Final[dict[tuple[AlertKind, str], AnyGauge]] = {
    (AlertKind.PREMIUM, "ratio"): Gauge(_premium, _premium_words),
    (AlertKind.MERGE_NEAR, "nav"): Gauge(_unit_nav, _merge_words),
    (AlertKind.MERGE_NEAR, "price"): Gauge(_unit_price, _merge_words),
    (AlertKind.MERGE_SEEN, "factor"): Gauge(_merged, _merged_words),
    (AlertKind.DRAWDOWN, "price"): Gauge(_fall, _fall_words),
    (AlertKind.ENTRY_LOSS, "price"): Gauge(_from_entry(-1.0, by_nav=False), _entry_words),
    (AlertKind.ENTRY_LOSS, "nav"): Gauge(_from_entry(-1.0, by_nav=True), _entry_words),
    (AlertKind.TAKE_PROFIT, "price"): Gauge(_from_entry(1.0, by_nav=False), _entry_words),
    (AlertKind.TAKE_PROFIT, "nav"): Gauge(_from_entry(1.0, by_nav=True), _entry_words),
    (AlertKind.LEVEL_CROSS, "price"): Gauge(_unit_price, _level_words("price")),
    (AlertKind.LEVEL_CROSS, "nav"): Gauge(_unit_nav, _level_words("NAV")),
    (AlertKind.LEVEL_CROSS, "underlying"): Gauge(_underlying_price, _underlying_words),
    (AlertKind.LEVEL_CROSS, "entry"): Gauge(_over_cost, _entry_words),
    (AlertKind.EXTREME_MOVE, "move"): Gauge(_extreme, _extreme_words),
}
