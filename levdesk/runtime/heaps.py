"""Keeps the C library from giving every thread a heap of its own: pieces left free in one are of no use to another."""

from __future__ import annotations

import sys
from typing import Final

MOST_HEAPS: Final = 2
"""One for the window and the feed, and one for the pool."""

_M_ARENA_MAX: Final = -8
"""`mallopt` of the GNU C library, malloc.h."""


def share_heaps() -> bool:
    """Let all threads started from now on share a few heaps; False where the C library knows no such thing.

    Fifteen threads that come to a heap each leave it full of holes: a window open for days grew by some MiB an hour
    that nobody used.
    """
    if not sys.platform.startswith("linux"):
        return False
    import ctypes  # late: 3 ms

    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError):  # musl
        return False
    return bool(mallopt(_M_ARENA_MAX, MOST_HEAPS))
