"""When a token rebalances next, and what that does: the whole page, from the last quote and the rule in force."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from levdesk.domain.basket import BasketRule, BasketState, EventKind
from levdesk.domain.errors import SettingInvalid
from levdesk.domain.instruments import RebalanceRule
from levdesk.domain.market import TokenQuote
from levdesk.domain.nav import scheduled_check_acts
from levdesk.domain.rebalance import (
    PriceTrigger,
    RebalanceRadar,
    crash,
    hit_probability,
    next_scheduled_ms,
    radar,
    sigmas_away,
    trigger_move,
)
from levdesk.services.explain_radar import chance_of_either, estimated_leverage, move_since_event
from levdesk.services.explain_rules import DatedRules, RulePeriod
from levdesk.services.explain_words import clock, figure, multiple, percent, rule_words, size_percent
from levdesk.services.explained_rebalance import RebalanceEvent, RebalanceView, TriggerView

CRASH_RATIO = 0.30
"""Size of the move against the holder whose consequences are told."""

_HOUR_DAYS = 1.0 / 24.0


def rebalance_view(
    underlying: str,
    rules: DatedRules,
    quote: TokenQuote | None,
    now_ms: int,
    *,
    volatility_day: float | None = None,
    history: Sequence[RebalanceEvent] = (),
) -> RebalanceView:
    """Everything about the next rebalances of a token.

    Args:
        underlying: its name.
        rules: the token's.
        quote: last known figures, None when there are none.
        now_ms: the time.
        volatility_day: of the underlying's log price per day, None when it is not known.
        history: rebalances that happened, newest first.
    """
    period = rules.period_at(now_ms)
    rule, stated = period.rule, period.stated_rule
    state, estimated = basket_now(quote, rule)
    found = _triggers(state, period)
    priced = quote is not None and quote.underlying_price is not None
    views = [
        None if found is None or state is None else _trigger_view(side, state, stated, quote, volatility_day, priced)
        for side in ((found.lower, found.upper) if found is not None else (None, None))
    ]
    lower, upper = views
    scheduled = None if rule.clock_utc_s is None or not period.usable else next_scheduled_ms(now_ms, rule.clock_utc_s)
    known_ms = [event.ts_ms for event in history[:1]]
    if quote is not None and quote.rebalance_ms is not None:
        known_ms.append(quote.rebalance_ms)
    fall = None if state is None else _crash(state, rule, found)
    view = RebalanceView(
        effective_leverage=None if state is None else state.leverage,
        target_leverage=rule.target,
        band_low=None if stated is None or stated.band_low is None else float(stated.band_low),
        band_high=None if stated is None or stated.band_high is None else float(stated.band_high),
        lower=lower,
        upper=upper,
        next_scheduled_ms=scheduled,
        scheduled_acts_now=None if state is None or scheduled is None else scheduled_check_acts(state, rule),
        rule=rule_words(stated, now_ms) if period.usable else "no usable rule is known",
        source="" if stated is None else stated.source,
        assumed=period.assumed_rule,
        crash_ratio=None if fall is None else fall[0],
        crash_triggers=None if fall is None else fall[1],
        crash_nav_ratio=None if fall is None else fall[2],
        last_ms=max(known_ms, default=None),
        history=tuple(history),
        chance_24h=_chance(lower, upper),
        leverage_estimated=estimated,
    )
    return _with_summary(view, underlying, rule)


def basket_now(quote: TokenQuote | None, rule: BasketRule) -> tuple[BasketState | None, bool]:
    """The basket as the quote tells it, and whether its leverage is our estimate.

    A price that is not known counts as 1: moves and leverages are right all the same.
    """
    if quote is None:
        return None, False
    given = quote.effective_leverage
    leverage = estimated_leverage(quote, rule.target) if given is None else math.copysign(float(given), rule.target)
    if not leverage or not math.isfinite(leverage):
        return None, False
    price = 1.0 if quote.underlying_price is None else float(quote.underlying_price)
    nav = 1.0 if quote.nav is None else float(quote.nav)
    since = move_since_event(rule.target, leverage)
    if not (price > 0.0 and nav > 0.0):
        return None, False
    event_price = price if since is None else price / (1.0 + since)
    state = BasketState(nav=nav, leverage=leverage, price=price, event_price=event_price)
    return state, given is None


def _triggers(state: BasketState | None, period: RulePeriod) -> RebalanceRadar | None:
    """Where the rule acts next; None when no basket or no usable rule is known."""
    return None if state is None or not period.usable else radar(state, period.rule)


def _trigger_view(
    found: PriceTrigger | None,
    state: BasketState,
    stated: RebalanceRule | None,
    quote: TokenQuote | None,
    volatility_day: float | None,
    priced: bool,
) -> TriggerView | None:
    if found is None or found.leverage is None or found.traded_ratio is None:
        return None
    odds = volatility_day is not None
    sigma = volatility_day or 0.0
    return TriggerView(
        price=found.price if priced else None,
        move_ratio=found.move_ratio,
        leverage=found.leverage,
        nav=found.nav if quote is not None and quote.nav is not None else None,
        nav_ratio=found.nav_factor - 1.0,
        traded_ratio=found.traded_ratio,
        sigmas=sigmas_away(found.move_ratio, sigma) if odds else None,
        chance_1h=hit_probability(found.move_ratio, sigma, _HOUR_DAYS) if odds else None,
        chance_24h=hit_probability(found.move_ratio, sigma, 1.0) if odds else None,
        rule=_trigger_words(found, state, stated),
    )


def _trigger_words(found: PriceTrigger, state: BasketState, stated: RebalanceRule | None) -> str:
    """The part of the rule that fires, e.g. "band edge at 4.125×"."""
    if found.kind is EventKind.EMERGENCY and stated is not None and stated.emergency_move_ratio is not None:
        since = found.price / state.event_price - 1.0
        if abs(abs(since) - float(stated.emergency_move_ratio)) < 1e-9:
            return f"emergency after {percent(since, 0)}"
    name = "emergency" if found.kind is EventKind.EMERGENCY else "band edge"
    return f"{name} at {multiple(round(found.leverage or 0.0, 6))}"


def _crash(state: BasketState, rule: BasketRule, found: RebalanceRadar | None) -> tuple[float, int, float] | None:
    """(move, rebalances on the way, NAV change) of a large move against the holder; None where it makes no sense."""
    against = -math.copysign(CRASH_RATIO, rule.target)
    trigger = None if found is None else found.lower if against < 0.0 else found.upper
    if trigger is None:
        return against, 0, max(1.0 + state.leverage * against, 0.0) - 1.0
    if abs(math.log1p(trigger.move_ratio)) > abs(math.log1p(against)):
        return against, 0, max(1.0 + state.leverage * against, 0.0) - 1.0
    try:
        rest = (1.0 + against) / (1.0 + trigger.move_ratio) - 1.0
        after = crash(rule.target, _own_trigger(rule, against), rest)
    except SettingInvalid:
        return None
    return against, 1 + after.triggers, trigger.nav_factor * after.nav_factor - 1.0


def _own_trigger(rule: BasketRule, against: float) -> float:
    """The move that triggers a rebalance against the holder right after a rebalance."""
    moves = [] if rule.emergency_move_ratio is None else [math.copysign(rule.emergency_move_ratio, against)]
    highs = [rule.emergency_leverage, None if rule.band is None else rule.band[1]]
    edges = [edge for edge in highs if edge is not None and math.isfinite(edge)]
    if rule.target > 1.0 or rule.target < 0.0:
        moves += [trigger_move(rule.target, rule.sign * edge) for edge in edges]
    if not moves:
        raise SettingInvalid("The rule has no trigger against the holder.")
    return min(moves, key=abs)


def _chance(lower: TriggerView | None, upper: TriggerView | None) -> float | None:
    below, above = (None if side is None else side.sigmas for side in (lower, upper))
    if below is None and above is None:
        return None
    return chance_of_either(below, above)


def _with_summary(view: RebalanceView, underlying: str, rule: BasketRule) -> RebalanceView:
    """The view with its sentence."""
    sides = [(side, word) for side, word in ((view.lower, "falls"), (view.upper, "rises")) if side is not None]
    parts = [
        f"{underlying} {word} {size_percent(side.move_ratio)}"
        + ("" if side.price is None else f" to {figure(side.price)}")
        for side, word in sides
    ]
    if view.effective_leverage is None:
        text = "The effective leverage is not known, so neither is the distance to a rebalance."
    elif parts:
        text = f"It rebalances when {' or '.join(parts)}."
    else:
        text = "No price makes it rebalance at once."
    if view.next_scheduled_ms is not None and rule.clock_utc_s is not None:
        acts = {True: " and would act as things stand", False: " and would not act as things stand", None: ""}
        text += f" The next daily check is at {clock(rule.clock_utc_s)}{acts[view.scheduled_acts_now]}."
    if view.assumed:
        text += " The rule is assumed."
    return replace(view, summary=text)
