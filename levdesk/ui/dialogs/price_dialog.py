"""Setting price and NAV of a token by hand, for tokens that no venue prices."""

from __future__ import annotations

from decimal import Decimal

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QWidget

from levdesk.domain.instruments import TokenKey
from levdesk.domain.market import NavSource, QuoteSource, TokenQuote, market_price
from levdesk.services.quote_book import LARGEST_FIGURE
from levdesk.ui import format as eye
from levdesk.ui import theme
from levdesk.ui.desk import Desk
from levdesk.ui.dialogs.form import AmountEdit, FieldRow, FormDialog, FormGrid, unit_label
from levdesk.ui.format import Figures
from levdesk.ui.labels import label
from levdesk.ui.models.titles import venue_title


class PriceDialog(FormDialog):
    """Asks for one or both figures; an empty field leaves what is known.

    Args:
        key: the token.
    """

    def __init__(self, desk: Desk, parent: QWidget | None = None, *, key: TokenKey) -> None:
        super().__init__(desk, parent, f"Price of {key.symbol} by hand", "Set")
        self._key = key
        self._quote = desk.quote(key) or TokenQuote(key=key)
        self._typed: dict[str, Decimal | None] = {}
        token = next((each for each in desk.catalogue() if each.key == key), None)
        currency = token.quote_currency if token else ""
        text = f"They count as of now, marked “manual”, until {venue_title(key.venue)} sends newer ones."
        self.column.addWidget(label(text, kind="muted", wrap=True))
        self.price, self.nav = AmountEdit(), AmountEdit()
        grid = FormGrid()
        self.rows: dict[str, FieldRow] = {
            "price": grid.add("&Price of one unit", self.price, unit_label(currency), keep_hint=True),
            "nav": grid.add("&NAV of one unit", self.nav, unit_label(currency), keep_hint=True),
        }
        self.column.addLayout(grid)
        self.column.addSpacing(theme.active().px(4))
        for edit in (self.price, self.nav):
            edit.textChanged.connect(self.check)
        self.check()
        self.price.setFocus()

    @Slot()
    def check(self) -> None:
        """Read both fields and say what is wrong."""
        errors = {}
        for name, edit in (("price", self.price), ("nav", self.nav)):
            try:
                self._typed[name] = _figure(edit)
            except ValueError as error:
                errors[name] = str(error)
            row = self.rows[name]
            row.tell(errors.get(name, self._known(name)), "critical" if name in errors else "muted")
        self.ok.setEnabled(not errors and any(value is not None for value in self._typed.values()))

    @Slot()
    def send(self) -> None:
        self.check()
        if not self.ok.isEnabled():
            return
        price, nav, now_ms = self._typed["price"], self._typed["nav"], self.desk.now_ms()
        quote = TokenQuote(
            key=self._key,
            last=price,
            price_ts_ms=None if price is None else now_ms,
            price_source=QuoteSource.MANUAL if price is not None else QuoteSource.VENUE,
            nav=nav,
            nav_source=None if nav is None else NavSource.MANUAL,
            nav_ts_ms=None if nav is None else now_ms,
        )
        self.desk.value_by_hand(quote)
        self.accept()

    def _known(self, name: str) -> str:
        quote, write, now_ms = self._quote, Figures(), self.desk.now_ms()
        price = market_price(quote)
        figure, ts_ms = (quote.nav, quote.nav_ts_ms) if name == "nav" else (price and price.price, quote.price_ts_ms)
        if not figure:
            return "Not known so far"
        return f"Known: {write.price(figure)}, {eye.age(ts_ms, now_ms)}"


def _figure(edit: AmountEdit) -> Decimal | None:
    try:
        value = edit.amount()
    except ValueError as error:
        reason = str(error)
        raise ValueError(f"{reason[:1].upper()}{reason[1:]}.") from None
    if value is not None and not 0 < value <= LARGEST_FIGURE:
        raise ValueError("It must be above 0." if value <= 0 else "It is too large.")
    return value
