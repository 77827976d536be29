from __future__ import annotations

import math
import threading
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from levdesk.domain.errors import Bug
from levdesk.domain.instruments import LeveragedToken, TokenKey
from levdesk.domain.market import Candle, FundingPoint, NavSource, QuoteSource, TokenQuote
from levdesk.domain.observed import ObservedRebalance
from levdesk.io.market_store import MarketFile
from levdesk.io.paths import Paths
from levdesk.io.writer import Writer
from levdesk.services.ports import MarketStore
from tests.io.conftest import Told
from tests.io.ledgers import BTC3L, ETH3S, NOON_MS, StoppedClock, amounts, signed, times_ms, token, tokens

WAIT_S = 20
FULL = TokenQuote(
    key=BTC3L,
    last=Decimal("2.4614"),
    bid=Decimal("2.4600"),
    ask=Decimal("2.47"),
    price_ts_ms=NOON_MS,
    price_source=QuoteSource.MANUAL,
    nav=Decimal("2.45999999999999999999"),
    nav_source=NavSource.VENUE,
    nav_ts_ms=NOON_MS + 1,
    effective_leverage=Decimal("-3.14"),
    leverage_ts_ms=NOON_MS + 2,
    rebalance_nav=Decimal("2.2"),
    rebalance_ms=NOON_MS + 3,
    underlying_price=Decimal(74540),
    underlying_ts_ms=NOON_MS + 4,
)


def test_the_door_fits_its_port(market: MarketFile) -> None:
    port: MarketStore = market
    assert port.read_quotes() == ()


def test_everything_is_empty_before_there_is_a_file(bare_paths: Paths, clock: StoppedClock, writer: Writer) -> None:
    bare_paths.market_db.unlink(missing_ok=True)
    bare_paths.levdesk_db.unlink(missing_ok=True)
    market = MarketFile(bare_paths, clock, writer)
    assert market.read_quotes() == ()
    assert market.read_catalogue() == ()
    assert market.read_candles("gate", "BTC_USDT", 60, 0, 9) == []
    assert market.read_funding("gate", "BTC_USDT", 0, 9) == []
    assert market.read_nav_history(BTC3L, 0, 9) == []
    assert market.read_snapshot("view") is None
    assert list(bare_paths.data_dir.glob("*.db")) == []


quotes = st.builds(
    TokenQuote,
    key=st.sampled_from([BTC3L, ETH3S]),
    last=amounts,
    bid=st.none() | amounts,
    ask=st.none() | amounts,
    price_ts_ms=st.none() | times_ms,
    price_source=st.sampled_from(QuoteSource),
    nav=amounts,
    nav_source=st.none() | st.sampled_from(NavSource),
    nav_ts_ms=st.none() | times_ms,
    effective_leverage=signed,
    leverage_ts_ms=st.none() | times_ms,
    rebalance_nav=amounts,
    rebalance_ms=st.none() | times_ms,
    underlying_price=amounts,
    underlying_ts_ms=st.none() | times_ms,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(quote=quotes)
def test_a_whole_quote_replaces_the_one_before_to_the_last_digit(market: MarketFile, quote: TokenQuote) -> None:
    market.save_quotes([quote]).result(WAIT_S)
    assert quote in market.read_quotes()


@pytest.mark.parametrize(
    ("news", "expected"),
    [
        (TokenQuote(key=BTC3L), FULL),
        (
            TokenQuote(key=BTC3L, last=Decimal(3), price_ts_ms=9),
            replace(FULL, last=Decimal(3), bid=None, ask=None, price_ts_ms=9, price_source=QuoteSource.VENUE),
        ),
        (TokenQuote(key=BTC3L, bid=Decimal(1), ask=Decimal(2), price_ts_ms=9), FULL),
        (
            TokenQuote(key=BTC3L, nav=Decimal(5), nav_source=NavSource.MANUAL, nav_ts_ms=9),
            replace(FULL, nav=Decimal(5), nav_source=NavSource.MANUAL, nav_ts_ms=9),
        ),
        (TokenQuote(key=BTC3L, nav_ts_ms=9, nav_source=NavSource.ESTIMATE, leverage_ts_ms=9), FULL),
        (
            TokenQuote(key=BTC3L, effective_leverage=Decimal(-2), leverage_ts_ms=9),
            replace(FULL, effective_leverage=Decimal(-2), leverage_ts_ms=9),
        ),
        (TokenQuote(key=BTC3L, rebalance_ms=9), replace(FULL, rebalance_nav=None, rebalance_ms=9)),
        (
            TokenQuote(key=BTC3L, underlying_price=Decimal(1)),
            replace(FULL, underlying_price=Decimal(1), underlying_ts_ms=None),
        ),
    ],
)
def test_only_the_parts_that_came_are_replaced(market: MarketFile, news: TokenQuote, expected: TokenQuote) -> None:
    market.save_quotes([FULL]).result(WAIT_S)
    market.save_quotes([news]).result(WAIT_S)
    assert market.read_quotes() == (expected,)


def test_offers_are_kept_while_no_trade_is_known(market: MarketFile) -> None:
    offers = TokenQuote(key=BTC3L, bid=Decimal(1), price_ts_ms=5)
    better = TokenQuote(key=BTC3L, bid=Decimal(2), ask=Decimal(3), price_ts_ms=6)
    market.save_quotes([offers, better]).result(WAIT_S)
    assert market.read_quotes() == (better,)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=20)
