from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from PySide6.QtCore import QEvent, QLocale, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from levdesk.domain.errors import UserError
from levdesk.domain.instruments import LeveragedToken, Provenance, TokenKey
from levdesk.domain.transactions import TransactionDraft, TransactionType
from levdesk.ui import theme
from levdesk.ui.dialogs.transaction_dialog import TransactionDialog
from levdesk.ui.format import MINUS, NARROW
from levdesk.ui.models.columns import CELL_ROLE
from levdesk.ui.views.cell_delegate import ListDelegate
from tests.ui.books_desk import BooksDesk
from tests.ui.fake_books import DAY_MS, NOW_MS
from tests.ui.fake_desk import DeskState

D = Decimal
T = TransactionType
BTC3L = TokenKey("gate", "BTC3L")


@pytest.fixture
def desk() -> BooksDesk:
    return BooksDesk()


@pytest.fixture
def dialog(qtbot: QtBot, desk: BooksDesk) -> TransactionDialog:
    return opened(qtbot, desk, key=BTC3L)


def opened(qtbot: QtBot, desk: BooksDesk, **begin: object) -> TransactionDialog:
    made = TransactionDialog(desk, **begin)  # type: ignore[arg-type]
    qtbot.addWidget(made)
    with qtbot.waitActive(made):
        made.show()
        made.activateWindow()
    return made


def type_in(edit: QLineEdit, text: str) -> None:
    """As a person does: key by key, in place of what stood there."""
    edit.setFocus()
    edit.selectAll()
    QTest.keyClick(edit, Qt.Key.Key_Delete)
    for sign in text:  # QTest.keyClicks knows ASCII only
        QApplication.sendEvent(edit, QKeyEvent(QEvent.Type.KeyPress, 0, Qt.KeyboardModifier.NoModifier, sign))


def choose(dialog: TransactionDialog, kind: TransactionType) -> None:
    dialog.form.kind.setCurrentIndex(dialog.form.kind.findData(kind))
    dialog.check()


def words(dialog: TransactionDialog, field: str) -> str:
    return dialog.form.rows[field].hint.text()


def is_wrong(dialog: TransactionDialog, field: str) -> bool:
    row = dialog.form.rows[field]
    return bool(row.hint.property("kind") == "critical" and row.hint.text())


def recorded(desk: BooksDesk) -> TransactionDraft:
    name, arguments = desk.calls[-1]
    assert name == "record"
    draft = arguments[0]
    assert isinstance(draft, TransactionDraft)
    return draft


# -- opening -----------------------------------------------------------------------------------------------------------


def test_it_opens_with_the_token_now_and_a_suggested_price(dialog: TransactionDialog) -> None:
    form = dialog.form
    assert form.token.text() == "BTC3L · Gate"
    assert words(dialog, "token") == "Gate · 3× long BTC"
    assert form.time.ms() == NOW_MS
    assert form.price.text() == "2.4614"
    assert words(dialog, "price") == f"Suggested: last trade, 4{NARROW}s ago"
    assert form.quantity.hasFocus()
    assert not dialog.ok.isEnabled()
    assert dialog.outcome.sentence.text() == "Still needed: units."


def test_nothing_is_red_before_anything_was_typed(qtbot: QtBot, desk: BooksDesk) -> None:
    dialog = opened(qtbot, desk)
    assert not any(is_wrong(dialog, field) for field in dialog.form.rows)
    assert dialog.form.token.hasFocus()
    assert dialog.outcome.sentence.text() == "Still needed: token."


def test_the_zone_of_the_time_is_said(dialog: TransactionDialog) -> None:
    assert words(dialog, "time").startswith("Your local time, ")


# -- recording ---------------------------------------------------------------------------------------------------------


def test_a_buy_is_recorded_digit_for_digit(dialog: TransactionDialog, desk: BooksDesk) -> None:
    form = dialog.form
    type_in(form.quantity, "0.000000000000000001")
    type_in(form.price, "2.46140")
    type_in(form.fee, "0.10")
    type_in(form.note, "  first  ")
    QTest.keyClick(form.note, Qt.Key.Key_Return)

    draft = recorded(desk)
    assert (str(draft.quantity), str(draft.price), str(draft.fee)) == ("1E-18", "2.46140", "0.10")
    assert (draft.type, draft.key, draft.time_ms, draft.note) == (T.BUY, BTC3L, NOW_MS, "first")
    assert draft.fee_currency == "USDT"
    assert dialog.result() == dialog.DialogCode.Accepted


