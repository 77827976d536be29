"""The listing watch fed with what was fetched: lists, word on trading, announcements."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from levdesk.domain.instruments import LeveragedToken, TokenKey
from levdesk.services.alert_listing import (
    ListingMark,
    Marks,
    after_list,
    after_listings,
    after_notices,
    only_held,
)
from levdesk.services.fetching import Harvest
from levdesk.venues.contract import RequestKind


def after_harvests(marks: Marks, harvests: Iterable[Harvest], held: Sequence[TokenKey], now_ms: int) -> Marks:
    """The marks of what is held after these came, in order; the same object when nothing is different."""
    found: Marks = marks
    for harvest in harvests:
        venue = harvest.task.key.venue
        match harvest.task.key.kind:
            case RequestKind.TOKENS:
                found = after_list(found, venue, harvest.tokens, held, now_ms)
            case RequestKind.TOKEN_LISTINGS:
                found = after_listings(found, venue, harvest.listings, held)
            case RequestKind.NOTICES:
                found = after_notices(found, venue, harvest.notices, held, now_ms)
    kept = only_held(found, held)
    return marks if kept == marks else kept


def with_known(marks: Marks, catalogue: Iterable[LeveragedToken], seen_ms: int) -> dict[TokenKey, ListingMark]:
    """The marks with every token of the stored lists taken for seen: so a token that is gone since is missed."""
    found = dict(marks)
    for token in catalogue:
        if token.key not in found:
            found[token.key] = ListingMark(seen_ms=seen_ms, status=token.status)
    return found
