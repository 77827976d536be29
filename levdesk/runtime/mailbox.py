"""Network speed fills a box, screen speed empties it: the latest value per key, across threads."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Mapping
from itertools import islice
from typing import Final, Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


GIVE_WAY_S: Final = 0.02
"""Longer than this nobody stands aside: whoever empties the box for so long can wait a moment himself."""


class Mailbox(Generic[K, V]):
    """Keeps only the newest value of each key until somebody drains it.

    Two threads of Python share one interpreter, and take it from each other at every call of Qt. Whoever fills the box
    therefore stands aside while the other one works: a beat of the screen lasts some milliseconds, and would take
    twice as long otherwise.

    Attributes:
        replaced: how many values were overtaken by a newer one before anybody looked.
    """

    def __init__(self, merge: Callable[[V, V], V] | None = None) -> None:
        """Start empty; `merge(waiting, new)` makes one value of both where a newer one may tell only a part."""
        self._lock = threading.Lock()
        self._latest: dict[K, V] = {}
        self._merge = merge
        self._way_is_free = threading.Event()
        self._way_is_free.set()
        self.replaced = 0

    def take_way(self) -> None:
        """From now on until `free_way` the window works; others stand aside."""
        self._way_is_free.clear()

    def free_way(self) -> None:
        """The window has done its work."""
        self._way_is_free.set()

    def give_way(self) -> None:
        """Stand aside while the window works; called by who fills the box, between two pieces of work."""
        if not self._way_is_free.is_set():
            self._way_is_free.wait(GIVE_WAY_S)

    def put(self, key: K, value: V) -> None:
        """Leave a value; safe from any thread."""
        self.put_many({key: value})

    def put_many(self, values: Mapping[K, V]) -> frozenset[K]:
        """Leave several values under one lock; tells which of them overtook one that waited."""
        with self._lock:
            overtaken = frozenset(values.keys() & self._latest.keys())
            self.replaced += len(overtaken)
            if self._merge is None or not overtaken:
                self._latest.update(values)
            else:
                waiting = {key: self._latest[key] for key in overtaken}
                self._latest.update(values)
                for key, old in waiting.items():
                    self._latest[key] = self._merge(old, values[key])
        return overtaken

    def drain(self, most: int | None = None) -> dict[K, V]:
        """Take everything, or the `most` values that wait longest; what is taken is in the box no more."""
        with self._lock:
            if most is None or len(self._latest) <= most:
                taken, self._latest = self._latest, {}
            else:
                taken = {key: self._latest.pop(key) for key in list(islice(self._latest, most))}
        return taken
