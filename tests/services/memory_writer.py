"""A writer of the ledger that keeps everything in memory: the port's promises, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import Future

from levdesk.domain.instruments import LeveragedToken
from levdesk.domain.transactions import CostMethod, Portfolio, Transaction, TransactionDraft
from levdesk.services.books import Books
from levdesk.services.pace import Pace, no_pace
from levdesk.services.ports import BooksChange, StoredBooks
from tests.domain.strategies import START_MS, token

NOW_MS = START_MS + 30 * 86_400_000


class FixedClock:
    """A clock that stands."""

    def now_ms(self) -> int:
        return NOW_MS


class MemoryWriter:
    """Implements `LedgerWriter` without undo.

    Attributes:
        acts: labels, in order.
        portfolios, tokens, rows: what is stored.
    """

    def __init__(self, *rows: Transaction, tokens: Sequence[LeveragedToken] = (token(),)) -> None:
        self.acts: list[str] = []
        self.portfolios: tuple[Portfolio, ...] = (Portfolio(id=1, name="Main"),)
        self.tokens = tuple(tokens)
        self.rows = {row.id: row for row in rows}

    def read(self) -> StoredBooks:
        rows = tuple(sorted(self.rows.values(), key=lambda row: row.order))
        return StoredBooks(portfolios=self.portfolios, transactions=rows, tokens=self.tokens)

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
        pace(1.0)
        first_id = max(self.rows, default=0) + 1
        batch = 1 if import_source else None
        added = tuple(
            Transaction(id=first_id + n, portfolio_id=portfolio_id, draft=draft, import_batch_id=batch)
            for n, draft in enumerate(drafts)
        )
        self.rows.update((row.id, row) for row in added)
        return self._done(BooksChange(label=label, added=added, tokens=self._remember(tokens)))

    def edit_transaction(
        self, transaction_id: int, draft: TransactionDraft, *, label: str, tokens: Sequence[LeveragedToken] = ()
    ) -> Future[BooksChange]:
        old = self.rows[transaction_id]
        new = Transaction(id=old.id, portfolio_id=old.portfolio_id, draft=draft)
        self.rows[transaction_id] = new
        return self._done(BooksChange(label=label, removed=(old,), added=(new,), tokens=self._remember(tokens)))

    def remove_transactions(self, ids: Iterable[int], *, label: str) -> Future[BooksChange]:
        return self._done(BooksChange(label=label, removed=tuple(self.rows.pop(id_) for id_ in ids)))

    def add_portfolio(self, name: str, cost_method: CostMethod, *, label: str) -> Future[BooksChange]:
        new = Portfolio(id=1 + max(p.id for p in self.portfolios), name=name, cost_method=cost_method)
        self.portfolios = (*self.portfolios, new)
        return self._done(BooksChange(label=label, portfolios=self.portfolios))

    def edit_portfolio(self, portfolio: Portfolio, *, label: str) -> Future[BooksChange]:
        self.portfolios = tuple(portfolio if p.id == portfolio.id else p for p in self.portfolios)
        return self._done(BooksChange(label=label, portfolios=self.portfolios))

    def remove_portfolio(self, portfolio_id: int, *, label: str) -> Future[BooksChange]:
        self.portfolios = tuple(p for p in self.portfolios if p.id != portfolio_id)
        gone = tuple(row for row in self.rows.values() if row.portfolio_id == portfolio_id)
        for row in gone:
            del self.rows[row.id]
        return self._done(BooksChange(label=label, removed=gone, portfolios=self.portfolios))

    def save_token(self, token: LeveragedToken, *, label: str) -> Future[BooksChange]:
        return self._done(BooksChange(label=label, tokens=self._remember((token,))))

    def undo(self) -> Future[BooksChange]:
        raise NotImplementedError

    def redo(self) -> Future[BooksChange]:
        raise NotImplementedError

    def _remember(self, tokens: Sequence[LeveragedToken]) -> tuple[LeveragedToken, ...] | None:
        if not tokens:
            return None
        keys = {token.key for token in tokens}
        self.tokens = (*(known for known in self.tokens if known.key not in keys), *tokens)
        return self.tokens

    def _done(self, change: BooksChange) -> Future[BooksChange]:
        self.acts.append(change.label)
        future: Future[BooksChange] = Future()
        future.set_result(change)
        return future


def rows_of(drafts: Iterable[TransactionDraft], *, portfolio_id: int = 1, first_id: int = 1) -> tuple[Transaction, ...]:
    """Drafts as stored rows, ids in the order given."""
    return tuple(Transaction(id=first_id + n, portfolio_id=portfolio_id, draft=draft) for n, draft in enumerate(drafts))


def books_of(
    *drafts: TransactionDraft,
    tokens: Sequence[LeveragedToken] = (token(),),
    method: CostMethod = CostMethod.FIFO,
    elsewhere: Iterable[TransactionDraft] = (),
) -> Books:
    """Books with one portfolio "Main" (id 1) of these rows; `elsewhere` are rows of a second one, "Savings" (id 2)."""
    rows = (*rows_of(drafts), *rows_of(elsewhere, portfolio_id=2, first_id=1001))
    portfolios: tuple[Portfolio, ...] = (Portfolio(id=1, name="Main", cost_method=method),)
    if elsewhere:
        portfolios = (*portfolios, Portfolio(id=2, name="Savings"))
    ordered = tuple(sorted(rows, key=lambda row: row.order))
    return Books.read(StoredBooks(portfolios=portfolios, transactions=ordered, tokens=tuple(tokens)))
