"""The engine under the window: owns the books in memory, and keeps view, market and charts in step with them.

Lives in the GUI thread. What takes long runs in the job pool or the writer; what comes back lands here.
"""

from __future__ import annotations

import gc
import logging
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QObject, QProcess, QTimer

from levdesk.app.acts_desk import ActsDesk
from levdesk.app.books_watch import BooksWatch
from levdesk.app.chart_desk import ChartDesk
from levdesk.app.explain_desk import ExplainDesk
from levdesk.app.house import House
from levdesk.app.market_desk import MarketDesk, StoredMarket
from levdesk.app.snapshots import Snapshots
from levdesk.domain.errors import LevdeskError, UserError
from levdesk.domain.instruments import TokenKey
from levdesk.domain.problems import Problem
from levdesk.domain.transactions import TransactionDraft
from levdesk.runtime.jobs import JobControl, JobRunner
from levdesk.services.books import Books
from levdesk.services.collector import collector_at_rest
from levdesk.services.portfolio import Valuation
from levdesk.services.ports import BooksChange
from levdesk.services.settings import Settings, encode_settings
from levdesk.services.views import PortfolioView
from levdesk.ui.desk import DeskSignals

if TYPE_CHECKING:
    from levdesk.services.pace import Pace
    from levdesk.simulator.demo import Demo

T = TypeVar("T")

SELECTED = "selected_portfolio_id"
_MANY_ROWS = 2_000
YOUNG = 7_000
"""New objects until the young are searched for garbage: ten times Python's own, for quotes bring thousands a second."""
SETTLED_MS = (3_000, 9_000, 30_000)
"""When what the start has made is here to stay, and need not be searched for garbage again: a search of all of it
keeps every thread waiting for a tenth of a second."""

_log = logging.getLogger("levdesk.app")


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """Everything that was read while the window already stood."""

    house: House
    demo: Demo | None
    books: Books
    settings: Settings
    selected: int | None
    market: StoredMarket
    problems: tuple[Problem, ...]


