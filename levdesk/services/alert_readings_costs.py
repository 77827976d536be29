"""Readings of what holding costs: decay, days held, fees and funding; and the funding rate of an underlying."""

from __future__ import annotations

from typing import Final

from levdesk.domain.alerts import AlertKind
from levdesk.services.alert_figures import AnyGauge, Figure, Gauge, Values, unknown
from levdesk.services.alert_subjects import TokenSubject, UnderlyingSubject
from levdesk.services.explain_costs import funding_rate_8h
from levdesk.services.explain_words import percent, size_percent
from levdesk.services.explained_split import Term

_DAY_S: Final = 86_400
_DAY_MS: Final = _DAY_S * 1000
_EIGHT_HOURS_S: Final = 28_800


# -- holding costs -----------------------------------------------------------------------------------------------


def _decay(subject: TokenSubject, _horizon_s: int, _now_ms: int) -> Figure:
    explained, decay = subject.slow.explained, subject.slow.decay_day()
    if explained is None or decay is None:
        return unknown(f"The volatility of {subject.token.underlying} is not known yet.")
    return Figure(decay, explained.as_of_ms)


def _decay_words(subject: TokenSubject, known: Figure, _now_ms: int) -> tuple[str, Values]:
    volatility, decay = subject.slow.volatility_day, known.value or 0.0
    moves = (
        ""
        if volatility is None
        else f" at usual moves of {size_percent(volatility)} a day in {subject.token.underlying}"
    )
    text = (
        f"Holding {subject.symbol} takes {size_percent(decay, 2)} a day in decay{moves} while the price goes nowhere."
    )
    return text, {"decay_day_ratio": known.value, "volatility_day": volatility}


def _efficiency(subject: TokenSubject, _horizon_s: int, _now_ms: int) -> Figure:
    explained = subject.slow.explained
    market = None if explained is None else explained.market
    if explained is None or market is None or market.efficiency_ratio is None:
        return unknown(f"There is too little history of {subject.token.underlying} to tell trend from chop.")
    return Figure(market.efficiency_ratio, explained.as_of_ms)


def _efficiency_words(subject: TokenSubject, known: Figure, _now_ms: int) -> tuple[str, Values]:
    part = size_percent(known.value or 0.0, 0)
    text = f"Over the last month {subject.token.underlying} got {part} of the way that all its daily moves add up to."
    return text, {"efficiency_ratio": known.value}


def _days(subject: TokenSubject, _horizon_s: int, now_ms: int) -> Figure:
    first_ms = subject.holding.first_bought_ms
    if first_ms is None:
        return unknown(f"It is not known since when {subject.symbol} is held.")
    return Figure(max((now_ms - first_ms) / _DAY_MS, 0.0), now_ms)


def _days_words(subject: TokenSubject, known: Figure, _now_ms: int) -> tuple[str, Values]:
    days = known.value or 0.0
    return f"{subject.symbol} has been held for {days:.0f} days.", {"days_held": days}


def _decay_so_far(subject: TokenSubject, _horizon_s: int, _now_ms: int) -> Figure:
    ratio = subject.slow.term_ratio(Term.VOLATILITY_DECAY)
    if ratio is None or subject.slow.explained is None:
        return unknown(f"What decay took of {subject.symbol} is not worked out yet.")
    return Figure(-ratio, subject.slow.explained.as_of_ms)


def _decay_so_far_words(subject: TokenSubject, known: Figure, _now_ms: int) -> tuple[str, Values]:
    size = size_percent(known.value or 0.0)
    return f"Decay has taken {size} of the money put into {subject.symbol} so far.", {"decay_ratio": known.value}


def _cost_day(subject: TokenSubject, _horizon_s: int, now_ms: int) -> Figure:
    period = subject.period
    fees = None if period is None else period.stated_fees
    if period is None or fees is None or fees.management_per_day_ratio is None:
        return unknown(f"The management fee of {subject.symbol} is not known.")
    fee = float(fees.management_per_day_ratio)
    if period.funding_inside:
        return Figure(fee, now_ms, parts=(fee, 0.0))
    costs = None if subject.slow.explained is None else subject.slow.explained.costs
    live = subject.perpetual
    if live is not None and live.funding_rate is not None and live.funding_interval_s:
        rate, as_of_ms = float(live.funding_rate) * _DAY_S / live.funding_interval_s, live.ts_ms
    elif costs is not None and costs.funding_8h_ratio is not None and subject.slow.explained is not None:
        rate, as_of_ms = costs.funding_8h_ratio * 3.0, subject.slow.explained.as_of_ms
    else:
        return unknown(f"The funding of {subject.token.underlying} is not known.")
    funding = period.rule.target * rate
    return Figure(fee + funding, as_of_ms, parts=(fee, funding))