@given(listed=st.lists(tokens, max_size=3, unique_by=lambda token: token.key))
def test_a_venues_list_is_replaced_as_a_whole(market: MarketFile, listed: list[LeveragedToken]) -> None:
    here = [token._replace(key=TokenKey("gate", token.key.symbol)) for token in listed]
    here = list({token.key: token for token in here}.values())
    elsewhere = token(TokenKey("mexc", BTC3L.symbol))
    market.save_catalogue("mexc", [elsewhere])
    market.save_catalogue("gate", [token(), token(ETH3S)])
    market.save_catalogue("gate", here).result(WAIT_S)
    assert set(market.read_catalogue()) == {elsewhere, *here}


def test_candles_come_back_in_order_and_grow(market: MarketFile) -> None:
    bars = [Candle(ts_ms, 1.0, 2.5, 0.1, float(ts_ms), 7.0) for ts_ms in (180_000, 60_000, 120_000)]
    market.save_candles("gate", "BTC_USDT", 60, bars)
    growing = Candle(240_000, 1.0, 1.0, 1.0, 1.0, 0.5, closed=False)
    market.save_candles("gate", "BTC_USDT", 60, [growing])
    grown = replace(growing, high=3.0, volume=9.0, closed=True)
    market.save_candles("gate", "BTC_USDT", 60, [grown]).result(WAIT_S)
    market.save_candles("gate", "BTC_USDT", 3600, [growing])
    market.save_candles("mexc", "BTC_USDT", 60, [growing]).result(WAIT_S)
    assert market.read_candles("gate", "BTC_USDT", 60, 60_000, 240_000) == [bars[1], bars[2], bars[0], grown]
    assert market.read_candles("gate", "BTC_USDT", 60, 60_001, 239_999) == [bars[2], bars[0]]


def test_an_unknown_volume_stays_unknown(market: MarketFile) -> None:
    market.save_candles("gate", "BTC_USDT", 60, [Candle(1, 1.0, 1.0, 1.0, 1.0, math.nan)]).result(WAIT_S)
    (bar,) = market.read_candles("gate", "BTC_USDT", 60, 0, 9)
    assert math.isnan(bar.volume)


def test_a_price_that_is_no_number_is_not_stored(market: MarketFile, told: Told) -> None:
    bad = Candle(1, math.nan, 1.0, 1.0, 1.0, 1.0)
    with pytest.raises(Bug, match="NOT NULL"):
        market.save_candles("gate", "BTC_USDT", 60, [bad]).result(WAIT_S)
    assert market.read_candles("gate", "BTC_USDT", 60, 0, 9) == []
    assert len(told.failures) == 1


def test_funding_comes_back_in_order(market: MarketFile) -> None:
    points = [FundingPoint(28_800_000, -0.0001), FundingPoint(0, 0.000034)]
    market.save_funding("gate", "BTC_USDT", points)
    market.save_funding("gate", "BTC_USDT", [FundingPoint(0, 0.5)]).result(WAIT_S)
    assert market.read_funding("gate", "BTC_USDT", 0, 28_800_000) == [FundingPoint(0, 0.5), points[0]]
    assert market.read_funding("gate", "ETH_USDT", 0, 28_800_000) == []


# --------------------------------------------------------------------------------------------------- NAV, snapshot


def nav(text: str, ts_ms: int, source: NavSource | None = NavSource.VENUE) -> TokenQuote:
    return TokenQuote(key=BTC3L, nav=Decimal(text), nav_ts_ms=ts_ms, nav_source=source)


