"""What holding a token costs: paid so far, per day as things stand, and what would have to happen to make up for it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from levdesk.domain.basket import BasketCosts, BasketRule
from levdesk.domain.errors import SettingInvalid
from levdesk.domain.horizon import FUNDINGS_PER_DAY, Outlook, band_growth
from levdesk.domain.instruments import FeeSchedule
from levdesk.domain.market import FundingPoint, TokenQuote, UnderlyingQuote, market_price
from levdesk.domain.money import ONE, ZERO
from levdesk.services.explain_rules import RulePeriod
from levdesk.services.explain_words import amount, percent
from levdesk.services.explained import CostsView
from levdesk.services.explained_split import AttributionView, Term

_EIGHT_HOURS_S = 28_800
_PLACES = Decimal("1e-8")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """What a day costs per unit of NAV; None where a figure is not known.

    Attributes:
        fee: management fee.
        funding_8h: funding rate per 8 h; 0 when the fee covers it.
        decay: log NAV a day of usual moves takes while the price ends where it began.
        leverage: signed target.
        assumed: fees are not confirmed.
        inside: the fee covers funding.
    """

    fee: float | None
    funding_8h: float | None
    decay: float | None
    leverage: float
    assumed: bool
    inside: bool

    @property
    def funding(self) -> float | None:
        """Funding per day; below zero when it is received."""
        return None if self.funding_8h is None else FUNDINGS_PER_DAY * self.leverage * self.funding_8h

    @property
    def total(self) -> float | None:
        """All of it; None when a part is not known."""
        if self.fee is None or self.funding is None or self.decay is None:
            return None
        return self.fee + self.funding + self.decay


def day_rates(
    period: RulePeriod,
    funding: Sequence[FundingPoint],
    perpetual: UnderlyingQuote | None,
    volatility_day: float | None,
    clock_volatility_day: float | None,
) -> Rates:
    """What a day costs at today's rates and volatility.

    Args:
        period: rule and fees in force.
        funding: settlements, oldest first.
        perpetual: the perpetual now, or None.
        volatility_day: of the underlying all day long; what a band token feels.
        clock_volatility_day: of the underlying from reset to reset; what a token with a daily reset feels.
    """
    fees = period.stated_fees
    fee = None if fees is None or fees.management_per_day_ratio is None else float(fees.management_per_day_ratio)
    inside = period.funding_inside
    sigma = volatility_day if clock_volatility_day is None else clock_volatility_day
    return Rates(
        fee=fee,
        funding_8h=0.0 if inside else funding_rate_8h(funding, perpetual),
        decay=None if sigma is None else decay_per_day(period.rule, period.costs, sigma),
        leverage=period.rule.target,
        assumed=period.assumed_fees,
        inside=inside,
    )


def funding_rate_8h(funding: Sequence[FundingPoint], perpetual: UnderlyingQuote | None) -> float | None:
    """The funding rate of now per 8 h: the one announced, else the last one settled; None when neither is known."""
    if perpetual is not None and perpetual.funding_rate is not None and perpetual.funding_interval_s:
        return float(perpetual.funding_rate) * _EIGHT_HOURS_S / perpetual.funding_interval_s
    if not funding:
        return None
    last = max(funding, key=lambda point: point.ts_ms)
    steps = sorted({point.ts_ms for point in funding})[-2:]
    interval_ms = steps[1] - steps[0] if len(steps) > 1 else _EIGHT_HOURS_S * 1000
    rate = last.rate * _EIGHT_HOURS_S * 1000 / min(interval_ms, _EIGHT_HOURS_S * 1000)
    return rate if math.isfinite(rate) else None


def decay_per_day(rule: BasketRule, costs: BasketCosts, volatility_day: float) -> float:
    """Log NAV lost per day to usual moves around an unchanged price, rebalance cost of a band included."""
    assumed = Outlook(leverage=rule.target, volatility=volatility_day, days=1.0, drift=0.5 * volatility_day**2)
    band = rule.band
    if band is not None and band[0] > 0.0 and math.isfinite(band[1]) and volatility_day > 0.0:
        try:
            return max(-band_growth(assumed, band, costs.cost_ratio).growth_per_day, 0.0)
        except SettingInvalid:
            pass
    return assumed.decay_per_day


@dataclass(frozen=True, slots=True, kw_only=True)
class CostsInput:
    """What the costs of a holding are worked out from.

    Attributes:
        attribution: its split so far, None while it cannot be told.
        fees_paid: dealing fees so far.
        rates: of a day.
        quantity: units held.
        quote: last known figures.
        fees: dealing fees in force.
        currency: of its prices.
        horizon_days: for the break-even move.
    """

    attribution: AttributionView | None
    fees_paid: Decimal
    rates: Rates
    quantity: Decimal
    quote: TokenQuote | None
    fees: FeeSchedule | None
    currency: str
    horizon_days: int


def costs_view(given: CostsInput) -> CostsView:
    """What a holding costs."""
    attribution, rates = given.attribution, given.rates
    parts = [None if attribution is None else -attribution.money(term) for term in _PAID]
    management, funding, rebalance = parts
    known = [part for part in parts if part is not None]
    priced = market_price(given.quote)
    value = ZERO if not given.quantity else None if priced is None else given.quantity * priced.price
    total = rates.total
    per_day = _money(value, total)
    sell, redeem = _proceeds(given.quantity, given.quote, given.fees)
    view = CostsView(
        paid=sum(known, given.fees_paid) if len(known) == len(parts) else None,
        paid_management=management,
        paid_funding=funding,
        paid_rebalance=rebalance,
        paid_trading=given.fees_paid,
        per_day=per_day,
        per_day_fee=_money(value, rates.fee),
        per_day_funding=_money(value, rates.funding),
        per_day_decay=_money(value, rates.decay),
        per_month=None if per_day is None else per_day * 30,
        fee_per_day_ratio=rates.fee,
        funding_8h_ratio=None if rates.inside else rates.funding_8h,
        funding_inside=rates.inside,
        breakeven_move_ratio=breakeven_move(rates, given.horizon_days),
        half_life_days=None if total is None or total <= 0.0 else math.log(2.0) / total,
        horizon_days=given.horizon_days,
        sell_money=sell,
        redeem_money=redeem,
        better=_better(sell, redeem),
        assumed=rates.assumed,
    )
    return replace(view, summary=_summary(view, given.currency))


_PAID = (Term.MANAGEMENT_FEE, Term.FUNDING, Term.REBALANCE_COST)


def breakeven_move(rates: Rates, days: float) -> float | None:
    """Move of the underlying that pays for some days; a long needs more, a short less. None when it is not known."""
    if rates.total is None:
        return None
    exponent = rates.total * days / rates.leverage
    return math.expm1(exponent) if abs(exponent) < 100.0 else None


def _money(value: Decimal | None, ratio: float | None) -> Decimal | None:
    if value is None or ratio is None:
        return None
    return (value * Decimal(repr(ratio))).quantize(_PLACES) + ZERO


def _proceeds(
    quantity: Decimal, quote: TokenQuote | None, fees: FeeSchedule | None
) -> tuple[Decimal | None, Decimal | None]:
    """What selling everything at the bid, and redeeming everything at NAV, brings after fees; None when unknown."""
    if not quantity or quote is None:
        return None, None
    spot = None if fees is None else fees.spot_ratio
    redeem = None if fees is None else fees.redeem_ratio
    sold = None if quote.bid is None or spot is None else quantity * quote.bid * (ONE - spot)
    redeemed = None if quote.nav is None or redeem is None else quantity * quote.nav * (ONE - redeem)
    return sold, redeemed


def _better(sell: Decimal | None, redeem: Decimal | None) -> str:
    if sell is None or redeem is None or sell == redeem:
        return ""
    return "sell" if sell > redeem else "redeem"


def _summary(view: CostsView, currency: str) -> str:
    parts = []
    if view.paid is not None:
        verb = "paid" if view.paid >= 0 else "received"
        parts.append(f"You have {verb} {amount(view.paid, currency)} in fees and funding so far.")
    if view.per_day_fee == ZERO and view.per_day == ZERO:
        return " ".join(parts)  # nothing is held
    if view.per_day is None:
        parts.append("What a day costs is not known yet.")
    else:
        does = "costs" if view.per_day >= 0 else "brings"
        parts.append(f"A day {does} {amount(view.per_day, currency)} at today's rates and volatility.")
    if view.breakeven_move_ratio is not None:
        move = percent(view.breakeven_move_ratio)
        parts.append(f"Over {view.horizon_days} days a move of {move} pays for it.")
    if view.better and view.sell_money is not None and view.redeem_money is not None:
        gap = amount(abs(view.sell_money - view.redeem_money), currency)
        what = "Selling at the bid" if view.better == "sell" else "Redeeming at NAV"
        parts.append(f"{what} brings {gap} more.")
    return " ".join(parts)
