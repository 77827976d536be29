from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from levdesk.domain.basket import BasketCosts, BasketRule, BasketState, EventKind, opening_state
from levdesk.domain.basket_path import run_basket
from levdesk.domain.basket_tape import clock_crossings
from levdesk.domain.errors import SettingInvalid
from levdesk.domain.nav import advance
from tests.domain.baskets import HOUR_MS, START_MS, rules, walk


@given(
    rule=rules(),
    seed=st.integers(0, 10_000),
    rows=st.sampled_from([2, 3, 30, 300, 900]),
    vol=st.sampled_from([0.0, 0.003, 0.02, 0.06]),
    costs=st.builds(
        BasketCosts,
        fee_ratio=st.sampled_from([0.0, 0.0005, 0.01]),
        fee_utc_s=st.sampled_from([None, 0, 50_000]),
        cost_ratio=st.sampled_from([0.0, 0.0006, 0.01]),
    ),
    funding=st.sampled_from(["none", "each", "sparse"]),
)
@settings(max_examples=150, deadline=None)
def test_the_event_grid_is_the_row_by_row_book(
    rule: BasketRule, seed: int, rows: int, vol: float, costs: BasketCosts, funding: str
) -> None:
    rng = np.random.default_rng(seed)
    prices = 100 * np.exp(np.cumsum(rng.normal(scale=vol, size=rows)))
    rates = np.zeros(rows)
    if funding == "each":
        rates = rng.normal(scale=3e-4, size=rows)
    elif funding == "sparse":
        rates[8::8] = rng.normal(scale=1e-3, size=len(rates[8::8]))
    ts_ms = START_MS + np.cumsum(rng.integers(1, 20, size=rows)) * HOUR_MS

    slow = walk(prices.tolist(), rule, costs, rates.tolist(), ts_ms.tolist())
    fast = run_basket(prices, rule, costs=costs, funding_rates=rates, ts_ms=ts_ms)

    navs = np.array(slow.navs)
    assert fast.event_rows.tolist() == slow.events
    assert fast.wiped_out == (navs[-1] == 0.0)
    np.testing.assert_allclose(fast.nav_rows(), navs, rtol=1e-9, atol=1e-12)
    near_zero = navs < 1e-3
    np.testing.assert_allclose(fast.leverage_rows()[~near_zero], np.array(slow.leverages)[~near_zero], rtol=1e-7)
    assert fast.end.nav == pytest.approx(navs[-1], rel=1e-9, abs=1e-12)
    assert fast.intervals.end_nav[-1] == (0.0 if fast.wiped_out else fast.end.nav)
    if fast.wiped_out:
        assert fast.dead_row == int(np.argmax(navs == 0.0))


