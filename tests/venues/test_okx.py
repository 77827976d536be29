"""OKX's own dialect, beyond what every venue keeps."""

from __future__ import annotations

import json
from decimal import Decimal
from itertools import pairwise
from math import isnan
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from levdesk.domain.errors import VenueBusy, VenueGarbled, VenueRefused
from levdesk.domain.market import FundingPoint, UnderlyingQuote
from levdesk.venues.contract import CandleQuery, Parsed, Request, RequestKind
from levdesk.venues.okx import Okx
from levdesk.venues.streams import StreamNews, Topic, TopicKind
from tests.venues.contract_suite import HOUR_MS, NOW_MS, ContractSuite, StreamingVenue, VenueSamples, reply
from tests.venues.samples import okx as samples

OKX = Okx()
BTC = "BTC-USDT-SWAP"
DAY_MS = 86_400_000


def part(instrument: str, ts_ms: int, **figures: Decimal | int | None) -> UnderlyingQuote:
    return UnderlyingQuote(venue="okx", instrument=instrument, ts_ms=ts_ms, **figures)  # type: ignore[arg-type]


class TestOkxKeepsTheContract(ContractSuite):
    venue: ClassVar[StreamingVenue] = OKX
    samples: ClassVar[VenueSamples] = VenueSamples(
        server_time=(samples.SERVER_TIME,),
        underlying_quotes=(samples.MARK_PRICES, samples.FUNDING_NOW, samples.INDEXES, samples.COIN_TICKER),
        underlying_candles=(samples.MARK_BARS, samples.TRADED_BARS),
        funding_history=(samples.FUNDING,),
        perpetual=BTC,
        refusals=samples.ERRORS,
        busy=samples.BUSY,
        stream_messages=(
            (samples.SUBSCRIBED, StreamNews()),
            (samples.NOTICE, StreamNews()),
            ("pong", StreamNews()),
            (samples.MARK_OF_A_FUTURE, StreamNews()),
            (samples.MARK_PUSH, StreamNews(underlyings=(part(BTC, 1_597_026_383_085, mark=Decimal("42310.6")),))),
            (samples.INDEX_PUSH, StreamNews(underlyings=(part(BTC, 1_597_026_383_085, index=Decimal("0.1")),))),
            (
                samples.TICKER_PUSH,
                StreamNews(underlyings=(part("BTC-USD-SWAP", 1_597_026_383_085, last=Decimal("9999.99")),)),
            ),
            (
                samples.FUNDING_PUSH,
                StreamNews(
                    underlyings=(
                        part(
                            "BTC-USD-SWAP",
                            1_700_724_675_402,
                            funding_rate=Decimal("0.0001875391284828"),
                            funding_interval_s=28_800,
                            next_funding_ms=1_700_726_400_000,
                        ),
                    )
                ),
            ),
        ),
        stream_refusals=(
            (samples.REFUSED_UNNAMED, ("",)),
            (samples.REFUSED_INDEX, ()),
            (samples.REFUSED_MARK, ("NOPE-USDT-SWAP",)),
            (samples.REFUSED_MARK_OF_2023, ("NOPE-USDT-SWAP",)),
        ),
        stream_garbled=("[]", "pongs", '{"arg":{"channel":"mark-price"},"data":[7]}'),
        ping_text="ping",
        most_topics_per_socket=200,
    )


def query_of(request: Request) -> dict[str, str]:
    return dict(request.query)


def data_reply(rows: str) -> Parsed[UnderlyingQuote]:
    return OKX.parse_underlying_quotes(reply(f'{{"code":"0","msg":"","data":[{rows}]}}'.encode()))


# -- requests ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("base", ["http://127.0.0.1:9000", "http://127.0.0.1:9000/", "http://127.0.0.1:9000/api/v5"])
def test_a_mirror_replaces_scheme_and_host_and_keeps_the_paths(base: str) -> None:
    assert Okx(base).server_time().url == "http://127.0.0.1:9000/api/v5/public/time"
    assert OKX.server_time().url == "https://www.okx.com/api/v5/public/time"