def test_a_fee_in_the_token_is_named_by_its_symbol(dialog: TransactionDialog, desk: BooksDesk) -> None:
    type_in(dialog.form.quantity, "10")
    type_in(dialog.form.fee, "1")
    dialog.form.fee_currency.setCurrentText("BTC3L")
    dialog.send()
    draft = recorded(desk)
    assert draft.fee_in_token
    assert desk.units_held(BTC3L, 1, NOW_MS) == 1249


def test_a_merge_asks_only_for_its_ratio(dialog: TransactionDialog, desk: BooksDesk) -> None:
    choose(dialog, T.MERGE)
    assert not dialog.form.price.isVisible()
    assert not dialog.form.fee.isVisible()
    assert dialog.form.rows["quantity"].title == "Ratio"
    type_in(dialog.form.quantity, "100")
    dialog.check()
    assert words(dialog, "quantity") == "1,240 BTC3L become 12.4"
    assert "you hold 12.4 BTC3L" in dialog.outcome.sentence.text()
    dialog.send()
    draft = recorded(desk)
    assert (draft.type, draft.quantity, draft.price, draft.fee) == (T.MERGE, D(100), None, D(0))


def test_a_settlement_takes_all_units_unless_told_otherwise(dialog: TransactionDialog, desk: BooksDesk) -> None:
    choose(dialog, T.SETTLE)
    dialog.form.all_units.setChecked(True)
    dialog.check()
    assert not dialog.form.quantity.isEnabled()
    assert dialog.outcome.sentence.text() == f"After this you hold no BTC3L. It realises {MINUS}419.37{NARROW}USDT."
    dialog.send()
    assert recorded(desk).quantity is None


def test_a_transfer_in_may_leave_its_cost_unknown(dialog: TransactionDialog, desk: BooksDesk) -> None:
    choose(dialog, T.TRANSFER_IN)
    assert dialog.form.price.text() == ""
    type_in(dialog.form.quantity, "5")
    dialog.check()
    assert dialog.outcome.sentence.text() == "After this you hold 1,245 BTC3L, average cost unknown."
    dialog.send()
    assert recorded(desk).price is None


def test_the_portfolio_chosen_is_the_one_recorded_in(dialog: TransactionDialog, desk: BooksDesk) -> None:
    dialog.form.portfolio.setCurrentIndex(1)
    type_in(dialog.form.quantity, "1")
    dialog.send()
    assert desk.calls[-1][1][1] == desk.portfolios[1].id


def test_one_portfolio_is_not_a_question(qtbot: QtBot, desk: BooksDesk) -> None:
    desk.remove_portfolio(2)
    dialog = opened(qtbot, desk, key=BTC3L)
    assert not dialog.form.portfolio.isVisible()


# -- saying what it comes to -------------------------------------------------------------------------------------------


def test_total_and_what_is_held_afterwards_follow_the_typing(dialog: TransactionDialog) -> None:
    type_in(dialog.form.quantity, "100")
    type_in(dialog.form.fee, "0.25")
    dialog.check()
    assert dialog.outcome.name.text() == "You pay"
    assert dialog.outcome.amount.text() == f"246.39{NARROW}USDT"
    assert dialog.outcome.sentence.text() == "After this you hold 1,340 BTC3L, average cost 2.7745 USDT."


def test_a_sale_says_what_it_realises(dialog: TransactionDialog) -> None:
    choose(dialog, T.SELL)
    type_in(dialog.form.quantity, "40")
    dialog.check()
    assert words(dialog, "quantity") == "You hold 1,240 BTC3L at that time"
    assert dialog.outcome.name.text() == "You receive"
    assert "It realises" in dialog.outcome.sentence.text()
    assert dialog.ok.text() == "Add sale"


def test_checks_wait_until_the_typing_rests(qtbot: QtBot, dialog: TransactionDialog) -> None:
    type_in(dialog.form.quantity, "100")
    assert not dialog.ok.isEnabled()
    qtbot.waitUntil(dialog.ok.isEnabled)


