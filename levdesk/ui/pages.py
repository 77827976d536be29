"""Which of its faces the window shows: the wait, the first steps, or the desk itself; and which of its parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QStackedWidget

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

    from levdesk.services.views import PortfolioView
    from levdesk.ui.actions import Actions
    from levdesk.ui.desk import Desk
    from levdesk.ui.first_steps import FirstSteps

PAGE_ACTIONS = (
    "open_sum",
    "open_overview",
    "open_why",
    "open_rebalance",
    "open_outlook",
    "open_costs",
    "open_transactions",
)


class Pages(QObject):
    """Keeps what the person wants to see apart from what there is to see.

    Args:
        working: the page with table and chart.
        parts: strip, inspector, chart and warnings, which make sense only with holdings.
        first_steps: makes the page of the three doors, when it is needed.
    """

    def __init__(
        self,
        desk: Desk,
        actions: Actions,
        working: QWidget,
        parts: tuple[QWidget, QWidget, QWidget, QWidget],
        first_steps: Callable[[], FirstSteps],
    ) -> None:
        super().__init__(actions)
        self._desk = desk
        self._actions = actions
        self._working = working
        self._strip, self._inspector, self._chart, self._warnings = parts
        self._make_first_steps = first_steps
        self._first_steps: FirstSteps | None = None
        self._waiting: QWidget | None = None
        self._inspector_wanted = True
        self._chart_wanted = self._warnings_wanted = True
        for name in ("show_inspector", "show_chart", "show_warnings"):
            actions.tick(name, True)
        self.stack = QStackedWidget()
        self.stack.addWidget(working)

    @property
    def is_working(self) -> bool:
        """True while the table is on screen."""
        return self.stack.currentWidget() is self._working

    def show_view(self, view: PortfolioView | None) -> None:
        """Choose the face for a view; None = the books are still being read."""
        if view is None:
            self._wait()
        elif view.holdings:
            self.stack.setCurrentWidget(self._working)
        else:
            self._welcome()
        self._show_parts()

    def show_inspector(self, on: bool) -> None:
        """Show or hide the inspector, now or as soon as there is something to inspect."""
        self._inspector_wanted = on
        self._actions.tick("show_inspector", on)
        self._show_parts()

    def show_chart(self, on: bool) -> None:
        """Show or hide the portfolio chart."""
        self._chart_wanted = on
        self._actions.tick("show_chart", on)
        self._show_parts()

    def show_warnings(self, on: bool) -> None:
        """Show or hide the warnings dock."""
        self._warnings_wanted = on
        self._actions.tick("show_warnings", on)
        self._show_parts()

    def take_focus(self, table: QWidget) -> None:
        """Put the keyboard where one would start."""
        if self.is_working:
            table.setFocus()
        elif self._first_steps is not None:
            self._first_steps.add.button.setFocus()
        else:
            self.stack.setFocus()

    def state(self) -> str:
        """Which parts are wanted, as text for the window state."""
        wanted = (self._inspector_wanted, self._chart_wanted, self._warnings_wanted)
        names = ("inspector", "chart", "warnings")
        return " ".join(f"{name}={int(on)}" for name, on in zip(names, wanted, strict=True))

    def restore(self, text: str) -> None:
        """Take `state()` back; other text changes nothing."""
        words = text.split()
        parts = (("inspector", self.show_inspector), ("chart", self.show_chart), ("warnings", self.show_warnings))
        for name, show in parts:
            if f"{name}=0" in words or f"{name}=1" in words:
                show(f"{name}=1" in words)

    def _show_parts(self) -> None:
        filled = self.is_working
        self._strip.setVisible(filled)
        self._inspector.setVisible(filled and self._inspector_wanted)
        self._chart.setVisible(filled and self._chart_wanted)
        self._warnings.setVisible(filled and self._warnings_wanted)
        for name in ("copy_table", "find", "show_inspector", "show_chart", "show_warnings", *PAGE_ACTIONS):
            self._actions[name].setEnabled(filled)

    def _wait(self) -> None:
        if self._waiting is None:
            from levdesk.ui.first_steps import Waiting

            self._waiting = Waiting()
            self.stack.addWidget(self._waiting)
        self.stack.setCurrentWidget(self._waiting)

    def _welcome(self) -> None:
        if self._first_steps is None:
            self._first_steps = self._make_first_steps()
            self.stack.addWidget(self._first_steps)
        several = len(self._desk.portfolios) > 1
        mine = (each.name for each in self._desk.portfolios if each.id == self._desk.selected_portfolio_id)
        self._first_steps.greet(next(mine, "") if several else "", can_try_demo=not self._desk.is_demo)
        self.stack.setCurrentWidget(self._first_steps)
