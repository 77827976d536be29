"""The watch: what starts, stops, moves, restarts and goes, and where a rule is watched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import pytest

from levdesk.domain.alerts import (
    AlertEvent,
    AlertKind,
    AlertPhase,
    AlertScope,
    Condition,
    ScopeKind,
)
from levdesk.services.alert_rules import standard_rules, usual_condition
from levdesk.services.alerting import AlertWatch
from levdesk.services.health import SourceHealth, SourceState
from tests.services.alert_scene import (
    BAND,
    CHECKED,
    CLOCK,
    DAY,
    HOUR,
    NOW,
    Scene,
    line,
    mirrored,
    numbered,
    premium,
    rule,
    token,
)

BTC3L, ETH3S = token("BTC3L"), token("ETH3S")
S = 1000


def told(events: Sequence[AlertEvent]) -> list[tuple[str, str, bool]]:
    """Kind, target, and whether it fired."""
    return [(event.kind.value, event.target, event.fired) for event in events]


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
    assert watch.standing(NOW) == (firing, calm), "the numbers are those of the moment it began"
    assert watch.standing(NOW)[0] is firing
    scene.quote(BTC3L, nav=None)
    watch.turn(scene.facts())
    blind, same = watch.standing(NOW)
    assert (blind.why_not, same) == ("NAV of BTC3L is not known.", calm)


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
