"""When a rule need not be looked at: the figures between which nothing changes, and the moment something may."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from typing import Final

from levdesk.domain.alert_steps import fresh
from levdesk.domain.alerts import AlertKind, AlertPhase, AlertRule, AlertSide, AlertState, Condition, Measured

Band = tuple[float, float]
"""Nothing changes while a figure lies between the two, both excluded."""

NEVER_QUIET: Final[Band] = (math.inf, -math.inf)
FOREVER_MS: Final = 1 << 62
_MINUTE_MS: Final = 60_000


def quiet_band(
    rule: AlertRule, place: int, state: AlertState, reading: Measured, limit_s: int | None, now_ms: int
) -> Band:
    """Where the figure of one condition may move without any effect.

    Args:
        rule, place: the condition.
        state: after its last step.
        reading: of that step.
        limit_s: its age limit.
        now_ms: the moment of that step.
    """
    condition = rule.conditions[place]
    value = reading.value
    if value is None or not fresh(reading, limit_s, now_ms) or place >= len(state.holding):
        return NEVER_QUIET
    if condition.kind is AlertKind.LEVEL_CROSS:
        return _between_levels(condition, value)
    held = state.holding[place]
    threshold, slack = condition.threshold, condition.hysteresis if held else 0.0
    match condition.side:
        case AlertSide.ABOVE:
            return (threshold - slack, math.inf) if held else (-math.inf, threshold)
        case AlertSide.BELOW:
            return (-math.inf, threshold + slack) if held else (threshold, math.inf)
        case _:
            edge = abs(threshold) - slack
            if not held:
                return -edge, edge
            return (edge, math.inf) if value > 0.0 else (-math.inf, -edge)


def wake_ms(
    rule: AlertRule, state: AlertState, readings: Sequence[Measured], limits_s: Sequence[int | None], now_ms: int
) -> int:
    """The first moment at which time alone may change something; `FOREVER_MS` when there is none."""
    moments = [FOREVER_MS]
    if rule.expires_ms is not None and rule.expires_ms > now_ms:
        moments.append(rule.expires_ms)
    if state.phase is AlertPhase.SLEEPING:
        return min(moments)
    if state.phase is AlertPhase.PENDING:
        cooled_ms = 0 if state.fired_ms is None else state.fired_ms + rule.cooldown_s * 1000
        due_ms = max(state.since_ms + rule.debounce_s * 1000, cooled_ms)
        # Active hours begin and end at full minutes of any time zone.
        moments.append(due_ms if due_ms > now_ms else now_ms - now_ms % _MINUTE_MS + _MINUTE_MS)
    if state.phase is AlertPhase.FIRING and any(_pulses(condition) for condition in rule.conditions):
        moments.append(now_ms + 1)
    for reading, limit_s in zip(readings, limits_s, strict=True):
        if reading.as_of_ms is None or limit_s is None or reading.value is None:
            continue
        if fresh(reading, limit_s, now_ms):
            moments.append(reading.as_of_ms + limit_s * 1000 + 1)
        elif reading.as_of_ms > now_ms:
            moments.append(reading.as_of_ms - limit_s * 1000)
    return min(moments)


def _pulses(condition: Condition) -> bool:
    """Whether a crossing is over as soon as it is told."""
    return condition.kind is AlertKind.LEVEL_CROSS and condition.side is AlertSide.EITHER


def _between_levels(condition: Condition, value: float) -> Band:
    level, slack = condition.threshold, condition.hysteresis
    edges = sorted({level - slack, level, level + slack})
    if value in edges:
        return NEVER_QUIET
    place = bisect_left(edges, value)
    low = edges[place - 1] if place else -math.inf
    return low, edges[place] if place < len(edges) else math.inf
