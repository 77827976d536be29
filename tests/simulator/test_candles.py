"""Candles: whole minutes gathered, the live bar growing, nothing of the future told."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from levdesk.simulator.candles import Bars, bars
from levdesk.simulator.market import Market, SpotPair
from levdesk.simulator.series import MarkSeries, Series, opened_ms
from tests.simulator.moments import ANCHOR_MS, DAY_MS, HOUR_MS, MINUTE_MS

INTERVALS_MS = (1_000, 10_000, MINUTE_MS, 5 * MINUTE_MS, HOUR_MS, 8 * HOUR_MS, DAY_MS, 7 * DAY_MS)


def series_of(market: Market) -> list[Series]:
    perpetual = market.perpetual("ETH_USDT")
    assert perpetual is not None
    return [perpetual.mark, perpetual.index, *(token(market, name).series for name in ("BTC3L", "SOL3S", "DOGE5S"))]


def token(market: Market, symbol: str) -> SpotPair:
    pair = market.pair(f"{symbol}_USDT")
    assert pair is not None
    return pair


def last_bars(series: Series, interval_ms: int, count: int, now_ms: int = ANCHOR_MS) -> Bars:
    return bars(series, interval_ms, now_ms - count * interval_ms, now_ms, now_ms)


@pytest.mark.parametrize("interval_ms", INTERVALS_MS)
def test_bars_are_sound(market: Market, interval_ms: int) -> None:
    for series in series_of(market):
        made = last_bars(series, interval_ms, 50)
        assert len(made) > 0
        assert not np.any(made.start_ms % interval_ms)
        assert not np.any(np.diff(made.start_ms) != interval_ms)
        assert np.all(made.low <= np.minimum(made.open, made.close))
        assert np.all(made.high >= np.maximum(made.open, made.close))
        assert np.all(made.low > 0.0)
        assert np.all(made.turnover >= 0.0)
        assert made.open[1:] == pytest.approx(made.close[:-1], rel=1e-12)
        assert made.closed[:-1].all()
        assert not made.closed[-1]
        assert made.start_ms[-1] <= ANCHOR_MS < made.start_ms[-1] + interval_ms


def test_the_growing_bar_ends_at_the_price_of_this_second(market: Market) -> None:
    for series in series_of(market):
        for interval_ms in INTERVALS_MS:
            made = last_bars(series, interval_ms, 3)
            assert made.close[-1] == pytest.approx(series.price_at(ANCHOR_MS), rel=1e-12)


def test_long_bars_are_made_of_short_ones(market: Market) -> None:
    series = token(market, "ETH3L").series
    hours, day = (bars(series, step, ANCHOR_MS - 2 * DAY_MS, ANCHOR_MS, ANCHOR_MS) for step in (HOUR_MS, DAY_MS))
    inside = (hours.start_ms >= day.start_ms[-1]) & (hours.start_ms < day.start_ms[-1] + DAY_MS)
    assert day.open[-1] == hours.open[inside][0]
    assert day.close[-1] == hours.close[inside][-1]
    assert day.high[-1] == pytest.approx(hours.high[inside].max(), rel=1e-12)
    assert day.low[-1] == pytest.approx(hours.low[inside].min(), rel=1e-12)
    assert day.turnover[-1] == pytest.approx(hours.turnover[inside].sum(), rel=1e-9)


@given(later_s=st.integers(1, 3 * 86_400))
def test_a_closed_bar_never_changes(market: Market, later_s: int) -> None:
    series = token(market, "BTC3S").series
    before = last_bars(series, HOUR_MS, 6)
    after = bars(series, HOUR_MS, ANCHOR_MS - 6 * HOUR_MS, ANCHOR_MS, ANCHOR_MS + later_s * 1000)
    for name in ("open", "high", "low", "close", "turnover"):
        assert np.array_equal(getattr(before, name)[:-1], getattr(after, name)[: len(before) - 1])


@given(start_s=st.integers(0, 7 * 86_400), length_s=st.integers(0, 86_400))
def test_any_stretch_is_a_slice_of_the_whole(market: Market, start_s: int, length_s: int) -> None:
    series = token(market, "SOL5L").series
    whole = bars(series, HOUR_MS, ANCHOR_MS - 8 * DAY_MS, ANCHOR_MS, ANCHOR_MS)
    first_ms = ANCHOR_MS - 8 * DAY_MS + start_s * 1000
    part = bars(series, HOUR_MS, first_ms, first_ms + length_s * 1000, ANCHOR_MS)
    inside = (whole.start_ms >= first_ms) & (whole.start_ms <= first_ms + length_s * 1000)
    assert np.array_equal(part.start_ms, whole.start_ms[inside])
    assert part.close == pytest.approx(whole.close[inside], rel=1e-12)


def test_nothing_is_told_before_the_start_or_after_now(market: Market) -> None:
    series = token(market, "BTC3L").series
    assert len(bars(series, HOUR_MS, 0, series.start_ms - 1, ANCHOR_MS)) == 0
    assert len(bars(series, HOUR_MS, ANCHOR_MS + 1, ANCHOR_MS + DAY_MS, ANCHOR_MS)) == 0
    everything = bars(series, DAY_MS, 0, ANCHOR_MS + DAY_MS, ANCHOR_MS)
    assert everything.start_ms[0] == series.start_ms
    assert len(everything) == 181


def test_a_delisted_token_keeps_its_past_and_has_no_more(market: Market) -> None:
    pair = token(market, "ADA5L")
    assert pair.delisted_ms is not None
    made = bars(pair.series, DAY_MS, 0, ANCHOR_MS, ANCHOR_MS)
    assert made.start_ms[-1] == pair.delisted_ms - DAY_MS
    assert made.closed.all()
    weekly = bars(pair.series, 7 * DAY_MS, 0, ANCHOR_MS, ANCHOR_MS)
    assert weekly.close[-1] == pytest.approx(made.close[-1], rel=1e-12)
    assert weekly.closed.all()


def test_a_token_listed_later_has_no_past_before(market: Market) -> None:
    series = token(market, "DOGE5S").series
    made = bars(series, HOUR_MS, 0, ANCHOR_MS, ANCHOR_MS)
    assert made.start_ms[0] == opened_ms(series) > series.start_ms


def test_prices_jump_a_hundredfold_at_the_merge_and_nowhere_else(market: Market) -> None:
    made = bars(token(market, "SOL3S").series, DAY_MS, 0, ANCHOR_MS, ANCHOR_MS)
    jumps = np.flatnonzero(made.open[1:] / made.open[:-1] > 20.0)
    assert jumps.tolist() == [111]
    assert made.start_ms[112] == made.start_ms[0] + 112 * DAY_MS


def test_a_mark_is_its_path(market: Market) -> None:
    perpetual = market.perpetual("BTC_USDT")
    assert perpetual is not None
    assert isinstance(perpetual.mark, MarkSeries)
    apart = abs(perpetual.index.grid(0, 5000) / perpetual.mark.grid(0, 5000) - 1.0)
    assert 0.0 < apart.max() < 0.0006
