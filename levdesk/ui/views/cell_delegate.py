"""Draws the plain cells of tables: text on the right or left, a small tag, and the token with its venue and notice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyledItemDelegate

from levdesk.domain.severity import Severity
from levdesk.ui.models.cells import Cell
from levdesk.ui.models.columns import CELL_ROLE
from levdesk.ui.views.paints import EDGE, PAD, draw_tag, draw_text, draw_triangle, fill

if TYPE_CHECKING:
    from PySide6.QtCore import QRect
    from PySide6.QtWidgets import QStyleOptionViewItem, QWidget

    from levdesk.ui.views.paints import Paints

Index = QModelIndex | QPersistentModelIndex

_RIGHT: Final = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine)
_LEFT: Final = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine)


class CellDelegate(QStyledItemDelegate):
    """Draws a `Cell`; the ground, the selection and the hairline are the row's (`DataTree.drawRow`)."""

    def __init__(self, paints: Paints, parent: QWidget, *, is_number: bool = True, is_first: bool = False) -> None:
        super().__init__(parent)
        self._paints = paints
        self._left_pad = EDGE if is_first else PAD
        self._alignment = _RIGHT if is_number else _LEFT

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        cell = index.data(CELL_ROLE)
        if isinstance(cell, Cell):
            self.draw_padded(painter, option.rect, cell)

    def draw_padded(self, painter: QPainter, rect: QRect, cell: Cell) -> None:
        """Draw a cell into the whole rectangle of its row and column."""
        px = self._paints.px
        self.draw(painter, rect.adjusted(px(self._left_pad), 0, -px(PAD), 0), cell)

    def draw(self, painter: QPainter, rect: QRect, cell: Cell) -> None:
        """Draw a cell into a rectangle already free of padding."""
        paints = self._paints
        font, metrics = paints.font_of(cell.tone)
        if cell.mark and self.width_of(cell) <= rect.width():  # the figure goes before its tag; the tooltip has both
            left = draw_tag(painter, paints, rect.right() + 1, rect.center().y() + 1, cell.mark)
            rect = rect.adjusted(0, 0, left - rect.right() - 1 - paints.px(5), 0)
        if cell.aside:
            painter.setFont(paints.small)
            painter.setPen(paints.muted)
            taken = draw_text(painter, rect, cell.aside, paints.small_metrics, _RIGHT)
            rect = rect.adjusted(0, 0, -taken - paints.px(4), 0)
        painter.setFont(font)
        painter.setPen(paints.pen_of(cell))
        draw_text(painter, rect, cell.text, metrics, self._alignment)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        cell = index.data(CELL_ROLE)
        return QSize(self.room_for(cell) if isinstance(cell, Cell) else 0, self._paints.row_height)

    def room_for(self, cell: Cell) -> int:
        """Width a cell wants with its padding."""
        px = self._paints.px
        return self.width_of(cell) + px(self._left_pad) + px(PAD)

    def width_of(self, cell: Cell) -> int:
        """Width a cell wants, for a double-click on the header's edge."""
        paints = self._paints
        tag = paints.tag_metrics.width_of(cell.mark) + paints.px(13) if cell.mark else 0
        aside = paints.small_metrics.width_of(cell.aside) + paints.px(6) if cell.aside else 0
        return paints.font_of(cell.tone)[1].width_of(cell.text) + aside + tag


class TokenDelegate(CellDelegate):
    """Draws a token: symbol, muted venue, and a mark when something is to be noticed."""

    def __init__(self, paints: Paints, parent: QWidget, *, is_first: bool = True) -> None:
        super().__init__(paints, parent, is_number=False, is_first=is_first)

    def draw(self, painter: QPainter, rect: QRect, cell: Cell) -> None:
        paints = self._paints
        chip = paints.px(24) if cell.notice else 0
        room = rect.adjusted(0, 0, -chip - (paints.px(6) if chip else 0), 0)
        font, metrics = paints.font_of(cell.tone)
        painter.setFont(font)
        painter.setPen(paints.tones[cell.tone])
        taken = draw_text(painter, room, cell.text, metrics, _LEFT) + paints.px(6)
        if cell.aside and room.width() - taken > paints.px(16):
            painter.setFont(paints.small)
            painter.setPen(paints.muted)
            taken += draw_text(painter, room.adjusted(taken, 0, 0, 0), cell.aside, paints.small_metrics, _LEFT)
        if cell.notice:
            left = min(rect.left() + taken + paints.px(6), rect.right() - chip)
            self._draw_notice(painter, QRectF(left, rect.center().y() - paints.px(8), chip, paints.px(18)), cell.notice)

    def width_of(self, cell: Cell) -> int:
        paints = self._paints
        chip = paints.px(36) if cell.notice else 0
        return super().width_of(cell) + chip

    def _draw_notice(self, painter: QPainter, rect: QRectF, severity: Severity) -> None:
        paints = self._paints
        mark, ground = paints.notices[severity]
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawRoundedRect(rect, rect.height() / 2, rect.height() / 2)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        centre = rect.center()
        if severity is Severity.ERROR:
            draw_triangle(painter, mark, QPointF(centre), paints.px(10))
        else:
            side = paints.px(8)
            fill(painter, QRectF(centre.x() - side / 2, centre.y() - side / 2, side, side), mark)


class ListDelegate(TokenDelegate):
    """Draws the rows of a plain list, which has no row painting of its own: the ground of the chosen row as well."""

    def __init__(self, paints: Paints, parent: QWidget) -> None:
        super().__init__(paints, parent, is_first=False)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        from PySide6.QtWidgets import QStyle  # late: its enums cost 4 ms, and the first paint shows no list

        if option.state & QStyle.StateFlag.State_Selected:
            fill(painter, option.rect, self._paints.selection)
        super().paint(painter, option, index)
