"""What the sync planner knows and what is wanted of it, as frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from levdesk.venues.contract import RequestKind

_HOUR_MS: Final = 3_600_000


@dataclass(frozen=True, slots=True)
class LineKey:
    """One thing that is asked for again and again.

    Attributes:
        venue: short name.
        kind: what is asked.
        instrument: pair or perpetual of a history, "" otherwise.
        interval_s: bar length of a history of candles, 0 otherwise.
    """

    venue: str
    kind: RequestKind
    instrument: str = ""
    interval_s: int = 0

    @property
    def step_ms(self) -> int:
        """Distance of two points of the history; settlements count as hourly."""
        return self.interval_s * 1000 or _HOUR_MS


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of history, by its first and last point, both inside."""

    first_ms: int
    last_ms: int


@dataclass(frozen=True, slots=True)
class HistoryWant:
    """A history to have from a moment until now."""

    key: LineKey
    start_ms: int


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to fetch now; for a history, the stretch of it."""

    key: LineKey
    span: Span | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncPlan:
    """What is wanted.

    Attributes:
        venues: short name and title of each, in the order they are shown.
        poll_s: seconds between two price requests.
        offline: True when nothing may be asked.
        histories: most wanted first.
    """

    venues: tuple[tuple[str, str], ...]
    poll_s: float = 5.0
    offline: bool = False
    histories: tuple[HistoryWant, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """How one line is doing.

    Attributes:
        started_ms: when it was last asked.
        next_ms: before this it is not asked again.
        failures: in a row.
    """

    started_ms: int = 0
    next_ms: int = 0
    failures: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueState:
    """How a venue is doing.

    Attributes:
        failures: answers in a row that were no answer or "busy".
        not_before_ms: before this nothing is asked.
        patience_ms: before this not even a person's refresh asks, for the venue named that time itself.
        last_ok_ms, latency_ms: last good answer, and how long it took.
        error: last failure in plain words, "" once prices come again.
    """

    failures: int = 0
    not_before_ms: int = 0
    patience_ms: int = 0
    last_ok_ms: int | None = None
    latency_ms: int | None = None
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncState:
    """Everything the planner knows; replaced as a whole by each step."""

    plan: SyncPlan
    venues: Mapping[str, VenueState] = field(default_factory=dict)
    lines: Mapping[LineKey, Line] = field(default_factory=dict)
    covered: Mapping[LineKey, Span] = field(default_factory=dict)
    under_way: frozenset[Task] = frozenset()

    def venue(self, name: str) -> VenueState:
        """How a venue is doing."""
        return self.venues.get(name, VenueState())

    def line(self, key: LineKey) -> Line:
        """How a line is doing."""
        return self.lines.get(key, Line())
