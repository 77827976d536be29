"""Last known figures, the venues' lists, candles and funding; and the NAV history, which is precious.

Whoever reads the market file never meets its damage: it reads as empty, and the writer is asked to begin it anew.
"""

from __future__ import annotations

import logging
import math
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from decimal import InvalidOperation
from typing import Final, TypeVar

from levdesk.domain.errors import StoreCorrupt, StoreTooNew
from levdesk.domain.instruments import LeveragedToken, TokenKey
from levdesk.domain.market import Candle, FundingPoint, NavSource, QuoteSource, TokenQuote
from levdesk.domain.observed import ObservedRebalance
from levdesk.io.ledger_db import read_ledger
from levdesk.io.market_db import MARKET
from levdesk.io.nav_record import nav_history, rebalances, recording_of
from levdesk.io.paths import Paths
from levdesk.io.rows import TOKEN_COLUMNS, decode_decimal, encode_decimal, read_tokens, token_row
from levdesk.io.store_file import StoreTooOld, read_quietly
from levdesk.io.writer import StoreFile, Writer
from levdesk.services.ports import Clock

T = TypeVar("T")
_log = logging.getLogger(__name__)


class MarketFile:
    """Reads market data from any thread and saves it through the writer. A `MarketStore`."""

    def __init__(self, paths: Paths, clock: Clock, writer: Writer) -> None:
        self._paths = paths
        self._clock = clock
        self._writer = writer

    def read_quotes(self) -> tuple[TokenQuote, ...]:
        """Last known quote of every token ever seen or valued by hand."""
        return self._read(_read_quotes) or ()

    def save_quotes(self, quotes: Sequence[TokenQuote]) -> Future[None]:
        """Remember last known quotes, part by part: prices, NAV, leverage, rebalance, underlying.

        A part replaces the stored one as a whole, with its time and source; one that is not there leaves it standing,
        and offers without a trade do not push a known trade out.
        """
        rows = [_quote_row(quote) for quote in quotes]
        return self._save(lambda connection: connection.executemany(_UPSERT_QUOTE, rows))

    def read_catalogue(self) -> tuple[LeveragedToken, ...]:
        """Tokens the venues listed last, for completion; by venue and symbol."""
        return self._read(lambda connection: read_tokens(connection, "catalogue")) or ()

    def save_catalogue(self, venue: str, tokens: Sequence[LeveragedToken]) -> Future[None]:
        """Replace the cached list of one venue."""
        rows = [token_row(token) for token in tokens]

        def work(connection: sqlite3.Connection) -> None:
            connection.execute("DELETE FROM catalogue WHERE venue = ?", (venue,))
            connection.executemany(_INSERT_LISTED, rows)

        return self._save(work)

    def read_candles(self, venue: str, instrument: str, interval_s: int, start_ms: int, end_ms: int) -> list[Candle]:
        """Bars whose start lies in the inclusive stretch, oldest first."""

        def read(connection: sqlite3.Connection) -> list[Candle]:
            rows = connection.execute(
                "SELECT ts_ms, open, high, low, close, volume, closed FROM candles"
                " WHERE venue = ? AND instrument = ? AND interval_s = ? AND ts_ms BETWEEN ? AND ? ORDER BY ts_ms",
                (venue, instrument, interval_s, start_ms, end_ms),
            )
            return [
                Candle(ts_ms, opened, high, low, close, math.nan if volume is None else volume, bool(closed))
                for ts_ms, opened, high, low, close, volume, closed in rows
            ]

        return self._read(read) or []

    def save_candles(self, venue: str, instrument: str, interval_s: int, candles: Sequence[Candle]) -> Future[None]:
        """Insert or replace bars."""
        rows = [
            (venue, instrument, interval_s, bar.ts_ms, bar.open, bar.high, bar.low, bar.close, bar.volume, bar.closed)
            for bar in candles
        ]
        statement = "INSERT OR REPLACE INTO candles VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        return self._save(lambda connection: connection.executemany(statement, rows))

    def read_funding(self, venue: str, instrument: str, start_ms: int, end_ms: int) -> list[FundingPoint]:
        """Settlements in the inclusive stretch, oldest first."""

        def read(connection: sqlite3.Connection) -> list[FundingPoint]:
            rows = connection.execute(
                "SELECT ts_ms, rate FROM funding"
                " WHERE venue = ? AND instrument = ? AND ts_ms BETWEEN ? AND ? ORDER BY ts_ms",
                (venue, instrument, start_ms, end_ms),
            )
            return [FundingPoint(ts_ms, rate) for ts_ms, rate in rows]

        return self._read(read) or []

    def save_funding(self, venue: str, instrument: str, points: Sequence[FundingPoint]) -> Future[None]:
        """Insert or replace settlements."""
        rows = [(venue, instrument, point.ts_ms, point.rate) for point in points]
        statement = "INSERT OR REPLACE INTO funding VALUES (?, ?, ?, ?)"
        return self._save(lambda connection: connection.executemany(statement, rows))

    def record_nav(self, quotes: Sequence[TokenQuote]) -> Future[None]:
        """Append to the NAV history and note the rebalances told of, in the precious file.

        Estimates and repeats of a token's last NAV are skipped; a rebalance already noted is kept as long as it is
        told of again.
        """
        return self._writer.submit(StoreFile.LEDGER, recording_of(quotes))

    def read_nav_history(self, key: TokenKey, start_ms: int, end_ms: int) -> list[tuple[int, float]]:
        """Recorded (ts_ms, nav) in the inclusive stretch, oldest first.

        Raises:
            StoreError: the precious file cannot be read.
        """
        return read_ledger(self._paths, self._clock, lambda file: nav_history(file, key, start_ms, end_ms)) or []

    def read_rebalances(self, key: TokenKey, start_ms: int, end_ms: int) -> list[ObservedRebalance]:
        """Rebalances the venue told of in the inclusive stretch, oldest first.

        Raises:
            StoreError: the precious file cannot be read.
        """
        return read_ledger(self._paths, self._clock, lambda file: rebalances(file, key, start_ms, end_ms)) or []

    def read_snapshot(self, name: str) -> str | None:
        """A text saved under a name, or None: the last view, kept so that the window can paint at once."""

        def read(connection: sqlite3.Connection) -> str | None:
            found = connection.execute("SELECT body FROM snapshots WHERE name = ?", (name,)).fetchone()
            return None if found is None else str(found[0])

        return self._read(read)

    def save_snapshot(self, name: str, body: str) -> Future[None]:
        """Keep a text under a name, in place of the one before."""
        row = (name, self._clock.now_ms(), body)
        return self._save(
            lambda connection: connection.execute("INSERT OR REPLACE INTO snapshots VALUES (?, ?, ?)", row)
        )

    def _read(self, read: Callable[[sqlite3.Connection], T]) -> T | None:
        """Read the market file; None when there is none, or none this program can read."""
        try:
            return read_quietly(self._paths.market_db, MARKET, read)
        except StoreTooOld:
            self._writer.prepare()
        except (StoreCorrupt, StoreTooNew) as error:
            _log.info("market data read as empty: %s", error)
            self._writer.rebuild_market(error)
        return None

    def _save(self, work: Callable[[sqlite3.Connection], object]) -> Future[None]:
        def run(connection: sqlite3.Connection) -> None:
            work(connection)

        return self._writer.submit(StoreFile.MARKET, run)


