"""Frozen answers to “why”: where a holding's money went, what it costs, when it rebalances, what may come.

Money is Decimal in quote currency, ratios and market figures are floats; None is unknown. Every figure that rests on
an unconfirmed rule or on reconstructed history says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from levdesk.domain.money import ZERO

if TYPE_CHECKING:
    from decimal import Decimal

    from levdesk.domain.instruments import TokenKey
    from levdesk.services.explained_lots import LotView
    from levdesk.services.explained_taken import TakenSeries


class Term(StrEnum):
    """The parts a result is split into; values are the names in `report --json`."""

    LEVERAGED_MOVE = "leveraged_move"
    LEVERAGE_DRIFT = "leverage_drift"
    VOLATILITY_DECAY = "volatility_decay"
    FUNDING = "funding"
    MANAGEMENT_FEE = "management_fee"
    REBALANCE_COST = "rebalance_cost"
    PREMIUM_CHANGE = "premium_change"
    TRADING_FEES = "trading_fees"
    RESIDUAL = "residual"


@dataclass(frozen=True, slots=True)
class TermView:
    """One part of a result.

    Attributes:
        term: which.
        money: what it came to.
        ratio: of the money put in; the ratios of one split add up to the total's.
    """

    term: Term
    money: Decimal
    ratio: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributionView:
    """A result split to the last digit.

    Attributes:
        terms: one per Term, in the order of Term; the money adds up to `total` exactly.
        total: realised and unrealised together.
        total_ratio: of the money put in, None when nothing was.
        paid, worth: money put in minus taken out before today's value, and today's value: the two pillars.
        since_ms: first row.
        underlying_ratio: move of the underlying since then, None when unknown.
        plain_ratio: what the multiple without rebalancing would have made, None when it would have been liquidated.
        compounding, decay: log points; C >= 0 and Σd <= 0 of the comparison with the plain multiple.
        reset_helped_ratio: e^(C+Σd) − 1: what daily reset added (+) or took (−), None when undefined.
        rebalances: events counted; `observed` of them seen at the venue, the rest reconstructed under the rule.
        assumed: some rule or fee in force is not confirmed.
        sentence: the same figures in one plain sentence.
        put_in: money put in, nothing taken off: the base of the ratios.
    """

    terms: tuple[TermView, ...]
    total: Decimal
    total_ratio: float | None
    paid: Decimal
    worth: Decimal
    since_ms: int | None = None
    underlying_ratio: float | None = None
    plain_ratio: float | None = None
    compounding: float | None = None
    decay: float | None = None
    reset_helped_ratio: float | None = None
    rebalances: int = 0
    observed: int = 0
    assumed: bool = False
    sentence: str = ""
    put_in: Decimal = ZERO

    def money(self, term: Term) -> Decimal:
        """What one term came to."""
        return next(part.money for part in self.terms if part.term is term)


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerView:
    """One price at which the token rebalances outside its schedule.

    Attributes:
        price: of the underlying; None when its price is not known.
        move_ratio: from now to there, signed.
        leverage: signed effective leverage at which it fires.
        nav: NAV there, None when the NAV now is unknown.
        nav_ratio: NAV there over NAV now, minus one.
        traded_ratio: notional traded then per unit of NAV: + buys the underlying, − sells.
        sigmas: distance in daily standard deviations, None when volatility is unknown.
        chance_1h, chance_24h: of getting there, model output; None when volatility is unknown.
        rule: the rule that fires, in words.
    """

    price: float | None
    move_ratio: float
    leverage: float
    nav: float | None
    nav_ratio: float
    traded_ratio: float
    sigmas: float | None
    chance_1h: float | None
    chance_24h: float | None
    rule: str


@dataclass(frozen=True, slots=True)
class RebalanceEvent:
    """One rebalance that happened.

    Attributes:
        ts_ms: when.
        kind: "scheduled", "band" or "emergency", in words for the screen.
        leverage_before, leverage_after: signed; None when unknown.
        observed: seen at the venue, not reconstructed.
    """

    ts_ms: int
    kind: str
    leverage_before: float | None
    leverage_after: float | None
    observed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RebalanceView:
    """When the token rebalances next, and what that does.

    Attributes:
        effective_leverage, target_leverage: signed.
        band_low, band_high: magnitudes, None when the rule has no band.
        lower, upper: nearest trigger below and above the underlying's price; None when the rule has none there.
        next_scheduled_ms: next clock check, None when there is none.
        scheduled_acts_now: whether that check would act as things stand, None when unknown.
        rule: in words, with its date.
        source: where the rule is from.
        assumed: the rule is not confirmed for today.
        crash_ratio, crash_triggers, crash_nav_ratio: what a crash of that size against the holder would set off.
        last_ms: last rebalance known.
        history: newest first.
        chance_24h: of either trigger within a day; model output.
        summary: the same in a sentence.
        leverage_estimated: the effective leverage is ours, from the basket model, because the venue gives none.
    """

    effective_leverage: float | None
    target_leverage: float
    band_low: float | None
    band_high: float | None
    lower: TriggerView | None
    upper: TriggerView | None
    next_scheduled_ms: int | None
    scheduled_acts_now: bool | None
    rule: str
    source: str
    assumed: bool
    crash_ratio: float | None = None
    crash_triggers: int | None = None
    crash_nav_ratio: float | None = None
    last_ms: int | None = None
    history: tuple[RebalanceEvent, ...] = ()
    chance_24h: float | None = None
    summary: str = ""
    leverage_estimated: bool = False


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
class OutlookAssumptions:
    """What an outlook rests on; shown beside every probability.

    Attributes:
        horizon_days: how far it looks.
        source: "bootstrap" of the real history, or "lognormal".
        volatility_per_day: of the underlying.
        drift_per_day: of the underlying's log price; 0 unless the person says otherwise.
        fee_per_day_ratio, funding_8h_ratio: as in costs.
        paths, seed: of the simulation.
        history_days: length of the history drawn from.
        rule: in words.
    """

    horizon_days: int = 30
    source: str = "bootstrap"
    volatility_per_day: float | None = None
    drift_per_day: float = 0.0
    fee_per_day_ratio: float | None = None
    funding_8h_ratio: float | None = None
    paths: int = 10_000
    seed: int = 1
    history_days: int = 0
    rule: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutlookView:
    """What may come: model output under stated assumptions, never a forecast.

    Attributes:
        assumptions: what it rests on.
        loss_probability, halved_probability: of being below today's value, and below half of it, at the horizon.
        median_ratio, mean_ratio: value at the horizon over today's, minus one.
        closed_loss_probability, closed_median_ratio, closed_mean_ratio: the same by the lognormal formula.
        days: float days of the fan, ascending from 0.
        quantiles: (level, value ratios at `days`) from low to high, e.g. 0.05, 0.25, 0.5, 0.75, 0.95.
        summary: the same in a sentence.
    """

    assumptions: OutlookAssumptions
    loss_probability: float
    halved_probability: float
    median_ratio: float
    mean_ratio: float
    closed_loss_probability: float | None
    closed_median_ratio: float | None
    closed_mean_ratio: float | None
    days: tuple[float, ...]
    quantiles: tuple[tuple[float, tuple[float, ...]], ...]
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
    attribution: AttributionView | None
    rebalance: RebalanceView | None
    costs: CostsView | None
    outlook: OutlookView | None
    market: MarketReading | None
    performance: PerformanceView | None
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