@given(rule=rules(), seed=st.integers(0, 1000), cut=st.integers(1, 398))
@settings(max_examples=60, deadline=None)
def test_two_halves_chained_by_state_are_the_whole(rule: BasketRule, seed: int, cut: int) -> None:
    rng = np.random.default_rng(seed)
    prices = 100 * np.exp(np.cumsum(rng.normal(scale=0.02, size=400)))
    rates = rng.normal(scale=1e-4, size=400)
    ts_ms = START_MS + np.arange(400) * HOUR_MS
    if rule.every_rows is not None:
        cut = max(1, cut // rule.every_rows) * rule.every_rows % 399 or 1
        if cut % rule.every_rows:
            return
    whole = run_basket(prices, rule, funding_rates=rates, ts_ms=ts_ms)
    first = run_basket(prices[: cut + 1], rule, funding_rates=rates[: cut + 1], ts_ms=ts_ms[: cut + 1])
    if first.wiped_out:
        assert whole.dead_row == first.dead_row
        return
    second = run_basket(prices[cut:], rule, funding_rates=rates[cut:], ts_ms=ts_ms[cut:], start=first.end)
    assert second.end.nav == pytest.approx(whole.end.nav, rel=1e-9, abs=1e-12)
    assert second.end.leverage == pytest.approx(whole.end.leverage, rel=1e-7)
    assert second.end.event_price == whole.end.event_price
    assert [*first.event_rows, *(second.event_rows + cut)] == whole.event_rows.tolist()


@given(rule=rules(), seed=st.integers(0, 1000))
@settings(max_examples=40, deadline=None)
def test_a_tick_by_tick_token_takes_the_same_path(rule: BasketRule, seed: int) -> None:
    rng = np.random.default_rng(seed)
    prices = 100 * np.exp(np.cumsum(rng.normal(scale=0.015, size=200)))
    ts_ms = START_MS + np.arange(200) * HOUR_MS
    costs = BasketCosts(fee_ratio=0.001, cost_ratio=0.0006)
    state = opening_state(rule, float(prices[0]))
    checks = clock_crossings(ts_ms, rule.clock_utc_s) > 0 if rule.clock_utc_s is not None else np.zeros(200, bool)
    if rule.every_rows is not None:
        checks[rule.every_rows :: rule.every_rows] = True
    kinds = []
    for row in range(1, 200):
        state, kind = advance(
            state, rule, float(prices[row]), costs=costs, funding_rate=0.0001, scheduled=bool(checks[row])
        )
        kinds += [] if kind in {None, EventKind.WIPED_OUT} else [kind]
    path = run_basket(prices, rule, costs=costs, funding_rates=0.0001, ts_ms=ts_ms)
    assert list(path.event_kinds) == kinds
    assert path.end.nav == pytest.approx(state.nav, rel=1e-9, abs=1e-12)


def test_a_long_quiet_history_is_searched_over_many_blocks() -> None:
    prices = np.full(100_000, 100.0)
    prices[77_777:] = 80.0
    path = run_basket(prices, BasketRule(target=3.0, band=(2.0, 4.0)))
    assert path.event_rows.tolist() == [77_777]
    assert path.event_kinds == (EventKind.BAND,)
    assert path.end.nav == pytest.approx(0.4)


def test_a_wipe_out_between_two_daily_resets_counts_even_when_the_price_comes_back() -> None:
    prices = np.array([100.0, 100, 100, 100, 60, 100, 100, 100])
    path = run_basket(prices, BasketRule(target=3.0, every_rows=3))
    assert path.dead_row == 4
    assert path.event_rows.tolist() == [3]
    assert path.nav_rows().tolist() == [1, 1, 1, 1, 0, 0, 0, 0]
    assert path.leverage_rows().tolist() == [3, 3, 3, 3, 0, 0, 0, 0]
    assert path.end == BasketState(nav=0.0, leverage=0.0, price=100.0, event_price=100.0)


def test_observed_rebalances_replace_the_rule() -> None:
    prices = np.array([100.0, 110, 100, 105, 100])
    rule = BasketRule(target=3.0, every_rows=1)
    path = run_basket(prices, rule, observed_rows=np.array([2]))
    assert path.event_rows.tolist() == [2]
    assert path.event_kinds == (EventKind.OBSERVED,)
    assert path.end.nav == pytest.approx(1.0)
    with pytest.raises(SettingInvalid, match="observed"):
        run_basket(prices, rule, observed_rows=np.array([0, 2]))


@pytest.mark.parametrize(
    ("band", "moves"),
    [((2.25, 4.125), (0.88, 1.2)), ((2.8, 3.2), (1 - 1 / 33, 1 + 1 / 27)), ((2.0, 4.0), (8 / 9, 4 / 3))],
)
def test_a_price_exactly_on_a_band_edge_rebalances(band: tuple[float, float], moves: tuple[float, float]) -> None:
    for move in moves:
        for price in (1.0, 7.3, 66_123.45):
            for rates in (0.0, np.array([0.0, 0.0])):
                path = run_basket(
                    np.array([price, price * move]), BasketRule(target=3.0, band=band), funding_rates=rates
                )
                assert path.event_rows.tolist() == [1]


@pytest.mark.parametrize(
    ("prices", "extra", "message"),
    [
        ([], {}, "no prices"),
        ([1.0, -1.0], {}, "row 1 is not above zero"),
        ([1.0, math.nan, 2.0], {}, "row 1 is not above zero"),
        ([1.0, 2.0, math.inf], {}, "row 2 is not above zero"),
        ([1.0, 2.0], {"funding_rates": np.zeros(3)}, "3 funding rates for 2 prices"),
        ([1.0, 2.0], {"funding_rates": math.nan}, "not a ratio"),
        ([1.0, 2.0], {"ts_ms": np.array([5, 5])}, "do not rise"),
        ([1.0, 2.0], {"costs": BasketCosts(fee_ratio=0.1, fee_utc_s=0)}, "needs the time"),
        ([1.0, 2.0], {"costs": BasketCosts(cost_ratio=0.09)}, "eat the whole NAV"),
        ([1.0, 2.0], {"start": BasketState(nav=0.0, leverage=0.0, price=1.0, event_price=1.0)}, "starting basket"),
        ([1.0, 2.0], {"start": BasketState(nav=1.0, leverage=-3.0, price=1.0, event_price=1.0)}, "starting basket"),
    ],
)
def test_wrong_input_is_refused_in_words(prices: list[float], extra: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingInvalid, match=message):
        run_basket(np.array(prices), BasketRule(target=20.0, every_rows=1), **extra)


def test_one_row_is_a_path_of_nothing() -> None:
    path = run_basket(np.array([5.0]), BasketRule(target=3.0, every_rows=1))
    assert path.nav_rows().tolist() == [1.0]
    assert path.end.leverage == 3.0


def test_the_cost_of_the_trade_itself_can_be_the_end_and_nothing_after_it_counts() -> None:
    prices = np.array([100.0, 119.95, 100.0, 119.0, 150.0, 100.0])
    path = run_basket(prices, BasketRule(target=-5.0, every_rows=1), costs=BasketCosts(cost_ratio=0.01))
    assert path.dead_row == 1
    assert path.event_rows.tolist() == []
    assert path.nav_rows().tolist() == [1, 0, 0, 0, 0, 0]


def test_a_whole_number_as_target_changes_nothing() -> None:
    prices = np.array([100.0, 103.0, 97.0, 110.0])
    start = BasketState(nav=1.0, leverage=2.7, price=100.0, event_price=99.0)
    whole = run_basket(prices, BasketRule(target=3, every_rows=2), start=start)
    exact = run_basket(prices, BasketRule(target=3.0, every_rows=2), start=start)
    assert whole.nav_rows().tolist() == exact.nav_rows().tolist()
