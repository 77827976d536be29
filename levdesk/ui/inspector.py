"""The inspector: everything about the chosen holding, page by page, in a dock at the right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QDockWidget, QFrame, QHBoxLayout, QStackedWidget, QVBoxLayout

from levdesk.ui import theme
from levdesk.ui.explain.names import NAMES as EXPLAINED
from levdesk.ui.inspector_header import InspectorHeader
from levdesk.ui.labels import hairline
from levdesk.ui.pace import Pace
from levdesk.ui.page_tabs import PageTabs

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from levdesk.services.views import HoldingView
    from levdesk.ui.desk import Desk
    from levdesk.ui.explain.book import ExplainBook
    from levdesk.ui.explain.sum_book import SumBook
    from levdesk.ui.explain.sum_told import SumOf, SumTold
    from levdesk.ui.format import Figures
    from levdesk.ui.overview_page import OverviewPage

MIN_WIDTH_PX: Final = 376
PAGES: Final = ("Overview", *EXPLAINED, "Transactions")


class Inspector(QDockWidget):
    """The dock: header, tab bar, pages. Pages are made by `fill`, after the window's first paint."""

    def __init__(self, desk: Desk, figures: Figures, parent: QWidget) -> None:
        super().__init__("Inspector", parent)
        self.setObjectName("inspector")
        self._desk = desk
        self._figures = figures
        self._holding: HoldingView | None = None
        self.header = InspectorHeader()
        self.tabs = PageTabs(PAGES, "Pages of the inspector")
        self.pages = QStackedWidget()
        self.overview: OverviewPage | None = None
        self._book: ExplainBook | None = None
        self._sums: SumBook | None = None
        self._page_before = 0
        self.tabs.currentChanged.connect(self._turn)
        self._lay_out()
        self.setMinimumWidth(theme.active().px(MIN_WIDTH_PX))
        self.setTitleBarWidget(self.header)
        self.setAllowedAreas(Qt.DockWidgetArea.RightDockWidgetArea | Qt.DockWidgetArea.LeftDockWidgetArea)
        self.header.tell(None, figures, desk.now_ms())
        Pace(desk.signals, self._follow_view, self)

    def _lay_out(self) -> None:
        px = theme.active().px
        body = QFrame()
        body.setProperty("kind", "surface")
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        strip = QHBoxLayout()
        strip.setContentsMargins(px(18), 0, px(18), 0)
        strip.addWidget(self.tabs)
        column.addLayout(strip)
        column.addWidget(hairline())
        column.addWidget(self.pages, 1)
        self.setWidget(body)

    def fill(self) -> None:
        """Make the pages."""
        if self.overview is not None:
            return
        from levdesk.ui.overview_page import OverviewPage  # late, as all of them: not needed for the first paint
        from levdesk.ui.views.transactions_page import TransactionsPage

        self.overview = OverviewPage(self._desk, self._figures)
        self.transactions = TransactionsPage(self._desk, self.pages)
        self.pages.addWidget(self.overview)
        self.pages.addWidget(self.transactions)
        self._turn(self.tabs.currentIndex())
        self._write()
        self._show_pages(self._holding)

    @property
    def book(self) -> ExplainBook:
        """The pages that explain; made when first asked for."""
        if self._book is None:
            from levdesk.ui.explain.book import ExplainBook  # late, as above

            self._book = ExplainBook(self._desk, self._figures, self.pages)
            self._book.show_holding(self._holding)
        return self._book

    @property
    def sums(self) -> SumBook:
        """The page of several holdings together; made when first asked for."""
        if self._sums is None:
            from levdesk.ui.explain.sum_book import SumBook  # late, as above

            self._sums = SumBook(self._desk, self._figures, self.pages)
            self._sums.told.connect(self._write_sum)
        return self._sums

    @property
    def shows_sum(self) -> bool:
        """True while several holdings together are on top, not one token."""
        return self._sums is not None and self._sums.of is not None

    @Slot(object)
    def show_sum(self, of: SumOf) -> None:
        """Show several holdings together; there is only the page Why of them."""
        if self.overview is None:  # before the pages are made nobody can have chosen anything
            return
        if not self.shows_sum:
            self._page_before = self.tabs.currentIndex()
        if self._book is not None:
            self._book.close()
        self.sums.open(of)
        self._offer_tabs(only="Why")

    @Slot()
    def leave_sum(self) -> None:
        """Turn back to the token that was chosen before, at the page it was opened at."""
        if self._sums is not None and self._sums.of is not None:
            self._sums.close()
            self._offer_tabs(only="")
            self._write()
            self._turn(self.tabs.currentIndex())

    def _offer_tabs(self, *, only: str) -> None:
        """Let only one tab be opened, or all of them again, on the page that was open before."""
        blocked = self.tabs.blockSignals(True)
        for index, name in enumerate(PAGES):
            self.tabs.setTabEnabled(index, not only or name == only)
        self.tabs.setCurrentIndex(PAGES.index(only) if only else self._page_before)
        self.tabs.blockSignals(blocked)

    @Slot(object)
    def _write_sum(self, told: SumTold) -> None:
        self.header.tell_sum(told)

    def start_chart(self) -> None:
        """Put the plot in; imports pyqtgraph."""
        if self.overview is not None:
            self.overview.chart.start()

    @property
    def holding(self) -> HoldingView | None:
        """What is shown."""
        return self._holding

    @Slot(object)
    def show_holding(self, holding: HoldingView | None) -> None:
        """Show another holding; None when none is chosen."""
        self._holding = holding
        self.leave_sum()
        self._write()
        self._show_pages(holding)

    def set_figures(self, figures: Figures) -> None:
        """Take over how numbers are written."""
        self._figures = figures
        if self.overview is not None:
            self.overview.chart.set_figures(figures)
        if self._book is not None:
            self._book.set_figures(figures)
        if self._sums is not None:
            self._sums.set_figures(figures)
        self._write()

    def tick(self) -> None:
        """Let ages grow; called once a second."""
        self._write()
        if self._book is not None:
            self._book.tick(self._desk.now_ms())

    def open_page(self, name: str) -> None:
        """Bring a page of the chosen token to the front, and the dock with it."""
        self.leave_sum()
        self.tabs.setCurrentIndex(PAGES.index(name))
        self.show()
        self.raise_()

    @Slot(int)
    def _turn(self, index: int) -> None:
        """Put the page of a tab on top; before `fill` there is none yet."""
        if self.overview is None:
            return
        name = PAGES[index]
        if name in EXPLAINED:
            self.book.open(name)
            return
        if self._book is not None:
            self._book.close()
        self.pages.setCurrentWidget(self.overview if index == 0 else self.transactions)

    def _show_pages(self, holding: HoldingView | None) -> None:
        if self._book is not None:
            self._book.show_holding(holding)
        if self.overview is None:
            return
        if holding is None:
            self.overview.chart.show_nothing()
            self.transactions.show_holding(None, None)
        else:
            self.overview.chart.show_holding(holding.token.key, holding.portfolio_id)
            self.transactions.show_holding(holding.token.key, holding.portfolio_id)

    def _write(self) -> None:
        now_ms = self._desk.now_ms()
        if not self.shows_sum:
            self.header.tell(self._holding, self._figures, now_ms)
        if self.overview is not None:
            self.overview.tell(self._holding, self._figures, now_ms)

    def _follow_view(self) -> None:
        view = self._desk.view
        if view is None or self._holding is None:
            return
        key = self._holding.token.key
        same = next((row for row in view.holdings if row.token.key == key), None)
        if same is None or same.portfolio_id != self._holding.portfolio_id:
            self.show_holding(same)
        else:
            self._holding = same
            if self._book is not None:
                self._book.show_holding(same)
            self._write()
