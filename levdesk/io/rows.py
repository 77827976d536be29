"""Values to table rows and back: the one place that knows how money, times and words stand in a file."""

from __future__ import annotations

import json
import sqlite3
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal, InvalidOperation
from typing import Final, TypeVar

from levdesk.domain.errors import StoreCorrupt
from levdesk.domain.instruments import (
    FeeSchedule,
    LeveragedToken,
    Provenance,
    RebalanceRule,
    TokenKey,
    TokenStatus,
)
from levdesk.domain.money import to_text
from levdesk.domain.transactions import CostMethod, Portfolio, Transaction, TransactionDraft, TransactionType
from levdesk.io.store_errors import RESTORE_HINT
from levdesk.services.collector import collector_at_rest

T = TypeVar("T")
Cell = int | str | None
Row = tuple[Cell, ...]

TRANSACTION_COLUMNS: Final = (
    "time_ms", "portfolio_id", "type", "venue", "symbol", "quantity", "price", "fee", "fee_currency", "note",
    "import_batch_id",
)  # fmt: skip
TRANSACTION_SELECT: Final = f"SELECT time_ms, id, {', '.join(TRANSACTION_COLUMNS[1:])} FROM transactions"  # noqa: S608
"""Time and id first: the ledger's order is the order of these rows as tuples."""
_FETCHED: Final = 10_000
PORTFOLIO_COLUMNS: Final = ("name", "name_key", "cost_method")
IMPORT_BATCH_COLUMNS: Final = ("imported_ms", "source", "row_count")
TOKEN_COLUMNS: Final = (
    "venue", "symbol", "underlying", "target_leverage", "quote_currency", "hedge_instrument", "name", "status",
    "rules", "fees", "provenance", "listed_ms", "hedge_venue",
)  # fmt: skip


def encode_decimal(value: Decimal | None) -> str | None:
    """Money and quantities as plain text with every digit; None stays unknown."""
    return None if value is None else to_text(value)


def decode_decimal(text: str | None) -> Decimal | None:
    """What `encode_decimal` wrote."""
    return None if text is None else Decimal(text)


def name_key(name: str) -> str:
    """A name folded for comparing: two names with one key look the same to a person."""
    return unicodedata.normalize("NFKC", name).casefold()


# ------------------------------------------------------------------------------------------------- transactions


def transaction_row(draft: TransactionDraft, portfolio_id: int, import_batch_id: int | None) -> Row:
    """A row in the order of `TRANSACTION_COLUMNS`."""
    return (
        draft.time_ms,
        portfolio_id,
        draft.type.value,
        draft.key.venue,
        draft.key.symbol,
        encode_decimal(draft.quantity),
        encode_decimal(draft.price),
        encode_decimal(draft.fee),
        draft.fee_currency,
        draft.note,
        import_batch_id,
    )


def transactions_from_rows(rows: Sequence[tuple[Cell, ...]]) -> list[Transaction]:
    """Transactions from rows in the order of `TRANSACTION_SELECT`, in the order given.

    Raises:
        StoreCorrupt: naming the first row that cannot be read.
    """
    try:
        with collector_at_rest():
            return list(_transactions(rows))
    except (ValueError, KeyError, TypeError, InvalidOperation) as error:
        bad = next(row for row in rows if transaction_fault(row))
        raise StoreCorrupt(
            f"Transaction {bad[1]} in the ledger cannot be read: {transaction_fault(bad)}.", hint=RESTORE_HINT
        ) from error


def read_transactions(connection: sqlite3.Connection) -> tuple[Transaction, ...]:
    """Every transaction in the ledger's order: by time, then by entry. Rows are let go as soon as they are read.

    Raises:
        StoreCorrupt: naming the first row that cannot be read.
    """
    found: list[Transaction] = []
    is_in_order, last = True, (-(2**63), 0)
    with collector_at_rest():
        cursor = connection.execute(TRANSACTION_SELECT)
        while rows := cursor.fetchmany(_FETCHED):
            rows.sort()  # by (time, id), the first two columns; nearly sorted already
            made = transactions_from_rows(rows)
            is_in_order = is_in_order and last <= made[0].order
            last = max(last, made[-1].order)
            found += made
        if not is_in_order:
            found.sort(key=lambda transaction: transaction.order)
        return tuple(found)


def transaction_fault(row: tuple[Cell, ...]) -> str:
    """Why one row of `TRANSACTION_SELECT` is no transaction, or ""."""
    try:
        (transaction,) = _transactions((row,))
    except (ValueError, KeyError, TypeError, InvalidOperation) as error:
        return f"{type(error).__name__} {error}".strip()
    draft = transaction.draft
    for name, value in (("quantity", draft.quantity), ("price", draft.price), ("fee", draft.fee)):
        if value is not None and not value.is_finite():
            return f"its {name} is not a finite number"
    return ""


