"""What KuCoin tells of a token's future there: its order book, and which delistings are announced."""

from __future__ import annotations

from typing import Final

from levdesk.domain.listings import VenueNotice
from levdesk.domain.order_book import OrderBook
from levdesk.venues.contract import Parsed, Reply
from levdesk.venues.depth import order_book
from levdesk.venues.kucoin.wire import ROWS, data
from levdesk.venues.notices import NoticeFields, notices

_FIELDS: Final = NoticeFields(title="annTitle", url="annUrl", moments=("cTime",))


def depth(reply: Reply) -> Parsed[OrderBook]:
    """One order book."""
    return order_book(reply, data(reply), ROWS, time_field="time")


def announced(reply: Reply) -> Parsed[VenueNotice]:
    """Announced delistings of the last month."""
    said = data(reply)
    listed = said.get("items") if isinstance(said, dict) else None
    return notices(reply, listed, ROWS, _FIELDS)
