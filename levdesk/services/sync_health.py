"""What the planner's state says to a person: the health of each venue, and a clock that is off."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from levdesk.domain.problems import Problem, Severity
from levdesk.services.health import SourceHealth, SourceState, StreamHealth, StreamState
from levdesk.services.sync import HEARTBEAT_S, NOTED_SKEW_MS, PRICES
from levdesk.services.sync_state import LineKey, SyncState, VenueWant
from levdesk.venues.contract import RequestKind

Room = Callable[[str], tuple[int, int] | None]
"""Requests left and allowed by the tightest limit of a venue just now; None where none counts."""

_SLOW_ANSWER_MS: Final = 3_000
_DOWN_AFTER: Final = 3
_MISSED_POLLS: Final = 3
_GONE_WORDS: Final = {
    RequestKind.TOKEN_NAVS: "NAV",
    RequestKind.TOKEN_LISTINGS: "Listings",
    RequestKind.NOTICES: "Announcements",
}


def health(
    state: SyncState,
    now_ms: int,
    *,
    streams: Mapping[str, StreamHealth] | None = None,
    room: Room = lambda _venue: None,
) -> tuple[SourceHealth, ...]:
    """One entry per venue of the plan, in its order.

    Args:
        state, now_ms: what the planner knows, and the time.
        streams: how the streams are doing, by venue.
        room: what is left of the venues' limits.
    """
    heard = streams or {}
    return tuple(
        _health_of(want, state, now_ms, heard.get(want.name, StreamHealth()), room(want.name))
        for want in state.plan.venues
    )


def worth_telling(seen: tuple[SourceHealth, ...]) -> tuple[SourceHealth, ...]:
    """The same without what changes with every answer and every message: only the rest is news."""
    return tuple(
        replace(
            source,
            last_ok_ms=None,
            latency_ms=None,
            requests_left=None,
            stream=replace(source.stream, messages=0, replaced=0, last_message_ms=None),
        )
        for source in seen
    )


def _health_of(
    want: VenueWant, state: SyncState, now_ms: int, stream: StreamHealth, room: tuple[int, int] | None
) -> SourceHealth:
    name = want.name
    venue = state.venue(name)
    failures = max(venue.failures, *(state.line(LineKey(name, kind)).failures for kind in _asked(want)), 0)
    next_ms = max((state.line(LineKey(name, kind)).next_ms for kind in _asked(want)), default=0)
    return SourceHealth(
        venue=name,
        title=want.title,
        state=_state_of(want, state, failures, now_ms, stream),
        last_ok_ms=venue.last_ok_ms,
        latency_ms=venue.latency_ms,
        error=venue.error if failures and not state.plan.offline else "",
        retry_ms=max(venue.not_before_ms, next_ms) if failures and not state.plan.offline else None,
        stream=stream,
        skew_ms=venue.skew_ms,
        requests_left=None if room is None else room[0],
        requests_limit=None if room is None else room[1],
        depends=want.depends,
        switched_off=tuple(_gone(want, state)),
        address=want.address,
    )


def _asked(want: VenueWant) -> list[RequestKind]:
    """Prices that are asked of a venue; of one that only lists its tokens, that list."""
    return [kind for kind in PRICES if want.asks(kind)] or [
        kind for kind in (RequestKind.TOKENS,) if want.asks(kind) and not want.is_wanted
    ]


def _gone(want: VenueWant, state: SyncState) -> Iterator[str]:
    for kind, words in _GONE_WORDS.items():
        gone = state.line(LineKey(want.name, kind)).gone
        if gone:
            yield f"{words}: {gone} It is tried again once a day."
    if want.notices and RequestKind.NOTICES not in want.serves and not want.off:
        yield f"Announcements: {want.title} publishes none for programs; look at its site."
    if want.books and RequestKind.TOKEN_DEPTH not in want.serves and not want.off:
        yield f"Order books: {want.title} publishes none for programs."


def _state_of(want: VenueWant, state: SyncState, failures: int, now_ms: int, stream: StreamHealth) -> SourceState:
    venue = state.venue(want.name)
    if want.off:
        return SourceState.OFF
    if state.plan.offline:
        return SourceState.OFFLINE
    is_heard = stream.state is StreamState.LIVE
    if failures >= _DOWN_AFTER or (failures and venue.last_ok_ms is None):
        return SourceState.SLOW if is_heard else SourceState.DOWN
    if venue.last_ok_ms is None or (not want.is_wanted and not failures):
        return SourceState.IDLE
    poll_s = max(state.plan.poll_s, HEARTBEAT_S) if want.heard.issuperset(_asked(want)) else state.plan.poll_s
    silent = now_ms - venue.last_ok_ms > _MISSED_POLLS * poll_s * 1000 + _SLOW_ANSWER_MS
    slow = venue.latency_ms is not None and venue.latency_ms > _SLOW_ANSWER_MS
    return SourceState.SLOW if failures or silent or slow else SourceState.LIVE


def clock_problem(title: str, server_ms: int, now_ms: int) -> Problem | None:
    """A warning when this computer's clock is off by more than half a minute, else None."""
    skew_ms = now_ms - server_ms
    if abs(skew_ms) <= NOTED_SKEW_MS:
        return None
    side = "ahead of" if skew_ms > 0 else "behind"
    words = f"This computer's clock is {_duration(abs(skew_ms))} {side} {title}'s; ages shown make up for it."
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
