"""The distance to a rebalance on every tick: one plan per token, and a few sums for each quote that is new."""

from __future__ import annotations

from typing import TYPE_CHECKING

from levdesk.services.explain_radar import NextRebalance, RadarPlan, live_radar, radar_plan

if TYPE_CHECKING:
    from levdesk.domain.instruments import LeveragedToken, TokenKey
    from levdesk.domain.market import TokenQuote
    from levdesk.services.explained import ExplainedHolding


class LiveRadar:
    """Remembers the plan of each token until it runs out or the token is corrected."""

    def __init__(self) -> None:
        """Know no plan yet."""
        self._plans: dict[TokenKey, tuple[LeveragedToken, int, RadarPlan | None]] = {}

    def next_of(
        self, token: LeveragedToken, quote: TokenQuote, now_ms: int, explained: ExplainedHolding | None
    ) -> NextRebalance | None:
        """The nearest rebalances of a token at a quote; None when no rule of it is known."""
        plan = self._plan(token, now_ms)
        if plan is None:
            return None
        market = None if explained is None else explained.market
        return live_radar(plan, quote, now_ms, None if market is None else market.volatility_day)

    def _plan(self, token: LeveragedToken, now_ms: int) -> RadarPlan | None:
        known = self._plans.get(token.key)
        if known is not None and known[0] is token and now_ms < known[1]:
            return known[2]
        plan = radar_plan(token, now_ms)
        until_ms = now_ms + 3_600_000 if plan is None else plan.until_ms  # a rule may begin that is not known now
        self._plans[token.key] = (token, until_ms, plan)
        return plan
