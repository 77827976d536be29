"""The inspector's page of transactions: every row of the chosen holding, to add, edit, delete, find and copy."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPoint, Qt, Slot
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QMenu, QPushButton, QVBoxLayout, QWidget

from levdesk.domain.instruments import TokenKey
from levdesk.domain.transactions import Transaction
from levdesk.services.settings import Settings
from levdesk.services.trial import effects
from levdesk.ui import theme
from levdesk.ui.desk import Desk
from levdesk.ui.format import Figures
from levdesk.ui.labels import label
from levdesk.ui.models.columns import KEY_ROLE
from levdesk.ui.models.transaction_cells import TRANSACTION_COLUMNS, TransactionColumn, TransactionPen
from levdesk.ui.models.transactions_model import WINDOW, Listing, TransactionsModel
from levdesk.ui.views.cell_delegate import CellDelegate
from levdesk.ui.views.column_layout import ColumnLayout, from_bytes, to_bytes
from levdesk.ui.views.data_tree import DataTree
from levdesk.ui.views.transaction_lister import ListingOrder, TransactionLister

_FIRST_SORT: Final = (int(TransactionColumn.TIME), Qt.SortOrder.DescendingOrder)
MEASURED_ROWS: Final = 200
MANY_ROWS: Final = 2_000
"""Of more rows the listing is worked out in the pool: replaying these takes a hundredth of a second."""
_EDGES: Final = frozenset({Qt.Key.Key_Home, Qt.Key.Key_End})
_UNDO_HINT: Final = "Deleting can be undone with Ctrl+Z"


class TransactionsTable(DataTree):
    """The rows of one holding."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Transactions", parent)
        self.rows = TransactionsModel(self)
        self.setModel(self.rows)
        self.setItemDelegate(CellDelegate(self.paints, self))
        text = CellDelegate(self.paints, self, is_number=False)
        for column, spec in enumerate(TRANSACTION_COLUMNS):
            if not spec.is_number:
                self.setItemDelegateForColumn(column, text)
        first = CellDelegate(self.paints, self, is_number=False, is_first=True)
        self.setItemDelegateForColumn(TransactionColumn.TIME, first)
        self.keep_columns(ColumnLayout(self, TRANSACTION_COLUMNS, _FIRST_SORT, filler=TransactionColumn.NOTE))
        self._is_leafing = False
        self.verticalScrollBar().valueChanged.connect(self._leaf)

    def chosen_ids(self) -> tuple[int, ...]:
        """Ids of the selected rows, from top to bottom."""
        rows = sorted(index.row() for index in self.selectionModel().selectedRows())
        return tuple(self.rows.transaction(row).id for row in rows)

    def choose(self, transaction_id: int) -> None:
        """Make one row current."""
        row = self.rows.row_of(transaction_id)
        if row >= 0:
            self.set_current(self.rows.index(row, 0))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, rows = event.key(), self.rows
        if key in _EDGES and rows.matching_count > rows.rowCount():  # the ends of the listing, not of its window
            self._look_from(rows.matching_count if key == Qt.Key.Key_End else 0)
            self.set_current(rows.index(rows.rowCount() - 1 if key == Qt.Key.Key_End else 0, 0))
            event.accept()
        else:
            super().keyPressEvent(event)

    @Slot(int)
    def _leaf(self, value: int) -> None:
        """At an end of the window, move it on along the listing; the rows on screen stay where they are."""
        bar = self.verticalScrollBar()
        if self._is_leafing or bar.maximum() <= bar.minimum():
            return
        if value >= bar.maximum():
            self._look_from(self.rows.first + WINDOW // 2)
        elif value <= bar.minimum():
            self._look_from(self.rows.first - WINDOW // 2)

    def _look_from(self, first: int) -> None:
        bar, rows = self.verticalScrollBar(), self.rows
        value = bar.value()
        self._is_leafing = True
        shift = rows.look_from(first)
        if shift:
            self.executeDelayedItemsLayout()
            self.updateGeometries()
            bar.setValue(value - shift * self.rowHeight(rows.index(0, 0)))
        self._is_leafing = False


class TransactionsPage(QFrame):
    """Shows what `show_holding` names; follows the books by itself."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "surface")
        self._desk = desk
        self._key: TokenKey | None = None
        self._portfolio_id: int | None = None
        self._figures = Figures(hide_amounts=desk.settings.hide_amounts)
        self.table = TransactionsTable(self)
        self._lister = TransactionLister(desk, self._show_listing, self._tell)
        self._make_tools()
        self._lay_out()
        self.table.opened.connect(self._on_opened)
        self.table.rows.order_asked.connect(self._list)
        self.table.selectionModel().selectionChanged.connect(self._enable)
        self.table.customContextMenuRequested.connect(self._on_context_menu)
        desk.signals.books_changed.connect(self._on_books)
        desk.signals.settings_changed.connect(self._on_settings)
        self._fill()

    # -- what the inspector uses -----------------------------------------------------------------------------------

    def show_holding(self, key: TokenKey | None, portfolio_id: int | None) -> None:
        """Show the rows of a token in one portfolio, or in all (None)."""
        if (key, portfolio_id) != (self._key, self._portfolio_id):
            self._key, self._portfolio_id = key, portfolio_id
            self.filter.clear()
            self._lister.forget()
        self._fill()

    def save_state(self) -> bytes:
        """Columns, their order and widths, and the sort order."""
        return to_bytes(self.table.layout_keeper.saved())

    def restore_state(self, state: bytes) -> bool:
        """Take a saved state back; False, and nothing changed, when it cannot be read."""
        return self.table.layout_keeper.restore(from_bytes(state))

    # -- acts ------------------------------------------------------------------------------------------------------

    @Slot()
    def add(self) -> None:
        """Ask for a new transaction of this token."""
        from levdesk.ui.dialogs.transaction_dialog import TransactionDialog  # late: dialogs are made when opened

        TransactionDialog(self._desk, self.window(), key=self._key).begin()

    @Slot()
    def edit(self) -> None:
        """Edit the selected row."""
        chosen = self._chosen()
        if len(chosen) == 1:
            from levdesk.ui.dialogs.transaction_dialog import TransactionDialog  # late, as above

            TransactionDialog(self._desk, self.window(), transaction=chosen[0]).begin()

    @Slot()
    def remove(self) -> None:
        """Delete the selected rows; one undo brings them back."""
        ids = self.table.chosen_ids()
        if ids:
            self._desk.remove(ids)

    # -- building --------------------------------------------------------------------------------------------------

    def _make_tools(self) -> None:
        self.add_button = QPushButton("Add…")
        self.add_button.clicked.connect(self.add)
        self.edit_button = QPushButton("Edit…")
        self.edit_button.clicked.connect(self.edit)
        self.remove_button = QPushButton("Delete")
        self.remove_button.clicked.connect(self.remove)
        self.remove_button.setToolTip(_UNDO_HINT)
        self.filter = QLineEdit()
        self.filter.setPlaceholderText("Filter")
        self.filter.setAccessibleName("Filter transactions")
        self.filter.setToolTip("Type, date, portfolio or a word of a note")
        self.filter.setClearButtonEnabled(True)
        self.filter.setMaximumWidth(theme.active().px(170))
        self.filter.textChanged.connect(self._on_filter)

    def _lay_out(self) -> None:
        px = theme.active().px
        bar = QHBoxLayout()
        bar.setContentsMargins(px(16), px(10), px(16), px(10))
        bar.setSpacing(px(8))
        for button in (self.add_button, self.edit_button, self.remove_button):
            bar.addWidget(button)
        bar.addStretch(1)
        bar.addWidget(self.filter, 2)
        self.footer = label(kind="muted", size_px=theme.LABEL_PX)
        self.footer.setContentsMargins(px(16), px(6), px(16), px(8))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(bar)
        column.addWidget(self.table, 1)
        column.addWidget(self.footer)

    # -- what happens ----------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Delete) and self.table.hasFocus():
            self.remove()
            event.accept()
        else:
            super().keyPressEvent(event)

    def _fill(self) -> None:
        key, desk = self._key, self._desk
        self._lister.forget()
        if self._count() > MANY_ROWS:
            self._list()
            return
        if key is None:
            self.table.rows.set_effects((), TransactionPen(self._figures, "", {}))
        else:
            rows = desk.transactions(key, self._portfolio_id)
            methods = {portfolio.id: portfolio.cost_method for portfolio in desk.portfolios}
            self.table.rows.set_effects(effects(rows, methods), self._pen(key))
            self.table.make_room(self.table.rows.first_cells(MEASURED_ROWS))
        self._tell()

    @Slot()
    def _list(self) -> None:
        """Have very many rows listed beside the window; what is shown stays until then."""
        if self._key is None:
            return
        column, is_down = self.table.rows.ordered_by
        current = self.table.currentIndex().data(KEY_ROLE)
        order = ListingOrder(
            key=self._key,
            portfolio_id=self._portfolio_id,
            count=self._count(),
            words=tuple(self.filter.text().casefold().split()),
            column=column,
            is_down=is_down,
            kept_id=current if isinstance(current, int) else None,
            pen=self._pen(self._key),
        )
        if not self.table.rows.lists(self._key):
            self.table.rows.set_effects((), order.pen)
        self._lister.begin(order)
        self._tell()

    def _show_listing(self, listing: Listing, order: ListingOrder) -> None:
        self.table.rows.show_listing(listing, order.pen)
        self.table.make_room(self.table.rows.first_cells(MEASURED_ROWS))
        if order.kept_id is not None:
            self.table.choose(order.kept_id)
        self._tell()

    def _pen(self, key: TokenKey) -> TransactionPen:
        names = {portfolio.id: portfolio.name for portfolio in self._desk.portfolios}
        return TransactionPen(self._figures, self._currency(key), names)

    def _count(self) -> int:
        """How many rows the holding has, as the view tells."""
        view = self._desk.view
        held = () if view is None else view.holdings
        mine = (row for row in held if row.token.key == self._key and row.portfolio_id == self._portfolio_id)
        return next((row.transaction_count for row in mine), 0)

    def _currency(self, key: TokenKey) -> str:
        view = self._desk.view
        held = () if view is None else view.holdings
        return next((row.token.quote_currency for row in held if row.token.key == key), "USDT")

    def _tell(self) -> None:
        model = self.table.rows
        word = self.filter.text().strip()
        if self._key is None:
            self.table.empty_text = ("No token chosen", "Choose a holding to see its transactions")
        elif self._lister.is_busy:
            self.table.empty_text = (f"Listing {self._figures.count(self._count())} transactions…", "")
        elif model.total_count:
            self.table.empty_text = (f"No transaction matches “{word}”", "Clear the filter to see them all")
        else:
            self.table.empty_text = (f"No transactions of {self._key.symbol}", "Add one here, or import a file")
        count = self._figures.count(model.total_count)
        shown = "" if model.matching_count == model.total_count else f"{self._figures.count(model.matching_count)} of "
        noun = "transaction" if model.total_count == 1 else "transactions"
        hint = "Looking through them…" if self._lister.is_busy else _UNDO_HINT
        self.footer.setText(f"{shown}{count} {noun} · {hint}" if model.total_count else "")
        self.table.viewport().update()
        self._enable()

    @Slot()
    def _enable(self) -> None:
        spans = self.table.selectionModel().selection()
        count = sum(spans.at(index).height() for index in range(spans.count()))
        self.edit_button.setEnabled(count == 1)
        self.remove_button.setEnabled(count > 0)
        self.remove_button.setText(f"Delete {count}" if count > 1 else "Delete")

    def _chosen(self) -> list[Transaction]:
        model = self.table.rows
        return [model.transaction(model.row_of(each)) for each in self.table.chosen_ids()]

    @Slot(str)
    def _on_filter(self, text: str) -> None:
        self.table.rows.set_filter_text(text)
        if self._count() > MANY_ROWS:
            self._list()
        else:
            self._tell()

    @Slot(object)
    def _on_opened(self, _transaction_id: int) -> None:
        self.edit()

    @Slot(object)
    def _on_books(self, _change: object) -> None:
        self._fill()

    @Slot(object)
    def _on_settings(self, settings: Settings) -> None:
        if settings.hide_amounts != self._figures.hide_amounts:
            self._figures = Figures(hide_amounts=settings.hide_amounts)
            self._fill()

    @Slot(QPoint)
    def _on_context_menu(self, place: QPoint) -> None:
        if self.table.indexAt(place).data(KEY_ROLE) is not None:
            self.context_menu().popup(self.table.viewport().mapToGlobal(place))

    def context_menu(self) -> QMenu:
        """What one can do with the selected rows."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        edit = menu.addAction("Edit…", self.edit)
        edit.setEnabled(self.edit_button.isEnabled())
        delete = menu.addAction(self.remove_button.text(), self.remove)
        delete.setToolTip(_UNDO_HINT)
        menu.addSeparator()
        copy = menu.addAction("Copy", self.table.copy)
        copy.setShortcut(QKeySequence.StandardKey.Copy)
        menu.addAction("Copy as CSV", self.table.copy_as_csv)
        return menu
