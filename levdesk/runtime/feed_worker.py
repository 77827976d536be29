"""What runs in the feed thread: every venue's line, the beat that lets time pass, and the health told outside."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from levdesk.domain.errors import Bug, LevdeskError, VenueBusy, VenueRefused
from levdesk.domain.money import use_exact_arithmetic
from levdesk.runtime.feed_line import FeedDoors, StreamingVenue, VenueLine, moment_ms
from levdesk.runtime.feed_socket import FeedSocket, status_failure
from levdesk.runtime.mailbox import Mailbox
from levdesk.services.health import StreamHealth
from levdesk.services.stream_state import Failure, FailureKind, Pacing
from levdesk.venues.contract import Request
from levdesk.venues.streams import Ticket, Topic

_log = logging.getLogger("levdesk.runtime")

BEAT_MS: Final = 100
GATHER_MS: Final = 10
"""Messages are read together after so long: one lock and one step of the session for all of them."""

FEW_SOCKETS: Final = 4

_TELL_EVERY_MS: Final = 250
REST_S: Final = 0.02
"""How long the thread sleeps after a busy turn, so that what comes meanwhile is read in one go.

A message at a time, five thousand times a second, the two threads would take the interpreter from each other at every
call between Qt and Python, and the window would wait thousands of times for a moment each. The pulse of the screen is
slower than this rest.
"""
BUSY_MESSAGES: Final = 10

_SAME_FAILURE_MS: Final = 60_000


@dataclass(frozen=True, slots=True)
class TicketWanted:
    """A venue's request for leave to connect."""

    venue: StreamingVenue
    request: Request


@dataclass(frozen=True, slots=True)
class TicketAnswer:
    """What came of it: a ticket, or the reason why not."""

    venue: StreamingVenue
    answer: Ticket | LevdeskError


