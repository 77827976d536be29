"""Binance's own dialect of perpetuals and streams, beyond what every venue keeps."""

from __future__ import annotations

import json
from decimal import Decimal
from itertools import pairwise
from math import isnan
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from levdesk.domain.errors import VenueBusy, VenueError, VenueRefused
from levdesk.domain.market import FundingPoint, UnderlyingQuote
from levdesk.venues.binance import Binance
from levdesk.venues.contract import CandleQuery, Reply, Request
from levdesk.venues.streams import StreamNews
from tests.venues.contract_suite import HOUR_MS, NOW_MS, ContractSuite, StreamingVenue, VenueSamples, reply
from tests.venues.samples import binance as samples

BINANCE = Binance()
BTC = frozenset({"BTCUSDT"})
DAY_MS = 24 * HOUR_MS

HEARD = UnderlyingQuote(
    venue="binance",
    instrument="BTCUSDT",
    ts_ms=1_562_305_380_000,
    mark=Decimal("11794.15000000"),
    index=Decimal("11784.62659091"),
    funding_rate=Decimal("0.00038167"),
    next_funding_ms=1_562_306_400_000,
)


class TestBinanceKeepsTheContract(ContractSuite):
    venue: ClassVar[StreamingVenue] = BINANCE
    samples: ClassVar[VenueSamples] = VenueSamples(
        server_time=(samples.SERVER_TIME,),
        underlying_quotes=(samples.PREMIUM_INDEX_LIST, samples.PREMIUM_INDEX, samples.FUNDING_INFO),
        underlying_candles=(samples.MARK_KLINES, samples.KLINES),
        funding_history=(samples.FUNDING_RATE,),
        perpetual="BTCUSDT",
        refusals=samples.ERRORS,
        busy=((418, samples.BANNED), (418, b""), (429, samples.TOO_MANY), (400, samples.TOO_MANY)),
        stream_messages=(
            (samples.MARK_PRICE, StreamNews(underlyings=(HEARD,), sent_ms=1_562_305_380_000)),
            (samples.SUBSCRIBED, StreamNews()),
        ),
        stream_refusals=((samples.SUBSCRIPTION_REFUSED, ("",)),),
        stream_garbled=("[1]", "null", "7"),
        most_topics_per_socket=200,
        least_message_gap_ms=100,
        longest_life_s=86_400,
    )


def query_of(request: Request) -> dict[str, str]:
    return dict(request.query)


def perpetuals(*rows: dict[str, Any]) -> Reply:
    return reply(json.dumps(rows).encode())


# -- requests ----------------------------------------------------------------------------------------------------


def test_all_perpetuals_are_one_call_and_their_intervals_another() -> None:
    marks, intervals = BINANCE.underlying_quotes(frozenset({"BTCUSDT", "ETHUSDT"}))
    assert (marks.url, marks.query, marks.weight) == ("https://fapi.binance.com/fapi/v1/premiumIndex", (), 10)
    assert (intervals.url, intervals.query) == ("https://fapi.binance.com/fapi/v1/fundingInfo", ())


def test_funding_keeps_to_its_own_limit_by_its_price() -> None:
    (page,) = BINANCE.funding_history("BTCUSDT", NOW_MS - DAY_MS, NOW_MS)
    _, intervals = BINANCE.underlying_quotes(BTC)
    limit = BINANCE.rate_limit
    for request in (page, intervals):
        assert limit.requests / request.weight * (300 / limit.period_s) <= 500


@pytest.mark.parametrize(("bars", "weight"), [(1, 1), (99, 1), (100, 2), (499, 2), (500, 5), (1000, 5), (1001, 10)])
def test_a_page_costs_what_its_length_costs(bars: int, weight: int) -> None:
    start_ms = NOW_MS // HOUR_MS * HOUR_MS
    end_ms = start_ms + (bars - 1) * HOUR_MS
    query = CandleQuery(instrument="BTCUSDT", interval_s=3600, start_ms=start_ms, end_ms=end_ms)
    (page,) = BINANCE.underlying_candles(query)
    assert (query_of(page)["limit"], page.weight) == (str(bars), weight)
    assert query_of(page)["interval"] == "1h"
    assert page.url.endswith("/fapi/v1/markPriceKlines")


