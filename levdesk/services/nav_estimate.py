"""NAV between two updates of the venue: from the last known basket through price, funding, fee and rule.

No clock and no numpy: the caller keeps the anchor, hands in what has happened since, and takes over the venue's figure
when it comes (`reconcile_nav`), which also tells how far off the estimate was.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from levdesk.domain.basket import BasketCosts, BasketRule, BasketState
from levdesk.domain.basket_crossing import first_crossing
from levdesk.domain.errors import SettingInvalid
from levdesk.domain.instruments import LeveragedToken
from levdesk.domain.market import Candle, FundingPoint, NavSource, TokenQuote, market_price
from levdesk.domain.nav import (
    charge_fee,
    move_price,
    pay_funding,
    rebalance,
    reconcile,
    scheduled_check_acts,
)
from levdesk.services.explain_radar import estimated_leverage, move_since_event
from levdesk.services.explain_rules import DatedRules, dated_rules

SAME_MOMENT_MS: Final = 60_000
"""NAV and underlying price this near each other count as one moment."""
STALE_MS: Final = 60_000
"""A venue's NAV older than this gives way to an estimate, where one is possible."""

MOST_PREMIUM: Final = Decimal("0.15")
"""An estimate further from the market price than this is not believed."""

_DAY_MS: Final = 86_400_000
_MOST_TRIGGERS: Final = 200

