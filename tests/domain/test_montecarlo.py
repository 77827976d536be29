from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from levdesk.domain.basket import BasketCosts, BasketRule, BasketState
from levdesk.domain.basket_path import run_basket
from levdesk.domain.basket_tape import Floats
from levdesk.domain.errors import SettingInvalid
from levdesk.domain.horizon import Outlook, band_growth
from levdesk.domain.montecarlo import Plan, run_futures
from levdesk.domain.return_sources import BlockBootstrap, Lognormal, bootstrap_of
from tests.domain.baskets import rules
from tests.domain.recorded import bars

DAILY = BasketRule(target=3.0, clock_utc_s=0)
BAND = BasketRule(target=3.0, band=(2.0, 4.0))


@dataclass(frozen=True)
class Given:
    """Returns that the test already knows, shape (steps, paths)."""

    returns: Floats
    steps_per_day: int = 24

    def steps(self, seed: int, paths: int, count: int) -> Iterator[Floats]:
        yield from self.returns[:count]


@given(
    rule=rules(),
    seed=st.integers(0, 10_000),
    vol=st.sampled_from([0.004, 0.03]),
    costs=st.builds(
        BasketCosts,
        fee_ratio=st.sampled_from([0.0, 0.001]),
        fee_utc_s=st.sampled_from([None, 0, 40_000]),
        cost_ratio=st.sampled_from([0.0, 0.0006]),
    ),
    funding=st.sampled_from([0.0, 0.0003, -0.0003]),
)
@settings(max_examples=60)
def test_every_path_is_the_basket_run_alone(
    rule: BasketRule, seed: int, vol: float, costs: BasketCosts, funding: float
) -> None:
    paths, steps, start_ms = 12, 24 * 7, 5 * 3_600_000
    returns = np.random.default_rng(seed).normal(scale=vol, size=(steps, paths))
    start = BasketState(nav=2.0, leverage=rule.target * 1.02, price=100.0, event_price=101.0)
    plan = Plan(rule=rule, costs=costs, funding=funding, days=7, paths=paths, start_ms=start_ms, start=start, marks=7)
    found = run_futures(plan, Given(returns))

    ts_ms = start_ms + np.arange(steps + 1) * 3_600_000
    rates = np.where(ts_ms % (8 * 3_600_000) == 0, funding, 0.0)
    events = 0
    for path in range(paths):
        prices = 100 * np.exp(np.concatenate([[0.0], np.cumsum(returns[:, path])]))
        alone = run_basket(prices, rule, costs=costs, funding_rates=rates, ts_ms=ts_ms, start=start)
        np.testing.assert_allclose(found.values[:, path], alone.nav_rows()[24::24] / 2.0, rtol=1e-8, atol=1e-9)
        events += len(alone.event_rows)
    assert found.rebalances * paths == pytest.approx(events)


@pytest.mark.parametrize(
    ("leverage", "volatility", "loss", "median", "mean"),
    [(3.0, 0.04, 0.6456, 0.7813, 0.9656), (-3.0, 0.04, 0.6141, 0.8240, 1.0177), (3.0, 0.02, 0.6070, 0.9150, None)],
)
def test_published_simulation_of_a_daily_reset(
    leverage: float, volatility: float, loss: float, median: float, mean: float | None
) -> None:
    found = run_futures(
        Plan(
            rule=BasketRule(target=leverage, clock_utc_s=0),
            costs=BasketCosts(fee_ratio=0.0003, fee_utc_s=0),
            funding=0.0001,
            days=30,
            paths=400_000,
        ),
        Lognormal(volatility=volatility, steps_per_day=1),
    )
    closed = Outlook(leverage=leverage, volatility=volatility, days=30, fee=0.0003, funding=0.0001)
    assert found.loss_probability == pytest.approx(loss, abs=0.005)
    assert found.median_ratio == pytest.approx(median, abs=0.005)
    if mean is not None:
        assert found.mean_ratio == pytest.approx(mean, abs=0.005)
    assert found.mean_ratio == pytest.approx(closed.mean_ratio, abs=0.005)
    assert found.loss_probability == pytest.approx(closed.loss_probability, abs=0.01)
    assert found.median_ratio == pytest.approx(closed.median_ratio, abs=0.01)


def test_a_band_grows_as_renewal_reward_says() -> None:
    outlook = Outlook(leverage=3.0, volatility=0.04, days=365, drift=0.0008)
    closed = band_growth(outlook, (2.0, 4.0))
    found = run_futures(
        Plan(rule=BAND, days=400, paths=3000), Lognormal(volatility=0.04, drift=0.0008, steps_per_day=24)
    )
    log_growth = np.log(found.final[found.final > 0]) / 400
    error = float(log_growth.std() / math.sqrt(len(log_growth)))
    # Watching hourly lets the price run a little past each edge.
    assert float(log_growth.mean()) == pytest.approx(closed.growth_per_day, abs=3 * error + 1e-4)
    assert found.rebalances / 400 == pytest.approx(1 / closed.days_between, rel=0.06)


