"""Colours, fonts and sizes that delegates draw with, looked up once per theme and never while painting."""

from __future__ import annotations

from math import floor
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QPointF, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QBrush, QFontMetrics, QFontMetricsF, QPainter, QPen, QPolygonF

from levdesk.domain.severity import Severity
from levdesk.ui import theme
from levdesk.ui.models.cells import Tone

if TYPE_CHECKING:
    from PySide6.QtCore import QRect
    from PySide6.QtGui import QColor, QFont

    from levdesk.ui.models.cells import Cell

PAD: Final = 6
EDGE: Final = 16
"""Left padding of a table's first column, in line with the toolbar above it."""

_TINT: Final = 0.14
_REMEMBERED: Final = 4096
"""Widths that are remembered of a font; then they are measured anew."""

_RIGHT: Final = int(Qt.AlignmentFlag.AlignRight)


class Paints(QObject):
    """What cells are painted with now.

    Attributes:
        changed: emitted after the theme changed and everything here is new.
        tones: text colour by `Tone`.
        notices: mark and ground by severity.
        fresh, fresh_share: cells that changed just now by their id, and how far they have faded (0..1).
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.fresh: dict[int, Cell] = {}
        self.fresh_share = 1.0
        self._refresh()
        theme.active().changed.connect(self._on_theme)

    @Slot(object)
    def _on_theme(self, _colours: theme.Colours) -> None:
        self._refresh()
        self.changed.emit()

    def _refresh(self) -> None:
        looks = theme.active()
        colours = looks.colours
        self.px = looks.px
        self.row_height = looks.row_height
        self.font = looks.font()
        self.strong = looks.font(strong=True)
        self.small = looks.font(theme.LABEL_PX)
        self.tag = looks.font(theme.LABEL_PX - 1)
        self.metrics, self.small_metrics = Metrics(self.font), Metrics(self.small)
        self.strong_metrics, self.tag_metrics = Metrics(self.strong), Metrics(self.tag)
        self.text, self.muted, self.line = QPen(colours.text), QPen(colours.muted), QPen(colours.line)
        self.selection, self.ground = solid(colours.selection), solid(colours.surface)
        self.heading, self.track, self.accent = solid(colours.window), solid(colours.track), solid(colours.accent)
        self.critical, self.quiet, self.hairline = solid(colours.critical), solid(colours.muted), solid(colours.line)
        self.tones = {
            Tone.PLAIN: self.text,
            Tone.MUTED: self.muted,
            Tone.GAIN: QPen(colours.gain),
            Tone.LOSS: QPen(colours.loss),
            Tone.CRITICAL: QPen(colours.critical),
            Tone.STRONG: self.text,
            Tone.WARNING: QPen(colours.warning),
        }
        self.notices = {
            Severity.WARNING: _notice(colours.warning, colours.surface),
            Severity.ERROR: _notice(colours.critical, colours.surface),
        }

    def pen_of(self, cell: Cell) -> QPen:
        """Colour of a cell's text: its tone's, or on the way to it from the accent while it is fresh."""
        pen = self.tones[cell.tone]
        if self.fresh and id(cell) in self.fresh:
            return QPen(theme.blend(pen.color(), self.accent.color(), self.fresh_share))
        return pen

    def font_of(self, tone: Tone) -> tuple[QFont, Metrics]:
        """Font of a tone: what is strong or critical is heavier."""
        if tone is Tone.STRONG or tone is Tone.CRITICAL or tone is Tone.WARNING:
            return self.strong, self.strong_metrics
        return self.font, self.metrics


class Metrics(QFontMetrics):
    """Metrics of a font that remember what they measured: a table draws the same figures again and again."""

    def __init__(self, font: QFont) -> None:
        super().__init__(font)
        self._widths: dict[str, int] = {}
        exact = QFontMetricsF(font)
        self._ascent, self._height = exact.ascent(), exact.height()

    def width_of(self, text: str) -> int:
        """Width of a line in pixels."""
        width = self._widths.get(text)
        if width is None:
            if len(self._widths) >= _REMEMBERED:
                self._widths.clear()
            width = self._widths[text] = self.horizontalAdvance(text)
        return width

    def baseline_in(self, height: int) -> int:
        """Where the baseline is, from the top, of a line in the middle of a height."""
        return floor((height - self._height) / 2 + self._ascent + 0.5)


def _notice(colour: QColor, ground: QColor) -> tuple[QBrush, QBrush]:
    return solid(colour), solid(theme.blend(colour, ground, _TINT))


def solid(colour: QColor) -> QBrush:
    """A brush of one colour; `QBrush(colour)` makes Python learn gradients and images first, 2 ms."""
    brush = QBrush()
    brush.setStyle(Qt.BrushStyle.SolidPattern)
    brush.setColor(colour)
    return brush


def fill(painter: QPainter, rect: QRect | QRectF, brush: QBrush) -> None:
    """Fill a rectangle; unlike `fillRect` it teaches Python no gradients, and leaves the painter without a pen."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(brush)
    painter.drawRect(rect)


def draw_text(painter: QPainter, rect: QRect, text: str, metrics: Metrics, alignment: int) -> int:
    """Draw one line in the middle of a height, cut with an ellipsis where it does not fit; the width it took.

    At a point, not in a rectangle: Qt would lay the line out first, which takes longer than to draw it.
    """
    width, room = metrics.width_of(text), rect.width()
    if width > room:
        text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room)
        width = min(room, metrics.width_of(text))
    left = rect.left() + room - width if alignment & _RIGHT else rect.left()
    painter.drawText(left, rect.top() + metrics.baseline_in(rect.height()), text)
    return width


def draw_tag(painter: QPainter, paints: Paints, right: int, middle: int, text: str) -> int:
    """Draw a small outlined tag that ends at `right`; the left edge it reaches."""
    width = paints.tag_metrics.horizontalAdvance(text) + paints.px(8)
    height = paints.px(16)
    rect = QRectF(right - width + 0.5, middle - height / 2 + 0.5, width - 1, height - 1)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setPen(paints.line)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(rect, paints.px(3), paints.px(3))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setFont(paints.tag)
    painter.setPen(paints.muted)
    painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, text)
    return right - width


def draw_triangle(painter: QPainter, brush: QBrush, centre: QPointF, size: float) -> None:
    """Draw an upward triangle: the mark of what is critical."""
    half = size / 2
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(brush)
    low = centre.y() + half * 0.85
    corners = [QPointF(centre.x() - half, low), QPointF(centre.x() + half, low), QPointF(centre.x(), low - size * 0.9)]
    painter.drawPolygon(QPolygonF(corners))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
