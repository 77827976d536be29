"""A desk in memory with believable figures: what the parlour is built and tested against.

    desk = FakeDesk()                        # eight holdings, lively
    desk = FakeDesk(state=DeskState.EMPTY)   # first start
    desk.calls                               # every command, in order, as (name, arguments)

Commands take effect at once and announce it in the same call; with `hold=True` chart requests wait for `release()`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from levdesk.domain.errors import ImportRejected, LevdeskError, UserError
from levdesk.domain.instruments import LeveragedToken, TokenKey
from levdesk.domain.market import TokenQuote
from levdesk.domain.money import ZERO
from levdesk.domain.problems import Problem, Severity
from levdesk.domain.transactions import (
    OUTGOING,
    PRICED,
    CostMethod,
    Portfolio,
    Transaction,
    TransactionDraft,
    TransactionType,
)
from levdesk.services.charts import ChartRange
from levdesk.services.explained import ExplainedPortfolio
from levdesk.services.explained_outlook import OutlookAssumptions
from levdesk.services.health import JobView, SourceHealth, SourceState, StreamHealth
from levdesk.services.pace import Pace, no_pace
from levdesk.services.ports import BooksChange
from levdesk.services.settings import Settings
from levdesk.services.views import HoldingView, PortfolioView
from levdesk.ui.desk import DeskSignals
from tests.ui import fake_books, fake_charts, fake_explained, fake_health
from tests.ui.fake_accounts import FakeAccounts
from tests.ui.fake_alerts import FakeAlerts
from tests.ui.fake_books import NOW_MS
from tests.ui.fake_safety import FakeSafety

T = TypeVar("T")


class DeskState(StrEnum):
    """What the fake desk pretends."""

    LIVELY = "lively"
    EMPTY = "empty"
    LOADING = "loading"
    PARTIAL = "partial"
    STALE = "stale"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Books:
    """Everything undo brings back."""

    transactions: tuple[Transaction, ...]
    portfolios: tuple[Portfolio, ...]
    tokens: tuple[LeveragedToken, ...]


class FakeDesk:
    """Implements `levdesk.ui.desk.Desk`.

    Attributes:
        calls: commands received, as (name, arguments).
        preview: what `preview_import` answers with; None = the file is refused.
        clock_ms: the time; tests move it by hand.
        unexplained: the portfolio's explanation is not ready yet.
    """

    def __init__(
        self,
        *,
        state: DeskState = DeskState.LIVELY,
        settings: Settings | None = None,
        demo: bool = True,
        offline: bool = False,
        hold: bool = False,
    ) -> None:
        self.signals = DeskSignals()
        self.clock_ms = NOW_MS
        self.alerts = FakeAlerts(self.now_ms)
        self.safety = FakeSafety()
        self.accounts = FakeAccounts()
        self.calls: list[tuple[str, tuple[object, ...]]] = []
        self.stopped: dict[int, Callable[[], None]] = {}
        self.preview: object | None = None
        self.choices: object | None = None
        self.told_health: tuple[SourceHealth, ...] = ()
        self.settings = settings or Settings()
        self.selected_portfolio_id: int | None = 1
        self.is_demo = demo
        self.is_offline = offline
        self.state = state
        self.unexplained = hold or state is not DeskState.LIVELY
        self.held: list[Callable[[], None]] = []
        self._hold = hold or state is DeskState.LOADING
        rows = () if state is DeskState.EMPTY else fake_books.transactions()
        portfolios = (Portfolio(id=1, name="Main"), Portfolio(id=2, name="Savings", cost_method=CostMethod.AVERAGE))
        self._books = Books(rows, portfolios[:1] if state is DeskState.EMPTY else portfolios, fake_books.tokens())
        self._past: list[tuple[str, Books]] = []
        self._future: list[tuple[str, Books]] = []
        self._quotes = fake_books.quotes(aged_ms=3 * 3_600_000 if state is DeskState.STALE or offline else 0)
        if state is DeskState.PARTIAL:
            for symbol in ("SOL3L", "LINK2L"):
                del self._quotes[TokenKey("gate", symbol)]
        self._next_id = 1 + max((row.id for row in rows), default=0)

    # -- queries ---------------------------------------------------------------------------------------------------

    @property
    def view(self) -> PortfolioView | None:
        if self.state is DeskState.LOADING:
            return None
        return fake_books.portfolio_view(
            self._books.tokens, self._books.transactions, self._quotes, self.selected_portfolio_id, self.clock_ms
        )

    @property
    def explained(self) -> ExplainedPortfolio | None:
        view = self.view
        if view is None or self.unexplained:
            return None
        told = [fake_explained.explained(row, self._rows_of(row), self.clock_ms) for row in view.holdings]
        return fake_explained.portfolio(view, told, self.selected_portfolio_id, self.clock_ms)

    @property
    def portfolios(self) -> tuple[Portfolio, ...]:
        return self._books.portfolios

    @property
    def undo_label(self) -> str:
        return self._past[-1][0] if self._past else ""

    @property
    def redo_label(self) -> str:
        return self._future[-1][0] if self._future else ""

    @property
    def health(self) -> tuple[SourceHealth, ...]:
        return self.told_health

    def now_ms(self) -> int:
        return self.clock_ms

    def perpetuals_of(self, underlying: str) -> tuple[tuple[str, str], ...]:
        return (("gate", f"{underlying}_USDT"), ("binance", f"{underlying}USDT"), ("okx", f"{underlying}-USDT-SWAP"))

    def nav_gap_ratio(self, key: TokenKey) -> float | None:
        return 0.0004

    def transactions(self, key: TokenKey, portfolio_id: int | None) -> tuple[Transaction, ...]:
        return tuple(
            row
            for row in self._books.transactions
            if row.draft.key == key and (portfolio_id is None or row.portfolio_id == portfolio_id)
        )

    def catalogue(self) -> tuple[LeveragedToken, ...]:
        return self._books.tokens

    def quote(self, key: TokenKey) -> TokenQuote | None:
        return self._quotes.get(key)

    def check_draft(self, draft: TransactionDraft, portfolio_id: int, replacing: int | None) -> tuple[Problem, ...]:
        problems: list[str] = []
        if draft.quantity is None and draft.type is not TransactionType.SETTLE:
            problems.append("Quantity is missing.")
        elif draft.quantity is not None and draft.quantity <= 0:
            problems.append("Quantity must be more than 0.")
        if draft.type in PRICED and (draft.price is None or draft.price <= 0):
            problems.append("Price must be more than 0.")
        if draft.key not in {token.key for token in self._books.tokens}:
            problems.append(f"{draft.key.symbol} is not known at {draft.key.venue}.")
        held = self._held_before(draft.key, portfolio_id, draft.time_ms, replacing)
        if draft.type in OUTGOING and draft.quantity is not None and draft.quantity > held:
            problems.append(f"Only {held.normalize():f} {draft.key.symbol} are held at that time.")
        return tuple(Problem(severity=Severity.ERROR, code="draft", message=text) for text in problems)

    def units_held(self, key: TokenKey, portfolio_id: int, at_ms: int) -> Decimal:
        return self._held_before(key, portfolio_id, at_ms, None)

    def _held_before(self, key: TokenKey, portfolio_id: int, at_ms: int, leaving_out: int | None) -> Decimal:
        rows = self.transactions(key, portfolio_id)
        return fake_books.pool(r for r in rows if r.draft.time_ms <= at_ms and r.id != leaving_out).units

    # -- commands --------------------------------------------------------------------------------------------------

    def select_portfolio(self, portfolio_id: int | None) -> None:
        self.calls.append(("select_portfolio", (portfolio_id,)))
        self.selected_portfolio_id = portfolio_id
        self.publish()

    def record(self, draft: TransactionDraft, portfolio_id: int) -> None:
        self.calls.append(("record", (draft, portfolio_id)))
        row = Transaction(id=self._next_id, portfolio_id=portfolio_id, draft=draft)
        self._next_id += 1
        self._act(f"add {_words(draft)}", transactions=(*self._books.transactions, row), added=(row,))

    def amend(self, transaction_id: int, draft: TransactionDraft) -> None:
        self.calls.append(("amend", (transaction_id, draft)))
        old = next(row for row in self._books.transactions if row.id == transaction_id)
        new = replace(old, draft=draft)
        rows = tuple(new if row.id == transaction_id else row for row in self._books.transactions)
        self._act(f"edit {_words(draft)}", transactions=rows, added=(new,), removed=(old,))

    def remove(self, transaction_ids: Iterable[int]) -> None:
        ids = frozenset(transaction_ids)
        self.calls.append(("remove", (ids,)))
        gone = tuple(row for row in self._books.transactions if row.id in ids)
        rows = tuple(row for row in self._books.transactions if row.id not in ids)
        words = _words(gone[0].draft) if len(gone) == 1 else f"{len(gone)} transactions"
        self._act(f"delete {words}", transactions=rows, removed=gone)

    def undo(self) -> None:
        self.calls.append(("undo", ()))
        self._travel(self._past, self._future, "Undid")

    def redo(self) -> None:
        self.calls.append(("redo", ()))
        self._travel(self._future, self._past, "Did again")

    def add_portfolio(self, name: str, cost_method: CostMethod) -> None:
        self.calls.append(("add_portfolio", (name, cost_method)))
        new = Portfolio(id=1 + max(p.id for p in self.portfolios), name=name, cost_method=cost_method)
        self.selected_portfolio_id = new.id
        self._act(f"add portfolio {name}", portfolios=(*self.portfolios, new))

    def edit_portfolio(self, portfolio: Portfolio) -> None:
        self.calls.append(("edit_portfolio", (portfolio,)))
        changed = tuple(portfolio if p.id == portfolio.id else p for p in self.portfolios)
        self._act(f"change portfolio {portfolio.name}", portfolios=changed)

    def remove_portfolio(self, portfolio_id: int) -> None:
        self.calls.append(("remove_portfolio", (portfolio_id,)))
        if len(self.portfolios) == 1:
            self.fail(UserError("The last portfolio cannot be deleted.", hint="Add another one first."))
            return
        rows = tuple(row for row in self._books.transactions if row.portfolio_id != portfolio_id)
        if self.selected_portfolio_id == portfolio_id:
            self.selected_portfolio_id = None
        kept = tuple(p for p in self.portfolios if p.id != portfolio_id)
        self._act("delete portfolio", portfolios=kept, transactions=rows)

    def define_token(self, token: LeveragedToken) -> None:
        self.calls.append(("define_token", (token,)))
        others = tuple(known for known in self._books.tokens if known.key != token.key)
        self._act(f"define {token.key.symbol}", tokens=(*others, token))
        self.signals.catalogue_changed.emit(self.catalogue())

    def value_by_hand(self, quote: TokenQuote) -> None:
        self.calls.append(("value_by_hand", (quote,)))
        self._quotes[quote.key] = quote
        self.publish()

    def preview_import(self, source: Path | bytes, portfolio_id: int, choices: object | None = None) -> None:
        self.calls.append(("preview_import", (source, portfolio_id)))
        self.choices = choices
        if self.preview is None:
            name = getattr(source, "name", "pasted rows")
            self.fail(ImportRejected(f"{name} was not imported.", hint="Mend the rows and try again."))
        else:
            self.signals.import_previewed.emit(self.preview)

    def accept_import(self, preview: object, *, allow_duplicates: bool) -> None:
        self.calls.append(("accept_import", (preview, allow_duplicates)))
        self.signals.act_done.emit("Imported")

    def export_csv(self, path: Path, portfolio_id: int | None) -> None:
        self.calls.append(("export_csv", (path, portfolio_id)))
        self.signals.act_done.emit(f"Exported to {path.name}")

    def save_statement(self, path: Path, portfolio_id: int | None, from_ms: int, to_ms: int) -> None:
        self.calls.append(("save_statement", (path, portfolio_id, from_ms, to_ms)))

    def save_file(self, path: Path, data: bytes, done: str) -> None:
        self.calls.append(("save_file", (path, data)))
        self.signals.act_done.emit(done)

    def back_up(self, path: Path | None) -> None:
        self.calls.append(("back_up", (path,)))
        self.signals.act_done.emit("Backed up")

    def refresh(self) -> None:
        self.calls.append(("refresh", ()))
        self.publish()

    def retry_source(self, venue: str) -> None:
        self.calls.append(("retry_source", (venue,)))

    def open_demo(self) -> None:
        self.calls.append(("open_demo", ()))

    def cancel_job(self, job_id: int) -> None:
        self.calls.append(("cancel_job", (job_id,)))
        self.stopped.pop(job_id, lambda: None)()
        self.signals.jobs_changed.emit(())

    def beside(
        self, title: str, work: Callable[[Pace], T], done: Callable[[T], None], stopped: Callable[[], None]
    ) -> int:
        self.calls.append(("beside", (title,)))
        self.stopped[len(self.calls)] = stopped
        job_id = len(self.calls)
        self._answer(lambda: done(work(no_pace)))
        return job_id

    def request_overview(self, key: TokenKey, portfolio_id: int | None, chart_range: ChartRange) -> None:
        self.calls.append(("request_overview", (key, portfolio_id, chart_range)))
        token = next(token for token in self._books.tokens if token.key == key)
        if self.state is DeskState.FAILED:
            series = fake_charts.nothing_overview(
                token, portfolio_id, chart_range, "Gate did not answer. Press F5 to ask again."
            )
        else:
            rows = list(self.transactions(key, portfolio_id))
            series = fake_charts.overview(token, rows, portfolio_id, chart_range, self.clock_ms)
        self._answer(lambda: self.signals.overview_ready.emit(series))

    def request_value(self, portfolio_id: int | None, chart_range: ChartRange) -> None:
        self.calls.append(("request_value", (portfolio_id, chart_range)))
        view = self.view
        if self.state is DeskState.FAILED:
            series = fake_charts.nothing_value(
                portfolio_id, chart_range, "There is no price history yet. Press F5 to fetch it."
            )
        elif view is None or not view.holdings:
            series = fake_charts.nothing_value(
                portfolio_id, chart_range, "Add a transaction and its value appears here."
            )
        else:
            totals = view.totals
            series = fake_charts.value(
                portfolio_id,
                chart_range,
                self.clock_ms,
                last=float(totals.market_value),
                invested=float(totals.cost_basis),
            )
        self._answer(lambda: self.signals.value_ready.emit(series))

    def request_explained(
        self, key: TokenKey, portfolio_id: int | None, assumptions: OutlookAssumptions | None = None
    ) -> None:
        self.calls.append(("request_explained", (key, portfolio_id, assumptions)))
        if self.state is DeskState.FAILED:
            told = fake_explained.nothing(key, portfolio_id, "There is no history of its underlying yet. Press F5.")
        else:
            view = self.view
            row = None if view is None else next((row for row in view.holdings if row.token.key == key), None)
            if row is None:
                return
            told = fake_explained.explained(row, self._rows_of(row), self.clock_ms, assumptions)
        self._answer(lambda: self.signals.explained_ready.emit(told))

    def change_settings(self, settings: Settings) -> None:
        self.calls.append(("change_settings", (settings,)))
        self.settings = settings
        self.signals.settings_changed.emit(settings)

    def diagnostics(self) -> str:
        return "LevDesk 0.1.0\nQt 6.11.3\nPlatform offscreen\n"

    # -- strings a test pulls --------------------------------------------------------------------------------------

    def publish(self) -> None:
        """Announce the view, as the engine does at each beat."""
        self.signals.view_changed.emit(self.view)

    def explain(self) -> None:
        """Announce the portfolio's explanation, as the desk does when there is news."""
        self.unexplained = False
        self.signals.portfolio_explained.emit(self.explained)

    def release(self) -> None:
        """Answer the chart requests that were held back."""
        self._hold = False
        waiting, self.held = self.held, []
        for answer in waiting:
            answer()

    def load(self) -> None:
        """End the loading state."""
        self.state = DeskState.LIVELY
        self.publish()
        self.release()

    def fail(self, error: LevdeskError) -> None:
        """Announce that an act failed."""
        self.signals.act_failed.emit(error)

    def tick(self, symbol: str, last: Decimal) -> None:
        """Let one price move."""
        key = next(known for known in self._quotes if known.symbol == symbol)
        bid, ask = last * Decimal("0.9995"), last * Decimal("1.0005")
        self._quotes[key] = replace(self._quotes[key], last=last, bid=bid, ask=ask, price_ts_ms=self.clock_ms)
        self.publish()

    def report_health(self) -> None:
        """Announce two live, one slow and one failed source, or all offline."""
        rows = fake_health.sources()
        if self.is_offline:
            rows = tuple(
                replace(row, state=SourceState.OFFLINE, error="", retry_ms=None, stream=StreamHealth()) for row in rows
            )
        self.told_health = rows
        self.signals.health_changed.emit(rows)

    def report_jobs(self, *jobs: JobView) -> None:
        """Announce running work."""
        self.signals.jobs_changed.emit(jobs)

    # -- inside ----------------------------------------------------------------------------------------------------

    def _rows_of(self, holding: HoldingView) -> tuple[Transaction, ...]:
        return self.transactions(holding.token.key, holding.portfolio_id)

    def _answer(self, emit: Callable[[], None]) -> None:
        if self._hold:
            self.held.append(emit)
        else:
            emit()

    def _act(
        self,
        label: str,
        *,
        transactions: tuple[Transaction, ...] | None = None,
        portfolios: tuple[Portfolio, ...] | None = None,
        tokens: tuple[LeveragedToken, ...] | None = None,
        added: tuple[Transaction, ...] = (),
        removed: tuple[Transaction, ...] = (),
    ) -> None:
        self._past.append((label, self._books))
        self._future.clear()
        self._books = Books(
            self._books.transactions
            if transactions is None
            else tuple(sorted(transactions, key=lambda row: row.order)),
            self._books.portfolios if portfolios is None else portfolios,
            self._books.tokens if tokens is None else tokens,
        )
        self._announce(
            BooksChange(
                label=label, added=added, removed=removed, portfolios=portfolios, tokens=tokens, undo_label=label
            )
        )
        self.signals.act_done.emit(label[:1].upper() + label[1:])

    def _travel(self, source: list[tuple[str, Books]], target: list[tuple[str, Books]], verb: str) -> None:
        if not source:
            self.fail(UserError("There is nothing to take back."))
            return
        label, books = source.pop()
        target.append((label, self._books))
        self._books = books
        self._announce(
            BooksChange(
                label=label,
                undo_label=self.undo_label,
                redo_label=self.redo_label,
                portfolios=self.portfolios,
                tokens=books.tokens,
            )
        )
        self.signals.act_done.emit(f"{verb}: {label}")

    def _announce(self, change: BooksChange) -> None:
        self.signals.books_changed.emit(change)
        self.publish()


def _words(draft: TransactionDraft) -> str:
    quantity = "all" if draft.quantity is None else f"{(draft.quantity or ZERO).normalize():f}"
    return f"{draft.type.value.replace('_', ' ')} of {quantity} {draft.key.symbol}"
