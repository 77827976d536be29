"""What the window is told of the alerts: worked out elsewhere, and the same objects where nothing is different."""

from __future__ import annotations

from dataclasses import replace

from levdesk.app.alert_stands import Stands, is_different, with_numbers
from levdesk.domain.alerts import AlertEvent, AlertKind, AlertPhase, AlertRule, AlertSeverity, AlertState, Measured
from levdesk.services.alert_ports import StoredEvent, WatchKey
from levdesk.services.alert_standard import usual_condition
from levdesk.services.alerting import Standing

NOW = 1_800_000_000_000
RULES = tuple(
    AlertRule(id=number, name=f"Rule {number}", conditions=(usual_condition(AlertKind.PREMIUM),)) for number in (1, 2)
)
FIRING = AlertState(phase=AlertPhase.FIRING, since_ms=NOW, fired_ms=NOW)
TARGET = "token:gate:BTC3L"
KEY = WatchKey(1, TARGET)
EVENT = AlertEvent(
    ts_ms=NOW,
    rule_id=1,
    rule="Rule 1",
    kind=AlertKind.PREMIUM,
    severity=AlertSeverity.WARNING,
    target=TARGET,
    fired=True,
    message="BTC3L trades 6 % above its NAV.",
    advice="Wait.",
)


CALM_STATE = AlertState()


def standing(rule: AlertRule, state: AlertState = CALM_STATE, words: str = "") -> Standing:
    readings = (Measured(value=0.06, words=words),) if words else ()
    return Standing(key=WatchKey(rule.id, TARGET), rule=rule, state=state, readings=readings)


FIRED, CALM = standing(RULES[0], FIRING, "BTC3L trades 5 % above its NAV."), standing(RULES[1])


def test_what_is_said_is_what_was_said_when_it_began() -> None:
    stands = Stands({KEY: StoredEvent(id=7, event=EVENT)})
    (alert,) = stands.view((FIRED, CALM), RULES, {}, NOW).firing
    assert (alert.event_id, alert.message, alert.advice) == (7, EVENT.message, "Wait.")
    (other,) = Stands({}).view((FIRED,), RULES, {}, NOW).firing
    assert (other.event_id, other.message) == (0, "BTC3L trades 5 % above its NAV.")


def test_what_stands_as_before_is_the_same_object() -> None:
    stands = Stands({})
    first = stands.view((FIRED, CALM), RULES, {}, NOW)
    second = stands.view((FIRED, CALM), RULES, {}, NOW + 1000)
    assert (second.firing[0], second.rules[1]) == (first.firing[0], first.rules[1])
    assert second.as_of_ms == NOW + 1000
    assert not is_different(second, first)
    waiting = standing(RULES[1], AlertState(phase=AlertPhase.PENDING))
    third = stands.view((FIRED, waiting), RULES, {}, NOW + 2000)
    assert is_different(third, second)
    assert third.firing[0] is first.firing[0]
    assert third.rules[0] is first.rules[0]
    assert third.rules[1].waiting == 1


def test_a_target_that_is_silenced_is_another_alert_until_it_speaks_again() -> None:
    stands = Stands({})
    loud = stands.view((FIRED,), RULES, {}, NOW)
    silent = stands.view((FIRED,), RULES, {TARGET: NOW + 5000}, NOW + 1000)
    assert [alert.is_muted for alert in silent.firing] == [True]
    assert is_different(silent, loud)
    again = stands.view((FIRED,), RULES, {TARGET: NOW + 5000}, NOW + 6000)
    assert [alert.is_muted for alert in again.firing] == [False]
    assert again.muted == {}


def test_what_has_just_begun_gets_its_number_when_it_is_in_the_history() -> None:
    stands = Stands({})
    stands.note([EVENT])
    view = stands.view((FIRED,), RULES, {}, NOW)
    assert [(alert.event_id, alert.message) for alert in view.firing] == [(0, EVENT.message)]
    kept = {KEY: StoredEvent(id=9, event=EVENT)}
    assert [alert.event_id for alert in with_numbers(view, kept).firing] == [9]
    assert with_numbers(view, {}) is view
    stands.number(kept)
    assert [alert.event_id for alert in stands.view((FIRED,), RULES, {}, NOW + 1000).firing] == [9]


def test_counts_are_of_rules_that_are_switched_on() -> None:
    off = replace(RULES[1], enabled=False)
    blind = standing(RULES[0], AlertState(phase=AlertPhase.CANNOT_TELL))
    view = Stands({}).view((blind,), (RULES[0], off), {}, NOW)
    assert (view.watching_count, view.blind_count) == (1, 1)
    assert is_different(view, None)
