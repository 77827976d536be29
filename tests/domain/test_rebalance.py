from __future__ import annotations

import math
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from levdesk.domain.basket import BasketRule, BasketState, EventKind, opening_state
from levdesk.domain.basket_path import run_basket
from levdesk.domain.errors import SettingInvalid
from levdesk.domain.impact import impact_cost, price_impact, trade_with_flow, venue_trade
from levdesk.domain.nav import advance, leverage_after_move, move_price
from levdesk.domain.rebalance import (
    crash,
    decay_of_move,
    hit_probability,
    nav_factor,
    next_scheduled_ms,
    radar,
    scheduled_trade_ratio,
    sigmas_away,
    trigger_move,
)


@pytest.mark.parametrize(
    ("start", "end", "move", "factor", "decay"),
    [
        (3, 4, "-11.1111", "0.666667", "-0.052116"),
        (3, 2, "33.3333", "2.000000", "-0.169899"),
        (-3, -4, "6.6667", "0.800000", "-0.029528"),
        (-3, -5, "11.1111", "0.666667", "-0.089384"),
        (-3, -2, "-11.1111", "1.333333", "-0.065667"),
        (-1, -4, "60.0000", "0.400000", "-0.446287"),
        (3, 4.125, "-12.0000", "0.640000", None),
        (3, 2.25, "20.0000", "1.600000", None),
        (-3, -4.125, "7.3171", None, None),
        (-3, -2.25, "-7.6923", None, None),
        (3, 3.2, "-3.0303", "0.909091", "-0.002995"),
        (3, 2.8, "3.7037", "1.111111", "-0.003742"),
        (2.3, 3, "-15.2174", "0.650000", "-0.051099"),
        (2.3, 1.8, "27.1739", "1.625000", "-0.067379"),
        (-1, -1.3333333333333333, "14.2857", None, None),
        (-1, -2, "33.3333", None, None),
    ],
)
def test_published_table_of_trigger_moves(
    start: float, end: float, move: str, factor: str | None, decay: str | None
) -> None:
    found = trigger_move(start, end)
    assert f"{found * 100:.4f}" == move
    if factor is not None:
        assert f"{nav_factor(start, found):.6f}" == factor
    if decay is not None:
        assert f"{decay_of_move(start, found):.6f}" == decay


@pytest.mark.parametrize(
    ("leverage", "move", "after", "nav"),
    [(3, -0.15, "4.6364", 0.55), (-3, 0.15, "-6.2727", 0.55), (3, -0.2, "6.0000", 0.4), (-3, 0.2, "-9.0000", 0.4)],
)
def test_published_price_moves_and_the_leverage_there(leverage: float, move: float, after: str, nav: float) -> None:
    reached = leverage_after_move(leverage, move)
    assert reached is not None
    assert f"{reached:.4f}" == after
    assert nav_factor(leverage, move) == pytest.approx(nav)


@given(start=st.floats(1.01, 20) | st.floats(-20, -0.1), end=st.floats(1.01, 20) | st.floats(-20, -0.1))
def test_the_trigger_move_takes_leverage_there_or_is_refused(start: float, end: float) -> None:
    if start * end < 0:
        with pytest.raises(SettingInvalid, match="No price move"):
            trigger_move(start, end)
        return
    reached = leverage_after_move(start, trigger_move(start, end))
    assert reached == pytest.approx(end, rel=1e-9)


@pytest.mark.parametrize(("start", "end"), [(3.0, 1.0), (3.0, 0.5), (1.0, 2.0), (0.5, 2.0), (3.0, 0.0), (0.0, 3.0)])
def test_an_impossible_leverage_is_refused(start: float, end: float) -> None:
    with pytest.raises(SettingInvalid):
        trigger_move(start, end)


def test_no_move_is_needed_to_stay() -> None:
    assert trigger_move(1.0, 1.0) == 0.0


@given(leverage=st.floats(1, 10) | st.floats(-10, 0), move=st.floats(-0.99, 3))
def test_decay_is_never_a_gain_outside_zero_to_one(leverage: float, move: float) -> None:
    if 1 + leverage * move <= 1e-9:
        return
    assert decay_of_move(leverage, move) <= 1e-12


# --------------------------------------------------------------------------------------------------- radar


def test_a_long_sells_below_and_buys_above() -> None:
    rule = BasketRule(target=3.0, band=(2.0, 4.0))
    seen = radar(opening_state(rule, 90.0, nav=10.0), rule)
    assert seen.lower is not None
    assert seen.upper is not None
    assert seen.lower.price == pytest.approx(80.0)
    assert seen.lower.kind is EventKind.BAND
    assert seen.lower.leverage == pytest.approx(4.0)
    assert seen.lower.nav == pytest.approx(20 / 3)
    assert seen.lower.traded_ratio == pytest.approx(-1.0)
    assert seen.upper.price == pytest.approx(120.0)
    assert seen.upper.traded_ratio == pytest.approx(1.0)
    assert seen.nearest is seen.lower
    assert seen.wipe_out_price == pytest.approx(60.0)


