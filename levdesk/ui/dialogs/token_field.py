"""The field one names a token in; it completes from the venues' lists and knows which token its text means."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QEvent, Qt, Signal, Slot
from PySide6.QtGui import QFocusEvent, QMouseEvent
from PySide6.QtWidgets import QCompleter, QLineEdit, QListView

from levdesk.domain.instruments import LeveragedToken, TokenKey
from levdesk.services.naming import guess_token
from levdesk.ui.models.catalogue_model import CatalogueModel, token_text
from levdesk.ui.views.cell_delegate import ListDelegate
from levdesk.ui.views.paints import Paints

POPUP_ROWS = 8


class TokenField(QLineEdit):
    """A line that knows which token it names.

    Attributes:
        named: the token that the text names changed (`LeveragedToken` or None).
    """

    named = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setPlaceholderText("Symbol, underlying or venue")
        self.setClearButtonEnabled(True)
        self._token: LeveragedToken | None = None
        self._candidates: tuple[LeveragedToken, ...] = ()
        self.catalogue = CatalogueModel(self)
        self._popup = QListView()
        self._popup.setUniformItemSizes(True)
        self._completer = QCompleter(self.catalogue, self)
        self._completer.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        self._completer.setMaxVisibleItems(POPUP_ROWS)
        self._completer.setPopup(self._popup)
        self._popup.setItemDelegate(ListDelegate(Paints(self._popup), self._popup))  # setPopup puts its own there
        self._completer.setWidget(self)
        self._completer.activated.connect(self._on_chosen)
        self.textEdited.connect(self._on_edited)

    # -- what a form uses ------------------------------------------------------------------------------------------

    @property
    def token(self) -> LeveragedToken | None:
        """The one token that is named."""
        return self._token

    @property
    def candidates(self) -> tuple[LeveragedToken, ...]:
        """Several tokens of the same symbol that the text may mean; empty otherwise."""
        return self._candidates

    def set_tokens(self, tokens: Iterable[LeveragedToken], held: Iterable[TokenKey]) -> None:
        """Choose from these; what is named is looked up again."""
        self.catalogue.set_tokens(tokens, held)
        self._resolve()

    def set_token(self, token: LeveragedToken) -> None:
        """Name a token."""
        self.setText(token_text(token))
        self._resolve()

    # -- Qt --------------------------------------------------------------------------------------------------------

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if self._token is not None and event.reason() is not Qt.FocusReason.PopupFocusReason:
            self.setText(token_text(self._token))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        if not self.text():
            self._offer()

    def event(self, event: QEvent) -> bool:
        is_down = event.type() is QEvent.Type.KeyPress and event.key() == Qt.Key.Key_Down  # type: ignore[attr-defined]
        if is_down and not self._popup.isVisible():
            self._offer()
            return True
        return super().event(event)

    # -- inside ----------------------------------------------------------------------------------------------------

    def _offer(self) -> None:
        if self.catalogue.narrow("" if self._token else self.text()):
            self._completer.complete()
        else:
            self._popup.hide()

    @Slot(str)
    def _on_edited(self, text: str) -> None:
        self._resolve()
        count = self.catalogue.narrow(text) if text.strip() else 0
        if count > 1 or (count and self._token is None):  # nothing to choose once the only match is named
            self._completer.complete()
        else:
            self._popup.hide()

    @Slot(str)
    def _on_chosen(self, text: str) -> None:
        self.setText(text)
        self._resolve()

    def _resolve(self) -> None:
        found = self.catalogue.named(self.text())
        self._candidates = found if len(found) > 1 else ()
        token = found[0] if len(found) == 1 else None
        if not found:
            token = _spelt_out(self.text())
        if token != self._token:
            self._token = token
            self.named.emit(token)


def _spelt_out(text: str) -> LeveragedToken | None:
    """A token written as venue:SYMBOL whose name tells what it is, though no list has it."""
    venue, colon, symbol = text.strip().partition(":")
    if not colon or not venue.strip() or not symbol.strip():
        return None
    return guess_token(TokenKey(venue.strip().lower(), symbol.strip().upper()))
