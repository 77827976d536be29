"""The market file as the writer thread works on it: begun anew when it is damaged, in memory when it cannot be written.

Nothing is lost with it that could not be fetched again, so nobody is told that it stands in memory.
"""

from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from levdesk.domain.errors import LevdeskError, StoreCorrupt, StoreError, StoreUnavailable
from levdesk.domain.problems import Problem
from levdesk.io.market_db import MARKET, open_market, rebuilt, set_aside
from levdesk.io.paths import Paths
from levdesk.io.store_errors import translated
from levdesk.io.store_file import write_transaction
from levdesk.io.working_copies import WorkingCopy, stand_down, stand_in

Piece = Callable[[sqlite3.Connection], object]
RETRY_S: Final = 60.0
_log = logging.getLogger(__name__)


class MarketLine:
    """Does pieces of work on the market file, many in one transaction; used by the writer thread alone.

    Args:
        paths: of the file.
        mention: told that the file was begun anew.
        may_shelter: go on in memory when the file cannot be written, instead of failing.
    """

    def __init__(self, paths: Paths, mention: Callable[[Problem], None], *, may_shelter: bool) -> None:
        self._paths = paths
        self._mention = mention
        self._may_shelter = may_shelter
        self._connection: sqlite3.Connection | None = None
        self._copy: WorkingCopy | None = None
        self._next_try_s = 0.0

    def do(self, pieces: Sequence[Piece]) -> list[object]:
        """Results in the order of the pieces; one that fails by itself leaves its error in its place.

        Raises:
            LevdeskError: none of them could be done.
        """
        if self._copy is None or time.monotonic() >= self._next_try_s:
            try:
                outcomes = self._do_in_file(pieces)
            except StoreUnavailable as error:
                if not self._may_shelter:
                    raise
                self._take_shelter(error)
            else:
                self._leave_shelter()
                return outcomes
        assert self._copy is not None
        with self._copy.held() as memory:
            try:
                return _attempt(memory, pieces, self._paths.market_db)
            except StoreCorrupt:  # a wish to begin anew, said once; what is in memory is new already
                return _attempt(memory, pieces, self._paths.market_db)

    def _do_in_file(self, pieces: Sequence[Piece]) -> list[object]:
        try:
            return _attempt(self._file(), pieces, self._paths.market_db)
        except StoreCorrupt as error:
            self._begin_anew(error)
            return _attempt(self._file(), pieces, self._paths.market_db)

    def _file(self) -> sqlite3.Connection:
        """The open file; one that could not be opened is tried again with the next piece of work."""
        if self._connection is None:
            self._connection, problem = open_market(self._paths)
            if problem is not None:
                self._mention(problem)
        return self._connection

    def _begin_anew(self, error: StoreCorrupt) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
        set_aside(self._paths.market_db)
        self._mention(rebuilt(self._paths, error))

    def _take_shelter(self, error: StoreUnavailable) -> None:
        self._next_try_s = time.monotonic() + RETRY_S
        if self._copy is not None:
            return
        from levdesk.io.unsaved.copying import copy_into_memory  # late: as rarely as a full disk

        path = self._paths.market_db
        with translated(path):
            try:
                made = copy_into_memory(path, MARKET, self._connection)
            except StoreError:
                made = copy_into_memory(Path(f"{path} in memory"), MARKET, None)  # a name nobody has: an empty one
        self._copy = WorkingCopy(made.connection)
        stand_in(path, self._copy)
        _log.info("Market data is kept in memory: %s", error.message)

    def _leave_shelter(self) -> None:
        if self._copy is not None:
            stand_down(self._paths.market_db)
            self._copy.close()
            self._copy = None

    def close(self) -> None:
        """Let go of the file.

        Raises:
            sqlite3.Error: it would not close.
        """
        self._leave_shelter()
        if self._connection is not None:
            self._connection.close()


def _attempt(connection: sqlite3.Connection, pieces: Sequence[Piece], path: Path) -> list[object]:
    outcomes: list[object] = []
    with translated(path), write_transaction(connection):
        for piece in pieces:
            connection.execute("SAVEPOINT piece")
            try:
                with translated(path):
                    outcomes.append(piece(connection))
            except LevdeskError as error:
                if not connection.in_transaction or isinstance(error, StoreCorrupt | StoreUnavailable):
                    raise  # SQLite gave up the whole transaction, or it should
                connection.execute("ROLLBACK TO piece")
                outcomes.append(error)
            connection.execute("RELEASE piece")
    return outcomes
