"""Keeps to the venues' documented limits: a request goes out at once, waits for its turn, or is told to come later."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping

from levdesk.domain.errors import VenueBusy
from levdesk.venues.contract import RateLimit


class Turnstile:
    """Counts what went out per venue and endpoint; within any stretch of `period_s` never more than `requests`.

    Safe to use from several threads. Args:
        limits: by venue; a venue without one is not held up.
        monotonic_s, sleep: the clock and how to wait, for tests.
    """

    def __init__(
        self,
        limits: Mapping[str, RateLimit],
        *,
        monotonic_s: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._limits = dict(limits)
        self._monotonic_s = monotonic_s
        self._sleep = sleep
        self._sent_s: dict[tuple[str, str], deque[float]] = {}
        self._lock = threading.Lock()

    def pass_through(self, venue: str, endpoint: str, *, patience_s: float) -> None:
        """Return when a request may go out.

        Raises:
            VenueBusy: its turn would come later than `patience_s`; names the wait.
        """
        wait_s = self._reserve(venue, endpoint, patience_s)
        if wait_s > 0:
            self._sleep(wait_s)

    def _reserve(self, venue: str, endpoint: str, patience_s: float) -> float:
        limit = self._limits.get(venue)
        if limit is None:
            return 0.0
        with self._lock:
            now_s = self._monotonic_s()
            sent = self._sent_s.setdefault((venue, endpoint), deque(maxlen=limit.requests))
            turn_s = max(now_s, sent[0] + limit.period_s) if len(sent) == limit.requests else now_s
            wait_s = turn_s - now_s
            if wait_s > patience_s:
                raise VenueBusy(
                    f"The limit of {limit.requests} requests in {limit.period_s:g} s is used up.",
                    venue=venue,
                    retry_after_s=wait_s,
                )
            sent.append(turn_s)
            return wait_s
