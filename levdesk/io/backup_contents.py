"""What a ledger file holds, put so that two files can be compared: row counts, the rows themselves, and the holdings.

The holdings are replayed: quantity, cost and result of every one, to the last digit, whatever layout the file has.
"""

from __future__ import annotations

import decimal
import hashlib
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Final

from levdesk.domain.money import EXACT, to_text
from levdesk.domain.position import Position
from levdesk.io.rows import read_portfolios, read_transactions
from levdesk.services.books import Books
from levdesk.services.ports import StoredBooks

ENTERED_TABLES: Final = ("portfolios", "tokens", "transactions")
"""What a person entered, by row id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """A ledger file at one moment.

    Attributes:
        schema_version: layout of the file.
        row_counts: (table, rows) of every table.
        rows_hash: SHA-256 over what was entered, cell by cell, in hex; comparable within one layout.
        holdings_hash: SHA-256 over quantity, cost and result of every holding, in hex; comparable between layouts.
    """

    schema_version: int
    row_counts: tuple[tuple[str, int], ...]
    rows_hash: str
    holdings_hash: str

    def rows(self, table: str) -> int:
        """Rows of a table, 0 where there is no such table."""
        return dict(self.row_counts).get(table, 0)


def describe_ledger(connection: sqlite3.Connection) -> Contents:
    """What an open file holds; the caller holds the transaction.

    Raises:
        StoreCorrupt: a transaction cannot be read.
        sqlite3.Error: as it comes.
    """
    names = tables_of(connection)
    return Contents(
        schema_version=_number(connection, "PRAGMA user_version"),
        row_counts=tuple((name, count_rows(connection, name)) for name in names),
        rows_hash=rows_hash(connection),
        holdings_hash=holdings_hash(connection) if {"portfolios", "transactions"} <= set(names) else "",
    )


def rows_hash(connection: sqlite3.Connection) -> str:
    """SHA-256 over what was entered, cell by cell, in hex."""
    digest = hashlib.sha256()
    for table in ENTERED_TABLES:
        if table in tables_of(connection):
            digest.update(table.encode())
            for row in connection.execute(f"SELECT * FROM {table} ORDER BY id"):  # noqa: S608 - our own names
                digest.update(repr(row).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def tables_of(connection: sqlite3.Connection) -> tuple[str, ...]:
    """Tables of a file without SQLite's own, by name."""
    rows = connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
    )
    return tuple(name for (name,) in rows)


def count_rows(connection: sqlite3.Connection, table: str) -> int:
    """Rows of one table."""
    return _number(connection, f"SELECT count(*) FROM {quoted(table)}")  # noqa: S608 - quoted


def quoted(name: str) -> str:
    """A name as SQL takes it, whatever it holds."""
    return '"' + name.replace('"', '""') + '"'


def holdings_hash(connection: sqlite3.Connection) -> str:
    """SHA-256 over `holdings_of`, in hex."""
    digest = hashlib.sha256()
    for line in holdings_of(connection):
        digest.update(repr(line).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def holdings_of(connection: sqlite3.Connection) -> Iterator[tuple[str, ...]]:
    """Every holding as texts: portfolio, venue, symbol, then what its rows come to with every digit.

    Raises:
        StoreCorrupt: a transaction cannot be read.
    """
    transactions = read_transactions(connection)
    books = Books.read(StoredBooks(portfolios=read_portfolios(connection), transactions=transactions, tokens=()))
    with decimal.localcontext(EXACT):
        books.work_out(None)
        for portfolio in books.portfolios:
            for key in books.keys(portfolio.id):
                figures = _texts(books.position(key, portfolio.id))
                yield (str(portfolio.id), portfolio.name, key.venue, key.symbol, *figures)


def change_mark(connection: sqlite3.Connection) -> str:
    """A text that is another one whenever something precious has changed; cheap enough to ask for every hour."""
    parts: list[object] = []
    for table in tables_of(connection):
        if table.startswith("_"):
            continue
        parts.append((table, count_rows(connection, table)))
        if table in {"act_events", "alert_events"}:
            parts.append(_number(connection, f"SELECT ifnull(max(id), 0) FROM {table}"))  # noqa: S608 - our own names
        elif table in {"settings", "alert_rules"}:
            parts += _sorted_rows(connection, table)
    return hashlib.sha256(repr(parts).encode("utf-8", "surrogatepass")).hexdigest()


def _sorted_rows(connection: sqlite3.Connection, table: str) -> Iterable[object]:
    return connection.execute(f"SELECT * FROM {table} ORDER BY 1")  # noqa: S608 - our own names


def _texts(position: Position) -> Iterator[str]:
    for field in fields(position):
        value = getattr(position, field.name)
        yield to_text(value) if isinstance(value, Decimal) else repr(value)


def _number(connection: sqlite3.Connection, statement: str) -> int:
    return int(connection.execute(statement).fetchone()[0])
