"""House settings of pyqtgraph: pens and quiet axes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QGuiApplication, QPen

from levdesk.ui import theme
from levdesk.ui.charts.date_ticks import date_ticks

THICK_POINTS: Final = 1_500
"""A smooth line two pixels wide costs too much beyond this many points (about 5 µs each)."""

AxisWords = Callable[[float, float], str]
"""(value, spacing of the ticks) -> label."""


def configure() -> None:
    """Set pyqtgraph's options once; no OpenGL, no smoothing unless a curve asks for it."""
    pg.setConfigOptions(antialias=False, useOpenGL=False, exitCleanup=True, segmentedLineMode="auto")


def pen(colour: QColor, *, width: int = 1, dashed: bool = False) -> QPen:
    """A pen that keeps its width at any zoom, in device-independent pixels (Qt gives cosmetic pens device pixels)."""
    made: QPen = pg.mkPen(colour, width=width * QGuiApplication.primaryScreen().devicePixelRatio())
    if dashed:
        made.setStyle(Qt.PenStyle.CustomDashLine)
        made.setDashPattern([4.0, 3.0])
    return made


class ValueAxis(pg.AxisItem):
    """Values at the right edge with hairlines across the plot, no frame and no ticks."""

    def __init__(self, words: AxisWords, *, at_most: int) -> None:
        super().__init__("right")
        self._words = words
        self._at_most = at_most
        self.setStyle(tickLength=0, tickTextOffset=8, tickAlpha=255, hideOverlappingLabels=False)
        self.setGrid(255)
        self.enableAutoSIPrefix(False)

    def tickValues(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, list[float]]]:
        span = maxVal - minVal
        if not np.isfinite(span) or span <= 0:
            return []
        line = 1.3 * theme.active().px(theme.LABEL_PX)
        spacing = round_step(span / max(1, min(self._at_most, int(size / (2.2 * line)))))
        first = np.ceil(minVal / spacing)
        last = np.floor(maxVal / spacing)
        return [(spacing, [float(index * spacing) for index in range(int(first), int(last) + 1)])]

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        return [self._words(value, spacing) for value in values]


class TimeAxis(pg.AxisItem):
    """Local dates and times along the bottom."""

    def __init__(self) -> None:
        super().__init__("bottom")
        self.setStyle(tickLength=0, tickTextOffset=6, tickAlpha=0, hideOverlappingLabels=True)
        self.enableAutoSIPrefix(False)
        self._labels: dict[float, str] = {}

    def tickValues(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, list[float]]]:
        word = 5.5 * theme.active().px(theme.LABEL_PX)
        self._labels = dict(date_ticks(minVal, maxVal, max(1, int(size / (1.2 * word)))))
        return [(1.0, list(self._labels))]

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        return [self._labels.get(value, "") for value in values]


def dress_axis(axis: pg.AxisItem, colours: theme.Colours) -> None:
    """Colours and font of an axis."""
    axis.setPen(pg.mkPen(None))
    axis.setTickPen(pen(colours.line))
    axis.setTextPen(colours.muted)
    axis.setTickFont(theme.active().font(theme.LABEL_PX))


def round_step(rough: float) -> float:
    """The next larger of 1, 2, 2.5, 5 times a power of ten."""
    power = 10.0 ** np.floor(np.log10(rough))
    return float(next(step * power for step in (1.0, 2.0, 2.5, 5.0, 10.0) if step * power >= rough * 0.999))


def step_decimals(spacing: float) -> int:
    """Decimals that tell neighbouring labels of an axis apart."""
    return max(0, -int(np.floor(np.log10(spacing) + 1e-9)) + (1 if "25" in f"{spacing:e}"[:4].replace(".", "") else 0))
