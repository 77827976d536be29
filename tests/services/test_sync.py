"""The sync planner, with a clock that only moves when a test says so."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from levdesk.domain.errors import VenueBusy, VenueError, VenueGarbled, VenueRefused, VenueUnreachable
from levdesk.domain.instruments import TokenKey
from levdesk.services.health import SourceState, StreamHealth, StreamState
from levdesk.services.sync import (
    GONE_MS,
    HEARTBEAT_S,
    ask_now,
    begin,
    due,
    note_failure,
    note_started,
    note_success,
    with_plan,
)
from levdesk.services.sync_health import clock_problem, health
from levdesk.services.sync_histories import CHUNK_BARS, missing_span, pieces_missing
from levdesk.services.sync_state import HistoryWant, LineKey, Span, SyncPlan, SyncState, Task, VenueWant
from levdesk.venues.contract import RequestKind

NOW = 1_790_000_000_000
HOUR = 3_600_000
DAY = 24 * HOUR
BTC3L = TokenKey("gate", "BTC3L")
QUOTES = Task(LineKey("gate", RequestKind.TOKEN_QUOTES), tokens=frozenset({BTC3L}))
NAVS = Task(LineKey("gate", RequestKind.TOKEN_NAVS), tokens=frozenset({BTC3L}))
MARKS = Task(LineKey("gate", RequestKind.UNDERLYING_QUOTES), perpetuals=frozenset({"BTC_USDT"}))
LIST = Task(LineKey("gate", RequestKind.TOKENS))
CLOCK = Task(LineKey("gate", RequestKind.SERVER_TIME))
BARS = LineKey("gate", RequestKind.TOKEN_CANDLES, "BTC3L_USDT", 3600)
MARK_BARS = LineKey("gate", RequestKind.UNDERLYING_CANDLES, "BTC_USDT", 3600)
FUNDING = LineKey("gate", RequestKind.FUNDING_HISTORY, "BTC_USDT")

ALL = frozenset(RequestKind) - {RequestKind.TOKEN_NAVS}
GATE = VenueWant(name="gate", title="Gate", serves=ALL, tokens=(BTC3L,), perpetuals=("BTC_USDT",))
MEXC = VenueWant(name="mexc", title="MEXC", serves=ALL, tokens=(TokenKey("mexc", "BTC3L"),), perpetuals=("BTC_USDT",))
PLAN = SyncPlan(venues=(GATE,), poll_s=5.0)
PROBED = replace(PLAN, venues=(replace(GATE, serves=ALL | {RequestKind.TOKEN_NAVS}),))
DEAD = VenueUnreachable("Gate does not answer.", venue="gate")
WEB_PAGE = VenueGarbled("Gate sent a web page.", venue="gate")
NO = VenueRefused("Gate refused.", venue="gate", status=400)


def plan_with(*wants: HistoryWant) -> SyncPlan:
    return replace(PLAN, histories=wants)


def plan_of(*venues: VenueWant) -> SyncPlan:
    return replace(PLAN, venues=venues)


def all_snapshots_done(state: SyncState, now_ms: int) -> SyncState:
    state = note_started(state, (QUOTES, MARKS, LIST, CLOCK), now_ms)
    for task in (QUOTES, MARKS, LIST, CLOCK):
        state = note_success(state, task, now_ms, latency_ms=80)
    return state


# -- what is due -------------------------------------------------------------------------------------------------


def test_at_first_everything_is_due_prices_first() -> None:
    assert due(NOW, begin(PLAN)) == (QUOTES, MARKS, LIST, CLOCK)


def test_offline_nothing_is_due() -> None:
    assert due(NOW, begin(replace(PLAN, offline=True))) == ()


def test_what_is_under_way_is_not_asked_again() -> None:
    state = note_started(begin(PLAN), (QUOTES, MARKS), NOW)
    assert due(NOW, state) == (LIST, CLOCK)
    assert due(NOW + DAY, note_started(state, (LIST, CLOCK), NOW)) == ()


def test_prices_come_at_the_poll_interval_the_list_daily_the_clock_every_six_hours() -> None:
    state = all_snapshots_done(begin(PLAN), NOW)
    assert due(NOW + 4_999, state) == ()
    assert due(NOW + 5_000, state) == (QUOTES, MARKS)
    assert due(NOW + 6 * HOUR, state) == (QUOTES, MARKS, CLOCK)
    assert due(NOW + DAY, state) == (QUOTES, MARKS, LIST, CLOCK)


def test_a_clock_that_is_off_is_asked_for_again_soon_and_not_after_hours() -> None:
    off = note_success(all_snapshots_done(begin(PLAN), NOW), CLOCK, NOW, latency_ms=5, skew_ms=-3_600_000)
    assert CLOCK in due(NOW + 30_000, off)
    right = note_success(off, CLOCK, NOW + 30_000, latency_ms=5, skew_ms=20)
    assert CLOCK not in due(NOW + 5 * HOUR, right)


def test_a_slow_venue_gets_a_pause_after_its_answer() -> None:
    state = note_started(begin(PLAN), (QUOTES,), NOW)
    state = note_success(state, QUOTES, NOW + 9_000, latency_ms=9_000)
    assert QUOTES not in due(NOW + 9_000, state)
    assert QUOTES in due(NOW + 11_500, state)


def test_a_list_fetched_lately_waits_for_its_day() -> None:
    state = begin(PLAN, listed_ms={"gate": NOW - HOUR})
    assert LIST not in due(NOW, state)
    assert LIST in due(NOW + 23 * HOUR, state)


def test_a_refresh_by_hand_makes_prices_due_at_once() -> None:
    state = all_snapshots_done(begin(PLAN), NOW)
    assert due(NOW + 1, ask_now(state, NOW + 1)) == (QUOTES, MARKS)


# -- what is wanted of whom --------------------------------------------------------------------------------------


def kinds(state: SyncState, now_ms: int = NOW) -> list[tuple[str, RequestKind]]:
    return [(task.key.venue, task.key.kind) for task in due(now_ms, state)]


def test_a_venue_nobody_holds_tokens_of_only_lists_them() -> None:
    assert due(NOW, begin(plan_of(replace(GATE, tokens=(), perpetuals=())))) == (LIST,)


def test_a_venue_that_only_hedges_is_asked_only_for_its_perpetuals() -> None:
    hedge = VenueWant(
        name="okx",
        title="OKX",
        serves=frozenset({RequestKind.UNDERLYING_QUOTES, RequestKind.SERVER_TIME}),
        perpetuals=("BTC-USDT-SWAP",),
    )
    plan = replace(plan_of(hedge), histories=(HistoryWant(LineKey("okx", FUNDING.kind, "BTC-USDT-SWAP"), NOW - DAY),))
    assert kinds(begin(plan)) == [("okx", RequestKind.UNDERLYING_QUOTES), ("okx", RequestKind.SERVER_TIME)]


def test_a_venue_switched_off_is_asked_nothing() -> None:
    state = begin(plan_of(replace(GATE, off=True)))
    assert due(NOW, state) == ()
    assert health(state, NOW)[0].state is SourceState.OFF


def test_prices_of_every_venue_come_before_anything_else() -> None:
    assert [kind for _, kind in kinds(begin(plan_of(GATE, MEXC)))] == [
        *2 * [RequestKind.TOKEN_QUOTES],
        *2 * [RequestKind.UNDERLYING_QUOTES],
        *2 * [RequestKind.TOKENS],
        *2 * [RequestKind.SERVER_TIME],
    ]


def test_what_a_stream_brings_is_asked_only_as_a_heartbeat_until_it_breaks() -> None:
    heard = replace(GATE, heard=frozenset({RequestKind.UNDERLYING_QUOTES}))
    state = all_snapshots_done(begin(plan_of(heard)), NOW)
    assert due(NOW + 5_000, state) == (QUOTES,)
    assert MARKS in due(NOW + round(HEARTBEAT_S * 1000), state)
    assert due(NOW + 1, with_plan(state, PLAN)) == (MARKS,)


def test_a_token_held_since_is_asked_for_at_once() -> None:
    state = all_snapshots_done(begin(PLAN), NOW)
    more = replace(GATE, tokens=(BTC3L, TokenKey("gate", "ETH3S")))
    (task,) = due(NOW + 1, with_plan(state, plan_of(more)))
    assert (task.key.kind, len(task.tokens)) == (RequestKind.TOKEN_QUOTES, 2)
    assert due(NOW + 1, with_plan(state, PLAN)) == ()


def test_jitter_spreads_polls_and_only_lengthens_them() -> None:
    state = note_started(begin(PLAN), (QUOTES,), NOW)
    calm, shaken = (note_success(state, QUOTES, NOW, latency_ms=5, jitter=part).line(QUOTES.key) for part in (0.0, 0.9))
    assert calm.next_ms < shaken.next_ms <= NOW + 5_250


def test_an_endpoint_that_is_gone_is_tried_again_after_a_day_and_hurts_nobody() -> None:
    state = note_success(begin(PROBED), QUOTES, NOW, latency_ms=5)
    state = note_failure(note_started(state, (NAVS,), NOW), NAVS, NOW, NO, jitter=0.0)
    seen = health(state, NOW)[0]
    assert (seen.state, seen.error) == (SourceState.LIVE, "")
    assert seen.switched_off == ("NAV: Gate refused. It is tried again once a day.",)
    assert NAVS not in due(NOW + GONE_MS - 1, state)
    assert NAVS in due(NOW + GONE_MS, state)
    assert NAVS in due(NOW + 1, ask_now(state, NOW + 1, only="gate"))
    assert NAVS not in due(NOW + 1, ask_now(state, NOW + 1))
    back = note_success(state, NAVS, NOW, latency_ms=5)
    assert health(back, NOW)[0].switched_off == ()


@pytest.mark.parametrize("error", [DEAD, WEB_PAGE])
def test_a_probed_endpoint_that_only_stumbles_is_tried_again_soon(error: VenueError) -> None:
    state = note_failure(begin(PROBED), NAVS, NOW, error, jitter=0.0)
    assert health(state, NOW)[0].switched_off == ()
    assert QUOTES in due(NOW, state)
    assert NAVS in due(NOW + 2_000, state)


def test_one_web_page_after_the_other_instead_of_navs_counts_as_gone() -> None:
    state = begin(PROBED)
    for _ in range(3):
        state = note_failure(state, NAVS, NOW, WEB_PAGE, jitter=0.0)
    assert health(state, NOW)[0].switched_off != ()


def test_a_limit_met_by_a_probe_pauses_the_venue() -> None:
    busy = VenueBusy("Slow down.", venue="gate", retry_after_s=20.0)
    state = note_failure(begin(PROBED), NAVS, NOW, busy, jitter=0.0)
    assert due(NOW + 19_999, state) == ()


# -- failures ----------------------------------------------------------------------------------------------------


def test_a_venue_that_does_not_answer_is_probed_with_one_task_after_growing_waits() -> None:
    state = begin(PLAN)
    now_ms = NOW
    waits = []
    for failures in range(8):
        tasks = due(now_ms, state)
        assert tasks[0] == (QUOTES if failures % 3 or not failures else MARKS)
        state = note_failure(note_started(state, (QUOTES,), now_ms), QUOTES, now_ms, DEAD, jitter=0.0)
        later = now_ms
        while not due(later, state):
            later += 500
        waits.append(later - now_ms)
        now_ms = later
        assert len(due(now_ms, state)) == 1
    assert waits[:4] == [2_000, 4_000, 8_000, 16_000]
    assert max(waits) == 60_000


def test_while_a_probe_is_under_way_nothing_else_is_asked() -> None:
    state = note_failure(begin(PLAN), QUOTES, NOW, DEAD, jitter=0.0)
    (probe,) = due(NOW + 2_000, state)
    assert due(NOW + 2_000, note_started(state, (probe,), NOW + 2_000)) == ()


def test_one_good_answer_closes_the_circuit() -> None:
    state = note_failure(begin(PLAN), QUOTES, NOW, DEAD, jitter=0.0)
    state = note_started(state, (MARKS,), NOW + 2_000)
    state = note_success(state, MARKS, NOW + 2_000, latency_ms=50)
    assert due(NOW + 2_000, state) == (QUOTES, LIST, CLOCK)


def test_a_wait_the_venue_named_is_kept_even_against_a_refresh_by_hand() -> None:
    busy = VenueBusy("Gate asks to slow down.", venue="gate", retry_after_s=30.0)
    state = note_failure(begin(PLAN), QUOTES, NOW, busy, jitter=0.0)
    assert due(NOW + 29_999, state) == ()
    assert due(NOW + 29_999, ask_now(state, NOW + 29_999)) == ()
    assert due(NOW + 30_000, state) == (QUOTES,)


def test_a_refresh_by_hand_cuts_a_wait_of_our_own() -> None:
    state = note_failure(begin(PLAN), QUOTES, NOW, DEAD, jitter=0.0)
    assert due(NOW + 1, state) == ()
    assert due(NOW + 1, ask_now(state, NOW + 1)) == (QUOTES,)


def test_a_refusal_stops_only_what_was_refused() -> None:
    plan = plan_with(HistoryWant(BARS, NOW - DAY), HistoryWant(replace(BARS, instrument="ETH3L_USDT"), NOW - DAY))
    state = all_snapshots_done(begin(plan), NOW)
    (first,) = due(NOW, state)
    state = note_failure(note_started(state, (first,), NOW), first, NOW, NO, jitter=0.0)
    (second,) = due(NOW, state)
    assert (first.key.instrument, second.key.instrument) == ("BTC3L_USDT", "ETH3L_USDT")
    state = note_started(state, (second,), NOW)
    state = note_success(state, second, NOW, latency_ms=1, received_to_ms=second.span.last_ms if second.span else None)
    assert due(NOW + 4_000, state) == ()
    assert first in due(NOW + 60_000, state)


@pytest.mark.parametrize("error", [DEAD, WEB_PAGE, NO])
def test_jitter_only_lengthens_a_wait(error: VenueError) -> None:
    calm = note_failure(begin(PLAN), QUOTES, NOW, error, jitter=0.0)
    shaken = note_failure(begin(PLAN), QUOTES, NOW, error, jitter=0.99)
    early, late = calm.line(QUOTES.key).next_ms - NOW, shaken.line(QUOTES.key).next_ms - NOW
    assert early < late <= early * 1.3


# -- histories ---------------------------------------------------------------------------------------------------


def test_only_closed_bars_that_are_not_stored_are_asked_for() -> None:
    newest = NOW // HOUR * HOUR - HOUR
    want = HistoryWant(BARS, NOW - 10 * HOUR)
    first = -(-(NOW - 10 * HOUR) // HOUR) * HOUR
    assert missing_span(want, None, NOW) == Span(first, newest)
    assert missing_span(want, Span(first, newest - 3 * HOUR), NOW) == Span(newest - 2 * HOUR, newest)
    assert missing_span(want, Span(first + 2 * HOUR, newest), NOW) == Span(first, first + HOUR)
    assert missing_span(want, Span(first, newest), NOW) is None
    assert missing_span(want, Span(first - DAY, newest), NOW) is None


def test_what_is_stored_before_the_wanted_stretch_does_not_make_us_fill_the_gap() -> None:
    newest = NOW // HOUR * HOUR - HOUR
    want = HistoryWant(BARS, NOW - 10 * HOUR)
    assert missing_span(want, Span(0, NOW - 400 * DAY), NOW) == Span(newest - 8 * HOUR, newest)


def test_settlements_are_asked_for_once_they_happened() -> None:
    hour = NOW // HOUR * HOUR
    want = HistoryWant(FUNDING, hour - 2 * HOUR)
    assert missing_span(want, None, hour + 599_999) == Span(hour - 2 * HOUR, hour - HOUR)
    assert missing_span(want, None, hour + 600_000) == Span(hour - 2 * HOUR, hour)


def test_hours_without_a_settlement_are_asked_for_once() -> None:
    state = all_snapshots_done(begin(plan_with(HistoryWant(FUNDING, NOW - 2 * CHUNK_BARS * HOUR))), NOW)
    asked: list[Task] = []
    while tasks := due(NOW, state):
        asked += tasks
        state = note_success(note_started(state, tasks, NOW), tasks[0], NOW, latency_ms=1, received_to_ms=None)
    assert len(asked) == 2
    assert FUNDING not in {task.key for task in due(NOW + 30 * 60_000, state)}
    assert FUNDING in {task.key for task in due(NOW + HOUR, state)}


def test_one_history_of_a_kind_at_a_time_most_wanted_first() -> None:
    plan = plan_with(
        HistoryWant(BARS, NOW - DAY),
        HistoryWant(replace(BARS, instrument="ETH3L_USDT"), NOW - DAY),
        HistoryWant(MARK_BARS, NOW - DAY),
        HistoryWant(FUNDING, NOW - DAY),
    )
    tasks = due(NOW, all_snapshots_done(begin(plan), NOW))
    assert [task.key for task in tasks] == [BARS, MARK_BARS, FUNDING]


def test_a_recent_bar_that_did_not_come_is_asked_for_again_an_old_one_is_not() -> None:
    plan = plan_with(HistoryWant(BARS, NOW - DAY))
    state = all_snapshots_done(begin(plan), NOW)
    (task,) = due(NOW, state)
    assert task.span is not None
    short = note_success(state, task, NOW, latency_ms=1, received_to_ms=task.span.last_ms - HOUR)
    assert short.covered[BARS].last_ms == task.span.last_ms - HOUR
    assert due(NOW + 60_000, short)[-1].span == Span(task.span.last_ms, task.span.last_ms)
    nothing = note_success(state, task, NOW, latency_ms=1, received_to_ms=None)
    assert nothing.covered[BARS].first_ms == task.span.first_ms  # bars that ended long ago will not come
    assert NOW - 2 * HOUR <= nothing.covered[BARS].last_ms + HOUR <= NOW - HOUR
    late = note_success(state, task, NOW + 2 * HOUR, latency_ms=1, received_to_ms=None)
    assert late.covered[BARS] == task.span


def test_prices_that_stay_away_after_an_outage_keep_nothing_else_of_their_venue_waiting() -> None:
    state = begin(plan_with(HistoryWant(BARS, NOW - 3 * HOUR)))
    back_ms = NOW + 5 * 60_000
    answered: list[RequestKind] = []
    for now_ms in range(NOW, back_ms + 10 * 60_000, 1_000):
        for task in due(now_ms, state):
            state = note_started(state, (task,), now_ms)
            if task == QUOTES or now_ms < back_ms:
                state = note_failure(state, task, now_ms, DEAD, jitter=0.0)
                continue
            got = None if task.span is None else task.span.last_ms
            state = note_success(state, task, now_ms, latency_ms=1, received_to_ms=got)
            answered.append(task.key.kind)
    assert answered.count(RequestKind.UNDERLYING_QUOTES) > 30
    assert BARS in state.covered


@pytest.mark.parametrize(("interval_s", "most"), [(900, 11), (3600, 11), (86_400, 11)])
def test_a_token_that_is_gone_is_not_asked_for_its_bars_every_minute(interval_s: int, most: int) -> None:
    key = replace(BARS, interval_s=interval_s)
    begin_ms = NOW // DAY * DAY
    stored = {key: Span(begin_ms - 9 * DAY, begin_ms - 2 * key.step_ms)}
    state = all_snapshots_done(begin(plan_with(HistoryWant(key, begin_ms - 9 * DAY)), covered=stored), begin_ms)
    asked = 0
    for now_ms in range(begin_ms, begin_ms + HOUR, 5_000):
        for task in due(now_ms, state):
            asked += task.key == key
            state = note_success(note_started(state, (task,), now_ms), task, now_ms, latency_ms=1)
    assert 1 < asked <= most


def test_the_wait_for_a_late_bar_grows_and_begins_anew_once_it_came() -> None:
    newest = NOW // HOUR * HOUR - HOUR
    state = begin(plan_with(HistoryWant(BARS, newest)), covered={BARS: Span(newest - HOUR, newest - HOUR)})
    now_ms, waits = newest + HOUR + 5_000, []
    for asked, came in [(newest, None)] * 3 + [(newest, newest), (newest + HOUR, None)]:
        task = Task(BARS, Span(asked, asked))
        told = note_started(state, (task,), now_ms)
        state = note_success(told, task, now_ms, latency_ms=1, received_to_ms=came)
        waits.append(state.line(BARS).next_ms - now_ms)
        now_ms += waits[-1]
    assert waits == [60_000, 120_000, 240_000, 0, 60_000]


def test_a_bar_that_is_late_after_an_outage_is_soon_asked_for_again() -> None:
    state = note_success(begin(plan_with()), Task(BARS, Span(NOW, NOW)), NOW, latency_ms=1, received_to_ms=NOW)
    task = Task(BARS, Span(NOW + HOUR, NOW + 5 * HOUR))
    later_ms = NOW + 6 * HOUR + 5_000
    state = note_failure(state, task, later_ms - 60_000, DEAD, jitter=0.0)
    state = note_success(state, task, later_ms, latency_ms=1, received_to_ms=NOW + 4 * HOUR)
    assert state.line(BARS).next_ms == later_ms + 60_000


def test_what_is_older_is_fetched_while_the_newest_bar_is_not_there_yet() -> None:
    newest = NOW // HOUR * HOUR - HOUR
    want = HistoryWant(BARS, NOW - 3 * CHUNK_BARS * HOUR)
    stored = {BARS: Span(newest - 9 * HOUR, newest - HOUR)}
    state = all_snapshots_done(begin(plan_with(want), covered=stored), NOW)
    (task,) = due(NOW, state)
    assert task.span == Span(newest, newest)
    state = note_success(note_started(state, (task,), NOW), task, NOW, latency_ms=1, received_to_ms=None)
    assert state.covered == stored
    asked: list[Span] = []
    while tasks := due(NOW + 1000, state):
        (task,) = tasks
        assert task.span is not None
        if task.span.last_ms == newest:
            break
        assert pieces_missing(state, NOW + 1000) == 3 - len(asked)
        asked.append(task.span)
        told = note_started(state, tasks, NOW + 1000)
        state = note_success(told, task, NOW + 1000, latency_ms=1, received_to_ms=task.span.last_ms)
        # The newest bar is asked for again in between; it still is not there.
        if (again := due(NOW + 1000, state)) and again[0].span == Span(newest, newest):
            told = note_started(state, again, NOW + 1000)
            state = note_success(told, again[0], NOW + 1000, latency_ms=1, received_to_ms=None)
    assert state.covered[BARS] == Span(-(-want.start_ms // HOUR) * HOUR, newest - HOUR)
    assert pieces_missing(state, NOW + 1000) == 0, "what is not there yet is not waited for"


def test_a_history_that_fails_rests_as_a_whole() -> None:
    newest = NOW // HOUR * HOUR - HOUR
    stored = {BARS: Span(newest - 9 * HOUR, newest - HOUR)}
    state = all_snapshots_done(begin(plan_with(HistoryWant(BARS, NOW - 90 * DAY)), covered=stored), NOW)
    (task,) = due(NOW, state)
    failed = note_failure(note_started(state, (task,), NOW), task, NOW, WEB_PAGE, jitter=0.0)
    assert due(NOW, failed) == ()


def test_a_new_plan_keeps_what_is_known() -> None:
    state = all_snapshots_done(begin(PLAN), NOW)
    newest = NOW // HOUR * HOUR - HOUR
    stored = {BARS: Span(newest - 50 * HOUR, newest)}
    state = with_plan(state, plan_with(HistoryWant(BARS, NOW - DAY)), covered=stored)
    assert due(NOW, state) == ()


@given(
    hours=st.integers(min_value=0, max_value=5 * CHUNK_BARS),
    stored=st.none() | st.tuples(st.integers(0, 6 * CHUNK_BARS), st.integers(0, 2 * CHUNK_BARS)),
)
def test_a_history_becomes_complete_without_asking_any_bar_twice(hours: int, stored: tuple[int, int] | None) -> None:
    want = HistoryWant(BARS, NOW - hours * HOUR)
    newest = NOW // HOUR * HOUR - HOUR
    known = None if stored is None else Span(newest - sum(stored) * HOUR, newest - stored[0] * HOUR)
    state = all_snapshots_done(begin(plan_with(want), covered={BARS: known} if known else {}), NOW)
    wanted = set(range(-(-want.start_ms // HOUR) * HOUR, newest + 1, HOUR))
    have = set(range(known.first_ms, known.last_ms + 1, HOUR)) if known else set()
    asked: list[int] = []
    while tasks := due(NOW, state):
        (task,) = tasks
        assert task.span is not None
        bars = range(task.span.first_ms, task.span.last_ms + 1, HOUR)
        assert 0 < len(bars) <= CHUNK_BARS
        asked += bars
        state = note_success(note_started(state, tasks, NOW), task, NOW, latency_ms=1, received_to_ms=task.span.last_ms)
    assert len(asked) == len(set(asked))
    assert wanted <= have | set(asked)
    assert have.isdisjoint(asked)


def test_pieces_still_missing_are_counted_down() -> None:
    plan = plan_with(HistoryWant(BARS, NOW - 3500 * HOUR), HistoryWant(MARK_BARS, NOW - 10 * HOUR))
    state = all_snapshots_done(begin(plan), NOW)
    counts = [pieces_missing(state, NOW)]
    while tasks := due(NOW, state):
        state = note_started(state, tasks, NOW)
        for task in tasks:
            last = task.span.last_ms if task.span else None
            state = note_success(state, task, NOW, latency_ms=1, received_to_ms=last)
        counts.append(pieces_missing(state, NOW))
    assert counts == [5, 3, 2, 1, 0]


# -- whatever happens --------------------------------------------------------------------------------------------


@given(data=st.data())
def test_whatever_happens_each_venue_and_kind_is_asked_once_at_a_time_and_waits_are_kept(data: st.DataObject) -> None:
    plan = replace(
        plan_with(HistoryWant(BARS, NOW - 3000 * HOUR), HistoryWant(FUNDING, NOW - 30 * DAY)),
        venues=(GATE, MEXC),
    )
    state = begin(plan)
    now_ms = NOW
    closed_until = {"gate": 0, "mexc": 0}
    under_way: list[Task] = []
    for _ in range(data.draw(st.integers(1, 25))):
        now_ms += data.draw(st.integers(0, 40_000))
        tasks = due(now_ms, state)
        assert all(now_ms >= closed_until[task.key.venue] for task in tasks)
        state = note_started(state, tasks, now_ms)
        under_way += tasks
        lanes = [(task.key.venue, task.key.kind) for task in under_way]
        assert len(lanes) == len(set(lanes))
        assert state.under_way == frozenset(under_way)
        for _ in range(data.draw(st.integers(0, len(under_way)))):
            task = under_way.pop(data.draw(st.integers(0, len(under_way) - 1)))
            error = data.draw(st.sampled_from([None, None, DEAD, WEB_PAGE, NO, "busy"]))
            if error is None:
                last = task.span.last_ms if task.span else None
                state = note_success(state, task, now_ms, latency_ms=5, received_to_ms=last)
                closed_until[task.key.venue] = 0
            else:
                seconds = data.draw(st.floats(0, 100))
                failure = (
                    VenueBusy("Slow down.", venue="gate", retry_after_s=seconds) if isinstance(error, str) else error
                )
                state = note_failure(state, task, now_ms, failure, jitter=data.draw(st.floats(0, 0.999)))
                if isinstance(failure, VenueBusy):
                    until = max(closed_until[task.key.venue], now_ms + int(seconds * 1000))
                    closed_until[task.key.venue] = until
        assert len(health(state, now_ms)) == 2


# -- health ------------------------------------------------------------------------------------------------------


def test_health_goes_from_idle_to_live_to_slow_to_down_and_back() -> None:
    state = begin(PLAN)
    assert health(state, NOW)[0].state is SourceState.IDLE
    state = all_snapshots_done(state, NOW)
    live = health(state, NOW)[0]
    assert (live.state, live.last_ok_ms, live.latency_ms, live.error, live.retry_ms) == (
        SourceState.LIVE,
        NOW,
        80,
        "",
        None,
    )
    state = note_failure(state, QUOTES, NOW + 5_000, DEAD, jitter=0.0)
    slow = health(state, NOW + 5_000)[0]
    assert (slow.state, slow.error, slow.retry_ms) == (SourceState.SLOW, "Gate does not answer.", NOW + 7_000)
    for _ in range(2):
        state = note_failure(state, QUOTES, NOW + 9_000, DEAD, jitter=0.0)
    assert health(state, NOW + 9_000)[0].state is SourceState.DOWN
    state = note_success(state, QUOTES, NOW + 20_000, latency_ms=90)
    assert health(state, NOW + 20_000)[0] == replace(live, last_ok_ms=NOW + 20_000, latency_ms=90)


def test_a_venue_that_never_answered_is_down_at_the_first_failure() -> None:
    assert health(note_failure(begin(PLAN), QUOTES, NOW, DEAD, jitter=0.0), NOW)[0].state is SourceState.DOWN


def test_garbled_prices_are_not_hidden_by_good_answers_of_other_kinds() -> None:
    state = all_snapshots_done(begin(PLAN), NOW)
    for _ in range(3):
        state = note_failure(state, QUOTES, NOW, WEB_PAGE, jitter=0.0)
        state = note_success(state, MARKS, NOW, latency_ms=5)
    seen = health(state, NOW)[0]
    assert (seen.state, seen.error) == (SourceState.DOWN, "Gate sent a web page.")


def test_slow_answers_and_long_silence_are_slow() -> None:
    state = all_snapshots_done(begin(PLAN), NOW)
    assert health(state, NOW + 30_000)[0].state is SourceState.SLOW
    assert health(note_success(state, QUOTES, NOW, latency_ms=4_000), NOW)[0].state is SourceState.SLOW


def test_offline_is_offline_whatever_was() -> None:
    state = note_failure(begin(PLAN), QUOTES, NOW, DEAD, jitter=0.0)
    seen = health(replace(state, plan=replace(PLAN, offline=True)), NOW)[0]
    assert (seen.state, seen.error, seen.retry_ms) == (SourceState.OFFLINE, "", None)


def test_a_venue_without_prices_wanted_is_idle_however_long_ago_it_was_asked() -> None:
    state = note_success(begin(plan_of(replace(GATE, tokens=(), perpetuals=()))), LIST, NOW, latency_ms=5)
    assert health(state, NOW + HOUR)[0].state is SourceState.IDLE
    failed = note_failure(state, LIST, NOW, WEB_PAGE, jitter=0.0)
    assert health(failed, NOW + HOUR)[0].state is SourceState.SLOW


def test_a_dead_address_with_a_live_stream_is_slow_not_down() -> None:
    state = begin(PLAN)
    for _ in range(4):
        state = note_failure(state, QUOTES, NOW, DEAD, jitter=0.0)
    streams = {"gate": StreamHealth(state=StreamState.LIVE)}
    assert health(state, NOW, streams=streams)[0].state is SourceState.SLOW
    assert health(state, NOW)[0].state is SourceState.DOWN


def test_health_tells_skew_room_and_what_depends_on_it() -> None:
    plan = plan_of(replace(GATE, depends=("BTC3L",), address="https://api.gateio.ws"))
    state = note_success(begin(plan), CLOCK, NOW, latency_ms=5, skew_ms=-1_500)
    seen = health(state, NOW, room=lambda _venue: (190, 200))[0]
    assert (seen.skew_ms, seen.requests_left, seen.requests_limit) == (-1_500, 190, 200)
    assert (seen.depends, seen.address) == (("BTC3L",), "https://api.gateio.ws")
    later = note_success(state, QUOTES, NOW, latency_ms=5)
    assert health(later, NOW)[0].skew_ms == -1_500


@pytest.mark.parametrize(
    ("off_ms", "words"),
    [(95_000, "95 seconds ahead of"), (-40 * 60_000, "40 minutes behind"), (-9 * HOUR, "9 hours"), (3 * DAY, "3 days")],
)
def test_a_clock_that_is_off_is_named(off_ms: int, words: str) -> None:
    problem = clock_problem("Gate", NOW, NOW + off_ms)
    assert problem is not None
    assert words in problem.message


def test_a_clock_that_is_right_is_no_problem() -> None:
    assert clock_problem("Gate", NOW, NOW + 20_000) is None


# -- order books, listings, announcements ------------------------------------------------------------------------

ETH3S = TokenKey("gate", "ETH3S")
BOOKS = ((BTC3L, "BTC3L_USDT"), (ETH3S, "ETH3S_USDT"))
HELD = frozenset({BTC3L, ETH3S})
WATCHED = plan_of(replace(GATE, books=BOOKS, listings=HELD, notices=True))
LISTINGS = Task(LineKey("gate", RequestKind.TOKEN_LISTINGS), tokens=HELD)
NEWS = Task(LineKey("gate", RequestKind.NOTICES))


def book(pair: str, key: TokenKey) -> Task:
    return Task(LineKey("gate", RequestKind.TOKEN_DEPTH, pair), tokens=frozenset({key}))


FIRST_BOOK, SECOND_BOOK = book("BTC3L_USDT", BTC3L), book("ETH3S_USDT", ETH3S)


def test_what_is_watched_of_a_holding_comes_after_its_prices() -> None:
    assert due(NOW, begin(WATCHED)) == (QUOTES, MARKS, LIST, CLOCK, LISTINGS, NEWS, FIRST_BOOK)


def test_books_come_one_by_one_and_each_again_after_a_minute() -> None:
    state = all_snapshots_done(begin(WATCHED), NOW)
    asked: list[tuple[int, str]] = []
    for now_ms in range(NOW, NOW + 64_000, 1_000):
        for task in due(now_ms, state):
            state = note_success(note_started(state, (task,), now_ms), task, now_ms, latency_ms=5)
            if task.key.kind is RequestKind.TOKEN_DEPTH:
                asked.append(((now_ms - NOW) // 1000, task.key.instrument))
    first, second = "BTC3L_USDT", "ETH3S_USDT"
    assert asked == [(0, first), (2, second), (60, first), (62, second)]


def test_a_book_that_is_not_given_is_left_alone_for_a_day_and_the_others_are_asked() -> None:
    state = note_started(all_snapshots_done(begin(WATCHED), NOW), (FIRST_BOOK,), NOW)
    state = note_failure(state, FIRST_BOOK, NOW, NO, jitter=0.0)
    assert state.venue("gate").error == ""
    later = {task for now_ms in range(NOW, NOW + DAY, HOUR) for task in due(now_ms, state)}
    assert SECOND_BOOK in later
    assert FIRST_BOOK not in later
    only = replace(state, plan=plan_of(replace(GATE, books=BOOKS[:1])))
    assert FIRST_BOOK in due(NOW + DAY, only)


def test_the_list_is_asked_for_hourly_where_one_of_its_tokens_is_held() -> None:
    state = all_snapshots_done(begin(WATCHED), NOW)
    assert LIST not in due(NOW + HOUR - 1, state)
    assert LIST in due(NOW + HOUR, state)


def test_announcements_come_twice_an_hour_listings_once() -> None:
    state = all_snapshots_done(begin(WATCHED), NOW)
    for task in (LISTINGS, NEWS):
        state = note_success(note_started(state, (task,), NOW), task, NOW, latency_ms=5)
    assert not {LISTINGS, NEWS} & set(due(NOW + HOUR // 2 - 1, state))
    assert {LISTINGS, NEWS} & set(due(NOW + HOUR // 2, state)) == {NEWS}
    assert {LISTINGS, NEWS} <= set(due(NOW + HOUR, state))


@pytest.mark.parametrize("error", [NO, WEB_PAGE, DEAD, VenueBusy("Gate has trouble.", venue="gate")])
def test_announcements_that_do_not_come_say_nothing_about_prices(error: VenueError) -> None:
    state = note_started(all_snapshots_done(begin(WATCHED), NOW), (NEWS,), NOW)
    after = note_failure(state, NEWS, NOW, error, jitter=0.0)
    assert after.venues == state.venues


def test_who_asks_to_slow_down_by_a_time_is_heard_whatever_was_asked() -> None:
    state = note_started(all_snapshots_done(begin(WATCHED), NOW), (NEWS,), NOW)
    slow = VenueBusy("Gate asks to slow down.", venue="gate", retry_after_s=30.0)
    after = note_failure(state, NEWS, NOW, slow, jitter=0.0)
    assert due(NOW + 29_000, after) == ()


def test_a_venue_without_announcements_or_books_says_so_once_they_are_wanted() -> None:
    less = ALL - {RequestKind.NOTICES, RequestKind.TOKEN_DEPTH}
    wanted = replace(GATE, serves=less, books=BOOKS, listings=HELD, notices=True)
    assert health(begin(plan_of(wanted)), NOW)[0].switched_off == (
        "Announcements: Gate publishes none for programs; look at its site.",
        "Order books: Gate publishes none for programs.",
    )
    assert health(begin(plan_of(replace(wanted, books=(), notices=False))), NOW)[0].switched_off == ()


def test_what_nobody_is_warned_by_is_not_asked_for() -> None:
    quiet = plan_of(replace(GATE, listings=HELD))
    assert due(NOW, begin(quiet)) == (QUOTES, MARKS, LIST, CLOCK, LISTINGS)
    assert due(NOW, begin(plan_of(replace(GATE, listings=HELD, off=True)))) == ()
