"""A changed figure fades from the accent to its own colour within 300 ms; nothing moves where motion is not wanted."""

from __future__ import annotations

import math
import time
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

MOST_A_SECOND: Final = 150
"""Where more changes than this are seen in a second, the next one shows them plainly: all accent tells nothing."""


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
        self._is_wanted = False
        self._since_s = -math.inf
        self._count = 0
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
        low, high = first.column(), last.column()
        if low == 0 and high > 0:
            return  # a row told of as a whole came into sight, or is written anew: no figure of it is news
        columns = [column for column in range(low, high + 1) if column in self._columns]
        if not columns or not self._tree.isVisible() or not self._is_seen(first) or not self._is_calm():
            return
        for column in columns:
            if not self._tree.isColumnHidden(column):
                self._begin(first.siblingAtColumn(column))

    def _is_calm(self) -> bool:
        """Whether motion is wanted, asked once a second, and few enough figures change for it to tell anything."""
        now_s = time.monotonic()
        if now_s - self._since_s >= 1.0:
            self._is_wanted = self._allowed() and self._count <= MOST_A_SECOND
            self._since_s, self._count = now_s, 0
        self._count += 1
        return self._is_wanted

    def _is_seen(self, index: QModelIndex) -> bool:
        return self._tree.visualRect(index).intersects(self._tree.viewport().rect())

    def _begin(self, index: QModelIndex) -> None:
        cell = index.data(CELL_ROLE)
        if not isinstance(cell, Cell):
            return
        rect = self._tree.visualRect(index)
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
