"""The venues' lists of tokens for a watch without a window, fetched once an hour: they tell when trading ends."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Final

from levdesk.app.house import House
from levdesk.domain.errors import VenueError
from levdesk.services.alert_listing import as_listed
from levdesk.services.books import Books
from levdesk.services.fetching import carry_out
from levdesk.services.sync_state import LineKey, Task
from levdesk.venues.contract import RequestKind

EVERY_MS: Final = 3_600_000
FETCHED_UNDER: Final = "alert_lists_ms"
"""Name of the preference that keeps when they were fetched last: single looks may be minutes apart."""
_SAVE_TIMEOUT_S: Final = 60.0

_log = logging.getLogger("levdesk.watch")


def read_listed_books(house: House) -> Books:
    """The books, each token with the status its venue's last list gives it."""
    complete = house.registry.complete_token
    stored = house.stores.books.read_books()
    return Books.read(stored, complete=lambda token: as_listed(complete(token), house.listed_token(token.key)))


def fetch_lists(house: House, venue_names: Iterable[str]) -> None:
    """Fetch the lists of some venues, unless that was done within the hour; one that fails is left for the next time.

    Raises:
        StoreError: the files cannot be used.
    """
    now_ms = house.clock.now_ms()
    last_ms = house.stores.settings.read_settings().get(FETCHED_UNDER)
    if isinstance(last_ms, int) and 0 <= now_ms - last_ms < EVERY_MS:
        return
    settings, _ = house.read_settings()
    venues = house.asked_venues(settings)
    for name in sorted(set(venue_names)):
        venue = venues.get(name)
        if venue is None or RequestKind.TOKENS not in venue.serves:
            continue
        try:
            tokens = carry_out(venue, Task(LineKey(name, RequestKind.TOKENS)), house.http).tokens
        except VenueError as error:
            _log.info("The list of %s was not fetched: %s", venue.title, error.message)
            continue
        if tokens:
            house.stores.market.save_catalogue(name, tokens).result(_SAVE_TIMEOUT_S)
    house.stores.settings.save_settings({FETCHED_UNDER: now_ms}).result(_SAVE_TIMEOUT_S)
    house.forget_catalogue()
