"""The split lot by lot on the Why page: a sentence, and a table that opens when somebody wants to see it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QMimeData, QPersistentModelIndex, QRect, Qt, Slot
from PySide6.QtGui import QGuiApplication, QPainter
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QStyleOptionViewItem, QVBoxLayout, QWidget

from levdesk.ui import theme
from levdesk.ui.explain.lines import Heading
from levdesk.ui.explain.lots_model import LOT_COLUMNS, LotColumn, LotsModel, lot_rows
from levdesk.ui.explain.lots_words import lots_summary, lots_table
from levdesk.ui.format import Figures
from levdesk.ui.labels import label
from levdesk.ui.models.cells import Cell
from levdesk.ui.views.cell_delegate import CellDelegate
from levdesk.ui.views.column_layout import ColumnLayout
from levdesk.ui.views.copying import as_csv, as_tsv
from levdesk.ui.views.data_tree import DataTree
from levdesk.ui.views.paints import Paints, draw_text

if TYPE_CHECKING:
    from PySide6.QtCore import QModelIndex

    from levdesk.services.explained_lots import LotView
    from levdesk.services.explained_split import AttributionView, Term
    from levdesk.ui.explain.lots_model import LotRow

MOST_ROWS: Final = 16
ARROW_PX: Final = 16
_LEFT: Final = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine)


class LotDelegate(CellDelegate):
    """Draws a lot with its units behind it, with room for a mark before it."""

    def __init__(self, paints: Paints, parent: QWidget) -> None:
        super().__init__(paints, parent, is_number=False)

    def draw_padded(self, painter: QPainter, rect: QRect, cell: Cell) -> None:
        paints = self._paints
        room = rect.adjusted(paints.px(ARROW_PX), 0, -paints.px(4), 0)
        font, metrics = paints.font_of(cell.tone)
        painter.setFont(font)
        painter.setPen(paints.tones[cell.tone])
        taken = draw_text(painter, room, cell.text, metrics, _LEFT) + paints.px(8)
        if room.width() - taken >= paints.small_metrics.width_of(cell.aside):  # whole, or in the tooltip
            painter.setFont(paints.small)
            painter.setPen(paints.muted)
            draw_text(painter, room.adjusted(taken, 0, 0, 0), cell.aside, paints.small_metrics, _LEFT)


class LotsTable(DataTree):
    """As high as its rows, up to a point from which it scrolls."""

    def __init__(self, figures: Figures) -> None:
        super().__init__("Parts of the result, lot by lot")
        self.lots = LotsModel(figures, self)
        self.setModel(self.lots)
        self.setSortingEnabled(False)
        self.header().setSortIndicatorShown(False)
        self.setItemDelegate(CellDelegate(self.paints, self))
        self.setItemDelegateForColumn(LotColumn.LOT, LotDelegate(self.paints, self))
        self.keep_columns(ColumnLayout(self, LOT_COLUMNS, (-1, Qt.SortOrder.AscendingOrder)))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.clicked.connect(self._toggle)
        self.expanded.connect(self.fit)
        self.collapsed.connect(self.fit)
        self.lots.modelReset.connect(self.fit)

    @Slot()
    def fit(self) -> None:
        """Take the height the rows need."""
        open_rows = 0
        for number in range(self.lots.rowCount()):
            lot = self.lots.index(number, 0)
            open_rows += 1 + (self.lots.rowCount(lot) if self.isExpanded(lot) else 0)
        height = min(open_rows, MOST_ROWS) * self.paints.row_height
        policy = Qt.ScrollBarPolicy
        is_long = open_rows > MOST_ROWS
        self.setVerticalScrollBarPolicy(policy.ScrollBarAsNeeded if is_long else policy.ScrollBarAlwaysOff)
        self.setFixedHeight(self.header().sizeHint().height() + height + self.paints.px(2))

    def drawRow(
        self, painter: QPainter, options: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().drawRow(painter, options, index)
        if not index.parent().isValid():
            rect, paints = QRect(options.rect), self.paints
            rect.moveLeft(self.columnViewportPosition(LotColumn.LOT))
            painter.setFont(paints.small)
            painter.setPen(paints.muted)
            mark = "▾" if self.isExpanded(index.sibling(index.row(), 0)) else "▸"
            draw_text(painter, rect, mark, paints.small_metrics, _LEFT)

    def copy(self) -> None:
        self.parent_section.copy(as_commas=False)

    def copy_as_csv(self) -> None:
        self.parent_section.copy(as_commas=True)

    @property
    def parent_section(self) -> LotsSection:
        """Where the rows come from."""
        section = self.parentWidget()
        assert isinstance(section, LotsSection)
        return section

    @Slot(object)
    def _toggle(self, index: Any) -> None:
        first = index.siblingAtColumn(0)
        if not first.parent().isValid():
            self.setExpanded(first, not self.isExpanded(first))


class LotsSection(QWidget):
    """Hidden while there is only one lot, which is the whole holding."""

    def __init__(self) -> None:
        super().__init__()
        self.heading = Heading("Lot by lot")
        self.summary = label(kind="muted", wrap=True)
        self.toggle = QPushButton()
        self.copy_button = QPushButton("Copy lots")
        for button in (self.toggle, self.copy_button):
            theme.set_kind(button, "link")
        self.copy_button.setToolTip("Copy every part of every lot, with all digits")
        self.toggle.clicked.connect(self._turn)
        self.copy_button.clicked.connect(self.copy_for_sheet)
        self.table: LotsTable | None = None
        self.rows: tuple[LotRow, ...] = ()
        self._figures = Figures()
        px = theme.active().px
        buttons = QHBoxLayout()
        buttons.setContentsMargins(0, 0, 0, 0)
        buttons.addWidget(self.toggle)
        buttons.addWidget(self.copy_button)
        buttons.addStretch(1)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(px(6))
        self._column.addWidget(self.heading)
        self._column.addWidget(self.summary)
        self._column.addLayout(buttons)
        self.hide()

    def tell(self, view: AttributionView, lots: tuple[LotView, ...], names: dict[Term, str], figures: Figures) -> None:
        """Show the lots of a holding."""
        self._figures = figures
        self.rows = lot_rows(view, lots, names)
        self.setVisible(len(self.rows) > 1)
        self.heading.tell("Lot by lot", "the parts of all lots add up to the result above")
        self.summary.setText(lots_summary(self.rows, figures))
        if self.is_open:
            self._fill()
        self._name_toggle()

    @property
    def is_open(self) -> bool:
        """True while the table is shown."""
        return self.table is not None and not self.table.isHidden()

    def copy(self, *, as_commas: bool) -> None:
        """Put all lots with all their parts on the clipboard."""
        table = lots_table(self.rows, self._figures)
        data = QMimeData()
        data.setText(as_csv(table) if as_commas else as_tsv(table))
        data.setData("text/csv", as_csv(table).encode())
        QGuiApplication.clipboard().setMimeData(data)

    @Slot()
    def copy_for_sheet(self) -> None:
        """Copy for a spreadsheet."""
        self.copy(as_commas=False)

    @Slot()
    def _turn(self) -> None:
        if self.is_open and self.table is not None:
            self.table.hide()
        else:
            if self.table is None:
                self.table = LotsTable(self._figures)
                self._column.addWidget(self.table)
            self.table.show()
            self._fill()
        self._name_toggle()

    def _fill(self) -> None:
        assert self.table is not None
        self.table.lots.show_rows(self.rows, self._figures)
        self.table.make_room(self.table.lots.cells())
        self.table.fit()

    def _name_toggle(self) -> None:
        self.toggle.setText("Hide the lots" if self.is_open else f"Show {self._figures.count(len(self.rows))} lots")
