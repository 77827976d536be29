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
from levdesk.services.health import JobView
from levdesk.services.intake.choices import IntakeChoices
from levdesk.services.intake.reading import Ground, preview_intake
from levdesk.services.intake.suspects import find_suspects
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
from tests.services.intake_scene import KNOWN
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
_TWIN = "2026-11-01T10:00:00Z,buy,gate,AVAX3S,10,3.1000,0.03,,\n"
_VENUE = (
    "Pairs,Time,Side,Filled Price,Executed Amount,Total,Fee,Role\n"
    "BTC3L_USDT,2026-11-02 10:00:00,BUY,2.5,12,30,0.024,taker\n"
    "ETH3S_USDT,2026-11-03 10:00:00,BUY,1.25,40,50,0.04,maker\n"
    "BTC_USDT,2026-11-03 11:00:00,BUY,91000,0.01,910,0,taker\n"
)
_UNKNOWN = "Datum;Art;Paar;Menge;Kurs\n03.04.2026 10:00;Zukauf;BTC3L_USDT;1.000,5;2,5\n"
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
    window.desk.define_token(token._replace(rules=DATED_RULES))
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


def _import(rows: str, *, header: str | None = _HEADER, columns: bool = False) -> Callable[[MainWindow], QWidget]:
    def make(window: MainWindow) -> QWidget:
        desk = BooksDesk(settings=window.desk.settings)
        dialog = ImportDialog(desk, None)
        if rows:
            books = Books.read(
                StoredBooks(
                    portfolios=desk.portfolios, transactions=desk._books.transactions, tokens=desk._books.tokens
                )
            )
            ground = Ground(books=books, portfolio_id=1, now_ms=NOW_MS)
            text = rows if header is None else header + rows
            found = preview_intake(text.encode(), IntakeChoices(), KNOWN, ground, source=FILE.name)
            desk.preview = replace(found, suspects=find_suspects(found, books))
            dialog.read(FILE)
            if columns:
                dialog.page.change.click()
        return dialog

    return make


def _import_reading(window: MainWindow) -> QWidget:
    dialog = _import("")(window)
    assert isinstance(dialog, ImportDialog)
    dialog._is_reading = True
    dialog._say("Reading the file…", "")
    dialog.desk.signals.jobs_changed.emit((JobView(id=1, title="Reading x", done_ratio=0.4, started_ms=0),))
    return dialog


def _import_done(window: MainWindow) -> QWidget:
    dialog = _import(_VENUE, header=None)(window)
    assert isinstance(dialog, ImportDialog)
    dialog.ok.click()
    dialog.desk.signals.books_changed.emit(None)
    return dialog


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
    "import-familiar": _import(_GOOD + _TWIN),
    "import-venue": _import(_VENUE, header=None),
    "import-columns": _import(_VENUE, header=None, columns=True),
    "import-unknown": _import(_UNKNOWN, header=None),
    "import-reading": _import_reading,
    "import-done": _import_done,
}
