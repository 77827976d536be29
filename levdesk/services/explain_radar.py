"""The nearest rebalances of a token on every tick: a plan made once per rule, a few float operations per quote.

No history and no numpy. `explain_rebalance` tells the same at length; both give the same prices.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from levdesk.domain.basket import BasketRule
from levdesk.domain.instruments import LeveragedToken
from levdesk.domain.market import TokenQuote
from levdesk.domain.rebalance import next_scheduled_ms
from levdesk.services.explain_rules import dated_rules

_ROOT_TWO = math.sqrt(2.0)
_FOREVER_MS = 1 << 62
_SURE = 1e-12
_NARROW = 0.5
"""A channel narrower than this many standard deviations is left for sure: staying inside has a chance below 1e-8."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NextRebalance:
    """The nearest triggers of one token, as a column shows them: made anew on each tick.

    Attributes:
        leverage: signed effective leverage; None when it is not known.
        estimated: the leverage is ours, from the NAV since the last rebalance, not the venue's.
        lower_move_ratio, upper_move_ratio: move of the underlying to the nearest trigger on each side; 0 when it is
            already there, None when the rule has none.
        lower_price, upper_price: the prices there; None when the underlying's price is not known.
        sigmas: distance of the nearer one in daily standard deviations, None without a volatility.
        chance_24h: of either within a day; model output.
        next_scheduled_ms: next clock check, None when there is none.
        assumed: the rule is not confirmed for today.
    """

    leverage: float | None
    estimated: bool
    lower_move_ratio: float | None
    upper_move_ratio: float | None
    lower_price: float | None
    upper_price: float | None
    sigmas: float | None
    chance_24h: float | None
    next_scheduled_ms: int | None
    assumed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RadarPlan:
    """What a token's rule means for a tick; made again when it has run out.

    Attributes:
        target: signed.
        edges: signed effective leverages at which it acts at once.
        fall, rise: moves of the underlying since the last rebalance at which it acts at once, or None.
        clock_utc_s: second of the UTC day of the daily check, or None.
        assumed: the rule is not confirmed.
        until_ms: the plan holds before this moment.
    """

    target: float
    edges: tuple[float, ...]
    fall: float | None
    rise: float | None
    clock_utc_s: int | None
    assumed: bool
    until_ms: int


def radar_plan(token: LeveragedToken, now_ms: int) -> RadarPlan | None:
    """The plan of a token from now on; None when no rule of it is known."""
    rules = dated_rules(token)
    if rules is None:
        return None
    period = rules.period_at(now_ms)
    if not period.usable:
        return None
    rule = period.rule
    fall, rise = _moves(rule)
    return RadarPlan(
        target=rule.target,
        edges=_edges(rule),
        fall=fall,
        rise=rise,
        clock_utc_s=rule.clock_utc_s,
        assumed=period.assumed_rule,
        until_ms=min((ms for ms in rules.changes_ms if ms > now_ms), default=_FOREVER_MS),
    )


def live_radar(plan: RadarPlan, quote: TokenQuote, now_ms: int, volatility_day: float | None = None) -> NextRebalance:
    """The nearest triggers at a quote.

    Args:
        plan: of the same token.
        quote: last known figures.
        now_ms: the time.
        volatility_day: of the underlying's log price per day, None when it is not known.
    """
    given = quote.effective_leverage
    leverage = estimated_leverage(quote, plan.target) if given is None else math.copysign(float(given), plan.target)
    scheduled = None if plan.clock_utc_s is None else next_scheduled_ms(now_ms, plan.clock_utc_s)
    lower, upper = (None, None) if leverage is None else _nearest(plan, leverage)
    price = None if quote.underlying_price is None else float(quote.underlying_price)
    sigmas = chance = None
    if volatility_day:
        below = None if lower is None else -math.log1p(lower) / volatility_day
        above = None if upper is None else math.log1p(upper) / volatility_day
        sigmas = above if below is None else below if above is None else min(below, above)
        chance = None if sigmas is None else chance_of_either(below, above)
    return NextRebalance(
        leverage=leverage,
        estimated=given is None and leverage is not None,
        lower_move_ratio=lower,
        upper_move_ratio=upper,
        lower_price=None if price is None or lower is None else price * (1.0 + lower),
        upper_price=None if price is None or upper is None else price * (1.0 + upper),
        sigmas=sigmas,
        chance_24h=chance,
        next_scheduled_ms=scheduled,
        assumed=plan.assumed,
    )


