from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from levdesk.domain.basket_tape import Floats
from levdesk.domain.errors import SettingInvalid
from levdesk.domain.regime import Regime, efficiency_ratio, read_regime, variance_ratio
from tests.domain.recorded import series


def prices(returns: list[float]) -> Floats:
    return np.asarray(np.exp(np.cumsum([0.0, *returns])), np.float64)


def test_a_straight_line_is_a_trend_and_a_round_trip_is_chop() -> None:
    assert efficiency_ratio(prices([0.01] * 20)) == pytest.approx(1.0)
    assert efficiency_ratio(prices([0.05, -0.05] * 10)) == pytest.approx(0.0)
    assert read_regime(prices([0.01, 0.012] * 15)).word is Regime.TREND
    assert read_regime(prices([0.05, -0.049] * 15)).word is Regime.CHOP


def test_a_flat_price_is_no_trend_and_no_nan() -> None:
    reading = read_regime(np.full(30, 5.0))
    assert (reading.efficiency_ratio, reading.variance_ratio, reading.word) == (0.0, 1.0, Regime.CHOP)


@pytest.mark.parametrize(("carry", "low", "high"), [(0.0, 0.95, 1.05), (0.3, 1.3, 1.8), (-0.3, 0.5, 0.8)])
def test_the_variance_ratio_has_the_sign_of_the_autocorrelation(carry: float, low: float, high: float) -> None:
    shocks = np.random.default_rng(2).normal(scale=0.02, size=20_000)
    returns = shocks.copy()
    for row in range(1, len(returns)):
        returns[row] += carry * returns[row - 1]
    found = variance_ratio(np.exp(np.cumsum(returns)), 5)
    expected = 1 + 2 * sum((1 - step / 5) * carry**step for step in range(1, 5))
    assert found == pytest.approx(expected, abs=0.06)
    assert low < found < high


def test_the_words_come_about_as_often_as_chance_says_on_a_random_walk() -> None:
    rng = np.random.default_rng(5)
    words = [read_regime(np.exp(np.cumsum(rng.normal(scale=0.03, size=61)))).word for _ in range(400)]
    share = {word: words.count(word) / len(words) for word in Regime}
    assert share[Regime.TREND] < 0.25
    assert 0.1 < share[Regime.CHOP] < 0.5
    assert share[Regime.MIXED] > 0.35


def test_bitcoins_rise_at_the_turn_of_2020_reads_as_a_trend(shared_data: Path) -> None:
    close = np.array(
        list(series(shared_data / "crypto_daily/BTC-USD_yahoo.csv", "close", "2020-10-10", "2021-01-08").values())
    )
    assert read_regime(close).word is Regime.TREND


def test_too_little_data_is_said() -> None:
    with pytest.raises(SettingInvalid, match="variance ratio"):
        read_regime(prices([0.1] * 5))
    with pytest.raises(SettingInvalid):
        variance_ratio(prices([0.1] * 50), 1)
    assert not math.isnan(read_regime(prices([0.1] * 10)).variance_score)
