from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from levdesk.domain.errors import ImportRejected, UserError
from levdesk.domain.problems import Problem, Severity
from levdesk.services.books import Books
from levdesk.services.importing import ImportPreview, preview_import
from levdesk.services.ports import StoredBooks
from levdesk.ui.dialogs.import_dialog import SHOWN_ROWS, ImportDialog
from tests.ui.fake_books import NOW_MS
from tests.ui.fake_desk import FakeDesk

FILE = Path("trades.csv")
HEADER = "time,type,venue,symbol,quantity,price,fee,fee_currency,note\n"
GOOD = HEADER + (
    "2026-11-01T10:00:00Z,buy,gate,LTC3L,10,3.1000,0.03,,hello\n"
    "2026-11-02T10:00:00Z,sell,gate,LTC3L,4,3.2,,,\n"
    "2026-11-03T10:00:00Z,merge,gate,LTC3L,2,,,,\n"
    "2026-11-04T10:00:00Z,settle,gate,AVAX3S,,1,,,\n"
)


def previewed(text: str, desk: FakeDesk) -> ImportPreview:
    """What the real office says about a file, on the books of the fake desk."""
    stored = StoredBooks(
        portfolios=desk._books.portfolios, transactions=desk._books.transactions, tokens=desk._books.tokens
    )
    return preview_import(text.encode(), Books.read(stored), 1, now_ms=NOW_MS, source=FILE.name)


@pytest.fixture
def dialog(qtbot: QtBot, desk: FakeDesk) -> ImportDialog:
    made = ImportDialog(desk)
    qtbot.addWidget(made)
    made.show()
    return made


def read(dialog: ImportDialog, desk: FakeDesk, text: str) -> None:
    desk.preview = previewed(text, desk)
    dialog.read(FILE)


def column(dialog: ImportDialog, number: int) -> list[str]:
    model = dialog.rows.cells
    return [str(model.index(row, number).data()) for row in range(model.rowCount())]


def problems(dialog: ImportDialog) -> list[tuple[str, str]]:
    model = dialog.problems.cells
    return [(model.index(row, 0).data(), model.index(row, 1).data()) for row in range(model.rowCount())]


def test_it_begins_by_saying_what_a_file_looks_like(dialog: ImportDialog) -> None:
    assert dialog.words.text() == "Drop a CSV file here"
    assert HEADER.strip() in dialog.hint.text()
    assert not dialog.ok.isEnabled()


def test_a_sound_file_is_shown_row_by_row_and_written_as_one_act(dialog: ImportDialog, desk: FakeDesk) -> None:
    good = "".join(GOOD.splitlines(keepends=True)[:4])
    read(dialog, desk, good)
    assert desk.calls[0] == ("preview_import", (FILE, 1))
    assert dialog.summary.text() == "3 transactions, 1 Nov 2026 to 3 Nov 2026: 1 buy, 1 sale, 1 merge."
    assert column(dialog, 0) == ["2", "3", "4"]
    assert column(dialog, 4) == ["10", "4", "2 : 1"]
    assert column(dialog, 5) == ["3.1", "3.2", "—"]
    assert not dialog.problems.isVisible()
    assert dialog.ok.text() == "Import 3 transactions"

    dialog.ok.click()

    assert desk.calls[-1] == ("accept_import", (desk.preview, False))


def test_it_closes_when_the_books_have_the_rows(dialog: ImportDialog, desk: FakeDesk) -> None:
    read(dialog, desk, "".join(GOOD.splitlines(keepends=True)[:2]))
    dialog.ok.click()
    assert dialog.isVisible()
    desk.signals.books_changed.emit(None)
    assert not dialog.isVisible()


def test_problems_are_listed_by_line_and_nothing_can_be_written(dialog: ImportDialog, desk: FakeDesk) -> None:
    read(dialog, desk, GOOD + "2026-11-05T10:00:00Z,buy,gate,LTC3L,x,1,,,\n")
    listed = problems(dialog)
    assert [line for line, _ in listed] == ["5", "6"]
    assert "AVAX3S" in listed[0][1]
    assert "not a number" in listed[1][1]
    assert dialog.failure.text().startswith("2 rows cannot be imported")
    assert not dialog.ok.isEnabled()


