"""Gate's announcements: a delisting is announced a week ahead, and there is always something else to read."""

from __future__ import annotations

from typing import Final

from levdesk.simulator.dialect import Call, Json
from levdesk.simulator.market import Market
from levdesk.simulator.paths import DAY_MS

_AHEAD_MS: Final = 7 * DAY_MS
_MOST: Final = 50


def articles(market: Market, call: Call) -> Json:
    """`POST /ann/list_article`: the newest first; what the body asks for is not looked at."""
    gone = [(pair.delisted_ms - _AHEAD_MS, pair) for pair in market.pairs if pair.delisted_ms is not None]
    said = [(ms, f"Gate Will Delist {pair.spec.base} on Short Notice") for ms, pair in gone if ms <= call.now_ms]
    today_ms = call.now_ms // DAY_MS * DAY_MS
    told = [(today_ms, "Gate Daily Market Review"), *sorted(said, reverse=True)][:_MOST]
    rows: list[Json] = [_row(ts_ms, title) for ts_ms, title in told]
    return {"code": 0, "message": "success", "version": "1", "data": {"total": len(rows), "list": rows}}


def _row(ts_ms: int, title: str) -> Json:
    number = ts_ms // 1000 % 10**8
    return {
        "id": number,
        "title": title,
        "brief": "",
        "release_timestamp": str(ts_ms // 1000),
        "created_t": ts_ms // 1000,
        "tags": "",
        "url": f"/announcements/article/{number}",
    }
