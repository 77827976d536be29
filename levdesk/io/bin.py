"""The bin, read from the acts kept for undo: giving back is a new act, and what it forgets it forgets for good."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Final

from levdesk.domain.errors import UserError
from levdesk.domain.transactions import CostMethod, Portfolio, Transaction
from levdesk.io import ledger_acts
from levdesk.io.ledger_acts import RowChange, TableChange, decode_changes
from levdesk.io.ledger_db import read_ledger
from levdesk.io.paths import Paths
from levdesk.io.rows import (
    Row,
    name_key,
    portfolio_row,
    read_portfolios,
    transaction_row,
    transactions_from_rows,
)
from levdesk.io.writer import StoreFile, Writer
from levdesk.services.audit_bin import KEPT_MS, BinEntry
from levdesk.services.ports import BooksChange, Clock

_MARK: Final = "],null]"
"""How a deleted row ends in the text of an act; other acts are not even read."""
_DELETING: Final = """
SELECT acts.id, at_ms, changes FROM acts
JOIN act_events ON act_events.id = (SELECT max(id) FROM act_events WHERE act_id = acts.id)
WHERE event <> 'undone' AND instr(changes, ?)
"""


class BinFile:
    """What was deleted lately: read from any thread, given back through the writer."""

    def __init__(self, paths: Paths, clock: Clock, writer: Writer) -> None:
        self._paths = paths
        self._clock = clock
        self._writer = writer

    def read_bin(self) -> tuple[BinEntry, ...]:
        """What is in the bin, newest first.

        Raises:
            StoreError: unreadable, newer or damaged file.
        """
        since_ms = self._clock.now_ms() - KEPT_MS
        return read_ledger(self._paths, self._clock, lambda connection: _entries(connection, since_ms)) or ()

    def bring_back(self, entries: Iterable[BinEntry], *, label: str) -> Future[BooksChange]:
        """Put deleted things back with the ids they had, as one act; the office has checked that they can.

        The Future raises UserError when one of them is no longer in the bin.
        """
        chosen = tuple(entries)
        now_ms = self._clock.now_ms()

        def work(connection: sqlite3.Connection) -> BooksChange:
            there = {_identity(entry): entry for entry in _entries(connection, now_ms - KEPT_MS)}
            found = [there.get(_identity(entry)) for entry in chosen]
            if not found or None in found:
                raise UserError("That is no longer in the bin.")
            changes = _changes_back(connection, [entry for entry in found if entry is not None])
            return ledger_acts.record(connection, changes, label=label, now_ms=now_ms)

        return self._writer.submit(StoreFile.LEDGER, work)

    def empty_old(self) -> Future[int]:
        """Forget what was deleted more than 30 days ago; how many rows that were."""
        return self._writer.submit(
            StoreFile.LEDGER,
            lambda connection: forget_before(connection, self._clock.now_ms() - KEPT_MS),
            is_shy=True,  # tomorrow is early enough
        )


def forget_before(connection: sqlite3.Connection, before_ms: int) -> int:
    """Erase the content of rows deleted before a moment; how many.

    Undo puts whole rows back, so it cannot go behind a deletion that was forgotten: that act and all older ones are
    closed. The audit trail keeps their names, and which rows they were.
    """
    old = [
        (act_id, text)
        for act_id, at_ms, text in connection.execute(_DELETING, (_MARK,))
        if at_ms < before_ms and any(_deleted(text))
    ]
    for act_id, text in old:
        connection.execute("UPDATE acts SET changes = ? WHERE id = ?", (_without_deleted(text), act_id))
    if old:
        newest = max(act_id for act_id, _ in old)
        connection.execute("UPDATE acts SET state = 'dropped' WHERE id <= ? AND state = 'done'", (newest,))
    return sum(1 for _, text in old for _ in _deleted(text))


@dataclass(frozen=True, slots=True)
class _Deleted:
    """One deleted row of an act."""

    table: str
    row_id: int
    row: Row


def _deleted(text: str) -> Iterator[_Deleted]:
    for change in decode_changes(text):
        for row in change.rows:
            if row.before is not None and row.after is None:
                yield _Deleted(change.table, row.id, row.before)


def _without_deleted(text: str) -> str:
    changes = json.loads(text)
    for change in changes:
        change["rows"] = [
            [row_id, None if after is None else before, after] for row_id, before, after in change["rows"]
        ]
    return json.dumps(changes, ensure_ascii=False, separators=(",", ":"))


def _entries(connection: sqlite3.Connection, since_ms: int) -> tuple[BinEntry, ...]:
    alive = read_portfolios(connection)
    names = {portfolio.id: portfolio for portfolio in alive}
    found: list[BinEntry] = []
    acts = [row for row in connection.execute(_DELETING, (_MARK,)) if row[1] >= since_ms]
    gone = [(act_id, at_ms, tuple(_deleted(text))) for act_id, at_ms, text in sorted(acts, reverse=True)]
    for _, _, rows in gone:
        for row in rows:
            if row.table == "portfolios":
                names.setdefault(row.row_id, _portfolio(row))
    for act_id, at_ms, rows in gone:
        found += _of_act(connection, act_id, at_ms, rows, names)
    return tuple(found)


def _of_act(
    connection: sqlite3.Connection,
    act_id: int,
    at_ms: int,
    rows: Sequence[_Deleted],
    names: dict[int, Portfolio],
) -> Iterator[BinEntry]:
    missing = _missing(connection, rows)
    transactions = _transactions(row for row in missing if row.table == "transactions")
    with_portfolio = set()
    for row in missing:
        if row.table == "portfolios":
            with_portfolio.add(row.row_id)
            inside = tuple(entry for entry in transactions if entry.portfolio_id == row.row_id)
            yield BinEntry(
                act_id=act_id, deleted_ms=at_ms, portfolio=_portfolio(row), transactions=inside, is_portfolio=True
            )
    for entry in transactions:
        portfolio = names.get(entry.portfolio_id)
        if entry.portfolio_id not in with_portfolio and portfolio is not None:
            yield BinEntry(
                act_id=act_id, deleted_ms=at_ms, portfolio=portfolio, transactions=(entry,), is_portfolio=False
            )


def _missing(connection: sqlite3.Connection, rows: Sequence[_Deleted]) -> list[_Deleted]:
    """Those that have not come back meanwhile."""
    queries = {
        "transactions": "SELECT 1 FROM transactions WHERE id = ?",
        "portfolios": "SELECT 1 FROM portfolios WHERE id = ?",
    }
    return [
        row
        for row in rows
        if row.table in queries and connection.execute(queries[row.table], (row.row_id,)).fetchone() is None
    ]


def _transactions(rows: Iterable[_Deleted]) -> list[Transaction]:
    selected = sorted((row.row[0], row.row_id, *row.row[1:]) for row in rows)  # as TRANSACTION_SELECT
    return transactions_from_rows(selected)


def _portfolio(row: _Deleted) -> Portfolio:
    name, _, method = row.row
    return Portfolio(id=row.row_id, name=str(name), cost_method=CostMethod(str(method)))


def _identity(entry: BinEntry) -> tuple[int, bool, int]:
    row_id = entry.portfolio.id if entry.is_portfolio else entry.transactions[0].id
    return entry.act_id, entry.is_portfolio, row_id


def _changes_back(connection: sqlite3.Connection, entries: list[BinEntry]) -> list[TableChange]:
    taken = {name_key(portfolio.name) for portfolio in read_portfolios(connection)}
    there = {portfolio.id for portfolio in read_portfolios(connection)}
    portfolios = []
    for entry in entries:
        if entry.is_portfolio and entry.portfolio.id not in there:
            name = _free(entry.portfolio.name, taken)
            taken.add(name_key(name))
            there.add(entry.portfolio.id)
            portfolios.append(RowChange(entry.portfolio.id, None, portfolio_row(name, entry.portfolio.cost_method)))
    rows = {
        row.id: RowChange(row.id, None, transaction_row(row.draft, row.portfolio_id, row.import_batch_id))
        for entry in entries
        for row in entry.transactions
    }
    if any(row.portfolio_id not in there for entry in entries for row in entry.transactions):
        raise UserError("Its portfolio is in the bin itself.", hint="Bring the portfolio back first.")
    changes = [TableChange("portfolios", tuple(portfolios))] if portfolios else []
    if rows:
        changes.append(TableChange("transactions", tuple(rows[row_id] for row_id in sorted(rows))))
    return changes


def _free(name: str, taken: set[str]) -> str:
    number, free = 1, name
    while name_key(free) in taken:
        number += 1
        free = f"{name} ({number})"
    return free
