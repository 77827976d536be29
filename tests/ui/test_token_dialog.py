from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from pytestqt.qtbot import QtBot

from levdesk.domain.errors import UserError
from levdesk.domain.instruments import (
    FeeSchedule,
    LeveragedToken,
    Provenance,
    RebalanceRule,
    TokenKey,
    fees_at,
    rule_at,
)
from levdesk.ui.dialogs.token_dialog import TokenDialog
from levdesk.ui.dialogs.token_reading import TokenTexts, read_token, texts_of
from tests.ui.fake_books import NOW_MS
from tests.ui.fake_desk import FakeDesk

D = Decimal
BTC3L = TokenKey("gate", "BTC3L")
FULL = TokenTexts(
    venue="Acme",
    symbol="pepe3s",
    quote="usdt",
    underlying="pepe",
    leverage="−3",
    fee="0.1",
    funding_inside=True,
    band_low="2.25",
    band_high="4.125",
    check_time="16:00",
    hedge="PEPE_USDT",
)


def opened(qtbot: QtBot, desk: FakeDesk, **begin: object) -> TokenDialog:
    made = TokenDialog(desk, **begin)  # type: ignore[arg-type]
    qtbot.addWidget(made)
    made.show()
    return made


# -- reading texts -----------------------------------------------------------------------------------------------------


def test_texts_make_a_token_of_ones_own() -> None:
    token = read_token(FULL, None, NOW_MS).token
    assert token is not None
    assert (token.key, token.quote_currency) == (TokenKey("acme", "PEPE3S"), "USDT")
    assert (token.underlying, token.target_leverage, token.hedge_instrument) == ("PEPE", D(-3), "PEPE_USDT")
    assert token.provenance is Provenance.USER
    rule, fees = rule_at(token, NOW_MS), fees_at(token, NOW_MS)
    assert rule is not None
    assert fees is not None
    assert (rule.target_leverage, rule.band_low, rule.band_high) == (D(-3), D("2.25"), D("4.125"))
    assert (rule.scheduled_utc_s, rule.provenance, rule.as_of) == (57_600, Provenance.USER, "2026-11-21")
    assert (fees.management_per_day_ratio, fees.funding_inside) == (D("0.001"), True)


def test_only_what_it_is_has_to_be_said() -> None:
    token = read_token(TokenTexts(venue="acme", symbol="X3L", underlying="X", leverage="3"), None, NOW_MS).token
    assert token is not None
    assert (token.rules, token.fees, token.quote_currency) == ((), (), "USDT")


def test_what_is_missing_is_named_and_nothing_is_wrong_yet() -> None:
    reading = read_token(TokenTexts(symbol="X3L"), None, NOW_MS)
    assert (reading.token, reading.errors) == (None, {})
    assert reading.missing == ["venue", "underlying", "leverage"]


@pytest.mark.parametrize(
    ("field", "text", "reason"),
    [
        ("venue", "two words", "one word"),
        ("symbol", "BTC 3L", "letters and digits"),
        ("quote", "US$", "letters and digits"),
        ("underlying", "?", "letters and digits"),
        ("leverage", "0", "cannot be 0"),
        ("leverage", "101", "more than 100"),
        ("leverage", "three", "“three” is not a number."),
        ("fee", "-0.1", "between 0 and 20 %"),
        ("fee", "50", "between 0 and 20 %"),
        ("band_low", "0", "above 0"),
        ("band_low", "3", "below the target of 3"),
        ("band_high", "2.9", "above the target of 3"),
        ("check_time", "25:00", "such as 16:00"),
        ("check_time", "4pm", "such as 16:00"),
    ],
)
def test_what_is_wrong_is_said_by_field(field: str, text: str, reason: str) -> None:
    reading = read_token(replace(FULL, **{field: text}), None, NOW_MS)  # type: ignore[arg-type]
    assert reading.token is None
    assert reason in reading.errors[field]


