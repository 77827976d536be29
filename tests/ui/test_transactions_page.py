from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal

import pytest
from PySide6.QtCore import QItemSelectionModel, QPersistentModelIndex, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from levdesk.domain.instruments import TokenKey
from levdesk.domain.transactions import Transaction, TransactionDraft, TransactionType
from levdesk.services.trial import effects
from levdesk.ui.dialogs.transaction_dialog import TransactionDialog
from levdesk.ui.format import DOTS, MINUS, UNKNOWN, Figures
from levdesk.ui.models.columns import CELL_ROLE, EXPORT_ROLE, KEY_ROLE
from levdesk.ui.models.transaction_cells import TransactionColumn, TransactionPen
from levdesk.ui.models.transactions_model import TransactionsModel
from levdesk.ui.views.transactions_page import TransactionsPage
from tests.ui.fake_books import NOW_MS
from tests.ui.fake_desk import FakeDesk

C = TransactionColumn
BTC3L, ETH5S, ADA3L, SOL3L = (TokenKey("gate", symbol) for symbol in ("BTC3L", "ETH5S", "ADA3L", "SOL3L"))


@pytest.fixture
def page(qtbot: QtBot, desk: FakeDesk) -> TransactionsPage:
    made = TransactionsPage(desk)
    qtbot.addWidget(made)
    made.resize(900, 400)
    made.show()
    made.show_holding(BTC3L, 1)
    return made


def texts(page: TransactionsPage, column: TransactionColumn) -> list[str]:
    model = page.table.rows
    return [str(model.index(row, column).data()) for row in range(model.rowCount())]


def ids(page: TransactionsPage) -> list[int]:
    return [page.table.rows.transaction(row).id for row in range(page.table.rows.rowCount())]


def choose(page: TransactionsPage, *rows: int) -> None:
    flag = QItemSelectionModel.SelectionFlag
    model = page.table.selectionModel()
    model.clearSelection()
    for row in rows:
        model.select(page.table.rows.index(row, 0), flag.Select | flag.Rows)


# -- what is shown -----------------------------------------------------------------------------------------------------


def test_rows_come_newest_first_with_what_they_moved_and_left(page: TransactionsPage) -> None:
    assert texts(page, C.TYPE) == ["Sell", "Buy", "Buy"]
    assert texts(page, C.UNITS) == ["160", "600", "800"]
    assert texts(page, C.PRICE) == ["2.6105", "2.7390", "2.8510"]
    assert texts(page, C.AMOUNT) == ["417.26", "1,645.04", "2,283.08"]
    assert texts(page, C.HELD) == ["1,240", "1,400", "800"]
    assert texts(page, C.FEE) == ["0.42 USDT", "1.64 USDT", "2.28 USDT"]
    assert texts(page, C.RESULT) == [f"{MINUS}39.36", "", ""]
    assert texts(page, C.NOTE) == ["Took a little off", "", "First try"]


def test_a_merge_a_settlement_and_a_fee_in_the_token_read_as_such(page: TransactionsPage) -> None:
    page.show_holding(ETH5S, 1)
    assert texts(page, C.UNITS)[1] == "100 : 1"
    assert texts(page, C.PRICE)[1] == UNKNOWN
    assert texts(page, C.HELD) == ["61,000", "62,000", "6,200,000"]
    page.show_holding(ADA3L, 1)
    assert texts(page, C.UNITS) == ["all", "5,000"]
    page.show_holding(SOL3L, 1)
    assert texts(page, C.FEE) == ["1 SOL3L"]


def test_all_portfolios_together_show_every_row_and_whose_it_is(page: TransactionsPage) -> None:
    page.show_holding(BTC3L, None)
    assert len(ids(page)) == 4
    assert texts(page, C.HELD)[0] == "1,340"
    assert set(texts(page, C.PORTFOLIO)) == {"Main", "Savings"}


def test_hidden_amounts_are_dots_here_too(page: TransactionsPage, desk: FakeDesk) -> None:
    desk.change_settings(desk.settings._replace(hide_amounts=True))
    assert set(texts(page, C.UNITS)) == {DOTS}
    assert set(texts(page, C.AMOUNT)) == {DOTS}
    assert {page.table.rows.index(0, column).data(EXPORT_ROLE) for column in (C.UNITS, C.AMOUNT, C.HELD)} == {DOTS}
    assert "417" not in str(page.table.rows.index(0, C.AMOUNT).data(Qt.ItemDataRole.ToolTipRole))


