"""The Portfolio menu: which books are on screen, one or all of them together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QAction, QActionGroup

if TYPE_CHECKING:
    from PySide6.QtWidgets import QMenu

    from levdesk.ui.desk import Desk

ALL = "All portfolios together"


class PortfolioMenu(QObject):
    """Keeps one checkable entry per portfolio above the menu's own actions."""

    def __init__(self, desk: Desk, menu: QMenu) -> None:
        super().__init__(menu)
        self._desk = desk
        self._menu = menu
        self._first = menu.actions()[0]
        self._group = QActionGroup(self)
        self._group.triggered.connect(self._pick)
        self._separator = menu.insertSeparator(self._first)
        desk.signals.books_changed.connect(self.rebuild)
        desk.signals.view_changed.connect(self._tick)
        self.rebuild()

    def choices(self) -> tuple[tuple[str, int | None], ...]:
        """Names and ids to choose from; "all" only where there are several."""
        every: tuple[tuple[str, int | None], ...] = ((ALL, None),) if len(self._desk.portfolios) > 1 else ()
        return every + tuple((portfolio.name, portfolio.id) for portfolio in self._desk.portfolios)

    @Slot()
    def rebuild(self) -> None:
        """List the portfolios there are now."""
        if tuple((action.text(), action.data()) for action in self._group.actions()) != self.choices():
            for action in self._group.actions():
                self._group.removeAction(action)
                self._menu.removeAction(action)
                action.deleteLater()
            for name, portfolio_id in self.choices():
                action = QAction(name, self)
                action.setCheckable(True)
                action.setData(portfolio_id)
                self._group.addAction(action)
                self._menu.insertAction(self._separator, action)
        self._tick()

    @Slot()
    def _tick(self) -> None:
        for action in self._group.actions():
            action.setChecked(action.data() == self._desk.selected_portfolio_id)

    @Slot(QAction)
    def _pick(self, action: QAction) -> None:
        if action.data() != self._desk.selected_portfolio_id:
            self._desk.select_portfolio(action.data())
