"""Importing a file: choose or drop it, see every row and every problem, and only then write, as one act to undo."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QSignalBlocker, Qt, Slot
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from levdesk.domain.errors import ImportRejected, LevdeskError
from levdesk.domain.problems import Problem
from levdesk.ui import theme
from levdesk.ui.desk import Desk
from levdesk.ui.dialogs.form import FormDialog
from levdesk.ui.format import Figures
from levdesk.ui.labels import label
from levdesk.ui.models.import_cells import (
    PROBLEM_COLUMNS,
    ROW_COLUMNS,
    duplicate_words,
    new_token_words,
    problem_cells,
    row_cells,
    summary,
)
from levdesk.ui.views.plain_table import PlainTable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from levdesk.services.importing import ImportPreview

SHOWN_ROWS: Final = 200
_HEADER: Final = "time,type,venue,symbol,quantity,price,fee,fee_currency,note"
_TYPES: Final = "buy, sell, subscribe, redeem, transfer_in, transfer_out, merge, settle"


class ImportDialog(FormDialog):
    """Asks for a file, shows what it would do, and writes all rows or none.

    Args:
        path: file to begin with.
    """

    def __init__(self, desk: Desk, parent: QWidget | None = None, *, path: Path | None = None) -> None:
        super().__init__(desk, parent, "Import transactions", "Import", is_resizable=True)
        self._figures = Figures()
        self._path: Path | None = None
        self._preview: ImportPreview | None = None
        self._is_reading = False
        self.choose = QPushButton("Choose file…")
        self.choose.setAutoDefault(False)
        self.file = label("No file chosen", kind="muted")
        self.portfolio = QComboBox()
        self.portfolio.setAccessibleName("Portfolio to import into")
        self.rows = PlainTable("Rows of the file", ROW_COLUMNS)
        self.problems = PlainTable("Problems of the file", PROBLEM_COLUMNS)
        self.summary = label(strong=True, wrap=True)
        self.tokens = label(kind="muted", wrap=True, size_px=theme.LABEL_PX)
        self.shown = label(kind="muted", size_px=theme.LABEL_PX)
        self.duplicates = QCheckBox()
        self.duplicates.setAccessibleName("Import rows again that are already there")
        self.stack = QStackedWidget()
        self._lay_out()
        self._offer_portfolios()
        self.setAcceptDrops(True)
        self.choose.clicked.connect(self._ask_file)
        self.portfolio.currentIndexChanged.connect(self._read_again)
        self.duplicates.toggled.connect(self._enable)
        desk.signals.books_changed.connect(self._offer_portfolios)
        desk.signals.import_previewed.connect(self._on_preview)
        desk.signals.act_failed.connect(self._on_unreadable)
        self._enable()
        self.choose.setFocus()
        if path is not None:
            self.read(path)

    # -- what a person does ----------------------------------------------------------------------------------------

    def read(self, path: Path) -> None:
        """Read a file and show what it would do."""
        portfolio_id = self.portfolio.currentData()
        if portfolio_id is None:
            self._say("Your books are still being read", "Choose the file again in a moment.")
            return
        self._path, self._preview, self._is_reading = path, None, True
        self.file.setText(path.name)
        self.file.setToolTip(str(path))
        self.tell_failure("")
        self.duplicates.setChecked(False)
        self._say("Reading the file…", "")
        self._enable()
        self.desk.preview_import(path, int(portfolio_id))

    @Slot()
    def send(self) -> None:
        preview = self._preview
        if preview is not None and self.ok.isEnabled():
            again = self.duplicates.isChecked()
            self.wait_for(lambda: self.desk.accept_import(preview, allow_duplicates=again))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if _dropped_file(event) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        path = _dropped_file(event)
        if path is not None:
            event.acceptProposedAction()
            self.read(path)

    # -- building --------------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        px = theme.active().px
        top = QHBoxLayout()
        top.setSpacing(px(10))
        top.addWidget(self.choose)
        top.addWidget(self.file, 1)
        into = label("&Into", kind="muted")
        into.setBuddy(self.portfolio)
        top.addWidget(into)
        top.addWidget(self.portfolio)
        self.column.addLayout(top)
        self.words = label(strong=True, wrap=True)
        self.hint = label(kind="muted", wrap=True)
        self.hint.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        for line in (self.words, self.hint):
            line.setAlignment(Qt.AlignmentFlag.AlignCenter)
        empty = QWidget()
        middle = QVBoxLayout(empty)
        middle.setSpacing(px(8))
        middle.addStretch(1)
        middle.addWidget(self.words)
        middle.addWidget(self.hint)
        middle.addStretch(2)
        self.stack.addWidget(empty)
        self.stack.addWidget(self._preview_page())
        self.column.addWidget(self.stack, 1)
        self._say("Drop a CSV file here", f"Its first line names the columns:\n{_HEADER}\n\nTypes: {_TYPES}")
        self.resize(px(840), px(560))

    def _preview_page(self) -> QWidget:
        px = theme.active().px
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, px(8), 0, 0)
        column.setSpacing(px(6))
        column.addWidget(self.summary)
        column.addWidget(self.tokens)
        column.addWidget(self.problems, 2)
        column.addWidget(self.rows, 3)
        column.addWidget(self.shown)
        column.addSpacing(px(2))
        column.addWidget(self.duplicates)
        return page

    def _say(self, words: str, hint: str) -> None:
        self.words.setText(words)
        self.hint.setText(hint)
        self.stack.setCurrentIndex(0)

    # -- what comes back -------------------------------------------------------------------------------------------

    @Slot(object)
    def _on_preview(self, preview: ImportPreview) -> None:
        if not self._is_reading:
            return
        self._is_reading = False
        self._preview = preview
        write = self._figures
        repeated = {row.line for row in preview.duplicates}
        first = preview.rows[:SHOWN_ROWS]
        self.rows.show_rows([row_cells(row, is_duplicate=row.line in repeated, write=write) for row in first])
        total = len(preview.rows)
        self.shown.setText(f"The first {SHOWN_ROWS} of {write.count(total)} rows" if total > SHOWN_ROWS else "")
        self.shown.setVisible(total > SHOWN_ROWS)
        self.summary.setText(summary(preview, write))
        self.tokens.setText(new_token_words(preview.new_tokens, write))
        self.tokens.setVisible(bool(preview.new_tokens))
        self.duplicates.setText(duplicate_words(len(preview.duplicates), total, write))
        self.duplicates.setVisible(bool(preview.duplicates) and not preview.problems)
        self._show_problems(preview.problems)
        self.rows.setVisible(bool(preview.rows))
        self.stack.setCurrentIndex(1)
        self._enable()

    @Slot(object)
    def _on_unreadable(self, error: LevdeskError) -> None:
        if not self._is_reading:
            return
        self._is_reading = False
        self._say("This file was not imported", f"{error.message}\n{error.hint}".strip())
        problems = error.problems if isinstance(error, ImportRejected) else ()
        if problems:
            self.summary.setText(error.message)
            self.tokens.setText(error.hint)
            self.tokens.setVisible(bool(error.hint))
            self._show_problems(problems)
            for widget in (self.rows, self.shown, self.duplicates):
                widget.hide()
            self.stack.setCurrentIndex(1)
        self._enable()

    def _show_problems(self, problems: Sequence[Problem]) -> None:
        self.problems.show_rows([problem_cells(problem) for problem in problems])
        self.problems.setVisible(bool(problems))
        count = len({problem.line for problem in problems})
        rows = "row" if count == 1 else "rows"
        text = (
            f"{self._figures.count(count)} {rows} cannot be imported, so nothing can: mend the file and read it again."
        )
        self.tell_failure(text if problems else "")

    @Slot()
    def _enable(self) -> None:
        preview = self._preview
        count = len(preview.rows) if preview else 0
        ready = preview is not None and bool(preview.rows) and not preview.problems
        settled = preview is not None and (not preview.duplicates or self.duplicates.isChecked())
        self.ok.setEnabled(ready and settled and not self._is_reading)
        noun = "transaction" if count == 1 else "transactions"
        self.ok.setText(f"Import {self._figures.count(count)} {noun}" if count else "Import")

    @Slot()
    def _offer_portfolios(self) -> None:
        """List the portfolios once they are known; later changes leave the choice alone."""
        if self.portfolio.count():
            return
        with QSignalBlocker(self.portfolio):
            for each in self.desk.portfolios:
                self.portfolio.addItem(each.name, each.id)
            self.portfolio.setCurrentIndex(max(0, self.portfolio.findData(self.desk.selected_portfolio_id)))

    @Slot()
    def _read_again(self) -> None:
        if self._path is not None:
            self.read(self._path)

    @Slot()
    def _ask_file(self) -> None:
        folder = str(self._path.parent) if self._path else ""
        chosen, _ = QFileDialog.getOpenFileName(self, "Import", folder, "CSV files (*.csv *.txt);;All files (*)")
        if chosen:
            self.read(Path(chosen))


def _dropped_file(event: QDropEvent) -> Path | None:
    """The one local file that is dragged, or None."""
    urls = [url for url in event.mimeData().urls() if url.isLocalFile()]
    return Path(urls[0].toLocalFile()) if len(urls) == 1 else None
