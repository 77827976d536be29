"""The sync planner: what to ask each venue next, as a pure function of the time and of what is known.

The caller starts the tasks that `due` names (`note_started`), carries them out, and tells what came of them
(`note_success`, `note_failure`). Nothing here has a clock, a thread or a socket. One task is under way per venue and
kind. A venue that is unreachable or busy is left alone for a growing while, then probed with one task at a time. What
a venue does not serve, or nobody wants of it, is not asked; what its stream brings is asked only as a heartbeat.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final, TypeVar

from levdesk.domain.errors import LevdeskError, VenueBusy, VenueGarbled, VenueRefused, VenueUnreachable
from levdesk.services.sync_histories import joined, missing_span, received, wait_for_bars_ms
from levdesk.services.sync_state import Line, LineKey, Span, SyncPlan, SyncState, Task, VenueState, VenueWant
from levdesk.services.sync_tasks import book_due, snapshot_task
from levdesk.venues.contract import RequestKind

_HOUR_MS: Final = 3_600_000
_PERIOD_MS: Final = {
    RequestKind.SERVER_TIME: 6 * _HOUR_MS,
    RequestKind.TOKENS: 24 * _HOUR_MS,
    RequestKind.TOKEN_DEPTH: 60_000,
    RequestKind.TOKEN_LISTINGS: _HOUR_MS,
    RequestKind.NOTICES: _HOUR_MS // 2,
}
WATCHED_LIST_MS: Final = _HOUR_MS
"""How often the list of tokens is asked for where one of them is held: it tells when that one is gone."""
PRICES: Final = (RequestKind.TOKEN_QUOTES, RequestKind.UNDERLYING_QUOTES)
_ASIDE: Final = frozenset({RequestKind.TOKEN_LISTINGS, RequestKind.NOTICES})
"""What is of no use for prices; its trouble says nothing about them."""
_PROBED: Final = frozenset({RequestKind.TOKEN_NAVS, RequestKind.TOKEN_DEPTH, *_ASIDE})
"""Endpoints nobody promised: once one is gone it is not asked any more, and nothing else suffers from it."""
_FIGURES: Final = (*PRICES, RequestKind.TOKEN_NAVS)
_SNAPSHOTS: Final = (
    *_FIGURES,
    RequestKind.TOKENS,
    RequestKind.SERVER_TIME,
    RequestKind.TOKEN_LISTINGS,
    RequestKind.NOTICES,
)
_BOOK_RANK: Final = len(_SNAPSHOTS)
_HISTORY_RANK: Final = _BOOK_RANK + 1
HEARTBEAT_S: Final = 30.0
"""How often a price that a stream brings is asked for all the same: a stream that lies or sleeps is noticed by it."""
GONE_MS: Final = 24 * _HOUR_MS
"""How long a probed endpoint that is gone is left alone."""
_GARBLED_AND_GONE: Final = 3
NOTED_SKEW_MS: Final = 30_000
"""A difference of clocks that the person is told of."""
CLOCK_AGAIN_MS: Final = 30_000
"""A clock that is off is asked for again soon: it may be set right, or the answer was an old one."""

_OTHER_PROBE_AFTER: Final = 3
"""So many failures in a row, and something else is tried than prices."""
_FIRST_WAIT_MS: Final = 2_000
_REFUSED_WAIT_MS: Final = 60_000
_LONGEST_WAIT_MS: Final = 600_000
_LONGEST_PRICE_WAIT_MS: Final = 60_000
"""Of a venue and of its prices: once it answers again, the person should see it within a minute."""
_JITTER_SHARE: Final = 0.3
_POLL_JITTER_SHARE: Final = 0.05

K = TypeVar("K")
V = TypeVar("V")


def begin(
    plan: SyncPlan, *, covered: Mapping[LineKey, Span] | None = None, listed_ms: Mapping[str, int] | None = None
) -> SyncState:
    """The state at start: histories already stored, and when each venue's token list was last fetched."""
    lines = {
        LineKey(venue, RequestKind.TOKENS): Line(next_ms=moment + _PERIOD_MS[RequestKind.TOKENS])
        for venue, moment in (listed_ms or {}).items()
    }
    return SyncState(plan=plan, lines=lines, covered=dict(covered or {}))


def with_plan(state: SyncState, plan: SyncPlan, *, covered: Mapping[LineKey, Span] | None = None) -> SyncState:
    """The state under a new plan; what is known of histories wanted for the first time is added.

    What a stream no longer brings, and what something else is wanted of now, is due at once.
    """
    lines = dict(state.lines)
    for want in plan.venues:
        before = state.plan.venue(want.name)
        grew = not set(want.tokens) <= set(before.tokens), not set(want.perpetuals) <= set(before.perpetuals)
        for kind, more in zip(_FIGURES, (*grew, grew[0]), strict=True):
            line = lines.get(LineKey(want.name, kind))
            if line is not None and not line.failures and (more or kind in before.heard - want.heard):
                lines[LineKey(want.name, kind)] = replace(line, next_ms=0)
    return replace(state, plan=plan, lines=lines, covered={**(covered or {}), **state.covered})