def test_a_known_token_comes_back_unchanged_but_for_whose_it_is() -> None:
    token = FakeDesk().catalogue()[0]
    assert read_token(texts_of(token, NOW_MS), token, NOW_MS).token == token._replace(provenance=Provenance.USER)


def test_a_corrected_rule_takes_the_place_of_the_one_in_force_and_keeps_history() -> None:
    old = RebalanceRule(
        target_leverage=D(3), band_low=D(2), band_high=D(4), source="page", provenance=Provenance.STATED
    )
    now = replace(old, effective_from_ms=1_700_000_000_000, emergency_leverage=D(9))
    token = LeveragedToken(
        key=BTC3L,
        underlying="BTC",
        target_leverage=D(3),
        rules=(old, now),
        fees=(FeeSchedule(management_per_day_ratio=D("0.001"), source="page"),),
    )
    read = read_token(replace(texts_of(token, NOW_MS), band_high="4.5"), token, NOW_MS).token
    assert read is not None
    assert read.rules[0] == old
    assert (read.rules[1].band_high, read.rules[1].emergency_leverage) == (D("4.5"), D(9))
    assert (read.rules[1].effective_from_ms, read.rules[1].provenance) == (now.effective_from_ms, Provenance.USER)
    assert read.fees == token.fees


# -- the dialog --------------------------------------------------------------------------------------------------------


def test_a_symbol_that_tells_what_it_is_fills_the_rest_in(qtbot: QtBot, desk: FakeDesk) -> None:
    dialog = opened(qtbot, desk, symbol="pepe3s")
    assert dialog.fields["underlying"].text() == "PEPE"
    assert dialog.fields["leverage"].text() == "−3"
    assert dialog.summary.text() == "Still needed: venue."
    assert not dialog.ok.isEnabled()
    dialog.fields["venue"].setText("mexc")
    assert dialog.summary.text() == "PEPE3S: MEXC · 3× short PEPE, in USDT"
    assert dialog.ok.isEnabled()


def test_a_guess_never_overwrites_what_was_typed(qtbot: QtBot, desk: FakeDesk) -> None:
    dialog = opened(qtbot, desk)
    dialog.fields["underlying"].setText("WBTC")
    dialog.fields["symbol"].setText("BTC3L")
    dialog.fields["symbol"].editingFinished.emit()
    assert dialog.fields["underlying"].text() == "WBTC"
    assert dialog.fields["leverage"].text() == ""


def test_saving_defines_the_token_and_tells_it(qtbot: QtBot, desk: FakeDesk) -> None:
    dialog = opened(qtbot, desk, venue="acme", symbol="PEPE3S")
    told: list[LeveragedToken] = []
    dialog.defined.connect(told.append)
    dialog.ok.click()
    assert desk.calls[-1][0] == "define_token"
    assert told == [desk.calls[-1][1][0]]
    assert told[0].key == TokenKey("acme", "PEPE3S")
    assert not dialog.isVisible()


def test_correcting_shows_what_is_known_and_keeps_its_name(qtbot: QtBot, desk: FakeDesk) -> None:
    dialog = opened(qtbot, desk, key=BTC3L)
    assert dialog.windowTitle() == "Correct BTC3L"
    assert not dialog.fields["symbol"].isEnabled()
    assert dialog.fields["band_low"].text() == "2.25"
    assert dialog.fields["fee"].text() == "0.1"
    assert dialog.funding_inside.isChecked()
    dialog.fields["band_low"].setText("4")
    assert dialog.rows["band_low"].hint.text() == "The low edge lies below the target of 3."
    assert not dialog.ok.isEnabled()


def test_a_refusal_stays_in_the_dialog(qtbot: QtBot, desk: FakeDesk) -> None:
    dialog = opened(qtbot, desk, venue="acme", symbol="PEPE3S")

    def refuse(token: LeveragedToken) -> None:
        desk.fail(UserError("It is in use.", hint="Choose another symbol."))

    desk.define_token = refuse  # type: ignore[method-assign]
    dialog.ok.click()
    assert dialog.isVisible()
    assert dialog.failure.text() == "It is in use. Choose another symbol."


