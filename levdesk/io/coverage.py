"""Which stretch of each history is stored without a hole, so that nothing is asked twice and no hole is overlooked."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from levdesk.domain.errors import StoreError
from levdesk.io.market_db import MARKET
from levdesk.io.paths import Paths
from levdesk.io.store_file import StoreTooOld, read_quietly
from levdesk.services.sync_state import LineKey, Span
from levdesk.venues.contract import RequestKind

_LONGEST_FUNDING_STEP_MS = 8 * 3_600_000


def read_coverage(paths: Paths, keys: Iterable[LineKey]) -> dict[LineKey, Span]:
    """The newest stretch without a hole of each history; a history that is not stored, or unreadable, is not there."""
    wanted = tuple(keys)

    def read(connection: sqlite3.Connection) -> dict[LineKey, Span]:
        return {key: span for key in wanted if (span := _newest_stretch(connection, key)) is not None}

    try:
        return read_quietly(paths.market_db, MARKET, read) or {}
    except (StoreError, StoreTooOld):
        return {}  # it is just being made, or mends itself; until then nothing counts as stored


def _newest_stretch(connection: sqlite3.Connection, key: LineKey) -> Span | None:
    if key.kind is RequestKind.FUNDING_HISTORY:
        table, step_ms = "funding", _LONGEST_FUNDING_STEP_MS
        where, values = "venue = ? AND instrument = ?", (key.venue, key.instrument)
    else:
        table, step_ms = "candles", key.step_ms
        where = "venue = ? AND instrument = ? AND interval_s = ? AND closed = 1"
        values = (key.venue, key.instrument, key.interval_s)  # type: ignore[assignment]
    last = connection.execute(f"SELECT max(ts_ms) FROM {table} WHERE {where}", values).fetchone()[0]  # noqa: S608
    if last is None:
        return None
    (first,) = connection.execute(
        f"SELECT max(ts_ms) FROM (SELECT ts_ms, ts_ms - lag(ts_ms) OVER (ORDER BY ts_ms) AS gap_ms"  # noqa: S608
        f" FROM {table} WHERE {where}) WHERE gap_ms IS NULL OR gap_ms > ?",
        (*values, step_ms),
    ).fetchone()
    return Span(first, last)
