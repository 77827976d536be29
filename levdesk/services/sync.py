"""The sync planner: what to ask each venue next, as a pure function of the time and of what is known.

The caller starts the tasks that `due` names (`note_started`), carries them out, and tells what came of them
(`note_success`, `note_failure`). Nothing here has a clock, a thread or a socket. One task is under way per venue and
kind. A venue that is unreachable or busy is left alone for a growing while, then probed with one task at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final, TypeVar

from levdesk.domain.errors import LevdeskError, VenueBusy, VenueRefused, VenueUnreachable
from levdesk.services.sync_state import HistoryWant, Line, LineKey, Span, SyncPlan, SyncState, Task
from levdesk.venues.contract import RequestKind

CHUNK_BARS: Final = 1000
"""Most bars per task, so that a long history arrives, and is kept, piece by piece."""

_HOUR_MS: Final = 3_600_000
_PERIOD_MS: Final = {RequestKind.SERVER_TIME: 6 * _HOUR_MS, RequestKind.TOKENS: 24 * _HOUR_MS}
_PRICES: Final = (RequestKind.TOKEN_QUOTES, RequestKind.UNDERLYING_QUOTES)
_SNAPSHOTS: Final = (*_PRICES, RequestKind.TOKENS, RequestKind.SERVER_TIME)
_SETTLE_MS: Final = 5_000
"""A bar is asked for this long after its end, so that the venue has it."""
_FUNDING_SETTLE_MS: Final = 600_000
"""A settlement likewise; most hours have none, so one that is missing is not waited for."""
_SETTLED_MS: Final = _HOUR_MS
"""A stretch that ended longer ago is complete even when its last bars are missing."""

_FIRST_WAIT_MS: Final = 2_000
_REFUSED_WAIT_MS: Final = 60_000
_LONGEST_WAIT_MS: Final = 600_000
_LONGEST_PRICE_WAIT_MS: Final = 60_000
"""Of a venue and of its prices: once it answers again, the person should see it within a minute."""
_JITTER_SHARE: Final = 0.3

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
    """The state under a new plan; what is known of histories wanted for the first time is added."""
    return replace(state, plan=plan, covered={**(covered or {}), **state.covered})


def ask_now(state: SyncState, now_ms: int, *, only: str = "") -> SyncState:
    """The state after a person asked to refresh, one venue or all: prices are due, except where it named a wait."""
    lines = dict(state.lines)
    venues = dict(state.venues)
    for name, _ in state.plan.venues:
        if only not in {"", name}:
            continue
        venue = state.venue(name)
        venues[name] = replace(venue, not_before_ms=max(min(venue.not_before_ms, now_ms), venue.patience_ms))
        for kind in _PRICES:
            key = LineKey(name, kind)
            lines[key] = replace(state.line(key), next_ms=now_ms)
    return replace(state, lines=lines, venues=venues)


# -- what is due -------------------------------------------------------------------------------------------------


def due(now_ms: int, state: SyncState) -> tuple[Task, ...]:
    """What to fetch now, most wanted first; nothing when offline."""
    if state.plan.offline:
        return ()
    return tuple(task for name, _ in state.plan.venues for task in _due_at(name, now_ms, state))


def _due_at(venue: str, now_ms: int, state: SyncState) -> Iterator[Task]:
    known = state.venue(venue)
    if now_ms < known.not_before_ms:
        return
    busy_kinds = {task.key.kind for task in state.under_way if task.key.venue == venue}
    if known.failures and busy_kinds:
        return
    for task in _wanted_of(venue, now_ms, state):
        if task.key.kind not in busy_kinds:
            busy_kinds.add(task.key.kind)
            yield task
            if known.failures:
                return


def _wanted_of(venue: str, now_ms: int, state: SyncState) -> Iterator[Task]:
    for kind in _SNAPSHOTS:
        key = LineKey(venue, kind)
        if now_ms >= state.line(key).next_ms:
            yield Task(key)
    for want in state.plan.histories:
        if want.key.venue == venue and now_ms >= state.line(want.key).next_ms:
            span = missing_span(want, state.covered.get(want.key), now_ms)
            if span is not None:
                yield Task(want.key, span)


def missing_span(want: HistoryWant, covered: Span | None, now_ms: int) -> Span | None:
    """The next stretch of a history to fetch: the newest first, then what came since, then back to its start."""
    step_ms = want.key.step_ms
    if want.key.interval_s:
        newest_ms = (now_ms - _SETTLE_MS) // step_ms * step_ms - step_ms  # the bar that still grows is not history
    else:
        newest_ms = (now_ms - _FUNDING_SETTLE_MS) // step_ms * step_ms
    start_ms = -(-want.start_ms // step_ms) * step_ms
    reach_ms = (CHUNK_BARS - 1) * step_ms
    if covered is None or covered.last_ms + step_ms < start_ms:
        first_ms, last_ms = max(start_ms, newest_ms - reach_ms), newest_ms
    elif covered.last_ms + step_ms <= newest_ms:
        first_ms = covered.last_ms + step_ms
        last_ms = min(newest_ms, first_ms + reach_ms)
    else:
        last_ms = covered.first_ms - step_ms
        first_ms = max(start_ms, last_ms - reach_ms)
    return Span(first_ms, last_ms) if first_ms <= last_ms else None


# -- what came of it ---------------------------------------------------------------------------------------------


def note_started(state: SyncState, tasks: Iterable[Task], now_ms: int) -> SyncState:
    """The state once tasks are under way."""
    started = tuple(tasks)
    lines = dict(state.lines)
    for task in started:
        lines[task.key] = replace(state.line(task.key), started_ms=now_ms)
    return replace(state, lines=lines, under_way=state.under_way | frozenset(started))


def note_success(
    state: SyncState, task: Task, now_ms: int, *, latency_ms: int, received_to_ms: int | None = None
) -> SyncState:
    """The state after a good answer; `received_to_ms` is the last point of a history that came, None for nothing."""
    key = task.key
    line = state.line(key)
    covered = state.covered
    if task.span is None:
        period_ms = _PERIOD_MS.get(key.kind, round(state.plan.poll_s * 1000))
        next_ms = max(line.started_ms + period_ms, now_ms + period_ms // 2)
    else:
        span = _received(task, task.span, received_to_ms, now_ms)
        next_ms = now_ms if span == task.span else now_ms + min(key.step_ms, 60_000)
        if span is not None:
            covered = _with(covered, key, _joined(covered.get(key), span, key.step_ms))
    venue = state.venue(key.venue)
    healed = replace(venue, failures=0, not_before_ms=0, patience_ms=0, last_ok_ms=now_ms)
    if key.kind is RequestKind.TOKEN_QUOTES or not _prices_fail(state, key.venue):
        healed = replace(healed, error="", latency_ms=latency_ms)
    return replace(
        state,
        covered=covered,
        lines=_with(state.lines, key, replace(line, next_ms=next_ms, failures=0)),
        venues=_with(state.venues, key.venue, healed),
        under_way=state.under_way - {task},
    )


def note_failure(state: SyncState, task: Task, now_ms: int, error: LevdeskError, *, jitter: float) -> SyncState:
    """The state after a failure; `jitter` in [0, 1) spreads the waits of many programs apart."""
    key = task.key
    line = state.line(key)
    venue = state.venue(key.venue)
    first_ms = _REFUSED_WAIT_MS if isinstance(error, VenueRefused) else _FIRST_WAIT_MS
    longest_ms = _LONGEST_PRICE_WAIT_MS if key.kind in _PRICES else _LONGEST_WAIT_MS
    wait_ms = _wait_ms(line.failures, first_ms, longest_ms, jitter)
    marked = replace(venue, error=error.message)
    if isinstance(error, VenueUnreachable | VenueBusy):
        pause_ms = _wait_ms(venue.failures, _FIRST_WAIT_MS, _LONGEST_PRICE_WAIT_MS, jitter)
        named_s = error.retry_after_s if isinstance(error, VenueBusy) else None
        named_ms = now_ms + round(named_s * 1000) if named_s is not None else 0
        marked = replace(
            marked,
            failures=venue.failures + 1,
            not_before_ms=max(venue.not_before_ms, now_ms + pause_ms, named_ms),
            patience_ms=max(venue.patience_ms, named_ms),
        )
    return replace(
        state,
        lines=_with(state.lines, key, replace(line, next_ms=now_ms + wait_ms, failures=line.failures + 1)),
        venues=_with(state.venues, key.venue, marked),
        under_way=state.under_way - {task},
    )


def _prices_fail(state: SyncState, venue: str) -> bool:
    return state.line(LineKey(venue, RequestKind.TOKEN_QUOTES)).failures > 0


def _wait_ms(failures: int, first_ms: int, longest_ms: int, jitter: float) -> int:
    wait_ms = min(first_ms << min(failures, 16), longest_ms)
    return round(wait_ms * (1 + _JITTER_SHARE * jitter))


def _received(task: Task, asked: Span, received_to_ms: int | None, now_ms: int) -> Span | None:
    """The part of a stretch that is now known: bars missing at its recent end may still come."""
    interval_ms = task.key.interval_s * 1000
    settled = not interval_ms or now_ms - (asked.last_ms + interval_ms) > _SETTLED_MS
    if settled or (received_to_ms is not None and received_to_ms >= asked.last_ms):
        return asked
    if received_to_ms is None or received_to_ms < asked.first_ms:
        return None
    return Span(asked.first_ms, received_to_ms)


def _joined(known: Span | None, new: Span, step_ms: int) -> Span:
    touching = known is not None and known.first_ms - step_ms <= new.last_ms and new.first_ms - step_ms <= known.last_ms
    if known is None or not touching:
        return new
    return Span(min(known.first_ms, new.first_ms), max(known.last_ms, new.last_ms))


def _with(mapping: Mapping[K, V], key: K, value: V) -> dict[K, V]:
    return {**mapping, key: value}
