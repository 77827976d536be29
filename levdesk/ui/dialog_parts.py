"""What the shell's small dialogs share: margins, a title, a button row."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QTextBrowser, QVBoxLayout, QWidget

from levdesk.ui import theme


class PlainDialog(QDialog):
    """A dialog with the house's margins and a Close button.

    Attributes:
        column: where content goes, above the buttons.
        buttons: the button row.
    """

    def __init__(self, title: str, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        px = theme.active().px
        self.column = QVBoxLayout()
        self.column.setSpacing(px(12))
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.buttons.rejected.connect(self.reject)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(px(20), px(20), px(20), px(16))
        outer.setSpacing(px(16))
        outer.addLayout(self.column, 1)
        outer.addWidget(self.buttons)


def reader(name: str, width_px: int, height_px: int) -> QTextBrowser:
    """A frameless text to read and copy from; links open in the browser."""
    px = theme.active().px
    made = QTextBrowser()
    made.setAccessibleName(name)
    made.setOpenExternalLinks(True)
    made.setFrameShape(QTextBrowser.Shape.NoFrame)
    made.setMinimumSize(px(width_px), px(height_px))
    made.setTextInteractionFlags(
        Qt.TextInteractionFlag.TextBrowserInteraction | Qt.TextInteractionFlag.TextSelectableByKeyboard
    )
    return made
