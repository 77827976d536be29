"""A made-up underlying and the token that follows it exactly: what explanations are held against."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise
from typing import Any

import numpy as np

from levdesk.domain.basket import BasketCosts
from levdesk.domain.basket_path import BasketPath, run_basket
from levdesk.domain.instruments import (
    FeeSchedule,
    LeveragedToken,
    Provenance,
    RebalanceRule,
    ScheduledCondition,
    TokenKey,
)
from levdesk.domain.market import Candle, FundingPoint, NavSource, TokenQuote
from levdesk.domain.transactions import CostMethod, TransactionDraft, TransactionType
from levdesk.services.explain_input import CandleSeries, ExplainInput, PortfolioRows
from levdesk.services.explain_rules import dated_rules

HOUR = 3_600_000
DAY = 24 * HOUR
START = 1_767_225_600_000
"""2026-01-01 00:00 UTC."""
KEY = TokenKey("gate", "BTC3L")

DAILY = RebalanceRule(target_leverage=Decimal(3), scheduled_utc_s=57_600, provenance=Provenance.STATED, source="page")
FEES = FeeSchedule(
    management_per_day_ratio=Decimal("0.001"),
    taken_utc_s=57_600,
    rebalance_cost_ratio=Decimal("0.0006"),
    spot_ratio=Decimal("0.002"),
    redeem_ratio=Decimal("0.001"),
    provenance=Provenance.STATED,
)
BAND = RebalanceRule(
    target_leverage=Decimal(3), band_low=Decimal("2.25"), band_high=Decimal("4.125"), provenance=Provenance.STATED
)
GATE = RebalanceRule(
    target_leverage=Decimal(3),
    scheduled_utc_s=57_600,
    scheduled_condition=ScheduledCondition.OUTSIDE_BAND_OR_MOVED,
    scheduled_move_ratio=Decimal("0.01"),
    band_low=Decimal(2),
    band_high=Decimal(4),
    emergency_leverage=Decimal(4),
    emergency_move_ratio=Decimal("0.2"),
    emergency_two_sided=True,
)


def token(
    *rules: RebalanceRule, fees: Sequence[FeeSchedule] = (FEES,), target: str = "3", **more: Any
) -> LeveragedToken:
    """A token with these rules, on BTC."""
    return LeveragedToken(
        key=KEY,
        underlying="BTC",
        target_leverage=Decimal(target),
        hedge_instrument="BTC_USDT",
        rules=rules,
        fees=tuple(fees),
        **more,
    )


@dataclass(frozen=True, eq=False)
class World:
    """Hours of an underlying, and the token's NAV at each of their ends.

    Attributes:
        token: what follows it.
        ts_ms, prices: hourly marks, n + 1 of them for n bars.
        path: the token's, run over the marks alone.
        rates: funding settled at each mark.
    """

    token: LeveragedToken
    ts_ms: np.ndarray[Any, np.dtype[np.int64]]
    prices: np.ndarray[Any, np.dtype[np.float64]]
    path: BasketPath
    rates: np.ndarray[Any, np.dtype[np.float64]]

    @property
    def now_ms(self) -> int:
        """The last mark's moment."""
        return int(self.ts_ms[-1])

    @property
    def navs(self) -> list[float]:
        """NAV at each mark."""
        return [float(nav) for nav in self.path.nav_rows()]

    def nav(self, hour: int) -> Decimal:
        """NAV at a mark, as a price to deal at."""
        return Decimal(repr(self.navs[hour]))

    def marks(self, first: int = 0, last: int | None = None) -> CandleSeries:
        """Bars without a range of their own: each goes straight from one mark to the next."""
        return CandleSeries(interval_s=3600, candles=bars(self.ts_ms, self.prices)[first:last])

    def traded(self, premium: float = 0.0) -> CandleSeries:
        """The token's own bars, at NAV plus a premium."""
        return CandleSeries(interval_s=3600, candles=bars(self.ts_ms, np.array(self.navs) * (1.0 + premium)))

    def funding(self) -> list[FundingPoint]:
        """Every settlement."""
        return [FundingPoint(int(self.ts_ms[row]), float(self.rates[row])) for row in np.flatnonzero(self.rates)]

    def quote(self, *, premium: str = "0") -> TokenQuote:
        """The venue's figures at the last mark."""
        nav = self.nav(-1)
        price = nav * (1 + Decimal(premium))
        return TokenQuote(
            key=self.token.key,
            last=price,
            bid=price * Decimal("0.999"),
            ask=price * Decimal("1.001"),
            price_ts_ms=self.now_ms,
            nav=nav,
            nav_source=NavSource.VENUE,
            nav_ts_ms=self.now_ms,
            effective_leverage=Decimal(repr(self.path.end.leverage)),
            leverage_ts_ms=self.now_ms,
            underlying_price=Decimal(repr(float(self.prices[-1]))),
            underlying_ts_ms=self.now_ms,
        )

    def given(self, *drafts: TransactionDraft, method: CostMethod = CostMethod.FIFO, **more: Any) -> ExplainInput:
        """Everything known, with these rows."""
        known = ExplainInput(
            token=self.token,
            portfolio_id=1,
            rows=(PortfolioRows(method=method, drafts=drafts),) if drafts else (),
            now_ms=self.now_ms,
            quote=self.quote(),
            underlying=(self.marks(),),
            funding=self.funding(),
        )
        return replace(known, **more)


def world(
    traded: LeveragedToken, *, hours: int = 240, seed: int = 3, volatility: float = 0.004, funding: float = 0.0001
) -> World:
    """A random walk of some hours under the token's first rule; funding is settled at 00, 08 and 16 UTC."""
    rng = np.random.default_rng(seed)
    prices = 100.0 * np.exp(np.append(0.0, np.cumsum(rng.normal(0.0, volatility, hours))))
    return world_of(traded, prices, funding=funding)


def world_of(traded: LeveragedToken, prices: Sequence[float] | np.ndarray[Any, Any], *, funding: float = 0.0) -> World:
    """The same over given hourly marks."""
    found = np.asarray(prices, np.float64)
    ts_ms = START + np.arange(len(found), dtype=np.int64) * HOUR
    rates = np.where(np.arange(len(found)) % 8 == 0, funding, 0.0)
    rates[0] = 0.0
    rules = dated_rules(traded)
    assert rules is not None
    rule, costs = rules.at(START)
    rates = np.zeros(len(found)) if rules.funding_inside_at(START) else rates
    path = run_basket(found, rule, costs=costs, funding_rates=rates, ts_ms=ts_ms)
    return World(traded, ts_ms, found, path, rates)


def bars(ts_ms: Any, prices: Any) -> list[Candle]:
    """Bars that go straight from one price to the next."""
    return [
        Candle(int(ts_ms[n]), float(a), float(max(a, b)), float(min(a, b)), float(b), 1.0)
        for n, (a, b) in enumerate(pairwise(prices))
    ]


def deal(
    kind: str, hours: float, units: str | None, price: Decimal | str | None = None, *, fee: str = "0", **more: Any
) -> TransactionDraft:
    """A row some hours after the start."""
    return TransactionDraft(
        time_ms=START + round(hours * HOUR),
        type=TransactionType(kind),
        key=KEY,
        quantity=None if units is None else Decimal(units),
        price=None if price is None else Decimal(price),
        fee=Decimal(fee),
        **more,
    )


NO_COSTS = BasketCosts()
