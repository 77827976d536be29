"""The acts on the books: each is checked, named in words and handed to the writer as one undoable step."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import replace
from typing import TYPE_CHECKING

from levdesk.domain.errors import UserError
from levdesk.domain.instruments import LeveragedToken, TokenKey
from levdesk.domain.ledger_words import row_words
from levdesk.domain.problems import Problem
from levdesk.domain.transactions import CostMethod, Portfolio, TransactionDraft
from levdesk.services.book_checks import check_draft, check_removal, unknown_token
from levdesk.services.books import Books
from levdesk.services.naming import guess_token
from levdesk.services.pace import Pace, no_pace, part_of
from levdesk.services.ports import BooksChange, Clock, LedgerWriter

if TYPE_CHECKING:
    from levdesk.services.importing import ImportPreview

TokenFinder = Callable[[TokenKey], LeveragedToken | None]
"""Looks a token up in the venues' lists; bare, without rules of its issuer; None when it is in no list."""

MAX_NAME_LENGTH = 80
CHECKED_RATIO = 0.3
"""How much of an import is done once its rows are checked; the rest is writing."""


class Bookkeeper:
    """Checks acts against the books and passes them on; keeps no books itself.

    Every act raises UserError when it cannot be, before anything is written.
    """

    def __init__(self, writer: LedgerWriter, clock: Clock, find_token: TokenFinder = lambda _key: None) -> None:
        """Act through `writer`; `find_token` gives the instrument of a token that is used for the first time."""
        self._writer = writer
        self._clock = clock
        self._find_token = find_token

    # -- transactions ----------------------------------------------------------------------------------------------

    def record(self, books: Books, draft: TransactionDraft, portfolio_id: int) -> Future[BooksChange]:
        """Add a transaction; a token used for the first time is remembered with it."""
        books.portfolio(portfolio_id)
        tokens = self._first_used(books, draft.key)
        token = tokens[0] if tokens else None
        _refuse(check_draft(books, draft, portfolio_id, token=token, now_ms=self._clock.now_ms()))
        return self._writer.add_transactions(portfolio_id, (draft,), label=f"add {row_words(draft)}", tokens=tokens)

    def amend(self, books: Books, transaction_id: int, draft: TransactionDraft) -> Future[BooksChange]:
        """Replace a transaction's content."""
        portfolio_id = books.transaction(transaction_id).portfolio_id
        tokens = self._first_used(books, draft.key)
        token = tokens[0] if tokens else None
        _refuse(check_draft(books, draft, portfolio_id, transaction_id, token=token, now_ms=self._clock.now_ms()))
        return self._writer.edit_transaction(transaction_id, draft, label=f"edit {row_words(draft)}", tokens=tokens)

    def remove(self, books: Books, transaction_ids: Iterable[int]) -> Future[BooksChange]:
        """Delete transactions, unless a later one needs them."""
        ids = tuple(dict.fromkeys(transaction_ids))
        if not ids:
            raise UserError("No transaction is chosen.")
        _refuse(check_removal(books, ids), hint="Delete or change the later transaction first.")
        what = row_words(books.transaction(ids[0]).draft) if len(ids) == 1 else f"{len(ids)} transactions"
        return self._writer.remove_transactions(ids, label=f"delete {what}")

    def accept_import(
        self, books: Books, preview: ImportPreview, *, allow_duplicates: bool = False, pace: Pace = no_pace
    ) -> Future[BooksChange]:
        """Write a previewed file as one act, all rows or none; `pace` is told here, then in the writer thread.

        Raises:
            ImportRejected: rows are bad or already there, also when only the books have changed since the preview.
        """
        from levdesk.services.importing import confirm_import  # reads files; not on the way to the first window

        ready = confirm_import(
            books, preview, allow_duplicates=allow_duplicates, pace=part_of(pace, 0.0, CHECKED_RATIO)
        )
        count = len(ready.rows)
        label = f"import {count:,} transaction{'' if count == 1 else 's'}"
        if ready.source:
            label += f" from {ready.source}"
        return self._writer.add_transactions(
            ready.portfolio_id,
            ready.drafts,
            label=label,
            import_source=ready.source or "file",
            tokens=ready.new_tokens,
            pace=part_of(pace, CHECKED_RATIO, 1.0),
        )

    # -- portfolios ------------------------------------------------------------------------------------------------

    def add_portfolio(self, books: Books, name: str, cost_method: CostMethod) -> Future[BooksChange]:
        """Create a portfolio."""
        name = _portfolio_name(books, name, None)
        return self._writer.add_portfolio(name, cost_method, label=f"add portfolio “{name}”")

    def edit_portfolio(self, books: Books, portfolio: Portfolio) -> Future[BooksChange]:
        """Rename a portfolio or change its cost method."""
        old = books.portfolio(portfolio.id)
        portfolio = replace(portfolio, name=_portfolio_name(books, portfolio.name, portfolio.id))
        if portfolio.name == old.name:
            label = f"use {_METHOD_WORDS[portfolio.cost_method]} in “{portfolio.name}”"
        else:
            label = f"rename “{old.name}” to “{portfolio.name}”"
        return self._writer.edit_portfolio(portfolio, label=label)

    def remove_portfolio(self, books: Books, portfolio_id: int) -> Future[BooksChange]:
        """Delete a portfolio with its transactions; the last one stays."""
        portfolio = books.portfolio(portfolio_id)
        if len(books.portfolios) == 1:
            raise UserError("The last portfolio cannot be deleted.", hint="Add another one first.")
        return self._writer.remove_portfolio(portfolio_id, label=f"delete portfolio “{portfolio.name}”")

    # -- tokens ----------------------------------------------------------------------------------------------------

    def define_token(self, books: Books, token: LeveragedToken) -> Future[BooksChange]:
        """Define or correct an instrument by hand."""
        from levdesk.services.token_checks import check_token  # late: few tokens are ever corrected

        check_token(books, token)
        verb = "correct" if token.key in books.tokens else "define"
        return self._writer.save_token(token, label=f"{verb} {token.key.symbol} at {token.key.venue}")

    def _first_used(self, books: Books, key: TokenKey) -> tuple[LeveragedToken, ...]:
        if key in books.tokens:
            return ()
        token = self._find_token(key) or guess_token(key)
        if token is None:
            problem = unknown_token(key)
            raise UserError(problem.message, hint="Tools > Define token asks for its underlying and leverage.")
        return (token,)


_METHOD_WORDS = {
    CostMethod.FIFO: "first in, first out",
    CostMethod.LIFO: "last in, first out",
    CostMethod.AVERAGE: "average cost",
}


def _refuse(problems: tuple[Problem, ...], *, hint: str = "") -> None:
    if problems:
        raise UserError(" ".join(problem.message for problem in problems[:3]), hint=hint)


def _portfolio_name(books: Books, name: str, own_id: int | None) -> str:
    name = " ".join(name.split())
    if not name:
        raise UserError("A portfolio needs a name.")
    if len(name) > MAX_NAME_LENGTH:
        raise UserError(f"A portfolio's name has at most {MAX_NAME_LENGTH} characters.")
    for portfolio in books.portfolios:
        if portfolio.id != own_id and portfolio.name.casefold() == name.casefold():
            raise UserError(f"There is already a portfolio “{portfolio.name}”.", hint="Choose another name.")
    return name
