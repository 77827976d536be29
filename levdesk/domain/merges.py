"""Unit merges and splits found in a price history: jumps by a power of ten that no market move explains.

A merge of 100 old units into one makes the price jump a hundredfold overnight and changes nobody's money. It is told
from a market move by what the underlying did: the jump must be far outside anything the token's leverage could have
done, and, with the power of ten taken out, what is left must be a move the leverage explains.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from levdesk.domain.basket import require_leverage
from levdesk.domain.basket_tape import Floats, checked_prices
from levdesk.domain.errors import SettingInvalid

_LOOSEST_LEVERAGE = (0.4, 1.4)
"""Effective leverage as a part of the target between which a token may have been on the day."""

_FAR_LOG = math.log(5.0)
_NEAR_LOG = 0.3
_CALM_MOVE = 0.10
_SMALLEST_SURE_POWER = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitMerge:
    """One merge, or, with a factor below 1, a split.

    Attributes:
        row: first row priced in new units.
        factor: old units per new unit, a power of ten.
        jump_ratio: price over the price of the row before, as traded.
    """

    row: int
    factor: float
    jump_ratio: float

    @property
    def market_ratio(self) -> float:
        """What the market did on that row, the merge taken out."""
        return self.jump_ratio / self.factor


def find_merges(token_prices: Floats, underlying_prices: Floats, target_leverage: float) -> tuple[UnitMerge, ...]:
    """Merges and splits in a token's price history.

    A tenfold jump, and any jump down, is believed only on a calm day of the underlying: a crash can do that too.

    Args:
        token_prices: as traded, shape (n,).
        underlying_prices: at the same moments, shape (n,).
        target_leverage: signed; a rough one will do.
    """
    token, underlying = checked_prices(token_prices), checked_prices(underlying_prices)
    if len(token) != len(underlying):
        raise SettingInvalid(f"There are {len(token)} token prices for {len(underlying)} of the underlying.")
    require_leverage(target_leverage)
    jumps, moves = token[1:] / token[:-1], underlying[1:] / underlying[:-1] - 1.0
    found = []
    for row in np.flatnonzero(np.abs(np.log(jumps)) > _FAR_LOG).tolist():
        jump, move = float(jumps[row]), float(moves[row])
        power = round(math.log10(jump))
        calm = abs(move) <= _CALM_MOVE
        if power == 0 or (power < _SMALLEST_SURE_POWER and not calm):
            continue
        factor = 10.0**power
        if _gap(jump, move, target_leverage) >= _FAR_LOG and _gap(jump / factor, move, target_leverage) <= _NEAR_LOG:
            found.append(UnitMerge(row=row + 1, factor=factor, jump_ratio=jump))
    return tuple(found)


def in_present_units(token_prices: Floats, merges: tuple[UnitMerge, ...]) -> Floats:
    """The whole price history in today's units, so that returns across a merge are market returns."""
    prices = checked_prices(token_prices).copy()
    for merge in merges:
        prices[: merge.row] *= merge.factor
    return prices


def _gap(ratio: float, move: float, target_leverage: float) -> float:
    """Log distance of a price ratio from the nearest one the token's leverage could have made of a move."""
    ends = [1.0 + target_leverage * part * move for part in _LOOSEST_LEVERAGE]
    low, high = min(ends), max(ends)
    if ratio > high:
        return math.log(ratio / high) if high > 0.0 else math.inf
    return math.log(low / ratio) if ratio < low else 0.0
