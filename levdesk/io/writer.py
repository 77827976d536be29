"""The one thread that writes: it owns both write connections, and whoever writes hands it a piece of work.

Each piece of work on the ledger is one transaction, in the file or, where the window asked for it, in memory while the
file cannot be written (`ledger_line`). Pieces on the market file that wait next to each other share one,
because they are many, small and repeatable. A Future resolves only after its transaction is on disk.

An exception outside the tree in `domain.errors` is a mistake of ours: the transaction is rolled back, the Future gets
a `Bug`, and the thread ends loudly (`threading.excepthook`) instead of writing on in a state nobody thought of.
"""

from __future__ import annotations

import queue
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from types import TracebackType
from typing import Final, Generic, TypeVar, cast

from levdesk.domain.errors import Bug, LevdeskError, StoreCorrupt, StoreError, StoreUnavailable, UserError
from levdesk.domain.money import use_exact_arithmetic
from levdesk.domain.problems import Problem
from levdesk.io.ledger_line import LedgerLine
from levdesk.io.market_line import MarketLine
from levdesk.io.paths import Paths
from levdesk.io.store_errors import describe
from levdesk.services.ports import Clock
from levdesk.services.unsaved import Saved, Unsaved

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], T]

MAX_BATCH: Final = 200
_ORPHAN_CHECK_S: Final = 2.0


class StoreFile(StrEnum):
    """Which file a piece of work writes to."""

    LEDGER = "ledger"
    MARKET = "market"


@dataclass(slots=True, eq=False)
class _Job(Generic[T]):
    """A piece of work on its way; `file` is None for what the thread does for itself."""

    file: StoreFile | None
    work: Work[T] | None
    own: Callable[[], T] | None = None
    is_shy: bool = False
    future: Future[T] = field(default_factory=Future)

    def succeed(self, result: T) -> None:
        self.future.set_result(result)

    def fail(self, error: BaseException) -> None:
        if not self.future.done():
            self.future.set_exception(error)


def _only_open(_connection: sqlite3.Connection) -> None:
    """Work that is done once the file is open."""