def test_the_same_seed_is_the_same_future_and_another_rule_sees_the_same_prices() -> None:
    source = Lognormal(volatility=0.04)
    daily, again = (run_futures(Plan(rule=DAILY, days=5, paths=500), source) for _ in range(2))
    np.testing.assert_array_equal(daily.values, again.values)
    other = run_futures(Plan(rule=DAILY, days=5, paths=500, seed=2), source)
    assert not np.array_equal(daily.values, other.values)
    band = run_futures(Plan(rule=BAND, days=5, paths=500), source)
    assert float(np.corrcoef(np.log(daily.final), np.log(band.final))[0, 1]) > 0.99


def test_the_fan_opens_and_its_middle_is_the_median() -> None:
    found = run_futures(Plan(rule=DAILY, days=30, paths=2000, marks=10), Lognormal(volatility=0.04, steps_per_day=2))
    fan = found.fan()
    assert fan.shape == (5, 10)
    assert found.mark_days.tolist() == [3.0 * mark for mark in range(1, 11)]
    assert fan[2, -1] == pytest.approx(found.median_ratio)
    widths = fan[4] - fan[0]
    assert all(later > sooner for sooner, later in pairwise(widths))
    assert np.all(np.diff(fan, axis=0) > 0)


def test_wiped_out_futures_stay_at_nothing() -> None:
    crash = np.log(np.array([[1.0], [0.6], [2.0], [1.0]]))
    found = run_futures(Plan(rule=DAILY, days=4, paths=1, marks=4), Given(crash, steps_per_day=1))
    assert found.values[:, 0].tolist() == pytest.approx([1.0, 0.0, 0.0, 0.0])
    assert found.wiped_out_share == 1.0
    assert found.probability_below(0.5) == 1.0
    assert found.rebalances == 1.0
    assert found.loss_probability == 1.0


def test_a_bootstrap_keeps_stretches_of_history_together() -> None:
    history = np.arange(100.0)
    source = BlockBootstrap(returns=history, steps_per_day=4, block=8)
    drawn = np.array([moves.copy() for moves in source.steps(3, 50, 20)])
    assert drawn.shape == (20, 50)
    for block in (drawn[:8], drawn[8:16], drawn[16:]):
        assert np.all(np.diff(block, axis=0) == 1.0)
    assert len(np.unique(drawn[0])) > 20
    assert set(np.unique(drawn)) <= set(history)


def test_a_bootstrap_of_bitcoins_hours_has_its_variance_and_its_tails(shared_data: Path) -> None:
    close = bars(shared_data / "crypto_hourly/BTCUSDT_1h.csv", "2021-01-01", "2021-12-31").close
    source = bootstrap_of(close, 24)
    drawn = np.array([moves.copy() for moves in source.steps(1, 2000, 240)])
    assert drawn.std() == pytest.approx(source.returns.std(), rel=0.03)
    kurtosis = float(np.mean((drawn - drawn.mean()) ** 4) / drawn.var() ** 2)
    assert kurtosis > 6.0
    futures = run_futures(Plan(rule=BAND, days=10, paths=2000), source)
    assert 0.0 < futures.loss_probability < 1.0


@pytest.mark.parametrize(
    "plan",
    [
        Plan(rule=DAILY, days=0.0),
        Plan(rule=DAILY, days=5, paths=0),
        Plan(rule=DAILY, days=5, marks=0),
        Plan(rule=DAILY, days=5, funding=math.nan),
        Plan(rule=DAILY, days=10_000, paths=1_000_000),
        Plan(rule=DAILY, days=5, start=BasketState(nav=0.0, leverage=0.0, price=1.0, event_price=1.0)),
    ],
)
def test_a_plan_that_cannot_run_is_refused(plan: Plan) -> None:
    with pytest.raises(SettingInvalid):
        run_futures(plan, Lognormal(volatility=0.04))


def test_a_source_that_makes_no_sense_is_refused() -> None:
    with pytest.raises(SettingInvalid):
        Lognormal(volatility=math.nan)
    with pytest.raises(SettingInvalid):
        Lognormal(volatility=0.1, steps_per_day=0)
    with pytest.raises(SettingInvalid, match="stretches"):
        BlockBootstrap(returns=np.zeros(5), steps_per_day=1, block=6)
    with pytest.raises(SettingInvalid):
        BlockBootstrap(returns=np.array([0.0, math.nan]), steps_per_day=1, block=1)
