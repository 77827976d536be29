"""The report: a portfolio view as JSON for scripts, and as a table for people."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from levdesk.domain.instruments import TokenKey
from levdesk.domain.ledger_words import plain
from levdesk.domain.problems import Problem
from levdesk.services.explained import ExplainedHolding
from levdesk.services.report_explained import explained_json
from levdesk.services.views import HoldingView, PortfolioView, TotalsView

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UNKNOWN = "—"
_CENT = Decimal("0.01")


Explained = Mapping[TokenKey, ExplainedHolding]

_NOTHING: Explained = {}


def report_document(
    view: PortfolioView, *, portfolios: Sequence[str] = (), explained: Explained = _NOTHING
) -> dict[str, object]:
    """The report as JSON-able values: every decimal a string in plain notation, unknown None, times integers in ms.

    Args:
        view: what to report.
        portfolios: names of the portfolios in it; told only when there are several.
        explained: what became of each holding's money, as far as it can be told.
    """
    document: dict[str, object] = {
        "as_of_ms": view.as_of_ms,
        "currency": view.currency,
        "complete": view.complete,
        "totals": _totals(view.totals),
        "holdings": [
            {**_holding(holding), **explained_json(explained.get(holding.token.key))} for holding in view.holdings
        ],
        "problems": [_problem(problem) for problem in view.problems],
    }
    if len(portfolios) > 1:
        document["portfolios"] = list(portfolios)
    return document


def report_json(view: PortfolioView, *, portfolios: Sequence[str] = (), explained: Explained = _NOTHING) -> str:
    """`report_document` as text, one key a line."""
    document = report_document(view, portfolios=portfolios, explained=explained)
    return json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False)


def _totals(totals: TotalsView) -> dict[str, object]:
    return {
        "market_value": plain(totals.market_value),
        "cost_basis": plain(totals.cost_basis),
        "unrealised_pnl": plain(totals.unrealised_pnl),
        "realised_pnl": plain(totals.realised_pnl),
        "fees_paid": plain(totals.fees_paid),
    }


def _holding(holding: HoldingView) -> dict[str, object]:
    token = holding.token
    return {
        "venue": token.key.venue,
        "symbol": token.key.symbol,
        "underlying": token.underlying,
        "direction": token.direction,
        "target_leverage": plain(token.target_leverage),
        "quantity": plain(holding.quantity),
        "cost_basis": _text(holding.cost_basis),
        "average_cost": _text(holding.average_cost),
        "market_price": _text(holding.market_price),
        "market_price_ts_ms": holding.market_price_ts_ms,
        "nav": _text(holding.nav),
        "nav_source": None if holding.nav_source is None else holding.nav_source.value,
        "nav_ts_ms": holding.nav_ts_ms,
        "premium_ratio": _text(holding.premium_ratio),
        "effective_leverage": _text(holding.effective_leverage),
        "market_value": _text(holding.market_value),
        "unrealised_pnl": _text(holding.unrealised_pnl),
        "realised_pnl": plain(holding.realised_pnl),
        "fees_paid": plain(holding.fees_paid),
        "quote_currency": token.quote_currency,
        "status": token.status.value,
    }


def _problem(problem: Problem) -> dict[str, object]:
    found: dict[str, object] = {
        "severity": problem.severity.value,
        "code": problem.code,
        "message": problem.message,
    }
    if problem.source:
        found["source"] = problem.source
    return found


def _text(value: Decimal | None) -> str | None:
    return None if value is None else plain(value)


# -- for people ----------------------------------------------------------------------------------------------------

_HEADINGS = (
    "Token",
    "Quantity",
    "Price",
    "NAV",
    "Premium",
    "Leverage",
    "Value",
    "Unrealised",
    "Realised",
    "Fees",
)


def report_text(view: PortfolioView, *, explained: Explained = _NOTHING) -> str:
    """The report as a table, rounded for reading; unknown is a dash, and what is missing is said below.

    Args:
        view: what to report.
        explained: what became of each holding's money; told in a sentence each.
    """
    rows = [_table_row(holding) for holding in view.holdings]
    totals = view.totals
    rows.append(
        (
            "Total" if view.complete else "Total (partial)",
            "",
            "",
            "",
            "",
            "",
            _money(totals.market_value),
            _money(totals.unrealised_pnl, signed=True),
            _money(totals.realised_pnl, signed=True),
            _money(totals.fees_paid),
        )
    )
    moment = f"{_EPOCH + timedelta(milliseconds=view.as_of_ms):%Y-%m-%d %H:%M:%S} UTC"
    lines = [f"As of {moment}, in {view.currency}", "", *_table((_HEADINGS, *rows))]
    told = [found.attribution for holding in view.holdings if (found := explained.get(holding.token.key)) is not None]
    sentences = [attribution.sentence for attribution in told if attribution is not None]
    if sentences:
        lines += ["", *sentences]
    if view.problems:
        lines += ["", *(f"{problem.severity.value}: {problem.message}" for problem in view.problems)]
    return "\n".join(lines)


def _table_row(holding: HoldingView) -> tuple[str, ...]:
    return (
        str(holding.token.key),
        _trimmed(holding.quantity, places=8),
        _significant(holding.market_price),
        _significant(holding.nav) + (" est." if holding.nav_source == "estimate" else ""),
        _UNKNOWN if holding.premium_ratio is None else f"{holding.premium_ratio:+.2%}",
        _UNKNOWN if holding.effective_leverage is None else f"{holding.effective_leverage:.2f}×",
        _money(holding.market_value),
        _money(holding.unrealised_pnl, signed=True),
        _money(holding.realised_pnl, signed=True),
        _money(holding.fees_paid),
    )


def _table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows as lines: the first column to the left, figures to the right, a rule above the last row."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [
        "  ".join(cell.rjust(width) if column else cell.ljust(width) for column, (cell, width) in enumerate(cells))
        for cells in (tuple(zip(row, widths, strict=True)) for row in rows)
    ]
    lines.insert(-1, "-" * (sum(widths) + 2 * (len(widths) - 1)))
    return [line.rstrip() for line in lines]


def _money(value: Decimal | None, *, signed: bool = False) -> str:
    if value is None:
        return _UNKNOWN
    return f"{value:+,.2f}" if signed and abs(value) >= _CENT / 2 else f"{abs(value) if signed else value:,.2f}"


def _trimmed(value: Decimal, *, places: int) -> str:
    text = f"{value:,.{places}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _significant(value: Decimal | None, digits: int = 6) -> str:
    if value is None:
        return _UNKNOWN
    places = digits - 1 - value.adjusted() if value else 0
    return _trimmed(value, places=max(2, places))