def test_a_row_that_cannot_have_happened_is_marked() -> None:
    draft = TransactionDraft(
        time_ms=NOW_MS, type=TransactionType.SELL, key=BTC3L, quantity=Decimal(5), price=Decimal(1)
    )
    model = TransactionsModel()
    found = effects([Transaction(id=1, portfolio_id=1, draft=draft)], {})
    model.set_effects(found, TransactionPen(Figures(), "USDT", {}))
    assert model.index(0, 0).data(CELL_ROLE).mark == "!"
    assert "none held" in model.index(0, 0).data(Qt.ItemDataRole.ToolTipRole)


def test_the_footer_counts_and_reminds_of_undo(page: TransactionsPage) -> None:
    assert page.footer.text() == "3 transactions · Deleting can be undone with Ctrl+Z"
    page.filter.setText("first")
    assert page.footer.text() == "1 of 3 transactions · Deleting can be undone with Ctrl+Z"


@pytest.mark.parametrize(
    ("key", "filtered", "words"),
    [
        (None, "", "No token chosen"),
        (TokenKey("gate", "LTC3L"), "", "No transactions of LTC3L"),
        (BTC3L, "zzz", "No transaction matches “zzz”"),
    ],
)
def test_empty_says_why_and_what_to_do(page: TransactionsPage, key: TokenKey | None, filtered: str, words: str) -> None:
    page.show_holding(key, 1)
    page.filter.setText(filtered)
    assert page.table.empty_text[0] == words
    assert page.table.empty_text[1]
    page.grab()


# -- the model ---------------------------------------------------------------------------------------------------------


def test_it_is_a_sound_model_through_every_change(
    qtmodeltester: ModelTester, page: TransactionsPage, desk: FakeDesk
) -> None:
    model = page.table.rows
    qtmodeltester.check(model)  # type: ignore[no-untyped-call]
    rows = desk.transactions(BTC3L, 1)
    desk.amend(rows[0].id, replace(rows[0].draft, time_ms=NOW_MS - 1000))
    desk.remove([rows[1].id])
    desk.undo()
    page.show_holding(BTC3L, None)
    model.sort(C.AMOUNT, Qt.SortOrder.AscendingOrder)
    page.filter.setText("buy")
    page.show_holding(ETH5S, 1)
    page.show_holding(None, 1)


def test_rows_that_stay_keep_their_place_in_the_selection(page: TransactionsPage, desk: FakeDesk) -> None:
    rows = desk.transactions(BTC3L, 1)
    kept = QPersistentModelIndex(page.table.rows.index(page.table.rows.row_of(rows[0].id), C.UNITS))
    page.table.choose(rows[0].id)
    desk.amend(rows[0].id, replace(rows[0].draft, time_ms=NOW_MS - 1000))  # from last to first
    assert kept.row() == 0
    assert kept.data(KEY_ROLE) == rows[0].id
    assert page.table.chosen_ids() == (rows[0].id,)


def test_only_rows_that_changed_are_announced(page: TransactionsPage, desk: FakeDesk) -> None:
    changed: list[int] = []
    page.table.rows.dataChanged.connect(lambda first, _last: changed.append(first.data(KEY_ROLE)))
    rows = desk.transactions(BTC3L, 1)
    desk.amend(rows[2].id, replace(rows[2].draft, note="Other words"))
    assert changed == [rows[2].id]


@pytest.mark.parametrize(
    ("column", "rising"),
    [(C.UNITS, ["160", "600", "800"]), (C.PRICE, ["160", "600", "800"]), (C.NOTE, ["600", "800", "160"])],
)
def test_it_sorts_by_any_column_both_ways(page: TransactionsPage, column: TransactionColumn, rising: list[str]) -> None:
    page.table.sortByColumn(column, Qt.SortOrder.AscendingOrder)
    assert texts(page, C.UNITS) == rising
    page.table.sortByColumn(column, Qt.SortOrder.DescendingOrder)
    assert texts(page, C.UNITS) == rising[::-1]


@pytest.mark.parametrize(("words", "left"), [("buy", 2), ("little", 1), ("sell nov", 1), ("main", 3), ("x y", 0)])
def test_it_finds_words_in_type_date_note_and_portfolio(page: TransactionsPage, words: str, left: int) -> None:
    page.filter.setText(words)
    assert len(ids(page)) == left


