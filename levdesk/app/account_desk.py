"""The accounts from the window: keys are tried before they are kept, checked at each start, and visits reviewed."""

from __future__ import annotations

from dataclasses import replace
from threading import Lock
from typing import TYPE_CHECKING, Final, TypeVar

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from levdesk.app.account_checks import KeyChecks
from levdesk.domain.errors import UserError
from levdesk.ui.accounts.desk import AccountSignals

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from levdesk.app.account_house import AccountHouse
    from levdesk.app.engine import Engine
    from levdesk.domain.errors import LevdeskError
    from levdesk.runtime.jobs import JobControl
    from levdesk.services.accounts import AccountNews, KeyCheck
    from levdesk.services.accounts_proposals import Proposal
    from levdesk.services.accounts_view import AccountReview, AccountsView
    from levdesk.services.books import Books
    from levdesk.venues.private import ApiKey

T = TypeVar("T")
FIRST_CHECK_MS: Final = 1_500
"""The window comes first."""


class LiveAccounts(QObject):
    """The real `levdesk.ui.accounts.desk.AccountDesk`; lives in the GUI thread, blocks in the pool only.

    Attributes:
        signals: where answers arrive.
        view: the accounts as last told.
        review: the last visit against the books as they are now.
        do: runs a piece of work with the engine, once that stands.
        checks: asks what kept keys may do.
    """

    _ended = Signal()

    def __init__(self, do: Callable[[Callable[[Engine], None]], None]) -> None:
        """Work with the engine through `do`, which waits for it to stand."""
        super().__init__()
        self.signals = AccountSignals()
        self.view: AccountsView | None = None
        self.review: AccountReview | None = None
        self.do = do
        self._ended.connect(self._end_visit)
        self._house: AccountHouse | None = None
        self._engine: Engine | None = None
        self._tried: tuple[str, ApiKey] | None = None
        self._tries = self._comparisons = 0
        self._lock = Lock()
        self.checks = KeyChecks(self)

    # -- commands ----------------------------------------------------------------------------------------------

    def read(self) -> None:
        """Find out which accounts have a key."""
        self.run("Looking for keys", lambda house, _engine: house.view(self.view), self.show, quiet=True)

    def check_soon(self) -> None:
        """Check the kept keys when the window has settled."""
        QTimer.singleShot(FIRST_CHECK_MS, self, self.checks.check_kept)

    def try_key(self, venue: str, key: ApiKey) -> None:
        """Ask a venue what a key may do."""
        self.drop_key()
        number = self._tries

        def done(check: KeyCheck) -> None:
            from levdesk.services.accounts import Verdict
            from levdesk.services.accounts_view import KeyOutcome

            if number != self._tries:
                return  # dropped meanwhile
            if check.verdict is not Verdict.REFUSED:
                self._tried = (venue, key)
            self.signals.key_tried.emit(KeyOutcome(venue=venue, check=check))

        def failed(error: LevdeskError) -> None:
            from levdesk.services.accounts_view import KeyOutcome

            self.signals.key_tried.emit(KeyOutcome(venue=venue, trouble=f"{error.message} {error.hint}".strip()))

        self.run(
            "Asking what the key may do",
            lambda house, engine: house.try_key(venue, key, engine.settings),
            done,
            failed=failed,
        )

    def keep_key(self, venue: str) -> None:
        """Keep the key that was tried last."""
        tried, self._tried = self._tried, None
        if tried is None or tried[0] != venue:
            return
        key = tried[1]

        def work(house: AccountHouse, _engine: Engine) -> AccountsView:
            house.keep(venue, key)
            return house.view(self.view)

        def done(view: AccountsView) -> None:
            self.show(_without_trouble(view, venue))
            self.checks.check(venue)

        self.run("Keeping the key", work, done)

    def drop_key(self) -> None:
        """Forget the key that was tried last, also one whose answer is still on its way."""
        self._tried = None
        self._tries += 1

    def forget_key(self, venue: str) -> None:
        """Remove a key for good."""

        def work(house: AccountHouse, _engine: Engine) -> AccountsView:
            house.forget(venue)
            return house.view(self.view)

        self.run("Forgetting the key", work, lambda view: self.show(_without_trouble(view, venue)))

    def visit(self, venue: str, days: int) -> None:
        """Fetch balances and trades, and hold them against the books."""

        def begin(engine: Engine) -> None:
            self._meet(engine)
            books, settings = engine.books, engine.settings
            state = None if self.view is None else self.view.of(venue)

            def work(control: JobControl) -> AccountNews:
                def goes_on(done_ratio: float) -> bool:
                    control.progress(done_ratio)
                    return not control.cancelled

                news = self._house_of(engine).visit(venue, days, books, settings, goes_on)
                if control.cancelled:  # the runner drops the result, and somebody is waiting for it
                    self._ended.emit()
                return news

            title = f"Fetching from {venue if state is None else state.title}"
            engine.runner.run(title, work, self._take, self._fail_visit)

        self.do(begin)

    def accept(self, proposals: Sequence[Proposal], portfolio_id: int) -> None:
        """Record proposed transactions as one undoable act."""
        chosen, review = tuple(proposals), self.review
        if not chosen or review is None:
            return

        def begin(engine: Engine) -> None:
            from levdesk.services.accounts_proposals import preview_of

            preview = preview_of(
                chosen,
                portfolio_id,
                title=review.news.title,
                books=engine.books,
                find_token=engine.house.listed_token,
            )
            engine.acts.accept_import(preview, allow_duplicates=True)  # which of them are there already was looked at

        self.do(begin)

    # -- what comes back ---------------------------------------------------------------------------------------

    def show(self, view: AccountsView) -> None:
        """Remember the accounts, and tell."""
        self.view = view
        self.signals.changed.emit(view)

    def _take(self, news: AccountNews) -> None:
        self._comparisons += 1
        number = self._comparisons

        def done(review: AccountReview) -> None:
            if number != self._comparisons:
                return  # the books changed meanwhile, and are compared again
            self.review = review
            self.signals.reviewed.emit(review)

        self.run("Comparing", lambda _house, engine: reviewed(news, engine.books, engine), done, quiet=True)

    @Slot()
    def _end_visit(self) -> None:
        self._fail_visit(UserError("The visit was ended before it was done.", hint="Nothing was recorded."))

    def _fail_visit(self, error: LevdeskError) -> None:
        self.signals.visit_failed.emit(error)
        self.read()

    @Slot(object)
    def _books_changed(self, _change: object) -> None:
        if self.review is not None:
            self._take(self.review.news)

    # -- inside ------------------------------------------------------------------------------------------------

    def _meet(self, engine: Engine) -> None:
        """Hear of changes to the books; they may have been opened anew."""
        if self._engine is not engine:
            if self._engine is None:  # the signals outlive engines
                engine.signals.books_changed.connect(self._books_changed)
            self._engine = engine

    def _house_of(self, engine: Engine) -> AccountHouse:
        """In the pool: what is behind the accounts takes a while to import."""
        from levdesk.app.account_house import AccountHouse

        with self._lock:
            if self._house is None or self._house.house is not engine.house:
                self._house = AccountHouse(engine.house, before=self._house)
            return self._house

    def run(
        self,
        title: str,
        work: Callable[[AccountHouse, Engine], T],
        done: Callable[[T], None],
        *,
        failed: Callable[[LevdeskError], None] | None = None,
        quiet: bool = False,
    ) -> None:
        """Have `work` done in the pool."""

        def begin(engine: Engine) -> None:
            self._meet(engine)

            def in_pool(_control: JobControl) -> T:
                return work(self._house_of(engine), engine)

            engine.runner.run(title, in_pool, done, failed or engine.fail, quiet=quiet)

        self.do(begin)


def _without_trouble(view: AccountsView, venue: str) -> AccountsView:
    states = tuple(replace(state, trouble="") if state.venue == venue else state for state in view.accounts)
    return replace(view, accounts=states)


def reviewed(news: AccountNews, books: Books, engine: Engine) -> AccountReview:
    """A visit against the books."""
    from levdesk.services.accounts_proposals import propose
    from levdesk.services.accounts_reconciling import reconcile, tokens_of
    from levdesk.services.accounts_view import AccountReview

    held = [coin for coin, units in news.balances if units]
    tokens = tokens_of(books, news.venue, held, engine.house.listed_token)
    proposals = propose(news.fills, books)
    known = {token.key.symbol for token in tokens}
    return AccountReview(
        news=news,
        tokens=tokens,
        proposals=proposals,
        reconciled=reconcile(news, tokens, proposals, books),
        others=sum(1 for coin in held if coin not in known),
    )
