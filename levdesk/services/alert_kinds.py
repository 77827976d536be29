"""The registry of kinds: what can be watched, by kind, and what a condition measures."""

from __future__ import annotations

from typing import Final

from levdesk.domain.alerts import Condition
from levdesk.domain.errors import SettingInvalid
from levdesk.services.alert_kinds_basket import BASKET_KINDS
from levdesk.services.alert_kinds_price import PRICE_KINDS
from levdesk.services.alert_kinds_whole import WHOLE_KINDS
from levdesk.services.alert_terms import AlertUnit, KindInfo, MeasureInfo, WatchLevel

__all__ = ["KINDS", "AlertUnit", "KindInfo", "MeasureInfo", "WatchLevel", "kind_of", "measure_of"]

KINDS: Final = {row.kind: row for row in (*BASKET_KINDS, *PRICE_KINDS, *WHOLE_KINDS)}
"""Every kind, in the order of `AlertKind`."""


def kind_of(condition: Condition) -> KindInfo:
    """The kind of a condition."""
    return KINDS[condition.kind]


def measure_of(condition: Condition) -> MeasureInfo:
    """What a condition measures.

    Raises:
        SettingInvalid: its kind has no measure of that name.
    """
    kind = KINDS[condition.kind]
    found = kind.measure(condition.measure)
    if found is None:
        known = ", ".join(one.name for one in kind.measures)
        raise SettingInvalid(f"“{condition.measure}” is no measure of {kind.kind.value}.", hint=f"Use one of: {known}.")
    return found
