from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import closing

import pytest

from levdesk.domain.errors import Bug, StoreCorrupt, StoreTooNew, StoreUnavailable, UserError
from levdesk.domain.money import EXACT_DIGITS
from levdesk.io.ledger_db import LEDGER
from levdesk.io.paths import Paths
from levdesk.io.writer import MAX_BATCH, StoreFile, Writer
from tests.conftest import PROJECT
from tests.io.conftest import Told

WAIT_S = 20
Sql = Callable[[str], list[tuple[object, ...]]]


def put(name: str) -> Callable[[sqlite3.Connection], str]:
    def work(connection: sqlite3.Connection) -> str:
        connection.execute("INSERT INTO settings VALUES (?, '1')", (name,))
        return name

    return work


def snap(name: str) -> Callable[[sqlite3.Connection], str]:
    def work(connection: sqlite3.Connection) -> str:
        connection.execute("INSERT INTO snapshots VALUES (?, 1, '')", (name,))
        return name

    return work


def fail_with(error: BaseException) -> Callable[[sqlite3.Connection], None]:
    def work(connection: sqlite3.Connection) -> None:
        connection.execute("DELETE FROM about")
        raise error

    return work


class Gate:
    """Work that keeps the writer busy until the test opens it."""

    def __init__(self) -> None:
        self._open = threading.Event()
        self.reached = threading.Event()

    def __call__(self, connection: sqlite3.Connection) -> None:
        self.reached.set()
        assert self._open.wait(WAIT_S)

    def open(self) -> None:
        self._open.set()


def snapshots(paths: Paths) -> list[str]:
    with closing(sqlite3.connect(paths.market_db)) as connection:
        return [name for (name,) in connection.execute("SELECT name FROM snapshots ORDER BY name")]


def test_work_runs_in_order_in_one_thread_of_its_own(writer: Writer, run_sql: Sql) -> None:
    ran: list[str] = []

    def note(connection: sqlite3.Connection) -> int:
        ran.append(threading.current_thread().name)
        return len(ran)

    futures = [writer.submit(file, note) for file in (StoreFile.LEDGER, StoreFile.MARKET, StoreFile.LEDGER)]
    assert [future.result(WAIT_S) for future in futures] == [1, 2, 3]
    assert set(ran) == {"writer"}


def test_money_is_exact_in_the_thread(writer: Writer) -> None:
    import decimal

    future = writer.submit(StoreFile.LEDGER, lambda connection: decimal.getcontext().prec)
    assert future.result(WAIT_S) == EXACT_DIGITS


def test_a_writer_nobody_uses_starts_no_thread_and_makes_no_file(
    paths: Paths, make_writer: Callable[[], Writer]
) -> None:
    paths.levdesk_db.unlink()
    before = set(threading.enumerate())
    writer = make_writer()
    assert set(threading.enumerate()) <= before
    assert writer.close(WAIT_S)
    assert not paths.levdesk_db.exists()


def test_a_result_comes_only_once_it_is_on_disk(writer: Writer, run_sql: Sql) -> None:
    seen: list[object] = []

    def look(future: Future[str]) -> None:
        seen.extend(run_sql("SELECT name FROM settings"))

    gate = Gate()
    writer.submit(StoreFile.LEDGER, gate)
    future = writer.submit(StoreFile.LEDGER, put("a"))
    future.add_done_callback(look)  # runs in the writer thread, the moment the result is known
    gate.open()
    writer.flush(WAIT_S)
    assert seen == [("a",)]


def test_each_act_on_the_ledger_stands_alone(writer: Writer, run_sql: Sql, told: Told) -> None:
    gate = Gate()
    writer.submit(StoreFile.LEDGER, gate)
    good, refused, later = (
        writer.submit(StoreFile.LEDGER, work) for work in (put("a"), fail_with(UserError("no")), put("b"))
    )
    gate.open()
    assert (good.result(WAIT_S), later.result(WAIT_S)) == ("a", "b")
    with pytest.raises(UserError, match="no"):
        refused.result(WAIT_S)
    assert run_sql("SELECT name FROM settings") == [("a",), ("b",)]
    assert run_sql("SELECT count(*) FROM about") == [(1,)], "what the refused act did is taken back"


