"""Keeps to the venues' documented limits: a request goes out at once, waits for its turn, or is told to come later."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping

from levdesk.domain.errors import VenueBusy
from levdesk.venues.contract import RateLimit


class Turnstile:
    """Counts what went out per venue, and per endpoint where each has a limit of its own, by weight.

    Within any stretch of `period_s` never more than `requests` go out. Safe to use from several threads. Args:
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
        self._sent: dict[tuple[str, str], deque[tuple[float, int]]] = {}
        self._lock = threading.Lock()

    def pass_through(self, venue: str, endpoint: str, *, patience_s: float, weight: int = 1) -> None:
        """Return when a request may go out.

        Raises:
            VenueBusy: its turn would come later than `patience_s`; names the wait.
        """
        wait_s = self._reserve(venue, endpoint, patience_s, weight)
        if wait_s > 0:
            self._sleep(wait_s)

    def room(self, venue: str) -> tuple[int, int] | None:
        """Requests (or weight) left and allowed, of the venue's fullest endpoint just now; None without a limit."""
        limit = self._limits.get(venue)
        if limit is None:
            return None
        with self._lock:
            since_s = self._monotonic_s() - limit.period_s
            used = [
                sum(weight for sent_s, weight in sent if sent_s > since_s)
                for (name, _), sent in self._sent.items()
                if name == venue
            ]
        return max(limit.requests - max(used, default=0), 0), limit.requests

    def _reserve(self, venue: str, endpoint: str, patience_s: float, weight: int) -> float:
        limit = self._limits.get(venue)
        if limit is None:
            return 0.0
        cost = min(weight, limit.requests)  # what weighs more than all there is would never get its turn
        with self._lock:
            now_s = self._monotonic_s()
            sent = self._sent.setdefault((venue, endpoint if limit.per_endpoint else ""), deque())
            while sent and sent[0][0] + limit.period_s <= now_s:
                sent.popleft()
            turn_s = _turn_s(sent, limit, cost, now_s)
            wait_s = turn_s - now_s
            if wait_s > patience_s:
                raise VenueBusy(
                    f"The limit of {limit.requests} requests in {limit.period_s:g} s is used up.",
                    venue=venue,
                    retry_after_s=wait_s,
                )
            sent.append((turn_s, cost))
            return wait_s


def _turn_s(sent: deque[tuple[float, int]], limit: RateLimit, cost: int, now_s: float) -> float:
    """The first moment, not before any other's turn, at which so much more still fits into the period before it."""
    used = sum(weight for _, weight in sent)
    turn_s = max(now_s, sent[-1][0]) if sent else now_s
    for sent_s, weight in sent:
        over_s = sent_s + limit.period_s
        if over_s > turn_s:
            if used + cost <= limit.requests:
                break
            turn_s = over_s
        used -= weight
    return turn_s
