"""A damaged ledger gives back what can be read of it, and never less than SQLite itself could have read."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import pytest

from levdesk.domain.errors import StoreCorrupt, UserError
from levdesk.domain.transactions import CostMethod
from levdesk.io.backup import make_backup
from levdesk.io.checking import check
from levdesk.io.ledger_db import open_ledger
from levdesk.io.ledger_store import LedgerFile, LedgerStore
from levdesk.io.paths import Paths
from levdesk.io.salvage import look_at_damage, salvage, start_afresh
from levdesk.io.salvage_pages import leaf_rows
from levdesk.io.writer import Writer
from tests.io.ledgers import BTC3L, StoppedClock, draft, token
from tests.io.test_backup import damage

WAIT_S = 20
ROWS = 600
PAGE = 4096


@pytest.fixture
def used(paths: Paths, clock: StoppedClock) -> Paths:
    """600 transactions in two portfolios, closed properly, and a copy made after 500 of them."""
    with Writer(paths, clock) as writer:
        ledger = LedgerStore(writer, clock)
        ledger.add_portfolio("Savings", CostMethod.LIFO, label="add").result(WAIT_S)
        ledger.save_token(token(BTC3L), label="define").result(WAIT_S)
        first = [draft(str(number), note=f"row {number}") for number in range(1, 501)]
        ledger.add_transactions(2, first, label="import", import_source="a.csv").result(WAIT_S)
        make_backup(paths.levdesk_db, paths.backups_dir / "levdesk-20260301T120000Z-daily.db")
        more = [draft(str(number), note=f"row {number}") for number in range(501, ROWS + 1)]
        ledger.add_transactions(1, more, label="add more").result(WAIT_S)
    return paths


def pages_of(path: Path, name: str) -> list[int]:
    """Pages of a table in the order of the file, its root first."""
    with closing(sqlite3.connect(path)) as connection:
        (root,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (name,)).fetchone()
        try:
            found = connection.execute("SELECT pageno FROM dbstat WHERE name = ?", (name,)).fetchall()
        except sqlite3.OperationalError:
            found = []
    return [root, *sorted(page for (page,) in found if page != root)]


def wipe(path: Path, page: int, length: int = PAGE) -> None:
    with path.open("r+b") as file:
        file.seek((page - 1) * PAGE)
        file.write(b"\xa5" * length)


def leaf_of_transactions(path: Path) -> int:
    """A leaf page with transactions on it."""
    data = path.read_bytes()
    for number in range(len(data) // PAGE):
        page = data[number * PAGE : (number + 1) * PAGE]
        if number and page[0] == 0x0D and b"row 300" in page:
            return number + 1
    raise AssertionError("no such page")


def one_leaf(path: Path) -> None:
    wipe(path, leaf_of_transactions(path))


def root_of_the_table(path: Path) -> None:
    wipe(path, pages_of(path, "transactions")[0])


def header(path: Path) -> None:
    wipe(path, 1, 100)


def first_page(path: Path) -> None:
    wipe(path, 1)


def an_index(path: Path) -> None:
    wipe(path, pages_of(path, "transactions_portfolio")[0])


def last_third(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3 + 17])


DAMAGE: dict[Callable[[Path], None], tuple[int, bool]] = {
    one_leaf: (ROWS - 120, False),
    root_of_the_table: (ROWS, False),
    header: (ROWS, True),
    first_page: (ROWS, True),
    an_index: (ROWS, True),
    last_third: (1, False),
}
"""How many rows must come back at least, and whether nothing at all is missing."""


@pytest.mark.parametrize("spoil", DAMAGE)
def test_what_can_be_read_is_in_the_new_ledger_and_the_damaged_file_stays(
    used: Paths, clock: StoppedClock, spoil: Callable[[Path], None]
) -> None:
    before = {row.id: row for row in LedgerFile(used, clock).read_books().transactions}
    spoil(used.levdesk_db)
    damaged = used.levdesk_db.read_bytes()
    least, is_whole = DAMAGE[spoil]
    report = salvage(used, clock)
    after = LedgerFile(used, clock).read_books()
    assert len(after.transactions) == report.restored.transactions >= least
    for row in after.transactions:
        assert row.draft == before[row.id].draft, "nothing is invented"
        assert row.portfolio_id == before[row.id].portfolio_id
    assert report.is_whole is is_whole
    assert report.restored.kept_aside is not None
    assert report.restored.kept_aside.read_bytes() == damaged
    assert check(used) == ()
    assert bool(after.undo_label) is is_whole, "undo needs every row where it was"
    assert [path.name for path in used.data_dir.iterdir() if path.name.startswith(".")] == []
    with Writer(used, clock) as writer:
        LedgerStore(writer, clock).add_transactions(1, [draft()], label="add").result(WAIT_S)


def test_what_lies_in_the_journal_comes_too(used: Paths, clock: StoppedClock) -> None:
    with closing(open_ledger(used, clock)) as connection:
        connection.execute("UPDATE transactions SET note = 'late' WHERE id = 600")
        journal = used.levdesk_db.with_name("levdesk.db-wal").read_bytes()
        content = used.levdesk_db.read_bytes()
    used.levdesk_db.write_bytes(content)
    used.levdesk_db.with_name("levdesk.db-wal").write_bytes(journal)
    salvage(used, clock)
    assert LedgerFile(used, clock).read_books().transactions[-1].draft.note == "late"


def test_a_portfolio_that_was_lost_is_made_again_for_its_rows(used: Paths, clock: StoppedClock) -> None:
    damage(used.levdesk_db, "portfolios")
    report = salvage(used, clock)
    books = LedgerFile(used, clock).read_books()
    assert report.restored.transactions == ROWS
    assert {row.portfolio_id for row in books.transactions} == {each.id for each in books.portfolios} == {1, 2}
    assert check(used) == ()


def test_a_file_without_anything_of_ours_is_left_as_it_is(used: Paths, clock: StoppedClock) -> None:
    for content in (b"\x00" * 50_000, b"noise" * 5_000, b"SQLite format 3\x00" + b"\xff" * 9_000):
        used.levdesk_db.write_bytes(content)
        with pytest.raises(UserError, match="Nothing can be read"):
            salvage(used, clock)
        assert used.levdesk_db.read_bytes() == content
    used.levdesk_db.write_bytes(b"")
    with pytest.raises(UserError, match="empty or not there"):
        salvage(used, clock)


def test_starting_afresh_keeps_the_damaged_file(used: Paths, clock: StoppedClock) -> None:
    header(used.levdesk_db)
    damaged = used.levdesk_db.read_bytes()
    kept = start_afresh(used, clock)
    assert kept is not None
    assert kept.read_bytes() == damaged
    books = LedgerFile(used, clock).read_books()
    assert ([each.name for each in books.portfolios], books.transactions) == (["Main"], ())
    assert check(used) == ()


def test_the_dialog_is_told_what_each_way_would_cost(used: Paths, clock: StoppedClock) -> None:
    one_leaf(used.levdesk_db)
    with pytest.raises(StoreCorrupt):
        LedgerFile(used, clock).read_books()
    found = look_at_damage(used, "levdesk.db is damaged.")
    assert found.backup is not None
    assert found.backup.transactions == 500
    assert found.readable is not None
    lost = ROWS - found.readable
    assert 0 < lost < 120
    assert (found.only_in_damaged, found.only_in_backup) == (100, lost)
    assert not found.is_whole
    for backup in used.backups_dir.iterdir():
        backup.unlink()
    alone = look_at_damage(used, "levdesk.db is damaged.")
    assert (alone.backup, alone.only_in_damaged, alone.readable) == (None, None, found.readable)
    used.levdesk_db.write_bytes(b"")
    assert look_at_damage(used, "gone").readable is None


def test_leaf_pages_are_read_as_the_format_says(tmp_path: Path) -> None:
    path = tmp_path / "kinds.db"
    values: list[tuple[object, ...]] = [
        (1, 0, 1, -1, 127, 2**15, 2**23 - 1, -(2**31)),
        (2, 2**40, -(2**62), 1.5, "text", "äöü", b"\x00\xff", None),
        (10**12, None, "", 0.1, 3, 4, 5, 6),
        (3, "long " * 2_000, 0, 0, 0, 0, 0, 0),
    ]
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, a, b, c, d, e, f, g)")
        connection.executemany("INSERT INTO t VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values)
    found = {row_id: row[1:] for row_id, row in leaf_rows(path) if len(row) == 8}
    assert found == {row[0]: row[1:] for row in values[:3]}, "the long one goes on elsewhere"
    path.write_bytes(b"\x0d" * 40_000)
    assert all(Decimal(row_id) is not None for row_id, _ in leaf_rows(path))
    assert list(leaf_rows(path, 1000)) == []
