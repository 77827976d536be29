"""Which columns a table shows, how wide, in which order, and what it is sorted by: chosen, saved and restored by name.

Saved as JSON with stable names instead of Qt's own header state, so that a later version with other columns still
finds what it knows and leaves the rest at its default.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QObject, QPoint, Qt, Slot
from PySide6.QtWidgets import QHeaderView, QMenu

from levdesk.ui import theme

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtWidgets import QTreeView

    from levdesk.ui.models.columns import ColumnSpec

FORMAT: Final = 1
MIN_WIDTH: Final = 40
MAX_WIDTH: Final = 2000
_MOST_BONUS_PX: Final = 48
_WIDEST_PX: Final = 180


class ColumnLayout(QObject):
    """Looks after the header of one table.

    Args:
        tree: the table; its model must be set.
        specs: its columns.
        sort: column and order at first.
        filler: the column that takes most of the room that is left; the first column can never be hidden.
        share: how much of it, 0..1; the others take the rest, up to a comfortable width.
    """

    def __init__(
        self,
        tree: QTreeView,
        specs: Sequence[ColumnSpec],
        sort: tuple[int, Qt.SortOrder],
        *,
        filler: int = 0,
        share: float = 1.0,
    ) -> None:
        super().__init__(tree)
        self._tree = tree
        self._specs = tuple(specs)
        self._sort = sort
        self._filler = filler
        self._share = share
        self._needs: dict[int, int] = {}
        self._needed_before: dict[int, int] = {}
        self._chosen_widths: dict[int, int] = {}
        self._is_filling = False
        self._wished: set[int] = set()
        self._is_own = False
        header = tree.header()
        header.setSectionsMovable(True)
        header.setFirstSectionMovable(False)
        header.setStretchLastSection(False)
        header.setHighlightSections(False)
        header.setMinimumSectionSize(theme.active().px(MIN_WIDTH))
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setTextElideMode(Qt.TextElideMode.ElideRight)
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header.customContextMenuRequested.connect(self._on_header_menu)
        header.sectionResized.connect(self._on_resized)
        self.reset()

    # -- what a person does ----------------------------------------------------------------------------------------

    @Slot()
    def reset(self) -> None:
        """Back to the columns, widths and order of the first start."""
        header = self._header()
        self._chosen_widths.clear()
        self._needed_before.clear()
        self._wished, self._is_own = self._usual(), False
        for column in range(len(self._specs)):
            header.moveSection(header.visualIndex(column), column)
        self._tree.sortByColumn(*self._sort)
        self.fill()

    def set_shown(self, column: int, shown: bool) -> None:
        """Show or hide one column; the first one stays."""
        if column:
            self._wished, self._is_own = set(self.shown_columns()), True
            (self._wished.add if shown else self._wished.discard)(column)
            self.fill()

    def fill(self) -> None:
        """Show what is wished for and fits, give each column what its figures need, and share out the rest."""
        self._show(self._fitting())
        shown = self.shown_columns()
        needed = {column: self._width_for(column) for column in shown}
        fixed = frozenset(self._chosen_widths)
        widths = share_out(needed, fixed, self._filler, self._share, self._tree.viewport().width())
        self._is_filling = True
        for column, width in widths.items():
            self._header().resizeSection(column, width)
        self._is_filling = False

    def make_room(self, wanted: Callable[[int], int]) -> None:
        """Let columns be as wide as their figures need, but for those whose width somebody chose.

        Args:
            wanted: the width a column's figures need.
        """
        widest = theme.active().px(_WIDEST_PX)
        self._needs = {column: min(wanted(column), widest) for column in range(len(self._specs))}
        self.fill()

    def fill_menu(self, menu: QMenu) -> None:
        """Put one checkable entry per column, and the way back, into a menu."""
        menu.clear()
        for column, spec in enumerate(self._specs):
            action = menu.addAction(spec.title)
            action.setToolTip(spec.about)
            action.setCheckable(True)
            action.setChecked(not self._header().isSectionHidden(column))
            action.setEnabled(column != 0)
            action.toggled.connect(self._shower(column))
        menu.addSeparator()
        menu.addAction("Reset columns", self.reset)

    def shown_columns(self) -> list[int]:
        """Visible columns from left to right."""
        header = self._header()
        order = (header.logicalIndex(place) for place in range(header.count()))
        return [column for column in order if not header.isSectionHidden(column)]

    # -- memory ----------------------------------------------------------------------------------------------------

    def saved(self) -> dict[str, Any]:
        """The layout as plain values."""
        header = self._header()
        columns = []
        for place in range(header.count()):
            column = header.logicalIndex(place)
            entry: dict[str, Any] = {"name": self._specs[column].name, "shown": column in self._wished}
            if column in self._chosen_widths:
                entry["width"] = self._chosen_widths[column]
            columns.append(entry)
        sort = self._specs[header.sortIndicatorSection()].name
        is_down = header.sortIndicatorOrder() is Qt.SortOrder.DescendingOrder
        return {
            "format": FORMAT,
            "own": self._is_own,
            "columns": columns,
            "needs": {
                self._specs[column].name: width for column, width in (self._needs or self._needed_before).items()
            },
            "sort": sort,
            "descending": is_down,
        }

    def restore(self, saved: object) -> bool:
        """Take a saved layout back; False (and nothing changed) when it is not one."""
        if not isinstance(saved, dict) or saved.get("format") != FORMAT or not isinstance(saved.get("columns"), list):
            return False
        places = {spec.name: column for column, spec in enumerate(self._specs)}
        known = [entry for entry in saved["columns"] if isinstance(entry, dict) and entry.get("name") in places]
        header = self._header()
        for place, entry in enumerate(known):
            column = places[entry["name"]]
            header.moveSection(header.visualIndex(column), place)
            width = entry.get("width")
            if isinstance(width, int) and MIN_WIDTH <= width <= MAX_WIDTH:
                header.resizeSection(column, width)  # counts as chosen again
            (self._wished.discard if column and entry.get("shown") is False else self._wished.add)(column)
        self._is_own = saved.get("own", self._wished != self._usual()) is True
        needs = saved.get("needs")
        if isinstance(needs, dict):  # columns begin as wide as last time, whatever is on screen first
            self._needed_before = {
                places[name]: width
                for name, width in needs.items()
                if name in places and isinstance(width, int) and 0 <= width <= MAX_WIDTH
            }
        if saved.get("sort") in places:
            is_down = saved.get("descending") is True
            order = Qt.SortOrder.DescendingOrder if is_down else Qt.SortOrder.AscendingOrder
            self._tree.sortByColumn(places[saved["sort"]], order)
        self.fill()
        return True

    # -- inside ----------------------------------------------------------------------------------------------------

    def _usual(self) -> set[int]:
        return {column for column, spec in enumerate(self._specs) if spec.shown}

    def _fitting(self) -> set[int]:
        """Columns to show: all somebody chose, else as many of the usual ones as fit, by their rank."""
        shown = set(self._wished) | {0}
        if self._is_own:
            return shown
        room = self._tree.viewport().width()
        leaving = sorted((column for column in shown if self._specs[column].rank), key=lambda c: -self._specs[c].rank)
        for column in leaving:
            if sum(self._width_for(each) for each in shown) <= room:
                break
            shown.discard(column)
        return shown

    def _show(self, wanted: set[int]) -> None:
        header = self._header()
        self._is_filling = True
        for column in range(len(self._specs)):
            if header.isSectionHidden(column) is (column in wanted):
                header.setSectionHidden(column, column not in wanted)
        self._is_filling = False

    def _width_for(self, column: int) -> int:
        chosen = self._chosen_widths.get(column)
        if chosen is not None:
            return chosen
        needed = max(self._needs.get(column, 0), self._needed_before.get(column, 0))
        return max(theme.active().px(self._specs[column].width), needed)

    def _header(self) -> QHeaderView:
        return self._tree.header()

    def _shower(self, column: int) -> Callable[[bool], None]:
        return lambda shown: self.set_shown(column, shown)

    @Slot(int, int, int)
    def _on_resized(self, column: int, _old: int, new: int) -> None:
        if self._is_filling or not new:  # ours, or a column that was hidden
            return
        self._chosen_widths[column] = new

    @Slot(QPoint)
    def _on_header_menu(self, place: QPoint) -> None:
        menu = QMenu(self._tree)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setToolTipsVisible(True)
        self.fill_menu(menu)
        menu.popup(self._header().viewport().mapToGlobal(place))


def share_out(
    needed: dict[int, int], fixed: frozenset[int], filler: int, share: float, available: int
) -> dict[int, int]:
    """Widths that fill a table: what is needed, a share of the rest for the filler, an equal bonus for the others.

    Columns in `fixed` get no bonus; what the others do not take goes to the filler.
    """
    rest = available - sum(needed.values())
    if rest <= 0 or filler not in needed:
        return needed
    others = [column for column in needed if column != filler and column not in fixed]
    bonus = 0
    if others:
        bonus = min(round(rest * (1.0 - share)) // len(others), theme.active().px(_MOST_BONUS_PX))
    widths = {column: width + (bonus if column in others else 0) for column, width in needed.items()}
    widths[filler] += rest - bonus * len(others)
    return widths


def to_bytes(saved: dict[str, Any]) -> bytes:
    """A saved layout as bytes."""
    return json.dumps(saved, separators=(",", ":")).encode()


def from_bytes(state: bytes) -> object:
    """Saved bytes as plain values; None when they are not readable."""
    try:
        return json.loads(state)
    except (ValueError, UnicodeDecodeError, RecursionError):
        return None
