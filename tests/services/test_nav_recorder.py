"""What is recorded of the NAV, and how often."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from levdesk.domain.instruments import TokenKey
from levdesk.domain.market import NavSource, TokenQuote
from levdesk.services.nav_recorder import RECORD_EVERY_MS, NavRecorder

KEY = TokenKey("gate", "BTC3L")
START_MS = 1_790_000_000_000


def quote(after_ms: int, *, rebalance_ms: int | None = START_MS - 1) -> TokenQuote:
    return TokenQuote(
        key=KEY,
        nav=Decimal("1.5"),
        nav_source=NavSource.VENUE,
        nav_ts_ms=START_MS + after_ms,
        rebalance_nav=Decimal("1.4"),
        rebalance_ms=rebalance_ms,
    )


def test_the_first_nav_is_recorded_and_the_next_only_after_five_minutes() -> None:
    recorder = NavRecorder()
    assert recorder.due([quote(0)]) == (quote(0),)
    assert recorder.due([quote(RECORD_EVERY_MS - 1)]) == ()
    assert recorder.due([quote(RECORD_EVERY_MS)]) == (quote(RECORD_EVERY_MS),)


def test_a_rebalance_is_recorded_at_once() -> None:
    recorder = NavRecorder()
    recorder.due([quote(0)])
    fresh = quote(1_000, rebalance_ms=START_MS + 900)
    assert recorder.due([fresh]) == (fresh,)
    assert recorder.due([quote(2_000, rebalance_ms=START_MS + 900)]) == ()


def test_a_rebalance_without_a_nav_is_recorded_too() -> None:
    recorder = NavRecorder()
    bare = TokenQuote(key=KEY, rebalance_ms=START_MS)
    assert recorder.due([bare]) == (bare,)
    assert recorder.due([bare]) == ()


def test_an_estimate_is_not_recorded() -> None:
    estimate = replace(quote(0, rebalance_ms=None), nav_source=NavSource.ESTIMATE)
    assert NavRecorder().due([estimate]) == ()


@given(steps=st.lists(st.integers(0, 400_000), max_size=40))
def test_no_two_navs_are_nearer_than_five_minutes(steps: list[int]) -> None:
    recorder, at_ms, kept = NavRecorder(), 0, []
    for step_ms in steps:
        at_ms += step_ms
        kept += [found.nav_ts_ms or 0 for found in recorder.due([quote(at_ms)])]
    assert all(later - earlier >= RECORD_EVERY_MS for earlier, later in pairwise(kept))
