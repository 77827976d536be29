"""What can happen to a ledger, by name, and what comes of it: `python -m tests.io.disasters` prints the whole table.

python -m tests.io.disasters            the named disasters, and 200 kills at random moments under load
python -m tests.io.disasters --every    every call of every operation spoilt in turn besides (minutes)
"""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import closing
from pathlib import Path
from unittest import mock

from levdesk.domain.errors import LevdeskError
from levdesk.io import migrations, store_file
from levdesk.io.backup import make_backup
from levdesk.io.backup_contents import holdings_hash
from levdesk.io.checking import check
from levdesk.io.ledger_db import LEDGER, open_ledger
from levdesk.io.ledger_store import LedgerFile, LedgerStore
from levdesk.io.market_store import MarketFile
from levdesk.io.paths import Paths, locate
from levdesk.io.restore import restore
from levdesk.io.salvage import find_damage, salvage
from levdesk.io.store_file import read_any_version
from levdesk.io.writer import StoreFile, Writer
from levdesk.services.ports import BooksChange
from tests.io.disasters_unsaved import UNSAVED_DISASTERS
from tests.io.faults import Fault, in_a_program_of_its_own, spoiling
from tests.io.ledgers import ETH3S, StoppedClock, draft

WAIT_S = 20
ROWS = 300
FROZEN_FILES = Path(__file__).parent / "data"


