"""Simulated tokens: exactly what the domain's basket model says, step by step, with merges and delisting on top."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest

from levdesk.domain.basket import BasketState, basket_rule, opening_state
from levdesk.domain.basket_path import run_basket
from levdesk.domain.instruments import FeeSchedule, RebalanceRule, ScheduledCondition
from levdesk.domain.nav import advance
from levdesk.simulator.funding import INTERVAL_MINUTES, LIMIT_RATIO, TrendFunding
from levdesk.simulator.market import Market
from levdesk.simulator.paths import DAY_MINUTES, SeededPaths
from levdesk.simulator.scenario import HALF_A_YEAR
from levdesk.simulator.series import trades_at
from levdesk.simulator.stretches import basket_costs
from levdesk.simulator.tokens import NavPath, TokenSpec, UnitMerge
from tests.simulator.moments import ANCHOR_MS, MINUTE_MS, SEED

DAILY = RebalanceRule(
    target_leverage=Decimal(3),
    scheduled_utc_s=57_600,
    scheduled_condition=ScheduledCondition.OUTSIDE_BAND_OR_MOVED,
    scheduled_move_ratio=Decimal("0.01"),
    band_low=Decimal(2),
    band_high=Decimal(4),
    emergency_leverage=Decimal(4),
)
BAND = RebalanceRule(target_leverage=Decimal(-5), band_low=Decimal("4.2"), band_high=Decimal(6))
ALL_IN = FeeSchedule(management_per_day_ratio=Decimal("0.001"), taken_utc_s=57_600, funding_inside=True)
WITH_FUNDING = FeeSchedule(
    management_per_day_ratio=Decimal("0.0005"), taken_utc_s=85_500, rebalance_cost_ratio=Decimal("0.0004")
)
CASES = [(DAILY, ALL_IN), (BAND, ALL_IN), (DAILY, WITH_FUNDING), (BAND, WITH_FUNDING)]


@pytest.fixture(scope="module")
def paths() -> SeededPaths:
    return SeededPaths(HALF_A_YEAR, seed=SEED, anchor_ms=ANCHOR_MS)


def made(paths: SeededPaths, rule: RebalanceRule, fees: FeeSchedule, *, days: int = 182, **more: object) -> NavPath:
    spec = replace(TokenSpec(symbol="T", underlying="DOGE", rule=rule, fees=fees, opening_nav=2.0), **more)  # type: ignore[arg-type]
    return NavPath(spec, paths, TrendFunding(paths, "DOGE", seed=SEED), history_days=days)


def stepped(paths: SeededPaths, token: NavPath, minutes: int) -> tuple[list[BasketState], list[int]]:
    """The basket walked minute by minute with the domain's one-step functions, and the minutes of its rebalances."""
    rule = basket_rule(token.spec.rule)
    costs = basket_costs(token.spec.fees, rule)
    funding = TrendFunding(paths, "DOGE", seed=SEED)
    prices = paths.grid("DOGE", 0, minutes + 1).tolist()
    state = opening_state(rule, prices[0], token.spec.opening_nav)
    states, events = [state], []
    for minute in range(1, minutes + 1):
        second = minute * 60 % 86_400
        settled = minute % INTERVAL_MINUTES == 0 and not token.spec.fees.funding_inside
        state, kind = advance(
            state,
            rule,
            prices[minute],
            costs=costs,
            funding_rate=funding.rate(minute // INTERVAL_MINUTES) if settled else 0.0,
            scheduled=second == rule.clock_utc_s,
            fee_due=second == costs.fee_utc_s,
        )
        states.append(state)
        if kind is not None:
            events.append(minute)
    return states, events


@pytest.mark.parametrize(("rule", "fees"), CASES)
def test_every_minute_is_the_domain_s_basket(paths: SeededPaths, rule: RebalanceRule, fees: FeeSchedule) -> None:
    token = made(paths, rule, fees)
    minutes = 12 * DAY_MINUTES
    states, events = stepped(paths, token, minutes)
    assert token.grid(0, minutes + 1) == pytest.approx([state.nav for state in states], rel=1e-9)
    happened = [
        (moment - paths.start_ms) // MINUTE_MS for moment in token.rebalances(paths.start_ms + minutes * 60_000)
    ]
    assert happened == events
    assert len(events) >= 3
    for minute in (0, 1, 700, events[0] - 1, events[0], events[0] + 1, minutes):
        basket = token.state_at(paths.start_ms + minute * MINUTE_MS).basket
        assert (basket.nav, basket.leverage, basket.price, basket.event_price) == pytest.approx(
            (states[minute].nav, states[minute].leverage, states[minute].price, states[minute].event_price), rel=1e-9
        )


@pytest.mark.parametrize(("rule", "fees"), CASES)
def test_the_whole_history_is_one_run_of_the_domain_s_path(
    paths: SeededPaths, rule: RebalanceRule, fees: FeeSchedule
) -> None:
    token = made(paths, rule, fees)
    stop = 182 * DAY_MINUTES
    rates = np.zeros(stop + 1)
    if not fees.funding_inside:
        settled = np.arange(1, stop // INTERVAL_MINUTES + 1)
        rates[settled * INTERVAL_MINUTES] = TrendFunding(paths, "DOGE", seed=SEED).rates(1, len(settled) + 1)
    floats = basket_rule(rule)
    whole = run_basket(
        paths.grid("DOGE", 0, stop + 1),
        floats,
        costs=basket_costs(fees, floats),
        funding_rates=rates,
        ts_ms=paths.start_ms + np.arange(stop + 1) * MINUTE_MS,
        start=opening_state(floats, float(paths.grid("DOGE", 0, 1)[0]), 2.0),
    )
    assert np.allclose(token.grid(0, stop), whole.nav_rows()[:-1], rtol=1e-9, atol=0.0)


@pytest.mark.parametrize(("rule", "fees"), CASES)
def test_portions_join_without_a_seam(paths: SeededPaths, rule: RebalanceRule, fees: FeeSchedule) -> None:
    whole, daily = made(paths, rule, fees, days=60), made(paths, rule, fees, days=2)
    stop = 50 * DAY_MINUTES
    assert np.allclose(daily.grid(0, stop), whole.grid(0, stop), rtol=1e-9, atol=0.0)
    until = paths.start_ms + stop * MINUTE_MS
    assert daily.rebalances(until) == whole.rebalances(until)


def test_between_minutes_nav_follows_the_second_s_price_at_the_leverage_it_had(paths: SeededPaths) -> None:
    token = made(paths, DAILY, ALL_IN)
    moment = ANCHOR_MS // MINUTE_MS * MINUTE_MS
    before, now = token.state_at(moment).basket, token.state_at(moment + 41_000).basket
    move = now.price / before.price - 1.0
    assert now.price == paths.price_at("DOGE", moment + 41_000)
    assert now.nav == pytest.approx(before.nav * (1.0 + before.leverage * move), rel=1e-12)


def test_the_last_rebalance_explains_nav_and_leverage(market: Market) -> None:
    """NAV = NAV_pre · (1 + L·Δ) until a fee is taken, as the venue page derives it."""
    checked = 0
    for pair in market.pairs:
        if pair.token is None or not pair.trades(ANCHOR_MS):
            continue
        moment = pair.token.rebalances(ANCHOR_MS)[-1]
        state = pair.token.state_at(moment + 5 * MINUTE_MS)
        if state.rebalance_ms != moment or state.basket.event_price == state.basket.price:
            continue
        target, move = float(pair.token.spec.target_leverage), state.basket.price / state.basket.event_price - 1.0
        assert state.basket.nav == pytest.approx(state.rebalance_nav * (1.0 + target * move), rel=2e-3)
        checked += 1
    assert checked > 15


def test_leverage_keeps_its_side_and_its_band(market: Market) -> None:
    for pair in market.pairs:
        if pair.token is None:
            continue
        rule, sign = pair.token.spec.rule, 1 if pair.token.spec.target_leverage > 0 else -1
        for days in (0, 13, 29):
            moment = ANCHOR_MS - days * DAY_MINUTES * MINUTE_MS
            if not pair.trades(moment):
                continue
            magnitude = sign * pair.token.state_at(moment).basket.leverage
            assert rule.band_low is not None
            assert rule.band_high is not None
            assert float(rule.band_low) * 0.99 <= magnitude <= float(rule.band_high) * 1.02


def test_long_and_short_can_both_lose_in_the_crash(market: Market) -> None:
    """The bounce after the plunge catches the shorts right after they bought back, as in May 2021."""
    both = 0
    for underlying in ("BTC", "ETH", "SOL", "XRP", "DOGE", "ADA"):
        day = market.start_ms + 64 * DAY_MINUTES * MINUTE_MS
        results = []
        for side in ("3L", "3S"):
            pair = market.pair(f"{underlying}{side}_USDT")
            assert pair is not None
            assert pair.token is not None
            results.append(pair.token.price_at(day + DAY_MINUTES * MINUTE_MS) / pair.token.price_at(day) - 1.0)
        assert results[0] < -0.1
        both += results[1] < 0.0
    assert both >= 1


def test_a_merge_multiplies_nav_and_changes_no_return(paths: SeededPaths) -> None:
    plain, merged = made(paths, BAND, ALL_IN), made(paths, BAND, ALL_IN, merges=(UnitMerge(day=50, old_per_new=100),))
    at = 50 * DAY_MINUTES
    ratio = merged.grid(0, 80 * DAY_MINUTES) / plain.grid(0, 80 * DAY_MINUTES)
    assert ratio[:at] == pytest.approx(1.0, rel=1e-12)
    assert ratio[at:] == pytest.approx(100.0, rel=1e-12)
    moment = paths.start_ms + at * MINUTE_MS
    before, after = merged.state_at(moment - 1), merged.state_at(moment)
    assert after.basket.nav == pytest.approx(100.0 * before.basket.nav, rel=0.05)
    assert after.rebalance_nav == pytest.approx(100.0 * before.rebalance_nav, rel=1e-9)
    assert after.basket.leverage == pytest.approx(plain.state_at(moment).basket.leverage, rel=1e-12)


def test_a_token_listed_later_opens_at_its_target(paths: SeededPaths) -> None:
    token = made(paths, BAND, ALL_IN, listed_day=90)
    opened = paths.start_ms + 90 * DAY_MINUTES * MINUTE_MS
    state = token.state_at(opened)
    assert (state.basket.nav, state.basket.leverage) == (2.0, -5.0)
    assert state.rebalance_ms == opened
    assert token.first_minute == 90 * DAY_MINUTES
    assert min(token.rebalances(ANCHOR_MS)) > opened


def test_a_token_that_loses_everything_stops_trading(paths: SeededPaths) -> None:
    reckless = RebalanceRule(target_leverage=Decimal(20), scheduled_utc_s=0)
    token = made(paths, reckless, ALL_IN)
    floats = basket_rule(reckless)
    lost = run_basket(
        paths.grid("DOGE", 0, 182 * DAY_MINUTES),
        floats,
        costs=basket_costs(ALL_IN, floats),
        ts_ms=paths.start_ms + np.arange(182 * DAY_MINUTES) * MINUTE_MS,
    ).dead_row
    assert lost is not None
    assert not trades_at(token, paths.start_ms + lost * MINUTE_MS)
    assert trades_at(token, paths.start_ms + (lost - 1) * MINUTE_MS)
    assert token.end_minute == lost
    assert token.grid(lost - 1, lost)[0] > 0.0


def test_funding_is_dearer_after_a_rise_and_never_beyond_its_limit(paths: SeededPaths) -> None:
    funding = TrendFunding(paths, "SOL", seed=SEED)
    rates = funding.rates(4, 540)
    known = (np.arange(4, 540) - 1) * INTERVAL_MINUTES
    prices = paths.grid("SOL", 0, int(known[-1]) + 1)
    assert np.corrcoef(rates, prices[known] / prices[known - DAY_MINUTES])[0, 1] > 0.8
    assert abs(rates).max() <= LIMIT_RATIO
    assert np.array_equal(rates, np.round(rates, 6))
    assert funding.rate(17) == rates[13]
    assert funding.settlement_ms(funding.number_after(ANCHOR_MS)) > ANCHOR_MS
    assert funding.settlement_ms(funding.number_after(ANCHOR_MS)) - ANCHOR_MS <= 8 * 3_600_000
