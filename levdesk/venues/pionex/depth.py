"""Pionex's order books."""

from __future__ import annotations

from levdesk.domain.order_book import OrderBook
from levdesk.venues.contract import Parsed, Reply
from levdesk.venues.depth import order_book
from levdesk.venues.pionex.wire import ROWS, envelope


def depth(reply: Reply) -> Parsed[OrderBook]:
    """One order book."""
    return order_book(reply, envelope(reply).get("data"), ROWS, time_field="updateTime")
