"""What Gate tells of a token's future there: its order book, how it is traded and until when, and what is announced."""

from __future__ import annotations

import json
from typing import Final

from levdesk.domain.instruments import TokenKey
from levdesk.domain.listings import TokenListing, VenueNotice
from levdesk.domain.order_book import OrderBook
from levdesk.venues.bars import EARLIEST_S
from levdesk.venues.contract import Parsed, Reply
from levdesk.venues.depth import order_book
from levdesk.venues.gate.wire import ROWS, VENUE, read
from levdesk.venues.json_figures import JsonRow, JsonValue, is_absent, whole
from levdesk.venues.notices import MOST_NOTICES, NoticeFields, notices
from levdesk.venues.rows import named_row

NOTICES_BODY: Final = json.dumps({"page": "1", "size": str(MOST_NOTICES), "lang": "en"}).encode()
"""Page and size are texts; no category is named, for which there are is not told."""

_FIELDS: Final = NoticeFields(
    title="title",
    url="url",
    moments=("release_timestamp", "created_t"),
    host="https://www.gate.com",
    in_seconds=True,
)
_CURRENCY: Final = "USDT"
_STATES: Final = {
    "tradable": (True, True),
    "buyable": (True, False),
    "sellable": (False, True),
    "untradable": (False, False),
}
_LATEST_S: Final = 10**11
"""About the year 5100."""


def depth(reply: Reply) -> Parsed[OrderBook]:
    """One order book; its times are milliseconds, unlike Gate's other ones."""
    return order_book(reply, read(reply), ROWS, time_field="current")


def listings(reply: Reply, keys: frozenset[TokenKey] | None) -> Parsed[TokenListing]:
    """How pairs in USDT are traded; a state nobody knows is a problem."""
    wanted = None if keys is None else frozenset(key.symbol for key in keys if key.venue == VENUE)

    def listing(value: JsonValue) -> TokenListing | None:
        pair, row = named_row(value, "id")
        symbol, _, currency = pair.upper().rpartition("_")
        if currency != _CURRENCY or not symbol or (wanted is not None and symbol not in wanted):
            return None
        state = row.get("trade_status")
        if not isinstance(state, str) or state not in _STATES:
            raise ValueError("has no state that is known")
        can_buy, can_sell = _STATES[state]
        return TokenListing(key=TokenKey(VENUE, symbol), can_buy=can_buy, can_sell=can_sell, ends_ms=_ends_ms(row))

    found, problems = ROWS.each(reply, read(reply), listing, "listing_rejected", "a pair")
    if not found:
        raise ROWS.wrong_shape(reply, "a list of pairs with anything in it")
    return Parsed(tuple(one for one in found if one is not None), tuple(problems))


def _ends_ms(row: JsonRow) -> int | None:
    """The moment of delisting; zero where none is planned."""
    stamp = row.get("delisting_time")
    if is_absent(stamp) or stamp == "0":
        return None
    return whole(stamp, low=EARLIEST_S, high=_LATEST_S) * 1000


def announced(reply: Reply) -> Parsed[VenueNotice]:
    """The newest announcements; the body's `code` is 0 where all is well."""
    value = read(reply)
    data = value.get("data") if isinstance(value, dict) and value.get("code") == "0" else None
    listed = data.get("list") if isinstance(data, dict) else None
    return notices(reply, listed, ROWS, _FIELDS)
