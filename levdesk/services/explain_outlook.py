"""What may come: futures of the token under its own rule, drawn from its underlying's past, with the formula beside.

Model output under stated assumptions, never a forecast. Imports numpy; import late.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from levdesk.domain.basket import BasketState
from levdesk.domain.basket_tape import Floats
from levdesk.domain.errors import SettingInvalid
from levdesk.domain.horizon import Outlook
from levdesk.domain.montecarlo import Futures, Plan, run_futures
from levdesk.domain.return_sources import BlockBootstrap, Lognormal, ReturnSource
from levdesk.services.explain_costs import Rates
from levdesk.services.explain_market import PriceHistory
from levdesk.services.explain_rules import RulePeriod
from levdesk.services.explain_words import rule_words, size_percent
from levdesk.services.explained_outlook import OutlookAssumptions, OutlookView

BOOTSTRAP: Final = "bootstrap"
LOGNORMAL: Final = "lognormal"
LEVELS: Final = (0.05, 0.25, 0.5, 0.75, 0.95)

SHORTEST_HISTORY_DAYS: Final = 30.0
_BLOCK_DAYS: Final = 2
_STEPS_PER_DAY: Final = 24
_MOST_MARKS: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class OutlookInput:
    """What an outlook rests on.

    Attributes:
        period: rule and fees in force.
        rates: of a day.
        state: the basket now, None = just rebalanced.
        history: of the underlying, None when there is none.
        volatility_day: as measured, None when it is not known.
        wanted: what to assume; figures that are None are measured.
        now_ms: the time.
    """

    period: RulePeriod
    rates: Rates
    state: BasketState | None
    history: PriceHistory | None
    volatility_day: float | None
    wanted: OutlookAssumptions
    now_ms: int


def outlook_view(given: OutlookInput) -> OutlookView | None:
    """The outlook; None when no volatility is known or assumed.

    Raises:
        SettingInvalid: assumptions that make no sense.
    """
    assumed = assumptions(given)
    if assumed.volatility_per_day is None:
        return None
    source = _source(given, assumed)
    days = float(assumed.horizon_days)
    plan = Plan(
        rule=given.period.rule,
        costs=replace(given.period.costs, fee_ratio=assumed.fee_per_day_ratio or 0.0),
        funding=assumed.funding_8h_ratio or 0.0,
        days=days,
        paths=assumed.paths,
        seed=assumed.seed,
        start_ms=given.now_ms,
        start=_start(given),
        marks=min(_MOST_MARKS, assumed.horizon_days * min(source.steps_per_day, 4)),
    )
    futures = run_futures(plan, source)
    closed = _closed(given, assumed)
    view = OutlookView(
        assumptions=assumed,
        loss_probability=futures.loss_probability,
        halved_probability=futures.probability_below(0.5),
        median_ratio=futures.median_ratio - 1.0,
        mean_ratio=futures.mean_ratio - 1.0,
        closed_loss_probability=None if closed is None else closed.loss_probability,
        closed_median_ratio=None if closed is None else closed.median_ratio - 1.0,
        closed_mean_ratio=None if closed is None else closed.mean_ratio - 1.0,
        days=(0.0, *futures.mark_days.tolist()),
        quantiles=_fan(futures),
    )
    return replace(view, summary=_summary(view))


def assumptions(given: OutlookInput) -> OutlookAssumptions:
    """What is assumed: what was asked for, completed by what was measured.

    Raises:
        SettingInvalid: a horizon, a number of paths or a volatility that makes no sense.
    """
    wanted, history = given.wanted, given.history
    days = 0.0 if history is None else history.days
    enough = history is not None and days >= SHORTEST_HISTORY_DAYS
    volatility = given.volatility_day if wanted.volatility_per_day is None else wanted.volatility_per_day
    if wanted.horizon_days < 1 or wanted.paths < 1:
        raise SettingInvalid("An outlook needs at least one day and one path.")
    if volatility is not None and not 0.0 <= volatility < 10.0:
        raise SettingInvalid(f"A volatility of {volatility!r} a day makes no sense.", hint="0.04 means 4 % a day.")
    return replace(
        wanted,
        source=BOOTSTRAP if wanted.source == BOOTSTRAP and enough else LOGNORMAL,
        volatility_per_day=volatility,
        fee_per_day_ratio=given.rates.fee if wanted.fee_per_day_ratio is None else wanted.fee_per_day_ratio,
        funding_8h_ratio=given.rates.funding_8h if wanted.funding_8h_ratio is None else wanted.funding_8h_ratio,
        history_days=round(days),
        rule=rule_words(given.period.stated_rule, given.now_ms)
        if given.period.usable
        else "daily at 00:00 UTC, assumed",
    )


def _start(given: OutlookInput) -> BasketState | None:
    """The basket now with a NAV of 1, or None where its leverage does not fit the rule."""
    state, target = given.state, given.period.rule.target
    if state is None or state.leverage * target <= 0.0 or not state.alive:
        return None
    return BasketState(nav=1.0, leverage=state.leverage, price=1.0, event_price=state.event_price / state.price)


def _source(given: OutlookInput, assumed: OutlookAssumptions) -> ReturnSource:
    volatility = assumed.volatility_per_day or 0.0
    if assumed.source == LOGNORMAL or given.history is None:
        return Lognormal(volatility=volatility, drift=assumed.drift_per_day, steps_per_day=_STEPS_PER_DAY)
    steps = given.history.steps_per_day
    return BlockBootstrap(
        returns=_recentred(given.history.returns(), steps, volatility, assumed.drift_per_day),
        steps_per_day=steps,
        block=max(1, _BLOCK_DAYS * steps),
    )


def _recentred(returns: Floats, steps_per_day: int, volatility: float, drift: float) -> Floats:
    """Past returns at the volatility and drift assumed: their own trend is not taken into the future."""
    centred = returns - returns.mean()
    spread = float(np.sqrt(np.mean(centred**2)) * math.sqrt(steps_per_day))
    scaled = centred * (volatility / spread) if spread > 0.0 else centred
    found: Floats = scaled + (drift - 0.5 * volatility**2) / steps_per_day
    return found


def _closed(given: OutlookInput, assumed: OutlookAssumptions) -> Outlook | None:
    """The lognormal formula for a token that resets continuously; None where its values leave all numbers."""
    try:
        return Outlook(
            leverage=given.period.rule.target,
            volatility=assumed.volatility_per_day or 0.0,
            days=float(assumed.horizon_days),
            drift=assumed.drift_per_day,
            fee=assumed.fee_per_day_ratio or 0.0,
            funding=assumed.funding_8h_ratio or 0.0,
        )
    except SettingInvalid:
        return None


def _fan(futures: Futures) -> tuple[tuple[float, tuple[float, ...]], ...]:
    return tuple((level, (1.0, *row)) for level, row in zip(LEVELS, futures.fan(LEVELS).tolist(), strict=True))


def _summary(view: OutlookView) -> str:
    assumed = view.assumptions
    days = f"{assumed.horizon_days} day{'' if assumed.horizon_days == 1 else 's'}"
    basis = (
        f"drawn from {assumed.history_days} days of its past"
        if assumed.source == BOOTSTRAP
        else "from a lognormal price"
    )
    middle = "above" if view.median_ratio >= 0.0 else "below"
    loss = size_percent(view.loss_probability, 0)
    return (
        f"In {days} it is worth less than today in {loss} of {assumed.paths:,} futures"
        f" {basis}, and less than half in {size_percent(view.halved_probability, 0)};"
        f" the median is {size_percent(view.median_ratio)} {middle} today. Model output, not a forecast."
    )