def ask_now(state: SyncState, now_ms: int, *, only: str = "") -> SyncState:
    """The state after a person asked to refresh, one venue or all: prices are due, except where it named a wait.

    For one venue named, endpoints that were gone are tried again too, and its clock is asked for.
    """
    lines = dict(state.lines)
    venues = dict(state.venues)
    for want in state.plan.venues:
        name = want.name
        if only not in {"", name}:
            continue
        venue = state.venue(name)
        venues[name] = replace(venue, not_before_ms=max(min(venue.not_before_ms, now_ms), venue.patience_ms))
        for kind in (*_FIGURES, RequestKind.SERVER_TIME) if only else PRICES:
            key = LineKey(name, kind)
            lines[key] = replace(state.line(key), next_ms=now_ms)
    return replace(state, lines=lines, venues=venues)


# -- what is due -------------------------------------------------------------------------------------------------


def due(now_ms: int, state: SyncState) -> tuple[Task, ...]:
    """What to fetch now, most wanted first: the prices of every venue before anything else; nothing when offline."""
    if state.plan.offline:
        return ()
    found = [task for want in state.plan.venues if not want.off for task in _due_at(want, now_ms, state)]
    return tuple(sorted(found, key=_rank))


def _rank(task: Task) -> int:
    if task.key.kind is RequestKind.TOKEN_DEPTH:
        return _BOOK_RANK
    return _SNAPSHOTS.index(task.key.kind) if task.span is None else _HISTORY_RANK


def _due_at(want: VenueWant, now_ms: int, state: SyncState) -> Iterator[Task]:
    known = state.venue(want.name)
    if now_ms < known.not_before_ms:
        return
    busy_kinds = {task.key.kind for task in state.under_way if task.key.venue == want.name}
    if known.failures:
        if not busy_kinds:
            yield from _probe(_wanted_of(want, now_ms, state, busy_kinds), known.failures, state)
        return
    for task in _wanted_of(want, now_ms, state, busy_kinds):
        if task.key.kind not in busy_kinds:
            busy_kinds.add(task.key.kind)
            yield task


def _probe(tasks: Iterator[Task], failures: int, state: SyncState) -> Iterator[Task]:
    """What to try a venue with: prices, but now and then what failed least, for only their endpoint may be down."""
    first = next(tasks, None)
    if first is None:
        return
    yield first if failures % _OTHER_PROBE_AFTER else min((first, *tasks), key=lambda one: state.line(one.key).failures)


def _wanted_of(want: VenueWant, now_ms: int, state: SyncState, busy_kinds: Collection[RequestKind]) -> Iterator[Task]:
    """What is due at a venue; no history of a kind that is busy, which may grow while this is read."""
    for kind in _SNAPSHOTS:
        key = LineKey(want.name, kind)
        if want.asks(kind) and now_ms >= state.line(key).next_ms:
            yield snapshot_task(want, key)
    if RequestKind.TOKEN_DEPTH not in busy_kinds and want.asks(RequestKind.TOKEN_DEPTH):
        yield from book_due(want, now_ms, state)
    for history in state.plan.histories_of.get(want.name, ()):
        key = history.key
        if key.kind not in busy_kinds and want.asks(key.kind):
            line = state.line(key)
            waits = now_ms < line.next_ms
            if waits and line.failures:
                continue
            span = missing_span(history, state.covered.get(key), now_ms, waits=waits)
            if span is not None:
                yield Task(key, span)


# -- what came of it ---------------------------------------------------------------------------------------------


def note_started(state: SyncState, tasks: Iterable[Task], now_ms: int) -> SyncState:
    """The state once tasks are under way."""
    started = tuple(tasks)
    lines = dict(state.lines)
    for task in started:
        lines[task.key] = replace(state.line(task.key), started_ms=now_ms)
        if task.key.kind is RequestKind.TOKEN_DEPTH:
            lines[LineKey(task.key.venue, task.key.kind)] = Line(started_ms=now_ms)
    return replace(state, lines=lines, under_way=state.under_way | frozenset(started))


