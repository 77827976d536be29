"""A line across the window for what went wrong: what, what to do next, and a way to put it aside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtGui import QGuiApplication

from levdesk.domain.errors import ImportRejected
from levdesk.ui.line_across import LineAcross

if TYPE_CHECKING:
    from levdesk.domain.errors import LevdeskError

SHOWN_PROBLEMS = 4


class Banner(LineAcross):
    """Shows one failure until it is dismissed or the next act succeeds."""

    def __init__(self) -> None:
        super().__init__("banner", "▲", kind="critical")
        self.mark.setAccessibleName("Failed")
        self.copy_button = self.add_button("Copy", "Copy this message")
        self.close_button = self.add_button("Dismiss", "Dismiss this message")
        self.copy_button.clicked.connect(self._copy)
        self.close_button.clicked.connect(self.hide)

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
