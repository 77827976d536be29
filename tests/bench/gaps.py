"""How long an event loop is away: a timer that should fire every few milliseconds, and how late it comes."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt, QTimer, Slot

EVERY_MS = 4


@dataclass(frozen=True, slots=True)
class Gaps:
    """Milliseconds between two turns of the loop that a timer of `EVERY_MS` saw, beyond its own.

    A loop that is away for long answers fewer timers; each of those counts as it would have waited, so that one long
    absence weighs as much as the many short ones it stands in for.
    """

    p50_ms: float
    p99_ms: float
    max_ms: float
    turns: int


class GapMeter(QObject):
    """Counts from `start` on."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._late_ms: list[float] = []
        self._last_ns = 0
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(EVERY_MS)
        self._timer.timeout.connect(self._tick)

    def start(self) -> None:
        """Begin anew."""
        self._late_ms.clear()
        self._last_ns = time.perf_counter_ns()
        self._timer.start()

    @Slot()
    def _tick(self) -> None:
        now_ns = time.perf_counter_ns()
        self._late_ms.append(max(0.0, (now_ns - self._last_ns) / 1e6 - EVERY_MS))
        self._last_ns = now_ns

    def gaps(self) -> Gaps:
        """What was seen."""
        return summed_up(self._late_ms)


def summed_up(late_ms: Sequence[float]) -> Gaps:
    """Percentiles of lateness, every timer counted that should have fired."""
    waited: list[float] = []
    for late in late_ms:
        left = late
        while left > 0 or left == late:
            waited.append(left)
            left -= EVERY_MS
            if left <= 0:
                break
    waited.sort()
    if not waited:
        return Gaps(0.0, 0.0, 0.0, 0)
    return Gaps(
        p50_ms=waited[len(waited) // 2],
        p99_ms=waited[min(len(waited) - 1, len(waited) * 99 // 100)],
        max_ms=waited[-1],
        turns=len(late_ms),
    )
