from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from levdesk.domain.problems import Severity
from levdesk.io import checking
from levdesk.io.checking import MAX_PER_KIND, check
from levdesk.io.ledger_db import LEDGER
from levdesk.io.ledger_store import LedgerStore
from levdesk.io.paths import Paths
from levdesk.io.writer import Writer
from tests.io.ledgers import StoppedClock, draft, token
from tests.io.test_backup import damage

WAIT_S = 20
Sql = Callable[[str], object]


@pytest.fixture
def used(paths: Paths, clock: StoppedClock) -> Paths:
    with Writer(paths, clock) as writer:
        ledger = LedgerStore(writer, clock)
        ledger.add_transactions(1, [draft(), draft("4")], label="add", tokens=[token()]).result(WAIT_S)
        ledger.undo().result(WAIT_S)
        ledger.redo().result(WAIT_S)
        writer.prepare().result(WAIT_S)
    return paths


def codes(paths: Paths) -> list[tuple[str, str, str]]:
    return [(problem.severity.value, problem.code, problem.source) for problem in check(paths)]


def test_what_the_program_wrote_is_in_order(used: Paths) -> None:
    before = {path.name: path.read_bytes() for path in used.data_dir.glob("*.db*")}
    assert check(used) == ()
    assert {path.name: path.read_bytes() for path in used.data_dir.glob("*.db*")} == before


def test_nothing_is_in_order_too(bare_paths: Paths) -> None:
    assert check(bare_paths) == ()
    assert list(bare_paths.data_dir.glob("*.db*")) == []


def test_a_ledger_in_use_can_be_checked(paths: Paths, ledger: LedgerStore) -> None:
    ledger.add_transactions(1, [draft()], label="add").result(WAIT_S)
    assert check(paths) == ()


def test_damaged_pages_are_found(used: Paths) -> None:
    damage(used.levdesk_db, "transactions_portfolio")
    found = check(used)
    assert {problem.code for problem in found} == {"store_corrupt"}
    assert {problem.severity for problem in found} == {Severity.ERROR}


def test_a_file_that_is_no_database_is_named_with_what_to_do(used: Paths) -> None:
    used.levdesk_db.write_bytes(b"<html>")
    (problem,) = check(used)
    assert problem.severity is Severity.ERROR
    assert problem.message.startswith("levdesk.db is not a database.")
    assert "backup" in problem.message


def test_a_broken_market_file_matters_less(used: Paths) -> None:
    used.market_db.write_bytes(b"<html>")
    assert codes(used) == [("warning", "store_corrupt", "market.db")]


def test_a_newer_file_is_named(used: Paths, run_sql: Sql) -> None:
    run_sql(f"PRAGMA user_version = {LEDGER.version + 1}")
    assert codes(used) == [("error", "store_too_new", "levdesk.db")]


def test_an_older_file_is_only_mentioned(used: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "LEDGER", replace(LEDGER, version=LEDGER.version + 1))
    assert codes(used) == [("info", "store_old", "levdesk.db")]


def test_rows_that_belong_nowhere_are_found(used: Paths, run_sql: Sql) -> None:
    run_sql("UPDATE transactions SET portfolio_id = 7 WHERE id = 2")
    (problem,) = check(used)
    assert (problem.severity, problem.code) == (Severity.ERROR, "orphan_row")
    assert problem.message == "Row 2 of transactions belongs to a row of portfolios that is not there."


def test_a_changed_layout_is_found(used: Paths, run_sql: Sql) -> None:
    run_sql("DROP INDEX transactions_batch")
    run_sql("CREATE TABLE diary (entry TEXT)")
    run_sql("ALTER TABLE settings ADD COLUMN colour TEXT")
    assert sorted(problem.message for problem in check(used)) == [
        "The part “diary” of levdesk.db is not ours.",
        "The part “settings” of levdesk.db is changed.",
        "The part “transactions_batch” of levdesk.db is missing.",
    ]


def test_what_sqlite_can_read_and_we_cannot_is_found(used: Paths) -> None:
    with closing(sqlite3.connect(used.levdesk_db, isolation_level=None)) as connection:
        connection.execute("PRAGMA ignore_check_constraints = ON")
        connection.execute("UPDATE transactions SET quantity = 'ten' WHERE id = 1")
        connection.execute("UPDATE transactions SET fee = 'NaN' WHERE id = 2")
        connection.execute("UPDATE tokens SET rules = 'x'")
        connection.execute("UPDATE acts SET changes = '{'")
    messages = [problem.message for problem in check(used) if "CHECK" not in problem.message]
    assert any(message.startswith("Transaction 1 cannot be read") for message in messages)
    assert "Transaction 2 cannot be read: its fee is not a finite number." in messages
    assert any("gate:BTC3L" in message for message in messages)
    assert messages[-1] == "Act 1 (add) cannot be undone."


def test_a_flood_of_bad_rows_is_cut_off(used: Paths, clock: StoppedClock, run_sql: Sql) -> None:
    with Writer(used, clock) as writer:
        LedgerStore(writer, clock).add_transactions(1, [draft()] * 100, label="add").result(WAIT_S)
    run_sql("UPDATE transactions SET portfolio_id = 7")
    assert codes(used) == [("error", "orphan_row", "levdesk.db")] * MAX_PER_KIND


@pytest.mark.skipif(os.name != "posix", reason="other systems keep rights differently")
def test_files_that_others_can_read_are_named(used: Paths) -> None:
    Path(used.levdesk_db).chmod(0o644)
    assert codes(used) == [("warning", "readable_by_others", "levdesk.db")]