Mark = tuple[int, float]
"""(ts_ms, price of the underlying)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NavAnchor:
    """A basket known at a moment.

    Attributes:
        ts_ms: when.
        basket: NAV, signed leverage, underlying price, price at the last rebalance.
        gap_ratio: how far the estimate was from the venue's figure when that came, over it minus one; None before.
    """

    ts_ms: int
    basket: BasketState
    gap_ratio: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NavEstimate:
    """A NAV worked out.

    Attributes:
        nav: per unit; 0 when the basket was wiped out.
        leverage: signed effective leverage.
        as_of_ms: moment of the last price it rests on.
        since_ms: moment of the anchor.
        rebalances: that the rule made on the way.
        gap_ratio: error of the estimate at the last update of the venue, None when there was none to compare.
    """

    nav: Decimal
    leverage: float
    as_of_ms: int
    since_ms: int
    rebalances: int
    gap_ratio: float | None


def anchor_of(token: LeveragedToken, quote: TokenQuote, underlying_price: float | None = None) -> NavAnchor | None:
    """The basket a quote tells of at its NAV's moment; None when NAV, leverage or price of that moment is missing.

    Args:
        token: the token.
        quote: last known figures.
        underlying_price: price at the NAV's moment; None = the quote's own, if it is of about that moment.
    """
    target = float(token.target_leverage)
    if quote.nav is None or quote.nav_ts_ms is None or not quote.nav or not target:
        return None
    price = underlying_price
    if price is None and quote.underlying_price is not None and quote.underlying_ts_ms is not None:
        together = abs(quote.underlying_ts_ms - quote.nav_ts_ms) <= SAME_MOMENT_MS
        price = float(quote.underlying_price) if together else None
    leverage = estimated_leverage(quote, target)
    if quote.effective_leverage is not None and _together(quote.leverage_ts_ms, quote.nav_ts_ms):
        leverage = math.copysign(float(quote.effective_leverage), target)
    if price is None or not leverage or not price > 0.0:
        return None
    since = move_since_event(target, leverage)
    event_price = price if since is None else price / (1.0 + since)
    basket = BasketState(nav=float(quote.nav), leverage=leverage, price=price, event_price=event_price)
    return NavAnchor(ts_ms=quote.nav_ts_ms, basket=basket)


def estimate_nav(
    token: LeveragedToken, anchor: NavAnchor, marks: Sequence[Mark], funding: Iterable[FundingPoint] = ()
) -> NavEstimate | None:
    """NAV at the last of the marks; None without a mark after the anchor.

    Args:
        token: with its dated rules and fees.
        anchor: the last known basket.
        marks: prices of the underlying, rising in time; those up to the anchor are passed over.
        funding: settlements; those after the anchor count at the first mark at or after them.
    """
    walked = _walk(token, anchor, marks, funding)
    if walked is None:
        return None
    state, at_ms, rebalances = walked
    return NavEstimate(
        nav=Decimal(repr(state.nav)),
        leverage=state.leverage,
        as_of_ms=at_ms,
        since_ms=anchor.ts_ms,
        rebalances=rebalances,
        gap_ratio=anchor.gap_ratio,
    )


def advanced_anchor(token: LeveragedToken, anchor: NavAnchor, marks: Sequence[Mark]) -> NavAnchor:
    """The basket at the last of some marks; the same anchor without a mark after it, or once it is wiped out."""
    walked = _walk(token, anchor, marks, ())
    if walked is None or not walked[0].alive:
        return anchor
    return replace(anchor, ts_ms=walked[1], basket=walked[0])


def _walk(
    token: LeveragedToken, anchor: NavAnchor, marks: Sequence[Mark], funding: Iterable[FundingPoint]
) -> tuple[BasketState, int, int] | None:
    """The basket at the last mark, that moment, and how often it was rebalanced; None without a mark or a rule."""
    later = [mark for mark in marks if mark[0] > anchor.ts_ms and math.isfinite(mark[1]) and mark[1] > 0.0]
    rules = dated_rules(token)
    if not later or rules is None:
        return None
    settled = sorted(((point.ts_ms, point.rate) for point in funding if point.ts_ms > anchor.ts_ms), reverse=True)
    state, at_ms, rebalances = anchor.basket, anchor.ts_ms, 0
    for ts_ms, price in later:
        due = []
        while settled and settled[-1][0] <= ts_ms:
            due.append(settled.pop()[1])
        state, acted = _advance(state, rules, (at_ms, ts_ms), price, due)
        rebalances += acted
        at_ms = ts_ms
    return state, at_ms, rebalances


def nav_from_leverage(token: LeveragedToken, quote: TokenQuote) -> NavEstimate | None:
    """NAV from the effective leverage and the NAV at the last rebalance alone; None when either is missing.

    The basket has not changed since, so ℓ = (L + g − 1)/g fixes the growth g.
    """
    target = float(token.target_leverage)
    if not quote.rebalance_nav or quote.effective_leverage is None or quote.leverage_ts_ms is None or not target:
        return None
    leverage = math.copysign(float(quote.effective_leverage), target)
    growth = (target - 1.0) / (leverage - 1.0) if leverage != 1.0 else 0.0
    if not growth > 0.0 or (quote.rebalance_ms is not None and quote.rebalance_ms > quote.leverage_ts_ms):
        return None
    return NavEstimate(
        nav=quote.rebalance_nav * Decimal(repr(growth)),
        leverage=leverage,
        as_of_ms=quote.leverage_ts_ms,
        since_ms=quote.rebalance_ms or quote.leverage_ts_ms,
        rebalances=0,
        gap_ratio=None,
    )


def reconcile_nav(
    token: LeveragedToken,
    anchor: NavAnchor | None,
    quote: TokenQuote,
    marks: Sequence[Mark] = (),
    funding: Iterable[FundingPoint] = (),
) -> NavAnchor | None:
    """The anchor after the venue's NAV came, with the error the estimate would have had; None when it cannot anchor."""
    fresh = anchor_of(token, quote)
    if fresh is None or (anchor is not None and fresh.ts_ms <= anchor.ts_ms):
        return anchor
    if anchor is None:
        return fresh
    until = [mark for mark in marks if mark[0] < fresh.ts_ms]
    estimate = estimate_nav(token, anchor, [*until, (fresh.ts_ms, fresh.basket.price)], funding)
    if estimate is None or not estimate.nav:
        return fresh
    guessed = replace(fresh.basket, nav=float(estimate.nav))
    return replace(fresh, gap_ratio=reconcile(guessed, fresh.basket.nav, fresh.basket.leverage).gap_ratio)


