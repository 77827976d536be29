"""Brings results of other threads home: a Future made anywhere ends in a call in the GUI thread."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from itertools import count
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal, Slot

from levdesk.domain.errors import Bug, LevdeskError

_log = logging.getLogger("levdesk.runtime")

Done = Callable[[Any], None]
Failed = Callable[[LevdeskError], None]


class Landing(QObject):
    """Watches futures and calls back in the thread it lives in.

    A failure that is not a LevdeskError is logged with its trace and arrives as a Bug, so nothing is lost silently.
    """

    _landed = Signal(object)  # (ticket: int, future: Future)

    def __init__(self, parent: QObject | None = None) -> None:
        """Live in the thread that constructs it."""
        super().__init__(parent)
        self._tickets = count(1)
        self._waiting: dict[int, tuple[Done, Failed]] = {}
        self._landed.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    def watch(self, future: Future[Any], done: Done, failed: Failed) -> None:
        """Call `done(result)` or `failed(error)` later, in this thread, never from inside this call."""
        ticket = next(self._tickets)
        self._waiting[ticket] = (done, failed)
        future.add_done_callback(lambda finished: self._announce(ticket, finished))

    @property
    def waiting(self) -> int:
        """How many futures have not landed yet."""
        return len(self._waiting)

    def forget_all(self) -> None:
        """Drop every callback: at shutdown, results that still arrive touch nothing."""
        self._waiting.clear()

    def _announce(self, ticket: int, future: Future[Any]) -> None:
        if ticket in self._waiting:
            self._landed.emit((ticket, future))

    @Slot(object)
    def _deliver(self, landed: tuple[int, Future[Any]]) -> None:
        ticket, future = landed
        callbacks = self._waiting.pop(ticket, None)
        if callbacks is None:
            return
        done, failed = callbacks
        if future.cancelled():
            return
        error = future.exception()
        if error is None:
            done(future.result())
        elif isinstance(error, LevdeskError):
            failed(error)
        elif not isinstance(error, CancelledError):
            _log.error("A background job failed unexpectedly", exc_info=error)
            failed(Bug(f"Something went wrong inside LevDesk: {error}", hint="The log has the details."))
