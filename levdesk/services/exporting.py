"""Exporting transactions as the file that `import` reads: every digit, every note, oldest first."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable
from decimal import Decimal

from levdesk.domain.errors import UserError
from levdesk.domain.money import to_text
from levdesk.domain.transactions import Transaction
from levdesk.services.books import Books
from levdesk.services.csv_format import COLUMNS, guard_note, time_text


def export_csv(transactions: Iterable[Transaction]) -> bytes:
    """The file, in UTF-8 with CRLF as RFC 4180 has it; importing it into an empty portfolio gives the same rows.

    Rows keep their order, so give them in ledger order.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for transaction in transactions:
        draft = transaction.draft
        writer.writerow(
            (
                time_text(draft.time_ms),
                draft.type.value,
                draft.key.venue,
                draft.key.symbol,
                _text(draft.quantity),
                _text(draft.price),
                _text(draft.fee) if draft.fee else "",
                draft.fee_currency,
                guard_note(draft.note),
            )
        )
    return text.getvalue().encode()


def exportable(books: Books, portfolio_id: int | None) -> tuple[Transaction, ...]:
    """Rows of one portfolio, or of all together, in ledger order.

    Raises:
        UserError: several portfolios hold the same token; their rows in one file would read as one holding, and a
            merge in each as two merges.
    """
    if portfolio_id is None:
        holders = Counter(key for portfolio in books.portfolios for key in books.keys(portfolio.id))
        shared = sorted(str(key) for key, count in holders.items() if count > 1)
        if shared:
            raise UserError(
                f"{shared[0]} is held in several portfolios, which one file cannot keep apart.",
                hint="Export each portfolio by itself.",
            )
    return books.all_transactions(portfolio_id)


def _text(value: Decimal | None) -> str:
    return "" if value is None else to_text(value)
