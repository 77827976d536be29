"""The field at the right of the menu bar; it looks like one to type in, and opens the command palette."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from levdesk.ui import theme
from levdesk.ui.labels import label

if TYPE_CHECKING:
    from PySide6.QtGui import QAction

WIDTH_PX = 260


class SearchButton(QPushButton):
    """Wording at the left, shortcut at the right.

    Args:
        action: what it triggers.
    """

    def __init__(self, action: QAction) -> None:
        super().__init__()
        self.setProperty("kind", "search")
        self.setAccessibleName("Search or run a command")
        px = theme.active().px
        words = label("Search or run a command", kind="muted", size_px=theme.LABEL_PX)
        keys = label(
            action.shortcut().toString(QKeySequence.SequenceFormat.NativeText), kind="muted", size_px=theme.LABEL_PX
        )
        row = QHBoxLayout(self)
        row.setContentsMargins(px(8), 0, px(8), 0)
        for part in (words, keys):
            part.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        row.addWidget(words, 1)
        row.addWidget(keys)
        self.setFixedWidth(px(WIDTH_PX))
        self.setToolTip(f"Actions, holdings and portfolios ({keys.text()})")
        self.clicked.connect(action.trigger)


def in_corner(button: SearchButton) -> QWidget:
    """The button with room around it, for the corner of a menu bar."""
    px = theme.active().px
    corner = QWidget()
    row = QHBoxLayout(corner)
    row.setContentsMargins(px(8), px(3), px(10), px(3))
    row.addWidget(button)
    return corner