@given(
    start=st.integers(min_value=0, max_value=3000 * HOUR_MS),
    length=st.integers(min_value=0, max_value=5000 * HOUR_MS),
    interval_s=st.sampled_from(BINANCE.candle_intervals_s[2:]),
)
def test_pages_cover_every_bar_once(start: int, length: int, interval_s: int) -> None:
    first_ms, step_ms = NOW_MS + start, interval_s * 1000
    query = CandleQuery(instrument="BTCUSDT", interval_s=interval_s, start_ms=first_ms, end_ms=first_ms + length)
    pages = [query_of(request) for request in BINANCE.underlying_candles(query)]
    asked = [range(int(page["startTime"]), int(page["endTime"]) + 1, step_ms) for page in pages]
    assert [len(page) for page in asked] == [int(page["limit"]) for page in pages]
    assert all(len(page) <= 1500 for page in asked)
    covered = [ms for page in asked for ms in page]
    assert covered == list(range(-(-first_ms // step_ms) * step_ms, first_ms + length + 1, step_ms))


def test_funding_pages_join_and_never_overflow() -> None:
    pages = [query_of(page) for page in BINANCE.funding_history("BTCUSDT", NOW_MS - 100 * DAY_MS + 7, NOW_MS)]
    assert int(pages[0]["startTime"]) == NOW_MS - 100 * DAY_MS + 7
    assert int(pages[-1]["endTime"]) == NOW_MS
    for page, after in pairwise(pages):
        assert int(after["startTime"]) == int(page["endTime"]) + 1
    for page in pages:
        hourly = (int(page["endTime"]) - int(page["startTime"])) // HOUR_MS + 1
        assert hourly <= int(page["limit"]) == 1000


# -- perpetuals --------------------------------------------------------------------------------------------------


def test_a_perpetual_gives_mark_index_and_funding_at_its_own_time() -> None:
    (quote,) = BINANCE.parse_underlying_quotes(reply(samples.PREMIUM_INDEX), BTC).values
    assert (quote.mark, quote.index, quote.last) == (Decimal("11793.63104562"), Decimal("11781.80495970"), None)
    assert (quote.funding_rate, quote.next_funding_ms) == (Decimal("0.00038246"), 1_597_392_000_000)
    assert quote.ts_ms == 1_597_370_495_002
    assert quote.funding_interval_s is None


def test_a_dated_future_pays_no_funding() -> None:
    asked = frozenset({"BTCUSDT_261225"})
    parsed = BINANCE.parse_underlying_quotes(reply(samples.PREMIUM_INDEX_LIST), asked)
    (quote,) = parsed.values
    assert (quote.funding_rate, quote.next_funding_ms, parsed.problems) == (None, None, ())


def test_a_perpetual_without_an_interval_of_its_own_settles_every_eight_hours() -> None:
    body = perpetuals(
        {"symbol": "BLZUSDT", "fundingIntervalHours": 4}, {"symbol": "XYZUSDT", "fundingIntervalHours": 1}
    )
    parsed = BINANCE.parse_underlying_quotes(body, frozenset({"BTCUSDT", "BLZUSDT"}))
    assert {quote.instrument: quote.funding_interval_s for quote in parsed.values} == {
        "BLZUSDT": 14_400,
        "BTCUSDT": 28_800,
    }
    assert all((quote.mark, quote.funding_rate) == (None, None) for quote in parsed.values)
    assert parsed.problems == ()


@pytest.mark.parametrize("hours", ["soon", -1, 0.5, 1000])
def test_an_interval_that_cannot_be_is_not_taken_for_the_usual_one(hours: object) -> None:
    parsed = BINANCE.parse_underlying_quotes(perpetuals({"symbol": "BTCUSDT", "fundingIntervalHours": hours}), BTC)
    assert parsed.values == ()
    assert [problem.code for problem in parsed.problems] == ["funding_rejected"]


@pytest.mark.parametrize(
    ("field", "bad", "code"),
    [
        ("markPrice", "NaN", "price_rejected"),
        ("markPrice", "0", "price_rejected"),
        ("indexPrice", "-1", "price_rejected"),
        ("indexPrice", "1e13", "price_rejected"),
        ("lastFundingRate", "2", "funding_rejected"),
        ("nextFundingTime", 5, "time_rejected"),
        ("nextFundingTime", NOW_MS + 8 * DAY_MS, "time_rejected"),
    ],
)
def test_a_bad_figure_is_rejected_by_name_and_the_rest_stays(field: str, bad: object, code: str) -> None:
    row = {**json.loads(samples.PREMIUM_INDEX), field: bad}
    parsed = BINANCE.parse_underlying_quotes(perpetuals(row), BTC)
    (quote,) = parsed.values
    parts = {
        "markPrice": quote.mark,
        "indexPrice": quote.index,
        "lastFundingRate": quote.funding_rate,
        "nextFundingTime": quote.next_funding_ms,
    }
    assert parts.pop(field) is None
    assert None not in parts.values()
    assert [(problem.code, problem.source) for problem in parsed.problems] == [(code, "binance:BTCUSDT")]


@pytest.mark.parametrize("time", [None, 0, "soon", NOW_MS + 2 * DAY_MS])
def test_a_time_that_cannot_be_is_replaced_by_our_own_clock(time: object) -> None:
    (quote,) = BINANCE.parse_underlying_quotes(perpetuals({"symbol": "BTCUSDT", "markPrice": "1", "time": time})).values
    assert quote.ts_ms == NOW_MS


def test_one_bad_row_in_a_good_list_is_a_problem() -> None:
    parsed = BINANCE.parse_underlying_quotes(reply(b"[7, {}, " + samples.PREMIUM_INDEX + b"]"))
    assert [quote.instrument for quote in parsed.values] == ["BTCUSDT"]
    assert [problem.code for problem in parsed.problems] == ["row_unreadable"] * 2


def test_settlements_come_out_once_each_and_oldest_first() -> None:
    rows = [{"fundingTime": 1_698_768_000_000 + hours * HOUR_MS, "fundingRate": "-1e-4"} for hours in (8, 0, 8)]
    parsed = BINANCE.parse_funding_history(perpetuals(*rows, {"fundingTime": 1_698_768_000_000, "fundingRate": "x"}))
    assert parsed.values == (FundingPoint(1_698_768_000_000, -0.0001), FundingPoint(1_698_796_800_000, -0.0001))
    assert [problem.code for problem in parsed.problems] == ["funding_rejected"]


# -- bars --------------------------------------------------------------------------------------------------------


def test_a_mark_price_bar_has_no_volume_and_is_closed_after_its_close_time() -> None:
    (bar,) = BINANCE.parse_underlying_candles(reply(samples.MARK_KLINES)).values
    assert bar.ts_ms == 1_591_256_460_000
    assert (bar.open, bar.high, bar.low, bar.close) == (9653.29201333, 9654.56401333, 9653.07367333, 9653.07367333)
    assert isnan(bar.volume)
    assert bar.closed


def test_the_bar_of_this_minute_still_grows() -> None:
    start_ms = NOW_MS // 60_000 * 60_000
    rows = [[start_ms + at, "1", "1", "1", "1", "0", start_ms + at + 59_999] for at in (-60_000, 0)]
    parsed = BINANCE.parse_underlying_candles(reply(json.dumps(rows).encode()))
    assert [bar.closed for bar in parsed.values] == [True, False]


@pytest.mark.parametrize(
    "row",
    [
        [1_591_256_460_000, "1", "1", "1", "1", "0"],
        [1_591_256_460, "1", "1", "1", "1", "0", 1_591_256_519_999],
        [1_591_256_460_001, "1", "1", "1", "1", "0", 1_591_256_519_999],
        [1_591_256_460_000, "1", "0.5", "1", "1", "0", 1_591_256_519_999],
        [1_591_256_460_000, "1", "1", "1", "1", "0", 1_591_256_400_000],
        {},
    ],
)
def test_a_bad_bar_is_left_out_and_named(row: object) -> None:
    good = [1_591_256_520_000, "1", "1", "1", "1", "0", 1_591_256_579_999]
    parsed = BINANCE.parse_underlying_candles(reply(json.dumps([row, good]).encode()))
    assert [bar.ts_ms for bar in parsed.values] == [1_591_256_520_000]
    assert [problem.code for problem in parsed.problems] == ["candle_rejected"]


def test_nothing_in_a_stretch_is_an_answer() -> None:
    assert BINANCE.parse_underlying_candles(reply(b"[]")).values == ()
    assert BINANCE.parse_funding_history(reply(b"[]")).values == ()


# -- refusals ----------------------------------------------------------------------------------------------------


def test_an_unknown_symbol_is_refused_with_its_label_and_a_way_out() -> None:
    with pytest.raises(VenueRefused) as caught:
        BINANCE.parse_underlying_candles(reply(samples.INVALID_SYMBOL, 400))
    assert caught.value.label == "-1121"
    assert "Invalid symbol" in caught.value.message
    assert "definition" in caught.value.hint


@pytest.mark.parametrize(
    ("body", "headers", "wait_s"),
    [
        (b"", {}, 120),
        (b"", {"Retry_After": "7"}, 7),
        (samples.BANNED, {}, 90),
        (samples.BANNED, {"Retry_After": "40"}, 40),
        (b"", {"Retry_After": "86400"}, 86_400),
        (b"", {"Retry_After": "99999999"}, 3 * 86_400),
    ],
)
def test_a_ban_is_waited_out_as_long_as_it_lasts(body: bytes, headers: dict[str, str], wait_s: float) -> None:
    with pytest.raises(VenueBusy) as caught:
        BINANCE.parse_underlying_quotes(reply(body, 418, **headers))
    assert caught.value.retry_after_s == wait_s
    assert "418" in caught.value.message


@pytest.mark.parametrize(("status", "words"), [(403, "mirror"), (451, "mirror"), (429, "pause"), (502, "by itself")])
def test_a_refusal_without_words_still_says_what_to_do(status: int, words: str) -> None:
    with pytest.raises(VenueError) as caught:
        BINANCE.parse_underlying_quotes(reply(b"<html>Access denied</html>", status))
    assert words in caught.value.hint


def test_binance_is_asked_for_no_tokens() -> None:
    assert not {kind for kind in BINANCE.serves if kind.value.startswith("token")}
