from __future__ import annotations

from decimal import Decimal

import pytest
from pytestqt.qtbot import QtBot

from levdesk.domain.instruments import TokenKey
from levdesk.domain.market import NavSource, QuoteSource, TokenQuote
from levdesk.ui.dialogs.price_dialog import PriceDialog
from levdesk.ui.format import NARROW
from tests.ui.fake_books import NOW_MS
from tests.ui.fake_desk import FakeDesk

BTC3L = TokenKey("gate", "BTC3L")


@pytest.fixture
def dialog(qtbot: QtBot, desk: FakeDesk) -> PriceDialog:
    made = PriceDialog(desk, key=BTC3L)
    qtbot.addWidget(made)
    made.show()
    return made


def sent(desk: FakeDesk) -> TokenQuote:
    name, arguments = desk.calls[-1]
    assert name == "value_by_hand"
    quote = arguments[0]
    assert isinstance(quote, TokenQuote)
    return quote


def test_it_says_what_is_known_and_wants_at_least_one_figure(dialog: PriceDialog) -> None:
    assert dialog.rows["price"].hint.text() == f"Known: 2.4614, 4{NARROW}s ago"
    assert dialog.rows["nav"].hint.text() == f"Known: 2.4632, 4{NARROW}s ago"
    assert not dialog.ok.isEnabled()


def test_both_figures_count_as_of_now_and_by_hand(dialog: PriceDialog, desk: FakeDesk) -> None:
    dialog.price.setText("2.50")
    dialog.nav.setText("2.51")
    dialog.ok.click()
    quote = sent(desk)
    assert (str(quote.last), quote.price_ts_ms, quote.price_source) == ("2.50", NOW_MS, QuoteSource.MANUAL)
    assert (str(quote.nav), quote.nav_ts_ms, quote.nav_source) == ("2.51", NOW_MS, NavSource.MANUAL)


def test_an_empty_field_leaves_the_other_figure_alone(dialog: PriceDialog, desk: FakeDesk) -> None:
    dialog.nav.setText("0.000000000000000001")
    dialog.ok.click()
    quote = sent(desk)
    assert (quote.last, quote.price_ts_ms) == (None, None)
    assert quote.nav == Decimal("0.000000000000000001")


@pytest.mark.parametrize(
    ("text", "words"), [("0", "above 0"), ("\u22121", "above 0"), ("x", "not a number"), ("1e13", "too large")]
)
def test_a_figure_nobody_can_mean_is_refused(dialog: PriceDialog, text: str, words: str) -> None:
    dialog.price.setText(text)
    assert words in dialog.rows["price"].hint.text()
    assert not dialog.ok.isEnabled()


def test_a_token_without_figures_says_so(qtbot: QtBot, desk: FakeDesk) -> None:
    dialog = PriceDialog(desk, key=TokenKey("gate", "ADA3L"))
    qtbot.addWidget(dialog)
    assert dialog.rows["price"].hint.text() == "Not known so far"
