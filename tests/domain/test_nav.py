from __future__ import annotations

import math
from decimal import Decimal

import pytest

from levdesk.domain.basket import BasketCosts, BasketRule, BasketState, EventKind, basket_rule, opening_state
from levdesk.domain.errors import SettingInvalid
from levdesk.domain.instruments import RebalanceRule, ScheduledCondition
from levdesk.domain.nav import (
    advance,
    charge_fee,
    leverage_after_move,
    live_nav,
    merge_units,
    move_price,
    pay_funding,
    rebalance,
    reconcile,
    traded_notional,
)


def state(nav: float = 1.0, leverage: float = 3.0, price: float = 100.0) -> BasketState:
    return BasketState(nav=nav, leverage=leverage, price=price, event_price=price)


# ------------------------------------------------------------------------------- figures the issuers publish


def test_ftx_ethbull_is_150_eth_less_20000_of_debt() -> None:
    nav = -20_000 + 150 * 210.0
    assert nav == 11_500
    assert 150 * 210.0 / nav == pytest.approx(2.739, abs=5e-4)


def test_poloniex_bull_after_five_percent_up_buys_60_dollars() -> None:
    moved = move_price(state(nav=200.0), 105.0)
    assert moved.nav == pytest.approx(230.0)
    assert moved.leverage == pytest.approx(2.739, abs=5e-4)
    assert traded_notional(moved, rebalance(moved, 3.0)) == pytest.approx(60.0)


def test_gate_after_one_percent_down() -> None:
    assert leverage_after_move(3.0, -0.01) == pytest.approx(297 / 97)


def test_pionex_after_ten_percent_up() -> None:
    assert leverage_after_move(3.0, 0.10) == pytest.approx(33000 / 13000)


def test_bybit_basket_leverage() -> None:
    assert 300 * 40_000 / (10 * 400_000) == 3


def test_htx_nav_is_leverage_times_price_less_debt() -> None:
    assert move_price(state(nav=50.0, price=50.0), 100.0 - 100.0 / 3).nav == pytest.approx(3 * (100 - 100 / 3) - 100)


# --------------------------------------------------------------------------------------------- the four steps


def test_a_long_pays_funding_and_a_short_receives_it() -> None:
    assert pay_funding(state(), 0.001).nav == pytest.approx(1 - 0.003)
    assert pay_funding(state(leverage=-3.0), 0.001).nav == pytest.approx(1 + 0.003)


def test_funding_and_fees_leave_the_units_alone() -> None:
    before = move_price(state(), 104.0)
    after = charge_fee(pay_funding(before, 0.0004), 0.001)
    assert after.leverage * after.nav == pytest.approx(before.leverage * before.nav, rel=1e-15)


@pytest.mark.parametrize("leverage", [2.0, 4.0, -2.0, -4.0])
def test_a_rebalance_reaches_its_target_on_what_is_left_after_its_cost(leverage: float) -> None:
    target = math.copysign(3.0, leverage)
    before = state(nav=7.0, leverage=leverage)
    after = rebalance(before, target, 0.0006)
    assert after.nav == pytest.approx(before.nav - 0.0006 * abs(traded_notional(before, after)), rel=1e-14)
    assert after.leverage == target
    assert after.event_price == before.price


@pytest.mark.parametrize(("leverage", "move"), [(3.0, -1 / 3), (3.0, -0.5), (-3.0, 1 / 3), (-1.0, 1.0)])
def test_a_wipe_out_is_marked_and_stays(leverage: float, move: float) -> None:
    gone = move_price(state(leverage=leverage), 100.0 * (1 + move) * (1 + math.copysign(1e-12, move)))
    assert (gone.nav, gone.leverage, gone.alive) == (0.0, 0.0, False)
    assert move_price(gone, 100.0).nav == 0.0
    assert rebalance(gone, 3.0).nav == 0.0
    assert leverage_after_move(leverage, move * (1 + 1e-9)) is None


def test_a_unit_merge_changes_nav_per_unit_and_nothing_else() -> None:
    merged = merge_units(state(nav=0.05), 100.0)
    assert merged.nav == pytest.approx(5.0)
    assert merged.leverage == 3.0
    with pytest.raises(SettingInvalid):
        merge_units(state(), 0.0)


# -------------------------------------------------------------------------------------------------- one row


def test_advance_takes_funding_before_and_the_fee_with_the_rebalance() -> None:
    rule = BasketRule(target=3.0, every_rows=1)
    costs = BasketCosts(fee_ratio=0.001, cost_ratio=0.0006)
    now, kind = advance(opening_state(rule, 100.0), rule, 110.0, costs=costs, funding_rate=0.0001, scheduled=True)
    nav = 1.3 - 3.3 * 0.0001
    nav *= 1 - 0.001
    leverage = 3.3 / nav
    nav *= (1 + 0.0006 * leverage) / (1 + 0.0006 * 3)
    assert kind is EventKind.SCHEDULED
    assert now.nav == pytest.approx(nav, rel=1e-14)
    assert now.leverage == 3.0


def test_a_fee_with_its_own_clock_is_charged_when_it_is_due_and_not_before() -> None:
    rule = BasketRule(target=3.0, band=(2.0, 4.0))
    costs = BasketCosts(fee_ratio=0.001, fee_utc_s=0)
    quiet, kind = advance(opening_state(rule, 100.0), rule, 100.0, costs=costs)
    assert (quiet.nav, kind) == (1.0, None)
    charged, kind = advance(quiet, rule, 100.0, costs=costs, fee_due=True)
    assert charged.nav == pytest.approx(0.999)
    assert kind is None
    assert charged.leverage == pytest.approx(3 / 0.999)


