"""The table every page uses: rows of one height, one hairline between them, and headings across."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QRect, Qt, Signal, Slot
from PySide6.QtGui import QKeySequence, QPainter
from PySide6.QtWidgets import QAbstractItemView, QFrame, QTreeView, QWidget

from levdesk.ui import theme
from levdesk.ui.models.cells import Cell, GroupCell, widest_cells
from levdesk.ui.models.columns import CELL_ROLE, KEY_ROLE
from levdesk.ui.views.cell_delegate import CellDelegate
from levdesk.ui.views.paints import EDGE, PAD, Paints, draw_text, fill
from levdesk.ui.views.table_header import TableHeader, own_viewport

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from PySide6.QtCore import QPersistentModelIndex
    from PySide6.QtGui import QKeyEvent, QPaintEvent, QRegion, QResizeEvent
    from PySide6.QtWidgets import QStyleOptionViewItem

    from levdesk.ui.views.column_layout import ColumnLayout

_LEFT: Final = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine)
_OPENING_KEYS: Final = frozenset({Qt.Key.Key_Return, Qt.Key.Key_Enter})


class _Span(NamedTuple):
    """A column that is painted now.

    Attributes:
        column, left, width: which, and where it stands in the viewport.
        delegate: draws it.
        heights: first and last pixel line of what has to be painted of it.
    """

    column: int
    left: int
    width: int
    delegate: CellDelegate
    heights: list[tuple[int, int]]


class DataTree(QTreeView):
    """A tree table drawn calmly.

    Attributes:
        paints: what its delegates draw with.
        opened: a row's key was opened by Enter or a double-click.
        empty_text: what stands in the middle when there are no rows; the second line is muted.
    """

    opened = Signal(object)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setViewport(own_viewport(self))
        self.setAccessibleName(name)
        self.paints = Paints(self)
        self.paints.changed.connect(self._on_paints)
        self.empty_text: tuple[str, str] = ("", "")
        self._layout: ColumnLayout | None = None
        self._spans: list[_Span] = []
        self.setHeader(TableHeader(self.paints, self))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setCornerWidget(QWidget(self))
        self.setUniformRowHeights(True)
        self.setRootIsDecorated(False)
        self.setIndentation(0)
        self.setAllColumnsShowFocus(False)
        self.setWordWrap(False)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setSortingEnabled(True)
        self.setExpandsOnDoubleClick(True)
        self.doubleClicked.connect(self._on_double_click)

    @property
    def layout_keeper(self) -> ColumnLayout:
        """Columns of this table."""
        assert self._layout is not None, "keep_columns comes first"
        return self._layout

    def keep_columns(self, keeper: ColumnLayout) -> None:
        """Let a `ColumnLayout` look after the header."""
        self._layout = keeper

    def set_current(self, index: QModelIndex) -> None:
        """Make a row current and the only one selected, whatever keys are held down."""
        flag = QItemSelectionModel.SelectionFlag
        self.selectionModel().setCurrentIndex(index, flag.ClearAndSelect | flag.Rows)

    def cells_of(self, first: QModelIndex, columns: Sequence[int]) -> Sequence[object]:
        """What stands in these columns of the row whose first index is given; anything but a `Cell` is not drawn."""
        return [first.siblingAtColumn(column).data(CELL_ROLE) for column in columns]

    def columns_to_copy(self) -> Sequence[int]:
        """Visible columns from left to right."""
        return self.layout_keeper.shown_columns()

    def make_room(self, rows: Iterable[Sequence[Cell]]) -> None:
        """Widen columns so that the figures of these rows fit."""
        longest = widest_cells(rows)

        def wanted(column: int) -> int:
            delegate = self._delegate_of(column)
            return delegate.room_for(longest[column]) if longest and delegate is not None else 0

        self.layout_keeper.make_room(wanted)

    @Slot()
    def copy(self) -> None:
        """Copy the selected rows for a spreadsheet."""
        self._copy(as_commas=False)

    @Slot()
    def copy_as_csv(self) -> None:
        """Copy the selected rows as CSV text."""
        self._copy(as_commas=True)

    # -- Qt --------------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._layout is not None:
            self._layout.fill()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        elif event.key() in _OPENING_KEYS and self.currentIndex().isValid():
            self._open(self.currentIndex())
        else:
            super().keyPressEvent(event)
            return
        event.accept()

    def drawRow(
        self, painter: QPainter, options: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        first = index.sibling(index.row(), 0)
        own: QRect = options.rect
        rect = QRect(0, own.top(), max(own.width(), self.viewport().width()), own.height())
        cell = first.data(CELL_ROLE)
        if isinstance(cell, GroupCell):
            is_current = self.currentIndex().siblingAtColumn(0) == first
            self._draw_heading(painter, rect, cell, is_open=self.isExpanded(first), is_current=is_current)
        else:
            if self.selectionModel().isSelected(first):
                fill(painter, rect, self.paints.selection)
            self._draw_cells(painter, rect, first)
        fill(painter, QRect(rect.left(), rect.bottom(), rect.width(), 1), self.paints.hairline)
        if (
            self.hasFocus()
            and self.currentIndex().row() == index.row()
            and self.currentIndex().parent() == index.parent()
        ):
            fill(painter, QRect(rect.left(), rect.top(), self.paints.px(2), rect.height() - 1), self.paints.accent)

    def paintEvent(self, event: QPaintEvent) -> None:
        self._spans = self._spans_to_paint(event.region())
        super().paintEvent(event)
        if self.empty_text[0] and not self.model().rowCount():
            self._draw_empty()

    # -- inside ----------------------------------------------------------------------------------------------------

    def _spans_to_paint(self, region: QRegion) -> list[_Span]:
        """Where cells have to be drawn: Qt's own way draws the whole row for each figure that moved."""
        rects: Iterable[QRect] = region  # type: ignore[assignment]  # it is, though PySide's stubs do not say so
        dirty = [(rect.left(), rect.right(), rect.top(), rect.bottom()) for rect in rects]
        header, spans = self.header(), []
        for column in self.layout_keeper.shown_columns():
            left, width = header.sectionViewportPosition(column), header.sectionSize(column)
            heights = [(top, bottom) for low, high, top, bottom in dirty if low < left + width and high >= left]
            delegate = self._delegate_of(column) if heights else None
            if delegate is not None:
                spans.append(_Span(column, left, width, delegate, heights))
        return spans

    def _delegate_of(self, column: int) -> CellDelegate | None:
        own, general = self.itemDelegateForColumn(column), self.itemDelegate()
        return own if isinstance(own, CellDelegate) else general if isinstance(general, CellDelegate) else None

    def _draw_cells(self, painter: QPainter, row: QRect, first: QModelIndex) -> None:
        top, bottom, height = row.top(), row.bottom(), row.height()
        spans = [span for span in self._spans if any(low <= bottom and high >= top for low, high in span.heights)]
        cells = self.cells_of(first, [span.column for span in spans])
        for span, cell in zip(spans, cells, strict=True):
            if isinstance(cell, Cell):
                span.delegate.draw_padded(painter, QRect(span.left, top, span.width, height), cell)

    def _draw_heading(
        self, painter: QPainter, rect: QRect, cell: GroupCell, *, is_open: bool, is_current: bool
    ) -> None:
        paints = self.paints
        fill(painter, rect, paints.selection if is_current else paints.heading)
        room = rect.adjusted(paints.px(EDGE), 0, -paints.px(PAD), 0)
        painter.setFont(paints.strong)
        painter.setPen(paints.text)
        title = cell.title if is_open else f"▸ {cell.title}"
        taken = draw_text(painter, room, title, paints.strong_metrics, _LEFT)
        painter.setFont(paints.small)
        painter.setPen(paints.muted)
        draw_text(painter, room.adjusted(taken + paints.px(10), 0, 0, 0), cell.about, paints.small_metrics, _LEFT)

    def _draw_empty(self) -> None:
        paints, painter = self.paints, QPainter(self.viewport())
        line = paints.px(20)
        middle = self.viewport().rect().center().y()
        width = self.viewport().width()
        for text, pen, top in zip(self.empty_text, (paints.text, paints.muted), (middle - line, middle), strict=True):
            painter.setFont(paints.font)
            painter.setPen(pen)
            painter.drawText(QRect(0, top, width, line), int(Qt.AlignmentFlag.AlignCenter), text)
        painter.end()

    def _copy(self, *, as_commas: bool) -> None:
        from levdesk.ui.views.copying import copy_selection  # late: not needed for the first paint

        copy_selection(self, self.columns_to_copy(), as_commas=as_commas)

    @Slot(QModelIndex)
    def _on_double_click(self, index: QModelIndex) -> None:
        if index.siblingAtColumn(0).data(KEY_ROLE) is not None:
            self._open(index)

    def _open(self, index: QModelIndex) -> None:
        key = index.siblingAtColumn(0).data(KEY_ROLE)
        if key is None:
            first = index.siblingAtColumn(0)
            self.setExpanded(first, not self.isExpanded(first))
        else:
            self.opened.emit(key)

    @Slot()
    def _on_paints(self) -> None:
        self.setFont(theme.active().font())
        self.scheduleDelayedItemsLayout()
        self.viewport().update()
