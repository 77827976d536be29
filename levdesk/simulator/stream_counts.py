"""What has happened on the streams of a server, counted."""

from __future__ import annotations

import threading
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

    def add(self, **amounts: int) -> None:
        """Add to counts by name."""
        with self._lock:
            for name, amount in amounts.items():
                setattr(self._counts, name, getattr(self._counts, name) + amount)

    def read(self) -> StreamCounts:
        """The counts now."""
        with self._lock:
            return StreamCounts(**{field.name: getattr(self._counts, field.name) for field in fields(StreamCounts)})
