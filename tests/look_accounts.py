"""The windows of the accounts, each in the states worth looking at, for `tests.look`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from levdesk.services.accounts_view import AccountsView, KeyOutcome
from levdesk.ui.accounts.accounts_dialog import AccountsDialog
from levdesk.ui.accounts.key_dialog import KeyDialog
from levdesk.ui.accounts.review_dialog import ReviewDialog
from tests.ui import fake_accounts
from tests.ui.fake_accounts import REFUSED, WARNED, FakeAccounts
from tests.ui.fake_desk import FakeDesk

if TYPE_CHECKING:
    from levdesk.ui.main_window import MainWindow


def _desk(window: MainWindow, view: AccountsView | None = None) -> FakeDesk:
    desk = FakeDesk(settings=window.desk.settings)
    desk.accounts = FakeAccounts(view)
    return desk


def _list(chosen: str, view: AccountsView | None = None) -> Callable[[MainWindow], QWidget]:
    def make(window: MainWindow) -> QWidget:
        dialog = AccountsDialog(_desk(window, view), None)
        dialog.table.choose(chosen)
        return dialog

    return make


def _key(venue: str, outcome: KeyOutcome | None, view: AccountsView | None = None) -> Callable[[MainWindow], QWidget]:
    def make(window: MainWindow) -> QWidget:
        desk = _desk(window, view)
        shown = desk.accounts.view
        assert shown is not None
        state = shown.of(venue)
        assert state is not None
        dialog = KeyDialog(desk, None, state=state, view=shown)
        if outcome is not None:
            desk.accounts.outcome = outcome
            for field in (dialog.key, dialog.secret, dialog.phrase):
                field.setText("x" * 32)
            dialog.send()
        return dialog

    return make


def _review(window: MainWindow) -> QWidget:
    dialog = ReviewDialog(_desk(window), None, fake_accounts.review())
    dialog.balances.choose("ETH3S")
    return dialog


_CLOSED = "The demo’s market is made up, and nobody has an account in it: no key is taken here."
ACCOUNT_DIALOGS: dict[str, Callable[[MainWindow], QWidget]] = {
    "accounts": _list("gate"),
    "accounts-refused": _list("okx"),
    "accounts-demo": _list("gate", fake_accounts.accounts(closed=_CLOSED)),
    "accounts-key": _key("gate", None),
    "accounts-key-session": _key("kucoin", KeyOutcome(venue="", check=WARNED), fake_accounts.accounts(outlives=False)),
    "accounts-key-refused": _key("okx", KeyOutcome(venue="", check=REFUSED)),
    "accounts-review": _review,
}
