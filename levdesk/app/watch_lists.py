"""The venues' lists and announcements for a watch without a window: they tell when trading ends."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Final

from levdesk.app.house import House
from levdesk.domain.errors import VenueError
from levdesk.domain.instruments import LeveragedToken, TokenKey
from levdesk.services.alert_harvests import after_harvests, with_known
from levdesk.services.alert_listing import ListingMark, Marks, as_listed
from levdesk.services.alert_listing_codec import STORED_UNDER, marks_from_json, marks_to_json
from levdesk.services.books import Books
from levdesk.services.fetching import Harvest, carry_out
from levdesk.services.sync_state import LineKey, Task
from levdesk.venues.contract import RequestKind

if TYPE_CHECKING:
    from levdesk.venues.contract import Venue

EVERY_MS: Final = 3_600_000
NOTICES_EVERY_MS: Final = EVERY_MS // 2
FETCHED_UNDER: Final = "alert_lists_ms"
NOTICED_UNDER: Final = "alert_notices_ms"
"""Names of the preferences that keep when they were fetched last: single looks may be minutes apart."""
_SAVE_TIMEOUT_S: Final = 60.0

_log = logging.getLogger("levdesk.watch")


def read_listed_books(house: House) -> Books:
    """The books, each token with the status its venue's last list gives it."""
    complete = house.registry.complete_token
    stored = house.stores.books.read_books()
    return Books.read(stored, complete=lambda token: as_listed(complete(token), house.listed_token(token.key)))


def known_marks(house: House) -> dict[TokenKey, ListingMark]:
    """What lists and announcements said until now; what the stored lists hold was seen.

    Raises:
        StoreError: the files cannot be used.
    """
    marks = marks_from_json(house.stores.settings.read_settings().get(STORED_UNDER))
    return with_known(marks, house.stores.market.read_catalogue(), 0)


def fetch_lists(house: House, held: Collection[LeveragedToken], *, with_notices: bool) -> Marks:
    """Fetch lists and announcements of what is held, unless that was done lately; what they say of it.

    A venue that fails is left for the next time.

    Raises:
        StoreError: the files cannot be used.
    """
    now_ms, settings = house.clock.now_ms(), house.stores.settings.read_settings()
    marks = known_marks(house)
    due = [
        (name, kinds)
        for name, every_ms, kinds in (
            (FETCHED_UNDER, EVERY_MS, (RequestKind.TOKENS, RequestKind.TOKEN_LISTINGS)),
            (NOTICED_UNDER, NOTICES_EVERY_MS, (RequestKind.NOTICES,) if with_notices else ()),
        )
        if kinds and not _is_fresh(settings.get(name), now_ms, every_ms)
    ]
    if not due:
        return marks
    keys = tuple(token.key for token in held)
    venues = house.asked_venues(house.read_settings()[0])
    here = [venues[name] for name in sorted({key.venue for key in keys}) if name in venues]
    harvests = list(_fetched(house, here, [kind for _, kinds in due for kind in kinds], keys))
    for harvest in harvests:
        if harvest.tokens:
            house.stores.market.save_catalogue(harvest.task.key.venue, harvest.tokens).result(_SAVE_TIMEOUT_S)
    after = after_harvests(marks, harvests, keys, now_ms)
    kept: dict[str, object] = {name: now_ms for name, _ in due}
    house.stores.settings.save_settings({**kept, STORED_UNDER: marks_to_json(after)}).result(_SAVE_TIMEOUT_S)
    house.forget_catalogue()
    return after


def _is_fresh(last_ms: object, now_ms: int, every_ms: int) -> bool:
    return isinstance(last_ms, int) and 0 <= now_ms - last_ms < every_ms


def _fetched(
    house: House, venues: Iterable[Venue], kinds: Iterable[RequestKind], keys: Iterable[TokenKey]
) -> Iterable[Harvest]:
    wanted = tuple(kinds)
    for venue in venues:
        own = frozenset(key for key in keys if key.venue == venue.name)
        for kind in wanted:
            if kind not in venue.serves:
                continue
            tokens = own if kind is RequestKind.TOKEN_LISTINGS else frozenset()
            try:
                yield carry_out(venue, Task(LineKey(venue.name, kind), tokens=tokens), house.http)
            except VenueError as error:
                _log.info("What %s lists or announces was not fetched: %s", venue.title, error.message)
