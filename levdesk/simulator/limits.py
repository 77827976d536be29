"""Documented request limits, counted in fixed windows for each client and endpoint."""

from __future__ import annotations

import threading
from collections.abc import Callable

from levdesk.simulator.dialect import Allowance


class RequestLimits:
    """Counts requests; safe to call from several threads.

    Args:
        clock_s: real seconds that never go back; market time may run a thousand times faster.
    """

    def __init__(self, clock_s: Callable[[], float]) -> None:
        self._clock_s = clock_s
        self._lock = threading.Lock()
        self._counts: dict[tuple[str, str], tuple[int, int]] = {}

    def take(self, client: str, endpoint: str, window: tuple[int, float]) -> Allowance:
        """Count one request against a window of (requests, seconds)."""
        limit, period_s = window
        now_s = self._clock_s()
        number = int(now_s // period_s)
        with self._lock:
            counted, used = self._counts.get((client, endpoint), (number, 0))
            used = used + 1 if counted == number else 1
            self._counts[client, endpoint] = (number, used)
        return Allowance(
            granted=used <= limit,
            limit=limit,
            remaining=max(limit - used, 0),
            reset_in_s=(number + 1) * period_s - now_s,
        )
