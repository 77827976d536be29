"""The portfolio's chart: what it was worth, what decay and fees have taken, and the level at which one is even."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyqtgraph as pg
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
    from PySide6.QtGui import QColor

    from levdesk.services.charts import FloatArray


BAND_Z = -50
"""Under the lines, above the grid."""
BAND_SHARE = 0.3


def band_colour(colour: QColor, colours: theme.Colours) -> QColor:
    """A quiet shade of a colour on the plot's ground."""
    return theme.blend(colour, colours.surface, BAND_SHARE)


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
        self._upper = [self._pane.add_line() for _ in range(2)]
        self._value = self._pane.add_line()
        self._bands = [
            self._add_band(self._upper[0], self._value),
            self._add_band(self._upper[1], self._upper[0]),
        ]
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
        found = [("time", series.times_s), ("value", series.value), ("put in", series.invested)]
        if series.decay_taken is not None and series.fees_taken is not None:
            found += [("taken by decay", series.decay_taken), ("taken by fees and funding", series.fees_taken)]
        return found

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
        self._invested.draw(series.times_s, series.invested, colours.muted, dashed=True)
        self._draw_bands(series, colours)
        self._value.draw(series.times_s, series.value, colours.accent, main=True)

    def _draw_bands(self, series: ValueSeries, colours: theme.Colours) -> None:
        """Above the value: what decay has taken, and above that what fees have; what was received lowers nothing."""
        tints = (band_colour(colours.loss, colours), band_colour(colours.warning, colours))
        nothing = np.full(len(series.times_s), np.nan)
        taken = (series.decay_taken, series.fees_taken)
        known = taken[0] is not None and taken[1] is not None
        level = series.value
        for line, band, tint, part in zip(self._upper, self._bands, tints, taken, strict=True):
            level = level + np.maximum(_carried(part), 0.0) if part is not None else nothing
            line.draw(series.times_s, level if known else nothing, tint)
            band.setBrush(tint)
            band.setVisible(known)

    def _add_band(self, upper: pg.PlotDataItem, lower: pg.PlotDataItem) -> pg.FillBetweenItem:
        band = pg.FillBetweenItem(upper, lower)
        band.setZValue(BAND_Z)
        self._pane.addItem(band, ignoreBounds=True)
        return band

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
            *self._taken_entries(series, at, colours),
        )
        self._readout(entries, "" if index is None else fmt.moment(int(series.times_s[index] * 1000)))

    def _taken_entries(self, series: ValueSeries, at: int, colours: theme.Colours) -> tuple[LegendEntry, ...]:
        if series.decay_taken is None or series.fees_taken is None:
            return ()
        mark = ", incomplete" if series.taken_partial else ""
        return (
            LegendEntry(
                band_colour(colours.loss, colours), f"decay took{mark}", self._money(float(series.decay_taken[at]))
            ),
            LegendEntry(
                band_colour(colours.warning, colours),
                f"fees and funding took{mark}",
                self._money(float(series.fees_taken[at])),
            ),
        )

    def _money(self, value: float) -> str:
        return self._figures.reading(value, 2, amount=True) if np.isfinite(value) else fmt.UNKNOWN


def _carried(part: FloatArray) -> FloatArray:
    """What was taken so far, carried over moments where it is not known, 0 before the first that is.

    A band is filled between two lines of the same gaps; a gap of its own would fill across the plot.
    """
    at = np.maximum.accumulate(np.where(np.isfinite(part), np.arange(len(part)), -1))
    return np.where(at >= 0, part[np.maximum(at, 0)], 0.0)
