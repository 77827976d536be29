"""The watch tells the same as measuring and stepping every rule at every target in every turn, only faster."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

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
from levdesk.services.alert_rules import usual_condition
from levdesk.services.alert_watches import lay_out, portfolio_of
from levdesk.services.alert_world import World
from levdesk.services.alerting import MOST_GAP_MS, AlertWatch
from tests.services.alert_scene import NOW, Scene, line, numbered, premium, rule, token

BTC3L, ETH3S = token("BTC3L"), token("ETH3S")
S = 1000


def said(event: AlertEvent) -> tuple[int, str, bool, str, str]:
    """Everything of an event but the name and the end of what is gone."""
    gone = event.message in {"Over:", "The rule has run out."} or event.message.endswith("is no longer held.")
    return event.rule_id, event.target, event.fired, "" if gone else event.message, "" if gone else repr(event)


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
