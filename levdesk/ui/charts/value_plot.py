"""The portfolio's chart: what it was worth, and the level at which one would be even."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Slot

from levdesk.services.charts import ValueSeries
from levdesk.ui import format as fmt
from levdesk.ui import theme
from levdesk.ui.charts import style
from levdesk.ui.charts.overview_plot import Readout
from levdesk.ui.charts.panel import LegendEntry
from levdesk.ui.charts.time_chart import Pane, TimeChart
from levdesk.ui.format import Figures

if TYPE_CHECKING:
    from levdesk.services.charts import FloatArray


class ValuePlot(TimeChart):
    """Draws one `ValueSeries`.

    Args:
        readout: receives legend entries with values, and the moment, whenever the crosshair moves.
        figures: how numbers are written.
    """

    def __init__(self, readout: Readout, figures: Figures) -> None:
        super().__init__()
        self._readout = readout
        self._figures = figures
        self._series: ValueSeries | None = None
        self._pane = Pane(self._words)
        self._invested = self._pane.add_line()
        self._value = self._pane.add_line()
        self.add_pane(self._pane, stretch=1)
        self.pointed.connect(self._tell)
        self.dress(theme.active().colours)

    def show_series(self, series: ValueSeries) -> None:
        """Draw; the series must hold at least one point."""
        self._series = series
        self._draw(theme.active().colours)
        self.show_times(series.times_s)

    def columns(self) -> list[tuple[str, FloatArray]]:
        series = self._series
        if series is None:
            return super().columns()
        return [("time", series.times_s), ("value", series.value), ("put in", series.invested)]

    def dress(self, colours: theme.Colours) -> None:
        super().dress(colours)
        if self._series is not None:
            self._draw(colours)
            self._tell(self.index)

    def set_figures(self, figures: Figures) -> None:
        """Take over how numbers are written."""
        self._figures = figures
        self._pane.values.picture = None
        self._pane.values.update()
        self.fit_axis_width()
        self._tell(self.index)

    def _draw(self, colours: theme.Colours) -> None:
        series = self._series
        assert series is not None
        style.draw(self._invested, series.times_s, series.invested, colours.muted, dashed=True)
        style.draw(self._value, series.times_s, series.value, colours.accent, main=True)

    def _words(self, value: float, spacing: float) -> str:
        return "" if self._figures.hide_amounts else self._figures.reading(value, style.step_decimals(spacing))

    @Slot(object)
    def _tell(self, index: int | None) -> None:
        series = self._series
        if series is None:
            return
        colours = theme.active().colours
        at = -1 if index is None else index
        entries = (
            LegendEntry(colours.accent, "value", self._money(float(series.value[at]))),
            LegendEntry(colours.muted, "put in", self._money(float(series.invested[at])), dashed=True),
        )
        self._readout(entries, "" if index is None else fmt.moment(int(series.times_s[index] * 1000)))

    def _money(self, value: float) -> str:
        return self._figures.reading(value, 2, amount=True) if np.isfinite(value) else fmt.UNKNOWN
