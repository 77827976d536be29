"""The standard rules: on from the first holding, with thresholds that a person can bear."""

from __future__ import annotations

from typing import Final

from levdesk.domain.alerts import AlertJoin, AlertKind, AlertRule, AlertSeverity, Condition
from levdesk.domain.errors import Bug
from levdesk.services.alert_kinds import KINDS

_HOUR_S: Final = 3600
_DAY_S: Final = 86_400
_WEEK_S: Final = 7 * _DAY_S
_QUIET: Final[tuple[str, ...]] = ()
_LOUD: Final = ("desktop", "sound")
_PLAIN: Final = ("desktop",)


def usual_condition(kind: AlertKind, measure: str = "", threshold: float | None = None) -> Condition:
    """A condition with the usual figures of its measure.

    Raises:
        Bug: there is no such measure.
    """
    info = KINDS[kind].measure(measure)
    if info is None:
        raise Bug(f"{kind.value} has no measure {measure}.")
    return Condition(
        kind=kind,
        measure=info.name,
        threshold=info.threshold if threshold is None else threshold,
        side=info.side,
        hysteresis=info.hysteresis,
        horizon_s=info.horizon_s,
    )


def standard_rules() -> tuple[AlertRule, ...]:
    """Every standard rule, unsaved; those that only inform stay inside the window."""
    return (*_warnings(), *_informing())


def _rule(
    name: str,
    *conditions: Condition,
    severity: AlertSeverity = AlertSeverity.WARNING,
    cooldown_s: int = 6 * _HOUR_S,
    debounce_s: int = 0,
    join: AlertJoin = AlertJoin.ALL_OF,
) -> AlertRule:
    channels = {AlertSeverity.INFO: _QUIET, AlertSeverity.WARNING: _PLAIN, AlertSeverity.CRITICAL: _LOUD}[severity]
    return AlertRule(
        conditions=conditions,
        severity=severity,
        cooldown_s=cooldown_s,
        debounce_s=debounce_s,
        join=join,
        channels=channels,
        standard=name,
    )


def _warnings() -> tuple[AlertRule, ...]:
    """What a person is interrupted for."""
    usual, critical = usual_condition, AlertSeverity.CRITICAL
    return (
        _rule("rebalance_near", *_near_a_rebalance(), join=AlertJoin.ANY_OF, debounce_s=300, cooldown_s=12 * _HOUR_S),
        _rule("leverage_out_of_band", usual(AlertKind.LEVERAGE_OUT_OF_BAND), debounce_s=300),
        _rule("extreme_move", usual(AlertKind.EXTREME_MOVE)),
        _rule("crash", usual(AlertKind.EXTREME_MOVE, threshold=0.1), severity=critical, cooldown_s=3 * _HOUR_S),
        _rule("entry_loss", usual(AlertKind.ENTRY_LOSS), severity=critical, cooldown_s=_DAY_S),
        _rule("take_profit", usual(AlertKind.TAKE_PROFIT), cooldown_s=_DAY_S),
        _rule("premium", usual(AlertKind.PREMIUM), debounce_s=600, cooldown_s=_DAY_S),
        _rule(
            "funding_spike",
            usual(AlertKind.FUNDING_SPIKE, "rate"),
            usual(AlertKind.FUNDING_SPIKE, "flip"),
            join=AlertJoin.ANY_OF,
            cooldown_s=_DAY_S,
        ),
        _rule("merge_seen", usual(AlertKind.MERGE_SEEN), cooldown_s=_DAY_S),
        _rule("listing", usual(AlertKind.LISTING), severity=critical, cooldown_s=_DAY_S),
        _rule("announcement", usual(AlertKind.LISTING, "announced"), cooldown_s=_DAY_S),
        _rule("stale_data", usual(AlertKind.STALE_DATA, "age")),
        _rule("venue_down", usual(AlertKind.STALE_DATA, "down")),
        _rule("contradiction", usual(AlertKind.STALE_DATA, "contradiction"), debounce_s=120),
    )


def _near_a_rebalance() -> tuple[Condition, Condition]:
    """More likely than not within a day; or one percent away, which needs no volatility to be known."""
    move = usual_condition(AlertKind.REBALANCE_NEAR, "move", 0.01)
    return usual_condition(AlertKind.REBALANCE_NEAR, "chance"), move


def _informing() -> tuple[AlertRule, ...]:
    """What is noted in the window and nowhere else."""
    usual, info = usual_condition, AlertSeverity.INFO
    return (
        _rule("rebalance_scheduled", usual(AlertKind.REBALANCE_SCHEDULED), severity=info),
        _rule(
            "choppy_decay",
            usual(AlertKind.CHOPPY_DECAY, "decay"),
            usual(AlertKind.CHOPPY_DECAY, "efficiency"),
            severity=info,
            cooldown_s=_WEEK_S,
        ),
        _rule(
            "held_too_long",
            usual(AlertKind.HELD_TOO_LONG, "days"),
            usual(AlertKind.HELD_TOO_LONG, "decay"),
            severity=info,
            cooldown_s=_WEEK_S,
        ),
        _rule(
            "cost_drag",
            usual(AlertKind.COST_DRAG, "day"),
            usual(AlertKind.COST_DRAG, "total"),
            join=AlertJoin.ANY_OF,
            severity=info,
            cooldown_s=_WEEK_S,
        ),
        _rule("merge_near", usual(AlertKind.MERGE_NEAR), severity=info, cooldown_s=_WEEK_S),
        _rule("break_even", usual(AlertKind.LEVEL_CROSS, "entry"), severity=info),
        _rule("drawdown", usual(AlertKind.DRAWDOWN), severity=info, cooldown_s=_DAY_S),
        _rule("loss_probability", usual(AlertKind.LOSS_PROBABILITY), severity=info, cooldown_s=_WEEK_S),
        _rule("concentration", usual(AlertKind.CONCENTRATION), severity=info, cooldown_s=_WEEK_S),
        _rule("net_exposure", usual(AlertKind.NET_EXPOSURE), severity=info, cooldown_s=_DAY_S),
        _rule("spread", usual(AlertKind.SPREAD), severity=info, debounce_s=120),
        _rule("thin_book", usual(AlertKind.SPREAD, "thin"), severity=info, debounce_s=600, cooldown_s=_WEEK_S),
        _rule("both_sides", usual(AlertKind.BOTH_SIDES), severity=info, cooldown_s=_WEEK_S),
    )
