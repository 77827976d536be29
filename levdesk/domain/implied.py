"""Effective leverage read off prices alone, for tokens that keep theirs to themselves.

Between two rebalances the token's price is a straight line in its underlying's: P = u·S + b. A least-squares line over
a few bars gives u, and ℓ = u·S/P; a jump of the misfit marks a rebalance.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from levdesk.domain.basket_tape import Floats, Rows, checked_prices
from levdesk.domain.errors import SettingInvalid


@dataclass(frozen=True, slots=True, kw_only=True)
class ImpliedLeverage:
    """Leverage per window of bars; windows in which the underlying did not move say nothing and are left out.

    Attributes:
        rows: last row of each window, shape (k,).
        leverage: signed effective leverage there, shape (k,).
        misfit_ratio: root mean square distance of the window's prices from the line, over the price, shape (k,).
        middle_leverage: the same at the bar in the middle, shape (k,): it looks back, and is the steadier for it.
        middle_gap_ratio: distance of the bar in the middle from the line, over its price, shape (k,); a rebalance
            inside the window bends the line there.
    """

    rows: Rows
    leverage: Floats
    misfit_ratio: Floats
    middle_leverage: Floats
    middle_gap_ratio: Floats


def implied_leverage(token_prices: Floats, underlying_prices: Floats, window: int = 3) -> ImpliedLeverage:
    """Fit a line through every window of bars.

    Args:
        token_prices: in units of the same size throughout (see `merges.in_present_units`), shape (n,).
        underlying_prices: at the same moments, shape (n,).
        window: bars per line, 3 or more.
    """
    token, underlying = checked_prices(token_prices), checked_prices(underlying_prices)
    if len(token) != len(underlying):
        raise SettingInvalid(f"There are {len(token)} token prices for {len(underlying)} of the underlying.")
    if window < 3 or len(token) < window:
        raise SettingInvalid(f"A line through {window} of {len(token)} bars says nothing.", hint="Three or more.")
    price, base = sliding_window_view(token, window), sliding_window_view(underlying, window)
    price_gap = price - price.mean(axis=1, keepdims=True)
    base_gap = base - base.mean(axis=1, keepdims=True)
    spread = np.sum(base_gap**2, axis=1)
    moved = spread > (1e-12 * base[:, -1]) ** 2
    units = np.divide(np.sum(base_gap * price_gap, axis=1), spread, out=np.zeros_like(spread), where=moved)
    misfit = price_gap - units[:, None] * base_gap
    last, middle = price[:, -1], window // 2
    return ImpliedLeverage(
        rows=np.flatnonzero(moved) + window - 1,
        leverage=(units * base[:, -1] / last)[moved],
        misfit_ratio=(np.sqrt(np.mean(misfit**2, axis=1)) / last)[moved],
        middle_leverage=(units * base[:, middle] / price[:, middle])[moved],
        middle_gap_ratio=(np.abs(misfit[:, middle]) / price[:, middle])[moved],
    )
