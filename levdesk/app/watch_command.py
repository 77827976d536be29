"""`levdesk watch`: the alert rules without a window, for a server or a Raspberry Pi, through the same channels."""

from __future__ import annotations

import logging
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from types import FrameType

from levdesk.app.alert_lines import event_object, json_line, plain_line
from levdesk.app.alerts_channel import take_secrets
from levdesk.app.alerts_house import SAVE_TIMEOUT_S, AlertsHouse
from levdesk.app.house import House
from levdesk.app.main import DONE
from levdesk.app.watch_facts import WatchFacts
from levdesk.app.watch_lists import fetch_lists, known_marks, read_listed_books
from levdesk.domain.alerts import AlertEvent, AlertPhase, AlertRule
from levdesk.domain.errors import SettingInvalid, StoreUnavailable
from levdesk.io.watch_lock import WatchLock
from levdesk.services.alert_listing import Marks
from levdesk.services.alert_needs import AlertNeeds, alert_needs
from levdesk.services.alert_ports import ChannelKind, StoredAlerts, WatchKey
from levdesk.services.alert_rules import rule_name
from levdesk.services.alerting import MOST_GAP_MS, AlertWatch
from levdesk.services.books import Books
from levdesk.services.courier import failures_of
from levdesk.services.outbox import sendings

FIRING = 3
_SHORTEST_S, _LONGEST_S = 5.0, 86_400.0

_log = logging.getLogger("levdesk.watch")


class _Stopped(BaseException):
    """The person asked to stop while the venues were being asked; nothing is under way that has to be finished."""


class _StopSign:
    """Set by a signal; ends a fetch at once, and anything else when it is done."""

    def __init__(self) -> None:
        self.event = threading.Event()
        self._may_break = False

    @contextmanager
    def breaking(self) -> Iterator[None]:
        """What may be left in the middle."""
        self._may_break = True
        try:
            if self.event.is_set():
                raise _Stopped
            yield
        finally:
            self._may_break = False

    def __call__(self, _number: int, _frame: FrameType | None) -> None:
        self.event.set()
        if self._may_break:
            self._may_break = False
            raise _Stopped


