"""Tokens that match what is being typed, best first, and the one that a text names."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from levdesk.domain.instruments import LeveragedToken, TokenKey
from levdesk.ui.format import Figures
from levdesk.ui.models.cells import Cell, Tone
from levdesk.ui.models.columns import CELL_ROLE, KEY_ROLE
from levdesk.ui.models.titles import token_words, venue_title

Index = QModelIndex | QPersistentModelIndex

MAX_MATCHES: Final = 60
_ROOT: Final = QModelIndex()
_DISPLAY: Final = int(Qt.ItemDataRole.DisplayRole)
_TEXT_ROLES: Final = frozenset({_DISPLAY, int(Qt.ItemDataRole.EditRole)})
_SPOKEN: Final = int(Qt.ItemDataRole.AccessibleTextRole)


class CatalogueModel(QAbstractListModel):
    """The matches of the last `narrow`."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._figures = Figures()
        self._tokens: tuple[LeveragedToken, ...] = ()
        self._texts: dict[TokenKey, str] = {}
        self._held: frozenset[TokenKey] = frozenset()
        self._matches: list[LeveragedToken] = []

    def set_tokens(self, tokens: Iterable[LeveragedToken], held: Iterable[TokenKey]) -> None:
        """Choose from these; held ones come first among equals."""
        self._tokens = tuple(sorted(tokens, key=lambda token: (token.key.symbol, token.key.venue)))
        self._held = frozenset(held)
        self._texts = {token.key: self._searchable(token) for token in self._tokens}

    def narrow(self, text: str) -> int:
        """List the tokens that contain every word of `text`; how many there are."""
        words = text.casefold().replace("·", " ").split()
        found = [token for token in self._tokens if all(word in self._texts[token.key] for word in words)]
        first = words[0] if words else ""
        found.sort(key=lambda token: self._rank(token, first))
        self.beginResetModel()
        self._matches = found[:MAX_MATCHES]
        self.endResetModel()
        return len(found)

    def named(self, text: str) -> tuple[LeveragedToken, ...]:
        """Tokens that a text names in full: "BTC3L", "BTC3L · Gate", "gate:BTC3L" or the pair "BTC3L_USDT"."""
        wanted = " ".join(text.casefold().split())
        return tuple(token for token in self._tokens if wanted in spellings(token)) if wanted else ()

    def token_at(self, index: Index) -> LeveragedToken:
        """The token in a row."""
        return self._matches[index.row()]

    # -- Qt --------------------------------------------------------------------------------------------------------

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._matches)

    def data(self, index: Index, role: int = _DISPLAY) -> Any:
        if not index.isValid():
            return None
        token = self._matches[index.row()]
        if role == CELL_ROLE:
            return Cell(token.key.symbol, Tone.STRONG, aside=token_words(token, self._figures))
        if role in _TEXT_ROLES:
            return token_text(token)
        if role == _SPOKEN:
            return f"{token.key.symbol}, {token_words(token, self._figures)}"
        return token.key if role == KEY_ROLE else None

    # -- inside ----------------------------------------------------------------------------------------------------

    def _searchable(self, token: LeveragedToken) -> str:
        words = (token.key.symbol, token.underlying, token.name, token_words(token, self._figures), token.key.venue)
        return f"{' '.join(words)} {' '.join(spellings(token))}".casefold()

    def _rank(self, token: LeveragedToken, word: str) -> tuple[bool, bool, bool, str, str]:
        symbol = token.key.symbol.casefold()
        return (
            symbol != word,
            not symbol.startswith(word),
            token.key not in self._held,
            token.key.symbol,
            token.key.venue,
        )


def token_text(token: LeveragedToken) -> str:
    """How a chosen token stands in the field: "BTC3L · Gate"."""
    return f"{token.key.symbol} · {venue_title(token.key.venue)}"


def spellings(token: LeveragedToken) -> frozenset[str]:
    """Every way to write a token in full, in lower case."""
    symbol, venue, quote = token.key.symbol.casefold(), token.key.venue, token.quote_currency.casefold()
    pairs = (f"{symbol}{mark}{quote}" for mark in "_-/")
    return frozenset({symbol, f"{venue}:{symbol}", token_text(token).casefold(), *pairs})
