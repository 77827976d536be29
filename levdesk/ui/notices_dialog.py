"""The notices behind the status bar's link: what is wrong or missing, in full sentences."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialogButtonBox, QGridLayout, QWidget

from levdesk.domain.problems import Problem, Severity
from levdesk.ui import theme
from levdesk.ui.dialog_parts import PlainDialog
from levdesk.ui.labels import label

MARKS = {
    Severity.INFO: ("●", "muted", "note"),
    Severity.WARNING: ("■", "warning", "warning"),
    Severity.ERROR: ("▲", "critical", "critical"),
}
WIDTH_PX = 480


class NoticesDialog(PlainDialog):
    """Lists problems, worst first, each with a mark, a word and its sentence."""

    def __init__(self, problems: tuple[Problem, ...], parent: QWidget | None) -> None:
        super().__init__("Notices", parent)
        px = theme.active().px
        order = (Severity.ERROR, Severity.WARNING, Severity.INFO)
        self._problems = tuple(sorted(problems, key=lambda problem: order.index(problem.severity)))
        if not self._problems:
            self.column.addWidget(label("All is well: nothing is missing and nothing was refused.", kind="muted"))
            return
        grid = QGridLayout()
        grid.setHorizontalSpacing(px(12))
        grid.setVerticalSpacing(px(10))
        grid.setColumnStretch(1, 1)
        for row, problem in enumerate(self._problems):
            mark, kind, word = MARKS[problem.severity]
            grid.addWidget(
                label(f"{mark} {word}", kind=kind, size_px=theme.LABEL_PX), row, 0, Qt.AlignmentFlag.AlignTop
            )
            text = label(problem.message, wrap=True)
            text.setMinimumWidth(px(WIDTH_PX))
            text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            grid.addWidget(text, row, 1)
        self.column.addLayout(grid)
        self.column.addStretch(1)
        copy = self.buttons.addButton("Copy", QDialogButtonBox.ButtonRole.ActionRole)
        copy.clicked.connect(self._copy)
        copy.setAutoDefault(False)
        self.buttons.button(QDialogButtonBox.StandardButton.Close).setDefault(True)

    @Slot()
    def _copy(self) -> None:
        lines = [f"{problem.severity.value}: {problem.message}" for problem in self._problems]
        QGuiApplication.clipboard().setText("\n".join(lines))
