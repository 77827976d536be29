"""Pionex's own dialect, beyond what every venue keeps."""

from __future__ import annotations

import json
from decimal import Decimal
from math import isnan
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from levdesk.domain.errors import VenueBusy, VenueGarbled, VenueRefused
from levdesk.domain.instruments import Provenance, TokenKey
from levdesk.domain.market import Candle, FundingPoint, TokenQuote, UnderlyingQuote
from levdesk.venues.contract import CandleQuery, Parsed, Reply, Request, RequestKind
from levdesk.venues.pionex import Pionex
from levdesk.venues.streams import StreamNews, Topic, TopicKind
from tests.venues.contract_suite import HOUR_MS, NOW_MS, ContractSuite, StreamingVenue, VenueSamples, reply
from tests.venues.samples import pionex as samples

PIONEX = Pionex()
BTC = TokenKey("pionex", "BTC")
BTC3L = TokenKey("pionex", "BTC3L")
PERPETUAL = "BTC_USDT_PERP"
SAMPLE_MS = 1_566_691_672_311
DAY_MS = 86_400_000

BTC_PARTS = UnderlyingQuote(
    venue="pionex",
    instrument=PERPETUAL,
    ts_ms=SAMPLE_MS,
    mark=Decimal("29952.30"),
    index=Decimal("29950.50"),
    funding_rate=Decimal("0.0001"),
    next_funding_ms=1_566_720_000_000,
)
OFFERS = TokenQuote(key=BTC, bid=Decimal("27964.01"), ask=Decimal("27979.32"), price_ts_ms=SAMPLE_MS)
TRADE = TokenQuote(key=BTC, last=Decimal("7962.62"), price_ts_ms=SAMPLE_MS)


class TestPionexKeepsTheContract(ContractSuite):
    venue: ClassVar[StreamingVenue] = PIONEX
    samples: ClassVar[VenueSamples] = VenueSamples(
        server_time=(samples.DEPTH, samples.SYMBOLS),
        token_lists=(samples.TOKEN_SYMBOLS,),
        tickers=(samples.TICKERS, samples.BOOK_TICKERS),
        token_candles=(samples.BARS,),
        underlying_quotes=(samples.INDEXES,),
        underlying_candles=(samples.MARK_BARS,),
        funding_history=(samples.FUNDING,),
        token_depth=(samples.DEPTH,),
        listed=BTC3L,
        pair="BTC3L_USDT",
        perpetual=PERPETUAL,
        refusals=samples.ERRORS,
        stream_messages=(
            (samples.SUBSCRIBED, StreamNews()),
            (samples.CLOSING, StreamNews()),
            (samples.EMPTY_OFFERS, StreamNews()),
            (samples.OFFERS, StreamNews(tokens=(OFFERS,), sent_ms=SAMPLE_MS)),
            (samples.TRADE, StreamNews(tokens=(TRADE,), sent_ms=SAMPLE_MS)),
            (samples.PERPETUAL_TRADES, StreamNews(sent_ms=SAMPLE_MS)),
            (samples.INDEX, StreamNews(underlyings=(BTC_PARTS,), sent_ms=SAMPLE_MS)),
        ),
        stream_refusals=((samples.REFUSED, ("",)), (samples.REFUSED_NAMED, ("NOPE3L_USDT",))),
        stream_pings=((samples.PING, (samples.PONG,)),),
        stream_garbled=(
            "[]",
            '{"topic":"DEPTH","symbol":"BTC3L_USDT","data":[]}',
            '{"topic":"TRADE","symbol":"BTC3L_USDT","data":[7]}',
            '{"topic":"INDEX","symbol":"BTC_USDT_PERP","data":[{}]}',
        ),
        most_topics_per_message=1,
        least_message_gap_ms=200,
    )

    def packed(self, message: str) -> str | bytes:
        """Pionex sends its text in binary frames."""
        return message.encode()

    @pytest.mark.parametrize("body", [b"", b"<html>", b"{}", b'{"result":false,"code":"X"}', b"\xff"])
    @pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
    def test_a_busy_venue_is_waited_for(self, status: int, body: bytes) -> None:
        """As everywhere, but a 429 is a ban of a minute even where no header says so."""
        for kind in self.venue.serves:
            with pytest.raises(VenueBusy) as caught:
                self.parse(kind, reply(body, status))
            assert caught.value.retry_after_s == (60 if status == 429 else None)
            with pytest.raises(VenueBusy) as caught:
                self.parse(kind, reply(body, status, Retry_After="7"))
            assert caught.value.retry_after_s == 7


