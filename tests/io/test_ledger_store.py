from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from decimal import Decimal

import pytest

from levdesk.domain.errors import StoreCorrupt, UserError
from levdesk.domain.instruments import Provenance, TokenKey
from levdesk.domain.transactions import CostMethod, Portfolio, TransactionType
from levdesk.io.ledger_acts import entries_of
from levdesk.io.ledger_db import EMPTY_BOOKS
from levdesk.io.ledger_store import LedgerFile, LedgerStore
from levdesk.io.paths import Paths
from levdesk.io.writer import Writer
from levdesk.services.ports import LedgerReader, LedgerWriter
from tests.io.conftest import Told
from tests.io.ledgers import BTC3L, ETH3S, NOON_MS, StoppedClock, draft, token

Sql = Callable[[str], list[tuple[object, ...]]]
WAIT_S = 20


def test_the_doors_fit_their_ports(ledger_file: LedgerFile, ledger: LedgerStore) -> None:
    reader: LedgerReader = ledger_file
    writer: LedgerWriter = ledger
    assert reader.read_books() == EMPTY_BOOKS
    with pytest.raises(UserError):
        writer.undo().result(WAIT_S)


def test_a_ledger_that_is_not_there_reads_like_a_new_one(
    bare_paths: Paths, clock: StoppedClock, ledger: LedgerStore, ledger_file: LedgerFile
) -> None:
    assert LedgerFile(bare_paths, clock).read_books() == EMPTY_BOOKS
    ledger.add_portfolio("B", CostMethod.LIFO, label="add").result(WAIT_S)
    ledger.undo().result(WAIT_S)
    assert replace(ledger_file.read_books(), redo_label="") == EMPTY_BOOKS


def test_rows_stand_in_the_order_of_time_then_of_entry(ledger: LedgerStore, ledger_file: LedgerFile) -> None:
    entries = [draft("1", time_ms=30), draft("2", time_ms=10), draft("3", time_ms=30), draft("4", time_ms=20)]
    change = ledger.add_transactions(1, entries, label="add four").result(WAIT_S)
    books = ledger_file.read_books()
    assert change.added == books.transactions
    assert [str(row.draft.quantity) for row in books.transactions] == ["2", "4", "1", "3"]
    assert [row.id for row in books.transactions] == [2, 4, 1, 3]
    assert (change.removed, change.portfolios, change.tokens) == ((), None, None)
    assert (change.label, change.undo_label, change.redo_label) == ("add four", "add four", "")


def test_an_import_is_one_batch_and_one_act(ledger: LedgerStore, ledger_file: LedgerFile, run_sql: Sql) -> None:
    ledger.add_transactions(1, [draft("5")], label="add one").result(WAIT_S)
    entries = [draft(str(number), time_ms=NOON_MS + number) for number in range(1, 42)]
    change = ledger.add_transactions(1, entries, label="import 41", import_source="trades.csv").result(WAIT_S)
    assert {row.import_batch_id for row in change.added} == {1}
    assert run_sql("SELECT imported_ms, source, row_count FROM import_batches") == [(NOON_MS, "trades.csv", 41)]

    undone = ledger.undo().result(WAIT_S)
    assert undone.removed == change.added
    assert (undone.label, undone.undo_label, undone.redo_label) == ("undo import 41", "add one", "import 41")
    assert len(ledger_file.read_books().transactions) == 1
    assert run_sql("SELECT count(*) FROM import_batches") == [(0,)]

    redone = ledger.redo().result(WAIT_S)
    assert redone.added == change.added
    assert (redone.label, redone.undo_label, redone.redo_label) == ("redo import 41", "import 41", "")
    assert run_sql("SELECT source FROM import_batches") == [("trades.csv",)]


def test_an_edited_row_keeps_its_id_portfolio_and_batch(ledger: LedgerStore, ledger_file: LedgerFile) -> None:
    (row,) = ledger.add_transactions(1, [draft("1")], label="import", import_source="a.csv").result(WAIT_S).added
    better = draft("1.50", None, kind=TransactionType.TRANSFER_IN, key=ETH3S, note="“better”\n")
    change = ledger.edit_transaction(row.id, better, label="edit").result(WAIT_S)
    assert change.removed == (row,)
    assert change.added == (replace(row, draft=better),)
    assert ledger_file.read_books().transactions == change.added
    assert ledger.undo().result(WAIT_S).added == (row,)
    assert ledger_file.read_books().transactions == (row,)


def test_deleted_rows_come_back_with_their_ids(ledger: LedgerStore, ledger_file: LedgerFile) -> None:
    entries = [draft(str(number), time_ms=NOON_MS - number) for number in range(1, 1202)]
    added = ledger.add_transactions(1, entries, label="add").result(WAIT_S).added
    change = ledger.remove_transactions((row.id for row in added[1:]), label="delete").result(WAIT_S)
    assert change.removed == added[1:]
    assert ledger_file.read_books().transactions == added[:1]
    ledger.undo().result(WAIT_S)
    assert ledger_file.read_books().transactions == added


