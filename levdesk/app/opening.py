"""Prices at the start of the person's day, out of stored bars."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from levdesk.domain.instruments import LeveragedToken, TokenKey
from levdesk.services.day_change import Opening
from levdesk.services.ports import MarketStore
from levdesk.services.sync_state import HistoryWant, LineKey
from levdesk.venues.contract import RequestKind

INTERVAL_S = 900
_STEP_MS = INTERVAL_S * 1000
_LONGEST_AGE_MS = 6 * 3_600_000


def local_midnight_ms(now_ms: int) -> int:
    """00:00 of today in the zone of this machine, as UTC milliseconds."""
    local = datetime.fromtimestamp(now_ms / 1000).astimezone()
    return round(local.replace(hour=0, minute=0, second=0, microsecond=0).timestamp() * 1000)


def opening_wants(token: LeveragedToken, pair: str, midnight_ms: int) -> tuple[HistoryWant, ...]:
    """The bars that tell a token's price at midnight."""
    key = LineKey(token.key.venue, RequestKind.TOKEN_CANDLES, pair, INTERVAL_S)
    return (HistoryWant(key, midnight_ms - 4 * _STEP_MS),)


def read_opening(market: MarketStore, pairs: Mapping[TokenKey, str], midnight_ms: int) -> Opening:
    """Prices at midnight of the tokens whose bars are stored: the close of the last bar that had ended by then."""
    prices: dict[TokenKey, Decimal] = {}
    for key, pair in pairs.items():
        bars = market.read_candles(key.venue, pair, INTERVAL_S, midnight_ms - _LONGEST_AGE_MS, midnight_ms - _STEP_MS)
        if bars:
            prices[key] = Decimal(repr(bars[-1].close))
    return Opening(midnight_ms, prices)