def test_nav_is_recorded_in_the_precious_file_without_repeats(market: MarketFile, paths: Paths) -> None:
    market.record_nav([nav("2.5", 1), nav("2.5", 2), nav("2.50", 3)])
    market.record_nav([nav("2.6", 4)])
    market.record_nav([nav("2.6", 5), nav("2.5", 6, NavSource.MANUAL)]).result(WAIT_S)
    paths.market_db.unlink()
    assert market.read_nav_history(BTC3L, 0, 9) == [(1, 2.5), (3, 2.5), (4, 2.6), (6, 2.5)]
    assert market.read_nav_history(BTC3L, 2, 4) == [(3, 2.5), (4, 2.6)]
    assert market.read_nav_history(ETH3S, 0, 9) == []


def test_only_what_a_venue_or_the_person_said_is_recorded(market: MarketFile) -> None:
    unknown = TokenQuote(key=BTC3L, last=Decimal(1), nav_ts_ms=3)
    undated = TokenQuote(key=BTC3L, nav=Decimal(1), nav_source=NavSource.VENUE)
    market.record_nav([nav("1", 1, NavSource.ESTIMATE), nav("2", 2, None), unknown, undated]).result(WAIT_S)
    assert market.read_nav_history(BTC3L, 0, 9) == [(2, 2.0)]


def rebalanced(text: str, ts_ms: int, told_ms: int, source: NavSource = NavSource.VENUE) -> TokenQuote:
    return replace(nav("9", told_ms, source), rebalance_nav=Decimal(text), rebalance_ms=ts_ms)


def test_every_rebalance_told_of_is_kept_with_the_last_moment_it_was_told(market: MarketFile, paths: Paths) -> None:
    market.record_nav([rebalanced("2.50", 10, 12), rebalanced("2.5", 10, 40), rebalanced("2.5", 10, 30)])
    market.record_nav([rebalanced("2.7", 50, 60)]).result(WAIT_S)
    paths.market_db.unlink()
    assert market.read_rebalances(BTC3L, 0, 99) == [
        ObservedRebalance(ts_ms=10, until_ms=40, nav=Decimal("2.5")),
        ObservedRebalance(ts_ms=50, until_ms=60, nav=Decimal("2.7")),
    ]
    assert market.read_rebalances(BTC3L, 11, 99) == [ObservedRebalance(ts_ms=50, until_ms=60, nav=Decimal("2.7"))]
    assert market.read_rebalances(ETH3S, 0, 99) == []


def test_an_estimate_says_nothing_about_until_when_a_rebalance_was_the_last(market: MarketFile) -> None:
    market.record_nav([rebalanced("2.5", 10, 40, NavSource.ESTIMATE)]).result(WAIT_S)
    assert [seen.until_ms for seen in market.read_rebalances(BTC3L, 0, 99)] == [10]


def test_a_snapshot_is_kept_under_its_name(market: MarketFile) -> None:
    market.save_snapshot("view", "{}")
    market.save_snapshot("view", '{"a": "≤"}').result(WAIT_S)
    assert market.read_snapshot("view") == '{"a": "≤"}'
    assert market.read_snapshot("other") is None


# ---------------------------------------------------------------------------------------------------------- damage


@pytest.mark.parametrize("content", [b"<html>", b"SQLite format 3\x00" + b"\x01" * 9000])
def test_a_damaged_market_file_reads_as_empty_and_is_begun_anew(
    market: MarketFile, paths: Paths, writer: Writer, told: Told, content: bytes
) -> None:
    paths.market_db.write_bytes(content)
    assert market.read_quotes() == ()
    market.save_quotes([FULL]).result(WAIT_S)
    assert market.read_quotes() == (FULL,)
    assert [problem.code for problem in told.problems][:1] == ["market_rebuilt"]


def test_a_quote_nobody_can_read_begins_the_file_anew(market: MarketFile, writer: Writer, told: Told) -> None:
    from levdesk.io.writer import StoreFile

    market.save_quotes([FULL])
    writer.submit(StoreFile.MARKET, lambda c: c.execute("UPDATE quotes SET last = 'lots'")).result(WAIT_S)
    assert market.read_quotes() == ()
    writer.flush(WAIT_S)
    assert [problem.code for problem in told.problems] == ["market_rebuilt"]
    market.save_quotes([FULL]).result(WAIT_S)
    assert market.read_quotes() == (FULL,)


def test_any_thread_may_read(market: MarketFile) -> None:
    market.save_quotes([FULL]).result(WAIT_S)
    seen: list[object] = []
    threads = [threading.Thread(target=lambda: seen.append(market.read_quotes())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT_S)
    assert seen == [(FULL,)] * 4
