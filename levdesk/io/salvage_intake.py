"""Rows of a damaged ledger on their way into a new one: no row of ours is left out, nor one whose parent was lost."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from levdesk.domain.errors import StoreCorrupt
from levdesk.domain.transactions import CostMethod, TransactionType
from levdesk.io.backup_contents import quoted
from levdesk.io.rows import TOKEN_COLUMNS, TRANSACTION_COLUMNS, name_key, token_from_row, transaction_fault
from levdesk.io.store_errors import translated
from levdesk.io.store_file import write_transaction

Row = tuple[object, ...]
_ORDER: Final = (
    "portfolios", "import_batches", "transactions", "tokens", "settings", "nav_history", "rebalances", "acts",
    "act_events", "alert_rules", "alert_states", "alert_events", "alert_mutes", "alert_deliveries",
)  # fmt: skip
"""Parents before children."""
_TYPES: Final = frozenset(kind.value for kind in TransactionType)
_METHODS: Final = frozenset(method.value for method in CostMethod)


@dataclass(slots=True)
class Found:
    """Rows of one table by key, in the columns of the damaged file; `is_whole`: it was read to its end."""

    columns: tuple[str, ...]
    rows: dict[object, Row] = field(default_factory=dict)
    is_whole: bool = True

    def named(self, row: Row) -> dict[str, object]:
        """A row by column."""
        return dict(zip(self.columns, row, strict=False))


def put_rows(path: Path, found: dict[str, Found], *, keep_acts: bool) -> tuple[dict[str, int], int]:
    """Fill an empty ledger of today's layout; (rows by table, rows that were seen and could not be used).

    Acts are kept for undo only when nothing at all is missing: undo puts whole rows back where they were.

    Raises:
        StoreError: the file cannot be written.
    """
    counts: dict[str, int] = {}
    refused = 0
    with translated(path), closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA foreign_keys = ON")
        with write_transaction(connection):
            for table in _ORDER:
                if table in found:
                    put, lost = _put_table(connection, table, found[table], keep_acts=keep_acts)
                    counts[table] = put
                    refused += lost
            if connection.execute("SELECT 1 FROM portfolios").fetchone() is None:
                _add_portfolio(connection, 1, "Main")
    return counts, refused


def _put_table(connection: sqlite3.Connection, table: str, found: Found, *, keep_acts: bool) -> tuple[int, int]:
    known = {row[1] for row in connection.execute(f"PRAGMA table_info({quoted(table)})")}
    names = [name for name in found.columns if name in known]
    columns, places = ", ".join(quoted(name) for name in names), ", ".join("?" * len(names))
    statement = f"INSERT INTO {quoted(table)} ({columns}) VALUES ({places})"  # noqa: S608 - quoted
    put = 0
    for row in sorted(found.rows.values(), key=lambda row: repr(row[0])):
        named = found.named(row)
        if not _is_sound(table, named):
            continue
        if table == "transactions":
            _find_parents(connection, named)
        elif table == "tokens":
            named.setdefault("hedge_venue", "")  # a row from before that column was
        elif table == "acts" and not keep_acts:
            named["state"] = "dropped"
        try:
            connection.execute(statement, [named[name] for name in names])
        except (sqlite3.IntegrityError, sqlite3.InterfaceError, sqlite3.DataError, OverflowError):
            continue
        put += 1
    return put, len(found.rows) - put


def _is_sound(table: str, row: dict[str, object]) -> bool:
    """Whether the program could read a row back."""
    try:
        if table == "transactions":
            cells = [row[name] for name in TRANSACTION_COLUMNS]
            return not transaction_fault((cells[0], row["id"], *cells[1:]))  # type: ignore[arg-type]  # it says what it is
        if table == "tokens":
            token_from_row([row.get(name, "") for name in TOKEN_COLUMNS])  # type: ignore[misc]  # as above
        elif table == "portfolios":
            return row["name_key"] == name_key(str(row["name"]))
    except (StoreCorrupt, KeyError):
        return False
    return True


def _find_parents(connection: sqlite3.Connection, row: dict[str, object]) -> None:
    """A portfolio that was lost is made again under its number; an import that was lost is forgotten."""
    portfolio_id, batch_id = row["portfolio_id"], row["import_batch_id"]
    if connection.execute("SELECT 1 FROM portfolios WHERE id = ?", (portfolio_id,)).fetchone() is None:
        _add_portfolio(connection, portfolio_id, f"Recovered {portfolio_id}")
    known = connection.execute("SELECT 1 FROM import_batches WHERE id = ?", (batch_id,)).fetchone()
    if known is None:
        row["import_batch_id"] = None


def _add_portfolio(connection: sqlite3.Connection, portfolio_id: object, name: str) -> None:
    connection.execute(
        "INSERT OR IGNORE INTO portfolios (id, name, name_key, cost_method) VALUES (?, ?, ?, ?)",
        (portfolio_id, name, name_key(name), CostMethod.FIFO.value),
    )


# -- rows by their shape alone ---------------------------------------------------------------------------------


def _transaction_shape(values: Row) -> tuple[str, ...] | None:
    fits = (
        len(values) == 12
        and values[0] is None
        and isinstance(values[1], int)
        and isinstance(values[2], int)
        and values[3] in _TYPES
    )
    return (
        ("id", "portfolio_id", "time_ms", *(name for name in TRANSACTION_COLUMNS if name not in _FIRST))
        if fits
        else None
    )


def _portfolio_shape(values: Row) -> tuple[str, ...] | None:
    fits = len(values) == 4 and values[0] is None and isinstance(values[1], str) and values[3] in _METHODS
    return ("id", "name", "name_key", "cost_method") if fits else None


def _token_shape(values: Row) -> tuple[str, ...] | None:
    texts = len(values) in (13, 14) and all(isinstance(value, str) for value in values[1:12])
    fits = texts and values[0] is None and str(values[9]).startswith("[") and str(values[10]).startswith("[")
    return ("id", *TOKEN_COLUMNS)[: len(values)] if fits else None


def _batch_shape(values: Row) -> tuple[str, ...] | None:
    kinds = [type(value) for value in values]
    return ("id", "imported_ms", "source", "row_count") if kinds == [type(None), int, str, int] else None


_FIRST: Final = ("portfolio_id", "time_ms")
LEAF_SHAPES: Final[dict[str, Callable[[Row], tuple[str, ...] | None]]] = {
    "transactions": _transaction_shape,
    "portfolios": _portfolio_shape,
    "tokens": _token_shape,
    "import_batches": _batch_shape,
}
