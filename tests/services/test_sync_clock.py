"""The planner after the clock was set, or the computer slept."""

from __future__ import annotations

from dataclasses import replace

import pytest

from levdesk.domain.errors import VenueBusy
from levdesk.domain.instruments import TokenKey
from levdesk.services.health import SourceState
from levdesk.services.sync import GONE_MS, begin, due, note_failure, note_started, note_success
from levdesk.services.sync_clock import after_leap
from levdesk.services.sync_health import health
from levdesk.services.sync_state import LineKey, SyncPlan, SyncState, Task, VenueWant
from levdesk.venues.contract import RequestKind

NOW = 1_790_000_000_000
HOUR = 3_600_000
BTC3L = TokenKey("gate", "BTC3L")
QUOTES = Task(LineKey("gate", RequestKind.TOKEN_QUOTES), tokens=frozenset({BTC3L}))
CLOCK = Task(LineKey("gate", RequestKind.SERVER_TIME))
KINDS = frozenset({RequestKind.TOKEN_QUOTES, RequestKind.SERVER_TIME})
GATE = VenueWant(name="gate", title="Gate", serves=KINDS, tokens=(BTC3L,))


def asked_all() -> SyncState:
    state = note_started(begin(SyncPlan(venues=(GATE,), poll_s=5.0)), (QUOTES, CLOCK), NOW)
    for task in (QUOTES, CLOCK):
        state = note_success(state, task, NOW, latency_ms=80)
    return state


def test_prices_come_on_after_the_clock_was_set_back_an_hour() -> None:
    put_back_ms = NOW - HOUR
    assert due(put_back_ms + 60_000, asked_all()) == ()  # without a word they would not, until it shows NOW again
    state = after_leap(asked_all(), NOW, put_back_ms)
    assert QUOTES not in due(put_back_ms + 4_999, state)
    assert QUOTES in due(put_back_ms + 5_000, state)


def test_a_source_that_was_silent_since_the_clock_was_set_back_is_not_called_live_for_an_hour() -> None:
    state = after_leap(asked_all(), NOW, NOW - HOUR)
    assert health(state, NOW - HOUR + 60_000)[0].state is SourceState.SLOW


@pytest.mark.parametrize("by_ms", [-HOUR, 8 * HOUR], ids=["set back", "slept"])
def test_after_a_leap_the_venue_is_asked_for_its_time(by_ms: int) -> None:
    assert CLOCK not in due(NOW + 5_000, asked_all())
    assert CLOCK in due(NOW + by_ms, after_leap(asked_all(), NOW, NOW + by_ms))


def test_a_wait_the_venue_named_lasts_as_long_as_it_said() -> None:
    busy = VenueBusy("Gate is busy.", venue="gate", retry_after_s=300.0)
    state = note_failure(asked_all(), QUOTES, NOW, busy, jitter=0.0)
    state = after_leap(state, NOW, NOW - HOUR)
    assert due(NOW - HOUR + 299_999, state) == ()
    assert due(NOW - HOUR + 300_000, state) != ()


def test_an_endpoint_that_is_gone_stays_so_for_its_day() -> None:
    state = asked_all()
    gone = replace(state.line(QUOTES.key), next_ms=NOW + GONE_MS, gone="Gone.", failures=1)
    state = after_leap(replace(state, lines={**state.lines, QUOTES.key: gone}), NOW, NOW - HOUR)
    assert state.line(QUOTES.key).next_ms == NOW - HOUR + GONE_MS


@pytest.mark.parametrize("by_ms", [-999, 0, 200, 60_000])
def test_a_clock_that_is_kept_in_step_changes_nothing(by_ms: int) -> None:
    state = asked_all()
    assert after_leap(state, NOW, NOW + by_ms) is state
