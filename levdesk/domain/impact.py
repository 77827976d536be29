"""What the rebalances of all of a venue's tokens on one underlying do to its price, and what that costs the holders.

Source: Cheng and Madhavan (2009) for the flows; the square-root law of market impact for the price.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from levdesk.domain.errors import SettingInvalid


def venue_trade(tokens: Iterable[tuple[float, float]], move_ratio: float) -> float:
    """Signed notional that all scheduled rebalances trade together; longs and shorts add up, they do not cancel.

    Args:
        tokens: (signed leverage, NAV times supply before the move) of each token.
        move_ratio: move of the underlying since the last rebalance.
    """
    return sum(leverage * (leverage - 1.0) * assets for leverage, assets in tokens) * move_ratio


def trade_with_flow(leverage: float, assets: float, move_ratio: float, flow: float) -> float:
    """Signed notional one token trades when holders also put in (or took out) some money: L(L−1)rA + L·flow."""
    return leverage * (leverage - 1.0) * move_ratio * assets + leverage * flow


def price_impact(notional: float, traded_per_day: float, sigma_per_day: float, strength: float = 1.0) -> float:
    """Move of the price as a ratio, with the sign of the trade: Y·σ·√(Q/ADV).

    Raises:
        SettingInvalid: no daily turnover to measure against.
    """
    if not traded_per_day > 0.0:
        raise SettingInvalid("The daily turnover must be above zero.")
    return math.copysign(strength * sigma_per_day * math.sqrt(abs(notional) / traded_per_day), notional)


def impact_cost(impact_ratio: float, leverage_gap: float, taker_fee_ratio: float) -> float:
    """Cost of a rebalance as a ratio of NAV: half the impact plus the taker fee on the leverage traded."""
    return (abs(impact_ratio) / 2.0 + taker_fee_ratio) * abs(leverage_gap)
