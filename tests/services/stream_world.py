"""A venue's sockets as a session sees them, without a socket: what it is told to do, and what then happens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from levdesk.domain.errors import Bug
from levdesk.services import stream_session
from levdesk.services.stream_state import (
    CloseSocket,
    Command,
    Failure,
    FailureKind,
    FetchTicket,
    Heard,
    OpenSocket,
    Pacing,
    SendPing,
    SendText,
)
from levdesk.venues.contract import Request, RequestKind
from levdesk.venues.nothing_offered import NothingOffered
from levdesk.venues.streams import StreamNews, StreamSocket, Ticket, Topic, TopicKind

TOPICS = tuple(Topic(TopicKind.TOKEN, f"T{number}") for number in range(6))
TURN_MS = 100


@dataclass(frozen=True, slots=True)
class Plain(NothingOffered):
    """Two topics per socket."""

    name: ClassVar[str] = "plain"
    title: ClassVar[str] = "Plain"
    streams: ClassVar[frozenset[TopicKind]] = frozenset({TopicKind.TOKEN})
    needs_ticket: bool = False
    ping_every_s: float | None = 10.0
    silent_after_s: float = 30.0
    lives_s: float | None = None
    message_gap_ms: int = 200

    def stream_ticket(self) -> Request | None:
        if not self.needs_ticket:
            return None
        return Request(venue=self.name, kind=RequestKind.STREAM_TICKET, url="http://127.0.0.1/", method="POST")

    def sockets(self, topics: Sequence[Topic], ticket: Ticket | None = None) -> tuple[StreamSocket, ...]:
        if self.needs_ticket and ticket is None:
            raise Bug("sockets without the ticket they need")
        url = "ws://127.0.0.1/" if ticket is None else ticket.url
        shares = [tuple(topics[first : first + 2]) for first in range(0, len(topics), 2)]
        return tuple(
            StreamSocket(
                name=f"s{number}",
                url=url,
                topics=share,
                message_gap_ms=self.message_gap_ms,
                ping_every_s=self.ping_every_s,
                silent_after_s=self.silent_after_s,
                lives_s=self.lives_s,
            )
            for number, share in enumerate(shares)
        )

    def subscribe(self, socket: StreamSocket, topics: Sequence[Topic]) -> tuple[str, ...]:
        return tuple(f"+{topic.instrument}" for topic in topics)

    def unsubscribe(self, socket: StreamSocket, topics: Sequence[Topic]) -> tuple[str, ...]:
        return tuple(f"-{topic.instrument}" for topic in topics)

    def ping(self, now_ms: int) -> str:
        return "ping"

    def read_message(self, message: str | bytes, received_ms: int) -> StreamNews:
        raise Bug("nothing is read here")


@dataclass
class World:
    """Carries commands out and holds the venue to be asked for nothing impossible.

    Attributes:
        venue: the adapter.
        well: whether the venue accepts, hands out tickets and talks.
        mute: whether it accepts and says nothing.
        opening, open: sockets by name.
        heard_topics: what each open socket has asked for.
        said: every command with its moment.
    """

    venue: Plain = field(default_factory=Plain)
    pacing: Pacing = field(default_factory=Pacing)
    now_ms: int = 1_000
    well: bool = True
    mute: bool = False
    jitter: float = 0.5
    refusal: Failure = field(default_factory=lambda: Failure(words="Plain is away."))
    opening: set[str] = field(default_factory=set)
    open: set[str] = field(default_factory=set)
    heard_topics: dict[str, set[str]] = field(default_factory=dict)
    said: list[tuple[int, Command]] = field(default_factory=list)
    tickets_out: int = 0

    def __post_init__(self) -> None:
        self.session = stream_session.begin(self.venue.title, self.pacing)

    def turn(self) -> list[Command]:
        """Ask what to do, and do it."""
        self.session, commands = stream_session.turn(self.session, self.venue, self.now_ms, jitter=self.jitter)
        for command in commands:
            self.said.append((self.now_ms, command))
            self._do(command)
        return list(commands)

    def _do(self, command: Command) -> None:
        match command:
            case OpenSocket(name=name):
                assert name not in self.opening | self.open, "opened twice at once"
                self.opening.add(name)
            case SendText(name=name, text=text):
                assert name in self.open, "sent on a closed socket"
                topics = self.heard_topics[name]
                if text[0] == "+":
                    topics.add(text[1:])
                elif text[0] == "-":
                    topics.remove(text[1:])
            case SendPing(name=name):
                assert name in self.open, "pinged a closed socket"
            case CloseSocket(name=name):
                assert name in self.opening | self.open, "closed what is not there"
                self._gone(name)
            case FetchTicket():
                self.tickets_out += 1
                assert self.tickets_out == 1, "two tickets asked for at once"

    def _gone(self, name: str) -> None:
        self.opening.discard(name)
        self.open.discard(name)
        self.heard_topics.pop(name, None)

    # -- what the venue does -----------------------------------------------------------------------------------

    def lose(self, name: str) -> None:
        """One socket ends."""
        self._gone(name)
        self.session = stream_session.lost(self.session, name, self.refusal, self.now_ms, jitter=self.jitter)

    def accept(self, name: str) -> None:
        """One socket is connected."""
        self.opening.remove(name)
        self.open.add(name)
        self.heard_topics[name] = set()
        self.session = stream_session.opened(self.session, name, self.now_ms)

    def hear(self, name: str, heard: Heard) -> None:
        """One socket brings something."""
        self.session = stream_session.heard(self.session, name, heard, self.now_ms)

    def behave(self) -> None:
        """Do what the venue does by itself: accept or refuse, and talk."""
        if self.tickets_out:
            self.tickets_out = 0
            if self.well:
                ticket = Ticket(url=f"ws://127.0.0.1/{self.now_ms}")
                self.session = stream_session.ticket_came(self.session, ticket, self.now_ms)
            else:
                self.session = stream_session.ticket_failed(self.session, self.refusal, self.now_ms, jitter=self.jitter)
        for name in sorted(self.opening):
            if self.well:
                self.accept(name)
            else:
                self.lose(name)
        for name in sorted(self.open):
            if self.well and not self.mute:
                self.hear(name, Heard(figures=bool(self.heard_topics[name])))

    def live(self, length_ms: int, *, step_ms: int = TURN_MS) -> None:
        """Let time pass, with a turn every `step_ms`."""
        until_ms = self.now_ms + length_ms
        while self.now_ms < until_ms:
            self.now_ms += step_ms
            self.behave()
            self.turn()

    def want(self, *topics: Topic) -> None:
        """Want these from now on."""
        self.session = stream_session.want(self.session, topics)

    def count(self, kind: type[Command]) -> int:
        """How many commands of a kind were given."""
        return sum(isinstance(command, kind) for _, command in self.said)

    def moments(self, kind: type[Command], name: str = "") -> list[int]:
        """When commands of a kind were given, of one socket or of all."""
        return [
            ms for ms, command in self.said if isinstance(command, kind) and name in {"", getattr(command, "name", "")}
        ]

    def texts(self, name: str) -> list[str]:
        """What was sent on a socket."""
        return [command.text for _, command in self.said if isinstance(command, SendText) and command.name == name]


def busy(retry_after_s: float | None = None) -> Failure:
    """A venue that asks to slow down."""
    return Failure(words="Plain asks to slow down.", kind=FailureKind.BUSY, retry_after_s=retry_after_s)


def refused() -> Failure:
    """A venue that gives no streams to us."""
    return Failure(words="Plain refuses its stream to us (HTTP 403).", kind=FailureKind.REFUSED)
