"""MEXC's own dialect, beyond what every venue keeps."""

from __future__ import annotations

from decimal import Decimal
from math import isnan
from typing import ClassVar

import pytest

from levdesk.domain.errors import VenueBusy, VenueGarbled, VenueRefused
from levdesk.domain.instruments import Provenance, TokenKey, TokenStatus
from levdesk.domain.market import Candle, FundingPoint, NavSource, UnderlyingQuote
from levdesk.venues.contract import CandleQuery, Request, RequestKind
from levdesk.venues.mexc import Mexc
from levdesk.venues.streams import StreamNews, Topic, TopicKind
from tests.venues.contract_suite import HOUR_MS, NOW_MS, ContractSuite, StreamingVenue, VenueSamples, reply
from tests.venues.samples import mexc as samples

MEXC = Mexc()
BTC3L = TokenKey("mexc", "BTC3L")
OP3S = TokenKey("mexc", "OP3S")
BTC = "BTC_USDT"

TICKER_NEWS = StreamNews(
    underlyings=(
        UnderlyingQuote(
            venue="mexc",
            instrument=BTC,
            ts_ms=1_587_442_022_003,
            mark=Decimal("6867.4"),
            index=Decimal("6861.6"),
            last=Decimal("6865.5"),
            funding_rate=Decimal("0.0008"),
        ),
    ),
    sent_ms=1_587_442_022_003,
)


class TestMexcKeepsTheContract(ContractSuite):
    venue: ClassVar[StreamingVenue] = MEXC
    samples: ClassVar[VenueSamples] = VenueSamples(
        server_time=(samples.SERVER_TIME,),
        token_lists=(samples.EXCHANGE_INFO,),
        tickers=(samples.TICKERS, b"[" + samples.BTC3L_TICKER + b"," + samples.BTC_TICKER + b"]"),
        token_navs=(samples.ETF_INFO, samples.ETF_INFO_ROW, samples.ETF_INFO_FIRST_ROW),
        token_candles=(samples.SPOT_CANDLES,),
        underlying_quotes=(samples.CONTRACT_TICKERS, samples.CONTRACT_FUNDING, samples.CONTRACT_INDEX),
        underlying_candles=(samples.CONTRACT_CANDLES,),
        funding_history=(samples.FUNDING_HISTORY, samples.FUNDING_HISTORY_WITH_CYCLE),
        token_depth=(samples.ORDER_BOOK,),
        notices=(samples.ANNOUNCED,),
        listed=BTC3L,
        pair="BTC3LUSDT",
        perpetual=BTC,
        refusals=samples.ERRORS,
        kind_refusals={
            RequestKind.UNDERLYING_CANDLES: ((200, samples.UNKNOWN_CONTRACT),),
            RequestKind.FUNDING_HISTORY: ((200, samples.UNKNOWN_CONTRACT),),
            RequestKind.TOKEN_NAVS: ((200, b"[]"),),
        },
        busy=samples.BUSY,
        stream_messages=(
            (samples.TICKER_PUSH, TICKER_NEWS),
            (samples.SUBSCRIBED, StreamNews(sent_ms=1_587_442_022_003)),
            (samples.PONG, StreamNews(sent_ms=1_587_453_241_453)),
            (samples.SPOT_SUBSCRIBED, StreamNews()),
        ),
        stream_refusals=((samples.SUBSCRIPTION_ERROR, ("NOSUCH_USDT",)), (samples.NAMELESS_ERROR, ("",))),
        stream_garbled=("[]", "null"),
        ping_text='{"method":"ping"}',
        most_topics_per_message=1,
    )


def query_of(request: Request) -> dict[str, str]:
    return dict(request.query)


# -- tokens ------------------------------------------------------------------------------------------------------


def test_a_token_needs_its_name_its_coin_and_the_dollar() -> None:
    parsed = MEXC.parse_tokens(reply(samples.EXCHANGE_INFO))
    found = {token.key.symbol: (token.underlying, token.target_leverage, token.status) for token in parsed.values}
    assert found == {
        "TOMO3L": ("TOMO", Decimal(3), TokenStatus.TRADING),
        "BTC3S": ("BTC", Decimal(-3), TokenStatus.DELISTED),
    }
    assert {token.provenance for token in parsed.values} == {Provenance.ASSUMED}


def test_a_list_without_tokens_says_so() -> None:
    parsed = MEXC.parse_tokens(reply(samples.EXCHANGE_INFO_WITHOUT_TOKENS))
    assert parsed.values == ()
    assert [problem.code for problem in parsed.problems] == ["no_tokens_listed"]


def test_a_price_keeps_its_digits_and_its_own_time() -> None:
    (quote,) = MEXC.parse_token_quotes(reply(samples.TICKERS), frozenset({BTC3L})).values
    assert (quote.last, quote.bid, quote.ask) == (Decimal("0.1472"), Decimal("0.147"), Decimal("0.1475"))
    assert (quote.price_ts_ms, quote.nav) == (1_641_349_582_808, None)


