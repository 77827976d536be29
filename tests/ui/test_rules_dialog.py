"""Every dated rule and fee of a token: shown oldest first, corrected row by row, saved as one act."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TypeVar

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from levdesk.domain.errors import UserError
from levdesk.domain.instruments import (
    BEGINNING_MS,
    FeeSchedule,
    LeveragedToken,
    Provenance,
    RebalanceRule,
    ScheduledCondition,
    TokenKey,
    TokenStatus,
)
from levdesk.ui.dialogs.row_forms import FeeForm, RuleForm
from levdesk.ui.dialogs.row_reading import FeeTexts, RuleTexts, fee_texts, read_fees, read_rule, rule_texts
from levdesk.ui.dialogs.rules_dialog import RulesDialog
from levdesk.ui.dialogs.token_dialog import TokenDialog
from levdesk.ui.main_window import MainWindow
from levdesk.ui.models.columns import CELL_ROLE
from tests.ui.fake_books import DATED_RULES, NOW_MS
from tests.ui.fake_desk import FakeDesk

D = Decimal
F = TypeVar("F", bound=QWidget)
BTC3L = TokenKey("gate", "BTC3L")
APRIL_MS, DECEMBER_MS = (rule.effective_from_ms for rule in DATED_RULES[1:])


def token_of(desk: FakeDesk, key: TokenKey = BTC3L) -> LeveragedToken:
    return next(token for token in desk.catalogue() if token.key == key)


@pytest.fixture
def desk() -> FakeDesk:
    made = FakeDesk()
    made.define_token(token_of(made)._replace(rules=tuple(reversed(DATED_RULES))))
    made.calls.clear()
    return made


@pytest.fixture
def dialog(qtbot: QtBot, desk: FakeDesk) -> RulesDialog:
    return opened(qtbot, desk)


def opened(qtbot: QtBot, desk: FakeDesk, key: TokenKey = BTC3L) -> RulesDialog:
    made = RulesDialog(desk, None, key=key)
    qtbot.addWidget(made)
    made.show()
    return made


def form_of(dialog: RulesDialog, kind: type[F]) -> F:
    return dialog.findChildren(kind)[-1]


def lines(dialog: RulesDialog) -> list[list[str]]:
    cells = dialog.rules.table.cells
    return [[cells.index(row, column).data() for column in range(7)] for row in range(cells.rowCount())]


# -- reading texts -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", DATED_RULES)
def test_an_untouched_rule_comes_back_as_it_was(desk: FakeDesk, rule: RebalanceRule) -> None:
    odd = replace(rule, effective_from_ms=rule.effective_from_ms + 123, target_leverage=D("3.00"))
    assert read_rule(rule_texts(odd), odd, token_of(desk), (), NOW_MS).row is odd


def test_a_corrected_rule_is_the_persons_own_and_keeps_its_moment(desk: FakeDesk) -> None:
    odd = replace(DATED_RULES[1], effective_from_ms=APRIL_MS + 123)
    mine = read_rule(replace(rule_texts(odd), band_high="4.5"), odd, token_of(desk), (), NOW_MS).row
    assert mine == replace(odd, band_high=D("4.5"), provenance=Provenance.USER, source="you", as_of="2026-11-21")


def test_a_person_may_name_a_source_and_a_day(desk: FakeDesk) -> None:
    texts = RuleTexts(target="3", since="2026-01-02 03:04:05", source=" their mail ", as_of="2026-01-01")
    row = read_rule(texts, None, token_of(desk), (), NOW_MS).row
    assert row == RebalanceRule(
        target_leverage=D(3),
        effective_from_ms=1_767_323_045_000,
        provenance=Provenance.USER,
        source="their mail",
        as_of="2026-01-01",
    )


def test_without_a_clock_there_is_no_condition(desk: FakeDesk) -> None:
    texts = RuleTexts(target="3", condition=ScheduledCondition.OUTSIDE_BAND_OR_MOVED, check_move="1", band_low="2")
    row = read_rule(texts, None, token_of(desk), (), NOW_MS).row
    assert isinstance(row, RebalanceRule)
    assert (row.scheduled_condition, row.scheduled_move_ratio) == (ScheduledCondition.ALWAYS, None)


@pytest.mark.parametrize(
    ("field", "text", "reason"),
    [
        ("since", "soon", "Give day and time"),
        ("since", "2026-02-30", "Give day and time"),
        ("since", "1969-12-31", "always been so"),
        ("since", "2025-12-01 00:00", "this very moment"),
        ("target", "−3", "The token is long"),
        ("target", "three", "“three” is not a number."),
        ("check_time", "24:00", "such as 16:00"),
        ("check_move", "", "needs the move"),
        ("check_move", "100", "below 100 %"),
        ("band_low", "3", "below the target of 3"),
        ("band_high", "3", "above the target of 3"),
        ("emergency_leverage", "2", "above the target of 3"),
        ("emergency_move", "-5", "above 0"),
        ("as_of", "May", "Give the day"),
    ],
)
def test_what_is_wrong_with_a_rule_is_said_by_field(desk: FakeDesk, field: str, text: str, reason: str) -> None:
    texts = replace(rule_texts(DATED_RULES[1]), **{field: text})  # type: ignore[arg-type]
    reading = read_rule(texts, DATED_RULES[1], token_of(desk), {DECEMBER_MS}, NOW_MS)
    assert reading.row is None
    assert reason in reading.errors[field]


@pytest.mark.parametrize(
    ("field", "text", "reason"),
    [
        ("per_day", "100", "below 100 %"),
        ("taken_at", "noon", "such as 16:00"),
        ("subscribe", "-1", "fee to subscribe"),
        ("redeem", "x", "not a number"),
        ("spot", "120", "spot fee"),
        ("rebalance_cost", "100", "cost of a rebalance"),
    ],
)
def test_what_is_wrong_with_fees_is_said_by_field(field: str, text: str, reason: str) -> None:
    reading = read_fees(FeeTexts(**{field: text}), None, (), NOW_MS)  # type: ignore[arg-type]
    assert reading.row is None
    assert reason in reading.errors[field]


def test_fees_keep_every_digit_through_percents() -> None:
    fees = FeeSchedule(
        management_per_day_ratio=D("0.00012345678901234567"), taken_utc_s=85_501, spot_ratio=D("0.002"), as_of="x"
    )
    assert fee_texts(fees).per_day == "0.012345678901234567"
    assert fee_texts(fees).taken_at == "23:45:01"
    mine = read_fees(replace(fee_texts(fees), redeem="0.1"), fees, (), NOW_MS).row
    assert isinstance(mine, FeeSchedule)
    assert mine.management_per_day_ratio == fees.management_per_day_ratio
    assert (mine.redeem_ratio, mine.taken_utc_s, mine.source) == (D("0.001"), 85_501, "you")


# -- the tables --------------------------------------------------------------------------------------------------------


def test_rows_stand_oldest_first_with_everything_known_of_them(dialog: RulesDialog) -> None:
    assert lines(dialog) == [
        [
            "The beginning",
            "2.3×",
            "16:00 outside the band",
            "1.8 to 3",
            "3× or 20\u00a0% either way",
            "stated",
            "2025-04-01",
        ],
        [
            "1 Apr 2025 08:00",
            "3×",
            "16:00 outside or moved 1\u00a0%",
            "2 to 4",
            "4× or 20\u00a0% either way",
            "stated",
            "2025-04-01",
        ],
        ["1 Dec 2025 00:00 in force", "3×", "—", "2.25 to 4.125", "—", "assumed", "2026-02-28"],
    ]
    assert dialog.rules.chosen == DATED_RULES[2]
    assert dialog.rules.origin.text().startswith("Assumed, as of 2026-02-28: Gate Research")
    fees = dialog.fees.table.cells
    assert [fees.index(0, column).data() for column in (0, 1, 3, 6)] == [
        "The beginning in force",
        "0.1\u00a0%",
        "inside",
        "0.2\u00a0%",
    ]


def test_a_clock_shows_its_seconds_where_it_has_any(qtbot: QtBot, desk: FakeDesk) -> None:
    desk.define_token(token_of(desk)._replace(fees=(FeeSchedule(taken_utc_s=85_501),)))
    assert opened(qtbot, desk).fees.table.cells.index(0, 2).data() == "23:45:01"


def test_the_row_in_force_is_the_last_that_has_begun(qtbot: QtBot, desk: FakeDesk) -> None:
    desk.clock_ms = DECEMBER_MS - 1
    dialog = opened(qtbot, desk)
    marks = [dialog.rules.table.cells.index(row, 0).data(CELL_ROLE).mark for row in range(3)]
    assert marks == ["", "in force", ""]


def test_the_tables_are_sound_models(dialog: RulesDialog, qtmodeltester: ModelTester) -> None:
    for part in (dialog.rules, dialog.fees):
        qtmodeltester.check(part.table.cells)  # type: ignore[no-untyped-call]


def test_nothing_changed_is_nothing_to_save(dialog: RulesDialog) -> None:
    assert not dialog.ok.isEnabled()


# -- acts --------------------------------------------------------------------------------------------------------------


def test_an_edited_row_is_saved_as_ones_own_in_one_act(qtbot: QtBot, desk: FakeDesk, dialog: RulesDialog) -> None:
    dialog.rules.table.opened.emit(0)
    form = form_of(dialog, RuleForm)
    form.fields["band_high"].setText("3")
    assert form.rows["band_low"].hint.text() == "The high edge lies above the target of 3."
    assert not form.ok.isEnabled()
    form.fields["band_high"].setText("4.5")
    form.ok.click()
    assert desk.calls == []
    assert lines(dialog)[2][3:6] == ["2.25 to 4.5", "—", "yours"]
    assert dialog.rules.origin.text() == "Yours, as of 2026-11-21: you"
    dialog.ok.click()
    assert [name for name, _ in desk.calls] == ["define_token"]
    saved = token_of(desk)
    assert saved.rules[:2] == DATED_RULES[:2]
    assert (saved.rules[2].band_high, saved.rules[2].provenance) == (D("4.5"), Provenance.USER)
    assert saved.provenance is Provenance.USER
    assert not dialog.isVisible()
    desk.undo()
    assert token_of(desk).rules == tuple(reversed(DATED_RULES))


def test_a_list_nobody_ever_touched_stays_the_issuers(desk: FakeDesk, dialog: RulesDialog) -> None:
    dialog.fees.add_button.click()
    form = form_of(dialog, FeeForm)
    form.fields["since"].setText("2026-06-01")
    form.fields["per_day"].setText("0.03")
    form.ok.click()
    dialog.ok.click()
    sent = desk.calls[0][1][0]
    assert isinstance(sent, LeveragedToken)
    assert sent.rules == ()
    assert [fees.management_per_day_ratio for fees in sent.fees] == [D("0.001"), D("0.0003")]


def test_an_added_row_finds_its_place_and_no_second_one_from_its_moment(dialog: RulesDialog) -> None:
    dialog.rules.add_button.click()
    form = form_of(dialog, RuleForm)
    assert form.fields["target"].text() == "3"
    assert form.rows["since"].hint.text() == "Another row counts from this very moment."
    form.fields["since"].setText("2025-06-01")
    assert form.ok.isEnabled()
    form.ok.click()
    assert [line[0] for line in lines(dialog)] == [
        "The beginning",
        "1 Apr 2025 08:00",
        "1 Jun 2025 00:00",
        "1 Dec 2025 00:00 in force",
    ]
    assert dialog.rules.chosen is dialog.rules.rows[2]


def test_a_form_asks_for_the_move_only_where_it_counts(dialog: RulesDialog) -> None:
    dialog.edit_rule(dialog.rules.rows[1])
    form = form_of(dialog, RuleForm)
    assert form.rows["check_move"].line.isVisibleTo(form)
    form.condition.setCurrentIndex(form.condition.findData(ScheduledCondition.OUTSIDE_BAND))
    assert not form.rows["check_move"].line.isVisibleTo(form)
    form.fields["check_time"].clear()
    assert not form.rows["condition"].line.isVisibleTo(form)
    assert form.ok.isEnabled()


def test_the_delete_key_takes_the_chosen_row_away(desk: FakeDesk, dialog: RulesDialog) -> None:
    dialog.rules.table.setFocus()
    QTest.keyClick(dialog.rules.table, Qt.Key.Key_Delete)
    assert dialog.rules.rows == DATED_RULES[:2]
    assert lines(dialog)[1][0] == "1 Apr 2025 08:00 in force"
    dialog.ok.click()
    assert token_of(desk).rules == DATED_RULES[:2]


def test_the_way_back_to_the_issuer_leaves_no_row(desk: FakeDesk, dialog: RulesDialog) -> None:
    assert not dialog.back.isEnabled()
    dialog.fees.delete_button.click()
    assert dialog.back.isEnabled()
    dialog.back.click()
    assert (dialog.rules.rows, dialog.fees.rows) == ((), ())
    assert dialog.rules.table.empty_text[0] == "No row of yours"
    assert not dialog.back.isEnabled()
    dialog.ok.click()
    assert (token_of(desk).rules, token_of(desk).fees) == ((), ())


def test_what_can_be_done_with_a_token_can_be_corrected(desk: FakeDesk, dialog: RulesDialog) -> None:
    dialog.status.setCurrentIndex(dialog.status.findData(TokenStatus.REDEEM_ONLY))
    dialog.ok.click()
    assert token_of(desk).status is TokenStatus.REDEEM_ONLY


def test_a_refusal_is_told_and_nothing_typed_is_lost(desk: FakeDesk, dialog: RulesDialog) -> None:
    def refuse(token: LeveragedToken) -> None:
        desk.fail(UserError("Its band does not hold.", hint="Correct that row."))

    desk.define_token = refuse  # type: ignore[method-assign]
    dialog.rules.delete_button.click()
    dialog.ok.click()
    assert dialog.isVisible()
    assert dialog.failure.text() == "Its band does not hold. Correct that row."
    assert len(dialog.rules.rows) == 2


def test_a_token_without_rows_says_so(qtbot: QtBot, desk: FakeDesk) -> None:
    bare = LeveragedToken(key=TokenKey("acme", "X3S"), underlying="X", target_leverage=D(-3))
    desk.define_token(bare)
    dialog = opened(qtbot, desk, bare.key)
    assert dialog.rules.table.empty_text[0] == "Nothing is known"
    assert dialog.rules.chosen is None
    dialog.rules.add_button.click()
    form_of(dialog, RuleForm).ok.click()
    assert dialog.rules.rows[0].target_leverage == D(-3)
    assert dialog.rules.rows[0].effective_from_ms == BEGINNING_MS


# -- ways to it --------------------------------------------------------------------------------------------------------


def test_the_token_dialog_leads_on_while_nothing_is_typed(qtbot: QtBot, desk: FakeDesk) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    first = TokenDialog(desk, parent, key=BTC3L)
    first.show()
    first.fields["hedge"].setText("BTC_USD")
    assert not first.all_rows.isEnabled()
    first.fields["hedge"].setText("BTC_USDT")
    first.all_rows.click()
    assert not first.isVisible()
    assert parent.findChild(RulesDialog) is not None


def test_a_new_token_has_no_rows_to_show_yet(qtbot: QtBot, desk: FakeDesk) -> None:
    dialog = TokenDialog(desk)
    qtbot.addWidget(dialog)
    assert not dialog.all_rows.isVisibleTo(dialog)


def test_menu_and_table_open_it_for_the_chosen_holding(window: MainWindow) -> None:
    action = window.actions_["correct_rules"]
    window.panel.select(BTC3L)
    assert action.isEnabled()
    action.trigger()
    assert window.findChildren(RulesDialog)[-1].windowTitle() == "Rules and fees of BTC3L"
    menu = window.panel.context_menu(TokenKey("gate", "ETH3L"))
    next(entry for entry in menu.actions() if entry.text() == "Rules and fees…").trigger()
    assert window.findChildren(RulesDialog)[-1].windowTitle() == "Rules and fees of ETH3L"
    window.panel.holding_selected.emit(None)
    assert not action.isEnabled()