# -- problems, each under its field ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "field", "texts", "words_of_problem"),
    [
        (T.BUY, "quantity", {"quantity": "abc"}, "“abc” is not a number."),
        (T.BUY, "quantity", {"quantity": "0"}, "The quantity must be a number above 0."),
        (T.BUY, "quantity", {"quantity": "\u22125"}, "The quantity must be a number above 0."),
        (T.SELL, "quantity", {"quantity": "1240.000000000000000001"}, "only 1240 held"),
        (T.REDEEM, "quantity", {"quantity": "99999"}, "only 1240 held"),
        (T.TRANSFER_OUT, "quantity", {"quantity": "1241"}, "only 1240 held"),
        (T.BUY, "price", {"quantity": "1", "price": "0"}, "The price must be above 0."),
        (T.BUY, "price", {"quantity": "1", "price": ""}, "The price is missing."),
        (T.BUY, "price", {"quantity": "1", "price": "two"}, "“two” is not a number."),
        (T.BUY, "fee", {"quantity": "1", "fee": "-1"}, "The fee must be a number, and not below 0."),
        (T.BUY, "fee", {"quantity": "1", "fee": "1,2,3"}, "not grouped by three"),
    ],
)
def test_every_problem_is_said_under_its_field_and_nothing_can_be_recorded(
    dialog: TransactionDialog,
    desk: BooksDesk,
    kind: TransactionType,
    field: str,
    texts: dict[str, str],
    words_of_problem: str,
) -> None:
    choose(dialog, kind)
    for name, text in texts.items():
        type_in(getattr(dialog.form, name), text)
    dialog.check()

    assert is_wrong(dialog, field)
    assert words_of_problem in words(dialog, field)
    assert words_of_problem in dialog.form.rows[field].editor.accessibleDescription()
    assert not dialog.ok.isEnabled()
    dialog.send()
    assert desk.calls == []


def test_a_mended_field_is_quiet_again(dialog: TransactionDialog) -> None:
    type_in(dialog.form.quantity, "x")
    dialog.check()
    assert is_wrong(dialog, "quantity")
    type_in(dialog.form.quantity, "1")
    dialog.check()
    assert not is_wrong(dialog, "quantity")
    assert dialog.ok.isEnabled()


def test_a_time_in_the_future_is_refused_under_the_time(dialog: TransactionDialog) -> None:
    type_in(dialog.form.quantity, "1")
    dialog.form.time.set_ms(NOW_MS + 3 * DAY_MS)
    dialog.check()
    assert "more than a day in the future" in words(dialog, "time")


def test_a_refusal_by_the_books_stays_in_the_dialog(dialog: TransactionDialog, desk: BooksDesk) -> None:
    def refuse(draft: TransactionDraft, portfolio_id: int) -> None:
        desk.fail(UserError("The disk is full.", hint="Make room and try again."))

    desk.record = refuse  # type: ignore[method-assign]
    type_in(dialog.form.quantity, "1")
    dialog.send()
    assert dialog.isVisible()
    assert dialog.failure.text() == "The disk is full. Make room and try again."
    assert dialog.ok.isEnabled()


def test_what_others_do_meanwhile_does_not_close_it(dialog: TransactionDialog, desk: BooksDesk) -> None:
    type_in(dialog.form.quantity, "1240")
    choose(dialog, T.SELL)
    assert dialog.ok.isEnabled()
    desk.remove([desk.transactions(BTC3L, 1)[1].id])
    assert dialog.isVisible()
    dialog.check()
    assert "only 640 held" in words(dialog, "quantity")


def test_before_the_books_are_read_it_waits_and_says_so(qtbot: QtBot) -> None:
    desk = BooksDesk(state=DeskState.LOADING)
    books = desk._books
    desk._books = replace(books, portfolios=())
    dialog = opened(qtbot, desk, key=BTC3L)
    assert dialog.failure.text() == "Your books are still being read."
    assert not dialog.ok.isEnabled()
    desk._books = books
    desk.signals.books_changed.emit(None)
    type_in(dialog.form.quantity, "1")
    dialog.check()
    assert dialog.ok.isEnabled()


# -- locale ------------------------------------------------------------------------------------------------------------


