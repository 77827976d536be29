"""The bin: every deletion of the last 30 days, given back as it was, and forgotten for good afterwards."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from levdesk.domain.errors import UserError
from levdesk.domain.transactions import CostMethod, TransactionType
from levdesk.io.bin import BinFile
from levdesk.io.checking import check
from levdesk.io.ledger_store import LedgerFile, LedgerStore
from levdesk.io.paths import Paths
from levdesk.io.writer import Writer
from levdesk.services.audit_bin import DAY_MS, KEPT_MS, check_return
from levdesk.services.books import Books
from tests.io.ledgers import ETH3S, NOON_MS, StoppedClock, draft

WAIT_S = 20
Sql = Callable[[str], list[tuple[object, ...]]]


@pytest.fixture
def bin_file(paths: Paths, clock: StoppedClock, writer: Writer) -> BinFile:
    return BinFile(paths, clock, writer)


@pytest.fixture
def filled(ledger: LedgerStore) -> LedgerStore:
    ledger.add_portfolio("Savings", CostMethod.LIFO, label="add portfolio").result(WAIT_S)
    ledger.add_transactions(1, [draft(), draft("3", key=ETH3S)], label="import", import_source="a.csv").result(WAIT_S)
    ledger.add_transactions(2, [draft("7", note="saved"), draft("8")], label="add").result(WAIT_S)
    return ledger


def words(bin_file: BinFile) -> list[str]:
    return [entry.words for entry in bin_file.read_bin()]


def test_what_is_deleted_lies_in_the_bin_newest_first(
    filled: LedgerStore, bin_file: BinFile, clock: StoppedClock
) -> None:
    assert words(bin_file) == []
    filled.remove_transactions([1, 2], label="delete 2").result(WAIT_S)
    clock.ms += DAY_MS
    filled.remove_portfolio(2, label="delete Savings").result(WAIT_S)
    assert words(bin_file) == ["portfolio “Savings” with 2 transactions", "buy of 10 BTC3L", "buy of 3 ETH3S"]
    newest, *_, oldest = bin_file.read_bin()
    assert (newest.deleted_ms, oldest.deleted_ms) == (NOON_MS + DAY_MS, NOON_MS)
    assert (newest.days_left(clock.ms), oldest.days_left(clock.ms)) == (30, 29)


def test_it_comes_back_as_it_was_in_one_act_that_can_be_undone(
    filled: LedgerStore, bin_file: BinFile, ledger_file: LedgerFile, paths: Paths
) -> None:
    before = ledger_file.read_books()
    filled.remove_transactions([1, 2], label="delete 2").result(WAIT_S)
    filled.remove_portfolio(2, label="delete Savings").result(WAIT_S)
    label = check_return(Books.read(ledger_file.read_books()), bin_file.read_bin())
    bin_file.bring_back(bin_file.read_bin(), label=label).result(WAIT_S)
    after = ledger_file.read_books()
    assert (after.portfolios, after.transactions) == (before.portfolios, before.transactions)
    assert after.undo_label == "bring back 3 things from the bin"
    assert words(bin_file) == []
    filled.undo().result(WAIT_S)
    assert len(words(bin_file)) == 3, "and it lies there again"
    assert check(paths) == ()


def test_undoing_the_deletion_empties_the_bin_and_redoing_it_fills_it(filled: LedgerStore, bin_file: BinFile) -> None:
    filled.remove_transactions([1], label="delete").result(WAIT_S)
    filled.undo().result(WAIT_S)
    assert words(bin_file) == []
    filled.redo().result(WAIT_S)
    assert words(bin_file) == ["buy of 10 BTC3L"]
    filled.undo().result(WAIT_S)
    filled.add_transactions(1, [draft()], label="add").result(WAIT_S)
    assert words(bin_file) == [], "a deletion that was taken back and closed deleted nothing"


def test_a_row_needs_its_portfolio_and_a_name_that_was_taken_gets_a_number(
    filled: LedgerStore, bin_file: BinFile, ledger_file: LedgerFile
) -> None:
    filled.remove_transactions([3], label="delete").result(WAIT_S)
    filled.remove_portfolio(2, label="delete Savings").result(WAIT_S)
    filled.add_portfolio("SAVINGS", CostMethod.FIFO, label="add").result(WAIT_S)
    portfolio, row = bin_file.read_bin()
    with pytest.raises(UserError, match="in the bin itself"):
        check_return(Books.read(ledger_file.read_books()), [row])
    with pytest.raises(UserError, match="in the bin itself"):
        bin_file.bring_back([row], label="back").result(WAIT_S)
    bin_file.bring_back([portfolio, row], label="back").result(WAIT_S)
    books = ledger_file.read_books()
    assert [each.name for each in books.portfolios] == ["Main", "Savings (2)", "SAVINGS"]
    assert len([each for each in books.transactions if each.portfolio_id == 2]) == 2


def test_what_would_be_impossible_now_is_refused_in_words(
    filled: LedgerStore, bin_file: BinFile, ledger_file: LedgerFile
) -> None:
    sale = draft("10", time_ms=NOON_MS + 1, kind=TransactionType.SELL)
    filled.add_transactions(1, [sale], label="sell").result(WAIT_S)
    filled.remove_transactions([5], label="delete the sale").result(WAIT_S)
    filled.add_transactions(1, [sale], label="sell again").result(WAIT_S)
    with pytest.raises(UserError, match="cannot come back: selling 10 BTC3L but none held"):
        check_return(Books.read(ledger_file.read_books()), bin_file.read_bin())
    with pytest.raises(UserError, match="Nothing in the bin"):
        check_return(Books.read(ledger_file.read_books()), ())


def test_what_came_back_meanwhile_cannot_come_back_twice(filled: LedgerStore, bin_file: BinFile) -> None:
    filled.remove_transactions([1], label="delete").result(WAIT_S)
    entries = bin_file.read_bin()
    bin_file.bring_back(entries, label="back").result(WAIT_S)
    with pytest.raises(UserError, match="no longer in the bin"):
        bin_file.bring_back(entries, label="back").result(WAIT_S)
    with pytest.raises(UserError, match="no longer in the bin"):
        bin_file.bring_back((), label="back").result(WAIT_S)


def test_after_thirty_days_it_is_forgotten_for_good_and_undo_stops_there(
    filled: LedgerStore, bin_file: BinFile, clock: StoppedClock, run_sql: Sql, ledger_file: LedgerFile, paths: Paths
) -> None:
    filled.remove_transactions([3], label="delete the saved one").result(WAIT_S)
    clock.ms += KEPT_MS
    filled.remove_transactions([4], label="delete another").result(WAIT_S)
    assert words(bin_file) == ["buy of 8 BTC3L", "buy of 7 BTC3L"]
    assert bin_file.empty_old().result(WAIT_S) == 0, "thirty days are not over yet"
    clock.ms += 1
    assert words(bin_file) == ["buy of 8 BTC3L"]
    assert bin_file.empty_old().result(WAIT_S) == 1
    assert bin_file.empty_old().result(WAIT_S) == 0
    texts = [str(text) for (text,) in run_sql("SELECT changes FROM acts WHERE label = 'delete the saved one'")]
    assert '"saved"' not in texts[0]
    assert words(bin_file) == ["buy of 8 BTC3L"]
    assert ledger_file.read_books().undo_label == "delete another"
    filled.undo().result(WAIT_S)
    with pytest.raises(UserError, match="nothing to undo"):
        filled.undo().result(WAIT_S)
    assert len(ledger_file.read_books().transactions) == 3
    assert check(paths) == ()


def test_acts_without_deletions_are_never_closed(filled: LedgerStore, bin_file: BinFile, clock: StoppedClock) -> None:
    clock.ms += 400 * DAY_MS
    assert bin_file.empty_old().result(WAIT_S) == 0
    for _ in range(3):
        filled.undo().result(WAIT_S)


def test_a_ledger_that_is_not_there_has_an_empty_bin(bare_paths: Paths, clock: StoppedClock) -> None:
    with Writer(bare_paths, clock) as writer:
        assert BinFile(bare_paths, clock, writer).read_bin() == ()
