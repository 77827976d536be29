"""The study from the command line: run a rule over prices, read the odds, find a trigger, explain a real token.

Numbers in, frozen results out; `to_json` gives the keys scripts rely on. Text and files are read by `study_inputs`.
This room's start-up path does not pass here: numpy comes with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from levdesk.domain.attribution import Explained, Terms, explain
from levdesk.domain.basket import BasketCosts, BasketRule
from levdesk.domain.basket_path import run_basket
from levdesk.domain.horizon import Outlook
from levdesk.domain.montecarlo import Futures, Plan, run_futures
from levdesk.domain.rebalance import nav_factor, trigger_move
from levdesk.domain.return_sources import Lognormal

DEFAULT_PATHS = 10_000
DEFAULT_SEED = 1
_STEPS_PER_DAY = 24
_SETTLEMENTS_PER_DAY = 3

_MODEL_TERMS = (
    "leveraged_move",
    "leverage_drift",
    "volatility_decay",
    "funding",
    "management_fee",
    "rebalance_cost",
)


def terms_json(terms: Terms | None, *, extra: tuple[str, ...] = ()) -> dict[str, float | None]:
    """The terms a modelled token has, more if asked for, and their total; all None when there are none."""
    if terms is None:
        return dict.fromkeys((*_MODEL_TERMS, *extra, "total"))
    # Adding zero turns −0.0 into 0.0.
    return {name: getattr(terms, name) + 0.0 for name in (*_MODEL_TERMS, *extra, "total")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulation:
    """A rule run over prices.

    Attributes:
        nav: value at the end of 1 at the start; 0 when wiped out.
        explained: where it came from.
        wiped_out_row: row of the prices at which everything was lost, or None.
    """

    nav: float
    explained: Explained
    wiped_out_row: int | None

    @property
    def plain_multiple(self) -> float:
        """What 1 became with the same leverage bought once and never reset; at or below 0 it was liquidated."""
        return 1.0 + self.explained.plain.plain_ratio

    def to_json(self) -> dict[str, Any]:
        """The result for scripts; the terms are null when the token was wiped out, for it has no log return then."""
        terms = None if self.explained.wiped_out else self.explained.terms
        ratios = terms_json(None if terms is None else terms.as_ratios())
        return {
            "nav": self.nav,
            "log": terms_json(terms),
            "ratio": ratios | {"total": self.nav - 1.0},
            "plain_multiple": self.plain_multiple,
            "compounding": self.explained.plain.compounding,
            "resets": self.explained.resets,
        }


def simulate(
    prices: Sequence[float], rule: BasketRule, *, fee: float = 0.0, funding: float = 0.0, cost: float = 0.0
) -> Simulation:
    """Run the basket model from NAV 1 over the prices of the underlying.

    Args:
        prices: one per row.
        rule: when it resets; its schedule counts rows.
        fee: ratio of NAV taken at each reset.
        funding: rate settled at each row after the first.
        cost: per unit of notional traded.
    """
    costs = BasketCosts(fee_ratio=fee, cost_ratio=cost)
    path = run_basket(np.array(prices, np.float64), rule, costs=costs, funding_rates=funding)
    return Simulation(nav=path.end.nav, explained=explain(path), wiped_out_row=path.dead_row)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutlookResult:
    """The odds, in closed form for a continuous reset and simulated under the rule itself."""

    closed: Outlook
    simulated: Futures

    def to_json(self) -> dict[str, Any]:
        """The result for scripts."""
        return {
            "loss_probability": self.closed.loss_probability,
            "median_ratio": self.closed.median_ratio,
            "mean_ratio": self.closed.mean_ratio,
            "breakeven_move_ratio": self.closed.breakeven_move_ratio,
            "half_life_days": self.closed.half_life_days,
            "decay_per_day": self.closed.decay_per_day,
            "monte_carlo": {
                "loss_probability": self.simulated.loss_probability,
                "median_ratio": self.simulated.median_ratio,
                "mean_ratio": self.simulated.mean_ratio,
            },
        }


def outlook(
    assumed: Outlook, rule: BasketRule, *, paths: int = DEFAULT_PATHS, seed: int = DEFAULT_SEED
) -> OutlookResult:
    """The odds over a horizon.

    Args:
        assumed: leverage, volatility, drift, fee and funding.
        rule: with `every_rows` as days for the daily reset; bands and emergencies are watched every hour.
        paths, seed: of the simulation.
    """
    watched = rule.band is not None or rule.emergency_move_ratio is not None or rule.emergency_leverage is not None
    # A reset that looks at the clock alone needs the prices at the clock and at the settlements, no more.
    steps_per_day = _STEPS_PER_DAY if watched else _SETTLEMENTS_PER_DAY
    if rule.every_rows is not None:
        rule = BasketRule(
            target=rule.target,
            every_rows=rule.every_rows * steps_per_day,
            emergency_move_ratio=rule.emergency_move_ratio,
        )
    plan = Plan(
        rule=rule,
        costs=BasketCosts(fee_ratio=assumed.fee, fee_utc_s=0),
        funding=assumed.funding,
        days=assumed.days,
        paths=paths,
        seed=seed,
    )
    source = Lognormal(volatility=assumed.volatility, drift=assumed.drift, steps_per_day=steps_per_day)
    return OutlookResult(closed=assumed, simulated=run_futures(plan, source))


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerResult:
    """The move of the underlying that takes effective leverage to a value, and what is left of NAV there."""

    move_ratio: float
    nav_factor: float

    def to_json(self) -> dict[str, Any]:
        """The result for scripts."""
        return {"move_ratio": self.move_ratio, "nav_factor": self.nav_factor}


def trigger(leverage: float, to_leverage: float, from_leverage: float | None = None) -> TriggerResult:
    """Where effective leverage, starting from a value (by default the target), reaches another; all signed."""
    start = leverage if from_leverage is None else from_leverage
    move = trigger_move(start, to_leverage)
    return TriggerResult(move_ratio=move, nav_factor=nav_factor(start, move))
