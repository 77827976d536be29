"""What the sync planner knows and what is wanted of it, as frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from levdesk.domain.instruments import TokenKey
from levdesk.venues.contract import RequestKind

_HOUR_MS: Final = 3_600_000


@dataclass(frozen=True, slots=True)
class LineKey:
    """One thing that is asked for again and again.

    Attributes:
        venue: short name.
        kind: what is asked.
        instrument: pair or perpetual of a history, pair of an order book, "" otherwise.
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
    """One thing to fetch now.

    Attributes:
        key: what.
        span: of a history, the stretch of it.
        tokens, perpetuals: whose prices, where a venue is asked one by one; empty for all.
        expected: tokens that the answer about all of them has to tell of.
    """

    key: LineKey
    span: Span | None = None
    tokens: frozenset[TokenKey] = frozenset()
    perpetuals: frozenset[str] = frozenset()
    expected: frozenset[TokenKey] = field(default=frozenset(), compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueWant:
    """What is wanted of one venue.

    Attributes:
        name, title: short name, and name for the screen.
        serves: what it can be asked for.
        tokens: whose prices and NAV are wanted, most wanted first.
        perpetuals: whose marks are wanted, most wanted first.
        takes_all: the answer about some of its tokens tells of all of them, and all are taken.
        heard: kinds its stream brings just now; they are asked for only as a heartbeat.
        books: tokens whose order books are wanted, with their pairs.
        listings: tokens held whose listing is watched.
        notices: whether its announcements are wanted.
        depends: symbols of what is held whose figures come from here.
        address: where it is asked, for the screen.
        off: switched off by the person.
    """

    name: str
    title: str
    serves: frozenset[RequestKind] = frozenset()
    tokens: tuple[TokenKey, ...] = ()
    perpetuals: tuple[str, ...] = ()
    takes_all: bool = False
    heard: frozenset[RequestKind] = frozenset()
    books: tuple[tuple[TokenKey, str], ...] = ()
    listings: frozenset[TokenKey] = frozenset()
    notices: bool = False
    depends: tuple[str, ...] = ()
    address: str = ""
    off: bool = False

    def asks(self, kind: RequestKind) -> bool:
        """Whether there is anything of a kind to ask for: it is served, and something of it is wanted."""
        if self.off or kind not in self.serves:
            return False
        match kind:
            case RequestKind.TOKEN_QUOTES | RequestKind.TOKEN_NAVS:
                return bool(self.tokens)
            case RequestKind.UNDERLYING_QUOTES:
                return bool(self.perpetuals)
            case RequestKind.SERVER_TIME:
                return self.is_wanted
            case RequestKind.TOKEN_DEPTH:
                return bool(self.books)
            case RequestKind.TOKEN_LISTINGS:
                return bool(self.listings)
            case RequestKind.NOTICES:
                return self.notices
        return True

    @property
    def is_wanted(self) -> bool:
        """Whether any price of it is wanted; otherwise only its list of tokens is."""
        return bool(self.tokens or self.perpetuals)


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncPlan:
    """What is wanted.

    Attributes:
        venues: most wanted first.
        poll_s: seconds between two price requests.
        offline: True when nothing may be asked.
        histories: most wanted first.
        histories_of: the same by venue; asked for several times a second, and there may be thousands.
    """

    venues: tuple[VenueWant, ...]
    poll_s: float = 5.0
    offline: bool = False
    histories: tuple[HistoryWant, ...] = ()
    histories_of: Mapping[str, tuple[HistoryWant, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Sort the histories by venue."""
        found: dict[str, list[HistoryWant]] = {}
        for history in self.histories:
            found.setdefault(history.key.venue, []).append(history)
        object.__setattr__(self, "histories_of", {name: tuple(wants) for name, wants in found.items()})

    def venue(self, name: str) -> VenueWant:
        """What is wanted of a venue: nothing, when it is not in the plan."""
        return next((want for want in self.venues if want.name == name), VenueWant(name=name, title=name))


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """How one line is doing.

    Attributes:
        started_ms: when it was last asked.
        next_ms: before this it is not asked again.
        failures: in a row.
        ok_ms: last good answer, or None.
        gone: why it is not asked any more for now, in plain words; "" while it is.
    """

    started_ms: int = 0
    next_ms: int = 0
    failures: int = 0
    ok_ms: int | None = None
    gone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueState:
    """How a venue is doing.

    Attributes:
        failures: answers in a row that were no answer or "busy".
        not_before_ms: before this nothing is asked.
        patience_ms: before this not even a person's refresh asks, for the venue named that time itself.
        last_ok_ms, latency_ms: last good answer, and how long it took.
        error: last failure in plain words, "" once prices come again.
        skew_ms: this computer's clock minus the venue's, None until measured.
    """

    failures: int = 0
    not_before_ms: int = 0
    patience_ms: int = 0
    last_ok_ms: int | None = None
    latency_ms: int | None = None
    error: str = ""
    skew_ms: int | None = None


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
