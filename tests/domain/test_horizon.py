from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from levdesk.domain.errors import SettingInvalid
from levdesk.domain.horizon import (
    Outlook,
    band_growth,
    daily_reset_skewness,
    letf_cost_per_day,
    path_formula_ratio,
)


def month(leverage: float, volatility: float, **more: float) -> Outlook:
    assumed = {"days": 30.0, "fee": 0.0003, "funding": 0.0001} | more
    return Outlook(leverage=leverage, volatility=volatility, **assumed)


@pytest.mark.parametrize(
    ("leverage", "volatility", "expected"),
    [
        (3, 0.02, "0.0012 0.0012 288.81 +2.4290 0.607904 0.913931 0.964640"),
        (3, 0.04, "0.0012 0.0048 115.52 +6.1837 0.649291 0.777245 0.964640"),
        (2, 0.04, "0.0009 0.0016 277.26 +3.8212 0.610533 0.884264 0.973361"),
        (-1, 0.04, "0.0000 0.0016 433.22 -4.6866 0.543615 0.976286 1.000000"),
        (-3, 0.02, "-0.0006 0.0024 385.08 -1.7839 0.543615 0.964640 1.018163"),
        (-3, 0.04, "-0.0006 0.0096 77.02 -8.6069 0.618387 0.820370 1.018163"),
    ],
)
def test_published_table_of_thirty_days(leverage: float, volatility: float, expected: str) -> None:
    found = month(leverage, volatility)
    assert found.half_life_days is not None
    assert expected.split() == [
        f"{round(found.cost_per_day, 12) + 0.0:.4f}",
        f"{found.decay_per_day:.4f}",
        f"{found.half_life_days:.2f}",
        f"{found.breakeven_move_ratio * 100:+.4f}",
        f"{found.loss_probability:.6f}",
        f"{found.median_ratio:.6f}",
        f"{found.mean_ratio:.6f}",
    ]


@pytest.mark.parametrize(
    ("band", "leverage", "chance", "days", "growth", "share"),
    [
        ((2.0, 4.0), 3.0, "0.2905", "21.18", "-0.004077", "84.9"),
        ((2.0, 4.0), -3.0, None, "4.75", "-0.008908", "92.8"),
        ((2.8, 3.2), 3.0, None, "0.70", None, "99.4"),
        ((1.25, 4.0), 3.0, None, "88.6", None, "43.3"),
    ],
)
def test_published_growth_under_a_band(
    band: tuple[float, float], leverage: float, chance: str | None, days: str, growth: str | None, share: str
) -> None:
    # The log price has no drift: μ = ½σ².
    found = band_growth(Outlook(leverage=leverage, volatility=0.04, days=1, drift=0.0008), band)
    if chance is not None:
        assert f"{found.up_probability:.4f}" == chance
    assert f"{found.days_between:.{len(days.split('.')[1])}f}" == days
    if growth is not None:
        assert f"{found.growth_per_day:.6f}" == growth
    assert f"{found.growth_per_day / found.continuous_per_day * 100:.1f}" == share


def test_a_narrow_band_tends_to_the_continuous_formula_also_with_drift_and_carry() -> None:
    for leverage in (3.0, -3.0, 2.0):
        for drift in (-0.01, 0.0008, 0.0, 0.02):
            outlook = month(leverage, 0.04, drift=drift)
            found = band_growth(outlook, (abs(leverage) * 0.999, abs(leverage) * 1.001))
            assert found.growth_per_day == pytest.approx(found.continuous_per_day, abs=1e-5)


def test_the_band_formula_is_smooth_through_no_drift_and_stands_a_strong_one() -> None:
    around = [
        band_growth(Outlook(leverage=3.0, volatility=0.04, days=1, drift=0.0008 + step), (2.0, 4.0))
        for step in (-1e-7, 0.0, 1e-7)
    ]
    assert around[0].days_between == pytest.approx(around[1].days_between, rel=1e-3)
    assert around[2].up_probability == pytest.approx(around[1].up_probability, rel=1e-3)
    strong = band_growth(Outlook(leverage=3.0, volatility=0.001, days=1, drift=0.01), (2.0, 4.0))
    assert strong.up_probability == pytest.approx(1.0)
    assert strong.days_between == pytest.approx(math.log(4 / 3) / 0.01, rel=1e-3)
    weak = band_growth(Outlook(leverage=3.0, volatility=0.001, days=1, drift=-0.01), (2.0, 4.0))
    assert weak.up_probability == pytest.approx(0.0, abs=1e-12)


def test_trading_in_a_band_costs_per_trigger() -> None:
    outlook = Outlook(leverage=3.0, volatility=0.04, days=1, drift=0.0008)
    free, paid = band_growth(outlook, (2.0, 4.0)), band_growth(outlook, (2.0, 4.0), cost_ratio=0.0006)
    assert free.growth_per_day - paid.growth_per_day == pytest.approx(0.0006 / 21.1775, rel=1e-3)


@pytest.mark.parametrize(
    ("leverage", "skews"),
    [(3, "0.242 0.585 1.742 2.942"), (2, "0.161 0.386 1.066 1.624"), (1, "0.081 0.192 0.507 0.732")],
)
def test_bessembinders_table_of_skews(leverage: float, skews: str) -> None:
    assert " ".join(f"{daily_reset_skewness(leverage, 0.015, days):.3f}" for days in (5, 20, 125, 250)) == skews
    assert daily_reset_skewness(leverage, 0.0, 5) == 0.0


@pytest.mark.parametrize(("days", "median"), [(125, "-11.89"), (250, "-22.36")])
def test_the_lognormal_median_is_used_not_cornish_fisher(days: float, median: str) -> None:
    found = Outlook(leverage=3.0, volatility=0.015, days=days)
    assert f"{(found.median_ratio - 1) * 100:.2f}" == median


