"""Which rule is watched at which targets, by which needles: the wiring between rules and figures."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from levdesk.domain.alerts import AlertPhase, AlertRule, AlertScope, AlertState, Condition, ScopeKind
from levdesk.services.alert_bands import FOREVER_MS
from levdesk.services.alert_figures import AnyGauge, Figure
from levdesk.services.alert_kinds import measure_of
from levdesk.services.alert_ports import WatchKey
from levdesk.services.alert_readings import gauge_of, horizon_of
from levdesk.services.alert_subjects import Subject
from levdesk.services.alert_terms import WatchLevel
from levdesk.services.alert_words import rule_name
from levdesk.services.alert_world import Place, SubjectKey, World

TOLD: Final = frozenset({AlertPhase.FIRING, AlertPhase.CANNOT_TELL})
"""Phases in which the screen says why."""

_UNREAD = Figure(None, why_not="It has not been read yet.")


class Watch:
    """A rule at one target, with where it stands.

    Attributes:
        rule: with its name filled in.
        key: of its state.
        state: as of its last step.
        needles, slots, limits_s: one per condition: its figure, its quiet band there, its age limit.
        wake_ms: when time alone may change something.
        stood_with: its figures when it was last shown.
    """

    __slots__ = ("key", "limits_s", "needles", "rule", "slots", "state", "stood_with", "wake_ms")

    def __init__(self, rule: AlertRule, key: WatchKey, state: AlertState, needles: tuple[Needle, ...]) -> None:
        """Hang it on its needles."""
        self.rule, self.key, self.state, self.needles = rule, key, state, needles
        self.limits_s = tuple(
            measure_of(condition).most_age_s if condition.most_age_s is None else condition.most_age_s
            for condition in rule.conditions
        )
        self.wake_ms = FOREVER_MS
        self.stood_with: tuple[Figure, ...] = ()
        self.slots = tuple(Slot(self, needle) for needle in needles)

    def is_still(self) -> bool:
        """Whether what is shown of it holds still: nothing is said, or nothing was known and nothing is now."""
        if self.state.phase not in TOLD:
            return True
        pairs = zip(self.needles, self.stood_with, strict=False)
        return all(needle.figure is figure and figure.value is None for needle, figure in pairs)


class Slot:
    """The quiet band of one watch at one needle."""

    __slots__ = ("high", "low", "needle", "watch")

    def __init__(self, watch: Watch, needle: Needle) -> None:
        """Never quiet to begin with."""
        self.watch, self.needle = watch, needle
        self.low, self.high = math.inf, -math.inf
        needle.slots.append(self)
        needle.loosen()

    def set(self, low: float, high: float) -> None:
        """Take another band."""
        if low != self.low or high != self.high:
            self.low, self.high = low, high
            self.needle.loosen()


class Needle:
    """One figure at one subject, for every rule that looks at it.

    Attributes:
        at: its subject.
        gauge, horizon_s, timed: how it is read, over which time, and whether time alone moves it.
        subject, figure: as last read.
        slots: the bands of those who look at it.
        low, high, gathered: the band that is inside all of them, if it is worked out.
    """

    __slots__ = ("at", "figure", "gathered", "gauge", "high", "horizon_s", "low", "slots", "subject", "timed")

    def __init__(self, at: SubjectKey, gauge: AnyGauge, horizon_s: int, *, timed: bool) -> None:
        """Nothing is read yet."""
        self.at, self.gauge, self.horizon_s, self.timed = at, gauge, horizon_s, timed
        self.subject: Subject | None = None
        self.figure = _UNREAD
        self.slots: list[Slot] = []
        self.low, self.high, self.gathered = math.inf, -math.inf, False

    def loosen(self) -> None:
        """A band is another one; all are gone through before the next reading."""
        self.gathered = False

    def gather(self) -> None:
        """Between which figures nobody needs to be asked."""
        self.low = max((slot.low for slot in self.slots), default=-math.inf)
        self.high = min((slot.high for slot in self.slots), default=math.inf)
        self.gathered = True

    def watches(self) -> Iterable[Watch]:
        """Everyone who looks at it."""
        return (slot.watch for slot in self.slots)

    def concerned(self, value: float) -> Iterable[Watch]:
        """Those for whom a figure may change something."""
        return (slot.watch for slot in self.slots if not slot.low < value < slot.high)


def lay_out(
    rules: Iterable[AlertRule], world: World, states: Mapping[WatchKey, AlertState]
) -> tuple[dict[WatchKey, Watch], list[Needle]]:
    """Every rule at every target it is for, and the needles they hang on."""
    needles: dict[tuple[SubjectKey, AnyGauge, int], Needle] = {}
    watches: dict[WatchKey, Watch] = {}
    held: dict[int | None, dict[str, list[Place]]] = {}
    for rule in rules:
        portfolio_id = portfolio_of(rule)
        if portfolio_id not in held:
            held[portfolio_id] = _by_scope(world.places(portfolio_id) or ())
        for target, place in _targets(rule, held[portfolio_id]).items():
            own = tuple(
                _needle(needles, (portfolio_id, _target_at(place, measure_of(condition).level)), condition)
                for condition in rule.conditions
            )
            key = WatchKey(rule.id, target)
            watches[key] = Watch(_named(rule, place), key, states.get(key, AlertState()), own)
    return watches, list(needles.values())


def portfolio_of(rule: AlertRule) -> int | None:
    """The portfolio whose view a rule is measured on; None for all together."""
    return rule.scope.portfolio_id if rule.scope.kind is ScopeKind.PORTFOLIO else None


def level_of(rule: AlertRule) -> WatchLevel:
    """What a rule is watched at: what all its conditions are measured at, each token where they differ."""
    levels = {measure_of(condition).level for condition in rule.conditions}
    return levels.pop() if len(levels) == 1 else WatchLevel.TOKEN


def _targets(rule: AlertRule, held: Mapping[str, Sequence[Place]]) -> dict[str, Place]:
    """Targets by name, each with a token that stands there."""
    level, scope = level_of(rule), rule.scope
    whole = scope.kind in {ScopeKind.EVERYTHING, ScopeKind.PORTFOLIO}
    return {_target_at(place, level): place for place in held.get("" if whole else str(scope), ())}


def _by_scope(places: Iterable[Place]) -> dict[str, list[Place]]:
    """The places that belong to each scope, as `AlertScope` writes it, "" for all of them."""
    found: dict[str, list[Place]] = {}
    for place in places:
        for scope in ("", place.token_target, place.underlying_target, place.venue_target):
            found.setdefault(scope, []).append(place)
    return found


def _target_at(place: Place, level: WatchLevel) -> str:
    return (place.venue_target, place.underlying_target, place.token_target)[level]


def _needle(needles: dict[tuple[SubjectKey, AnyGauge, int], Needle], at: SubjectKey, condition: Condition) -> Needle:
    gauge, horizon_s = gauge_of(condition), horizon_of(condition)
    key = (at, gauge, horizon_s)
    if key not in needles:
        needles[key] = Needle(at, gauge, horizon_s, timed=measure_of(condition).timed)
    return needles[key]


def _named(rule: AlertRule, place: Place) -> AlertRule:
    """The rule with a name that says what it is at: its own, or one made of the target and its conditions."""
    if rule.name.strip():
        return rule
    scope = {
        WatchLevel.TOKEN: AlertScope(kind=ScopeKind.TOKEN, key=place.key),
        WatchLevel.UNDERLYING: AlertScope(kind=ScopeKind.UNDERLYING, underlying=place.underlying),
        WatchLevel.VENUE: AlertScope(kind=ScopeKind.VENUE, venue=place.key.venue),
    }[level_of(rule)]
    return replace(rule, name=rule_name(replace(rule, scope=scope)))
