"""The next rebalance: at which price of the underlying, how far away, how likely, and what it would do.

Plain floats and O(1), fit for every tick. Moves are ratios of the present price, signed; leverages are signed.

Source: trigger move and queue of triggers from the affine basket (mathematics notes, 2.4); hit probability from the
reflection principle for a driftless log price.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import NormalDist

from levdesk.domain.basket import TIE_TOLERANCE, BasketRule, BasketState, EventKind, require_leverage, require_price
from levdesk.domain.errors import SettingInvalid
from levdesk.domain.nav import leverage_after_move

_DAY_MS = 86_400_000
_NORMAL = NormalDist()


def trigger_move(from_leverage: float, to_leverage: float) -> float:
    """Move of the underlying at which effective leverage goes from one signed value to another.

    Raises:
        SettingInvalid: no price takes it there (0, across 1, or from a long to a short).
    """
    start, end = require_leverage(from_leverage), require_leverage(to_leverage)
    reachable = start * end > 0.0 and (start - 1.0) * (end - 1.0) > 0.0
    if not reachable and start != end:
        raise SettingInvalid(
            f"No price move takes effective leverage from {start:g} to {end:g}.",
            hint="A long above 1x stays above 1x, one below stays below, and a short stays short.",
        )
    return 0.0 if start == end else (end - start) / (start * (1.0 - end))


def nav_factor(leverage: float, move_ratio: float) -> float:
    """NAV after over before a move of the underlying on a constant basket; 0 when it wipes the basket out."""
    return max(1.0 + leverage * move_ratio, 0.0)


def decay_of_move(leverage: float, move_ratio: float) -> float:
    """Log NAV change of a constant basket beyond leverage times the log move; never above 0 for ℓ ≥ 1 or ℓ ≤ 0.

    Raises:
        SettingInvalid: the move wipes the basket out.
    """
    if 1.0 + leverage * move_ratio <= 0.0 or move_ratio <= -1.0:
        raise SettingInvalid("That move wipes the basket out.")
    return math.log1p(leverage * move_ratio) - leverage * math.log1p(move_ratio)


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceTrigger:
    """One price of the underlying at which a rule acts, and what it does there.

    Attributes:
        kind: which part of the rule; SCHEDULED means "at the next check, if the price is still beyond it".
        price: price of the underlying.
        move_ratio: move from the present price; 0 when it is already there or beyond.
        due: True when the present price is already there or beyond.
        leverage: signed effective leverage there, or None when the basket is wiped out before.
        nav: NAV there, before the cost of trading.
        nav_factor: that NAV over the present one.
        traded_ratio: signed notional traded per unit of NAV there; below zero sells. None when wiped out.
        decay: log decay that the move locks in, or None when wiped out.
    """

    kind: EventKind
    price: float
    move_ratio: float
    due: bool
    leverage: float | None
    nav: float
    nav_factor: float
    traded_ratio: float | None
    decay: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RebalanceRadar:
    """The nearest triggers of a rule on each side of the present price.

    Attributes:
        lower, upper: nearest price below and above at which the rule acts at once, or None.
        check_lower, check_upper: nearest price beyond which the next scheduled check will act, or None.
        wipe_out_price: price at which the basket is worth nothing, or None when no price does that.
    """

    lower: PriceTrigger | None
    upper: PriceTrigger | None
    check_lower: PriceTrigger | None
    check_upper: PriceTrigger | None
    wipe_out_price: float | None

    @property
    def nearest(self) -> PriceTrigger | None:
        """The one that acts at once and is closer in log price, or None."""
        both = [trigger for trigger in (self.lower, self.upper) if trigger is not None]
        return min(both, key=lambda trigger: abs(math.log1p(trigger.move_ratio)), default=None)


def radar(state: BasketState, rule: BasketRule) -> RebalanceRadar:
    """Where a rule acts next for a basket at its present price.

    Raises:
        SettingInvalid: the basket is wiped out.
    """
    if not state.alive:
        raise SettingInvalid("A token that was wiped out has no next rebalance.")
    levels = list(_levels(state, rule))
    wipe_out = state.price * (1.0 - 1.0 / state.leverage)
    return RebalanceRadar(
        lower=_pick(state, rule, levels, below=True, at_check=False),
        upper=_pick(state, rule, levels, below=False, at_check=False),
        check_lower=_pick(state, rule, levels, below=True, at_check=True),
        check_upper=_pick(state, rule, levels, below=False, at_check=True),
        wipe_out_price=wipe_out if wipe_out > 0.0 else None,
    )


@dataclass(frozen=True, slots=True)
class _Level:
    kind: EventKind
    below: bool
    price: float


def _levels(state: BasketState, rule: BasketRule) -> Iterator[_Level]:
    """Every price level of a rule, on whichever side it lies."""
    if rule.scheduled_band is not None:
        yield from _band_levels(state, rule, rule.scheduled_band, EventKind.SCHEDULED)
    if rule.scheduled_move_ratio is not None:
        yield _Level(EventKind.SCHEDULED, True, state.event_price * (1.0 - rule.scheduled_move_ratio))
        yield _Level(EventKind.SCHEDULED, False, state.event_price * (1.0 + rule.scheduled_move_ratio))
    if rule.emergency_leverage is not None:
        yield from _band_levels(state, rule, (0.0, rule.emergency_leverage), EventKind.EMERGENCY)
    if rule.emergency_move_ratio is not None:
        against_is_below = rule.target > 0
        for below in (True, False):
            if rule.emergency_two_sided or below is against_is_below:
                step = -rule.emergency_move_ratio if below else rule.emergency_move_ratio
                yield _Level(EventKind.EMERGENCY, below, state.event_price * (1.0 + step))
    if rule.band is not None:
        yield from _band_levels(state, rule, rule.band, EventKind.BAND)


def _band_levels(state: BasketState, rule: BasketRule, band: tuple[float, float], kind: EventKind) -> Iterator[_Level]:
    """The two edges of a band as prices; an edge that no price reaches is left out."""
    for magnitude, grows_against in ((band[0], False), (band[1], True)):
        edge = rule.sign * magnitude
        if magnitude <= 0.0 or math.isinf(magnitude) or edge == 1.0:
            continue
        move = (edge - state.leverage) / (state.leverage * (1.0 - edge))
        # For a long, leverage rises as the price falls; below 1x and for shorts the other way round.
        rises_below = rule.target > 1.0
        if move > -1.0 and 1.0 + state.leverage * move > 0.0:
            yield _Level(kind, rises_below is grows_against, state.price * (1.0 + move))


def _pick(
    state: BasketState, rule: BasketRule, levels: list[_Level], *, below: bool, at_check: bool
) -> PriceTrigger | None:
    """The level that is met first on one side."""
    side = [
        level
        for level in levels
        if level.below is below and (level.kind is EventKind.SCHEDULED) is at_check and level.price > 0.0
    ]
    if not side:
        return None
    first = max(side, key=lambda level: level.price) if below else min(side, key=lambda level: level.price)
    return _trigger(state, rule, first)


def _trigger(state: BasketState, rule: BasketRule, level: _Level) -> PriceTrigger:
    slack = 1.0 + TIE_TOLERANCE if level.below else 1.0 - TIE_TOLERANCE
    due = state.price <= level.price * slack if level.below else state.price >= level.price * slack
    move = 0.0 if due else level.price / state.price - 1.0
    leverage = leverage_after_move(state.leverage, move)
    factor = nav_factor(state.leverage, move)
    return PriceTrigger(
        kind=level.kind,
        price=level.price,
        move_ratio=move,
        due=due,
        leverage=leverage,
        nav=state.nav * factor,
        nav_factor=factor,
        traded_ratio=None if leverage is None else rule.target - leverage,
        decay=None if leverage is None else decay_of_move(state.leverage, move),
    )


def sigmas_away(move_ratio: float, sigma_per_day: float, days: float = 1.0) -> float | None:
    """Distance of a move in standard deviations of the log price over some days, or None without volatility."""
    spread = _spread(sigma_per_day, days)
    return abs(math.log1p(move_ratio)) / spread if spread > 0.0 else None


def hit_probability(move_ratio: float, sigma_per_day: float, days: float) -> float:
    """Chance that a driftless price touches that move within some days: 2Φ(−|ln(1+m)|/σ√h)."""
    distance = sigmas_away(move_ratio, sigma_per_day, days)
    if distance is None:
        return 1.0 if move_ratio == 0.0 else 0.0
    return min(2.0 * _NORMAL.cdf(-distance), 1.0)


def _spread(sigma_per_day: float, days: float) -> float:
    if not (math.isfinite(sigma_per_day) and sigma_per_day >= 0.0 and math.isfinite(days) and days >= 0.0):
        raise SettingInvalid("Volatility and time must be numbers of zero or more.")
    return sigma_per_day * math.sqrt(days)


@dataclass(frozen=True, slots=True, kw_only=True)
class CrashOutcome:
    """What one large move does to a token that rebalances at every trigger on the way.

    Attributes:
        triggers: how many times it rebalances.
        rest_ratio: the move left after the last of them.
        nav_factor: NAV after over before, without trading cost; 0 when the rest wipes it out.
    """

    triggers: int
    rest_ratio: float
    nav_factor: float


def crash(target: float, trigger_ratio: float, move_ratio: float) -> CrashOutcome:
    """Several triggers in one crash: n = ⌊ln(1+R)/ln(1+m*)⌋, NAV = (1+Lm*)ⁿ(1+L·rest).

    Args:
        target: signed leverage after each rebalance.
        trigger_ratio: the move that triggers one, from the target.
        move_ratio: the whole move.
    """
    require_leverage(target)
    for ratio in (trigger_ratio, move_ratio):
        require_price(1.0 + ratio)
    if trigger_ratio == 0.0:
        raise SettingInvalid("A trigger at no move at all would never stop rebalancing.")
    steps = math.log1p(move_ratio) / math.log1p(trigger_ratio)
    count = max(math.floor(steps * (1.0 + TIE_TOLERANCE)), 0)
    rest = math.expm1(math.log1p(move_ratio) - count * math.log1p(trigger_ratio))
    each = nav_factor(target, trigger_ratio)
    return CrashOutcome(triggers=count, rest_ratio=rest, nav_factor=each**count * nav_factor(target, rest))


def next_scheduled_ms(now_ms: int, clock_utc_s: int) -> int:
    """The next moment, after now, of a daily check at a second of the UTC day. UTC days have no summer time."""
    start = clock_utc_s * 1000
    return now_ms - (now_ms - start) % _DAY_MS + _DAY_MS


def scheduled_trade_ratio(target: float, move_ratio: float) -> float:
    """Signed notional a scheduled rebalance trades per unit of NAV before the move: L(L−1)r, above 0 a purchase."""
    return target * (target - 1.0) * move_ratio
