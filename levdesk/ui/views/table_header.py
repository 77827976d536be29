"""The header of a table: muted titles over their figures, and the sort arrow on the side where it hides no text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QHeaderView, QWidget

from levdesk.ui.views.paints import EDGE, PAD, draw_text, fill

if TYPE_CHECKING:
    from PySide6.QtGui import QPainter

    from levdesk.ui.views.paints import Paints

_HEIGHT_PX: Final = 32
_FLAGS: Final = int(Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine)


class TableHeader(QHeaderView):
    """Draws sections from the model's titles and alignments."""

    def __init__(self, paints: Paints, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setViewport(own_viewport(self))
        self._paints = paints
        self.setSectionsClickable(True)
        paints.changed.connect(self.viewport().update)

    def sizeHint(self) -> QSize:
        return QSize(self.length(), self._paints.px(_HEIGHT_PX))

    def paintSection(self, painter: QPainter, rect: QRect, logicalIndex: int) -> None:
        paints = self._paints
        fill(painter, rect, paints.ground)
        fill(painter, QRect(rect.left(), rect.bottom(), rect.width(), 1), paints.hairline)
        across = Qt.Orientation.Horizontal
        title = str(self.model().headerData(logicalIndex, across, Qt.ItemDataRole.DisplayRole) or "")
        side = self.model().headerData(logicalIndex, across, Qt.ItemDataRole.TextAlignmentRole) or 0
        is_right = bool(int(side) & int(Qt.AlignmentFlag.AlignRight))
        if self.isSortIndicatorShown() and self.sortIndicatorSection() == logicalIndex:
            arrow = "▾" if self.sortIndicatorOrder() is Qt.SortOrder.DescendingOrder else "▴"
            title = f"{arrow} {title}" if is_right else f"{title} {arrow}"
        painter.setFont(paints.small)
        painter.setPen(paints.muted)
        left = paints.px(EDGE if logicalIndex == 0 else PAD)
        alignment = _FLAGS | int(Qt.AlignmentFlag.AlignRight if is_right else Qt.AlignmentFlag.AlignLeft)
        draw_text(painter, rect.adjusted(left, 0, -paints.px(PAD), 0), title, paints.small_metrics, alignment)


def own_viewport(owner: QWidget) -> QWidget:
    """A viewport as Qt makes it, but known to Python: asking for Qt's own one searches all widget types, 10 ms."""
    viewport = QWidget(owner)
    viewport.setBackgroundRole(QPalette.ColorRole.Base)
    viewport.setAutoFillBackground(True)
    return viewport
