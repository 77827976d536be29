"""Turns the sync planner: asks it what is due, runs that in the job pool, and tells it what came of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from levdesk.domain.errors import LevdeskError
from levdesk.runtime.jobs import JobControl, JobRunner
from levdesk.services import sync
from levdesk.services.fetching import Harvest
from levdesk.services.health import SourceHealth
from levdesk.services.sync_clock import after_leap
from levdesk.services.sync_health import health, worth_telling
from levdesk.services.sync_state import LineKey, Span, SyncPlan, SyncState, Task

TURN_MS = 200
COUNTS_MS = 1_000
"""Counters of the health (latency, messages, requests left) are told no more often."""


@dataclass(frozen=True, slots=True)
class _Timed:
    harvest: Harvest
    latency_ms: int


class Poller(QObject):
    """Lives in the GUI thread; every fetch runs in the pool.

    Signals:
        harvested: a Harvest, after the planner has taken note of it.
        health_changed: tuple[SourceHealth, ...], only when it differs from the last one told.
    """

    harvested = Signal(object)
    health_changed = Signal(object)

    def __init__(
        self,
        state: SyncState,
        carry_out: Callable[[Task], Harvest],
        runner: JobRunner,
        *,
        now_ms: Callable[[], int],
        jitter: Callable[[], float],
        describe: Callable[[SyncState, int], tuple[SourceHealth, ...]] = health,
        parent: QObject | None = None,
    ) -> None:
        """Poll as `state.plan` says.

        Args:
            state: of the planner.
            carry_out: blocks, and runs in the pool.
            runner: the pool.
            now_ms: the clock.
            jitter: gives numbers in [0, 1).
            describe: the health to tell of the planner's state at a moment.
            parent: as of every QObject.
        """
        super().__init__(parent)
        self._state = state
        self._carry_out = carry_out
        self._runner = runner
        self._now_ms = now_ms
        self._jitter = jitter
        self._describe = describe
        self._told: tuple[SourceHealth, ...] = ()
        self._told_ms = 0
        self._turned_ms = now_ms()
        self._timer = QTimer(self)
        self._timer.setInterval(TURN_MS)
        self._timer.timeout.connect(self.turn)

    @property
    def state(self) -> SyncState:
        """What the planner knows now."""
        return self._state

    def start(self) -> None:
        """Begin, with the first turn at once."""
        self._timer.start()
        self.turn()

    def stop(self) -> None:
        """Start nothing any more; what is under way ends in the pool."""
        self._timer.stop()

    def change_plan(self, plan: SyncPlan, covered: dict[LineKey, Span] | None = None) -> None:
        """Want something else from now on; `covered` tells what is stored of newly wanted histories."""
        self._state = sync.with_plan(self._state, plan, covered=covered)
        self._tell()

    def ask_now(self, venue: str = "") -> None:
        """Fetch prices at once, of one venue or of all, because a person asked."""
        self._state = sync.ask_now(self._state, self._now_ms(), only=venue)
        self.turn()

    @Slot()
    def turn(self) -> None:
        """Start what is due."""
        now_ms = self._now_ms()
        self._state = after_leap(self._state, self._turned_ms, now_ms)
        self._turned_ms = now_ms
        tasks = sync.due(now_ms, self._state)
        self._state = sync.note_started(self._state, tasks, now_ms)
        for task in tasks:
            self._start(task)
        self._tell()

    def _start(self, task: Task) -> None:
        def work(_control: JobControl) -> _Timed:
            begun_s = time.monotonic()
            harvest = self._carry_out(task)
            return _Timed(harvest, round((time.monotonic() - begun_s) * 1000))

        def done(timed: _Timed) -> None:
            self._state = sync.note_success(
                self._state,
                task,
                self._now_ms(),
                latency_ms=timed.latency_ms,
                received_to_ms=timed.harvest.received_to_ms,
                skew_ms=_skew_ms(timed),
                jitter=self._jitter(),
            )
            self.harvested.emit(timed.harvest)
            self._tell()

        def failed(error: LevdeskError) -> None:
            self._state = sync.note_failure(self._state, task, self._now_ms(), error, jitter=self._jitter())
            self._tell()

        callbacks: Any = (done, failed)
        self._runner.run(f"Asking {task.key.venue}", work, *callbacks, quiet=True)

    def note_skew(self, venue: str, skew_ms: int) -> None:
        """The clocks' difference was measured by a stream."""
        self._state = sync.note_skew(self._state, venue, skew_ms)

    def tell_health(self) -> None:
        """Something the planner does not see (a stream) has changed."""
        self._tell()

    def _tell(self) -> None:
        """Announce the health when it is different; what changes with every answer waits for its turn."""
        now_ms = self._now_ms()
        current = self._describe(self._state, now_ms)
        if current == self._told:
            return
        if worth_telling(current) != worth_telling(self._told) or not 0 <= now_ms - self._told_ms < COUNTS_MS:
            self._told, self._told_ms = current, now_ms
            self.health_changed.emit(current)


def _skew_ms(timed: _Timed) -> int | None:
    """This computer's clock minus the venue's: it read its clock about half way between question and answer."""
    server_ms = timed.harvest.server_ms
    return None if server_ms is None else timed.harvest.received_ms - timed.latency_ms // 2 - server_ms
