"""A stack of panes over one time axis, with a crosshair that mouse and keyboard move."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QContextMenuEvent, QFocusEvent, QFontMetricsF, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QGraphicsScene, QWidget

from levdesk.ui import theme
from levdesk.ui.charts import style
from levdesk.ui.charts.thin_line import ThinLine

if TYPE_CHECKING:
    from PySide6.QtCore import QEvent

    from levdesk.services.charts import FloatArray

EDGE_RATIO = 0.012
"""Room beside the first and the last point, so that a marker there is whole."""
GRID_Z = -200
"""Under the curves; pyqtgraph puts axes, and with them the grid, on top."""

_KEY_STEPS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_PageUp: -20, Qt.Key.Key_PageDown: 20}


class Pane(pg.PlotItem):
    """One plot of the stack: values at the right, its height following what is visible.

    Args:
        words: how its axis writes values.
        at_most: how many labels the axis carries at most.
        show_dates: whether the time axis is written under it.
    """

    def __init__(self, words: style.AxisWords, *, at_most: int = 6, show_dates: bool = True) -> None:
        self.values = style.ValueAxis(words, at_most=at_most)
        self.dates = style.TimeAxis()
        super().__init__(axisItems={"right": self.values, "bottom": self.dates}, enableMenu=False)
        self.values.setZValue(GRID_Z)
        self.hideAxis("left")
        self.showAxis("right")
        self.showAxis("bottom", show_dates)
        self.hideButtons()
        self.setMouseEnabled(x=True, y=False)
        box = self.getViewBox()
        box.enableAutoRange(enable=False)
        box.setDefaultPadding(0)
        self.lines: list[ThinLine] = []
        self.include: tuple[float, ...] = ()
        self.margin_ratio = 0.06
        self.crosshair = pg.InfiniteLine(angle=90, movable=False)
        self.crosshair.hide()
        self.addItem(self.crosshair, ignoreBounds=True)

    def add_line(self) -> ThinLine:
        """A new line in this pane; later ones lie on top."""
        made = ThinLine()
        self.lines.append(made)
        self.addItem(made, ignoreBounds=True)
        return made

    def fit(self, start_s: float, end_s: float) -> None:
        """Draw what is visible between two times, and let the height follow it."""
        low, high = np.inf, -np.inf
        columns = round(self.getViewBox().width())
        for line in self.lines:
            line.show_between(start_s, end_s, columns)
            times, values = line.xData, line.yData
            if times is None or not len(times):
                continue
            seen = values[np.searchsorted(times, start_s) : np.searchsorted(times, end_s, side="right")]
            seen = seen[np.isfinite(seen)]
            if len(seen):
                low, high = min(low, float(seen.min())), max(high, float(seen.max()))
        for value in self.include:
            low, high = min(low, value), max(high, value)
        if not np.isfinite(low) or not np.isfinite(high):
            return
        margin = (high - low) * self.margin_ratio or abs(high) * self.margin_ratio or 1.0
        self.setYRange(low - margin, high + margin, padding=0)

    def dress(self, colours: theme.Colours) -> None:
        """Take over colours."""
        for axis in (self.values, self.dates):
            style.dress_axis(axis, colours)
        self.crosshair.setPen(style.pen(colours.muted))


class TimeChart(pg.GraphicsLayoutWidget):
    """Panes one above the other that move and point together.

    Attributes:
        pointed: `Signal(object)` with the index into `times` under the crosshair, or None when it is away.
        menu_wanted: `Signal(object)` with the global position of a context-menu request.
    """

    pointed = Signal(object)  # int | None
    menu_wanted = Signal(object)  # QPoint

    def __init__(self, parent: QWidget | None = None) -> None:
        style.configure()
        super().__init__(parent)
        self.times: FloatArray = np.empty(0)
        self.index: int | None = None
        self.panes: list[Pane] = []
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFrameShape(self.Shape.NoFrame)
        self.ci.layout.setContentsMargins(0, theme.active().px(8), 0, 0)
        self.ci.layout.setVerticalSpacing(theme.active().px(4))
        # Thirty items need no index, and an index is what goes stale when Python lets an item go too early.
        self.scene().setItemIndexMethod(QGraphicsScene.ItemIndexMethod.NoIndex)
        self.scene().sigMouseMoved.connect(self._mouse_moved)

    def add_pane(self, pane: Pane, *, stretch: int) -> None:
        """Put a pane under the others; it moves along with the first."""
        row = len(self.panes)
        self.addItem(pane, row=row, col=0)
        self.ci.layout.setRowStretchFactor(row, stretch)
        if self.panes:
            pane.setXLink(self.panes[0])
        else:
            pane.getViewBox().sigXRangeChanged.connect(self._fit)
            pane.getViewBox().sigResized.connect(self._fit)
        self.panes.append(pane)

    def show_times(self, times: FloatArray) -> None:
        """Set the common time axis and show all of it."""
        self.times = times
        self.point_at(None)
        if not len(times):
            return
        start, end = float(times[0]), float(times[-1])
        if end <= start:
            start, end = start - 1, end + 1
        start, end = start - EDGE_RATIO * (end - start), end + EDGE_RATIO * (end - start)
        for pane in self.panes:
            pane.getViewBox().setLimits(xMin=start, xMax=end, minXRange=min(600.0, end - start))
        self.panes[0].setXRange(start, end, padding=0)
        self._fit()

    @Slot()
    def fit_axis_width(self) -> None:
        """Give all panes the width their widest value needs, so that they line up."""
        metrics = QFontMetricsF(theme.active().font(theme.LABEL_PX))
        widest = 0.0
        for pane in self.panes:
            low, high = pane.viewRange()[1]
            levels = pane.values.tickValues(low, high, max(60.0, pane.getViewBox().height()))
            for spacing, values in levels:
                words = pane.values.tickStrings(values, 1.0, spacing)
                widest = max([widest, *(metrics.horizontalAdvance(word) for word in words)])
        for pane in self.panes:
            pane.values.setWidth(round(widest) + 14)

    def columns(self) -> list[tuple[str, FloatArray]]:
        """The figures on screen as named columns, times in seconds first."""
        return [("time", self.times)]

    def dress(self, colours: theme.Colours) -> None:
        """Take over colours."""
        self.setBackground(colours.surface)
        for pane in self.panes:
            pane.dress(colours)

    def point_at(self, index: int | None) -> None:
        """Move the crosshair to a point of the time axis, or put it away."""
        known = index is not None and len(self.times) > 0
        index = min(max(index, 0), len(self.times) - 1) if known and index is not None else None
        self.index = index
        for pane in self.panes:
            pane.crosshair.setVisible(index is not None)
            if index is not None:
                pane.crosshair.setPos(float(self.times[index]))
        self.pointed.emit(index)

    @Slot(object)
    def _mouse_moved(self, position: QPointF) -> None:
        if not len(self.times):
            return
        for pane in self.panes:
            if pane.getViewBox().sceneBoundingRect().contains(position):
                x = pane.getViewBox().mapSceneToView(position).x()
                self.point_at(nearest(self.times, x))
                return
        self.point_at(None)

    def sizeHint(self) -> QSize:
        return QSize(theme.active().px(320), theme.active().px(160))

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.point_at(None)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.point_at(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = _KEY_STEPS.get(Qt.Key(event.key()))
        last = len(self.times) - 1
        if last < 0:
            event.ignore()
        elif event.key() == Qt.Key.Key_Home:
            self.point_at(0)
        elif event.key() == Qt.Key.Key_End:
            self.point_at(last)
        elif step is not None:
            self.point_at(last if self.index is None else self.index + step)
        else:
            event.ignore()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.menu_wanted.emit(event.globalPos())
        event.accept()

    @Slot()
    def show_all(self) -> None:
        """Undo zooming and moving."""
        self.show_times(self.times)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.show_all()

    @Slot()
    def _fit(self) -> None:
        if not self.panes:
            return
        start, end = self.panes[0].viewRange()[0]
        for pane in self.panes:
            pane.fit(start, end)
        self.fit_axis_width()


def nearest(times: FloatArray, ts_s: float) -> int:
    """Index of the time closest to a moment."""
    after = int(np.searchsorted(times, ts_s))
    if after <= 0:
        return 0
    if after >= len(times):
        return len(times) - 1
    return after if times[after] - ts_s < ts_s - times[after - 1] else after - 1
