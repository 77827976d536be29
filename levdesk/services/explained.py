"""Frozen answers to “why”: what a holding costs, how it did, and all that is told of it and of a portfolio.

Told apart from it are the split of a result (`explained_split`), its lots (`explained_lots`), what was taken over
time (`explained_taken`), rebalances (`explained_rebalance`) and the outlook (`explained_outlook`).

Money is Decimal in quote currency, ratios and market figures are floats; None is unknown. Every figure that rests on
an unconfirmed rule or on reconstructed history says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from decimal import Decimal

    from levdesk.domain.instruments import TokenKey
    from levdesk.services.explained_lots import LotView
    from levdesk.services.explained_outlook import OutlookView
    from levdesk.services.explained_rebalance import RebalanceView
    from levdesk.services.explained_split import AttributionView
    from levdesk.services.explained_taken import TakenSeries


@dataclass(frozen=True, slots=True, kw_only=True)
class CostsView:
    """What holding costs.

    Attributes:
        paid: fees and funding so far: management fee + funding + rebalance cost + trading fees, as a positive cost.
        paid_management, paid_funding, paid_rebalance, paid_trading: its parts; negative = received. All but trading
            are None while the past cannot be explained.
        per_day: expected cost of a day at today's rates and volatility: fee, funding and decay; positive = costs.
        per_day_fee, per_day_funding, per_day_decay: its parts.
        per_month: thirty such days.
        fee_per_day_ratio: management fee in force, None when unknown.
        funding_8h_ratio: funding rate now per 8 h, None when unknown or inside the fee.
        funding_inside: the management fee covers funding.
        breakeven_move_ratio: move of the underlying that pays for `horizon_days` of it.
        half_life_days: until half is gone while the underlying stands still; None when holding costs nothing.
        horizon_days: for the break-even move.
        sell_money, redeem_money: proceeds of selling all at the bid, or redeeming all at NAV, after fees; None unknown.
        better: "sell", "redeem" or "" when equal or unknown.
        summary: the same in a sentence.
    """

    paid: Decimal | None
    paid_management: Decimal | None
    paid_funding: Decimal | None
    paid_rebalance: Decimal | None
    paid_trading: Decimal
    per_day: Decimal | None
    per_day_fee: Decimal | None
    per_day_funding: Decimal | None
    per_day_decay: Decimal | None
    per_month: Decimal | None
    fee_per_day_ratio: float | None
    funding_8h_ratio: float | None
    funding_inside: bool
    breakeven_move_ratio: float | None
    half_life_days: float | None
    horizon_days: int
    sell_money: Decimal | None
    redeem_money: Decimal | None
    better: str = ""
    assumed: bool = False
    summary: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketReading:
    """The underlying as measured.

    Attributes:
        volatility_year: per estimator name, annualised on 365 days.
        volatility_day: the figure used in odds and costs.
        efficiency_ratio, variance_ratio: trend or chop; None when the history is too short.
        words: trend or chop, in words.
        clock_volatility_day: expected at the token's own reset clock, for decay; None when it has no clock.
        history_days: how much history that rests on.
    """

    volatility_year: tuple[tuple[str, float], ...]
    volatility_day: float | None
    efficiency_ratio: float | None
    variance_ratio: float | None
    words: str
    clock_volatility_day: float | None = None
    history_days: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PerformanceView:
    """How the holding did.

    Attributes:
        twr_ratio: time-weighted, since the first row.
        irr_year: money-weighted, per year; None when undefined.
        max_drawdown_ratio: deepest fall of the token's value per unit while held, <= 0.
    """

    twr_ratio: float | None
    irr_year: float | None
    max_drawdown_ratio: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedHolding:
    """Everything the inspector says of one holding; a part that cannot be told is None, and `problems` says why.

    `lots` splits the attribution further; it is empty in the holdings of an `ExplainedPortfolio`.
    """

    key: TokenKey
    portfolio_id: int | None
    as_of_ms: int
    attribution: AttributionView | None = None
    rebalance: RebalanceView | None = None
    costs: CostsView | None = None
    outlook: OutlookView | None = None
    market: MarketReading | None = None
    performance: PerformanceView | None = None
    problems: tuple[str, ...] = ()
    lots: tuple[LotView, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedPortfolio:
    """The sums of a portfolio, over the holdings that could be explained.

    Attributes:
        holdings: by (token key); only those explained.
        decay: money lost to volatility decay since the first purchase, negative = lost.
        fees_and_funding: money paid for management fee, funding, rebalance and trading, positive = paid.
        cost_per_day: expected cost of a day.
        explained, held: how many of how many holdings are in the sums.
        attribution: the portfolio's own split, the sum of its holdings'.
        underlyings: (underlying, split) per underlying, by name; they add up to `attribution`.
        venues: (venue, split) per venue, by name; they add up to it too.
        taken: what decay and fees have taken over time, None while no holding can be told.
    """

    portfolio_id: int | None
    as_of_ms: int
    holdings: tuple[ExplainedHolding, ...]
    decay: Decimal | None
    fees_and_funding: Decimal | None
    cost_per_day: Decimal | None
    explained: int
    held: int
    attribution: AttributionView | None
    performance: PerformanceView | None = None
    underlyings: tuple[tuple[str, AttributionView], ...] = ()
    venues: tuple[tuple[str, AttributionView], ...] = ()
    taken: TakenSeries | None = None
