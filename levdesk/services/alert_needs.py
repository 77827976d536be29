"""What rules need fetched that nothing else asks for: nobody is asked for what nobody is warned by."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from levdesk.domain.alerts import AlertKind, AlertRule


@dataclass(frozen=True, slots=True)
class AlertNeeds:
    """Whether order books and announcements of what is held are to be fetched."""

    books: bool = False
    notices: bool = False


def alert_needs(rules: Iterable[AlertRule]) -> AlertNeeds:
    """What the rules that are switched on need."""
    watched = {(one.kind, one.measure) for rule in rules if rule.enabled for one in rule.conditions}
    return AlertNeeds(books=(AlertKind.SPREAD, "thin") in watched, notices=(AlertKind.LISTING, "announced") in watched)