class Engine(QObject):
    """Implements what the desk promises.

    Attributes:
        house: the files and doors.
        signals: the desk's.
        runner: the job pool.
        books: everything entered, as it is now.
        settings: preferences in force.
        portfolio_id: the portfolio on screen; None = all together.
        view: its last view.
        acts, market, charts, explain: the four trades of the engine.
    """

    def __init__(self, opened: Opened, signals: DeskSignals, runner: JobRunner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.house = opened.house
        self.signals = signals
        self.runner = runner
        self.books = opened.books
        self.settings = opened.settings
        known = {portfolio.id for portfolio in opened.books.portfolios}
        self.portfolio_id = opened.selected if opened.selected in known else None
        self._demo = opened.demo
        self._problems = opened.problems
        self._valuation = Valuation(self.books, self.portfolio_id)
        self.acts = ActsDesk(self)
        self.market = MarketDesk(self, opened.market)
        self.charts = ChartDesk(self)
        self.explain = ExplainDesk(self)
        self._watch = BooksWatch(self)
        self._snapshots = Snapshots(self)
        self.view: PortfolioView = self._value_all()

    def start(self) -> None:
        """Tell the window what there is, and begin to fetch."""
        self.signals.settings_changed.emit(self.settings)
        self.signals.books_changed.emit(None)
        self.signals.view_changed.emit(self.view)
        self.runner.jobs_changed.connect(self.signals.jobs_changed)
        self.market.start()
        self._watch.start()
        self._snapshots.start()
        self.explain.start()
        gc.set_threshold(YOUNG)
        for after_ms in SETTLED_MS:
            QTimer.singleShot(after_ms, self, gc.freeze)

    def stop(self) -> bool:
        """Stop fetching and hearing, remember the view, and end the demo's market; the house is closed by its owner.

        Returns:
            False when something would not end in time.
        """
        self._watch.stop()
        self.explain.stop()
        self.charts.stop()
        in_time = self.market.stop()
        self._snapshots.stop()
        if self._demo is not None:
            self._demo.stop()
        return in_time

    # -- books -------------------------------------------------------------------------------------------------

    def apply(self, change: BooksChange, *, then: Callable[[BooksChange], None]) -> None:
        """Bring an act into the books in memory; a large one is worked out in the pool."""

        def settle(books: Books) -> None:
            self.replace_books(books, change)
            then(change)

        if len(change.added) + len(change.removed) < _MANY_ROWS:
            settle(self.books.apply(change))
            return
        before = self.books

        def work(_control: JobControl) -> Books:
            with collector_at_rest():
                after = before.apply(change)
                after.work_out(None)
            return after

        self.runner.run("Working out the positions", work, settle, self.fail)

    def replace_books(self, books: Books, change: BooksChange | None = None) -> None:
        """Work with these books from now on; `change` says what is different, None anything."""
        self.books = books
        if self.portfolio_id not in {None, *(portfolio.id for portfolio in books.portfolios)}:
            self.portfolio_id = None
        self._valuation = Valuation(books, self.portfolio_id)
        self.view = self._value_all()
        self.signals.books_changed.emit(change)
        self.signals.view_changed.emit(self.view)
        self.market.holdings_changed()
        self.charts.books_changed()
        self.explain.books_changed()

    def check_draft(self, draft: TransactionDraft, portfolio_id: int, replacing: int | None) -> tuple[Problem, ...]:
        """What is wrong with a draft."""
        token = self.market.listed(draft.key)
        return self.books.check_draft(draft, portfolio_id, replacing, token=token, now_ms=self.house.clock.now_ms())

    def select_portfolio(self, portfolio_id: int | None) -> None:
        """Show another portfolio, and remember it."""
        self.portfolio_id = portfolio_id
        self._valuation = Valuation(self.books, portfolio_id)
        self.view = self._value_all()
        self.runner.watch(self.house.stores.settings.save_settings({SELECTED: portfolio_id}), _ignore, self.fail)
        self.signals.books_changed.emit(None)
        self.signals.view_changed.emit(self.view)
        self.market.holdings_changed()
        self.explain.books_changed()

    # -- values ------------------------------------------------------------------------------------------------

    def revalue(self, changed: frozenset[TokenKey] | None) -> None:
        """Value the holdings whose quotes are new (all of them for None) and show the result."""
        if changed is None:
            self.view = self._value_all()
        else:
            problems = self._all_problems()
            keys = [key for key in changed if key in self._valuation]
            if not keys and self.view.problems[: len(problems)] == problems:
                return
            self.view = self._valuation.update(
                self.view,
                self.market.quotes,
                keys,
                self.house.clock.now_ms(),
                opening=self.market.opening,
                problems=problems,
            )
        self.signals.view_changed.emit(self.view)

    def _value_all(self) -> PortfolioView:
        return self._valuation.view(
            self.market.quotes,
            self.house.clock.now_ms(),
            opening=self.market.opening,
            problems=self._all_problems(),
        )

    def _all_problems(self) -> tuple[Problem, ...]:
        return (*self._problems, *self.market.problems())

    def add_problem(self, problem: Problem) -> None:
        """Show a problem that is nobody's holding, once."""
        if problem not in self._problems:
            self._problems = (*self._problems, problem)
            self.revalue(None)

    def work_beside(
        self, title: str, work: Callable[[Pace], T], done: Callable[[T], None], stopped: Callable[[], None]
    ) -> int:
        """Do work of the window in the pool; the id of the job."""

        def job(control: JobControl) -> T:
            def pace(done_ratio: float) -> None:
                control.progress(done_ratio)
                if control.cancelled:
                    raise UserError("The work was stopped.")

            with collector_at_rest():
                return work(pace)

        return self.runner.run(title, job, done, self.fail, stopped=stopped, is_awaited=True)

    # -- the rest ----------------------------------------------------------------------------------------------

    def fail(self, error: LevdeskError) -> None:
        """Show a failure to the person."""
        if not isinstance(error, UserError):
            _log.warning("%s: %s", error.code, error.message)
        self.signals.act_failed.emit(error)

    def change_settings(self, settings: Settings) -> None:
        """Put preferences in force at once, and keep them."""
        before, self.settings = self.settings, settings
        self.runner.watch(self.house.stores.settings.save_settings(encode_settings(settings)), _ignore, self.fail)
        self.signals.settings_changed.emit(settings)
        market = (settings.poll_s, settings.venue_urls, settings.venues_off)
        if (before.poll_s, before.venue_urls, before.venues_off) != market:
            self.market.settings_changed()

    def open_demo(self) -> None:
        """Start the demo in a window, and a process, of its own."""
        arguments = ["-m", "levdesk", "--demo"]
        if self.house.options.data_dir is not None:
            arguments += ["--data-dir", str(self.house.options.data_dir)]
        started, _pid = QProcess.startDetached(sys.executable, arguments, str(_import_root()))
        if started:
            self.signals.act_done.emit("The demo opens in a window of its own")
        else:
            self.fail(UserError("The demo could not be started.", hint="Start it with: python3 main.py --demo"))

    def diagnostics(self) -> str:
        """Versions, paths and health as text to copy."""
        from levdesk.app.diagnostics import describe  # rarely wanted

        return describe(self.house, health=self.market.health())


def _ignore(_result: object) -> None:
    """Nothing to do: the future's failure is what matters."""


def _import_root() -> str:
    from pathlib import Path

    return str(Path(__file__).resolve().parents[2])
