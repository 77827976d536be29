"""The listing watch as a stored preference: what was seen of each token held, as JSON-able values and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from levdesk.domain.instruments import TokenKey, TokenStatus
from levdesk.domain.listings import TokenListing, VenueNotice
from levdesk.services.alert_listing import ListingMark, Marks

STORED_UNDER: Final = "alert_listings"
"""Name of the preference."""


def marks_to_json(marks: Marks) -> dict[str, object]:
    """Marks by the token's name; what is at its default is left out."""
    return {str(key): _mark_to_json(mark) for key, mark in marks.items() if mark != ListingMark()}


def marks_from_json(document: object) -> dict[TokenKey, ListingMark]:
    """Marks as stored; what cannot be read is forgotten, which costs a day of watching and no more."""
    found: dict[TokenKey, ListingMark] = {}
    for name, row in document.items() if isinstance(document, dict) else ():
        venue, _, symbol = str(name).partition(":")
        if venue and symbol and isinstance(row, dict):
            try:
                key = TokenKey(venue, symbol)
                found[key] = _mark_from_json(key, row)
            except (ValueError, TypeError, KeyError):
                continue
    return found


def _mark_to_json(mark: ListingMark) -> dict[str, object]:
    row: dict[str, object] = {
        "seen_ms": mark.seen_ms,
        "missing_ms": mark.missing_ms,
        "misses": mark.misses,
        "status": mark.status.value,
        "notices": [[one.title, one.url, one.ts_ms] for one in mark.notices],
    }
    if mark.listing is not None:
        row["listing"] = [mark.listing.can_buy, mark.listing.can_sell, mark.listing.ends_ms]
    return row


def _mark_from_json(key: TokenKey, row: Mapping[str, object]) -> ListingMark:
    told, listing = row.get("listing"), None
    if isinstance(told, list):
        can_buy, can_sell, ends_ms = told
        listing = TokenListing(key=key, can_buy=can_buy is True, can_sell=can_sell is True, ends_ms=_moment(ends_ms))
    notices = row.get("notices")
    return ListingMark(
        seen_ms=_moment(row.get("seen_ms")),
        missing_ms=_moment(row.get("missing_ms")),
        misses=_moment(row.get("misses")) or 0,
        status=TokenStatus(str(row.get("status", TokenStatus.TRADING))),
        listing=listing,
        notices=tuple(
            VenueNotice(venue=key.venue, title=str(title), url=str(url), ts_ms=_moment(ts_ms) or 0)
            for title, url, ts_ms in (notices if isinstance(notices, list) else ())
        ),
    )


def _moment(value: object) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError
    return value
