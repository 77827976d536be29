"""The transactions of one holding as a table: sorted and filtered in place, cells written when they are first seen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from levdesk.domain.transactions import Transaction
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
from levdesk.ui.models.transaction_words import TYPE_WORDS

Index = QModelIndex | QPersistentModelIndex

_ROOT: Final = QModelIndex()
_ROLE: Final = Qt.ItemDataRole
_DISPLAY, _TOOLTIP, _SPOKEN = int(_ROLE.DisplayRole), int(_ROLE.ToolTipRole), int(_ROLE.AccessibleTextRole)
_ALIGNMENT, _FIRST_ORDER = int(_ROLE.TextAlignmentRole), int(_ROLE.InitialSortOrderRole)
_RIGHT: Final = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
_LEFT: Final = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)


class TransactionsModel(QAbstractTableModel):
    """Rows by transaction id; a row that stays keeps its persistent index."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pen = TransactionPen(Figures(), "", {})
        self._all: tuple[TransactionEffect, ...] = ()
        self._shown: list[TransactionEffect] = []
        self._cells: dict[int, list[Cell]] = {}
        self._words: tuple[str, ...] = ()
        self._column = TransactionColumn.TIME
        self._is_down = True

    # -- what it is given ------------------------------------------------------------------------------------------

    def set_effects(self, effects: tuple[TransactionEffect, ...], pen: TransactionPen) -> None:
        """Show the rows of a holding; rows that were there before are compared, not made anew."""
        rewrite = pen != self._pen
        self._all, self._pen = effects, pen
        listed = {effect.transaction.id for effect in self._shown}
        if listed.isdisjoint(effect.transaction.id for effect in effects):  # another holding
            self.beginResetModel()
            self._shown, self._cells = [effect for effect in effects if self._matches(effect)], {}
            self.endResetModel()
        self._update(rewrite=rewrite)

    def set_filter_text(self, text: str) -> None:
        """Keep rows that contain every word in type, time, note or portfolio."""
        words = tuple(text.casefold().split())
        if words != self._words:
            self._words = words
            self._update(rewrite=False)

    # -- questions -------------------------------------------------------------------------------------------------

    @property
    def total_count(self) -> int:
        """Rows of the holding, filtered away or not."""
        return len(self._all)

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
        self._reorder()

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
        wanted = {effect.transaction.id: effect for effect in self._all if self._matches(effect)}
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

    def _matches(self, effect: TransactionEffect) -> bool:
        if not self._words:
            return True
        draft = effect.transaction.draft
        time = self._cells_of(effect)[TransactionColumn.TIME].text
        portfolio = self._pen.portfolios.get(effect.transaction.portfolio_id, "")
        text = f"{TYPE_WORDS[draft.type].name} {time} {draft.note} {portfolio}".casefold()
        return all(word in text for word in self._words)
