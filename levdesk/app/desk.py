"""The desk the window works at: answers from memory at once, and hands commands to the engine once it stands.

Imported before the first paint, so it imports nothing heavy; what does the work lives in `engine` and is attached
when the window has painted. Commands given before that wait for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from levdesk.app.alert_front import AlertFront
from levdesk.domain.money import ZERO
from levdesk.ui.desk import DeskSignals

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from decimal import Decimal
    from pathlib import Path

    from levdesk.app.account_desk import LiveAccounts
    from levdesk.app.engine import Engine
    from levdesk.app.safety_desk import Exchange, LiveSafety
    from levdesk.domain.instruments import LeveragedToken, TokenKey
    from levdesk.domain.market import TokenQuote
    from levdesk.domain.problems import Problem
    from levdesk.domain.transactions import CostMethod, Portfolio, Transaction, TransactionDraft
    from levdesk.services.charts import ChartRange
    from levdesk.services.explained import ExplainedPortfolio
    from levdesk.services.explained_outlook import OutlookAssumptions
    from levdesk.services.health import SourceHealth
    from levdesk.services.importing import ImportPreview
    from levdesk.services.intake.choices import IntakeChoices
    from levdesk.services.pace import Pace
    from levdesk.services.settings import Settings
    from levdesk.services.views import PortfolioView

T = TypeVar("T")


class LiveDesk:
    """The real `levdesk.ui.desk.Desk`.

    Attributes:
        signals: where answers arrive.
        alerts: everything about alerts.
        exchange: set by whoever opens the books; closes them for a piece of work on their files.
        is_demo, is_offline: how the program was started.
    """

    def __init__(
        self,
        *,
        now_ms: Callable[[], int],
        settings: Settings,
        snapshot: PortfolioView | None,
        is_demo: bool,
        is_offline: bool,
    ) -> None:
        """Begin with what the first paint needs: preferences, and the view of the last time when there is one."""
        self.signals = DeskSignals()
        self.alerts = AlertFront()
        self.is_demo = is_demo
        self.is_offline = is_offline
        self._now_ms = now_ms
        self._settings = settings
        self._snapshot = snapshot
        self._engine: Engine | None = None
        self._safety: LiveSafety | None = None
        self._accounts: LiveAccounts | None = None
        self.exchange: Callable[[str, Exchange], None] = lambda _title, _work: None
        self._waiting: list[Callable[[Engine], None]] = []

    @property
    def accounts(self) -> LiveAccounts:
        """One's own accounts at the venues; made when somebody asks for it."""
        if self._accounts is None:
            from levdesk.app.account_desk import LiveAccounts  # late: the first paint needs none of it

            self._accounts = LiveAccounts(self._do)
        return self._accounts

    @property
    def safety(self) -> LiveSafety:
        """The care of the books; made when somebody asks for it."""
        if self._safety is None:
            from levdesk.app.safety_desk import LiveSafety  # late: the first paint needs none of it

            self._safety = LiveSafety(self._do, self._exchange)
        return self._safety

    def _exchange(self, title: str, work: Exchange) -> None:
        self.exchange(title, work)

    def detach(self) -> None:
        """The books are being closed, to be opened anew; what is asked meanwhile waits."""
        if self._engine is not None:
            self._settings, self._snapshot = self._engine.settings, None
        self._engine = None

    def attach(self, engine: Engine) -> None:
        """Work with the engine from now on; what was asked meanwhile is done now."""
        self._engine = engine
        waiting, self._waiting = self._waiting, []
        for command in waiting:
            command(engine)

    def _do(self, command: Callable[[Engine], None]) -> None:
        if self._engine is None:
            self._waiting.append(command)
        else:
            command(self._engine)

    # -- queries -----------------------------------------------------------------------------------------------

    @property
    def view(self) -> PortfolioView | None:
        """The last computed view of the selected portfolio; the snapshot until the books are open."""
        return self._snapshot if self._engine is None else self._engine.view

    @property
    def explained(self) -> ExplainedPortfolio | None:
        """What became of the selected portfolio's money, as last worked out."""
        return None if self._engine is None else self._engine.explain.portfolio

    @property
    def settings(self) -> Settings:
        """Preferences in force."""
        return self._settings if self._engine is None else self._engine.settings

    @property
    def portfolios(self) -> tuple[Portfolio, ...]:
        """All portfolios; none until the books are open."""
        return () if self._engine is None else self._engine.books.portfolios

    @property
    def selected_portfolio_id(self) -> int | None:
        """The portfolio on screen; None = all of them together."""
        return None if self._engine is None else self._engine.portfolio_id

    @property
    def undo_label(self) -> str:
        """Act that undo would take back."""
        return "" if self._engine is None else self._engine.books.undo_label

    @property
    def redo_label(self) -> str:
        """Act that redo would do again."""
        return "" if self._engine is None else self._engine.books.redo_label

    @property
    def health(self) -> tuple[SourceHealth, ...]:
        """How each source is doing."""
        return () if self._engine is None else self._engine.market.health()

    def now_ms(self) -> int:
        """The desk's clock, UTC."""
        return self._now_ms()

    def perpetuals_of(self, underlying: str) -> tuple[tuple[str, str], ...]:
        """Where a coin's perpetual could be had, as (venue, the venue's spelling)."""
        return () if self._engine is None else self._engine.market.perpetuals_of(underlying)

    def nav_gap_ratio(self, key: TokenKey) -> float | None:
        """How far the NAV estimate was from the venue's last figure."""
        return None if self._engine is None else self._engine.market.nav_gap_ratio(key)

    def transactions(self, key: TokenKey, portfolio_id: int | None) -> tuple[Transaction, ...]:
        """Rows of one holding, oldest first."""
        return () if self._engine is None else self._engine.books.transactions(key, portfolio_id)

    def catalogue(self) -> tuple[LeveragedToken, ...]:
        """Every token known."""
        return () if self._engine is None else self._engine.market.catalogue()

    def quote(self, key: TokenKey) -> TokenQuote | None:
        """Last known figures of a token."""
        return None if self._engine is None else self._engine.market.look_at(key)

    def check_draft(self, draft: TransactionDraft, portfolio_id: int, replacing: int | None) -> tuple[Problem, ...]:
        """What is wrong with a draft; nothing can be said before the books are open."""
        return () if self._engine is None else self._engine.check_draft(draft, portfolio_id, replacing)

    def units_held(self, key: TokenKey, portfolio_id: int, at_ms: int) -> Decimal:
        """Units held at a moment."""
        return ZERO if self._engine is None else self._engine.books.units_held(key, portfolio_id, at_ms)

    def diagnostics(self) -> str:
        """Versions, paths and health as text to copy."""
        return "" if self._engine is None else self._engine.diagnostics()

    # -- commands ----------------------------------------------------------------------------------------------

    def select_portfolio(self, portfolio_id: int | None) -> None:
        """Show another portfolio."""
        self._do(lambda engine: engine.select_portfolio(portfolio_id))

    def record(self, draft: TransactionDraft, portfolio_id: int) -> None:
        """Add a transaction."""
        self._do(lambda engine: engine.acts.record(draft, portfolio_id))

    def amend(self, transaction_id: int, draft: TransactionDraft) -> None:
        """Replace a transaction's content."""
        self._do(lambda engine: engine.acts.amend(transaction_id, draft))

    def remove(self, transaction_ids: Iterable[int]) -> None:
        """Delete transactions."""
        ids = tuple(transaction_ids)
        self._do(lambda engine: engine.acts.remove(ids))

    def undo(self) -> None:
        """Take the last act back."""
        self._do(lambda engine: engine.acts.undo())

    def redo(self) -> None:
        """Do it again."""
        self._do(lambda engine: engine.acts.redo())

    def add_portfolio(self, name: str, cost_method: CostMethod) -> None:
        """Create a portfolio and show it."""
        self._do(lambda engine: engine.acts.add_portfolio(name, cost_method))

    def edit_portfolio(self, portfolio: Portfolio) -> None:
        """Rename, or change the cost method."""
        self._do(lambda engine: engine.acts.edit_portfolio(portfolio))

    def remove_portfolio(self, portfolio_id: int) -> None:
        """Delete a portfolio and its rows."""
        self._do(lambda engine: engine.acts.remove_portfolio(portfolio_id))

    def define_token(self, token: LeveragedToken) -> None:
        """Define or correct an instrument by hand."""
        self._do(lambda engine: engine.acts.define_token(token))

    def value_by_hand(self, quote: TokenQuote) -> None:
        """Set price and NAV of a token by hand."""
        self._do(lambda engine: engine.market.value_by_hand(quote))

    def preview_import(self, source: Path | bytes, portfolio_id: int, choices: IntakeChoices | None = None) -> None:
        """Read a file of trades, or pasted rows; answered by `import_previewed` or `act_failed`."""
        self._do(lambda engine: engine.acts.preview_import(source, portfolio_id, choices))

    def accept_import(self, preview: ImportPreview, *, allow_duplicates: bool) -> None:
        """Write a previewed import as one undoable act."""
        self._do(lambda engine: engine.acts.accept_import(preview, allow_duplicates=allow_duplicates))

    def export_csv(self, path: Path, portfolio_id: int | None) -> None:
        """Write all transactions in the format that `import` reads."""
        self._do(lambda engine: engine.acts.export_csv(path, portfolio_id))

    def save_statement(self, path: Path, portfolio_id: int | None, from_ms: int, to_ms: int) -> None:
        """Write what a period came to, as PDF or CSV."""
        self._do(lambda engine: engine.acts.save_statement(path, portfolio_id, from_ms, to_ms))

    def save_file(self, path: Path, data: bytes, done: str) -> None:
        """Write a file whole."""
        self._do(lambda engine: engine.acts.save_file(path, data, done))

    def back_up(self, path: Path | None) -> None:
        """Make a verified backup."""
        self._do(lambda engine: engine.acts.back_up(path))

    def refresh(self) -> None:
        """Fetch now."""
        self._do(lambda engine: engine.market.refresh())

    def retry_source(self, venue: str) -> None:
        """Ask one venue, and connect to its stream, at once."""
        self._do(lambda engine: engine.market.retry_source(venue))

    def open_demo(self) -> None:
        """Start the demo in a window of its own, with its own data."""
        self._do(lambda engine: engine.open_demo())

    def cancel_job(self, job_id: int) -> None:
        """Stop a piece of background work."""
        self._do(lambda engine: engine.runner.cancel(job_id))

    def beside(
        self, title: str, work: Callable[[Pace], T], done: Callable[[T], None], stopped: Callable[[], None]
    ) -> int:
        """Have a piece of the window's own work done in the pool; nothing before the books are open."""
        engine = self._engine
        return 0 if engine is None else engine.work_beside(title, work, done, stopped)

    def request_overview(self, key: TokenKey, portfolio_id: int | None, chart_range: ChartRange) -> None:
        """Compute a token's chart; answered by `overview_ready`."""
        self._do(lambda engine: engine.charts.request_overview(key, portfolio_id, chart_range))

    def request_value(self, portfolio_id: int | None, chart_range: ChartRange) -> None:
        """Compute the value chart; answered by `value_ready`."""
        self._do(lambda engine: engine.charts.request_value(portfolio_id, chart_range))

    def request_explained(
        self, key: TokenKey, portfolio_id: int | None, assumptions: OutlookAssumptions | None = None
    ) -> None:
        """Explain a holding now and whenever there is news."""
        self._do(lambda engine: engine.explain.request(key, portfolio_id, assumptions))

    def change_settings(self, settings: Settings) -> None:
        """Save preferences; answered by `settings_changed`."""
        self._do(lambda engine: engine.change_settings(settings))
