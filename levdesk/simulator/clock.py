"""Clocks of the simulation: real time, faster time, time set by hand."""

from __future__ import annotations

import time

from levdesk.services.ports import Clock


class WallClock:
    """The computer's own time."""

    def now_ms(self) -> int:
        """Milliseconds since 1970, UTC."""
        return time.time_ns() // 1_000_000


class ScaledClock:
    """Another clock made faster from a moment on.

    Args:
        base: the clock underneath.
        speed: simulated seconds per second, above zero.
        start_ms: what this clock shows at first; the base's time when None.
    """

    def __init__(self, base: Clock, *, speed: float, start_ms: int | None = None) -> None:
        self._base = base
        self._speed = speed
        self._origin_ms = base.now_ms()
        self._start_ms = self._origin_ms if start_ms is None else start_ms

    def now_ms(self) -> int:
        """Milliseconds since 1970, UTC."""
        return self._start_ms + int((self._base.now_ms() - self._origin_ms) * self._speed)


class SetClock:
    """Stands still until it is set."""

    def __init__(self, now_ms: int) -> None:
        self._now_ms = now_ms

    def now_ms(self) -> int:
        """Milliseconds since 1970, UTC."""
        return self._now_ms

    def set(self, now_ms: int) -> None:
        """Show another time."""
        self._now_ms = now_ms

    def advance(self, by_ms: int) -> None:
        """Show a time so much later."""
        self._now_ms += by_ms
