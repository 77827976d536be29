"""The window: menu bar, summary strip, table over chart, inspector, status bar; it shows what the desk tells it.

What is needed for the first paint is made in the constructor; charts, inspector pages and the icon come right after.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QSplitter, QToolBar, QVBoxLayout, QWidget

from levdesk.ui import theme
from levdesk.ui.actions import Actions
from levdesk.ui.acts import Acts
from levdesk.ui.alerts.dock import WarningsDock
from levdesk.ui.banner import Banner
from levdesk.ui.chart_room import ChartRoom
from levdesk.ui.coming_and_going import ComingAndGoing
from levdesk.ui.commands import Commands
from levdesk.ui.format import Figures
from levdesk.ui.inspector import Inspector
from levdesk.ui.pace import Pace
from levdesk.ui.pages import Pages
from levdesk.ui.portfolio_menu import PortfolioMenu
from levdesk.ui.remembered import remember, remember_pages
from levdesk.ui.search_button import SearchButton, in_corner
from levdesk.ui.status_line import StatusLine
from levdesk.ui.summary_strip import SummaryStrip
from levdesk.ui.view_commands import tick_settings
from levdesk.ui.views.holdings_panel import HoldingsPanel
from levdesk.ui.window_state import STATE_VERSION, WindowState

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtGui import QCloseEvent, QPaintEvent, QResizeEvent, QShowEvent

    from levdesk.domain.instruments import TokenKey
    from levdesk.services.explained import ExplainedPortfolio
    from levdesk.services.health import JobView, SourceHealth
    from levdesk.services.settings import Settings
    from levdesk.services.views import PortfolioView
    from levdesk.ui.charts.value_chart import ValueChart
    from levdesk.ui.command_palette import CommandPalette
    from levdesk.ui.desk import Desk
    from levdesk.ui.first_steps import FirstSteps

TICK_MS: Final = 1_000
FIRST_SIZE: Final = QSize(1440, 900)
FRAME_SIZE: Final = QSize(16, 48)  # title bar and edges, at most: no desktop tells before the window is shown
MIN_HEIGHT: Final = 600
INSPECTOR_SHARE: Final = 0.35


class MainWindow(ComingAndGoing):
    """The one window of the program.

    Attributes:
        first_painted: emitted once, after the first paint.
        draws_itself: charts begin right behind the first paint; else whoever made the window calls `draw` as soon as
            what they are worked out with has been imported, which takes a tenth of a second.
        closing: the window is about to close; its state has been saved.

    Args:
        desk: where everything comes from and goes to.
        state_path: INI file for window and column state; None keeps nothing.
        place: name of the books for the title bar, "" for the usual ones.
    """

    first_painted = Signal()
    closing = Signal()

    def __init__(self, desk: Desk, *, state_path: Path | None = None, place: str = "") -> None:
        super().__init__()
        self.desk = desk
        self.figures = Figures(hide_amounts=desk.settings.hide_amounts)
        self._health: tuple[SourceHealth, ...] = ()
        self._is_painted = False
        self.draws_itself = True
        self.palette_: CommandPalette | None = None
        self._make_parts()
        self._lay_out()
        self._connect()
        self.setWindowTitle(f"LevDesk — {'Demo data' if desk.is_demo else place}".removesuffix(" — "))
        self.setMinimumHeight(MIN_HEIGHT)  # the width follows from what the parts need
        self.state = WindowState(state_path, self)
        self.resize(FIRST_SIZE.boundedTo(QGuiApplication.primaryScreen().availableSize() - FRAME_SIZE))
        self._show_settings(desk.settings)
        self._show_view(desk.view)
        self._defaults = self.saveState(STATE_VERSION)
        self._is_placed = remember(self)
        self.pages.show_view(desk.view)
        self.panel.show_top(self.height())
        self.state.start()

    # -- building --------------------------------------------------------------------------------------------------

    def _make_parts(self) -> None:
        desk = self.desk
        self.commands = Commands(self)
        self.actions_ = Actions(self, self.commands)
        self.strip = SummaryStrip(self.figures, is_demo=desk.is_demo, is_offline=desk.is_offline)
        self.banner = Banner()
        self.panel = HoldingsPanel(desk, self, is_early=True)
        self.chart_room = ChartRoom(desk, self.figures)
        self.inspector = Inspector(desk, self.figures, self)
        self.warnings = WarningsDock(self)
        self.status = StatusLine(desk.now_ms, is_demo=desk.is_demo, is_offline=desk.is_offline)
        self.acts = Acts(desk, self.actions_, self.status, self.banner)

    def _lay_out(self) -> None:
        menus = self.actions_.hang(self.menuBar())
        self.portfolio_menu = PortfolioMenu(self.desk, menus["Portfolio"])
        self.search = SearchButton(self.actions_["open_palette"])
        self._corner = in_corner(self.search)  # a menu bar does not keep its corner widget alive
        self.menuBar().setCornerWidget(self._corner, Qt.Corner.TopRightCorner)
        self.bar = QToolBar("Summary")
        self.bar.setObjectName("summary")
        self.bar.setMovable(False)
        self.bar.addWidget(self.strip)
        self.addToolBar(self.bar)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.splitter = QSplitter(Qt.Orientation.Vertical)
        self.splitter.addWidget(self.panel)
        self.splitter.addWidget(self.chart_room)
        self.splitter.setStretchFactor(0, 3)
        self.splitter.setStretchFactor(1, 2)
        self.splitter.setChildrenCollapsible(False)
        parts = (self.bar, self.inspector, self.chart_room, self.warnings)
        self.pages = Pages(self.desk, self.actions_, self.splitter, parts, self._first_steps)
        centre = QWidget()
        column = self.head = QVBoxLayout(centre)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.banner)
        column.addWidget(self.pages.stack, 1)
        self.setCentralWidget(centre)
        self.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, self.inspector)
        self.addDockWidget(Qt.DockWidgetArea.BottomDockWidgetArea, self.warnings)
        self.setStatusBar(self.status)

    def _first_steps(self) -> FirstSteps:
        from levdesk.ui.first_steps import FirstSteps  # late: most starts never see it

        page = FirstSteps()
        page.demo_wanted.connect(self.commands.open_demo)
        page.import_wanted.connect(self.commands.import_csv)
        page.add_wanted.connect(self.commands.add_transaction)
        return page

    def _connect(self) -> None:
        signals = self.desk.signals
        Pace(signals, self._show_news, self)
        signals.view_changed.connect(self.pages.show_view)
        signals.portfolio_explained.connect(self._show_explained)
        signals.settings_changed.connect(self._show_settings)
        signals.health_changed.connect(self._show_health)
        signals.jobs_changed.connect(self._show_jobs)
        self.panel.holding_selected.connect(self.inspector.show_holding)
        self.panel.holding_selected.connect(self.commands.offer_rules)
        self.panel.group_selected.connect(self.commands.open_group)
        self.panel.table.holding_clicked.connect(self.inspector.leave_sum)
        self.strip.pressed.connect(self.commands.open_sum)
        self.panel.add_requested.connect(self.commands.add_transaction_of)
        self.panel.import_requested.connect(self.commands.import_csv)
        self.panel.transactions_requested.connect(self._open_transactions)
        self.panel.price_requested.connect(self.commands.value_by_hand)
        self.panel.correct_requested.connect(self.commands.correct_token)
        self.panel.rules_requested.connect(self.commands.correct_rules_of)
        self.panel.alert_requested.connect(self.commands.alert_add_for)
        self.status.notices_pressed.connect(self.commands.read_notices)
        self.status.source_pressed.connect(self.commands.open_source)
        self.status.jobs.cancelled.connect(self.desk.cancel_job)
        self.inspector.show_holding(self.panel.selected)
        self.commands.offer_rules(self.panel.selected)
        self._beat = QTimer(self)
        self._beat.timeout.connect(self._tick)
        self._beat.start(TICK_MS)

    # -- where things stand ----------------------------------------------------------------------------------------

    def reset_layout(self) -> None:
        """Put docks, splitter and parts back where they stood at first."""
        self.restoreState(self._defaults, STATE_VERSION)
        self.pages.show_inspector(True)
        self.pages.show_chart(True)
        self.pages.show_warnings(True)
        self._place()
        self.state.save_soon()

    def _place(self) -> None:
        """Sizes of a first start, for the window as large as it is now."""
        self.resizeDocks([self.inspector], [round(self.width() * INSPECTOR_SHARE)], Qt.Orientation.Horizontal)
        height = self.splitter.height()
        self.splitter.setSizes([round(height * 0.62), round(height * 0.38)])

    # -- what the desk says ----------------------------------------------------------------------------------------

    def _show_news(self) -> None:
        self._show_view(self.desk.view)

    def _show_view(self, view: PortfolioView | None) -> None:
        self.strip.show_view(view, self.desk.now_ms())
        self._show_explained(self.desk.explained)
        self.status.show_view(view)

    @Slot(object)
    def _show_explained(self, explained: ExplainedPortfolio | None) -> None:
        own = explained is not None and explained.portfolio_id == self.desk.selected_portfolio_id
        self.strip.show_explained(explained if own else None)

    @Slot(object)
    def _show_settings(self, settings: Settings) -> None:
        theme.active().apply(settings)
        self.figures = Figures(hide_amounts=settings.hide_amounts)
        self.strip.set_figures(self.figures, settings.poll_s)
        self.chart_room.set_figures(self.figures)
        self.inspector.set_figures(self.figures)
        tick_settings(self.actions_, settings)

    @Slot(object)
    def _show_health(self, sources: tuple[SourceHealth, ...]) -> None:
        self._health = sources
        self.status.show_health(sources, self.desk.now_ms())

    @Slot(object)
    def _show_jobs(self, jobs: tuple[JobView, ...]) -> None:
        self.status.jobs.tell(jobs)

    @Slot(object)
    def _open_transactions(self, key: TokenKey) -> None:
        self.panel.select(key)
        self.commands.open_transactions()

    @Slot()
    def _tick(self) -> None:
        if self.isVisible() and not self.isMinimized():
            now_ms = self.desk.now_ms()
            self.strip.tick(now_ms)
            self.status.tick(now_ms)
            self.inspector.tick()

    def known_venues(self) -> tuple[tuple[str, str], ...]:
        """Short names and titles of the venues the desk talks to."""
        return tuple((health.venue, health.title) for health in self._health) or (("gate", "Gate"),)

    @property
    def chart(self) -> ValueChart:
        """The portfolio's chart."""
        return self.chart_room.chart

    def open_palette(self) -> None:
        """Search or run a command."""
        if self.palette_ is None:
            from levdesk.ui.command_palette import CommandPalette  # late: not needed for the first paint

            self.palette_ = CommandPalette(self)
        from levdesk.ui.palette_commands import palette_commands

        self.palette_.open(palette_commands(self))

    # -- Qt --------------------------------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._is_placed:
            self._is_placed = True
            self._place()
        self.pages.take_focus(self.panel.table)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._is_painted:
            self._is_painted = True
            QTimer.singleShot(0, self._furnish)

    @Slot()
    def _furnish(self) -> None:
        """Make what the first paint did not need; charts last, they take longest."""
        self.first_painted.emit()
        self.panel.show_all()
        self.inspector.fill()
        remember_pages(self)
        QTimer.singleShot(0, self._adorn)

    @Slot()
    def _adorn(self) -> None:
        from levdesk.ui.about import icon_pixmap  # late: QtSvg

        self.setWindowIcon(icon_pixmap(64, self.devicePixelRatioF()))
        self.alert_room.begin()
        if self.draws_itself:
            self.draw()

    def draw(self) -> None:
        """Begin with the charts."""
        self.chart.start()
        self.inspector.start_chart()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self.palette_ is not None:
            self.palette_.dismiss()
        self.state.save_soon()

    def closeEvent(self, event: QCloseEvent) -> None:
        if self.stays_behind():
            event.ignore()
            return
        self._beat.stop()
        self.state.stop()
        self.closing.emit()
        super().closeEvent(event)
