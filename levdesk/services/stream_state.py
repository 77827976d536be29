"""What is known of one venue's sockets, what can happen to them, and what is to be done, as frozen values.

Moments (`now_ms`, `…_ms`) are of a clock that only goes forward and means nothing by itself, unless said otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from levdesk.venues.contract import Request
from levdesk.venues.streams import StreamSocket, Ticket, Topic


@dataclass(frozen=True, slots=True, kw_only=True)
class Pacing:
    """How patient a session is.

    Attributes:
        first_wait_ms, longest_wait_ms: before connecting again, doubled with every failure; up to twice the first by
            chance, never more than the longest.
        refused_wait_ms, longest_refused_wait_ms: the same where the venue refuses streams.
        busy_wait_ms: at least so long after "too many requests" that names no time.
        connect_ms: a connection that is not there by then counts as failed.
        open_gap_ms: between two openings at one venue.
        ticket_fresh_ms: for how long a ticket opens sockets.
        quiet_ms: a connection that lives but brings no figures for so long is made anew.
        burst, burst_gap_ms: where the venue names no gap, so many messages at once, and the pause after them.
    """

    first_wait_ms: int = 1_000
    longest_wait_ms: int = 60_000
    refused_wait_ms: int = 300_000
    longest_refused_wait_ms: int = 3_600_000
    busy_wait_ms: int = 60_000
    connect_ms: int = 15_000
    open_gap_ms: int = 350
    ticket_fresh_ms: int = 60_000
    quiet_ms: int = 120_000
    burst: int = 20
    burst_gap_ms: int = 100


class FailureKind(StrEnum):
    """What a failure means for the next attempt."""

    LOST = "lost"
    BUSY = "busy"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why a connection or a ticket did not come, or ended.

    Attributes:
        words: one plain sentence.
        kind: what it means for the next attempt.
        retry_after_s: the wait the venue named, or None.
    """

    words: str
    kind: FailureKind = FailureKind.LOST
    retry_after_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """What stands between the failures so far and the next attempt.

    Attributes:
        failures: in a row.
        until_ms: no attempt before this.
        firm_ms: nor before this, even when a person asks: the venue named it.
        error: the last failure, "" when fine.
        off: True when the venue refuses streams.
    """

    failures: int = 0
    until_ms: int = 0
    firm_ms: int = 0
    error: str = ""
    off: bool = False


class Phase(StrEnum):
    """Where a connection is."""

    WAITING = "waiting"
    OPENING = "opening"
    OPEN = "open"


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One connection of a venue.

    Attributes:
        plan: what the adapter says of it.
        phase, since_ms: where it is, and since when.
        wait: before the next attempt, while it waits.
        heard_ms: when anything came last on this connection, or when it opened.
        figures_ms: when figures came last on this connection, None before the first.
        asked: topics asked for on this connection.
        outbox: messages still to send.
        answers: messages the venue waits for.
        sent_ms, pinged_ms: when we sent something, and a ping, last.
        reopened: times it opened after the first.
        was_open: True once it has been open.
    """

    plan: StreamSocket
    phase: Phase = Phase.WAITING
    since_ms: int = 0
    wait: Wait = Wait()
    heard_ms: int = 0
    figures_ms: int | None = None
    asked: frozenset[Topic] = frozenset()
    outbox: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()
    sent_ms: int | None = None
    pinged_ms: int = 0
    reopened: int = 0
    was_open: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """All connections of one venue; replaced as a whole by each step.

    Attributes:
        title: the venue's name in words.
        topics: what is wanted; `planned` is what the links stand for.
        links: by socket name.
        leaving: names of open sockets that are not wanted any more.
        ticket, ticket_ms: the last ticket and when it came.
        ticket_asked: True while one is being fetched.
        ticket_wait: before the next ticket is asked for.
        opened_ms: when a socket was told to open last, None before the first.
        refused: instruments the venue would not give.
        messages, reconnects: since the start; reconnects of links that are gone.
        last_message_ms: when something came last.
    """

    title: str
    pacing: Pacing = Pacing()
    topics: tuple[Topic, ...] = ()
    planned: tuple[Topic, ...] = ()
    links: Mapping[str, Link] = field(default_factory=dict)
    leaving: tuple[str, ...] = ()
    ticket: Ticket | None = None
    ticket_ms: int = 0
    ticket_asked: bool = False
    ticket_wait: Wait = Wait()
    opened_ms: int | None = None
    refused: frozenset[str] = frozenset()
    messages: int = 0
    reconnects: int = 0
    last_message_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What came on one socket since the last time it was told.

    Attributes:
        messages: how many.
        figures: whether any of them held figures.
        answers: what the venue waits for.
        refused: instruments it would not give; "" when it does not say which.
    """

    messages: int = 1
    figures: bool = False
    answers: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FetchTicket:
    """Make this request, and tell what it answers."""

    request: Request


@dataclass(frozen=True, slots=True)
class OpenSocket:
    """Connect."""

    name: str
    url: str


@dataclass(frozen=True, slots=True)
class SendText:
    """Send a message."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class SendPing:
    """Send what keeps the connection alive."""

    name: str


@dataclass(frozen=True, slots=True)
class CloseSocket:
    """Close at once; nothing more is heard of this connection."""

    name: str


Command = FetchTicket | OpenSocket | SendText | SendPing | CloseSocket
