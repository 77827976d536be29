"""The part of the contract that streams keep: sockets as values, messages read into domain values.

Sans-IO as the rest: an adapter names the sockets, the messages to send and what a message says. Who opens them, counts
silence and reconnects is the engine (`levdesk.services.stream_session`, `levdesk.runtime`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from levdesk.domain.market import TokenQuote, UnderlyingQuote
from levdesk.domain.problems import Problem
from levdesk.venues.contract import Reply, Request


class TopicKind(StrEnum):
    """What a topic is about."""

    TOKEN = "token"
    UNDERLYING = "underlying"


@dataclass(frozen=True, slots=True, order=True)
class Topic:
    """One instrument to hear of: a token's pair, or a perpetual, in the venue's spelling."""

    kind: TopicKind
    instrument: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """Leave to connect, where a venue hands it out by request.

    Attributes:
        url: where to connect.
        ping_every_s: how often the venue wants to hear a ping, or None.
    """

    url: str
    ping_every_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamSocket:
    """One connection to hold.

    Attributes:
        name: tells the venue's sockets apart and stays the same when topics change, e.g. "futures-0".
        url: ws or wss address.
        topics: what to hear on it.
        message_gap_ms: least pause between two messages of ours.
        ping_every_s: how often `ping` is sent, or None when only the venue pings.
        silent_after_s: when nothing at all came for so long, the connection counts as broken.
        lives_s: the venue ends every connection after so long, or None.
    """

    name: str
    url: str
    topics: tuple[Topic, ...]
    message_gap_ms: int = 0
    ping_every_s: float | None = None
    silent_after_s: float = 30.0
    lives_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamNews:
    """What one message said.

    Attributes:
        tokens, underlyings: parts that are new; what the message does not tell is None and stays as it was.
        answers: messages to send back at once (a pong).
        refused: topics the venue would not give, by their instrument; "" when it does not say which.
        problems: figures left out, with the reason.
        sent_ms: the venue's clock when it sent the message, or None.
    """

    tokens: tuple[TokenQuote, ...] = ()
    underlyings: tuple[UnderlyingQuote, ...] = ()
    answers: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    sent_ms: int | None = None


class Stream(Protocol):
    """What a streaming adapter can do; a `Venue` that streams is one too."""

    @property
    def streams(self) -> frozenset[TopicKind]:
        """What can be heard."""

    def stream_ticket(self) -> Request | None:
        """The request to make before connecting (kind STREAM_TICKET), None where anybody may connect."""

    def parse_stream_ticket(self, reply: Reply) -> Ticket:
        """What it answers; raises as every `parse_*`. Bug where there is no ticket."""

    def sockets(self, topics: Sequence[Topic], ticket: Ticket | None = None) -> tuple[StreamSocket, ...]:
        """The connections that carry these topics, split as the venue's limits ask; the same for the same topics."""

    def subscribe(self, socket: StreamSocket, topics: Sequence[Topic]) -> tuple[str, ...]:
        """Messages that ask for topics on an open connection, in order; several topics in one where allowed."""

    def unsubscribe(self, socket: StreamSocket, topics: Sequence[Topic]) -> tuple[str, ...]:
        """Messages that end topics."""

    def ping(self, now_ms: int) -> str:
        """The text that keeps a connection alive; "" for a ping frame of the protocol."""

    def read_message(self, message: str | bytes, received_ms: int) -> StreamNews:
        """What a message says; unknown but well-formed messages say nothing.

        Raises:
            VenueGarbled: nobody can read it.
        """
