"""Readings of a token's basket: rebalances near and scheduled, and leverage outside its band."""

from __future__ import annotations

import math
from typing import Final

from levdesk.domain.alerts import AlertKind
from levdesk.domain.nav import scheduled_check_acts
from levdesk.domain.rebalance import next_scheduled_ms
from levdesk.services.alert_figures import NOT_HERE, AnyGauge, Figure, Gauge, Values, as_float, unknown
from levdesk.services.alert_subjects import TokenSubject
from levdesk.services.alert_words import lasting, price
from levdesk.services.explain_radar import chance_of_either
from levdesk.services.explain_rebalance import basket_now
from levdesk.services.explain_words import clock, figure, size_percent

_DAY_S: Final = 86_400


# -- near a rebalance --------------------------------------------------------------------------------------------


def _move(subject: TokenSubject, _horizon_s: int, now_ms: int) -> Figure:
    if subject.slow.plan.radar is None:
        return unknown(f"No usable rebalance rule of {subject.symbol} is known.")
    near = subject.radar(now_ms)
    if near is None or near.leverage is None:
        return unknown(f"The effective leverage of {subject.symbol} is not known.")
    sides = [abs(move) for move in (near.lower_move_ratio, near.upper_move_ratio) if move is not None]
    return Figure(min(sides), subject.leverage_ms()) if sides else NOT_HERE


def _sigmas(subject: TokenSubject, horizon_s: int, now_ms: int) -> Figure:
    moved = _move(subject, horizon_s, now_ms)
    near = subject.radar(now_ms)
    if moved.value is None or near is None:
        return moved
    if near.sigmas is None:
        return unknown(_no_volatility(subject))
    return Figure(near.sigmas, moved.as_of_ms)


def _chance(subject: TokenSubject, horizon_s: int, now_ms: int) -> Figure:
    moved = _move(subject, horizon_s, now_ms)
    near = subject.radar(now_ms)
    if moved.value is None or near is None:
        return moved
    volatility = subject.slow.volatility_day
    if not volatility:
        return unknown(_no_volatility(subject))
    spread = volatility * math.sqrt(horizon_s / _DAY_S)
    below = None if near.lower_move_ratio is None else -math.log1p(near.lower_move_ratio) / spread
    above = None if near.upper_move_ratio is None else math.log1p(near.upper_move_ratio) / spread
    return Figure(chance_of_either(below, above), moved.as_of_ms, parts=(horizon_s,))


def _near_words(subject: TokenSubject, known: Figure, now_ms: int) -> tuple[str, Values]:
    near = subject.radar(now_ms)
    if near is None:
        return "", {}
    lower, upper = near.lower_move_ratio, near.upper_move_ratio
    down = lower is not None and (upper is None or -math.log1p(lower) <= math.log1p(upper))
    move, at = (lower, near.lower_price) if down else (upper, near.upper_price)
    now = as_float(None if subject.quote is None else subject.quote.underlying_price)
    name = subject.token.underlying
    there = "" if at is None else f" at {price(at)}"
    here = name if now is None else f"{name} at {price(now)}"
    text = (
        f"{here} is {size_percent(move or 0.0)} {'above' if down else 'below'} where {subject.symbol} rebalances{there}"
    )
    if not move:
        text = f"{here} is where {subject.symbol} rebalances"
    if near.sigmas is not None and move:
        text += f", {near.sigmas:.1f} daily standard deviations away"
    if known.parts:
        over = lasting(float(known.parts[0] or 0))
        text += f"; the chance of a rebalance within {over} is {size_percent(known.value or 0.0, 0)}"
    target = subject.token.target_leverage
    effect = "sells" if (target * (target - 1) > 0) is down else "buys"
    return f"{text}. It {effect} {name} there." if move else f"{text}.", {
        "underlying_price": now,
        "trigger_price": at,
        "move_ratio": move,
        "leverage": near.leverage,
        "sigmas": near.sigmas,
        "chance_24h": near.chance_24h,
    }


