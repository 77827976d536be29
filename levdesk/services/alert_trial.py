"""A rule tried on stored history before it is saved: when it would have fired, or why that cannot be told.

Imports numpy; import late.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from levdesk.domain.alerts import AlertKind, AlertRule, LocalMoment
from levdesk.services.alert_kinds import kind_of, measure_of
from levdesk.services.alert_replay import LONGEST_GAP_MS, STEP_MS, TrialHistory, played_facts, utc_moment
from levdesk.services.alert_rules import check_rule
from levdesk.services.alerting import AlertWatch

__all__ = ["TrialHistory", "TrialMoment", "TrialResult", "try_rule", "untried"]

_DAY_MS: Final = 86_400_000
_UNTRIED: Final = {
    (AlertKind.HELD_TOO_LONG, "decay"): "What decay had taken on past days is not stored.",
    (AlertKind.COST_DRAG, "total"): "What fees and funding had taken on past days is not stored.",
}


@dataclass(frozen=True, slots=True)
class TrialMoment:
    """One alert that would have come.

    Attributes:
        ts_ms: when.
        target: where, as `AlertScope` writes it.
        message: what it would have said.
    """

    ts_ms: int
    target: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialResult:
    """What a trial came to.

    Attributes:
        moments: alerts that would have come, oldest first.
        cannot: why it cannot be tried, in sentences; nothing when it can.
        from_ms, until_ms: the stretch it was tried on; it begins where the stored history does.
    """

    moments: tuple[TrialMoment, ...] = ()
    cannot: tuple[str, ...] = ()
    from_ms: int
    until_ms: int

    @property
    def words(self) -> str:
        """The result in a sentence, e.g. "It would have fired 4 times in the last 90 days."."""
        if self.cannot:
            return f"It cannot be tried on history. {' '.join(self.cannot)}"
        days = max(round((self.until_ms - self.from_ms) / _DAY_MS), 1)
        stretch = "day" if days == 1 else f"{days} days"
        count = len(self.moments)
        if not count:
            return f"It would not have fired in the last {stretch}."
        return f"It would have fired {'once' if count == 1 else f'{count} times'} in the last {stretch}."


def untried(rule: AlertRule) -> tuple[str, ...]:
    """Why a rule cannot be tried on history, as sentences; nothing when it can."""
    return tuple(dict.fromkeys(_reasons(rule)))


def try_rule(
    rule: AlertRule,
    histories: Sequence[TrialHistory],
    *,
    now_ms: int,
    days: int = 90,
    step_ms: int = STEP_MS,
    local_of: Callable[[int], LocalMoment] = utc_moment,
) -> TrialResult:
    """When a rule would have fired over the last days, as if everything held now had been held throughout.

    Args:
        rule: need not be saved, nor switched on.
        histories: of what is held; those outside the rule's scope change nothing.
        now_ms: the end of the stretch.
        days: its length.
        step_ms: how far apart the moments looked at are.
        local_of: the person's wall clock.

    Raises:
        SettingInvalid: a rebalance rule of a token that acts without end.
    """
    from_ms = now_ms - days * _DAY_MS
    cannot = (*check_rule(rule), *untried(rule))
    cannot = cannot or tuple(_lacking(rule, histories))
    if cannot:
        return TrialResult(cannot=cannot, from_ms=from_ms, until_ms=now_ms)
    watch = AlertWatch([replace(rule, id=1, enabled=True, expires_ms=None)], most_gap_ms=LONGEST_GAP_MS)
    moments: list[TrialMoment] = []
    first_ms: int | None = None
    for facts in played_facts(histories, from_ms, now_ms, step_ms=step_ms, local_of=local_of):
        if first_ms is None and any(view.holdings for view in facts.views.values()):
            first_ms = facts.now_ms
        events = watch.turn(facts).events
        moments += [TrialMoment(event.ts_ms, event.target, event.message) for event in events if event.fired]
    if first_ms is None:
        cannot = ("The stored history does not reach into these days.",)
        return TrialResult(cannot=cannot, from_ms=from_ms, until_ms=now_ms)
    return TrialResult(moments=tuple(moments), from_ms=first_ms, until_ms=now_ms)


def _reasons(rule: AlertRule) -> Iterator[str]:
    for condition in rule.conditions:
        kind = kind_of(condition)
        if kind.not_tried:
            yield kind.not_tried
        elif kind.measure(condition.measure) is not None:
            reason = _UNTRIED.get((condition.kind, measure_of(condition).name))
            if reason is not None:
                yield reason


def _lacking(rule: AlertRule, histories: Sequence[TrialHistory]) -> Iterator[str]:
    """What the stored history lacks for a rule."""
    kinds = {condition.kind for condition in rule.conditions}
    if not any(history.underlying for history in histories):
        yield "There is no price history of what it is for yet."
    elif AlertKind.PREMIUM in kinds and not any(history.token_candles for history in histories):
        yield "No market prices of the token are stored, so no premium is known."
    elif AlertKind.FUNDING_SPIKE in kinds and not any(history.funding for history in histories):
        yield "No funding of the underlying is stored."