@contextmanager
def _heeding(stop: _StopSign) -> Iterator[None]:
    """SIGINT and SIGTERM set the sign; afterwards they do what they did before."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def run_watch(house: House) -> int:
    """Look, tell, deliver, wait; returns the exit code.

    Raises:
        SettingInvalid: an option makes no sense.
        StoreError: the files cannot be used.
    """
    given = house.options.alerts
    assert given is not None
    interval_s = _interval_s(given.interval)
    alerts = AlertsHouse.of(house)
    if given.secrets_stdin:
        take_secrets(alerts)
    stop, lock = _StopSign(), WatchLock(house.paths)
    if not lock.take():
        hint = "Another LevDesk does so; end it first, or use another --data-dir."
        raise StoreUnavailable("The alerts of this data directory are being watched already.", hint=hint)
    try:
        with _heeding(stop):
            watcher = Watcher(alerts, stop, pause_s=None if given.once else interval_s)
            try:
                while True:
                    watcher.turn()
                    if given.once:
                        return watcher.conclude()
                    if stop.event.wait(watcher.wait_s()):
                        return DONE
            except _Stopped:
                return DONE
    finally:
        lock.release()


class Watcher:
    """The rules of a data directory under watch.

    Args:
        alerts: where they are kept.
        stop: ends what may be ended.
        pause_s: seconds between two looks, None for a single one.
    """

    def __init__(self, alerts: AlertsHouse, stop: _StopSign, *, pause_s: float | None) -> None:
        """Begin where the last run left off."""
        self._pause_s = pause_s
        self._alerts = alerts
        self._house = alerts.house
        self._stop = stop
        self._facts = WatchFacts(alerts.house)
        self._courier = alerts.courier()
        self._watch: AlertWatch | None = None
        self._rules: dict[int, AlertRule] = {}
        self._given: tuple[AlertRule, ...] = ()
        self._told: set[str] = set()
        self._refused: set[str] = set()

    def turn(self) -> None:
        """Ask the venues, evaluate, keep, print and deliver."""
        books = read_listed_books(self._house)
        stored = self._alerts.read_alerts(books)
        needs = alert_needs(stored.rules)
        books, marks = self._listed_books(books, needs)
        self._rules = {rule.id: rule for rule in stored.rules}
        watch = self._watch_of(stored)
        scopes = [rule.scope.portfolio_id for rule in stored.rules]
        with self._stop.breaking():
            facts = self._facts.gather(books, [one for one in scopes if one is not None], needs, marks)
        self._tell_problems()
        turn = watch.turn(facts)
        channels = self._alerts.channels()
        rules = channels.rules(stored.muted)
        snoozed = stored.states

        def until_ms(event: AlertEvent) -> int | None:
            state = snoozed.get(WatchKey(event.rule_id, event.target))
            return None if state is None else state.snoozed_until_ms

        def ways(rule_id: int) -> frozenset[ChannelKind]:
            rule = self._rules.get(rule_id)
            return frozenset() if rule is None else channels.ways(rule.channels)

        if turn.states or turn.events:
            out = sendings(turn.events, ways, rules, until_ms)
            self._alerts.store.save_turn(turn.states, turn.events, out).result(SAVE_TIMEOUT_S)
        for event in turn.events:
            print(json_line(event_object(event)) if self._house.options.as_json else plain_line(event), flush=True)
        for delivery in failures_of(self._courier.deliver(rules, lambda: not self._stop.event.is_set())):
            self._tell(f"{delivery.channel.value}: {delivery.outcome}")

    def _listed_books(self, books: Books, needs: AlertNeeds) -> tuple[Books, Marks]:
        """The books with what the venues' lists tell of the tokens held, and what else those said."""
        if self._house.options.offline or not books.keys(None):
            return books, known_marks(self._house)
        with self._stop.breaking():
            marks = fetch_lists(self._house, books.held_tokens(None), with_notices=needs.notices)
        return read_listed_books(self._house), marks

    def _watch_of(self, stored: StoredAlerts) -> AlertWatch:
        """The watch for this look.

        Where looks are far apart, nobody knows what held in between, and a rule that has to hold for a while would wait
        for ever: there it has waited long enough when it held at the look before.
        """
        watch = self._watch
        states = stored.states if watch is None else watch.states
        if self._pause_s is None or self._pause_s * 1000 >= MOST_GAP_MS:
            waiting = {key.rule_id for key, state in states.items() if state.phase is AlertPhase.PENDING}
            rules = [replace(rule, debounce_s=0) if rule.id in waiting else rule for rule in stored.rules]
            watch = AlertWatch(rules, states)
        elif watch is None:
            watch = AlertWatch(stored.rules, states)
        elif stored.rules != self._given:
            watch.set_rules(stored.rules)
        self._watch, self._given = watch, stored.rules
        for rule in watch.refused:
            self._tell_once(f"Rule {rule.id} makes no sense and is not watched.")
        return watch

    def conclude(self) -> int:
        """The exit code of a single look, with a line for people."""
        states = {} if self._watch is None else self._watch.states
        firing = [
            key for key, state in states.items() if state.phase is AlertPhase.FIRING and key.rule_id in self._rules
        ]
        if not self._house.options.as_json:
            for key in firing:
                print(f"firing: {rule_name(self._rules[key.rule_id])} ({key.target})")
            blind = sum(state.phase is AlertPhase.CANNOT_TELL for state in states.values())
            if blind:
                print(f"cannot tell: {blind} (`levdesk alerts list --json` says which)")
            if not firing:
                print("Calm: no alert is firing.")
        return FIRING if firing else DONE

    def wait_s(self) -> float:
        """How long to wait for the next look: less when a message is to be tried again before."""
        interval_s = self._pause_s or 0.0
        next_ms = self._courier.next_ms(self._alerts.channels().rules({}))
        if next_ms is None:
            return interval_s
        return min(interval_s, max(_SHORTEST_S, (next_ms - self._house.clock.now_ms()) / 1000.0))

    def _tell_problems(self) -> None:
        messages = {problem.message for problem in self._facts.problems}
        for message in sorted(messages - self._told):
            self._tell(message)
        self._told = messages

    def _tell_once(self, words: str) -> None:
        if words not in self._refused:
            self._refused.add(words)
            self._tell(words)

    def _tell(self, words: str) -> None:
        _log.warning("%s", words)
        print(f"levdesk: {words}", file=sys.stderr, flush=True)


def _interval_s(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not _SHORTEST_S <= seconds <= _LONGEST_S:
        raise SettingInvalid(f"“{text}” is no interval.", hint="Write seconds, 5 to 86400.")
    return seconds
