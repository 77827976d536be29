"""Importing trades: choose, drop or paste; see how it is read, every row and every problem; write it as one act."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QSignalBlocker, Slot
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QPushButton,
    QStackedWidget,
    QWidget,
)

from levdesk.domain.errors import ImportRejected, LevdeskError
from levdesk.ui import theme
from levdesk.ui.desk import Desk
from levdesk.ui.dialogs.form import FormDialog
from levdesk.ui.format import Figures
from levdesk.ui.intake.columns_page import ColumnsPage
from levdesk.ui.intake.mapping_keeper import MappingKeeper
from levdesk.ui.intake.preview_page import PreviewPage
from levdesk.ui.intake.source_page import SourcePage
from levdesk.ui.intake.words import outcome_words
from levdesk.ui.labels import label

if TYPE_CHECKING:
    from levdesk.services.health import JobView
    from levdesk.services.importing import ImportPreview

_FILES: Final = "Tables (*.csv *.txt *.tsv *.xlsx);;All files (*)"
_WORDS, _PREVIEW, _COLUMNS = 0, 1, 2
_READING: Final = ("Reading ",)
_WRITING: Final = ("Backing up", "Importing ")
MANY_ROWS: Final = 20_000
"""Writing more rows than this takes long enough to show how far it is."""


class ImportDialog(FormDialog):
    """Asks for a file, shows what it would do, and writes what was chosen as one act.

    Args:
        path: file to begin with.
    """

    def __init__(self, desk: Desk, parent: QWidget | None = None, *, path: Path | None = None) -> None:
        super().__init__(desk, parent, "Import transactions", "Import", is_resizable=True)
        self._figures = Figures()
        self._source: Path | bytes | None = None
        self._preview: ImportPreview | None = None
        self._is_reading = False
        self._is_done = False
        self._outcome = ""
        self._job_id = 0
        self.choose = QPushButton("Choose file…")
        self.paste = QPushButton("Paste")
        for button in (self.choose, self.paste):
            button.setAutoDefault(False)
        self.file = label("No file chosen", kind="muted")
        self.portfolio = QComboBox()
        self.portfolio.setAccessibleName("Portfolio to import into")
        self.start = SourcePage()
        self.page = PreviewPage()
        self.columns = ColumnsPage()
        self.keeper = MappingKeeper(desk, self.columns, self)
        self.stack = QStackedWidget()
        self._lay_out()
        self._offer_portfolios()
        self.setAcceptDrops(True)
        self._connect()
        self._enable()
        self.choose.setFocus()
        if path is not None:
            self.read(path)

    def _connect(self) -> None:
        self.choose.clicked.connect(self._ask_file)
        self.paste.clicked.connect(self.read_clipboard)
        QShortcut(QKeySequence(QKeySequence.StandardKey.Paste), self).activated.connect(self.read_clipboard)
        self.portfolio.currentIndexChanged.connect(self._read_again)
        self.page.changed.connect(self._enable)
        self.page.columns_asked.connect(self._show_columns)
        self.columns.changed.connect(self._read_again)
        self.start.stop.clicked.connect(self._stop_reading)
        signals = self.desk.signals
        signals.books_changed.connect(self._offer_portfolios)
        signals.import_previewed.connect(self._on_preview)
        signals.act_failed.connect(self._on_unreadable)
        signals.jobs_changed.connect(self._on_jobs)

    # -- what a person does ----------------------------------------------------------------------------------------

    def read(self, source: Path | bytes) -> None:
        """Read a file, or pasted rows, and show what it would do."""
        self.columns.forget()
        self.stack.setCurrentIndex(_WORDS)
        self._read(source)

    @Slot()
    def read_clipboard(self) -> None:
        """Read the rows on the clipboard."""
        text = QGuiApplication.clipboard().text()
        if not text.strip():
            self.tell_failure("There is no text on the clipboard.")
        else:
            self.read(text.encode("utf-8", "replace"))

    @Slot()
    def send(self) -> None:
        if self._is_done:
            self.accept()
        elif self.stack.currentIndex() == _COLUMNS:
            self.stack.setCurrentIndex(_WORDS)
            self._read_again()
        elif self._preview is not None and self.ok.isEnabled():
            self._accept(self._preview)

    def _accept(self, preview: ImportPreview) -> None:
        from levdesk.services.intake.suspects import choose_rows  # with the preview, after somebody chose a file

        chosen = choose_rows(preview, self.page.left_out())
        left_out, bad = len(self.page.suspects.left_out()), len(self.page.bad_left_out())
        skipped = preview.reading.skipped_count if preview.reading else 0
        if left_out or bad or skipped:
            self._outcome = outcome_words(len(chosen.rows), left_out, bad, preview.reading, self._figures)
        self.wait_for(lambda: self.desk.accept_import(chosen, allow_duplicates=True))
        if self._is_waiting and len(chosen.rows) > MANY_ROWS:
            self.start.stop.setText("Stop the import")
            self._say(f"Importing {self._figures.count(len(chosen.rows))} transactions…", "")

    def reject(self) -> None:
        """Close; an import that is under way is stopped, and leaves nothing behind."""
        if self._is_waiting and self._job_id:
            self.desk.cancel_job(self._job_id)
        super().reject()

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
        top.addWidget(self.paste)
        top.addWidget(self.file, 1)
        into = label("&Into", kind="muted")
        into.setBuddy(self.portfolio)
        top.addWidget(into)
        top.addWidget(self.portfolio)
        self.column.addLayout(top)
        for page in (self.start, self.page, self.columns):
            self.stack.addWidget(page)
        self.column.addWidget(self.stack, 1)
        self.resize(px(880), px(620))

    def _say(self, words: str, hint: str) -> None:
        self.start.say(words, hint)
        self.stack.setCurrentIndex(_WORDS)

    # -- reading ---------------------------------------------------------------------------------------------------

    def _read(self, source: Path | bytes) -> None:
        portfolio_id = self.portfolio.currentData()
        if portfolio_id is None:
            self._say("Your books are still being read", "Choose the file again in a moment.")
            return
        if self._is_reading and self._job_id:
            self.desk.cancel_job(self._job_id)
        self._source, self._preview, self._is_reading, self._job_id = source, None, True, 0
        self.file.setText("Pasted rows" if isinstance(source, bytes) else source.name)
        self.file.setToolTip("" if isinstance(source, bytes) else str(source))
        self.tell_failure("")
        if self.stack.currentIndex() != _COLUMNS:
            self._say("Reading the file…", "")
        self._enable()
        self.desk.preview_import(source, int(portfolio_id), self.columns.choices)

    @Slot()
    def _read_again(self) -> None:
        if self._source is not None and not self._is_done:
            self._read(self._source)

    @Slot(object)
    def _on_jobs(self, jobs: tuple[JobView, ...]) -> None:
        """Follow the reading, and then the writing; their titles are what the desk promises."""
        titles = _READING if self._is_reading else _WRITING if self._is_waiting else ()
        ours = next((job for job in reversed(jobs) if job.title.startswith(titles)), None) if titles else None
        self._job_id = 0 if ours is None else ours.id
        self.start.follow(ours)

    @Slot()
    def _stop_reading(self) -> None:
        if self._job_id:
            self.desk.cancel_job(self._job_id)
        if self._is_waiting:
            return  # what became of it is told when it is known: the rows may just have been written
        self._is_reading, self._job_id = False, 0
        self.start.follow(None)
        self._say("Reading was stopped", "Nothing was written.")
        self._enable()

    @Slot(object)
    def _on_preview(self, preview: ImportPreview) -> None:
        if not self._is_reading:
            return
        self._is_reading = False
        reading = preview.reading
        stays = self.stack.currentIndex() == _COLUMNS
        self._preview = preview
        if reading is not None:
            self.columns.show_reading(reading)
        self.page.show_preview(preview)
        is_open = reading is not None and bool(reading.missing)
        self.stack.setCurrentIndex(_COLUMNS if stays or is_open else _PREVIEW)
        self._tell_problems()
        self._enable()

    @Slot(object)
    def _on_unreadable(self, error: LevdeskError) -> None:
        if not self._is_reading:
            return
        self._is_reading = False
        if self.stack.currentIndex() == _COLUMNS:
            self.tell_failure(f"{error.message} {error.hint}".strip())
        else:
            self._say("This file was not imported", f"{error.message}\n{error.hint}".strip())
        problems = error.problems if isinstance(error, ImportRejected) else ()
        if problems:
            self.page.show_refusal(error.message, error.hint, problems)
            self.stack.setCurrentIndex(_PREVIEW)
        self._enable()

    @Slot(object)
    def _on_done(self, change: object) -> None:
        if self._is_waiting and self._outcome:
            self._is_waiting, self._is_done = False, True
            self._say("Imported", self._outcome)
            for button in (self.choose, self.paste, self.portfolio):
                button.setEnabled(False)
            self.cancel.hide()
            self._enable()
            return
        super()._on_done(change)

    @Slot(object)
    def _on_failed(self, error: LevdeskError) -> None:
        if self._is_waiting and self._preview is not None and self.stack.currentIndex() == _WORDS:
            self.stack.setCurrentIndex(_PREVIEW)
        super()._on_failed(error)

    @Slot()
    def _show_columns(self) -> None:
        self.stack.setCurrentIndex(_COLUMNS)
        self.tell_failure("")
        self._enable()

    # -- what can be done now --------------------------------------------------------------------------------------

    @Slot()
    def _enable(self) -> None:
        if self._is_done:
            self.ok.setText("Close")
            self.ok.setEnabled(True)
            return
        if self.stack.currentIndex() == _COLUMNS:
            self.ok.setText("Show the rows")
            self.ok.setEnabled(not self._is_reading)
            return
        preview, left_out = self._preview, self.page.left_out()
        rows = () if preview is None else preview.rows
        count = sum(row.line not in left_out for row in rows) if left_out else len(rows)
        is_clean = preview is not None and all(problem.line in left_out for problem in preview.problems)
        self.ok.setEnabled(bool(count) and is_clean and not self._is_reading)
        noun = "transaction" if count == 1 else "transactions"
        self.ok.setText(f"Import {self._figures.count(count)} {noun}" if count else "Import")
        self._tell_problems()

    def _tell_problems(self) -> None:
        problems = self._preview.problems if self._preview and self.stack.currentIndex() == _PREVIEW else ()
        count = len({problem.line for problem in problems})
        rows = "row" if count == 1 else "rows"
        left = bool(self.page.bad_left_out())
        words = f"{self._figures.count(count)} {rows} cannot be imported: mend the file, or leave them out."
        if problems or self.failure.text().endswith("or leave them out."):
            self.tell_failure(words if problems and not left else "")

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
    def _ask_file(self) -> None:
        folder = str(self._source.parent) if isinstance(self._source, Path) else ""
        chosen, _ = QFileDialog.getOpenFileName(self, "Import", folder, _FILES)
        if chosen:
            self.read(Path(chosen))


def _dropped_file(event: QDropEvent) -> Path | None:
    """The one local file that is dragged, or None."""
    urls = [url for url in event.mimeData().urls() if url.isLocalFile()]
    return Path(urls[0].toLocalFile()) if len(urls) == 1 else None
