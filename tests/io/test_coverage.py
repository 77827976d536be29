from __future__ import annotations

from pathlib import Path

import pytest

from levdesk.domain.market import Candle, FundingPoint
from levdesk.io.clock import SystemClock
from levdesk.io.coverage import read_coverage
from levdesk.io.market_store import MarketFile
from levdesk.io.paths import Paths, locate
from levdesk.io.writer import Writer
from levdesk.services.sync_state import LineKey, Span
from levdesk.venues.contract import RequestKind

HOUR_MS = 3_600_000
HOURLY = LineKey("gate", RequestKind.TOKEN_CANDLES, "BTC3L_USDT", 3600)
FUNDING = LineKey("gate", RequestKind.FUNDING_HISTORY, "BTC_USDT")


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    place = locate(tmp_path)
    place.create()
    return place


def store(paths: Paths, hours: list[int], *, growing: int | None = None) -> None:
    with Writer(paths, SystemClock()) as writer:
        market = MarketFile(paths, SystemClock(), writer)
        bars = [Candle(hour * HOUR_MS, 1.0, 1.0, 1.0, 1.0, 1.0, hour != growing) for hour in hours]
        market.save_candles("gate", "BTC3L_USDT", 3600, bars).result(10)
        market.save_funding("gate", "BTC_USDT", [FundingPoint(hour * HOUR_MS, 0.0001) for hour in hours]).result(10)


def test_a_history_without_a_hole_is_covered_from_first_to_last(paths: Paths) -> None:
    store(paths, [1, 2, 3])
    assert read_coverage(paths, [HOURLY]) == {HOURLY: Span(HOUR_MS, 3 * HOUR_MS)}


def test_only_the_newest_stretch_counts_when_there_is_a_hole(paths: Paths) -> None:
    store(paths, [1, 2, 5, 6, 7])
    assert read_coverage(paths, [HOURLY]) == {HOURLY: Span(5 * HOUR_MS, 7 * HOUR_MS)}


def test_a_bar_that_still_grows_is_not_stored_history(paths: Paths) -> None:
    store(paths, [1, 2, 3], growing=3)
    assert read_coverage(paths, [HOURLY]) == {HOURLY: Span(HOUR_MS, 2 * HOUR_MS)}


def test_settlements_up_to_eight_hours_apart_leave_no_hole(paths: Paths) -> None:
    store(paths, [0, 8, 16, 32, 40])
    assert read_coverage(paths, [FUNDING]) == {FUNDING: Span(32 * HOUR_MS, 40 * HOUR_MS)}


def test_what_was_never_stored_is_not_covered(paths: Paths) -> None:
    assert read_coverage(paths, [HOURLY, FUNDING]) == {}
    store(paths, [1])
    other = LineKey("gate", RequestKind.TOKEN_CANDLES, "BTC3L_USDT", 300)
    assert read_coverage(paths, [other]) == {}


def test_a_broken_market_file_covers_nothing(paths: Paths) -> None:
    paths.market_db.write_bytes(b"not a database" * 100)
    assert read_coverage(paths, [HOURLY]) == {}
