"""The ledger's two doors: reading the books, and the acts that change them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future

from levdesk.domain.errors import UserError
from levdesk.domain.instruments import LeveragedToken
from levdesk.domain.transactions import CostMethod, Portfolio, TransactionDraft
from levdesk.io import ledger_acts
from levdesk.io.ledger_acts import PIECE, RowChange, TableChange
from levdesk.io.ledger_db import EMPTY_BOOKS, read_books, read_ledger
from levdesk.io.paths import Paths
from levdesk.io.rows import (
    PORTFOLIO_COLUMNS,
    TOKEN_COLUMNS,
    TRANSACTION_COLUMNS,
    Row,
    name_key,
    portfolio_row,
    token_row,
    transaction_row,
)
from levdesk.io.writer import StoreFile, Writer
from levdesk.services.pace import Pace, no_pace
from levdesk.services.ports import BooksChange, Clock, StoredBooks

_CHUNK = 500  # well below SQLite's limit on bound values


class LedgerFile:
    """Reads the precious file, from any thread, whether or not a window has it open. A `LedgerReader`."""

    def __init__(self, paths: Paths, clock: Clock) -> None:
        self._paths = paths
        self._clock = clock

    def read_books(self) -> StoredBooks:
        """Everything at once; the empty books when there is no file yet. An old file is migrated first.

        Raises:
            StoreError: unreadable, newer or damaged file.
        """
        return read_ledger(self._paths, self._clock, read_books) or EMPTY_BOOKS


class LedgerStore:
    """Changes the precious file. A `LedgerWriter`: each call is one transaction and one undo record."""

    def __init__(self, writer: Writer, clock: Clock) -> None:
        self._writer = writer
        self._clock = clock

    def add_transactions(
        self,
        portfolio_id: int,
        drafts: Sequence[TransactionDraft],
        *,
        label: str,
        import_source: str = "",
        tokens: Sequence[LeveragedToken] = (),
        pace: Pace = no_pace,
    ) -> Future[BooksChange]:
        """Append rows in the order given; with `import_source` they form one import batch.

        Args:
            portfolio_id: where they go.
            drafts: the rows.
            label: name of the act.
            import_source: the file, "" for none.
            tokens: instruments to remember in the same act; one that is already stored stays as it is.
            pace: told in the writer thread; a UserError it raises takes the whole act back.
        """
        drafts = tuple(drafts)
        tokens = tuple(tokens)

        def changes(connection: sqlite3.Connection) -> Iterator[TableChange]:
            if not drafts:
                raise UserError("There is nothing to record.")
            _require_portfolio(connection, portfolio_id)
            yield from _new_tokens(connection, tokens)
            batch_id = None
            if import_source:
                batch_id = _next_id(connection, "import_batches")
                row: Row = (self._clock.now_ms(), import_source, len(drafts))
                yield TableChange("import_batches", (RowChange(batch_id, None, row),))
            first_id = _next_id(connection, "transactions")
            for start in range(0, len(drafts), PIECE):
                pace(start / len(drafts))
                rows = tuple(
                    RowChange(row_id, None, transaction_row(draft, portfolio_id, batch_id))
                    for row_id, draft in enumerate(drafts[start : start + PIECE], first_id + start)
                )
                yield TableChange("transactions", rows)
            pace(1.0)

        return self._act(changes, label)

    def edit_transaction(
        self, transaction_id: int, draft: TransactionDraft, *, label: str, tokens: Sequence[LeveragedToken] = ()
    ) -> Future[BooksChange]:
        """Replace a row's content, keeping its id, portfolio and import batch; `tokens` as in `add_transactions`."""
        tokens = tuple(tokens)

        def changes(connection: sqlite3.Connection) -> list[TableChange]:
            (before,) = _transaction_rows(connection, (transaction_id,))
            portfolio_id, batch_id = before[1][1], before[1][-1]
            assert isinstance(portfolio_id, int)
            assert batch_id is None or isinstance(batch_id, int)
            after = transaction_row(draft, portfolio_id, batch_id)
            change = TableChange("transactions", (RowChange(transaction_id, before[1], after),))
            return [*_new_tokens(connection, tokens), change]

        return self._act(changes, label)

    def remove_transactions(self, ids: Iterable[int], *, label: str) -> Future[BooksChange]:
        """Delete rows; undo brings them back with their ids."""
        wanted = tuple(dict.fromkeys(ids))

        def changes(connection: sqlite3.Connection) -> list[TableChange]:
            if not wanted:
                raise UserError("There is nothing to delete.")
            rows = _transaction_rows(connection, wanted)
            return [TableChange("transactions", tuple(RowChange(id_, row, None) for id_, row in rows))]

        return self._act(changes, label)

    def add_portfolio(self, name: str, cost_method: CostMethod, *, label: str) -> Future[BooksChange]:
        """Create a portfolio; names are unique without regard to case."""

        def changes(connection: sqlite3.Connection) -> list[TableChange]:
            free = _free_name(connection, name)
            row = RowChange(_next_id(connection, "portfolios"), None, portfolio_row(free, cost_method))
            return [TableChange("portfolios", (row,))]

        return self._act(changes, label)

    def edit_portfolio(self, portfolio: Portfolio, *, label: str) -> Future[BooksChange]:
        """Rename or change the cost method."""

        def changes(connection: sqlite3.Connection) -> list[TableChange]:
            before = _require_portfolio(connection, portfolio.id)
            free = _free_name(connection, portfolio.name, except_id=portfolio.id)
            row = RowChange(portfolio.id, before, portfolio_row(free, portfolio.cost_method))
            return [TableChange("portfolios", (row,))]

        return self._act(changes, label)

    def remove_portfolio(self, portfolio_id: int, *, label: str) -> Future[BooksChange]:
        """Delete a portfolio with its transactions; the last one cannot be deleted (UserError)."""

        def changes(connection: sqlite3.Connection) -> list[TableChange]:
            before = _require_portfolio(connection, portfolio_id)
            if connection.execute("SELECT count(*) FROM portfolios").fetchone()[0] == 1:
                raise UserError("The last portfolio cannot be deleted.", hint="Rename it, or add another one first.")
            rows = connection.execute(f"{_SELECT_BY_ID} WHERE portfolio_id = ? ORDER BY id", (portfolio_id,))
            gone = tuple(RowChange(row[0], tuple(row[1:]), None) for row in rows)
            return [
                *([TableChange("transactions", gone)] if gone else []),
                TableChange("portfolios", (RowChange(portfolio_id, before, None),)),
            ]

        return self._act(changes, label)

    def save_token(self, token: LeveragedToken, *, label: str) -> Future[BooksChange]:
        """Insert or replace a user-defined or corrected instrument."""

        def changes(connection: sqlite3.Connection) -> list[TableChange]:
            found = connection.execute(_SELECT_TOKEN, (token.key.venue, token.key.symbol)).fetchone()
            before = None if found is None else tuple(found[1:])
            row_id = _next_id(connection, "tokens") if found is None else found[0]
            return [TableChange("tokens", (RowChange(row_id, before, token_row(token)),))]

        return self._act(changes, label)

    def undo(self) -> Future[BooksChange]:
        """Take the last act back (UserError when there is none)."""
        now_ms = self._clock.now_ms()
        return self._writer.submit(StoreFile.LEDGER, lambda c: ledger_acts.undo(c, now_ms))

    def redo(self) -> Future[BooksChange]:
        """Do the last undone act again (UserError when there is none)."""
        now_ms = self._clock.now_ms()
        return self._writer.submit(StoreFile.LEDGER, lambda c: ledger_acts.redo(c, now_ms))

    def _act(self, changes: Callable[[sqlite3.Connection], Iterable[TableChange]], label: str) -> Future[BooksChange]:
        now_ms = self._clock.now_ms()  # when it was asked for, however long the file makes it wait

        def work(connection: sqlite3.Connection) -> BooksChange:
            return ledger_acts.record(connection, changes(connection), label=label, now_ms=now_ms)

        return self._writer.submit(StoreFile.LEDGER, work)


