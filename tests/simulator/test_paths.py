"""The seeded prices: pure, correlated, bounded, alive every second, with a crash in their history."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from levdesk.simulator.noise import Floats
from levdesk.simulator.paths import DAY_MINUTES, SeededPaths, minute_of
from levdesk.simulator.scenario import HALF_A_YEAR, Approach, Scenario
from tests.simulator.moments import ANCHOR_MS, DAY_MS, MINUTE_MS, SEED

NAMES = [spec.name for spec in HALF_A_YEAR.underlyings]


def made(seed: int = SEED, anchor_ms: int = ANCHOR_MS, scenario: Scenario = HALF_A_YEAR) -> SeededPaths:
    return SeededPaths(scenario, seed=seed, anchor_ms=anchor_ms)


@pytest.fixture(scope="module")
def paths() -> SeededPaths:
    return made()


def daily_returns(paths: SeededPaths, days: int = 180) -> dict[str, Floats]:
    return {name: np.diff(np.log(paths.grid(name, 0, days * DAY_MINUTES + 1)[::DAY_MINUTES])) for name in NAMES}


def test_history_begins_180_days_before_the_anchor_s_day(paths: SeededPaths) -> None:
    assert paths.start_ms == ANCHOR_MS // DAY_MS * DAY_MS - 180 * DAY_MS
    assert minute_of(paths, ANCHOR_MS) // DAY_MINUTES == 180


def test_prices_do_not_depend_on_who_asked_first(paths: SeededPaths) -> None:
    piecemeal = made()
    stop = 200 * DAY_MINUTES
    for minute in range(0, stop, 7_001):
        piecemeal.grid("ETH", minute, minute + 1)
        piecemeal.price_at("DOGE", paths.start_ms + minute * MINUTE_MS + 17_000)
    for name in NAMES:
        assert np.array_equal(piecemeal.grid(name, 0, stop), paths.grid(name, 0, stop))


def test_a_moment_of_the_same_day_as_anchor_changes_nothing(paths: SeededPaths) -> None:
    later = made(anchor_ms=ANCHOR_MS + 3_600_000)
    assert np.array_equal(later.grid("SOL", 0, 300_000), paths.grid("SOL", 0, 300_000))


def test_another_seed_is_another_market(paths: SeededPaths) -> None:
    mine, other = daily_returns(paths)["BTC"], daily_returns(made(seed=SEED + 1))["BTC"]
    assert abs(np.corrcoef(mine, other)[0, 1]) < 0.6
    assert not np.allclose(mine, other)


def test_underlyings_move_together_but_not_alike(paths: SeededPaths) -> None:
    matrix = np.corrcoef(list(daily_returns(paths).values()))
    pairs = matrix[np.triu_indices(len(NAMES), 1)]
    assert pairs.min() > 0.25
    assert pairs.max() < 0.95


def test_daily_volatility_is_that_of_such_coins(paths: SeededPaths) -> None:
    spread = {name: float(moves.std()) for name, moves in daily_returns(paths).items()}
    assert 0.015 < spread["BTC"] < 0.04
    assert spread["BTC"] < spread["ETH"] < spread["DOGE"] < 0.07


def test_the_history_holds_one_crash_and_a_bounce(paths: SeededPaths) -> None:
    prices = paths.grid("BTC", 64 * DAY_MINUTES, 65 * DAY_MINUTES + 1)
    noon, night = prices[12 * 60], prices[-1]
    assert prices.min() / noon - 1.0 < -0.18
    assert night / prices.min() - 1.0 > 0.08
    for name in NAMES:
        deepest = paths.extremes(name, 64 * DAY_MINUTES, 65 * DAY_MINUTES)[0].min()
        assert deepest / paths.grid(name, 64 * DAY_MINUTES, 64 * DAY_MINUTES + 1)[0] < 0.85
    by_day = paths.grid("BTC", 0, 180 * DAY_MINUTES).reshape(180, DAY_MINUTES)
    assert int((by_day.max(axis=1) / by_day.min(axis=1)).argmax()) == 64


def test_prices_stay_above_zero_and_finite_for_years(paths: SeededPaths) -> None:
    for name in NAMES:
        prices = paths.grid(name, 0, 900 * DAY_MINUTES)
        assert np.isfinite(prices).all()
        assert prices.min() > 0.0
        assert abs(np.diff(np.log(prices))).max() < 0.05


def test_a_price_moves_every_second_and_stays_inside_its_minute(paths: SeededPaths) -> None:
    minute = minute_of(paths, ANCHOR_MS)
    begin_ms = paths.start_ms + minute * MINUTE_MS
    for name in NAMES:
        seconds = [paths.price_at(name, begin_ms + second * 1000) for second in range(61)]
        low, high = paths.extremes(name, minute, minute + 1)
        assert len(set(seconds)) > 45
        assert low[0] <= min(seconds)
        assert max(seconds) <= high[0]
        assert [seconds[0], seconds[-1]] == paths.grid(name, minute, minute + 2).tolist()


def test_between_two_seconds_a_price_stands_still(paths: SeededPaths) -> None:
    assert paths.price_at("BTC", ANCHOR_MS + 999) == paths.price_at("BTC", ANCHOR_MS)


def test_extremes_hold_both_ends_of_every_minute(paths: SeededPaths) -> None:
    prices = paths.grid("XRP", 0, 50_001)
    low, high = paths.extremes("XRP", 0, 50_000)
    assert (low <= np.minimum(prices[:-1], prices[1:])).all()
    assert (high >= np.maximum(prices[:-1], prices[1:])).all()
    assert (high / low - 1.0).max() < 0.06


def test_turnover_adds_up_to_the_underlying_s_size(paths: SeededPaths) -> None:
    spec = HALF_A_YEAR.underlyings[0]
    traded = paths.turnover("BTC", 0, 100 * DAY_MINUTES).reshape(100, DAY_MINUTES).sum(axis=1)
    assert traded.min() > 0.4 * spec.turnover_per_day
    assert traded.mean() == pytest.approx(spec.turnover_per_day, rel=0.4)


@pytest.mark.parametrize("hour", [0, 2, 13, 23])
def test_a_story_can_end_with_a_set_move(hour: int) -> None:
    anchor_ms = ANCHOR_MS // DAY_MS * DAY_MS + hour * 3_600_000
    bent = replace(HALF_A_YEAR, approaches=(Approach(underlying="DOGE", minutes=180, move_ratio=0.042),))
    paths = made(anchor_ms=anchor_ms, scenario=bent)
    end = minute_of(paths, anchor_ms)
    first, last = paths.grid("DOGE", end - 180, end + 1)[[0, -1]]
    assert last / first - 1.0 == pytest.approx(0.042, abs=1e-9)
    plain = made(anchor_ms=anchor_ms, scenario=replace(bent, approaches=()))
    assert np.array_equal(plain.grid("BTC", 0, end + 1), paths.grid("BTC", 0, end + 1))
    assert np.array_equal(plain.grid("DOGE", 0, end - 179), paths.grid("DOGE", 0, end - 179))
