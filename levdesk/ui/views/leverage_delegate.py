"""Draws the leverage cell: the number, and a small bar with the band, the target and where leverage is now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter

from levdesk.ui.models.cells import Tone
from levdesk.ui.views.cell_delegate import CellDelegate
from levdesk.ui.views.paints import draw_triangle, fill

if TYPE_CHECKING:
    from PySide6.QtCore import QRect
    from PySide6.QtGui import QBrush
    from PySide6.QtWidgets import QWidget

    from levdesk.ui.models.cells import Cell
    from levdesk.ui.models.gauge import Gauge
    from levdesk.ui.views.paints import Paints

BAR_PX: Final = 74
"""Width of the bar in a column of the usual width; it shrinks before the number is cut."""

MIN_BAR_PX: Final = 28
_GAP_PX: Final = 14
_DOT_PX: Final = 10
_TRACK_PX: Final = 6


class LeverageDelegate(CellDelegate):
    """The number is right-aligned beside the bar; outside the band, or near an edge, ▲ and a red dot say so."""

    def __init__(self, paints: Paints, parent: QWidget) -> None:
        super().__init__(paints, parent)

    def draw(self, painter: QPainter, rect: QRect, cell: Cell) -> None:
        paints = self._paints
        bar_room = self._bar_width(rect, cell)
        number = rect.adjusted(0, 0, -bar_room - paints.px(_GAP_PX), 0)
        if cell.tone is Tone.CRITICAL:
            width = paints.strong_metrics.width_of(cell.text)
            centre = QPointF(number.right() - width - paints.px(9), number.center().y() + 0.5)
            if centre.x() > number.left() + paints.px(4):
                draw_triangle(painter, paints.critical, centre, paints.px(8))
        super().draw(painter, number, cell)
        if cell.gauge is not None and bar_room >= paints.px(MIN_BAR_PX):
            bar = QRectF(
                rect.right() + 1 - bar_room, rect.center().y() + 1 - paints.px(3), bar_room, paints.px(_TRACK_PX)
            )
            self._draw_bar(painter, bar, cell.gauge, muted=cell.tone is Tone.MUTED)

    def width_of(self, cell: Cell) -> int:
        paints = self._paints
        return super().width_of(cell) + paints.px(BAR_PX + _GAP_PX + 14)

    def _bar_width(self, rect: QRect, cell: Cell) -> int:
        """Room for the bar, the same in each row so that numbers stay in line."""
        paints = self._paints
        wanted = paints.strong_metrics.width_of("−00.00") + paints.px(_GAP_PX + 14)
        return max(0, min(paints.px(BAR_PX), rect.width() - wanted))

    def _draw_bar(self, painter: QPainter, bar: QRectF, gauge: Gauge, *, muted: bool) -> None:
        paints = self._paints
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(paints.track)
        painter.drawRoundedRect(bar, bar.height() / 2, bar.height() / 2)
        dot = paints.px(_DOT_PX)
        tick = self._along(bar, gauge.tick, dot)
        fill(painter, QRectF(tick - 0.5, bar.top() - paints.px(3), 1.0, bar.height() + paints.px(6)), paints.quiet)
        if gauge.dot is not None:
            painter.setBrush(self._dot_brush(gauge, muted=muted))
            painter.drawEllipse(QPointF(self._along(bar, gauge.dot, dot), bar.center().y()), dot / 2, dot / 2)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def _dot_brush(self, gauge: Gauge, *, muted: bool) -> QBrush:
        paints = self._paints
        if muted:
            return paints.quiet
        return paints.critical if gauge.is_alarming else paints.accent

    @staticmethod
    def _along(bar: QRectF, position: float, dot: float) -> float:
        return bar.left() + dot / 2 + position * (bar.width() - dot)
