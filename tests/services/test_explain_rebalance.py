"""When it rebalances next: the page and the column give the same prices, and the published ones."""

from __future__ import annotations

import math
from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from levdesk.domain.instruments import RebalanceRule, ScheduledCondition
from levdesk.domain.market import TokenQuote
from levdesk.domain.rebalance import hit_probability
from levdesk.services.explain_radar import NextRebalance, chance_of_either, live_radar, radar_plan
from levdesk.services.explain_rebalance import rebalance_view
from levdesk.services.explain_rules import dated_rules
from levdesk.services.explained_rebalance import RebalanceEvent, RebalanceView
from tests.services.explaining import BAND, DAILY, DAY, GATE, HOUR, KEY, START, token

ONE_SIDED = RebalanceRule(target_leverage=Decimal(3), scheduled_utc_s=0, emergency_move_ratio=Decimal("0.15"))
QUOTE = TokenQuote(
    key=KEY,
    nav=Decimal(2),
    nav_ts_ms=START,
    effective_leverage=Decimal(3),
    leverage_ts_ms=START,
    underlying_price=Decimal(100),
    underlying_ts_ms=START,
)
NOW = START + 5 * HOUR


def page(rule: RebalanceRule, quote: TokenQuote | None = QUOTE, **more: Any) -> RebalanceView:
    rules = dated_rules(token(rule, target=str(rule.target_leverage)))
    assert rules is not None
    return rebalance_view("BTC", rules, quote, NOW, **more)


def column(rule: RebalanceRule, quote: TokenQuote = QUOTE, volatility_day: float | None = None) -> NextRebalance:
    plan = radar_plan(token(rule, target=str(rule.target_leverage)), NOW)
    assert plan is not None
    return live_radar(plan, quote, NOW, volatility_day)


def leverage(value: str) -> TokenQuote:
    return replace(QUOTE, effective_leverage=Decimal(value))


# -- prices ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "band", "lower", "upper"),
    [
        ("3", ("2", "4"), "-11.1111", "33.3333"),
        ("3", ("2.25", "4.125"), "-12.0000", "20.0000"),
        ("-3", ("2", "4"), "-11.1111", "6.6667"),
        ("-3", ("2.25", "4.125"), "-7.6923", "7.3171"),
        ("3", ("2.8", "3.2"), "-3.0303", "3.7037"),
        ("2.3", ("1.8", "3"), "-15.2174", "27.1739"),
    ],
)
def test_the_published_trigger_prices(target: str, band: tuple[str, str], lower: str, upper: str) -> None:
    rule = RebalanceRule(target_leverage=Decimal(target), band_low=Decimal(band[0]), band_high=Decimal(band[1]))
    found = page(rule, leverage(target))
    assert found.lower is not None
    assert found.upper is not None
    assert f"{found.lower.move_ratio * 100:.4f}" == lower
    assert f"{found.upper.move_ratio * 100:.4f}" == upper
    assert found.lower.price == pytest.approx(100 * (1 + found.lower.move_ratio))
    assert found.lower.nav == pytest.approx(2 * (1 + float(target) * found.lower.move_ratio))
    assert (found.band_low, found.band_high) == (float(band[0]), float(band[1]))


def test_what_a_trigger_does() -> None:
    found = page(BAND, volatility_day=0.03)
    assert found.lower is not None
    assert found.upper is not None
    assert found.lower.leverage == pytest.approx(4.125)
    assert found.lower.traded_ratio == pytest.approx(3 - 4.125)
    assert found.lower.nav_ratio == pytest.approx(-0.36)
    assert found.upper.traded_ratio == pytest.approx(0.75)
    assert found.lower.sigmas == pytest.approx(-math.log(0.88) / 0.03)
    assert found.lower.chance_24h == pytest.approx(hit_probability(-0.12, 0.03, 1.0))
    assert found.lower.chance_1h == pytest.approx(hit_probability(-0.12, 0.03, 1 / 24))
    assert found.lower.rule == "band edge at 4.125×"
    assert found.chance_24h == pytest.approx((found.lower.chance_24h or 0) + (found.upper.chance_24h or 0), rel=1e-6)


def test_a_move_rule_counts_from_the_last_rebalance() -> None:
    """At 3.5× a 3x basket has fallen since its rebalance; 15 % against it are counted from there."""
    found = page(ONE_SIDED, leverage("3.5"))
    since = 1 + (3.5 - 3) / (3 * (1 - 3.5))
    assert found.lower is not None
    assert found.lower.price == pytest.approx(100 / since * 0.85)
    assert found.lower.rule == "emergency after −15 %"
    assert found.upper is None
    short = page(replace(ONE_SIDED, target_leverage=Decimal(-3)), leverage("-3"))
    assert short.lower is None
    assert short.upper is not None
    assert short.upper.leverage == pytest.approx(-6.2727, abs=1e-4)
    assert short.upper.nav_ratio == pytest.approx(-0.45)


