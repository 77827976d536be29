"""Switching the source of underlyings: for each token the perpetual whose price stands for what it follows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QComboBox, QFrame, QScrollArea, QVBoxLayout, QWidget

from levdesk.ui import theme
from levdesk.ui.dialogs.form import FieldRow, FormDialog, FormGrid
from levdesk.ui.labels import label
from levdesk.ui.models.titles import venue_title

if TYPE_CHECKING:
    from collections.abc import Iterable

    from levdesk.domain.instruments import LeveragedToken
    from levdesk.ui.desk import Desk

LIST_PX: Final = 320
_ABOUT: Final = (
    "The price of a token's underlying drives its NAV estimate and the distance to its next rebalance. It follows the "
    "perpetual that the issuer hedges with; choose another venue when that one fails or lags."
)
Perpetual = tuple[str, str]


class SwitchDialog(FormDialog):
    """Lets a person choose, token by token or for all at once, which perpetual is followed.

    Args:
        tokens: those whose underlying comes from the source at hand.
        venue: that source.
    """

    def __init__(self, desk: Desk, parent: QWidget | None, *, tokens: Iterable[LeveragedToken], venue: str) -> None:
        super().__init__(desk, parent, f"Switch from {venue_title(venue)}", "Switch")
        self.tokens = tuple(tokens)
        self._venue = venue
        self.boxes = [perpetual_box(desk, token) for token in self.tokens]
        self.all_box = QComboBox()
        self.rows: list[FieldRow] = []
        self._lay_out()
        for box in self.boxes:
            box.currentIndexChanged.connect(self.check)
        self.all_box.activated.connect(self._choose_for_all)
        self.check()

    @Slot()
    def check(self) -> None:
        """There is something to send only when some token is to follow another perpetual."""
        self.ok.setEnabled(bool(self._changed()))

    @Slot()
    def send(self) -> None:
        if self._changed():
            self.wait_for(self._define_all)

    def _define_all(self) -> None:
        for token in self._changed():
            self.desk.define_token(token)

    def _changed(self) -> tuple[LeveragedToken, ...]:
        chosen = ((token, box.currentData()) for token, box in zip(self.tokens, self.boxes, strict=True))
        return tuple(with_hedge(token, perpetual) for token, perpetual in chosen if perpetual != token.hedge)

    @Slot(int)
    def _choose_for_all(self, index: int) -> None:
        venue = self.all_box.itemData(index)
        for box in self.boxes:
            found = next((at for at in range(box.count()) if box.itemData(at)[0] == venue), -1)
            if found >= 0:
                box.setCurrentIndex(found)

    def _lay_out(self) -> None:
        px = theme.active().px
        self.column.addWidget(label(_ABOUT, kind="muted", wrap=True))
        venues = dict.fromkeys(box.itemData(at)[0] for box in self.boxes for at in range(box.count()))
        for venue in venues:
            self.all_box.addItem(venue_title(venue), venue)
        self.all_box.setCurrentIndex(self.all_box.findData(self._venue))
        first = FormGrid()
        first.add("&All to", self.all_box)
        self.column.addLayout(first)
        body = QWidget()
        body.setProperty("kind", "surface")
        inner = QVBoxLayout(body)
        inner.setContentsMargins(px(12), px(4), px(12), px(8))
        grid = FormGrid()
        for token, box in zip(self.tokens, self.boxes, strict=True):
            self.rows.append(grid.add(token.key.symbol, box))
        inner.addLayout(grid)
        inner.addStretch(1)
        scroller = QScrollArea()
        scroller.setWidget(body)
        scroller.setWidgetResizable(True)
        scroller.setFrameShape(QFrame.Shape.NoFrame)
        scroller.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroller.setMinimumHeight(min(px(LIST_PX), body.sizeHint().height()))
        self.column.addWidget(scroller, 1)


def perpetual_box(desk: Desk, token: LeveragedToken) -> QComboBox:
    """The perpetuals a token's underlying could be taken from, the one in force chosen, known to the desk or not."""
    box = QComboBox()
    choices: list[Perpetual] = list(desk.perpetuals_of(token.underlying))
    if token.hedge not in choices:
        choices.insert(0, token.hedge)
    for venue, instrument in choices:
        box.addItem(f"{venue_title(venue)} · {instrument or 'not known'}", (venue, instrument))
    box.setCurrentIndex(choices.index(token.hedge))
    return box


def with_hedge(token: LeveragedToken, perpetual: Perpetual) -> LeveragedToken:
    """A token that follows another perpetual."""
    venue, instrument = perpetual
    return token._replace(hedge_venue="" if venue == token.key.venue else venue, hedge_instrument=instrument)
