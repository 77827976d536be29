"""What a holding gained since local midnight: its value now, less its value then and the money put in since."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import takewhile
from typing import Final

from levdesk.domain.holding_history import holding_points
from levdesk.domain.instruments import TokenKey
from levdesk.domain.money import ZERO
from levdesk.domain.transactions import CostMethod, TransactionType
from levdesk.services.books import Books

MOST_REPLAYED: Final = 2_000
"""Rows of a token that are gone through for it, 20 ms; with more of them and some of today, it is not known."""


_MOVED: Final = frozenset({TransactionType.TRANSFER_IN, TransactionType.TRANSFER_OUT})
"""What units that come or go without a trade were worth then, nobody says."""


@dataclass(frozen=True, slots=True)
class Opening:
    """Prices at the start of the person's day.

    Attributes:
        ts_ms: 00:00 local, as UTC milliseconds.
        prices: per token, in the units of that moment; a token whose price is not known is not there.
    """

    ts_ms: int
    prices: Mapping[TokenKey, Decimal]


@dataclass(frozen=True, slots=True)
class _Day:
    """What was held at midnight, in the units of then, and the money put in since less what was taken out."""

    held_then: Decimal
    invested_since: Decimal


class DayChanges:
    """The changes of one portfolio, or of all; what happened since midnight is remembered for the day.

    Args:
        books: the books.
        portfolio_id: None for all of them together.
    """

    __slots__ = ("_books", "_days", "_portfolio_id", "_ts_ms")

    def __init__(self, books: Books, portfolio_id: int | None) -> None:
        self._books = books
        self._portfolio_id = portfolio_id
        self._days: dict[TokenKey, _Day | None] = {}
        self._ts_ms = 0

    def change(
        self, key: TokenKey, quantity: Decimal, price: Decimal | None, opening: Opening | None
    ) -> Decimal | None:
        """What a token gained since midnight, fees of today's trades taken off; None where a price of it is missing.

        Args:
            key, quantity, price: of the token, units held and their price now.
            opening: prices at midnight.
        """
        if opening is None or price is None:
            return None
        if opening.ts_ms != self._ts_ms:
            self._days, self._ts_ms = {}, opening.ts_ms
        if key not in self._days:
            self._days[key] = self._day(key, opening.ts_ms)
        day, opened = self._days[key], opening.prices.get(key)
        if day is None or (opened is None and day.held_then):
            return None
        return price * quantity - (opened or ZERO) * day.held_then - day.invested_since

    def _day(self, key: TokenKey, ts_ms: int) -> _Day | None:
        books, whole = self._books, _Day(ZERO, ZERO)
        for portfolio in books.portfolios:
            if self._portfolio_id in {None, portfolio.id}:
                part = self._day_in(key, portfolio.id, portfolio.cost_method, ts_ms)
                if part is None:
                    return None
                whole = _Day(whole.held_then + part.held_then, whole.invested_since + part.invested_since)
        return whole

    def _day_in(self, key: TokenKey, portfolio_id: int, method: CostMethod, ts_ms: int) -> _Day | None:
        rows = self._books.transactions(key, portfolio_id)
        if not rows or rows[-1].draft.time_ms < ts_ms:
            return _Day(self._books.position(key, portfolio_id).quantity, ZERO)
        today = takewhile(lambda row: row.draft.time_ms >= ts_ms, reversed(rows))
        if len(rows) > MOST_REPLAYED or any(row.draft.type in _MOVED for row in today):
            return None
        held, invested, last = ZERO, ZERO, ZERO
        for point in holding_points((row.draft for row in rows), method):
            if point.ts_ms < ts_ms:
                held, invested = point.quantity, point.invested
            last = point.invested
        return _Day(held, last - invested)
