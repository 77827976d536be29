"""What a condition is measured at: a token held, an underlying, a venue, each with what is known of it right now.

A subject is made anew when something it rests on is another object than before; what costs more than a few float
operations is kept in `SlowFigures` for as long as its own sources stay the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Final, NamedTuple

from levdesk.domain.errors import SettingInvalid
from levdesk.domain.horizon import Outlook
from levdesk.domain.money import ZERO
from levdesk.domain.order_book import Sellable, sellable
from levdesk.services.explain_costs import decay_per_day
from levdesk.services.explain_radar import NextRebalance, RadarPlan, live_radar, radar_plan
from levdesk.services.explain_rules import RulePeriod, dated_rules
from levdesk.services.explained_split import Term

if TYPE_CHECKING:
    from levdesk.domain.instruments import LeveragedToken
    from levdesk.domain.market import FundingPoint, TokenQuote, UnderlyingQuote
    from levdesk.domain.order_book import OrderBook
    from levdesk.services.alert_facts import PriceLine
    from levdesk.services.alert_listing import ListingMark
    from levdesk.services.explained import ExplainedHolding
    from levdesk.services.health import SourceHealth
    from levdesk.services.views import HoldingView

SOLD_WITHIN: Final = Decimal("0.01")
"""So far below the best bid a seller is taken to go."""

_DAY_S: Final = 86_400
_HOUR_MS: Final = 3_600_000
_NEAR_MS: Final = 2 * _HOUR_MS
_FOREVER_MS: Final = 1 << 62


class TokenPlan:
    """A token's rule as long as it holds.

    Attributes:
        token: the instrument.
        radar: its triggers, None while no usable rule is known.
        period: rule and fees in force, None for a token without a target.
        until_ms: it is made anew from then on.
    """

    __slots__ = ("period", "radar", "token", "until_ms")

    def __init__(self, token: LeveragedToken, now_ms: int) -> None:
        """Read the rules of now."""
        rules = dated_rules(token)
        self.token = token
        self.radar: RadarPlan | None = radar_plan(token, now_ms)
        self.period: RulePeriod | None = None if rules is None else rules.period_at(now_ms)
        changes = () if rules is None else rules.changes_ms
        self.until_ms = min((ms for ms in changes if ms > now_ms), default=_FOREVER_MS)


class SlowFigures:
    """Figures of a holding that change with its explanation and price history only, worked out when first asked for."""

    __slots__ = ("_chances", "_decay", "_peak", "explained", "first_bought_ms", "line", "plan")

    def __init__(
        self, plan: TokenPlan, explained: ExplainedHolding | None, line: PriceLine | None, first_bought_ms: int | None
    ) -> None:
        """Keep what they rest on."""
        self.plan, self.explained, self.line, self.first_bought_ms = plan, explained, line, first_bought_ms
        self._decay: float | None = None
        self._peak: tuple[int, float] | None = None
        self._chances: dict[int, float | None] = {}

    def rests_on(
        self, plan: TokenPlan, explained: ExplainedHolding | None, line: PriceLine | None, first_bought_ms: int | None
    ) -> bool:
        """Whether everything is the same object still."""
        return (
            plan is self.plan
            and explained is self.explained
            and line is self.line
            and first_bought_ms == self.first_bought_ms
        )

    @property
    def volatility_day(self) -> float | None:
        """Of the underlying's log price."""
        market = None if self.explained is None else self.explained.market
        return None if market is None else market.volatility_day

    def decay_day(self) -> float | None:
        """Log NAV that a usual day takes while the price ends where it began."""
        market = None if self.explained is None else self.explained.market
        if self._decay is None and market is not None and self.plan.period is not None:
            sigma = market.volatility_day if market.clock_volatility_day is None else market.clock_volatility_day
            if sigma is not None:
                self._decay = decay_per_day(self.plan.period.rule, self.plan.period.costs, sigma)
        return self._decay

    def term_ratio(self, term: Term) -> float | None:
        """One part of the result so far over the money put in."""
        split = None if self.explained is None else self.explained.attribution
        return None if split is None else next((part.ratio for part in split.terms if part.term is term), None)

    def peak(self) -> tuple[int, float] | None:
        """Moment and price of the highest point since the purchase; None without a history."""
        if self._peak is None and self.line is not None and self.first_bought_ms is not None:
            part = self.line.span(self.first_bought_ms, _FOREVER_MS)
            prices = self.line.prices[part]
            if prices:
                highest = max(prices)
                self._peak = (self.line.ts_ms[part.start + list(prices).index(highest)], highest)
        return self._peak

    def loss_chance(self, horizon_s: int) -> float | None:
        """Chance of being below today's value after some time: as explained, or by the lognormal formula."""
        if horizon_s not in self._chances:
            self._chances[horizon_s] = self._loss_chance(horizon_s)
        return self._chances[horizon_s]

    def _loss_chance(self, horizon_s: int) -> float | None:
        known = None if self.explained is None else self.explained.outlook
        if known is not None and known.assumptions.horizon_days * _DAY_S == horizon_s:
            return known.loss_probability
        costs = None if self.explained is None else self.explained.costs
        volatility, period = self.volatility_day, self.plan.period
        if volatility is None or period is None or costs is None or costs.fee_per_day_ratio is None:
            return None
        try:
            return Outlook(
                leverage=period.rule.target,
                volatility=volatility,
                days=horizon_s / _DAY_S,
                fee=costs.fee_per_day_ratio,
                funding=costs.funding_8h_ratio or 0.0,
            ).loss_probability
        except SettingInvalid:
            return None


