"""The rebalance page of one token at its last quote, between two explanations: same sums, newer figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from levdesk.services.explain_rebalance import rebalance_view
from levdesk.services.explain_rules import dated_rules

if TYPE_CHECKING:
    from levdesk.domain.instruments import LeveragedToken
    from levdesk.domain.market import TokenQuote
    from levdesk.services.explained import ExplainedHolding
    from levdesk.services.explained_rebalance import RebalanceView


def live_rebalance(
    token: LeveragedToken, quote: TokenQuote | None, now_ms: int, explained: ExplainedHolding | None
) -> RebalanceView | None:
    """Everything about the next rebalances at a quote; None where no rule of the token makes sense.

    Args:
        token: what is held.
        quote: last known figures.
        now_ms: the time.
        explained: where volatility and history come from; None while they are not worked out.
    """
    rules = dated_rules(token)
    if rules is None:
        return None
    market = None if explained is None else explained.market
    past = None if explained is None else explained.rebalance
    return rebalance_view(
        token.underlying,
        rules,
        quote,
        now_ms,
        volatility_day=None if market is None else market.volatility_day,
        history=() if past is None else past.history,
    )
