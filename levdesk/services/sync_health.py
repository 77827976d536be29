"""What the planner's state says to a person: the health of each venue, and a clock that is off."""

from __future__ import annotations

from typing import Final

from levdesk.domain.problems import Problem, Severity
from levdesk.services.health import SourceHealth, SourceState
from levdesk.services.sync_state import LineKey, SyncState
from levdesk.venues.contract import RequestKind

_SLOW_ANSWER_MS: Final = 3_000
_DOWN_AFTER: Final = 3
_MISSED_POLLS: Final = 3
_NOTED_SKEW_MS: Final = 30_000


def health(state: SyncState, now_ms: int) -> tuple[SourceHealth, ...]:
    """One entry per venue of the plan, in its order."""
    return tuple(_health_of(name, title, state, now_ms) for name, title in state.plan.venues)


def _health_of(name: str, title: str, state: SyncState, now_ms: int) -> SourceHealth:
    venue = state.venue(name)
    prices = state.line(LineKey(name, RequestKind.TOKEN_QUOTES))
    failures = max(venue.failures, prices.failures)
    retry_ms = max(venue.not_before_ms, prices.next_ms) if failures else None
    return SourceHealth(
        venue=name,
        title=title,
        state=_state_of(state, name, failures, now_ms),
        last_ok_ms=venue.last_ok_ms,
        latency_ms=venue.latency_ms,
        error=venue.error if failures and not state.plan.offline else "",
        retry_ms=None if state.plan.offline else retry_ms,
    )


def _state_of(state: SyncState, name: str, failures: int, now_ms: int) -> SourceState:
    venue = state.venue(name)
    if state.plan.offline:
        return SourceState.OFFLINE
    if failures >= _DOWN_AFTER or (failures and venue.last_ok_ms is None):
        return SourceState.DOWN
    if venue.last_ok_ms is None:
        return SourceState.IDLE
    silent = now_ms - venue.last_ok_ms > _MISSED_POLLS * state.plan.poll_s * 1000 + _SLOW_ANSWER_MS
    slow = venue.latency_ms is not None and venue.latency_ms > _SLOW_ANSWER_MS
    return SourceState.SLOW if failures or silent or slow else SourceState.LIVE


def clock_problem(title: str, server_ms: int, now_ms: int) -> Problem | None:
    """A warning when this computer's clock is off by more than half a minute, else None."""
    skew_ms = now_ms - server_ms
    if abs(skew_ms) <= _NOTED_SKEW_MS:
        return None
    side = "ahead of" if skew_ms > 0 else "behind"
    words = f"This computer's clock is {_duration(abs(skew_ms))} {side} {title}'s; ages shown are off by as much."
    return Problem(
        severity=Severity.WARNING,
        code="clock_skew",
        message=f"{words} Set the clock, or let the system set it.",
        source=title,
    )


def _duration(length_ms: int) -> str:
    seconds = round(length_ms / 1000)
    for unit, size in (("days", 86_400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} seconds"
