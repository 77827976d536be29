"""Long lines as few points."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from levdesk.ui.charts.thinning import DENSE, ThinnedLine

COLUMNS = 100


def wild(count: int) -> ThinnedLine:
    values = np.cumsum(np.random.default_rng(count).normal(size=count))
    return ThinnedLine(np.arange(count, dtype=np.float64), values)


def test_a_short_line_is_drawn_as_it_is() -> None:
    line = wild(DENSE * COLUMNS)
    times, values = line.between(0.0, 1e9, COLUMNS)
    np.testing.assert_array_equal(times, line.times)
    np.testing.assert_array_equal(values, line.values)


def test_a_part_is_drawn_with_the_point_beyond_either_end() -> None:
    times, _ = wild(200).between(50.5, 60.5, COLUMNS)
    assert (times[0], times[-1]) == (50.0, 61.0)


@given(count=st.integers(DENSE * COLUMNS + 1, 20_000), start=st.floats(0.0, 0.8), share=st.floats(0.2, 1.0))
def test_a_long_line_keeps_its_lowest_and_highest_and_grows_no_longer_than_two_points_a_column(
    count: int, start: float, share: float
) -> None:
    line = wild(count)
    begin, end = start * count, min((start + share) * count, count)
    times, values = line.between(begin, end, COLUMNS)
    inside = line.values[(line.times >= begin) & (line.times <= end)]
    assert values.min() <= inside.min()
    assert values.max() >= inside.max()
    assert len(values) <= max(2 * COLUMNS + 4, DENSE * COLUMNS + 2)
    assert np.all(np.diff(times) >= 0)
    assert set(values) <= set(line.values)


def test_what_is_drawn_stays_the_same_while_the_line_is_moved() -> None:
    line = wild(50_000)
    first_times, first = line.between(10_000.0, 20_000.0, COLUMNS)
    next_times, moved = line.between(10_500.0, 20_500.0, COLUMNS)
    shared = np.intersect1d(first_times, next_times)
    assert len(shared) > COLUMNS // 2
    np.testing.assert_array_equal(first[np.isin(first_times, shared)], moved[np.isin(next_times, shared)])


def test_a_gap_stays_a_gap() -> None:
    line = wild(10_000)
    line.values[4_000:6_000] = np.nan
    times, values = line.between(0.0, 10_000.0, COLUMNS)
    assert np.isnan(values[(times > 4_200) & (times < 5_800)]).all()
    assert np.isfinite(values[(times < 3_800) | (times > 6_200)]).all()


@pytest.mark.parametrize("count", [0, 1, 2])
def test_a_line_of_next_to_nothing(count: int) -> None:
    times, values = wild(count).between(0.0, 5.0, 0)
    assert len(times) == len(values) == count
