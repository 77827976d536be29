"""A line across the window for what must be seen: a mark, words, smaller words below, and buttons."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout

from levdesk.ui import theme
from levdesk.ui.labels import hairline, label


class LineAcross(QFrame):
    """Hidden until it has something to say.

    Args:
        name: its object name.
        mark: the sign at its beginning.
        kind: the colour role of that sign.

    Attributes:
        mark, text, hint: the sign, what there is to say, and what can be done.
    """

    def __init__(self, name: str, mark: str = "", *, kind: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setProperty("kind", "surface")
        px = theme.active().px
        self.mark = label(mark, kind=kind, strong=True)
        self.text = label(wrap=True, strong=True)
        self.hint = label(wrap=True, kind="muted")
        words = QVBoxLayout()
        words.setSpacing(px(2))
        words.addWidget(self.text)
        words.addWidget(self.hint)
        self._row = QHBoxLayout()
        self._row.setContentsMargins(px(16), px(8), px(12), px(8))
        self._row.setSpacing(px(10))
        self._row.addWidget(self.mark)
        self._row.addLayout(words, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self._row)
        column.addWidget(hairline())
        self.hide()

    def add_button(self, title: str, spoken: str) -> QPushButton:
        """A button at the end; `spoken` tells what it does to whoever cannot see where it stands."""
        made = QPushButton(title)
        made.setAccessibleName(spoken)
        self._row.addWidget(made)
        return made