def test_an_id_is_never_used_again(ledger: LedgerStore) -> None:
    (first,) = ledger.add_transactions(1, [draft()], label="add").result(WAIT_S).added
    ledger.remove_transactions([first.id], label="delete").result(WAIT_S)
    (second,) = ledger.add_transactions(1, [draft()], label="add").result(WAIT_S).added
    ledger.undo().result(WAIT_S)
    (third,) = ledger.add_transactions(1, [draft()], label="add").result(WAIT_S).added
    assert first.id < second.id < third.id


# ---------------------------------------------------------------------------------------------------- portfolios


def test_portfolios_are_made_renamed_and_deleted_with_their_rows(ledger: LedgerStore, ledger_file: LedgerFile) -> None:
    made = ledger.add_portfolio("  Savings ", CostMethod.AVERAGE, label="add portfolio").result(WAIT_S)
    savings = Portfolio(id=2, name="Savings", cost_method=CostMethod.AVERAGE)
    assert made.portfolios == (EMPTY_BOOKS.portfolios[0], savings)
    (row,) = ledger.add_transactions(2, [draft()], label="add").result(WAIT_S).added
    assert row.portfolio_id == 2

    renamed = replace(savings, name="savings", cost_method=CostMethod.LIFO)
    assert ledger.edit_portfolio(renamed, label="rename").result(WAIT_S).portfolios == (made.portfolios[0], renamed)

    gone = ledger.remove_portfolio(2, label="delete").result(WAIT_S)
    assert gone.removed == (row,)
    assert gone.portfolios == EMPTY_BOOKS.portfolios
    back = ledger.undo().result(WAIT_S)
    assert back.added == (row,)
    assert back.portfolios == (made.portfolios[0], renamed)
    assert ledger_file.read_books().transactions == (row,)


def test_a_name_is_free_only_once_without_regard_to_case(ledger: LedgerStore) -> None:
    ledger.add_portfolio("Größe", CostMethod.FIFO, label="add").result(WAIT_S)
    for name in ("GRÖSSE", " größe", "MAIN"):
        with pytest.raises(UserError, match="already a portfolio named") as caught:
            ledger.add_portfolio(name, CostMethod.FIFO, label="add").result(WAIT_S)
        assert caught.value.hint
    with pytest.raises(UserError, match="already a portfolio named “Main”"):
        ledger.edit_portfolio(Portfolio(id=2, name="main"), label="rename").result(WAIT_S)
    with pytest.raises(UserError, match="needs a name"):
        ledger.add_portfolio("  ", CostMethod.FIFO, label="add").result(WAIT_S)


def test_the_last_portfolio_stays(ledger: LedgerStore) -> None:
    with pytest.raises(UserError, match="last portfolio"):
        ledger.remove_portfolio(1, label="delete").result(WAIT_S)


# -------------------------------------------------------------------------------------------------------- tokens


def test_a_token_is_saved_replaced_and_undone(ledger: LedgerStore, ledger_file: LedgerFile) -> None:
    first, better = token(), token()._replace(name="Bitcoin 3x", provenance=Provenance.USER)
    assert ledger.save_token(first, label="define").result(WAIT_S).tokens == (first,)
    assert ledger.save_token(better, label="correct").result(WAIT_S).tokens == (better,)
    assert ledger_file.read_books().tokens == (better,)
    assert ledger.undo().result(WAIT_S).tokens == (first,)
    assert ledger.undo().result(WAIT_S).tokens == ()


def test_tokens_used_for_the_first_time_come_and_go_with_the_act(ledger: LedgerStore, ledger_file: LedgerFile) -> None:
    mine = token()._replace(provenance=Provenance.USER)
    ledger.save_token(mine, label="define").result(WAIT_S)
    news = [token(), token(ETH3S, "-3"), token(ETH3S, "-3")]
    change = ledger.add_transactions(1, [draft(), draft(key=ETH3S)], label="add", tokens=news).result(WAIT_S)
    assert change.tokens == (mine, token(ETH3S, "-3")), "what the person defined stays"
    assert ledger.undo().result(WAIT_S).tokens == (mine,)

    (row,) = ledger.add_transactions(1, [draft()], label="add").result(WAIT_S).added
    edited = ledger.edit_transaction(row.id, draft(key=ETH3S), label="edit", tokens=[token(ETH3S)]).result(WAIT_S)
    assert edited.tokens == (mine, token(ETH3S))
    assert ledger.undo().result(WAIT_S).tokens == (mine,)
    assert ledger_file.read_books().transactions == (row,)


