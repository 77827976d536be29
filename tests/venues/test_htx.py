"""HTX's own dialect, beyond what every venue keeps; and the payloads of its tokens, which ended."""

from __future__ import annotations

import gzip
import zlib
from decimal import Decimal
from typing import ClassVar

import pytest

from levdesk.domain.errors import VenueGarbled, VenueRefused
from levdesk.domain.instruments import Provenance, TokenKey, TokenStatus
from levdesk.domain.market import Candle, FundingPoint, NavSource, UnderlyingQuote
from levdesk.venues.contract import CandleQuery
from levdesk.venues.htx import Htx, ended
from levdesk.venues.streams import StreamNews, Topic, TopicKind
from tests.venues.contract_suite import HOUR_MS, NOW_MS, ContractSuite, StreamingVenue, VenueSamples, reply
from tests.venues.samples import htx as samples

HTX = Htx()
BTC = "BTC-USDT"


def quote_of(ts_ms: int, **parts: object) -> UnderlyingQuote:
    """A part of the bitcoin perpetual's quote."""
    return UnderlyingQuote(venue="htx", instrument=BTC, ts_ms=ts_ms, **parts)  # type: ignore[arg-type]


class TestHtxKeepsTheContract(ContractSuite):
    venue: ClassVar[StreamingVenue] = HTX
    samples: ClassVar[VenueSamples] = VenueSamples(
        server_time=(samples.FUTURES_TIME, samples.SPOT_TIME),
        underlying_quotes=(
            samples.INDEX,
            samples.FUNDING_NOW,
            samples.FUNDING_NOW_BARE,
            samples.OLD_FUNDING_NOW,
            samples.MARK,
        ),
        underlying_candles=(samples.BARS,),
        funding_history=(samples.FUNDING_HISTORY, samples.OLD_FUNDING_HISTORY),
        perpetual=BTC,
        refusals=samples.REFUSALS,
        busy=samples.BUSY,
        stream_messages=(
            (
                samples.MARK_PUSH,
                StreamNews(
                    underlyings=(quote_of(1_489_474_082_831, mark=Decimal("9800.12")),), sent_ms=1_489_474_082_831
                ),
            ),
            (
                samples.INDEX_PUSH,
                StreamNews(
                    underlyings=(quote_of(1_607_309_592_214, index=Decimal("19242.05")),), sent_ms=1_607_309_592_214
                ),
            ),
            (
                samples.FUNDING_PUSH,
                StreamNews(
                    underlyings=(
                        quote_of(
                            1_603_778_748_166,
                            funding_rate=Decimal("-0.000220068774978695"),
                            next_funding_ms=1_603_785_600_000,
                        ),
                    ),
                    sent_ms=1_603_778_748_166,
                ),
            ),
            (samples.SUBSCRIBED, StreamNews(sent_ms=1_489_474_081_631)),
            (samples.NOTICE_SUBSCRIBED, StreamNews(sent_ms=1_670_903_745_088)),
            (samples.SPOT_TICKER_PUSH, StreamNews(sent_ms=1_630_982_370_526)),
        ),
        stream_refusals=((samples.REFUSED, ("NOPE-USDT",)), (samples.NOTICE_REFUSED, ("NOPE-USDT",))),
        stream_pings=(
            (samples.SPOT_PING, ('{"pong": 1492420473027}',)),
            (samples.NOTICE_PING, ('{"op": "pong", "ts": "1492420473058"}',)),
        ),
        stream_garbled=('{"ping":"now"}', '{"op":"notify","data":{}}', '{"ch":"market.BTC-USDT.index.1min","tick":7}'),
        least_message_gap_ms=25,
    )

    def packed(self, message: str) -> str | bytes:
        """HTX compresses every frame."""
        return gzip.compress(message.encode("utf-8", "surrogatepass"), mtime=0)

    def test_every_topic_is_carried_once(self) -> None:
        """Here once on each of two connections: prices come on one, funding on the other."""
        topics = self.topics(450)
        sockets = self.sockets([*topics, *topics[:5]])
        assert [socket.name for socket in sockets] == ["index", "funding"]
        assert all(sorted(socket.topics) == sorted(topics) for socket in sockets)


# -- requests ----------------------------------------------------------------------------------------------------