_SELECT_BY_ID = f"SELECT id, {', '.join(TRANSACTION_COLUMNS)} FROM transactions"  # noqa: S608 - our own names, as below
_SELECT_TOKEN = f"SELECT id, {', '.join(TOKEN_COLUMNS)} FROM tokens WHERE venue = ? AND symbol = ?"  # noqa: S608
_SELECT_PORTFOLIO = f"SELECT {', '.join(PORTFOLIO_COLUMNS)} FROM portfolios WHERE id = ?"  # noqa: S608


def _next_id(connection: sqlite3.Connection, table: str) -> int:
    """An id larger than any the table ever had, also by rows that are gone."""
    found = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,)).fetchone()
    return 1 if found is None else int(found[0]) + 1


def _require_portfolio(connection: sqlite3.Connection, portfolio_id: int) -> Row:
    found = connection.execute(_SELECT_PORTFOLIO, (portfolio_id,)).fetchone()
    if found is None:
        raise UserError("That portfolio is no longer there.")
    return tuple(found)


def _free_name(connection: sqlite3.Connection, name: str, *, except_id: int = 0) -> str:
    stripped = name.strip()
    if not stripped:
        raise UserError("A portfolio needs a name.")
    found = connection.execute(
        "SELECT name FROM portfolios WHERE name_key = ? AND id <> ?", (name_key(stripped), except_id)
    ).fetchone()
    if found:
        raise UserError(f"There is already a portfolio named “{found[0]}”.", hint="Choose another name.")
    return stripped


def _transaction_rows(connection: sqlite3.Connection, ids: tuple[int, ...]) -> list[tuple[int, Row]]:
    """Rows by id, ascending; every one must be there."""
    found: list[tuple[int, Row]] = []
    for start in range(0, len(ids), _CHUNK):
        some = ids[start : start + _CHUNK]
        places = ", ".join("?" * len(some))
        rows = connection.execute(f"{_SELECT_BY_ID} WHERE id IN ({places})", some)
        found.extend((row[0], tuple(row[1:])) for row in rows)
    if len(found) != len(ids):
        message = "That transaction is" if len(ids) == 1 else f"{len(ids) - len(found)} of those transactions are"
        raise UserError(f"{message} no longer there.")
    return sorted(found, key=lambda row: row[0])


def _new_tokens(connection: sqlite3.Connection, tokens: tuple[LeveragedToken, ...]) -> list[TableChange]:
    by_key = {token.key: token for token in tokens}
    new = [
        token
        for key, token in by_key.items()
        if connection.execute(_SELECT_TOKEN, (key.venue, key.symbol)).fetchone() is None
    ]
    if not new:
        return []
    first_id = _next_id(connection, "tokens")
    return [TableChange("tokens", tuple(RowChange(i, None, token_row(token)) for i, token in enumerate(new, first_id)))]