def test_all_tokens_are_those_whose_coin_is_in_the_list() -> None:
    assert [quote.key for quote in MEXC.parse_token_quotes(reply(samples.TICKERS)).values] == [BTC3L]


def test_best_offers_alone_are_read_too() -> None:
    (quote,) = MEXC.parse_token_quotes(reply(samples.BOOK_TICKERS)).values
    assert (quote.key.symbol, quote.last, quote.bid, quote.price_ts_ms) == ("AE3L", None, Decimal("0.11"), NOW_MS)


def test_bad_prices_are_rejected_by_name() -> None:
    body = samples.TICKERS.replace(b'"0.147"', b'"NaN"')
    parsed = MEXC.parse_token_quotes(reply(body), frozenset({BTC3L}))
    assert [(problem.code, problem.source) for problem in parsed.problems] == [("price_rejected", "mexc:BTC3L")]
    assert (parsed.values[0].bid, parsed.values[0].ask) == (None, Decimal("0.1475"))


def test_an_empty_price_list_is_garbled() -> None:
    with pytest.raises(VenueGarbled):
        MEXC.parse_token_quotes(reply(b"[]"))


# -- the undocumented NAVs ---------------------------------------------------------------------------------------


def test_a_nav_has_the_size_of_the_real_leverage_and_the_sign_of_the_target() -> None:
    (quote,) = MEXC.parse_token_navs(reply(samples.ETF_INFO_ROW)).values
    assert (quote.key, quote.nav, quote.nav_source) == (OP3S, Decimal("0.332"), NavSource.VENUE)
    assert quote.effective_leverage == Decimal("-2.9126")
    assert quote.nav_ts_ms == quote.leverage_ts_ms == 1_661_494_588_543
    assert (quote.last, quote.rebalance_ms) == (None, None)  # the time of a merge is not that of a rebalance


def test_the_oldest_shape_has_a_nav_and_no_leverage() -> None:
    (quote,) = MEXC.parse_token_navs(reply(samples.ETF_INFO_FIRST_ROW)).values
    assert (quote.key, quote.nav, quote.effective_leverage) == (BTC3L, Decimal("0.147"), None)


@pytest.mark.parametrize(
    ("status", "body"),
    [(200, b"[]"), (404, b""), (403, b"<html>"), (200, b'{"code":404,"msg":"not found"}'), (400, b'{"code":400}')],
)
def test_an_endpoint_that_is_gone_is_refused(status: int, body: bytes) -> None:
    with pytest.raises(VenueRefused):
        MEXC.parse_token_navs(reply(body, status))


def test_an_empty_list_of_navs_says_what_happens_now() -> None:
    with pytest.raises(VenueRefused) as caught:
        MEXC.parse_token_navs(reply(b"[]"))
    assert caught.value.label == "NO_NAV"
    assert "estimated" in caught.value.hint


def test_an_absurd_nav_is_rejected() -> None:
    parsed = MEXC.parse_token_navs(reply(samples.ETF_INFO.replace(b'"0.332"', b'"-0.332"')))
    assert [problem.code for problem in parsed.problems] == ["nav_rejected"]
    assert (parsed.values[0].nav, parsed.values[0].nav_ts_ms) == (None, None)


# -- perpetuals --------------------------------------------------------------------------------------------------


def test_a_ticker_gives_mark_index_last_and_funding() -> None:
    (quote,) = MEXC.parse_underlying_quotes(reply(samples.CONTRACT_TICKERS), frozenset({BTC})).values
    assert (quote.mark, quote.index, quote.last) == (Decimal("31199.5"), Decimal("31016.3"), Decimal(31199))
    assert (quote.funding_rate, quote.funding_interval_s) == (Decimal("0.001"), None)
    assert quote.ts_ms == 1_609_831_334_016


def test_a_contracts_funding_gives_its_interval_and_its_next_settlement() -> None:
    (quote,) = MEXC.parse_underlying_quotes(reply(samples.CONTRACT_FUNDING), frozenset({BTC})).values
    assert (quote.mark, quote.funding_rate) == (None, Decimal("0.000018"))
    assert (quote.funding_interval_s, quote.next_funding_ms) == (28_800, 1_761_897_600_000)


def test_tickers_are_asked_for_at_once_and_funding_one_by_one() -> None:
    asked = [request.url.removeprefix("https://api.mexc.com") for request in MEXC.underlying_quotes(frozenset({BTC}))]
    assert asked == ["/api/v1/contract/ticker", "/api/v1/contract/funding_rate/BTC_USDT"]


def test_a_name_typed_by_a_person_stays_within_its_place_in_the_address() -> None:
    (_, funding) = MEXC.underlying_quotes(frozenset({"../A?B"}))
    assert funding.url == "https://api.mexc.com/api/v1/contract/funding_rate/..%2FA%3FB"


def test_an_unknown_contract_beside_the_list_of_all_says_nothing_more() -> None:
    assert MEXC.parse_underlying_quotes(reply(samples.UNKNOWN_CONTRACT), frozenset({"NOSUCH"})).values == ()


