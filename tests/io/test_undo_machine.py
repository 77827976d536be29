"""Undo and redo are exact inverses for any sequence of acts, restarts included."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from levdesk.domain.errors import UserError
from levdesk.domain.instruments import LeveragedToken
from levdesk.domain.transactions import CostMethod, TransactionDraft
from levdesk.io.ledger_store import LedgerFile, LedgerStore
from levdesk.io.paths import Paths, locate
from levdesk.io.writer import Writer
from levdesk.services.ports import BooksChange, StoredBooks
from tests.io.ledgers import StoppedClock, drafts, tokens

WAIT_S = 20


def bare(books: StoredBooks) -> StoredBooks:
    """The books without what undo and redo are called."""
    return replace(books, undo_label="", redo_label="")


def applied(books: StoredBooks, change: BooksChange) -> StoredBooks:
    """What somebody who only hears of changes believes the books to be."""
    rows = {row.id: row for row in books.transactions}
    for row in change.removed:
        assert rows.pop(row.id) == row
    for row in change.added:
        assert row.id not in rows
        rows[row.id] = row
    return StoredBooks(
        portfolios=books.portfolios if change.portfolios is None else change.portfolios,
        transactions=tuple(sorted(rows.values(), key=lambda row: row.order)),
        tokens=books.tokens if change.tokens is None else change.tokens,
        undo_label=change.undo_label,
        redo_label=change.redo_label,
    )


class LedgerMachine(RuleBasedStateMachine):
    """`past` and `future` are the books before each act that can be undone, and after each that can be redone."""

    new_ledger: bytes

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="levdesk-undo-"))
        self.paths: Paths = locate(self.folder)
        self.clock = StoppedClock()
        self.past: list[StoredBooks] = []
        self.future: list[StoredBooks] = []
        self.writer: Writer

    @initialize()
    def open(self) -> None:
        self.paths.levdesk_db.write_bytes(self.new_ledger)
        self.writer = Writer(self.paths, self.clock)
        self.ledger = LedgerStore(self.writer, self.clock)
        self.reader = LedgerFile(self.paths, self.clock)
        self.books = self.reader.read_books()

    def act(self, future: Future[BooksChange]) -> None:
        try:
            change = future.result(WAIT_S)
        except UserError:
            return
        self.past.append(self.books)
        self.future.clear()
        self.books = applied(self.books, change)

    @rule(
        entries=st.lists(drafts, min_size=1, max_size=4),
        source=st.sampled_from(["", "a.csv"]),
        first_used=st.lists(tokens, max_size=2),
        portfolio=st.integers(0, 9),
    )
    def add(
        self, entries: Sequence[TransactionDraft], source: str, first_used: Sequence[LeveragedToken], portfolio: int
    ) -> None:
        chosen = self.books.portfolios[portfolio % len(self.books.portfolios)].id
        self.act(self.ledger.add_transactions(chosen, entries, label="add", import_source=source, tokens=first_used))

    @precondition(lambda self: self.books.transactions)
    @rule(entry=drafts, which=st.integers(0, 99))
    def edit(self, entry: TransactionDraft, which: int) -> None:
        row = self.books.transactions[which % len(self.books.transactions)]
        self.act(self.ledger.edit_transaction(row.id, entry, label="edit"))

    @precondition(lambda self: self.books.transactions)
    @rule(which=st.lists(st.integers(0, 99), min_size=1, max_size=3))
    def remove(self, which: Sequence[int]) -> None:
        ids = {self.books.transactions[number % len(self.books.transactions)].id for number in which}
        self.act(self.ledger.remove_transactions(ids, label="remove"))

    @rule(name=st.text(max_size=2), method=st.sampled_from(CostMethod))
    def add_portfolio(self, name: str, method: CostMethod) -> None:
        self.act(self.ledger.add_portfolio(name, method, label="add portfolio"))

    @rule(name=st.text(max_size=2), method=st.sampled_from(CostMethod), which=st.integers(0, 9))
    def edit_portfolio(self, name: str, method: CostMethod, which: int) -> None:
        chosen = self.books.portfolios[which % len(self.books.portfolios)]
        self.act(self.ledger.edit_portfolio(replace(chosen, name=name, cost_method=method), label="edit portfolio"))

    @rule(which=st.integers(0, 9))
    def remove_portfolio(self, which: int) -> None:
        chosen = self.books.portfolios[which % len(self.books.portfolios)].id
        self.act(self.ledger.remove_portfolio(chosen, label="remove portfolio"))

    @rule(token=tokens)
    def save_token(self, token: LeveragedToken) -> None:
        self.act(self.ledger.save_token(token, label="define"))

    @rule()
    def undo(self) -> None:
        if not self.past:
            with pytest.raises(UserError):
                self.ledger.undo().result(WAIT_S)
            return
        now = self.books
        self.books = applied(now, self.ledger.undo().result(WAIT_S))
        assert bare(self.books) == bare(self.past.pop())
        self.future.append(now)

    @rule()
    def redo(self) -> None:
        if not self.future:
            with pytest.raises(UserError):
                self.ledger.redo().result(WAIT_S)
            return
        now = self.books
        self.books = applied(now, self.ledger.redo().result(WAIT_S))
        assert bare(self.books) == bare(self.future.pop())
        self.past.append(now)

    @rule()
    def restart(self) -> None:
        assert self.writer.close(WAIT_S)
        self.writer = Writer(self.paths, self.clock)
        self.ledger = LedgerStore(self.writer, self.clock)

    @invariant()
    def the_file_holds_what_the_changes_say(self) -> None:
        assert self.reader.read_books() == self.books
        assert bool(self.books.undo_label) == bool(self.past)
        assert bool(self.books.redo_label) == bool(self.future)

    def teardown(self) -> None:
        self.writer.close(WAIT_S)
        shutil.rmtree(self.folder)


def test_undo_and_redo_are_exact_inverses(new_files: dict[str, bytes]) -> None:
    LedgerMachine.new_ledger = new_files["levdesk.db"]
    run_state_machine_as_test(LedgerMachine, settings=settings(max_examples=15, stateful_step_count=20, deadline=None))