# -- acting ------------------------------------------------------------------------------------------------------------


def test_several_rows_are_deleted_as_one_act(page: TransactionsPage, desk: FakeDesk) -> None:
    chosen = ids(page)[:2]
    choose(page, 0, 1)
    assert page.remove_button.text() == "Delete 2"
    assert not page.edit_button.isEnabled()
    page.remove_button.click()
    assert desk.calls == [("remove", (frozenset(chosen),))]
    assert len(ids(page)) == 1
    desk.undo()
    assert len(ids(page)) == 3


def test_the_delete_key_deletes_what_is_selected(page: TransactionsPage, desk: FakeDesk, qtbot: QtBot) -> None:
    with qtbot.waitActive(page):
        page.activateWindow()
    page.table.setFocus()
    choose(page)
    QTest.keyClick(page.table, Qt.Key.Key_Delete)
    assert desk.calls == []
    choose(page, 0)
    QTest.keyClick(page.table, Qt.Key.Key_Delete)
    assert desk.calls[0][0] == "remove"


def test_without_a_selection_there_is_nothing_to_edit_or_delete(page: TransactionsPage) -> None:
    choose(page)
    assert not page.edit_button.isEnabled()
    assert not page.remove_button.isEnabled()


def test_enter_edits_the_row_and_add_asks_for_a_new_one(page: TransactionsPage) -> None:
    page.table.choose(ids(page)[0])
    QTest.keyClick(page.table, Qt.Key.Key_Return)
    (dialog,) = page.findChildren(TransactionDialog)
    assert dialog.windowTitle() == "Edit transaction"
    assert dialog.form.quantity.text() == "160"
    dialog.reject()
    page.add_button.click()
    dialog = page.findChildren(TransactionDialog)[-1]
    assert dialog.windowTitle() == "Add transaction"
    assert dialog.form.token.text() == "BTC3L · Gate"
    dialog.reject()


def test_the_menu_offers_what_the_buttons_do(page: TransactionsPage, desk: FakeDesk) -> None:
    choose(page, 0, 1)
    actions = {action.text(): action for action in page.context_menu().actions()}
    assert not actions["Edit…"].isEnabled()
    actions["Delete 2"].trigger()
    assert desk.calls[0][0] == "remove"


def test_copying_gives_what_import_reads(page: TransactionsPage) -> None:
    keeper = page.table.layout_keeper
    for column in C:
        keeper.set_shown(column, column in {C.TIME, C.TYPE, C.UNITS, C.PRICE, C.AMOUNT, C.NOTE})
    choose(page, 2, 0)
    page.table.copy()
    assert QGuiApplication.clipboard().text() == (
        "time\ttype\tquantity\tprice\tamount\tnote\n"
        "2026-11-11T12:03:32Z\tsell\t160\t2.6105\t417.2600\tTook a little off\n"
        "2026-10-11T12:02:58Z\tbuy\t800\t2.8510\t2283.0800\tFirst try\n"
    )


def test_columns_come_back(qtbot: QtBot, page: TransactionsPage, desk: FakeDesk) -> None:
    page.table.layout_keeper.set_shown(C.FEE, False)
    page.table.header().resizeSection(C.TYPE, 111)
    page.table.sortByColumn(C.AMOUNT, Qt.SortOrder.AscendingOrder)
    second = TransactionsPage(desk)
    qtbot.addWidget(second)
    assert second.restore_state(page.save_state())
    assert json.loads(second.save_state()) == json.loads(page.save_state())
    assert not second.restore_state(b"broken")


def test_ten_thousand_rows_are_written_only_as_they_are_seen(qtbot: QtBot, page: TransactionsPage) -> None:
    drafts = [
        TransactionDraft(
            time_ms=NOW_MS + n, type=TransactionType.BUY, key=BTC3L, quantity=Decimal(1), price=Decimal(n + 1)
        )
        for n in range(10_000)
    ]
    rows = [Transaction(id=100 + n, portfolio_id=1, draft=draft) for n, draft in enumerate(drafts)]
    model = page.table.rows
    model.set_effects(effects(rows, {}), TransactionPen(Figures(), "USDT", {}))
    page.grab()
    assert model.rowCount() == 10_000
    assert len(model._cells) < 300
