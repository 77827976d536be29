"""The four pages as the inspector keeps them: made when first opened, told only while they are on top."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Slot

from levdesk.ui.explain.explanations import Explanations

if TYPE_CHECKING:
    from PySide6.QtWidgets import QStackedWidget

    from levdesk.services.views import HoldingView
    from levdesk.ui.desk import Desk
    from levdesk.ui.explain.page import ExplainPage
    from levdesk.ui.format import Figures


class ExplainBook(QObject):
    """Keeps the pages that explain.

    Args:
        stack: where pages are put.
    """

    def __init__(self, desk: Desk, figures: Figures, stack: QStackedWidget) -> None:
        super().__init__(stack)
        self._stack = stack
        self._figures = figures
        self._pages: dict[str, ExplainPage[Any]] = {}
        self._open = ""
        self.explanations = Explanations(desk, self)
        self.explanations.changed.connect(self._tell)

    def open(self, name: str) -> ExplainPage[Any]:
        """Put a page on top; it is made the first time."""
        if name not in self._pages:
            page = self._make(name)
            page.refresh_wanted.connect(self._ask_again)
            self._pages[name] = page
            self._stack.addWidget(page)
        self._open = name
        self.explanations.watch(True)
        self._tell()
        self._stack.setCurrentWidget(self._pages[name])
        return self._pages[name]

    def close(self) -> None:
        """Another page of the inspector is on top."""
        self._open = ""
        self.explanations.watch(False)

    def page(self, name: str) -> ExplainPage[Any] | None:
        """A page, once it has been opened."""
        return self._pages.get(name)

    def show_holding(self, holding: HoldingView | None) -> None:
        """Turn to another holding, or its next moment."""
        self.explanations.show_holding(holding)
        self._tell()

    def set_figures(self, figures: Figures) -> None:
        """Take over how numbers are written."""
        self._figures = figures
        self._tell()

    def tick(self, now_ms: int) -> None:
        """Let ages and countdowns go on."""
        if self._open:
            self._pages[self._open].tick(now_ms)

    @Slot()
    def _tell(self) -> None:
        if self._open:
            self._pages[self._open].tell(self.explanations.told(self._figures))

    @Slot()
    def _ask_again(self) -> None:
        self.explanations.ask_again()
        self._tell()

    def _make(self, name: str) -> ExplainPage[Any]:
        """Import and make one page; nothing of it is needed before somebody opens it."""
        if name == "Why":
            from levdesk.ui.explain.why_page import WhyPage

            return WhyPage()
        if name == "Rebalance":
            from levdesk.ui.explain.rebalance_page import RebalancePage

            return RebalancePage()
        if name == "Costs":
            from levdesk.ui.explain.costs_page import CostsPage

            return CostsPage()
        from levdesk.ui.explain.outlook_page import OutlookPage

        outlook = OutlookPage()
        outlook.assumed.connect(self.explanations.assume)
        return outlook
