"""Order and filter of the holdings table: the biggest heading first, unknown figures last in both directions."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QModelIndex, QSortFilterProxyModel, Qt

from levdesk.ui.models.columns import HoldingColumn
from levdesk.ui.models.titles import venue_title

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtCore import QObject, QPersistentModelIndex

    from levdesk.domain.instruments import TokenKey
    from levdesk.services.views import HoldingView
    from levdesk.ui.models.holdings_model import HoldingsModel

_ROOT: Final = QModelIndex()
_DESCENDING: Final = Qt.SortOrder.DescendingOrder


class HoldingsOrder(QSortFilterProxyModel):
    """Sorts holdings within their groups and keeps what matches every word of the filter.

    It does not sort while figures move: rows that jump under the mouse are bad manners. `settle` brings the order up to
    date when the moment is right.

    Args:
        source: the holdings.
        notes_of: notes on a token's transactions, for the filter.
    """

    def __init__(
        self, source: HoldingsModel, notes_of: Callable[[TokenKey], str], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._source = source
        self._notes_of = notes_of
        self._words: tuple[str, ...] = ()
        self._keys: dict[int, list[Any]] = {}
        self.setDynamicSortFilter(False)
        self.setRecursiveFilteringEnabled(True)
        self.setAutoAcceptChildRows(True)
        self.setSourceModel(source)

    @property
    def filter_text(self) -> str:
        """The words in force."""
        return " ".join(self._words)

    def set_filter_text(self, text: str) -> None:
        """Keep holdings that contain every word in symbol, underlying, venue, direction or notes."""
        words = tuple(text.casefold().split())
        if words != self._words:
            self.beginFilterChange()
            self._words = words
            self.endFilterChange(QSortFilterProxyModel.Direction.Rows)

    def filter_again(self) -> None:
        """Keep what matches now: notes have come, or are others."""
        if self._words:
            self.beginFilterChange()
            self.endFilterChange(QSortFilterProxyModel.Direction.Rows)

    def settle(self) -> None:
        """Sort again by the figures of now."""
        self.sort(self.sortColumn(), self.sortOrder())

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by the figures of now, rows out of sight as well."""
        self._keys = self._source.sort_keys(max(0, column), is_turned=order is _DESCENDING)
        super().sort(column, order)
        self._keys = {}

    @property
    def is_settled(self) -> bool:
        """True when sorting again would move nothing."""
        keys = self._source.sort_keys(max(0, self.sortColumn()), is_turned=self.sortOrder() is _DESCENDING)
        parents = [QModelIndex(), *(self.index(row, 0) for row in range(self.rowCount()))]
        return all(self._in_order(parent, keys) for parent in parents)

    def holding(self, index: QModelIndex) -> HoldingView | None:
        """The holding of one of this proxy's indexes; None for headings."""
        return self._source.holding(self.mapToSource(index))

    def index_of(self, key: TokenKey, column: int = HoldingColumn.TOKEN) -> QModelIndex:
        """Where a token stands; invalid when it is not listed or filtered away."""
        return self.mapFromSource(self._source.index_of(key, column))

    def filterAcceptsRow(self, source_row: int, source_parent: QModelIndex | QPersistentModelIndex) -> bool:
        if not self._words:
            return True
        index = self._source.index(source_row, 0, source_parent)
        holding = self._source.holding(index)
        if holding is None:
            text = str(self._source.data(index, int(Qt.ItemDataRole.DisplayRole))).partition(",")[0].casefold()
            return all(word in text for word in self._words)
        text = _searchable(holding, self._notes_of(holding.token.key))
        return all(word in text for word in self._words)

    def lessThan(
        self,
        source_left: QModelIndex | QPersistentModelIndex,
        source_right: QModelIndex | QPersistentModelIndex,
    ) -> bool:
        keys = self._keys or self._source.sort_keys(source_left.column(), is_turned=self.sortOrder() is _DESCENDING)
        siblings = keys[source_left.internalId()]
        return bool(siblings[source_left.row()] < siblings[source_right.row()])

    def _in_order(self, parent: QModelIndex, keys: dict[int, list[Any]]) -> bool:
        rows = [self.mapToSource(self.index(row, 0, parent)) for row in range(self.rowCount(parent))]
        if not rows:
            return True
        siblings = keys[rows[0].internalId()]
        pairs = itertools.pairwise(siblings[row.row()] for row in rows)
        if self.sortOrder() is _DESCENDING:
            return not any(first < second for first, second in pairs)
        return not any(second < first for first, second in pairs)


def _searchable(holding: HoldingView, notes: str) -> str:
    token = holding.token
    parts = (token.key.symbol, token.underlying, token.name, venue_title(token.key.venue), token.direction, notes)
    return " ".join(parts).casefold()