RULES = st.builds(
    RebalanceRule,
    target_leverage=st.sampled_from([Decimal(n) for n in ("3", "-3", "2", "-2", "5", "-5", "-1")]),
    band_low=st.none() | st.sampled_from([Decimal("0.5"), Decimal("0.9")]),
    band_high=st.none() | st.sampled_from([Decimal(6), Decimal(8)]),
    emergency_leverage=st.none() | st.just(Decimal(7)),
    emergency_move_ratio=st.none() | st.sampled_from([Decimal("0.1"), Decimal("0.4"), Decimal("1.5")]),
    emergency_two_sided=st.booleans(),
    scheduled_utc_s=st.none() | st.just(57_600),
    scheduled_condition=st.sampled_from([ScheduledCondition.ALWAYS, ScheduledCondition.OUTSIDE_BAND]),
)


@given(rule=RULES, share=st.floats(0.55, 1.6), volatility=st.floats(0.005, 0.2))
def test_the_column_is_the_page(rule: RebalanceRule, share: float, volatility: float) -> None:
    size = max(abs(float(rule.target_leverage)) * share, 1.01)
    quote = replace(QUOTE, effective_leverage=Decimal(repr(size)))
    long, short = page(rule, quote, volatility_day=volatility), column(rule, quote, volatility)
    for side, move, price in (
        (long.lower, short.lower_move_ratio, short.lower_price),
        (long.upper, short.upper_move_ratio, short.upper_price),
    ):
        assert (side is None) is (move is None)
        if side is not None and move is not None:
            assert move == pytest.approx(side.move_ratio, abs=1e-9)
            assert price == pytest.approx(side.price if move else 100.0)
    assert short.chance_24h == pytest.approx(long.chance_24h)
    assert (short.next_scheduled_ms, short.leverage) == (long.next_scheduled_ms, long.effective_leverage)


def test_beyond_a_trigger_the_distance_is_nothing() -> None:
    found = column(BAND, leverage("4.5"), 0.03)
    assert found.lower_move_ratio == 0.0
    assert (found.sigmas, found.chance_24h) == (0.0, 1.0)
    assert page(BAND, leverage("4.5"), volatility_day=0.03).chance_24h == 1.0


# -- leverage ----------------------------------------------------------------------------------------------------


def test_without_a_leverage_it_is_worked_out_from_the_nav_and_marked() -> None:
    """From 3× at NAV 3 to NAV 2: the underlying fell by a ninth, so the leverage is 4."""
    bare = replace(QUOTE, effective_leverage=None, rebalance_nav=Decimal(3), rebalance_ms=START)
    found = page(BAND, bare)
    assert found.effective_leverage == pytest.approx(4.0)
    assert found.leverage_estimated
    assert column(BAND, bare).leverage == pytest.approx(4.0)
    assert column(BAND, bare).estimated
    assert not page(BAND).leverage_estimated


def test_a_venue_that_leaves_the_sign_out_is_understood() -> None:
    short = replace(BAND, target_leverage=Decimal(-3))
    assert page(short, leverage("3.2")).effective_leverage == -3.2
    assert column(short, leverage("3.2")).leverage == -3.2


@pytest.mark.parametrize("quote", [None, TokenQuote(key=KEY), TokenQuote(key=KEY, nav=Decimal(1))])
def test_what_is_not_known_is_none_and_said(quote: TokenQuote | None) -> None:
    found = page(BAND, quote)
    assert (found.effective_leverage, found.lower, found.upper, found.crash_ratio) == (None, None, None, None)
    assert found.rule
    assert "not known" in found.summary
    if quote is not None:
        assert column(BAND, quote) == NextRebalance(
            leverage=None,
            estimated=False,
            lower_move_ratio=None,
            upper_move_ratio=None,
            lower_price=None,
            upper_price=None,
            sigmas=None,
            chance_24h=None,
            next_scheduled_ms=None,
            assumed=False,
        )


def test_without_a_price_the_moves_are_known_all_the_same() -> None:
    found = page(BAND, replace(QUOTE, underlying_price=None))
    assert found.lower is not None
    assert found.lower.price is None
    assert found.lower.move_ratio == pytest.approx(-0.12)
    assert column(BAND, replace(QUOTE, underlying_price=None)).lower_price is None


# -- schedule ----------------------------------------------------------------------------------------------------


