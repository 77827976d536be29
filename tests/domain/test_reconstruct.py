from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from levdesk.domain.attribution import explain
from levdesk.domain.basket import BasketCosts, BasketRule, EventKind
from levdesk.domain.basket_path import run_basket
from levdesk.domain.errors import SettingInvalid
from levdesk.domain.reconstruct import candle_rows, funding_rows, reconstruct
from levdesk.domain.volatility import Bars
from tests.domain.baskets import HOUR_MS, START_MS, rules
from tests.domain.recorded import bars

GATE = BasketRule(
    target=3.0,
    clock_utc_s=57_600,
    scheduled_band=(2.0, 4.0),
    scheduled_move_ratio=0.01,
    emergency_move_ratio=0.2,
    emergency_two_sided=True,
)


def hours(count: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return START_MS + np.arange(count, dtype=np.int64) * HOUR_MS


def test_a_crash_between_two_prices_fires_every_trigger_on_the_way() -> None:
    """The published crash: 130 → 81.564 → 84 at four times leverage, 20 dollars before."""
    found = reconstruct(np.array([130.0, 81.564, 84.0]), hours(3), BasketRule(target=3.0, band=(0.0, 4.0)))
    assert f"{20 * found.path.end.nav:.4f}" == "4.5039"
    assert found.path.event_kinds == (EventKind.BAND,) * 3
    assert found.given_rows.tolist() == [0, 4, 5]
    assert f"{found.path.prices[3]:.4f}" == "91.3032"
    assert found.ts_ms.tolist() == [START_MS, *[START_MS + HOUR_MS] * 4, START_MS + 2 * HOUR_MS]
    assert explain(found.path).resets == 3


def test_a_fall_that_would_wipe_out_a_daily_token_is_survived_through_its_emergency_rebalances() -> None:
    rule = BasketRule(target=3.0, every_rows=24, emergency_move_ratio=0.15)
    prices = np.array([100.0, 60.0])
    assert run_basket(prices, rule).wiped_out
    found = reconstruct(prices, hours(2), rule)
    assert not found.path.wiped_out
    assert found.path.event_kinds == (EventKind.EMERGENCY,) * 3
    assert found.path.end.nav == pytest.approx(0.55**3 * (1 + 3 * (60 / (100 * 0.85**3) - 1)))


@given(
    rule=rules(),
    seed=st.integers(0, 5000),
    costs=st.builds(
        BasketCosts,
        fee_ratio=st.sampled_from([0.0, 0.0005]),
        fee_utc_s=st.sampled_from([None, 50_000]),
        cost_ratio=st.sampled_from([0.0, 0.0006]),
    ),
)
@settings(max_examples=25)
def test_it_is_the_limit_of_watching_ever_more_closely(rule: BasketRule, seed: int, costs: BasketCosts) -> None:
    rng = np.random.default_rng(seed)
    count, fine = 40, 800
    prices = 100 * np.exp(np.cumsum(rng.normal(scale=0.02, size=count)))
    ts_ms = hours(count)
    found = reconstruct(prices, ts_ms, rule, costs=costs)
    navs = found.path.nav_rows()[found.given_rows]

    steps = np.arange((count - 1) * fine + 1) / fine
    closely = np.exp(np.interp(steps, np.arange(count), np.log(prices)))
    closely[::fine] = prices
    # Only the given rows have a clock: what lies between comes right after the row before.
    fine_ts = np.repeat(ts_ms[:-1], fine) + np.tile(np.arange(fine), count - 1)
    fine_rule = rule
    if rule.every_rows is not None:
        fine_rule = BasketRule(
            target=rule.target,
            every_rows=rule.every_rows * fine,
            emergency_move_ratio=rule.emergency_move_ratio,
            emergency_two_sided=rule.emergency_two_sided,
        )
    watched = run_basket(closely, fine_rule, costs=costs, ts_ms=np.append(fine_ts, ts_ms[-1]))
    assume(navs.min() > 0.02)
    np.testing.assert_allclose(np.log(watched.nav_rows()[::fine]), np.log(navs), atol=0.02)
    # Even a close watch runs a little past each trigger, so one that is hardly reached may fall to either side.
    count_off = abs(len(watched.event_rows) - len(found.path.event_rows))
    assert count_off <= max(1, 0.2 * len(watched.event_rows))


def test_rules_without_a_trigger_between_rows_need_no_insertion() -> None:
    prices = np.array([100.0, 90, 95, 110, 80])
    rule = BasketRule(target=3.0, every_rows=2)
    found = reconstruct(prices, hours(5), rule, funding_rates=0.0001)
    assert found.given_rows.tolist() == [0, 1, 2, 3, 4]
    assert found.path.nav_rows().tolist() == run_basket(prices, rule, funding_rates=0.0001).nav_rows().tolist()


def test_a_candle_goes_first_to_the_extreme_away_from_its_close() -> None:
    up_then_down = Bars(
        open=np.array([10.0, 12.0]), high=np.array([13.0, 12.5]), low=np.array([9.0, 8.0]), close=np.array([12.0, 9.0])
    )
    prices, ts_ms = candle_rows(up_then_down, hours(2), HOUR_MS)
    assert prices.tolist() == [10, 9, 13, 12, 12, 12.5, 8, 9]
    assert np.all(np.diff(ts_ms) > 0)
    assert ts_ms[3] == START_MS + HOUR_MS - 1
    with pytest.raises(SettingInvalid):
        candle_rows(up_then_down, hours(3), HOUR_MS)


def test_funding_falls_on_the_first_row_at_or_after_it() -> None:
    settled = START_MS + np.array([0, HOUR_MS, HOUR_MS + 1, 3 * HOUR_MS])
    laid = funding_rows(hours(3), settled, np.array([1.0, 2.0, 4.0, 8.0]))
    assert laid.tolist() == [0.0, 2.0, 4.0]


def test_two_years_of_bitcoin_hours_under_a_real_rule(shared_data: Path) -> None:
    found = bars(shared_data / "crypto_hourly/BTCUSDT_1h.csv", "2021-01-01", "2022-12-31")
    prices, ts_ms = candle_rows(found, hours(len(found.close)), HOUR_MS)
    costs = BasketCosts(fee_ratio=0.001, fee_utc_s=57_600, cost_ratio=0.0006)
    past = reconstruct(prices, ts_ms, GATE, costs=costs)
    explained = explain(past.path)
    assert not explained.wiped_out
    assert explained.terms.total == pytest.approx(np.log(past.path.end.nav), abs=1e-9)
    assert explained.terms.management_fee == pytest.approx(730 * np.log(0.999), rel=0.02)
    kinds = past.path.event_kinds
    assert kinds.count(EventKind.EMERGENCY) >= 1
    assert 300 < kinds.count(EventKind.SCHEDULED) < 730
    assert explained.terms.volatility_decay < -0.5


def test_a_band_too_narrow_to_trade_is_refused() -> None:
    with pytest.raises(SettingInvalid, match="without end"):
        reconstruct(np.array([100.0, 130.0]), hours(2), BasketRule(target=3.0, band=(2.9999, 3.0001)))
