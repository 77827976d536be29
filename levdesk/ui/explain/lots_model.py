"""A holding's lots as a tree model: one row a lot, its parts below it; rows stay while their figures move."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from levdesk.domain.money import ZERO
from levdesk.ui import format as fmt
from levdesk.ui.models.cells import Cell, Tone, plain_number, signed_tone
from levdesk.ui.models.columns import CELL_ROLE, EXPORT_ROLE, KEY_ROLE, SORT_ROLE, ColumnSpec, header_data

if TYPE_CHECKING:
    from collections.abc import Sequence

    from levdesk.services.explained_lots import LotView
    from levdesk.services.explained_split import AttributionView, Term
    from levdesk.ui.format import Figures

Index = QModelIndex | QPersistentModelIndex

_ROOT: Final = QModelIndex()
_ROLE: Final = Qt.ItemDataRole
_DISPLAY, _SPOKEN, _ALIGNMENT = int(_ROLE.DisplayRole), int(_ROLE.AccessibleTextRole), int(_ROLE.TextAlignmentRole)
_TOOLTIP: Final = int(_ROLE.ToolTipRole)
_TOP: Final = 0


class LotColumn(IntEnum):
    """Columns of the lots table."""

    LOT = 0
    MONEY = 1
    SHARE = 2


LOT_COLUMNS: Final = (
    ColumnSpec(name="lot", title="Lot", about="When its units came, and when they left", width=140, is_number=False),
    ColumnSpec(name="money", title="Result", about="What became of its money", width=76),
    ColumnSpec(name="ratio", title="Share", about="Of what it cost", width=64),
)


@dataclass(frozen=True, slots=True)
class LotRow:
    """One lot as it is shown; `lot` is None for what no lot carries."""

    lot: LotView | None
    parts: tuple[tuple[str, Decimal, float | None], ...]
    total: Decimal
    ratio: float | None


def lot_rows(view: AttributionView, lots: Sequence[LotView], names: dict[Term, str]) -> tuple[LotRow, ...]:
    """The lots, newest first, then what they do not carry of the holding's result, where there is such a rest."""
    rows = [
        LotRow(lot, tuple((names[part.term], part.money, part.ratio) for part in lot.terms), lot.total, lot.total_ratio)
        for lot in sorted(lots, key=lambda lot: (-lot.acquired_ms, lot.ended_ms is not None, -(lot.ended_ms or 0)))
    ]
    rest = [(part.term, part.money - sum((_money(lot, part.term) for lot in lots), ZERO)) for part in view.terms]
    if any(money for _, money in rest):
        parts = tuple((names[term], money, None) for term, money in rest if money)
        rows.append(LotRow(None, parts, sum((money for _, money in rest), ZERO), None))
    return tuple(rows)


def _money(lot: LotView, term: Term) -> Decimal:
    return next(part.money for part in lot.terms if part.term is term)


