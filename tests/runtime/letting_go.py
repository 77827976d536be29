"""A window that lets go of connected objects while the feed connects again and again; a program of its own.

PySide gives up the interpreter's lock while it holds one of Qt's to disconnect an object that is gone. A thread that
waits for that lock of Qt's with the interpreter's in its hands stands still for ever, and the window with it: it would
never come to its last line.
"""

from __future__ import annotations

import sys
import time

from PySide6.QtCore import QCoreApplication, QTimer

from levdesk.domain.errors import Bug
from levdesk.runtime.feed import Feed
from levdesk.runtime.jobs import JobRunner
from levdesk.runtime.mailbox import Mailbox
from levdesk.services.stream_mail import merged
from levdesk.services.stream_state import Pacing
from levdesk.venues.contract import Reply, Request
from levdesk.venues.streams import Topic, TopicKind
from tests.runtime.venue_server import Parrot, venue_server

FEW = 20


class Passing:
    """Connected, and gone the next moment."""

    def __init__(self) -> None:
        self._timer = QTimer()
        self._timer.timeout.connect(self._rung)

    def _rung(self) -> None:
        """Never."""


def no_ticket(request: Request) -> Reply:
    raise Bug("nobody asks for a ticket here")


def main() -> int:
    """Go on for some seconds and some connections, and say how often the feed connected."""
    application = QCoreApplication([])
    runner = JobRunner(lambda: 0)
    haste = Pacing(first_wait_ms=1, longest_wait_ms=4, open_gap_ms=1)
    feed = Feed(Mailbox(merged), runner, no_ticket, now_ms=lambda: 0, pacing=haste)
    with venue_server() as server:
        server.on_open = lambda connection: connection.close()
        feed.start()
        feed.change_venues({"parrot": Parrot(server.url)})
        feed.want("parrot", (Topic(TopicKind.TOKEN, "BTC3L"),))
        until_s = time.monotonic() + float(sys.argv[1])
        while time.monotonic() < until_s or server.accepted <= FEW:
            passing = [Passing() for _ in range(20)]
            del passing
            application.processEvents()
        stopped = feed.stop(20_000) and runner.close(20_000)
        print(server.accepted)
    return 0 if stopped else 1


if __name__ == "__main__":
    sys.exit(main())
