"""The basket model of one token, one step at a time: price, funding, fee, rebalance, unit merge.

Between two rebalances a token is a constant basket: u units of the underlying and cash b, so NAV = u·S + b and the
effective leverage is ℓ = u·S / NAV. Everything here is plain floats and O(1), fit for every tick; whole histories
run in `basket_path`, which follows the same order of things.

Source: the basket identities (1)-(4) of the mathematics notes; Pionex and Bybit publish the same formulas.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from levdesk.domain.basket import (
    NO_COSTS,
    TIE_TOLERANCE,
    BasketCosts,
    BasketRule,
    BasketState,
    EventKind,
    require_price,
)
from levdesk.domain.errors import SettingInvalid


def leverage_after_move(leverage: float, move_ratio: float) -> float | None:
    """Effective leverage after the underlying moved, or None when the basket is wiped out by it."""
    growth = 1.0 + leverage * move_ratio
    return leverage * (1.0 + move_ratio) / growth if growth > 0.0 else None


def move_price(state: BasketState, price: float) -> BasketState:
    """The basket at a new price of its underlying; NAV is clamped at 0 when the move wiped it out."""
    move = require_price(price) / state.price - 1.0
    growth = 1.0 + state.leverage * move
    if growth <= 0.0 or not state.alive:
        return _dead(state, price)
    leverage = state.leverage * (1.0 + move) / growth
    return BasketState(nav=state.nav * growth, leverage=leverage, price=price, event_price=state.event_price)


def pay_funding(state: BasketState, rate: float) -> BasketState:
    """The basket after one funding settlement at its present price: longs pay a positive rate, shorts receive it."""
    return _scale_nav(state, 1.0 - state.leverage * rate)


def charge_fee(state: BasketState, fee_ratio: float) -> BasketState:
    """The basket after a management fee taken from its cash."""
    return _scale_nav(state, 1.0 - fee_ratio)


def rebalance(state: BasketState, target: float, cost_ratio: float = 0.0) -> BasketState:
    """The basket brought back to a target that holds on the NAV left after the cost of trading."""
    if not state.alive:
        return state
    factor = rebalance_factor(state.leverage, target, cost_ratio)
    if factor <= 0.0:
        return _dead(state, state.price)
    return BasketState(nav=state.nav * factor, leverage=target, price=state.price, event_price=state.price)


def rebalance_factor(leverage: float, target: float, cost_ratio: float) -> float:
    """NAV after over NAV before a rebalance that trades the gap at a proportional cost."""
    side = 1.0 if target > leverage else -1.0
    return (1.0 + side * cost_ratio * leverage) / (1.0 + side * cost_ratio * target)


def traded_notional(before: BasketState, after: BasketState) -> float:
    """Signed notional a rebalance traded, per unit of token: above zero for a purchase of the underlying."""
    return after.leverage * after.nav - before.leverage * before.nav


def merge_units(state: BasketState, old_per_new: float) -> BasketState:
    """The basket per new unit after a merge (or, below 1, a split); the holder's value does not change."""
    if not (math.isfinite(old_per_new) and old_per_new > 0.0):
        raise SettingInvalid(f"A merge of {old_per_new!r} old units into one makes no sense.")
    return replace(state, nav=state.nav * old_per_new)


def triggered(state: BasketState, rule: BasketRule) -> EventKind | None:
    """Which of the rule's always-on triggers the basket has reached at its present price, or None."""
    magnitude = abs(state.leverage)
    if rule.emergency_leverage is not None and _at_least(magnitude, rule.emergency_leverage):
        return EventKind.EMERGENCY
    if rule.emergency_move_ratio is not None and _moved(state, rule):
        return EventKind.EMERGENCY
    if rule.band is not None and _outside(magnitude, rule.band):
        return EventKind.BAND
    return None