class Writer:
    """Runs pieces of work one after another in its own thread, which starts with the first of them.

    Args:
        paths: where the files are; the folders must exist.
        clock: for naming what is made on the way (backups before a migration).
        on_failure: told of every failure that is not the person's (StoreError, Bug), in the writer thread, so that
            work whose Future nobody reads does not fail in silence.
        on_problem: told that the market file was begun anew, in the writer thread.
        on_unsaved: told, in the writer thread, how things stand while the ledger cannot be written, and what came of
            it. With it acts are then done in memory instead of failing; None = they fail.
    """

    def __init__(
        self,
        paths: Paths,
        clock: Clock,
        *,
        on_failure: Callable[[LevdeskError], None] | None = None,
        on_problem: Callable[[Problem], None] | None = None,
        on_unsaved: Callable[[Unsaved | Saved], None] | None = None,
    ) -> None:
        self._paths = paths
        self._on_failure = on_failure
        self._on_problem = on_problem
        self._on_unsaved = on_unsaved
        self._unsaved: Unsaved | None = None
        self._ledger = LedgerLine(paths, clock, None if on_unsaved is None else self._note_unsaved)
        self._market = MarketLine(paths, self._mention, may_shelter=on_unsaved is not None)
        self._queue: queue.SimpleQueue[_Job[object] | None] = queue.SimpleQueue()
        self._kept_back: list[_Job[object] | None] = []
        self._thread = threading.Thread(target=self._run, name="writer", daemon=False)
        self._gate = threading.Lock()  # between submit, close and the end of the thread
        self._closed = False

    def submit(self, file: StoreFile, work: Work[T], *, is_shy: bool = False) -> Future[T]:
        """Queue a piece of work; `work` runs inside a transaction of that file and must not end it.

        It may run twice: in a file that will not take it, then in memory. What is shy of memory (a question about the
        file, housekeeping) fails instead, without a word to `on_failure`.

        The Future raises StoreError or UserError; work handed in after the end fails with StoreUnavailable.
        """
        return self._put(_Job(file, work, is_shy=is_shy))

    @property
    def unsaved(self) -> Unsaved | None:
        """How things stand while the ledger cannot be written; None when it can. From any thread."""
        return self._unsaved

    def try_to_save(self) -> Future[bool]:
        """Try now to bring what is in memory into the ledger; whether nothing is left there."""
        return self._put(_Job(None, None, own=self._ledger.try_to_save))

    def shelter_from(self, error: StoreUnavailable) -> Future[None]:
        """Go into memory because a backup that must come first cannot be written; the act may follow then.

        The Future raises that error where there is no shelter.
        """
        return self._put(_Job(None, None, own=lambda: self._ledger.shelter_from(error)))

    def prepare(self) -> Future[None]:
        """Open both files now, so that a migration or a damaged file shows before the first act."""
        opened = self.submit(StoreFile.LEDGER, _only_open)
        self.submit(StoreFile.MARKET, _only_open)
        return opened

    def rebuild_market(self, found: StoreError) -> Future[None]:
        """Set the market file aside and begin it anew, because somebody could not read what it holds."""
        reasons = [StoreCorrupt(found.message)]

        def work(_connection: sqlite3.Connection) -> None:
            if reasons:
                raise reasons.pop()  # once: the second run meets the new file

        return self.submit(StoreFile.MARKET, work)

    def flush(self, timeout_s: float | None = None) -> None:
        """Wait until everything submitted before has been dealt with.

        Raises:
            TimeoutError: it took longer than `timeout_s`.
            StoreUnavailable: the writer has ended.
        """
        self._put(_Job(None, None)).result(timeout_s)

    def close(self, timeout_s: float) -> bool:
        """Finish what is queued, close the files and end the thread; False when it was still at work by then."""
        with self._gate:
            if not self._closed:
                self._closed = True
                self._queue.put(None)
            started = self._thread.ident is not None
        if started:
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def __enter__(self) -> Writer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close(timeout_s=30)

    # -- any thread --------------------------------------------------------------------------------------------

    def _put(self, job: _Job[T]) -> Future[T]:
        with self._gate:
            if self._closed:
                job.fail(StoreUnavailable("Nothing can be saved any more: LevDesk is closing."))
            else:
                self._queue.put(cast("_Job[object]", job))
                if self._thread.ident is None:
                    self._thread.start()
        return job.future

    # -- writer thread -----------------------------------------------------------------------------------------

    def _run(self) -> None:
        use_exact_arithmetic()
        try:
            while (job := self._next()) is not None:
                if job.file is StoreFile.MARKET:
                    self._write_market(job)
                elif job.future.set_running_or_notify_cancel():
                    self._write_ledger(job)
        finally:
            self._end()

    def _next(self) -> _Job[object] | None:
        """Next piece of work; None when closed, or when the program ended without closing and nothing is left."""
        if self._kept_back:
            return self._kept_back.pop()
        while True:
            wait_s = self._ledger.wait_s
            if wait_s == 0:
                self._ledger.try_to_save()
                continue
            try:
                return self._queue.get(timeout=_ORPHAN_CHECK_S if wait_s is None else min(wait_s, _ORPHAN_CHECK_S))
            except queue.Empty:
                if not threading.main_thread().is_alive():
                    return None

    def _write_ledger(self, job: _Job[object]) -> None:
        with self._answering([job]):
            result: object = None
            if job.own is not None:
                result = job.own()
            elif job.work is not None:
                result = self._ledger.do(job.work, is_shy=job.is_shy)
            job.succeed(result)

    def _write_market(self, first: _Job[object]) -> None:
        batch = [job for job in self._market_batch(first) if job.future.set_running_or_notify_cancel()]
        with self._answering(batch):
            outcomes = self._market.do([job.work for job in batch if job.work is not None])
            for job, outcome in zip(batch, outcomes, strict=True):
                if isinstance(outcome, LevdeskError):
                    self._tell(outcome)
                    job.fail(outcome)
                else:
                    job.succeed(outcome)

    def _market_batch(self, first: _Job[object]) -> list[_Job[object]]:
        batch = [first]
        with suppress(queue.Empty):
            while len(batch) < MAX_BATCH:
                following = self._queue.get_nowait()
                if following is None or following.file is not StoreFile.MARKET:
                    self._kept_back.append(following)
                    break
                batch.append(following)
        return batch

    def _note_unsaved(self, state: Unsaved | Saved) -> None:
        self._unsaved = state if isinstance(state, Unsaved) else None
        if self._on_unsaved is not None:
            self._on_unsaved(state)

    @contextmanager
    def _answering(self, jobs: Sequence[_Job[object]]) -> Iterator[None]:
        """Leave no Future without an answer, whatever happens inside the block."""
        try:
            yield
        except LevdeskError as error:
            if not all(job.is_shy for job in jobs):
                self._tell(error)
            for job in jobs:
                job.fail(error)
        finally:
            self._refuse(jobs, Bug("A mistake in LevDesk stopped the saving.", hint="Start LevDesk again."))

    def _refuse(self, jobs: Sequence[_Job[object]], error: LevdeskError) -> None:
        waiting = [job for job in jobs if not job.future.done()]
        if waiting:
            self._tell(error)
        for job in waiting:
            job.fail(error)

    def _tell(self, error: LevdeskError) -> None:
        if self._on_failure is not None and not isinstance(error, UserError):
            self._on_failure(error)

    def _mention(self, problem: Problem) -> None:
        if self._on_problem is not None:
            self._on_problem(problem)

    def _end(self) -> None:
        """Close the files and answer whoever is left in the queue."""
        with self._gate:
            self._closed = True
        left = [job for job in self._kept_back if job is not None]
        with suppress(queue.Empty):
            while True:
                if (job := self._queue.get_nowait()) is not None:
                    left.append(job)
        for line, path in ((self._ledger, self._paths.levdesk_db), (self._market, self._paths.market_db)):
            try:
                line.close()
            except sqlite3.Error as error:
                self._tell(describe(error, path))
        self._refuse(left, StoreUnavailable("Nothing can be saved any more: the writer has ended."))