def test_another_multiple_drops_the_issuers_rows_and_keeps_what_was_set_by_hand() -> None:
    issuers = RebalanceRule(target_leverage=D("2.3"), band_low=D("1.8"), band_high=D(3), provenance=Provenance.STATED)
    own = replace(issuers, target_leverage=D(3), band_high=D(7), effective_from_ms=1, provenance=Provenance.USER)
    now = RebalanceRule(target_leverage=D(3), band_low=D(2), effective_from_ms=2, provenance=Provenance.STATED)
    token = LeveragedToken(key=BTC3L, underlying="BTC", target_leverage=D(3), rules=(issuers, own, now))
    read = read_token(replace(texts_of(token, NOW_MS), leverage="5", band_low=""), token, NOW_MS).token
    assert read is not None
    assert read.rules == (replace(own, target_leverage=D(5)),)
    read = read_token(replace(texts_of(token, NOW_MS), leverage="5", band_low="4"), token, NOW_MS).token
    assert read is not None
    assert [(rule.target_leverage, rule.band_low) for rule in read.rules] == [(D(5), D("1.8")), (D(5), D(4))]


def test_a_rule_with_a_target_of_its_own_keeps_it() -> None:
    old = RebalanceRule(target_leverage=D("2.3"), band_low=D("1.8"), band_high=D(3), provenance=Provenance.STATED)
    token = LeveragedToken(key=BTC3L, underlying="BTC", target_leverage=D(3), rules=(old,))
    read = read_token(replace(texts_of(token, NOW_MS), band_high="2.9"), token, NOW_MS).token
    assert read is not None
    assert (read.rules[0].target_leverage, read.rules[0].band_high) == (D("2.3"), D("2.9"))
    wrong = read_token(replace(texts_of(token, NOW_MS), band_high="2.2"), token, NOW_MS)
    assert wrong.errors["band_high"] == "The high edge lies above the target of 2.3."


# -- whose perpetual ---------------------------------------------------------------------------------------------------


def test_the_hedge_can_be_another_venue_s_perpetual(qtbot: QtBot, desk: FakeDesk) -> None:
    dialog = opened(qtbot, desk, key=BTC3L)
    box = dialog.hedge_venue
    assert [box.itemData(at) for at in range(box.count())] == ["", "gate", "binance", "okx"]
    assert box.currentData() == ""
    box.setCurrentIndex(box.findData("okx"))
    box.activated.emit(box.currentIndex())
    assert dialog.fields["hedge"].text() == "BTC-USDT-SWAP"
    dialog.send()
    saved = next(token for token in desk.catalogue() if token.key == BTC3L)
    assert saved.hedge == ("okx", "BTC-USDT-SWAP")
    assert saved.hedge_venue == "okx"


def test_the_token_s_own_venue_is_kept_as_its_own(qtbot: QtBot, desk: FakeDesk) -> None:
    dialog = opened(qtbot, desk, key=BTC3L)
    dialog.hedge_venue.setCurrentIndex(dialog.hedge_venue.findData("gate"))
    dialog.send()
    saved = next(token for token in desk.catalogue() if token.key == BTC3L)
    assert saved.hedge_venue == ""
    assert saved.hedge[0] == "gate"


def test_a_venue_the_desk_does_not_ask_is_kept(qtbot: QtBot, desk: FakeDesk) -> None:
    token = next(token for token in desk.catalogue() if token.key == BTC3L)
    desk.define_token(token._replace(hedge_venue="htx", hedge_instrument="BTC-USDT"))
    dialog = opened(qtbot, desk, key=BTC3L)
    assert dialog.hedge_venue.currentText() == "HTX"
    dialog.fields["underlying"].setText("ETH")
    assert dialog.hedge_venue.currentData() == "htx"
    assert dialog._texts().hedge_venue == "htx"
