"""Documented request limits, counted in fixed windows for each client and endpoint."""

from __future__ import annotations

import threading
from collections.abc import Callable

from levdesk.simulator.dialect import Allowance, Toll


class RequestLimits:
    """Counts requests; safe to call from several threads.

    Args:
        clock_s: real seconds that never go back; market time may run a thousand times faster.
    """

    def __init__(self, clock_s: Callable[[], float]) -> None:
        self._clock_s = clock_s
        self._lock = threading.Lock()
        self._used: dict[tuple[str, str], tuple[int, int]] = {}
        self._banned_until_s: dict[tuple[str, str], float] = {}

    def take(self, client: str, toll: Toll) -> Allowance:
        """Count one request of a client."""
        now_s, account = self._clock_s(), (client, toll.counter)
        number = int(now_s // toll.period_s)
        with self._lock:
            until_s = self._banned_until_s.get(account, 0.0)
            if now_s < until_s:
                until_s += toll.ban_more_s
                self._banned_until_s[account] = until_s
                return Allowance(granted=False, limit=toll.limit, remaining=0, reset_in_s=until_s - now_s)
            counted, used = self._used.get(account, (number, 0))
            used = used + toll.weight if counted == number else toll.weight
            self._used[account] = (number, used)
            reset_in_s = (number + 1) * toll.period_s - now_s
            if used > toll.limit and toll.ban_s:
                self._banned_until_s[account] = now_s + toll.ban_s
                reset_in_s = toll.ban_s
        return Allowance(
            granted=used <= toll.limit, limit=toll.limit, remaining=max(toll.limit - used, 0), reset_in_s=reset_in_s
        )
