from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import closing
from pathlib import Path

import pytest

from levdesk.domain.errors import StoreCorrupt, StoreUnavailable, UserError
from levdesk.io import backup
from levdesk.io.backup import backup_path, make_backup
from levdesk.io.backup_contents import describe_ledger
from levdesk.io.ledger_db import LEDGER, read_books
from levdesk.io.ledger_store import LedgerFile, LedgerStore
from levdesk.io.paths import Paths
from levdesk.io.store_file import read_quietly
from levdesk.services.ports import BooksChange
from tests.io.ledgers import NOON_MS, StoppedClock, draft

WAIT_S = 20


@pytest.fixture
def target(tmp_path: Path) -> Path:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    return folder / "copy.db"


def test_a_backup_of_a_ledger_in_use_holds_all_of_it(
    paths: Paths, ledger: LedgerStore, ledger_file: LedgerFile, target: Path
) -> None:
    ledger.add_transactions(1, [draft(str(number)) for number in range(1, 2001)], label="add").result(WAIT_S)
    assert paths.levdesk_db.with_name("levdesk.db-wal").stat().st_size > 0, "not yet in the main file"
    report = make_backup(paths.levdesk_db, target)
    assert (report.path, report.size_bytes) == (target, target.stat().st_size)
    assert (report.transactions, report.schema_version) == (2000, LEDGER.version)
    assert dict(report.row_counts)["portfolios"] == 1
    assert read_quietly(target, LEDGER, read_books) == ledger_file.read_books()
    assert sorted(path.name for path in target.parent.iterdir()) == ["copy.db"], "one file, nothing beside it"
    if os.name == "posix":
        assert stat.S_IMODE(target.stat().st_mode) == 0o600


def test_the_hash_is_of_what_is_held(paths: Paths, ledger: LedgerStore, target: Path) -> None:
    ledger.add_transactions(1, [draft("1")], label="add").result(WAIT_S)
    names = iter("abcd")
    hashes = []
    acts: tuple[Callable[[], Future[BooksChange]], ...] = (
        lambda: ledger.add_transactions(1, [draft("2")], label="add"),
        ledger.undo,
        lambda: ledger.edit_transaction(1, draft("1.0"), label="edit"),
    )
    for act in acts:
        hashes.append(make_backup(paths.levdesk_db, target.with_name(next(names))).holdings_hash)
        act().result(WAIT_S)
    hashes.append(make_backup(paths.levdesk_db, target.with_name(next(names))).holdings_hash)
    assert hashes[0] == hashes[2]
    assert len(set(hashes)) == 3


def test_a_backup_compares_with_the_moment_it_copied(
    paths: Paths, ledger: LedgerStore, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An act lands between describing the ledger and copying it; the copy is of the moment described."""
    ledger.add_transactions(1, [draft()], label="add").result(WAIT_S)
    describe = describe_ledger

    def describe_and_be_overtaken(connection: sqlite3.Connection) -> object:
        contents = describe(connection)
        ledger.add_transactions(1, [draft()], label="add").result(WAIT_S)
        return contents

    monkeypatch.setattr(backup, "describe_ledger", describe_and_be_overtaken)
    assert make_backup(paths.levdesk_db, target).transactions == 1


def test_nothing_is_ever_overwritten(paths: Paths, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target.write_bytes(b"precious")
    with pytest.raises(UserError, match="already there"):
        make_backup(paths.levdesk_db, target)
    target.unlink()
    prove = backup._prove

    def prove_and_be_overtaken(copy: Path, expected: object) -> None:
        prove(copy, expected)  # type: ignore[arg-type]
        target.write_bytes(b"precious")

    monkeypatch.setattr(backup, "_prove", prove_and_be_overtaken)
    for link in (os.link, no_links):
        target.unlink(missing_ok=True)
        monkeypatch.setattr(os, "link", link)
        with pytest.raises(UserError, match="already there"):
            make_backup(paths.levdesk_db, target)
        assert target.read_bytes() == b"precious"
        assert [path.name for path in target.parent.iterdir()] == ["copy.db"]


def no_links(source: Path, target: Path) -> None:
    raise OSError(95, "Operation not supported")


def test_a_disk_without_hard_links_will_do(paths: Paths, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "link", no_links)
    assert make_backup(paths.levdesk_db, target).path == target
    assert read_quietly(target, LEDGER, read_books) is not None


def damage(path: Path, table: str) -> None:
    """Fill the first page of a table with zeros."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
        (root,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).fetchone()
        (page_size,) = connection.execute("PRAGMA page_size").fetchone()
    with path.open("r+b") as file:
        file.seek((root - 1) * page_size)
        file.write(b"\x00" * page_size)


@pytest.mark.parametrize("table", ["transactions", "transactions_portfolio", "acts_state"])
def test_a_damaged_ledger_makes_no_backup(paths: Paths, target: Path, table: str) -> None:
    damage(paths.levdesk_db, table)
    with pytest.raises(StoreCorrupt):
        make_backup(paths.levdesk_db, target)
    assert list(target.parent.iterdir()) == []


def test_a_row_that_belongs_nowhere_makes_no_backup(
    paths: Paths, target: Path, run_sql: Callable[[str], object]
) -> None:
    run_sql("INSERT INTO act_events VALUES (1, 99, 0, 'done')")
    with pytest.raises(StoreCorrupt, match="no backup was kept"):
        make_backup(paths.levdesk_db, target)
    assert list(target.parent.iterdir()) == []


def test_a_copy_that_differs_is_not_kept(
    paths: Paths, target: Path, monkeypatch: pytest.MonkeyPatch, run_sql: Callable[[str], object]
) -> None:
    prove = backup._prove

    def lose_a_row(copy: Path, expected: object) -> None:
        with closing(sqlite3.connect(copy)) as connection:
            connection.execute("UPDATE portfolios SET name = 'Mian'")
            connection.commit()
        prove(copy, expected)  # type: ignore[arg-type]

    monkeypatch.setattr(backup, "_prove", lose_a_row)
    with pytest.raises(StoreUnavailable, match="differs from the ledger"):
        make_backup(paths.levdesk_db, target)
    assert list(target.parent.iterdir()) == []


def test_there_must_be_something_to_copy_and_somewhere_to_put_it(bare_paths: Paths, paths: Paths, target: Path) -> None:
    with pytest.raises(UserError, match="no ledger yet"):
        make_backup(bare_paths.data_dir / "none.db", target)
    assert list(target.parent.iterdir()) == []
    with pytest.raises(StoreUnavailable, match="cannot be used: no such file"):
        make_backup(paths.levdesk_db, target / "deeper" / "copy.db")


def test_names_tell_the_time_and_never_clash(paths: Paths, clock: StoppedClock) -> None:
    first = backup_path(paths, NOON_MS)
    assert first == paths.backups_dir / "levdesk-20260301T120000Z.db"
    make_backup(paths.levdesk_db, first)
    second = backup_path(paths, NOON_MS)
    assert second.name == "levdesk-20260301T120000Z-2.db"
    make_backup(paths.levdesk_db, second)
    assert backup_path(paths, NOON_MS, reason="before-import").name == "levdesk-20260301T120000Z-before-import.db"
    assert len({first, second, backup_path(paths, NOON_MS)}) == 3
