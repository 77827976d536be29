"""What a transaction would come to, said while it is typed: the money it moves and what is held afterwards."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from levdesk.domain.instruments import LeveragedToken
from levdesk.domain.transactions import TransactionType
from levdesk.services.trial import DraftOutcome
from levdesk.ui import theme
from levdesk.ui.format import Figures
from levdesk.ui.labels import hairline, label
from levdesk.ui.models.transaction_words import TYPE_WORDS


class OutcomePanel(QWidget):
    """Two lines under the fields."""

    def __init__(self, figures: Figures) -> None:
        super().__init__()
        self._figures = figures
        px = theme.active().px
        self.name = label(kind="muted")
        self.amount = label(size_px=theme.FIGURE_PX, strong=True)
        self.sentence = label(kind="muted", wrap=True)
        self.sentence.setMinimumHeight(2 * self.sentence.fontMetrics().lineSpacing())
        first = QHBoxLayout()
        first.addWidget(self.name)
        first.addStretch(1)
        first.addWidget(self.amount)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, px(8), 0, 0)
        column.setSpacing(px(6))
        column.addWidget(hairline())
        column.addLayout(first)
        column.addWidget(self.sentence)
        self.tell_missing(())

    def tell(self, outcome: DraftOutcome, kind: TransactionType, token: LeveragedToken) -> None:
        """Show what recording it would come to."""
        words, write = TYPE_WORDS[kind].amount, self._figures
        self.name.setText(words)
        self.amount.setText(write.money_in(outcome.amount, token.quote_currency))
        self._show_money(bool(words))
        self.sentence.setText(outcome_sentence(outcome, token, write))

    def tell_missing(self, names: tuple[str, ...]) -> None:
        """Say what is still needed."""
        self._show_money(True)
        self.name.setText("Total")
        self.amount.setText("—")
        self.sentence.setText(f"Still needed: {', '.join(names)}." if names else "")

    def _show_money(self, shown: bool) -> None:
        for part in (self.name, self.amount):
            part.setVisible(shown)


def outcome_sentence(outcome: DraftOutcome, token: LeveragedToken, write: Figures) -> str:
    """What is held afterwards: "After this you hold 1,340 BTC3L, average cost 2.8051 USDT." and what it realises."""
    currency, symbol = token.quote_currency, token.key.symbol
    if not outcome.units:
        held = f"After this you hold no {symbol}."
    elif outcome.average_cost is None:
        held = f"After this you hold {write.quantity(outcome.units)} {symbol}, average cost unknown."
    else:
        cost = f"{write.price(outcome.average_cost)} {currency}"
        held = f"After this you hold {write.quantity(outcome.units)} {symbol}, average cost {cost}."
    if outcome.realised is None:
        return held
    return f"{held} It realises {write.money_in(outcome.realised, currency, signed=True)}."
