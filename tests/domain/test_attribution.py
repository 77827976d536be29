from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from levdesk.domain.attribution import Terms, compare_with_plain, explain, with_observed
from levdesk.domain.basket import NO_COSTS, BasketCosts, BasketRule
from levdesk.domain.basket_path import BasketPath, run_basket
from levdesk.domain.errors import SettingInvalid
from tests.domain.baskets import HOUR_MS, START_MS, rules, walk

EIGHT_HOUR_MARKS = np.array([100.0, 102, 99, 105, 103, 101, 104, 108, 110, 104, 101, 99, 100])


def daily(moves: list[float], target: float) -> BasketPath:
    prices = np.asarray(np.cumprod([1.0, *(1 + move for move in moves)]), np.float64)
    return run_basket(prices, BasketRule(target=target, every_rows=1))


def six(value: float | None) -> str:
    assert value is not None
    return f"{value:.6f}"


# ----------------------------------------------------------------------------------------- worked examples


@pytest.mark.parametrize(
    ("target", "nav", "decay", "estimate"),
    [(3.0, "0.945455", "-0.056089", "-0.054793"), (-3.0, "0.890909", "-0.115513", "-0.109587")],
)
def test_a_round_trip_of_ten_percent_is_all_decay(target: float, nav: str, decay: str, estimate: str) -> None:
    path = run_basket(np.array([100.0, 110.0, 100.0]), BasketRule(target=target, every_rows=1))
    found = explain(path)
    assert six(path.end.nav) == nav
    assert six(found.nav_ratio) == nav
    assert found.terms.leveraged_move == 0.0
    assert found.terms.leverage_drift == 0.0
    assert six(found.terms.volatility_decay) == decay
    assert six(found.az_decay) == estimate
    assert path.end.nav == pytest.approx(1 - target * (target - 1) * 0.01 / 1.1, rel=1e-14)


def test_four_rises_of_ten_percent_help() -> None:
    found = explain(daily([0.1] * 4, 3.0))
    assert f"{(found.nav_ratio - 1) * 100:.2f}" == "185.61"
    assert f"{found.underlying_ratio * 100:.2f}" == "46.41"
    assert f"{found.plain.plain_ratio * 100:.2f}" == "139.23"
    assert six(math.log1p(found.plain.plain_ratio)) == "0.872255"
    assert six(found.plain.compounding) == "0.271467"
    assert six(found.terms.volatility_decay) == "-0.094265"
    assert six(found.terms.total) == "1.049457"
    assert found.plain.reset_effect is not None
    assert found.plain.reset_effect > 0


def test_four_falls_of_ten_percent_spare_what_the_plain_multiple_lost() -> None:
    found = explain(daily([-0.1] * 4, 3.0))
    assert f"{(found.nav_ratio - 1) * 100:.2f}" == "-75.99"
    assert f"{found.underlying_ratio * 100:.2f}" == "-34.39"
    assert f"{found.plain.plain_ratio * 100:.2f}" == "-103.17"
    assert found.plain.compounding is None
    assert found.plain.reset_effect is None


def test_up_and_down_hurts() -> None:
    found = explain(daily([0.1, -0.1, 0.1, -0.1], 3.0))
    assert f"{(found.nav_ratio - 1) * 100:.2f}" == "-17.19"
    assert f"{found.underlying_ratio * 100:.2f}" == "-1.99"
    assert f"{found.plain.plain_ratio * 100:.2f}" == "-5.97"
    assert six(math.log1p(found.plain.plain_ratio)) == "-0.061556"
    assert six(found.plain.compounding) == "0.001254"
    assert six(found.terms.volatility_decay) == "-0.128319"
    assert six(found.terms.total) == "-0.188621"
    assert found.plain.reset_effect is not None
    assert found.plain.reset_effect < 0


def test_twice_the_move_up_ten_and_down_twenty() -> None:
    found = explain(daily([0.1, -0.2], 2.0))
    assert f"{(found.nav_ratio - 1) * 100:.2f}" == "-28.00"
    assert six(math.log1p(found.plain.plain_ratio)) == "-0.274437"
    assert six(found.plain.compounding) == "0.018770"
    assert six(found.terms.volatility_decay) == "-0.072837"
    assert six(found.terms.total) == "-0.328504"


