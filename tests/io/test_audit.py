from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace

import pytest

from levdesk.domain.errors import StoreCorrupt, UserError
from levdesk.domain.transactions import CostMethod
from levdesk.io.audit import MAX_ROWS, diffs_of, read_act, read_history
from levdesk.io.ledger_store import LedgerStore
from levdesk.io.paths import Paths
from levdesk.services.audit import RowDiff, history_csv, history_json, search
from levdesk.services.ports import BooksChange
from tests.io.ledgers import NOON_MS, StoppedClock, draft

WAIT_S = 20


@pytest.fixture
def lively(ledger: LedgerStore, clock: StoppedClock) -> LedgerStore:
    acts: tuple[Callable[[], Future[BooksChange]], ...] = (
        lambda: ledger.add_transactions(1, [draft()], label="add buy of 10 BTC3L"),
        lambda: ledger.edit_transaction(1, draft(price="2.6"), label="edit buy of 10 BTC3L"),
        ledger.undo,
        ledger.redo,
        lambda: ledger.remove_transactions([1], label="delete buy of 10 BTC3L"),
    )
    for act in acts:
        act().result(WAIT_S)
        clock.ms += 60_000
    return ledger


def test_the_trail_tells_what_when_and_by_which_act(paths: Paths, lively: LedgerStore, clock: StoppedClock) -> None:
    entries = read_history(paths, clock)
    assert [(entry.words, entry.act_id, (entry.at_ms - NOON_MS) // 60_000) for entry in entries] == [
        ("Delete buy of 10 BTC3L", 3, 4),
        ("Did again: edit buy of 10 BTC3L", 2, 3),
        ("Undid: edit buy of 10 BTC3L", 2, 2),
        ("Edit buy of 10 BTC3L", 2, 1),
        ("Add buy of 10 BTC3L", 1, 0),
    ]
    assert {entry.state for entry in entries} == {"done"}
    first = read_history(paths, clock, limit=2)
    assert first == entries[:2]
    assert read_history(paths, clock, before=first[-1].event_id) == entries[2:]


def test_each_row_an_act_changed_is_told_before_and_after(
    paths: Paths, lively: LedgerStore, clock: StoppedClock
) -> None:
    (edited,) = read_act(paths, clock, 2)
    assert (edited.words, edited.kind) == ("changed transaction 1: price 2.5 → 2.6", "changed")
    (added,) = read_act(paths, clock, 1)
    assert added.words.startswith("added transaction 1: time_ms ")
    assert "quantity 10, price 2.5, fee 0" in added.words
    (deleted,) = read_act(paths, clock, 3)
    assert deleted.kind == "deleted"
    assert "price 2.6" in deleted.words
    with pytest.raises(UserError, match="no act 99"):
        read_act(paths, clock, 99)


def test_an_act_closed_by_a_later_one_stays_in_the_trail(
    paths: Paths, ledger: LedgerStore, clock: StoppedClock
) -> None:
    ledger.add_portfolio("A", CostMethod.FIFO, label="add A").result(WAIT_S)
    ledger.undo().result(WAIT_S)
    ledger.add_portfolio("B", CostMethod.FIFO, label="add B").result(WAIT_S)
    assert [(entry.label, entry.state) for entry in read_history(paths, clock)] == [
        ("add B", "done"),
        ("add A", "dropped"),
        ("add A", "dropped"),
    ]


def test_searching_takes_words_in_any_order(paths: Paths, lively: LedgerStore, clock: StoppedClock) -> None:
    entries = read_history(paths, clock)
    assert [entry.act_id for entry in search(entries, "btc3l DELETE")] == [3]
    assert len(search(entries, "12:02")) == 1
    assert search(entries, "") == entries
    assert search(entries, "solana") == ()


def test_the_trail_as_a_file_runs_no_formula(paths: Paths, lively: LedgerStore, clock: StoppedClock) -> None:
    entry = replace(read_history(paths, clock)[0], label='=HYPERLINK("http://x")')
    rows = list(csv.reader(io.StringIO(history_csv([entry]).decode())))
    assert rows == [
        ["time", "what", "act", "event", "state"],
        ["2026-03-01T12:04:00Z", '\'=HYPERLINK("http://x")', "3", "done", "done"],
    ]
    assert json.loads(history_json([entry]))[0]["label"] == '=HYPERLINK("http://x")'


def test_a_huge_act_is_told_in_part_and_a_broken_one_refused() -> None:
    many = json.dumps([{"table": "portfolios", "columns": ["name"], "rows": [[n, None, ["x"]] for n in range(5_000)]}])
    assert len(diffs_of(many)) == MAX_ROWS
    for text in ("", "[1]", '[{"table":"t","columns":["a"],"rows":[[1,["x","y"],null]]}]', "{"):
        with pytest.raises(StoreCorrupt):
            diffs_of(text)


def test_a_row_whose_content_was_forgotten_says_so() -> None:
    gone = diffs_of('[{"table":"transactions","columns":["note"],"rows":[[7,null,null]]}]')
    assert gone == (RowDiff(table="transactions", row_id=7, fields=(), kind="erased"),)
    assert gone[0].words == "erased transaction 7"
