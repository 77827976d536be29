"""The garbage collector, kept out of the way of bulk work."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

MANY_YOUNG: Final = 100_000
"""More new objects than this are a person's books, here to stay: the next search of them would keep every thread
waiting for a third of a second, and find nothing."""


@contextmanager
def collector_at_rest() -> Iterator[None]:
    """Keep the collector from walking what is being made again and again: a third of the time.

    Very many objects that were made meanwhile are not searched later either; they go when nobody refers to them.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if gc.get_count()[0] > MANY_YOUNG:
            gc.freeze()
        if was_enabled:
            gc.enable()
