"""A line of any length that is drawn with no more points than its plot has pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyqtgraph as pg

from levdesk.ui.charts import style
from levdesk.ui.charts.thinning import ThinnedLine

if TYPE_CHECKING:
    from PySide6.QtGui import QColor

    from levdesk.services.charts import FloatArray

SMOOTH_POINTS: Final = 1_000
"""A line of more points than this is drawn without smoothing, which is what costs."""

_NOTHING = ThinnedLine(np.empty(0), np.empty(0))


class ThinLine(pg.PlotDataItem):
    """Holds all points of a line and draws those in sight; gaps where a value is unknown."""

    def __init__(self) -> None:
        super().__init__(connect="finite")
        self.curve.setSegmentedLineMode("auto")
        self._all = _NOTHING
        self._dashed = False
        self._thinned = False
        self._shown: tuple[float, float, int] | None = None

    @property
    def values(self) -> FloatArray:
        """Every value, drawn or not."""
        return self._all.values

    def draw(
        self, times: FloatArray, values: FloatArray, colour: QColor, *, main: bool = False, dashed: bool = False
    ) -> None:
        """Give the line its points and its looks: the main line is the only thick one."""
        thick = main and len(times) <= style.THICK_POINTS
        self.curve.setSegmentedLineMode("off" if thick else "auto")  # "on" draws knots at the joints
        self.setPen(style.pen(colour, width=2 if thick else 1, dashed=dashed))
        self._all = ThinnedLine(times, values)
        self._dashed = dashed
        if self._shown is None:
            self._set(times, values)
        else:
            seen, self._shown = self._shown, None
            self.show_between(*seen)

    def show_between(self, start: float, end: float, columns: int) -> None:
        """Draw for this part of the time axis on so many pixel columns."""
        if not self._all.is_thinned(columns):
            if self._shown is None or self._thinned:
                self._set(self._all.times, self._all.values)
            self._shown = (start, end, columns)
            return
        if self._shown != (start, end, columns):
            self._shown = (start, end, columns)
            times, values = self._all.between(start, end, columns)
            if self._dashed and len(times) > columns:
                # A dash needs a line to lie on, not a bar from lowest to highest.
                times, values = times[::2], (values[0 : len(values) // 2 * 2 : 2] + values[1::2]) / 2
                times = times[: len(values)]
            self._set(times, values)

    def _set(self, times: FloatArray, values: FloatArray) -> None:
        self._thinned = len(times) < len(self._all.times)
        self.opts["antialias"] = len(times) <= SMOOTH_POINTS
        self.setData(times, values)
