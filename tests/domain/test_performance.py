from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from levdesk.domain.errors import SettingInvalid
from levdesk.domain.performance import (
    ValuePoint,
    annualised_ratio,
    drawdown,
    drawdown_rows,
    internal_rate,
    time_weighted_ratio,
)

DAY_MS = 86_400_000
JANUARY_2024_MS = 1_704_067_200_000


def points(*rows: tuple[float, float]) -> list[ValuePoint]:
    return [ValuePoint(ts_ms=day * DAY_MS, value=value, flow=flow) for day, (value, flow) in enumerate(rows)]


def test_a_deposit_before_a_fall_does_not_change_the_time_weighted_return() -> None:
    assert time_weighted_ratio(points((0, 100), (120, 1000), (1120 * 0.9, 0))) == pytest.approx(1.2 * 0.9 - 1)


def test_time_between_a_complete_sale_and_the_next_purchase_counts_as_no_return() -> None:
    assert time_weighted_ratio(points((0, 100), (110, -110), (0, 50), (55, 0))) == pytest.approx(1.1**2 - 1)


def test_what_was_never_held_has_no_return() -> None:
    assert time_weighted_ratio([]) is None
    assert time_weighted_ratio(points((0, 0), (0, 0))) is None


def test_a_total_loss_is_minus_one() -> None:
    assert time_weighted_ratio(points((0, 100), (0, 0))) == -1.0


@given(
    returns=st.lists(st.floats(-0.5, 1.0), min_size=1, max_size=10),
    flows=st.lists(st.floats(0, 1000), min_size=10, max_size=10),
)
def test_flows_never_matter(returns: list[float], flows: list[float]) -> None:
    value, rows = 100.0, [(0.0, 100.0)]
    for change, flow in zip(returns, flows, strict=False):
        value *= 1 + change
        rows.append((value, flow))
        value += flow
    assert time_weighted_ratio(points(*rows)) == pytest.approx(math.prod(1 + change for change in returns) - 1)


def test_impossible_points_are_refused() -> None:
    for rows in (((0.0, 100.0), (-1.0, 0.0)), ((0.0, 100.0), (50.0, -60.0)), ((0.0, 100.0), (math.nan, 0.0))):
        with pytest.raises(SettingInvalid):
            time_weighted_ratio(points(*rows))
    with pytest.raises(SettingInvalid, match="order"):
        time_weighted_ratio(points((0, 1), (1, 0))[::-1])


def test_the_deepest_fall_its_peak_its_bottom_and_its_recovery() -> None:
    found = drawdown(np.array([100.0, 120, 90, 60, 130, 110]))
    assert found.deepest_ratio == pytest.approx(-0.5)
    assert (found.peak_row, found.bottom_row, found.recovered_row) == (1, 3, 4)
    assert found.now_ratio == pytest.approx(110 / 130 - 1)


def test_a_series_that_never_fell_and_one_that_died() -> None:
    rising = drawdown(np.array([1.0, 2, 3]))
    assert (rising.deepest_ratio, rising.now_ratio) == (0.0, 0.0)
    dead = drawdown(np.array([1.0, 2, 0, 0]))
    assert (dead.deepest_ratio, dead.bottom_row, dead.recovered_row) == (-1.0, 2, None)
    assert drawdown_rows(np.array([1.0, 2, 0, 0])).tolist() == [0, 0, -1, -1]


@pytest.mark.parametrize("values", [[], [0.0, 1.0], [1.0, -1.0], [1.0, math.nan]])
def test_values_without_a_drawdown_are_refused(values: list[float]) -> None:
    with pytest.raises(SettingInvalid):
        drawdown(np.array(values))


def test_the_internal_rate_of_simple_deals() -> None:
    year = [(JANUARY_2024_MS, -100.0), (JANUARY_2024_MS + 365 * DAY_MS, 110.0)]
    assert internal_rate(year) == pytest.approx(0.10)
    assert internal_rate(reversed(year)) == pytest.approx(0.10)
    twice = [*year, (JANUARY_2024_MS + 365 * DAY_MS, 0.0), (JANUARY_2024_MS + 180 * DAY_MS, -50.0)]
    rate = internal_rate(twice)
    assert rate is not None
    worth = -100 + 110 / (1 + rate) - 50 / (1 + rate) ** (180 / 365)
    assert worth == pytest.approx(0.0, abs=1e-6)


def test_there_is_no_internal_rate_within_a_day_or_without_money_back() -> None:
    assert internal_rate([]) is None
    assert internal_rate([(JANUARY_2024_MS, -100.0), (JANUARY_2024_MS + 3_600_000, 110.0)]) is None
    assert internal_rate([(JANUARY_2024_MS, -100.0), (JANUARY_2024_MS + 9 * DAY_MS, 0.0)]) is None
    assert internal_rate([(JANUARY_2024_MS, -100.0), (JANUARY_2024_MS + DAY_MS, 200.0)]) is None
    with pytest.raises(SettingInvalid):
        internal_rate([(JANUARY_2024_MS, math.nan)])


def test_a_year_makes_a_return_annual() -> None:
    assert annualised_ratio(0.1, 0, 365 * DAY_MS) == pytest.approx(0.1)
    assert annualised_ratio(0.21, 0, 730 * DAY_MS) == pytest.approx(0.1)
    assert annualised_ratio(0.1, 0, DAY_MS // 2) is None
    assert annualised_ratio(-1.0, 0, 365 * DAY_MS) is None
    assert annualised_ratio(5.0, 0, DAY_MS) is None
