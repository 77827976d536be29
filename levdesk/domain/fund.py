"""A token or fund that resets at every row of its own price file, explained row by row.

The daily model is Avellaneda and Zhang's: NAV grows by L·r less a fee and less what is paid for borrowed money, each a
ratio of the NAV at the row's start. Real prices go their own way; the residual takes the difference.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from levdesk.domain.attribution import Terms, with_observed
from levdesk.domain.basket import require_leverage
from levdesk.domain.basket_tape import Floats, checked_prices
from levdesk.domain.errors import SettingInvalid


@dataclass(frozen=True, slots=True, kw_only=True)
class FundRows:
    """The model's log terms per row after the first, each of shape (n − 1,).

    Attributes:
        leveraged_move, leverage_drift, volatility_decay, funding, management_fee: log points.
        model_ratio: the model's simple return.
        impossible: rows on which a daily reset would have lost everything; only move and drift are set there.
    """

    leveraged_move: Floats
    leverage_drift: Floats
    volatility_decay: Floats
    funding: Floats
    management_fee: Floats
    model_ratio: Floats
    impossible: NDArray[np.bool_]

    def terms(self, token_prices: Floats, start_row: int, end_row: int) -> Terms:
        """Log terms between two rows, the real token's residual included.

        Args:
            token_prices: real prices in units of one size, shape (n,).
            start_row, end_row: rows of the price series, both ends included as values.
        """
        part = slice(start_row, end_row)
        modelled = Terms(
            leveraged_move=float(self.leveraged_move[part].sum()),
            leverage_drift=float(self.leverage_drift[part].sum()),
            volatility_decay=float(self.volatility_decay[part].sum()),
            funding=float(self.funding[part].sum()),
            management_fee=float(self.management_fee[part].sum()),
        )
        return with_observed(modelled, float(token_prices[end_row] / token_prices[start_row]))

    def tracking_error(self, token_prices: Floats) -> float | None:
        """Standard deviation per row of the real simple return less the model's; None for fewer than two rows."""
        real = token_prices[1:] / token_prices[:-1] - 1.0
        return float(np.std(real - self.model_ratio, ddof=1)) if len(real) > 1 else None


def fund_rows(
    prices: Floats,
    leverage: float,
    fee: Floats | float = 0.0,
    financing: Floats | float = 0.0,
    held: Floats | float | None = None,
) -> FundRows:
    """Run the daily model over the prices of the underlying.

    Args:
        prices: underlying price per row, shape (n,), n ≥ 2.
        leverage: signed target leverage.
        fee: fee per row, a ratio of NAV, shape (n − 1,) or one for all.
        financing: what borrowed money or funding costs per row, a ratio of NAV, below zero when received; likewise.
        held: signed leverage really held over each row where it is known to differ from the target; likewise.
    """
    found = checked_prices(prices)
    require_leverage(leverage)
    if len(found) < 2:
        raise SettingInvalid("One price explains nothing.", hint="Give at least two rows.")
    move = found[1:] / found[:-1] - 1.0
    exposure = np.broadcast_to(leverage if held is None else held, move.shape)
    gross = 1.0 + exposure * move
    fees, paid = np.broadcast_to(fee, move.shape), np.broadcast_to(financing, move.shape)
    if not all(np.isfinite(column).all() for column in (fees, paid, exposure)):
        raise SettingInvalid("A fee, a rate or a leverage is not a number.")
    impossible = gross - np.maximum(paid, 0.0) - np.maximum(fees, 0.0) <= 0.0
    safe = np.where(impossible, 1.0, gross)
    paid, fees = np.where(impossible, 0.0, paid), np.where(impossible, 0.0, fees)
    log_move = np.log1p(move)
    return FundRows(
        leveraged_move=leverage * log_move,
        leverage_drift=(exposure - leverage) * log_move,
        volatility_decay=np.where(impossible, 0.0, np.log(safe) - exposure * log_move),
        funding=np.log1p(-paid / safe),
        management_fee=np.log1p(-fees / (safe - paid)),
        model_ratio=np.maximum(gross - paid - fees, 0.0) - 1.0,
        impossible=impossible,
    )
