"""The wall clock, as the one value the office may ask for the time."""

from __future__ import annotations

import time


class SystemClock:
    """Time of this machine, UTC."""

    __slots__ = ()

    def now_ms(self) -> int:
        """Milliseconds since 1970, UTC."""
        return time.time_ns() // 1_000_000