def test_market_work_that_waits_together_shares_a_transaction(writer: Writer, paths: Paths) -> None:
    numbers: list[int] = []

    def transactions_begun(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO snapshots VALUES (?, 1, '')", (str(len(numbers)),))
        numbers.append(len(snapshots(paths)))  # what another connection sees: committed rows

    gate = Gate()
    writer.submit(StoreFile.MARKET, gate)
    assert gate.reached.wait(WAIT_S)
    for _ in range(MAX_BATCH + 1):
        writer.submit(StoreFile.MARKET, transactions_begun)
    last = writer.submit(StoreFile.LEDGER, put("a"))
    gate.open()
    last.result(WAIT_S)
    assert numbers == [0] * MAX_BATCH + [MAX_BATCH], "nothing is seen before the whole batch is there"


def test_a_piece_that_fails_does_not_take_its_neighbours_along(writer: Writer, paths: Paths, told: Told) -> None:
    gate = Gate()
    writer.submit(StoreFile.MARKET, gate)
    assert gate.reached.wait(WAIT_S)
    one, twice, broken, other = (
        writer.submit(StoreFile.MARKET, work) for work in (snap("a"), snap("a"), fail_with(UserError("no")), snap("b"))
    )
    gate.open()
    assert (one.result(WAIT_S), other.result(WAIT_S)) == ("a", "b")
    with pytest.raises(Bug, match="UNIQUE"):
        twice.result(WAIT_S)
    with pytest.raises(UserError):
        broken.result(WAIT_S)
    assert snapshots(paths) == ["a", "b"]
    with closing(sqlite3.connect(paths.market_db)) as connection:
        assert connection.execute("SELECT count(*) FROM about").fetchone() == (1,), "the broken piece left nothing"
    assert [type(failure) for failure in told.failures] == [Bug]


def test_a_failure_is_told_even_when_nobody_reads_the_future(writer: Writer, told: Told) -> None:
    writer.submit(StoreFile.LEDGER, fail_with(sqlite3.OperationalError("no such table: x")))
    writer.submit(StoreFile.LEDGER, fail_with(StoreUnavailable("The disk is gone.")))
    writer.flush(WAIT_S)
    assert [failure.code for failure in told.failures] == ["bug", "store_unavailable"]


def test_work_that_was_cancelled_in_the_queue_does_not_run(writer: Writer, run_sql: Sql, paths: Paths) -> None:
    gate = Gate()
    writer.submit(StoreFile.LEDGER, gate)
    assert gate.reached.wait(WAIT_S)
    cancelled = [writer.submit(StoreFile.LEDGER, put("a")), writer.submit(StoreFile.MARKET, snap("a"))]
    assert all(future.cancel() for future in cancelled)
    gate.open()
    writer.flush(WAIT_S)
    assert run_sql("SELECT name FROM settings") == []
    assert snapshots(paths) == []


# ----------------------------------------------------------------------------------------------------- the two files


def test_a_ledger_that_cannot_be_opened_is_tried_again(bare_paths: Paths, writer: Writer, told: Told) -> None:
    bare_paths.levdesk_db.unlink()
    bare_paths.levdesk_db.mkdir()
    with pytest.raises(StoreUnavailable):
        writer.prepare().result(WAIT_S)
    assert [failure.code for failure in told.failures] == ["store_unavailable"]
    bare_paths.levdesk_db.rmdir()
    assert writer.submit(StoreFile.LEDGER, put("a")).result(WAIT_S) == "a"


def test_a_newer_ledger_is_not_written_to(writer: Writer, run_sql: Sql) -> None:
    run_sql(f"PRAGMA user_version = {LEDGER.version + 1}")
    with pytest.raises(StoreTooNew):
        writer.submit(StoreFile.LEDGER, put("a")).result(WAIT_S)
    assert run_sql("SELECT name FROM settings") == []


@pytest.mark.parametrize("content", [b"not a database at all", b"SQLite format 3\x00" + b"\xff" * 4000])
def test_a_broken_market_file_is_begun_anew(paths: Paths, writer: Writer, told: Told, content: bytes) -> None:
    paths.market_db.write_bytes(content)
    assert writer.submit(StoreFile.MARKET, snap("a")).result(WAIT_S) == "a"
    assert snapshots(paths) == ["a"]
    assert paths.market_db.with_name("market.db.broken").read_bytes() == content
    (problem,) = told.problems
    assert (problem.code, problem.source) == ("market_rebuilt", "market.db")
    assert "nothing you entered is affected" in problem.message
    assert told.failures == []


def test_a_market_file_found_damaged_while_writing_is_begun_anew(
    paths: Paths, writer: Writer, told: Told, run_sql: Sql
) -> None:
    runs: list[int] = []

    def meets_damage(connection: sqlite3.Connection) -> str:
        runs.append(1)
        if len(runs) == 1:
            raise StoreCorrupt("market.db is damaged (page 7).")
        return snap("b")(connection)

    gate = Gate()
    writer.submit(StoreFile.MARKET, gate)
    assert gate.reached.wait(WAIT_S)
    futures = [writer.submit(StoreFile.MARKET, work) for work in (snap("a"), meets_damage)]
    gate.open()
    assert [future.result(WAIT_S) for future in futures] == ["a", "b"]
    assert snapshots(paths) == ["a", "b"], "what was in the same transaction is written again"
    assert [problem.code for problem in told.problems] == ["market_rebuilt"]
    writer.rebuild_market(StoreCorrupt("A stored quote cannot be read.")).result(WAIT_S)
    assert snapshots(paths) == []
    assert len(told.problems) == 2


# ------------------------------------------------------------------------------------------------------------ the end


def test_closing_finishes_what_is_queued(make_writer: Callable[[], Writer], run_sql: Sql, paths: Paths) -> None:
    writer = make_writer()
    for number in range(20):
        writer.submit(StoreFile.LEDGER, put(f"{number:02}"))
        writer.submit(StoreFile.MARKET, snap(f"{number:02}"))
    assert writer.close(WAIT_S)
    assert len(run_sql("SELECT name FROM settings")) == 20
    assert len(snapshots(paths)) == 20
    assert not list(paths.data_dir.glob("*-wal")), "closed cleanly"


def test_closing_does_not_wait_for_ever(make_writer: Callable[[], Writer]) -> None:
    writer = make_writer()
    gate = Gate()
    writer.submit(StoreFile.LEDGER, gate)
    assert gate.reached.wait(WAIT_S)
    assert not writer.close(0.01)
    gate.open()
    assert writer.close(WAIT_S)


def test_work_after_the_end_is_refused(make_writer: Callable[[], Writer]) -> None:
    writer = make_writer()
    writer.close(WAIT_S)
    with pytest.raises(StoreUnavailable, match="closing"):
        writer.submit(StoreFile.LEDGER, put("a")).result(WAIT_S)
    with pytest.raises(StoreUnavailable):
        writer.flush(WAIT_S)


@pytest.mark.parametrize("file", StoreFile)
def test_a_mistake_of_ours_stops_the_writing_and_leaves_nobody_waiting(
    make_writer: Callable[[], Writer],
    run_sql: Sql,
    paths: Paths,
    told: Told,
    monkeypatch: pytest.MonkeyPatch,
    file: StoreFile,
) -> None:
    shown: list[object] = []
    monkeypatch.setattr(threading, "excepthook", lambda args: shown.append(args.exc_value))
    writer = make_writer()
    gate = Gate()
    writer.submit(StoreFile.LEDGER, gate)
    assert gate.reached.wait(WAIT_S)
    futures: list[Future[None] | Future[str]] = [
        writer.submit(file, fail_with(ZeroDivisionError("ours"))),
        writer.submit(StoreFile.LEDGER, put("a")),
        writer.submit(StoreFile.MARKET, snap("a")),
    ]
    gate.open()
    errors = [future.exception(WAIT_S) for future in futures]
    assert isinstance(errors[0], Bug)
    assert [type(error) for error in errors[1:]] == [StoreUnavailable, StoreUnavailable]
    assert [failure.code for failure in told.failures] == ["bug", "store_unavailable"]
    assert writer.close(WAIT_S)
    assert [str(error) for error in shown] == ["ours"]
    assert run_sql("SELECT count(*) FROM about") == [(1,)], "the transaction was rolled back"
    assert run_sql("SELECT name FROM settings") == []


def test_a_program_that_forgets_to_close_ends_nevertheless_with_everything_saved(paths: Paths, run_sql: Sql) -> None:
    program = f"""
from pathlib import Path
from levdesk.io.clock import SystemClock
from levdesk.io.paths import locate
from levdesk.io import writer
from levdesk.io.writer import StoreFile, Writer
writer._ORPHAN_CHECK_S = 0.01
writer = Writer(locate(Path({str(paths.data_dir)!r})), SystemClock())
for number in range(5):
    writer.submit(StoreFile.LEDGER, lambda c, n=number: c.execute("INSERT INTO settings VALUES (?, '1')", (str(n),)))
"""
    subprocess.run([sys.executable, "-c", program], cwd=PROJECT, check=True, timeout=60)
    assert len(run_sql("SELECT name FROM settings")) == 5
