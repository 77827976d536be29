"""Restoring: the same holdings to the last digit, what stood there kept aside, and no act lost between."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from levdesk.domain.errors import StoreTooNew, StoreUnavailable, UserError
from levdesk.domain.transactions import CostMethod, TransactionDraft
from levdesk.io import restore as restoring
from levdesk.io.backup import BackupReport, make_backup
from levdesk.io.backup_contents import describe_ledger, holdings_hash
from levdesk.io.checking import check
from levdesk.io.ledger_db import LEDGER
from levdesk.io.ledger_store import LedgerFile, LedgerStore
from levdesk.io.paths import Paths
from levdesk.io.restore import ASIDE, restore
from levdesk.io.store_file import read_any_version
from levdesk.io.writer import Writer
from tests.io.ledgers import ETH3S, StoppedClock, draft, drafts
from tests.io.test_backup import damage
from tests.io.test_frozen_layouts import DATA, FROZEN

WAIT_S = 20


@pytest.fixture
def copy(paths: Paths, tmp_path: Path, ledger: LedgerStore) -> BackupReport:
    """A copy of a ledger that has moved on since."""
    ledger.add_transactions(1, [draft(), draft("3", key=ETH3S)], label="add two").result(WAIT_S)
    made = make_backup(paths.levdesk_db, tmp_path / "copy.db")
    ledger.add_portfolio("Later", CostMethod.LIFO, label="add portfolio").result(WAIT_S)
    ledger.add_transactions(2, [draft("7")], label="add one").result(WAIT_S)
    return made


def holdings(paths: Paths) -> str | None:
    return read_any_version(paths.levdesk_db, holdings_hash)


def left_over(paths: Paths) -> list[str]:
    return [path.name for path in paths.data_dir.iterdir() if ".part" in path.name]


def test_a_restore_brings_back_every_row_and_keeps_what_stood_there(
    paths: Paths, copy: BackupReport, clock: StoppedClock, ledger_file: LedgerFile, writer: Writer
) -> None:
    moved_on = ledger_file.read_books()
    report = restore(paths, copy.path, clock)
    books = ledger_file.read_books()
    assert (report.transactions, report.portfolios) == (2, 1)
    assert report.holdings_hash == copy.holdings_hash == holdings(paths)
    assert [row.draft for row in books.transactions] == [draft(), draft("3", key=ETH3S)]
    assert books.undo_label == "add two", "undo goes on from where the copy was"
    assert check(paths) == ()
    assert left_over(paths) == []
    assert report.kept_aside is not None
    again = restore(paths, report.kept_aside, clock)
    assert again.holdings_hash == holdings(paths)
    back = ledger_file.read_books()
    assert (back.portfolios, back.transactions, back.tokens) == (
        moved_on.portfolios,
        moved_on.transactions,
        moved_on.tokens,
    )
    assert back.undo_label == moved_on.undo_label


def test_an_open_writer_goes_on_with_what_was_restored(
    paths: Paths, copy: BackupReport, clock: StoppedClock, ledger: LedgerStore, ledger_file: LedgerFile
) -> None:
    """The writer of this test has the ledger open all the while, as a window has."""
    restore(paths, copy.path, clock)
    change = ledger.add_transactions(1, [draft("5")], label="add").result(WAIT_S)
    assert [row.draft.quantity for row in change.added] == [5]
    assert len(ledger_file.read_books().transactions) == 3
    assert ledger.undo().result(WAIT_S).removed == change.added
    assert len(ledger.undo().result(WAIT_S).removed) == 2


def test_an_act_between_the_copy_and_the_exchange_is_in_what_is_kept(
    paths: Paths, copy: BackupReport, clock: StoppedClock, ledger: LedgerStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    overtaken = iter([True, False])

    def back_up_and_be_overtaken(source: Path, target: Path) -> BackupReport:
        made = make_backup(source, target)
        if next(overtaken):
            ledger.add_transactions(1, [draft(note="in between")], label="add").result(WAIT_S)
        return made

    monkeypatch.setattr(restoring, "make_backup", back_up_and_be_overtaken)
    report = restore(paths, copy.path, clock)
    assert report.kept_aside is not None
    with closing(sqlite3.connect(report.kept_aside)) as kept:
        assert kept.execute("SELECT count(*) FROM transactions WHERE note = 'in between'").fetchone() == (1,)


def test_the_audit_trail_tells_of_the_restore(
    paths: Paths, copy: BackupReport, clock: StoppedClock, run_sql: Callable[[str], list[tuple[object, ...]]]
) -> None:
    restore(paths, copy.path, clock)
    assert run_sql("SELECT label, state FROM acts ORDER BY id DESC LIMIT 1") == [("restore copy.db", "dropped")]
    assert run_sql("SELECT event, at_ms FROM act_events ORDER BY id DESC LIMIT 1") == [("done", clock.ms)]


@pytest.mark.parametrize("name", FROZEN)
def test_a_copy_in_an_old_format_is_brought_up_to_date_before_it_counts(
    paths: Paths, clock: StoppedClock, name: str, ledger_file: LedgerFile, tmp_path: Path
) -> None:
    old = tmp_path / name
    shutil.copyfile(DATA / name, old)
    before = old.read_bytes()
    report = restore(paths, old, clock)
    assert report.holdings_hash == read_any_version(old, holdings_hash) == holdings(paths)
    assert len(ledger_file.read_books().transactions) == 8
    assert old.read_bytes() == before, "the copy itself is only read"
    assert check(paths) == ()


def test_there_need_not_be_a_ledger_yet(bare_paths: Paths, copy: BackupReport, clock: StoppedClock) -> None:
    shutil.rmtree(bare_paths.data_dir)
    bare_paths.create()
    report = restore(bare_paths, copy.path, clock)
    assert report.kept_aside is None
    assert holdings(bare_paths) == copy.holdings_hash
    if os.name == "posix":
        assert stat.S_IMODE(bare_paths.levdesk_db.stat().st_mode) == 0o600


@pytest.fixture
def closed(paths: Paths, copy: BackupReport, writer: Writer) -> Paths:
    assert writer.close(WAIT_S)
    return paths


def test_a_damaged_ledger_is_set_aside_as_it_is(closed: Paths, copy: BackupReport, clock: StoppedClock) -> None:
    damage(closed.levdesk_db, "transactions")
    damaged = closed.levdesk_db.read_bytes()
    report = restore(closed, copy.path, clock)
    assert holdings(closed) == copy.holdings_hash
    assert report.kept_aside is not None
    assert report.kept_aside.parent.name == ASIDE
    assert report.kept_aside.read_bytes()[100:] == damaged[100:], "all but what opening notes in the header"
    assert check(closed) == ()
    if os.name == "posix":
        assert stat.S_IMODE(report.kept_aside.parent.stat().st_mode) == 0o700
        assert stat.S_IMODE(report.kept_aside.stat().st_mode) == 0o600


@pytest.mark.parametrize("head", [b"", b"gone", b"\x00" * 100])
def test_a_journal_of_the_old_file_is_never_played_into_the_new_one(
    closed: Paths, copy: BackupReport, clock: StoppedClock, head: bytes
) -> None:
    with closing(sqlite3.connect(closed.levdesk_db, isolation_level=None)) as busy:
        busy.execute("PRAGMA journal_mode = WAL")
        busy.execute("UPDATE portfolios SET name = 'from the journal'")
        journal = closed.levdesk_db.with_name("levdesk.db-wal").read_bytes()
        content = closed.levdesk_db.read_bytes()
    closed.levdesk_db.write_bytes(head + content[len(head) :] if head else b"")
    closed.levdesk_db.with_name("levdesk.db-wal").write_bytes(journal)
    report = restore(closed, copy.path, clock)
    assert holdings(closed) == copy.holdings_hash
    assert "from the journal" not in {entry.name for entry in LedgerFile(closed, clock).read_books().portfolios}
    assert report.kept_aside is not None
    assert report.kept_aside.with_name(report.kept_aside.name + "-wal").read_bytes() == journal


def test_a_ledger_of_a_newer_program_is_set_aside_too(closed: Paths, copy: BackupReport, clock: StoppedClock) -> None:
    with closing(sqlite3.connect(closed.levdesk_db, isolation_level=None)) as connection:
        connection.execute("PRAGMA user_version = 99")
    report = restore(closed, copy.path, clock)
    assert report.kept_aside is not None
    assert read_any_version(report.kept_aside, lambda file: file.execute("PRAGMA user_version").fetchone()) == (99,)
    assert holdings(closed) == copy.holdings_hash


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-5000])


def foreign(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE shopping (item)")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: damage(path, "transactions"),
        lambda path: damage(path, "acts_state"),
        lambda path: path.write_bytes(b"nothing of the kind"),
        lambda path: path.write_bytes(b""),
        lambda path: path.unlink(),
        cut,
        foreign,
    ],
)
def test_a_copy_that_cannot_be_used_changes_nothing(
    closed: Paths, copy: BackupReport, clock: StoppedClock, spoil: Callable[[Path], None]
) -> None:
    spoil(copy.path)
    before = closed.levdesk_db.read_bytes()
    with pytest.raises(UserError):
        restore(closed, copy.path, clock)
    assert closed.levdesk_db.read_bytes() == before
    assert left_over(closed) == []
    assert list(closed.backups_dir.iterdir()) == []


def test_a_copy_of_a_newer_program_is_refused(closed: Paths, copy: BackupReport, clock: StoppedClock) -> None:
    with closing(sqlite3.connect(copy.path, isolation_level=None)) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(StoreTooNew, match=f"up to {LEDGER.version}"):
        restore(closed, copy.path, clock)


def test_what_does_not_come_out_the_same_is_taken_back(
    paths: Paths, copy: BackupReport, clock: StoppedClock, ledger_file: LedgerFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = ledger_file.read_books()
    take = restoring._take_rows

    def lose_a_row(connection: sqlite3.Connection) -> None:
        take(connection)
        connection.execute("DELETE FROM transactions WHERE id = 1")

    monkeypatch.setattr(restoring, "_take_rows", lose_a_row)
    with pytest.raises(StoreUnavailable, match="nothing was changed"):
        restore(paths, copy.path, clock)
    assert ledger_file.read_books() == before


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, new_files: dict[str, bytes]) -> Path:
    folder = tmp_path_factory.mktemp("many")
    (folder / "new.db").write_bytes(new_files["levdesk.db"])
    return folder


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(rows=st.lists(drafts, min_size=1, max_size=6))
def test_whatever_was_entered_comes_back(rows: list[TransactionDraft], house: Path) -> None:
    shutil.rmtree(house / "desk", ignore_errors=True)
    paths, clock = Paths(house / "desk", house / "desk" / "log"), StoppedClock()
    paths.create()
    shutil.copyfile(house / "new.db", paths.levdesk_db)
    with Writer(paths, clock) as writer:
        LedgerStore(writer, clock).add_transactions(1, rows, label="add").result(WAIT_S)
    made = make_backup(paths.levdesk_db, house / "desk" / "copy.db")
    paths.levdesk_db.unlink()
    assert restore(paths, made.path, clock).holdings_hash == made.holdings_hash
    found = read_any_version(paths.levdesk_db, describe_ledger)
    assert found is not None
    assert found.rows_hash == made.rows_hash
