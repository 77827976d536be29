"""Alert rules as data: what to watch, when it counts, and what an alert says.

A rule is watched at targets (each holding of its scope, or an underlying, or a portfolio). Each tick every condition of
a rule is measured at a target; `alert_steps.step` turns measurements and the state of before into the state of after
and at most one event. Nothing here knows a clock, a file or a venue.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from levdesk.domain.instruments import TokenKey


class AlertKind(StrEnum):
    """What a condition is about; the values are the names used in scripts and files."""

    REBALANCE_NEAR = "rebalance_near"
    REBALANCE_SCHEDULED = "rebalance_scheduled"
    LEVERAGE_OUT_OF_BAND = "leverage_out_of_band"
    CHOPPY_DECAY = "choppy_decay"
    HELD_TOO_LONG = "held_too_long"
    COST_DRAG = "cost_drag"
    FUNDING_SPIKE = "funding_spike"
    PREMIUM = "premium"
    MERGE_NEAR = "merge_near"
    MERGE_SEEN = "merge_seen"
    DRAWDOWN = "drawdown"
    ENTRY_LOSS = "entry_loss"
    TAKE_PROFIT = "take_profit"
    LEVEL_CROSS = "level_cross"
    EXTREME_MOVE = "extreme_move"
    LOSS_PROBABILITY = "loss_probability"
    CONCENTRATION = "concentration"
    NET_EXPOSURE = "net_exposure"
    SPREAD = "spread"
    STALE_DATA = "stale_data"
    LISTING = "listing"
    BOTH_SIDES = "both_sides"


class AlertSeverity(StrEnum):
    """How much it matters."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"


class AlertSide(StrEnum):
    """Which way a measurement has to pass the threshold."""

    ABOVE = "above"
    BELOW = "below"
    EITHER = "either"


class AlertJoin(StrEnum):
    """How the conditions of a rule combine."""

    ALL_OF = "all_of"
    ANY_OF = "any_of"


