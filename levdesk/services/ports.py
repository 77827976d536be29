"""The doors as the office sees them: what io and runtime must offer, as Protocols."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Protocol

from levdesk.domain.instruments import LeveragedToken, TokenKey
from levdesk.domain.market import Candle, FundingPoint, TokenQuote
from levdesk.domain.observed import ObservedRebalance
from levdesk.domain.transactions import CostMethod, Portfolio, Transaction, TransactionDraft
from levdesk.services.pace import Pace, no_pace
from levdesk.venues.contract import Reply, Request


class Clock(Protocol):
    """The only way to know the time."""

    def now_ms(self) -> int:
        """Milliseconds since 1970, UTC."""


class HttpDoor(Protocol):
    """Carries one request; safe to call from several threads."""

    def send(self, request: Request) -> Reply:
        """Fetch.

        Any HTTP status is a Reply; no answer at all raises VenueUnreachable.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredBooks:
    """Everything precious, as read at one moment.

    Attributes:
        portfolios: in order of creation; at least one.
        transactions: ordered by (time, id).
        tokens: instruments the user defined or corrected, and venue tokens that are held.
        undo_label, redo_label: name of the act that undo / redo would touch, "" when none.
    """

    portfolios: tuple[Portfolio, ...]
    transactions: tuple[Transaction, ...]
    tokens: tuple[LeveragedToken, ...]
    undo_label: str = ""
    redo_label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BooksChange:
    """What one act changed, so that only that is recomputed.

    Attributes:
        label: the act in words, e.g. "add buy of 10 BTC3L".
        added, removed: rows by id; an edited row stands in both.
        portfolios, tokens: the full new tuples when they changed, else None.
        undo_label, redo_label: as in StoredBooks, after the act.
    """

    label: str
    added: tuple[Transaction, ...] = ()
    removed: tuple[Transaction, ...] = ()
    portfolios: tuple[Portfolio, ...] | None = None
    tokens: tuple[LeveragedToken, ...] | None = None
    undo_label: str = ""
    redo_label: str = ""


class LedgerReader(Protocol):
    """Reads the precious file; each call sees one consistent moment."""

    def read_books(self) -> StoredBooks:
        """Everything at once.

        Raises:
            StoreError: unreadable, newer or damaged file.
        """


class LedgerWriter(Protocol):
    """Acts on the precious file; every call is one transaction and one undo record, done in the writer thread.

    The Future resolves to the change once it is on disk, or raises StoreError / UserError.
    """

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
        """Append rows in the order given; with `import_source` they form one import batch.

        `tokens` are instruments these rows are the first to use: saved in the same act, undone with it. `pace` is told
        in the writer thread; a UserError it raises takes the whole act back.
        """

    def edit_transaction(
        self, transaction_id: int, draft: TransactionDraft, *, label: str, tokens: Sequence[LeveragedToken] = ()
    ) -> Future[BooksChange]:
        """Replace a row's content, keeping its id and portfolio; `tokens` as in `add_transactions`."""

    def remove_transactions(self, ids: Iterable[int], *, label: str) -> Future[BooksChange]:
        """Delete rows; undo brings them back with their ids."""

    def add_portfolio(self, name: str, cost_method: CostMethod, *, label: str) -> Future[BooksChange]:
        """Create a portfolio; names are unique without regard to case."""

    def edit_portfolio(self, portfolio: Portfolio, *, label: str) -> Future[BooksChange]:
        """Rename or change the cost method."""

    def remove_portfolio(self, portfolio_id: int, *, label: str) -> Future[BooksChange]:
        """Delete a portfolio with its transactions; the last one cannot be deleted (UserError)."""

    def save_token(self, token: LeveragedToken, *, label: str) -> Future[BooksChange]:
        """Insert or replace a user-defined or corrected instrument."""

    def undo(self) -> Future[BooksChange]:
        """Take the last act back (UserError when there is none)."""

    def redo(self) -> Future[BooksChange]:
        """Do the last undone act again (UserError when there is none)."""


class MarketStore(Protocol):
    """Last known figures and downloadable history; reads may come from any thread, writes go to the writer."""

    def read_quotes(self) -> tuple[TokenQuote, ...]:
        """Last known quote of every token ever seen or valued by hand."""

    def save_quotes(self, quotes: Sequence[TokenQuote]) -> Future[None]:
        """Remember last known quotes; each part replaces the stored one only when it is not None."""

    def read_catalogue(self) -> tuple[LeveragedToken, ...]:
        """Tokens the venues listed last, for completion."""

    def save_catalogue(self, venue: str, tokens: Sequence[LeveragedToken]) -> Future[None]:
        """Replace the cached list of one venue."""

    def read_candles(
        self, venue: str, instrument: str, interval_s: int, start_ms: int, end_ms: int
    ) -> Sequence[Candle]:
        """Bars of a stretch, oldest first."""

    def save_candles(self, venue: str, instrument: str, interval_s: int, candles: Sequence[Candle]) -> Future[None]:
        """Insert or replace bars."""

    def read_funding(self, venue: str, instrument: str, start_ms: int, end_ms: int) -> Sequence[FundingPoint]:
        """Settlements of a stretch, oldest first."""

    def save_funding(self, venue: str, instrument: str, points: Sequence[FundingPoint]) -> Future[None]:
        """Insert or replace settlements."""

    def record_nav(self, quotes: Sequence[TokenQuote]) -> Future[None]:
        """Append to the NAV history and note rebalances, which no venue offers later (in the precious file)."""

    def read_nav_history(self, key: TokenKey, start_ms: int, end_ms: int) -> Sequence[tuple[int, float]]:
        """Recorded (ts_ms, nav), oldest first."""

    def read_rebalances(self, key: TokenKey, start_ms: int, end_ms: int) -> Sequence[ObservedRebalance]:
        """Rebalances the venue told of, oldest first."""


class SettingsStore(Protocol):
    """Preferences by name, as JSON-able values."""

    def read_settings(self) -> dict[str, object]:
        """All of them."""

    def save_settings(self, values: dict[str, object]) -> Future[None]:
        """Set some of them; None removes a name."""
