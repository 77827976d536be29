"""Noise: the same number for the same counter, whoever asks and in whatever order."""

from __future__ import annotations

import numpy as np
import pytest

from levdesk.simulator.noise import BELL_LIMIT, Stream, Swell

COUNTERS = np.arange(-50_000, 150_000)


def test_a_draw_depends_only_on_seed_name_and_counter() -> None:
    whole = Stream(7, "BTC/return").bell(COUNTERS)
    picked = np.array([3, -17, 149_999, 3])
    assert np.array_equal(Stream(7, "BTC/return").bell(picked), whole[picked + 50_000])


def test_one_draw_and_many_agree() -> None:
    stream = Stream(1, "x")
    few = np.array([-3, 0, 1, 2**40])
    assert [stream.uniform_at(int(counter)) for counter in few] == stream.uniform(few).tolist()


@pytest.mark.parametrize("other", [Stream(8, "a"), Stream(7, "b")])
def test_another_seed_or_name_is_unrelated(other: Stream) -> None:
    mine = Stream(7, "a").bell(COUNTERS)
    assert abs(np.corrcoef(mine, other.bell(COUNTERS))[0, 1]) < 0.01


def test_draws_have_the_shape_they_promise() -> None:
    bell, uniform = Stream(3, "shape").bell(COUNTERS), Stream(3, "shape").uniform(COUNTERS)
    assert abs(bell.mean()) < 0.01
    assert bell.std() == pytest.approx(1.0, abs=0.01)
    assert abs(bell).max() <= BELL_LIMIT
    assert abs(np.corrcoef(bell[1:], bell[:-1])[0, 1]) < 0.01
    assert (uniform.min(), uniform.max()) == (pytest.approx(0.0, abs=1e-4), pytest.approx(1.0, abs=1e-4))
    assert uniform.std() == pytest.approx(12**-0.5, abs=0.002)


def test_a_swell_stays_in_bounds_and_comes_back() -> None:
    swell = Swell(Stream(5, "premium"), (600.0, 7_000.0, 90_000.0))
    times_s = np.arange(0.0, 30 * 86_400.0, 60.0)
    heights = swell.over(times_s)
    assert abs(heights).max() <= 1.0
    assert abs(heights.mean()) < 0.1
    assert np.count_nonzero(np.diff(np.sign(heights))) > 100
    assert swell.at(3600.0) == pytest.approx(float(swell.over(np.array([3600.0]))[0]), abs=1e-12)
