"""Which rows of a table are on screen now, worked out again only after something moved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint, Slot

if TYPE_CHECKING:
    from PySide6.QtCore import QModelIndex
    from PySide6.QtWidgets import QTreeView


class Sight(QObject):
    """Watches a tree whose rows are all of one height; its model must be set.

    Attributes:
        is_lost: other rows may be on screen than `rows` told last.
    """

    def __init__(self, tree: QTreeView) -> None:
        super().__init__(tree)
        self._tree = tree
        self.is_lost = True
        bar, model = tree.verticalScrollBar(), tree.model()
        for moved in (bar.valueChanged, bar.rangeChanged, tree.expanded, tree.collapsed):
            moved.connect(self.lose)
        for changed in (model.layoutChanged, model.rowsInserted, model.rowsRemoved, model.modelReset):
            changed.connect(self.lose)
        tree.viewport().installEventFilter(self)

    @Slot()
    def lose(self) -> None:
        """Look again the next time."""
        self.is_lost = True

    def rows(self) -> list[QModelIndex]:
        """The first column's index of every row that can be seen, from top to bottom."""
        self.is_lost = False
        tree, found = self._tree, []
        bottom = tree.viewport().height()
        index = tree.indexAt(QPoint(0, 0)).siblingAtColumn(0)
        while index.isValid() and tree.visualRect(index).top() < bottom:
            found.append(index)
            index = tree.indexBelow(index)
        return found

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Resize:
            self.is_lost = True
        return super().eventFilter(watched, event)
