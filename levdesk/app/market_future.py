"""What venues tell of the future of tokens held: order books, lists and announcements, until the alerts take them."""

from __future__ import annotations

from typing import Final

from levdesk.domain.instruments import TokenKey
from levdesk.domain.order_book import OrderBook
from levdesk.services.fetching import Harvest
from levdesk.services.sync_state import LineKey
from levdesk.venues.contract import RequestKind

_LISTS: Final = frozenset({RequestKind.TOKENS, RequestKind.TOKEN_LISTINGS, RequestKind.NOTICES})
ONLY_FUTURE: Final = frozenset({RequestKind.TOKEN_DEPTH, RequestKind.TOKEN_LISTINGS, RequestKind.NOTICES})
"""Kinds that tell nothing about prices."""


class MarketFuture:
    """Lives in the GUI thread; holds the last answer of each kind and venue, however long nobody takes it.

    Attributes:
        books: last order book by token.
    """

    def __init__(self) -> None:
        """Know nothing yet."""
        self.books: dict[TokenKey, OrderBook] = {}
        self._told: dict[LineKey, Harvest] = {}

    def take(self, harvest: Harvest) -> None:
        """Keep what came, where it is of these kinds."""
        if harvest.book is not None:
            for key in harvest.task.tokens:
                self.books[key] = harvest.book
        elif harvest.task.key.kind in _LISTS:
            self._told[harvest.task.key] = harvest

    def drain(self) -> tuple[Harvest, ...]:
        """Hand over the lists and announcements that came since the last time."""
        told, self._told = self._told, {}
        return tuple(told.values())
