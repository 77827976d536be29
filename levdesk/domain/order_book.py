"""What a token's order book holds: bids and asks by price, and the money that can be had for selling."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from levdesk.domain.money import ONE, ZERO


@dataclass(frozen=True, slots=True)
class OrderLevel:
    """Orders at one price, in quote currency; `size` in units of the token."""

    price: Decimal
    size: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderBook:
    """An order book at one moment, both sides best price first.

    Attributes:
        ts_ms: when it was true.
        bids, asks: orders to buy and to sell; a side without any is empty.
        is_cut: the venue may hold more than it showed.
    """

    ts_ms: int
    bids: tuple[OrderLevel, ...]
    asks: tuple[OrderLevel, ...]
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class Sellable:
    """What bids take: money in quote currency; `is_all` False when deeper bids were not shown."""

    money: Decimal
    is_all: bool


def sellable(book: OrderBook, within_ratio: Decimal) -> Sellable:
    """The money that bids take which are at most so far below the best one."""
    if not book.bids:
        return Sellable(ZERO, not book.is_cut)
    floor = book.bids[0].price * (ONE - within_ratio)
    money = sum((level.price * level.size for level in book.bids if level.price >= floor), ZERO)
    return Sellable(money, not book.is_cut or book.bids[-1].price < floor)