def test_three_calls_tell_of_every_perpetual_whichever_are_wanted() -> None:
    asked = OKX.underlying_quotes(frozenset({BTC}))
    assert asked == OKX.underlying_quotes(frozenset())
    assert [(request.url.rpartition("/")[2], request.query) for request in asked] == [
        ("mark-price", (("instType", "SWAP"),)),
        ("funding-rate", (("instId", "ANY"),)),
        ("index-tickers", (("quoteCcy", "USDT"),)),
    ]


def test_a_path_with_half_the_limit_weighs_double() -> None:
    limit = OKX.rate_limit
    assert (limit.requests, limit.period_s, limit.per_endpoint) == (20, 2.0, True)
    marks, funding_now, indexes = OKX.underlying_quotes(frozenset())
    (bars,) = OKX.underlying_candles(
        CandleQuery(instrument=BTC, interval_s=60, start_ms=NOW_MS - 60_000, end_ms=NOW_MS)
    )
    (settlements,) = OKX.funding_history(BTC, NOW_MS - DAY_MS, NOW_MS)
    weights = [request.weight for request in (OKX.server_time(), marks, funding_now, indexes, bars, settlements)]
    assert weights == [2, 2, 2, 1, 1, 2]


def test_long_bars_are_asked_for_by_the_clock_of_greenwich() -> None:
    def bar(interval_s: int) -> str:
        stretch = CandleQuery(instrument=BTC, interval_s=interval_s, start_ms=NOW_MS - DAY_MS, end_ms=NOW_MS)
        return query_of(OKX.underlying_candles(stretch)[0])["bar"]

    assert [bar(length) for length in OKX.candle_intervals_s] == [
        *("1m", "3m", "5m", "15m", "30m", "1H", "2H", "4H"),
        *("6Hutc", "12Hutc", "1Dutc"),
    ]


