"""The gauge of effective leverage: its band from edge to edge, the target, where it is now, and prices at the edges."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Slot
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from levdesk.ui import theme

TRACK_PX: Final = 10
DOT_PX: Final = 13
SMALL_PX: Final = theme.LABEL_PX - 1
NEAR_EDGE: Final = 0.1
"""Share of the band from an edge on which the dot turns critical, as in the table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BandPicture:
    """What the gauge shows, written already; levels are magnitudes of leverage.

    Attributes:
        low, high: ends of the bar.
        now: effective leverage, None when unknown.
        target: where a rebalance brings it.
        now_text, target_text: their words, e.g. "3.06× now", "target 3×".
        low_lines, high_lines: what stands under the ends, e.g. ("2.25×", "BTC 110,390").
        spoken: the same for screen readers.
    """

    low: float
    high: float
    now: float | None
    target: float
    now_text: str
    target_text: str
    low_lines: tuple[str, ...]
    high_lines: tuple[str, ...]
    spoken: str

    def along(self, level: float) -> float:
        """Place of a level from 0 (low end) to 1 (high end), clamped."""
        return min(1.0, max(0.0, (level - self.low) / (self.high - self.low)))

    @property
    def is_near(self) -> bool:
        """True close to an edge at which something happens, or beyond it."""
        if self.now is None:
            return False
        place = (self.now - self.low) / (self.high - self.low)
        near_low = bool(self.low_lines) and place <= NEAR_EDGE
        return near_low or (bool(self.high_lines) and place >= 1.0 - NEAR_EDGE)


class BandGauge(QWidget):
    """Draws one `BandPicture`."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.picture: BandPicture | None = None
        theme.active().changed.connect(self._dress)

    def show_band(self, picture: BandPicture) -> None:
        """Draw another one."""
        if picture != self.picture:
            self.picture = picture
            self.setAccessibleDescription(picture.spoken)
            self.setToolTip(picture.spoken)
            self.update()

    def sizeHint(self) -> QSize:
        small = QFontMetrics(theme.active().font(SMALL_PX)).height()
        strong = QFontMetrics(theme.active().font(strong=True)).height()
        return QSize(theme.active().px(320), strong + theme.active().px(TRACK_PX + 18) + 2 * small)

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.active().px(220), self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        picture = self.picture
        if picture is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        bar = self._bar(picture)
        self._draw_bar(painter, picture, bar)
        self._draw_words(painter, picture, bar)
        painter.end()

    def _bar(self, picture: BandPicture) -> QRectF:
        """The bar, set in so that the words under its ends fit."""
        px = theme.active().px
        small = QFontMetrics(theme.active().font(SMALL_PX))
        widest = max((small.horizontalAdvance(line) for line in (*picture.low_lines, *picture.high_lines)), default=0)
        inset = min(max(px(24), widest / 2), self.width() * 0.22)
        top = QFontMetrics(theme.active().font(strong=True)).height() + px(7)
        return QRectF(inset, top, self.width() - 2 * inset, px(TRACK_PX))

    def _draw_bar(self, painter: QPainter, picture: BandPicture, bar: QRectF) -> None:
        colours, px = theme.active().colours, theme.active().px
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colours.track)
        painter.drawRoundedRect(bar, bar.height() / 2, bar.height() / 2)
        target = bar.left() + picture.along(picture.target) * bar.width()
        dot = target if picture.now is None else bar.left() + picture.along(picture.now) * bar.width()
        if picture.now is not None:
            tint = theme.blend(colours.critical if picture.is_near else colours.accent, colours.surface, 0.35)
            painter.setBrush(tint)
            left, right = sorted((target, dot))
            painter.drawRect(QRectF(left, bar.top(), right - left, bar.height()))
        painter.fillRect(QRectF(target - 0.5, bar.top() - px(5), 1.5, bar.height() + px(10)), colours.muted)
        if picture.now is not None:
            painter.setBrush(colours.critical if picture.is_near else colours.accent)
            painter.drawEllipse(QPointF(dot, bar.center().y()), px(DOT_PX) / 2, px(DOT_PX) / 2)

    def _draw_words(self, painter: QPainter, picture: BandPicture, bar: QRectF) -> None:
        colours, px = theme.active().colours, theme.active().px
        strong, small = theme.active().font(strong=True), theme.active().font(SMALL_PX)
        painter.setFont(strong)
        at = bar.center().x() if picture.now is None else bar.left() + picture.along(picture.now) * bar.width()
        painter.setPen(colours.critical if picture.is_near else colours.text)
        text = f"▲ {picture.now_text}" if picture.is_near else picture.now_text
        self._centred(painter, text, at, 0)
        painter.setFont(small)
        line = painter.fontMetrics().height()
        top = bar.bottom() + px(8)
        spots = [self._ends(painter, picture.low_lines, bar.left(), top, line)]
        spots.append(self._ends(painter, picture.high_lines, bar.right(), top, line))
        painter.setPen(colours.muted)
        target = bar.left() + picture.along(picture.target) * bar.width()
        width = painter.fontMetrics().horizontalAdvance(picture.target_text)
        own = QRectF(target - width / 2, top, width, line)
        crowded = any(spot.adjusted(-px(4), 0, px(4), 0).intersects(own) for spot in spots)
        if not crowded:
            self._centred(painter, picture.target_text, target, top)

    def _ends(self, painter: QPainter, lines: tuple[str, ...], at: float, top: float, line: int) -> QRectF:
        spot = QRectF()
        for number, text in enumerate(lines):
            colours = theme.active().colours
            painter.setPen(colours.text if number else colours.muted)
            spot = spot.united(self._centred(painter, text, at, top + number * line))
        return spot

    def _centred(self, painter: QPainter, text: str, at: float, top: float) -> QRectF:
        metrics = painter.fontMetrics()
        width = metrics.horizontalAdvance(text)
        left = min(max(at - width / 2, 0.0), max(0.0, self.width() - width))
        painter.drawText(QPointF(left, top + metrics.ascent()), text)
        return QRectF(left, top, width, metrics.height())

    @Slot(object)
    def _dress(self, _colours: theme.Colours) -> None:
        self.update()
