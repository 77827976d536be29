"""The parlour's one contact with the rest of the house: commands out, frozen views in.

Commands return at once; what comes of them arrives as a signal in the GUI thread. Queries read what is in memory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

from PySide6.QtCore import QObject, Signal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from decimal import Decimal
    from pathlib import Path

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
    from levdesk.ui.accounts.desk import AccountDesk
    from levdesk.ui.alerts.desk import AlertDesk
    from levdesk.ui.safety.desk import SafetyDesk

T = TypeVar("T")


class DeskSignals(QObject):
    """What the desk announces; every payload is one frozen value."""

    view_changed = Signal(object)  # PortfolioView of the selected portfolio
    books_changed = Signal(object)  # BooksChange, or None at load
    act_done = Signal(object)  # str: what was done, for the status bar
    act_failed = Signal(object)  # LevdeskError
    health_changed = Signal(object)  # tuple[SourceHealth, ...]
    jobs_changed = Signal(object)  # tuple[JobView, ...]
    overview_ready = Signal(object)  # OverviewSeries
    value_ready = Signal(object)  # ValueSeries
    explained_ready = Signal(object)  # ExplainedHolding, as asked for by request_explained, and again when it changes
    portfolio_explained = Signal(object)  # ExplainedPortfolio of the selected portfolio
    import_previewed = Signal(object)  # ImportPreview
    settings_changed = Signal(object)  # Settings
    catalogue_changed = Signal(object)  # tuple[LeveragedToken, ...]


class Desk(Protocol):
    """Everything the window may ask for."""

    @property
    def signals(self) -> DeskSignals:
        """Where answers arrive."""

    @property
    def alerts(self) -> AlertDesk:
        """Everything about alerts."""

    @property
    def accounts(self) -> AccountDesk:
        """One's own accounts at the venues."""

    @property
    def safety(self) -> SafetyDesk:
        """The care of the books: backups, bin, history, rescue."""

    # -- queries: memory only, at once -------------------------------------------------------------------------

    @property
    def view(self) -> PortfolioView | None:
        """The last computed view of the selected portfolio; None before the first."""

    @property
    def explained(self) -> ExplainedPortfolio | None:
        """What became of the selected portfolio's money, as last worked out; None before the first time."""

    @property
    def settings(self) -> Settings:
        """Preferences in force."""

    @property
    def portfolios(self) -> tuple[Portfolio, ...]:
        """All portfolios."""

    @property
    def selected_portfolio_id(self) -> int | None:
        """The portfolio on screen; None = all of them together."""

    @property
    def undo_label(self) -> str:
        """Act that undo would take back, "" when none."""

    @property
    def redo_label(self) -> str:
        """Act that redo would do again, "" when none."""

    @property
    def is_demo(self) -> bool:
        """True when the figures are simulated."""

    @property
    def is_offline(self) -> bool:
        """True when nothing is fetched."""

    @property
    def health(self) -> tuple[SourceHealth, ...]:
        """How each source is doing, as last announced."""

    def now_ms(self) -> int:
        """The desk's clock, UTC."""

    def perpetuals_of(self, underlying: str) -> tuple[tuple[str, str], ...]:
        """Where a coin's perpetual could be had, as (venue, the venue's spelling), the registry's order first."""

    def nav_gap_ratio(self, key: TokenKey) -> float | None:
        """How far the NAV estimate was from the venue's last figure, over it minus one; None when never compared."""

    def transactions(self, key: TokenKey, portfolio_id: int | None) -> tuple[Transaction, ...]:
        """Rows of one holding, oldest first."""

    def catalogue(self) -> tuple[LeveragedToken, ...]:
        """Every token known: held, defined by hand, and listed by the venues."""

    def quote(self, key: TokenKey) -> TokenQuote | None:
        """Last known figures of a token."""

    def check_draft(self, draft: TransactionDraft, portfolio_id: int, replacing: int | None) -> tuple[Problem, ...]:
        """What is wrong with a draft (empty when it can be recorded); `replacing` is an edited row's id."""

    def units_held(self, key: TokenKey, portfolio_id: int, at_ms: int) -> Decimal:
        """Units held at a moment."""

    # -- commands: answered by signals -------------------------------------------------------------------------

    def select_portfolio(self, portfolio_id: int | None) -> None:
        """Show another portfolio."""

    def record(self, draft: TransactionDraft, portfolio_id: int) -> None:
        """Add a transaction."""

    def amend(self, transaction_id: int, draft: TransactionDraft) -> None:
        """Replace a transaction's content."""

    def remove(self, transaction_ids: Iterable[int]) -> None:
        """Delete transactions."""

    def undo(self) -> None:
        """Take the last act back."""

    def redo(self) -> None:
        """Do it again."""

    def add_portfolio(self, name: str, cost_method: CostMethod) -> None:
        """Create a portfolio and show it."""

    def edit_portfolio(self, portfolio: Portfolio) -> None:
        """Rename, or change the cost method."""

    def remove_portfolio(self, portfolio_id: int) -> None:
        """Delete a portfolio and its rows."""

    def define_token(self, token: LeveragedToken) -> None:
        """Define or correct an instrument by hand."""

    def value_by_hand(self, quote: TokenQuote) -> None:
        """Set price and NAV of a token by hand (sources MANUAL)."""

    def preview_import(self, source: Path | bytes, portfolio_id: int, choices: IntakeChoices | None = None) -> None:
        """Read a file of trades, or pasted rows; answered by `import_previewed` or `act_failed`.

        A job of its own, listed as "Reading …"; stopped by `cancel_job`, and then not answered.
        """

    def accept_import(self, preview: ImportPreview, *, allow_duplicates: bool) -> None:
        """Write a previewed import as one undoable act, after a backup.

        Jobs of their own, listed as "Backing up" and "Importing …"; whoever stops them hears it by `act_failed`, unless
        all was written by then.
        """

    def export_csv(self, path: Path, portfolio_id: int | None) -> None:
        """Write all transactions in the format that `import` reads."""

    def save_statement(self, path: Path, portfolio_id: int | None, from_ms: int, to_ms: int) -> None:
        """Write what a period came to, as PDF or CSV by the ending of the file; said by `act_done`."""

    def save_file(self, path: Path, data: bytes, done: str) -> None:
        """Write a file whole; `done` is what `act_done` says then. The window has asked before overwriting."""

    def back_up(self, path: Path | None) -> None:
        """Make a verified backup."""

    def refresh(self) -> None:
        """Fetch now."""

    def retry_source(self, venue: str) -> None:
        """Ask one venue, and connect to its stream, at once."""

    def open_demo(self) -> None:
        """Start the demo in a window of its own, with its own data."""

    def cancel_job(self, job_id: int) -> None:
        """Stop a piece of background work."""

    def beside(
        self, title: str, work: Callable[[Pace], T], done: Callable[[T], None], stopped: Callable[[], None]
    ) -> int:
        """Have a piece of the window's own work done in the pool; `done` is called, here, with what it came to.

        `work` touches no widget; it asks the queries above and tells its pace. The id is for `cancel_job`; work that
        is stopped is answered by `stopped`, at once. 0, and nothing is done, before the books are open.
        """

    def request_overview(self, key: TokenKey, portfolio_id: int | None, chart_range: ChartRange) -> None:
        """Compute a token's chart; answered by `overview_ready`."""

    def request_value(self, portfolio_id: int | None, chart_range: ChartRange) -> None:
        """Compute the value chart; answered by `value_ready`."""

    def request_explained(
        self, key: TokenKey, portfolio_id: int | None, assumptions: OutlookAssumptions | None = None
    ) -> None:
        """Explain a holding now and whenever there is news; None = usual assumptions of the outlook.

        Answered by `explained_ready`; only the last holding asked for is kept up to date.
        """

    def change_settings(self, settings: Settings) -> None:
        """Save preferences; answered by `settings_changed`."""

    def diagnostics(self) -> str:
        """Versions, paths and health as text to copy; no secrets."""
