"""A rule in fields: what for, which conditions, how it counts, when, and how it tells."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from levdesk.domain.alerts import (
    AlertJoin,
    AlertKind,
    AlertRule,
    AlertScope,
    AlertSeverity,
    Condition,
    ScopeKind,
)
from levdesk.services.alert_ports import ChannelKind
from levdesk.services.alert_rules import scope_from_text, usual_condition
from levdesk.ui import theme
from levdesk.ui.alerts.condition_form import ConditionForm
from levdesk.ui.alerts.fields import HoursField, SpanField
from levdesk.ui.alerts.words import CHANNEL_WORDS, MARKS, SEVERITY_WORDS
from levdesk.ui.dialogs.form import FormGrid, link
from levdesk.ui.dialogs.moment_field import MomentEdit
from levdesk.ui.models.titles import venue_title

if TYPE_CHECKING:
    from levdesk.ui.desk import Desk

MOST_CONDITIONS: Final = 8
WEEK_MS: Final = 7 * 86_400_000


class RuleForm(QWidget):
    """Edits a rule.

    Attributes:
        changed: something else stands there.
    """

    changed = Signal()

    def __init__(self, desk: Desk, rule: AlertRule) -> None:
        super().__init__()
        self._desk = desk
        self._rule = rule
        self._is_filling = True
        self.name = QLineEdit(rule.name)
        self.scope, self.severity, self.join = QComboBox(), QComboBox(), QComboBox()
        self.conditions: list[ConditionForm] = []
        self._stack = QVBoxLayout()
        self.add_button = link("Add a condition")
        self.holds = SpanField("Has to hold for", nothing="at once")
        self.pause = SpanField("Then quiet for", nothing="no time")
        self.hours = HoursField()
        self.ends = QCheckBox("Until")
        self.end = MomentEdit(desk.now_ms)
        self.once = QCheckBox("Fire once, then sleep")
        self.channels = {kind: QCheckBox(CHANNEL_WORDS[kind.value]) for kind in ChannelKind}
        self._fill()
        self._lay_out()
        self._connect()
        self._is_filling = False

    # -- value -----------------------------------------------------------------------------------------------------

    def rule(self) -> AlertRule:
        """What stands in the fields.

        Raises:
            ValueError: a figure is missing, in a sentence.
        """
        return replace(
            self._rule,
            name=self.name.text().strip(),
            scope=self.chosen_scope(),
            conditions=tuple(form.condition() for form in self.conditions),
            join=AlertJoin(self.join.currentData()),
            severity=AlertSeverity(self.severity.currentData()),
            debounce_s=self.holds.seconds(),
            cooldown_s=self.pause.seconds(),
            expires_ms=self.end.ms() if self.ends.isChecked() else None,
            active_hours=self.hours.hours(),
            channels=tuple(kind.value for kind, box in self.channels.items() if box.isChecked()),
            one_shot=self.once.isChecked(),
        )

    def chosen_scope(self) -> AlertScope:
        """What the rule is for."""
        return scope_from_text(str(self.scope.currentData()))

    def add_condition(self, condition: Condition) -> ConditionForm:
        """Append a condition."""
        form = ConditionForm(condition, self._level_of)
        form.changed.connect(self._tell)
        form.remove_wanted.connect(partial(self._remove, form))
        form.kind.currentIndexChanged.connect(self._explain)
        self.conditions.append(form)
        self._stack.addWidget(form)
        self._offer()
        return form

    # -- building --------------------------------------------------------------------------------------------------

    def _fill(self) -> None:
        rule = self._rule
        for text, words in _scopes(self._desk, rule.scope):
            self.scope.addItem(words, text)
        self.scope.setCurrentIndex(max(0, self.scope.findData(str(rule.scope))))
        for severity in AlertSeverity:
            self.severity.addItem(f"{MARKS[severity]}  {SEVERITY_WORDS[severity]}", severity)
        self.severity.setCurrentIndex(self.severity.findData(rule.severity))
        self.join.addItem("all of these hold", AlertJoin.ALL_OF)
        self.join.addItem("any of these holds", AlertJoin.ANY_OF)
        self.join.setCurrentIndex(self.join.findData(rule.join))
        self.join.setAccessibleName("How the conditions combine")
        self.holds.set_seconds(rule.debounce_s)
        self.pause.set_seconds(rule.cooldown_s)
        self.hours.set_hours(rule.active_hours)
        self.ends.setChecked(rule.expires_ms is not None)
        self.end.setAccessibleName("Last moment it can fire")
        self.end.set_ms(rule.expires_ms or self._desk.now_ms() + WEEK_MS)
        self.end.setEnabled(self.ends.isChecked())
        self.once.setChecked(rule.one_shot)
        for kind, box in self.channels.items():
            box.setChecked(kind.value in rule.channels)
            box.setAccessibleName(f"Tell by {CHANNEL_WORDS[kind.value]}")

    def _lay_out(self) -> None:
        px = theme.active().px
        grid = FormGrid()
        self.name_row = grid.add("&Name", self.name)
        grid.add("&For", self.scope)
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(6))
        column.addWidget(self.join)
        self._stack.setSpacing(px(10))
        column.addLayout(self._stack)
        row = QHBoxLayout()
        row.addWidget(self.add_button)
        row.addStretch(1)
        column.addLayout(row)
        when = grid.add("When", body)
        grid.setAlignment(when.name, Qt.AlignmentFlag.AlignTop)
        when.name.setContentsMargins(0, px(12), 0, 0)
        grid.add("&Severity", self.severity)
        grid.add("Has to hold for", self.holds)
        grid.add("Then quiet for", self.pause)
        hours = grid.add("Hours", self.hours)
        grid.setAlignment(hours.name, Qt.AlignmentFlag.AlignTop)
        hours.name.setContentsMargins(0, px(10), 0, 0)
        until = QWidget()
        until_row = QHBoxLayout(until)
        until_row.setContentsMargins(0, 0, 0, 0)
        for part in (self.ends, self.end):
            until_row.addWidget(part)
        until_row.addStretch(1)
        grid.add("Lasts", until)
        grid.add("", self.once)
        grid.add("Tell by", self._channel_row(px(12)), keep_hint=True)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addLayout(grid)
        outer.addStretch(1)
        for condition in self._rule.conditions:
            self.add_condition(condition)

    def _channel_row(self, gap: int) -> QWidget:
        made = QWidget()
        row = QHBoxLayout(made)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(gap)
        for box in self.channels.values():
            row.addWidget(box)
        row.addStretch(1)
        return made

    def _connect(self) -> None:
        self.add_button.clicked.connect(self._add)
        self.ends.toggled.connect(self.end.setEnabled)
        self.name.textChanged.connect(self._tell)
        for box in (self.scope, self.severity, self.join):
            box.currentIndexChanged.connect(self._tell)
        for field in (self.holds, self.pause, self.hours):
            field.changed.connect(self._tell)
        for tick in (self.ends, self.once, *self.channels.values()):
            tick.toggled.connect(self._tell)
        self.end.dateTimeChanged.connect(self._tell)

    # -- inside ----------------------------------------------------------------------------------------------------

    @Slot()
    def _add(self) -> None:
        used = {form.kind.currentData() for form in self.conditions}
        free = next((kind for kind in AlertKind if kind not in used), AlertKind.PREMIUM)
        self.add_condition(usual_condition(free)).kind.setFocus()
        self._tell()

    def _remove(self, form: ConditionForm) -> None:
        self.conditions.remove(form)
        self._stack.removeWidget(form)
        form.hide()
        form.deleteLater()
        self._offer()
        self._tell()

    def _offer(self) -> None:
        several = len(self.conditions) > 1
        self.join.setVisible(several)
        self.add_button.setVisible(len(self.conditions) < MOST_CONDITIONS)
        for form in self.conditions:
            form.offer_removal(several)
        self._explain()

    @Slot()
    def _explain(self) -> None:
        """Each kind is explained once, at the first condition of it."""
        explained: set[object] = set()
        for form in self.conditions:
            kind = form.kind.currentData()
            form.explain(kind not in explained)
            explained.add(kind)

    def _level_of(self, measure: str) -> float | None:
        """The figure of now a level is asked for near."""
        scope = self.chosen_scope()
        quote = None if scope.key is None else self._desk.quote(scope.key)
        if quote is None:
            return None
        figure = {"price": quote.last, "nav": quote.nav, "underlying": quote.underlying_price}.get(measure)
        return None if figure is None else float(figure)

    @Slot()
    def _tell(self) -> None:
        if not self._is_filling:
            self.changed.emit()


def _scopes(desk: Desk, own: AlertScope) -> list[tuple[str, str]]:
    """What a rule can be for, as scripts write it and in words: everything, portfolios, underlyings, tokens."""
    found = [(str(AlertScope()), "All holdings")]
    for portfolio in desk.portfolios:
        scope = AlertScope(kind=ScopeKind.PORTFOLIO, portfolio_id=portfolio.id)
        found.append((str(scope), f"Portfolio {portfolio.name}"))
    view = desk.view
    held = view.open_holdings if view is not None else ()
    names = dict.fromkeys(row.token.underlying for row in held)
    found += [(str(AlertScope(kind=ScopeKind.UNDERLYING, underlying=name)), f"Everything on {name}") for name in names]
    venues = dict.fromkeys(row.token.key.venue for row in held)
    found += [
        (str(AlertScope(kind=ScopeKind.VENUE, venue=each)), f"Everything at {venue_title(each)}") for each in venues
    ]
    for row in held:
        key = row.token.key
        found.append((str(AlertScope(kind=ScopeKind.TOKEN, key=key)), f"{key.symbol} · {venue_title(key.venue)}"))
    if str(own) not in dict(found):
        found.append((str(own), str(own).partition(":")[2]))
    return found
