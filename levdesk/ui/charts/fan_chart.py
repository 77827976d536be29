"""The fan of what may come, painted: bands between quantiles, the median as a line, today's value as another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from levdesk.ui import theme
from levdesk.ui.charts.plain_ticks import ticks

HEIGHT_PX: Final = 210
SMALL_PX: Final = theme.LABEL_PX - 1
_STEPS: Final = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_PageUp: -7, Qt.Key.Key_PageDown: 7}
_SHADES: Final = (0.14, 0.28)
"""Share of the accent in the outer and the inner band."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fan:
    """What the fan shows.

    Attributes:
        days: from 0 to the horizon.
        lines: (level of the quantile, values at `days`), from low to high; today's value is 1.
        now_text: what today's level is called.
    """

    days: tuple[float, ...]
    lines: tuple[tuple[float, tuple[float, ...]], ...]
    now_text: str

    @property
    def median(self) -> tuple[float, ...] | None:
        """Values of the middle quantile, None when it is not among the lines."""
        return next((values for level, values in self.lines if level == 0.5), None)


class FanChart(QWidget):
    """Draws one `Fan`.

    Attributes:
        pointed: index into `days` under the crosshair, None when it is away.
    """

    pointed = Signal(object)  # int | None

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.fan: Fan | None = None
        self.index: int | None = None
        self._words: Callable[[float], str] = str
        theme.active().changed.connect(self._dress)

    def show_fan(self, fan: Fan, words: Callable[[float], str], spoken: str) -> None:
        """Draw another one.

        Args:
            fan: what to draw.
            words: writes a value of the axis.
            spoken: the picture as text.
        """
        self._words = words
        self.setAccessibleDescription(spoken)
        if fan != self.fan:
            self.fan = fan
            self._point(None)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(theme.active().px(420), theme.active().px(HEIGHT_PX))

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.active().px(240), theme.active().px(HEIGHT_PX))

    # -- pointing --------------------------------------------------------------------------------------------------

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        fan = self.fan
        if fan is None or len(fan.days) < 2:
            return
        plot = self._plot(fan)
        share = (event.position().x() - plot.left()) / max(1.0, plot.width())
        day = min(1.0, max(0.0, share)) * fan.days[-1]
        self._point(min(range(len(fan.days)), key=lambda index: abs(fan.days[index] - day)))

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._point(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = _STEPS.get(Qt.Key(event.key()))
        if step is None or self.fan is None:
            super().keyPressEvent(event)
            return
        last = len(self.fan.days) - 1
        start = last if self.index is None else self.index
        self._point(min(max(start + step, 0), last))

    def _point(self, index: int | None) -> None:
        if index != self.index:
            self.index = index
            self.pointed.emit(index)
            self.update()

    # -- painting --------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        fan = self.fan
        if fan is None or len(fan.days) < 2 or not fan.lines:
            return
        painter = QPainter(self)
        plot = self._plot(fan)
        self._draw_axes(painter, fan, plot)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        self._draw_bands(painter, fan, plot)
        self._draw_lines(painter, fan, plot)
        painter.end()

    def _span(self, fan: Fan) -> tuple[float, float]:
        values = [1.0, *(value for _, line in fan.lines for value in line)]
        low, high = min(values), max(values)
        margin = (high - low or 1.0) * 0.05
        return max(0.0, low - margin), high + margin

    def _plot(self, fan: Fan) -> QRectF:
        metrics = QFontMetrics(theme.active().font(SMALL_PX))
        words = [metrics.horizontalAdvance(self._words(value)) for value in ticks(*self._span(fan), 5)]
        axis = max(words, default=0) + theme.active().px(8)
        return QRectF(0, metrics.height() / 2, self.width() - axis, self.height() - 1.5 * metrics.height() - 6)

    def _at(self, fan: Fan, plot: QRectF, day: float, value: float) -> QPointF:
        low, high = self._span(fan)
        across = day / fan.days[-1] if fan.days[-1] else 0.0
        return QPointF(
            plot.left() + across * plot.width(), plot.bottom() - (value - low) / (high - low) * plot.height()
        )

    def _draw_axes(self, painter: QPainter, fan: Fan, plot: QRectF) -> None:
        colours = theme.active().colours
        painter.setFont(theme.active().font(SMALL_PX))
        metrics = painter.fontMetrics()
        for value in ticks(*self._span(fan), 5):
            y = round(self._at(fan, plot, 0.0, value).y())
            painter.fillRect(QRectF(plot.left(), y, plot.width(), 1), colours.line)
            painter.setPen(colours.muted)
            box = QRect(round(plot.right()), y - metrics.height() // 2, round(self.width() - plot.right()), 40)
            painter.drawText(box, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop), self._words(value))
        taken = 0.0
        for day in ticks(0.0, fan.days[-1], max(2, int(plot.width() / theme.active().px(64)))):
            if day != round(day):
                continue
            text = "today" if not day else f"{day:.0f} d"
            width = metrics.horizontalAdvance(text)
            centre = self._at(fan, plot, day, 1.0).x()
            left = min(max(centre - width / 2, 0.0), plot.right() - width)
            if left >= taken:
                painter.drawText(QPointF(left, self.height() - metrics.descent() - 1), text)
                taken = left + width + 8

    def _draw_bands(self, painter: QPainter, fan: Fan, plot: QRectF) -> None:
        colours = theme.active().colours
        painter.setPen(Qt.PenStyle.NoPen)
        pairs = len(fan.lines) // 2
        for depth in range(pairs):
            shade = _SHADES[min(depth, len(_SHADES) - 1)]
            low, high = fan.lines[depth][1], fan.lines[-1 - depth][1]
            edge = [self._at(fan, plot, day, value) for day, value in zip(fan.days, high, strict=True)]
            back = [self._at(fan, plot, day, value) for day, value in zip(fan.days, low, strict=True)]
            painter.setBrush(theme.blend(colours.accent, colours.surface, shade))
            painter.drawPolygon(QPolygonF([*edge, *reversed(back)]))

    def _draw_lines(self, painter: QPainter, fan: Fan, plot: QRectF) -> None:
        colours = theme.active().colours
        level = round(self._at(fan, plot, 0.0, 1.0).y())
        dashes = QPen(colours.text, 1.0)
        dashes.setDashPattern([4.0, 3.0])
        painter.setPen(dashes)
        painter.drawLine(QPointF(plot.left(), level + 0.5), QPointF(plot.right(), level + 0.5))
        median = fan.median
        if median is not None:
            painter.setPen(QPen(colours.accent, 2.0))
            points = [self._at(fan, plot, day, value) for day, value in zip(fan.days, median, strict=True)]
            for start, end in pairwise(points):
                painter.drawLine(start, end)
        painter.setFont(theme.active().font(SMALL_PX))
        last = 1.0 if median is None else median[-1]
        self._name(painter, fan, plot, 1.0, fan.now_text, above=last <= 1.0)
        if median is not None:
            self._name(painter, fan, plot, last, "median", above=last > 1.0)
        if self.index is not None and self.index < len(fan.days):
            painter.setPen(colours.muted)
            x = self._at(fan, plot, fan.days[self.index], 1.0).x()
            painter.drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()))

    def _name(self, painter: QPainter, fan: Fan, plot: QRectF, value: float, text: str, *, above: bool) -> None:
        metrics = painter.fontMetrics()
        painter.setPen(theme.active().colours.text)
        y = self._at(fan, plot, 0.0, value).y() + (-metrics.descent() - 2 if above else metrics.ascent() + 2)
        painter.drawText(QPointF(plot.right() - metrics.horizontalAdvance(text) - 4, y), text)

    @Slot(object)
    def _dress(self, _colours: theme.Colours) -> None:
        self.update()