@given(
    leverage=st.sampled_from([2.0, 3.0, 5.0, -1.0, -2.0, -3.0]),
    volatility=st.floats(0.005, 0.1),
    days=st.floats(1, 120),
    drift=st.floats(-0.01, 0.01),
    share=st.floats(0.01, 0.99),
)
def test_the_figures_agree_with_each_other(
    leverage: float, volatility: float, days: float, drift: float, share: float
) -> None:
    found = month(leverage, volatility, days=days, drift=drift)
    assert found.path_ratio(found.breakeven_move_ratio) == pytest.approx(1.0)
    assert found.probability_below(found.quantile(share)) == pytest.approx(share)
    assert found.quantile(0.5) == pytest.approx(found.median_ratio)
    assert found.value_at_risk(share) == pytest.approx(1 - found.quantile(share))
    assert found.conditional_value_at_risk(share) >= found.value_at_risk(share) - 1e-9
    assert found.median_ratio <= found.mean_ratio
    if found.half_life_days is not None:
        flat = month(leverage, volatility, days=found.half_life_days)
        assert flat.path_ratio(0.0) == pytest.approx(0.5)
    even = month(leverage, volatility, days=days, drift=found.breakeven_drift)
    assert even.median_ratio == pytest.approx(1.0)


def test_value_at_risk_and_its_mean_tail_against_drawn_outcomes() -> None:
    found = month(3, 0.04)
    drawn = np.exp(found.log_mean + found.log_spread * np.random.default_rng(1).standard_normal(400_000))
    worst = np.sort(drawn)[:20_000]
    assert found.quantile(0.05) == pytest.approx(float(worst[-1]), rel=0.01)
    assert found.conditional_value_at_risk(0.05) == pytest.approx(1 - float(worst.mean()), abs=0.005)


def test_the_plain_multiple_wins_inside_the_losing_zone_and_loses_outside() -> None:
    for leverage in (3.0, -3.0, 2.0, -1.0):
        found = month(leverage, 0.04)
        zone = found.losing_zone()
        assert zone is not None
        low, high = zone
        assert low < 0 < high
        for move, token_ahead in ((low * 1.02, True), (low * 0.98, False), (high * 0.98, False), (high * 1.02, True)):
            plain = 1 + leverage * move
            assert (plain <= 0 or found.path_ratio(move) > plain) is token_ahead
    assert Outlook(leverage=1.0, volatility=0.04, days=30).losing_zone() is None
    assert Outlook(leverage=-1.0, volatility=0.0, days=30, funding=0.001).losing_zone() is None


def test_growth_and_the_leverage_that_maximises_it() -> None:
    found = month(3, 0.04, drift=0.004, funding=0.0001)
    best = found.optimal_leverage
    assert best is not None
    assert best == pytest.approx((0.004 - 0.0003) / 0.0016)
    medians = [month(leverage, 0.04, drift=0.004).log_mean for leverage in (best - 0.1, best, best + 0.1)]
    assert medians[1] == max(medians)
    assert Outlook(leverage=3.0, volatility=0.0, days=1).optimal_leverage is None
    spot = found.drift_to_beat_spot
    assert spot is not None
    beaten = month(3, 0.04, drift=spot)
    assert beaten.log_mean == pytest.approx((spot - 0.0008) * 30)
    assert month(-3, 0.04).drift_to_beat_spot is None


def test_without_volatility_everything_is_certain() -> None:
    falling = Outlook(leverage=3.0, volatility=0.0, days=10, drift=-0.01)
    assert (falling.loss_probability, falling.probability_below(0.0)) == (1.0, 0.0)
    rising = Outlook(leverage=3.0, volatility=0.0, days=10, drift=0.01)
    assert rising.loss_probability == 0.0
    assert rising.half_life_days is None
    assert Outlook(leverage=1.0, volatility=0.05, days=10).half_life_days is None


def test_the_path_formula_is_the_round_trip_to_second_order() -> None:
    assert path_formula_ratio(3.0, 1.0, 0.1**2 + (1 / 11) ** 2) == pytest.approx(math.exp(-0.054793), rel=1e-5)
    assert path_formula_ratio(2.0, 1.1, 0.0, -0.01) == pytest.approx(1.21 * math.exp(-0.01))


def test_a_funds_cost_per_day() -> None:
    assert letf_cost_per_day(3.0, 0.0086, 0.05, 0.004) * 365 == pytest.approx(0.0086 + 2 * 0.054)


@pytest.mark.parametrize(
    "wrong",
    [
        {"leverage": 0.0},
        {"volatility": -0.01},
        {"volatility": math.nan},
        {"days": 0.0},
        {"fee": -0.1},
        {"drift": math.inf},
        {"drift": 50.0},
    ],
)
def test_assumptions_that_mean_nothing_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(SettingInvalid):
        Outlook(**{"leverage": 3.0, "volatility": 0.04, "days": 30.0} | wrong)


def test_other_wrong_input() -> None:
    found = month(3, 0.04)
    for share in (0.0, 1.0, math.nan):
        with pytest.raises(SettingInvalid):
            found.quantile(share)
    with pytest.raises(SettingInvalid):
        found.path_ratio(-1.0)
    with pytest.raises(SettingInvalid):
        band_growth(Outlook(leverage=3.0, volatility=0.0, days=1), (2.0, 4.0))
    with pytest.raises(SettingInvalid):
        band_growth(month(3, 0.04), (3.5, 4.0))
    with pytest.raises(SettingInvalid):
        band_growth(month(3, 0.04), (0.9, 4.0))
    with pytest.raises(SettingInvalid):
        daily_reset_skewness(20.0, 0.5, 1000)
