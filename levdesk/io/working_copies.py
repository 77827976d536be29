"""Which files are being kept in memory just now: whoever reads one of them reads the copy instead.

One table for the whole process, because a file is one thing whoever reads it: the window's lists, the portable export
and the charts must all see what the person has entered, wherever it stands.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")


class WorkingCopy:
    """A database in memory that stands in for a file; used by one thread at a time, whichever that is.

    Args:
        connection: to the database; made with `check_same_thread=False`.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._gate = threading.RLock()

        self._is_closed = False

    @contextmanager
    def held(self) -> Iterator[sqlite3.Connection]:
        """The connection, for as long as the block lasts.

        Raises:
            NoWorkingCopy: it has been closed meanwhile.
        """
        with self._gate:
            if self._is_closed:
                raise NoWorkingCopy
            yield self._connection

    def close(self) -> None:
        """Let go of the memory."""
        with self._gate:
            self._is_closed = True
            self._connection.close()


class NoWorkingCopy(Exception):
    """The file itself is to be read: a word between the parts of this door, never shown to anybody."""


_copies: dict[Path, WorkingCopy] = {}


def read_working_copy(path: Path, read: Callable[[sqlite3.Connection], T]) -> T:
    """Let `read` see one moment of what stands in for a file.

    Raises:
        NoWorkingCopy: nothing does, as for nearly all files, nearly always.
    """
    copy = _copies.get(path)
    if copy is None:
        raise NoWorkingCopy
    with copy.held() as connection:
        return read(connection)


def has_working_copy(path: Path) -> bool:
    """Whether something stands in for a file."""
    return path in _copies


def stand_in(path: Path, copy: WorkingCopy) -> None:
    """Have everybody read `copy` from now on."""
    _copies[path] = copy


def stand_down(path: Path) -> None:
    """Have everybody read the file again."""
    _copies.pop(path, None)
