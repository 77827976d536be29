from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from levdesk.domain.errors import ImportRejected, UserError
from levdesk.domain.problems import Problem, Severity
from levdesk.services.books import Books
from levdesk.services.health import JobView
from levdesk.services.importing import ImportPreview
from levdesk.services.intake.choices import Field, IntakeChoices
from levdesk.services.intake.mappings import mapping_file, stored_mappings
from levdesk.services.intake.reading import Ground, preview_intake
from levdesk.services.intake.suspects import find_suspects
from levdesk.services.ports import StoredBooks
from levdesk.ui.dialogs.import_dialog import ImportDialog
from levdesk.ui.intake.preview_page import SHOWN_ROWS
from tests.services.intake_scene import KNOWN
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


def previewed(text: str, desk: FakeDesk, choices: IntakeChoices | None = None) -> ImportPreview:
    """What the real office says about a file, on the books of the fake desk."""
    stored = StoredBooks(
        portfolios=desk._books.portfolios, transactions=desk._books.transactions, tokens=desk._books.tokens
    )
    books = Books.read(stored)
    preview = preview_intake(
        text.encode(),
        choices or IntakeChoices(),
        KNOWN,
        Ground(books=books, portfolio_id=1, now_ms=NOW_MS),
        source=FILE.name,
    )
    return replace(preview, suspects=find_suspects(preview, books))


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
    model = dialog.page.rows.cells
    return [str(model.index(row, number).data()) for row in range(model.rowCount())]


def problems(dialog: ImportDialog) -> list[tuple[str, str]]:
    model = dialog.page.problems.cells
    return [(model.index(row, 0).data(), model.index(row, 1).data()) for row in range(model.rowCount())]


def test_it_begins_by_saying_what_a_file_looks_like(dialog: ImportDialog) -> None:
    assert dialog.start.words.text() == "Drop a file of trades here, or paste rows"
    assert HEADER.strip() in dialog.start.hint.text()
    assert not dialog.ok.isEnabled()


def test_a_sound_file_is_shown_row_by_row_and_written_as_one_act(dialog: ImportDialog, desk: FakeDesk) -> None:
    good = "".join(GOOD.splitlines(keepends=True)[:4])
    read(dialog, desk, good)
    assert desk.calls[0] == ("preview_import", (FILE, 1))
    assert dialog.page.summary.text() == "3 transactions, 1 Nov 2026 to 3 Nov 2026: 1 buy, 1 sale, 1 merge."
    assert column(dialog, 0) == ["2", "3", "4"]
    assert column(dialog, 4) == ["10", "4", "2 : 1"]
    assert column(dialog, 5) == ["3.1", "3.2", "—"]
    assert not dialog.page.problems.isVisible()
    assert dialog.ok.text() == "Import 3 transactions"

    dialog.ok.click()

    assert desk.calls[-1] == ("accept_import", (desk.preview, True))


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
    assert dialog.failure.text().startswith("2 rows cannot be imported: mend the file, or leave them out.")
    assert not dialog.ok.isEnabled()


def taken(desk: FakeDesk) -> list[int]:
    """Lines of the rows that were given to the books."""
    name, (preview, _) = desk.calls[-1]
    assert name == "accept_import"
    assert isinstance(preview, ImportPreview)
    return [row.line for row in preview.rows]


BOOKED = (
    f"{HEADER}2026-10-11T12:02:58Z,buy,gate,BTC3L,800,2.8510,2.28,,\n2026-11-05T10:00:00Z,buy,gate,BTC3L,1,2.5,,,\n"
    "2026-11-05T10:00:00Z,buy,gate,BTC3L,1,2.5,,,\n"
)


def test_familiar_rows_stand_side_by_side_and_each_is_chosen(dialog: ImportDialog, desk: FakeDesk) -> None:
    read(dialog, desk, BOOKED)
    suspects = dialog.page.suspects
    assert suspects.isVisible()
    assert suspects.words.text() == "2 rows look familiar; 1 left out."
    cells = suspects.table.cells
    assert [cells.index(row, 0).data() for row in range(2)] == ["Leave out", "Import"]
    assert "800 BTC3L at 2.851" in cells.index(0, 3).data()
    assert dialog.ok.text() == "Import 2 transactions"
    suspects.table.clicked.emit(cells.index(0, 0))
    assert dialog.ok.text() == "Import 3 transactions"
    suspects.table.activated.emit(cells.index(1, 1))
    assert dialog.ok.text() == "Import 2 transactions"
    dialog.ok.click()
    assert taken(desk) == [2, 3]


def test_all_familiar_rows_are_taken_or_left_at_once(dialog: ImportDialog, desk: FakeDesk) -> None:
    read(dialog, desk, BOOKED)
    dialog.page.suspects.leave_all.click()
    assert dialog.ok.text() == "Import 1 transaction"
    dialog.page.suspects.take_all.click()
    assert dialog.ok.text() == "Import 3 transactions"


