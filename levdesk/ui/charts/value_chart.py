"""The portfolio's value below the table: asks the desk for a series when one is needed, and shows whatever comes."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Slot

from levdesk.services.explained_taken import with_taken
from levdesk.ui import theme
from levdesk.ui.charts.panel import ChartPanel

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from levdesk.services.charts import ChartRange, ValueSeries
    from levdesk.services.explained import ExplainedPortfolio
    from levdesk.services.explained_taken import TakenSeries
    from levdesk.services.views import PortfolioView
    from levdesk.ui.charts.value_plot import ValuePlot
    from levdesk.ui.desk import Desk
    from levdesk.ui.format import Figures

REFRESH_MS: Final = 60_000
LOADING: Final = "Loading the value of your portfolio…"


class ValueChart(ChartPanel):
    """Value and money put in, over the chosen stretch.

    Nothing is asked before `start`, which imports the plot; the window calls it after its first paint.
    """

    def __init__(self, desk: Desk, figures: Figures, parent: QWidget | None = None) -> None:
        super().__init__("Portfolio", "Chart of the portfolio's value", plot_height_px=110)
        self.setParent(parent)
        self._desk = desk
        self._figures = figures
        self._value_plot: ValuePlot | None = None
        self._asked: tuple[int | None, ChartRange] | None = None
        self._asked_ms = 0
        self._rows = 0
        self.range_picked.connect(self._pick)
        self.retry_pressed.connect(self._again)
        self._series: ValueSeries | None = None
        self._taken: TakenSeries | None = None
        desk.signals.value_ready.connect(self._show)
        desk.signals.portfolio_explained.connect(self._explained)
        desk.signals.books_changed.connect(self._books_changed)
        desk.signals.view_changed.connect(self._view_changed)
        theme.active().changed.connect(self._dress)

    def start(self) -> None:
        """Put the plot in and ask for the first series."""
        if self._value_plot is not None:
            return
        from levdesk.ui.charts.chart_menu import ChartMenu
        from levdesk.ui.charts.value_plot import ValuePlot  # late: pyqtgraph and numpy cost a third of a second

        self._value_plot = ValuePlot(self.set_legend, self._figures)
        self.put_in(self._value_plot)
        ChartMenu(self, self._value_plot, "portfolio-value")
        self._ask()

    def set_figures(self, figures: Figures) -> None:
        """Take over how numbers are written."""
        self._figures = figures
        if self._value_plot is not None:
            self._value_plot.set_figures(figures)
        self.summary.setVisible(not figures.hide_amounts)

    def _ask(self) -> None:
        if self._value_plot is None:
            return
        wanted = (self._desk.selected_portfolio_id, self.ranges.chosen)
        if wanted != self._asked:
            self.show_message(LOADING)
        self._asked, self._asked_ms = wanted, self._desk.now_ms()
        self._desk.request_value(*wanted)

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
        if view is None:
            return
        elsewhere = self._asked is not None and self._asked[0] != self._desk.selected_portfolio_id
        first = not self._rows and bool(view.holdings)
        self._rows = len(view.holdings)
        if elsewhere or first or view.as_of_ms - self._asked_ms >= REFRESH_MS:
            self._ask()

    @Slot(object)
    def _show(self, series: ValueSeries) -> None:
        if self._value_plot is None or (series.portfolio_id, series.range) != self._asked:
            return
        if not len(series.times_s):
            self.show_message(series.problem or "Nothing to draw in this stretch.", retry=self._has_rows())
            return
        self._series, self._taken = series, self._known_taken()
        self._draw()

    def _draw(self) -> None:
        if self._series is None or self._value_plot is None:
            return
        series = with_taken(self._series, self._taken)
        note = " Some holdings have no price for part of it." if series.partial else ""
        self._value_plot.show_series(series)
        self.show_plot(f"{series.summary}{note}{taken_words(series, self._figures)} {series.problem}".strip())

    @Slot(object)
    def _explained(self, _portfolio: ExplainedPortfolio) -> None:
        """Put in what decay and fees have taken, as soon as that is worked out or worked out anew."""
        taken = self._known_taken()
        if self.is_drawn and self._series is not None and taken is not self._taken:
            self._taken = taken
            self._draw()

    def _known_taken(self) -> TakenSeries | None:
        """What is known of the portfolio on screen."""
        explained = self._desk.explained
        own = explained is not None and explained.portfolio_id == self._desk.selected_portfolio_id
        return explained.taken if explained is not None and own else None

    def _has_rows(self) -> bool:
        view = self._desk.view
        return view is not None and bool(view.holdings)

    @Slot(object)
    def _dress(self, colours: theme.Colours) -> None:
        if self._value_plot is not None:
            self._value_plot.dress(colours)


def taken_words(series: ValueSeries, write: Figures) -> str:
    """What decay and fees have taken until the last moment, in a sentence; "" while that is not worked out."""
    if series.decay_taken is None or series.fees_taken is None:
        return ""
    decay, fees = float(series.decay_taken[-1]), float(series.fees_taken[-1])
    if not (isfinite(decay) and isfinite(fees)):
        return " What decay and fees have taken is not known."
    words = f" Since the first purchase decay has taken {write.reading(decay, 2, amount=True)}"
    costs = "fees and funding have taken" if fees >= 0 else "funding has brought more than fees took:"
    partly = "; some holdings are missing from both" if series.taken_partial else ""
    return f"{words} and {costs} {write.reading(abs(fees), 2, amount=True)} {series.currency}{partly}."