def _cost_day_words(subject: TokenSubject, known: Figure, _now_ms: int) -> tuple[str, Values]:
    fee, funding = (float(part or 0.0) for part in known.parts)
    verb = "take" if (known.value or 0.0) >= 0.0 else "bring"
    text = f"Fee and funding of {subject.symbol} {verb} {size_percent(known.value or 0.0, 2)} a day"
    text += f": {size_percent(fee, 2)} management fee and {percent(funding, 2) or '0 %'} funding."
    return text, {"cost_day_ratio": known.value, "fee_day_ratio": fee, "funding_day_ratio": funding}


def _cost_total(subject: TokenSubject, _horizon_s: int, _now_ms: int) -> Figure:
    explained = subject.slow.explained
    costs, split = (None, None) if explained is None else (explained.costs, explained.attribution)
    if explained is None or costs is None or split is None or costs.paid is None or split.put_in <= 0:
        return unknown(f"What fees and funding took of {subject.symbol} is not worked out yet.")
    return Figure(float(costs.paid / split.put_in), explained.as_of_ms)


def _cost_total_words(subject: TokenSubject, known: Figure, _now_ms: int) -> tuple[str, Values]:
    text = (
        f"Fees and funding have taken {size_percent(known.value or 0.0)} of the money put into {subject.symbol} so far."
    )
    return text, {"cost_ratio": known.value}


# -- funding -----------------------------------------------------------------------------------------------------


def _rate(subject: UnderlyingSubject, _horizon_s: int, _now_ms: int) -> Figure:
    found = [
        (float(quote.funding_rate) * _EIGHT_HOURS_S / quote.funding_interval_s, quote)
        for quote, _ in subject.perpetuals
        if quote.funding_rate is not None and quote.funding_interval_s
    ]
    if not found:
        return unknown(f"The funding of {subject.name} is not known.")
    rate, quote = max(found, key=lambda one: abs(one[0]))
    return Figure(rate, quote.ts_ms, parts=(f"{quote.instrument} at {quote.venue}",))


def _rate_words(subject: UnderlyingSubject, known: Figure, _now_ms: int) -> tuple[str, Values]:
    rate = known.value or 0.0
    payer = "longs pay, shorts receive" if rate >= 0.0 else "shorts pay, longs receive"
    text = f"Funding of {subject.name} is {percent(rate, 3) or '0 %'} per 8 h ({known.parts[0]}): {payer}."
    return text, {"funding_8h_ratio": rate}


def _flip(subject: UnderlyingSubject, _horizon_s: int, _now_ms: int) -> Figure:
    best = unknown(f"The funding of {subject.name}, now or at the last settlement, is not known.")
    for quote, settled in subject.perpetuals:
        now, last = funding_rate_8h((), quote), funding_rate_8h(settled, None)
        if now is None or last is None:
            continue
        value = abs(now - last) if now * last < 0.0 else 0.0
        if best.value is None or value > best.value:
            best = Figure(value, quote.ts_ms, parts=(now, last))
    return best


def _flip_words(subject: UnderlyingSubject, known: Figure, _now_ms: int) -> tuple[str, Values]:
    now, last = (float(part or 0.0) for part in known.parts)
    if not known.value:
        return f"Funding of {subject.name} has the sign of its last settlement.", {"funding_8h_ratio": now}
    side = "longs pay now" if now > 0.0 else "shorts pay now"
    text = f"Funding of {subject.name} went from {percent(last, 3)} to {percent(now, 3)} per 8 h: {side}."
    return text, {"funding_8h_ratio": now, "funding_8h_ratio_before": last}


COST_GAUGES: Final[dict[tuple[AlertKind, str], AnyGauge]] = {
    (AlertKind.CHOPPY_DECAY, "decay"): Gauge(_decay, _decay_words),
    (AlertKind.CHOPPY_DECAY, "efficiency"): Gauge(_efficiency, _efficiency_words),
    (AlertKind.HELD_TOO_LONG, "days"): Gauge(_days, _days_words),
    (AlertKind.HELD_TOO_LONG, "decay"): Gauge(_decay_so_far, _decay_so_far_words),
    (AlertKind.COST_DRAG, "day"): Gauge(_cost_day, _cost_day_words),
    (AlertKind.COST_DRAG, "total"): Gauge(_cost_total, _cost_total_words),
    (AlertKind.FUNDING_SPIKE, "rate"): Gauge(_rate, _rate_words),
    (AlertKind.FUNDING_SPIKE, "flip"): Gauge(_flip, _flip_words),
}
