"""One step of a rule at a target: measurements and the state of before give the state of after and at most one event.

An alert is told at its edge: once when it begins to hold, once when it no longer does. What cannot be told neither
fires nor clears. Nothing here knows a clock; time comes in and may go backwards, stand still or leap.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from levdesk.domain.alerts import (
    ActiveHours,
    AlertEvent,
    AlertJoin,
    AlertKind,
    AlertPhase,
    AlertRule,
    AlertSide,
    AlertState,
    Condition,
    LocalMoment,
    Measured,
)

_DAY_MINUTES = 1440


def step(
    rule: AlertRule,
    state: AlertState,
    readings: Sequence[Measured],
    now_ms: int,
    local: LocalMoment,
    *,
    target: str = "everything",
    usual_age_s: Sequence[int | None] = (),
) -> tuple[AlertState, AlertEvent | None]:
    """The next state of a rule at a target, and what has to be told, if anything.

    Args:
        rule: what to watch for.
        state: as the last step left it; `AlertState()` at first.
        readings: one per condition, in their order.
        now_ms: the moment; earlier than the last one after the clock was put back.
        local: the person's wall clock, for active hours.
        target: where it was measured, for the event.
        usual_age_s: age limit per condition that names none of its own; None or nothing = any age will do.
    """
    before = _in_time(state, now_ms)
    if is_asleep(rule, before, now_ms):
        return _sleep(rule, before, now_ms, target)
    told = [
        fresh(reading, _limit_s(condition, usual_age_s, place), now_ms)
        for place, (condition, reading) in enumerate(zip(rule.conditions, readings, strict=True))
    ]
    held, memory = _read(rule, before, readings, told)
    whole = _joined(rule.join, held)
    after = replace(before, holding=memory)
    if whole is None:
        # A rule that fires goes on doing so: nobody knows that it is over.
        return (after if before.phase is AlertPhase.FIRING else _phase(after, AlertPhase.CANNOT_TELL, now_ms)), None
    if before.phase is AlertPhase.FIRING:
        if whole:
            return after, None
        calm = _phase(after, AlertPhase.SLEEPING if rule.one_shot else AlertPhase.CALM, now_ms)
        return calm, _event(rule, readings, now_ms, target, fired=False, words="Over: " + _words(readings))
    if not whole:
        return _phase(after, AlertPhase.CALM, now_ms), None
    waiting = _phase(after, AlertPhase.PENDING, now_ms)
    if not _may_fire(rule, waiting, now_ms, local):
        return waiting, None
    firing = replace(waiting, phase=AlertPhase.FIRING, since_ms=now_ms, fired_ms=now_ms, acknowledged=False)
    chosen = [reading for reading, holds in zip(readings, held, strict=True) if holds]
    return firing, _event(rule, chosen, now_ms, target, fired=True, words=_words(chosen))


def after_gap(state: AlertState, now_ms: int) -> AlertState:
    """The state after nobody looked for a while (a restart, a suspended computer): waiting begins again.

    What fired stays fired and its cool-down goes on, so nothing is told twice and nothing still true is missed.
    """
    return replace(state, since_ms=now_ms) if state.phase is AlertPhase.PENDING else state


def fresh(reading: Measured, limit_s: int | None, now_ms: int) -> bool:
    """Whether a reading may count: it is known, and not too old, of no known age, or too far in the future."""
    if not reading.applies:
        return True
    if reading.value is None or math.isnan(reading.value):
        return False
    if limit_s is None:
        return True
    return reading.as_of_ms is not None and abs(now_ms - reading.as_of_ms) <= limit_s * 1000


def is_asleep(rule: AlertRule, state: AlertState, now_ms: int) -> bool:
    """Whether a rule does not watch: switched off, run out, or a one-shot that has done its work."""
    expired = rule.expires_ms is not None and now_ms >= rule.expires_ms
    done = rule.one_shot and state.fired_ms is not None and state.phase is not AlertPhase.FIRING
    return not rule.enabled or expired or done


def passes(condition: Condition, value: float, held: bool) -> bool:
    """Whether a figure is beyond the threshold; one that held before has to come back by the hysteresis."""
    slack = condition.hysteresis if held else 0.0
    match condition.side:
        case AlertSide.ABOVE:
            return value >= condition.threshold - slack
        case AlertSide.BELOW:
            return value <= condition.threshold + slack
        case _:
            return abs(value) >= abs(condition.threshold) - slack


def in_hours(hours: ActiveHours | None, local: LocalMoment) -> bool:
    """Whether a wall clock is within active hours; a stretch past midnight belongs to the day it began on."""
    if hours is None:
        return True
    begins, ends, day = hours.from_minute, hours.until_minute, local.weekday
    if begins <= ends:
        inside = begins <= local.minute < ends
    else:
        inside = local.minute >= begins or local.minute < ends
        if local.minute < ends:
            day = (day - 1) % 7
    return inside and (not hours.weekdays or day in hours.weekdays)


# -- readings ----------------------------------------------------------------------------------------------------


def _limit_s(condition: Condition, usual_age_s: Sequence[int | None], place: int) -> int | None:
    if condition.most_age_s is not None:
        return condition.most_age_s
    return usual_age_s[place] if place < len(usual_age_s) else None


def _read(
    rule: AlertRule, before: AlertState, readings: Sequence[Measured], told: Sequence[bool]
) -> tuple[list[bool | None], tuple[bool, ...]]:
    """Whether each condition holds, None where it cannot be told; and what to remember."""
    count = len(rule.conditions)
    crossing = any(condition.kind is AlertKind.LEVEL_CROSS for condition in rule.conditions)
    known = before.holding if len(before.holding) == (2 * count if crossing else count) else ()
    held: list[bool | None] = []
    memory: list[bool] = []
    sides: list[bool | None] = []
    for place, (condition, reading) in enumerate(zip(rule.conditions, readings, strict=True)):
        was = known[place] if known else False
        side = known[count + place] if known and crossing else None
        now: bool | None = None
        if told[place]:
            now = False
            if reading.applies and reading.value is not None:
                if condition.kind is AlertKind.LEVEL_CROSS:
                    firing = before.phase is AlertPhase.FIRING
                    now, side = _crossed(condition, reading.value, side, held=was, told=firing)
                else:
                    now, side = passes(condition, reading.value, was), False
        held.append(now)
        memory.append(was if now is None else now)
        sides.append(side if condition.kind is AlertKind.LEVEL_CROSS else False)
    if not crossing:
        return held, tuple(memory)
    if any(side is None for side in sides):
        return held, known
    return held, (*memory, *(bool(side) for side in sides))


def _crossed(
    condition: Condition, value: float, above: bool | None, *, held: bool, told: bool
) -> tuple[bool, bool | None]:
    """Whether a level has been crossed, and on which side its crossing is waited for from now on.

    Args:
        condition: the level.
        value: the figure.
        above: whether it was above when the waiting began; None = it begins now.
        held: it was across at the last reading.
        told: that crossing has been told, so that the next one may be waited for.
    """
    level, slack = condition.threshold, condition.hysteresis
    if above is None:
        # Too near to say on which side it is: a purchase at today's price must not be a crossing a minute later.
        return False, None if abs(value - level) < slack else value >= level
    wanted_from_above = {AlertSide.ABOVE: False, AlertSide.BELOW: True}.get(condition.side, above)
    if above is not wanted_from_above:
        # It has to get to the side from which the crossing counts.
        arrived = value < level - slack if above else value > level + slack
        return False, wanted_from_above if arrived else above
    across = value <= level + (slack if held else 0.0) if above else value >= level - (slack if held else 0.0)
    if condition.side is AlertSide.EITHER and held and told:
        settled = value <= level - slack if above else value >= level + slack
        if settled:
            return False, not above
    return across, above


def _joined(join: AlertJoin, held: Sequence[bool | None]) -> bool | None:
    """All or any of what holds; None where what is not known decides."""
    decisive = join is AlertJoin.ANY_OF
    if any(one is decisive for one in held):
        return decisive
    return None if any(one is None for one in held) else not decisive


# -- states ------------------------------------------------------------------------------------------------------


def _in_time(state: AlertState, now_ms: int) -> AlertState:
    """The state with moments that have not come yet, because the clock was put back, taken for now."""
    if state.since_ms <= now_ms and (state.fired_ms is None or state.fired_ms <= now_ms):
        return state
    fired_ms = None if state.fired_ms is None else min(state.fired_ms, now_ms)
    return replace(state, since_ms=min(state.since_ms, now_ms), fired_ms=fired_ms)


def _phase(state: AlertState, phase: AlertPhase, now_ms: int) -> AlertState:
    return state if state.phase is phase else replace(state, phase=phase, since_ms=now_ms)


def _may_fire(rule: AlertRule, waiting: AlertState, now_ms: int, local: LocalMoment) -> bool:
    """Whether it held for long enough, its pause is over, and it is allowed at this hour."""
    if now_ms - waiting.since_ms < rule.debounce_s * 1000:
        return False
    if waiting.fired_ms is not None and now_ms - waiting.fired_ms < rule.cooldown_s * 1000:
        return False
    return in_hours(rule.active_hours, local)


def _sleep(rule: AlertRule, before: AlertState, now_ms: int, target: str) -> tuple[AlertState, AlertEvent | None]:
    after = _phase(before, AlertPhase.SLEEPING, now_ms)
    if before.phase is not AlertPhase.FIRING:
        return after, None
    words = "The rule has run out." if rule.enabled else "The rule was switched off."
    return after, _event(rule, (), now_ms, target, fired=False, words=words)


# -- events ------------------------------------------------------------------------------------------------------


def _words(readings: Sequence[Measured]) -> str:
    return " ".join(reading.words or reading.why_not for reading in readings if reading.words or reading.why_not)


def _event(
    rule: AlertRule, readings: Sequence[Measured], now_ms: int, target: str, *, fired: bool, words: str
) -> AlertEvent:
    values: dict[str, float | str | None] = {}
    for reading in readings:
        values = {**reading.values, **values}
    return AlertEvent(
        ts_ms=now_ms,
        rule_id=rule.id,
        rule=rule.name or rule.kind.value,
        kind=rule.kind,
        severity=rule.severity,
        target=target,
        fired=fired,
        message=words.strip(),
        advice=next((reading.advice for reading in readings if reading.advice), "") if fired else "",
        values=values,
    )
