"""A statement as CSV for sheets: every digit, headings that machines read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import Final

from levdesk.domain.ledger_words import plain
from levdesk.domain.money import ZERO
from levdesk.domain.transactions import Transaction
from levdesk.services.csv_format import time_text
from levdesk.services.explained_split import Term
from levdesk.services.statement import HoldingThen, Statement, StatementLine, period_words
from levdesk.services.table_csv import table_csv

TOTALS: Final[tuple[tuple[str, Callable[[StatementLine], Decimal | None]], ...]] = (
    ("Value at the start", lambda line: line.start.value),
    ("Money put in", lambda line: line.money_in),
    ("Money taken out", lambda line: line.money_out),
    ("Value at the end", lambda line: line.end.value),
    ("Result of the period", lambda line: line.result),
    ("Realised in the period", lambda line: line.realised),
    ("Fees paid", lambda line: line.fees),
)
Rows = list[list[str]]


def statement_csv(statement: Statement) -> bytes:
    """Blocks parted by blank lines, each with a header of its own; every digit, unknown is empty."""
    blocks = [
        _head(statement),
        _holdings(statement),
        _trades(statement.trades),
        _attribution(statement),
    ]
    return "\r\n".join(table_csv(block) for block in blocks).encode()


def _digits(value: Decimal | None) -> str:
    return "" if value is None else plain(value)


def _head(statement: Statement) -> Rows:
    first, last = period_words(statement)
    return [
        ["statement", "value"],
        ["portfolio", statement.portfolio],
        ["first_day", first],
        ["last_day", last],
        ["made", time_text(statement.made_ms)],
        ["currency", statement.currency],
        *([_key(name), figure] for name, figure in _totals(statement)),
    ]


def _totals(statement: Statement) -> Rows:
    return [[name, _digits(statement.total(pick))] for name, pick in TOTALS]


def _key(name: str) -> str:
    return name.lower().replace(" ", "_")


def _holdings(statement: Statement) -> Rows:
    header = ["token", "venue"]
    header += [f"{name}_{when}" for when in ("start", "end") for name in ("units", "cost", "price", "value")]
    header += ["money_in", "money_out", "result", "realised", "fees"]
    return [header, *(_holding(line) for line in statement.lines)]


def _holding(line: StatementLine) -> list[str]:
    figures = (line.money_in, line.money_out, line.result, line.realised, line.fees)
    return [
        line.token.key.symbol,
        line.token.key.venue,
        *_then(line.start),
        *_then(line.end),
        *(_digits(figure) for figure in figures),
    ]


def _then(holding: HoldingThen) -> Iterator[str]:
    yield plain(holding.quantity)
    yield _digits(holding.cost)
    yield "" if holding.price is None else plain(holding.price.price)
    yield _digits(holding.value)


def _attribution(statement: Statement) -> Rows:
    header = ["token", "venue", *(term.value for term in Term), "result"]
    rows = [
        [
            line.token.key.symbol,
            line.token.key.venue,
            *(_digits(money) for _, money in line.terms),
            _digits(line.result),
        ]
        for line in statement.lines
        if line.terms
    ]
    if not rows:
        return [header]
    explained = sum((line.result or ZERO for line in statement.lines if line.terms), ZERO)
    total = ["all that can be explained", "", *(_digits(money) for _, money in statement.split), _digits(explained)]
    return [header, *rows, total]


def _trades(trades: Sequence[Transaction]) -> Rows:
    header = ["time", "type", "token", "venue", "quantity", "price", "fee", "fee_currency", "note"]
    return [header, *(_trade(row) for row in trades)]


def _trade(row: Transaction) -> list[str]:
    draft = row.draft
    return [
        time_text(draft.time_ms),
        draft.type.value,
        draft.key.symbol,
        draft.key.venue,
        "" if draft.quantity is None else plain(draft.quantity),
        "" if draft.price is None else plain(draft.price),
        plain(draft.fee) if draft.fee else "",
        draft.fee_currency,
        draft.note,
    ]
