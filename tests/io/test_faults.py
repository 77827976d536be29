"""Whatever call fails, and wherever the program is killed: afterwards the ledger is the one from before or after."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from levdesk.domain.errors import LevdeskError
from levdesk.io.backup import make_backup
from levdesk.io.backup_contents import holdings_hash
from levdesk.io.backup_shelf import keep_backup, list_backups
from levdesk.io.bin import forget_before
from levdesk.io.checking import check
from levdesk.io.ledger_db import open_ledger
from levdesk.io.ledger_store import LedgerFile, LedgerStore
from levdesk.io.paths import Paths, locate
from levdesk.io.portable import export_portable, import_portable
from levdesk.io.restore import restore
from levdesk.io.salvage import salvage
from levdesk.io.store_file import read_any_version
from levdesk.io.writer import StoreFile, Writer
from levdesk.services.backup_policy import BackupReason
from tests.io.faults import NEVER, Fault, in_a_program_of_its_own, spoiling
from tests.io.ledgers import ETH3S, StoppedClock, draft
from tests.io.test_backup import damage
from tests.io.test_frozen_layouts import DATA

WAIT_S = 20
TRIES_IN_THE_SUITE = 5
"""Calls spoilt of each kind in the suite, spread over the run; `python -m tests.io.disasters` spoils every one."""
pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")


@dataclass(frozen=True)
class Start:
    """A data directory to begin with, and what an outside file holds."""

    folder: Path

    @property
    def paths(self) -> Paths:
        return locate(self.folder / "desk")

    @property
    def copy(self) -> Path:
        """A backup of an earlier moment."""
        return self.folder / "copy.db"

    @property
    def zip(self) -> Path:
        """The same moment as a portable export."""
        return self.folder / "all.zip"


def act(start: Start) -> None:
    clock = StoppedClock()
    with Writer(start.paths, clock) as writer:
        ledger = LedgerStore(writer, clock)
        ledger.add_transactions(1, [draft("5"), draft("6")], label="add", import_source="b.csv").result(WAIT_S)


def undo(start: Start) -> None:
    clock = StoppedClock()
    with Writer(start.paths, clock) as writer:
        LedgerStore(writer, clock).undo().result(WAIT_S)


def back_up(start: Start) -> None:
    keep_backup(start.paths, BackupReason.BY_HAND, StoppedClock().now_ms())


def put_back(start: Start) -> None:
    restore(start.paths, start.copy, StoppedClock())


def take_in(start: Start) -> None:
    import_portable(start.paths, start.zip, StoppedClock())


def put_back_over_damage(start: Start) -> None:
    restore(start.paths, start.copy, StoppedClock())


def save_what_is_readable(start: Start) -> None:
    salvage(start.paths, StoppedClock())


def migrate(start: Start) -> None:
    shutil.copyfile(DATA / "ledger_m0001.db", start.paths.levdesk_db)
    open_ledger(start.paths, StoppedClock()).close()


def empty_the_bin(start: Start) -> None:
    clock = StoppedClock()
    with Writer(start.paths, clock) as writer:
        writer.submit(StoreFile.LEDGER, lambda file: forget_before(file, clock.now_ms() + 1)).result(WAIT_S)


DAMAGED_FIRST = {put_back_over_damage: "transactions", save_what_is_readable: "transactions_portfolio"}
WORKS: tuple[Callable[[Start], None], ...] = (
    act,
    undo,
    back_up,
    put_back,
    take_in,
    put_back_over_damage,
    save_what_is_readable,
    migrate,
    empty_the_bin,
)


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Start:
    return make_start(tmp_path_factory.mktemp("faults"))


def make_start(folder: Path) -> Start:
    made = Start(folder / "start")
    made.paths.create()
    clock = StoppedClock()
    with Writer(made.paths, clock) as writer:
        ledger = LedgerStore(writer, clock)
        ledger.add_transactions(1, [draft(), draft("3", key=ETH3S)], label="add").result(WAIT_S)
        ledger.add_transactions(1, [draft("7")], label="add").result(WAIT_S)
        ledger.remove_transactions([3], label="delete").result(WAIT_S)
        make_backup(made.paths.levdesk_db, made.copy)
        export_portable(made.paths, clock, made.zip)
        keep_backup(made.paths, BackupReason.DAILY, clock.now_ms())
        ledger.add_transactions(1, [draft("9")], label="add").result(WAIT_S)
    return made


def state_of(paths: Paths) -> str | None:
    return read_any_version(paths.levdesk_db, holdings_hash)


def spoilt_run(start: Start, work: Callable[[Start], None], number: int, fault: Fault) -> str:
    """What a program said whose call `number` was spoilt, in a fresh copy of the start; its ledger is looked at."""
    run = Start(start.folder.parent / "run")
    shutil.rmtree(run.folder, ignore_errors=True)
    shutil.copytree(start.folder, run.folder)
    before = state_of(run.paths)
    if work in DAMAGED_FIRST:
        damage(run.paths.levdesk_db, DAMAGED_FIRST[work])

    def program() -> None:
        with spoiling(number, fault):
            work(run)

    said = in_a_program_of_its_own(program)
    assert "unhandled" not in said, said
    look_at(run, start, before, work)
    return said


def look_at(run: Start, start: Start, before: str | None, work: Callable[[Start], None]) -> None:
    """The invariant: one of the states that may be, nothing damaged, every backup sound, nothing left lying about."""
    allowed = {before, state_of_done(start, work)}
    if work is migrate:
        allowed = {read_any_version(DATA / "ledger_m0001.db", holdings_hash)}
    paths, clock = run.paths, StoppedClock()
    try:
        books = LedgerFile(paths, clock).read_books()
    except LevdeskError:  # the damage the work was there to mend, still as it was
        assert work in {put_back_over_damage, save_what_is_readable}
        salvage(paths, clock)
        return
    assert books.portfolios
    with suppress(LevdeskError):
        assert state_of(paths) in allowed
    found = [problem for problem in check(paths) if problem.code != "store_old"]
    if work in {put_back_over_damage, save_what_is_readable} and found:
        assert {problem.code for problem in found} == {"store_corrupt"}
        return
    assert found == []
    for backup in list_backups(paths):
        assert backup.is_sound, backup.fault
    with Writer(paths, clock) as writer:
        LedgerStore(writer, clock).add_transactions(1, [draft()], label="goes on").result(WAIT_S)


_DONE: dict[tuple[Path, str], tuple[str | None, int]] = {}


def state_of_done(start: Start, work: Callable[[Start], None]) -> str | None:
    """The state after an undisturbed run."""
    return undisturbed(start, work)[0]


def undisturbed(start: Start, work: Callable[[Start], None]) -> tuple[str | None, int]:
    """The state after an undisturbed run, and how many calls it took."""
    key = (start.folder, work.__name__)
    if key not in _DONE:
        run = Start(start.folder.parent / "done")
        shutil.rmtree(run.folder, ignore_errors=True)
        shutil.copytree(start.folder, run.folder)
        if work in DAMAGED_FIRST:
            damage(run.paths.levdesk_db, DAMAGED_FIRST[work])
        with spoiling(NEVER, Fault.ONCE) as calls:
            work(run)
        _DONE[key] = (state_of(run.paths), calls.count)
    return _DONE[key]


@pytest.mark.parametrize("fault", Fault)
@pytest.mark.parametrize("work", WORKS)
def test_the_ledger_is_the_one_before_or_after(start: Start, work: Callable[[Start], None], fault: Fault) -> None:
    _, calls = undisturbed(start, work)
    assert calls > 5
    step = max(1, calls // TRIES_IN_THE_SUITE)
    first = 1 + list(Fault).index(fault) * step // 3
    said = [spoilt_run(start, work, number, fault) for number in range(first, calls + 1, step)]
    if fault is Fault.KILLED:
        assert said.count("killed") >= len(said) - 1
    else:
        assert any(words not in {"done", "killed"} for words in said), "the spoilt call was noticed"
