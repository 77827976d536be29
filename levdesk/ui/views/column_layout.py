"""Which columns a table shows, how wide, in which order, and what it is sorted by: chosen, saved and restored by name.

Saved as JSON with stable names instead of Qt's own header state, so that a later version with other columns still
finds what it knows and leaves the rest at its default.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, Final

from PySide6.QtCore import QObject, QPoint, Qt, Slot
from PySide6.QtWidgets import QHeaderView, QMenu, QTreeView

from levdesk.ui import theme
from levdesk.ui.models.columns import ColumnSpec

FORMAT: Final = 1
MIN_WIDTH: Final = 40
MAX_WIDTH: Final = 2000
_GIVES_PX: Final = 20


class ColumnLayout(QObject):
    """Looks after the header of one table.

    Args:
        tree: the table; its model must be set.
        specs: its columns.
        sort: column and order at first.
        filler: the column that takes the room that is left; the first column can never be hidden.
    """

    def __init__(
        self, tree: QTreeView, specs: Sequence[ColumnSpec], sort: tuple[int, Qt.SortOrder], *, filler: int = 0
    ) -> None:
        super().__init__(tree)
        self._tree = tree
        self._specs = tuple(specs)
        self._sort = sort
        self._filler = filler
        self._own_width = 0
        self._is_filling = False
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
        header, px = self._header(), theme.active().px
        for column, spec in enumerate(self._specs):
            header.moveSection(header.visualIndex(column), column)
            header.resizeSection(column, px(spec.width))
            header.setSectionHidden(column, not spec.shown)
        self._tree.sortByColumn(*self._sort)
        self.fill()

    def set_shown(self, column: int, shown: bool) -> None:
        """Show or hide one column; the first one stays."""
        if column:
            self._header().setSectionHidden(column, not shown)
            self.fill()

    def fill(self) -> None:
        """Let the filling column take the room that the others leave, or give a little before the table scrolls."""
        header = self._header()
        if header.isSectionHidden(self._filler):
            return
        free = self._tree.viewport().width() - (header.length() - header.sectionSize(self._filler))
        self._is_filling = True
        header.resizeSection(self._filler, max(self._own_width - theme.active().px(_GIVES_PX), free))
        self._is_filling = False

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
            hidden = header.isSectionHidden(column)
            if hidden:  # a hidden section reports no width
                header.setSectionHidden(column, False)
            width = self._own_width if column == self._filler else header.sectionSize(column)
            if hidden:
                header.setSectionHidden(column, True)
            columns.append({"name": self._specs[column].name, "width": width, "shown": not hidden})
        sort = self._specs[header.sortIndicatorSection()].name
        is_down = header.sortIndicatorOrder() is Qt.SortOrder.DescendingOrder
        return {"format": FORMAT, "columns": columns, "sort": sort, "descending": is_down}

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
                header.resizeSection(column, width)
            header.setSectionHidden(column, column != 0 and entry.get("shown") is False)
        if saved.get("sort") in places:
            is_down = saved.get("descending") is True
            order = Qt.SortOrder.DescendingOrder if is_down else Qt.SortOrder.AscendingOrder
            self._tree.sortByColumn(places[saved["sort"]], order)
        self.fill()
        return True

    # -- inside ----------------------------------------------------------------------------------------------------

    def _header(self) -> QHeaderView:
        return self._tree.header()

    def _shower(self, column: int) -> Callable[[bool], None]:
        return lambda shown: self.set_shown(column, shown)

    @Slot(int, int, int)
    def _on_resized(self, column: int, _old: int, new: int) -> None:
        if column == self._filler and not self._is_filling:
            self._own_width = new

    @Slot(QPoint)
    def _on_header_menu(self, place: QPoint) -> None:
        menu = QMenu(self._tree)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setToolTipsVisible(True)
        self.fill_menu(menu)
        menu.popup(self._header().viewport().mapToGlobal(place))


def to_bytes(saved: dict[str, Any]) -> bytes:
    """A saved layout as bytes."""
    return json.dumps(saved, separators=(",", ":")).encode()


def from_bytes(state: bytes) -> object:
    """Saved bytes as plain values; None when they are not readable."""
    try:
        return json.loads(state)
    except (ValueError, UnicodeDecodeError, RecursionError):
        return None