class Around(NamedTuple):
    """What stands around a token: its hedge and its underlying's recent prices, who trades it, how it is listed."""

    perpetual: UnderlyingQuote | None = None
    underlying_line: PriceLine | None = None
    order_book: OrderBook | None = None
    mark: ListingMark | None = None


class TokenSubject:
    """A token held.

    Attributes:
        holding, quote, perpetual: its row, its last figures, its hedge.
        slow: everything slower.
        doubts: figures of it held back or contradictory.
        silent: its venue does not answer, which is told once for the venue.
        underlying_line: recent prices of its underlying.
        order_book: who buys and sells it, as last shown.
        mark: what its venue's lists and announcements said of it.
    """

    __slots__ = (
        "_radar",
        "_takes",
        "doubts",
        "holding",
        "mark",
        "order_book",
        "perpetual",
        "quote",
        "silent",
        "slow",
        "token",
        "underlying_line",
    )

    def __init__(
        self,
        holding: HoldingView,
        quote: TokenQuote | None,
        slow: SlowFigures,
        around: Around,
        *,
        doubts: Sequence[str] = (),
        silent: bool = False,
    ) -> None:
        """Gather what is known."""
        self.perpetual, self.underlying_line, self.order_book, self.mark = around
        self._takes: Sellable | None = None
        self.holding, self.quote, self.slow, self.doubts, self.silent = holding, quote, slow, doubts, silent
        self.token = holding.token
        self._radar: NextRebalance | None = None

    @property
    def symbol(self) -> str:
        """The token's."""
        return self.token.key.symbol

    @property
    def period(self) -> RulePeriod | None:
        """Rule and fees in force."""
        return self.slow.plan.period

    def radar(self, now_ms: int) -> NextRebalance | None:
        """The nearest triggers at the quote; None without a quote or a usable rule."""
        if self._radar is None and self.quote is not None and self.slow.plan.radar is not None:
            self._radar = live_radar(self.slow.plan.radar, self.quote, now_ms, self.slow.volatility_day)
        return self._radar

    def takes(self) -> Sellable:
        """What its bids take within a percent; nothing where no book is known."""
        if self._takes is None:
            self._takes = Sellable(ZERO, True) if self.order_book is None else sellable(self.order_book, SOLD_WITHIN)
        return self._takes

    def before(self) -> tuple[float, float] | None:
        """Its price an hour or more before the quote, and the underlying's then; None when either is not known."""
        line, under, now_ms = self.slow.line, self.underlying_line, self.holding.market_price_ts_ms
        if line is None or under is None or now_ms is None:
            return None
        place = line.span(0, now_ms - _HOUR_MS).stop
        if not place:
            return None
        then_ms = line.ts_ms[place - 1]
        other = under.span(then_ms - _NEAR_MS, then_ms + _NEAR_MS)
        return (line.prices[place - 1], under.prices[other.start]) if other.start < other.stop else None

    def leverage_ms(self) -> int | None:
        """When the leverage of the radar was true."""
        if self.quote is None:
            return None
        return self.quote.nav_ts_ms if self.quote.effective_leverage is None else self.quote.leverage_ts_ms

    def amounts(self) -> dict[str, float | str | None]:
        """The money behind it, by the names that mark it as such."""
        holding = self.holding
        return {
            "amount_worth": _float(holding.market_value),
            "amount_result": _float(holding.unrealised_pnl),
            "amount_currency": self.token.quote_currency,
        }


class UnderlyingSubject:
    """An underlying of something held.

    Attributes:
        name: the underlying's.
        holdings: open ones that follow it.
        quotes: their last figures.
        perpetuals: their hedges, as far as known, with the last settlements.
        line: its recent prices.
        whole_value: of all holdings of the view; None when a part is not known.
        others: how many open holdings there are that do not follow it.
    """

    __slots__ = ("holdings", "line", "name", "others", "perpetuals", "quotes", "whole_value")

    def __init__(
        self,
        name: str,
        holdings: Sequence[HoldingView],
        quotes: Sequence[TokenQuote],
        perpetuals: Sequence[tuple[UnderlyingQuote, Sequence[FundingPoint]]],
        line: PriceLine | None,
        *,
        whole_value: float | None,
        others: int,
    ) -> None:
        """Gather what is known."""
        self.name, self.holdings, self.quotes, self.perpetuals = name, holdings, quotes, perpetuals
        self.line, self.whole_value, self.others = line, whole_value, others

    def price(self) -> tuple[float, int] | None:
        """Its newest price, and when that was true."""
        known = [
            (quote.underlying_ts_ms, float(quote.underlying_price))
            for quote in self.quotes
            if quote.underlying_price is not None and quote.underlying_ts_ms is not None
        ]
        if not known:
            return None
        ts_ms, price = max(known)
        return price, ts_ms

    def value(self) -> float | None:
        """Of its holdings together; None when a part is not known."""
        values = [holding.market_value for holding in self.holdings]
        return None if any(value is None for value in values) else float(sum(value for value in values if value))

    def amounts(self) -> dict[str, float | str | None]:
        """The money behind it."""
        return {"amount_worth": self.value(), "amount_currency": self.holdings[0].token.quote_currency}


class VenueSubject:
    """A venue of something held.

    Attributes:
        health: its own.
        since_ms: when the program began to listen, or None.
    """

    __slots__ = ("health", "name", "since_ms")

    def __init__(self, name: str, health: SourceHealth | None, since_ms: int | None) -> None:
        """Gather what is known."""
        self.name, self.health, self.since_ms = name, health, since_ms

    def amounts(self) -> dict[str, float | str | None]:
        """No money is told of a venue."""
        return {}


Subject = TokenSubject | UnderlyingSubject | VenueSubject


def _float(value: Decimal | None) -> float | None:
    return None if value is None else float(value)