def eight_hour_path() -> BasketPath:
    return run_basket(
        EIGHT_HOUR_MARKS,
        BasketRule(target=3.0, every_rows=3),
        costs=BasketCosts(fee_ratio=0.0003, cost_ratio=0.0006),
        funding_rates=0.0001,
    )


def test_eight_hour_marks_with_every_cost() -> None:
    path = eight_hour_path()
    terms = explain(path).terms
    assert f"{path.end.nav:.12f}" == "0.983149036422"
    assert terms.leveraged_move == 0.0
    assert f"{terms.volatility_decay:.9f}" == "-0.011827917"
    assert f"{terms.funding:.9f}" == "-0.003612890"
    assert f"{terms.management_fee:.9f}" == "-0.001200180"
    assert f"{terms.rebalance_cost:.9f}" == "-0.000353570"
    assert f"{terms.total:.9f}" == "-0.016994556"
    assert terms.total == pytest.approx(math.log(path.end.nav), abs=1e-15)
    ratios = terms.as_ratios()
    shown = [ratios.volatility_decay, ratios.funding, ratios.management_fee, ratios.rebalance_cost, ratios.total]
    assert [f"{part * 100:.6f}" for part in shown] == [
        "-1.172798",
        "-0.358236",
        "-0.119004",
        "-0.035058",
        "-1.685096",
    ]


def test_on_the_bar_grid_the_split_between_decay_and_drift_is_another() -> None:
    path = eight_hour_path()
    bars = sum((explain(path, row, row + 1).terms for row in range(12)), Terms())
    assert f"{bars.volatility_decay:.4f}" == "-0.0364"
    assert f"{bars.leverage_drift:.4f}" == "0.0246"
    assert bars.total == pytest.approx(explain(path).terms.total, abs=1e-14)


def test_iyf_and_skf_in_the_crash_of_2008() -> None:
    found = compare_with_plain(-2.0, 45.35 / 44.98 - 1, math.log(117.18 / 135.05))
    assert f"{found.plain_ratio * 100:.1f}" == "-1.6"
    assert f"{(117.18 / 135.05 - 1) * 100:.1f}" == "-13.2"


# ------------------------------------------------------------------------------------ the identity is exact


@given(
    rule=rules(),
    seed=st.integers(0, 10_000),
    rows=st.sampled_from([2, 30, 240]),
    vol=st.sampled_from([0.003, 0.02]),
    costs=st.builds(
        BasketCosts,
        fee_ratio=st.sampled_from([0.0, 0.0005]),
        fee_utc_s=st.sampled_from([None, 50_000]),
        cost_ratio=st.sampled_from([0.0, 0.0006]),
    ),
)
def test_the_terms_add_up_to_the_log_return_of_a_book_kept_by_hand(
    rule: BasketRule, seed: int, rows: int, vol: float, costs: BasketCosts
) -> None:
    rng = np.random.default_rng(seed)
    prices = 100 * np.exp(np.cumsum(rng.normal(scale=vol, size=rows)))
    rates = rng.normal(scale=2e-4, size=rows)
    ts_ms = START_MS + np.arange(rows) * HOUR_MS
    slow = walk(prices.tolist(), rule, costs, rates.tolist(), ts_ms.tolist())
    # Close to a wipe-out the book itself loses digits.
    assume(min(slow.navs) > 0.05)
    path = run_basket(prices, rule, costs=costs, funding_rates=rates, ts_ms=ts_ms)
    found = explain(path)
    assert found.terms.total == pytest.approx(math.log(slow.navs[-1]), abs=1e-12)
    assert found.resets == len(slow.events)
    assert found.terms.volatility_decay <= 1e-12 or 0 < rule.target < 1
    assert math.fsum(found.terms.as_ratios().values()) == pytest.approx(slow.navs[-1] - 1, abs=1e-12)


