"""The last good parts of every perpetual, each with its own age; and which of them tells its price."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from levdesk.domain.instruments import TokenKey
from levdesk.domain.market import TokenQuote, UnderlyingQuote

Perpetual = tuple[str, str]
"""Venue, and the perpetual in its spelling."""

MOST_LAG_MS: Final = 30_000
"""A mark this much older than the last trade or the index gives way to it: it has stopped."""

_PRICES: Final = ("mark", "last", "index")


class UnderlyingBook:
    """Last good parts by perpetual; owned by one thread, without a clock of its own.

    Streams tell parts (a mark here, a rate there), so that each is kept with the moment it was true.
    """

    __slots__ = ("_known",)

    def __init__(self) -> None:
        """Know nothing yet."""
        self._known: dict[Perpetual, _Figures] = {}

    def take(self, quotes: Iterable[UnderlyingQuote], *, now_ms: int) -> frozenset[Perpetual]:
        """Merge new parts; those of a perpetual that are older than what is known are passed over.

        Returns:
            The perpetuals of which something is different now.
        """
        changed: set[Perpetual] = set()
        for quote in quotes:
            perpetual = (quote.venue, quote.instrument)
            figures = self._known.get(perpetual)
            if figures is None:
                figures = self._known[perpetual] = _Figures()
            if figures.take(quote, now_ms):
                changed.add(perpetual)
        return frozenset(changed)

    def price(self, perpetual: Perpetual) -> tuple[Decimal, int] | None:
        """What a perpetual is worth, and when that was true: its mark, or what is known where that has stopped."""
        figures = self._known.get(perpetual)
        return None if figures is None else figures.price()

    def quote(self, perpetual: Perpetual) -> UnderlyingQuote | None:
        """All parts together, dated by the newest price."""
        figures = self._known.get(perpetual)
        return None if figures is None else figures.together(perpetual)

    def quotes(self) -> dict[Perpetual, UnderlyingQuote]:
        """All of them."""
        found = ((perpetual, figures.together(perpetual)) for perpetual, figures in self._known.items())
        return {perpetual: quote for perpetual, quote in found if quote is not None}


def underlying_part(key: TokenKey, perpetual: Perpetual, price: Decimal, ts_ms: int) -> TokenQuote:
    """The part of a token's quote that tells its underlying's price, and which perpetual told it."""
    return TokenQuote(key=key, underlying_price=price, underlying_ts_ms=ts_ms, underlying_source=":".join(perpetual))


class _Figures:
    """Parts of one perpetual by name, as (value, moment)."""

    __slots__ = ("_funding", "_prices")

    def __init__(self) -> None:
        self._prices: dict[str, tuple[Decimal, int]] = {}
        self._funding: tuple[UnderlyingQuote, int] | None = None

    def take(self, quote: UnderlyingQuote, now_ms: int) -> bool:
        changed = False
        for name in _PRICES:
            value: Decimal | None = getattr(quote, name)
            if value is None:
                continue
            known = self._prices.get(name)
            if known is None or quote.ts_ms >= known[1] or known[1] > now_ms:
                changed = changed or known is None or known != (value, quote.ts_ms)
                self._prices[name] = (value, quote.ts_ms)
        if quote.funding_rate is not None and (self._funding is None or quote.ts_ms >= self._funding[1]):
            self._funding = (quote, quote.ts_ms)
            changed = True
        return changed

    def price(self) -> tuple[Decimal, int] | None:
        if not self._prices:
            return None
        newest_ms = max(ts_ms for _, ts_ms in self._prices.values())
        for name in _PRICES:
            known = self._prices.get(name)
            if known is not None and newest_ms - known[1] <= MOST_LAG_MS:
                return known
        return None

    def together(self, perpetual: Perpetual) -> UnderlyingQuote | None:
        priced = self.price()
        if priced is None:
            return None
        parts = {name: value for name, (value, _) in self._prices.items()}
        funding = None if self._funding is None else self._funding[0]
        return UnderlyingQuote(
            venue=perpetual[0],
            instrument=perpetual[1],
            ts_ms=priced[1],
            mark=parts.get("mark"),
            index=parts.get("index"),
            last=parts.get("last"),
            funding_rate=None if funding is None else funding.funding_rate,
            funding_interval_s=None if funding is None else funding.funding_interval_s,
            next_funding_ms=None if funding is None else funding.next_funding_ms,
        )
