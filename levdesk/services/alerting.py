"""The watch: every rule at every target it is for, measured from the facts of each moment; only what changed is redone.

A figure is read once for all rules that look at it, and each rule says between which figures it need not be asked.
Runs in a job thread; the events and states it answers are kept and delivered by others.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from levdesk.domain.alert_steps import after_gap, step
from levdesk.domain.alerts import AlertEvent, AlertPhase, AlertRule, AlertState, LocalMoment, Measured
from levdesk.services.alert_bands import FOREVER_MS, quiet_band, wake_ms
from levdesk.services.alert_checks import check_rule
from levdesk.services.alert_codec import scope_from_text
from levdesk.services.alert_ports import WatchKey
from levdesk.services.alert_readings import bare, with_age, worded
from levdesk.services.alert_watches import TOLD, Needle, Watch, lay_out, portfolio_of
from levdesk.services.alert_words import rule_name
from levdesk.services.alert_world import World

if TYPE_CHECKING:
    from levdesk.services.alert_facts import Facts

MOST_GAP_MS: Final = 5 * 60_000
"""After a longer pause between two turns nobody knows what held in between: waiting begins again."""


@dataclass(frozen=True, slots=True)
class WatchTurn:
    """What one turn changed; both belong in the store, in one transaction.

    Attributes:
        states: of rules at targets, the changed ones only.
        events: in the order in which they happened.
    """

    states: Mapping[WatchKey, AlertState] = field(default_factory=dict)
    events: tuple[AlertEvent, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a rule stands at one target, for the screen.

    Attributes:
        key, rule, state: which, and where it stands.
        readings: of its conditions, in words, where it fires or cannot be told; empty elsewhere. The words are of the
            moment it came to stand so, or of the last reason why it cannot be told.
    """

    key: WatchKey
    rule: AlertRule
    state: AlertState
    readings: tuple[Measured, ...]

    @property
    def why_not(self) -> str:
        """Why it cannot be told, "" when it can."""
        return next((reading.why_not for reading in self.readings if reading.why_not), "")


