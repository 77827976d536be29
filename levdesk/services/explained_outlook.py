"""What may come of a holding, and what that rests on: frozen answers, model output all of it."""

from __future__ import annotations

from dataclasses import dataclass


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
