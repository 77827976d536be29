"""Two small forms: one dated rebalance rule, one dated fee schedule. They change nothing by themselves."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit

from levdesk.domain.instruments import FeeSchedule, Provenance, RebalanceRule, ScheduledCondition
from levdesk.ui.dialogs import typed
from levdesk.ui.dialogs.amounts import amount_text
from levdesk.ui.dialogs.form import FieldRow, FormDialog, FormGrid, unit_label
from levdesk.ui.dialogs.row_reading import (
    OWN_SOURCE,
    FeeTexts,
    RowReading,
    RuleTexts,
    fee_texts,
    read_fees,
    read_rule,
    rule_texts,
)
from levdesk.ui.labels import label
from levdesk.ui.models.dated_row_cells import origin_words

if TYPE_CHECKING:
    from collections.abc import Collection

    from PySide6.QtWidgets import QWidget

    from levdesk.domain.instruments import LeveragedToken
    from levdesk.ui.desk import Desk

CONDITION_WORDS: Final = {
    ScheduledCondition.ALWAYS: "every day",
    ScheduledCondition.OUTSIDE_BAND: "only outside the band",
    ScheduledCondition.OUTSIDE_BAND_OR_MOVED: "outside the band, or after a move",
}


class RowForm(FormDialog):
    """What both forms share.

    Attributes:
        finished_row: the row as it is now to be; emitted when the form is accepted.
        fields: editors by the names of `RuleTexts` or `FeeTexts`.
        rows: lines of the form by the same names.
    """

    finished_row = Signal(object)

    def __init__(
        self,
        desk: Desk,
        parent: QWidget | None,
        what: str,
        known: RebalanceRule | FeeSchedule | None,
        taken_ms: Collection[int],
    ) -> None:
        super().__init__(desk, parent, f"{'Add' if known is None else 'Edit'} {what}", "Done")
        self._known = known
        self._taken_ms = taken_ms
        self._reading = RowReading()
        self.fields: dict[str, QLineEdit] = {}
        self.rows: dict[str, FieldRow] = {}
        self.grid = FormGrid()
        if known is not None and known.provenance is not Provenance.USER:
            self.column.addWidget(label(origin_words(known), kind="muted", wrap=True))
        self.column.addLayout(self.grid)
        self.column.addStretch(1)

    @Slot()
    def check(self) -> None:
        """Read the fields and say what is wrong."""
        self._reading = self.read()
        for name, row in self.rows.items():
            wrong = self._reading.errors.get(name, "") or self._reading.errors.get(_BESIDE.get(name, ""), "")
            row.tell(wrong, "critical" if wrong else "muted")
        self.ok.setEnabled(self._reading.row is not None)

    @Slot()
    def send(self) -> None:
        self.check()
        if self._reading.row is not None:
            self.finished_row.emit(self._reading.row)
            self.accept()

    def read(self) -> RowReading:
        """What the fields say; each form reads its own."""
        raise NotImplementedError

    def text_field(self, name: str, title: str, *beside: QWidget, placeholder: str = "") -> None:
        """Append a line with a text of its own."""
        self.rows[name] = self.grid.add(title, self._edit(name, placeholder), *beside)

    def _edit(self, name: str, placeholder: str = "") -> QLineEdit:
        edit = self.fields[name] = QLineEdit()
        edit.setPlaceholderText(placeholder)
        edit.textChanged.connect(self.check)
        return edit

    def _since_field(self) -> None:
        self.text_field("since", "&From", unit_label("UTC"), placeholder="The beginning, or 2025-12-01 08:00")

    def _origin_fields(self) -> None:
        self.text_field("source", "&Source", placeholder=OWN_SOURCE)
        self.text_field("as_of", "&As of", placeholder=typed.day_text(self.desk.now_ms()))

    def _show(self, texts: RuleTexts | FeeTexts) -> None:
        for each in fields(texts):
            if each.name in self.fields:
                self.fields[each.name].setText(getattr(texts, each.name))

    def _values(self) -> dict[str, str]:
        return {name: edit.text() for name, edit in self.fields.items()}


_BESIDE: Final = {"band_low": "band_high"}


class RuleForm(RowForm):
    """Asks for a rebalance rule.

    Args:
        token: whose rule it is.
        known: the row to edit, None for a new one.
        taken_ms: moments from which the other rows count.
    """

    def __init__(
        self,
        desk: Desk,
        parent: QWidget | None,
        *,
        token: LeveragedToken,
        known: RebalanceRule | None,
        taken_ms: Collection[int],
    ) -> None:
        super().__init__(desk, parent, "rebalance rule", known, taken_ms)
        self._token = token
        self._known_rule = known
        self.condition = QComboBox()
        for condition, words in CONDITION_WORDS.items():
            self.condition.addItem(words, condition)
        self.two_sided = QCheckBox("Either way")
        self._lay_out()
        texts = rule_texts(known) if known else RuleTexts(target=amount_text(token.target_leverage))
        self._show(texts)
        self.condition.setCurrentIndex(self.condition.findData(texts.condition))
        self.two_sided.setChecked(texts.two_sided)
        self.condition.currentIndexChanged.connect(self.check)
        self.two_sided.toggled.connect(self.check)
        self.check()

    @Slot()
    def check(self) -> None:
        checked = bool(self.fields["check_time"].text().strip())
        moved = self.condition.currentData() == ScheduledCondition.OUTSIDE_BAND_OR_MOVED
        self.rows["condition"].set_shown(checked)
        self.rows["check_move"].set_shown(checked and moved)
        super().check()

    def read(self) -> RowReading:
        texts = RuleTexts(
            **self._values(),
            condition=ScheduledCondition(self.condition.currentData()),
            two_sided=self.two_sided.isChecked(),
        )
        return read_rule(texts, self._known_rule, self._token, self._taken_ms, self.desk.now_ms())

    def _lay_out(self) -> None:
        self._since_field()
        self.text_field("target", "&Target", unit_label("×"))
        self.text_field("check_time", "&Daily check", unit_label("UTC"), placeholder="None, or 16:00")
        self.rows["condition"] = self.grid.add("It &acts", self.condition)
        self.text_field("check_move", "After a &move of", unit_label("%"))
        high = self._edit("band_high", "None")
        high.setAccessibleName("High edge of the band")
        self.text_field("band_low", "&Band", label("to", kind="muted"), high, placeholder="None")
        self.text_field("emergency_leverage", "At &once at", unit_label("×"), placeholder="No leverage")
        self.text_field("emergency_move", "At once a&fter", unit_label("%"), self.two_sided, placeholder="No move")
        self._origin_fields()


class FeeForm(RowForm):
    """Asks for a fee schedule; arguments as for `RuleForm`."""

    def __init__(
        self, desk: Desk, parent: QWidget | None, *, known: FeeSchedule | None, taken_ms: Collection[int]
    ) -> None:
        super().__init__(desk, parent, "fees", known, taken_ms)
        self._known_fees = known
        self.funding_inside = QCheckBox("Funding is inside this fee")
        self._since_field()
        self.text_field("per_day", "Fee per &day", unit_label("%"), self.funding_inside, placeholder="Not known")
        self.text_field("taken_at", "&Taken at", unit_label("UTC"), placeholder="Not known, or 16:00")
        for name, title in (
            ("subscribe", "S&ubscribe"),
            ("redeem", "&Redeem"),
            ("spot", "S&pot"),
            ("rebalance_cost", "Re&balance cost"),
        ):
            self.text_field(name, title, unit_label("%"), placeholder="Not known")
        self._origin_fields()
        texts = fee_texts(known) if known else FeeTexts()
        self._show(texts)
        self.funding_inside.setChecked(texts.funding_inside)
        self.funding_inside.toggled.connect(self.check)
        self.check()

    def read(self) -> RowReading:
        texts = FeeTexts(**self._values(), funding_inside=self.funding_inside.isChecked())
        return read_fees(texts, self._known_fees, self._taken_ms, self.desk.now_ms())