# ------------------------------------------------------------------------------------------------ undo and refusal


def test_a_new_act_drops_what_could_have_been_redone(ledger: LedgerStore) -> None:
    for number in (1, 2, 3):
        ledger.add_transactions(1, [draft(str(number))], label=f"add {number}").result(WAIT_S)
    ledger.undo().result(WAIT_S)
    change = ledger.undo().result(WAIT_S)
    assert (change.undo_label, change.redo_label) == ("add 1", "add 2")
    change = ledger.add_transactions(1, [draft("4")], label="add 4").result(WAIT_S)
    assert (change.undo_label, change.redo_label) == ("add 4", "")
    with pytest.raises(UserError, match="nothing to redo"):
        ledger.redo().result(WAIT_S)
    assert [ledger.undo().result(WAIT_S).label for _ in range(2)] == ["undo add 4", "undo add 1"]
    with pytest.raises(UserError, match="nothing to undo"):
        ledger.undo().result(WAIT_S)


def test_undo_and_redo_survive_a_restart(
    paths: Paths, clock: StoppedClock, make_writer: Callable[[], Writer], ledger_file: LedgerFile
) -> None:
    def restarted() -> LedgerStore:
        return LedgerStore(make_writer(), clock)

    first = make_writer()
    added = LedgerStore(first, clock).add_transactions(1, [draft()], label="add").result(WAIT_S).added
    first.close(WAIT_S)
    assert ledger_file.read_books().undo_label == "add"
    restarted().undo().result(WAIT_S)
    assert ledger_file.read_books().redo_label == "add"
    assert restarted().redo().result(WAIT_S).added == added


def test_every_act_can_be_traced(ledger: LedgerStore, clock: StoppedClock, run_sql: Sql) -> None:
    ledger.add_transactions(1, [draft(note="first")], label="add").result(WAIT_S)
    clock.ms += 1000
    ledger.undo().result(WAIT_S)
    clock.ms += 1000
    ledger.redo().result(WAIT_S)
    clock.ms += 1000
    ledger.undo().result(WAIT_S)
    ledger.save_token(token(), label="define").result(WAIT_S)
    assert run_sql("SELECT act_id, at_ms, event FROM act_events ORDER BY id") == [
        (1, NOON_MS, "done"),
        (1, NOON_MS + 1000, "undone"),
        (1, NOON_MS + 2000, "redone"),
        (1, NOON_MS + 3000, "undone"),
        (2, NOON_MS + 3000, "done"),
    ]
    assert run_sql("SELECT label, state FROM acts ORDER BY id") == [("add", "dropped"), ("define", "done")]
    ((changes,),) = run_sql("SELECT changes FROM acts WHERE id = 1")
    (table,) = json.loads(str(changes))
    ((row_id, before, after),) = table["rows"]
    assert (table["table"], row_id, before) == ("transactions", 1, None)
    assert dict(zip(table["columns"], after, strict=True))["note"] == "first"


@pytest.mark.parametrize(
    "act",
    [
        lambda ledger: ledger.add_transactions(1, [], label="x"),
        lambda ledger: ledger.add_transactions(9, [draft()], label="x"),
        lambda ledger: ledger.add_transactions(1, [draft(), draft(note="\udc00")], label="x"),
        lambda ledger: ledger.edit_transaction(9, draft(), label="x"),
        lambda ledger: ledger.remove_transactions([], label="x"),
        lambda ledger: ledger.remove_transactions([1, 9], label="x"),
        lambda ledger: ledger.edit_portfolio(Portfolio(id=9, name="x"), label="x"),
        lambda ledger: ledger.remove_portfolio(9, label="x"),
    ],
)
def test_what_cannot_be_done_changes_nothing(
    ledger: LedgerStore, ledger_file: LedgerFile, told: Told, act: Callable[[LedgerStore], object]
) -> None:
    ledger.add_transactions(1, [draft()], label="add").result(WAIT_S)
    ledger.undo().result(WAIT_S)
    ledger.redo().result(WAIT_S)
    before = ledger_file.read_books()
    with pytest.raises(UserError):
        act(ledger).result(WAIT_S)  # type: ignore[attr-defined]
    assert ledger_file.read_books() == before
    assert told.failures == [], "the person is told by the Future"


