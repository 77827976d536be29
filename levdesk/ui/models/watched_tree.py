"""Rows that are seen are told of at once, the others later: hundreds move each second, and a screen shows twenty."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from levdesk.ui.models.columns import HoldingColumn
from levdesk.ui.models.holding_tree import HoldingTree

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from PySide6.QtCore import QObject

    from levdesk.domain.instruments import TokenKey
    from levdesk.ui.models.holding_rows import GroupRow, HoldingRow, Run

    Seen = frozenset[TokenKey | str]
    """Tokens and names of headings."""

LATER: Final = 16
"""Rows out of sight that are told of each second. Whoever asks for one is answered by the figures of now anyway."""


class WatchedTree(HoldingTree):
    """A holding tree that knows what is on screen; everything is, until a table says otherwise."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._seen: Seen | None = None
        self._untold: dict[TokenKey, None] = {}

    def watch(self, seen: Seen) -> None:
        """Only these tokens and headings can be seen from now on; what came into sight is told of."""
        before, self._seen = self._seen, seen
        if before is None or seen <= before:
            return
        fresh = seen - before
        self._tell_rows([key for key in self._untold if key in fresh])
        for group in self.groups:
            if group.name in fresh:
                self.announce_heading(group)

    def is_seen(self, whose: TokenKey | str) -> bool:
        """Whether a token's row, or a heading, can be seen."""
        return self._seen is None or whose in self._seen

    def rows_seen(self) -> Iterable[tuple[GroupRow, HoldingRow]]:
        """The rows that can be seen, with their groups."""
        if self._seen is None:
            return self.all_rows()
        return self.rows_of(key for key in self._seen if not isinstance(key, str))

    def announce(self, group: GroupRow, row: HoldingRow, runs: list[Run]) -> None:
        """Say which cells of a row look different now, at once or later."""
        if not runs:
            return
        if self.is_seen(row.key):
            super().announce(group, row, runs)
        else:
            self._untold[row.key] = None

    def announce_heading(self, group: GroupRow) -> None:
        """Say that a heading looks different."""
        if self.is_grouped and self.is_seen(group.name):
            index = self.group_index(group)
            # A heading is written across the columns; repainting one of them would leave half of the old figure.
            self.dataChanged.emit(index, index.siblingAtColumn(len(HoldingColumn) - 1))

    def tell_some(self) -> None:
        """Tell of a few rows that changed out of sight; those that wait longest first."""
        self._tell_rows(list(self._untold)[:LATER])

    def postpone(self, row: HoldingRow) -> None:
        """A row out of sight changed."""
        self._untold[row.key] = None

    def _tell_rows(self, keys: Collection[TokenKey]) -> None:
        whole = [(0, len(HoldingColumn) - 1)]
        for key in keys:
            del self._untold[key]
        for group, row in self.rows_of(keys):
            super().announce(group, row, whole)
