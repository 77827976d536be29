"""Bybit's own dialect of perpetuals, beyond what every venue keeps."""

from __future__ import annotations

import json
from decimal import Decimal
from itertools import pairwise
from math import isnan
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from levdesk.domain.errors import VenueBusy, VenueError, VenueGarbled, VenueRefused
from levdesk.domain.market import FundingPoint, UnderlyingQuote
from levdesk.venues.bybit import Bybit
from levdesk.venues.contract import CandleQuery, Reply, Request
from levdesk.venues.streams import StreamNews
from tests.venues.contract_suite import HOUR_MS, NOW_MS, ContractSuite, StreamingVenue, VenueSamples, reply
from tests.venues.samples import bybit as samples

BYBIT = Bybit()
BTC = frozenset({"BTCUSDT"})
DAY_MS = 24 * HOUR_MS

SNAPSHOT = UnderlyingQuote(
    venue="bybit",
    instrument="BTCUSDT",
    ts_ms=1_760_325_052_630,
    mark=Decimal("66666.60"),
    index=Decimal("115418.19"),
    last=Decimal("66666.60"),
    funding_rate=Decimal("-0.005"),
    funding_interval_s=28_800,
    next_funding_ms=1_760_342_400_000,
)
DELTA = UnderlyingQuote(venue="bybit", instrument="BTCUSDT", ts_ms=1_760_325_052_730, mark=Decimal("66667.10"))


class TestBybitKeepsTheContract(ContractSuite):
    venue: ClassVar[StreamingVenue] = BYBIT
    samples: ClassVar[VenueSamples] = VenueSamples(
        server_time=(samples.SERVER_TIME,),
        underlying_quotes=(samples.LINEAR_TICKERS, samples.INVERSE_TICKERS),
        underlying_candles=(samples.MARK_KLINES, samples.KLINES),
        funding_history=(samples.FUNDING,),
        perpetual="BTCUSDT",
        refusals=samples.ERRORS,
        busy=(
            (200, samples.TOO_MANY_VISITS),
            (200, samples.SERVER_ERROR),
            (403, samples.TOO_FREQUENT),
            (429, samples.TOO_MANY_VISITS),
        ),
        headers=("retry-after", "x-bapi-limit-reset-timestamp"),
        stream_messages=(
            (samples.TICKER_SNAPSHOT, StreamNews(underlyings=(SNAPSHOT,), sent_ms=SNAPSHOT.ts_ms)),
            (samples.TICKER_DELTA, StreamNews(underlyings=(DELTA,), sent_ms=DELTA.ts_ms)),
            (samples.PONG, StreamNews()),
            (samples.SUBSCRIBED, StreamNews()),
            (samples.KLINE, StreamNews()),
            (samples.LT_TICKER, StreamNews()),
        ),
        stream_refusals=((samples.ONE_REFUSED, ("NOSUCH",)), (samples.MANY_REFUSED, ())),
        stream_garbled=("[1]", "null", "7"),
        ping_text='{"req_id":"1790000000000","op":"ping"}',
        most_topics_per_socket=300,
        most_topics_per_message=10,
    )


def query_of(request: Request) -> dict[str, str]:
    return dict(request.query)


def answer(*rows: dict[str, Any] | list[Any]) -> Reply:
    return reply(samples.envelope(*(json.dumps(row).encode() for row in rows)))


# -- requests ----------------------------------------------------------------------------------------------------


def test_all_perpetuals_are_one_call() -> None:
    (request,) = BYBIT.underlying_quotes(frozenset({"BTCUSDT", "ETHUSDT"}))
    assert request.url == "https://api.bybit.com/v5/market/tickers"
    assert request.query == (("category", "linear"),)


def test_the_limit_is_shared_by_all_paths() -> None:
    limit = BYBIT.rate_limit
    assert (limit.requests, limit.period_s, limit.per_endpoint) == (600, 5.0, False)


