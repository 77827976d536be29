"""What a file would do: its rows, what is wrong with some, what looks familiar, and what was left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from levdesk.ui import theme
from levdesk.ui.dialogs.form import link
from levdesk.ui.format import Figures
from levdesk.ui.intake.suspects_panel import SuspectsPanel
from levdesk.ui.intake.words import reading_words, skipped_words
from levdesk.ui.labels import label
from levdesk.ui.models.import_cells import (
    PROBLEM_COLUMNS,
    ROW_COLUMNS,
    new_token_words,
    problem_cells,
    row_cells,
    summary,
)
from levdesk.ui.views.plain_table import PlainTable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from levdesk.domain.problems import Problem
    from levdesk.services.importing import ImportPreview

SHOWN_ROWS: Final = 200
SHOWN_PROBLEMS: Final = 1_000


class PreviewPage(QWidget):
    """Shows a preview and takes the choices about single rows.

    Attributes:
        changed: another choice of rows.
        columns_asked: the person wants to see how the file is read.
    """

    changed = Signal()
    columns_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._figures = Figures()
        self._bad: frozenset[int] = frozenset()
        self.summary = label(strong=True, wrap=True)
        self.reading = label(kind="muted", wrap=True, size_px=theme.LABEL_PX)
        self.change = link("How the file is read…")
        self.notices = label(kind="warning", wrap=True)
        self.tokens = label(kind="muted", wrap=True, size_px=theme.LABEL_PX)
        self.skipped = label(kind="muted", wrap=True, size_px=theme.LABEL_PX)
        self.problems = PlainTable("Problems of the file", PROBLEM_COLUMNS)
        self.problems.setMinimumHeight(theme.active().px(120))
        self.leave_bad = QCheckBox("Leave the rows with problems out and import the others")
        self.suspects = SuspectsPanel()
        self.rows = PlainTable("Rows of the file", ROW_COLUMNS)
        self.shown = label(kind="muted", size_px=theme.LABEL_PX)
        px = theme.active().px
        column = QVBoxLayout(self)
        column.setContentsMargins(0, px(8), 0, 0)
        column.setSpacing(px(6))
        column.addWidget(self.summary)
        how = QHBoxLayout()
        how.addWidget(self.reading, 1)
        how.addWidget(self.change)
        column.addLayout(how)
        for words in (self.notices, self.skipped, self.tokens):
            column.addWidget(words)
        column.addWidget(self.problems, 2)
        column.addWidget(self.leave_bad)
        column.addWidget(self.suspects, 2)
        column.addWidget(self.rows, 3)
        column.addWidget(self.shown)
        self.change.clicked.connect(self.columns_asked)
        self.leave_bad.toggled.connect(self.changed)
        self.suspects.changed.connect(self.changed)

    def show_preview(self, preview: ImportPreview) -> None:
        """Show what a file would do; all choices are as proposed."""
        write = self._figures
        self.summary.setText(summary(preview, write))
        reading = preview.reading
        _tell(self.reading, "" if reading is None else reading_words(reading))
        self.change.setVisible(reading is not None)
        _tell(self.notices, "\n".join(notice.message for notice in preview.notices))
        _tell(self.skipped, "" if reading is None else skipped_words(reading, write))
        _tell(self.tokens, new_token_words(preview.new_tokens, write))
        self._show_rows(preview)
        self.suspects.show_suspects(preview.suspects)
        self._show_problems(preview.problems)
        self.leave_bad.setVisible(bool(self._bad) and bool(preview.rows))

    def show_refusal(self, message: str, hint: str, problems: Sequence[Problem]) -> None:
        """Show why a file was refused as a whole, by line."""
        self.summary.setText(message)
        _tell(self.tokens, hint)
        for widget in (self.rows, self.shown, self.suspects, self.leave_bad, self.reading, self.change):
            widget.hide()
        for words in (self.notices, self.skipped):
            words.hide()
        self._show_problems(problems)

    def left_out(self) -> frozenset[int]:
        """Lines the person, or the proposal, leaves out."""
        return self.suspects.left_out() | self.bad_left_out()

    def bad_left_out(self) -> frozenset[int]:
        """Lines with problems, when they are to be left out."""
        return self._bad if self.leave_bad.isChecked() else frozenset()

    def _show_rows(self, preview: ImportPreview) -> None:
        repeated = {row.line for row in preview.duplicates}
        first, total = preview.rows[:SHOWN_ROWS], len(preview.rows)
        write = self._figures
        self.rows.show_rows([row_cells(row, is_duplicate=row.line in repeated, write=write) for row in first])
        self.rows.setVisible(bool(first))
        _tell(self.shown, f"The first {SHOWN_ROWS} of {write.count(total)} rows" if total > SHOWN_ROWS else "")

    def _show_problems(self, problems: Sequence[Problem]) -> None:
        self.problems.show_rows([problem_cells(problem) for problem in problems[:SHOWN_PROBLEMS]])
        self.problems.setVisible(bool(problems))
        self._bad = frozenset(problem.line for problem in problems if problem.line is not None)
        count = len(self._bad)
        self.leave_bad.setChecked(False)
        rows = "this row" if count == 1 else f"these {self._figures.count(count)} rows"
        self.leave_bad.setText(f"Leave {rows} out and import the others")


def _tell(words: QLabel, text: str) -> None:
    words.setText(text)
    words.setVisible(bool(text))
