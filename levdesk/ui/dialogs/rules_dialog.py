"""Every dated rule and fee of a token, to be seen and corrected row by row; saved as one act."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QSize, Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout

from levdesk.domain.instruments import FeeSchedule, Provenance, RebalanceRule, TokenStatus
from levdesk.ui import theme
from levdesk.ui.dialogs.dated_rows import DatedRows
from levdesk.ui.dialogs.form import FormDialog, link
from levdesk.ui.dialogs.row_forms import FeeForm, RuleForm
from levdesk.ui.format import Figures
from levdesk.ui.labels import label
from levdesk.ui.models.dated_row_cells import FEE_COLUMNS, RULE_COLUMNS, fee_cells, rule_cells
from levdesk.ui.models.titles import token_words, venue_title

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from levdesk.domain.instruments import LeveragedToken, TokenKey
    from levdesk.ui.desk import Desk

STATUS_WORDS: Final = {
    TokenStatus.TRADING: "Trading",
    TokenStatus.REDEEM_ONLY: "Redeem only",
    TokenStatus.DELISTED: "Delisted",
    TokenStatus.SETTLED: "Settled",
}
_SIZE: Final = QSize(1020, 600)


class RulesDialog(FormDialog):
    """Two tables, the token's status, and the way back to the issuer's own rows.

    Args:
        key: a token of the desk's catalogue.
    """

    def __init__(self, desk: Desk, parent: QWidget | None = None, *, key: TokenKey) -> None:
        super().__init__(desk, parent, f"Rules and fees of {key.symbol}", "Save", is_resizable=True)
        self._token = next(token for token in desk.catalogue() if token.key == key)
        write = Figures()
        now_ms = desk.now_ms()
        self.status = QComboBox()
        for status, words in STATUS_WORDS.items():
            self.status.addItem(words, status)
        self.status.setCurrentIndex(self.status.findData(self._token.status))
        self.back = link("Back to the issuer's rows")
        self.rules: DatedRows[RebalanceRule] = DatedRows(
            "Rebalance rules",
            RULE_COLUMNS,
            lambda rule, in_force: rule_cells(rule, in_force=in_force, write=write),
            now_ms,
        )
        self.fees: DatedRows[FeeSchedule] = DatedRows(
            "Fees", FEE_COLUMNS, lambda fees, in_force: fee_cells(fees, in_force=in_force, write=write), now_ms
        )
        self._lay_out(write)
        self.rules.show_rows(self._token.rules)
        self.fees.show_rows(self._token.fees)
        self._begun = self.shown_rows
        self._connect()
        self.check()
        self.rules.table.setFocus()

    # -- what a person does ----------------------------------------------------------------------------------------

    @property
    def shown_rows(self) -> tuple[tuple[RebalanceRule, ...], tuple[FeeSchedule, ...]]:
        """Rules and fees as they stand in the tables."""
        return self.rules.rows, self.fees.rows

    @property
    def corrected(self) -> LeveragedToken:
        """The token as it stands in the dialog.

        A list that nobody ever touched is left to the issuer, so that a later version of its rows still arrives.
        """
        known = self._token
        (rules, fees), (old_rules, old_fees) = self.shown_rows, self._begun
        never_touched = known.provenance is not Provenance.USER
        return known._replace(
            status=TokenStatus(self.status.currentData()),
            rules=() if never_touched and rules == old_rules else rules,
            fees=() if never_touched and fees == old_fees else fees,
            provenance=Provenance.USER if rules or fees or not (old_rules or old_fees) else known.provenance,
        )

    @property
    def is_changed(self) -> bool:
        """Whether there is anything to save."""
        return self.shown_rows != self._begun or self.status.currentData() != self._token.status

    @Slot()
    def check(self) -> None:
        """Offer what can be done."""
        self.ok.setEnabled(self.is_changed)
        is_own = self._token.provenance is Provenance.USER or self.shown_rows != self._begun
        self.back.setEnabled(is_own and self.shown_rows != ((), ()))

    @Slot()
    def send(self) -> None:
        if self.is_changed:
            token = self.corrected
            self.wait_for(lambda: self.desk.define_token(token))

    @Slot()
    def drop_own_rows(self) -> None:
        """Leave rules and fees to the issuer again; done when saved."""
        self.rules.show_rows(())
        self.fees.show_rows(())
        self.check()

    @Slot(object)
    def edit_rule(self, known: RebalanceRule | None) -> None:
        """Open the form of a rule, None for a new one."""
        taken = self.rules.moments_but(known)
        form = RuleForm(self.desk, self, token=self._token, known=known, taken_ms=taken)
        form.finished_row.connect(lambda row: self.rules.put(row, known))
        form.begin()

    @Slot(object)
    def edit_fees(self, known: FeeSchedule | None) -> None:
        """Open the form of a fee schedule, None for a new one."""
        taken = self.fees.moments_but(known)
        form = FeeForm(self.desk, self, known=known, taken_ms=taken)
        form.finished_row.connect(lambda row: self.fees.put(row, known))
        form.begin()

    # -- inside ----------------------------------------------------------------------------------------------------

    def _lay_out(self, write: Figures) -> None:
        px = theme.active().px
        token = self._token
        head = QHBoxLayout()
        head.setSpacing(px(8))
        head.addWidget(label(token_words(token, write), kind="muted"), 1)
        name = label("&Status", kind="muted")
        name.setBuddy(self.status)
        self.status.setAccessibleName("Status of the token")
        head.addWidget(self.back)
        head.addSpacing(px(16))
        head.addWidget(name)
        head.addWidget(self.status)
        self.column.addLayout(head)
        venue = venue_title(token.key.venue)
        dropped = ("No row of yours", f"What is known of {venue} counts once this is saved.")
        for part, is_known in ((self.rules, bool(token.rules)), (self.fees, bool(token.fees))):
            part.table.empty_text = dropped if is_known else ("Nothing is known", "Add what you know of it.")
            self.column.addWidget(part, 1)
        self.resize(px(_SIZE.width()), px(_SIZE.height()))

    def _connect(self) -> None:
        self.rules.edit_wanted.connect(self.edit_rule)
        self.fees.edit_wanted.connect(self.edit_fees)
        for part in (self.rules, self.fees):
            part.changed.connect(self.check)
        self.status.currentIndexChanged.connect(self.check)
        self.back.clicked.connect(self.drop_own_rows)