def test_every_index_is_one_call_and_each_perpetual_two_more() -> None:
    requests = HTX.underlying_quotes(frozenset({"ETH-USDT", BTC}))
    paths = [(request.url.removeprefix("https://api.hbdm.com"), dict(request.query)) for request in requests]
    mark = "/index/market/history/linear_swap_mark_price_kline"
    assert paths == [
        ("/linear-swap-api/v1/swap_index", {}),
        ("/v5/market/funding_rate", {"contract_code": BTC}),
        (mark, {"contract_code": BTC, "period": "1min", "size": "1"}),
        ("/v5/market/funding_rate", {"contract_code": "ETH-USDT"}),
        (mark, {"contract_code": "ETH-USDT", "period": "1min", "size": "1"}),
    ]


def test_bars_are_asked_for_in_seconds_by_both_ends() -> None:
    start_ms = NOW_MS // HOUR_MS * HOUR_MS
    query = CandleQuery(instrument=BTC, interval_s=3600, start_ms=start_ms, end_ms=start_ms + 2500 * HOUR_MS)
    pages = [dict(request.query) for request in HTX.underlying_candles(query)]
    assert [(int(page["to"]) - int(page["from"])) // 3600 + 1 for page in pages] == [2000, 501]
    assert {page["period"] for page in pages} == {"60min"}
    assert int(pages[0]["from"]) * 1000 == start_ms


def test_funding_history_names_both_ends_of_every_page() -> None:
    pages = [dict(request.query) for request in HTX.funding_history(BTC, NOW_MS - 300 * HOUR_MS, NOW_MS)]
    assert len(pages) == 4
    assert all(int(page["end_time"]) - int(page["start_time"]) < 100 * HOUR_MS for page in pages)
    assert [int(page["end_time"]) + 1 for page in pages[:-1]] == [int(page["start_time"]) for page in pages[1:]]
    assert {page["limit"] for page in pages} == {"100"}


# -- perpetuals --------------------------------------------------------------------------------------------------


def test_an_index_keeps_every_digit_and_its_own_time() -> None:
    (quote,) = HTX.parse_underlying_quotes(reply(samples.INDEX)).values
    assert quote == quote_of(1_603_694_592_011, index=Decimal("13076.32986568"))


def test_an_empty_list_is_said_and_not_taken_for_good_figures() -> None:
    empty = reply(b'{"status":"ok","data":[],"ts":1603694592011}')
    parsed = HTX.parse_underlying_quotes(empty, frozenset({"BTC-USDT"}))
    assert parsed.values == ()
    assert [problem.code for problem in parsed.problems] == ["instrument_not_listed"]


def test_an_index_that_stopped_days_ago_is_a_delisted_perpetual() -> None:
    answer = reply(samples.INDEX_WITH_A_DELISTED_ROW)
    assert [quote.instrument for quote in HTX.parse_underlying_quotes(answer).values] == [BTC]
    parsed = HTX.parse_underlying_quotes(answer, frozenset({"CVX-USDT"}))
    assert parsed.values == ()
    assert [problem.code for problem in parsed.problems] == ["instrument_not_listed"]


@pytest.mark.parametrize(
    ("body", "rate", "settles_ms"),
    [
        (samples.FUNDING_NOW, "0.000081913965631512", 1_781_251_200_000),
        (samples.FUNDING_NOW_BARE, "-0.0001", 1_782_460_800_000),
    ],
)
def test_funding_tells_its_interval_by_the_settlement_after_the_next(body: bytes, rate: str, settles_ms: int) -> None:
    (quote,) = HTX.parse_underlying_quotes(reply(body)).values
    assert (str(quote.funding_rate), quote.next_funding_ms, quote.funding_interval_s) == (rate, settles_ms, 28_800)
    assert (quote.mark, quote.index) == (None, None)


def test_a_settlement_that_has_passed_is_not_the_next() -> None:
    etc, btc = HTX.parse_underlying_quotes(reply(samples.OLD_FUNDING_NOW)).values
    assert (etc.next_funding_ms, etc.funding_interval_s) == (None, None)
    assert (btc.funding_rate, btc.next_funding_ms) == (Decimal(0), 1_790_006_400_000)


def test_a_mark_price_is_the_newest_close_and_no_newer_than_its_bar() -> None:
    (quote,) = HTX.parse_underlying_quotes(reply(samples.MARK)).values
    assert quote == quote_of(1_611_105_900_000, mark=Decimal("31078.70"))


def test_a_mark_price_of_a_perpetual_nobody_asked_for_says_nothing() -> None:
    assert HTX.parse_underlying_quotes(reply(samples.MARK), frozenset({"ETH-USDT"})).values == ()


@pytest.mark.parametrize(
    "channel", ["", "market.BTC-USDT.kline.1min", "market.BTC-USDT.mark_price.1year", "x y.mark_price."]
)
def test_bars_of_something_else_are_no_mark_price(channel: str) -> None:
    body = samples.MARK.replace(b"market.BTC-USDT.mark_price.5min", channel.encode())
    with pytest.raises(VenueGarbled):
        HTX.parse_underlying_quotes(reply(body))


@pytest.mark.parametrize(("field", "code"), [("index_price", "price_rejected"), ("funding_rate", "funding_rejected")])
@pytest.mark.parametrize("bad", ["NaN", '"1e13"', "true", "[1]"])
def test_a_bad_figure_is_left_out_and_named(field: str, code: str, bad: str) -> None:
    body = f'{{"status":"ok","ts":{NOW_MS},"data":[{{"contract_code":"BTC-USDT","{field}":{bad}}}]}}'
    parsed = HTX.parse_underlying_quotes(reply(body.encode()))
    assert parsed.values == ()
    assert [(problem.code, problem.source) for problem in parsed.problems] == [(code, f"htx:{BTC}")]


def test_an_unknown_contract_is_refused_with_what_to_do() -> None:
    with pytest.raises(VenueRefused) as caught:
        HTX.parse_underlying_quotes(reply(samples.REFUSALS[0][1]))
    assert caught.value.label == "1014"
    assert "definition" in caught.value.hint


# -- history -----------------------------------------------------------------------------------------------------


def test_bars_count_coins_not_contracts() -> None:
    (bar,) = HTX.parse_underlying_candles(reply(samples.BARS)).values
    assert bar == Candle(1_603_695_060_000, 13076.8, 13076.8, 13076.8, 13076.8, 0.004, closed=False)


def test_bars_and_settlements_may_be_none() -> None:
    assert HTX.parse_underlying_candles(reply(b'{"status":"ok","data":[]}')).values == ()
    assert HTX.parse_funding_history(reply(b'{"code":200,"data":[]}')).values == ()


def test_the_rate_really_paid_is_preferred_where_it_is_told() -> None:
    assert HTX.parse_funding_history(reply(samples.FUNDING_HISTORY)).values == (
        FundingPoint(1_603_296_000_000, 0.0001),
    )
    old = HTX.parse_funding_history(reply(samples.OLD_FUNDING_HISTORY)).values
    assert old == (FundingPoint(1_603_670_400_000, 0.00009),)
    null = samples.OLD_FUNDING_HISTORY.replace(b'"0.00009"', b"null")
    assert HTX.parse_funding_history(reply(null)).values == (FundingPoint(1_603_670_400_000, 0.0001),)


# -- streams -----------------------------------------------------------------------------------------------------


def test_prices_and_funding_are_asked_for_in_their_own_words() -> None:
    topics = (Topic(TopicKind.UNDERLYING, BTC),)
    prices, funding = HTX.sockets(topics)
    assert prices.url == "wss://api.hbdm.com/ws_index"
    assert HTX.subscribe(prices, topics) == (
        '{"sub": "market.BTC-USDT.mark_price.1min", "id": "BTC-USDT"}',
        '{"sub": "market.BTC-USDT.index.1min", "id": "BTC-USDT"}',
    )
    assert funding.url == "wss://api.hbdm.com/linear-swap-notification"
    assert HTX.unsubscribe(funding, topics) == (
        '{"op": "unsub", "cid": "BTC-USDT", "topic": "public.BTC-USDT.funding_rate"}',
    )


def test_tokens_are_not_streamed() -> None:
    assert HTX.sockets([Topic(TopicKind.TOKEN, "BTC3L_USDT")]) == ()


def test_a_frame_that_is_no_gzip_or_never_ends_is_garbled() -> None:
    whole = gzip.compress(samples.MARK_PUSH.encode())
    too_large = gzip.compress(b" " * (5 << 20))
    for frame in (samples.MARK_PUSH.encode(), zlib.compress(samples.MARK_PUSH.encode()), whole[:-9], too_large):
        with pytest.raises(VenueGarbled):
            HTX.read_message(frame, NOW_MS)


def test_a_message_a_mirror_unpacked_is_read_too() -> None:
    assert HTX.read_message(samples.MARK_PUSH, NOW_MS).underlyings[0].mark == Decimal("9800.12")


def test_a_bad_rate_among_good_ones_is_named() -> None:
    rows = ('{"contract_code":"BTC-USDT","funding_rate":"0.0001"}', '{"funding_rate":"1"}')
    absurd = '{"contract_code":"X","funding_rate":"9"}'
    news = HTX.read_message(f'{{"op":"notify","ts":{NOW_MS},"data":[{",".join((*rows, absurd))}]}}', NOW_MS)
    assert [quote.instrument for quote in news.underlyings] == [BTC]
    assert [problem.code for problem in news.problems] == ["row_unreadable", "funding_rejected"]


def test_words_htx_did_not_understand_are_a_problem() -> None:
    assert [problem.code for problem in HTX.read_message('{"op":"error","ts":1}', NOW_MS).problems] == [
        "stream_refused"
    ]


# -- the leveraged tokens that ended -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "symbol", "underlying", "target"),
    [(samples.LONG_NAMED_SYMBOLS, "XRP3S", "XRP", -3), (samples.SHORT_NAMED_SYMBOLS, "BTC3L", "BTC", 3)],
)
def test_old_symbol_lists_name_tokens_that_ended(body: bytes, symbol: str, underlying: str, target: int) -> None:
    (token,) = ended.tokens(reply(body)).values
    assert (token.key, token.underlying) == (TokenKey("htx", symbol), underlying)
    assert (token.target_leverage, token.status) == (Decimal(target), TokenStatus.DELISTED)


