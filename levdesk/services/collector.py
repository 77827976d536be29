"""The garbage collector, kept out of the way of bulk work."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

MANY_YOUNG: Final = 100_000
"""More new objects than this are a person's books, here to stay: the next search of them would keep every thread
waiting for a third of a second, and find nothing."""

_gate = threading.Lock()
_at_rest: list[bool] = []
"""One entry for each piece of bulk work under way, in any thread; the first tells whether the collector was on."""


@contextmanager
def collector_at_rest() -> Iterator[None]:
    """Keep the collector from walking what is being made again and again: a third of the time.

    It works again once the last of several pieces of bulk work is done. Very many objects that were made meanwhile are
    not searched later either; they go when nobody refers to them.
    """
    with _gate:
        _at_rest.append(gc.isenabled() or any(_at_rest))
        gc.disable()
    try:
        yield
    finally:
        with _gate:
            was_enabled = _at_rest.pop()
            if not _at_rest:
                if gc.get_count()[0] > MANY_YOUNG:
                    gc.freeze()
                if was_enabled:
                    gc.enable()