def test_rows_that_are_already_there_need_a_yes(dialog: ImportDialog, desk: FakeDesk) -> None:
    booked = "2026-10-11T12:02:58Z,buy,gate,BTC3L,800,2.8510,2.28,,\n"
    read(dialog, desk, f"{HEADER}{booked}2026-11-05T10:00:00Z,buy,gate,BTC3L,1,2.5,,,\n")
    assert dialog.duplicates.isVisible()
    assert dialog.duplicates.text() == "1 row is already there. Import it again"
    assert "already there" in column(dialog, 3)[0]
    assert not dialog.ok.isEnabled()
    dialog.duplicates.setChecked(True)
    assert dialog.ok.isEnabled()
    dialog.ok.click()
    assert desk.calls[-1] == ("accept_import", (desk.preview, True))


def test_new_tokens_read_from_their_names_are_pointed_out(dialog: ImportDialog, desk: FakeDesk) -> None:
    read(dialog, desk, HEADER + "2026-11-01T10:00:00Z,buy,gate,AVAX3S,1,2,,,\n")
    assert dialog.tokens.text() == "New to your books: AVAX3S (Gate · 3× short AVAX, read from its name)."


def test_a_long_file_shows_its_first_rows_and_says_so(dialog: ImportDialog, desk: FakeDesk) -> None:
    body = "".join(f"2026-11-01T10:{n // 60:02d}:{n % 60:02d}Z,buy,gate,LTC3L,1,{n + 1},,,\n" for n in range(1000))
    read(dialog, desk, HEADER + body)
    assert dialog.rows.cells.rowCount() == SHOWN_ROWS
    assert dialog.shown.text() == "The first 200 of 1,000 rows"
    assert dialog.ok.text() == "Import 1,000 transactions"


def test_an_unreadable_file_is_explained(dialog: ImportDialog, desk: FakeDesk) -> None:
    dialog.read(FILE)  # the fake desk refuses when it has no preview
    assert dialog.words.text() == "This file was not imported"
    assert "Mend the rows and try again." in dialog.hint.text()
    assert not dialog.ok.isEnabled()


def test_a_refusal_with_lines_lists_them(dialog: ImportDialog, desk: FakeDesk) -> None:
    wrong = Problem(severity=Severity.ERROR, code="column_missing", message="The column “price” is missing.", line=1)

    def refuse(path: Path, portfolio_id: int) -> None:
        desk.fail(ImportRejected("trades.csv was refused.", problems=(wrong,), hint="Add it."))

    desk.preview_import = refuse  # type: ignore[method-assign]
    dialog.read(FILE)
    assert problems(dialog) == [("1", "The column “price” is missing.")]
    assert not dialog.rows.isVisible()


def test_a_failure_while_writing_stays_in_the_dialog(dialog: ImportDialog, desk: FakeDesk) -> None:
    read(dialog, desk, "".join(GOOD.splitlines(keepends=True)[:2]))

    def refuse(preview: object, *, allow_duplicates: bool) -> None:
        desk.fail(UserError("The books have changed.", hint="Read the file again."))

    desk.accept_import = refuse  # type: ignore[method-assign]
    dialog.ok.click()
    assert dialog.isVisible()
    assert dialog.failure.text() == "The books have changed. Read the file again."


def test_another_portfolio_reads_the_file_again(dialog: ImportDialog, desk: FakeDesk) -> None:
    read(dialog, desk, GOOD)
    dialog.portfolio.setCurrentIndex(1)
    assert desk.calls[-1] == ("preview_import", (FILE, 2))


def test_a_preview_nobody_asked_for_is_not_shown(dialog: ImportDialog, desk: FakeDesk) -> None:
    desk.signals.import_previewed.emit(previewed(GOOD, desk))
    assert dialog.stack.currentIndex() == 0


@pytest.mark.parametrize(
    ("urls", "taken"),
    [(["file:///tmp/a.csv"], True), (["file:///tmp/a.csv", "file:///tmp/b.csv"], False), (["https://x/a.csv"], False)],
)
def test_one_dropped_file_is_read(dialog: ImportDialog, desk: FakeDesk, urls: list[str], taken: bool) -> None:
    data = QMimeData()
    data.setUrls([QUrl(url) for url in urls])
    copy, left, no_key = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(5, 5), copy, data, left, no_key)
    enter.ignore()
    dialog.dragEnterEvent(enter)
    assert enter.isAccepted() is taken
    dialog.dropEvent(QDropEvent(QPoint(5, 5), copy, data, left, no_key))
    assert ("preview_import" in dict(desk.calls)) is taken


def test_its_tables_are_sound_models(qtmodeltester: ModelTester, dialog: ImportDialog, desk: FakeDesk) -> None:
    read(dialog, desk, GOOD)
    qtmodeltester.check(dialog.rows.cells)  # type: ignore[no-untyped-call]
    qtmodeltester.check(dialog.problems.cells)  # type: ignore[no-untyped-call]
