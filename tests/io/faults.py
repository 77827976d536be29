"""The n-th call of a database or file operation goes wrong: it fails, or all do from then on, or the program dies."""

from __future__ import annotations

import errno
import os
import signal
import sqlite3
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Any
from unittest import mock

from levdesk.domain.errors import LevdeskError

NEVER = 10**9
_FILE_CALLS = ("open", "link", "replace", "rename", "fsync", "unlink", "mkdir")


class Fault(StrEnum):
    """What happens at the n-th call."""

    ONCE = "fails"
    FOREVER = "fails, and every later one"
    KILLED = "is where the program is killed"


class Calls:
    """Counts calls and spoils the n-th."""

    def __init__(self, spoilt: int, fault: Fault) -> None:
        self.count = 0
        self._spoilt = spoilt
        self._fault = fault
        self._lock = threading.Lock()

    def tick(self, *, is_file: bool) -> None:
        with self._lock:
            self.count += 1
            hit = self.count == self._spoilt or (self._fault is Fault.FOREVER and self.count > self._spoilt)
        if not hit:
            return
        if self._fault is Fault.KILLED:
            os.kill(os.getpid(), signal.SIGKILL)
        if is_file:
            raise OSError(errno.ENOSPC, "No space left on device")
        error = sqlite3.OperationalError("disk I/O error")
        error.sqlite_errorcode = sqlite3.SQLITE_IOERR if self.count % 2 else sqlite3.SQLITE_FULL
        raise error


@contextmanager
def spoiling(spoilt: int, fault: Fault) -> Iterator[Calls]:
    """Count every SQL statement, copy and connection, and every call that changes a folder; spoil one of them."""
    calls = Calls(spoilt, fault)

    class Spoilt(sqlite3.Connection):
        def execute(self, *arguments: Any) -> sqlite3.Cursor:
            calls.tick(is_file=False)
            return super().execute(*arguments)

        def executemany(self, *arguments: Any) -> sqlite3.Cursor:
            calls.tick(is_file=False)
            return super().executemany(*arguments)

        def executescript(self, *arguments: Any) -> sqlite3.Cursor:
            calls.tick(is_file=False)
            return super().executescript(*arguments)

        def backup(self, *arguments: Any, **named: Any) -> None:
            calls.tick(is_file=False)
            super().backup(*arguments, **named)

    real_connect = sqlite3.connect

    def connect(*arguments: Any, **named: Any) -> sqlite3.Connection:
        calls.tick(is_file=False)
        return real_connect(*arguments, **named, factory=Spoilt)

    def guarded(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            calls.tick(is_file=True)
            return real(*arguments, **named)

        return call

    patches: list[Any] = [mock.patch.object(sqlite3, "connect", connect)]
    patches += [mock.patch.object(os, name, guarded(getattr(os, name))) for name in _FILE_CALLS]
    try:
        for patch in patches:
            patch.start()
        yield calls
    finally:
        for patch in reversed(patches):
            patch.stop()


def in_a_program_of_its_own(work: Callable[[], None]) -> str:
    """Run a piece of work in a forked process: "done", "killed", or the words of its LevdeskError."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        said = "done"
        try:
            work()
        except LevdeskError as error:
            said = error.message
        except BaseException as error:  # noqa: BLE001 - told to the parent, which fails the test
            said = f"unhandled {type(error).__name__}: {error}"
        finally:
            os.write(writing, said.encode()[:4000])
            sys.stdout.flush()
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read().decode()
    _, status = os.waitpid(child, 0)
    return "killed" if os.WIFSIGNALED(status) else said
