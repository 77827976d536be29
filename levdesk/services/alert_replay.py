"""Stored history played to the watch as if it happened now. Imports numpy; import late."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import Final

from levdesk.domain.alerts import LocalMoment
from levdesk.services.alert_facts import Facts, PriceLine
from levdesk.services.alert_played import PlayedToken, TrialHistory
from levdesk.services.views import PortfolioView, TotalsView

STEP_MS: Final = 15 * 60_000
_DAY_MS: Final = 86_400_000
LONGEST_GAP_MS: Final = 2 * _DAY_MS
"""History is looked at in steps; only a hole in it longer than this is a gap."""
_NOTHING: Final = TotalsView(
    market_value=Decimal(0),
    cost_basis=Decimal(0),
    unrealised_pnl=Decimal(0),
    realised_pnl=Decimal(0),
    fees_paid=Decimal(0),
)


def utc_moment(ts_ms: int) -> LocalMoment:
    """The wall clock of somebody who lives by UTC."""
    return LocalMoment(ts_ms // 60_000 % 1440, (ts_ms // _DAY_MS + 3) % 7)


def played_facts(
    histories: Sequence[TrialHistory],
    from_ms: int,
    until_ms: int,
    *,
    step_ms: int = STEP_MS,
    local_of: Callable[[int], LocalMoment] = utc_moment,
) -> Iterator[Facts]:
    """The facts of each moment of a stretch, in order.

    Args:
        histories: of what is held; one whose past cannot be rebuilt is left out.
        from_ms, until_ms: the stretch; history before it gives the baskets time to find their leverage.
        step_ms: how far apart the moments looked at are.
        local_of: the person's wall clock.

    Raises:
        SettingInvalid: a rule of a token that rebalances without end.
    """
    moments = range(from_ms, until_ms + 1, step_ms)
    found = [PlayedToken.of(history, from_ms, moments) for history in histories]
    played = [one for one in found if one is not None]
    prices = {one.token.underlying: PriceLine(one.ts_ms, one.prices) for one in played}
    for now_ms in moments:
        here = [one for one in played if one.move_to(now_ms)]
        holdings = tuple(one.holding(now_ms) for one in here)
        view = PortfolioView(as_of_ms=now_ms, currency="USDT", complete=True, totals=_NOTHING, holdings=holdings)
        yield Facts(
            now_ms=now_ms,
            local=local_of(now_ms),
            views={None: view},
            quotes={one.token.key: one.quote(now_ms) for one in here},
            perpetuals={one.token.hedge: perpetual for one in here if (perpetual := one.perpetual(now_ms)) is not None},
            explained={(None, one.token.key): one.explained(now_ms) for one in here},
            prices=prices,
            token_prices={one.token.key: one.peak_line() for one in here},
            settled={one.token.hedge: one.settled(now_ms) for one in here},
        )


__all__ = ["LONGEST_GAP_MS", "STEP_MS", "TrialHistory", "played_facts", "utc_moment"]
