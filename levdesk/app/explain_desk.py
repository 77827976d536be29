"""Explanations for the window: worked out in the pool from what is stored, again when there is news."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Slot

from levdesk.app.explain_gather import LiveFigures, gather_input
from levdesk.app.history_question import HistoryQuestion
from levdesk.domain.errors import LevdeskError
from levdesk.domain.instruments import TokenKey
from levdesk.domain.market import TokenQuote
from levdesk.runtime.jobs import JobControl
from levdesk.services.books import Books
from levdesk.services.collector import collector_at_rest
from levdesk.services.explain_input import ExplainInput
from levdesk.services.explained import ExplainedHolding, ExplainedPortfolio
from levdesk.services.explained_outlook import OutlookAssumptions
from levdesk.services.sync_state import HistoryWant, LineKey

if TYPE_CHECKING:
    from levdesk.app.engine import Engine

GATHER_MS = 1_000
HOLDING_AGAIN_MS = 20_000
SHARPEN_MS = 12_000
"""After the start or a change of the books, so that prices and long histories are asked for first."""
PORTFOLIO_AGAIN_MS = (10_000, 120_000)
"""Shortest and longest wait before the portfolio is explained again; in between, twenty times what it took."""


@dataclass(frozen=True, slots=True)
class _Asked:
    key: TokenKey
    portfolio_id: int | None
    assumptions: OutlookAssumptions | None


class ExplainDesk(QObject):
    """Keeps the explanation of the portfolio, and of the holding on screen, up to date; lives in the GUI thread.

    Attributes:
        portfolio: of the selected portfolio, None until it has been worked out.
    """

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self._engine = engine
        self.portfolio: ExplainedPortfolio | None = None
        self._asked: _Asked | None = None
        self._jobs: dict[str, int] = {}
        self._soon = self._timer(GATHER_MS, self._explain_again, once=True)
        self._holding_again = self._timer(HOLDING_AGAIN_MS, self._explain_holding)
        self._portfolio_again = self._timer(PORTFOLIO_AGAIN_MS[0], self._explain_portfolio)
        self._later = self._timer(SHARPEN_MS, self._sharpen, once=True)

    def _timer(self, interval_ms: int, slot: Callable[[], None], *, once: bool = False) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(once)
        timer.setInterval(interval_ms)
        timer.timeout.connect(slot)
        return timer

    # -- life --------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin with what is stored."""
        self._soon.start()
        self._portfolio_again.start()
        self._later.start()

    def stop(self) -> None:
        """Explain no more."""
        for timer in (self._soon, self._holding_again, self._portfolio_again, self._later):
            timer.stop()
        self._asked = None

    def request(self, key: TokenKey, portfolio_id: int | None, assumptions: OutlookAssumptions | None) -> None:
        """Explain a holding now, and again whenever there is news."""
        self._asked = _Asked(key, portfolio_id, assumptions)
        self._explain_holding()
        self._holding_again.start()

    def books_changed(self) -> None:
        """Transactions, or the portfolio on screen, have changed."""
        if self.portfolio is not None and self.portfolio.portfolio_id != self._engine.portfolio_id:
            self.portfolio = None
        self._soon.start()
        self._later.start()

    @property
    def on_screen(self) -> TokenKey | None:
        """The token whose explanation is looked at."""
        return None if self._asked is None else self._asked.key

    def history_grew(self, key: LineKey) -> None:
        """Bars have been stored; several arrivals are gathered into one working out."""
        if not self._soon.isActive() and any(want.key == key for want in self.wants()):
            self._soon.start()

    def wants(self) -> tuple[HistoryWant, ...]:
        """Histories the explanations need, most wanted first."""
        return self.question().of_explanations()

    def question(self) -> HistoryQuestion:
        """The same to be answered in the pool: of hundreds of tokens that takes longer than a window may pause."""
        engine, asked = self._engine, self._asked
        return HistoryQuestion(
            books=engine.books,
            sources=engine.market.sources,
            now_ms=engine.house.clock.now_ms(),
            asked=None if asked is None else asked.key,
        )

    # -- work --------------------------------------------------------------------------------------------------

    @Slot()
    def _explain_again(self) -> None:
        self._explain_holding()
        self._explain_portfolio()

    @Slot()
    def _sharpen(self) -> None:
        """Fetch the minutes around the deals, and explain again when some came."""
        engine = self._engine
        if engine.house.options.offline:
            return
        books, house = engine.books, engine.house
        venues = house.asked_venues(engine.settings)
        whose = {key: engine.market.sources(books.token(key)).underlying for key in books.keys(None)}

        def work(_control: JobControl) -> int:
            from levdesk.app.deal_minutes import fetch_new_minutes  # once in a while

            return fetch_new_minutes(house, books, venues, lambda token: whose.get(token.key))

        def done(pieces: int) -> None:
            if pieces:
                self._soon.start()

        engine.runner.run("Fetching the minutes around your trades", work, done, engine.fail, quiet=True)

    @Slot()
    def _explain_holding(self) -> None:
        asked, engine = self._asked, self._engine
        if asked is None:
            return
        gather = self._gatherer()

        def work(_control: JobControl) -> ExplainedHolding:
            from levdesk.services.explain import explain_holding  # numpy

            return explain_holding(gather(asked.key, asked.portfolio_id, asked.assumptions or OutlookAssumptions()))

        def done(explained: ExplainedHolding) -> None:
            if asked == self._asked:
                engine.signals.explained_ready.emit(explained)

        def failed(error: LevdeskError) -> None:
            engine.fail(error)
            now_ms, why = engine.house.clock.now_ms(), (error.message,)
            done(ExplainedHolding(key=asked.key, portfolio_id=asked.portfolio_id, as_of_ms=now_ms, problems=why))

        self._run("holding", f"Explaining {asked.key.symbol}", work, done, failed)

    @Slot()
    def _explain_portfolio(self) -> None:
        engine = self._engine
        portfolio_id = engine.portfolio_id
        keys = engine.books.keys(portfolio_id)
        now_ms = engine.house.clock.now_ms()
        gather = self._gatherer()

        def work(control: JobControl) -> tuple[ExplainedPortfolio, float]:
            from levdesk.services.explain import Explanation, explain  # numpy
            from levdesk.services.explain_sums import explain_portfolio

            begun_s = time.monotonic()
            explanations: list[Explanation] = []
            for number, key in enumerate(keys):
                if control.cancelled:
                    break
                with collector_at_rest():
                    explanations.append(explain(gather(key, portfolio_id, None), outlook=False))
                control.progress(number / len(keys))
            explained = explain_portfolio(explanations, portfolio_id, now_ms)
            return explained, time.monotonic() - begun_s

        def done(worked_out: tuple[ExplainedPortfolio, float]) -> None:
            explained, took_s = worked_out
            shortest_ms, longest_ms = PORTFOLIO_AGAIN_MS
            self._portfolio_again.setInterval(min(max(round(took_s * 20_000), shortest_ms), longest_ms))
            if explained.portfolio_id == engine.portfolio_id:
                self.portfolio = explained
                engine.signals.portfolio_explained.emit(explained)

        self._run("portfolio", "Explaining your holdings", work, done, engine.fail)

    def _gatherer(self) -> Callable[[TokenKey, int | None, OutlookAssumptions | None], ExplainInput]:
        """A function for the pool that reads what an explanation needs, from the books and figures of this moment."""
        engine = self._engine
        books: Books = engine.books
        quotes: Mapping[TokenKey, TokenQuote] = dict(engine.market.quotes)
        market, now_ms = engine.house.stores.market, engine.house.clock.now_ms()
        sources = engine.market.sources
        perpetuals = engine.market.perpetuals

        def gather(key: TokenKey, portfolio_id: int | None, assumptions: OutlookAssumptions | None) -> ExplainInput:
            token = books.token(key)
            given = gather_input(
                market,
                books,
                token,
                portfolio_id,
                figures=LiveFigures(quotes.get(key), perpetuals.get(token.hedge)),
                sources=sources(token),
                now_ms=now_ms,
            )
            return given if assumptions is None else replace(given, outlook=assumptions)

        return gather

    def _run(
        self,
        slot: str,
        title: str,
        work: Callable[[JobControl], Any],
        done: Callable[[Any], None],
        failed: Callable[[LevdeskError], None],
    ) -> None:
        """Work in the pool, listed the first time; a work of the same slot that is still under way is given up."""
        self._engine.runner.cancel(self._jobs.get(slot, 0))
        self._jobs[slot] = self._engine.runner.run(title, work, done, failed, quiet=slot in self._jobs)