def test_a_symbol_without_the_tag_is_no_token() -> None:
    body = samples.SHORT_NAMED_SYMBOLS.replace(b"etp,nav", b"nav")
    assert ended.tokens(reply(body)).values == ()


def test_the_nav_of_an_old_token_keeps_every_digit() -> None:
    (quote,) = ended.net_value(reply(samples.NET_VALUE)).values
    assert (quote.key, str(quote.nav), quote.nav_source) == (
        TokenKey("htx", "BTC3L"),
        "17.463067985747816",
        NavSource.VENUE,
    )
    assert (str(quote.effective_leverage), quote.nav_ts_ms) == ("2.988538205272293", 1_597_890_198_525)


def test_a_short_token_has_negative_leverage_and_a_message_reads_like_an_answer() -> None:
    (quote,) = ended.net_value(reply(samples.NET_VALUE_PUSH)).values
    assert (quote.key.symbol, quote.effective_leverage) == ("BTC3S", Decimal("-2.9"))


def test_the_basket_of_the_page_gives_its_nav_and_leverage_back() -> None:
    """Units times price plus cash is the NAV, so the sample is a check of the model too."""
    units, cash, nav = Decimal("0.004438693860243208"), Decimal("-34.725977870927"), Decimal("17.463067985747816")
    (quote,) = ended.net_value(reply(samples.NET_VALUE)).values
    assert quote.effective_leverage is not None
    assert abs((nav - cash) / nav - quote.effective_leverage) < Decimal("1e-14")
    assert units > 0