class ScopeKind(StrEnum):
    """What a rule is for."""

    EVERYTHING = "everything"
    PORTFOLIO = "portfolio"
    UNDERLYING = "underlying"
    VENUE = "venue"
    TOKEN = "token"


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertScope:
    """What a rule is for; only the field of its kind is set.

    Attributes:
        kind: how wide.
        portfolio_id, underlying, venue, key: which one.
    """

    kind: ScopeKind = ScopeKind.EVERYTHING
    portfolio_id: int | None = None
    underlying: str = ""
    venue: str = ""
    key: TokenKey | None = None

    def __str__(self) -> str:
        """As scripts write it: `everything`, `portfolio:1`, `underlying:BTC`, `venue:gate`, `token:gate:BTC3L`."""
        which = {
            ScopeKind.EVERYTHING: "",
            ScopeKind.PORTFOLIO: f":{self.portfolio_id}",
            ScopeKind.UNDERLYING: f":{self.underlying}",
            ScopeKind.VENUE: f":{self.venue}",
            ScopeKind.TOKEN: f":{self.key}",
        }[self.kind]
        return f"{self.kind.value}{which}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One thing that must hold.

    Attributes:
        kind: what is measured.
        threshold: where it begins to hold, in the unit of `measure`; ratios are fractions (0.05 = 5 %).
        side: which way it passes the threshold.
        measure: which of several measures of that kind, "" for its usual one (e.g. rebalance_near: "move" the ratio to
            the trigger, "sigma" in daily standard deviations, "chance" within 24 h; level_cross: "price" or "nav").
        hysteresis: how far back behind the threshold it has to go before it no longer holds, in the same unit.
        horizon_s: the stretch of time a measurement looks over, where that can be chosen, else None.
        most_age_s: a measurement older than this cannot tell; None = the kind's usual limit.
    """

    kind: AlertKind
    threshold: float
    side: AlertSide = AlertSide.ABOVE
    measure: str = ""
    hysteresis: float = 0.0
    horizon_s: int | None = None
    most_age_s: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActiveHours:
    """When a rule may fire: minutes of the local day, from included, until excluded; may pass midnight.

    Attributes:
        from_minute, until_minute: 0..1440.
        weekdays: 0 = Monday; empty for every day.
    """

    from_minute: int
    until_minute: int
    weekdays: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRule:
    """A rule a person keeps.

    Attributes:
        id: 0 before it is saved.
        name: for the screen; "" = made from its conditions.
        scope: what it is for.
        conditions: one or more.
        join: how they combine.
        severity: how much it matters.
        debounce_s: it has to hold so long before it fires.
        cooldown_s: after firing, at a target, it does not fire again for so long.
        expires_ms: last moment it can fire, or None.
        active_hours: when it may fire, or None for always.
        channels: where it is delivered besides the window, by name ("desktop", "sound", "webhook", …).
        one_shot: it goes to sleep after firing once.
        enabled: False while switched off.
        standard: name of the standard rule it stands for, "" for one of the person's own.
    """

    id: int = 0
    name: str = ""
    scope: AlertScope = field(default_factory=AlertScope)
    conditions: tuple[Condition, ...]
    join: AlertJoin = AlertJoin.ALL_OF
    severity: AlertSeverity = AlertSeverity.WARNING
    debounce_s: int = 0
    cooldown_s: int = 3600
    expires_ms: int | None = None
    active_hours: ActiveHours | None = None
    channels: tuple[str, ...] = ("desktop",)
    one_shot: bool = False
    enabled: bool = True
    standard: str = ""

    @property
    def kind(self) -> AlertKind:
        """The kind of its first condition, by which it is listed."""
        return self.conditions[0].kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What one condition reads at a target now.

    Attributes:
        value: in the condition's unit; None when it cannot be told.
        why_not: the reason in plain words when `value` is None.
        as_of_ms: when it was true, or None.
        words: what to say, with the numbers of that moment ("BTC at 61,240.10 is 2.1 % from the rebalance at 59,954").
        advice: what a holder can do, or "".
        values: the numbers behind it, by name; what tells how much money a person has begins with "amount_".
        applies: False where the condition means nothing at that target (no band, no clock): it does not hold then.
    """

    value: float | None
    why_not: str = ""
    as_of_ms: int | None = None
    words: str = ""
    advice: str = ""
    values: Mapping[str, float | str | None] = field(default_factory=dict)
    applies: bool = True


@dataclass(frozen=True, slots=True)
class LocalMoment:
    """The person's wall clock, for active hours and quiet hours.

    Attributes:
        minute: of the day, 0..1439.
        weekday: 0 = Monday.
    """

    minute: int
    weekday: int


class AlertPhase(StrEnum):
    """Where a rule stands at a target."""

    CALM = "calm"
    PENDING = "pending"
    FIRING = "firing"
    CANNOT_TELL = "cannot_tell"
    SLEEPING = "sleeping"


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertState:
    """What is remembered of a rule at a target; survives a restart.

    Attributes:
        phase: where it stands.
        since_ms: when that began.
        holding: for each condition whether it held at its last reading (hysteresis needs it); with a level to cross
            among them, then for each condition whether its figure was above when it began to wait for the crossing.
        fired_ms: when it fired last, or None.
        snoozed_until_ms: no delivery before this, or None.
        acknowledged: the person has seen the alert that is firing.
    """

    phase: AlertPhase = AlertPhase.CALM
    since_ms: int = 0
    holding: tuple[bool, ...] = ()
    fired_ms: int | None = None
    snoozed_until_ms: int | None = None
    acknowledged: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertEvent:
    """One line of the alerts' history.

    Attributes:
        ts_ms: when.
        rule_id, rule: the rule, and its name.
        kind, severity: of the rule.
        target: what it was measured at, as `AlertScope` writes it.
        fired: True when it began to fire, False when it cleared.
        message: the reason with the numbers of that moment; no amounts of money the person did not ask for.
        advice: what a holder can do, or "".
        values: the numbers behind it, by name; what tells how much money a person has begins with "amount_".
    """

    ts_ms: int
    rule_id: int
    rule: str
    kind: AlertKind
    severity: AlertSeverity
    target: str
    fired: bool
    message: str
    advice: str = ""
    values: Mapping[str, float | str | None] = field(default_factory=dict)
