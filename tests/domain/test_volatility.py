from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from levdesk.domain.basket import BasketRule
from levdesk.domain.basket_path import run_basket
from levdesk.domain.errors import SettingInvalid
from levdesk.domain.volatility import (
    DAYS_PER_YEAR,
    HOURS_PER_YEAR,
    Bars,
    annualised,
    clock_variance,
    close_to_close,
    ewma,
    forecast_variance,
    garman_klass,
    parkinson,
    realised,
    rogers_satchell,
    yang_zhang,
    zero_mean,
)
from tests.domain.recorded import bars

ESTIMATORS: dict[str, Callable[[Bars], float]] = {
    "c2c": lambda found: close_to_close(found.close),
    "zero": lambda found: zero_mean(found.close),
    "park": parkinson,
    "gk": garman_klass,
    "rs": rogers_satchell,
    "yz": yang_zhang,
    "ewma": lambda found: ewma(found.close),
}
DAILY, HOURLY = "crypto_daily/BTCUSDT.csv", "crypto_hourly/BTCUSDT_1h.csv"


@pytest.mark.parametrize(
    ("file", "until", "per_year", "count", "expected", "sum_of_squares"),
    [
        (DAILY, "2021-12-31", DAYS_PER_YEAR, 365, "810283 809521 927390 969076 1004444 978697 596441", "0.653529"),
        (HOURLY, "2021-12-31", HOURS_PER_YEAR, 8760, "860622 860587 966625 1004339 1028819 1006695 -", "0.740526"),
        (DAILY, "2022-09-30", DAYS_PER_YEAR, 638, "757520 757026 836461 865194 889222 871349 567938", "1.000158"),
    ],
)
def test_reference_values_on_real_bitcoin_bars(
    shared_data: Path, file: str, until: str, per_year: float, count: int, expected: str, sum_of_squares: str
) -> None:
    found = bars(shared_data / file, "2021-01-01", until)
    assert len(found.close) == count
    for (name, estimate), millionths in zip(ESTIMATORS.items(), expected.split(), strict=True):
        if millionths != "-":
            assert round(annualised(estimate(found), per_year) * 1e6) == int(millionths), name
    assert f"{realised(found.close):.6f}" == sum_of_squares


def test_simple_return_variance_on_the_same_year(shared_data: Path) -> None:
    close = bars(shared_data / DAILY, "2021-01-01", "2021-12-31").close
    assert f"{float(np.sum((close[1:] / close[:-1] - 1) ** 2)):.6f}" == "0.657396"


def fine_walk(sigma: float, drift: float, days: int = 1500, steps: int = 2000, gap: float = 0.0) -> Bars:
    """Bars of a random walk watched finely, with jumps between the bars if asked for."""
    rng = np.random.default_rng(11)
    inside = rng.normal(drift / steps, sigma / math.sqrt(steps), size=(days, steps)).cumsum(axis=1)
    inside = np.concatenate([np.zeros((days, 1)), inside], axis=1)
    jumps = rng.normal(scale=gap, size=days) if gap else np.zeros(days)
    start = np.concatenate([[0.0], np.cumsum(inside[:, -1] + jumps)[:-1]])
    paths = np.exp(inside + (start + jumps)[:, None])
    return Bars(open=paths[:, 0], high=paths.max(axis=1), low=paths.min(axis=1), close=paths[:, -1])


@pytest.mark.parametrize("name", ["c2c", "zero", "park", "gk", "rs", "yz"])
def test_every_estimator_finds_the_variance_of_a_driftless_walk(name: str) -> None:
    # Ranges of a walk watched at a finite number of points are a little short.
    assert ESTIMATORS[name](fine_walk(0.03, 0.0)) == pytest.approx(0.03**2, rel=0.12)


def test_only_the_drift_free_ones_ignore_a_strong_drift() -> None:
    trending = fine_walk(0.02, 0.03)
    for name in ("c2c", "rs", "yz"):
        assert ESTIMATORS[name](trending) == pytest.approx(0.02**2, rel=0.15), name
    for name in ("zero", "park"):
        assert ESTIMATORS[name](trending) > 1.5 * 0.02**2, name


def test_yang_zhang_sees_the_jump_between_bars() -> None:
    jumpy = fine_walk(0.02, 0.0, gap=0.02)
    assert yang_zhang(jumpy) == pytest.approx(2 * 0.02**2, rel=0.12)
    assert rogers_satchell(jumpy) == pytest.approx(0.02**2, rel=0.12)


def test_ewma_is_the_recursion() -> None:
    close = np.exp(np.cumsum(np.random.default_rng(3).normal(scale=0.03, size=50)))
    squares = (np.diff(np.log(close)) ** 2).tolist()
    variance = squares[0]
    for square in squares[1:]:
        variance = 0.94 * variance + 0.06 * square
    assert ewma(close) == pytest.approx(variance, rel=1e-12)
    assert ewma(close[:2]) == pytest.approx(math.log(close[1] / close[0]) ** 2)


def test_a_daily_token_pays_less_than_the_hours_saw(shared_data: Path) -> None:
    close = bars(shared_data / HOURLY, "2021-01-01", "2021-12-31").close
    path = run_basket(close, BasketRule(target=3.0, every_rows=24))
    on_clock = clock_variance(close, path.event_rows)
    assert on_clock == pytest.approx(realised(close[::24]), rel=0.01)
    assert on_clock < realised(close)


def test_a_token_that_never_rebalanced_paid_for_the_net_move_only() -> None:
    close = np.array([100.0, 130.0, 90.0, 100.0])
    assert clock_variance(close, np.zeros(0, np.int64)) == 0.0
    assert clock_variance(close, np.array([1])) == pytest.approx(2 * math.log(1.3) ** 2)
    assert clock_variance(close[:1], np.zeros(0, np.int64)) == 0.0


def test_a_range_forecast_is_scaled_to_the_clock() -> None:
    assert forecast_variance(0.0012, 0.0016, 0.0020) == pytest.approx(0.00096)
    with pytest.raises(SettingInvalid):
        forecast_variance(0.0012, 0.0016, 0.0)


def test_wrong_bars_are_refused() -> None:
    two = np.array([1.0, 2.0])
    with pytest.raises(SettingInvalid, match="bar 1"):
        Bars(open=two, high=np.array([1.0, 1.9]), low=two / 2, close=two)
    with pytest.raises(SettingInvalid, match="lengths"):
        Bars(open=two, high=two, low=two, close=np.array([1.0, 2.0, 3.0]))
    with pytest.raises(SettingInvalid, match="at least 2"):
        Bars(open=two[:1], high=two[:1], low=two[:1], close=two[:1])
    with pytest.raises(SettingInvalid, match="at least 3"):
        yang_zhang(Bars(open=two, high=two, low=two, close=two))
    with pytest.raises(SettingInvalid, match="at least 2"):
        close_to_close(two)
    with pytest.raises(SettingInvalid):
        ewma(two, 1.0)
    with pytest.raises(SettingInvalid):
        annualised(-1.0, 365)
