"""Groups of holdings for the table: by underlying or by venue, with what each group is exposed to."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from levdesk.domain.money import ZERO

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from levdesk.services.views import HoldingView, PortfolioView


class HoldingGroup(NamedTuple):
    """Holdings that belong together on the screen.

    Attributes:
        name: the underlying ("BTC") or the venue ("gate"); "" when nothing is grouped.
        market_value: sum over the holdings with a known value in `currency`.
        net_exposure: signed sum of value × effective leverage in `currency`, None when nothing is known.
        complete: False when an open holding is missing from these sums.
        currency: currency of the sums.
        holdings: in the order of the view.
    """

    name: str
    market_value: Decimal
    net_exposure: Decimal | None
    complete: bool
    currency: str
    holdings: tuple[HoldingView, ...]


def group_holdings(view: PortfolioView, group_by: str, *, show_closed: bool) -> tuple[HoldingGroup, ...]:
    """The groups of a view in order of their names; one nameless group when `group_by` is ""."""
    members: dict[str, list[HoldingView]] = {}
    for holding in view.holdings:
        if holding.quantity or show_closed:
            members.setdefault(group_name(holding, group_by), []).append(holding)
    return tuple(group_of(name, members[name], view.currency) for name in sorted(members))


def group_name(holding: HoldingView, group_by: str) -> str:
    """Name of the group a holding belongs to."""
    if group_by == "underlying":
        return holding.token.underlying
    if group_by == "venue":
        return holding.token.key.venue
    return ""


def group_of(name: str, holdings: Sequence[HoldingView], currency: str) -> HoldingGroup:
    """One group of these holdings."""
    value, exposure, known, complete = ZERO, ZERO, False, True
    for holding in holdings:
        if not holding.quantity:
            continue
        if holding.market_value is None or holding.token.quote_currency != currency:
            complete = False
            continue
        value += holding.market_value
        if holding.effective_leverage is None:
            complete = False
            continue
        exposure += holding.market_value * holding.effective_leverage
        known = True
    return HoldingGroup(
        name=name,
        market_value=value,
        net_exposure=exposure if known else None,
        complete=complete,
        currency=currency,
        holdings=tuple(holdings),
    )
