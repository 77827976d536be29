"""A statement as CSV for sheets and as HTML for a page: the same figures in the same order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from html import escape
from typing import Final

from levdesk.domain.ledger_words import moment_words, plain
from levdesk.domain.money import ZERO
from levdesk.domain.transactions import Transaction
from levdesk.services.csv_format import time_text
from levdesk.services.explained_split import TERM_TITLES, Term
from levdesk.services.statement import HoldingThen, Statement, StatementLine, period_words
from levdesk.services.table_csv import table_csv

UNKNOWN: Final = "—"
_CENT: Final = Decimal("0.01")
_TOTALS: Final[tuple[tuple[str, Callable[[StatementLine], Decimal | None]], ...]] = (
    ("Value at the start", lambda line: line.start.value),
    ("Money put in", lambda line: line.money_in),
    ("Money taken out", lambda line: line.money_out),
    ("Value at the end", lambda line: line.end.value),
    ("Result of the period", lambda line: line.result),
    ("Realised in the period", lambda line: line.realised),
    ("Fees paid", lambda line: line.fees),
)
Rows = list[list[str]]
Writer = Callable[[Decimal | None], str]


def statement_csv(statement: Statement) -> bytes:
    """Blocks parted by blank lines, each with a header of its own; every digit, unknown is empty."""
    blocks = [
        _head(statement),
        _holdings(statement, _digits),
        _trades(statement.trades),
        _attribution(statement, _digits),
    ]
    return "\r\n".join(table_csv(block) for block in blocks).encode()


def statement_html(statement: Statement) -> str:
    """A page for print: money to the cent, unknown as a dash."""
    first, last = period_words(statement)
    made = moment_words(statement.made_ms)
    parts = [
        f"<h1>Statement {first} to {last}</h1>",
        f"<p>{escape(statement.portfolio)} · in {statement.currency} · made {made} · days in UTC</p>",
        _table([["", statement.currency], *_totals(statement, _cents)]),
        "<h2>Holdings</h2>",
        _table(_holdings(statement, _cents)),
        "<h2>Where the money went</h2>",
        _table(_attribution(statement, _cents)),
        *_remarks(statement),
        f"<h2>Trades ({len(statement.trades):,})</h2>",
        _table(_trades(statement.trades)),
    ]
    return f"<html><head><style>{_STYLE}</style></head><body>{''.join(parts)}</body></html>"


_STYLE: Final = (
    "body{font-family:sans-serif;font-size:8pt}h1{font-size:15pt}h2{font-size:11pt}"
    "th{text-align:left;background-color:#eef1f5}td,th{padding:2px 5px}"
)


def _digits(value: Decimal | None) -> str:
    return "" if value is None else plain(value)


def _cents(value: Decimal | None) -> str:
    if value is None:
        return UNKNOWN
    rounded = value.quantize(_CENT)
    return f"{rounded + ZERO if rounded else ZERO.quantize(_CENT):,f}"


def _head(statement: Statement) -> Rows:
    first, last = period_words(statement)
    return [
        ["statement", "value"],
        ["portfolio", statement.portfolio],
        ["first_day", first],
        ["last_day", last],
        ["made", time_text(statement.made_ms)],
        ["currency", statement.currency],
        *([_key(name), figure] for name, figure in _totals(statement, _digits)),
    ]


def _totals(statement: Statement, write: Writer) -> Rows:
    return [[name, write(statement.total(pick))] for name, pick in _TOTALS]


def _key(name: str) -> str:
    return name.lower().replace(" ", "_")


def _holdings(statement: Statement, write: Writer) -> Rows:
    header = ["token", "venue"]
    header += [f"{name}_{when}" for when in ("start", "end") for name in ("units", "cost", "price", "value")]
    header += ["money_in", "money_out", "result", "realised", "fees"]
    return [_named(header, write), *(_holding(line, write) for line in statement.lines)]


def _holding(line: StatementLine, write: Writer) -> list[str]:
    figures = (line.money_in, line.money_out, line.result, line.realised, line.fees)
    return [
        line.token.key.symbol,
        line.token.key.venue,
        *_then(line.start, write),
        *_then(line.end, write),
        *(write(figure) for figure in figures),
    ]


def _then(holding: HoldingThen, write: Writer) -> Iterator[str]:
    yield plain(holding.quantity)
    yield write(holding.cost)
    yield (write(None) if holding.quantity else "") if holding.price is None else plain(holding.price.price)
    yield write(holding.value)


def _attribution(statement: Statement, write: Writer) -> Rows:
    header = ["token", "venue", *(term.value for term in Term), "result"]
    rows = [
        [line.token.key.symbol, line.token.key.venue, *(write(money) for _, money in line.terms), write(line.result)]
        for line in statement.lines
        if line.terms
    ]
    if not rows:
        return [_named(header, write)]
    explained = sum((line.result or ZERO for line in statement.lines if line.terms), ZERO)
    total = ["all that can be explained", "", *(write(money) for _, money in statement.split), write(explained)]
    return [_named(header, write), *rows, total]


def _named(header: Sequence[str], write: Writer) -> list[str]:
    """Machine names for a sheet, words for a page."""
    if write is _digits:
        return list(header)
    titles = {term.value: title for term, title in TERM_TITLES.items()}
    return [titles.get(name, name.replace("_", " ").capitalize()) for name in header]


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


def _remarks(statement: Statement) -> Iterator[str]:
    unpriced = [line for line in statement.lines if line.start.value is None or line.end.value is None]
    if unpriced:
        yield f"<p>No price is stored at the start or the end for {_names(unpriced)}; its result is not known.</p>"
    if statement.unsplit:
        yield f"<p>Not explained, for want of history: {_names(statement.unsplit)}.</p>"
    if any(line.unknown_results for line in statement.lines):
        yield "<p>Units that came in at an unknown cost leave some realised results unknown.</p>"


def _names(lines: Sequence[StatementLine]) -> str:
    return escape(", ".join(line.token.key.symbol for line in lines[:20]))


def _table(rows: Rows) -> str:
    head, *body = rows
    lines = ["".join(f"<th>{escape(cell)}</th>" for cell in head)]
    lines += ["".join(_cell(cell) for cell in row) for row in body]
    return f"<table cellspacing='0'>{''.join(f'<tr>{line}</tr>' for line in lines)}</table>"


def _cell(text: str) -> str:
    is_figure = text == UNKNOWN or (text[-1:].isdigit() and text.lstrip("-")[:1].isdigit() and "T" not in text)
    return f"<td align='{'right' if is_figure else 'left'}'>{escape(text)}</td>"
