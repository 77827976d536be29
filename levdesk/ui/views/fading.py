"""A changed figure fades from the accent to its own colour within 300 ms; nothing moves where motion is not wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QModelIndex, QObject, QTimer, Slot
from PySide6.QtGui import QRegion

from levdesk.ui.labels import FADE_MS, motion_allowed
from levdesk.ui.models.cells import Cell
from levdesk.ui.models.columns import CELL_ROLE

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QTreeView

    from levdesk.ui.views.paints import Paints

STEPS: Final = 6
"""Few repaints, of the changed cells only: a table of figures is not a film."""


class Fading(QObject):
    """Watches a table's model and lets its delegates tint what is fresh.

    Args:
        tree: the table; its model must be set.
        paints: what its delegates draw with.
        columns: the columns that fade; ages that change each second do not.
        allowed: whether motion is wanted now.
    """

    def __init__(
        self,
        tree: QTreeView,
        paints: Paints,
        columns: frozenset[int],
        allowed: Callable[[], bool] = motion_allowed,
    ) -> None:
        super().__init__(tree)
        self._tree = tree
        self._paints = paints
        self._columns = columns
        self._allowed = allowed
        self._region = QRegion()
        self._step = 0
        self._timer = QTimer(self)
        self._timer.setInterval(FADE_MS // STEPS)
        self._timer.timeout.connect(self._advance)
        tree.model().dataChanged.connect(self._on_changed)

    @property
    def is_running(self) -> bool:
        """True while something fades."""
        return self._timer.isActive()

    @Slot(QModelIndex, QModelIndex)
    def _on_changed(self, first: QModelIndex, last: QModelIndex) -> None:
        if not self._tree.isVisible() or not self._allowed():
            return
        for column in range(first.column(), last.column() + 1):
            if column in self._columns and not self._tree.isColumnHidden(column):
                self._begin(first.siblingAtColumn(column))

    def _begin(self, index: QModelIndex) -> None:
        cell = index.data(CELL_ROLE)
        rect = self._tree.visualRect(index)
        if not isinstance(cell, Cell) or not rect.intersects(self._tree.viewport().rect()):
            return
        self._paints.fresh[id(cell)] = cell  # kept alive, so that its id stays its own
        self._paints.fresh_share = 0.0
        self._region = self._region.united(rect)
        self._step = 0
        if not self._timer.isActive():
            self._timer.start()

    @Slot()
    def _advance(self) -> None:
        self._step += 1
        self._paints.fresh_share = self._step / STEPS
        if self._step >= STEPS:
            self._timer.stop()
            self._paints.fresh.clear()
        self._tree.viewport().update(self._region)
        if not self._timer.isActive():
            self._region = QRegion()