@given(
    start=st.integers(min_value=0, max_value=300 * HOUR_MS),
    length=st.integers(min_value=0, max_value=300 * HOUR_MS),
    interval_s=st.sampled_from(OKX.candle_intervals_s),
)
def test_pages_cover_every_bar_once_for_bounds_that_are_left_out(start: int, length: int, interval_s: int) -> None:
    step_ms = interval_s * 1000
    first_ms = NOW_MS + start
    stretch = CandleQuery(instrument=BTC, interval_s=interval_s, start_ms=first_ms, end_ms=first_ms + length)
    answered: list[int] = []
    for request in OKX.underlying_candles(stretch):
        query = query_of(request)
        newer_than, older_than = int(query["before"]), int(query["after"])
        page = range(-(-(newer_than + 1) // step_ms) * step_ms, older_than, step_ms)
        assert len(page) <= int(query["limit"]) == 100
        answered += page
    assert answered == list(range(-(-first_ms // step_ms) * step_ms, first_ms + length + 1, step_ms))


def test_funding_is_asked_for_in_pages_that_hold_hourly_settlements() -> None:
    pages = [query_of(request) for request in OKX.funding_history(BTC, 0, NOW_MS)]
    assert NOW_MS - 101 * DAY_MS < int(pages[0]["before"]) < NOW_MS - 93 * DAY_MS
    assert int(pages[-1]["after"]) == NOW_MS + 1
    for page, following in pairwise(pages):
        assert int(page["after"]) == int(following["before"]) + 1
    assert all((int(page["after"]) - int(page["before"])) // HOUR_MS <= 400 for page in pages)
    assert {page["limit"] for page in pages} == {"400"}


# -- perpetuals --------------------------------------------------------------------------------------------------


def test_each_list_gives_its_own_parts_of_a_perpetual() -> None:
    wanted = frozenset({BTC})
    bodies = (samples.MARK_PRICES, samples.FUNDING_NOW, samples.INDEXES)
    (mark,), (funding,), (index,) = (OKX.parse_underlying_quotes(reply(body), wanted).values for body in bodies)
    assert mark == part(BTC, 1_597_026_383_085, mark=Decimal(200))
    assert index == part(BTC, 1_649_419_644_492, index=Decimal(43350))
    assert (funding.mark, funding.funding_rate) == (None, Decimal("0.0000182221218054"))
    assert (funding.next_funding_ms, funding.funding_interval_s) == (1_743_609_600_000, 28_800)
    assert funding.ts_ms == 1_743_588_686_291


def test_only_the_list_of_marks_tells_what_is_not_listed() -> None:
    wanted = frozenset({BTC, "NOPE-USDT-SWAP"})
    marks = OKX.parse_underlying_quotes(reply(samples.MARK_PRICES), wanted)
    assert [quote.instrument for quote in marks.values] == [BTC]
    assert [(problem.code, problem.source) for problem in marks.problems] == [
        ("instrument_not_listed", "okx:NOPE-USDT-SWAP")
    ]
    for body in (samples.FUNDING_NOW, samples.INDEXES):
        assert OKX.parse_underlying_quotes(reply(body), wanted).problems == ()


@pytest.mark.parametrize("interval_h", [1, 2, 4, 6, 8])
def test_the_funding_interval_is_the_way_from_the_next_settlement_to_the_one_after(interval_h: int) -> None:
    next_ms = NOW_MS + HOUR_MS
    times = f'"fundingTime":"{next_ms}","nextFundingTime":"{next_ms + interval_h * HOUR_MS}"'
    (quote,) = data_reply(f'{{"instId":"{BTC}","fundingRate":"-0.001",{times}}}').values
    assert (quote.funding_interval_s, quote.next_funding_ms) == (interval_h * 3600, next_ms)


@pytest.mark.parametrize("after", [0, -HOUR_MS, 59_000, 8 * DAY_MS])
def test_an_interval_that_cannot_be_is_left_out_and_named(after: int) -> None:
    times = f'"fundingTime":"{NOW_MS}","nextFundingTime":"{NOW_MS + after}"'
    parsed = data_reply(f'{{"instId":"{BTC}","fundingRate":"0.001",{times}}}')
    assert (parsed.values[0].funding_interval_s, parsed.values[0].next_funding_ms) == (None, NOW_MS)
    assert [problem.code for problem in parsed.problems] == ["funding_rejected"]


@pytest.mark.parametrize("absent", ['""', "null"])
def test_without_the_time_after_the_next_there_is_no_interval(absent: str) -> None:
    row = f'{{"instId":"{BTC}","fundingRate":"0","fundingTime":"{NOW_MS}","nextFundingTime":{absent}}}'
    parsed = data_reply(row)
    assert (parsed.values[0].funding_rate, parsed.values[0].funding_interval_s) == (Decimal(0), None)
    assert parsed.problems == ()


@pytest.mark.parametrize(
    ("field", "code"),
    [
        ("markPx", "price_rejected"),
        ("idxPx", "price_rejected"),
        ("last", "price_rejected"),
        ("fundingRate", "funding_rejected"),
    ],
)
@pytest.mark.parametrize("bad", ['"NaN"', "Infinity", '"abc"', "true", "[1]", '"1e13"'])
def test_a_bad_figure_is_rejected_by_name(field: str, code: str, bad: str) -> None:
    parsed = data_reply(f'{{"instId":"{BTC}","{field}":{bad}}}')
    assert parsed.values == ()
    assert [problem.code for problem in parsed.problems] == [code]


@pytest.mark.parametrize("stamp", ['""', "null", '"soon"', '"NaN"', f'"{NOW_MS // 1000}"', f'"{NOW_MS + 2 * DAY_MS}"'])
def test_a_time_that_cannot_be_is_replaced_by_our_own_clock(stamp: str) -> None:
    (quote,) = data_reply(f'{{"instId":"{BTC}","markPx":"1","ts":{stamp}}}').values
    assert quote.ts_ms == NOW_MS


def test_an_old_time_is_kept_so_that_the_figure_looks_old() -> None:
    (quote,) = data_reply(f'{{"instId":"{BTC}","markPx":"1","ts":"{NOW_MS - 9 * DAY_MS}"}}').values
    assert quote.ts_ms == NOW_MS - 9 * DAY_MS


def test_one_bad_row_in_a_good_list_is_a_problem() -> None:
    parsed = data_reply(f'7,[],{{}},{{"instId":"{BTC}","markPx":"1"}}')
    assert [quote.mark for quote in parsed.values] == [Decimal(1)]
    assert [problem.code for problem in parsed.problems] == ["row_unreadable"] * 3


def test_an_empty_price_list_is_garbled_and_an_empty_stretch_is_an_answer() -> None:
    empty = reply(b'{"code":"0","msg":"","data":[]}')
    with pytest.raises(VenueGarbled):
        OKX.parse_underlying_quotes(empty)
    assert OKX.parse_underlying_candles(empty).values == ()
    assert OKX.parse_funding_history(empty).values == ()


# -- history -----------------------------------------------------------------------------------------------------


def test_the_realised_rate_counts_and_the_announced_one_where_it_is_missing() -> None:
    rows = (
        '{"fundingTime":"1703088000000","fundingRate":"0.0003","realizedRate":""},'
        '{"fundingTime":"1703059200000","fundingRate":"0.0002","realizedRate":"-0.0001"},'
        '{"fundingTime":"1703030400000","fundingRate":"2","realizedRate":null}'
    )
    parsed = OKX.parse_funding_history(reply(f'{{"code":"0","data":[{rows}]}}'.encode()))
    assert parsed.values == (FundingPoint(1_703_059_200_000, -0.0001), FundingPoint(1_703_088_000_000, 0.0003))
    assert [problem.code for problem in parsed.problems] == ["funding_rejected"]
    assert OKX.parse_funding_history(reply(samples.FUNDING)).values == (
        FundingPoint(1_703_059_200_000, 0.0000746572360545),
    )


def test_bars_come_oldest_first_with_their_flag_and_without_a_volume() -> None:
    rows = '["1706637600000","2","4","1","3","0"],["1706634000000","1","3","1","2","1"]'
    older, newer = OKX.parse_underlying_candles(reply(f'{{"code":"0","data":[{rows}]}}'.encode())).values
    assert (older.ts_ms, older.open, older.high, older.low, older.close) == (1_706_634_000_000, 1, 3, 1, 2)
    assert (older.closed, newer.closed) == (True, False)
    assert isnan(older.volume)


def test_bars_of_trades_keep_their_flag_in_the_last_column() -> None:
    bars = OKX.parse_underlying_candles(reply(samples.TRADED_BARS)).values
    assert [bar.ts_ms for bar in bars] == [1_706_630_400_000, 1_706_634_000_000, 1_706_637_600_000]
    assert all(bar.closed and isnan(bar.volume) for bar in bars)


@pytest.mark.parametrize("row", ['["1706634000000","1","3","1","2"]', '["soon","1","3","1","2","1"]', "{}", "null"])
def test_a_bad_bar_is_left_out_and_named(row: str) -> None:
    body = f'{{"code":"0","data":[{row},["1706634000000","1","3","1","2","1"]]}}'
    parsed = OKX.parse_underlying_candles(reply(body.encode()))
    assert len(parsed.values) == 1
    assert [problem.code for problem in parsed.problems] == ["candle_rejected"]


# -- refusals ----------------------------------------------------------------------------------------------------


def test_an_unknown_instrument_is_refused_by_okxs_own_code_and_says_what_to_do() -> None:
    with pytest.raises(VenueRefused) as caught:
        OKX.parse_underlying_candles(reply(samples.ERRORS[0][1]))
    assert caught.value.label == "51001"
    assert "Instrument ID does not exist" in caught.value.message
    assert "hedged" in caught.value.hint


@pytest.mark.parametrize("code", ["0", '"0"'])
def test_success_is_a_code_of_nought_quoted_or_bare(code: str) -> None:
    body = f'{{"code":{code},"data":[{{"ts":"1597026383085"}}]}}'
    assert OKX.parse_server_time(reply(body.encode())) == 1_597_026_383_085


@pytest.mark.parametrize(
    "body", [b'{"data":[]}', b'{"code":"0"}', b'{"code":"0","data":{}}', b'{"code":null,"data":[]}']
)
def test_an_envelope_without_its_parts_is_garbled(body: bytes) -> None:
    with pytest.raises(VenueGarbled):
        OKX.parse_funding_history(reply(body))


def test_a_web_page_behind_a_ban_names_the_regional_hosts() -> None:
    with pytest.raises(VenueRefused) as caught:
        OKX.parse_server_time(reply(b"<html>Access denied</html>", 403))
    assert "okx=https://eea.okx.com" in caught.value.hint


@pytest.mark.parametrize(("region", "streams"), [("eea", "wseea"), ("us", "wsus")])
def test_a_regional_host_has_its_streams_elsewhere(region: str, streams: str) -> None:
    regional = Okx(f"https://{region}.okx.com")
    assert regional.server_time().url == f"https://{region}.okx.com/api/v5/public/time"
    (socket,) = regional.sockets([Topic(TopicKind.UNDERLYING, BTC)])
    assert socket.url == f"wss://{streams}.okx.com:8443/ws/v5/public"


def test_busy_with_a_good_status_keeps_the_wait_that_is_named() -> None:
    with pytest.raises(VenueBusy) as caught:
        OKX.parse_server_time(reply(samples.BUSY[0][1], 200, Retry_After="3"))
    assert caught.value.retry_after_s == 3
    assert caught.value.hint


# -- stream ------------------------------------------------------------------------------------------------------


def test_a_perpetual_is_heard_on_four_channels_and_its_index_has_a_shorter_name() -> None:
    (socket,) = OKX.sockets([Topic(TopicKind.UNDERLYING, BTC)])
    assert socket.url == "wss://ws.okx.com:8443/ws/v5/public"
    (text,) = OKX.subscribe(socket, socket.topics)
    said = json.loads(text)
    published = json.loads(samples.SUBSCRIBE)
    assert said["op"] == published["op"]
    assert [set(channel) for channel in said["args"]] == [set(published["args"][0])] * 4
    assert {(channel["channel"], channel["instId"]) for channel in said["args"]} == {
        ("mark-price", BTC),
        ("funding-rate", BTC),
        ("tickers", BTC),
        ("index-tickers", "BTC-USDT"),
    }
    (ended,) = OKX.unsubscribe(socket, socket.topics)
    assert json.loads(ended) == {**said, "op": "unsubscribe"}


def test_topics_that_okx_does_not_stream_need_no_connection() -> None:
    assert OKX.sockets([Topic(TopicKind.TOKEN, "BTC3L_USDT"), Topic(TopicKind.UNDERLYING, "")]) == ()


def test_a_connection_carries_no_more_than_the_names_that_fit_and_few_messages_ask_for_them() -> None:
    topics = [Topic(TopicKind.UNDERLYING, f"COIN{number}-USDT-SWAP") for number in range(500)]
    sockets = OKX.sockets(topics)
    assert [socket.name for socket in sockets] == ["public-0", "public-1", "public-2"]
    for socket in sockets:
        messages = OKX.subscribe(socket, socket.topics)
        assert len(messages) <= 4
        assert sum(len(message) for message in messages) <= 64 * 1024


def test_a_quiet_connection_is_pinged_before_okx_gives_it_up() -> None:
    (socket,) = OKX.sockets([Topic(TopicKind.UNDERLYING, BTC)])
    assert socket.ping_every_s is not None
    assert socket.ping_every_s < 30
    assert socket.silent_after_s <= 30


def test_a_refused_index_is_named_but_the_perpetual_is_still_heard() -> None:
    news = OKX.read_message(samples.REFUSED_INDEX, NOW_MS)
    assert [(problem.code, problem.source) for problem in news.problems] == [("subscription_refused", "okx:BTC-USDT")]
    assert news.refused == ()


def test_a_bad_figure_in_a_message_is_a_problem() -> None:
    news = OKX.read_message(samples.MARK_PUSH.replace('"42310.6"', '"NaN"'), NOW_MS)
    assert news.underlyings == ()
    assert [problem.code for problem in news.problems] == ["price_rejected"]


@pytest.mark.parametrize("text", ['{"event":"unsubscribe","arg":{}}', "{}", '{"arg":{"channel":"books"},"data":[{}]}'])
def test_messages_about_other_things_say_nothing(text: str) -> None:
    assert OKX.read_message(text, NOW_MS) == StreamNews()
    assert OKX.read_message(text.encode(), NOW_MS) == StreamNews()


def test_okx_lists_no_tokens() -> None:
    assert OKX.serves.isdisjoint({RequestKind.TOKENS, RequestKind.TOKEN_QUOTES, RequestKind.TOKEN_NAVS})
