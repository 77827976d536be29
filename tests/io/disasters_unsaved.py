"""Disasters of a disk that a window lives through: its acts go on in memory and come into the ledger afterwards."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol
from unittest import mock

from levdesk.domain.errors import LevdeskError
from levdesk.io import ledger_line, store_file
from levdesk.io.checking import check
from levdesk.io.ledger_store import LedgerFile, LedgerStore
from levdesk.io.paths import Paths
from levdesk.io.unsaved.left_behind import bring_in_note, left_behind
from levdesk.io.writer import Writer
from levdesk.services.unsaved import Fault, Saved, Unsaved
from tests.io.faults import Fault as Spoilt
from tests.io.faults import in_a_program_of_its_own, spoiling
from tests.io.ledgers import StoppedClock, draft

WAIT_S = 20
_HOLD = """
import sqlite3, sys
held = sqlite3.connect(sys.argv[1], isolation_level=None)
held.execute("PRAGMA locking_mode = EXCLUSIVE")
held.execute("BEGIN EXCLUSIVE")
held.execute("UPDATE transactions SET note = note")
print("held", flush=True)
sys.stdin.read()
"""


class HasPaths(Protocol):
    """A data directory with 300 rows."""

    paths: Paths


class Window:
    """A writer with a shelter, as the window has it, and what it told."""

    def __init__(self, paths: Paths) -> None:
        self.paths, self.clock = paths, StoppedClock()
        self.told: list[Unsaved | Saved] = []
        self.writer = Writer(paths, self.clock, on_unsaved=self.told.append)
        self.ledger = LedgerStore(self.writer, self.clock)

    def add(self, note: str, count: int = 1) -> None:
        rows = [draft(note=note)] * count
        self.ledger.add_transactions(1, rows, label=f"add {note}").result(WAIT_S)

    def notes(self) -> list[str]:
        rows = LedgerFile(self.paths, self.clock).read_books().transactions
        return [row.draft.note for row in rows if not row.draft.note.startswith("row ")]

    def save(self) -> bool:
        return self.writer.try_to_save().result(WAIT_S)

    def three_acts_in_memory(self) -> str:
        """Two acts and an undo that the file does not take; why not."""
        self.add("one")
        self.add("two")
        self.ledger.undo().result(WAIT_S)
        assert self.notes() == ["one"], self.notes()
        unsaved = self.writer.unsaved
        assert unsaved is not None
        assert unsaved.changes == 3
        assert not self.save()
        return unsaved.fault.value

    def saved_all(self) -> None:
        """What they come to when the file is well again."""
        assert self.save()
        assert self.told[-1] == Saved(changes=3)
        assert self.notes() == ["one"]
        self.ledger.redo().result(WAIT_S)
        assert self.notes() == ["one", "two"]


@contextmanager
def window(paths: Paths) -> Iterator[Window]:
    """One that tries to save when it is told to."""
    with mock.patch.object(ledger_line, "FIRST_RETRY_S", 10_000.0):
        made = Window(paths)
        try:
            yield made
        finally:
            assert made.writer.close(WAIT_S)


class CrowdedConnection(sqlite3.Connection):
    """A connection to a file on a disk of as many pages as a test says."""

    pages = 0

    def execute(self, *arguments: Any) -> sqlite3.Cursor:
        if arguments[0] == "BEGIN IMMEDIATE":
            super().execute(f"PRAGMA max_page_count = {CrowdedConnection.pages}").fetchone()
        return super().execute(*arguments)


@contextmanager
def crowded_disk() -> Iterator[Callable[[int], None]]:
    """Ledgers lie on a small disk; what is given sets how many pages it has."""
    real: Any = sqlite3.connect

    def connect(database: object, *arguments: object, **named: object) -> Any:
        if isinstance(database, Path) and database.name == "levdesk.db":
            return real(database, *arguments, factory=CrowdedConnection, **named)
        return real(database, *arguments, **named)

    def resize(pages: int) -> None:
        CrowdedConnection.pages = pages

    resize(10**6)
    with mock.patch.object(sqlite3, "connect", connect):
        yield resize


def full_disk_under_a_window(scene: HasPaths) -> str:
    paths = scene.paths
    with crowded_disk() as resize, window(paths) as opened:
        resize(1)  # as large as it is now, and no page more
        opened.add("x" * 500, 200)
        assert len(opened.notes()) == 200
        unsaved = opened.writer.unsaved
        assert unsaved is not None
        assert unsaved.fault is Fault.FULL
        assert not opened.save()
        resize(10**6)
        assert opened.save()
        assert opened.told[-1] == Saved(changes=1)
    with window(paths) as opened:
        assert len(opened.notes()) == 200
    assert check(paths) == ()
    return "200 rows go on in memory and are saved when there is room"


def size_limit_under_a_window(scene: HasPaths) -> str:
    """The system itself refuses to let the file grow."""
    paths = scene.paths

    def work() -> None:
        import resource  # late: not every system has it, nor fork

        with window(paths) as opened:
            _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
            resource.setrlimit(resource.RLIMIT_FSIZE, (8_192, hard))
            opened.three_acts_in_memory()
            resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
            opened.saved_all()

    said = in_a_program_of_its_own(work)
    assert said == "done", said
    assert check(paths) == ()
    return "three acts go on in memory and are saved in order"


def read_only_under_a_window(scene: HasPaths) -> str:
    """As a user who may read and not write; the tests may run as one who may do everything."""
    paths = scene.paths
    folder = paths.data_dir
    parts = [folder, *folder.rglob("*")]

    def work() -> None:
        if os.geteuid() == 0:
            for part in (*parts, *folder.parents[:2]):
                os.chown(part, 65534, 65534)
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)
        for part in parts:
            part.chmod(0o555 if part.is_dir() else 0o444)
        with (
            tempfile.TemporaryDirectory() as home,
            mock.patch.dict(os.environ, {"XDG_CACHE_HOME": home}),
            window(paths) as opened,
        ):
            assert opened.three_acts_in_memory() == "read_only"
            unsaved = opened.writer.unsaved
            assert unsaved is not None
            assert unsaved.noted is not None
            assert unsaved.noted.is_relative_to(home)
            for part in parts:
                part.chmod(0o700 if part.is_dir() else 0o600)
            opened.saved_all()
            assert not unsaved.noted.exists()

    said = in_a_program_of_its_own(work)
    assert said == "done", said
    if os.geteuid() == 0:
        for part in folder.rglob("*"):
            os.chown(part, 0, 0)
    return "three acts go on in memory, noted in the cache folder, saved when it may be written"


def locked_from_the_start_under_a_window(scene: HasPaths) -> str:
    """Another program lets nobody even read."""
    paths = scene.paths
    with subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(paths.levdesk_db)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdin is not None
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        with mock.patch.object(store_file, "BUSY_TIMEOUT_S", 0.05), window(paths) as opened:
            assert opened.three_acts_in_memory() == "locked"
            rows = LedgerFile(paths, opened.clock).read_books().transactions
            assert len(rows) == 301, "what stood in the file is seen, too"
            other.stdin.close()
            other.wait(WAIT_S)
            opened.saved_all()
    assert check(paths) == ()
    return "read from a copy; three acts go on in memory and are saved in order"


def every_call_failing_under_a_window(scene: HasPaths) -> str:
    """Whatever call fails: what was answered is in the ledger or in a note, once."""
    paths = scene.paths
    start = paths.data_dir.with_name("start")
    shutil.copytree(paths.data_dir, start)
    found: Counter[str] = Counter()
    for fault in (Spoilt.ONCE, Spoilt.FOREVER):
        for number in range(1, CALLS, CALLS // TRIES):
            shutil.rmtree(paths.data_dir)
            shutil.copytree(start, paths.data_dir)
            reading, writing = os.pipe()
            said = in_a_program_of_its_own(lambda: _three_spoilt_acts(paths, number, fault, writing))  # noqa: B023
            os.close(writing)
            with os.fdopen(reading) as pipe:
                answered = Counter(pipe.read().split())
            assert "unhandled" not in said, said
            for left in left_behind(paths):
                with window(paths) as opened:
                    bring_in_note(opened.writer, paths, opened.clock, left.path)
                found["noted"] += 1
            with window(paths) as opened:
                assert Counter(opened.notes()) == answered, f"call {number} {fault}"
            assert check(paths) == ()
            found["all kept" if sum(answered.values()) == 3 else "refused"] += 1
    shutil.rmtree(start)
    return ", ".join(f"{count}× {words}" for words, count in sorted(found.items())) + "; answered acts lost: 0"


CALLS, TRIES = 120, 12


def _three_spoilt_acts(paths: Paths, number: int, fault: Spoilt, answers: int) -> None:
    with spoiling(number, fault):
        opened = Window(paths)
        for name in ("one", "two", "three"):
            with suppress(LevdeskError):
                opened.add(name)
                os.write(answers, f"{name}\n".encode())
        opened.writer.close(WAIT_S)


UNSAVED_DISASTERS: dict[str, Callable[[HasPaths], str]] = {
    "a full disk under a window": full_disk_under_a_window,
    "a limit on file sizes under a window": size_limit_under_a_window,
    "a read-only directory under a window": read_only_under_a_window,
    "locked at the start of a window": locked_from_the_start_under_a_window,
    "each call failing under a window": every_call_failing_under_a_window,
}