class AlertWatch:
    """Rules and where they stand; owned by one thread at a time, without a clock of its own."""

    def __init__(
        self,
        rules: Iterable[AlertRule],
        states: Mapping[WatchKey, AlertState] | None = None,
        *,
        most_gap_ms: int = MOST_GAP_MS,
    ) -> None:
        """Take up the rules where the last run left them; each has an id of its own.

        Args:
            rules: saved ones.
            states: as stored by the last run.
            most_gap_ms: a longer pause between two turns is a gap; longer than the turns are apart.
        """
        self._most_gap_ms = most_gap_ms
        self.refused: tuple[AlertRule, ...] = ()
        self._rules: dict[int, AlertRule] = {}
        self._states: dict[WatchKey, AlertState] = dict(states or {})
        self._watches: dict[WatchKey, Watch] = {}
        self._needles: list[Needle] = []
        self._stood: dict[Watch, Standing] = {}
        self._restless: set[Watch] = set()
        self._world = World()
        self._timers: list[tuple[int, int, Watch]] = []
        self._timer_count = 0
        self._last_ms: int | None = None
        self._anew = True
        self._changed: dict[WatchKey, AlertState] = {}
        self._events: list[AlertEvent] = []
        self.set_rules(rules)

    @property
    def states(self) -> Mapping[WatchKey, AlertState]:
        """Where everything stands."""
        return dict(self._states)

    def set_rules(self, rules: Iterable[AlertRule]) -> None:
        """Watch these rules from the next turn on; one that is different from before starts calm.

        Rules that make no sense are not watched and stand in `refused`.
        """
        given = list(rules)
        self.refused = tuple(rule for rule in given if check_rule(rule))
        odd = set(map(id, self.refused))
        wanted = {rule.id: rule for rule in given if id(rule) not in odd}
        for rule_id, old in self._rules.items():
            new = wanted.get(rule_id)
            if new is None or not _same_work(old, new):
                for key in [key for key in self._states if key.rule_id == rule_id]:
                    del self._states[key]
        self._rules, self._anew = wanted, True
        self._portfolio_ids = tuple(dict.fromkeys(portfolio_of(rule) for rule in wanted.values()))

    def put(self, states: Mapping[WatchKey, AlertState]) -> None:
        """Take over what a person did about alerts (seen, put off); the next turn goes on from there."""
        for key, state in states.items():
            self._states[key] = state
            if key in self._watches:
                self._watches[key].state = state
                self._restless.add(self._watches[key])

    def turn(self, facts: Facts) -> WatchTurn:
        """Measure what changed, and answer what came of it."""
        self._changed, self._events = {}, []
        now_ms, last_ms = facts.now_ms, self._last_ms
        gap = last_ms is None or now_ms < last_ms or now_ms - last_ms > self._most_gap_ms
        other = self._world.take(facts, self._portfolio_ids)
        if other or self._anew:
            self._lay_out(facts)
        anew, self._last_ms, self._anew = self._anew, now_ms, False
        due = self._read_all(now_ms) if gap or other or anew else self._read(now_ms)
        due.update(dict.fromkeys(self._awake(now_ms)))
        for watch in due:
            if gap:
                self._keep(watch, after_gap(watch.state, now_ms))
            self._step(watch, now_ms, facts.local)
        return WatchTurn(self._changed, tuple(self._events))

    def standing(self, now_ms: int) -> tuple[Standing, ...]:
        """Every rule at every target as of the last turn; the same object as before where nothing is told of it."""
        asked = self._restless if self._stood else set(self._watches.values())
        for watch in self._watches.values() if not self._stood else asked:
            known = self._stood.get(watch)
            if known is None or known.state is not watch.state or not _is_still(watch, known, now_ms):
                readings = _with_ages(watch, now_ms) if watch.state.phase in TOLD else ()
                known = Standing(key=watch.key, rule=watch.rule, state=watch.state, readings=readings)
                self._stood[watch] = known
                watch.stood_with = tuple(needle.figure for needle in watch.needles)
        self._restless = {watch for watch in asked if watch.state.phase in TOLD}
        return tuple(self._stood.values())

    # -- targets -------------------------------------------------------------------------------------------------

    def _lay_out(self, facts: Facts) -> None:
        """Which rule is watched where, after rules or holdings changed; what is no longer held is over."""
        rules = [rule for rule in self._rules.values() if rule.enabled]
        self._watches, self._needles = lay_out(rules, self._world, self._states)
        self._timers.clear()
        self._stood.clear()
        self._restless.clear()
        for key, state in list(self._states.items()):
            rule = self._rules.get(key.rule_id)
            if key in self._watches or state.phase is not AlertPhase.FIRING or rule is None:
                continue
            if rule.enabled and self._world.places(portfolio_of(rule)) is None:
                continue  # the books are not there yet
            after, event = _gone(rule, state, key, facts)
            self._states[key] = self._changed[key] = after
            if event is not None:
                self._events.append(event)

    # -- figures -------------------------------------------------------------------------------------------------

    def _read(self, now_ms: int) -> dict[Watch, None]:
        """Read again what may have changed; the watches that it concerns."""
        due: dict[Watch, None] = {}
        subjects = self._world.subjects
        for needle in self._needles:
            subject = subjects[needle.at]
            if subject is needle.subject and not needle.timed:
                continue
            needle.subject = subject
            before, figure = needle.figure, needle.gauge.read(subject, needle.horizon_s, now_ms)
            value = figure.value
            if value is None and figure == before:
                continue
            needle.figure = figure
            if value is None:
                if before.value is not None or before.applies is not figure.applies:
                    due.update(dict.fromkeys(needle.watches()))
            elif before.value is None or figure.at_least:
                due.update(dict.fromkeys(needle.watches()))
            else:
                if not needle.gathered:
                    needle.gather()
                if not needle.low < value < needle.high:
                    due.update(dict.fromkeys(needle.concerned(value)))
        return due

    def _read_all(self, now_ms: int) -> dict[Watch, None]:
        subjects = self._world.subjects
        for needle in self._needles:
            needle.subject = subjects[needle.at]
            needle.figure = needle.gauge.read(needle.subject, needle.horizon_s, now_ms)
        return dict.fromkeys(self._watches.values())

    # -- steps ---------------------------------------------------------------------------------------------------

    def _step(self, watch: Watch, now_ms: int, local: LocalMoment) -> None:
        rule, state = watch.rule, watch.state
        readings: Sequence[Measured] = [
            bare(condition, needle.figure) for condition, needle in zip(rule.conditions, watch.needles, strict=True)
        ]
        target, limits_s = watch.key.target, watch.limits_s
        after, event = step(rule, state, readings, now_ms, local, target=target, usual_age_s=limits_s)
        if event is not None:
            told = _in_words(watch, now_ms)
            after, event = step(rule, state, told, now_ms, local, target=target, usual_age_s=limits_s)
        if event is not None:
            self._events.append(event)
        self._keep(watch, after)
        for place, slot in enumerate(watch.slots):
            slot.set(*quiet_band(rule, place, after, readings[place], watch.limits_s[place], now_ms))
        self._set_timer(watch, wake_ms(rule, after, readings, watch.limits_s, now_ms))

    def _keep(self, watch: Watch, state: AlertState) -> None:
        if state != watch.state:
            watch.state = self._states[watch.key] = self._changed[watch.key] = state
            self._restless.add(watch)

    def _set_timer(self, watch: Watch, at_ms: int) -> None:
        if at_ms == watch.wake_ms:
            return
        watch.wake_ms = at_ms
        if at_ms < FOREVER_MS:
            self._timer_count += 1
            heapq.heappush(self._timers, (at_ms, self._timer_count, watch))

    def _awake(self, now_ms: int) -> Iterable[Watch]:
        """The watches whose time has come."""
        while self._timers and self._timers[0][0] <= now_ms:
            at_ms, _, watch = heapq.heappop(self._timers)
            if watch.wake_ms == at_ms:
                watch.wake_ms = FOREVER_MS
                yield watch


