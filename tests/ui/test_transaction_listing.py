"""A holding with very many rows: listed beside the window, leafed through, found by words, the newest order only."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from PySide6.QtCore import QPersistentModelIndex, Qt
from PySide6.QtTest import QTest
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from levdesk.domain.instruments import TokenKey
from levdesk.domain.transactions import CostMethod, Transaction, TransactionDraft, TransactionType
from levdesk.services.holding_rows import HoldingRows
from levdesk.ui.format import Figures
from levdesk.ui.models import transactions_model
from levdesk.ui.models.columns import KEY_ROLE
from levdesk.ui.models.transaction_cells import TransactionColumn, TransactionPen, transaction_cells
from levdesk.ui.models.transaction_search import row_matcher
from levdesk.ui.models.transactions_model import Listing, TransactionsModel
from levdesk.ui.views import transactions_page
from levdesk.ui.views.transactions_page import TransactionsPage
from tests.ui.fake_books import NOW_MS
from tests.ui.fake_desk import FakeDesk

C = TransactionColumn
BTC3L, ETH3L = TokenKey("gate", "BTC3L"), TokenKey("gate", "ETH3L")
PEN = TransactionPen(Figures(), "USDT", {1: "Main", 2: "Savings"})


def rows(count: int, *, every_ms: int = 60_000) -> tuple[Transaction, ...]:
    kinds = (TransactionType.BUY, TransactionType.BUY, TransactionType.SELL)
    return tuple(
        Transaction(
            id=number + 1,
            portfolio_id=1,
            draft=TransactionDraft(
                time_ms=NOW_MS - (count - number) * every_ms,
                type=kinds[number % 3],
                key=BTC3L,
                quantity=Decimal(1 + number % 7),
                price=Decimal(1),
                note="First try" if number % 10 == 0 else "",
            ),
        )
        for number in range(count)
    )


def listing(count: int) -> Listing:
    held = HoldingRows(rows(count), {1: CostMethod.FIFO})
    return Listing(held, range(count))


def shown(model: TransactionsModel) -> list[int]:
    return [model.transaction(row).id for row in range(model.rowCount())]


# -- the window of the model -------------------------------------------------------------------------------------------


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transactions_model, "WINDOW", 20)
    monkeypatch.setattr(transactions_page, "WINDOW", 20)
    monkeypatch.setattr(transactions_page, "MANY_ROWS", 2)


@pytest.mark.usefixtures("narrow")
def test_a_listing_is_leafed_through_and_rows_keep_their_indexes(qtmodeltester: ModelTester) -> None:
    model = TransactionsModel()
    model.show_listing(listing(100), PEN)
    qtmodeltester.check(model)  # type: ignore[no-untyped-call]
    assert (model.total_count, model.matching_count, shown(model)) == (100, 100, list(range(1, 21)))
    kept = QPersistentModelIndex(model.index(15, 0))
    assert model.look_from(10) == 10
    assert (shown(model), kept.row(), kept.data(KEY_ROLE)) == (list(range(11, 31)), 5, 16)
    assert model.look_from(4) == -6
    assert (shown(model), kept.row()) == (list(range(5, 25)), 11)
    assert model.look_from(1_000) == 76
    assert (shown(model), model.first) == (list(range(81, 101)), 80)
    assert model.look_from(-5) == -80
    assert model.look_from(0) == 0
    assert shown(model) == list(range(1, 21))


# -- the page ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def page(qtbot: QtBot, desk: FakeDesk, narrow: None) -> TransactionsPage:
    made = TransactionsPage(desk)
    qtbot.addWidget(made)
    made.resize(900, 400)
    made.show()
    made.show_holding(BTC3L, 1)
    return made


def ids(page: TransactionsPage) -> list[int]:
    return shown(page.table.rows)


def test_a_listing_shows_what_the_small_table_shows(page: TransactionsPage, desk: FakeDesk) -> None:
    in_order = [row.id for row in desk.transactions(BTC3L, 1)]
    assert ids(page) == in_order[::-1]
    page.filter.setText("buy")
    assert len(ids(page)) == 2
    assert page.footer.text().startswith("2 of 3 transactions")
    page.filter.setText("")
    page.table.sortByColumn(C.UNITS, Qt.SortOrder.AscendingOrder)
    assert [page.table.rows.index(row, C.UNITS).data() for row in range(3)] == ["160", "600", "800"]


def test_an_edit_is_listed_again_and_the_current_row_stays(page: TransactionsPage, desk: FakeDesk) -> None:
    oldest = desk.transactions(BTC3L, 1)[0]
    page.table.choose(oldest.id)
    desk.remove([desk.transactions(BTC3L, 1)[2].id])
    assert len(ids(page)) == 2
    assert page.table.chosen_ids() == (oldest.id,)


@pytest.mark.usefixtures("narrow")
def test_typing_ahead_stops_the_listing_before(qtbot: QtBot) -> None:
    desk = FakeDesk(hold=True)
    page = TransactionsPage(desk)
    qtbot.addWidget(page)
    page.show_holding(BTC3L, 1)
    assert page.table.empty_text[0] == "Listing 3 transactions…"
    for text in ("s", "se", "sell"):
        page.filter.setText(text)
    began, stopped = (sum(call[0] == name for call in desk.calls) for name in ("beside", "cancel_job"))
    assert began - stopped == 1
    desk.release()  # all of them answer, as work that ends in the very moment it is stopped does
    assert len(ids(page)) == 1
    assert page.footer.text().startswith("1 of 3 transactions · Deleting")


def test_another_holding_is_not_shown_the_rows_of_the_last(page: TransactionsPage, desk: FakeDesk) -> None:
    desk._hold = True
    page.show_holding(BTC3L, None)
    page.show_holding(ETH3L, 1)  # few rows: at once
    desk.release()
    assert {page.table.rows.transaction(row).draft.key for row in range(page.table.rows.rowCount())} == {ETH3L}


def test_the_table_leafs_at_its_ends(page: TransactionsPage, qtbot: QtBot) -> None:
    table = page.table
    table.rows.show_listing(listing(100), PEN)
    bar = table.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 0)
    top = table.indexAt(table.viewport().rect().topLeft())
    bar.setValue(bar.maximum())
    seen = table.indexAt(table.viewport().rect().topLeft()).data(KEY_ROLE)
    assert table.rows.first == 10
    assert seen != top.data(KEY_ROLE)
    QTest.keyClick(table, Qt.Key.Key_End)
    assert table.currentIndex().data(KEY_ROLE) == 100
    QTest.keyClick(table, Qt.Key.Key_Home)
    assert table.currentIndex().data(KEY_ROLE) == 1


# -- words -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", ["buy", "B", "first", "nov", "2026", "12:0", ":", "main", "sell nov", "zzz", "1"])
def test_words_are_found_where_the_table_shows_them(words: str) -> None:
    many = rows(400, every_ms=7 * 61_000)
    held = HoldingRows(many, {})
    columns = (C.TYPE, C.TIME, C.NOTE, C.PORTFOLIO)

    def text(place: int) -> str:
        cells = transaction_cells(held.effect(place), PEN)
        return " ".join(cells[column].text for column in columns).casefold()

    keep: Callable[[Transaction], bool] = row_matcher(words.casefold().split(), PEN.portfolios)
    wanted = [place for place in range(len(held)) if all(word in text(place) for word in words.casefold().split())]
    assert list(held.matching(keep)) == wanted
