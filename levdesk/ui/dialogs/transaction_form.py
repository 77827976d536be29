"""The fields of a transaction, which of them a type needs, and what they say when read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit, QPushButton, QVBoxLayout, QWidget

from levdesk.domain.instruments import LeveragedToken
from levdesk.domain.money import ZERO
from levdesk.domain.transactions import Portfolio, TransactionDraft, TransactionType
from levdesk.ui.desk import Desk
from levdesk.ui.dialogs.form import AmountEdit, FieldRow, FormGrid, unit_label
from levdesk.ui.dialogs.moment_field import MomentEdit
from levdesk.ui.dialogs.token_field import TokenField
from levdesk.ui.models.transaction_words import TYPE_WORDS

FIELDS: Final = ("token", "time", "quantity", "price", "fee", "note")
_PRICE_IS_OPTIONAL: Final = frozenset({TransactionType.TRANSFER_IN, TransactionType.TRANSFER_OUT})


@dataclass(slots=True)
class FormReading:
    """What the fields say now.

    Attributes:
        draft: None while some text cannot be read or no token is named.
        errors: what is wrong by field, in words.
    """

    draft: TransactionDraft | None = None
    errors: dict[str, str] = field(default_factory=dict)


class TransactionForm(QWidget):
    """Fields only: it neither checks against the books nor records.

    Attributes:
        changed: something was typed or chosen.
    """

    changed = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.portfolio = QComboBox()
        self.kind = QComboBox()
        for kind, words in TYPE_WORDS.items():
            self.kind.addItem(words.choice, kind)
        self.token = TokenField()
        self.define = QPushButton("Define…")
        self.define.setAutoDefault(False)
        self.define.setToolTip("Say by hand what this token is")
        self.define.hide()
        self.time = MomentEdit(desk.now_ms)
        self.quantity = AmountEdit()
        self.quantity_unit = unit_label()
        self.all_units = QCheckBox("All units")
        self.price = AmountEdit()
        self.price_unit = unit_label()
        self.fee = AmountEdit("0")
        self.fee_currency = QComboBox()
        self.note = QLineEdit()
        self.rows: dict[str, FieldRow] = {}
        self._lay_out()
        self.offer_portfolios(desk.portfolios)
        self._connect()
        self.show_type()

    # -- what stands in the fields ---------------------------------------------------------------------------------

    @property
    def type(self) -> TransactionType:
        """The chosen type."""
        return TransactionType(self.kind.currentData())

    @property
    def portfolio_id(self) -> int | None:
        """The chosen portfolio; None while the books are still being read."""
        chosen = self.portfolio.currentData()
        return None if chosen is None else int(chosen)

    def offer_portfolios(self, portfolios: Sequence[Portfolio]) -> None:
        """List the portfolios; the field is only shown when there is a choice."""
        self.portfolio.clear()
        for portfolio in portfolios:
            self.portfolio.addItem(portfolio.name, portfolio.id)
        self.rows["portfolio"].set_shown(len(portfolios) > 1)

    def choose_portfolio(self, portfolio: Portfolio | None) -> None:
        """Choose a portfolio, or leave the first."""
        if portfolio is not None:
            self.portfolio.setCurrentIndex(self.portfolio.findData(portfolio.id))

    def fill(self, draft: TransactionDraft, token: LeveragedToken) -> None:
        """Show a transaction that is in the books."""
        self.kind.setCurrentIndex(self.kind.findData(draft.type))
        self.token.set_token(token)
        self.time.set_ms(draft.time_ms)
        self.quantity.set_amount(draft.quantity)
        self.all_units.setChecked(draft.quantity is None)
        self.price.set_amount(draft.price)
        self.fee.set_amount(draft.fee or None)
        self.note.setText(draft.note)
        self.show_token(token)
        self.fee_currency.setCurrentIndex(1 if draft.fee_in_token else 0)

    def read(self) -> FormReading:
        """The fields as a draft, or what is wrong with them."""
        reading = FormReading()
        amounts: dict[str, Decimal | None] = {}
        for name, edit in (("quantity", self.quantity), ("price", self.price), ("fee", self.fee)):
            try:
                amounts[name] = edit.amount() if self._is_asked(name) else None
            except ValueError as error:
                reading.errors[name] = _sentence(str(error))
        token = self.token.token
        if token is not None and not reading.errors:
            reading.draft = TransactionDraft(
                time_ms=self.time.ms(),
                type=self.type,
                key=token.key,
                quantity=amounts["quantity"],
                price=amounts["price"],
                fee=amounts["fee"] or ZERO,
                fee_currency=self.fee_currency.currentText() if amounts["fee"] else "",
                note=self.note.text().strip(),
            )
        return reading

    def show_type(self) -> None:
        """Ask only for what the chosen type needs."""
        kind = self.type
        is_merge, is_settle = kind is TransactionType.MERGE, kind is TransactionType.SETTLE
        quantity, price = self.rows["quantity"], self.rows["price"]
        quantity.rename("&Ratio" if is_merge else "&Units")
        self.quantity.setPlaceholderText("old units for 1 new unit, e.g. 100" if is_merge else "")
        self.all_units.setVisible(is_settle)
        if is_settle and self.all_units.isChecked():
            self.quantity.clear()
        self.quantity.setEnabled(not (is_settle and self.all_units.isChecked()))
        price.rename("&Cost per unit" if kind in _PRICE_IS_OPTIONAL else "&Price")
        self.price.setPlaceholderText("unknown" if kind in _PRICE_IS_OPTIONAL else "")
        for name in ("price", "fee"):
            self.rows[name].set_shown(not is_merge)
        self.show_token(self.token.token)

    def show_token(self, token: LeveragedToken | None) -> None:
        """Write units and currencies of the token beside the fields."""
        symbol, currency = ("", "") if token is None else (token.key.symbol, token.quote_currency)
        self.quantity_unit.setText("old = 1 new" if self.type is TransactionType.MERGE else symbol)
        self.price_unit.setText(currency)
        shown = [self.fee_currency.itemText(row) for row in range(self.fee_currency.count())]
        wanted = [text for text in (currency, symbol) if text]
        if shown != wanted:
            self.fee_currency.clear()
            self.fee_currency.addItems(wanted)

    # -- inside ----------------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        grid = FormGrid()
        add = grid.add
        self.rows["portfolio"] = add("P&ortfolio", self.portfolio)
        self.rows["type"] = add("T&ype", self.kind)
        self.rows["token"] = add("&Token", self.token, self.define, keep_hint=True)
        self.rows["time"] = add("&Date and time", self.time, self.time.now_button, keep_hint=True)
        self.rows["quantity"] = add("&Units", self.quantity, self.all_units, self.quantity_unit, keep_hint=True)
        self.rows["price"] = add("&Price", self.price, self.price_unit, keep_hint=True)
        self.rows["fee"] = add("&Fee", self.fee, self.fee_currency)
        self.rows["note"] = add("&Note", self.note)
        self.fee_currency.setAccessibleName("Currency of the fee")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(grid)

    def _connect(self) -> None:
        for edit in (self.quantity, self.price, self.fee, self.note):
            edit.textChanged.connect(self.changed)
        for box in (self.portfolio, self.fee_currency):
            box.currentIndexChanged.connect(self.changed)
        self.token.textChanged.connect(self.changed)
        self.time.dateTimeChanged.connect(self.changed)
        self.kind.currentIndexChanged.connect(self._on_type)
        self.all_units.toggled.connect(self._on_type)

    def _on_type(self) -> None:
        self.show_type()
        self.changed.emit()

    def _is_asked(self, name: str) -> bool:
        if name == "quantity":
            return not (self.type is TransactionType.SETTLE and self.all_units.isChecked())
        return self.type is not TransactionType.MERGE


def _sentence(reason: str) -> str:
    """A reason that follows the name of a field, as a sentence of its own."""
    text = f"It {reason}" if reason.startswith("is ") else reason
    return f"{text[:1].upper()}{text[1:]}."
