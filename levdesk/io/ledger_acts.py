"""Acts on the ledger as lists of row changes: applied forward, kept as JSON, applied backward for undo.

An act is nothing but its row changes, so undoing is exact by construction. Functions here run inside the writer's
transaction and neither begin nor end one.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final

from levdesk.domain.errors import StoreCorrupt, UserError
from levdesk.domain.transactions import Transaction
from levdesk.io.ledger_db import read_labels
from levdesk.io.rows import (
    IMPORT_BATCH_COLUMNS,
    PORTFOLIO_COLUMNS,
    TOKEN_COLUMNS,
    TRANSACTION_COLUMNS,
    Row,
    read_portfolios,
    read_tokens,
    transactions_from_rows,
)
from levdesk.io.store_errors import RESTORE_HINT
from levdesk.services.collector import collector_at_rest
from levdesk.services.ports import BooksChange

UNDOABLE: Final = {
    "portfolios": PORTFOLIO_COLUMNS,
    "import_batches": IMPORT_BATCH_COLUMNS,
    "transactions": TRANSACTION_COLUMNS,
    "tokens": TOKEN_COLUMNS,
}
"""Tables an act may change, with their columns apart from `id`."""
PIECE: Final = 2_000
"""Rows of a large change that are applied, written down and read back at a time: a million at once would keep every
thread waiting for seconds, and stand in memory four times."""


@dataclass(frozen=True, slots=True)
class RowChange:
    """One row by id, before and after, in the order of its table's columns; None = not there."""

    id: int
    before: Row | None
    after: Row | None


@dataclass(frozen=True, slots=True)
class TableChange:
    """Changes of one table, done together."""

    table: str
    rows: tuple[RowChange, ...]

    def reversed(self) -> TableChange:
        """The change that takes this one back."""
        return TableChange(self.table, tuple(RowChange(row.id, row.after, row.before) for row in self.rows))


def record(connection: sqlite3.Connection, changes: Iterable[TableChange], *, label: str, now_ms: int) -> BooksChange:
    """Do an act: apply its changes, keep them for undo, and forget what could have been redone.

    Args:
        connection: inside the writer's transaction.
        changes: taken one after another; the next may be made once the one before is applied.
        label: name of the act.
        now_ms: when it was asked for.

    Raises:
        StoreCorrupt: a row is not as the act found it.
    """
    gathered, kept = _Gathered(), []
    with collector_at_rest():
        for change in changes:
            for piece in _pieces(change):
                _apply(connection, piece)
                kept.append(_encode(piece))
                gathered.take(piece)
    connection.execute("UPDATE acts SET state = 'dropped' WHERE state = 'undone'")
    cursor = connection.execute(
        "INSERT INTO acts (label, state, changes) VALUES (?, 'done', ?)", (label, f"[{','.join(kept)}]")
    )
    _log_event(connection, cursor.lastrowid, now_ms, "done")
    return gathered.books_change(connection, label)


def undo(connection: sqlite3.Connection, now_ms: int) -> BooksChange:
    """Take the last act back.

    Raises:
        UserError: there is none.
        StoreCorrupt: its rows are not as it left them.
    """
    found = connection.execute(
        "SELECT id, label, changes FROM acts WHERE state = 'done' ORDER BY id DESC LIMIT 1"
    ).fetchone()
    if found is None:
        raise UserError("There is nothing to undo.")
    act_id, label, text = found
    changes = decode_changes(text)
    backwards = (changes.pop().reversed() for _ in range(len(changes)))  # each goes as soon as it is taken back
    return _move(connection, act_id, backwards, state="undone", label=f"undo {label}", now_ms=now_ms)


def redo(connection: sqlite3.Connection, now_ms: int) -> BooksChange:
    """Do the last undone act again.

    Raises:
        UserError: there is none.
        StoreCorrupt: its rows are not as undo left them.
    """
    found = connection.execute(
        "SELECT id, label, changes FROM acts WHERE state = 'undone' ORDER BY id LIMIT 1"
    ).fetchone()
    if found is None:
        raise UserError("There is nothing to redo.")
    act_id, label, text = found
    return _move(connection, act_id, decode_changes(text), state="done", label=f"redo {label}", now_ms=now_ms)


def encode_changes(changes: Iterable[TableChange]) -> str:
    """JSON: `[{"table", "columns", "rows": [[id, before, after], …]}, …]`, readable without this program.

    A large change stands in several entries of its table.
    """
    return f"[{','.join(_encode(piece) for change in changes for piece in _pieces(change))}]"


