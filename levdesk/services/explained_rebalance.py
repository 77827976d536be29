"""When a token rebalances, what that does, and when it last did: frozen answers, ratios and prices as floats."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerView:
    """One price at which the token rebalances outside its schedule.

    Attributes:
        price: of the underlying; None when its price is not known.
        move_ratio: from now to there, signed.
        leverage: signed effective leverage at which it fires.
        nav: NAV there, None when the NAV now is unknown.
        nav_ratio: NAV there over NAV now, minus one.
        traded_ratio: notional traded then per unit of NAV: + buys the underlying, − sells.
        sigmas: distance in daily standard deviations, None when volatility is unknown.
        chance_1h, chance_24h: of getting there, model output; None when volatility is unknown.
        rule: the rule that fires, in words.
    """

    price: float | None
    move_ratio: float
    leverage: float
    nav: float | None
    nav_ratio: float
    traded_ratio: float
    sigmas: float | None
    chance_1h: float | None
    chance_24h: float | None
    rule: str


@dataclass(frozen=True, slots=True)
class RebalanceEvent:
    """One rebalance that happened.

    Attributes:
        ts_ms: when.
        kind: "scheduled", "band" or "emergency", in words for the screen.
        leverage_before, leverage_after: signed; None when unknown.
        observed: seen at the venue, not reconstructed.
    """

    ts_ms: int
    kind: str
    leverage_before: float | None
    leverage_after: float | None
    observed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RebalanceView:
    """When the token rebalances next, and what that does.

    Attributes:
        effective_leverage, target_leverage: signed.
        band_low, band_high: magnitudes, None when the rule has no band.
        lower, upper: nearest trigger below and above the underlying's price; None when the rule has none there.
        next_scheduled_ms: next clock check, None when there is none.
        scheduled_acts_now: whether that check would act as things stand, None when unknown.
        rule: in words, with its date.
        source: where the rule is from.
        assumed: the rule is not confirmed for today.
        crash_ratio, crash_triggers, crash_nav_ratio: what a crash of that size against the holder would set off.
        last_ms: last rebalance known.
        history: newest first.
        chance_24h: of either trigger within a day; model output.
        summary: the same in a sentence.
        leverage_estimated: the effective leverage is ours, from the basket model, because the venue gives none.
    """

    effective_leverage: float | None
    target_leverage: float
    band_low: float | None
    band_high: float | None
    lower: TriggerView | None
    upper: TriggerView | None
    next_scheduled_ms: int | None
    scheduled_acts_now: bool | None
    rule: str
    source: str
    assumed: bool
    crash_ratio: float | None = None
    crash_triggers: int | None = None
    crash_nav_ratio: float | None = None
    last_ms: int | None = None
    history: tuple[RebalanceEvent, ...] = ()
    chance_24h: float | None = None
    summary: str = ""
    leverage_estimated: bool = False
