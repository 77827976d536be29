from __future__ import annotations

import csv
from dataclasses import replace
from decimal import Decimal

import pytest
from PySide6.QtCore import QLocale, QPersistentModelIndex
from PySide6.QtGui import QGuiApplication
from pytestqt.modeltest import ModelTester

from levdesk.domain.instruments import TokenKey
from levdesk.services.explained import ExplainedHolding
from levdesk.services.explained_split import TERM_TITLES, AttributionView, Term
from levdesk.services.settings import Settings
from levdesk.ui.explain.lots_model import LotColumn, LotRow, LotsModel, lot_rows
from levdesk.ui.explain.lots_section import LotsSection
from levdesk.ui.explain.lots_words import lots_summary, lots_table
from levdesk.ui.explain.why_page import WhyPage
from levdesk.ui.format import DOTS, Figures
from levdesk.ui.main_window import MainWindow
from levdesk.ui.models.columns import KEY_ROLE
from tests.ui.fake_desk import FakeDesk

BTC3L, SOL3L = TokenKey("gate", "BTC3L"), TokenKey("gate", "SOL3L")
FIGURES = Figures(QLocale("en_US"))


def told(desk: FakeDesk, key: TokenKey = BTC3L) -> ExplainedHolding:
    portfolio = desk.explained
    assert portfolio is not None
    return next(each for each in portfolio.holdings if each.key == key)


def split_of(holding: ExplainedHolding) -> AttributionView:
    assert holding.attribution is not None
    return holding.attribution


@pytest.fixture
def rows(desk: FakeDesk) -> tuple[LotRow, ...]:
    holding = told(desk)
    return lot_rows(split_of(holding), holding.lots, TERM_TITLES)


@pytest.fixture
def model(qapp: object, rows: tuple[LotRow, ...]) -> LotsModel:
    made = LotsModel(FIGURES)
    made.show_rows(rows, FIGURES)
    return made


def plain(text: object) -> str:
    return str(text).replace("\u00a0", " ")


def test_it_is_a_sound_model(
    qtmodeltester: ModelTester, model: LotsModel, rows: tuple[LotRow, ...], desk: FakeDesk
) -> None:
    qtmodeltester.check(model)  # type: ignore[no-untyped-call]
    model.show_rows(rows[:1], FIGURES)
    qtmodeltester.check(model)  # type: ignore[no-untyped-call]
    model.show_rows((), FIGURES)
    assert model.rowCount() == 0


def test_the_parts_of_all_lots_add_up_to_the_holding(rows: tuple[LotRow, ...], desk: FakeDesk) -> None:
    view = split_of(told(desk))
    assert len(rows) == 2
    assert sum((row.total for row in rows), Decimal(0)) == view.total
    for number, part in enumerate(view.terms):
        assert sum((row.parts[number][1] for row in rows), Decimal(0)) == part.money


def test_what_no_lot_carries_has_a_row_of_its_own(desk: FakeDesk) -> None:
    holding = told(desk)
    rows = lot_rows(split_of(holding), holding.lots[:1], TERM_TITLES)
    assert rows[-1].lot is None
    assert sum((row.total for row in rows), Decimal(0)) == split_of(holding).total
    model = LotsModel(FIGURES)
    model.show_rows(rows, FIGURES)
    assert "In no lot" in plain(model.index(1, 0).data())
    assert model.index(1, LotColumn.SHARE).data() == "—"


def test_a_lot_tells_when_how_many_and_what_became_of_it(model: LotsModel) -> None:
    first = [plain(model.index(0, column).data()) for column in LotColumn]
    assert first[0] == "30 Oct 2026 → now 600 units"
    assert first[1].startswith("−")
    parts = [plain(model.index(row, 0, model.index(0, 0)).data()) for row in range(9)]
    assert parts == [TERM_TITLES[term] for term in Term]