def _no_volatility(subject: TokenSubject) -> str:
    return f"The volatility of {subject.token.underlying} is not known yet."


# -- the rule ----------------------------------------------------------------------------------------------------


def _trade(subject: TokenSubject, horizon_s: int, now_ms: int) -> Figure:
    period = subject.period
    if period is None or not period.usable or period.rule.clock_utc_s is None:
        return NOT_HERE
    at_ms = next_scheduled_ms(now_ms, period.rule.clock_utc_s)
    if at_ms - now_ms > horizon_s * 1000:
        return Figure(0.0, now_ms, parts=(at_ms, period.rule.clock_utc_s, 0.0))
    state, _ = basket_now(subject.quote, period.rule)
    acts = None if state is None else scheduled_check_acts(state, period.rule)
    if state is None or acts is None:
        return unknown(f"The effective leverage of {subject.symbol} is not known.")
    traded = period.rule.target - state.leverage if acts else 0.0
    return Figure(abs(traded), subject.leverage_ms(), parts=(at_ms, period.rule.clock_utc_s, traded, state.leverage))


def _trade_words(subject: TokenSubject, known: Figure, now_ms: int) -> tuple[str, Values]:
    at_ms, clock_s, traded = (float(part or 0) for part in known.parts[:3])
    leverage = float(known.parts[3] or 0.0) if len(known.parts) > 3 else None
    wait = lasting(max(round((at_ms - now_ms) / 60_000), 1) * 60.0)
    does = "buys" if traded > 0 else "sells"
    text = f"The daily check of {subject.symbol} at {clock(int(clock_s))} is {wait} away"
    if traded and leverage is not None:
        text += f" and, with the leverage at {figure(round(leverage, 2))}×, {does} {size_percent(traded, 0)} of NAV"
    else:
        text += " and trades nothing as things stand"
    return f"{text}.", {"scheduled_ms": at_ms, "traded_ratio": traded, "leverage": leverage}


def _outside(subject: TokenSubject, _horizon_s: int, now_ms: int) -> Figure:
    period = subject.period
    if period is None or not period.usable or period.rule.band is None:
        return NOT_HERE
    near = subject.radar(now_ms)
    if near is None or near.leverage is None:
        return unknown(f"The effective leverage of {subject.symbol} is not known.")
    low, high = period.rule.band
    size = abs(near.leverage)
    return Figure(max(size - high, low - size), subject.leverage_ms(), parts=(near.leverage, low, high))


def _outside_words(subject: TokenSubject, known: Figure, _now_ms: int) -> tuple[str, Values]:
    leverage, low, high = (float(part or 0.0) for part in known.parts)
    edges = f"{figure(low)}–{figure(high)}×" if math.isfinite(high) else f"at least {figure(low)}×"
    if known.value is not None and known.value > 0.0:
        text = f"The leverage of {subject.symbol} is {figure(round(leverage, 3))}×, outside its band of {edges}"
        text += ", and no rebalance is seen yet."
    else:
        text = f"The leverage of {subject.symbol} is {figure(round(leverage, 3))}×, inside its band of {edges}."
    return text, {"leverage": leverage, "band_low": low, "band_high": high if math.isfinite(high) else None}


BASKET_GAUGES: Final[dict[tuple[AlertKind, str], AnyGauge]] = {
    (AlertKind.REBALANCE_NEAR, "move"): Gauge(_move, _near_words),
    (AlertKind.REBALANCE_NEAR, "sigma"): Gauge(_sigmas, _near_words),
    (AlertKind.REBALANCE_NEAR, "chance"): Gauge(_chance, _near_words),
    (AlertKind.REBALANCE_SCHEDULED, "trade"): Gauge(_trade, _trade_words),
    (AlertKind.LEVERAGE_OUT_OF_BAND, "outside"): Gauge(_outside, _outside_words),
}
