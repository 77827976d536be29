"""A rule with one condition, and a run of steps of it with what it told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from levdesk.domain.alert_steps import step
from levdesk.domain.alerts import (
    ActiveHours,
    AlertKind,
    AlertRule,
    AlertSide,
    AlertState,
    Condition,
    LocalMoment,
    Measured,
)

ABOVE, BELOW, EITHER = AlertSide.ABOVE, AlertSide.BELOW, AlertSide.EITHER
NOON = LocalMoment(720, 0)
START_MS = 1_800_000_000_000
S = 1000

Told = tuple[int, str]
"""Second after the start, and what was told then: "fired" or "cleared"."""


def rule(
    threshold: float = 10.0, *, side: AlertSide = AlertSide.ABOVE, hysteresis: float = 0.0, **more: Any
) -> AlertRule:
    """A rule with one condition and no pause after an alert."""
    kind = more.pop("kind", AlertKind.PREMIUM)
    age = more.pop("most_age_s", None)
    condition = Condition(kind=kind, threshold=threshold, side=side, hysteresis=hysteresis, most_age_s=age)
    return AlertRule(**{"id": 1, "name": "the rule", "conditions": (condition,), "cooldown_s": 0, **more})


def hours_of(first: int, last: int, days: frozenset[int] = frozenset()) -> ActiveHours:
    """Active hours from one minute of the day until another."""
    return ActiveHours(from_minute=first, until_minute=last, weekdays=days)


@dataclass
class Run:
    """Steps of a rule, one after the other, with what it told."""

    rule: AlertRule
    state: AlertState = field(default_factory=AlertState)
    told: list[Told] = field(default_factory=list)
    usual_age_s: Sequence[int | None] = ()

    def at(self, second: int, *values: float | None, age_s: int = 0, local: LocalMoment = NOON) -> AlertState:
        """One step with these readings."""
        now_ms = START_MS + second * S
        readings = [Measured(value=one, as_of_ms=now_ms - age_s * S, words=f"reads {one}.") for one in values]
        self.state, event = step(self.rule, self.state, readings, now_ms, local, usual_age_s=self.usual_age_s)
        if event is not None:
            assert event.ts_ms == now_ms
            self.told.append((second, "fired" if event.fired else "cleared"))
        return self.state

    def through(self, values: Iterable[float | None]) -> list[Told]:
        """One step a second."""
        for second, value in enumerate(values):
            self.at(second, value)
        return self.told
