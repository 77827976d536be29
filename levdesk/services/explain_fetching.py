"""Fetching the histories explanations need, once and bounded: for a report, where no poller runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from levdesk.domain.errors import VenueError
from levdesk.domain.problems import Problem, Severity
from levdesk.services import sync
from levdesk.services.explain_input import MINUTE_S
from levdesk.services.fetching import Harvest, carry_out, venue_problem
from levdesk.services.ports import Clock, HttpDoor
from levdesk.services.sync_histories import missing_span
from levdesk.services.sync_state import HistoryWant, LineKey, Span, SyncPlan, Task
from levdesk.venues.contract import RequestKind, Venue

MOST_PIECES = 12
"""Pieces of a thousand bars fetched of one history at most; a later refresh goes on from there."""
LONGEST_MS = 90_000

Keep = Callable[[Harvest], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetcher:
    """What fetching goes through.

    Attributes:
        venues, http, clock: the doors.
        keep: stores what came, and returns when it is stored.
        until_ms: nothing new is asked after this.
    """

    venues: Mapping[str, Venue]
    http: HttpDoor
    clock: Clock
    keep: Keep
    until_ms: int


def fetch_histories(
    fetcher: Fetcher, wants: Iterable[HistoryWant], covered: Mapping[LineKey, Span]
) -> tuple[Problem, ...]:
    """Fetch what is missing of each history; a venue that fails is asked for nothing more, and is a Problem."""
    problems: dict[str, Problem] = {}
    state = sync.begin(SyncPlan(venues=()), covered=covered)
    for want in wants:
        venue = fetcher.venues.get(want.key.venue)
        if venue is None or want.key.venue in problems:
            continue
        waits = False
        for _ in range(MOST_PIECES):
            now_ms = fetcher.clock.now_ms()
            known = state.covered.get(want.key)
            span = missing_span(want, known, now_ms, waits=waits)
            if span is None:
                break
            if now_ms > fetcher.until_ms:
                return (*problems.values(), _unfinished(want.key.venue))
            task = Task(want.key, span)
            try:
                harvest = carry_out(venue, task, fetcher.http)
            except VenueError as error:
                problems[want.key.venue] = venue_problem(error)
                break
            fetcher.keep(harvest)
            state = sync.note_success(state, task, now_ms, latency_ms=0, received_to_ms=harvest.received_to_ms)
            if state.covered.get(want.key) == known:
                if waits:
                    break
                waits = True
    return tuple(problems.values())


def fetch_minutes(fetcher: Fetcher, venue: str, instrument: str, windows: Iterable[Span]) -> tuple[Problem, ...]:
    """Fetch the minutes of some hours of an underlying; nothing where its venue serves no minutes."""
    asked = fetcher.venues.get(venue)
    if asked is None or MINUTE_S not in asked.candle_intervals_s:
        return ()
    key = LineKey(venue, RequestKind.UNDERLYING_CANDLES, instrument, MINUTE_S)
    for window in windows:
        if fetcher.clock.now_ms() > fetcher.until_ms:
            return (_unfinished(venue),)
        try:
            fetcher.keep(carry_out(asked, Task(key, window), fetcher.http))
        except VenueError as error:
            return (venue_problem(error),)
    return ()


def _unfinished(venue: str) -> Problem:
    words = "Fetching the price history took too long; what is missing is fetched at the next refresh."
    return Problem(severity=Severity.INFO, code="history_unfinished", message=words, source=venue)