class FeedWorker(QObject):
    """Moved into the feed thread before `begin`; only its slots are called from outside, queued.

    Signals:
        health_told: dict[str, StreamHealth], when the state of a connection changed.
        ticket_wanted: TicketWanted.
        failed: LevdeskError, once per minute for the same failure.
        sockets_low: few sockets are left in `stock`.

    Attributes:
        stock: sockets that are not in use; filled from the GUI thread.
    """

    health_told = Signal(object)
    ticket_wanted = Signal(object)
    failed = Signal(object)
    sockets_low = Signal()

    def __init__(self, mailbox: Mailbox[Hashable, object], now_ms: Callable[[], int], pacing: Pacing) -> None:
        super().__init__()
        self.closing = threading.Event()
        self.stock: deque[FeedSocket] = deque()
        self._in_use: set[FeedSocket] = set()
        self.health: Mapping[str, StreamHealth] = {}
        self._lines: dict[str, VenueLine] = {}
        self._failures: dict[tuple[str, str], int] = {}
        self._told: dict[str, StreamHealth] = {}
        self._told_ms = 0
        self._beat = QTimer(self)
        self._beat.setInterval(BEAT_MS)
        self._beat.timeout.connect(self._on_beat)
        self._gather = QTimer(self)
        self._gather.setSingleShot(True)
        self._gather.setInterval(GATHER_MS)
        self._gather.timeout.connect(self._on_gathered)
        self._doors = FeedDoors(
            mailbox=mailbox,
            now_ms=now_ms,
            pacing=pacing,
            fetch_ticket=self._fetch_ticket,
            soon=self._soon,
            closing=self.closing.is_set,
            take_socket=self._take_socket,
            give_socket=self._give_socket,
        )

    # -- commands, queued from the GUI thread ------------------------------------------------------------------

    @Slot()
    def begin(self) -> None:
        """The first thing done in the thread."""
        use_exact_arithmetic()
        self._beat.start()

    @Slot()
    def end(self) -> None:
        """The last: every socket is closed in the thread that opened it."""
        self._beat.stop()
        self._gather.stop()
        for socket in (*self._in_use, *self.stock):
            socket.end()
        self._in_use.clear()
        self.stock.clear()
        self._lines.clear()
        self.thread().quit()

    @Slot(object)
    def change_venues(self, venues: Mapping[str, StreamingVenue]) -> None:
        """Hear these venues; one whose adapter is another one now starts anew, without topics."""
        for name in tuple(self._lines):
            if self._lines[name].venue != venues.get(name):
                self._lines.pop(name).close()
        for name, venue in venues.items():
            if venue.streams and name not in self._lines:
                self._lines[name] = VenueLine(venue, self._doors)
        self._tell()

    @Slot(object)
    def want(self, wanted: tuple[str, tuple[Topic, ...]]) -> None:
        """Hear these topics of a venue."""
        name, topics = wanted
        if name in self._lines:
            self._lines[name].want(topics)

    @Slot(object)
    def retry(self, name: str) -> None:
        """Connect now; "" for every venue."""
        for line in self._lines.values():
            if name in {"", line.venue.name}:
                line.retry()

    @Slot(object)
    def take_ticket(self, told: TicketAnswer) -> None:
        """A ticket, or none; one for an adapter that has been replaced is too late."""
        line = self._lines.get(told.venue.name)
        if line is None or line.venue != told.venue:
            return
        if isinstance(told.answer, Ticket):
            line.ticket_came(told.answer)
        else:
            line.ticket_failed(_ticket_failure(told.venue.title, told.answer))

    # -- turning -----------------------------------------------------------------------------------------------

    @Slot()
    def _on_beat(self) -> None:
        for line in tuple(self._lines.values()):
            self._turn(line)
        self._tell()

    @Slot()
    def _on_gathered(self) -> None:
        waiting = 0
        for line in tuple(self._lines.values()):
            if line.due:
                waiting += line.waiting
                self._turn(line)
        if waiting >= BUSY_MESSAGES:
            self.closing.wait(REST_S)

    def _soon(self) -> None:
        if not self._gather.isActive():
            self._gather.start()

    def _turn(self, line: VenueLine) -> None:
        if self.closing.is_set():
            return
        try:
            line.turn()
        except Exception as error:  # noqa: BLE001 - top-level guard of the feed thread
            self._report(line.venue, error)
            line.stumble()

    def _report(self, venue: StreamingVenue, error: Exception) -> None:
        """Tell the person, and the log, but not five thousand times a second."""
        now_ms = moment_ms()
        key = (venue.name, f"{type(error).__name__} {error}"[:200])
        self._failures = {known: ms for known, ms in self._failures.items() if now_ms - ms < _SAME_FAILURE_MS}
        if key in self._failures:
            return
        self._failures[key] = now_ms
        _log.error("The stream of %s failed unexpectedly", venue.title, exc_info=error)
        words = f"Something went wrong inside LevDesk while reading {venue.title}'s stream: {error}"
        self.failed.emit(Bug(words, hint="The log has the details."))

    def _fetch_ticket(self, name: str, request: Request) -> None:
        self.ticket_wanted.emit(TicketWanted(self._lines[name].venue, request))

    def _take_socket(self) -> FeedSocket | None:
        if len(self.stock) <= FEW_SOCKETS:
            self.sockets_low.emit()
        if not self.stock:
            return None
        socket = self.stock.popleft()
        self._in_use.add(socket)
        return socket

    def _give_socket(self, socket: FeedSocket) -> None:
        self._in_use.discard(socket)
        self.stock.append(socket)

    # -- health ------------------------------------------------------------------------------------------------

    def _tell(self) -> None:
        """Keep the figures for who asks; say so only when a connection's state is another one."""
        current = {name: line.health() for name, line in self._lines.items()}
        self.health = current
        states = {
            name: replace(health, messages=0, replaced=0, last_message_ms=None) for name, health in current.items()
        }
        now_ms = moment_ms()
        if states != self._told and now_ms - self._told_ms >= _TELL_EVERY_MS:
            self._told, self._told_ms = states, now_ms
            self.health_told.emit(current)


def _ticket_failure(title: str, error: LevdeskError) -> Failure:
    if isinstance(error, VenueBusy) and error.retry_after_s is not None:
        return Failure(words=error.message, kind=FailureKind.BUSY, retry_after_s=error.retry_after_s)
    if isinstance(error, VenueRefused):
        return Failure(words=error.message, kind=status_failure(title, error.status).kind)
    return Failure(words=error.message)
