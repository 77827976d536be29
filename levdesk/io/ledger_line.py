"""The precious file as the writer thread works on it: in the file, or in memory while that cannot be written."""

from __future__ import annotations

import logging
import os
import sqlite3
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeVar

from levdesk.domain.errors import StoreError, StoreUnavailable, UserError
from levdesk.io.ledger_db import open_ledger
from levdesk.io.paths import Paths
from levdesk.io.store_errors import fault_of, translated
from levdesk.io.store_file import BUSY_TIMEOUT_S, write_transaction
from levdesk.services.ports import Clock
from levdesk.services.unsaved import Fault, Saved, Unsaved

if TYPE_CHECKING:
    from levdesk.io.unsaved.shelter import Shelter

T = TypeVar("T")
Tell = Callable[[Unsaved | Saved], None]

FIRST_RETRY_S: Final = 2.0
LONGEST_RETRY_S: Final = 60.0
RETRY_PATIENCE_S: Final = 0.2
"""How long a try by itself waits for another program: acts wait behind it."""
_log = logging.getLogger(__name__)


class LedgerLine:
    """Does pieces of work on the ledger, each in one transaction; used by the writer thread alone.

    Args:
        paths: of the file.
        clock: for naming backups.
        tell: told of every change of what is unsaved; None = no shelter: what cannot be written fails.
    """

    def __init__(self, paths: Paths, clock: Clock, tell: Tell | None = None) -> None:
        self._paths = paths
        self._clock = clock
        self._tell = tell
        self._connection: sqlite3.Connection | None = None
        self._shelter: Shelter | None = None
        self._pause_s = FIRST_RETRY_S
        self._next_try_s = 0.0
        self._is_stale = False
        self._told: Unsaved | None = None

    def do(self, work: Callable[[sqlite3.Connection], T], *, is_shy: bool = False) -> T:
        """Run a piece of work; in memory when the file will not take it, unless it is shy of that.

        Raises:
            LevdeskError: the work's own, or what the file says; nothing was changed then.
        """
        if self._is_stale:
            raise UserError("Your books are just being read again.", hint="Try again in a moment.")
        if self._shelter is None:
            try:
                return self._do_in_file(work)
            except StoreUnavailable as error:
                if self._tell is None or is_shy:
                    raise
                self._take_shelter(error)
        elif is_shy:
            raise StoreUnavailable(self._shelter.state.message)
        return self._do_in_memory(work)

    def shelter_from(self, error: StoreUnavailable) -> None:
        """Go into memory although the file itself has not failed yet: a backup that must come first has.

        Raises:
            StoreError: there is no shelter, or the file is damaged.
        """
        if self._tell is None:
            raise error
        if self._shelter is None:
            self._take_shelter(error)
            self._say()

    def _do_in_file(self, work: Callable[[sqlite3.Connection], T]) -> T:
        connection = self._file()
        with translated(self._paths.levdesk_db), write_transaction(connection):
            return work(connection)

    def _do_in_memory(self, work: Callable[[sqlite3.Connection], T]) -> T:
        assert self._shelter is not None
        try:
            return self._shelter.run(work)
        finally:
            self._say()

    def _take_shelter(self, error: StoreUnavailable) -> None:
        from levdesk.io.unsaved.shelter import Shelter  # late: only a start in trouble needs it

        self._shelter = Shelter(self._paths, self._clock, error, self._connection)
        self._forget_unless_sound(error)
        self._pause_s = FIRST_RETRY_S
        self._next_try_s = time.monotonic() + self._pause_s

    # -- back ----------------------------------------------------------------------------------------------------

    @property
    def wait_s(self) -> float | None:
        """Seconds until the next try; None when there is nothing to try."""
        return None if self._shelter is None else max(0.0, self._next_try_s - time.monotonic())

    def try_to_save(self) -> bool:
        """Bring what is in memory into the file; False when it still cannot be, and then later again."""
        if self._shelter is None:
            return True
        try:
            saved = self._save(self._shelter)
        except StoreError as error:
            _log.info("The books stay in memory: %s", error.message)
            self._put_off(error)
            return False
        self._shelter, self._told, self._is_stale = None, None, saved.is_other
        if self._tell is not None:
            self._tell(saved)
        return True

    def _save(self, shelter: Shelter) -> Saved:
        connection = self._file(patience_s=RETRY_PATIENCE_S)
        with translated(self._paths.levdesk_db):
            connection.execute(f"PRAGMA busy_timeout = {round(RETRY_PATIENCE_S * 1000)}")
            try:
                return shelter.save(connection)
            finally:
                connection.execute(f"PRAGMA busy_timeout = {round(BUSY_TIMEOUT_S * 1000)}")

    def _put_off(self, error: StoreError) -> None:
        assert self._shelter is not None
        unavailable = error if isinstance(error, StoreUnavailable) else StoreUnavailable(error.message, hint=error.hint)
        self._shelter.told(unavailable)
        self._forget_unless_sound(unavailable)
        self._pause_s = min(2 * self._pause_s, LONGEST_RETRY_S)
        self._next_try_s = time.monotonic() + self._pause_s
        self._say()

    def _say(self) -> None:
        if self._tell is not None and self._shelter is not None and self._shelter.state != self._told:
            self._told = self._shelter.state
            self._tell(self._told)

    # -- the file ------------------------------------------------------------------------------------------------

    def _file(self, *, patience_s: float | None = None) -> sqlite3.Connection:
        """The open file; one that could not be opened is tried again with the next piece of work."""
        if self._connection is None:
            if self._tell is not None and not os.path.isdir(self._paths.data_dir):  # noqa: PTH112 - never raises
                self._paths.create()  # a start on a disk that was away, or read-only
            self._connection = open_ledger(self._paths, self._clock, patience_s=patience_s)
        return self._connection

    def _forget_unless_sound(self, error: StoreUnavailable) -> None:
        """A disk that was away, or read-only, wants the file opened anew."""
        if self._connection is not None and fault_of(error) not in (Fault.FULL, Fault.LOCKED):
            connection, self._connection = self._connection, None
            try:
                connection.close()
            except sqlite3.Error as closing:
                _log.info("The file would not close: %s", closing)

    def close(self) -> None:
        """Try once more, then let go; what is not saved is in its note.

        Raises:
            sqlite3.Error: the file would not close.
        """
        if self._shelter is not None and not self.try_to_save() and self._shelter is not None:
            self._shelter.leave()
            self._shelter = None
        if self._connection is not None:
            self._connection.close()
