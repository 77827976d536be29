"""A long stretch of history cut into the pages a venue serves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from levdesk.domain.errors import Bug
from levdesk.venues.contract import CandleQuery

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page:
    """One page: an inclusive range of moments, ms UTC, and how many rows it can hold at most."""

    first_ms: int
    last_ms: int
    rows: int


def bar_word(words: Mapping[int, T], query: CandleQuery, title: str) -> T:
    """The venue's word for the length of the bars that are asked for.

    Args:
        words: words by the lengths it serves, in seconds.
        query: what is asked for.
        title: name of the venue.

    Raises:
        Bug: it serves no such bars, and its `candle_intervals_s` says so.
    """
    word = words.get(query.interval_s)
    if word is None:
        raise Bug(f"{title} serves no bars of {query.interval_s} s.")
    return word


def bar_pages(query: CandleQuery, most_bars: int) -> Iterator[Page]:
    """Pages from bar start to bar start, oldest first; none where no bar starts in the stretch."""
    step_ms = query.interval_s * 1000
    first_ms = -(-query.start_ms // step_ms) * step_ms
    last_ms = query.end_ms // step_ms * step_ms
    for page_ms in range(first_ms, last_ms + 1, most_bars * step_ms):
        until_ms = min(last_ms, page_ms + (most_bars - 1) * step_ms)
        yield Page(page_ms, until_ms, (until_ms - page_ms) // step_ms + 1)


def settlement_pages(start_ms: int, end_ms: int, *, most_rows: int, shortest_s: int = 3600) -> Iterator[Page]:
    """Pages of settlements, oldest first, so short that none overflows while they are `shortest_s` apart or more.

    A page that overflowed would lose rows without a word, so the shortest funding interval in use sets the length.
    """
    # One row fewer: a range that is not aligned to the settlements may hold one at each end.
    span_ms = (most_rows - 1) * shortest_s * 1000
    for page_ms in range(start_ms, end_ms + 1, span_ms):
        yield Page(page_ms, min(end_ms, page_ms + span_ms - 1), most_rows)
