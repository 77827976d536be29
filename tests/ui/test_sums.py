from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from PySide6.QtCore import QLocale, QModelIndex, QPoint, Qt
from pytestqt.qtbot import QtBot

from levdesk.domain.instruments import TokenKey
from levdesk.ui.explain.sum_lines import about_words, exposure_lines, part_result_lines, partly_words
from levdesk.ui.explain.sum_told import WHOLE, SumOf, SumTold, sum_told
from levdesk.ui.format import DOTS, Figures
from levdesk.ui.inspector import PAGES
from levdesk.ui.main_window import MainWindow
from tests.ui.conftest import WindowMaker
from tests.ui.fake_books import NOW_MS
from tests.ui.fake_desk import DeskState, FakeDesk

BTC3L = TokenKey("gate", "BTC3L")
FIGURES = Figures(QLocale("en_US"))


def told(desk: FakeDesk, of: SumOf) -> SumTold:
    return sum_told(of, desk.view, desk.explained, FIGURES, NOW_MS)


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


def money(text: str) -> Decimal:
    return Decimal(text.replace("−", "-").replace(",", "").replace("+", ""))


# -- what is told ------------------------------------------------------------------------------------------------------


def test_an_underlying_is_looked_through(desk: FakeDesk) -> None:
    found = told(desk, SumOf("underlying", "BTC"))
    lines = exposure_lines(found)
    assert [line.name for line in lines] == ["BTC3L", "BTC5L", "BTC2L", "Net exposure to BTC"]
    rounding = Decimal("0.02")  # three figures to the cent
    assert abs(sum(money(line.figure) for line in lines[:-1]) - money(lines[-1].figure)) <= rounding
    assert plain(about_words(found)).startswith("3 tokens · net exposure ")
    assert lines[-1].is_total


def test_the_parts_add_up_to_the_result_of_the_whole(desk: FakeDesk) -> None:
    for of in (SumOf("underlying", "BTC"), SumOf("venue", "gate"), WHOLE):
        found = told(desk, of)
        assert found.split is not None
        lines = part_result_lines(found)
        assert lines[-1].name == "Together"
        assert sum(money(line.figure) for line in lines[:-1]) == money(lines[-1].figure)
        assert money(lines[0].figure) == min(money(line.figure) for line in lines[:-1])


def test_the_portfolio_is_told_by_underlying(desk: FakeDesk) -> None:
    found = told(desk, WHOLE)
    assert {line.name for line in part_result_lines(found)[:-1]} == {"ADA", "BTC", "DOGE", "ETH", "LINK", "SOL"}
    assert [line.name for line in exposure_lines(found)] == ["BTC", "DOGE", "ETH", "LINK", "SOL", "Net exposure"]


def test_what_is_missing_is_said(desk: FakeDesk) -> None:
    found = replace(told(desk, SumOf("underlying", "BTC")), explained=2)
    assert partly_words(found) == "Not complete: 2 of 3 holdings could be explained. Choose the others to see why."
    assert partly_words(told(desk, WHOLE)) == ""


def test_nothing_of_that_name_any_more(desk: FakeDesk) -> None:
    found = told(desk, SumOf("underlying", "GONE"))
    assert about_words(found) == "nothing held"
    assert exposure_lines(found) == ()
    assert found.split is None


def test_unknown_figures_stay_unknown() -> None:
    desk = FakeDesk(state=DeskState.PARTIAL)
    found = sum_told(SumOf("underlying", "SOL"), desk.view, None, FIGURES, NOW_MS)
    line, total = exposure_lines(found)
    assert (line.figure, line.tooltip) == ("—", "Its price is not known.")
    assert (total.figure, total.name) == ("—", "Net exposure to SOL, incomplete")


# -- the inspector -----------------------------------------------------------------------------------------------------


def shows_sum(window: MainWindow) -> bool:
    return window.inspector.shows_sum


def heading_of(window: MainWindow, name: str) -> QModelIndex:
    order = window.panel.table.order
    tops = (order.index(row, 0) for row in range(order.rowCount()))
    return next(index for index in tops if window.panel.table._group_name(index) == name)


def test_a_heading_shows_its_holdings_together_and_a_token_comes_back(window: MainWindow) -> None:
    inspector = window.inspector
    window.panel.select(BTC3L)
    inspector.open_page("Costs")
    window.panel.table.setCurrentIndex(heading_of(window, "BTC"))
    assert shows_sum(window)
    assert inspector.header.symbol.text() == "BTC"
    assert inspector.pages.currentWidget() is inspector.sums.page
    enabled = [name for index, name in enumerate(PAGES) if inspector.tabs.isTabEnabled(index)]
    assert enabled == ["Why"]
    assert inspector.tabs.currentIndex() == PAGES.index("Why")
    window.panel.select(BTC3L)
    assert not shows_sum(window)
    assert inspector.header.symbol.text() == "BTC3L"
    assert inspector.tabs.currentIndex() == PAGES.index("Costs")
    assert all(inspector.tabs.isTabEnabled(index) for index in range(len(PAGES)))
    assert inspector.pages.currentWidget() is inspector.book.page("Costs")


def test_a_venue_s_heading_shows_the_venue(window: MainWindow, desk: FakeDesk) -> None:
    desk.change_settings(desk.settings._replace(group_by="venue"))
    window.panel.table.setCurrentIndex(heading_of(window, "mexc"))
    assert window.inspector.header.symbol.text() == "MEXC"
    assert [line.name for line in window.inspector.sums.page.parts.lines] == ["DOGE3S · MEXC", "Together"]


def test_a_click_on_the_totals_shows_the_whole_and_a_click_on_the_same_token_leads_back(
    window: MainWindow, qtbot: QtBot
) -> None:
    window.panel.select(BTC3L)
    qtbot.mouseClick(window.strip, Qt.MouseButton.LeftButton, pos=QPoint(30, 20))  # type: ignore[no-untyped-call]
    assert window.inspector.header.symbol.text() == "All holdings"
    page = window.inspector.sums.page
    assert page.sentence.plain.startswith("Your holdings are ")
    assert page.results.isVisible()
    table = window.panel.table
    row = table.visualRect(table.order.index_of(BTC3L)).center()
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=row)  # type: ignore[no-untyped-call]
    assert window.inspector.header.symbol.text() == "BTC3L"


def test_the_keys_of_the_pages_lead_back_to_the_token(window: MainWindow) -> None:
    window.panel.select(BTC3L)
    window.actions_["open_sum"].trigger()
    assert shows_sum(window)
    window.actions_["open_why"].trigger()
    assert not shows_sum(window)
    assert window.inspector.pages.currentWidget() is window.inspector.book.page("Why")


def test_the_page_follows_the_desk_and_hides_amounts(window: MainWindow, desk: FakeDesk) -> None:
    window.actions_["open_sum"].trigger()
    page = window.inspector.sums.page
    before = page.exposure.lines
    desk.tick("BTC3L", Decimal("2.9"))
    assert page.exposure.lines != before
    desk.change_settings(desk.settings._replace(hide_amounts=True))
    assert page.exposure.lines[-1].figure == DOTS
    assert "USDT" not in page.sentence.plain or DOTS in page.sentence.plain


def test_while_nothing_is_worked_out_it_says_so(open_window: WindowMaker) -> None:
    desk = FakeDesk(state=DeskState.STALE)
    window = open_window(desk)
    window.actions_["open_sum"].trigger()
    page = window.inspector.sums.page
    assert page.waiting.isVisible()
    assert not page.terms.isVisible()
    assert page.exposure.isVisible()
    desk.explain()
    assert not page.waiting.isVisible()
    assert page.terms.isVisible()
