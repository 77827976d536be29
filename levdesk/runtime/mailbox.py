"""Network speed fills a box, screen speed empties it: the latest value per key, across threads."""

from __future__ import annotations

import threading
from collections.abc import Hashable, Mapping
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Mailbox(Generic[K, V]):
    """Keeps only the newest value of each key until somebody drains it.

    Attributes:
        replaced: how many values were overtaken by a newer one before anybody looked.
    """

    def __init__(self) -> None:
        """Start empty."""
        self._lock = threading.Lock()
        self._latest: dict[K, V] = {}
        self.replaced = 0

    def put(self, key: K, value: V) -> None:
        """Leave a value; safe from any thread."""
        with self._lock:
            self.replaced += key in self._latest
            self._latest[key] = value

    def put_many(self, values: Mapping[K, V]) -> None:
        """Leave several values under one lock."""
        with self._lock:
            self.replaced += sum(key in self._latest for key in values)
            self._latest.update(values)

    def drain(self) -> dict[K, V]:
        """Take everything; the box is empty afterwards."""
        with self._lock:
            taken, self._latest = self._latest, {}
        return taken
