"""Every measure with its gauge; figures turned into what a step is given, with words only where they are told."""

from __future__ import annotations

from typing import Final

from levdesk.domain.alert_steps import passes
from levdesk.domain.alerts import Condition, Measured
from levdesk.services.alert_figures import AnyGauge, Figure
from levdesk.services.alert_kinds import kind_of, measure_of
from levdesk.services.alert_readings_basket import BASKET_GAUGES
from levdesk.services.alert_readings_costs import COST_GAUGES
from levdesk.services.alert_readings_price import PRICE_GAUGES
from levdesk.services.alert_readings_whole import WHOLE_GAUGES
from levdesk.services.alert_subjects import Subject

GAUGES: Final = {**BASKET_GAUGES, **COST_GAUGES, **PRICE_GAUGES, **WHOLE_GAUGES}
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


def _beyond(condition: Condition, value: float) -> bool:
    return passes(condition, value, held=False)
