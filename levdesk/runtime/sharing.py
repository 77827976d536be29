"""What all threads share: one interpreter, in short turns, and a few heaps instead of one for each."""

from __future__ import annotations

import sys
from typing import Final

TURN_S: Final = 0.0001
"""The window waits no longer than this for its turn at the interpreter; Python's own is 5 ms.

Nearly every call of Qt gives the interpreter away, so a beat of the screen waits dozens of times."""

MOST_HEAPS: Final = 2
"""One for the window and the feed, and one for the pool."""

_M_ARENA_MAX: Final = -8
"""`mallopt` of the GNU C library, malloc.h."""


def share_the_interpreter() -> None:
    """Let a thread that computes give way to the window at once, for as long as the program runs."""
    sys.setswitchinterval(TURN_S)


def share_heaps() -> bool:
    """Let all threads started from now on share a few heaps; False where the C library knows no such thing.

    Fifteen threads that come to a heap each leave it full of holes: a flood of quotes left 12 MiB behind in 75 s, and
    7 with two heaps.
    """
    if not sys.platform.startswith("linux"):
        return False
    import ctypes  # late: 3 ms

    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError):  # musl
        return False
    return bool(mallopt(_M_ARENA_MAX, MOST_HEAPS))