def _encode(change: TableChange) -> str:
    return json.dumps(
        {
            "table": change.table,
            "columns": UNDOABLE[change.table],
            "rows": [(row.id, row.before, row.after) for row in change.rows],
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )


def _pieces(change: TableChange) -> Iterator[TableChange]:
    rows = change.rows
    if len(rows) <= PIECE:
        yield change
        return
    for start in range(0, len(rows), PIECE):
        yield TableChange(change.table, rows[start : start + PIECE])


def decode_changes(text: str) -> list[TableChange]:
    """What `encode_changes` wrote.

    Raises:
        StoreCorrupt: it does not fit the tables.
    """
    try:
        with collector_at_rest():
            return [_decode_table(entry["table"], entry["columns"], entry["rows"]) for entry in entries_of(text)]
    except (ValueError, KeyError, TypeError) as error:
        raise StoreCorrupt("The record of the last act cannot be read.", hint=RESTORE_HINT) from error


def entries_of(text: str) -> Iterator[Any]:
    """The entries of a JSON list, one at a time.

    Raises:
        ValueError: it is no JSON list.
    """
    skip, decoder = json.decoder.WHITESPACE.match, json.JSONDecoder()  # type: ignore[attr-defined]

    def after_blanks(at: int) -> int:
        return int(skip(text, at).end())

    at = after_blanks(0)
    if text[at : at + 1] != "[":
        raise ValueError("it is no list")
    at = after_blanks(at + 1)
    is_over = text[at : at + 1] == "]"
    while not is_over:
        entry, end = decoder.raw_decode(text, at)
        yield entry
        at = after_blanks(end)
        sign = text[at : at + 1]
        if sign not in {",", "]"}:
            raise ValueError("an entry is followed neither by another one nor by the end")
        is_over = sign == "]"
        at = at if is_over else after_blanks(at + 1)
    if after_blanks(at + 1) != len(text):
        raise ValueError("something follows the list")


def _decode_table(table: str, columns: list[str], rows: list[list[object]]) -> TableChange:
    if tuple(columns) != UNDOABLE[table]:
        raise ValueError(f"columns of {table} have changed")
    return TableChange(table, tuple(RowChange(_id(row[0]), _row(row[1]), _row(row[2])) for row in rows))


def _id(value: object) -> int:
    if not isinstance(value, int):
        raise TypeError("a row id is a whole number")
    return value


def _row(value: object) -> Row | None:
    if value is not None and not isinstance(value, list):
        raise TypeError("a row is a list")
    return None if value is None else tuple(value)


def _move(
    connection: sqlite3.Connection,
    act_id: int,
    changes: Iterable[TableChange],
    *,
    state: str,
    label: str,
    now_ms: int,
) -> BooksChange:
    gathered = _Gathered()
    with collector_at_rest():
        for change in changes:
            _apply(connection, change)
            gathered.take(change)
    connection.execute("UPDATE acts SET state = ? WHERE id = ?", (state, act_id))
    _log_event(connection, act_id, now_ms, "undone" if state == "undone" else "redone")
    return gathered.books_change(connection, label)


def _log_event(connection: sqlite3.Connection, act_id: int | None, now_ms: int, event: str) -> None:
    connection.execute("INSERT INTO act_events (act_id, at_ms, event) VALUES (?, ?, ?)", (act_id, now_ms, event))


def _apply(connection: sqlite3.Connection, change: TableChange) -> None:
    """Make the rows stand as `after` says.

    `IS` in the comparisons makes a row that is not as `before` says count as missing.
    """
    table, columns = change.table, UNDOABLE[change.table]
    places = ", ".join("?" * (len(columns) + 1))
    same = " AND ".join(f"{name} IS ?" for name in columns)
    assignments = ", ".join(f"{name} = ?" for name in columns)
    inserts = [(row.id, *row.after) for row in change.rows if row.before is None and row.after is not None]
    deletes = [(row.id, *row.before) for row in change.rows if row.before is not None and row.after is None]
    updates = [
        (*row.after, row.id, *row.before) for row in change.rows if row.before is not None and row.after is not None
    ]
    # The names come from UNDOABLE, never from the file.
    _run(connection, f"DELETE FROM {table} WHERE id = ? AND {same}", deletes)  # noqa: S608
    _run(connection, f"UPDATE {table} SET {assignments} WHERE id = ? AND {same}", updates)  # noqa: S608
    _run(connection, f"INSERT INTO {table} (id, {', '.join(columns)}) VALUES ({places})", inserts)  # noqa: S608


def _run(connection: sqlite3.Connection, statement: str, rows: list[Row]) -> None:
    if rows and connection.executemany(statement, rows).rowcount != len(rows):
        raise StoreCorrupt(
            "The ledger is not as the last act left it; nothing was changed.",
            hint="Another program may have changed the file. Run “levdesk check”.",
        )


@dataclass(slots=True)
class _Gathered:
    """What the changes of an act come to, taken one after another."""

    tables: set[str] = field(default_factory=set)
    added: list[Transaction] = field(default_factory=list)
    removed: list[Transaction] = field(default_factory=list)

    def take(self, change: TableChange) -> None:
        """Note one change."""
        self.tables.add(change.table)
        if change.table == "transactions":
            self.added += _transactions(change, lambda row: row.after)
            self.removed += _transactions(change, lambda row: row.before)

    def books_change(self, connection: sqlite3.Connection, label: str) -> BooksChange:
        """All of them together."""
        undo_label, redo_label = read_labels(connection)
        return BooksChange(
            label=label,
            added=_in_order(self.added),
            removed=_in_order(self.removed),
            portfolios=read_portfolios(connection) if "portfolios" in self.tables else None,
            tokens=read_tokens(connection) if "tokens" in self.tables else None,
            undo_label=undo_label,
            redo_label=redo_label,
        )


def _transactions(change: TableChange, side: Callable[[RowChange], Row | None]) -> list[Transaction]:
    """Transactions on one side of a change."""
    rows = [
        (values[0], row.id, *values[1:])  # as TRANSACTION_SELECT
        for row in change.rows
        if (values := side(row)) is not None
    ]
    return transactions_from_rows(rows)


def _in_order(transactions: list[Transaction]) -> tuple[Transaction, ...]:
    """Transactions in the ledger's order, as those of an import are already."""
    if any(one.order > following.order for one, following in pairwise(transactions)):
        transactions.sort(key=lambda transaction: transaction.order)
    return tuple(transactions)
