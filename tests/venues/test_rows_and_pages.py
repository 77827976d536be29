"""What the venues share to read lists and messages, and to cut histories into pages."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from levdesk.domain.errors import VenueGarbled
from levdesk.domain.market import FundingPoint
from levdesk.venues.contract import CandleQuery
from levdesk.venues.json_figures import JsonValue, whole
from levdesk.venues.pages import bar_pages, settlement_pages
from levdesk.venues.rows import VenueRows, moment_ms, named_row, seconds_of_ms, settlements_in_order
from tests.venues.contract_cases import HOUR_MS, NOW_MS, reply

ROWS = VenueRows("somewhere", "Somewhere")
DAY_MS = 24 * HOUR_MS


# -- rows --------------------------------------------------------------------------------------------------------


def figure(value: JsonValue) -> int:
    return whole(value, low=0, high=9)


def test_good_rows_stay_and_bad_ones_are_named() -> None:
    values, problems = ROWS.each(reply(b""), ["1", "12", "x", "3"], figure, "odd", "a figure")
    assert values == [1, 3]
    assert [(problem.code, problem.source) for problem in problems] == [("odd", "somewhere")] * 2
    assert all(problem.message.startswith("Somewhere: a figure ") for problem in problems)


def test_no_rows_are_an_answer() -> None:
    assert ROWS.each(reply(b""), [], figure, "odd", "a figure") == ([], [])


@pytest.mark.parametrize("rows", [None, "1", {}, True, ["x"], ["12", None]])
def test_no_list_or_nothing_but_bad_rows_is_garbled(rows: JsonValue) -> None:
    with pytest.raises(VenueGarbled) as caught:
        ROWS.each(reply(b"body"), rows, figure, "odd", "a figure")
    assert (caught.value.venue, caught.value.sample) == ("somewhere", "body")


def test_a_message_is_an_object_however_it_is_packed() -> None:
    for text in ('{"a": 2.10}', b'{"a": 2.10}'):
        assert ROWS.message(text, NOW_MS) == {"a": "2.10"}
    for text in ("[1]", "1", "", "\ud800", b"\xff"):
        with pytest.raises(VenueGarbled):
            ROWS.message(text, NOW_MS)


def test_a_row_has_the_first_name_that_is_text() -> None:
    assert named_row({"a": None, "b": "BTC"}, "a", "b") == ("BTC", {"a": None, "b": "BTC"})


@pytest.mark.parametrize("bad", [{}, {"a": ""}, {"a": "B TC"}, {"a": "B\u0000"}, {"a": "\ud800"}, [], "a", None])
def test_a_row_without_a_readable_name_is_none(bad: JsonValue) -> None:
    with pytest.raises(ValueError, match=r"is not an object|has no readable name"):
        named_row(bad, "a")


@pytest.mark.parametrize("said", [str(NOW_MS), str(NOW_MS - 900 * DAY_MS), str(NOW_MS + DAY_MS)])
def test_a_moment_is_believed_however_old(said: str) -> None:
    assert moment_ms(said, NOW_MS) == int(said)


@pytest.mark.parametrize("said", [None, "", "0", "-1", "NaN", "1.5", str(NOW_MS // 1000), str(NOW_MS + DAY_MS + 1), []])
def test_a_moment_that_cannot_be_is_the_arrival(said: JsonValue) -> None:
    assert moment_ms(said, NOW_MS) == NOW_MS


def test_a_bar_starts_at_a_whole_second() -> None:
    assert seconds_of_ms("1591256460000") == "1591256460"
    for bad in ("1591256460001", "-1000", "9" * 60, None, True):
        with pytest.raises(ValueError, match=r"."):
            seconds_of_ms(bad)


def test_settlements_come_once_each_and_the_later_of_two_counts() -> None:
    points = [FundingPoint(2, 0.1), FundingPoint(1, 0.2), FundingPoint(2, 0.3)]
    assert settlements_in_order(points) == (FundingPoint(1, 0.2), FundingPoint(2, 0.3))


# -- pages -------------------------------------------------------------------------------------------------------


@given(
    start_ms=st.integers(min_value=0, max_value=NOW_MS),
    length_ms=st.integers(min_value=-HOUR_MS, max_value=400 * HOUR_MS),
    most=st.integers(min_value=1, max_value=90),
)
def test_pages_of_bars_hold_every_bar_once(start_ms: int, length_ms: int, most: int) -> None:
    query = CandleQuery(instrument="X", interval_s=3600, start_ms=start_ms, end_ms=start_ms + length_ms)
    pages = list(bar_pages(query, most))
    bars = [list(range(page.first_ms, page.last_ms + 1, HOUR_MS)) for page in pages]
    assert [len(page) for page in bars] == [page.rows for page in pages]
    assert all(len(page) <= most for page in bars)
    first_ms = -(-start_ms // HOUR_MS) * HOUR_MS
    assert [ms for page in bars for ms in page] == list(range(first_ms, start_ms + length_ms + 1, HOUR_MS))


@given(
    start_ms=st.integers(min_value=0, max_value=NOW_MS),
    length_ms=st.integers(min_value=-HOUR_MS, max_value=4000 * HOUR_MS),
    most=st.integers(min_value=2, max_value=1000),
    late_ms=st.integers(min_value=0, max_value=59_999),
)
def test_pages_of_settlements_join_and_none_overflows(start_ms: int, length_ms: int, most: int, late_ms: int) -> None:
    pages = list(settlement_pages(start_ms, start_ms + length_ms, most_rows=most))
    if length_ms < 0:
        assert pages == []
        return
    assert (pages[0].first_ms, pages[-1].last_ms) == (start_ms, start_ms + length_ms)
    assert all(after.first_ms == page.last_ms + 1 for page, after in pairwise(pages))
    for page in pages:
        first_ms = -(-(page.first_ms - late_ms) // HOUR_MS) * HOUR_MS + late_ms
        assert len(range(first_ms, page.last_ms + 1, HOUR_MS)) <= most == page.rows