@pytest.mark.parametrize(
    "meddling",
    [
        "UPDATE transactions SET note = 'changed behind its back'",
        "DELETE FROM transactions",
        'UPDATE acts SET changes = \'[{"table": "transactions"}]\'',
        "UPDATE acts SET changes = 'x'",
        "UPDATE acts SET changes = replace(changes, '\"note\"', '\"remark\"')",
        "UPDATE acts SET changes = replace(changes, 'transactions', 'sqlite_master')",
    ],
)
def test_undo_refuses_what_it_does_not_find_as_it_left_it(
    ledger: LedgerStore, ledger_file: LedgerFile, run_sql: Sql, told: Told, meddling: str
) -> None:
    ledger.add_transactions(1, [draft()], label="add").result(WAIT_S)
    run_sql(meddling)
    before = ledger_file.read_books()
    with pytest.raises(StoreCorrupt):
        ledger.undo().result(WAIT_S)
    assert ledger_file.read_books() == before
    assert [type(failure) for failure in told.failures] == [StoreCorrupt]


def test_a_ledger_with_a_row_nobody_can_read_is_not_shown_in_part(
    paths: Paths, ledger: LedgerStore, ledger_file: LedgerFile
) -> None:
    ledger.add_transactions(1, [draft()], label="add").result(WAIT_S)
    with closing(sqlite3.connect(paths.levdesk_db, isolation_level=None)) as connection:
        connection.execute("PRAGMA ignore_check_constraints = ON")
        connection.execute("UPDATE transactions SET quantity = 'ten'")
    with pytest.raises(StoreCorrupt, match=r"Transaction 1 .* cannot be read"):
        ledger_file.read_books()


def test_decimals_of_any_length_come_back_to_the_last_digit(ledger: LedgerStore, ledger_file: LedgerFile) -> None:
    exact = "123456789012345678901234567890.1234567890123456789012345678901234567890"
    ledger.add_transactions(1, [draft(exact, "0.10")], label="add").result(WAIT_S)
    (row,) = ledger_file.read_books().transactions
    assert row.draft.quantity == Decimal(exact)
    assert (str(row.draft.quantity), str(row.draft.price)) == (exact, "0.10")
    assert row.draft.key == TokenKey("gate", "BTC3L") == BTC3L


# -- large acts --------------------------------------------------------------------------------------------------------


@pytest.fixture
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("ledger_acts", "ledger_store"):
        monkeypatch.setattr(f"levdesk.io.{module}.PIECE", 3)


@pytest.mark.usefixtures("small_pieces")
def test_a_large_act_is_written_in_pieces_and_undone_whole(
    ledger: LedgerStore, ledger_file: LedgerFile, run_sql: Sql
) -> None:
    entries = [draft(str(number), time_ms=NOON_MS - number) for number in range(1, 11)]  # newest first: sorted once
    told: list[float] = []
    added = ledger.add_transactions(1, entries, label="import", import_source="a.csv", pace=told.append)
    change = added.result(WAIT_S)
    books = ledger_file.read_books()
    assert change.added == books.transactions
    assert told == [0.0, 0.3, 0.6, 0.9, 1.0]
    ((text,),) = run_sql("SELECT changes FROM acts")
    tables = [entry["table"] for entry in json.loads(str(text))]
    assert tables == ["import_batches", *["transactions"] * 4]
    assert ledger.undo().result(WAIT_S).removed == change.added
    assert ledger_file.read_books().transactions == ()
    assert ledger.redo().result(WAIT_S).added == change.added
    assert replace(ledger_file.read_books(), undo_label=books.undo_label) == books


@pytest.mark.usefixtures("small_pieces")
@pytest.mark.parametrize("at", [0.0, 0.6, 1.0])
def test_an_import_that_is_stopped_leaves_nothing_behind(
    at: float, ledger: LedgerStore, ledger_file: LedgerFile, run_sql: Sql
) -> None:
    ledger.add_transactions(1, [draft("5")], label="add one").result(WAIT_S)
    before = ledger_file.read_books()

    def stop(done_ratio: float) -> None:
        if done_ratio >= at:
            raise UserError("The import was stopped; nothing was written.")

    entries = [draft(str(number), time_ms=NOON_MS + number) for number in range(1, 11)]
    stopped = ledger.add_transactions(1, entries, label="import", import_source="a.csv", tokens=[token()], pace=stop)
    with pytest.raises(UserError, match="stopped"):
        stopped.result(WAIT_S)
    assert ledger_file.read_books() == before
    assert run_sql("SELECT (SELECT count(*) FROM acts), (SELECT count(*) FROM import_batches)") == [(1, 0)]
    assert len(ledger.add_transactions(1, entries, label="import").result(WAIT_S).added) == 10


@pytest.mark.parametrize("text", ["[]", "[1]", ' [ 1 , {"a": [2, "],["]} ,[] ] ', "[[],[[]]]"])
def test_entries_of_a_list_come_one_by_one(text: str) -> None:
    assert list(entries_of(text)) == json.loads(text)


@pytest.mark.parametrize("text", ["", "{}", "[", "[1", "[1,", "[1,]", "[1 2]", "[1]]", "[1] x", "[,1]"])
def test_what_is_no_list_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"list|entry|Expect"):
        list(entries_of(text))
