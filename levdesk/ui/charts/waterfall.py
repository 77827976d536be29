"""The waterfall of a result, painted: neutral pillars, steps in the colours of gain and loss, each with its money."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, Slot
from PySide6.QtGui import QFontMetrics, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from levdesk.ui import theme
from levdesk.ui.charts.plain_ticks import ticks
from levdesk.ui.charts.waterfall_bars import Bar, Scale, in_words, scale_of
from levdesk.ui.format import DOTS, Figures

HEIGHT_PX: Final = 236
SMALL_PX: Final = theme.LABEL_PX - 1
BAR_SHARE: Final = 0.76
_STEPS: Final = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}


class Waterfall(QWidget):
    """Shows bars; hovering or the arrow keys tell one of them in full."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.bars: tuple[Bar, ...] = ()
        self.labels: list[str] = []
        self.index: int | None = None
        self._scale = Scale(0.0, 1.0, False)
        self._figures = Figures()
        theme.active().changed.connect(self._dress)

    def show_bars(self, bars: tuple[Bar, ...], figures: Figures) -> None:
        """Draw other bars; amounts that are hidden become shares of what was paid in."""
        labels = [_label(bar, figures) for bar in bars]
        if bars == self.bars and labels == self.labels:
            return
        if len(bars) != len(self.bars):
            self.index = None
        self.bars, self.labels, self._figures = bars, labels, figures
        self._scale = scale_of(bars)
        self.setAccessibleDescription(in_words(bars, labels))
        self.update()

    def told(self, index: int) -> str:
        """One bar in full."""
        bar = self.bars[index]
        share = f" ({self._figures.ratio(bar.ratio, signed=True)} of what you paid in)" if bar.ratio is not None else ""
        return f"{bar.title}: {self._figures.money(bar.money, signed=not bar.is_pillar)}{share}"

    # -- Qt --------------------------------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        return QSize(theme.active().px(420), theme.active().px(HEIGHT_PX))

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.active().px(260), theme.active().px(HEIGHT_PX))

    def event(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            at = self._at(QPointF(event.pos()).x())
            QToolTip.showText(event.globalPos(), "" if at is None else self.told(at), self)
            return True
        return super().event(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._point(self._at(event.position().x()))

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._point(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = _STEPS.get(Qt.Key(event.key()))
        if step is None or not self.bars:
            super().keyPressEvent(event)
            return
        last = len(self.bars) - 1
        start = (-1 if step > 0 else last + 1) if self.index is None else self.index
        self._point(min(max(start + step, 0), last))
        if self.index is not None:
            place = self.mapToGlobal(self._slot(self.index).topLeft().toPoint())
            QToolTip.showText(place, self.told(self.index), self)

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self.bars:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        self._draw_axis(painter)
        self._draw_bars(painter)
        self._draw_names(painter)
        self._draw_labels(painter)
        painter.end()

    # -- places ----------------------------------------------------------------------------------------------------

    def _metrics(self) -> QFontMetrics:
        return QFontMetrics(theme.active().font(SMALL_PX))

    def _axis_words(self) -> list[tuple[float, str]]:
        if self._figures.hide_amounts:
            return []
        wanted = ticks(self._scale.low, self._scale.high, 6)
        decimals = 0 if len(wanted) < 2 or wanted[1] - wanted[0] >= 1 else 2
        return [(value, self._figures.reading(value, decimals)) for value in wanted]

    def _plot(self) -> QRectF:
        """Where bars stand: room above for a label, below for two lines of names, right for the axis."""
        metrics, px = self._metrics(), theme.active().px
        words = [metrics.horizontalAdvance(text) for _, text in self._axis_words()]
        axis = max(words, default=0) + (px(8) if words else 0)
        top = metrics.height() + px(4)
        rows = 2 if self._is_tight(self.width() - axis) else 1
        return QRectF(0, top, self.width() - axis, self.height() - top - rows * metrics.height() - px(6))

    def _is_tight(self, width: float) -> bool:
        widest = max(self._metrics().horizontalAdvance(bar.name) for bar in self.bars)
        return widest + theme.active().px(3) > width / len(self.bars)

    def _slot(self, index: int) -> QRectF:
        plot = self._plot()
        width = plot.width() / len(self.bars)
        return QRectF(plot.left() + index * width, plot.top(), width, plot.height())

    def _at(self, x: float) -> int | None:
        plot = self._plot() if self.bars else QRectF()
        if not self.bars or not plot.left() <= x < plot.right():
            return None
        return min(len(self.bars) - 1, int((x - plot.left()) / plot.width() * len(self.bars)))

    def _y(self, level: float, plot: QRectF) -> float:
        scale = self._scale
        return plot.bottom() - (level - scale.low) / (scale.high - scale.low) * plot.height()

    def _body(self, index: int) -> QRectF:
        bar, slot, plot = self.bars[index], self._slot(index), self._plot()
        ground = max(self._scale.low, 0.0) if bar.is_pillar else float(bar.start)
        high, low = sorted((self._y(ground, plot), self._y(float(bar.end), plot)))
        width = max(4.0, round(slot.width() * BAR_SHARE))
        low = max(low, high + 1.0)
        return QRectF(round(slot.center().x() - width / 2), round(high), width, max(1.0, round(low - high)))

    # -- painting --------------------------------------------------------------------------------------------------

    def _draw_axis(self, painter: QPainter) -> None:
        colours, plot = theme.active().colours, self._plot()
        painter.setFont(theme.active().font(SMALL_PX))
        metrics = painter.fontMetrics()
        for value, text in self._axis_words():
            y = round(self._y(value, plot))
            painter.fillRect(QRectF(0, y, plot.width(), 1), colours.line)
            painter.setPen(colours.muted)
            box = QRect(round(plot.right()), y - metrics.height() // 2, round(self.width() - plot.right()), 40)
            painter.drawText(box, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop), text)

    def _draw_bars(self, painter: QPainter) -> None:
        colours, plot, px = theme.active().colours, self._plot(), theme.active().px
        dots = QPen(colours.muted)
        dots.setStyle(Qt.PenStyle.DotLine)
        for index, bar in enumerate(self.bars):
            body = self._body(index)
            if bar.is_pillar:
                colour = theme.blend(colours.muted, colours.surface, 0.55 if index != self.index else 0.75)
            else:
                base = colours.gain if bar.money >= 0 else colours.loss
                colour = base if index != self.index else theme.blend(base, colours.text, 0.75)
            if index + 1 < len(self.bars):
                level = round(self._y(float(bar.end), plot))
                painter.setPen(dots)
                painter.drawLine(QPointF(body.right(), level), QPointF(self._body(index + 1).left(), level))
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour)
            painter.drawRoundedRect(body, min(2.0, body.height() / 2), min(2.0, body.height() / 2))
            if bar.is_pillar and self._scale.is_cut:
                self._cut(painter, body, px(5))
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        if self.hasFocus():
            painter.fillRect(QRectF(plot.left(), plot.bottom(), plot.width(), 1), colours.accent)

    def _cut(self, painter: QPainter, body: QRectF, size: int) -> None:
        """A slanted gap near the foot: this pillar reaches further down than the picture."""
        painter.setPen(QPen(theme.active().colours.surface, 2.0))
        y = body.bottom() - 2.2 * size
        painter.drawLine(QPointF(body.left() - 1, y + size / 2), QPointF(body.right() + 1, y - size / 2))
        painter.setPen(Qt.PenStyle.NoPen)

    def _draw_names(self, painter: QPainter) -> None:
        plot, metrics = self._plot(), self._metrics()
        ends = [0, 0]
        painter.setPen(theme.active().colours.muted)
        for index, bar in enumerate(self.bars):
            slot = self._slot(index)
            centre = round(slot.center().x())
            width = metrics.horizontalAdvance(bar.name)
            left = min(max(centre - width // 2, 0), round(plot.right()) - width)
            line = 0 if left >= ends[0] else 1
            ends[line] = left + width + theme.active().px(3)
            top = round(plot.bottom()) + theme.active().px(4) + line * metrics.height()
            painter.drawText(left, top + metrics.ascent(), bar.name)

    def _draw_labels(self, painter: QPainter) -> None:
        colours, plot, metrics = theme.active().colours, self._plot(), self._metrics()
        taken: list[QRectF] = []
        bodies = [self._body(index) for index in range(len(self.bars))]
        for index, text in enumerate(self.labels):
            body = bodies[index]
            width = metrics.horizontalAdvance(text)
            left = min(max(body.center().x() - width / 2, 0.0), plot.right() - width)
            above = QRectF(left, body.top() - metrics.height() - 1, width, metrics.height())
            below = QRectF(left, body.bottom() + 1, width, metrics.height())
            others = [*taken, *(other for at, other in enumerate(bodies) if at != index)]
            places = [above] if self.bars[index].is_pillar else [above, below]
            places += [above.translated(0, -step * metrics.height()) for step in (1, 2)]
            places += [below.translated(0, metrics.height())]
            free = (spot for spot in places if _fits(spot, others, self.height(), plot.bottom()))
            spot = next(free, None)
            if spot is None:  # a figure on another one can be read by nobody; hovering and the table tell it
                continue
            taken.append(spot)
            painter.setPen(colours.text)
            painter.drawText(QPointF(spot.left(), spot.top() + metrics.ascent()), text)

    def _point(self, index: int | None) -> None:
        if index != self.index:
            self.index = index
            self.update()

    @Slot(object)
    def _dress(self, _colours: theme.Colours) -> None:
        self.update()


def _fits(spot: QRectF, others: list[QRectF], height: int, floor: float) -> bool:
    inside = spot.top() >= 0 and spot.bottom() <= min(height, floor)
    return inside and not any(spot.adjusted(-2, 0, 2, 0).intersects(other) for other in others)


def _label(bar: Bar, figures: Figures) -> str:
    if not figures.hide_amounts:
        return figures.rounded(bar.money, signed=not bar.is_pillar)
    return DOTS if bar.ratio is None else figures.ratio(bar.ratio, 1, signed=True)