def test_a_short_buys_back_above_and_its_moves_keep_their_sign() -> None:
    rule = BasketRule(target=-3.0, band=(2.0, 4.0))
    seen = radar(opening_state(rule, 90.0), rule)
    assert seen.upper is not None
    assert seen.lower is not None
    assert seen.upper.move_ratio == pytest.approx(1 / 15)
    assert seen.upper.traded_ratio == pytest.approx(1.0)
    assert seen.lower.move_ratio == pytest.approx(-1 / 9)
    assert seen.nearest is seen.upper
    assert seen.wipe_out_price == pytest.approx(120.0)


def test_the_nearest_of_several_rules_wins_on_each_side() -> None:
    rule = BasketRule(
        target=3.0,
        clock_utc_s=57_600,
        scheduled_band=(2.0, 4.0),
        scheduled_move_ratio=0.01,
        emergency_leverage=4.0,
        emergency_move_ratio=0.2,
        emergency_two_sided=True,
    )
    seen = radar(opening_state(rule, 100.0), rule)
    assert seen.lower is not None
    assert seen.lower.price == pytest.approx(100 * 8 / 9)
    assert seen.lower.kind is EventKind.EMERGENCY
    assert seen.upper is not None
    assert seen.upper.price == pytest.approx(120.0)
    assert seen.check_lower is not None
    assert seen.check_lower.price == pytest.approx(99.0)
    assert seen.check_upper is not None
    assert seen.check_upper.price == pytest.approx(101.0)


def test_distance_is_from_the_live_leverage_and_price_not_from_the_last_event() -> None:
    rule = BasketRule(target=3.0, emergency_move_ratio=0.15, band=(1.5, 4.0))
    live = move_price(opening_state(rule, 100.0), 95.0)
    seen = radar(live, rule)
    assert seen.lower is not None
    assert seen.lower.price == pytest.approx(100 * 8 / 9)
    assert seen.lower.move_ratio == pytest.approx(800 / 9 / 95 - 1)
    narrow = BasketRule(target=3.0, emergency_move_ratio=0.1)
    only = radar(live, narrow)
    assert only.lower is not None
    assert only.lower.price == pytest.approx(90.0)
    assert only.upper is None


def test_a_trigger_already_passed_is_due_now() -> None:
    rule = BasketRule(target=3.0, band=(2.0, 4.0))
    seen = radar(BasketState(nav=1.0, leverage=4.5, price=100.0, event_price=113.0), rule)
    assert seen.lower is not None
    assert seen.lower.due
    assert seen.lower.move_ratio == 0.0
    assert seen.lower.traded_ratio == pytest.approx(-1.5)


def test_edges_that_no_price_reaches_are_absent() -> None:
    one_x = BasketRule(target=1.0, band=(0.5, 2.0))
    seen = radar(opening_state(one_x, 100.0), one_x)
    assert (seen.lower, seen.upper, seen.wipe_out_price, seen.nearest) == (None, None, None, None)
    below_one = BasketRule(target=3.0, band=(0.9, 4.0))
    assert radar(opening_state(below_one, 100.0), below_one).upper is None


def test_an_emergency_move_past_the_wipe_out_says_so() -> None:
    rule = BasketRule(target=5.0, emergency_move_ratio=0.25)
    seen = radar(opening_state(rule, 100.0), rule)
    assert seen.lower is not None
    assert (seen.lower.nav, seen.lower.leverage, seen.lower.traded_ratio) == (0.0, None, None)


def test_a_wiped_out_token_has_no_radar() -> None:
    with pytest.raises(SettingInvalid, match="wiped out"):
        radar(BasketState(nav=0.0, leverage=0.0, price=1.0, event_price=1.0), BasketRule(target=3.0))


@given(
    target=st.sampled_from([2.0, 3.0, 5.0, -1.0, -2.0, -3.0]),
    drift=st.floats(-0.04, 0.04),
    band=st.tuples(st.floats(0.3, 0.9), st.floats(1.1, 2.0)),
    emergency=st.none() | st.floats(0.05, 0.3),
    two_sided=st.booleans(),
)
def test_just_beyond_a_radar_price_the_rule_acts_and_just_before_it_does_not(
    target: float, drift: float, band: tuple[float, float], emergency: float | None, two_sided: bool
) -> None:
    rule = BasketRule(
        target=target,
        band=(abs(target) * band[0], abs(target) * band[1]),
        emergency_move_ratio=emergency,
        emergency_two_sided=two_sided,
    )
    live, kind = advance(opening_state(rule, 100.0), rule, 100.0 * (1 + drift))
    if kind is not None:
        return
    seen = radar(live, rule)
    for trigger in (seen.lower, seen.upper):
        if trigger is None or trigger.leverage is None:
            continue
        outward = math.copysign(1e-7, trigger.move_ratio)
        assert advance(live, rule, trigger.price * (1 + outward))[1] is not None
        assert advance(live, rule, trigger.price * (1 - outward))[1] is None