def test_a_move_of_exactly_the_trigger_fires_it() -> None:
    rule = BasketRule(target=3.0, emergency_move_ratio=0.15)
    for price in (1.0, 3.7, 66_123.45):
        _, kind = advance(opening_state(rule, price), rule, price * 0.85)
        assert kind is EventKind.EMERGENCY
        _, kind = advance(opening_state(rule, price), rule, price * 0.8501)
        assert kind is None
        _, kind = advance(opening_state(rule, price), rule, price * 1.2)
        assert kind is None


def test_a_two_sided_trigger_fires_on_the_good_side_too() -> None:
    rule = BasketRule(target=-3.0, emergency_move_ratio=0.2, emergency_two_sided=True)
    for move in (0.8, 1.2):
        _, kind = advance(opening_state(rule, 50.0), rule, 50.0 * move)
        assert kind is EventKind.EMERGENCY


def test_a_conditional_check_acts_only_outside_its_band_or_after_a_move() -> None:
    rule = BasketRule(target=3.0, clock_utc_s=0, scheduled_band=(2.0, 4.0), scheduled_move_ratio=0.01)
    for price, expected in ((100.5, None), (101.1, EventKind.SCHEDULED), (98.9, EventKind.SCHEDULED)):
        _, kind = advance(opening_state(rule, 100.0), rule, price, scheduled=True)
        assert kind is expected
    _, kind = advance(opening_state(rule, 100.0), rule, 88.0, scheduled=False)
    assert kind is None


# ------------------------------------------------------------------------------------------------ live NAV


def test_live_nav_follows_price_and_funding_from_the_last_anchor() -> None:
    anchor = state(nav=2.0)
    now = live_nav(anchor, 105.0, [(102.0, 0.0001)])
    assert now.nav == pytest.approx(2.0 * (1.15 - 3 * 1.02 * 0.0001))
    assert now.leverage == pytest.approx(2.0 * 3.15 / now.nav)


def test_the_venues_figure_replaces_the_estimate_and_the_gap_is_kept() -> None:
    estimate = live_nav(state(nav=2.0), 105.0)
    told = reconcile(estimate, 2.29)
    assert told.gap_ratio == pytest.approx(2.3 / 2.29 - 1)
    assert told.state.nav == 2.29
    assert told.state.leverage * told.state.nav == pytest.approx(estimate.leverage * estimate.nav)
    assert reconcile(estimate, 2.29, 2.8).state.leverage == 2.8
    with pytest.raises(SettingInvalid):
        reconcile(estimate, math.nan)


# --------------------------------------------------------------------------------------------- wrong input


@pytest.mark.parametrize("price", [0.0, -1.0, math.nan, math.inf])
def test_a_price_that_is_no_price_is_refused(price: float) -> None:
    with pytest.raises(SettingInvalid, match="above zero"):
        move_price(state(), price)


@pytest.mark.parametrize(
    "wrong",
    [
        {"target": 0.0},
        {"target": math.nan},
        {"target": 3.0, "band": (3.0, 4.0)},
        {"target": 3.0, "band": (2.0, 2.5)},
        {"target": 3.0, "every_rows": 0},
        {"target": 3.0, "clock_utc_s": 86_400},
        {"target": -3.0, "emergency_leverage": 3.0},
        {"target": 3.0, "emergency_move_ratio": 0.0},
        {"target": 3.0, "scheduled_move_ratio": math.nan},
    ],
)
def test_a_rule_that_can_never_work_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(SettingInvalid):
        BasketRule(**wrong)  # type: ignore[arg-type]


def test_costs_out_of_range_are_refused() -> None:
    for costs in ({"fee_ratio": 1.0}, {"fee_ratio": math.nan}, {"cost_ratio": -0.1}):
        with pytest.raises(SettingInvalid):
            BasketCosts(**costs)  # type: ignore[arg-type]
    with pytest.raises(SettingInvalid):
        pay_funding(state(), math.nan)
    with pytest.raises(SettingInvalid):
        opening_state(BasketRule(target=3.0), 100.0, nav=0.0)


# ---------------------------------------------------------------------------------- from the dated registry


def test_a_daily_check_that_depends_on_the_band_keeps_the_band_for_the_check() -> None:
    gate = RebalanceRule(
        target_leverage=Decimal(3),
        scheduled_utc_s=16 * 3600,
        scheduled_condition=ScheduledCondition.OUTSIDE_BAND_OR_MOVED,
        scheduled_move_ratio=Decimal("0.01"),
        band_low=Decimal(2),
        band_high=Decimal(4),
        emergency_move_ratio=Decimal("0.2"),
        emergency_two_sided=True,
    )
    assert basket_rule(gate) == BasketRule(
        target=3.0,
        clock_utc_s=57_600,
        scheduled_band=(2.0, 4.0),
        scheduled_move_ratio=0.01,
        emergency_move_ratio=0.2,
        emergency_two_sided=True,
    )


def test_a_band_without_a_clock_acts_at_any_time_and_may_have_one_edge() -> None:
    bybit = RebalanceRule(target_leverage=Decimal(-3), band_low=Decimal(2), band_high=Decimal(4))
    assert basket_rule(bybit) == BasketRule(target=-3.0, band=(2.0, 4.0))
    one_edge = RebalanceRule(target_leverage=Decimal(3), band_high=Decimal(4))
    assert basket_rule(one_edge).band == (0.0, 4.0)
    other_edge = RebalanceRule(target_leverage=Decimal(3), band_low=Decimal(2))
    assert basket_rule(other_edge).band == (2.0, math.inf)