_QUOTE_PARTS: Final = {
    "excluded.last IS NOT NULL OR (quotes.last IS NULL AND coalesce(excluded.bid, excluded.ask) IS NOT NULL)": (
        "last", "bid", "ask", "price_ts_ms", "price_source",
    ),
    "excluded.nav IS NOT NULL": ("nav", "nav_source", "nav_ts_ms"),
    "excluded.effective_leverage IS NOT NULL": ("effective_leverage", "leverage_ts_ms"),
    "coalesce(excluded.rebalance_nav, excluded.rebalance_ms) IS NOT NULL": ("rebalance_nav", "rebalance_ms"),
    "excluded.underlying_price IS NOT NULL": ("underlying_price", "underlying_ts_ms"),
}  # fmt: skip
"""When a stored part gives way, and its columns."""

_QUOTE_COLUMNS: Final = ("venue", "symbol", *(column for columns in _QUOTE_PARTS.values() for column in columns))
_UPSERT_QUOTE: Final = (
    f"INSERT INTO quotes ({', '.join(_QUOTE_COLUMNS)}) VALUES ({', '.join('?' * len(_QUOTE_COLUMNS))})"  # noqa: S608
    " ON CONFLICT (venue, symbol) DO UPDATE SET "
    + ", ".join(
        f"{column} = CASE WHEN {given} THEN excluded.{column} ELSE quotes.{column} END"
        for given, columns in _QUOTE_PARTS.items()
        for column in columns
    )
)
_INSERT_LISTED: Final = (
    f"INSERT OR REPLACE INTO catalogue ({', '.join(TOKEN_COLUMNS)}) VALUES ({', '.join('?' * len(TOKEN_COLUMNS))})"  # noqa: S608
)


def _quote_row(quote: TokenQuote) -> tuple[str | int | None, ...]:
    return (
        quote.key.venue,
        quote.key.symbol,
        encode_decimal(quote.last),
        encode_decimal(quote.bid),
        encode_decimal(quote.ask),
        quote.price_ts_ms,
        quote.price_source.value,
        encode_decimal(quote.nav),
        None if quote.nav_source is None else quote.nav_source.value,
        quote.nav_ts_ms,
        encode_decimal(quote.effective_leverage),
        quote.leverage_ts_ms,
        encode_decimal(quote.rebalance_nav),
        quote.rebalance_ms,
        encode_decimal(quote.underlying_price),
        quote.underlying_ts_ms,
    )


def _read_quotes(connection: sqlite3.Connection) -> tuple[TokenQuote, ...]:
    rows = connection.execute(f"SELECT {', '.join(_QUOTE_COLUMNS)} FROM quotes ORDER BY venue, symbol")  # noqa: S608
    try:
        return tuple(
            TokenQuote(
                key=TokenKey(row[0], row[1]),
                last=decode_decimal(row[2]),
                bid=decode_decimal(row[3]),
                ask=decode_decimal(row[4]),
                price_ts_ms=row[5],
                price_source=QuoteSource(row[6]),
                nav=decode_decimal(row[7]),
                nav_source=None if row[8] is None else NavSource(row[8]),
                nav_ts_ms=row[9],
                effective_leverage=decode_decimal(row[10]),
                leverage_ts_ms=row[11],
                rebalance_nav=decode_decimal(row[12]),
                rebalance_ms=row[13],
                underlying_price=decode_decimal(row[14]),
                underlying_ts_ms=row[15],
            )
            for row in rows
        )
    except (ValueError, InvalidOperation) as error:
        raise StoreCorrupt(f"A stored quote cannot be read ({error!r}).") from error