def estimated_leverage(quote: TokenQuote, target: float) -> float | None:
    """Signed effective leverage from what the NAV did since the last rebalance; None when that is not known."""
    if quote.nav is None or quote.rebalance_nav is None or not target:
        return None
    growth = float(quote.nav) / float(quote.rebalance_nav)
    held = target + growth - 1.0  # units · price over the NAV at the rebalance
    return held / growth if growth > 0.0 and held * target > 0.0 else None


def move_since_event(target: float, leverage: float) -> float | None:
    """Move of the underlying since the last rebalance that explains the leverage now; None when none does."""
    gap = target * (1.0 - leverage)
    move = (leverage - target) / gap if gap else 0.0
    return move if move > -1.0 and 1.0 + target * move > 0.0 else None


def chance_of_either(below: float | None, above: float | None) -> float:
    """Chance that a driftless price touches one of two levels within the time their distances are measured in.

    Args:
        below, above: distances in standard deviations, zero or more; None where there is no level.
    """
    if below is None or above is None:
        distance = below if above is None else above
        return 0.0 if distance is None else math.erfc(max(distance, 0.0) / _ROOT_TWO)
    width, total, sign, reach = below + above, 0.0, 1.0, 0.0
    if below <= 0.0 or above <= 0.0 or width < _NARROW:
        return 1.0
    # Reflections: touching one, less touching both in turn, and so on.
    while True:
        term = math.erfc((below + reach) / _ROOT_TWO) + math.erfc((above + reach) / _ROOT_TWO)
        total += sign * term
        if term < _SURE or reach > 100.0:
            return min(max(total, 0.0), 1.0)
        sign, reach = -sign, reach + width


def _nearest(plan: RadarPlan, leverage: float) -> tuple[float | None, float | None]:
    """Moves to the nearest trigger below and above; 0 where the price is already there."""
    lower = upper = None
    rises_below = plan.target > 1.0
    for edge in plan.edges:
        move = (edge - leverage) / (leverage * (1.0 - edge))
        if move > -1.0 and 1.0 + leverage * move > 0.0:
            if rises_below is (abs(edge) > abs(plan.target)):
                lower = move if lower is None or move > lower else lower
            else:
                upper = move if upper is None or move < upper else upper
    if plan.fall is not None or plan.rise is not None:
        since = move_since_event(plan.target, leverage)
        fall, rise = (None, None) if since is None else _from_here(plan, leverage, since)
        lower = fall if lower is None or (fall is not None and fall > lower) else lower
        upper = rise if upper is None or (rise is not None and rise < upper) else upper
    return (None if lower is None else min(lower, 0.0)), (None if upper is None else max(upper, 0.0))


def _from_here(plan: RadarPlan, leverage: float, since: float) -> tuple[float | None, float | None]:
    """The moves since the last rebalance as moves from now; one that leaves nothing to rebalance is none."""
    fall = None if plan.fall is None else (1.0 - plan.fall) / (1.0 + since) - 1.0
    rise = None if plan.rise is None else (1.0 + plan.rise) / (1.0 + since) - 1.0
    return (
        None if fall is None or 1.0 + leverage * fall <= 0.0 else fall,
        None if rise is None or 1.0 + leverage * rise <= 0.0 else rise,
    )


def _edges(rule: BasketRule) -> tuple[float, ...]:
    """Signed leverages of the always-on triggers that a price can reach."""
    magnitudes = [rule.emergency_leverage, *(rule.band or ())]
    return tuple(
        rule.sign * size
        for size in magnitudes
        if size is not None and 0.0 < size < math.inf and rule.sign * size != 1.0 and rule.target != 1.0
    )


def _moves(rule: BasketRule) -> tuple[float | None, float | None]:
    """Emergency moves down and up; a fall of everything never comes."""
    ratio = rule.emergency_move_ratio
    if ratio is None:
        return None, None
    falls = (rule.emergency_two_sided or rule.target > 0.0) and ratio < 1.0
    rises = rule.emergency_two_sided or rule.target < 0.0
    return (ratio if falls else None), (ratio if rises else None)
