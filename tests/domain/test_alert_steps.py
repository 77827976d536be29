"""One rule at one target, step by step: the exact firing list whatever the data, the clock and the program do."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from levdesk.domain.alert_steps import after_gap, in_hours, is_asleep, step
from levdesk.domain.alerts import (
    ActiveHours,
    AlertJoin,
    AlertKind,
    AlertPhase,
    AlertRule,
    AlertSeverity,
    AlertState,
    Condition,
    LocalMoment,
    Measured,
)
from tests.domain.alert_runs import BELOW, EITHER, NOON, START_MS, Run, S, Told, hours_of, rule

TABLE: list[tuple[str, AlertRule, list[float | None], list[Told]]] = [
    ("never beyond", rule(), [9, 9.99, 0, -50], []),
    ("at the threshold it holds", rule(), [9, 10, 9], [(1, "fired"), (2, "cleared")]),
    ("true from the start", rule(), [12, 12], [(0, "fired")]),
    ("once while it lasts", rule(), [9, 11, 12, 50, 11, 9], [(1, "fired"), (5, "cleared")]),
    ("duplicates change nothing", rule(), [11, 11, 11, 9, 9, 9], [(0, "fired"), (3, "cleared")]),
    (
        "each crossing without hysteresis",
        rule(),
        [11, 9, 11, 9],
        [(0, "fired"), (1, "cleared"), (2, "fired"), (3, "cleared")],
    ),
    ("hysteresis holds on", rule(hysteresis=2), [11, 9, 8, 11, 7.99], [(0, "fired"), (4, "cleared")]),
    ("hysteresis does not help to begin", rule(hysteresis=2), [9, 9.5, 8], []),
    ("below", rule(side=BELOW), [11, 10, 12], [(1, "fired"), (2, "cleared")]),
    ("below with hysteresis", rule(side=BELOW, hysteresis=2), [9, 11, 12, 12.01], [(0, "fired"), (3, "cleared")]),
    ("either way", rule(side=EITHER), [-9, -10, 5, 10], [(1, "fired"), (2, "cleared"), (3, "fired")]),
    (
        "either way, straight through",
        rule(side=EITHER, hysteresis=2),
        [11, -11, -9, -7],
        [(0, "fired"), (3, "cleared")],
    ),
    ("a gap neither fires nor clears", rule(), [9, None, 11, None, None, 11, 9], [(2, "fired"), (6, "cleared")]),
    ("cleared during a gap is told after it", rule(), [11, None, 9], [(0, "fired"), (2, "cleared")]),
    ("nothing but gaps", rule(), [None, None], []),
    ("not a number is a gap", rule(), [11, float("nan"), 11], [(0, "fired")]),
    ("debounce waits", rule(debounce_s=3), [11, 11, 11, 11, 11], [(3, "fired")]),
    ("debounce begins again", rule(debounce_s=3), [11, 11, 9, 11, 11, 11, 11], [(6, "fired")]),
    ("debounce begins again after a gap", rule(debounce_s=3), [11, 11, None, 11, 11, 11, 11], [(6, "fired")]),
    ("debounce rides on hysteresis", rule(debounce_s=3, hysteresis=2), [11, 9, 9, 9], [(3, "fired")]),
    (
        "cool-down",
        rule(cooldown_s=4),
        [11, 9, 11, 11, 11, 9],
        [(0, "fired"), (1, "cleared"), (4, "fired"), (5, "cleared")],
    ),
    ("over within the cool-down", rule(cooldown_s=4), [11, 9, 11, 9, 9, 9], [(0, "fired"), (1, "cleared")]),
    ("one-shot", rule(one_shot=True), [11, 11, 9, 11, 9], [(0, "fired"), (2, "cleared")]),
    ("expiry ends it", rule(expires_ms=START_MS + 3 * S), [9, 11, 11, 11, 11], [(1, "fired"), (3, "cleared")]),
    ("expired before it held", rule(expires_ms=START_MS + S), [9, 11, 11], []),
    ("switched off", rule(enabled=False), [11, 9, 11], []),
]


@pytest.mark.parametrize(("told_of", "watched", "values", "expected"), TABLE, ids=[row[0] for row in TABLE])
def test_the_exact_firing_list(
    told_of: str, watched: AlertRule, values: list[float | None], expected: list[Told]
) -> None:
    assert Run(watched).through(values) == expected, told_of


@pytest.mark.parametrize(("told_of", "watched", "values", "expected"), TABLE, ids=[row[0] for row in TABLE])
def test_a_restart_after_any_step_changes_nothing_that_is_told(
    told_of: str, watched: AlertRule, values: list[float | None], expected: list[Told]
) -> None:
    for cut in range(len(values)):
        run, waited = Run(watched), False
        for second, value in enumerate(values):
            if second == cut:
                before = run.state
                run.state = after_gap(run.state, START_MS + second * S)
                waited = before.phase is AlertPhase.PENDING and watched.debounce_s > 0
            run.at(second, value)
        if not waited:
            assert run.told == expected, f"{told_of}, restarted at {cut}"
        else:
            assert len(run.told) <= len(expected)


CROSSINGS: list[tuple[str, AlertRule, list[float | None], list[Told]]] = [
    ("above from the start is no crossing", rule(kind=AlertKind.LEVEL_CROSS), [11, 12], []),
    ("up", rule(kind=AlertKind.LEVEL_CROSS), [9, 10, 11, 9, 11], [(1, "fired"), (3, "cleared"), (4, "fired")]),
    ("down and up again", rule(kind=AlertKind.LEVEL_CROSS), [11, 9, 11], [(2, "fired")]),
    ("down", rule(kind=AlertKind.LEVEL_CROSS, side=BELOW), [11, 10, 9, 11], [(1, "fired"), (3, "cleared")]),
    ("below from the start is no crossing", rule(kind=AlertKind.LEVEL_CROSS, side=BELOW), [9, 8], []),
    (
        "either way, each crossing once",
        rule(kind=AlertKind.LEVEL_CROSS, side=EITHER),
        [9, 11, 12, 12, 9, 8, 8],
        [(1, "fired"), (2, "cleared"), (4, "fired"), (5, "cleared")],
    ),
    (
        "either way, hovering at the level",
        rule(kind=AlertKind.LEVEL_CROSS, side=EITHER, hysteresis=2),
        [7, 9, 10, 9.5, 10.5, 9, 12, 11, 10, 9, 8],
        [(2, "fired"), (6, "cleared"), (8, "fired"), (10, "cleared")],
    ),
    (
        "begun at the level: no crossing until it has left it",
        rule(kind=AlertKind.LEVEL_CROSS, side=EITHER, hysteresis=2),
        [10, 9, 11, 10, 12, 10, 8],
        [(5, "fired"), (6, "cleared")],
    ),
    (
        "either way, crossed and back within the cool-down",
        rule(kind=AlertKind.LEVEL_CROSS, side=EITHER, cooldown_s=5),
        [9, 11, 12, 9, 11, 12, 12],
        [(1, "fired"), (2, "cleared")],
    ),
    (
        "either way, still across when the cool-down ends",
        rule(kind=AlertKind.LEVEL_CROSS, side=EITHER, cooldown_s=5),
        [9, 11, 12, 9, 9, 9, 9, 9],
        [(1, "fired"), (2, "cleared"), (6, "fired"), (7, "cleared")],
    ),
    ("begun exactly at it counts as above", rule(kind=AlertKind.LEVEL_CROSS, side=BELOW), [10, 9], [(1, "fired")]),
    ("not far enough back to wait for it", rule(kind=AlertKind.LEVEL_CROSS, hysteresis=2), [13, 9, 11, 8, 11], []),
    ("far enough back", rule(kind=AlertKind.LEVEL_CROSS, hysteresis=2), [13, 7.9, 11], [(2, "fired")]),
    ("down, not far enough", rule(kind=AlertKind.LEVEL_CROSS, side=BELOW, hysteresis=2), [7, 11, 9, 12, 9], []),
    ("down, far enough", rule(kind=AlertKind.LEVEL_CROSS, side=BELOW, hysteresis=2), [7, 12.1, 9], [(2, "fired")]),
    ("across a gap", rule(kind=AlertKind.LEVEL_CROSS, side=EITHER), [None, 9, None, 11], [(3, "fired")]),
]


@pytest.mark.parametrize(("told_of", "watched", "values", "expected"), CROSSINGS, ids=[row[0] for row in CROSSINGS])
def test_crossings(told_of: str, watched: AlertRule, values: list[float | None], expected: list[Told]) -> None:
    assert Run(watched).through(values) == expected, told_of
    for cut in range(len(values)):
        run = Run(watched)
        for second, value in enumerate(values):
            run.state = after_gap(run.state, START_MS + second * S) if second == cut else run.state
            run.at(second, value)
        assert run.told == expected, f"{told_of}, restarted at {cut}"


# -- age -----------------------------------------------------------------------------------------------------------


def test_a_figure_older_than_its_limit_cannot_tell_and_says_so() -> None:
    run = Run(rule(most_age_s=60))
    assert run.at(0, 11, age_s=61).phase is AlertPhase.CANNOT_TELL
    assert run.at(1, 11, age_s=60).phase is AlertPhase.FIRING
    assert run.at(2, 9, age_s=61).phase is AlertPhase.FIRING  # nobody knows that it is over
    assert run.at(3, 9, age_s=1).phase is AlertPhase.CALM
    assert run.told == [(1, "fired"), (3, "cleared")]


def test_a_figure_from_the_future_cannot_tell_either() -> None:
    run = Run(rule(most_age_s=60))
    assert run.at(0, 11, age_s=-61).phase is AlertPhase.CANNOT_TELL
    assert run.at(1, 11, age_s=-30).phase is AlertPhase.FIRING


def test_a_figure_of_no_known_age_cannot_tell_where_age_counts() -> None:
    undated = [Measured(value=11.0)]
    assert step(rule(most_age_s=60), AlertState(), undated, START_MS, NOON)[0].phase is AlertPhase.CANNOT_TELL
    assert step(rule(), AlertState(), undated, START_MS, NOON)[0].phase is AlertPhase.FIRING


def test_the_usual_limit_counts_where_the_condition_names_none() -> None:
    run = Run(rule(), usual_age_s=(30,))
    assert run.at(0, 11, age_s=31).phase is AlertPhase.CANNOT_TELL
    own = Run(rule(most_age_s=100), usual_age_s=(30,))
    assert own.at(0, 11, age_s=31).phase is AlertPhase.FIRING


def test_a_condition_that_does_not_apply_does_not_hold() -> None:
    nothing = Measured(value=None, applies=False)
    state, event = step(rule(), AlertState(), [nothing], START_MS, NOON)
    assert (state.phase, event) == (AlertPhase.CALM, None)
    firing = AlertState(phase=AlertPhase.FIRING, holding=(True,), fired_ms=START_MS)
    state, event = step(rule(), firing, [nothing], START_MS, NOON)
    assert state.phase is AlertPhase.CALM
    assert event is not None
    assert not event.fired


# -- clock, suspend, hours -----------------------------------------------------------------------------------------


def test_suspended_while_waiting_begins_to_wait_again() -> None:
    run = Run(rule(debounce_s=60))
    run.at(0, 11)
    run.state = after_gap(run.state, START_MS + 30_000 * S)
    run.at(30_000, 11)
    run.at(30_059, 11)
    assert run.told == []
    run.at(30_060, 11)
    assert run.told == [(30_060, "fired")]


def test_suspended_while_firing_tells_the_end_and_nothing_twice() -> None:
    run = Run(rule(cooldown_s=3600))
    run.at(0, 11)
    run.state = after_gap(run.state, START_MS + 30_000 * S)
    run.at(30_000, 11)
    run.at(30_001, 9)
    run.at(30_002, 11)
    assert run.told == [(0, "fired"), (30_001, "cleared"), (30_002, "fired")]


def test_a_clock_put_back_does_not_stretch_the_pause_nor_the_waiting() -> None:
    run = Run(rule(cooldown_s=60))
    run.at(10_000, 11)
    run.at(10_001, 9)
    run.at(0, 11)  # two and three quarter hours back
    assert run.told == [(10_000, "fired"), (10_001, "cleared")]
    run.at(60, 11)
    assert run.told[2:] == [(60, "fired")]
    waiting = Run(rule(debounce_s=60))
    waiting.at(10_000, 11)
    waiting.at(0, 11)
    waiting.at(60, 11)
    assert waiting.told == [(60, "fired")]


def test_a_clock_put_forward_ends_waiting_and_pause_but_tells_nothing_twice() -> None:
    run = Run(rule(cooldown_s=60))
    run.at(0, 11)
    run.at(86_400, 11)
    assert run.told == [(0, "fired")]


@pytest.mark.parametrize(
    ("hours", "minute", "weekday", "inside"),
    [
        (hours_of(480, 1320), 479, 0, False),
        (hours_of(480, 1320), 480, 0, True),
        (hours_of(480, 1320), 1320, 0, False),
        (hours_of(1320, 480), 1319, 0, False),
        (hours_of(1320, 480), 1320, 0, True),
        (hours_of(1320, 480), 479, 0, True),
        (hours_of(1320, 480), 480, 0, False),
        (hours_of(480, 1320, frozenset({5, 6})), 600, 4, False),
        (hours_of(480, 1320, frozenset({5, 6})), 600, 5, True),
        (hours_of(1320, 480, frozenset({6})), 60, 0, True),  # Sunday's night, on Monday
        (hours_of(1320, 480, frozenset({6})), 60, 6, False),  # Saturday's night, on Sunday
        (hours_of(0, 1440), 1439, 3, True),
    ],
)
def test_active_hours(hours: ActiveHours, minute: int, weekday: int, inside: bool) -> None:
    assert in_hours(hours, LocalMoment(minute, weekday)) is inside


def test_outside_active_hours_it_waits_and_is_not_missed() -> None:
    run = Run(rule(active_hours=hours_of(480, 1320)))
    run.at(0, 11, local=LocalMoment(100, 0))
    run.at(60, 11, local=LocalMoment(479, 0))
    assert run.told == []
    run.at(120, 11, local=LocalMoment(480, 0))
    run.at(180, 9, local=LocalMoment(1400, 0))
    assert run.told == [(120, "fired"), (180, "cleared")]


def test_a_one_shot_sleeps_for_good_and_a_rule_out_of_time_wakes_with_the_clock() -> None:
    run = Run(rule(one_shot=True))
    run.through([11, 9])
    assert run.state.phase is AlertPhase.SLEEPING
    assert is_asleep(run.rule, run.state, START_MS)
    late = Run(rule(expires_ms=START_MS))
    assert late.at(0, 11).phase is AlertPhase.SLEEPING
    assert late.at(-1, 11).phase is AlertPhase.FIRING


# -- several conditions --------------------------------------------------------------------------------------------


def both(join: AlertJoin, **more: Any) -> AlertRule:
    """Two conditions: above 10, and below 5."""
    conditions = (
        Condition(kind=AlertKind.PREMIUM, threshold=10.0),
        Condition(kind=AlertKind.SPREAD, threshold=5.0, side=BELOW),
    )
    return AlertRule(id=2, name="both", conditions=conditions, join=join, cooldown_s=0, **more)


@pytest.mark.parametrize(
    ("join", "first", "second", "phase"),
    [
        (AlertJoin.ALL_OF, 11, 4, AlertPhase.FIRING),
        (AlertJoin.ALL_OF, 11, 6, AlertPhase.CALM),
        (AlertJoin.ALL_OF, 11, None, AlertPhase.CANNOT_TELL),
        (AlertJoin.ALL_OF, 9, None, AlertPhase.CALM),
        (AlertJoin.ANY_OF, 9, 6, AlertPhase.CALM),
        (AlertJoin.ANY_OF, 9, 4, AlertPhase.FIRING),
        (AlertJoin.ANY_OF, 11, None, AlertPhase.FIRING),
        (AlertJoin.ANY_OF, 9, None, AlertPhase.CANNOT_TELL),
    ],
)
def test_all_of_and_any_of(join: AlertJoin, first: float, second: float | None, phase: AlertPhase) -> None:
    assert Run(both(join)).at(0, first, second).phase is phase


def test_what_is_told_is_of_the_conditions_that_hold() -> None:
    readings = [
        Measured(value=9.0, words="The premium is small.", advice="nothing", values={"premium": 9.0}),
        Measured(value=4.0, words="The spread is small.", advice="wait", values={"spread": 4.0, "value": 4.0}),
    ]
    watched = both(AlertJoin.ANY_OF, severity=AlertSeverity.CRITICAL)
    state, event = step(watched, AlertState(acknowledged=True), readings, START_MS, NOON, target="token:gate:BTC3L")
    assert event is not None
    assert (event.message, event.advice, dict(event.values)) == (
        "The spread is small.",
        "wait",
        {"spread": 4.0, "value": 4.0},
    )
    assert (event.rule_id, event.rule, event.kind) == (2, "both", AlertKind.PREMIUM)
    assert (event.severity, event.target, event.fired) == (AlertSeverity.CRITICAL, "token:gate:BTC3L", True)
    assert (state.fired_ms, state.acknowledged, state.holding) == (START_MS, False, (False, True))
    over = [replace(readings[0]), replace(readings[1], value=6.0)]
    _, cleared = step(watched, state, over, START_MS + S, NOON, target="token:gate:BTC3L")
    assert cleared is not None
    assert cleared.message == "Over: The premium is small. The spread is small."
    assert not cleared.fired
    assert cleared.advice == ""


def test_a_state_of_another_rule_is_not_read_as_its_own() -> None:
    firing = AlertState(phase=AlertPhase.CALM, holding=(True, True, True))
    assert Run(rule(hysteresis=2), state=firing).at(0, 9).phase is AlertPhase.CALM


def test_a_crossing_beside_another_condition_remembers_its_own_side() -> None:
    conditions = (
        Condition(kind=AlertKind.PREMIUM, threshold=10.0),
        Condition(kind=AlertKind.LEVEL_CROSS, threshold=10.0),
    )
    run = Run(AlertRule(id=3, conditions=conditions, join=AlertJoin.ANY_OF, cooldown_s=0))
    for second, level in enumerate([11, 12, 12, 9, 11]):
        run.at(second, 0, level)
    assert run.told == [(4, "fired")]


@pytest.mark.parametrize("waits", [{"debounce_s": 60}, {"cooldown_s": 60}])
def test_waiting_and_pauses_are_exact_to_the_millisecond(waits: dict[str, Any]) -> None:
    watched, state = rule(**waits), AlertState()
    if "cooldown_s" in waits:
        state = AlertState(fired_ms=START_MS)
    for after_ms, phase in ((0, AlertPhase.PENDING), (59_999, AlertPhase.PENDING), (60_000, AlertPhase.FIRING)):
        state, _ = step(watched, state, [Measured(value=11.0)], START_MS + after_ms, NOON)
        assert state.phase is phase
