"""A line across the window for what went wrong: what, what to do next, and a way to put it aside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout

from levdesk.domain.errors import ImportRejected
from levdesk.ui import theme
from levdesk.ui.labels import hairline, label

if TYPE_CHECKING:
    from levdesk.domain.errors import LevdeskError

SHOWN_PROBLEMS = 4


class Banner(QFrame):
    """Shows one failure until it is dismissed or the next act succeeds."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("banner")
        self.setProperty("kind", "surface")
        px = theme.active().px
        self._mark = label("▲", kind="critical", strong=True)
        self._mark.setAccessibleName("Failed")
        self.text = label(wrap=True, strong=True)
        self.hint = label(wrap=True, kind="muted")
        self.copy_button = QPushButton("Copy")
        self.copy_button.setAccessibleName("Copy this message")
        self.close_button = QPushButton("Dismiss")
        self.close_button.setAccessibleName("Dismiss this message")
        self.copy_button.clicked.connect(self._copy)
        self.close_button.clicked.connect(self.hide)
        words = QVBoxLayout()
        words.setSpacing(px(2))
        words.addWidget(self.text)
        words.addWidget(self.hint)
        row = QHBoxLayout()
        row.setContentsMargins(px(16), px(8), px(12), px(8))
        row.setSpacing(px(10))
        row.addWidget(self._mark)
        row.addLayout(words, 1)
        row.addWidget(self.copy_button)
        row.addWidget(self.close_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(row)
        column.addWidget(hairline())
        self.hide()

    def show_error(self, error: LevdeskError) -> None:
        """Say what went wrong and what can be done."""
        lines = [error.hint] if error.hint else []
        if isinstance(error, ImportRejected):
            lines += [_located(each.line, each.message) for each in error.problems[:SHOWN_PROBLEMS]]
            if len(error.problems) > SHOWN_PROBLEMS:
                lines.append(f"… and {len(error.problems) - SHOWN_PROBLEMS} more.")
        self.text.setText(error.message)
        self.hint.setText("\n".join(lines))
        self.hint.setVisible(bool(lines))
        self.setAccessibleName(f"{error.message} {' '.join(lines)}")
        self.show()

    @Slot()
    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(f"{self.text.text()}\n{self.hint.text()}".strip())


def _located(line: int | None, message: str) -> str:
    return message if line is None else f"Line {line}: {message}"
