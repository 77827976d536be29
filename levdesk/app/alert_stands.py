"""How the alerts stand, worked out where they are evaluated: the window's thread only takes the result.

What stands as before is the same object as before, so whoever shows it sees at a glance what is different.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import is_

from levdesk.domain.alerts import AlertEvent, AlertPhase, AlertRule
from levdesk.services.alert_ports import StoredEvent, WatchKey
from levdesk.services.alert_rules import rule_name, scope_from_text
from levdesk.services.alert_view import AlertsView, FiringAlert, RuleStanding, by_gravity
from levdesk.services.alerting import Standing
from levdesk.services.outbox import is_muted


@dataclass(frozen=True, slots=True)
class _Told:
    """What one firing alert was made from."""

    standing: Standing
    event: StoredEvent | None
    muted: bool


class Stands:
    """Turns standings into the view of the window; owned by one job at a time.

    Args:
        told: what was last said where something fires, by the history.
    """

    def __init__(self, told: Mapping[WatchKey, StoredEvent]) -> None:
        """Begin with what the history says."""
        self._told = dict(told)
        self._firing: dict[WatchKey, tuple[_Told, FiringAlert]] = {}
        self._rules: dict[int, tuple[AlertRule, list[Standing], RuleStanding]] = {}
        self._last: tuple[Sequence[object], AlertsView] | None = None

    def note(self, events: Iterable[AlertEvent]) -> None:
        """These are said now; their numbers in the history come later."""
        for event in events:
            if event.fired:
                self._told[WatchKey(event.rule_id, event.target)] = StoredEvent(id=0, event=event)

    def number(self, kept: Mapping[WatchKey, StoredEvent]) -> None:
        """What was said stands in the history under these numbers."""
        self._told |= kept

    def view(
        self, standings: Sequence[Standing], rules: Sequence[AlertRule], muted: Mapping[str, int | None], now_ms: int
    ) -> AlertsView:
        """How everything stands; nothing is gone through where nothing is different."""
        silent = {target: until_ms for target, until_ms in muted.items() if is_muted(muted, target, now_ms)}
        made_from = (*standings, *rules, *self._told.values())
        if self._last is not None and _all_same(self._last[0], made_from) and self._last[1].muted == silent:
            view = replace(self._last[1], as_of_ms=now_ms)
        else:
            view = self._made_anew(standings, rules, silent, now_ms)
            made_from = (*standings, *rules, *self._told.values())
        self._last = (made_from, view)
        return view

    def _made_anew(
        self, standings: Sequence[Standing], rules: Sequence[AlertRule], silent: Mapping[str, int | None], now_ms: int
    ) -> AlertsView:
        by_rule: dict[int, list[Standing]] = {}
        firing: dict[WatchKey, tuple[_Told, FiringAlert]] = {}
        for each in standings:
            by_rule.setdefault(each.key.rule_id, []).append(each)
            if each.state.phase is AlertPhase.FIRING:
                firing[each.key] = self._alert(each, is_muted(silent, each.key.target, now_ms))
        self._firing = firing
        self._told = {key: event for key, event in self._told.items() if key in firing}
        return AlertsView(
            as_of_ms=now_ms,
            firing=by_gravity(tuple(alert for _, alert in firing.values())),
            rules=tuple(self._rule(rule, by_rule.get(rule.id, [])) for rule in rules),
            muted=silent,
        )

    def _alert(self, each: Standing, muted: bool) -> tuple[_Told, FiringAlert]:
        made_from = _Told(each, self._told.get(each.key), muted)
        known = self._firing.get(each.key)
        if known is not None and _same(known[0], made_from):
            return known
        return made_from, _firing(each, made_from.event, muted=made_from.muted)

    def _rule(self, rule: AlertRule, standings: list[Standing]) -> RuleStanding:
        known = self._rules.get(rule.id)
        if known is not None and known[0] is rule and _all_same(known[1], standings):
            return known[2]
        found = _standing(rule, standings)
        if known is not None and known[2] == found:
            found = known[2]
        self._rules[rule.id] = (rule, standings, found)
        return found


def with_numbers(view: AlertsView, kept: Mapping[WatchKey, StoredEvent]) -> AlertsView:
    """The view after what it says began to stand in the history."""
    if not kept:
        return view
    firing = tuple(replace(alert, event_id=kept[alert.key].id) if alert.key in kept else alert for alert in view.firing)
    return replace(view, firing=firing)


def is_different(view: AlertsView, before: AlertsView | None) -> bool:
    """Whether there is anything to show besides a later moment."""
    return before is None or not (
        _all_same(view.firing, before.firing) and _all_same(view.rules, before.rules) and view.muted == before.muted
    )


def _all_same(first: Sequence[object], second: Sequence[object]) -> bool:
    return len(first) == len(second) and all(map(is_, first, second))


def _same(first: _Told, second: _Told) -> bool:
    return first.standing is second.standing and first.event is second.event and first.muted is second.muted


def _firing(each: Standing, told: StoredEvent | None, *, muted: bool) -> FiringAlert:
    event = None if told is None else told.event
    words = " ".join(reading.words for reading in each.readings if reading.words)
    advice = next((reading.advice for reading in each.readings if reading.advice), "")
    name = rule_name(each.rule)
    return FiringAlert(
        key=each.key,
        event_id=0 if told is None else told.id,
        rule=name,
        kind=each.rule.kind,
        severity=each.rule.severity,
        token=scope_from_text(each.key.target).key,
        since_ms=each.state.fired_ms or each.state.since_ms,
        message=(event.message if event is not None else words) or name,
        advice=event.advice if event is not None else advice,
        why_not=each.why_not,
        acknowledged=each.state.acknowledged,
        snoozed_until_ms=each.state.snoozed_until_ms,
        is_muted=muted,
    )


def _standing(rule: AlertRule, standings: Sequence[Standing]) -> RuleStanding:
    phases = [each.state.phase for each in standings]
    blind = [each for each in standings if each.state.phase is AlertPhase.CANNOT_TELL]
    return RuleStanding(
        rule=rule,
        name=rule_name(rule),
        firing=phases.count(AlertPhase.FIRING),
        waiting=phases.count(AlertPhase.PENDING),
        blind=len(blind),
        why_not=blind[0].why_not if blind else "",
        fired_ms=max((each.state.fired_ms for each in standings if each.state.fired_ms is not None), default=None),
        asleep=bool(phases) and all(phase is AlertPhase.SLEEPING for phase in phases),
    )
