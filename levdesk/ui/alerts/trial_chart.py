"""When a rule would have fired: a line of days with a mark at each moment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Slot
from PySide6.QtGui import QHelpEvent, QPainter
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from levdesk.ui import format as fmt
from levdesk.ui import theme
from levdesk.ui.charts.date_ticks import date_ticks
from levdesk.ui.views.paints import draw_triangle, solid

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent

    from levdesk.services.alert_view import RuleTrial

HEIGHT_PX: Final = 92
_MARK_PX: Final = 11
_TICK_ROOM_PX: Final = 72
_NEAR_PX: Final = 8


class TrialChart(QWidget):
    """Draws a trial; pointing at a mark tells what would have been said."""

    def __init__(self) -> None:
        super().__init__()
        self.trial: RuleTrial | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("When the rule would have fired")
        theme.active().changed.connect(self._dress)

    def tell(self, trial: RuleTrial | None) -> None:
        """Show another trial; None clears it."""
        self.trial = trial
        lines = [] if trial is None else [self._words(*moment) for moment in trial.moments[-20:]]
        self.setAccessibleDescription("\n".join(lines))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(theme.active().px(320), theme.active().px(HEIGHT_PX))

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.active().px(200), theme.active().px(HEIGHT_PX))

    def x_of(self, ts_ms: int) -> float:
        """Where a moment stands."""
        trial, edge = self.trial, theme.active().px(8)
        if trial is None or trial.until_ms <= trial.from_ms:
            return float(edge)
        return edge + (ts_ms - trial.from_ms) / (trial.until_ms - trial.from_ms) * (self.width() - 2 * edge)

    # -- Qt --------------------------------------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() is QEvent.Type.ToolTip:
            words = self.words_at(event.pos().x())
            if words:
                QToolTip.showText(event.globalPos(), words, self)
            else:
                QToolTip.hideText()
            return True
        return super().event(event)

    def words_at(self, x: float) -> str:
        """What would have been said at the marks near a place; "" where there is none."""
        if self.trial is None:
            return ""
        near = [each for each in self.trial.moments if abs(self.x_of(each[0]) - x) <= theme.active().px(_NEAR_PX)]
        return "\n".join(self._words(*moment) for moment in near[:5])

    def paintEvent(self, event: QPaintEvent) -> None:
        looks = theme.active()
        colours, px = looks.colours, looks.px
        painter = QPainter(self)
        painter.setFont(looks.font(theme.LABEL_PX - 1))
        metrics = painter.fontMetrics()
        floor = self.height() - metrics.height() - px(6)
        painter.fillRect(QRectF(0, floor, self.width(), 1), colours.line)
        if self.trial is not None:
            self._draw_days(painter, floor)
            self._draw_marks(painter, floor)
        painter.end()

    # -- inside ----------------------------------------------------------------------------------------------------

    def _draw_days(self, painter: QPainter, floor: float) -> None:
        trial = self.trial
        assert trial is not None
        painter.setPen(theme.active().colours.muted)
        metrics = painter.fontMetrics()
        at_most = max(2, self.width() // theme.active().px(_TICK_ROOM_PX))
        for ts_s, words in date_ticks(trial.from_ms / 1000, trial.until_ms / 1000, at_most):
            x, width = self.x_of(round(ts_s * 1000)), metrics.horizontalAdvance(words)
            left = min(max(0.0, x - width / 2), self.width() - width)
            painter.drawText(QPointF(left, floor + metrics.ascent() + theme.active().px(4)), words)

    def _draw_marks(self, painter: QPainter, floor: float) -> None:
        trial, looks = self.trial, theme.active()
        assert trial is not None
        colour = looks.colours.critical if trial.rule.severity == "critical" else looks.colours.warning
        for ts_ms, _target, _message in trial.moments:
            x = self.x_of(ts_ms)
            top = floor - looks.px(HEIGHT_PX) * 0.45
            painter.fillRect(QRectF(round(x), top, 1, floor - top), colour)
            draw_triangle(painter, solid(colour), QPointF(round(x) + 0.5, top), looks.px(_MARK_PX))

    def _words(self, ts_ms: int, _target: str, message: str) -> str:
        return f"{fmt.moment(ts_ms)}: {message}"

    @Slot(object)
    def _dress(self, _colours: theme.Colours) -> None:
        self.update()
