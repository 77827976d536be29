"""The watch: the same as looking at every rule in every turn, only faster; and what starts, stops, moves and goes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from levdesk.domain.alert_steps import after_gap, step
from levdesk.domain.alerts import (
    ActiveHours,
    AlertEvent,
    AlertJoin,
    AlertKind,
    AlertPhase,
    AlertRule,
    AlertScope,
    AlertSide,
    AlertState,
    Condition,
    Measured,
    ScopeKind,
)
from levdesk.services.alert_facts import Facts
from levdesk.services.alert_kinds import measure_of
from levdesk.services.alert_ports import WatchKey
from levdesk.services.alert_readings import measure
from levdesk.services.alert_rules import standard_rules, usual_condition
from levdesk.services.alert_watches import lay_out, portfolio_of
from levdesk.services.alert_world import World
from levdesk.services.alerting import MOST_GAP_MS, AlertWatch
from levdesk.services.health import SourceHealth, SourceState
from tests.services.alert_scene import BAND, CHECKED, CLOCK, DAY, HOUR, NOW, Scene, line, mirrored, token

BTC3L, ETH3S = token("BTC3L"), token("ETH3S")
S = 1000


def rule(*conditions: Condition, number: int = 1, **more: Any) -> AlertRule:
    """A rule with an id, and no pause after an alert."""
    return AlertRule(**{"id": number, "conditions": conditions, "cooldown_s": 0, **more})


def numbered(rules: Sequence[AlertRule]) -> list[AlertRule]:
    """Rules as if they were saved."""
    return [replace(one, id=number) for number, one in enumerate(rules, 1)]


def premium(at: float = 0.02, **more: Any) -> Condition:
    """Price away from NAV, either way."""
    return Condition(kind=AlertKind.PREMIUM, threshold=at, side=AlertSide.EITHER, **more)


def told(events: Sequence[AlertEvent]) -> list[tuple[str, str, bool]]:
    """Kind, target, and whether it fired."""
    return [(event.kind.value, event.target, event.fired) for event in events]


def said(event: AlertEvent) -> tuple[int, str, bool, str, str]:
    """Everything of an event but the name and the end of what is gone."""
    gone = event.message in {"Over:", "The rule has run out."} or event.message.endswith("is no longer held.")
    return event.rule_id, event.target, event.fired, "" if gone else event.message, "" if gone else repr(event)


# -- the same as looking at everything -----------------------------------------------------------------------------


class Plain:
    """Every rule at every target, measured and stepped in every turn: what the watch has to equal."""

    def __init__(self, rules: Sequence[AlertRule]) -> None:
        """Nothing is known yet."""
        self.rules, self.states, self.last_ms = rules, dict[WatchKey, AlertState](), 0

    def turn(self, facts: Facts) -> list[AlertEvent]:
        """One step of everything, with its words from fresh subjects."""
        world, events = World(), []
        world.take(facts, dict.fromkeys(portfolio_of(one) for one in self.rules))
        gap = not 0 <= facts.now_ms - self.last_ms <= MOST_GAP_MS
        watches, _ = lay_out(self.rules, world, self.states)
        for key, watch in watches.items():
            readings = [
                measure(condition, world.subjects[needle.at], facts.now_ms)
                for condition, needle in zip(watch.rule.conditions, watch.needles, strict=True)
            ]
            state = self.states.get(key, AlertState())
            state = after_gap(state, facts.now_ms) if gap else state
            limits_s = [measure_of(condition).most_age_s for condition in watch.rule.conditions]
            self.states[key], event = step(
                watch.rule, state, readings, facts.now_ms, facts.local, target=key.target, usual_age_s=limits_s
            )
            if event is not None:
                events.append(event)
        for key, state in self.states.items():
            if key not in watches and state.phase is AlertPhase.FIRING:
                (watched,) = (one for one in self.rules if one.id == key.rule_id)
                gone = [Measured(value=None, applies=False)] * len(watched.conditions)
                self.states[key], over = step(watched, state, gone, facts.now_ms, facts.local, target=key.target)
                assert over is not None
                events.append(over)
        self.last_ms = facts.now_ms
        return events


WATCHED = numbered(
    [
        rule(premium(0.02, hysteresis=0.005)),
        rule(premium(0.01), debounce_s=30, cooldown_s=120),
        rule(premium(0.03), active_hours=ActiveHours(from_minute=481, until_minute=490)),
        rule(premium(0.01, most_age_s=20), one_shot=True, expires_ms=NOW + 400 * S),
        rule(usual_condition(AlertKind.REBALANCE_NEAR), cooldown_s=60),
        rule(usual_condition(AlertKind.LEVERAGE_OUT_OF_BAND), debounce_s=60),
        rule(Condition(kind=AlertKind.LEVEL_CROSS, threshold=2.0, side=AlertSide.EITHER, hysteresis=0.01)),
        rule(Condition(kind=AlertKind.LEVEL_CROSS, threshold=2.05, side=AlertSide.ABOVE)),
        rule(Condition(kind=AlertKind.STALE_DATA, threshold=45.0)),
        rule(
            Condition(kind=AlertKind.EXTREME_MOVE, threshold=0.03, side=AlertSide.EITHER, horizon_s=60),
            premium(0.005),
            join=AlertJoin.ANY_OF,
        ),
        rule(
            Condition(kind=AlertKind.ENTRY_LOSS, threshold=0.02, hysteresis=0.01),
            premium(0.01),
            scope=AlertScope(kind=ScopeKind.PORTFOLIO, portfolio_id=1),
        ),
        rule(
            usual_condition(AlertKind.CONCENTRATION, threshold=0.51),
            scope=AlertScope(kind=ScopeKind.UNDERLYING, underlying="BTC"),
        ),
        rule(Condition(kind=AlertKind.HELD_TOO_LONG, threshold=10.001)),
    ]
)
moves = st.lists(
    st.tuples(
        st.sampled_from([1, 5, 30, 60, 301, -60, 3600]),
        st.sampled_from(["price", "nav", "leverage", "old", "none", "nothing", "underlying", "restart", "sold"]),
        st.integers(-6, 6),
        st.booleans(),
    ),
    max_size=20,
)


@settings(max_examples=50)
@given(moves)
def test_it_tells_what_looking_at_everything_would_tell(given_moves: list[tuple[int, str, int, bool]]) -> None:
    scene = Scene([BTC3L, ETH3S])
    scene.prices = {"BTC": line((90 * S, 60_000.0), (30 * S, 60_500.0)), "ETH": line((90 * S, 60_000.0))}
    watch, plain = AlertWatch(WATCHED), Plain(WATCHED)
    assert not watch.refused
    for seconds, what, size, first in given_moves:
        scene.now_ms += seconds * S
        one = BTC3L if first else ETH3S
        match what:
            case "price":
                scene.quote(one, last=Decimal(2) + Decimal(size) / 100, bid=None, ask=None)
            case "nav":
                scene.quote(one, nav=Decimal(2) + Decimal(size) / 100)
            case "leverage":
                scene.quote(one, effective_leverage=Decimal(3) + Decimal(size) / 4)
            case "underlying":
                scene.quote(one, underlying_price=Decimal(60_000 + 600 * size))
            case "old":
                scene.quote(one, price_ts_ms=scene.now_ms - 40 * S * abs(size), last=Decimal("2.2"), ask=None)
            case "restart":
                watch, plain.last_ms = AlertWatch(WATCHED, watch.states), 0
            case "sold":
                scene.sold = frozenset() if scene.sold else frozenset({one.key})
            case "none":
                scene.quote(one, last=None, effective_leverage=None)
        facts = scene.facts()
        turn = watch.turn(facts)
        assert sorted(map(said, turn.events)) == sorted(map(said, plain.turn(facts)))
        stands = watch.states
        assert {key: stands.get(key, AlertState()) for key in plain.states} == plain.states


def test_only_what_changed_is_answered() -> None:
    scene = Scene([BTC3L, ETH3S])
    watch = AlertWatch([rule(premium())])
    scene.quote(BTC3L, last=Decimal("2.1"), bid=None, ask=None)
    first = watch.turn(scene.facts())
    assert told(first.events) == [("premium", "token:gate:BTC3L", True)]
    assert {key.target for key in first.states} == {"token:gate:BTC3L", "token:gate:ETH3S"}
    scene.now_ms += S
    second = watch.turn(scene.facts())
    assert (dict(second.states), second.events) == ({}, ())


# -- restarts ------------------------------------------------------------------------------------------------------


def test_a_restart_tells_nothing_twice_and_misses_nothing() -> None:
    scene = Scene([BTC3L, ETH3S])
    scene.quote(BTC3L, last=Decimal("2.1"), bid=None, ask=None)
    first = AlertWatch([rule(premium())])
    first.turn(scene.facts())
    scene.now_ms += 8 * HOUR
    scene.quote(BTC3L, last=Decimal("2.1"), bid=None, ask=None)
    scene.quote(ETH3S, last=Decimal("2.1"), bid=None, ask=None)
    again = AlertWatch([rule(premium())], first.states)
    assert told(again.turn(scene.facts()).events) == [("premium", "token:gate:ETH3S", True)]


def test_without_the_books_nothing_is_over() -> None:
    scene = Scene([BTC3L])
    scene.quote(BTC3L, last=Decimal("2.1"), bid=None, ask=None)
    first = AlertWatch([rule(premium())])
    first.turn(scene.facts())
    again = AlertWatch([rule(premium())], first.states)
    assert again.turn(scene.facts(views={})).events == ()
    assert again.turn(scene.facts()).events == ()


def test_what_is_sold_is_over_and_says_so() -> None:
    scene = Scene([BTC3L, ETH3S])
    scene.quote(BTC3L, last=Decimal("2.1"), bid=None, ask=None)
    watch = AlertWatch([rule(premium())])
    watch.turn(scene.facts())
    scene.sold = frozenset({BTC3L.key})
    (event,) = watch.turn(scene.facts()).events
    assert (event.fired, event.message) == (False, "Over: BTC3L is no longer held.")
    assert event.rule == "BTC3L: price 2 % or more away from NAV"
    scene.sold = frozenset()
    assert told(watch.turn(scene.facts()).events) == [("premium", "token:gate:BTC3L", True)]


def test_a_rule_that_changed_starts_calm_and_one_that_was_renamed_does_not() -> None:
    scene = Scene([BTC3L])
    scene.quote(BTC3L, last=Decimal("2.1"), bid=None, ask=None)
    watch = AlertWatch([rule(premium())])
    watch.turn(scene.facts())
    watch.set_rules([rule(premium(), name="Far from NAV", channels=("ntfy",))])
    assert watch.turn(scene.facts()).events == ()
    watch.set_rules([rule(premium(0.03), name="Far from NAV")])
    (event,) = watch.turn(scene.facts()).events
    assert (event.rule, event.fired) == ("Far from NAV", True)


def test_switching_a_rule_off_ends_what_it_told() -> None:
    scene = Scene([BTC3L])
    scene.quote(BTC3L, last=Decimal("2.1"), bid=None, ask=None)
    watch = AlertWatch([rule(premium())])
    watch.turn(scene.facts())
    watch.set_rules([rule(premium(), enabled=False)])
    (event,) = watch.turn(scene.facts()).events
    assert (event.fired, event.message) == (False, "The rule was switched off.")
    assert watch.turn(scene.facts()).events == ()


def test_a_rule_that_makes_no_sense_is_refused_and_the_others_watch() -> None:
    scene = Scene([BTC3L])
    scene.quote(BTC3L, last=Decimal("2.1"), bid=None, ask=None)
    odd = rule(Condition(kind=AlertKind.PREMIUM, threshold=0.1, measure="smell"), number=2)
    watch = AlertWatch([odd, rule(premium())])
    assert watch.refused == (odd,)
    assert len(watch.turn(scene.facts()).events) == 1


# -- scopes --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scope", "targets"),
    [
        (AlertScope(), ["token:gate:BTC3L", "token:gate:ETH3S"]),
        (AlertScope(kind=ScopeKind.PORTFOLIO, portfolio_id=1), ["token:gate:BTC3L"]),
        (AlertScope(kind=ScopeKind.PORTFOLIO, portfolio_id=9), []),
        (AlertScope(kind=ScopeKind.UNDERLYING, underlying="ETH"), ["token:gate:ETH3S"]),
        (AlertScope(kind=ScopeKind.VENUE, venue="gate"), ["token:gate:BTC3L", "token:gate:ETH3S"]),
        (AlertScope(kind=ScopeKind.VENUE, venue="mexc"), []),
        (AlertScope(kind=ScopeKind.TOKEN, key=BTC3L.key), ["token:gate:BTC3L"]),
    ],
)
def test_a_rule_is_watched_where_it_is_meant_to_be(scope: AlertScope, targets: list[str]) -> None:
    scene = Scene([BTC3L, ETH3S])
    for one in scene.tokens:
        scene.quote(one, last=Decimal("2.1"), bid=None, ask=None)
    events = AlertWatch([rule(premium(), scope=scope)]).turn(scene.facts()).events
    assert [event.target for event in events] == targets


def test_events_are_named_after_what_they_are_at() -> None:
    scene = Scene([BTC3L])
    scene.quote(BTC3L, effective_leverage=Decimal("4.0"))
    (event,) = AlertWatch([rule(usual_condition(AlertKind.REBALANCE_NEAR))]).turn(scene.facts()).events
    assert event.rule == "BTC3L within 3 % of a rebalance"
    assert event.target == "token:gate:BTC3L"
    assert "BTC at 60,000 is 1.0 % above where BTC3L rebalances at 59,400. It sells BTC there." in event.message
    assert "locks the loss in" in event.advice


def test_a_silent_venue_is_told_once_and_not_for_each_of_its_tokens() -> None:
    scene = Scene([BTC3L, ETH3S, token("BTC3S")])
    scene.now_ms += 2 * HOUR
    scene.health = (
        SourceHealth(
            venue="gate", title="Gate", state=SourceState.DOWN, last_ok_ms=NOW, error="Timed out.", depends=("BTC3L",)
        ),
    )
    kinds = [one for one in numbered(standard_rules()) if one.kind is AlertKind.STALE_DATA]
    events = AlertWatch(kinds).turn(scene.facts()).events
    assert [(event.target, event.message) for event in events] == [
        ("venue:gate", "Gate has not answered for 2 hours (Timed out); figures of BTC3L come from there.")
    ]


def test_no_event_tells_amounts_in_its_words() -> None:
    scene = Scene([BTC3L, token("BTC3S"), ETH3S], units="98765.4321", cost="3.9")
    scene.prices = {"BTC": line((HOUR, 70_000.0), (10 * S, 66_000.0)), "ETH": line((HOUR, 50_000.0))}
    scene.token_prices = {BTC3L.key: line((3 * DAY, 4.5))}
    scene.quote(BTC3L, effective_leverage=Decimal("4.4"), bid=Decimal("1.5"), nav=Decimal("1.7"))
    events = AlertWatch([replace(one, debounce_s=0) for one in numbered(standard_rules())]).turn(scene.facts()).events
    assert {event.kind.value for event in events} >= {
        "rebalance_near", "leverage_out_of_band", "extreme_move", "entry_loss", "drawdown", "premium", "spread",
        "stale_data", "both_sides",
    }  # fmt: skip
    for event in events:
        amounts = {name: value for name, value in event.values.items() if name.startswith("amount_")}
        for value in amounts.values():
            if isinstance(value, float):
                assert f"{abs(value):,.0f}" not in event.message + event.advice
        assert "98,765" not in event.message


def test_waiting_begins_again_after_the_computer_slept() -> None:
    scene = Scene([BTC3L])
    watch = AlertWatch([rule(premium(), debounce_s=120)])
    scene.quote(BTC3L, last=Decimal("2.1"), bid=None, ask=None)
    watch.turn(scene.facts())
    scene.now_ms += 3 * HOUR
    scene.quote(BTC3L, last=Decimal("2.1"), bid=None, ask=None)
    assert watch.turn(scene.facts()).events == ()
    scene.now_ms += 119 * S
    assert watch.turn(scene.facts()).events == ()
    scene.now_ms += S
    assert len(watch.turn(scene.facts()).events) == 1


def test_standing_says_why_it_cannot_tell() -> None:
    scene = Scene([BTC3L])
    scene.quote(BTC3L, nav=None)
    watch = AlertWatch([rule(premium())])
    watch.turn(scene.facts())
    (standing,) = watch.standing(NOW)
    assert standing.state.phase is AlertPhase.CANNOT_TELL
    assert standing.why_not == "NAV of BTC3L is not known."


@pytest.mark.parametrize(
    ("ts_ms", "words"),
    [
        (NOW - 1200 * S, "Its figures are 20 minutes old, too old to tell."),
        (NOW + 1200 * S, "Its figures are dated in the future; the clock may be wrong."),
        (None, "It is not known when its figures were true."),
    ],
)
def test_standing_says_that_figures_are_too_old(ts_ms: int | None, words: str) -> None:
    scene = Scene([BTC3L])
    scene.quote(BTC3L, last=Decimal("2.1"), bid=None, ask=None, nav_ts_ms=NOW, price_ts_ms=ts_ms)
    watch = AlertWatch([rule(Condition(kind=AlertKind.ENTRY_LOSS, threshold=0.01))])
    assert watch.turn(scene.facts()).events == ()
    (standing,) = watch.standing(NOW)
    assert standing.state.phase is AlertPhase.CANNOT_TELL
    assert standing.why_not == words


def test_how_it_stands_is_worded_only_where_there_is_something_to_tell() -> None:
    scene = Scene([BTC3L, ETH3S])
    scene.quote(BTC3L, last=Decimal("2.1"), bid=None, ask=None)
    watch = AlertWatch([rule(premium())])
    watch.turn(scene.facts())
    firing, calm = watch.standing(NOW)
    assert firing.state.phase is AlertPhase.FIRING
    assert firing.readings[0].value == pytest.approx(0.05)
    assert "BTC3L trades at 2.1" in firing.readings[0].words
    assert (calm.state.phase, calm.readings) == (AlertPhase.CALM, ())
    scene.now_ms += S
    scene.quote(BTC3L, last=Decimal("2.2"), bid=None, ask=None)
    watch.turn(scene.facts())
    again, same = watch.standing(NOW)
    assert again.readings[0].value == pytest.approx(0.1)
    assert same is calm


def test_a_new_rule_of_the_issuer_is_followed_from_its_first_moment() -> None:
    later = replace(BAND, effective_from_ms=NOW + 60 * S, band_high=Decimal("3.15"))
    dated = token("BTC3L", BAND, later)
    scene = Scene([dated])
    watch = AlertWatch([rule(usual_condition(AlertKind.REBALANCE_NEAR))])
    assert watch.turn(scene.facts()).events == ()
    scene.now_ms += 59 * S
    assert watch.turn(scene.facts()).events == ()
    scene.now_ms += S
    assert told(watch.turn(scene.facts()).events) == [("rebalance_near", "token:gate:BTC3L", True)]


def test_rules_without_a_band_or_clock_do_not_apply_instead_of_being_unknown() -> None:
    scene = Scene([token("BTC3L", CLOCK), token("ETH3S", mirrored(CHECKED))])
    rules = [
        rule(usual_condition(AlertKind.LEVERAGE_OUT_OF_BAND)),
        rule(usual_condition(AlertKind.REBALANCE_NEAR), number=2),
    ]
    watch = AlertWatch(rules)
    watch.turn(scene.facts())
    phases = {(key.rule_id, key.target): state.phase for key, state in watch.states.items()}
    assert set(phases.values()) == {AlertPhase.CALM}
