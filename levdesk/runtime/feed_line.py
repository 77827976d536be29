"""One venue in the feed thread: its session, its sockets, and what they bring, read and put into the mailbox."""

from __future__ import annotations

import random
import time
from collections import deque
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, replace
from typing import Final, Protocol

from levdesk.domain.errors import VenueGarbled
from levdesk.domain.problems import Problem, Severity
from levdesk.runtime.feed_socket import FeedSocket
from levdesk.runtime.mailbox import Mailbox
from levdesk.services import stream_session
from levdesk.services.health import StreamHealth, StreamState
from levdesk.services.stream_health import stream_health
from levdesk.services.stream_mail import MailBatch, is_quote, mail_of
from levdesk.services.stream_state import (
    CloseSocket,
    Command,
    Failure,
    FetchTicket,
    Heard,
    OpenSocket,
    Pacing,
    SendPing,
    SendText,
    Wait,
)
from levdesk.venues.contract import Request
from levdesk.venues.streams import Stream, StreamNews, Ticket, Topic

BURST_MESSAGES: Final = 250
BURST_SHARE: Final = 4
"""Of what waits so much is read at once: behind a flood figures still come often, and the window gets its turn."""

_MOST_GARBLED: Final = 20
"""Unreadable messages in a row after which a connection is made anew."""


class StreamingVenue(Stream, Protocol):
    """An adapter whose stream the feed can hear."""

    @property
    def name(self) -> str:
        """Short name."""

    @property
    def title(self) -> str:
        """Name for the screen."""


def moment_ms() -> int:
    """A clock that only goes forward, so that setting the computer's clock breaks no connection."""
    return time.monotonic_ns() // 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedDoors:
    """What every line shares.

    Attributes:
        mailbox: where data go.
        now_ms: the wall clock.
        pacing: how patient the sessions are.
        fetch_ticket: told the venue and the request when a ticket is needed.
        soon: asks for a turn of the lines that are `due`.
        closing: True once the program ends.
        take_socket: a socket that is not in use; None when there is none just now.
        give_socket: takes it back.
    """

    mailbox: Mailbox[Hashable, object]
    now_ms: Callable[[], int]
    pacing: Pacing
    fetch_ticket: Callable[[str, Request], None]
    soon: Callable[[], None]
    closing: Callable[[], bool]
    take_socket: Callable[[], FeedSocket | None]
    give_socket: Callable[[FeedSocket], None]


