"""Defining a token by hand, or correcting what is known of one: what it follows, how far, and its issuer's rule."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QCheckBox, QComboBox, QCompleter, QLineEdit, QWidget

from levdesk.domain.instruments import TokenKey
from levdesk.services.naming import guess_token
from levdesk.ui import theme
from levdesk.ui.desk import Desk
from levdesk.ui.dialogs.form import FieldRow, FormDialog, FormGrid, link, unit_label
from levdesk.ui.dialogs.token_reading import NEEDED, TokenReading, TokenTexts, read_token, texts_of
from levdesk.ui.format import Figures
from levdesk.ui.labels import label
from levdesk.ui.models.titles import token_words, venue_title

_TEXT_FIELDS: Final = (
    "venue",
    "symbol",
    "quote",
    "underlying",
    "leverage",
    "fee",
    "band_low",
    "band_high",
    "check_time",
    "hedge",
)
_OPENING: Final = (
    "The first five fields say what it is. The others say when it rebalances: leave out what you do not know."
)
_HINTS: Final = {
    "venue": "Exchange or issuer that runs it, e.g. gate",
    "leverage": "3 for three times long, −3 for three times short",
    "band_low": "Sizes of effective leverage at which it rebalances, above 0 for short tokens too",
}


class TokenDialog(FormDialog):
    """Asks for a token and saves it as the person's own.

    Attributes:
        defined: the `LeveragedToken` that was saved.

    Args:
        key: token to correct; None for a new one.
        venue, symbol: what a new one begins with.
    """

    defined = Signal(object)

    def __init__(
        self,
        desk: Desk,
        parent: QWidget | None = None,
        *,
        key: TokenKey | None = None,
        venue: str = "",
        symbol: str = "",
    ) -> None:
        self._known = next((token for token in desk.catalogue() if token.key == key), None) if key else None
        title = "Define token" if self._known is None else f"Correct {self._known.key.symbol}"
        super().__init__(desk, parent, title, "Save token")
        self._reading = TokenReading()
        self._figures = Figures()
        self.fields = {name: QLineEdit() for name in _TEXT_FIELDS}
        self.funding_inside = QCheckBox("Funding is inside this fee")
        self.hedge_venue = QComboBox()
        self.hedge_venue.setAccessibleName("Venue of the hedge")
        self.hedge_venue.setToolTip("Whose perpetual the price of the underlying is taken from")
        self.rows: dict[str, FieldRow] = {}
        self.summary = label(kind="muted", wrap=True)
        self.all_rows = link("Rules and fees…")
        self._lay_out()
        self._begin_with(key, venue, symbol)
        self._begun = self._texts()
        for edit in self.fields.values():
            edit.textChanged.connect(self.check)
        self.fields["symbol"].editingFinished.connect(self._guess)
        self.fields["underlying"].textChanged.connect(self._offer_hedges)
        self.hedge_venue.activated.connect(self._choose_hedge)
        self.hedge_venue.currentIndexChanged.connect(self.check)
        self.funding_inside.toggled.connect(self.check)
        self.all_rows.clicked.connect(self.open_rules)
        self.accepted.connect(self._announce)
        self.check()

    # -- what a person does ----------------------------------------------------------------------------------------

    @Slot()
    def check(self) -> None:
        """Read the fields and say what is wrong."""
        self._reading = reading = read_token(self._texts(), self._known, self.desk.now_ms())
        for name, row in self.rows.items():
            wrong = reading.errors.get(name, "")
            if name == "band_low" and not wrong:
                wrong = reading.errors.get("band_high", "")
            row.tell(wrong or _HINTS.get(name, ""), "critical" if wrong else "muted")
        token = reading.token
        if token is not None:
            self.summary.setText(f"{token.key.symbol}: {token_words(token, self._figures)}, in {token.quote_currency}")
        else:
            missing = ", ".join(reading.missing)
            self.summary.setText(f"Still needed: {missing}." if missing and not reading.errors else "")
        self.summary.setVisible(bool(self.summary.text()))
        self.ok.setEnabled(token is not None)
        is_untouched = self._texts() == self._begun
        self.all_rows.setEnabled(is_untouched)
        self.all_rows.setToolTip("" if is_untouched else "Save or cancel what you changed here first.")

    @Slot()
    def send(self) -> None:
        self.check()
        token = self._reading.token
        if token is not None:
            self.wait_for(lambda: self.desk.define_token(token))

    @Slot()
    def open_rules(self) -> None:
        """Go on to every dated row of this token; nothing is lost, because nothing was typed."""
        from levdesk.ui.dialogs.rules_dialog import RulesDialog

        if self._known is not None:
            self.reject()
            RulesDialog(self.desk, self.parentWidget(), key=self._known.key).begin()

    # -- inside ----------------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        grid = FormGrid()
        edits = self.fields
        self.column.addWidget(label(_OPENING, kind="muted", wrap=True))
        add = grid.add
        self.rows["venue"] = add("&Venue or issuer", edits["venue"], keep_hint=True)
        self.rows["symbol"] = add("&Symbol", edits["symbol"])
        self.rows["quote"] = add("&Quoted in", edits["quote"])
        self.rows["underlying"] = add("&Underlying", edits["underlying"])
        self.rows["leverage"] = add("&Leverage", edits["leverage"], unit_label("×"), keep_hint=True)
        self.rows["fee"] = add("&Fee per day", edits["fee"], unit_label("%"), self.funding_inside)
        high = edits["band_high"]
        high.setAccessibleName("High edge of the band")
        self.rows["band_low"] = add("&Band", edits["band_low"], label("to", kind="muted"), high, keep_hint=True)
        self.rows["check_time"] = add("Daily &check", edits["check_time"], unit_label("UTC"))
        self.rows["hedge"] = add("&Hedge", edits["hedge"], label("at", kind="muted"), self.hedge_venue)
        edits["quote"].setPlaceholderText("USDT")
        edits["underlying"].setPlaceholderText("BTC")
        edits["check_time"].setPlaceholderText("16:00")
        edits["hedge"].setPlaceholderText("Perpetual its basket holds, e.g. BTC_USDT")
        self.column.addLayout(grid)
        self.column.addSpacing(theme.active().px(4))
        self.column.addWidget(self.summary)
        self.column.addWidget(self.all_rows, 0, Qt.AlignmentFlag.AlignLeft)
        self.all_rows.setVisible(self._known is not None)
        self.column.addStretch(1)

    def _begin_with(self, key: TokenKey | None, venue: str, symbol: str) -> None:
        catalogue = self.desk.catalogue()
        _complete(self.fields["venue"], (token.key.venue for token in catalogue))
        _complete(self.fields["underlying"], (token.underlying for token in catalogue))
        if self._known is not None:
            self._show(texts_of(self._known, self.desk.now_ms()))
            for name in ("venue", "symbol"):
                self.fields[name].setEnabled(False)
            self.fields["leverage"].setFocus()
            return
        start = TokenTexts(venue=key.venue if key else venue.lower(), symbol=key.symbol if key else symbol.upper())
        self._show(start)
        self._guess()
        first = next((name for name in NEEDED if not self.fields[name].text()), "leverage")
        self.fields[first].setFocus()

    def _show(self, texts: TokenTexts) -> None:
        for name, edit in self.fields.items():
            edit.setText(str(getattr(texts, name)))
        self.funding_inside.setChecked(texts.funding_inside)
        self._offer_hedges()
        self._choose_venue(texts.hedge_venue)

    @Slot()
    def _offer_hedges(self) -> None:
        """List where the underlying's perpetual could be had; what is chosen stays."""
        chosen = self.hedge_venue.currentData() or ""
        venues = [venue for venue, _ in self.desk.perpetuals_of(self.fields["underlying"].text().strip().upper())]
        blocked = self.hedge_venue.blockSignals(True)
        self.hedge_venue.clear()
        self.hedge_venue.addItem("its own venue", "")
        for venue in venues:
            self.hedge_venue.addItem(venue_title(venue), venue)
        self.hedge_venue.blockSignals(blocked)
        self._choose_venue(chosen)

    def _choose_venue(self, venue: str) -> None:
        if self.hedge_venue.findData(venue) < 0:
            self.hedge_venue.addItem(venue_title(venue), venue)
        self.hedge_venue.setCurrentIndex(self.hedge_venue.findData(venue))

    @Slot()
    def _choose_hedge(self) -> None:
        """Write the chosen venue's spelling of the perpetual."""
        wanted = self.hedge_venue.currentData() or self.fields["venue"].text().strip().lower()
        choices = dict(self.desk.perpetuals_of(self.fields["underlying"].text().strip().upper()))
        if wanted in choices:
            self.fields["hedge"].setText(choices[wanted])

    def _texts(self) -> TokenTexts:
        values = {name: edit.text() for name, edit in self.fields.items()}
        return TokenTexts(
            **values,
            funding_inside=self.funding_inside.isChecked(),
            hedge_venue=self.hedge_venue.currentData() or "",
        )

    @Slot()
    def _guess(self) -> None:
        """Fill in what the symbol tells, where nobody has written anything."""
        texts = self._texts()
        if texts.underlying or texts.leverage or not texts.symbol:
            return
        guessed = guess_token(TokenKey(texts.venue.strip().lower(), texts.symbol.strip().upper()))
        if guessed is not None:
            self._show(texts_of(guessed, self.desk.now_ms()))

    @Slot()
    def _announce(self) -> None:
        if self._reading.token is not None:
            self.defined.emit(self._reading.token)


def _complete(edit: QLineEdit, words: Iterable[str]) -> None:
    completer = QCompleter(sorted(set(words)), edit)
    completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
    edit.setCompleter(completer)