@given(rule=rules(), seed=st.integers(0, 10_000), cuts=st.tuples(st.integers(0, 200), st.integers(0, 200)))
def test_a_purchase_and_a_sale_anywhere_cut_the_life_into_parts_that_add_up(
    rule: BasketRule, seed: int, cuts: tuple[int, int]
) -> None:
    rng = np.random.default_rng(seed)
    prices = 100 * np.exp(np.cumsum(rng.normal(scale=0.015, size=201)))
    ts_ms = START_MS + np.arange(201) * HOUR_MS
    costs = BasketCosts(fee_ratio=0.0005, fee_utc_s=0 if seed % 2 else None, cost_ratio=0.0006)
    path = run_basket(prices, rule, costs=costs, funding_rates=0.0001, ts_ms=ts_ms)
    navs = path.nav_rows()
    assume(navs.min() > 0.05)
    first, second = sorted(cuts)
    parts = [explain(path, 0, first), explain(path, first, second), explain(path, second)]
    for found, (start, end) in zip(parts, [(0, first), (first, second), (second, 200)], strict=True):
        assert found.terms.total == pytest.approx(math.log(navs[end] / navs[start]), abs=1e-11)
    whole = explain(path)
    assert sum(found.resets for found in parts) == whole.resets
    # Cutting an interval moves a little between decay, drift, funding and fee, never out of the sum.
    for name in ("leveraged_move", "rebalance_cost"):
        total = sum(getattr(found.terms, name) for found in parts)
        assert total == pytest.approx(getattr(whole.terms, name), abs=1e-12)


@given(
    target=st.floats(1, 6) | st.floats(-6, 0),
    move=st.floats(-0.95, 5),
)
def test_compounding_over_the_plain_multiple_is_never_a_loss(target: float, move: float) -> None:
    found = compare_with_plain(target, move, -0.01)
    if 1 + target * move > 0:
        assert found.compounding is not None
        assert found.compounding >= 0.0
    else:
        assert found.compounding is None


def test_an_open_interval_is_explained_at_its_live_leverage() -> None:
    path = run_basket(np.array([100.0, 120.0, 110.0]), BasketRule(target=3.0, band=(1.5, 4.0)))
    late = explain(path, 1)
    leverage = path.leverage_rows()[1]
    assert leverage == pytest.approx(2.25)
    assert late.terms.leverage_drift == pytest.approx((leverage - 3) * math.log(110 / 120))
    assert late.terms.total == pytest.approx(math.log(1.3 / 1.6))
    assert late.resets == 0


def test_jumps_are_what_the_second_order_misses() -> None:
    found = explain(daily([-0.25, 0.02], 3.0))
    assert found.jump_decay == pytest.approx(found.terms.volatility_decay - 0.5 * (3 - 9) * (0.25**2 + 0.02**2))
    assert found.jump_decay < 0


def test_nothing_between_two_equal_rows() -> None:
    found = explain(eight_hour_path(), 4, 4)
    assert found.terms == Terms()
    assert found.nav_ratio == 1.0


# ---------------------------------------------------------------------------------------- wipe-out, residual


def test_a_wiped_out_token_is_marked_and_explained_up_to_its_last_rebalance() -> None:
    path = run_basket(np.array([100.0, 110.0, 66.0, 100.0]), BasketRule(target=3.0, every_rows=1))
    found = explain(path)
    assert found.wiped_out
    assert found.nav_ratio == 0.0
    assert found.terms.total == pytest.approx(math.log(1.3))
    before = explain(path, 0, 1)
    assert not before.wiped_out
    assert before.terms == found.terms
    with pytest.raises(SettingInvalid, match="living stretch"):
        explain(path, 2, 3)
    with pytest.raises(SettingInvalid, match="living stretch"):
        explain(path, 1, 9)


def test_the_residual_takes_what_the_model_does_not_explain_and_premium_is_named() -> None:
    modelled = explain(eight_hour_path()).terms
    price_ratio = 0.983149036422 * 1.02 / 0.99 * 0.999
    seen = with_observed(modelled, price_ratio, -0.01, 0.02)
    assert seen.premium_change == pytest.approx(math.log(1.02 / 0.99))
    assert seen.residual == pytest.approx(math.log(0.999), abs=1e-9)
    assert seen.total == pytest.approx(math.log(price_ratio), abs=1e-15)
    blind = with_observed(modelled, price_ratio)
    assert blind.premium_change == 0.0
    assert blind.residual == pytest.approx(seen.residual + seen.premium_change)
    with pytest.raises(SettingInvalid):
        with_observed(modelled, 0.0)


def test_two_rules_in_a_row_add_up_through_the_state_between_them() -> None:
    prices = np.array([100.0, 104, 99, 101, 97, 103, 100])
    first = run_basket(prices[:4], BasketRule(target=2.3, band=(1.8, 3.0)), costs=NO_COSTS)
    second = run_basket(prices[3:], BasketRule(target=3.0, every_rows=1), start=first.end)
    total = explain(first).terms + explain(second).terms
    assert total.total == pytest.approx(math.log(second.end.nav), abs=1e-14)