def test_the_next_check_and_whether_it_would_act() -> None:
    found = page(GATE, leverage("3.005"))
    assert found.next_scheduled_ms == START + 16 * HOUR
    assert found.scheduled_acts_now is False
    assert page(GATE, leverage("3.3")).scheduled_acts_now is True
    assert page(DAILY).scheduled_acts_now is True
    assert page(BAND).next_scheduled_ms is None
    assert "The next daily check is at 16:00 UTC and would act as things stand." in page(DAILY).summary
    assert column(GATE).next_scheduled_ms == START + 16 * HOUR


def test_the_rule_in_force_counts_and_a_plan_knows_when_it_ends() -> None:
    later = replace(BAND, effective_from_ms=NOW + DAY)
    plan = radar_plan(token(DAILY, later), NOW)
    assert plan is not None
    assert plan.edges == ()
    assert plan.until_ms == NOW + DAY
    after = radar_plan(token(DAILY, later), plan.until_ms)
    assert after is not None
    assert after.edges == (2.25, 4.125)
    assert radar_plan(token(), NOW) is None
    assert radar_plan(token(BAND, target="0"), NOW) is None


# -- a crash -----------------------------------------------------------------------------------------------------


def test_several_rebalances_in_one_crash() -> None:
    """A fall of 30 % passes 4.125× twice on the way: from 100 to 88, from 88 to 77.44, and on to 70."""
    found = page(BAND)
    assert (found.crash_ratio, found.crash_triggers) == (-0.3, 2)
    assert found.crash_nav_ratio == pytest.approx(0.64**2 * (1 + 3 * (70 / 77.44 - 1)) - 1)
    near = page(BAND, leverage("4"))
    assert near.lower is not None
    rest = 0.7 / (1 + near.lower.move_ratio)
    assert near.crash_triggers == 1 + math.floor(math.log(rest) / math.log(0.88))
    short = page(replace(BAND, target_leverage=Decimal(-3)), leverage("-3"))
    assert short.crash_ratio == 0.3
    assert short.crash_triggers == 3


def test_a_rule_without_a_trigger_is_wiped_out_by_enough() -> None:
    found = page(replace(DAILY, target_leverage=Decimal(5)), leverage("5"))
    assert (found.crash_triggers, found.crash_nav_ratio) == (0, -1.0)
    wide = page(replace(BAND, band_high=Decimal(60)))
    assert wide.crash_triggers == 0
    assert wide.crash_nav_ratio == pytest.approx(-0.9)


# -- odds --------------------------------------------------------------------------------------------------------


def test_the_chance_of_either_side_is_the_simulated_one() -> None:
    rng = np.random.default_rng(1)
    steps = 1500
    walk = np.cumsum(rng.normal(0, 1 / math.sqrt(steps), (4000, steps)), axis=1)
    for below, above in ((0.5, 0.9), (1.2, 1.0), (0.2, 3.0)):
        # A walk watched at steps misses what lies between: its levels are a little further away.
        shift = 0.5826 / math.sqrt(steps)
        touched = (walk.min(axis=1) <= -below + shift) | (walk.max(axis=1) >= above - shift)
        assert chance_of_either(below, above) == pytest.approx(float(touched.mean()), abs=0.025)


@given(st.floats(0, 8), st.floats(0, 8))
def test_the_chance_of_either_lies_between_the_larger_and_the_sum(below: float, above: float) -> None:
    one, other, both = chance_of_either(below, None), chance_of_either(None, above), chance_of_either(below, above)
    assert max(one, other) - 1e-9 <= both <= min(one + other, 1.0) + 1e-9
    assert one == pytest.approx(math.erfc(below / math.sqrt(2)))
    assert chance_of_either(None, None) == 0.0


# -- the page's words ----------------------------------------------------------------------------------------------


def test_the_page_names_rule_source_and_history() -> None:
    event = RebalanceEvent(START, "band edge", 4.125, 3.0, True)
    stated = replace(BAND, source="help page", effective_from_ms=START - 400 * DAY)
    found = page(stated, replace(QUOTE, rebalance_ms=START + HOUR), history=(event,))
    assert found.rule == "back to 3×: at once outside 2.25–4.125×, rule since 27 November 2024"
    assert (found.source, found.assumed) == ("help page", False)
    assert found.history == (event,)
    assert found.last_ms == START + HOUR
    assert found.summary == "It rebalances when BTC falls 12.0 % to 88 or BTC rises 20.0 % to 120."
    assert page(GATE).summary.endswith("The rule is assumed.")
    assert page(DAILY).summary.startswith("No price makes it rebalance at once.")
