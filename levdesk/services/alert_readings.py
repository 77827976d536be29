"""Every measure with its gauge; figures turned into what a step is given, with words only where they are told."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from levdesk.domain.alert_steps import fresh, passes
from levdesk.domain.alerts import Condition, Measured
from levdesk.services.alert_figures import AnyGauge, Figure
from levdesk.services.alert_kinds import kind_of, measure_of
from levdesk.services.alert_readings_basket import BASKET_GAUGES
from levdesk.services.alert_readings_costs import COST_GAUGES
from levdesk.services.alert_readings_market import MARKET_GAUGES
from levdesk.services.alert_readings_price import PRICE_GAUGES
from levdesk.services.alert_readings_whole import WHOLE_GAUGES
from levdesk.services.alert_subjects import Subject
from levdesk.services.alert_words import lasting

GAUGES: Final = {**BASKET_GAUGES, **COST_GAUGES, **PRICE_GAUGES, **MARKET_GAUGES, **WHOLE_GAUGES}
"""By kind and name of the measure."""


def gauge_of(condition: Condition) -> AnyGauge:
    """The gauge of a condition's measure.

    Raises:
        SettingInvalid: its kind has no such measure.
    """
    return GAUGES[condition.kind, measure_of(condition).name]


def horizon_of(condition: Condition) -> int:
    """Seconds a condition looks over; 0 where its measure has no horizon.

    Raises:
        SettingInvalid: its kind has no such measure.
    """
    usual = measure_of(condition).horizon_s
    return 0 if usual is None else usual if condition.horizon_s is None else condition.horizon_s


def bare(condition: Condition, figure: Figure) -> Measured:
    """A figure for a step that need not say anything."""
    value, why_not = figure.value, figure.why_not
    if figure.at_least and value is not None and not _beyond(condition, value):
        value, why_not = None, "Prices are not known for long enough yet."
    return Measured(value=value, why_not=why_not, as_of_ms=figure.as_of_ms, applies=figure.applies)


def worded(condition: Condition, figure: Figure, subject: Subject, now_ms: int) -> Measured:
    """The same with its sentence, its numbers, and what a holder can do."""
    plain = bare(condition, figure)
    if figure.value is None:
        return plain
    words, values = gauge_of(condition).tell(subject, figure, now_ms)
    return Measured(
        value=plain.value,
        why_not=plain.why_not,
        as_of_ms=plain.as_of_ms,
        words=words,
        advice=kind_of(condition).advice,
        values={"value": figure.value, "threshold": condition.threshold, **values, **subject.amounts()},
    )


def measure(condition: Condition, subject: Subject, now_ms: int) -> Measured:
    """What a condition reads at a subject now, in words.

    Raises:
        SettingInvalid: its kind has no such measure.
    """
    figure = gauge_of(condition).read(subject, horizon_of(condition), now_ms)
    return worded(condition, figure, subject, now_ms)


def with_age(reading: Measured, limit_s: int | None, now_ms: int) -> Measured:
    """The reading with its age as the reason where that is why it cannot tell."""
    if reading.value is None or fresh(reading, limit_s, now_ms):
        return reading
    if reading.as_of_ms is None:
        why_not = "It is not known when its figures were true."
    elif reading.as_of_ms > now_ms:
        why_not = "Its figures are dated in the future; the clock may be wrong."
    else:
        age_s = (now_ms - reading.as_of_ms) / 1000
        why_not = f"Its figures are {lasting(age_s if age_s < 120 else round(age_s / 60) * 60)} old, too old to tell."
    return replace(reading, why_not=why_not)


def _beyond(condition: Condition, value: float) -> bool:
    return passes(condition, value, held=False)