@given(
    start=st.integers(min_value=0, max_value=3000 * HOUR_MS),
    length=st.integers(min_value=0, max_value=5000 * HOUR_MS),
    interval_s=st.sampled_from(BYBIT.candle_intervals_s[2:]),
)
def test_pages_cover_every_bar_once(start: int, length: int, interval_s: int) -> None:
    first_ms, step_ms = NOW_MS + start, interval_s * 1000
    query = CandleQuery(instrument="BTCUSDT", interval_s=interval_s, start_ms=first_ms, end_ms=first_ms + length)
    pages = [query_of(request) for request in BYBIT.underlying_candles(query)]
    asked = [range(int(page["start"]), int(page["end"]) + 1, step_ms) for page in pages]
    assert [len(page) for page in asked] == [int(page["limit"]) for page in pages]
    assert all(len(page) <= 1000 for page in asked)
    covered = [ms for page in asked for ms in page]
    assert covered == list(range(-(-first_ms // step_ms) * step_ms, first_ms + length + 1, step_ms))


@pytest.mark.parametrize(("interval_s", "name"), [(60, "1"), (3600, "60"), (43_200, "720"), (86_400, "D")])
def test_bar_lengths_are_named_in_minutes_or_by_letter(interval_s: int, name: str) -> None:
    query = CandleQuery(instrument="BTCUSDT", interval_s=interval_s, start_ms=NOW_MS - 2 * DAY_MS, end_ms=NOW_MS)
    for page in BYBIT.underlying_candles(query):
        assert query_of(page)["interval"] == name
        assert page.url.endswith("/v5/market/mark-price-kline")


def test_funding_pages_name_both_ends_join_and_never_overflow() -> None:
    pages = [query_of(page) for page in BYBIT.funding_history("BTCUSDT", NOW_MS - 30 * DAY_MS + 7, NOW_MS)]
    assert int(pages[0]["startTime"]) == NOW_MS - 30 * DAY_MS + 7
    assert int(pages[-1]["endTime"]) == NOW_MS
    for page, after in pairwise(pages):
        assert int(after["startTime"]) == int(page["endTime"]) + 1
    for page in pages:
        hourly = (int(page["endTime"]) - int(page["startTime"])) // HOUR_MS + 1
        assert hourly <= int(page["limit"]) == 200


# -- perpetuals --------------------------------------------------------------------------------------------------


def test_a_ticker_gives_mark_index_last_and_funding_at_the_envelopes_time() -> None:
    (quote,) = BYBIT.parse_underlying_quotes(reply(samples.INVERSE_TICKERS)).values
    assert (quote.mark, quote.index, quote.last) == (Decimal("114898.43"), Decimal("114890.92"), Decimal("120635.50"))
    assert (quote.funding_rate, quote.funding_interval_s) == (Decimal("0.0001"), 28_800)
    assert (quote.next_funding_ms, quote.ts_ms) == (1_760_371_200_000, 1_760_352_369_814)


def test_an_older_ticker_does_not_tell_the_interval() -> None:
    (quote,) = BYBIT.parse_underlying_quotes(reply(samples.LINEAR_TICKERS), BTC).values
    assert (quote.funding_rate, quote.funding_interval_s) == (Decimal("-0.00046295"), None)


def test_a_dated_future_pays_no_funding() -> None:
    parsed = BYBIT.parse_underlying_quotes(reply(samples.LINEAR_TICKERS), frozenset({"BTC-26DEC25"}))
    (quote,) = parsed.values
    assert (quote.mark, quote.funding_rate, quote.next_funding_ms) == (Decimal(52010), None, None)
    assert parsed.problems == ()


@pytest.mark.parametrize(
    ("field", "bad", "code"),
    [
        ("markPrice", "NaN", "price_rejected"),
        ("markPrice", "0", "price_rejected"),
        ("indexPrice", "-1", "price_rejected"),
        ("lastPrice", "1e13", "price_rejected"),
        ("fundingRate", "2", "funding_rejected"),
        ("fundingIntervalHour", "0.5", "funding_rejected"),
        ("nextFundingTime", "5", "time_rejected"),
    ],
)
def test_a_bad_figure_is_rejected_by_name_and_the_rest_stays(field: str, bad: str, code: str) -> None:
    row = {**json.loads(samples.BTC_TICKER), "fundingIntervalHour": "8", field: bad}
    parsed = BYBIT.parse_underlying_quotes(answer(row), BTC)
    (quote,) = parsed.values
    parts = {
        "markPrice": quote.mark,
        "indexPrice": quote.index,
        "lastPrice": quote.last,
        "fundingRate": quote.funding_rate,
        "fundingIntervalHour": quote.funding_interval_s,
        "nextFundingTime": quote.next_funding_ms,
    }
    assert parts.pop(field) is None
    assert None not in parts.values()
    assert [(problem.code, problem.source) for problem in parsed.problems] == [(code, "bybit:BTCUSDT")]


@pytest.mark.parametrize("time", [b"0", b'"soon"', b"null", str(NOW_MS + 2 * DAY_MS).encode()])
def test_a_time_that_cannot_be_is_replaced_by_our_own_clock(time: bytes) -> None:
    (quote,) = BYBIT.parse_underlying_quotes(reply(samples.envelope(samples.BTC_TICKER, time=time))).values
    assert quote.ts_ms == NOW_MS


def test_old_figures_look_old() -> None:
    old_ms = NOW_MS - 40 * DAY_MS
    body = samples.envelope(samples.BTC_TICKER, time=str(old_ms).encode())
    (quote,) = BYBIT.parse_underlying_quotes(reply(body)).values
    assert quote.ts_ms == old_ms


def test_a_spot_ticker_in_the_place_of_a_perpetual_has_no_mark() -> None:
    (quote,) = BYBIT.parse_underlying_quotes(reply(samples.SPOT_TICKERS)).values
    assert (quote.last, quote.mark, quote.index, quote.funding_rate) == (Decimal("20533.13"), None, None, None)


def test_the_answer_to_another_question_is_garbled() -> None:
    for body in (samples.SPOT_BOOK, samples.SERVER_TIME, samples.LT_REFERENCE):
        with pytest.raises(VenueGarbled):
            BYBIT.parse_underlying_quotes(reply(body))


def test_settlements_come_out_once_each_and_oldest_first() -> None:
    rows = [
        {"fundingRate": "-1e-4", "fundingRateTimestamp": str(1_672_041_600_000 + hours * HOUR_MS)}
        for hours in (8, 0, 8)
    ]
    parsed = BYBIT.parse_funding_history(answer(*rows, {"fundingRate": "x", "fundingRateTimestamp": "1672041600000"}))
    assert parsed.values == (FundingPoint(1_672_041_600_000, -0.0001), FundingPoint(1_672_070_400_000, -0.0001))
    assert [problem.code for problem in parsed.problems] == ["funding_rejected"]


def test_bars_are_turned_oldest_first() -> None:
    bars = BYBIT.parse_underlying_candles(reply(samples.KLINES)).values
    assert [bar.ts_ms for bar in bars] == [1_706_630_400_000, 1_706_634_000_000, 1_706_637_600_000]
    assert (bars[0].open, bars[0].high, bars[0].low, bars[0].close, bars[0].volume) == (
        43350.7,
        43492.5,
        43204.5,
        43488.0,
        1341.261,
    )
    assert all(bar.closed for bar in bars)


def test_a_mark_price_bar_has_no_volume() -> None:
    (bar,) = BYBIT.parse_underlying_candles(reply(samples.MARK_KLINES)).values
    assert (bar.ts_ms, bar.open, bar.close) == (1_670_608_800_000, 17164.16, 17131.64)
    assert isnan(bar.volume)


@pytest.mark.parametrize(
    "row", [["1670608800000", "1", "1", "1"], ["1670608800", "1", "1", "1", "1"], ["x", "1", "1", "1", "1"], {}]
)
def test_a_bad_bar_is_left_out_and_named(row: Any) -> None:
    parsed = BYBIT.parse_underlying_candles(answer(row, ["1670608860000", "1", "1", "1", "1"]))
    assert [bar.ts_ms for bar in parsed.values] == [1_670_608_860_000]
    assert [problem.code for problem in parsed.problems] == ["candle_rejected"]


def test_nothing_in_a_stretch_is_an_answer_and_no_ticker_at_all_is_none() -> None:
    assert BYBIT.parse_underlying_candles(answer()).values == ()
    assert BYBIT.parse_funding_history(answer()).values == ()
    with pytest.raises(VenueGarbled):
        BYBIT.parse_underlying_quotes(answer())


# -- refusals ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "words"), [(10001, "perpetual"), (10002, "clock"), (10009, "mirror"), (10029, "perp")]
)
def test_a_refusal_in_a_good_reply_keeps_bybits_words_and_says_what_to_do(code: int, words: str) -> None:
    with pytest.raises(VenueRefused) as caught:
        BYBIT.parse_underlying_candles(reply(samples.refusal(code, "Some words")))
    assert caught.value.label == str(code)
    assert "Some words" in caught.value.message
    assert words in caught.value.hint


@pytest.mark.parametrize(("headers", "wait_s"), [({}, 600), ({"Retry_After": "5"}, 600), ({"Retry_After": "900"}, 900)])
def test_an_address_shut_out_waits_ten_minutes_at_least(headers: dict[str, str], wait_s: float) -> None:
    with pytest.raises(VenueBusy) as caught:
        BYBIT.parse_underlying_quotes(reply(samples.TOO_FREQUENT, 403, **headers))
    assert caught.value.retry_after_s == wait_s


def test_too_many_visits_wait_until_the_limit_is_reset() -> None:
    with pytest.raises(VenueBusy) as caught:
        BYBIT.parse_underlying_quotes(reply(samples.TOO_MANY_VISITS, X_Bapi_Limit_Reset_Timestamp=str(NOW_MS + 2500)))
    assert caught.value.retry_after_s == pytest.approx(2.5)


@pytest.mark.parametrize(("status", "words"), [(403, "mirror"), (429, "pause"), (502, "by itself")])
def test_a_refusal_without_words_still_says_what_to_do(status: int, words: str) -> None:
    with pytest.raises(VenueError) as caught:
        BYBIT.parse_underlying_quotes(reply(b"<html>Access denied</html>", status))
    assert words in caught.value.hint