class Scene:
    """A data directory with 300 rows and a backup of it, and what may be asked of it."""

    def __init__(self, folder: Path) -> None:
        self.paths: Paths = locate(folder / "desk")
        self.clock = StoppedClock()
        self.paths.create()
        with Writer(self.paths, self.clock) as writer:
            rows = [draft(str(number), note=f"row {number}") for number in range(1, ROWS + 1)]
            LedgerStore(writer, self.clock).add_transactions(1, rows, label="add").result(WAIT_S)
        self.backup = folder / "copy.db"
        make_backup(self.paths.levdesk_db, self.backup)
        self.held = self.holdings()

    def holdings(self) -> str | None:
        return read_any_version(self.paths.levdesk_db, holdings_hash)

    def rows(self) -> int:
        return len(LedgerFile(self.paths, self.clock).read_books().transactions)

    def open_and_act(self) -> str:
        """What a person is told who opens the books and adds a row: "" when it went well."""
        with Writer(self.paths, self.clock) as writer:
            try:
                LedgerStore(writer, self.clock).add_transactions(1, [draft()], label="add").result(WAIT_S)
            except LevdeskError as error:
                return f"{error.code}: {error.message}"
        return ""

    def rescue_all_ways(self) -> str:
        """The damaged file is found, salvaged and restored; how many rows came back of how many."""
        assert find_damage(self.paths, "damaged") is not None
        damaged = self.paths.levdesk_db.read_bytes()
        try:
            saved = f"{salvage(self.paths, self.clock).restored.transactions} of {ROWS} rows saved"
        except LevdeskError:
            saved = "nothing to save"
        assert check(self.paths) == () or saved == "nothing to save"
        restore(self.paths, self.backup, self.clock)
        assert self.holdings() == self.held
        assert check(self.paths) == ()
        kept = [path.read_bytes() for path in (self.paths.data_dir / "set-aside").iterdir()]
        assert damaged in kept or any(len(one) == len(damaged) for one in kept)
        assert self.open_and_act() == ""
        return f"{saved}, restored to the last digit, damaged file kept"

    def page_of(self, mark: bytes) -> int:
        data = self.paths.levdesk_db.read_bytes()
        found = [place // 4096 for place in range(4096, len(data), 4096) if mark in data[place : place + 4096]]
        return found[0]

    def wipe(self, page: int, length: int = 4096) -> None:
        with self.paths.levdesk_db.open("r+b") as file:
            file.seek(page * 4096)
            file.write(b"\x5a" * length)

    def journal(self) -> Path:
        return self.paths.levdesk_db.with_name("levdesk.db-wal")


def damaged_page(scene: Scene) -> str:
    scene.wipe(scene.page_of(b"row 200"))
    return scene.rescue_all_ways()


def damaged_root_page(scene: Scene) -> str:
    with closing(sqlite3.connect(scene.paths.levdesk_db)) as connection:
        (root,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'transactions'").fetchone()
    scene.wipe(root - 1)
    return scene.rescue_all_ways()


def damaged_header(scene: Scene) -> str:
    scene.wipe(0, 100)
    told = scene.open_and_act()
    assert told.startswith("store_corrupt"), told
    return scene.rescue_all_ways()


def truncated_file(scene: Scene) -> str:
    content = scene.paths.levdesk_db.read_bytes()
    scene.paths.levdesk_db.write_bytes(content[: len(content) * 3 // 4 + 100])
    return scene.rescue_all_ways()


def stale_journal(scene: Scene) -> str:
    """The journal of an older state lies beside the file, as after a copy by hand."""
    with closing(open_ledger(scene.paths, scene.clock)) as connection:
        connection.execute("UPDATE transactions SET note = 'old' WHERE id < 50")
        left = scene.journal().read_bytes()
    assert scene.open_and_act() == ""
    held = scene.holdings()
    scene.journal().write_bytes(left)
    now_s = scene.paths.levdesk_db.stat().st_mtime
    os.utime(scene.journal(), (now_s - 3_600, now_s - 3_600))
    before = scene.paths.levdesk_db.read_bytes()
    told = scene.open_and_act()
    assert "belongs to another state" in told
    assert scene.paths.levdesk_db.read_bytes() == before, "not a byte of it was played in"
    scene.journal().unlink()
    assert scene.holdings() == held
    assert scene.open_and_act() == ""
    return "refused with what to do; the ledger untouched"


def journal_left_by_a_crash(scene: Scene) -> str:
    with closing(open_ledger(scene.paths, scene.clock)) as connection:
        connection.execute("UPDATE transactions SET note = 'answered for' WHERE id = 1")
        content, left = scene.paths.levdesk_db.read_bytes(), scene.journal().read_bytes()
    scene.paths.levdesk_db.write_bytes(content)
    scene.journal().write_bytes(left)
    assert scene.open_and_act() == ""
    assert LedgerFile(scene.paths, scene.clock).read_books().transactions[0].draft.note == "answered for"
    return "played in after a look at every page, nothing lost"


def full_disk(scene: Scene) -> str:
    with Writer(scene.paths, scene.clock) as writer:
        ledger = LedgerStore(writer, scene.clock)
        limit = "PRAGMA max_page_count = {}"
        (pages,) = writer.submit(StoreFile.LEDGER, lambda c: c.execute("PRAGMA page_count").fetchone()).result(WAIT_S)
        writer.submit(StoreFile.LEDGER, lambda c: c.execute(limit.format(pages)).fetchone()).result(WAIT_S)
        many = [draft(note="x" * 500)] * 200
        try:
            ledger.add_transactions(1, many, label="add").result(WAIT_S)
        except LevdeskError as error:
            told = error.message
        else:
            raise AssertionError("it fitted")
        assert scene.rows() == ROWS
        writer.submit(StoreFile.LEDGER, lambda c: c.execute(limit.format(10**6)).fetchone()).result(WAIT_S)
        ledger.add_transactions(1, many, label="add").result(WAIT_S)
    assert scene.rows() == ROWS + 200
    return f"“{told}” Nothing half, and on it goes with room"


def read_only_directory(scene: Scene) -> str:
    """As a user who may read and not write; the tests may run as one who may do everything."""
    folder = scene.paths.data_dir
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)

    def work() -> None:
        if os.geteuid() == 0:
            for parent in (folder, *folder.parents[:2]):
                os.chown(parent, 65534, 65534)
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)
        assert scene.rows() == ROWS
        with Writer(scene.paths, scene.clock) as writer:
            LedgerStore(writer, scene.clock).add_transactions(1, [draft()], label="add").result(WAIT_S)

    said = in_a_program_of_its_own(work)
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o700 if path.is_dir() else 0o600)
    assert "cannot be" in said, said
    assert scene.rows() == ROWS
    return "read as usual; writing: " + said.replace(str(folder), "…")


def two_programs_at_once(scene: Scene) -> str:
    answered: Counter[str] = Counter()

    def write(name: str) -> None:
        with Writer(scene.paths, scene.clock) as writer:
            ledger = LedgerStore(writer, scene.clock)
            for _ in range(20):
                ledger.add_transactions(1, [draft(note=name)], label=name).result(WAIT_S)
                answered[name] += 1

    threads = [threading.Thread(target=write, args=(name,)) for name in ("one", "other")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    notes = Counter(row.draft.note for row in LedgerFile(scene.paths, scene.clock).read_books().transactions)
    assert answered == {"one": 20, "other": 20}
    assert notes["one"] == notes["other"] == 20
    assert check(scene.paths) == ()
    return "40 of 40 acts of two writers kept"


def locked_by_another(scene: Scene) -> str:
    with closing(sqlite3.connect(scene.paths.levdesk_db, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with mock.patch.object(store_file, "BUSY_TIMEOUT_S", 0.05):
            told = scene.open_and_act()
        other.execute("ROLLBACK")
    assert "in use by another program" in told
    assert scene.open_and_act() == ""
    return "“levdesk.db is in use by another program.” Nothing lost, and on it goes"


def killed_in_each_migration(scene: Scene) -> str:
    killed = 0
    for number in range(1, LEDGER.version):
        old = FROZEN_FILES / f"ledger_m{number:04d}.db"
        before = read_any_version(old, holdings_hash)
        for step in [name for name in dir(migrations) if name.startswith("m") and "_ledger_" in name][number:]:
            scene.paths.levdesk_db.write_bytes(old.read_bytes())
            real = getattr(migrations, step)

            def die(database: object, real: Callable[[object], None] = real) -> None:
                real(database)
                os.kill(os.getpid(), 9)

            def work(step: str = step, die: Callable[[object], None] = die) -> None:
                die.__name__ = step
                with mock.patch.object(migrations, step, die):
                    open_ledger(scene.paths, scene.clock).close()

            assert in_a_program_of_its_own(work) == "killed"
            killed += 1
            open_ledger(scene.paths, scene.clock).close()
            assert scene.holdings() == before
            assert check(scene.paths) == ()
    return f"{killed} kills, each after a step and before its end: the old ledger, then migrated, the same holdings"


def killed_in_a_restore(scene: Scene) -> str:
    return _killed_in_restores(scene, damaged=False)


def killed_in_a_restore_over_damage(scene: Scene) -> str:
    return _killed_in_restores(scene, damaged=True)


def _killed_in_restores(scene: Scene, *, damaged: bool) -> str:
    assert scene.open_and_act() == ""
    newer = scene.holdings()
    start = scene.paths.levdesk_db.read_bytes()
    if damaged:
        start = start[:8192] + b"\x5a" * 4096 + start[12288:]
    seen: Counter[str] = Counter()
    for number in range(3, 420, 35):
        scene.paths.levdesk_db.write_bytes(start)
        for side in ("-wal", "-shm"):
            scene.paths.levdesk_db.with_name(f"levdesk.db{side}").unlink(missing_ok=True)

        def work(number: int = number) -> None:
            with spoiling(number, Fault.KILLED):
                restore(scene.paths, scene.backup, scene.clock)

        in_a_program_of_its_own(work)
        try:
            state = scene.holdings()
        except LevdeskError:
            assert damaged
            seen["as it was"] += 1
        else:
            assert state in {newer, scene.held}
            seen["restored" if state == scene.held else "as it was"] += 1
    restore(scene.paths, scene.backup, scene.clock)
    assert scene.holdings() == scene.held
    return ", ".join(f"{count}× {words}" for words, count in sorted(seen.items())) + "; never anything between"


DISASTERS: dict[str, Callable[[Scene], str]] = {
    "a damaged page": damaged_page,
    "a damaged root page": damaged_root_page,
    "a damaged header": damaged_header,
    "a truncated file": truncated_file,
    "a stale -wal beside the file": stale_journal,
    "a -wal left by a crash": journal_left_by_a_crash,
    "a full disk": full_disk,
    "a read-only directory": read_only_directory,
    "two programs at once": two_programs_at_once,
    "locked by another program": locked_by_another,
    "killed in the middle of each migration": killed_in_each_migration,
    "killed in the middle of a restore": killed_in_a_restore,
    "killed in a restore over damage": killed_in_a_restore_over_damage,
    **UNSAVED_DISASTERS,
}


def outcome_of(name: str, folder: Path) -> str:
    """Let a disaster happen in a folder of its own, and tell what came of it."""
    return DISASTERS[name](Scene(folder))


# ------------------------------------------------------------------------------------------------ kills under load


def kill_under_load(paths: Paths, kills: int, seed: int) -> str:
    """Kill a program that writes as fast as it can, again and again, at random moments; what was found afterwards."""
    moments, clock = random.Random(seed), StoppedClock()
    last = answered_in_all = 0
    for number in range(kills):
        reading, writing = os.pipe()
        program = os.fork()
        if program == 0:
            os.close(reading)
            _write_for_ever(paths, last, writing)
        os.close(writing)
        with os.fdopen(reading, "rb") as pipe:
            pipe.readline()
            threading.Event().wait(moments.uniform(0, 0.05))
            os.kill(program, 9)
            os.waitpid(program, 0)
            said = pipe.read().split()
        answered = max([last + 1, *(int(line) for line in said[:-1])]) if said else last + 1
        rows = Counter(int(row.draft.note) for row in LedgerFile(paths, clock).read_books().transactions)
        assert set(rows.values()) <= {3}, f"kill {number}: half an act"
        assert set(range(1, answered + 1)) <= set(rows), f"kill {number}: an answered act is lost"
        assert check(paths) == (), f"kill {number}: the file is damaged"
        answered_in_all += answered - last
        last = max(rows, default=last)
    return f"{kills} kills, {answered_in_all} answered acts: 0 lost, 0 halves, 0 damaged files"


def _write_for_ever(paths: Paths, last: int, told: int) -> None:
    clock = StoppedClock()
    writer = Writer(paths, clock)
    ledger, market = LedgerStore(writer, clock), MarketFile(paths, clock, writer)
    while True:
        last += 1
        market.save_candles("gate", "BTC_USDT", 60, [])
        rows = [draft(note=str(last), key=ETH3S)] * 3
        added: Future[BooksChange] = ledger.add_transactions(1, rows, label="a", import_source="a.csv")
        added.result()
        if last % 5 == 0:
            ledger.undo().result()
            ledger.redo().result()
        os.write(told, b"%d\n" % last)


def main() -> int:
    """Print the table."""
    from tests.io import test_faults

    with tempfile.TemporaryDirectory(prefix="levdesk-disasters-") as place:
        Path(place).chmod(0o755)
        for name in DISASTERS:
            folder = Path(place) / "scene"
            folder.mkdir()
            print(f"{name:40} {outcome_of(name, folder)}", flush=True)
            shutil.rmtree(folder)
        paths = locate(Path(place) / "kills")
        paths.create()
        print(f"{'kill -9 under load':40} {kill_under_load(paths, 200, seed=1)}", flush=True)
        if "--every" in sys.argv:
            start = test_faults.make_start(Path(place))
            for work in test_faults.WORKS:
                calls = test_faults.undisturbed(start, work)[1]
                for fault in Fault:
                    said = Counter(test_faults.spoilt_run(start, work, n, fault) for n in range(1, calls + 1))
                    told = sum(said.values()) - said["done"] - said["killed"]
                    words = f"{calls} calls: {said['killed']} killed, {told} told, {said['done']} done all the same"
                    print(f"{f'{work.__name__}: the n-th call {fault}':60} {words}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