@pytest.mark.parametrize("body", [b"{}", b'{"tick":{}}', b'{"status":"ok"}', b'{"tick":{"symbol":"a b"}}'])
def test_what_holds_no_nav_is_garbled(body: bytes) -> None:
    with pytest.raises(VenueGarbled):
        ended.net_value(reply(body))


def test_old_rebalances_come_out_oldest_first() -> None:
    found = ended.rebalances(reply(samples.REBALANCES)).values
    assert [(quote.key.symbol, quote.rebalance_ms) for quote in found] == [
        ("BTC3L", 1_594_990_401_594),
        ("BTC3L", 1_595_065_303_552),
    ]


def test_dealing_fees_of_an_old_token_are_stated() -> None:
    fees = ended.dealing_fees(reply(samples.REFERENCE))
    assert (fees.subscribe_ratio, fees.redeem_ratio) == (Decimal("0.0035"), Decimal("0.0035"))
    assert (fees.provenance, fees.management_per_day_ratio) == (Provenance.STATED, None)
    for bad in (b'{"code":200,"data":[]}', samples.REFERENCE.replace(b'"0.0035"', b'"2"')):
        with pytest.raises(VenueGarbled):
            ended.dealing_fees(reply(bad))


def test_nav_bars_of_an_old_token_are_read_like_any_bars() -> None:
    bars = ended.nav_bars(reply(samples.SPOT_BARS)).values
    assert [bar.ts_ms for bar in bars] == [1_629_768_900_000, 1_629_769_200_000]
    assert bars[1].close == 17.41
