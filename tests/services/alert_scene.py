"""A small market that stands still until a test moves it: holdings, quotes and everything alerts are measured from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from levdesk.domain.alerts import AlertKind, AlertRule, AlertSide, Condition, LocalMoment
from levdesk.domain.instruments import (
    FeeSchedule,
    LeveragedToken,
    Provenance,
    RebalanceRule,
    ScheduledCondition,
    TokenKey,
)
from levdesk.domain.market import FundingPoint, TokenQuote, UnderlyingQuote
from levdesk.domain.order_book import OrderBook, OrderLevel
from levdesk.domain.problems import Problem
from levdesk.domain.sources import NavSource
from levdesk.domain.transactions import Portfolio, Transaction, TransactionDraft, TransactionType
from levdesk.services.alert_facts import Facts, PriceLine
from levdesk.services.alert_listing import ListingMark
from levdesk.services.books import Books
from levdesk.services.explained import ExplainedHolding
from levdesk.services.health import SourceHealth
from levdesk.services.portfolio import Valuation
from levdesk.services.ports import StoredBooks

NOW = 1_800_000_000_000
"""2027-01-15 08:00 UTC."""
HOUR = 3_600_000
DAY = 24 * HOUR

BAND = RebalanceRule(
    target_leverage=Decimal(3), band_low=Decimal("2.25"), band_high=Decimal("4.125"), provenance=Provenance.STATED
)
CLOCK = RebalanceRule(target_leverage=Decimal(3), scheduled_utc_s=57_600, provenance=Provenance.STATED)
CHECKED = replace(
    BAND, scheduled_utc_s=57_600, scheduled_condition=ScheduledCondition.OUTSIDE_BAND, emergency_leverage=Decimal(5)
)
FEES = FeeSchedule(management_per_day_ratio=Decimal("0.001"), taken_utc_s=57_600, provenance=Provenance.STATED)


def mirrored(rule: RebalanceRule) -> RebalanceRule:
    """The same rule for a short token."""
    return replace(rule, target_leverage=-rule.target_leverage)


def token(symbol: str, *rules: RebalanceRule, venue: str = "gate", **more: Any) -> LeveragedToken:
    """A token named as BTC3L or ETH3S are, under a band unless said otherwise."""
    underlying, size, side = symbol[:-2], symbol[-2], symbol[-1]
    target = Decimal(size) * (1 if side == "L" else -1)
    given = rules or (BAND if target > 0 else mirrored(BAND),)
    return LeveragedToken(
        key=TokenKey(venue, symbol),
        underlying=underlying,
        target_leverage=target,
        hedge_instrument=f"{underlying}_USDT",
        rules=given,
        fees=(FEES,),
        provenance=Provenance.STATED,
        **more,
    )


@dataclass
class Scene:
    """What is held and known; every figure fresh at `now_ms` unless said otherwise."""

    tokens: Sequence[LeveragedToken]
    now_ms: int = NOW
    cost: str = "2"
    units: str = "100"
    bought_ms: int = NOW - 10 * DAY
    quotes: dict[TokenKey, TokenQuote] = field(default_factory=dict)
    perpetuals: dict[tuple[str, str], UnderlyingQuote] = field(default_factory=dict)
    explained: dict[tuple[int | None, TokenKey], ExplainedHolding] = field(default_factory=dict)
    health: tuple[SourceHealth, ...] = ()
    prices: dict[str, PriceLine] = field(default_factory=dict)
    token_prices: dict[TokenKey, PriceLine] = field(default_factory=dict)
    settled: dict[tuple[str, str], tuple[FundingPoint, ...]] = field(default_factory=dict)
    doubts: tuple[Problem, ...] = ()
    books: dict[TokenKey, OrderBook] = field(default_factory=dict)
    listings: dict[TokenKey, ListingMark] = field(default_factory=dict)
    sold: frozenset[TokenKey] = frozenset()
    watching_since_ms: int | None = None
    _ready: tuple[frozenset[TokenKey], dict[int | None, Valuation]] | None = None

    def __post_init__(self) -> None:
        """Begin with a quote for everything."""
        for one in self.tokens:
            self.quote(one)

    def quote(self, one: LeveragedToken, **changes: Any) -> None:
        """New figures of a token, of now; what is not named is as usual."""
        known: Mapping[str, Any] = {
            "last": Decimal(2),
            "bid": Decimal("1.998"),
            "ask": Decimal("2.002"),
            "price_ts_ms": self.now_ms,
            "nav": Decimal(2),
            "nav_source": NavSource.VENUE,
            "nav_ts_ms": self.now_ms,
            "effective_leverage": abs(one.target_leverage),
            "leverage_ts_ms": self.now_ms,
            "underlying_price": Decimal(60_000),
            "underlying_ts_ms": self.now_ms,
        }
        self.quotes[one.key] = TokenQuote(key=one.key, **{**known, **changes})

    def facts(self, **more: Any) -> Facts:
        """Everything as of now."""
        views = {which: one.view(self.quotes, self.now_ms) for which, one in self._valuations().items()}
        known: dict[str, Any] = {
            "now_ms": self.now_ms,
            "local": LocalMoment(self.now_ms // 60_000 % 1440, 4),
            "views": views,
            "quotes": dict(self.quotes),
            "perpetuals": dict(self.perpetuals),
            "explained": dict(self.explained),
            "health": self.health,
            "prices": dict(self.prices),
            "token_prices": dict(self.token_prices),
            "settled": dict(self.settled),
            "doubts": self.doubts,
            "books": dict(self.books),
            "listings": dict(self.listings),
            "watching_since_ms": self.watching_since_ms,
        }
        return Facts(**{**known, **more})

    def _valuations(self) -> dict[int | None, Valuation]:
        if self._ready is None or self._ready[0] != self.sold:
            held = [one for one in self.tokens if one.key not in self.sold]
            rows = tuple(
                Transaction(
                    id=number,
                    portfolio_id=1 if number % 2 == 0 else 2,
                    draft=TransactionDraft(
                        time_ms=self.bought_ms,
                        type=TransactionType.BUY,
                        key=one.key,
                        quantity=Decimal(self.units),
                        price=Decimal(self.cost),
                    ),
                )
                for number, one in enumerate(held)
            )
            portfolios = (Portfolio(id=1, name="Main"), Portfolio(id=2, name="Other"))
            books = Books.read(StoredBooks(portfolios=portfolios, transactions=rows, tokens=tuple(self.tokens)))
            self._ready = (self.sold, {which: Valuation(books, which) for which in (None, 1, 2)})
        return self._ready[1]


def order_book(*bids: tuple[str, str], is_cut: bool = False) -> OrderBook:
    """Bids as (price, units), of now."""
    return OrderBook(
        ts_ms=NOW, bids=tuple(OrderLevel(Decimal(at), Decimal(units)) for at, units in bids), asks=(), is_cut=is_cut
    )


def line(*points: tuple[int, float]) -> PriceLine:
    """Prices at moments, given as milliseconds before the scene's first moment."""
    return PriceLine([NOW - before_ms for before_ms, _ in points], [price for _, price in points])


def rule(*conditions: Condition, number: int = 1, **more: Any) -> AlertRule:
    """A rule with an id, and no pause after an alert."""
    return AlertRule(**{"id": number, "conditions": conditions, "cooldown_s": 0, **more})


def numbered(rules: Sequence[AlertRule]) -> list[AlertRule]:
    """Rules as if they were saved."""
    return [replace(one, id=number) for number, one in enumerate(rules, 1)]


def premium(at: float = 0.02, **more: Any) -> Condition:
    """Price away from NAV, either way."""
    return Condition(kind=AlertKind.PREMIUM, threshold=at, side=AlertSide.EITHER, **more)
