"""Rules: the list, the editor with its trial, and what a saved rule becomes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit, QSpinBox
from pytestqt.qtbot import QtBot

from levdesk.domain.alerts import (
    ActiveHours,
    AlertJoin,
    AlertKind,
    AlertRule,
    AlertScope,
    AlertSeverity,
    AlertSide,
    Condition,
    ScopeKind,
)
from levdesk.domain.errors import StoreUnavailable
from levdesk.domain.instruments import TokenKey
from levdesk.services.alert_kinds import KINDS
from levdesk.services.alert_rules import check_rule, usual_condition
from levdesk.ui.alerts.fields import FigureField, HoursField, SpanField
from levdesk.ui.alerts.rule_cells import RuleColumn
from levdesk.ui.alerts.rule_dialog import RuleDialog
from levdesk.ui.alerts.rule_form import RuleForm
from levdesk.ui.alerts.rules_dialog import RulesDialog
from levdesk.ui.models.columns import CELL_ROLE
from tests.ui.fake_alerts import rules
from tests.ui.fake_books import NOW_MS
from tests.ui.fake_desk import FakeDesk

BTC3L = TokenKey("gate", "BTC3L")
COUNT = len(rules())
FULL = AlertRule(
    id=7,
    name="Everything at once",
    scope=AlertScope(kind=ScopeKind.UNDERLYING, underlying="BTC"),
    conditions=(
        Condition(kind=AlertKind.EXTREME_MOVE, threshold=0.07, side=AlertSide.EITHER, measure="move",
                  hysteresis=0.015, horizon_s=1_800),
        Condition(kind=AlertKind.STALE_DATA, threshold=1_200.0, measure="age"),
        Condition(kind=AlertKind.LEVEL_CROSS, threshold=2.25, side=AlertSide.BELOW, measure="nav"),
    ),
    join=AlertJoin.ANY_OF,
    severity=AlertSeverity.CRITICAL,
    debounce_s=90,
    cooldown_s=7_200,
    expires_ms=NOW_MS + 86_400_000,
    active_hours=ActiveHours(from_minute=22 * 60, until_minute=6 * 60, weekdays=frozenset({0, 4})),
    channels=("desktop", "telegram"),
    one_shot=True,
)  # fmt: skip


@pytest.fixture
def dialog(qtbot: QtBot, desk: FakeDesk) -> RulesDialog:
    made = RulesDialog(desk, None)
    qtbot.addWidget(made)
    made.show()
    return made


def editor(qtbot: QtBot, desk: FakeDesk, rule: AlertRule) -> RuleDialog:
    made = RuleDialog(desk, None, rule)
    qtbot.addWidget(made)
    made.show()
    return made


def enabled(desk: FakeDesk) -> bool:
    """Whether the last rule is switched on."""
    view = desk.alerts.view
    return view is not None and view.rules[-1].rule.enabled


def names(dialog: RulesDialog) -> list[str]:
    model = dialog.table.rows
    return [model.index(row, RuleColumn.RULE).data(CELL_ROLE).text for row in range(model.rowCount())]


# -- fields ------------------------------------------------------------------------------------------------------------


def test_a_rule_with_everything_goes_through_the_form_unchanged(qtbot: QtBot, desk: FakeDesk) -> None:
    form = RuleForm(desk, FULL)
    qtbot.addWidget(form)
    assert form.rule() == FULL


@pytest.mark.parametrize("kind", AlertKind, ids=lambda kind: kind.value)
def test_every_kind_and_measure_goes_through_the_form_unchanged(qtbot: QtBot, desk: FakeDesk, kind: AlertKind) -> None:
    conditions = tuple(usual_condition(kind, info.name) for info in KINDS[kind].measures)
    rule = AlertRule(conditions=conditions)
    form = RuleForm(desk, rule)
    qtbot.addWidget(form)
    assert form.rule() == rule
    assert check_rule(form.rule()) == ()


def test_choosing_another_kind_fills_in_its_usual_figures(qtbot: QtBot, desk: FakeDesk) -> None:
    form = RuleForm(desk, AlertRule(conditions=(usual_condition(AlertKind.PREMIUM),)))
    qtbot.addWidget(form)
    (condition,) = form.conditions
    condition.kind.setCurrentIndex(condition.kind.findData(AlertKind.FUNDING_SPIKE))
    assert form.rule().conditions == (usual_condition(AlertKind.FUNDING_SPIKE),)
    condition.measure.setCurrentIndex(1)
    assert form.rule().conditions == (usual_condition(AlertKind.FUNDING_SPIKE, "flip"),)


def test_a_level_begins_at_the_price_of_now(qtbot: QtBot, desk: FakeDesk) -> None:
    scope = AlertScope(kind=ScopeKind.TOKEN, key=BTC3L)
    form = RuleForm(desk, AlertRule(scope=scope, conditions=(usual_condition(AlertKind.PREMIUM),)))
    qtbot.addWidget(form)
    (condition,) = form.conditions
    condition.kind.setCurrentIndex(condition.kind.findData(AlertKind.LEVEL_CROSS))
    assert form.rule().conditions[0].threshold == pytest.approx(2.4614)


def test_conditions_are_added_and_taken_out_but_one_stays(qtbot: QtBot, desk: FakeDesk) -> None:
    form = RuleForm(desk, AlertRule(conditions=(usual_condition(AlertKind.PREMIUM),)))
    qtbot.addWidget(form)
    assert form.conditions[0].remove_button.isHidden()
    assert form.join.isHidden()
    form.add_button.click()
    assert len(form.rule().conditions) == 2
    assert not form.join.isHidden()
    form.conditions[0].remove_button.click()
    assert len(form.conditions) == 1
    assert form.conditions[0].remove_button.isHidden()


def test_scopes_are_everything_portfolios_underlyings_venues_and_tokens(qtbot: QtBot, desk: FakeDesk) -> None:
    form = RuleForm(desk, AlertRule(conditions=(usual_condition(AlertKind.PREMIUM),)))
    qtbot.addWidget(form)
    offered = [str(form.scope.itemData(row)) for row in range(form.scope.count())]
    assert offered[0] == "everything"
    assert {"portfolio:1", "underlying:BTC", "venue:gate", "token:gate:BTC3L"} <= set(offered)


def test_a_scope_that_is_held_no_more_stays_chosen(qtbot: QtBot, desk: FakeDesk) -> None:
    gone = AlertScope(kind=ScopeKind.TOKEN, key=TokenKey("gate", "XRP3L"))
    form = RuleForm(desk, AlertRule(scope=gone, conditions=(usual_condition(AlertKind.PREMIUM),)))
    qtbot.addWidget(form)
    assert form.rule().scope == gone


@pytest.mark.parametrize("seconds", [0, 1, 59, 60, 90, 3_600, 7_200, 86_400, 14 * 86_400])
def test_a_stretch_of_time_is_written_in_its_largest_unit_and_read_back(qtbot: QtBot, seconds: int) -> None:
    field = SpanField("x")
    qtbot.addWidget(field)
    field.set_seconds(seconds)
    assert field.seconds() == seconds


def test_hours_past_midnight_and_whole_weeks_are_kept(qtbot: QtBot) -> None:
    field = HoursField()
    qtbot.addWidget(field)
    for hours in (
        None,
        ActiveHours(from_minute=0, until_minute=1_440),
        ActiveHours(from_minute=1_320, until_minute=360),
    ):
        field.set_hours(hours)
        assert field.hours() == hours


def test_a_figure_that_is_no_number_is_none(qtbot: QtBot) -> None:
    field = FigureField("x")
    qtbot.addWidget(field)
    field.edit.setText("a lot")
    assert field.value() is None


# -- editor ------------------------------------------------------------------------------------------------------------


def test_the_editor_tries_the_rule_and_says_when_it_would_have_fired(qtbot: QtBot, desk: FakeDesk) -> None:
    dialog = editor(qtbot, desk, FULL)
    qtbot.waitUntil(lambda: "4 times" in dialog.trial.words.text())
    assert dialog.trial.chart.trial is not None
    assert len(dialog.trial.chart.trial.moments) == 4
    assert "BTC moved 3 %" in dialog.trial.moments.text()
    assert "BTC moved 64 %" in dialog.trial.chart.accessibleDescription()
    x = dialog.trial.chart.x_of(dialog.trial.chart.trial.moments[0][0])
    assert "BTC moved 64 %" in dialog.trial.chart.words_at(x)
    assert dialog.trial.chart.words_at(x + 60) == ""


def test_an_answer_about_another_rule_is_not_shown(qtbot: QtBot, desk: FakeDesk) -> None:
    dialog = editor(qtbot, desk, FULL)
    answer = desk.alerts.trial
    assert answer is not None
    desk.alerts.trial = None
    dialog.try_now()
    desk.alerts.signals.tried.emit(answer(replace(FULL, name="Another")))
    assert "Trying" in dialog.trial.words.text()


def test_a_kind_is_explained_once_and_a_choice_of_one_is_no_choice(qtbot: QtBot, desk: FakeDesk) -> None:
    chance, move = (usual_condition(AlertKind.REBALANCE_NEAR, name) for name in ("chance", "move"))
    dialog = editor(qtbot, desk, AlertRule(conditions=(chance, move)))
    first, second = dialog.form.conditions
    assert (first.about.isHidden(), second.about.isHidden()) == (False, True)
    second.kind.setCurrentIndex(second.kind.findData(AlertKind.PREMIUM))
    assert not second.about.isHidden()
    assert (first.side.isHidden(), second.side.isHidden()) == (True, False)


def test_what_is_wrong_is_said_and_cannot_be_saved(qtbot: QtBot, desk: FakeDesk) -> None:
    dialog = editor(qtbot, desk, AlertRule(conditions=(usual_condition(AlertKind.PREMIUM),)))
    threshold = dialog.form.conditions[0].threshold.edit
    threshold.setText("a lot")
    assert dialog.problem.text() == "Type the threshold as a number."
    assert not dialog.ok.isEnabled()
    threshold.setText("0")
    assert "must be above 0" in dialog.problem.text()
    threshold.setText("2.5")
    assert dialog.problem.text() == ""
    assert dialog.ok.isEnabled()
    assert dialog.form.name.placeholderText() == "Any holding: price 2.5 % or more away from NAV"


def test_saving_hands_the_rule_over_and_closes(qtbot: QtBot, desk: FakeDesk) -> None:
    dialog = editor(qtbot, desk, FULL)
    dialog.ok.click()
    assert ("save_rule", (FULL,)) in desk.alerts.calls
    assert not dialog.isVisible()


def test_a_rule_that_cannot_be_saved_keeps_the_editor_open(
    qtbot: QtBot, desk: FakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    dialog = editor(qtbot, desk, FULL)
    monkeypatch.setattr(desk.alerts, "save_rule", lambda _rule: None)
    dialog.ok.click()
    desk.fail(StoreUnavailable("The rule was not saved: the disk is full.", hint="Free some space."))
    assert dialog.isVisible()
    assert "Free some space." in dialog.problem.text()
    assert dialog.ok.isEnabled()


def test_every_field_has_a_name(qtbot: QtBot, desk: FakeDesk) -> None:
    dialog = editor(qtbot, desk, FULL)
    for kind in (QComboBox, QSpinBox, QLineEdit):
        for field in dialog.findChildren(kind):
            inner = field.objectName() == "qt_spinbox_lineedit"
            assert field.accessibleName() or inner, field
    for box in dialog.findChildren(QCheckBox):
        assert box.accessibleName() or box.text()


# -- list --------------------------------------------------------------------------------------------------------------


def test_the_list_names_every_rule_with_scope_severity_and_state(dialog: RulesDialog, desk: FakeDesk) -> None:
    assert len(names(dialog)) == COUNT
    assert names(dialog)[-1] == "My line for BTC3L"
    model = dialog.table.rows
    last = [model.index(COUNT - 1, column).data(CELL_ROLE).text for column in RuleColumn]
    assert last[1:] == ["BTC3L", "▲ critical", "watching", "never", "desktop, sound, Telegram"]
    assert dialog.count.text().replace("\u00a0", " ") == f"{COUNT} rules, {COUNT} on"
    desk.alerts.fire()
    assert any(model.index(row, RuleColumn.STATE).data(CELL_ROLE).text == "firing at 1" for row in range(COUNT))


def test_the_filter_finds_words_of_names_and_explanations(dialog: RulesDialog) -> None:
    dialog.filter.setText("funding sign")
    assert names(dialog)
    assert all("unding" in name for name in names(dialog))
    dialog.filter.setText("no such rule")
    assert names(dialog) == []
    assert dialog.table.empty_text[0] == "No rule matches"


def test_space_switches_a_rule_off_and_on_and_delete_removes_it(
    dialog: RulesDialog, desk: FakeDesk, qtbot: QtBot
) -> None:
    dialog.table.choose(COUNT)
    dialog.table.setFocus()
    qtbot.keyClick(dialog.table, Qt.Key.Key_Space)  # type: ignore[no-untyped-call]
    assert not enabled(desk)
    assert dialog.switch_button.text() == "Switch on"
    qtbot.keyClick(dialog.table, Qt.Key.Key_Space)  # type: ignore[no-untyped-call]
    assert enabled(desk)
    qtbot.keyClick(dialog.table, Qt.Key.Key_Delete)  # type: ignore[no-untyped-call]
    assert desk.alerts.calls[-1] == ("remove_rule", (COUNT,))
    assert len(names(dialog)) == COUNT - 1


def test_a_copy_begins_as_a_rule_of_the_persons_own(dialog: RulesDialog) -> None:
    dialog.table.choose(1)
    dialog.copy_chosen()
    (made,) = dialog.findChildren(RuleDialog)
    rule = made.form.rule()
    assert (rule.id, rule.standard) == (0, "")
    assert dialog.chosen is not None
    assert rule.conditions == dialog.chosen.rule.conditions


def test_warn_me_about_a_token_opens_a_level_for_it(dialog: RulesDialog) -> None:
    dialog.add_rule(BTC3L)
    (made,) = dialog.findChildren(RuleDialog)
    rule = made.form.rule()
    assert rule.scope.key == BTC3L
    assert rule.kind is AlertKind.LEVEL_CROSS
    assert rule.conditions[0].threshold == pytest.approx(2.4614), "the price of now"
    made.reject()


def test_a_saved_rule_is_the_one_that_is_chosen(dialog: RulesDialog, desk: FakeDesk) -> None:
    desk.alerts.save_rule(replace(FULL, id=0))
    assert dialog.chosen is not None
    assert dialog.chosen.name == "Everything at once"
