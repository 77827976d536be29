"""What MEXC tells of a token's future there: its order book, and what is announced."""

from __future__ import annotations

from typing import Final

from levdesk.domain.listings import VenueNotice
from levdesk.domain.order_book import OrderBook
from levdesk.venues.contract import Parsed, Reply
from levdesk.venues.depth import order_book
from levdesk.venues.json_figures import JsonValue
from levdesk.venues.mexc.wire import ROWS, read
from levdesk.venues.notices import NoticeFields, notices, together

_FIELDS: Final = NoticeFields(title="title", url="url", moments=("postTime",))


def depth(reply: Reply) -> Parsed[OrderBook]:
    """One order book."""
    return order_book(reply, read(reply), ROWS, time_field="timestamp")


def announced(reply: Reply) -> Parsed[VenueNotice]:
    """The newest announcements: pages of `details` under `data`."""
    value = read(reply)
    pages = value.get("data") if isinstance(value, dict) else None
    if not isinstance(pages, list):
        raise ROWS.wrong_shape(reply, "a list of announcements")
    details: list[JsonValue] = [page.get("details") if isinstance(page, dict) else None for page in pages]
    return notices(reply, together(details), ROWS, _FIELDS)
