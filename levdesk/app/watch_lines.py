"""Price lines for the alerts: the last hours of underlyings, and tokens since they were bought, in today's units."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from levdesk.domain.instruments import LeveragedToken, TokenKey
from levdesk.domain.market import Candle, TokenQuote, market_price
from levdesk.domain.transactions import Transaction, TransactionType
from levdesk.services.alert_facts import PriceLine
from levdesk.services.explain_input import FINER_S, HOUR_S
from levdesk.services.history_sources import HistorySources
from levdesk.services.ports import MarketStore

LOOK_BACK_MS: Final = 26 * 3_600_000

Points = dict[int, float]


class PriceLines:
    """Stored bars and the prices met while watching, put together; owned by one thread."""

    def __init__(self, market: MarketStore) -> None:
        """Know nothing but the files yet."""
        self._market = market
        self._underlyings: dict[str, Points] = {}
        self._tokens: dict[TokenKey, Points] = {}
        self._highest: dict[TokenKey, float] = {}
        self._lines: dict[TokenKey, PriceLine] = {}

    def read_underlying(self, name: str, perpetual: tuple[str, str], now_ms: int) -> None:
        """Take up the stored bars of an underlying."""
        points = self._underlyings.setdefault(name, {})
        if perpetual[1]:
            for length_s in (*FINER_S, HOUR_S):
                bars = self._market.read_candles(*perpetual, length_s, now_ms - LOOK_BACK_MS, now_ms)
                points.update(_closes(bars, length_s))

    def read_token(
        self, token: LeveragedToken, sources: HistorySources, rows: Sequence[Transaction], now_ms: int
    ) -> None:
        """Take up the stored prices of a token since its first row: as traded, or its NAV where no bars are known."""
        if not rows:
            return
        first_ms = rows[0].draft.time_ms
        points: Points = {}
        if sources.pair:
            bars = self._market.read_candles(token.key.venue, sources.pair, HOUR_S, first_ms, now_ms)
            points = _closes(bars, HOUR_S)
        if not points:
            points = dict(self._market.read_nav_history(token.key, first_ms, now_ms))
        merges = [
            (row.draft.time_ms, float(row.draft.quantity))
            for row in rows
            if row.draft.type is TransactionType.MERGE and row.draft.quantity
        ]
        known = self._tokens.setdefault(token.key, {})
        known.update({ts_ms: price * _factor(merges, ts_ms) for ts_ms, price in points.items() if price > 0.0})
        self._refresh(token.key)

    def note(self, quotes: Mapping[TokenKey, TokenQuote], tokens: Iterable[LeveragedToken]) -> None:
        """Take up the prices of now; of a token only a new high."""
        for token in tokens:
            quote = quotes.get(token.key)
            if quote is None:
                continue
            if quote.underlying_price is not None and quote.underlying_ts_ms is not None:
                points = self._underlyings.setdefault(token.underlying, {})
                points[quote.underlying_ts_ms] = float(quote.underlying_price)
            traded = market_price(quote)
            price = 0.0 if traded is None else float(traded.price)
            if quote.price_ts_ms is not None and price > self._highest.get(token.key, 0.0):
                self._tokens.setdefault(token.key, {})[quote.price_ts_ms] = price
                self._refresh(token.key)

    def underlyings(self, now_ms: int) -> dict[str, PriceLine]:
        """The last hours of each, what is older forgotten."""
        for name, points in self._underlyings.items():
            self._underlyings[name] = {ts: price for ts, price in points.items() if ts >= now_ms - LOOK_BACK_MS}
        return {name: _line(points) for name, points in self._underlyings.items() if points}

    def tokens(self) -> dict[TokenKey, PriceLine]:
        """Each since it was bought; the same object while nothing is new."""
        return dict(self._lines)

    def _refresh(self, key: TokenKey) -> None:
        points = self._tokens[key]
        if points:
            self._highest[key] = max(points.values())
            self._lines[key] = _line(points)


def _line(points: Points) -> PriceLine:
    moments = sorted(points)
    return PriceLine(moments, [points[ts_ms] for ts_ms in moments])


def _closes(bars: Iterable[Candle], length_s: int) -> Points:
    """Where each closed bar ended, and its last price."""
    return {bar.ts_ms + length_s * 1000: bar.close for bar in bars if bar.closed and bar.close > 0.0}


def _factor(merges: Iterable[tuple[int, float]], ts_ms: int) -> float:
    """What a unit of then is in units of today: old units per new one of every merge since."""
    factor = 1.0
    for merged_ms, old_per_new in merges:
        factor *= old_per_new if ts_ms < merged_ms else 1.0
    return factor
