"""Progress of fetching much history, as a person sees it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from levdesk.services.backfill import MUCH, Backfill, BackfillProgress


def test_a_little_is_not_worth_showing() -> None:
    assert Backfill().note(MUCH - 1) is None


def test_much_is_counted_down_to_the_last_piece() -> None:
    backfill = Backfill()
    assert backfill.note(40) == BackfillProgress(0, 40)
    told = backfill.note(28)
    assert told is not None
    assert told.title == "Fetching history: 12 of 40"
    assert told.done_ratio == 0.3
    assert backfill.note(1) == BackfillProgress(39, 40)
    assert backfill.note(0) is None


def test_what_is_wanted_on_the_way_adds_to_the_whole() -> None:
    backfill = Backfill()
    assert [backfill.note(missing) for missing in (10, 4, 9)][-1] == BackfillProgress(6, 15)


def test_once_ended_nothing_is_shown_until_it_goes_on() -> None:
    backfill = Backfill()
    backfill.note(40)
    backfill.stop()
    assert backfill.is_stopped
    assert backfill.note(40) is None
    backfill.resume()
    assert backfill.note(30) == BackfillProgress(0, 30)


@given(st.lists(st.integers(0, 60), max_size=30))
def test_progress_never_leaves_its_bounds(counts: list[int]) -> None:
    backfill = Backfill()
    for missing in counts:
        told = backfill.note(missing)
        if told is not None:
            assert 0 <= told.done <= told.total
            assert told.total - told.done == missing
