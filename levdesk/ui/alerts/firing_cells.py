"""Columns of the warnings dock, the cells of one alert, and how they are drawn: two lines a row."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter

from levdesk.domain.alerts import AlertSeverity
from levdesk.ui import format as fmt
from levdesk.ui import theme
from levdesk.ui.alerts.words import NOTICES, SEVERITY_WORDS, TONES, state_words, target_aside, target_words
from levdesk.ui.alerts.words import whole_words as alert_words
from levdesk.ui.models.cells import Cell, Tone
from levdesk.ui.models.columns import ColumnSpec
from levdesk.ui.models.keyed_table import KeyedRow
from levdesk.ui.views.cell_delegate import CellDelegate
from levdesk.ui.views.paints import draw_text, draw_triangle, fill

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PySide6.QtCore import QModelIndex, QPersistentModelIndex
    from PySide6.QtWidgets import QStyleOptionViewItem

    from levdesk.services.alert_view import FiringAlert

ROW_PX: Final = 46
_TOP_PX: Final = 5
_LEFT: Final = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine)
_RIGHT: Final = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine)
_SEVERITY_OF: Final = {words: severity for severity, words in SEVERITY_WORDS.items()}


class FiringColumn(IntEnum):
    """Columns of the dock."""

    SEVERITY = 0
    SINCE = 1
    TOKEN = 2
    REASON = 3
    SNOOZE = 4


FIRING_COLUMNS: Final = (
    ColumnSpec(name="severity", title="Severity", about="How much it matters", width=112, is_number=False),
    ColumnSpec(name="since", title="Since", about="When it began", width=104, is_number=False),
    ColumnSpec(name="token", title="What", about="What it is about", width=116, is_number=False),
    ColumnSpec(name="reason", title="Reason", about="Why, and what you can do", width=240, is_number=False),
    ColumnSpec(name="snooze", title="", about="Keep it quiet for a while", width=84, is_number=False),
)


def firing_row(alert: FiringAlert, now_ms: int, portfolios: Mapping[int, str]) -> KeyedRow:
    """An alert as a row; one that the person has dealt with is muted."""
    quiet = alert.is_quiet(now_ms)
    tone = Tone.MUTED if quiet else TONES[alert.severity]
    plain = Tone.MUTED if quiet else Tone.PLAIN
    cells = [
        Cell(SEVERITY_WORDS[alert.severity], tone),
        Cell(fmt.clock(alert.since_ms), plain, aside=_day(alert.since_ms, now_ms)),
        Cell(
            target_words(alert.key.target, portfolios),
            Tone.MUTED if quiet else Tone.STRONG,
            aside=target_aside(alert.key.target),
        ),
        Cell(
            alert.message,
            plain,
            aside=" · ".join(part for part in (state_words(alert, now_ms), alert.advice) if part),
        ),
        Cell("Unmute" if alert.is_muted else "Wake" if alert.is_snoozed(now_ms) else "Snooze"),
    ]
    return KeyedRow(alert.key, cells, alert_words(alert, now_ms))


def _day(ts_ms: int, now_ms: int) -> str:
    words = fmt.lately(ts_ms, now_ms).rpartition(" ")[0]
    return "" if words == "today" else words


class TwoLines(CellDelegate):
    """Text on the first line, its aside muted on the second."""

    def draw_padded(self, painter: QPainter, rect: QRect, cell: Cell) -> None:
        px = self._paints.px
        self.draw(painter, rect.adjusted(px(self._left_pad), px(_TOP_PX), -px(6), -px(_TOP_PX)), cell)

    def draw(self, painter: QPainter, rect: QRect, cell: Cell) -> None:
        first = self.draw_first(painter, rect, cell)
        if cell.aside:
            paints = self._paints
            painter.setFont(paints.small)
            painter.setPen(paints.muted)
            second = QRect(rect.left(), first.bottom() + 1, rect.width(), rect.bottom() - first.bottom())
            draw_text(painter, second, cell.aside, paints.small_metrics, _LEFT)

    def draw_first(self, painter: QPainter, rect: QRect, cell: Cell) -> QRect:
        """Draw the first line; where it stands."""
        paints = self._paints
        first = QRect(rect.left(), rect.top(), rect.width(), paints.metrics.height() + paints.px(2))
        font, metrics = paints.font_of(cell.tone)
        painter.setFont(font)
        painter.setPen(paints.pen_of(cell))
        draw_text(painter, first, cell.text, metrics, _LEFT)
        return first

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(super().sizeHint(option, index).width(), self._paints.px(ROW_PX))

    def width_of(self, cell: Cell) -> int:
        paints = self._paints
        first = paints.font_of(cell.tone)[1].width_of(cell.text)
        return max(first, paints.small_metrics.width_of(cell.aside))


class SeverityChip(TwoLines):
    """A shape and a word on a tinted ground."""

    def draw(self, painter: QPainter, rect: QRect, cell: Cell) -> None:
        paints, px = self._paints, self._paints.px
        severity = _SEVERITY_OF[cell.text]
        width = px(30) + paints.small_metrics.width_of(cell.text)
        chip = QRectF(rect.left(), rect.top(), min(width, rect.width()), px(20))
        ground = paints.notices.get(NOTICES[severity], (paints.quiet, paints.heading))[1]
        is_quiet = cell.tone is Tone.MUTED
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(paints.heading if is_quiet else ground)
        painter.drawRoundedRect(chip, chip.height() / 2, chip.height() / 2)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        self._draw_mark(painter, QPointF(chip.left() + px(12), chip.center().y()), severity, cell)
        painter.setFont(paints.small)
        painter.setPen(paints.tones[cell.tone])
        words = chip.toRect().adjusted(px(21), 0, 0, 0)
        draw_text(painter, words, cell.text, paints.small_metrics, _LEFT)

    def _draw_mark(self, painter: QPainter, centre: QPointF, severity: AlertSeverity, cell: Cell) -> None:
        paints, px = self._paints, self._paints.px
        brush = paints.notices.get(NOTICES[severity], (paints.quiet, paints.heading))[0]
        if cell.tone is Tone.MUTED:
            brush = paints.quiet
        if severity is AlertSeverity.CRITICAL:
            draw_triangle(painter, brush, centre, px(10))
        elif severity is AlertSeverity.WARNING:
            side = px(8)
            fill(painter, QRectF(centre.x() - side / 2, centre.y() - side / 2, side, side), brush)
        else:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(brush)
            painter.drawEllipse(centre, px(4), px(4))
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


class LinkCell(TwoLines):
    """Words in the accent colour at the right edge: something to click."""

    def draw_first(self, painter: QPainter, rect: QRect, cell: Cell) -> QRect:
        paints = self._paints
        first = QRect(rect.left(), rect.top(), rect.width() - paints.px(10), paints.metrics.height() + paints.px(2))
        painter.setFont(paints.font)
        painter.setPen(theme.active().colours.accent)
        draw_text(painter, first, cell.text, paints.metrics, _RIGHT)
        return first
