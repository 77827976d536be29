"""The chosen token's chart in the inspector: asks the desk for a series, and shows whatever comes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Slot

from levdesk.domain.instruments import TokenKey
from levdesk.services.charts import ChartRange
from levdesk.ui import format as fmt
from levdesk.ui import theme
from levdesk.ui.charts.panel import ChartPanel

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from levdesk.services.charts import OverviewSeries
    from levdesk.services.views import PortfolioView
    from levdesk.ui.charts.chart_menu import ChartMenu
    from levdesk.ui.charts.overview_plot import OverviewPlot
    from levdesk.ui.desk import Desk
    from levdesk.ui.format import Figures

REFRESH_MS: Final = 60_000

Wanted = tuple[TokenKey, int | None, ChartRange]


class OverviewChart(ChartPanel):
    """A token against its plain multiple and its underlying, over the chosen stretch."""

    def __init__(self, desk: Desk, figures: Figures, parent: QWidget | None = None) -> None:
        super().__init__("", "Chart of the token against its underlying", plot_height_px=240)
        self.setParent(parent)
        self._desk = desk
        self._figures = figures
        self._holding: tuple[TokenKey, int | None] | None = None
        self._asked: Wanted | None = None
        self._asked_ms = 0
        self._token_plot: OverviewPlot | None = None
        self._menu: ChartMenu | None = None
        self.range_picked.connect(self._pick)
        self.retry_pressed.connect(self._again)
        desk.signals.overview_ready.connect(self._show)
        desk.signals.books_changed.connect(self._books_changed)
        desk.signals.view_changed.connect(self._view_changed)
        theme.active().changed.connect(self._dress)

    def start(self) -> None:
        """Put the plot in and ask for what was chosen meanwhile."""
        if self._token_plot is not None:
            return
        from levdesk.ui.charts.chart_menu import ChartMenu
        from levdesk.ui.charts.overview_plot import OverviewPlot  # late: pyqtgraph and numpy cost a third of a second

        self._token_plot = OverviewPlot(self.set_legend, self._figures)
        self.put_in(self._token_plot)
        self._menu = ChartMenu(self, self._token_plot, "token")
        self._ask()

    def show_holding(self, key: TokenKey, portfolio_id: int | None) -> None:
        """Show another token."""
        if self._holding != (key, portfolio_id):
            self._holding = (key, portfolio_id)
            if self._menu is not None:
                self._menu.name = key.symbol
            self._ask()

    def show_nothing(self) -> None:
        """No token is chosen."""
        self._holding = self._asked = None
        self.set_about("")
        self.show_message("Choose a token in the table to see its chart.")

    def set_figures(self, figures: Figures) -> None:
        """Take over how numbers are written."""
        self._figures = figures
        if self._token_plot is not None:
            self._token_plot.set_figures(figures)

    def _ask(self) -> None:
        if self._token_plot is None or self._holding is None:
            return
        wanted = (*self._holding, self.ranges.chosen)
        if wanted != self._asked:
            self.show_message(f"Loading the history of {self._holding[0].symbol}…")
            self.set_about("")
        self._asked, self._asked_ms = wanted, self._desk.now_ms()
        self._desk.request_overview(*wanted)

    @Slot(object)
    def _pick(self, _range: ChartRange) -> None:
        self._ask()

    @Slot()
    def _again(self) -> None:
        self._desk.refresh()
        self._ask()

    @Slot(object)
    def _books_changed(self, _change: object) -> None:
        self._ask()

    @Slot(object)
    def _view_changed(self, view: PortfolioView | None) -> None:
        if view is not None and view.as_of_ms - self._asked_ms >= REFRESH_MS:
            self._ask()

    @Slot(object)
    def _show(self, series: OverviewSeries) -> None:
        if self._token_plot is None or (series.key, series.portfolio_id, series.range) != self._asked:
            return
        if not len(series.times_s):
            self.show_message(series.problem or "Nothing to draw in this stretch.", retry=True)
            return
        self._token_plot.show_series(series)
        since = "your entry" if series.range is ChartRange.ENTRY else fmt.day(series.base_ms)
        self.set_about(f"100 = {since}")
        self.show_plot(f"{series.summary} {series.problem}".strip())

    @Slot(object)
    def _dress(self, colours: theme.Colours) -> None:
        if self._token_plot is not None:
            self._token_plot.dress(colours)