class VenueLine:
    """Lives in the feed thread; every event only takes note and asks for a turn."""

    def __init__(self, venue: StreamingVenue, doors: FeedDoors) -> None:
        """Nothing wanted yet."""
        self.venue = venue
        self._doors = doors
        self._session = stream_session.begin(venue.title, doors.pacing)
        self._sockets: dict[str, FeedSocket] = {}
        self._backlog: deque[tuple[str, str | bytes, int]] = deque()
        self._alive: set[str] = set()
        self._garbled = 0
        self._replaced = 0
        self._rests: Wait | None = None
        self._reading = False
        self.due = False

    # -- commands ----------------------------------------------------------------------------------------------

    def want(self, topics: Iterable[Topic]) -> None:
        """Hear these from now on."""
        self._session = stream_session.want(self._session, topics)
        self._soon()

    def retry(self) -> None:
        """Connect now where it waits."""
        self._rests = None
        self._session = stream_session.retry(self._session, moment_ms())
        self._soon()

    def ticket_came(self, ticket: Ticket) -> None:
        """Go on with it."""
        self._session = stream_session.ticket_came(self._session, ticket, moment_ms())
        self._soon()

    def ticket_failed(self, failure: Failure) -> None:
        """Wait, then ask again."""
        self._session = stream_session.ticket_failed(self._session, failure, moment_ms(), jitter=_jitter())
        self._soon()

    def close(self) -> None:
        """Drop every socket."""
        self._backlog.clear()
        for name in tuple(self._sockets):
            self._forget(name)

    @property
    def waiting(self) -> int:
        """Unread messages."""
        return len(self._backlog)

    def health(self) -> StreamHealth:
        """How it is doing now."""
        now_ms = moment_ms()
        epoch_ms = self._doors.now_ms() - now_ms
        told = stream_health(self._session, now_ms, epoch_ms=epoch_ms, replaced=self._replaced)
        if self._rests is None:
            return told
        retry_ms = epoch_ms + self._rests.until_ms
        return replace(told, state=StreamState.WAITING, error=self._rests.error, retry_ms=retry_ms)

    # -- what the sockets tell ---------------------------------------------------------------------------------

    def socket_opened(self, name: str) -> None:
        """It is connected."""
        self._session = stream_session.opened(self._session, name, moment_ms())
        self._soon()

    def socket_heard(self, name: str, message: str | bytes) -> None:
        """A message came; it is read with the others in the next turn."""
        self._backlog.append((name, message, self._doors.now_ms()))
        self._soon()

    def socket_alive(self, name: str) -> None:
        """A ping was answered."""
        self._alive.add(name)

    def socket_lost(self, name: str, failure: Failure) -> None:
        """It is gone."""
        self._forget(name)
        self._session = stream_session.lost(self._session, name, failure, moment_ms(), jitter=_jitter())
        self._soon()

    # -- the turn ----------------------------------------------------------------------------------------------

    def turn(self) -> None:
        """Read what came, hand it on, and do what the session says.

        Whatever an adapter raises that it should not goes through; `stumble` is to be called then.
        """
        self.due = False
        now_ms = moment_ms()
        if self._rests is not None and now_ms < self._rests.until_ms:
            return
        self._rests = None
        self._read()
        self._session, commands = stream_session.turn(self._session, self.venue, moment_ms(), jitter=_jitter())
        for command in commands:
            self._carry_out(command)

    def stumble(self) -> None:
        """Go on behind the message our own code failed on; rest when it was not a message."""
        if self._reading:
            self._reading = False
            self._garbled += 1
            self._soon()
            return
        self.close()
        self._session = stream_session.begin(self.venue.title, self._doors.pacing, topics=self._session.topics)
        words = f"LevDesk itself failed on {self.venue.title}'s stream; the log has the details."
        until_ms = moment_ms() + self._doors.pacing.longest_wait_ms
        self._rests = Wait(failures=1, until_ms=until_ms, error=words)

    def _soon(self) -> None:
        self.due = True
        self._doors.soon()

    def _read(self) -> None:
        alive, self._alive = self._alive, set()
        batch = MailBatch()
        heard: dict[str, list[StreamNews]] = {}
        self._reading = True
        try:
            stays = max(0, len(self._backlog) - max(BURST_MESSAGES, len(self._backlog) // BURST_SHARE))
            while len(self._backlog) > stays and not self._doors.closing():
                self._doors.mailbox.give_way()
                name, message, received_ms = self._backlog.popleft()
                news = self._news_of(message, received_ms)
                heard.setdefault(name, []).append(news)
                for value in mail_of(news, self.venue.name, received_ms):
                    batch.add(value)
        finally:  # an adapter that breaks on one message does not take what came before with it
            self._hand_on(batch, heard, alive)
        self._reading = False
        if self._backlog:
            self._soon()

    def _news_of(self, message: str | bytes, received_ms: int) -> StreamNews:
        try:
            news = self.venue.read_message(message, received_ms)
        except VenueGarbled as error:
            self._garbled += 1
            problem = Problem(
                severity=Severity.WARNING,
                code="stream_garbled",
                message=error.message,
                source=self.venue.title,
            )
            return StreamNews(problems=(problem,))
        self._garbled = 0
        return news

    def _hand_on(self, batch: MailBatch, heard: dict[str, list[StreamNews]], alive: set[str]) -> None:
        if batch.mail:
            overtaken = self._doors.mailbox.put_many(batch.mail)
            self._replaced += batch.overtaken + sum(is_quote(batch.mail[key]) for key in overtaken)
        now_ms = moment_ms()
        for name in alive - heard.keys():
            self._session = stream_session.heard(self._session, name, Heard(messages=0), now_ms)
        for name, news in heard.items():
            self._session = stream_session.heard(self._session, name, _summed(news), now_ms)
        if self._garbled >= _MOST_GARBLED:
            self._garbled = 0
            self._give_up(Failure(words=f"{self.venue.title}'s stream cannot be read."))

    def _give_up(self, failure: Failure) -> None:
        for name in tuple(self._sockets):
            self.socket_lost(name, failure)

    def _carry_out(self, command: Command) -> None:
        match command:
            case FetchTicket(request=request):
                self._doors.fetch_ticket(self.venue.name, request)
            case OpenSocket(name=name, url=url):
                self._open(name, url)
            case SendText(name=name, text=text):
                self._send(name, text)
            case SendPing(name=name):
                self._send(name, self.venue.ping(self._doors.now_ms()))
            case CloseSocket(name=name):
                self._forget(name)

    def _open(self, name: str, url: str) -> None:
        socket = self._doors.take_socket()
        if socket is None:
            self.socket_lost(name, Failure(words=f"{self.venue.title}'s stream waits for a free socket."))
            return
        self._sockets[name] = socket
        socket.open(name, url, self.venue.title, self)

    def _send(self, name: str, text: str) -> None:
        socket = self._sockets.get(name)
        if socket is not None and text:
            socket.send(text)
        elif socket is not None:
            socket.ping()

    def _forget(self, name: str) -> None:
        socket = self._sockets.pop(name, None)
        if socket is not None:
            socket.drop()
            self._doors.give_socket(socket)


def _summed(news: list[StreamNews]) -> Heard:
    """What one socket's messages mean for its session."""
    return Heard(
        messages=len(news),
        figures=any(one.tokens or one.underlyings for one in news),
        answers=tuple(answer for one in news for answer in one.answers),
        refused=tuple(instrument for one in news for instrument in one.refused),
    )


def _jitter() -> float:
    return random.random()  # noqa: S311 - spreads waits apart, hides nothing