def test_what_was_left_out_is_counted_at_the_end(dialog: ImportDialog, desk: FakeDesk) -> None:
    read(dialog, desk, BOOKED)
    dialog.ok.click()
    desk.signals.books_changed.emit(None)
    assert dialog.isVisible()
    assert dialog.start.hint.text().splitlines() == [
        "2 transactions imported.",
        "1 row that looked familiar was left out.",
        "One undo takes all of it back.",
    ]
    assert dialog.ok.text() == "Close"
    dialog.ok.click()
    assert not dialog.isVisible()


def test_bad_rows_are_left_out_when_the_person_says_so(dialog: ImportDialog, desk: FakeDesk) -> None:
    read(dialog, desk, GOOD + "2026-11-05T10:00:00Z,buy,gate,LTC3L,x,1,,,\n")
    dialog.page.leave_bad.setChecked(True)
    assert dialog.failure.isHidden()
    assert dialog.ok.text() == "Import 3 transactions"
    dialog.ok.click()
    assert taken(desk) == [2, 3, 4]


# -- how a file is read ----------------------------------------------------------------------------------------------

FOREIGN = (
    "Datum;Typ;Paar;Menge;Kurs\n03.04.2026 10:00;Kauf;LTC3L_USDT;1.000,5;2,5\n03.04.2026 10:00;Kauf;BTC_USDT;1;2\n"
)


def test_a_file_nobody_knows_asks_for_what_is_missing(dialog: ImportDialog, desk: FakeDesk) -> None:
    read(dialog, desk, FOREIGN)
    page = dialog.columns
    assert dialog.stack.currentWidget() is page
    assert page.missing.text() == "Say which column holds the venue."
    assert [combo.currentData() for combo in page.meanings] == ["time", "type", "symbol", "quantity", "price"]
    assert page.shape.decimal_mark.currentData() == ","
    assert page.shape.date_order.currentData() == "dmy"
    page.venue.setText("Gate")
    desk.preview = previewed(FOREIGN, desk, page.choices)
    dialog.ok.click()
    assert dialog.stack.currentWidget() is dialog.page
    assert column(dialog, 4) == ["1,000.5"]
    assert "left out, not leveraged tokens: BTC/USDT (1)" in dialog.page.skipped.text()
    assert "check the order of the dates" in dialog.page.notices.text()


def test_a_change_of_how_it_is_written_reads_it_again_at_once(dialog: ImportDialog, desk: FakeDesk) -> None:
    read(dialog, desk, FOREIGN)
    combo = dialog.columns.shape.date_order
    combo.setCurrentIndex(combo.findData("mdy"))
    combo.activated.emit(combo.currentIndex())
    assert isinstance(desk.choices, IntakeChoices)
    assert desk.choices.date_order == "mdy"
    assert desk.choices.mapping is None
    assert dialog.stack.currentWidget() is dialog.columns


def test_a_mapping_is_kept_handed_on_and_loaded(dialog: ImportDialog, desk: FakeDesk, tmp_path: Path) -> None:
    read(dialog, desk, FOREIGN)
    page = dialog.columns
    page.venue.setText("gate")
    page.title.setText("My bank")
    page.save.click()
    (kept,) = stored_mappings(desk.settings.import_mappings)
    assert (kept.title, kept.venue, kept.header_of(Field.PRICE)) == ("My bank", "gate", "Kurs")
    path = tmp_path / "m.json"
    path.write_bytes(mapping_file(replace(kept, venue="mexc")))
    dialog.keeper.load(path)
    assert isinstance(desk.choices, IntakeChoices)
    assert desk.choices.mapping is not None
    assert desk.choices.mapping.venue == "mexc"
    path.write_bytes(b"{}")
    dialog.keeper.load(path)
    assert "is not a mapping" in dialog.failure.text()


def test_a_word_nobody_knows_is_given_a_meaning(dialog: ImportDialog, desk: FakeDesk) -> None:
    text = "Date,Side,Exchange,Pair,Amount,Price\n2026-11-01,Zukauf,gate,LTC3L,12,2.5\n"
    read(dialog, desk, text)
    dialog.page.change.click()
    ((word, combo),) = dialog.columns.words
    assert word == "Zukauf"
    combo.setCurrentIndex(combo.findData("buy"))
    desk.preview = previewed(text, desk, dialog.columns.choices)
    dialog.ok.click()
    assert dialog.ok.text() == "Import 1 transaction"


def test_pasted_rows_are_read(dialog: ImportDialog, desk: FakeDesk) -> None:
    desk.preview = previewed(GOOD, desk)
    QGuiApplication.clipboard().setText(GOOD)
    dialog.paste.click()
    assert desk.calls[0] == ("preview_import", (GOOD.encode(), 1))
    assert dialog.file.text() == "Pasted rows"


