"""A statement as HTML for print: rounded for reading, unknown as a dash; every digit stands in the CSV.

Only what Qt's text engine knows: a table's head stands on every page it reaches, so a section's title stands in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from html import escape
from typing import Final

from levdesk.domain.ledger_words import moment_words
from levdesk.domain.money import ZERO
from levdesk.domain.transactions import Transaction, TransactionDraft, TransactionType
from levdesk.services.explained_split import TERM_TITLES, Term
from levdesk.services.statement import HoldingThen, Statement, StatementLine, period_words
from levdesk.services.statement_pages import TOTALS

UNKNOWN: Final = "—"
MOST_TRADES: Final = 5_000
"""More rows than this are for a spreadsheet, not for paper."""

_CENT: Final = Decimal("0.01")
_MINUS: Final = "−"
_SHOWN_NAMES: Final = 20
_STYLE: Final = (
    "body{font-size:8pt;color:#1b2430}h1{font-size:16pt;margin:0 0 2px 0}p{margin:2px 0 2px 0}"
    "table{margin:14px 0 0 0;border-collapse:collapse}"
    "th,td{padding:3px 5px 3px 5px;border-style:none}"
    "th{background-color:#eef1f5;font-weight:600}"
    "td{border-bottom:1px solid #e3e8ee}"
    ".title{font-size:11pt;font-weight:600;background-color:#ffffff;padding-left:0}"
    ".muted{color:#667282}.sum{font-weight:600;background-color:#f7f9fb}"
)


def statement_html(statement: Statement) -> str:
    """The page."""
    first, last = period_words(statement)
    parts = [
        f"<h1>Statement {first} to {last}</h1>",
        _about(statement),
        _totals(statement),
        *_remarks(statement),
        _holdings(statement),
        _attribution(statement),
        _trades(statement),
    ]
    return f"<html><head><style>{_STYLE}</style></head><body>{''.join(parts)}</body></html>"


def _about(statement: Statement) -> str:
    made = moment_words(statement.made_ms)
    words = f"{escape(statement.portfolio)} · money in {statement.currency} · made {made} · days begin at 00:00 UTC"
    return f"<p class='muted'>{words}</p>"


# -- figures -----------------------------------------------------------------------------------------------------------


def cents(value: Decimal | None) -> str:
    """Money to the cent."""
    if value is None:
        return UNKNOWN
    rounded = value.quantize(_CENT)
    return f"{rounded:,f}".replace("-", _MINUS) if rounded else "0.00"


def units(value: Decimal) -> str:
    """Units to eight figures, or to the whole one; what is smaller is on no balance."""
    return _rounded(value, 8)


def price(value: Decimal) -> str:
    """A price to six figures."""
    return _rounded(value, 6)


def fee(value: Decimal) -> str:
    """A fee to four figures, and never to less than the cent."""
    return _rounded(value, 4, least_places=2)


def _rounded(value: Decimal, digits: int, least_places: int = 0) -> str:
    if not value:
        return "0"
    places = max(least_places, digits - 1 - value.adjusted())
    text = f"{value:,.{places}f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text).replace("-", _MINUS)


# -- sections ----------------------------------------------------------------------------------------------------------


def _totals(statement: Statement) -> str:
    rows = [[escape(name), cents(statement.total(pick))] for name, pick in TOTALS]
    return _table("", [], rows, width="38%")


def _holdings(statement: Statement) -> str:
    if not statement.lines:
        return "<p>Nothing was held or dealt.</p>"
    heads = [
        "<th></th>",
        *(_head(name, span=4) for name in ("At the start", "At the end")),
        _head("In between", span=5),
    ]
    titles = ["Token", *("Units", "Cost", "Price", "Value") * 2, "Put in", "Taken out", "Result", "Realised", "Fees"]
    rows = [_holding(line) for line in statement.lines]

    def together(pick: Callable[[StatementLine], Decimal | None]) -> str:
        return cents(statement.total(pick))

    last = [
        "Together", "", together(lambda line: line.start.cost), "", together(lambda line: line.start.value),
        "", together(lambda line: line.end.cost), "", together(lambda line: line.end.value),
        together(lambda line: line.money_in), together(lambda line: line.money_out),
        together(lambda line: line.result), together(lambda line: line.realised), together(lambda line: line.fees),
    ]  # fmt: skip
    return _table("Holdings", titles, rows, above=heads, last=last)


def _holding(line: StatementLine) -> list[str]:
    figures = (line.money_in, line.money_out, line.result, line.realised, line.fees)
    return [_token(line), *_then(line.start), *_then(line.end), *(cents(figure) for figure in figures)]


def _then(holding: HoldingThen) -> Iterator[str]:
    if not holding.quantity:
        yield from ("0", "", "", "")
        return
    yield units(holding.quantity)
    yield cents(holding.cost)
    yield UNKNOWN if holding.price is None else price(holding.price.price)
    yield cents(holding.value)


def _attribution(statement: Statement) -> str:
    lines = [line for line in statement.lines if line.terms]
    if not lines:
        return ""
    titles = ["Token", *(TERM_TITLES[term] for term in Term), "Result"]
    rows = [[_token(line), *(cents(money) for _, money in line.terms), cents(line.result)] for line in lines]
    explained = sum((line.result or ZERO for line in lines), ZERO)
    last = ["Together", *(cents(money) for _, money in statement.split), cents(explained)]
    return _table("Where the money went", titles, rows, last=last)


def _trades(statement: Statement) -> str:
    trades = statement.trades
    if not trades:
        return ""
    currencies = {line.token.key: line.token.quote_currency for line in statement.lines}
    rows = [_trade(row, currencies.get(row.draft.key, statement.currency)) for row in trades[:MOST_TRADES]]
    titles = ["Time, UTC", "Type", "Token", "Units", "Price", "Fee", "", "Note"]
    more = ""
    if len(trades) > MOST_TRADES:
        more = f"<p class='muted'>The first {MOST_TRADES:,} of {len(trades):,}; the statement as CSV holds all.</p>"
    return _table(f"Trades ({len(trades):,})", titles, rows, to_left={0, 1, 2, 6, 7}) + more


def _trade(row: Transaction, currency: str) -> list[str]:
    draft = row.draft
    return [
        moment_words(draft.time_ms).removesuffix(" UTC"),
        draft.type.value.replace("_", " ").capitalize(),
        f"{escape(draft.key.symbol)} {_muted(draft.key.venue)}",
        _quantity(draft),
        "" if draft.price is None else price(draft.price),
        fee(draft.fee) if draft.fee else "",
        _muted(draft.fee_currency or currency) if draft.fee else "",
        escape(" ".join(draft.note.split())),
    ]


def _quantity(draft: TransactionDraft) -> str:
    if draft.quantity is None:
        return "all"
    return f"{units(draft.quantity)} : 1" if draft.type is TransactionType.MERGE else units(draft.quantity)


def _remarks(statement: Statement) -> Iterator[str]:
    unpriced = [line for line in statement.lines if line.start.value is None or line.end.value is None]
    if unpriced:
        yield f"<p>No price is stored at the start or the end for {_names(unpriced)}, so its result is not known.</p>"
    unsplit = [line for line in statement.unsplit if line.result is not None]
    if unsplit:
        yield f"<p>For want of history it cannot be told where the money went with {_names(unsplit)}.</p>"
    if any(line.unknown_results for line in statement.lines):
        yield "<p>Units that came in at an unknown cost leave some realised results unknown.</p>"


def _names(lines: Sequence[StatementLine]) -> str:
    more = f" and {len(lines) - _SHOWN_NAMES:,} others" if len(lines) > _SHOWN_NAMES else ""
    return escape(", ".join(line.token.key.symbol for line in lines[:_SHOWN_NAMES])) + more


# -- tables ------------------------------------------------------------------------------------------------------------


def _token(line: StatementLine) -> str:
    return f"{escape(line.token.key.symbol)} {_muted(line.token.key.venue)}"


def _muted(text: str) -> str:
    return f"<span class='muted'>{escape(text)}</span>"


def _head(title: str, *, span: int = 1, side: str = "center") -> str:
    return f"<th colspan='{span}' align='{side}'>{title}</th>"


def _table(
    name: str,
    titles: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    above: Sequence[str] = (),
    last: Sequence[str] = (),
    to_left: frozenset[int] | set[int] = frozenset({0}),
    width: str = "100%",
) -> str:
    """Cells are HTML; figures stand to the right, the columns of `to_left` to the left."""

    def side(column: int) -> str:
        return "left" if column in to_left else "right"

    head = ""
    if titles:
        head = f"<tr><th class='title' align='left' colspan='{len(titles)}'>{escape(name)}</th></tr>"
        head += f"<tr>{''.join(above)}</tr>" if above else ""
        head += f"<tr>{''.join(_head(title, side=side(column)) for column, title in enumerate(titles))}</tr>"
        head = f"<thead>{head}</thead>"

    def line(cells: Sequence[str], kind: str) -> str:
        made = (f"<td{kind} align='{side(column)}'>{cell}</td>" for column, cell in enumerate(cells))
        return f"<tr>{''.join(made)}</tr>"

    body = "".join(line(row, "") for row in rows) + (line(last, " class='sum'") if last else "")
    return f"<table cellspacing='0' width='{width}'>{head}{body}</table>"
