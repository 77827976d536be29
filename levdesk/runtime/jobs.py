"""Runs plain callables beside the window: a private pool, progress, cancelling, and no failure lost."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any, TypeVar

from PySide6.QtCore import QElapsedTimer, QObject, QRunnable, QThreadPool, QTimer, Signal, Slot

from levdesk.domain.money import use_exact_arithmetic
from levdesk.runtime.landing import Done, Failed, Landing
from levdesk.runtime.sharing import share_heaps, share_the_interpreter
from levdesk.services.health import JobView

T = TypeVar("T")

_PROGRESS_MS = 200
_FRONT_THREADS = 2
"""For work a person waits for: it need not queue behind what goes on by itself."""


class JobControl:
    """What a running job may look at and tell; safe to use from the job's thread."""

    def __init__(self) -> None:
        """Start with unknown progress."""
        self._cancel = threading.Event()
        self._done_ratio: float | None = None

    @property
    def cancelled(self) -> bool:
        """True once the person asked to stop; the job ends at its next convenient point."""
        return self._cancel.is_set()

    def cancel(self) -> None:
        """Ask the job to stop."""
        self._cancel.set()

    def progress(self, done_ratio: float) -> None:
        """Tell how far the job is, 0..1."""
        self._done_ratio = min(1.0, max(0.0, done_ratio))

    @property
    def done_ratio(self) -> float | None:
        """Last told progress."""
        return self._done_ratio


Work = Callable[[JobControl], T]


class _Runnable(QRunnable):
    def __init__(self, work: Work[Any], control: JobControl, future: Future[Any]) -> None:
        super().__init__()
        self._work = work
        self._control = control
        self._future = future

    def run(self) -> None:
        use_exact_arithmetic()
        if not self._future.set_running_or_notify_cancel():
            return
        try:
            result = self._work(self._control)
        except Exception as error:  # noqa: BLE001 - top-level guard of every job thread
            self._future.set_exception(error)
        else:
            self._future.set_result(result)


@dataclass(frozen=True, slots=True)
class _Job:
    title: str
    started_ms: int
    control: JobControl
    quiet: bool
    on_cancel: Callable[[], None] = field(default=lambda: None)


class JobRunner(QObject):
    """The job pool. Callbacks run in the GUI thread; `jobs_changed` lists what is under way."""

    jobs_changed = Signal(object)  # tuple[JobView, ...]

    def __init__(self, now_ms: Callable[[], int], threads: int = 4, parent: QObject | None = None) -> None:
        """Own a pool of `threads` threads; `now_ms` dates the jobs."""
        super().__init__(parent)
        self._now_ms = now_ms
        share_the_interpreter()
        share_heaps()
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(threads)
        self._pool.setExpiryTimeout(-1)  # Python 3.11 lists a thread that it did not start even after its end
        self._front = QThreadPool(self)
        self._front.setMaxThreadCount(_FRONT_THREADS)
        self._front.setExpiryTimeout(-1)
        self._landing = Landing(self)
        self._ids = count(1)
        self._jobs: dict[int, _Job] = {}
        self._closed = False
        self._ticker = QTimer(self)
        self._ticker.setInterval(_PROGRESS_MS)
        self._ticker.timeout.connect(self._tell)

    def run(
        self,
        title: str,
        work: Work[T],
        done: Done,
        failed: Failed,
        *,
        quiet: bool = False,
        stopped: Callable[[], None] = lambda: None,
        is_awaited: bool = False,
    ) -> int:
        """Start `work(control)`; a quiet job (a poll, a redrawing) is not listed. Returns its id, 0 when closing.

        `stopped` is called at once when the person stops the job; then neither of the others is. A job that is awaited
        does not queue behind those nobody waits for.
        """
        if self._closed:
            return 0
        job_id = next(self._ids)
        control = JobControl()
        future: Future[T] = Future()

        def ended() -> bool:
            self._jobs.pop(job_id, None)
            if not quiet:
                self._tell()
            return not control.cancelled

        def on_done(result: T) -> None:
            if ended():
                done(result)

        def on_failed(error: Any) -> None:
            if ended():
                failed(error)

        self._jobs[job_id] = _Job(title, self._now_ms(), control, quiet, stopped)
        if not quiet:
            self._ticker.start()
        self._landing.watch(future, on_done, on_failed)
        (self._front if is_awaited else self._pool).start(_Runnable(work, control, future))
        return job_id

    def watch(self, future: Future[Any], done: Done, failed: Failed) -> None:
        """Bring a future of another thread (the writer's) home to the GUI thread."""
        if not self._closed:
            self._landing.watch(future, done, failed)

    def show(self, title: str, on_cancel: Callable[[], None]) -> int:
        """List something that goes on elsewhere until `end`; `on_cancel` is called when the person stops it."""
        job_id = next(self._ids)
        self._jobs[job_id] = _Job(title, self._now_ms(), JobControl(), quiet=False, on_cancel=on_cancel)
        self._tell()
        return job_id

    def update(self, job_id: int, title: str, done_ratio: float) -> None:
        """Tell how far something shown is."""
        job = self._jobs.get(job_id)
        if job is not None:
            job.control.progress(done_ratio)
            self._jobs[job_id] = replace(job, title=title)
            self._tell()

    def end(self, job_id: int) -> None:
        """What was shown is over."""
        if self._jobs.pop(job_id, None) is not None:
            self._tell()

    @Slot(object)
    def cancel(self, job_id: int) -> None:
        """Ask a job to stop; its result is dropped."""
        job = self._jobs.get(job_id)
        if job is not None:
            job.control.cancel()
            job.on_cancel()
            if not job.quiet:
                self._tell()

    def views(self) -> tuple[JobView, ...]:
        """The listed jobs, oldest first."""
        return tuple(
            JobView(id=job_id, title=job.title, done_ratio=job.control.done_ratio, started_ms=job.started_ms)
            for job_id, job in self._jobs.items()
            if not job.quiet and not job.control.cancelled
        )

    @Slot()
    def _tell(self) -> None:
        if all(job.quiet for job in self._jobs.values()):
            self._ticker.stop()
        self.jobs_changed.emit(self.views())

    def close(self, timeout_ms: int = 1500) -> bool:
        """Stop taking work, ask what runs to stop, wait; False when something would not end in time."""
        self._closed = True
        self._ticker.stop()
        for job in self._jobs.values():
            job.control.cancel()
        self._jobs.clear()
        self._landing.forget_all()
        pools = (self._front, self._pool)
        for pool in pools:
            pool.clear()
        clock = QElapsedTimer()
        clock.start()
        ended = [
            pool.waitForDone(max(0, timeout_ms - clock.elapsed())) for pool in pools
        ]  # both, whatever the first says
        return all(ended)