def note_success(
    state: SyncState,
    task: Task,
    now_ms: int,
    *,
    latency_ms: int,
    received_to_ms: int | None = None,
    skew_ms: int | None = None,
    jitter: float = 0.0,
) -> SyncState:
    """The state after a good answer.

    Args:
        state, task, now_ms: what was known, what was asked, the time.
        latency_ms: how long it took.
        received_to_ms: the last point of a history that came, None for nothing.
        skew_ms: this computer's clock minus the venue's, where the answer told it.
        jitter: in [0, 1); spreads the polls of many programs, and of many venues, apart.
    """
    key = task.key
    line = state.line(key)
    covered = state.covered
    if task.span is None:
        period_ms = round(_period_ms(state.plan, key) * (1 + _POLL_JITTER_SHARE * jitter))
        if skew_ms is not None and abs(skew_ms) > NOTED_SKEW_MS:
            period_ms = CLOCK_AGAIN_MS
        next_ms = max(line.started_ms + period_ms, now_ms + period_ms // 2)
    else:
        span = received(task, task.span, received_to_ms, now_ms)
        next_ms = now_ms if span == task.span else now_ms + wait_for_bars_ms(line, key.step_ms)
        if span is not None:
            covered = _with(covered, key, joined(covered.get(key), span, key.step_ms))
    venue = state.venue(key.venue)
    healed = replace(venue, failures=0, not_before_ms=0, patience_ms=0, last_ok_ms=now_ms)
    if skew_ms is not None:
        healed = replace(healed, skew_ms=skew_ms)
    if key.kind is RequestKind.TOKEN_QUOTES or not prices_fail(state, key.venue, besides=key.kind):
        healed = replace(healed, error="", latency_ms=latency_ms)
    return replace(
        state,
        covered=covered,
        lines=_with(state.lines, key, replace(line, next_ms=next_ms, failures=0, ok_ms=now_ms, gone="")),
        venues=_with(state.venues, key.venue, healed),
        under_way=state.under_way - {task},
    )


def _period_ms(plan: SyncPlan, key: LineKey) -> int:
    want = plan.venue(key.venue)
    if key.kind is RequestKind.TOKENS and want.listings:
        return WATCHED_LIST_MS
    heard = key.kind in want.heard
    poll_s = max(plan.poll_s, HEARTBEAT_S) if heard else plan.poll_s
    return _PERIOD_MS.get(key.kind, round(poll_s * 1000))


def note_failure(state: SyncState, task: Task, now_ms: int, error: LevdeskError, *, jitter: float) -> SyncState:
    """The state after a failure; `jitter` in [0, 1) spreads the waits of many programs apart."""
    key = task.key
    line = state.line(key)
    first_ms = _REFUSED_WAIT_MS if isinstance(error, VenueRefused) else _FIRST_WAIT_MS
    longest_ms = _LONGEST_PRICE_WAIT_MS if key.kind in PRICES else _LONGEST_WAIT_MS
    wait_ms = _wait_ms(line.failures, first_ms, longest_ms, jitter)
    failed = replace(line, next_ms=now_ms + wait_ms, failures=line.failures + 1)
    if _is_gone(task, failed, error):
        failed = replace(failed, next_ms=now_ms + GONE_MS, gone=error.message)
    return replace(
        state,
        lines=_with(state.lines, key, failed),
        venues=_with(state.venues, key.venue, _marked(state.venue(key.venue), task, now_ms, error, jitter)),
        under_way=state.under_way - {task},
    )


def _is_gone(task: Task, line: Line, error: LevdeskError) -> bool:
    """Whether an endpoint nobody promised is no longer there: refused, or one web page after the other."""
    if task.key.kind not in _PROBED:
        return False
    return isinstance(error, VenueRefused) or (isinstance(error, VenueGarbled) and line.failures >= _GARBLED_AND_GONE)


def _marked(venue: VenueState, task: Task, now_ms: int, error: LevdeskError, jitter: float) -> VenueState:
    """The venue after a failure; a probed endpoint speaks for itself alone unless the venue asks to slow down."""
    if task.key.kind in _PROBED and not isinstance(error, VenueBusy):
        return venue
    if task.key.kind in _ASIDE and isinstance(error, VenueBusy) and error.retry_after_s is None:
        return venue
    marked = replace(venue, error=error.message)
    if not isinstance(error, VenueUnreachable | VenueBusy):
        return marked
    pause_ms = _wait_ms(venue.failures, _FIRST_WAIT_MS, _LONGEST_PRICE_WAIT_MS, jitter)
    named_s = error.retry_after_s if isinstance(error, VenueBusy) else None
    named_ms = now_ms + round(named_s * 1000) if named_s is not None else 0
    return replace(
        marked,
        failures=venue.failures + 1,
        not_before_ms=max(venue.not_before_ms, now_ms + pause_ms, named_ms),
        patience_ms=max(venue.patience_ms, named_ms),
    )


def note_skew(state: SyncState, venue: str, skew_ms: int) -> SyncState:
    """The state after the clocks' difference was measured by other means than an answer: its stream."""
    known = state.venue(venue)
    if known.skew_ms == skew_ms:
        return state
    return replace(state, venues=_with(state.venues, venue, replace(known, skew_ms=skew_ms)))


def prices_fail(state: SyncState, venue: str, *, besides: RequestKind | None = None) -> bool:
    """Whether the last answer of some price that is asked of a venue was none."""
    want = state.plan.venue(venue)
    asked = (LineKey(venue, kind) for kind in PRICES if kind is not besides and want.asks(kind))
    return any(state.line(key).failures for key in asked)


def _wait_ms(failures: int, first_ms: int, longest_ms: int, jitter: float) -> int:
    wait_ms = min(first_ms << min(failures, 16), longest_ms)
    return round(wait_ms * (1 + _JITTER_SHARE * jitter))


def _with(mapping: Mapping[K, V], key: K, value: V) -> dict[K, V]:
    return {**mapping, key: value}