def query_of(request: Request) -> dict[str, str]:
    return dict(request.query)


def data_reply(field: str, rows: str) -> Reply:
    return reply(f'{{"result":true,"timestamp":{NOW_MS},"data":{{"{field}":[{rows}]}}}}'.encode())


def quotes(rows: str, *symbols: str) -> Parsed[TokenQuote]:
    keys = frozenset(TokenKey("pionex", symbol) for symbol in symbols) if symbols else None
    return PIONEX.parse_token_quotes(data_reply("tickers", rows), keys)


# -- requests ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("base", ["http://127.0.0.1:9000", "http://127.0.0.1:9000/", "http://127.0.0.1:9000/api/v1"])
def test_a_mirror_replaces_scheme_and_host_and_keeps_the_paths(base: str) -> None:
    assert Pionex(base).tokens().url == "http://127.0.0.1:9000/api/v1/common/symbols"
    assert PIONEX.tokens().url == "https://api.pionex.com/api/v1/common/symbols"


def test_all_requests_share_one_limit_and_none_can_break_it_alone() -> None:
    limit = PIONEX.rate_limit
    assert (limit.requests, limit.period_s, limit.per_endpoint) == (10, 1.0, False)
    asked = (PIONEX.server_time(), PIONEX.tokens(), *PIONEX.token_quotes(frozenset()))
    assert {request.weight for request in asked} == {5}


def test_the_market_is_named_for_last_prices_use_another_by_themselves_than_offers() -> None:
    last, offers = PIONEX.token_quotes(frozenset({BTC3L}))
    assert last.url.endswith("/market/tickers")
    assert offers.url.endswith("/market/bookTickers")
    assert last.query == offers.query == (("type", "SPOT"),)
    assert PIONEX.tokens().query == (("type", "SPOT"),)


def test_one_call_tells_of_every_perpetual() -> None:
    (request,) = PIONEX.underlying_quotes(frozenset({PERPETUAL, "ETH_USDT_PERP"}))
    assert request.url.endswith("/api/v1/market/indexes")
    assert request.query == ()


def test_a_capital_m_is_a_minute() -> None:
    def interval(length_s: int) -> str:
        stretch = CandleQuery(instrument="BTC3L_USDT", interval_s=length_s, start_ms=NOW_MS - DAY_MS, end_ms=NOW_MS)
        return query_of(PIONEX.token_candles(stretch)[0])["interval"]

    spelled = [interval(length_s) for length_s in PIONEX.candle_intervals_s]
    assert spelled == ["1M", "5M", "15M", "30M", "60M", "4H", "8H", "12H", "1D"]