def _is_still(watch: Watch, known: Standing, now_ms: int) -> bool:
    """Whether what is shown of it holds still: the same can be told, or cannot for the same reasons."""
    if watch.is_still():
        return True
    bares = map(bare, watch.rule.conditions, (needle.figure for needle in watch.needles))
    reasons = [with_age(one, limit_s, now_ms).why_not for one, limit_s in zip(bares, watch.limits_s, strict=True)]
    return reasons == [reading.why_not for reading in known.readings]


def _in_words(watch: Watch, now_ms: int) -> tuple[Measured, ...]:
    return tuple(
        worded(condition, needle.figure, needle.subject, now_ms)
        for condition, needle in zip(watch.rule.conditions, watch.needles, strict=True)
        if needle.subject is not None
    )


def _with_ages(watch: Watch, now_ms: int) -> tuple[Measured, ...]:
    readings = zip(_in_words(watch, now_ms), watch.limits_s, strict=True)
    return tuple(with_age(reading, limit_s, now_ms) for reading, limit_s in readings)


def _gone(rule: AlertRule, state: AlertState, key: WatchKey, facts: Facts) -> tuple[AlertState, AlertEvent | None]:
    """The step of a rule at a target that is there no more."""
    words = f"{key.target.rpartition(':')[2]} is no longer held."
    readings = [
        Measured(value=None, words="" if place else words, applies=False) for place in range(len(rule.conditions))
    ]
    named = replace(rule, name=rule_name(replace(rule, scope=scope_from_text(key.target))))
    return step(named, state, readings, facts.now_ms, facts.local, target=key.target)


def _same_work(old: AlertRule, new: AlertRule) -> bool:
    """Whether a rule watches for the same as before, whatever it is called, wherever it is told, on or off."""
    return replace(old, name="", channels=(), enabled=True) == replace(new, name="", channels=(), enabled=True)
