"""The shape of the holdings model: headings, rows under them, and indexes that survive every update."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QPersistentModelIndex, Qt

from levdesk.ui.models.columns import HoldingColumn
from levdesk.ui.models.holding_rows import GroupRow

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from PySide6.QtCore import QObject

    from levdesk.domain.instruments import TokenKey
    from levdesk.ui.models.cells import GroupCell
    from levdesk.ui.models.holding_rows import HoldingRow, Run

Index = QModelIndex | QPersistentModelIndex

_ROOT: Final = QModelIndex()
TOP: Final = 0
"""Internal id of top-level rows; rows under a heading carry its serial."""

_COUNT: Final = len(HoldingColumn)
_GROUP_FLAGS: Final = Qt.ItemFlag.ItemIsEnabled
_ROW_FLAGS: Final = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemNeverHasChildren


class HoldingTree(QAbstractItemModel):
    """Two levels when grouped, one when not; rows keep the order in which they came.

    An index carries its heading's serial number, not a pointer, so it stays true while headings come and go.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.is_grouped = False
        self.groups: list[GroupRow] = []
        self._by_serial: dict[int, GroupRow] = {}
        self._by_name: dict[str, GroupRow] = {}
        self._by_key: dict[TokenKey, tuple[GroupRow, HoldingRow]] = {}
        self._next_serial = 1

    # -- questions -------------------------------------------------------------------------------------------------

    def index_of(self, key: TokenKey, column: int = HoldingColumn.TOKEN) -> QModelIndex:
        """Where a token stands; invalid when it is not listed."""
        found = self._by_key.get(key)
        return self.index_in(*found, column) if found else QModelIndex()

    def listed_keys(self) -> tuple[TokenKey, ...]:
        """Tokens listed."""
        return tuple(self._by_key)

    def all_rows(self) -> Iterable[tuple[GroupRow, HoldingRow]]:
        """Every row with its group."""
        return self._by_key.values()

    def rows_of(self, keys: Iterable[TokenKey]) -> Iterable[tuple[GroupRow, HoldingRow]]:
        """The rows of these tokens, as far as they are listed, with their groups."""
        return [self._by_key[key] for key in keys if key in self._by_key]

    def place_of(self, key: TokenKey) -> tuple[GroupRow, HoldingRow] | None:
        """A token's row with its group; None when it is not listed."""
        return self._by_key.get(key)

    def row_at(self, index: Index) -> HoldingRow | None:
        """The row behind an index; None for headings and nothing."""
        if not index.isValid():
            return None
        serial = index.internalId()
        if serial != TOP:
            return self._by_serial[serial].rows[index.row()]
        return None if self.is_grouped else self.groups[0].rows[index.row()]

    def index_in(self, group: GroupRow, row: HoldingRow, column: int) -> QModelIndex:
        """The index of a row's cell."""
        return self.createIndex(row.position, column, group.serial if self.is_grouped else TOP)

    def group_index(self, group: GroupRow) -> QModelIndex:
        """The index of a heading; invalid (the root) when nothing is grouped."""
        return self.createIndex(group.position, 0, TOP) if self.is_grouped else QModelIndex()

    # -- Qt --------------------------------------------------------------------------------------------------------

    def rowCount(self, parent: Index = _ROOT) -> int:
        if not parent.isValid():
            return len(self._top())
        if not self.is_grouped or parent.internalId() != TOP or parent.column() != 0:
            return 0
        return len(self.groups[parent.row()].rows)

    def columnCount(self, parent: Index = _ROOT) -> int:
        return _COUNT

    def index(self, row: int, column: int, parent: Index = _ROOT) -> QModelIndex:
        if not 0 <= column < _COUNT:
            return QModelIndex()
        if not parent.isValid():
            is_there, serial = 0 <= row < len(self._top()), TOP
        elif self.is_grouped and parent.internalId() == TOP and parent.column() == 0:
            group = self.groups[parent.row()]
            is_there, serial = 0 <= row < len(group.rows), group.serial
        else:
            return QModelIndex()
        return self.createIndex(row, column, serial) if is_there else QModelIndex()

    def parent(self, index: Index = _ROOT) -> QModelIndex:  # type: ignore[override]  # QObject.parent is another
        if not index.isValid() or index.internalId() == TOP:
            return QModelIndex()
        return self.createIndex(self._by_serial[index.internalId()].position, 0, TOP)

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        return _GROUP_FLAGS if self.is_grouped and index.internalId() == TOP else _ROW_FLAGS

    # -- changes of shape ------------------------------------------------------------------------------------------

    def clear(self, *, is_grouped: bool) -> None:
        """Forget every row and choose the shape; the one reset."""
        self.beginResetModel()
        self.groups, self._by_serial, self._by_name, self._by_key = [], {}, {}, {}
        self.is_grouped = is_grouped
        self.endResetModel()

    def keep_only(self, wanted: dict[str, set[TokenKey]]) -> None:
        """Take away rows that are not wanted under their heading, then headings that are not wanted."""
        for group in reversed(self.groups):
            staying = wanted.get(group.name, set())
            for row in reversed(group.rows):
                if row.key not in staying:
                    self._drop_row(group, row)
            if self.is_grouped and group.name not in wanted:
                self._drop_group(group)

    def group_named(self, name: str, cell: GroupCell, value: float) -> GroupRow:
        """The group of a name with its new value, made when there is none."""
        found = self._by_name.get(name)
        if found is None:
            return self._add_group(GroupRow(name, cell, self._next_serial, value, position=len(self.groups)))
        found.value = value
        return found

    def add_rows(self, group: GroupRow, rows: list[HoldingRow]) -> None:
        """Append rows to a group."""
        if not rows:
            return
        first = len(group.rows)
        self.beginInsertRows(self.group_index(group), first, first + len(rows) - 1)
        group.rows.extend(rows)
        group.renumber()
        self._by_key.update({row.key: (group, row) for row in rows})
        self.endInsertRows()

    def announce(self, group: GroupRow, row: HoldingRow, runs: list[Run]) -> None:
        """Say which cells of a row look different now."""
        for first, last in runs:
            self.dataChanged.emit(self.index_in(group, row, first), self.index_in(group, row, last))

    def _top(self) -> Sequence[GroupRow | HoldingRow]:
        """What stands at the top level: headings, or the rows when nothing is grouped."""
        if self.is_grouped:
            return self.groups
        return self.groups[0].rows if self.groups else ()

    def _add_group(self, group: GroupRow) -> GroupRow:
        self._next_serial += 1
        if self.is_grouped:
            self.beginInsertRows(QModelIndex(), group.position, group.position)
        self.groups.append(group)
        self._by_serial[group.serial] = self._by_name[group.name] = group
        if self.is_grouped:
            self.endInsertRows()
        return group

    def _drop_row(self, group: GroupRow, row: HoldingRow) -> None:
        self.beginRemoveRows(self.group_index(group), row.position, row.position)
        del self._by_key[row.key], group.rows[row.position]
        group.renumber()
        self.endRemoveRows()

    def _drop_group(self, group: GroupRow) -> None:
        self.beginRemoveRows(QModelIndex(), group.position, group.position)
        del self._by_serial[group.serial], self._by_name[group.name], self.groups[group.position]
        for position, later in enumerate(self.groups):
            later.position = position
        self.endRemoveRows()
