from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from levdesk.ui.charts.date_ticks import DAY_S, HOUR_S, date_ticks


@pytest.fixture
def zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setitem(os.environ, "TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def seconds(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


@given(
    st.integers(min_value=0, max_value=2_000_000_000),
    st.integers(min_value=600, max_value=40 * 365 * DAY_S),
    st.integers(min_value=1, max_value=30),
)
def test_labels_lie_inside_ascend_and_are_not_too_many(start: int, span: int, at_most: int) -> None:
    ticks = date_ticks(float(start), float(start + span), at_most)
    times = [ts for ts, _ in ticks]
    assert times == sorted(set(times))
    assert all(start <= ts <= start + span for ts in times)
    assert len(ticks) <= at_most + 2
    assert all(words for _, words in ticks)


def test_a_day_is_written_in_hours_and_midnight_as_a_date() -> None:
    start = seconds("2026-11-20T10:00")
    labels = [words for _, words in date_ticks(start, start + DAY_S, 5)]
    assert labels == ["12:00", "18:00", "21 Nov", "06:00"]


def test_a_month_is_written_in_days_from_the_first() -> None:
    start = seconds("2026-10-11T00:00")
    labels = [words for _, words in date_ticks(start, start + 41 * DAY_S, 9)]
    assert labels == ["11 Oct", "16 Oct", "21 Oct", "26 Oct", "1 Nov", "6 Nov", "11 Nov", "16 Nov", "21 Nov"]


def test_years_are_written_in_months_and_turn_with_the_year() -> None:
    start = seconds("2025-06-15T00:00")
    labels = [words for _, words in date_ticks(start, start + 700 * DAY_S, 9)]
    assert labels == ["Jul", "Oct", "2026", "Apr", "Jul", "Oct", "2027", "Apr"]


@pytest.mark.usefixtures("zone")
def test_local_hours_stay_round_when_summer_time_ends() -> None:
    start = seconds("2026-10-24T20:00")
    ticks = date_ticks(start, start + DAY_S, 8)
    assert [words for _, words in ticks] == ["25 Oct", "03:00", "06:00", "09:00", "12:00", "15:00", "18:00", "21:00"]
    assert ticks[1][0] - ticks[0][0] == 4 * HOUR_S


@pytest.mark.parametrize(
    ("start", "end", "at_most"), [(0.0, 0.0, 5), (5.0, 1.0, 5), (0.0, float("inf"), 5), (0.0, 9.0, 0)]
)
def test_nothing_to_write_on_an_impossible_axis(start: float, end: float, at_most: int) -> None:
    assert date_ticks(start, end, at_most) == []
