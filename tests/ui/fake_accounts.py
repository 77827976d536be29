"""Accounts in memory: three keys in different states, and a visit held against a small set of books."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from levdesk.domain.instruments import TokenKey
from levdesk.domain.transactions import Portfolio, Transaction, TransactionDraft, TransactionType
from levdesk.services.accounts import AccountNews, KeyCheck, Verdict, judge
from levdesk.services.accounts_proposals import Proposal, propose
from levdesk.services.accounts_reconciling import reconcile, tokens_of
from levdesk.services.accounts_view import AccountReview, AccountState, AccountsView, KeyOutcome, KeyPlace
from levdesk.services.books import Books
from levdesk.services.ports import StoredBooks
from levdesk.ui.accounts.desk import AccountSignals
from levdesk.venues.private import READ_ONLY, UNVERIFIED, ApiKey, Fill, KeyRights, Right
from tests.ui.fake_books import NOW_MS

DAY_MS = 86_400_000
NO_KEYRING = "This computer offers no keyring: a key is kept until LevDesk ends, and never written to a file."
KEYRING = "Keys are kept in this computer’s keyring: SecretService."
REFUSED = judge("OKX", KeyRights(withdraw=Right.YES, trade=Right.YES, named=("withdraw", "trade")))
WARNED = judge("KuCoin", KeyRights(withdraw=Right.NO, trade=Right.YES, named=("Spot", "InnerTransfer")))


def accounts(*, outlives: bool = True, closed: str = "") -> AccountsView:
    """Gate reads, KuCoin trades too, MEXC cannot be verified, OKX was thrown away."""

    def state(
        venue: str, title: str, place: KeyPlace, check: KeyCheck | None = None, trouble: str = ""
    ) -> AccountState:
        return AccountState(
            venue=venue,
            title=title,
            place=place,
            check=check,
            trouble=trouble,
            has_passphrase=venue in {"kucoin", "okx"},
            reach_words="of the last three months",
        )

    kept = KeyPlace.KEYRING if outlives else KeyPlace.SESSION
    return AccountsView(
        accounts=(
            state("gate", "Gate", kept, judge("Gate", READ_ONLY)),
            state("mexc", "MEXC", kept, judge("MEXC", UNVERIFIED, tells=False)),
            state("kucoin", "KuCoin", kept, WARNED),
            state("pionex", "Pionex", KeyPlace.NOWHERE),
            state("bybit", "Bybit", KeyPlace.NOWHERE),
            state("okx", "OKX", KeyPlace.NOWHERE, trouble=f"{REFUSED.words} It was thrown away."),
        ),
        safe_words=KEYRING if outlives else NO_KEYRING,
        outlives=outlives,
        closed_words=closed,
    )


def books() -> Books:
    """Gate: BTC3L agrees after a trade, ETH3S was merged, SOL3L has two rows the account knows."""

    def row(number: int, days: int, symbol: str, kind: TransactionType, units: str, price: str) -> Transaction:
        draft = TransactionDraft(
            time_ms=NOW_MS - days * DAY_MS,
            type=kind,
            key=TokenKey("gate", symbol),
            quantity=Decimal(units),
            price=Decimal(price),
        )
        return Transaction(id=number, portfolio_id=1, draft=draft)

    buy = TransactionType.BUY
    rows = (
        row(1, 40, "ETH3S", buy, "50000", "0.002"),
        row(2, 20, "BTC3L", buy, "800", "2.8510"),
        row(3, 12, "SOL3L", buy, "120", "1.25"),
        row(4, 10, "SOL3L", TransactionType.SELL, "20", "1.4"),
    )
    return Books.read(StoredBooks(portfolios=(Portfolio(id=1, name="Main"),), transactions=rows, tokens=()))


def fill(number: int, days: float, symbol: str, units: str, price: str, fee: str = "0", coin: str = "USDT") -> Fill:
    """A trade; negative units are a sale."""
    return Fill(
        key=TokenKey("gate", symbol),
        quote_currency="USDT",
        trade_id=str(7_342_180_000 + number),
        time_ms=NOW_MS - round(days * DAY_MS),
        is_buy=not units.startswith("-"),
        quantity=Decimal(units.lstrip("-")),
        price=Decimal(price),
        fee=Decimal(fee),
        fee_currency=coin if Decimal(fee) else "",
    )


def news() -> AccountNews:
    """What Gate told."""
    return AccountNews(
        venue="gate",
        title="Gate",
        balances=(
            ("BTC3L", Decimal("849.9")),
            ("DOGE3L", Decimal(1500)),
            ("ETH3S", Decimal(50)),
            ("SOL3L", Decimal(60)),
            ("USDT", Decimal("412.5")),
        ),
        fills=(
            fill(1, 20, "BTC3L", "800", "2.8510", "2.28"),
            fill(2, 12, "SOL3L", "120", "1.25", "0.15"),
            fill(3, 10.5, "SOL3L", "-20", "1.4", "0.028"),
            fill(4, 2, "BTC3L", "50", "3.1045", "0.1", "BTC3L"),
            fill(5, 1, "DOGE3L", "1500", "0.0512", "0.0061", "GT"),
        ),
        since_ms=NOW_MS - 90 * DAY_MS,
        fetched_ms=NOW_MS,
    )


def review(against: Books | None = None) -> AccountReview:
    """The visit against the books."""
    told, held = news(), books() if against is None else against
    tokens = tokens_of(held, "gate", (coin for coin, _ in told.balances))
    proposals = propose(told.fills, held)
    return AccountReview(
        news=told,
        tokens=tokens,
        proposals=proposals,
        reconciled=reconcile(told, tokens, proposals, held),
        others=1,
    )


class FakeAccounts:
    """Implements `levdesk.ui.accounts.desk.AccountDesk`.

    Attributes:
        outcome: what trying a key answers with.
        tried: parts of the key that was tried last.
        calls: every other command, in order.
    """

    def __init__(self, view: AccountsView | None = None) -> None:
        self.signals = AccountSignals()
        self.view: AccountsView | None = view if view is not None else accounts()
        self.review: AccountReview | None = None
        self.outcome = KeyOutcome(venue="gate", check=KeyCheck(verdict=Verdict.FINE, words="This key can only read."))
        self.tried: ApiKey | None = None
        self.calls: list[tuple[str, object]] = []

    def read(self) -> None:
        self.signals.changed.emit(self.view)

    def try_key(self, venue: str, key: ApiKey) -> None:
        self.tried = key
        self.signals.key_tried.emit(replace(self.outcome, venue=venue))

    def keep_key(self, venue: str) -> None:
        self.calls.append(("keep_key", venue))

    def drop_key(self) -> None:
        self.calls.append(("drop_key", ""))

    def forget_key(self, venue: str) -> None:
        self.calls.append(("forget_key", venue))

    def visit(self, venue: str, days: int) -> None:
        self.calls.append(("visit", (venue, days)))
        self.review = review()
        self.signals.reviewed.emit(self.review)

    def accept(self, proposals: Sequence[Proposal], portfolio_id: int) -> None:
        self.calls.append(("accept", (tuple(each.fill.trade_id for each in proposals), portfolio_id)))