@given(
    start=st.integers(min_value=0, max_value=3000 * HOUR_MS),
    length=st.integers(min_value=0, max_value=3000 * HOUR_MS),
    interval_s=st.sampled_from(PIONEX.candle_intervals_s[3:]),
)
def test_pages_that_name_only_their_end_cover_every_bar_once(start: int, length: int, interval_s: int) -> None:
    step_ms = interval_s * 1000
    first_ms = NOW_MS + start
    stretch = CandleQuery(instrument="BTC3L_USDT", interval_s=interval_s, start_ms=first_ms, end_ms=first_ms + length)
    answered: list[int] = []
    for request in PIONEX.token_candles(stretch):
        query = query_of(request)
        assert int(query["limit"]) <= 500
        last_ms = int(query["endTime"]) // step_ms * step_ms
        answered += range(last_ms - (int(query["limit"]) - 1) * step_ms, last_ms + 1, step_ms)
        assert int(query["endTime"]) <= stretch.end_ms + 1  # a later end might be refused as not come yet
    assert answered == list(range(-(-first_ms // step_ms) * step_ms, first_ms + length + 1, step_ms))


def test_spot_bars_older_than_ten_thousand_are_not_asked_for() -> None:
    stretch = CandleQuery(instrument="BTC3L_USDT", interval_s=60, start_ms=0, end_ms=NOW_MS)
    assert 9_900 < sum(int(query_of(request)["limit"]) for request in PIONEX.token_candles(stretch)) <= 10_000


def test_mark_price_bars_are_always_the_newest_for_their_end_cannot_be_named() -> None:
    old = CandleQuery(instrument=PERPETUAL, interval_s=3600, start_ms=NOW_MS - 9000 * HOUR_MS, end_ms=NOW_MS - DAY_MS)
    (request,) = PIONEX.underlying_candles(old)
    assert request.url.endswith("/api/v1/market/markKlines")
    assert query_of(request) == {"symbol": PERPETUAL, "interval": "60M", "limit": "2000"}


def test_funding_is_asked_for_in_pages_that_hold_hourly_settlements() -> None:
    pages = [query_of(request) for request in PIONEX.funding_history(PERPETUAL, NOW_MS - 60 * DAY_MS, NOW_MS)]
    ends = [int(page["endTime"]) for page in pages]
    assert ends[-1] == NOW_MS + 1
    assert all(
        later - sooner <= 500 * HOUR_MS for sooner, later in zip([NOW_MS - 60 * DAY_MS, *ends], ends, strict=False)
    )
    assert {(page["symbol"], page["limit"]) for page in pages} == {(PERPETUAL, "500")}


def test_a_cheap_question_tells_the_time_for_there_is_none_about_it() -> None:
    assert query_of(PIONEX.server_time()) == {"symbol": "BTC_USDT", "limit": "1"}
    assert PIONEX.parse_server_time(reply(samples.DEPTH)) == SAMPLE_MS
    for stamp in (b"1", b'"soon"', b"null"):
        with pytest.raises(VenueGarbled):
            PIONEX.parse_server_time(reply(b'{"result":true,"data":{},"timestamp":' + stamp + b"}"))


# -- tokens ------------------------------------------------------------------------------------------------------


def test_a_pair_is_a_token_by_its_name_and_by_its_coin_beside_it() -> None:
    parsed = PIONEX.parse_tokens(reply(samples.TOKEN_SYMBOLS))
    found = {token.key.symbol: (token.underlying, token.target_leverage) for token in parsed.values}
    assert found == {
        "BTC3L": ("BTC", Decimal(3)),
        "BTC1S": ("BTC", Decimal(-1)),
        "ETH2L": ("ETH", Decimal(2)),
        "ETH5S": ("ETH", Decimal(-5)),
    }
    assert {token.provenance for token in parsed.values} == {Provenance.ASSUMED}
    assert {PIONEX.token_pair(token) for token in parsed.values} >= {"BTC3L_USDT", "BTC1S_USDT"}


def test_a_list_without_tokens_says_so() -> None:
    parsed = PIONEX.parse_tokens(reply(samples.SYMBOLS))
    assert parsed.values == ()
    assert [problem.code for problem in parsed.problems] == ["no_tokens_listed"]


def test_what_the_list_calls_not_enabled_is_listed_all_the_same() -> None:
    rows = '{"symbol":"BTC_USDT","enable":false},{"symbol":"BTC3L_USDT","enable":false}'
    parsed = PIONEX.parse_tokens(data_reply("symbols", rows))
    assert [token.key for token in parsed.values] == [BTC3L]
    assert parsed.problems == ()


def test_last_prices_and_offers_come_in_two_replies_with_their_own_times() -> None:
    wanted = frozenset({BTC3L})
    (last,) = PIONEX.parse_token_quotes(reply(samples.TICKERS), wanted).values
    (offers,) = PIONEX.parse_token_quotes(reply(samples.BOOK_TICKERS), wanted).values
    assert last == TokenQuote(key=BTC3L, last=Decimal("2.9012"), price_ts_ms=1_713_081_600_000)
    assert offers == TokenQuote(key=BTC3L, bid=Decimal("2.8991"), ask=Decimal("2.9034"), price_ts_ms=1_713_081_600_400)


def test_without_a_choice_only_tokens_are_quoted() -> None:
    for body in (samples.TICKERS, samples.BOOK_TICKERS):
        assert [quote.key for quote in PIONEX.parse_token_quotes(reply(body)).values] == [BTC3L]


def test_only_the_list_of_last_prices_tells_what_is_not_listed() -> None:
    wanted = frozenset({BTC3L, TokenKey("pionex", "FLM2L")})
    problems = PIONEX.parse_token_quotes(reply(samples.TICKERS), wanted).problems
    assert [(problem.code, problem.source) for problem in problems] == [("token_not_listed", "pionex:FLM2L")]
    assert PIONEX.parse_token_quotes(reply(samples.BOOK_TICKERS), wanted).problems == ()


def test_keys_of_other_venues_are_not_asked_of_pionex() -> None:
    assert PIONEX.parse_token_quotes(reply(samples.TICKERS), frozenset({TokenKey("gate", "BTC3L")})) == Parsed(())


def test_a_held_coin_that_is_no_token_still_has_its_price() -> None:
    (quote,) = PIONEX.parse_token_quotes(reply(samples.TICKERS), frozenset({BTC})).values
    assert quote.last == Decimal("64500.5")


@pytest.mark.parametrize("field", ["close", "bidPrice", "askPrice"])
@pytest.mark.parametrize("bad", ['"NaN"', "Infinity", '"0"', '"-2.4"', '"1e13"', '"abc"', "true", "[2.4]"])
def test_a_bad_figure_is_rejected_by_name(field: str, bad: str) -> None:
    parsed = quotes(f'{{"symbol":"BTC3L_USDT","{field}":{bad}}}', "BTC3L")
    assert parsed.values == ()
    assert [(problem.code, problem.source) for problem in parsed.problems] == [("price_rejected", "pionex:BTC3L")]


@pytest.mark.parametrize("stamp", ["1", '"123"', '"soon"', "null", str(NOW_MS + 2 * DAY_MS)])
def test_a_time_that_cannot_be_is_replaced_by_our_own_clock(stamp: str) -> None:
    for row in (
        f'{{"symbol":"BTC3L_USDT","close":"2","time":{stamp}}}',
        f'{{"symbol":"BTC3L_USDT","bidPrice":"2","timestamp":{stamp}}}',
    ):
        (quote,) = quotes(row, "BTC3L").values
        assert quote.price_ts_ms == NOW_MS


def test_an_old_time_is_kept_so_that_the_price_looks_old() -> None:
    (quote,) = quotes(f'{{"symbol":"BTC3L_USDT","close":"2","time":{NOW_MS - 9 * DAY_MS}}}', "BTC3L").values
    assert quote.price_ts_ms == NOW_MS - 9 * DAY_MS


def test_placeholders_of_a_specification_are_no_prices() -> None:
    for body in (samples.PLACEHOLDER_TICKERS, samples.PLACEHOLDER_BOOK):
        assert PIONEX.parse_token_quotes(reply(body)) == Parsed(())
    with pytest.raises(VenueGarbled):
        PIONEX.parse_token_candles(reply(samples.PLACEHOLDER_BARS))


@pytest.mark.parametrize("kind", [RequestKind.TOKENS, RequestKind.TOKEN_QUOTES, RequestKind.UNDERLYING_QUOTES])
def test_an_empty_list_of_what_there_is_is_garbled(kind: RequestKind) -> None:
    suite = TestPionexKeepsTheContract()
    field = {RequestKind.TOKENS: "symbols", RequestKind.TOKEN_QUOTES: "tickers"}.get(kind, "indexes")
    with pytest.raises(VenueGarbled):
        suite.parse(kind, data_reply(field, ""))


def test_an_empty_stretch_is_an_answer() -> None:
    assert PIONEX.parse_token_candles(data_reply("klines", "")).values == ()
    assert PIONEX.parse_funding_history(data_reply("rates", "")).values == ()


def test_one_bad_row_in_a_good_list_is_a_problem() -> None:
    parsed = quotes('7,[],{},{"symbol":"BTC3L_USDT","close":"2"}', "BTC3L")
    assert [quote.last for quote in parsed.values] == [Decimal(2)]
    assert [problem.code for problem in parsed.problems] == ["row_unreadable"] * 3


# -- perpetuals and history --------------------------------------------------------------------------------------


def test_an_index_row_gives_mark_index_and_the_coming_funding() -> None:
    assert PIONEX.parse_underlying_quotes(reply(samples.INDEXES), frozenset({PERPETUAL})).values == (BTC_PARTS,)


def test_a_listed_perpetual_without_figures_is_listed_all_the_same() -> None:
    row = f'{{"symbol":"{PERPETUAL}","markPrice":"","indexPrice":null}},{{"symbol":5}}'
    parsed = PIONEX.parse_underlying_quotes(data_reply("indexes", row), frozenset({PERPETUAL}))
    assert parsed == Parsed(())


def test_bars_come_oldest_first_and_mark_prices_have_no_volume() -> None:
    older, newer = PIONEX.parse_token_candles(reply(samples.BARS)).values
    assert older == Candle(1_713_074_400_000, 3.2, 3.3, 2.95, 3.0, 98.0)
    assert newer.ts_ms == 1_713_078_000_000
    marks = PIONEX.parse_underlying_candles(reply(samples.MARK_BARS)).values
    assert [bar.ts_ms for bar in marks] == [1_713_074_400_000, 1_713_078_000_000]
    assert all(isnan(bar.volume) for bar in marks)


def test_the_bar_of_this_hour_is_still_growing() -> None:
    last_ms = NOW_MS // HOUR_MS * HOUR_MS
    rows = ",".join(
        f'{{"time":{last_ms - hours * HOUR_MS},"open":"1","close":"1","high":"1","low":"1","volume":"5"}}'
        for hours in range(3)
    )
    assert [bar.closed for bar in PIONEX.parse_token_candles(data_reply("klines", rows)).values] == [True, True, False]


def test_funding_is_turned_oldest_first() -> None:
    rows = '{"fundingRate":"0.0001","fundingTime":1713052800000},{"fundingRate":"3","fundingTime":1713024000000}'
    parsed = PIONEX.parse_funding_history(data_reply("rates", rows))
    assert parsed.values == (FundingPoint(1_713_052_800_000, 0.0001),)
    assert [problem.code for problem in parsed.problems] == ["funding_rejected"]
    assert [point.rate for point in PIONEX.parse_funding_history(reply(samples.FUNDING)).values] == [-0.00005, 0.0001]


# -- refusals ----------------------------------------------------------------------------------------------------


def test_a_path_that_is_gone_is_refused_in_pionexs_words() -> None:
    with pytest.raises(VenueRefused) as caught:
        PIONEX.parse_token_quotes(reply(b'{"error_msg":"404 Route Not Found"}', 404))
    assert caught.value.status == 404
    assert "404 Route Not Found" in caught.value.message


@pytest.mark.parametrize(("status", "body"), samples.ERRORS[:3])
def test_an_unknown_symbol_is_refused_in_any_spelling_and_says_what_to_do(status: int, body: bytes) -> None:
    with pytest.raises(VenueRefused) as caught:
        PIONEX.parse_token_candles(reply(body, status))
    assert caught.value.label.endswith("_SYMBOL")
    assert "delisted" in caught.value.hint


@pytest.mark.parametrize(
    "body", [b'{"data":{}}', b'{"result":"true","data":{}}', b'{"result":true}', b'{"result":true,"data":[]}']
)
def test_an_envelope_without_its_parts_is_garbled(body: bytes) -> None:
    with pytest.raises(VenueGarbled):
        PIONEX.parse_funding_history(reply(body))


# -- stream ------------------------------------------------------------------------------------------------------


def test_a_token_is_heard_by_offers_and_trades_and_a_perpetual_by_its_index() -> None:
    (socket,) = PIONEX.sockets([Topic(TopicKind.TOKEN, "BTC3L_USDT"), Topic(TopicKind.UNDERLYING, PERPETUAL)])
    assert socket.url == "wss://ws.pionex.com/wsPub"
    offers, trades, index = PIONEX.subscribe(socket, socket.topics)
    assert json.loads(offers) == json.loads(samples.SUBSCRIBE_OFFERS)
    assert json.loads(trades) == {"op": "SUBSCRIBE", "topic": "TRADE", "symbol": "BTC3L_USDT"}
    assert json.loads(index) == json.loads(samples.SUBSCRIBE_INDEX)
    assert [json.loads(text) for text in PIONEX.unsubscribe(socket, socket.topics)] == [
        {"op": "UNSUBSCRIBE", "topic": "DEPTH", "symbol": "BTC3L_USDT"},
        {"op": "UNSUBSCRIBE", "topic": "TRADE", "symbol": "BTC3L_USDT"},
        {"op": "UNSUBSCRIBE", "topic": "INDEX", "symbol": PERPETUAL},
    ]


def test_no_more_than_eight_connections_are_held_however_many_topics() -> None:
    def count(topics: int) -> int:
        return len(PIONEX.sockets([Topic(TopicKind.TOKEN, f"COIN{number}3L_USDT") for number in range(topics)]))

    assert [count(topics) for topics in (50, 51, 400, 401, 3000)] == [1, 2, 8, 8, 8]


def test_a_connection_without_two_pings_counts_as_broken() -> None:
    (socket,) = PIONEX.sockets([Topic(TopicKind.UNDERLYING, PERPETUAL)])
    assert socket.ping_every_s is None
    assert 30 < socket.silent_after_s < 45


@pytest.mark.parametrize(("stamp", "echoed"), [("5", 5), ('"x"', NOW_MS), ("null", NOW_MS), ("-1", NOW_MS)])
def test_a_ping_is_answered_with_its_own_time_or_else_with_ours(stamp: str, echoed: int) -> None:
    (answer,) = PIONEX.read_message(f'{{"op":"PING","timestamp":{stamp}}}', NOW_MS).answers
    assert json.loads(answer) == {"op": "PONG", "timestamp": echoed}


def test_the_latest_of_several_trades_counts() -> None:
    rows = ",".join(
        f'{{"price":"{price}","timestamp":{SAMPLE_MS + later}}}' for price, later in ((1, 5), (2, 9), (3, 7))
    )
    (quote,) = PIONEX.read_message(f'{{"topic":"TRADE","symbol":"BTC3L_USDT","data":[{rows}]}}', NOW_MS).tokens
    assert (quote.key, quote.last, quote.price_ts_ms) == (BTC3L, Decimal(2), SAMPLE_MS + 9)


def test_a_recorded_message_has_the_time_of_its_row() -> None:
    news = PIONEX.read_message(samples.RECORDED_INDEX.encode(), samples.RECORDED_MS)
    (quote,) = news.underlyings
    assert (quote.mark, quote.index) == (Decimal("86713.51475"), Decimal("86755.22144"))
    assert (quote.ts_ms, quote.next_funding_ms) == (1_790_134_733_200, 1_790_150_400_000)
    assert news.sent_ms is None
    traded = PIONEX.read_message(samples.RECORDED_TRADE.encode(), samples.RECORDED_MS)
    assert [(quote.last, quote.price_ts_ms) for quote in traded.tokens] == [(Decimal("86697.95"), 1_790_133_987_528)]
    assert traded.sent_ms == 1_790_133_987_586


def test_a_side_without_offers_is_absent() -> None:
    text = '{"topic":"DEPTH","symbol":"BTC3L_USDT","data":{"bids":[],"asks":[["2","1"]]}}'
    news = PIONEX.read_message(text, NOW_MS)
    assert [(quote.bid, quote.ask, quote.price_ts_ms) for quote in news.tokens] == [(None, Decimal(2), NOW_MS)]
    assert news.problems == ()


@pytest.mark.parametrize("side", ['["2","1"]', '"2"', "[[]]", '{"2":1}', '[["NaN","1"]]', '[["-2","1"]]'])
def test_an_offer_that_is_none_is_a_problem_and_the_other_side_stays(side: str) -> None:
    text = f'{{"topic":"DEPTH","symbol":"BTC3L_USDT","data":{{"bids":{side},"asks":[["2","1"]]}}}}'
    news = PIONEX.read_message(text, NOW_MS)
    assert [(quote.bid, quote.ask) for quote in news.tokens] == [(None, Decimal(2))]
    assert [problem.code for problem in news.problems] == ["price_rejected"]


@pytest.mark.parametrize(
    "text",
    ['{"topic":"ORDERBOOK","symbol":"BTC_USDT_PERP","data":{}}', "{}", '{"topic":"DEPTH","data":{}}', '{"op":"x"}'],
)
def test_messages_about_other_things_say_nothing(text: str) -> None:
    assert PIONEX.read_message(text, NOW_MS) == StreamNews()
    assert PIONEX.read_message(text.encode(), NOW_MS) == StreamNews()