def test_numbers_are_taken_as_the_locale_writes_them_and_plain(qtbot: QtBot, desk: BooksDesk) -> None:
    dialog = opened(qtbot, desk, key=BTC3L)
    for edit in (dialog.form.quantity, dialog.form.price, dialog.form.fee):
        edit.setLocale(QLocale("de_DE"))
    type_in(dialog.form.quantity, "1.234,5")
    type_in(dialog.form.price, "2.4614")
    type_in(dialog.form.fee, "0,10")
    dialog.send()
    draft = recorded(desk)
    assert (draft.quantity, draft.price, draft.fee) == (D("1234.5"), D("2.4614"), D("0.10"))


def test_an_ambiguous_number_is_asked_about(dialog: TransactionDialog) -> None:
    dialog.form.quantity.setLocale(QLocale("de_DE"))
    type_in(dialog.form.quantity, "1.234")
    dialog.check()
    assert words(dialog, "quantity") == "“1.234” can be read in two ways: write 1234 or 1,234."


# -- the suggested price -----------------------------------------------------------------------------------------------


def test_the_suggestion_is_nav_where_units_are_made_or_redeemed(dialog: TransactionDialog) -> None:
    choose(dialog, T.SUBSCRIBE)
    assert dialog.form.price.text() == "2.4632"
    assert words(dialog, "price").startswith("Suggested: NAV")


def test_a_price_of_ones_own_is_never_replaced(dialog: TransactionDialog) -> None:
    type_in(dialog.form.price, "2.5")
    choose(dialog, T.REDEEM)
    assert dialog.form.price.text() == "2.5"
    assert "Suggested" not in words(dialog, "price")


def test_no_price_of_now_is_suggested_for_another_day(dialog: TransactionDialog) -> None:
    dialog.form.time.set_ms(NOW_MS - DAY_MS)
    dialog.check()
    assert dialog.form.price.text() == ""
    dialog.form.time.now_button.click()
    dialog.check()
    assert dialog.form.price.text() == "2.4614"


# -- the token field ---------------------------------------------------------------------------------------------------


def offered(dialog: TransactionDialog) -> list[str]:
    model = dialog.form.token.catalogue
    return [model.token_at(model.index(row, 0)).key.symbol for row in range(model.rowCount())]


@pytest.mark.parametrize(
    ("typed", "first"),
    [("btc3", ["BTC3L"]), ("eth", ["ETH3L", "ETH5S"]), ("mexc", ["DOGE3S"]), ("short doge", ["DOGE3S"]), ("zzz", [])],
)
def test_it_completes_by_symbol_underlying_and_venue(
    qtbot: QtBot, desk: BooksDesk, typed: str, first: list[str]
) -> None:
    dialog = opened(qtbot, desk)
    type_in(dialog.form.token, typed)
    assert offered(dialog)[: len(first)] == first if first else not dialog.form.token.catalogue.narrow(typed)


def test_the_offer_is_drawn_with_what_each_token_is(qtbot: QtBot, desk: BooksDesk) -> None:
    dialog = opened(qtbot, desk)
    type_in(dialog.form.token, "3")
    popup = dialog.form.token._popup
    assert popup.isVisible()
    assert isinstance(popup.itemDelegate(), ListDelegate)
    first = popup.model().index(0, 0)
    assert first.data(CELL_ROLE).aside == "Gate · 3× long BTC"
    popup.setCurrentIndex(first)
    assert popup.grab().toImage().pixelColor(popup.width() - 8, 6) == theme.active().colours.selection
    QTest.keyClick(popup, Qt.Key.Key_Return)
    assert dialog.form.token.text() == "BTC3L · Gate"


@pytest.mark.parametrize("text", ["btc3l", "BTC3L · Gate", "gate:btc3l", "BTC3L_USDT", "btc3l/usdt", " BTC3L-USDT "])
def test_a_token_is_known_in_every_spelling(qtbot: QtBot, desk: BooksDesk, text: str) -> None:
    dialog = opened(qtbot, desk)
    dialog.form.token.setText(text)
    type_in(dialog.form.token, text)
    assert dialog.form.token.token is not None
    assert dialog.form.token.token.key == BTC3L
    dialog.form.quantity.setFocus()
    assert dialog.form.token.text() == "BTC3L · Gate"


