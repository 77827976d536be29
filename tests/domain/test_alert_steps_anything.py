"""Whatever the data, the clock and the program do: alerts are told once and in turn, and nothing true is missed."""

from __future__ import annotations

import math
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from levdesk.domain.alert_steps import after_gap, in_hours, passes, step
from levdesk.domain.alerts import (
    AlertKind,
    AlertPhase,
    AlertRule,
    AlertSide,
    AlertState,
    LocalMoment,
    Measured,
)
from tests.domain.alert_runs import START_MS, Run, S, hours_of, rule

values = st.one_of(st.none(), st.floats(-20, 20), st.just(float("nan")))
steps = st.lists(st.tuples(st.integers(-50, 400), values, st.integers(-10, 200), st.booleans()), max_size=40)
rules = st.builds(
    rule,
    st.sampled_from([5.0, 10.0]),
    side=st.sampled_from(list(AlertSide)),
    hysteresis=st.sampled_from([0.0, 2.0]),
    kind=st.sampled_from([AlertKind.PREMIUM, AlertKind.LEVEL_CROSS]),
    debounce_s=st.sampled_from([0, 60]),
    cooldown_s=st.sampled_from([0, 120]),
    one_shot=st.booleans(),
    most_age_s=st.sampled_from([None, 60]),
    active_hours=st.sampled_from([None, hours_of(480, 1320)]),
    expires_ms=st.sampled_from([None, START_MS + 2000 * S]),
)


@settings(max_examples=150)
@given(rules, steps)
def test_whatever_happens_every_alert_is_told_once_and_in_turn(
    watched: AlertRule, given_steps: list[tuple[int, float | None, int, bool]]
) -> None:
    state, firing, now_ms = AlertState(), False, START_MS
    for seconds, value, age_s, restarted in given_steps:
        now_ms += seconds * S
        local = LocalMoment(now_ms // 60_000 % 1440, now_ms // 86_400_000 % 7)
        state = after_gap(state, now_ms) if restarted else state
        reading = Measured(value=value, as_of_ms=now_ms - age_s * S, words="It reads so.")
        last = state
        state, event = step(watched, state, [reading], now_ms, local)
        if event is not None:
            assert event.fired is not firing, "two of a kind in a row"
            firing = event.fired
        assert (state.phase is AlertPhase.FIRING) is firing
        limit_s = watched.conditions[0].most_age_s
        if event is not None and event.fired:
            assert value is not None
            assert not math.isnan(value)
            assert limit_s is None or abs(age_s) <= limit_s
            assert in_hours(watched.active_hours, local)
            assert not watched.one_shot or last.fired_ms is None
        again, twice = step(watched, state, [reading], now_ms, local)
        if watched.conditions[0].kind is not AlertKind.LEVEL_CROSS:
            assert (again, twice) == (state, None), "the same moment again changes nothing"


@settings(max_examples=100)
@given(rules, st.floats(-20, 20))
def test_nothing_that_is_still_true_is_missed(watched: AlertRule, value: float) -> None:
    if watched.conditions[0].kind is AlertKind.LEVEL_CROSS or not passes(watched.conditions[0], value, held=False):
        return
    run = Run(replace(watched, expires_ms=None))
    for second in range(0, 600, 20):
        run.state = after_gap(run.state, START_MS + second * S) if second == 40 else run.state
        run.at(second, value)
    assert run.told == [(60 + 40 if watched.debounce_s else 0, "fired")]
