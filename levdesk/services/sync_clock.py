"""The planner's state after the clock leapt: it was set, or the computer slept."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from levdesk.services.sync_state import Line, LineKey, SyncState, VenueState
from levdesk.venues.contract import RequestKind

_SET_BACK_MS: Final = 1_000
"""Less is how the system keeps its clock in step."""
_SLEPT_MS: Final = 300_000
"""Longer between two turns than anything but sleep, or a clock set forward, takes."""


def after_leap(state: SyncState, before_ms: int, now_ms: int) -> SyncState:
    """The state once a turn's clock shows `now_ms`, and the turn's before showed `before_ms`.

    Waits last as long as they were meant to when the clock was set back; otherwise nothing would be asked until it
    shows the old time again. After a leap either way the venues are asked for the time: how far the clocks are apart
    may be different now.
    """
    back_ms = before_ms - now_ms
    if back_ms < _SET_BACK_MS and -back_ms < _SLEPT_MS:
        return state
    lines, venues = dict(state.lines), dict(state.venues)
    if back_ms > 0:
        lines = {key: _line_sooner(line, back_ms, now_ms) for key, line in lines.items()}
        venues = {name: _venue_sooner(venue, back_ms, now_ms) for name, venue in venues.items()}
    for want in state.plan.venues:
        key = LineKey(want.name, RequestKind.SERVER_TIME)
        line = lines.get(key)
        if line is not None and not line.failures:
            lines[key] = replace(line, next_ms=min(line.next_ms, now_ms))
    return replace(state, lines=lines, venues=venues)


def _line_sooner(line: Line, back_ms: int, now_ms: int) -> Line:
    return replace(
        line,
        started_ms=min(line.started_ms, now_ms),
        next_ms=_sooner(line.next_ms, back_ms, now_ms),
        ok_ms=None if line.ok_ms is None else min(line.ok_ms, now_ms),
    )


def _venue_sooner(venue: VenueState, back_ms: int, now_ms: int) -> VenueState:
    return replace(
        venue,
        not_before_ms=_sooner(venue.not_before_ms, back_ms, now_ms),
        patience_ms=_sooner(venue.patience_ms, back_ms, now_ms),
        last_ok_ms=None if venue.last_ok_ms is None else min(venue.last_ok_ms, now_ms),
    )


def _sooner(moment_ms: int, back_ms: int, now_ms: int) -> int:
    return moment_ms - back_ms if moment_ms > now_ms else moment_ms