class LotsModel(QAbstractItemModel):
    """Lots with their parts as children."""

    def __init__(self, figures: Figures, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._figures = figures
        self._rows: tuple[LotRow, ...] = ()

    def show_rows(self, rows: tuple[LotRow, ...], figures: Figures) -> None:
        """Show other figures; lots that are the same ones stay open or closed as they are."""
        if rows == self._rows and figures is self._figures:
            return
        self._figures = figures
        if [_identity(row) for row in rows] != [_identity(row) for row in self._rows]:
            self.beginResetModel()
            self._rows = rows
            self.endResetModel()
            return
        self._rows = rows
        last = len(LOT_COLUMNS) - 1
        for number, row in enumerate(rows):
            lot = self.index(number, 0)
            self.dataChanged.emit(lot, lot.siblingAtColumn(last))
            self.dataChanged.emit(self.index(0, 0, lot), self.index(len(row.parts) - 1, last, lot))

    def cells(self) -> list[list[Cell]]:
        """The lots' own cells, to make room for them."""
        return [[self._cell(row, None, column) for column in LotColumn] for row in self._rows]

    # -- Qt --------------------------------------------------------------------------------------------------------

    def rowCount(self, parent: Index = _ROOT) -> int:
        if not parent.isValid():
            return len(self._rows)
        if parent.internalId() != _TOP or parent.column() != 0:
            return 0
        return len(self._rows[parent.row()].parts)

    def columnCount(self, parent: Index = _ROOT) -> int:
        return len(LOT_COLUMNS)

    def index(self, row: int, column: int, parent: Index = _ROOT) -> QModelIndex:
        if not (0 <= column < len(LOT_COLUMNS) and 0 <= row < self.rowCount(parent)):
            return QModelIndex()
        return self.createIndex(row, column, parent.row() + 1 if parent.isValid() else _TOP)

    def parent(self, index: Index = _ROOT) -> QModelIndex:  # type: ignore[override]  # QObject.parent is another
        if not index.isValid() or index.internalId() == _TOP:
            return QModelIndex()
        return self.createIndex(index.internalId() - 1, 0, _TOP)

    def data(self, index: Index, role: int = _DISPLAY) -> Any:
        if not index.isValid():
            return None
        is_part = index.internalId() != _TOP
        row = self._rows[index.internalId() - 1 if is_part else index.row()]
        part = index.row() if is_part else None
        column = LotColumn(index.column())
        if role == KEY_ROLE:
            return None if is_part else index.row()
        if role == EXPORT_ROLE:
            return self._exported(row, part, column)
        if role == _ALIGNMENT:
            return LOT_COLUMNS[column].alignment
        if role not in {CELL_ROLE, _DISPLAY, _SPOKEN, _TOOLTIP, SORT_ROLE}:
            return None
        cell = self._cell(row, part, column)
        if role == _TOOLTIP:
            units = "" if row.lot is None else f"\n{self._figures.quantity(row.lot.units)} units"
            return "" if is_part else _span(row, with_zone=True) + units
        return {CELL_ROLE: cell, _SPOKEN: cell.spoken_text, SORT_ROLE: cell.sort}.get(role, cell.shown_text)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = _DISPLAY) -> Any:
        return header_data(LOT_COLUMNS, section, orientation, role)

    # -- inside ----------------------------------------------------------------------------------------------------

    def _cell(self, row: LotRow, part: int | None, column: LotColumn) -> Cell:
        write = self._figures
        if part is None:
            if column is LotColumn.LOT:
                units = "" if row.lot is None else f"{write.quantity(row.lot.units)} units"
                return Cell(_span(row), Tone.PLAIN, aside=units)
            money, ratio = row.total, row.ratio
        else:
            name, money, ratio = row.parts[part]
            if column is LotColumn.LOT:
                return Cell(name, Tone.MUTED)
        if column is LotColumn.MONEY:
            return Cell(write.money(money, signed=True), signed_tone(money), float(money))
        return Cell(write.ratio(ratio, 1, signed=True), Tone.MUTED)

    def _exported(self, row: LotRow, part: int | None, column: LotColumn) -> str:
        name, money, ratio = (_span(row), row.total, row.ratio) if part is None else row.parts[part]
        if column is LotColumn.LOT:
            return name
        if column is LotColumn.MONEY:
            return fmt.DOTS if self._figures.hide_amounts else plain_number(money)
        return "" if ratio is None else repr(ratio)


def _identity(row: LotRow) -> tuple[object, ...]:
    lot = row.lot
    return (None, len(row.parts)) if lot is None else (lot.acquired_ms, lot.ended_ms, len(row.parts))


def _span(row: LotRow, *, with_zone: bool = False) -> str:
    """From when to when: "12 Oct 2026 → now"."""
    lot = row.lot
    if lot is None:
        return "In no lot: carried away, or of unknown cost"
    write = fmt.moment_with_zone if with_zone else fmt.day
    return f"{write(lot.acquired_ms)} → {'now' if lot.ended_ms is None else write(lot.ended_ms)}"
