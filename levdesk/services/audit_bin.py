"""The bin: what was deleted in the last 30 days, and whether it can come back into the books as they are now.

Bringing back is an act like any other: it has a name, can be undone, and is refused where it would make a row
impossible.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from levdesk.domain.errors import UserError
from levdesk.domain.instruments import TokenKey
from levdesk.domain.ledger_words import row_words
from levdesk.domain.transactions import Portfolio, Transaction, TransactionDraft
from levdesk.services.book_checks import try_out
from levdesk.services.books import Books

DAY_MS: Final = 86_400_000
KEPT_MS: Final = 30 * DAY_MS
"""How long the bin keeps what was deleted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BinEntry:
    """Something that was deleted and can be brought back.

    Attributes:
        act_id: the act that deleted it.
        deleted_ms: when, UTC.
        portfolio: the portfolio it is, or was in; its content when it was deleted.
        transactions: the one deleted row, or all rows that went with the portfolio.
        is_portfolio: the portfolio itself was deleted.
    """

    act_id: int
    deleted_ms: int
    portfolio: Portfolio
    transactions: tuple[Transaction, ...]
    is_portfolio: bool

    @property
    def expires_ms(self) -> int:
        """When it leaves the bin for good."""
        return self.deleted_ms + KEPT_MS

    @property
    def words(self) -> str:
        """What it is, e.g. "buy of 10 BTC3L" or "portfolio “Savings” with 12 transactions"."""
        if not self.is_portfolio:
            return row_words(self.transactions[0].draft)
        count = len(self.transactions)
        rows = f" with {count:,} transaction{'' if count == 1 else 's'}" if count else ""
        return f"portfolio “{self.portfolio.name}”{rows}"

    def days_left(self, now_ms: int) -> int:
        """Whole days until it leaves, at least 0."""
        return max(0, (self.expires_ms - now_ms) // DAY_MS)


def check_return(books: Books, entries: Iterable[BinEntry]) -> str:
    """The act's name, when everything can come back into these books.

    Raises:
        UserError: nothing is chosen, the portfolio of a row is gone, or a row would be impossible now.
    """
    chosen = tuple(entries)
    if not chosen:
        raise UserError("Nothing in the bin is chosen.")
    there = {portfolio.id for portfolio in books.portfolios}
    there |= {entry.portfolio.id for entry in chosen if entry.is_portfolio}
    by_holding: dict[tuple[int, TokenKey], list[tuple[int, TransactionDraft]]] = {}
    for entry in chosen:
        if entry.portfolio.id not in there:
            name = entry.portfolio.name
            raise UserError(f"The portfolio “{name}” is in the bin itself.", hint="Bring it back first.")
        for row in entry.transactions:
            by_holding.setdefault((row.portfolio_id, row.draft.key), []).append((row.id, row.draft))
    known = {portfolio.id for portfolio in books.portfolios}
    for (portfolio_id, key), rows in by_holding.items():
        if portfolio_id not in known:
            continue  # it comes back whole, as it was
        added = [draft for _, draft in sorted(rows, key=lambda row: (row[1].time_ms, row[0]))]
        for found in try_out(books, key, portfolio_id, added=added, order=min(row_id for row_id, _ in rows)):
            words = found.fault.message
            raise UserError(f"It cannot come back: {words}.", hint="Bring back what it needs with it.")
    return f"bring back {_named(chosen)}"


def _named(entries: tuple[BinEntry, ...]) -> str:
    if len(entries) == 1:
        return entries[0].words
    return f"{len(entries):,} things from the bin"
