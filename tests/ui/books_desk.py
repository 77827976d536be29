"""The fake desk with the real rules of the books behind `check_draft`, for dialogs that live on its words."""

from __future__ import annotations

from levdesk.domain.problems import Problem
from levdesk.domain.transactions import TransactionDraft
from levdesk.services.book_checks import check_draft
from levdesk.services.books import Books
from levdesk.services.ports import StoredBooks
from tests.ui.fake_desk import FakeDesk


class BooksDesk(FakeDesk):
    """Checks drafts as the program does."""

    def check_draft(self, draft: TransactionDraft, portfolio_id: int, replacing: int | None) -> tuple[Problem, ...]:
        stored = StoredBooks(
            portfolios=self._books.portfolios, transactions=self._books.transactions, tokens=self._books.tokens
        )
        return check_draft(Books.read(stored), draft, portfolio_id, replacing, now_ms=self.clock_ms)
