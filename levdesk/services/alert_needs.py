"""What rules need fetched that nothing else asks for: nobody is asked for what nobody is warned by."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from levdesk.domain.alerts import AlertKind, AlertRule
from levdesk.domain.instruments import LeveragedToken
from levdesk.services.sync_state import HistoryWant, LineKey
from levdesk.venues.contract import RequestKind

_DAY_MS: Final = 86_400_000
_SETTLED_DAYS: Final = 3


@dataclass(frozen=True, slots=True)
class AlertNeeds:
    """Whether order books and announcements of what is held are to be fetched."""

    books: bool = False
    notices: bool = False


def alert_needs(rules: Iterable[AlertRule]) -> AlertNeeds:
    """What the rules that are switched on need."""
    watched = {(one.kind, one.measure) for rule in rules if rule.enabled for one in rule.conditions}
    return AlertNeeds(books=(AlertKind.SPREAD, "thin") in watched, notices=(AlertKind.LISTING, "announced") in watched)


def settlement_wants(tokens: Iterable[LeveragedToken], now_ms: int) -> tuple[HistoryWant, ...]:
    """The last settlements of funding of the tokens' hedges: what funding is now turns its sign against the last one.

    An explanation asks for them only where a holder pays funding apart from the fee; a warning wants them always.
    """
    start_ms = now_ms // _DAY_MS * _DAY_MS - _SETTLED_DAYS * _DAY_MS
    hedges = dict.fromkeys(token.hedge for token in tokens if token.hedge[1])
    return tuple(
        HistoryWant(LineKey(venue, RequestKind.FUNDING_HISTORY, instrument), start_ms) for venue, instrument in hedges
    )
