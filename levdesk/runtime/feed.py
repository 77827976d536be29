"""The feed: one thread that holds every venue's WebSockets, reads what they bring, and fills the mailbox with it."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Any, Final

from PySide6.QtCore import QElapsedTimer, QObject, Qt, QThread, Signal, Slot

from levdesk.domain.errors import LevdeskError
from levdesk.runtime.feed_line import StreamingVenue
from levdesk.runtime.feed_socket import FeedSocket
from levdesk.runtime.feed_worker import FeedWorker, TicketAnswer, TicketWanted
from levdesk.runtime.jobs import JobControl, JobRunner
from levdesk.runtime.mailbox import Mailbox
from levdesk.services.health import StreamHealth
from levdesk.services.stream_state import Pacing
from levdesk.venues.contract import Reply, Request
from levdesk.venues.streams import Ticket, Topic

_SOCKETS_IN_STOCK: Final = 12
"""More than are opened before the GUI thread comes to make others."""

__all__ = ["Feed", "StreamingVenue"]


class _FeedThread(QThread):
    """Its loop is started from Python, so that the interpreter knows the thread once and not anew for every message."""

    def run(self) -> None:
        self.exec()


class Feed(QObject):
    """Lives in the GUI thread; everything it does happens in a thread of its own.

    The mailbox receives `StreamMail` (TokenQuote, UnderlyingQuote, VenueTime, VenueProblem) and is best made with
    `stream_mail.merged`, so that parts of one token do not push each other out.

    Signals:
        health_changed: Mapping[str, StreamHealth] of every streaming venue, when a connection's state changed; at
            most four times a second. Counters are as of then; `health` has them fresh.
        failed: LevdeskError, when our own code failed; the feed goes on.
    """

    health_changed = Signal(object)
    failed = Signal(object)

    _ended = Signal()
    _venues_given = Signal(object)
    _topics_given = Signal(object)
    _retry_asked = Signal(object)
    _ticket_told = Signal(object)

    def __init__(
        self,
        mailbox: Mailbox[Any, Any],
        runner: JobRunner,
        send: Callable[[Request], Reply],
        *,
        now_ms: Callable[[], int],
        pacing: Pacing | None = None,
        parent: QObject | None = None,
    ) -> None:
        """Tickets are fetched by `send`, which blocks, in the pool of `runner`; `now_ms` is the wall clock."""
        super().__init__(parent)
        self._runner = runner
        self._send = send
        self._wanted: dict[str, tuple[Topic, ...]] = {}
        box: Mailbox[Hashable, object] = mailbox
        self._worker = FeedWorker(box, now_ms, pacing or Pacing())
        self._sockets: list[FeedSocket] = []
        self._thread = _FeedThread()
        self._thread.setObjectName("feed")
        self._worker.moveToThread(self._thread)
        queued = Qt.ConnectionType.QueuedConnection
        self._thread.started.connect(self._worker.begin)
        self._ended.connect(self._worker.end, queued)
        self._venues_given.connect(self._worker.change_venues, queued)
        self._topics_given.connect(self._worker.want, queued)
        self._retry_asked.connect(self._worker.retry, queued)
        self._ticket_told.connect(self._worker.take_ticket, queued)
        self._worker.health_told.connect(self.health_changed, queued)
        self._worker.failed.connect(self.failed, queued)
        self._worker.ticket_wanted.connect(self._fetch_ticket, queued)
        self._worker.sockets_low.connect(self._make_sockets, queued)
        self._make_sockets()

    # -- life --------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin; what was wanted before is heard now."""
        self._thread.start()

    def stop(self, timeout_ms: int = 1_500) -> bool:
        """Close every socket and end the thread; False when that took longer. Nothing is heard afterwards."""
        clock = QElapsedTimer()
        clock.start()
        self._worker.closing.set()
        self._worker.blockSignals(True)
        if not self._thread.isRunning():
            return True
        self._ended.emit()
        return self._thread.wait(max(0, timeout_ms - clock.elapsed()))

    # -- commands ----------------------------------------------------------------------------------------------

    def change_venues(self, venues: Mapping[str, StreamingVenue]) -> None:
        """Hear these venues from now on; one at another address connects anew with the topics wanted of it."""
        streaming = {name: venue for name, venue in venues.items() if venue.streams}
        self._venues_given.emit(streaming)
        for name in streaming:
            self._topics_given.emit((name, self._wanted.get(name, ())))

    def want(self, venue: str, topics: Iterable[Topic]) -> None:
        """Hear these topics of a venue from now on, and no others; none ends its connections."""
        wanted = tuple(sorted(set(topics)))
        if wanted != self._wanted.get(venue, ()):
            self._wanted[venue] = wanted
            self._topics_given.emit((venue, wanted))

    def retry(self, venue: str = "") -> None:
        """Connect at once where it waits, to one venue or to all; waits the venue named are kept."""
        self._retry_asked.emit(venue)

    def health(self) -> Mapping[str, StreamHealth]:
        """How every streaming venue is doing, at most a tenth of a second ago."""
        return self._worker.health

    # -- sockets -----------------------------------------------------------------------------------------------

    @Slot()
    def _make_sockets(self) -> None:
        """Made here and kept until the end: see `FeedSocket` for why not in the feed thread."""
        for _ in range(max(0, _SOCKETS_IN_STOCK - len(self._worker.stock))):
            socket = FeedSocket()
            socket.moveToThread(self._thread)
            self._sockets.append(socket)
            self._worker.stock.append(socket)

    # -- tickets -----------------------------------------------------------------------------------------------

    @Slot(object)
    def _fetch_ticket(self, wanted: TicketWanted) -> None:
        def work(_control: JobControl) -> Ticket:
            return wanted.venue.parse_stream_ticket(self._send(wanted.request))

        def done(ticket: Ticket) -> None:
            self._ticket_told.emit(TicketAnswer(wanted.venue, ticket))

        def failed(error: LevdeskError) -> None:
            self._ticket_told.emit(TicketAnswer(wanted.venue, error))

        self._runner.run(f"Asking {wanted.venue.title} for its stream", work, done, failed, quiet=True)
