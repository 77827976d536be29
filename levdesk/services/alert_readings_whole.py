"""Readings of the whole: odds, concentration and exposure, sources, and both sides of one underlying."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from levdesk.domain.alerts import AlertKind
from levdesk.domain.sources import NavSource, QuoteSource
from levdesk.services.alert_figures import NOT_HERE, AnyGauge, Figure, Gauge, Values, oldest, unknown
from levdesk.services.alert_subjects import TokenSubject, UnderlyingSubject, VenueSubject
from levdesk.services.alert_words import lasting, number
from levdesk.services.explain_words import size_percent
from levdesk.services.health import SourceState
from levdesk.services.views import HoldingView

CONTRADICTION_RATIO: Final = 0.15
"""Price and NAV further apart than this cannot both be right."""


# -- odds --------------------------------------------------------------------------------------------------------


def _loss(subject: TokenSubject, horizon_s: int, _now_ms: int) -> Figure:
    explained, chance = subject.slow.explained, subject.slow.loss_chance(horizon_s)
    if explained is None or chance is None:
        return unknown(f"The odds of {subject.symbol} are not worked out yet.")
    return Figure(chance, explained.as_of_ms, parts=(horizon_s,))


def _loss_words(subject: TokenSubject, known: Figure, _now_ms: int) -> tuple[str, Values]:
    over = lasting(float(known.parts[0] or 0))
    text = (
        f"The chance that {subject.symbol} is worth less in {over} than today is {size_percent(known.value or 0.0, 0)}"
    )
    return f"{text}; this is model output under the assumptions shown with its outlook.", {"loss_chance": known.value}


# -- concentration and exposure ----------------------------------------------------------------------------------


def _share(subject: UnderlyingSubject, _horizon_s: int, _now_ms: int) -> Figure:
    if not subject.others and len(subject.holdings) < 2:
        return NOT_HERE
    value = subject.value()
    if value is None or not subject.whole_value:
        return unknown("The value of a holding is not known, so shares are not either.")
    return Figure(value / subject.whole_value, _priced_ms(subject.holdings))


def _share_words(subject: UnderlyingSubject, known: Figure, _now_ms: int) -> tuple[str, Values]:
    text = f"{size_percent(known.value or 0.0, 0)} of the value of the holdings follows {subject.name}."
    return text, {"share_ratio": known.value}


def _net(subject: UnderlyingSubject, _horizon_s: int, _now_ms: int) -> Figure:
    exposure = 0.0
    for holding in subject.holdings:
        if holding.market_value is None or holding.effective_leverage is None:
            return unknown(f"Value or leverage of {holding.token.key.symbol} is not known.")
        exposure += float(holding.market_value) * float(holding.effective_leverage)
    if not subject.whole_value:
        return unknown("The value of a holding is not known, so the exposure is not either.")
    leverages = [holding.leverage_ts_ms for holding in subject.holdings]
    return Figure(exposure / subject.whole_value, oldest(_priced_ms(subject.holdings), *leverages), parts=(exposure,))


def _net_words(subject: UnderlyingSubject, known: Figure, _now_ms: int) -> tuple[str, Values]:
    ratio = known.value or 0.0
    side = "long" if ratio >= 0.0 else "short"
    text = f"Netted, the holdings are {side} {subject.name} by {number(abs(ratio))} times their whole value."
    return text, {"exposure_ratio": ratio, "amount_net_exposure": float(known.parts[0] or 0.0)}


def _both(subject: UnderlyingSubject, _horizon_s: int, _now_ms: int) -> Figure:
    sides: dict[bool, list[HoldingView]] = {True: [], False: []}
    for holding in subject.holdings:
        sides[holding.token.target_leverage > 0].append(holding)
    if not (sides[True] and sides[False]):
        return NOT_HERE
    losses = [_loss_ratio(rows) for rows in sides.values()]
    long, short = losses
    if long is None or short is None:
        return unknown(f"Cost or value of a holding of {subject.name} is not known.")
    return Figure(min(long, short), _priced_ms(subject.holdings), parts=(long, short))


def _both_words(subject: UnderlyingSubject, known: Figure, _now_ms: int) -> tuple[str, Values]:
    long, short = (float(part or 0.0) for part in known.parts)
    stands = [
        f"the {name} side is {size_percent(loss)} {'below' if loss >= 0 else 'above'} its cost"
        for name, loss in (("long", long), ("short", short))
    ]
    return f"Of {subject.name}, {stands[0]} and {stands[1]}.", {"long_loss_ratio": long, "short_loss_ratio": short}


def _loss_ratio(holdings: Iterable[HoldingView]) -> float | None:
    cost = result = 0.0
    for holding in holdings:
        if holding.cost_basis is None or holding.unrealised_pnl is None:
            return None
        cost += float(holding.cost_basis)
        result += float(holding.unrealised_pnl)
    return -result / cost if cost > 0.0 else None


def _priced_ms(holdings: Iterable[HoldingView]) -> int | None:
    return oldest(*(holding.market_price_ts_ms for holding in holdings))


# -- sources -----------------------------------------------------------------------------------------------------


def _age(subject: TokenSubject, _horizon_s: int, now_ms: int) -> Figure:
    """Age of the older figure; what was typed by hand does not age, and a silent venue is told of once, as a venue."""
    holding = subject.holding
    if subject.silent:
        return NOT_HERE
    parts: list[tuple[int, str]] = []
    if holding.market_price_ts_ms is not None and holding.market_price_source is not QuoteSource.MANUAL:
        parts.append((holding.market_price_ts_ms, "price"))
    if holding.nav_ts_ms is not None and holding.nav_source is not NavSource.MANUAL:
        parts.append((holding.nav_ts_ms, "NAV"))
    if not parts:
        typed = holding.market_price is not None or holding.nav is not None
        return NOT_HERE if typed else unknown(f"Neither price nor NAV of {subject.symbol} is known.")
    ts_ms, name = min(parts)
    return Figure(max(now_ms - ts_ms, 0) / 1000.0, now_ms, parts=(name,))


def _age_words(subject: TokenSubject, known: Figure, _now_ms: int) -> tuple[str, Values]:
    seconds = known.value or 0.0
    age = lasting(seconds if seconds < 120 else round(seconds / 60) * 60)
    return f"The {known.parts[0]} of {subject.symbol} is {age} old.", {"age_s": seconds}


def _down(subject: VenueSubject, _horizon_s: int, now_ms: int) -> Figure:
    health = subject.health
    if health is None or health.state is SourceState.OFF:
        return NOT_HERE
    if health.state not in {SourceState.DOWN, SourceState.OFFLINE}:
        return Figure(0.0, now_ms, parts=(health.title, ""))
    known = [ts_ms for ts_ms in (health.last_ok_ms, subject.since_ms) if ts_ms is not None]
    if not known:
        return unknown(f"{health.title} does not answer; since when is not known.")
    return Figure(max(now_ms - max(known), 0) / 1000.0, now_ms, parts=(health.title, health.error))


def _down_words(subject: VenueSubject, known: Figure, _now_ms: int) -> tuple[str, Values]:
    title, error = known.parts
    if not known.value:
        return f"{title} answers.", {"silent_s": 0.0}
    held = "" if subject.health is None else ", ".join(subject.health.depends)
    text = f"{title} has not answered for {lasting(round(known.value / 60) * 60)}"
    text += f" ({error.rstrip('.')})" if isinstance(error, str) and error else ""
    return f"{text}; figures of {held} come from there." if held else f"{text}.", {"silent_s": known.value}


def _contradiction(subject: TokenSubject, _horizon_s: int, now_ms: int) -> Figure:
    doubts = list(subject.doubts)
    premium = subject.holding.premium_ratio
    if premium is not None and abs(premium) > CONTRADICTION_RATIO:
        doubts.append(f"Price and NAV of {subject.symbol} are {size_percent(float(premium), 0)} apart.")
    return Figure(float(len(doubts)), now_ms, parts=(" ".join(doubts),))


def _contradiction_words(subject: TokenSubject, known: Figure, _now_ms: int) -> tuple[str, Values]:
    return str(known.parts[0]) or f"The figures of {subject.symbol} agree.", {"contradictions": known.value}


WHOLE_GAUGES: Final[dict[tuple[AlertKind, str], AnyGauge]] = {
    (AlertKind.LOSS_PROBABILITY, "chance"): Gauge(_loss, _loss_words),
    (AlertKind.CONCENTRATION, "share"): Gauge(_share, _share_words),
    (AlertKind.NET_EXPOSURE, "multiple"): Gauge(_net, _net_words),
    (AlertKind.STALE_DATA, "age"): Gauge(_age, _age_words),
    (AlertKind.STALE_DATA, "down"): Gauge(_down, _down_words),
    (AlertKind.STALE_DATA, "contradiction"): Gauge(_contradiction, _contradiction_words),
    (AlertKind.BOTH_SIDES, "loss"): Gauge(_both, _both_words),
}