def with_estimated_nav(
    quote: TokenQuote, estimates: Iterable[NavEstimate | None], now_ms: int, *, stale_ms: int = STALE_MS
) -> TokenQuote:
    """The quote with the newest estimate in place of a NAV that is missing or older than the limit.

    A NAV typed in by hand stays: the person may know better. So does any NAV that no estimate is newer than. An
    estimate far from the market price rests on a rule that does not hold, and is none.
    """
    if quote.nav_source is NavSource.MANUAL and quote.nav is not None:
        return quote
    if quote.nav is not None and quote.nav_ts_ms is not None and now_ms - quote.nav_ts_ms <= stale_ms:
        return quote
    priced = market_price(quote)
    found = [
        one
        for one in estimates
        if one is not None
        and one.nav > 0
        and one.as_of_ms <= now_ms
        and (priced is None or abs(priced.price - one.nav) <= MOST_PREMIUM * one.nav)
    ]
    best = max(found, key=lambda one: one.as_of_ms, default=None)
    if best is None or (quote.nav is not None and best.as_of_ms <= (quote.nav_ts_ms or 0)):
        return quote
    return replace(quote, nav=best.nav, nav_source=NavSource.ESTIMATE, nav_ts_ms=best.as_of_ms)


def price_within(bars: Iterable[Candle], interval_s: int, ts_ms: int) -> float | None:
    """The price at a moment inside one of some bars, on a line from its open to its close; None outside all."""
    length_ms = interval_s * 1000
    for bar in bars:
        if bar.closed and bar.ts_ms <= ts_ms < bar.ts_ms + length_ms and bar.open > 0.0 and bar.close > 0.0:
            return bar.open + (bar.close - bar.open) * (ts_ms - bar.ts_ms) / length_ms
    return None


def marks_between(bars: Iterable[Candle], interval_s: int, after_ms: int, before_ms: int) -> list[Mark]:
    """The closes of some bars, oldest first, as marks between two moments."""
    closes = ((bar.ts_ms + interval_s * 1000, bar.close) for bar in bars if bar.closed)
    return [mark for mark in closes if after_ms < mark[0] < before_ms]


# -- one step ----------------------------------------------------------------------------------------------------


def _advance(
    state: BasketState, rules: DatedRules, span_ms: tuple[int, int], price: float, rates: Sequence[float]
) -> tuple[BasketState, int]:
    """The basket at the next mark, and how often it was rebalanced on the way."""
    period = rules.period_at(span_ms[0])
    rule, costs = period.rule, period.costs
    state, acted = _cross(state, rule, costs, price)
    state = move_price(state, price)
    if not period.funding_inside:
        for rate in rates:
            state = pay_funding(state, rate)
    if costs.fee_utc_s is not None and costs.fee_ratio:
        for _ in range(_passed(span_ms, costs.fee_utc_s)):
            state = charge_fee(state, costs.fee_ratio)
    checked = rule.clock_utc_s is not None and _passed(span_ms, rule.clock_utc_s) > 0
    if checked and state.alive and scheduled_check_acts(state, rule):
        state, acted = rebalance(state, rule.target, costs.cost_ratio), acted + 1
    return state, acted


def _cross(state: BasketState, rule: BasketRule, costs: BasketCosts, price: float) -> tuple[BasketState, int]:
    """Rebalance at every trigger price passed on the way to a price."""
    for count in range(_MOST_TRIGGERS):
        if not state.alive or state.leverage * rule.target <= 0.0:
            return state, count
        cash = state.price / abs(state.leverage) - rule.sign * state.price
        found = first_crossing(rule, cash, state.event_price, state.price, price)
        if found is None:
            return state, count
        state = rebalance(move_price(state, found[0]), rule.target, costs.cost_ratio)
    raise SettingInvalid("A rule with so narrow a band rebalances without end.", hint="Widen the band.")


def _passed(span_ms: tuple[int, int], utc_s: int) -> int:
    """How many times the clock passed a second of the UTC day."""
    first, last = ((ts_ms - utc_s * 1000) // _DAY_MS for ts_ms in span_ms)
    return last - first


def _together(one_ms: int | None, other_ms: int | None) -> bool:
    return one_ms is not None and other_ms is not None and abs(one_ms - other_ms) <= SAME_MOMENT_MS
