"""The place below the table: free at first, the portfolio's chart moves in after the first paint."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtWidgets import QFrame, QVBoxLayout

from levdesk.ui import theme

if TYPE_CHECKING:
    from levdesk.ui.charts.value_chart import ValueChart
    from levdesk.ui.desk import Desk
    from levdesk.ui.format import Figures

LEAST_HEIGHT_PX: Final = 231
"""What the chart needs at least, so that nothing moves when it comes."""


class ChartRoom(QFrame):
    """Keeps room for the portfolio's chart, and makes it when it is first asked for."""

    def __init__(self, desk: Desk, figures: Figures) -> None:
        super().__init__()
        self.setProperty("kind", "surface")
        self._desk = desk
        self._figures = figures
        self._chart: ValueChart | None = None
        px = theme.active().px
        self._room = QVBoxLayout(self)
        self._room.setContentsMargins(px(16), px(8), px(16), px(8))
        self.setMinimumHeight(px(LEAST_HEIGHT_PX))

    @property
    def chart(self) -> ValueChart:
        """The chart."""
        if self._chart is None:
            from levdesk.ui.charts.value_chart import ValueChart  # late: not needed for the first paint

            self._chart = ValueChart(self._desk, self._figures)
            self._chart.set_figures(self._figures)
            self._room.addWidget(self._chart)
            self.setMinimumHeight(0)  # from now on the chart says what it needs
        return self._chart

    def set_figures(self, figures: Figures) -> None:
        """Take over how numbers are written."""
        self._figures = figures
        if self._chart is not None:
            self._chart.set_figures(figures)
