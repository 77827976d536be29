"""The statement of a period from what is stored: prices of that time, and results explained at both of its ends."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

from levdesk.app.explain_report import explain_all, sources_of
from levdesk.app.house import House
from levdesk.domain.instruments import LeveragedToken, TokenKey
from levdesk.domain.market import QuoteSource, TokenQuote, market_price
from levdesk.services.books import Books
from levdesk.services.explained_split import AttributionView
from levdesk.services.statement import PriceThen, Statement, build_statement
from levdesk.services.statement_pages import statement_csv

_NOW_MS = 15 * 60_000
"""This near to now the last known price is the price."""

_BARS_S = (3_600, 86_400)
_OLDEST_MS = 3 * 86_400_000


def make_statement(house: House, books: Books, portfolio_id: int | None, from_ms: int, to_ms: int) -> Statement:
    """A period of one portfolio, or of all; reads what is stored and fetches nothing.

    Raises:
        UserError: the period is empty or has not begun.
    """
    prices = StoredPrices(house)

    def split_at(then: Books, at_ms: int) -> Mapping[TokenKey, AttributionView]:
        quotes = {}
        for key in then.keys(portfolio_id):
            quote = prices.quote_at(then.token(key), at_ms)
            if quote is not None:
                quotes[key] = quote
        told = explain_all(house, then, portfolio_id, quotes, at_ms)
        return {key: each.attribution for key, each in told.items() if each.attribution is not None}

    return build_statement(
        books,
        portfolio_id,
        from_ms,
        to_ms,
        now_ms=house.clock.now_ms(),
        price_at=prices.price_at,
        split_at=split_at,
    )


def statement_bytes(statement: Statement, path: Path) -> bytes:
    """The file: a PDF when its name ends so, else CSV. A PDF needs a QGuiApplication."""
    if path.suffix.lower() != ".pdf":
        return statement_csv(statement)
    from levdesk.ui.statement_pdf import statement_pdf  # Qt, only for a page

    return statement_pdf(statement)


class StoredPrices:
    """Prices of tokens at any moment, as far as they are stored."""

    def __init__(self, house: House) -> None:
        """Read the last known prices once."""
        self._house = house
        self._now_ms = house.clock.now_ms()
        self._quotes = {quote.key: quote for quote in house.stores.market.read_quotes()}
        self._sources = sources_of(house)

    def quote_at(self, token: LeveragedToken, at_ms: int) -> TokenQuote | None:
        """The last known figures for now; for the past a quote of the price of that time."""
        if at_ms >= self._now_ms - _NOW_MS:
            return self._quotes.get(token.key)
        found = self.price_at(token, at_ms)
        if found is None:
            return None
        return TokenQuote(key=token.key, last=found.price, price_ts_ms=found.ts_ms, price_source=QuoteSource.VENUE)

    def price_at(self, token: LeveragedToken, at_ms: int) -> PriceThen | None:
        """The price at a moment: the last known one for now, else the last bar that had ended, else the NAV then."""
        if at_ms >= self._now_ms - _NOW_MS:
            priced = market_price(self._quotes.get(token.key))
            if priced is not None:
                return PriceThen(priced.price, priced.ts_ms or at_ms, "last price")
        return self._from_bars(token, at_ms) or self._from_nav(token, at_ms)

    def _from_bars(self, token: LeveragedToken, at_ms: int) -> PriceThen | None:
        pair = self._sources(token).pair
        found: PriceThen | None = None
        for interval_s in _BARS_S if pair else ():
            bars = self._house.stores.market.read_candles(token.key.venue, pair, interval_s, at_ms - _OLDEST_MS, at_ms)
            for bar in bars:
                end_ms = bar.ts_ms + interval_s * 1000
                if end_ms <= at_ms and (found is None or end_ms > found.ts_ms):
                    found = PriceThen(Decimal(repr(bar.close)), end_ms, "close of a bar")
        return found

    def _from_nav(self, token: LeveragedToken, at_ms: int) -> PriceThen | None:
        recorded = self._house.stores.market.read_nav_history(token.key, at_ms - _OLDEST_MS, at_ms)
        if not recorded:
            return None
        ts_ms, nav = recorded[-1]
        return PriceThen(Decimal(repr(nav)), ts_ms, "NAV")
