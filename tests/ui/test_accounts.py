"""The windows of the accounts: what can be done when, what a key's rights change, and what is accepted."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import QItemSelectionModel
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from levdesk.domain.errors import UserError
from levdesk.services.accounts_view import KeyOutcome
from levdesk.ui.accounts.accounts_dialog import AccountsDialog
from levdesk.ui.accounts.key_dialog import KeyDialog
from levdesk.ui.accounts.review_dialog import ReviewDialog
from levdesk.ui.models.columns import KEY_ROLE
from tests.ui import fake_accounts
from tests.ui.fake_accounts import REFUSED, WARNED, FakeAccounts
from tests.ui.fake_desk import FakeDesk


@pytest.fixture
def desk(qapp: QApplication) -> FakeDesk:
    return FakeDesk()


def listing(qtbot: QtBot, desk: FakeDesk) -> AccountsDialog:
    dialog = AccountsDialog(desk, None)
    qtbot.addWidget(dialog)
    return dialog


def key_dialog(qtbot: QtBot, desk: FakeDesk, venue: str = "gate", *, outlives: bool = True) -> KeyDialog:
    view = fake_accounts.accounts(outlives=outlives)
    state = view.of(venue)
    assert state is not None
    dialog = KeyDialog(desk, None, state=state, view=view)
    qtbot.addWidget(dialog)
    return dialog


def review_dialog(qtbot: QtBot, desk: FakeDesk) -> ReviewDialog:
    dialog = ReviewDialog(desk, None, fake_accounts.review())
    qtbot.addWidget(dialog)
    return dialog


def test_each_account_says_where_its_key_is_and_what_it_may_do(
    qtbot: QtBot, desk: FakeDesk, qtmodeltester: Any
) -> None:
    dialog = listing(qtbot, desk)
    qtmodeltester.check(dialog.table.model())
    model = dialog.table.model()
    shown = [[model.index(row, column).data() for column in range(3)] for row in range(model.rowCount())]
    assert shown[0] == ["Gate", "in the keyring", "It can only read"]
    assert shown[1] == ["MEXC", "in the keyring", "Cannot be verified"]
    assert shown[5] == ["OKX", "none", "See below"]
    dialog.table.choose("okx")
    assert "move money out of the account" in dialog.words.text()
    assert dialog.safe.text() == fake_accounts.KEYRING


def test_only_an_account_with_a_key_can_be_visited(qtbot: QtBot, desk: FakeDesk) -> None:
    dialog = listing(qtbot, desk)
    dialog.table.choose("pionex")
    assert not dialog.visit_button.isEnabled()
    assert not dialog.forget_button.isEnabled()
    assert dialog.key_button.text() == "Enter &key…"
    dialog.table.choose("gate")
    assert dialog.key_button.text() == "Replace &key…"
    dialog.forget_button.click()
    assert desk.accounts.calls == [("forget_key", "gate")]


def test_a_visit_opens_its_review_and_a_failure_is_told_in_the_window(qtbot: QtBot, desk: FakeDesk) -> None:
    dialog = listing(qtbot, desk)
    dialog.table.choose("gate")
    dialog.visit_button.click()
    assert desk.accounts.calls == [("visit", ("gate", 90))]
    (review,) = dialog.findChildren(ReviewDialog)
    review.close()
    desk.accounts.signals.visit_failed.emit(UserError("Gate does not know this key.", hint="Copy it again."))
    assert dialog.words.text() == "Gate does not know this key. Copy it again."
    assert dialog.visit_button.isEnabled()


def test_in_the_demo_nothing_can_be_entered(qtbot: QtBot, desk: FakeDesk) -> None:
    desk.accounts = FakeAccounts(fake_accounts.accounts(closed="No key is taken here."))
    dialog = listing(qtbot, desk)
    assert dialog.words.text() == "No key is taken here."
    assert not dialog.key_button.isEnabled()
    assert not dialog.visit_button.isEnabled()


def test_a_key_is_tried_before_it_can_be_kept_and_never_shown(qtbot: QtBot, desk: FakeDesk) -> None:
    dialog = key_dialog(qtbot, desk)
    assert {field.echoMode() for field in (dialog.key, dialog.secret, dialog.phrase)} == {QLineEdit.EchoMode.Password}
    assert not dialog.ok.isEnabled()
    dialog.key.setText(" public ")
    dialog.secret.setText("secret\t")
    dialog.ok.click()
    assert desk.accounts.tried is not None
    assert (desk.accounts.tried.key, desk.accounts.tried.secret) == ("public", "secret")
    assert desk.accounts.calls == []
    assert (dialog.outcome.text(), dialog.ok.text()) == ("This key can only read.", "Keep")
    dialog.ok.click()
    assert desk.accounts.calls == [("keep_key", "gate")]
    assert (dialog.key.text(), dialog.secret.text()) == ("", "")


def test_a_key_that_may_withdraw_cannot_be_kept(qtbot: QtBot, desk: FakeDesk) -> None:
    desk.accounts.outcome = KeyOutcome(venue="", check=REFUSED)
    dialog = key_dialog(qtbot, desk, "okx")
    for field in (dialog.key, dialog.secret, dialog.phrase):
        field.setText("x")
    dialog.ok.click()
    assert dialog.ok.text() == "Check"
    assert "move money out" in dialog.outcome.text()
    dialog.ok.click()
    dialog.reject()
    assert desk.accounts.calls == [("drop_key", "")]


def test_a_key_that_may_trade_is_kept_only_against_a_warning_and_another_one_is_tried_anew(
    qtbot: QtBot, desk: FakeDesk
) -> None:
    desk.accounts.outcome = KeyOutcome(venue="", check=WARNED)
    dialog = key_dialog(qtbot, desk, "kucoin")
    dialog.key.setText("x")
    dialog.secret.setText("y")
    assert not dialog.ok.isEnabled(), "KuCoin's keys have a passphrase"
    dialog.phrase.setText("z")
    dialog.ok.click()
    assert dialog.ok.text() == "Keep it all the same"
    dialog.secret.setText("another")
    assert (dialog.ok.text(), dialog.outcome.text()) == ("Check", "")
    assert desk.accounts.calls == [("drop_key", "")]


def test_without_a_keyring_the_dialog_says_how_long_a_key_is_kept(qtbot: QtBot, desk: FakeDesk) -> None:
    dialog = key_dialog(qtbot, desk, outlives=False)
    said = [label.text() for label in dialog.findChildren(type(dialog.outcome))]
    assert fake_accounts.NO_KEYRING in said


def test_all_that_is_new_is_accepted_as_one_act(qtbot: QtBot, desk: FakeDesk, qtmodeltester: Any) -> None:
    dialog = review_dialog(qtbot, desk)
    qtmodeltester.check(dialog.trades.model())
    qtmodeltester.check(dialog.balances.model())
    assert dialog.summary.text() == "5 trades: 1 new, 2 already there, 2 with questions"
    assert dialog.all_button.text() == "Accept the new one"
    dialog.all_button.click()
    assert desk.accounts.calls == [("accept", (("7342180004",), 1))]


def test_nothing_is_chosen_at_first_and_rows_are_accepted_one_by_one(qtbot: QtBot, desk: FakeDesk) -> None:
    dialog = review_dialog(qtbot, desk)
    assert not dialog.chosen_button.isEnabled()
    model, flag = dialog.trades.model(), QItemSelectionModel.SelectionFlag
    for row in range(model.rowCount()):
        if model.index(row, 0).data(KEY_ROLE)[0] in {"DOGE3L", "BTC3L"}:
            dialog.trades.selectionModel().select(model.index(row, 0), flag.Select | flag.Rows)
    assert dialog.chosen_button.text() == "Accept 2 chosen", "what is there already is not offered"
    dialog.chosen_button.click()
    assert desk.accounts.calls == [("accept", (("7342180004", "7342180005"), 1))]


def test_a_balance_is_explained_and_a_refusal_is_told(qtbot: QtBot, desk: FakeDesk) -> None:
    dialog = review_dialog(qtbot, desk)
    dialog.balances.choose("ETH3S")
    assert dialog.why.text() == "ETH3S: −49,950 fits a merge of 1,000 : 1 that is not in your books."
    desk.signals.act_failed.emit(UserError("It cannot be.", hint="Look again."))
    assert dialog.failure.text() == "It cannot be. Look again."
