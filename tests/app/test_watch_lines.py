from __future__ import annotations

import signal
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from levdesk.app.watch_command import _heeding, _Stopped, _StopSign
from levdesk.app.watch_facts import local_moment
from levdesk.app.watch_lines import LOOK_BACK_MS, PriceLines
from levdesk.domain.instruments import LeveragedToken, TokenKey
from levdesk.domain.market import Candle, NavSource, TokenQuote
from levdesk.domain.transactions import Transaction, TransactionDraft, TransactionType
from levdesk.io.market_store import MarketFile
from levdesk.io.paths import locate
from levdesk.io.writer import Writer
from levdesk.services.history_sources import HistorySources
from tests.io.ledgers import NOON_MS, StoppedClock

HOUR_MS = 3_600_000
KEY = TokenKey("gate", "DOGE3S")
TOKEN = LeveragedToken(key=KEY, underlying="DOGE", target_leverage=Decimal(-3))
PERPETUAL = ("gate", "DOGE_USDT")
SOURCES = HistorySources("DOGE3S_USDT", PERPETUAL)


@pytest.fixture
def market(tmp_path: Path) -> Iterator[MarketFile]:
    paths, clock = locate(tmp_path), StoppedClock()
    paths.create()
    with Writer(paths, clock) as writer:
        yield MarketFile(paths, clock, writer)


def bar(ts_ms: int, close: float, *, closed: bool = True) -> Candle:
    return Candle(ts_ms=ts_ms, open=close, high=close, low=close, close=close, volume=0.0, closed=closed)


def row(id_: int, time_ms: int, kind: TransactionType, quantity: str) -> Transaction:
    draft = TransactionDraft(time_ms=time_ms, type=kind, key=KEY, quantity=Decimal(quantity), price=None)
    return Transaction(id=id_, portfolio_id=1, draft=draft)


def quote(price: str, ts_ms: int, underlying: str = "0.4") -> TokenQuote:
    return TokenQuote(
        key=KEY,
        last=Decimal(price),
        price_ts_ms=ts_ms,
        underlying_price=Decimal(underlying),
        underlying_ts_ms=ts_ms,
    )


def test_an_underlying_has_its_stored_bars_where_they_ended_and_the_prices_met(market: MarketFile) -> None:
    lines = PriceLines(market)
    market.save_candles(*PERPETUAL, 60, [bar(NOON_MS - 120_000, 0.41), bar(NOON_MS - 60_000, 0.9, closed=False)])
    old_ms = NOON_MS - LOOK_BACK_MS - 2 * HOUR_MS
    market.save_candles(*PERPETUAL, 3600, [bar(NOON_MS - HOUR_MS, 0.42), bar(old_ms, 0.1)]).result(20)
    lines.read_underlying("DOGE", PERPETUAL, NOON_MS)
    lines.note({KEY: quote("1", NOON_MS + 5)}, [TOKEN])
    line = lines.underlyings(NOON_MS + 5)["DOGE"]
    assert list(zip(line.ts_ms, line.prices, strict=True)) == [
        (NOON_MS - 60_000, 0.41),
        (NOON_MS, 0.42),
        (NOON_MS + 5, 0.4),
    ]
    assert lines.underlyings(NOON_MS + 2 * LOOK_BACK_MS) == {}


def test_a_token_is_told_in_the_units_of_today(market: MarketFile) -> None:
    lines = PriceLines(market)
    days = [NOON_MS + day * 24 * HOUR_MS for day in range(3)]
    market.save_candles("gate", SOURCES.pair, 3600, [bar(day - HOUR_MS, 0.5 * 100**n) for n, day in enumerate(days)])
    market.save_candles("gate", SOURCES.pair, 3600, []).result(20)
    rows = [
        row(1, days[0] - 2 * HOUR_MS, TransactionType.BUY, "1000"),
        row(2, days[1] - HOUR_MS, TransactionType.MERGE, "100"),
        row(3, days[2] - HOUR_MS, TransactionType.MERGE, "100"),
    ]
    lines.read_token(TOKEN, SOURCES, rows, days[2])
    assert list(lines.tokens()[KEY].prices) == [5000.0, 5000.0, 5000.0]
    assert list(lines.tokens()[KEY].ts_ms) == days


def test_without_bars_the_recorded_nav_stands_in(market: MarketFile) -> None:
    nav = TokenQuote(key=KEY, nav=Decimal("2.5"), nav_ts_ms=NOON_MS, nav_source=NavSource.VENUE)
    market.record_nav([nav]).result(20)
    lines = PriceLines(market)
    lines.read_token(TOKEN, SOURCES, [row(1, NOON_MS - 5, TransactionType.BUY, "1")], NOON_MS + 5)
    assert list(lines.tokens()[KEY].prices) == [2.5]
    lines.read_token(TOKEN, SOURCES, [], NOON_MS + 5)


def test_only_a_new_high_makes_a_new_line(market: MarketFile) -> None:
    """What rests on the line is worked out anew when it is another object."""
    lines = PriceLines(market)
    lines.note({KEY: quote("2", NOON_MS)}, [TOKEN])
    first = lines.tokens()[KEY]
    lines.note({KEY: quote("1.9", NOON_MS + 1)}, [TOKEN])
    assert lines.tokens()[KEY] is first
    lines.note({KEY: quote("2.1", NOON_MS + 2)}, [TOKEN])
    assert list(lines.tokens()[KEY].prices) == [2.0, 2.1]
    lines.note({}, [TOKEN])


def test_the_wall_clock_is_that_of_this_computer(monkeypatch: pytest.MonkeyPatch) -> None:
    moment = local_moment(NOON_MS)
    assert 0 <= moment.minute < 1440
    later = local_moment(NOON_MS + 24 * HOUR_MS)
    assert later.weekday == (moment.weekday + 1) % 7


# ------------------------------------------------------------------------------------------------------- being stopped


def test_a_fetch_is_left_at_once_and_anything_else_is_finished() -> None:
    stop = _StopSign()
    with pytest.raises(_Stopped), stop.breaking():
        stop(signal.SIGTERM, None)
    assert stop.event.is_set()
    stop(signal.SIGTERM, None)
    with pytest.raises(_Stopped), stop.breaking():
        pytest.fail("nothing new is begun")


def test_signals_do_afterwards_what_they_did_before() -> None:
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    stop = _StopSign()
    with _heeding(stop):
        signal.raise_signal(signal.SIGTERM)
        assert stop.event.is_set()
    assert (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)) == before