def test_reading_shows_how_far_it_is_and_can_be_stopped(dialog: ImportDialog, desk: FakeDesk) -> None:
    def wait(source: object, portfolio_id: int, choices: object = None) -> None:
        desk.signals.jobs_changed.emit((JobView(id=7, title="Reading trades.csv", done_ratio=0.25, started_ms=0),))

    desk.preview_import = wait  # type: ignore[method-assign]
    dialog.read(FILE)
    assert dialog.start.progress.isVisible()
    assert dialog.start.progress.value() == 250
    dialog.start.stop.click()
    assert ("cancel_job", (7,)) in desk.calls
    assert dialog.start.words.text() == "Reading was stopped"
    assert not dialog.start.progress.isVisible()


def test_new_tokens_read_from_their_names_are_pointed_out(dialog: ImportDialog, desk: FakeDesk) -> None:
    read(dialog, desk, HEADER + "2026-11-01T10:00:00Z,buy,gate,AVAX3S,1,2,,,\n")
    assert dialog.page.tokens.text() == "New to your books: AVAX3S (Gate · 3× short AVAX, read from its name)."


def test_a_long_file_shows_its_first_rows_and_says_so(dialog: ImportDialog, desk: FakeDesk) -> None:
    body = "".join(f"2026-11-01T10:{n // 60:02d}:{n % 60:02d}Z,buy,gate,LTC3L,1,{n + 1},,,\n" for n in range(1000))
    read(dialog, desk, HEADER + body)
    assert dialog.page.rows.cells.rowCount() == SHOWN_ROWS
    assert dialog.page.shown.text() == "The first 200 of 1,000 rows"
    assert dialog.ok.text() == "Import 1,000 transactions"


def test_an_unreadable_file_is_explained(dialog: ImportDialog, desk: FakeDesk) -> None:
    dialog.read(FILE)  # the fake desk refuses when it has no preview
    assert dialog.start.words.text() == "This file was not imported"
    assert "Mend the rows and try again." in dialog.start.hint.text()
    assert not dialog.ok.isEnabled()


def test_a_refusal_with_lines_lists_them(dialog: ImportDialog, desk: FakeDesk) -> None:
    wrong = Problem(severity=Severity.ERROR, code="column_missing", message="The column “price” is missing.", line=1)

    def refuse(source: object, portfolio_id: int, choices: object = None) -> None:
        desk.fail(ImportRejected("trades.csv was refused.", problems=(wrong,), hint="Add it."))

    desk.preview_import = refuse  # type: ignore[method-assign]
    dialog.read(FILE)
    assert problems(dialog) == [("1", "The column “price” is missing.")]
    assert not dialog.page.rows.isVisible()


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
    qtmodeltester.check(dialog.page.rows.cells)  # type: ignore[no-untyped-call]
    qtmodeltester.check(dialog.page.problems.cells)  # type: ignore[no-untyped-call]


# -- a long import -----------------------------------------------------------------------------------------------------


@pytest.fixture
def importing(dialog: ImportDialog, desk: FakeDesk, monkeypatch: pytest.MonkeyPatch) -> ImportDialog:
    monkeypatch.setattr("levdesk.ui.dialogs.import_dialog.MANY_ROWS", 1)
    monkeypatch.setattr(desk, "accept_import", lambda preview, *, allow_duplicates: None)  # answered later
    read(dialog, desk, "\n".join(GOOD.splitlines()[:4]))
    assert dialog.ok.isEnabled()
    dialog.ok.click()
    desk.report_jobs(JobView(id=7, title="Importing trades.csv", done_ratio=0.4, started_ms=NOW_MS))
    return dialog


def test_a_long_import_shows_how_far_it_is(importing: ImportDialog) -> None:
    assert importing.start.words.text() == "Importing 3 transactions…"
    assert importing.start.progress.isVisible()
    assert importing.start.progress.value() == 400
    assert not importing.ok.isEnabled()


def test_a_stopped_import_comes_back_to_its_rows(importing: ImportDialog, desk: FakeDesk) -> None:
    importing.start.stop.click()
    assert desk.calls[-1] == ("cancel_job", (7,))
    assert importing.start.words.text() == "Importing 3 transactions…"  # it may be written already
    desk.fail(UserError("The import was stopped; nothing was written."))
    assert importing.page.isVisible()
    assert importing.failure.text() == "The import was stopped; nothing was written."
    assert importing.ok.isEnabled()


def test_closing_the_wizard_stops_a_long_import(importing: ImportDialog, desk: FakeDesk) -> None:
    importing.reject()
    assert desk.calls[-1] == ("cancel_job", (7,))
    assert not importing.isVisible()
