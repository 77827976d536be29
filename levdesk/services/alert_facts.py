"""What the alerts are measured from: the frozen views of one moment, gathered by whoever owns them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from levdesk.domain.alerts import LocalMoment
    from levdesk.domain.instruments import TokenKey
    from levdesk.domain.market import FundingPoint, TokenQuote, UnderlyingQuote
    from levdesk.domain.order_book import OrderBook
    from levdesk.domain.problems import Problem
    from levdesk.services.alert_listing import ListingMark
    from levdesk.services.explained import ExplainedHolding
    from levdesk.services.health import SourceHealth
    from levdesk.services.views import PortfolioView

Perpetual = tuple[str, str]
"""Venue, and the perpetual in its spelling."""


@dataclass(frozen=True, slots=True, eq=False)
class PriceLine:
    """Known prices, oldest first, in the units of today.

    Attributes:
        ts_ms: moments, rising.
        prices: as many, above zero.
    """

    ts_ms: Sequence[int]
    prices: Sequence[float]

    def span(self, from_ms: int, until_ms: int) -> slice:
        """The places from a moment on, until another one, both included."""
        return slice(bisect_left(self.ts_ms, from_ms), bisect_right(self.ts_ms, until_ms))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Facts:
    """Everything known at one moment; what is unchanged since the last one should be the same object.

    Attributes:
        now_ms: the moment.
        local: the person's wall clock then.
        views: by portfolio id, None for all together; rules for everything are measured on None, those for a portfolio
            on its own view. A rule for a portfolio that is not there is not measured.
        quotes: last good figures of tokens.
        perpetuals: of their hedges, for funding.
        explained: last explanations by portfolio id (None for all together) and token; slower figures come from there.
        health: of the sources.
        prices: of underlyings by name: the last hours at least, minutes or finer where known.
        token_prices: market price or NAV of tokens since they were first bought, for the fall from the peak.
        settled: last settlements of perpetuals, oldest first.
        doubts: what the quote checks hold back or find contradictory just now, `source` being the token's key.
        books: order books of tokens, as last shown.
        listings: what lists and announcements said of tokens held.
        watching_since_ms: when the program began to listen, None when it always did.
    """

    now_ms: int
    local: LocalMoment
    views: Mapping[int | None, PortfolioView] = field(default_factory=dict)
    quotes: Mapping[TokenKey, TokenQuote] = field(default_factory=dict)
    perpetuals: Mapping[Perpetual, UnderlyingQuote] = field(default_factory=dict)
    explained: Mapping[tuple[int | None, TokenKey], ExplainedHolding] = field(default_factory=dict)
    health: Sequence[SourceHealth] = ()
    prices: Mapping[str, PriceLine] = field(default_factory=dict)
    token_prices: Mapping[TokenKey, PriceLine] = field(default_factory=dict)
    settled: Mapping[Perpetual, Sequence[FundingPoint]] = field(default_factory=dict)
    doubts: Sequence[Problem] = ()
    books: Mapping[TokenKey, OrderBook] = field(default_factory=dict)
    listings: Mapping[TokenKey, ListingMark] = field(default_factory=dict)
    watching_since_ms: int | None = None
