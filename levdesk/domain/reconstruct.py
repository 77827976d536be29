"""A token's past rebuilt from its underlying's candles: what its rule did while nobody watched.

Between two prices the underlying is taken to pass through every price in between, so a band or an emergency trigger
fires at its own price, several times in one crash if need be, and not at the next price that happens to be known.
Scheduled checks, funding and fees happen at the rows, as in `basket_path`. An estimate: the order of high and low
within a candle is assumed, and so is that the issuer traded at the trigger price.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from levdesk.domain.basket import NO_COSTS, BasketCosts, BasketRule, BasketState
from levdesk.domain.basket_events import find_events
from levdesk.domain.basket_path import BasketPath, fitting_start, value_events
from levdesk.domain.basket_tape import Floats, Rows, Tape, make_tape
from levdesk.domain.errors import SettingInvalid
from levdesk.domain.volatility import Bars


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconstruction:
    """A rebuilt past.

    Attributes:
        path: the token's path over the given rows and the trigger prices put between them.
        ts_ms: moment of each row of the path, shape (n,); a trigger has the moment of the row it came before.
        given_rows: row of the path of each given price; the rows between them are trigger prices.
    """

    path: BasketPath
    ts_ms: Rows
    given_rows: Rows


def candle_rows(bars: Bars, starts_ms: Rows, interval_ms: int) -> tuple[Floats, Rows]:
    """Four prices per candle with their moments: open, the extreme away from the close, the other one, close.

    Args:
        bars: shape (n,).
        starts_ms: start of each candle, rising, shape (n,).
        interval_ms: length of a candle.

    Returns:
        Prices and moments, shape (4n,); the close comes one millisecond before the next candle may start.
    """
    if len(starts_ms) != len(bars.open) or interval_ms < 4:
        raise SettingInvalid("Every candle needs a start and a length.")
    rises = bars.close >= bars.open
    first, second = np.where(rises, bars.low, bars.high), np.where(rises, bars.high, bars.low)
    prices = np.column_stack([bars.open, first, second, bars.close]).ravel()
    offsets = np.array([0, interval_ms // 3, 2 * interval_ms // 3, interval_ms - 1], np.int64)
    moments = (np.asarray(starts_ms, np.int64)[:, None] + offsets).ravel()
    return prices, moments


def funding_rows(ts_ms: Rows, settled_ms: Rows, rates: Floats) -> Floats:
    """Funding rates laid onto rows: each settlement at the first row at or after it; later ones are left out.

    Args:
        ts_ms: moments of the rows, rising, shape (n,).
        settled_ms: moments of the settlements, shape (k,); those at or before the first row are left out too.
        rates: their rates, shape (k,).
    """
    at = np.searchsorted(ts_ms, settled_ms, side="left")
    keep = (at < len(ts_ms)) & (settled_ms > ts_ms[0])
    laid: Floats = np.zeros(len(ts_ms))
    np.add.at(laid, at[keep], rates[keep])
    return laid


def reconstruct(
    prices: Floats,
    ts_ms: Rows,
    rule: BasketRule,
    *,
    costs: BasketCosts = NO_COSTS,
    funding_rates: Floats | float = 0.0,
    start: BasketState | None = None,
) -> Reconstruction:
    """Run a rule over known prices with its triggers firing between them; arguments as in `basket_path.run_basket`."""
    tape = make_tape(prices, rule, costs, funding_rates, ts_ms)
    start = fitting_start(start, rule, float(tape.prices[0]))
    events = find_events(tape, rule, leverage=start.leverage, event_price=start.event_price, between=True)
    before = np.array([row for row, _ in events.inserted], np.int64)
    put_in = np.array([price for _, price in events.inserted], np.float64)
    given_rows = np.arange(len(tape.prices)) + np.searchsorted(before, np.arange(len(tape.prices)), side="right")
    full = Tape(
        prices=np.insert(tape.prices, before, put_in),
        # Funding falls due at the row itself, after the triggers on the way to it.
        paid=None if tape.paid is None else np.insert(tape.paid, before, tape.paid[before - 1]),
        scheduled=given_rows[tape.scheduled],
        fee_rows=given_rows[tape.fee_rows],
        fee_ratios=tape.fee_ratios,
    )
    moments = np.asarray(ts_ms, np.int64)
    return Reconstruction(
        path=value_events(full, rule, costs, start, events),
        ts_ms=np.insert(moments, before, moments[before]),
        given_rows=given_rows,
    )
