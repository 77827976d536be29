"""What has happened on the streams of a server, counted."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, fields


@dataclass(slots=True)
class StreamCounts:
    """What has happened on all streams of a server.

    Attributes:
        opened, refused: upgrades granted and not.
        live: connections open now.
        sent: data messages sent.
        dropped: data messages left out because the client did not read.
        stuck: connections closed because it did not read at all.
    """

    opened: int = 0
    refused: int = 0
    live: int = 0
    sent: int = 0
    dropped: int = 0
    stuck: int = 0


class StreamLedger:
    """Counts from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts = StreamCounts()
        self._live: Counter[str] = Counter()

    def enter(self, venue: str, most: int) -> bool:
        """Count a connection to a venue as open; False, and not counted, when there are as many as it takes."""
        with self._lock:
            if self._live[venue] >= most:
                return False
            self._live[venue] += 1
            self._counts.live += 1
            return True

    def leave(self, venue: str) -> None:
        """The connection has ended."""
        with self._lock:
            self._live[venue] -= 1
            self._counts.live -= 1

    def add(self, **amounts: int) -> None:
        """Add to counts by name."""
        with self._lock:
            for name, amount in amounts.items():
                setattr(self._counts, name, getattr(self._counts, name) + amount)

    def read(self) -> StreamCounts:
        """The counts now."""
        with self._lock:
            return StreamCounts(**{field.name: getattr(self._counts, field.name) for field in fields(StreamCounts)})