def test_an_unknown_contract_asked_for_alone_is_refused_by_its_code() -> None:
    with pytest.raises(VenueRefused) as caught:
        MEXC.parse_funding_history(reply(samples.UNKNOWN_CONTRACT))
    assert caught.value.label == "1001"
    assert "perpetual" in caught.value.hint


def test_funding_is_turned_oldest_first() -> None:
    parsed = MEXC.parse_funding_history(reply(samples.FUNDING_HISTORY))
    assert parsed.values == (FundingPoint(1_609_776_000_000, 0.00029), FundingPoint(1_609_804_800_000, 0.000266))


def test_no_settlements_on_a_page_are_an_answer() -> None:
    body = b'{"success":true,"code":0,"data":{"pageSize":1000,"totalPage":1,"currentPage":2,"resultList":[]}}'
    assert MEXC.parse_funding_history(reply(body)).values == ()


# -- bars --------------------------------------------------------------------------------------------------------


def test_spot_bars_know_their_end() -> None:
    (bar,) = MEXC.parse_token_candles(reply(samples.SPOT_CANDLES)).values
    assert bar == Candle(1_710_327_600_000, 73260.0, 73442.95, 73238.69, 73414.21, 49.560236, closed=True)
    growing = samples.SPOT_CANDLES.replace(b"1710331200000", str(NOW_MS + 1).encode())
    assert not MEXC.parse_token_candles(reply(growing)).values[0].closed


def test_spot_bars_come_in_pages_of_five_hundred_whose_end_is_not_left_out() -> None:
    start_ms = NOW_MS // HOUR_MS * HOUR_MS
    query = CandleQuery(instrument="BTC3LUSDT", interval_s=3600, start_ms=start_ms, end_ms=start_ms + 599 * HOUR_MS)
    first, second = (query_of(request) for request in MEXC.token_candles(query))
    assert first["interval"] == "60m"
    assert int(first["endTime"]) == start_ms + 499 * HOUR_MS + 1
    assert int(second["startTime"]) == start_ms + 500 * HOUR_MS


def test_mark_bars_are_read_column_by_column() -> None:
    (bar,) = MEXC.parse_underlying_candles(reply(samples.CONTRACT_CANDLES)).values
    assert (bar.ts_ms, bar.open, bar.high, bar.low, bar.close) == (1_609_740_600_000, 33016.5, 33094, 32995, 33040.5)
    assert isnan(bar.volume)


def test_columns_of_unequal_length_lose_only_what_is_missing() -> None:
    body = samples.CONTRACT_CANDLES.replace(b'"time":[1609740600]', b'"time":[1609740600,1609744200]')
    parsed = MEXC.parse_underlying_candles(reply(body))
    assert len(parsed.values) == 1
    assert [problem.code for problem in parsed.problems] == ["candle_rejected"]


def test_mark_bars_are_asked_for_in_seconds() -> None:
    start_ms = NOW_MS // HOUR_MS * HOUR_MS
    query = CandleQuery(instrument=BTC, interval_s=14_400, start_ms=start_ms, end_ms=start_ms + 8 * HOUR_MS)
    (request,) = MEXC.underlying_candles(query)
    assert request.url.endswith("/api/v1/contract/kline/fair_price/BTC_USDT")
    assert query_of(request)["interval"] == "Hour4"
    assert int(query_of(request)["start"]) % 14_400 == 0


# -- refusals ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("header", "wait_s"), [({}, 120), ({"Retry_After": "86400"}, 86_400)])
def test_a_ban_is_waited_out_for_as_long_as_it_lasts(header: dict[str, str], wait_s: float) -> None:
    with pytest.raises(VenueBusy) as caught:
        MEXC.parse_token_quotes(reply(b'{"code":418,"msg":"banned"}', 418, **header))
    assert caught.value.retry_after_s == wait_s


def test_a_pair_that_is_unknown_keeps_its_code_and_says_what_to_do() -> None:
    with pytest.raises(VenueRefused) as caught:
        MEXC.parse_token_candles(reply(b'{"code":10007,"msg":"bad symbol"}', 400))
    assert caught.value.label == "10007"
    assert "delisted" in caught.value.hint


# -- streams -----------------------------------------------------------------------------------------------------


def test_perpetuals_share_one_connection_in_plain_text() -> None:
    topic = Topic(TopicKind.UNDERLYING, BTC)
    (socket,) = MEXC.sockets((topic, Topic(TopicKind.TOKEN, "BTC3LUSDT")))
    assert (socket.url, socket.topics) == ("wss://contract.mexc.com/edge", (topic,))
    assert MEXC.subscribe(socket, (topic,)) == ('{"method":"sub.ticker","param":{"symbol":"BTC_USDT"},"gzip":false}',)
    assert MEXC.unsubscribe(socket, (topic,))[0].startswith('{"method":"unsub.ticker"')


def test_a_bad_row_of_the_stream_is_left_out_and_named() -> None:
    news = MEXC.read_message('{"channel":"push.ticker","data":[]}', NOW_MS)
    assert [problem.code for problem in news.problems] == ["row_unreadable"]