def scheduled_check_acts(state: BasketState, rule: BasketRule) -> bool:
    """Whether a scheduled check would rebalance the basket at its present price."""
    if rule.always_acts:
        return True
    if rule.scheduled_band is not None and _outside(abs(state.leverage), rule.scheduled_band):
        return True
    move = abs(state.price / state.event_price - 1.0)
    return rule.scheduled_move_ratio is not None and move > rule.scheduled_move_ratio * (1.0 + TIE_TOLERANCE)


def advance(
    state: BasketState,
    rule: BasketRule,
    price: float,
    *,
    costs: BasketCosts = NO_COSTS,
    funding_rate: float = 0.0,
    scheduled: bool = False,
    fee_due: bool = False,
) -> tuple[BasketState, EventKind | None]:
    """One row: move, funding, fee if due, and, if a rule acts, rebalance; with the reason, or None when none acted.

    The triggers look at the leverage after funding and before the fee. A fee without a clock of its own is charged
    with each rebalance; one with a clock when the caller says it is due.
    """
    now = pay_funding(move_price(state, price), funding_rate)
    if not now.alive:
        return now, EventKind.WIPED_OUT if state.alive else None
    kind = EventKind.SCHEDULED if scheduled and scheduled_check_acts(now, rule) else triggered(now, rule)
    if fee_due if costs.fee_utc_s is not None else kind is not None:
        now = charge_fee(now, costs.fee_ratio)
    if kind is None:
        return now, None
    now = rebalance(now, rule.target, costs.cost_ratio)
    return now, kind if now.alive else EventKind.WIPED_OUT


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveNav:
    """A NAV estimate between two updates of the venue, and how far it was from the last one that came.

    Attributes:
        state: the estimated basket now.
        gap_ratio: estimate over the venue's figure, minus one, at the last update; None before the first one.
    """

    state: BasketState
    gap_ratio: float | None = None


def live_nav(anchor: BasketState, price: float, fundings: Sequence[tuple[float, float]] = ()) -> BasketState:
    """NAV and leverage now from the last known basket.

    Args:
        anchor: the basket at the last venue update or rebalance.
        price: underlying price now.
        fundings: (price, rate) of each settlement since the anchor, in order.
    """
    state = anchor
    for settlement_price, rate in fundings:
        state = pay_funding(move_price(state, settlement_price), rate)
    return move_price(state, price)


def reconcile(estimate: BasketState, venue_nav: float, venue_leverage: float | None = None) -> LiveNav:
    """Take over the venue's figure as the new anchor and keep the gap that the estimate had."""
    if not (math.isfinite(venue_nav) and venue_nav > 0.0):
        raise SettingInvalid(f"A NAV of {venue_nav!r} is not above zero.")
    leverage = venue_leverage
    if leverage is None:
        # Units and price are ours; only the cash was wrong.
        leverage = estimate.leverage * estimate.nav / venue_nav
    return LiveNav(state=replace(estimate, nav=venue_nav, leverage=leverage), gap_ratio=estimate.nav / venue_nav - 1.0)


def _dead(state: BasketState, price: float) -> BasketState:
    return BasketState(nav=0.0, leverage=0.0, price=price, event_price=state.event_price)


def _scale_nav(state: BasketState, factor: float) -> BasketState:
    """Take cash out of (or put it into) a basket whose units stay."""
    if not math.isfinite(factor):
        raise SettingInvalid("A funding rate or fee is not a number.")
    if factor <= 0.0:
        return _dead(state, state.price)
    return replace(state, nav=state.nav * factor, leverage=state.leverage / factor)


def _at_least(value: float, threshold: float) -> bool:
    return value >= threshold * (1.0 - TIE_TOLERANCE)


def _outside(magnitude: float, band: tuple[float, float]) -> bool:
    low, high = band
    return magnitude <= low * (1.0 + TIE_TOLERANCE) or _at_least(magnitude, high)


def _moved(state: BasketState, rule: BasketRule) -> bool:
    move = state.price / state.event_price - 1.0
    against = abs(move) if rule.emergency_two_sided else -rule.sign * move
    return rule.emergency_move_ratio is not None and _at_least(against, rule.emergency_move_ratio)