def test_a_symbol_of_two_venues_has_to_be_chosen(qtbot: QtBot, desk: BooksDesk) -> None:
    twin = desk.catalogue()[0]._replace(key=TokenKey("mexc", "BTC3L"))
    desk.define_token(twin)
    desk.calls.clear()
    dialog = opened(qtbot, desk)
    type_in(dialog.form.token, "BTC3L")
    dialog.form.quantity.setFocus()
    dialog.check()
    assert words(dialog, "token") == "Gate and MEXC have a token of this name: choose one from the list."
    assert not dialog.form.define.isVisible()
    type_in(dialog.form.token, "mexc:BTC3L")
    dialog.check()
    assert dialog.form.token.token == twin


def test_an_unknown_token_can_be_defined_on_the_spot(qtbot: QtBot, desk: BooksDesk) -> None:
    dialog = opened(qtbot, desk)
    type_in(dialog.form.token, "PEPE7X")
    dialog.form.note.setFocus()
    dialog.check()
    assert is_wrong(dialog, "token")
    assert dialog.form.define.isVisible()

    defined = LeveragedToken(
        key=TokenKey("acme", "PEPE7X"), underlying="PEPE", target_leverage=D(7), provenance=Provenance.USER
    )
    desk.define_token(defined)
    dialog._on_defined(defined)

    assert dialog.form.token.token == defined
    assert words(dialog, "token") == "Acme · 7× long PEPE"
    type_in(dialog.form.quantity, "1")
    type_in(dialog.form.price, "1")
    dialog.check()
    assert dialog.ok.isEnabled()


def test_a_token_no_list_has_may_be_spelt_out_when_its_name_tells_what_it_is(qtbot: QtBot, desk: BooksDesk) -> None:
    dialog = opened(qtbot, desk)
    type_in(dialog.form.token, "gate:AVAX3S")
    dialog.check()
    assert words(dialog, "token") == "Gate · 3× short AVAX, read from its name"


# -- editing -----------------------------------------------------------------------------------------------------------


def test_editing_shows_the_row_as_it_was_typed_and_saves_only_what_changed(qtbot: QtBot, desk: BooksDesk) -> None:
    row = desk.transactions(BTC3L, 1)[2]
    dialog = opened(qtbot, desk, transaction=row)
    assert dialog.windowTitle() == "Edit transaction"
    assert (dialog.form.quantity.text(), dialog.form.price.text(), dialog.form.fee.text()) == ("160", "2.6105", "0.42")
    assert dialog.form.time.ms() == row.draft.time_ms
    assert not dialog.form.portfolio.isEnabled()
    type_in(dialog.form.note, "Sold a bit")
    dialog.send()
    name, arguments = desk.calls[-1]
    assert (name, arguments[0]) == ("amend", row.id)
    assert arguments[1] == replace(row.draft, note="Sold a bit", fee_currency="USDT")


def test_an_edit_that_later_rows_cannot_stand_is_refused(qtbot: QtBot, desk: BooksDesk) -> None:
    row = desk.transactions(BTC3L, 1)[0]
    second = desk.transactions(BTC3L, 1)[1]
    desk.remove([second.id])
    dialog = opened(qtbot, desk, transaction=row)
    type_in(dialog.form.quantity, "100")
    dialog.check()
    assert "A later row would no longer be possible" in words(dialog, "quantity")


def test_editing_a_settlement_shows_all_units_ticked(qtbot: QtBot, desk: BooksDesk) -> None:
    row = desk.transactions(TokenKey("gate", "ADA3L"), 1)[1]
    dialog = opened(qtbot, desk, transaction=row)
    assert dialog.form.all_units.isChecked()
    assert dialog.ok.isEnabled()


# -- keyboard and screen readers ---------------------------------------------------------------------------------------


def test_the_fields_follow_each_other_by_tab_and_have_names(dialog: TransactionDialog) -> None:
    form = dialog.form
    order = [form.kind, form.token, form.time, form.quantity, form.price, form.fee, form.fee_currency, form.note]
    form.kind.setFocus()
    visited = []
    for _ in range(16):
        visited.append(dialog.focusWidget())
        QTest.keyClick(dialog.focusWidget(), Qt.Key.Key_Tab)
    places = [visited.index(widget) for widget in order]
    assert places == sorted(places)
    assert all(widget.accessibleName() for widget in order)
    assert all(row.name.buddy() is row.editor for row in form.rows.values())


def test_escape_leaves_without_a_trace(dialog: TransactionDialog, desk: BooksDesk) -> None:
    type_in(dialog.form.quantity, "1")
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()
    assert desk.calls == []
