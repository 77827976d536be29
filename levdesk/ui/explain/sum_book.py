"""The page of sums as the inspector keeps it: made when first opened, told while it is on top."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from levdesk.ui.explain.sum_page import SumPage
from levdesk.ui.explain.sum_told import SumOf, SumTold, sum_told

if TYPE_CHECKING:
    from PySide6.QtWidgets import QStackedWidget

    from levdesk.ui.desk import Desk
    from levdesk.ui.format import Figures


class SumBook(QObject):
    """Follows the desk for the holdings whose sums are on screen.

    Attributes:
        told: `Signal(object)` with the `SumTold` just shown, for the header.

    Args:
        stack: where the page is put.
    """

    told = Signal(object)  # SumTold

    def __init__(self, desk: Desk, figures: Figures, stack: QStackedWidget) -> None:
        super().__init__(stack)
        self._desk = desk
        self._figures = figures
        self._stack = stack
        self.of: SumOf | None = None
        self.page = SumPage()
        stack.addWidget(self.page)
        desk.signals.view_changed.connect(self.refresh)
        desk.signals.portfolio_explained.connect(self.refresh)

    def open(self, of: SumOf) -> None:
        """Put the page on top."""
        self.of = of
        self.refresh()
        self._stack.setCurrentWidget(self.page)

    def close(self) -> None:
        """A token is on top again."""
        self.of = None

    def set_figures(self, figures: Figures) -> None:
        """Take over how numbers are written."""
        self._figures = figures
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Show what is known now."""
        if self.of is None:
            return
        desk, explained = self._desk, self._desk.explained
        own = explained if explained is not None and explained.portfolio_id == desk.selected_portfolio_id else None
        told: SumTold = sum_told(self.of, desk.view, own, self._figures, desk.now_ms())
        self.page.tell(told)
        self.told.emit(told)