def _transactions(rows: Iterable[tuple[Cell, ...]]) -> Iterator[Transaction]:
    """Fill the slots directly: 100,000 rows in 0.2 s, where the generated `__init__` takes half as long again."""
    new = object.__new__
    types = {kind.value: kind for kind in TransactionType}
    keys: dict[tuple[Cell, Cell], TokenKey] = {}
    set_time, set_type, set_key, set_quantity, set_price, set_fee, set_fee_currency, set_note = (
        TransactionDraft.__dict__[name].__set__
        for name in ("time_ms", "type", "key", "quantity", "price", "fee", "fee_currency", "note")
    )
    set_id, set_portfolio, set_draft, set_batch = (
        Transaction.__dict__[name].__set__ for name in ("id", "portfolio_id", "draft", "import_batch_id")
    )
    for time_ms, id_, portfolio_id, kind, venue, symbol, quantity, price, fee, fee_currency, note, batch in rows:
        key = keys.get((venue, symbol))
        if key is None:
            key = keys[(venue, symbol)] = TokenKey(str(venue), str(symbol))
        draft = new(TransactionDraft)
        set_time(draft, time_ms)
        set_type(draft, types[kind])  # type: ignore[index]  # a number or NULL is a KeyError, which is the answer
        set_key(draft, key)
        set_quantity(draft, None if quantity is None else Decimal(quantity))
        set_price(draft, None if price is None else Decimal(price))
        set_fee(draft, Decimal(fee))  # type: ignore[arg-type]  # NULL is a TypeError, which is the answer
        set_fee_currency(draft, fee_currency)
        set_note(draft, note)
        transaction = new(Transaction)
        set_id(transaction, id_)
        set_portfolio(transaction, portfolio_id)
        set_draft(transaction, draft)
        set_batch(transaction, batch)
        yield transaction


# --------------------------------------------------------------------------------------- portfolios and tokens


def portfolio_row(name: str, cost_method: CostMethod) -> Row:
    """A row in the order of `PORTFOLIO_COLUMNS`."""
    return (name, name_key(name), cost_method.value)


def read_portfolios(connection: sqlite3.Connection) -> tuple[Portfolio, ...]:
    """All portfolios in order of creation."""
    rows = connection.execute("SELECT id, name, cost_method FROM portfolios ORDER BY id")
    return tuple(Portfolio(id=id_, name=name, cost_method=CostMethod(method)) for id_, name, method in rows)


def token_row(token: LeveragedToken) -> Row:
    """A row in the order of `TOKEN_COLUMNS`; dated rules and fees are JSON, because they are only read as a whole."""
    return (
        token.key.venue,
        token.key.symbol,
        token.underlying,
        encode_decimal(token.target_leverage),
        token.quote_currency,
        token.hedge_instrument,
        token.name,
        token.status.value,
        _dated_rows(token.rules),
        _dated_rows(token.fees),
        token.provenance.value,
        token.listed_ms,
        token.hedge_venue,
    )


def token_from_row(row: Sequence[Cell]) -> LeveragedToken:
    """The token of a row in the order of `TOKEN_COLUMNS`.

    Raises:
        StoreCorrupt: when it cannot be read.
    """
    venue, symbol, underlying, leverage, quote, hedge, name, status, rules, fees, provenance, listed_ms, at = row
    try:
        return LeveragedToken(
            key=TokenKey(str(venue), str(symbol)),
            underlying=str(underlying),
            target_leverage=Decimal(str(leverage)),
            quote_currency=str(quote),
            hedge_instrument=str(hedge),
            hedge_venue=str(at),
            name=str(name),
            status=TokenStatus(str(status)),
            rules=_from_dated_rows(RebalanceRule, str(rules)),
            fees=_from_dated_rows(FeeSchedule, str(fees)),
            provenance=Provenance(str(provenance)),
            listed_ms=listed_ms if isinstance(listed_ms, int) else None,
        )
    except (ValueError, TypeError, InvalidOperation) as error:
        raise StoreCorrupt(f"The token {venue}:{symbol} cannot be read: {error}.", hint=RESTORE_HINT) from error


def read_tokens(connection: sqlite3.Connection, table: str = "tokens") -> tuple[LeveragedToken, ...]:
    """All tokens of `tokens` or `catalogue`, by venue and symbol."""
    rows = connection.execute(f"SELECT {', '.join(TOKEN_COLUMNS)} FROM {table} ORDER BY venue, symbol")  # noqa: S608
    return tuple(token_from_row(row) for row in rows)


def _dated_rows(rows: Iterable[object]) -> str:
    from levdesk.io.codec import to_object  # late: most tokens have no dated rows

    return json.dumps([to_object(row) for row in rows], ensure_ascii=False, separators=(",", ":"))


def _from_dated_rows(kind: type[T], text: str) -> tuple[T, ...]:
    if text == "[]":
        return ()
    from levdesk.io.codec import from_object

    values = json.loads(text)
    if not isinstance(values, list):
        raise TypeError("dated rows are written as a list")
    return tuple(from_object(kind, value) for value in values)
