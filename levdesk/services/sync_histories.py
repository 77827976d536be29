"""Histories piece by piece: which stretch to fetch next, what of it came, and how much is still missing."""

from __future__ import annotations

from typing import Final

from levdesk.services.sync_state import HistoryWant, Line, Span, SyncState, Task

CHUNK_BARS: Final = 1000
"""Most bars per task, so that a long history arrives, and is kept, piece by piece."""

_HOUR_MS: Final = 3_600_000
BAR_SETTLE_MS: Final = 30_000
"""A bar is asked for this long after its end, so that the venue has it, and then grows no more unless the clocks are
further apart than that."""
_FUNDING_SETTLE_MS: Final = 600_000
"""A settlement likewise; most hours have none, so one that is missing is not waited for."""
_SETTLED_MS: Final = _HOUR_MS
"""A stretch that ended longer ago is complete even when its last bars are missing."""
_FIRST_WAIT_MS: Final = 60_000
_LONGEST_WAIT_MS: Final = 600_000


def missing_span(want: HistoryWant, covered: Span | None, now_ms: int, *, waits: bool = False) -> Span | None:
    """The next stretch of a history to fetch: the newest first, then what came since, then back to its start.

    Args:
        want, covered, now_ms: what is wanted, what is stored, the time.
        waits: the venue did not have the newest bar just now; what is older is fetched meanwhile.
    """
    step_ms = want.key.step_ms
    if want.key.interval_s:
        newest_ms = (now_ms - BAR_SETTLE_MS) // step_ms * step_ms - step_ms  # the bar that still grows is not history
    else:
        newest_ms = (now_ms - _FUNDING_SETTLE_MS) // step_ms * step_ms
    start_ms = -(-want.start_ms // step_ms) * step_ms
    reach_ms = (CHUNK_BARS - 1) * step_ms
    if waits and covered is None:
        return None
    if covered is None or (covered.last_ms + step_ms < start_ms and not waits):
        first_ms, last_ms = max(start_ms, newest_ms - reach_ms), newest_ms
    elif covered.last_ms + step_ms <= newest_ms and not waits:
        first_ms = covered.last_ms + step_ms
        last_ms = min(newest_ms, first_ms + reach_ms)
    else:
        last_ms = covered.first_ms - step_ms
        first_ms = max(start_ms, last_ms - reach_ms)
    return Span(first_ms, last_ms) if first_ms <= last_ms else None


def pieces_missing(state: SyncState, now_ms: int) -> int:
    """How many tasks the histories of the plan still take; what fails or is not there yet is not waited for."""
    wants = {want.name: want for want in state.plan.venues}
    served = (
        history
        for history in state.plan.histories
        if (want := wants.get(history.key.venue)) is not None
        and want.asks(history.key.kind)
        and not state.line(history.key).failures
    )
    return sum(
        pieces_of(history, state.covered.get(history.key), now_ms, waits=state.line(history.key).next_ms > now_ms)
        for history in served
    )


def pieces_of(want: HistoryWant, covered: Span | None, now_ms: int, *, waits: bool = False) -> int:
    """How many tasks one history still takes; as `missing_span`."""
    count = 0
    while (span := missing_span(want, covered, now_ms, waits=waits)) is not None:
        count += 1
        covered = joined(covered, span, want.key.step_ms)
    return count


def received(task: Task, asked: Span, received_to_ms: int | None, now_ms: int) -> Span | None:
    """The part of a stretch that is now known: bars missing at its recent end may still come."""
    interval_ms = task.key.interval_s * 1000
    if not interval_ms:
        return asked
    late_ms = asked.last_ms + interval_ms + _SETTLED_MS - now_ms
    known_to_ms = asked.last_ms - max(0, -(-late_ms // interval_ms)) * interval_ms
    if received_to_ms is not None:
        known_to_ms = max(known_to_ms, min(received_to_ms, asked.last_ms))
    return Span(asked.first_ms, known_to_ms) if known_to_ms >= asked.first_ms else None


def wait_for_bars_ms(line: Line, step_ms: int) -> int:
    """How long to wait for bars that did not come: twice as long each time, for those of a token that is gone never do.

    Args:
        line: before this answer; where all came the last time, its next moment was that of the answer.
        step_ms: the length of a bar.
    """
    before_ms = 0 if line.ok_ms is None or line.failures else line.next_ms - line.ok_ms
    return max(min(step_ms, _FIRST_WAIT_MS), min(2 * before_ms, _LONGEST_WAIT_MS))


def joined(known: Span | None, new: Span, step_ms: int) -> Span:
    """Both stretches as one where they touch or overlap, else the new one alone."""
    touching = known is not None and known.first_ms - step_ms <= new.last_ms and new.first_ms - step_ms <= known.last_ms
    if known is None or not touching:
        return new
    return Span(min(known.first_ms, new.first_ms), max(known.last_ms, new.last_ms))
