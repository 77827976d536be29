"""Rules as data: the standard ones, JSON there and back, names, and what is wrong with a rule said in words."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from levdesk.domain.alerts import (
    ActiveHours,
    AlertJoin,
    AlertKind,
    AlertRule,
    AlertScope,
    AlertSeverity,
    AlertSide,
    Condition,
    ScopeKind,
)
from levdesk.domain.errors import SettingInvalid
from levdesk.domain.instruments import TokenKey
from levdesk.services.alert_kinds import KINDS, measure_of
from levdesk.services.alert_readings import GAUGES
from levdesk.services.alert_rules import (
    amounts_sentence,
    check_rule,
    condition_words,
    rule_from_json,
    rule_name,
    rule_to_json,
    scope_from_text,
    standard_rules,
    usual_condition,
)

NEAR = usual_condition(AlertKind.REBALANCE_NEAR)


def rule(*conditions: Condition, **more: Any) -> AlertRule:
    """A rule, near a rebalance unless said otherwise."""
    return AlertRule(**{"conditions": conditions or (NEAR,), **more})


# -- the registry --------------------------------------------------------------------------------------------------


def test_every_kind_stands_in_the_registry_in_order_and_each_measure_can_be_read() -> None:
    assert list(KINDS) == list(AlertKind)
    assert {(kind.kind, measure.name) for kind in KINDS.values() for measure in kind.measures} == set(GAUGES)


@pytest.mark.parametrize("kind", list(AlertKind))
def test_the_usual_condition_of_every_measure_makes_sense_and_has_words(kind: AlertKind) -> None:
    for measure in KINDS[kind].measures:
        condition = usual_condition(kind, measure.name)
        assert check_rule(rule(condition)) == ()
        assert "{" not in condition_words(condition)
        for side in measure.sides:
            assert condition_words(replace(condition, side=side))


@pytest.mark.parametrize("kind", list(AlertKind))
def test_what_a_holder_can_do_is_said_and_never_names_a_trade(kind: AlertKind) -> None:
    advice = KINDS[kind].advice
    assert advice.endswith(".")
    first_words = {sentence.split()[0].lower() for sentence in advice.replace(":", ".").split(".") if sentence.strip()}
    assert not first_words & {"sell", "buy", "close", "exit", "hold", "redeem", "reduce"}


# -- standard rules ------------------------------------------------------------------------------------------------


def test_the_standard_rules_cover_every_kind_once_saved_and_are_on() -> None:
    rules = standard_rules()
    assert {condition.kind for one in rules for condition in one.conditions} == set(AlertKind)
    assert len({one.standard for one in rules}) == len(rules)
    assert all(one.enabled and one.standard and check_rule(one) == () for one in rules)
    assert all(not one.channels for one in rules if one.severity is AlertSeverity.INFO)
    assert all("desktop" in one.channels for one in rules if one.severity is not AlertSeverity.INFO)


# -- names ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("named", "name"),
    [
        (
            rule(scope=AlertScope(kind=ScopeKind.TOKEN, key=TokenKey("gate", "BTC3L"))),
            "BTC3L within 3 % of a rebalance",
        ),
        (rule(), "Any holding within 3 % of a rebalance"),
        (rule(name="  Mine "), "Mine"),
        (
            rule(
                usual_condition(AlertKind.EXTREME_MOVE), scope=AlertScope(kind=ScopeKind.UNDERLYING, underlying="BTC")
            ),
            "BTC moves 5 % or more within 1 hour",
        ),
        (
            rule(usual_condition(AlertKind.STALE_DATA, "down"), scope=AlertScope(kind=ScopeKind.VENUE, venue="gate")),
            "gate: venue not answering for 10 minutes",
        ),
        (
            rule(
                Condition(kind=AlertKind.LEVEL_CROSS, threshold=60_000.5, side=AlertSide.ABOVE, measure="underlying"),
                scope=AlertScope(kind=ScopeKind.UNDERLYING, underlying="BTC"),
            ),
            "BTC: price of the underlying rises to 60,000.5",
        ),
        (
            rule(
                usual_condition(AlertKind.HELD_TOO_LONG, "days"),
                usual_condition(AlertKind.CHOPPY_DECAY),
                scope=AlertScope(kind=ScopeKind.PORTFOLIO, portfolio_id=2),
            ),
            "portfolio 2: held for 14 days or longer and decay of 0.5 % a day or more",
        ),
        (
            rule(usual_condition(AlertKind.PREMIUM), NEAR, join=AlertJoin.ANY_OF),
            "Any holding: price 5 % or more away from NAV or within 3 % of a rebalance",
        ),
        (
            rule(Condition(kind=AlertKind.REBALANCE_NEAR, measure="chance", threshold=0.4, horizon_s=14_400)),
            "Any holding 40 % likely to rebalance within 4 hours",
        ),
    ],
)
def test_names_are_made_from_conditions(named: AlertRule, name: str) -> None:
    assert rule_name(named) == name


def test_the_money_is_a_sentence_of_its_own() -> None:
    values: dict[str, float | str | None] = {
        "value": 0.1,
        "amount_worth": 1240.5,
        "amount_result": -12.25,
        "amount_currency": "USDT",
    }
    assert amounts_sentence(values) == "Worth 1,240.50 USDT and result −12.25 USDT."
    assert amounts_sentence({"value": 0.1, "amount_worth": None, "amount_currency": "USDT"}) == ""


# -- JSON ----------------------------------------------------------------------------------------------------------


scopes = st.one_of(
    st.just(AlertScope()),
    st.builds(AlertScope, kind=st.just(ScopeKind.PORTFOLIO), portfolio_id=st.integers(0, 99)),
    st.builds(AlertScope, kind=st.just(ScopeKind.VENUE), venue=st.sampled_from(["gate", "mexc"])),
)
conditions = st.sampled_from(list(GAUGES)).flatmap(
    lambda row: st.builds(
        replace,
        st.just(usual_condition(*row)),
        most_age_s=st.one_of(st.none(), st.integers(1, 86_400)),
        threshold=st.floats(0.5, 1.0),
        hysteresis=st.floats(0, 0.4),
    )
)
rules = st.builds(
    AlertRule,
    id=st.integers(0, 10**9),
    name=st.text(max_size=50),
    scope=scopes,
    conditions=st.lists(conditions, min_size=1, max_size=4).map(tuple),
    join=st.sampled_from(AlertJoin),
    severity=st.sampled_from(AlertSeverity),
    debounce_s=st.integers(0, 86_400),
    cooldown_s=st.integers(0, 86_400),
    expires_ms=st.one_of(st.none(), st.integers(0, 2**45)),
    active_hours=st.one_of(
        st.none(),
        st.builds(
            ActiveHours,
            from_minute=st.integers(0, 700),
            until_minute=st.integers(701, 1440),
            weekdays=st.frozensets(st.integers(0, 6)),
        ),
    ),
    channels=st.lists(st.sampled_from(["desktop", "sound", "ntfy"]), unique=True).map(tuple),
    one_shot=st.booleans(),
    enabled=st.booleans(),
    standard=st.sampled_from(["", "premium"]),
)


@settings(max_examples=100)
@given(rules)
def test_a_rule_comes_back_from_json_as_it_was(one: AlertRule) -> None:
    assert check_rule(one) == ()
    assert rule_from_json(json.loads(json.dumps(rule_to_json(one)))) == one


def test_a_script_needs_to_name_little_more_than_the_kind() -> None:
    found = rule_from_json({"scope": "token:gate:BTC3L", "conditions": [{"kind": "rebalance_near"}]})
    assert found == rule(
        Condition(kind=AlertKind.REBALANCE_NEAR, threshold=0.03, side=AlertSide.BELOW, hysteresis=0.01),
        scope=AlertScope(kind=ScopeKind.TOKEN, key=TokenKey("gate", "BTC3L")),
    )
    own = rule_from_json({"conditions": [{"kind": "premium", "threshold": 0.001}]})
    assert (own.conditions[0].hysteresis, own.conditions[0].side) == (0.0, AlertSide.EITHER)


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ([], "A rule is a JSON object"),
        ({}, "needs a condition"),
        ({"conditions": []}, "needs a condition"),
        ({"conditions": [{}]}, "“kind” of a condition is not"),
        ({"conditions": [{"kind": "weather"}]}, "is not “weather”"),
        ({"conditions": [{"kind": "premium", "threshold": "big"}]}, "“threshold” of a condition makes no sense: big"),
        ({"conditions": [{"kind": "premium", "threshold": True}]}, "makes no sense"),
        ({"conditions": [{"kind": "premium", "treshold": 1}]}, "has no “treshold”"),
        ({"conditions": [{"kind": "premium", "measure": "smell"}]}, "not measured as “smell”"),
        ({"conditions": [{"kind": "premium", "side": "left"}]}, "“side” of a condition is not “left”"),
        ({"conditions": [{"kind": "premium"}], "colour": "red"}, "has no “colour”"),
        ({"conditions": [{"kind": "premium"}], "scope": "token:BTC3L"}, "not something a rule can be for"),
        ({"conditions": [{"kind": "premium"}], "scope": "portfolio:x"}, "not something a rule can be for"),
        ({"conditions": [{"kind": "premium"}], "channels": ["pigeon"]}, "“pigeon” is no channel"),
        ({"conditions": [{"kind": "premium"}], "channels": "desktop"}, "makes no sense"),
        ({"conditions": [{"kind": "premium"}], "cooldown_s": -1}, "between no time and a year"),
        ({"conditions": [{"kind": "premium"}], "active_hours": {"from_minute": 5, "until_minute": 5}}, "never fire"),
        ({"conditions": [{"kind": "premium"}], "active_hours": {"weekdays": [7]}}, "Weekdays"),
        ({"conditions": [{"kind": "premium"}], "one_shot": "yes"}, "makes no sense"),
    ],
)
def test_json_that_makes_no_sense_is_refused_in_words(document: object, words: str) -> None:
    with pytest.raises(SettingInvalid) as caught:
        rule_from_json(document)
    assert words in caught.value.message


@settings(max_examples=50)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_no_document_does_more_than_be_refused(document: object) -> None:
    with pytest.raises(SettingInvalid):
        rule_from_json(document)


@pytest.mark.parametrize("text", ["everything", "portfolio:3", "underlying:BTC", "venue:gate", "token:gate:BTC3L"])
def test_scopes_are_read_as_they_are_written(text: str) -> None:
    assert str(scope_from_text(text)) == text


# -- checks --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("odd", "words"),
    [
        (rule(replace(NEAR, threshold=0.0)), "must be above 0"),
        (rule(replace(NEAR, threshold=float("nan"))), "must be a number"),
        (rule(replace(NEAR, side=AlertSide.ABOVE)), "can only be below"),
        (rule(replace(NEAR, hysteresis=-1.0)), "must be 0 or more"),
        (rule(replace(NEAR, horizon_s=3600)), "no stretch of time to choose"),
        (rule(replace(NEAR, most_age_s=0)), "oldest figure"),
        (rule(Condition(kind=AlertKind.LOSS_PROBABILITY, threshold=75.0)), "100 % at most"),
        (rule(Condition(kind=AlertKind.LOSS_PROBABILITY, threshold=0.7, horizon_s=5)), "a minute at least"),
        (rule(Condition(kind=AlertKind.SPREAD, threshold=0.02, hysteresis=0.02)), "would never end"),
        (rule(*[NEAR] * 9), "8 conditions at most"),
        (rule(name="x" * 121), "longer than 120"),
        (
            rule(
                usual_condition(AlertKind.EXTREME_MOVE),
                scope=AlertScope(kind=ScopeKind.TOKEN, key=TokenKey("gate", "A")),
            ),
            "measured per underlying or venue",
        ),
    ],
)
def test_what_is_wrong_is_said(odd: AlertRule, words: str) -> None:
    assert any(words in sentence for sentence in check_rule(odd)), check_rule(odd)


def test_a_level_below_zero_is_fine_for_a_signed_figure() -> None:
    assert check_rule(rule(Condition(kind=AlertKind.PREMIUM, threshold=-0.03, side=AlertSide.BELOW))) == ()


def test_an_unknown_measure_names_the_known_ones() -> None:
    with pytest.raises(SettingInvalid) as caught:
        measure_of(Condition(kind=AlertKind.PREMIUM, threshold=1.0, measure="smell"))
    assert "ratio" in caught.value.hint
