"""The token's chart: its line, the plain multiple, the underlying, what was done and when, and the drawdown below."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Slot
from PySide6.QtGui import QColor

from levdesk.services.charts import ChartMarker, MarkerKind, OverviewSeries
from levdesk.ui import format as fmt
from levdesk.ui import theme
from levdesk.ui.charts import style
from levdesk.ui.charts.panel import LegendEntry
from levdesk.ui.charts.time_chart import Pane, TimeChart
from levdesk.ui.format import Figures

if TYPE_CHECKING:
    from levdesk.services.charts import FloatArray

MARKER_REACH_PX: Final = 10

_SYMBOLS: Final = {
    MarkerKind.BUY: "t1",
    MarkerKind.SELL: "t",
    MarkerKind.TRANSFER: "d",
    MarkerKind.MERGE: "+",
    MarkerKind.SETTLE: "x",
    MarkerKind.REBALANCE: "t1",
}
_MARKER_ROLES: Final = {
    MarkerKind.BUY: "gain",
    MarkerKind.SELL: "loss",
    MarkerKind.TRANSFER: "text",
    MarkerKind.MERGE: "text",
    MarkerKind.SETTLE: "critical",
    MarkerKind.REBALANCE: "muted",
}

Readout = Callable[[tuple[LegendEntry, ...], str], None]


class OverviewPlot(TimeChart):
    """Draws one `OverviewSeries`.

    Args:
        readout: receives legend entries with values, and the moment, whenever the crosshair moves.
        figures: how numbers are written.
    """

    def __init__(self, readout: Readout, figures: Figures) -> None:
        super().__init__()
        self._readout = readout
        self._series: OverviewSeries | None = None
        self._figures = figures
        self._price = Pane(self._plain_words, show_dates=False)
        self._drawdown = Pane(self._percent_words, at_most=2)
        self._underlying = self._price.add_line()
        self._multiple = self._price.add_line()
        self._token = self._price.add_line()
        self._depth = self._drawdown.add_line()
        self._depth.opts["fillLevel"] = 0.0
        self._drawdown.include = (0.0,)
        self._drawdown.margin_ratio = 0.16  # room for the label of 0 %
        self._base = pg.InfiniteLine(angle=0, movable=False, pos=100.0)
        self._price.addItem(self._base, ignoreBounds=True)
        self._marks = pg.ScatterPlotItem(pxMode=True, hoverable=False)
        self._marks.setZValue(10)
        self._price.addItem(self._marks, ignoreBounds=True)
        self.add_pane(self._price, stretch=7)
        self.add_pane(self._drawdown, stretch=2)
        self._price.getViewBox().sigYRangeChanged.connect(self._place_rebalances)
        self.pointed.connect(self._tell)
        self.dress(theme.active().colours)

    def show_series(self, series: OverviewSeries) -> None:
        """Draw; the series must hold at least one point."""
        self._series = series
        self._draw(theme.active().colours)
        self.show_times(series.times_s)

    def columns(self) -> list[tuple[str, FloatArray]]:
        series = self._series
        if series is None:
            return super().columns()
        return [
            ("time", series.times_s),
            (series.token_label, series.token),
            (series.multiple_label.replace(",", ""), series.plain_multiple),
            (series.underlying_label, series.underlying),
            ("drawdown", series.drawdown),
        ]

    def dress(self, colours: theme.Colours) -> None:
        super().dress(colours)
        self._base.setPen(style.pen(colours.track, dashed=True))
        if self._series is not None:
            self._draw(colours)
            self._tell(self.index)

    def _draw(self, colours: theme.Colours) -> None:
        series = self._series
        assert series is not None
        times = series.times_s
        self._underlying.draw(times, series.underlying, colours.muted)
        self._multiple.draw(times, series.plain_multiple, colours.multiple, dashed=True)
        self._token.draw(times, series.token, colours.accent, main=True)
        shade = QColor(colours.loss)
        shade.setAlpha(60)
        self._depth.setFillBrush(shade)
        self._depth.draw(times, series.drawdown, colours.loss)
        self._place_rebalances()

    @Slot()
    def _place_rebalances(self) -> None:
        """Trades sit on the line; rebalances stand along the bottom edge, wherever that is now."""
        if self._series is None:
            return
        colours = theme.active().colours
        low, high = self._price.viewRange()[1]
        floor = low + (high - low) * 0.02
        spots = []
        for marker in self._series.markers:
            small = marker.kind is MarkerKind.REBALANCE
            colour = getattr(colours, _MARKER_ROLES[marker.kind])
            spots.append(
                {
                    "pos": (marker.ts_ms / 1000.0, floor if small else marker.value),
                    "symbol": _SYMBOLS[marker.kind],
                    "size": 7 if small else 11,
                    "brush": pg.mkBrush(colour),
                    "pen": style.pen(colours.surface),
                }
            )
        self._marks.setData(spots=spots)

    def marker_near(self, index: int) -> ChartMarker | None:
        """The marker within a few pixels of a point of the time axis, or None."""
        series = self._series
        if series is None or not series.markers:
            return None
        pixel_s = self._price.getViewBox().viewPixelSize()[0]
        now_s = float(series.times_s[index])
        closest = min(series.markers, key=lambda marker: abs(marker.ts_ms / 1000.0 - now_s))
        return closest if abs(closest.ts_ms / 1000.0 - now_s) <= MARKER_REACH_PX * pixel_s else None

    @Slot(object)
    def _tell(self, index: int | None) -> None:
        series = self._series
        if series is None:
            return
        colours = theme.active().colours
        at = -1 if index is None else index
        entries = (
            LegendEntry(colours.accent, series.token_label, self._reading(series.token, at)),
            LegendEntry(colours.multiple, series.multiple_label, self._reading(series.plain_multiple, at), dashed=True),
            LegendEntry(colours.muted, series.underlying_label, self._reading(series.underlying, at)),
            LegendEntry(colours.loss, "drawdown", self._figures.reading(_last(series.drawdown, at), 1, percent=True)),
        )
        when = ""
        if index is not None:
            when = fmt.moment(int(series.times_s[index] * 1000))
            marker = self.marker_near(index)
            self.setToolTip("" if marker is None else f"{marker.label}, {fmt.moment(marker.ts_ms)}")
        self._readout(entries, when)

    def set_figures(self, figures: Figures) -> None:
        """Take over how numbers are written."""
        self._figures = figures
        self._tell(self.index)

    def _reading(self, values: FloatArray, at: int) -> str:
        return self._figures.reading(_last(values, at), 1)

    def _plain_words(self, value: float, spacing: float) -> str:
        return self._figures.reading(value, style.step_decimals(spacing))

    def _percent_words(self, value: float, spacing: float) -> str:
        return self._figures.reading(value, style.step_decimals(spacing * 100), percent=True)


def _last(values: FloatArray, at: int) -> float:
    return float(values[at]) if len(values) else np.nan