# ------------------------------------------------------------------------------------- distance and chance


def test_distance_in_daily_sigma_and_chance_by_reflection() -> None:
    move = trigger_move(3, 4)
    assert sigmas_away(move, 0.04) == pytest.approx(-math.log(8 / 9) / 0.04)
    assert hit_probability(move, 0.04, 1.0) == pytest.approx(2 * 0.5 * math.erfc(2.944576 / math.sqrt(2)), rel=1e-5)
    assert hit_probability(move, 0.04, 1 / 24) < 1e-8
    assert hit_probability(0.0, 0.04, 1.0) == 1.0
    assert hit_probability(0.0, 0.0, 1.0) == 1.0
    assert hit_probability(move, 0.0, 1.0) == 0.0
    assert sigmas_away(move, 0.0) is None
    with pytest.raises(SettingInvalid):
        hit_probability(move, math.nan, 1.0)


def test_the_chance_is_what_a_fine_random_walk_does() -> None:
    rng = np.random.default_rng(7)
    steps = 1440
    walks = np.cumsum(rng.normal(scale=0.04 / math.sqrt(steps), size=(4000, steps)), axis=1)
    touched = float((walks.min(axis=1) <= math.log(0.95)).mean())
    assert hit_probability(-0.05, 0.04, 1.0) == pytest.approx(touched, abs=0.02)


def test_the_whalepool_crash_has_three_full_triggers_and_no_fourth() -> None:
    trigger = trigger_move(3, 4)
    down = crash(3.0, trigger, 81.564 / 130 - 1)
    assert down.triggers == 3
    assert f"{down.rest_ratio * 100:.2f}" == "-10.67"
    assert f"{130 * (8 / 9) ** 3:.4f}" == "91.3032"
    rule = BasketRule(target=3.0, band=(0.0, 4.0))
    path = np.array([130.0, 130 * 8 / 9, 130 * (8 / 9) ** 2, 130 * (8 / 9) ** 3, 81.564, 84.0])
    assert f"{20 * run_basket(path, rule).end.nav:.4f}" == "4.5039"


def test_a_crash_of_exactly_two_triggers_counts_both_and_the_other_side_counts_none() -> None:
    trigger = trigger_move(3, 4)
    exact = crash(3.0, trigger, (8 / 9) ** 2 - 1)
    assert exact.triggers == 2
    assert exact.nav_factor == pytest.approx(4 / 9)
    up = crash(3.0, trigger, 0.2)
    assert up.triggers == 0
    assert up.nav_factor == pytest.approx(1.6)
    with pytest.raises(SettingInvalid):
        crash(3.0, 0.0, -0.1)


# ------------------------------------------------------------------------------------------------- schedule


@pytest.mark.parametrize(
    ("now", "clock_s", "following"),
    [
        ("2024-03-31T00:30:00", 16 * 3600, "2024-03-31T16:00:00"),
        ("2024-03-31T16:00:00", 16 * 3600, "2024-04-01T16:00:00"),
        ("2024-10-27T23:59:59", 120, "2024-10-28T00:02:00"),
        ("1969-12-31T23:00:00", 0, "1970-01-01T00:00:00"),
    ],
)
def test_next_check_is_a_utc_clock_time_also_on_the_days_the_clocks_change(
    now: str, clock_s: int, following: str
) -> None:
    def ms(text: str) -> int:
        return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)

    assert next_scheduled_ms(ms(now), clock_s) == ms(following)


# --------------------------------------------------------------------------------------------------- impact


def test_long_and_short_tokens_push_the_same_way() -> None:
    assert venue_trade([(3.0, 10e6)], -0.05) == pytest.approx(-3.0e6)
    assert venue_trade([(-3.0, 10e6)], -0.05) == pytest.approx(-6.0e6)
    assert venue_trade([(3.0, 10e6), (-3.0, 10e6)], -0.05) == pytest.approx(-9.0e6)
    assert scheduled_trade_ratio(3.0, 0.05) * 200 == pytest.approx(60.0)


@pytest.mark.parametrize(("leverage", "factor"), [(2, 2), (3, 6), (-1, 2), (-2, 6), (-3, 12), (5, 20), (-5, 30)])
def test_cheng_and_madhavans_factor(leverage: float, factor: float) -> None:
    assert scheduled_trade_ratio(leverage, 1.0) == factor


def test_a_flow_can_cancel_the_rebalance() -> None:
    assert trade_with_flow(3.0, 1000.0, 0.05, -2.0 * 1000.0 * 0.05) == pytest.approx(0.0)


def test_impact_follows_the_square_root_and_its_cost_the_leverage_gap() -> None:
    assert price_impact(-4e6, 100e6, 0.04) == pytest.approx(-0.008)
    assert impact_cost(-0.008, -1.0, 0.0006) == pytest.approx(0.0046)
    with pytest.raises(SettingInvalid):
        price_impact(1.0, 0.0, 0.04)
