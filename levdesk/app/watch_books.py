"""Order books of what is held for a watch without a window: each at most once a minute, and not for long."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final

from levdesk.app.house import House
from levdesk.domain.errors import VenueError, VenueRefused
from levdesk.domain.instruments import LeveragedToken, TokenKey
from levdesk.domain.order_book import OrderBook
from levdesk.services.fetching import carry_out
from levdesk.services.sync_state import LineKey, Task
from levdesk.venues.contract import RequestKind

if TYPE_CHECKING:
    from levdesk.venues.contract import Venue

EVERY_MS: Final = 60_000
PATIENCE_MS: Final = 10_000
"""All of them together take no longer; who waited longest comes first the next time."""
_REFUSED_MS: Final = 24 * 3_600_000

_log = logging.getLogger("levdesk.watch")


class WatchBooks:
    """Fetches order books turn by turn; owned by one thread."""

    def __init__(self, house: House) -> None:
        """Know none yet."""
        self._house = house
        self._books: dict[TokenKey, OrderBook] = {}
        self._next_ms: dict[TokenKey, int] = {}

    def refresh(self, venues: Mapping[str, Venue], held: Iterable[LeveragedToken]) -> dict[TokenKey, OrderBook]:
        """Fetch what is due of these tokens; every book known of them, old ones too."""
        now_ms = self._house.clock.now_ms
        tokens = {token.key: token for token in held}
        until_ms, silent = now_ms() + PATIENCE_MS, set[str]()
        for key in sorted(tokens, key=lambda key: (self._next_ms.get(key, 0), key)):
            venue = venues.get(key.venue)
            served = venue is not None and RequestKind.TOKEN_DEPTH in venue.serves
            if venue is None or not served or key.venue in silent or now_ms() < self._next_ms.get(key, 0):
                continue
            if now_ms() >= until_ms:
                break
            self._next_ms[key] = now_ms() + EVERY_MS
            task = Task(LineKey(key.venue, RequestKind.TOKEN_DEPTH, venue.token_pair(tokens[key])))
            try:
                book = carry_out(venue, task, self._house.http).book
            except VenueError as error:
                _log.info("The order book of %s was not fetched: %s", key, error.message)
                if isinstance(error, VenueRefused):
                    self._next_ms[key] = now_ms() + _REFUSED_MS
                else:
                    silent.add(key.venue)
                continue
            if book is not None:
                self._books[key] = book
        return {key: book for key, book in self._books.items() if key in tokens}
