"""The transactions of one holding as a table: cells are written when they are first seen.

Few rows are sorted and filtered in place. Of very many, a listing worked out elsewhere is shown through a window of
some thousand rows, because a tree lays out every row it has.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from levdesk.domain.instruments import TokenKey
from levdesk.domain.transactions import Transaction
from levdesk.services.holding_rows import HoldingRows, Order
from levdesk.services.trial import TransactionEffect
from levdesk.ui.format import Figures
from levdesk.ui.models.cells import Cell
from levdesk.ui.models.columns import CELL_ROLE, EXPORT_ROLE, KEY_ROLE, SORT_ROLE
from levdesk.ui.models.transaction_cells import (
    TRANSACTION_COLUMNS,
    TransactionColumn,
    TransactionPen,
    exported_transaction_text,
    transaction_cells,
    transaction_note,
    transaction_sort_key,
)
from levdesk.ui.models.transaction_search import row_matcher

Index = QModelIndex | QPersistentModelIndex

_ROOT: Final = QModelIndex()
_ROLE: Final = Qt.ItemDataRole
_DISPLAY, _TOOLTIP, _SPOKEN = int(_ROLE.DisplayRole), int(_ROLE.ToolTipRole), int(_ROLE.AccessibleTextRole)
_ALIGNMENT, _FIRST_ORDER = int(_ROLE.TextAlignmentRole), int(_ROLE.InitialSortOrderRole)
_RIGHT: Final = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
_LEFT: Final = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
WINDOW: Final = 4_000
"""Rows of a listing that stand in the table at once: laying them out takes some ten milliseconds."""


@dataclass(frozen=True, slots=True, eq=False)
class Listing:
    """The rows of a holding, found and ordered.

    Attributes:
        held: all of them.
        order: those to show, from top to bottom.
        kept: where a row stands that should stay in view, −1 for none.
    """

    held: HoldingRows
    order: Order
    kept: int = -1

    def part(self, first: int, stop: int) -> list[TransactionEffect]:
        """Some of the rows to show."""
        return [self.held.effect(place) for place in self.order[first:stop]]


class TransactionsModel(QAbstractTableModel):
    """Rows by transaction id; a row that stays keeps its persistent index.

    Attributes:
        order_asked: a listing is to be ordered by another column; see `ordered_by`.
    """

    order_asked = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pen = TransactionPen(Figures(), "", {})
        self._all: tuple[TransactionEffect, ...] = ()
        self._shown: list[TransactionEffect] = []
        self._cells: dict[int, list[Cell]] = {}
        self._words: tuple[str, ...] = ()
        self._column = TransactionColumn.TIME
        self._is_down = True
        self._listing: Listing | None = None
        self._first = 0

    # -- what it is given ------------------------------------------------------------------------------------------

    def set_effects(self, effects: tuple[TransactionEffect, ...], pen: TransactionPen) -> None:
        """Show the rows of a holding; rows that were there before are compared, not made anew."""
        rewrite = pen != self._pen
        self._all, self._pen = effects, pen
        self._listing, self._first = None, 0
        listed = {effect.transaction.id for effect in self._shown}
        if listed.isdisjoint(effect.transaction.id for effect in effects):  # another holding
            self.beginResetModel()
            self._shown, self._cells = self._matching(), {}
            self.endResetModel()
        self._update(rewrite=rewrite)

    def set_filter_text(self, text: str) -> None:
        """Keep rows that contain every word in type, time, note or portfolio."""
        words = tuple(text.casefold().split())
        if words != self._words:
            self._words = words
            if self._listing is None:
                self._update(rewrite=False)

    def show_listing(self, listing: Listing, pen: TransactionPen) -> None:
        """Show very many rows, found and ordered elsewhere, through a window that begins near the one to keep."""
        self.beginResetModel()
        self._pen, self._listing, self._all, self._cells = pen, listing, (), {}
        self._first = self._within(listing.kept - WINDOW // 2)
        self._shown = listing.part(self._first, self._first + WINDOW)
        self.endResetModel()

    def look_from(self, first: int) -> int:
        """Move the window to another place of the listing; by how many rows it moved down."""
        listing = self._listing
        if listing is None:
            return 0
        first = self._within(first)
        shift = first - self._first
        if abs(shift) >= WINDOW:
            self.beginResetModel()
            self._shown = listing.part(first, first + WINDOW)
            self._cells.clear()
            self.endResetModel()
        elif shift > 0:
            self._take_away(0, shift)
            self._put_in(len(self._shown), listing.part(self._first + WINDOW, first + WINDOW))
        elif shift < 0:
            self._take_away(WINDOW + shift, WINDOW)
            self._put_in(0, listing.part(first, self._first))
        self._first = first
        return shift

    # -- questions -------------------------------------------------------------------------------------------------

    @property
    def total_count(self) -> int:
        """Rows of the holding, filtered away or not."""
        return len(self._all) if self._listing is None else len(self._listing.held)

    @property
    def matching_count(self) -> int:
        """Rows that the filter leaves, in the window or not."""
        return len(self._shown) if self._listing is None else len(self._listing.order)

    @property
    def first(self) -> int:
        """Where the window begins, counted from the top of all rows that the filter leaves."""
        return self._first

    @property
    def ordered_by(self) -> tuple[TransactionColumn, bool]:
        """The column, and whether the largest comes first."""
        return self._column, self._is_down

    def lists(self, key: TokenKey) -> bool:
        """True while the rows in the table are this token's."""
        return bool(self._shown) and self._shown[0].transaction.draft.key == key

    def transaction(self, row: int) -> Transaction:
        """The transaction in a row."""
        return self._shown[row].transaction

    def first_cells(self, count: int) -> Iterator[list[Cell]]:
        """Cells of the rows on top."""
        return (self._cells_of(effect) for effect in self._shown[:count])

    def row_of(self, transaction_id: int) -> int:
        """Where a transaction stands, −1 when it is not listed."""
        found = (row for row, effect in enumerate(self._shown) if effect.transaction.id == transaction_id)
        return next(found, -1)

    # -- Qt --------------------------------------------------------------------------------------------------------

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._shown)

    def columnCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(TRANSACTION_COLUMNS)

    def data(self, index: Index, role: int = _DISPLAY) -> Any:
        if not index.isValid():
            return None
        effect = self._shown[index.row()]
        if role == KEY_ROLE:
            return effect.transaction.id
        column = TransactionColumn(index.column())
        cell = self._cells_of(effect)[column]
        if role == CELL_ROLE:
            return cell
        if role == _DISPLAY:
            return cell.shown_text
        if role == SORT_ROLE:
            return cell.sort
        return self._rare_data(effect, column, cell, role)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = _DISPLAY) -> Any:
        if orientation is not Qt.Orientation.Horizontal or not 0 <= section < len(TRANSACTION_COLUMNS):
            return None
        spec = TRANSACTION_COLUMNS[section]
        if role == _ALIGNMENT:
            return _RIGHT if spec.is_number else _LEFT
        if role == _FIRST_ORDER:
            is_down = spec.is_number or section == TransactionColumn.TIME
            return Qt.SortOrder.DescendingOrder if is_down else Qt.SortOrder.AscendingOrder
        return {_DISPLAY: spec.title, _TOOLTIP: spec.about, EXPORT_ROLE: spec.name}.get(role)

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        if not 0 <= column < len(TRANSACTION_COLUMNS):
            return
        self._column, self._is_down = TransactionColumn(column), order is Qt.SortOrder.DescendingOrder
        if self._listing is None:
            self._reorder()
        else:
            self.order_asked.emit()

    # -- inside ----------------------------------------------------------------------------------------------------

    def _rare_data(self, effect: TransactionEffect, column: TransactionColumn, cell: Cell, role: int) -> Any:
        if role == _ALIGNMENT:
            return _RIGHT if TRANSACTION_COLUMNS[column].is_number else _LEFT
        if role == _TOOLTIP:
            return transaction_note(effect, column, cell, self._pen)
        if role == _SPOKEN:
            return cell.spoken_text
        return exported_transaction_text(effect, column, cell) if role == EXPORT_ROLE else None

    def _cells_of(self, effect: TransactionEffect) -> list[Cell]:
        cells = self._cells.get(effect.transaction.id)
        if cells is None:
            cells = self._cells[effect.transaction.id] = transaction_cells(effect, self._pen)
        return cells

    def _update(self, *, rewrite: bool) -> None:
        wanted = {effect.transaction.id: effect for effect in self._matching()}
        self._drop(wanted)
        self._refresh(wanted, rewrite=rewrite)
        listed = {effect.transaction.id for effect in self._shown}
        missing = [effect for key, effect in wanted.items() if key not in listed]
        if missing:
            first = len(self._shown)
            self.beginInsertRows(QModelIndex(), first, first + len(missing) - 1)
            self._shown.extend(missing)
            self.endInsertRows()
        self._reorder()

    def _drop(self, wanted: dict[int, TransactionEffect]) -> None:
        for row in reversed(range(len(self._shown))):
            key = self._shown[row].transaction.id
            if key not in wanted:
                self.beginRemoveRows(QModelIndex(), row, row)
                del self._shown[row]
                self._cells.pop(key, None)
                self.endRemoveRows()

    def _refresh(self, wanted: dict[int, TransactionEffect], *, rewrite: bool) -> None:
        last = len(TRANSACTION_COLUMNS) - 1
        for row, old in enumerate(self._shown):
            new = wanted[old.transaction.id]
            if rewrite or new != old:
                self._shown[row] = new
                self._cells.pop(new.transaction.id, None)
                self.dataChanged.emit(self.index(row, 0), self.index(row, last))

    def _reorder(self) -> None:
        ordered = sorted(self._shown, key=lambda e: transaction_sort_key(e, self._column), reverse=self._is_down)
        if all(one is other for one, other in zip(ordered, self._shown, strict=True)):
            return
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        places = {effect.transaction.id: row for row, effect in enumerate(ordered)}
        after = [self.index(places[self._shown[index.row()].transaction.id], index.column()) for index in before]
        self._shown = ordered
        self.changePersistentIndexList(before, after)
        self.layoutChanged.emit()

    def _matching(self) -> list[TransactionEffect]:
        if not self._words:
            return list(self._all)
        is_wanted = row_matcher(self._words, self._pen.portfolios)
        return [effect for effect in self._all if is_wanted(effect.transaction)]

    def _within(self, first: int) -> int:
        return max(0, min(first, self.matching_count - WINDOW))

    def _take_away(self, first: int, stop: int) -> None:
        self.beginRemoveRows(QModelIndex(), first, stop - 1)
        for effect in self._shown[first:stop]:
            self._cells.pop(effect.transaction.id, None)
        del self._shown[first:stop]
        self.endRemoveRows()

    def _put_in(self, at: int, effects: list[TransactionEffect]) -> None:
        self.beginInsertRows(QModelIndex(), at, at + len(effects) - 1)
        self._shown[at:at] = effects
        self.endInsertRows()
