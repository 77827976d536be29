"""What no venue offers later: every NAV and every rebalance it told of, kept in the precious file."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence

from levdesk.domain.instruments import TokenKey
from levdesk.domain.market import NavSource, TokenQuote
from levdesk.domain.observed import ObservedRebalance
from levdesk.io.rows import decode_decimal, encode_decimal

_NOTE_REBALANCE = (
    "INSERT INTO rebalances (venue, symbol, ts_ms, until_ms, nav) VALUES (?, ?, ?, ?, ?)"
    " ON CONFLICT (venue, symbol, ts_ms) DO UPDATE SET"
    " until_ms = max(until_ms, excluded.until_ms), nav = coalesce(excluded.nav, nav)"
)


def recording_of(quotes: Sequence[TokenQuote]) -> Callable[[sqlite3.Connection], None]:
    """Work for the writer: what is new in these quotes, appended.

    Estimates are not recorded, and a NAV that repeats the token's last one neither; the same rebalance told of again
    only moves the moment until which it is known to be the last.
    """
    navs = [
        (quote.key, quote.nav_ts_ms, nav, (quote.nav_source or NavSource.VENUE).value)
        for quote in quotes
        if quote.nav_ts_ms is not None
        and quote.nav_source is not NavSource.ESTIMATE
        and (nav := encode_decimal(quote.nav)) is not None
    ]
    seen = [
        (quote.key.venue, quote.key.symbol, quote.rebalance_ms, told_ms, encode_decimal(quote.rebalance_nav))
        for quote in quotes
        if quote.rebalance_ms is not None and (told_ms := _told_ms(quote)) >= quote.rebalance_ms
    ]

    def work(connection: sqlite3.Connection) -> None:
        for key, ts_ms, nav, source in navs:
            if nav != _last_nav(connection, key):
                connection.execute(
                    "INSERT OR REPLACE INTO nav_history VALUES (?, ?, ?, ?, ?)",
                    (key.venue, key.symbol, ts_ms, nav, source),
                )
        connection.executemany(_NOTE_REBALANCE, seen)

    return work


def nav_history(connection: sqlite3.Connection, key: TokenKey, start_ms: int, end_ms: int) -> list[tuple[int, float]]:
    """Recorded (ts_ms, nav) in the inclusive stretch, oldest first."""
    rows = connection.execute(
        "SELECT ts_ms, nav FROM nav_history WHERE venue = ? AND symbol = ? AND ts_ms BETWEEN ? AND ? ORDER BY ts_ms",
        (key.venue, key.symbol, start_ms, end_ms),
    )
    return [(ts_ms, float(nav)) for ts_ms, nav in rows]


def rebalances(connection: sqlite3.Connection, key: TokenKey, start_ms: int, end_ms: int) -> list[ObservedRebalance]:
    """Rebalances told of in the inclusive stretch, oldest first."""
    rows = connection.execute(
        "SELECT ts_ms, until_ms, nav FROM rebalances"
        " WHERE venue = ? AND symbol = ? AND ts_ms BETWEEN ? AND ? ORDER BY ts_ms",
        (key.venue, key.symbol, start_ms, end_ms),
    )
    return [ObservedRebalance(ts_ms=ts_ms, until_ms=until_ms, nav=decode_decimal(nav)) for ts_ms, until_ms, nav in rows]


def _told_ms(quote: TokenQuote) -> int:
    """When the venue last named this rebalance: the newest of the figures that come with it.

    A NAV worked out or typed in is no word of the venue's.
    """
    spoken_ms = quote.nav_ts_ms if quote.nav_source is NavSource.VENUE else None
    return max(ms for ms in (spoken_ms, quote.leverage_ts_ms, quote.rebalance_ms) if ms is not None)


def _last_nav(connection: sqlite3.Connection, key: TokenKey) -> str | None:
    found = connection.execute(
        "SELECT nav FROM nav_history WHERE venue = ? AND symbol = ? ORDER BY ts_ms DESC LIMIT 1",
        (key.venue, key.symbol),
    ).fetchone()
    return None if found is None else str(found[0])
