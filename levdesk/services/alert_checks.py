"""Whether a rule makes sense, said in words."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

from levdesk.domain.alerts import ActiveHours, AlertRule, AlertSide, Condition, ScopeKind
from levdesk.services.alert_kinds import KINDS
from levdesk.services.alert_terms import AlertUnit, WatchLevel

MOST_CONDITIONS: Final = 8
LONGEST_S: Final = 366 * 86_400
MOST_NAME: Final = 120
_CHANNELS: Final = frozenset({"desktop", "sound", "webhook", "telegram", "ntfy", "email"})


def check_rule(rule: AlertRule) -> tuple[str, ...]:
    """What is wrong with a rule, as sentences; nothing when it makes sense."""
    return tuple(_rule_faults(rule))


def _rule_faults(rule: AlertRule) -> Iterator[str]:
    if not rule.conditions:
        yield "A rule needs a condition."
    if len(rule.conditions) > MOST_CONDITIONS:
        yield f"A rule has {MOST_CONDITIONS} conditions at most."
    if len(rule.name) > MOST_NAME:
        yield f"The name is longer than {MOST_NAME} characters."
    for condition in rule.conditions:
        yield from _condition_faults(condition)
    for seconds, what in ((rule.debounce_s, "It has to hold"), (rule.cooldown_s, "The pause after an alert lasts")):
        if not 0 <= seconds <= LONGEST_S:
            yield f"{what} between no time and a year."
    if rule.active_hours is not None:
        yield from _hours_faults(rule.active_hours)
    for name in rule.channels:
        if name not in _CHANNELS:
            yield f"“{name}” is no channel; there are {', '.join(sorted(_CHANNELS))}."
    if rule.scope.kind is ScopeKind.TOKEN and all(_level(one) is not WatchLevel.TOKEN for one in rule.conditions):
        yield "This is measured per underlying or venue, so the rule is for one of these, not for one token."


def _hours_faults(hours: ActiveHours) -> Iterator[str]:
    if not (0 <= hours.from_minute <= 1440 and 0 <= hours.until_minute <= 1440):
        yield "Active hours lie between 00:00 and 24:00."
    elif hours.from_minute == hours.until_minute:
        yield "Active hours begin and end at the same minute, so the rule would never fire."
    if not all(0 <= day <= 6 for day in hours.weekdays):
        yield "Weekdays are numbered from 0 for Monday to 6 for Sunday."


def _level(condition: Condition) -> WatchLevel:
    info = KINDS[condition.kind].measure(condition.measure)
    return WatchLevel.TOKEN if info is None else info.level


def _condition_faults(condition: Condition) -> Iterator[str]:
    kind = KINDS[condition.kind]
    info = kind.measure(condition.measure)
    if info is None:
        known = ", ".join(one.name for one in kind.measures)
        yield f"{kind.title} is not measured as “{condition.measure}”; there is {known}."
        return
    size = condition.threshold
    if not math.isfinite(size):
        yield f"The threshold of “{kind.title}” must be a number."
    elif info.unit is AlertUnit.CHANCE and not 0.0 < size <= 1.0:
        yield f"The chance of “{kind.title}” lies above 0 and is 100 % at most."
    elif size <= 0.0 and not (AlertSide.EITHER in info.sides and condition.side is not AlertSide.EITHER):
        yield f"The threshold of “{kind.title}” must be above 0."
    if condition.side not in info.sides:
        yield f"“{kind.title}” can only be {' or '.join(side.value for side in info.sides)}."
    if not (math.isfinite(condition.hysteresis) and condition.hysteresis >= 0.0):
        yield f"How far “{kind.title}” has to go back must be 0 or more."
    elif condition.side is not AlertSide.BELOW and condition.hysteresis >= abs(size) > 0.0:
        yield f"“{kind.title}” would never end: it has to go back by less than its threshold."
    if condition.horizon_s is not None and not 60 <= condition.horizon_s <= LONGEST_S:
        yield f"“{kind.title}” looks over a minute at least and a year at most."
    elif condition.horizon_s is not None and info.horizon_s is None:
        yield f"“{kind.title}” has no stretch of time to choose."
    if condition.most_age_s is not None and not 1 <= condition.most_age_s <= LONGEST_S:
        yield f"The oldest figure “{kind.title}” may use is between a second and a year old."
