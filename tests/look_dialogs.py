"""The dialogs that write to the books, each in the states worth looking at, for `tests.look`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from levdesk.domain.instruments import TokenKey
from levdesk.domain.transactions import TransactionType
from levdesk.services.books import Books
from levdesk.services.importing import preview_import
from levdesk.services.ports import StoredBooks
from levdesk.ui.dialogs.import_dialog import ImportDialog
from levdesk.ui.dialogs.portfolio_dialog import PortfoliosDialog
from levdesk.ui.dialogs.price_dialog import PriceDialog
from levdesk.ui.dialogs.row_forms import FeeForm, RuleForm
from levdesk.ui.dialogs.rules_dialog import RulesDialog
from levdesk.ui.dialogs.token_dialog import TokenDialog
from levdesk.ui.dialogs.transaction_dialog import TransactionDialog
from levdesk.ui.sources.sources_dialog import SourcesDialog
from levdesk.ui.sources.switch_dialog import SwitchDialog
from tests.ui.books_desk import BooksDesk
from tests.ui.fake_books import DATED_RULES, NOW_MS
from tests.ui.fake_desk import FakeDesk

if TYPE_CHECKING:
    from levdesk.ui.main_window import MainWindow

BTC3L = TokenKey("gate", "BTC3L")
FILE = Path("trades.csv")
_HEADER = "time,type,venue,symbol,quantity,price,fee,fee_currency,note\n"
_GOOD = (
    "2026-10-11T12:02:58Z,buy,gate,BTC3L,800,2.8510,2.28,,First try\n"
    "2026-11-01T10:00:00Z,buy,gate,AVAX3S,10,3.1000,0.03,,\n"
    "2026-11-02T10:00:00Z,sell,gate,AVAX3S,4,3.2,0.5,AVAX3S,Took some off\n"
    "2026-11-03T10:00:00Z,merge,gate,AVAX3S,2,,,,\n"
)
_BAD = "2026-11-04T10:00:00Z,sell,gate,AVAX3S,99,1,,,\n2026-11-05T10:00:00Z,buy,gate,BTC3L,x,1,,,\n"


def _transaction(
    kind: TransactionType, quantity: str, *, fee: str = "", token: str = ""
) -> Callable[[MainWindow], QWidget]:
    def make(window: MainWindow) -> QWidget:
        dialog = TransactionDialog(BooksDesk(settings=window.desk.settings), None, key=None if token else BTC3L)
        form = dialog.form
        form.kind.setCurrentIndex(form.kind.findData(kind))
        form.all_units.setChecked(kind is TransactionType.SETTLE and not quantity)
        form.quantity.setText(quantity)
        form.fee.setText(fee)
        if token:
            form.token.setText(token)
            form.note.setFocus()
        dialog.check()
        return dialog

    return make


def _edit(window: MainWindow) -> QWidget:
    desk = BooksDesk(settings=window.desk.settings)
    return TransactionDialog(desk, None, transaction=desk.transactions(BTC3L, 1)[2])


def _token(window: MainWindow) -> QWidget:
    dialog = TokenDialog(window.desk, None, key=BTC3L)
    dialog.fields["band_low"].setText("4")
    return dialog


def _dated(window: MainWindow) -> RulesDialog:
    """Three rules and a fee, like an issuer that changed its mind twice."""
    token = next(token for token in window.desk.catalogue() if token.key == BTC3L)
    window.desk.define_token(replace(token, rules=DATED_RULES))
    return RulesDialog(window.desk, None, key=BTC3L)


def _rule_form(window: MainWindow) -> QWidget:
    dialog = _dated(window)
    dialog.edit_rule(dialog.rules.rows[1])
    form = dialog.findChildren(RuleForm)[-1]
    form.setParent(None)
    form.fields["band_high"].setText("2.9")
    return form


def _fee_form(window: MainWindow) -> QWidget:
    dialog = _dated(window)
    dialog.edit_fees(dialog.fees.rows[0])
    form = dialog.findChildren(FeeForm)[-1]
    form.setParent(None)
    return form


def _dropped(window: MainWindow) -> QWidget:
    dialog = _dated(window)
    dialog.drop_own_rows()
    return dialog


def _import(rows: str) -> Callable[[MainWindow], QWidget]:
    def make(window: MainWindow) -> QWidget:
        desk = BooksDesk(settings=window.desk.settings)
        dialog = ImportDialog(desk, None)
        if rows:
            books = Books.read(
                StoredBooks(
                    portfolios=desk.portfolios, transactions=desk._books.transactions, tokens=desk._books.tokens
                )
            )
            desk.preview = preview_import((_HEADER + rows).encode(), books, 1, now_ms=NOW_MS, source=FILE.name)
            dialog.read(FILE)
        return dialog

    return make


def _sources(venue: str) -> Callable[[MainWindow], QWidget]:
    def make(window: MainWindow) -> QWidget:
        desk = window.desk
        assert isinstance(desk, FakeDesk)
        desk.report_health()
        dialog = SourcesDialog(desk, None)
        dialog.open_at(venue)
        return dialog

    return make


def _switch(window: MainWindow) -> QWidget:
    view = window.desk.view
    assert view is not None
    tokens = (row.token for row in view.open_holdings if row.token.hedge[0] == "gate")
    return SwitchDialog(window.desk, None, tokens=tokens, venue="gate")


DESK_DIALOGS: dict[str, Callable[[MainWindow], QWidget]] = {
    "transaction-buy": _transaction(TransactionType.BUY, "100", fee="0.25"),
    "transaction-too-much": _transaction(TransactionType.SELL, "99999"),
    "transaction-merge": _transaction(TransactionType.MERGE, "100"),
    "transaction-settle": _transaction(TransactionType.SETTLE, ""),
    "transaction-unknown": _transaction(TransactionType.BUY, "", token="FOO9X"),
    "transaction-edit": _edit,
    "token-new": lambda window: TokenDialog(window.desk, None, symbol="PEPE3S"),
    "token-wrong": _token,
    "token-known": lambda window: TokenDialog(window.desk, None, key=BTC3L),
    "rules": _dated,
    "rules-dropped": _dropped,
    "rules-edit": _rule_form,
    "rules-edit-fees": _fee_form,
    "price": lambda window: PriceDialog(window.desk, None, key=BTC3L),
    "sources": _sources(""),
    "sources-live": _sources("okx"),
    "sources-empty": lambda window: SourcesDialog(window.desk, None),
    "sources-switch": _switch,
    "portfolios": lambda window: PortfoliosDialog(window.desk, None),
    "import-empty": _import(""),
    "import-sound": _import(_GOOD),
    "import-wrong": _import(_GOOD + _BAD),
}
