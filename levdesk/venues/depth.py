"""Order books as venues send them: lists of [price, size], the same on every page that documents one."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from levdesk.domain.order_book import OrderBook, OrderLevel
from levdesk.venues.contract import Parsed, Reply
from levdesk.venues.json_figures import JsonValue, positive
from levdesk.venues.rows import VenueRows, moment_ms

DEPTH_LEVELS: Final = 100
"""Asked for on each side; one percent below the best bid is seldom deeper, and where it is, that is known."""

_MOST_UNITS: Final = Decimal(10) ** 18


def order_book(reply: Reply, value: JsonValue, rows: VenueRows, *, time_field: str) -> Parsed[OrderBook]:
    """The book out of an object with `bids` and `asks`.

    Raises:
        VenueGarbled: it is no such object, or a side is a list of nothing but bad rows.
    """
    if not isinstance(value, dict):
        raise rows.wrong_shape(reply, "an order book")
    bids, bad_bids = rows.each(reply, value.get("bids"), _level, "offer_rejected", "a bid")
    asks, bad_asks = rows.each(reply, value.get("asks"), _level, "offer_rejected", "an offer")
    book = OrderBook(
        ts_ms=moment_ms(value.get(time_field), reply.received_ms),
        bids=tuple(sorted(bids, key=lambda level: -level.price)),
        asks=tuple(sorted(asks, key=lambda level: level.price)),
        is_cut=len(bids) + len(bad_bids) >= DEPTH_LEVELS,
    )
    return Parsed((book,), (*bad_bids, *bad_asks))


def _level(row: JsonValue) -> OrderLevel:
    if not isinstance(row, list) or len(row) < 2:
        raise ValueError("is not a price with a size")
    return OrderLevel(positive(row[0]), positive(row[1], _MOST_UNITS))