def test_lots_stay_as_they_are_while_figures_move(model: LotsModel, rows: tuple[LotRow, ...]) -> None:
    chosen = QPersistentModelIndex(model.index(3, 0, model.index(1, 0)))
    model.show_rows((replace(rows[0], total=rows[0].total + 1), rows[1]), FIGURES)
    assert chosen.isValid()
    model.show_rows((rows[0],), FIGURES)
    assert not chosen.isValid()


def test_the_summary_names_best_and_worst(rows: tuple[LotRow, ...]) -> None:
    words = plain(lots_summary(rows, FIGURES))
    assert words.startswith("2 lots; best the one of ")
    assert "worst the one of" in words
    assert lots_summary(rows[:1], FIGURES) == "1 lot."
    assert lots_summary((), FIGURES) == ""


def test_the_table_for_a_sheet_has_every_part_with_all_digits(rows: tuple[LotRow, ...]) -> None:
    header, *body = lots_table(rows, FIGURES)
    assert header[:5] == ["acquired", "ended", "units", "leveraged_move", "leveraged_move_ratio"]
    assert header[-2:] == ["total", "total_ratio"]
    for line, row in zip(body, rows, strict=True):
        money = [Decimal(line[header.index(term.value)]) for term in Term]
        assert sum(money, Decimal(0)) == row.total == Decimal(line[-2])
    hidden = lots_table(rows, Figures(hide_amounts=True))
    assert hidden[1][2] == hidden[1][3] == hidden[1][-2] == DOTS


# -- the page ----------------------------------------------------------------------------------------------------------


def toggle_text(section: LotsSection) -> str:
    return section.toggle.text()


def why(window: MainWindow, key: TokenKey) -> WhyPage:
    window.panel.select(key)
    window.inspector.open_page("Why")
    page = window.inspector.book.page("Why")
    assert isinstance(page, WhyPage)
    return page


def test_lots_open_when_asked_for_and_stay_so(window: MainWindow, desk: FakeDesk) -> None:
    page = why(window, BTC3L)
    section = page.lots
    assert section.isVisible()
    assert toggle_text(section) == "Show 2 lots"
    section.toggle.click()
    table = section.table
    assert table is not None
    assert toggle_text(section) == "Hide the lots"
    low = table.height()
    table._toggle(table.lots.index(0, 0))
    assert table.isExpanded(table.lots.index(0, 0))
    assert table.height() > low
    desk.request_explained(BTC3L, 1)
    assert table.isExpanded(table.lots.index(0, 0))
    table._toggle(table.lots.index(0, 0))
    assert table.height() == low
    section.toggle.click()
    assert toggle_text(section) == "Show 2 lots"


def test_one_lot_is_the_whole_holding_and_says_nothing_new(window: MainWindow) -> None:
    assert not why(window, SOL3L).lots.isVisible()


def test_lots_are_copied_with_all_their_parts(window: MainWindow, desk: FakeDesk) -> None:
    section = why(window, BTC3L).lots
    section.copy_button.click()
    lines = QGuiApplication.clipboard().text().splitlines()
    assert len(lines) == 3
    assert lines[0].split("\t")[0] == "acquired"
    section.toggle.click()
    assert section.table is not None
    section.table.copy_as_csv()
    read = list(csv.reader(QGuiApplication.clipboard().text().splitlines()))
    assert read[0][-1] == "total_ratio"
    assert all(len(line) == len(read[0]) for line in read)


def test_hidden_amounts_are_hidden_in_the_lots_too(window: MainWindow, desk: FakeDesk) -> None:
    section = why(window, BTC3L).lots
    section.toggle.click()
    desk.change_settings(Settings()._replace(hide_amounts=True))
    assert section.table is not None
    model = section.table.lots
    assert model.index(0, LotColumn.MONEY).data() == DOTS
    assert model.index(0, 0).data(KEY_ROLE) == 0
    assert DOTS in str(model.index(0, 0).data())
