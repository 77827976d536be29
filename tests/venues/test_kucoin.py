"""KuCoin's own dialect, beyond what every venue keeps."""

from __future__ import annotations

from decimal import Decimal
from math import isnan
from typing import ClassVar

import pytest

from levdesk.domain.errors import Bug, VenueBusy, VenueGarbled, VenueRefused
from levdesk.domain.instruments import Provenance, TokenKey
from levdesk.domain.market import Candle, FundingPoint, NavSource, UnderlyingQuote
from levdesk.venues.contract import CandleQuery, Request, RequestKind
from levdesk.venues.kucoin import Kucoin
from levdesk.venues.streams import StreamNews, Ticket, Topic, TopicKind
from tests.venues.contract_suite import HOUR_MS, NOW_MS, ContractSuite, StreamingVenue, VenueSamples, reply
from tests.venues.samples import kucoin as samples

KUCOIN = Kucoin()
BTC3L = TokenKey("kucoin", "BTC3L")
BTC = "XBTUSDTM"
PERPETUAL = Topic(TopicKind.UNDERLYING, BTC)


def heard(instrument: str, ts_ms: int, **parts: Decimal) -> StreamNews:
    return StreamNews(
        underlyings=(
            UnderlyingQuote(
                venue="kucoin",
                instrument=instrument,
                ts_ms=ts_ms,
                mark=parts.get("mark"),
                index=parts.get("index"),
                last=parts.get("last"),
                funding_rate=parts.get("funding_rate"),
            ),
        )
    )


class TestKucoinKeepsTheContract(ContractSuite):
    venue: ClassVar[StreamingVenue] = KUCOIN
    samples: ClassVar[VenueSamples] = VenueSamples(
        server_time=(samples.SERVER_TIME,),
        token_lists=(samples.SYMBOLS,),
        tickers=(samples.ALL_TICKERS,),
        token_navs=(samples.ETF_INFO, samples.ETF_INFO_OLDER),
        token_candles=(samples.SPOT_CANDLES,),
        underlying_quotes=(samples.CONTRACTS, samples.MARK_PRICE),
        underlying_candles=(samples.PERPETUAL_CANDLES,),
        funding_history=(samples.FUNDING,),
        ticket=(samples.FUTURES_TICKET, samples.SPOT_TICKET),
        token_depth=(samples.ORDER_BOOK,),
        notices=(samples.ANNOUNCED,),
        listed=BTC3L,
        pair="BTC3L-USDT",
        perpetual=BTC,
        refusals=samples.ERRORS,
        kind_refusals={
            RequestKind.TOKEN_NAVS: ((200, samples.enveloped(b"[]")), (200, samples.enveloped(b"null"))),
        },
        busy=samples.BUSY,
        headers=("retry-after", "gw-ratelimit-reset"),
        stream_messages=(
            (
                samples.MARK_PUSH,
                heard(BTC, 1_731_899_129_000, mark=Decimal("90445.02"), index=Decimal("90445.02")),
            ),
            (samples.FUNDING_PUSH, heard("XBTUSDM", 1_551_770_400_000, funding_rate=Decimal("-0.002966"))),
            (samples.SNAPSHOT_PUSH, heard(BTC, 1_731_900_415_023, last=Decimal("90326.7"))),
            (samples.OFFERS_PUSH, StreamNews()),
            (samples.SPOT_PUSH, StreamNews()),
            (samples.WELCOME, StreamNews()),
            (samples.ACKNOWLEDGED, StreamNews()),
            (samples.PONG, StreamNews()),
        ),
        stream_refusals=((samples.UNKNOWN_TOPIC, ("NOSUCHUSDTM",)), (samples.NAMELESS_ERROR, ("",))),
        stream_garbled=("[]", "null"),
        ping_text=f'{{"id":"{NOW_MS}","type":"ping"}}',
        most_topics_per_socket=200,
        most_topics_per_message=1,
        least_message_gap_ms=100,
    )


def query_of(request: Request) -> dict[str, str]:
    return dict(request.query)


# -- tokens ------------------------------------------------------------------------------------------------------


def test_tokens_are_the_pairs_of_the_etf_market() -> None:
    parsed = KUCOIN.parse_tokens(reply(samples.SYMBOLS))
    found = {token.key.symbol: (token.underlying, token.target_leverage) for token in parsed.values}
    assert found == {
        "BTC3L": ("BTC", Decimal(3)),
        "ETH3S": ("ETH", Decimal(-3)),
        "BTCUP": ("BTC", Decimal(3)),
        "ETHDOWN": ("ETH", Decimal(-3)),
    }
    assert {token.provenance for token in parsed.values} == {Provenance.ASSUMED}


def test_an_empty_etf_market_is_an_answer() -> None:
    parsed = KUCOIN.parse_tokens(reply(samples.enveloped(b"[]")))
    assert parsed.values == ()
    assert [problem.code for problem in parsed.problems] == ["no_tokens_listed"]


def test_a_price_keeps_its_digits_and_the_time_of_its_list() -> None:
    (quote,) = KUCOIN.parse_token_quotes(reply(samples.ALL_TICKERS), frozenset({BTC3L})).values
    assert (str(quote.last), quote.bid, quote.ask) == ("0.01240", Decimal("0.0123"), Decimal("0.0125"))
    assert quote.price_ts_ms == 1_729_175_612_158


def test_a_coin_that_ends_like_a_token_is_none() -> None:
    assert [quote.key for quote in KUCOIN.parse_token_quotes(reply(samples.ALL_TICKERS)).values] == [BTC3L]


def test_the_statistics_of_one_pair_are_read_too() -> None:
    (quote,) = KUCOIN.parse_token_quotes(reply(samples.STATS), frozenset({TokenKey("kucoin", "BTC")})).values
    assert (quote.last, quote.bid, quote.ask) == (Decimal("66981.5"), Decimal("66982.4"), Decimal("66982.5"))


def test_an_empty_price_list_is_garbled() -> None:
    with pytest.raises(VenueGarbled):
        KUCOIN.parse_token_quotes(reply(samples.enveloped(b'{"time":1729175612158,"ticker":[]}')))


# -- the NAVs of the past ----------------------------------------------------------------------------------------


def test_a_nav_is_of_when_it_came() -> None:
    (quote,) = KUCOIN.parse_token_navs(reply(samples.ETF_INFO)).values
    assert (quote.key.symbol, quote.nav, quote.nav_source) == ("BTCUP", Decimal("33.846"), NavSource.VENUE)
    assert (quote.effective_leverage, quote.nav_ts_ms) == (Decimal("2.1648"), NOW_MS)


def test_the_sign_of_leverage_is_that_of_the_name() -> None:
    (older,) = KUCOIN.parse_token_navs(reply(samples.ETF_INFO_OLDER)).values
    assert (older.nav, older.effective_leverage) == (Decimal("0.001"), Decimal("2.33"))
    (short,) = KUCOIN.parse_token_navs(reply(samples.ETF_INFO.replace(b"BTCUP", b"BTC3S"))).values
    assert short.effective_leverage == Decimal("-2.1648")


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, samples.enveloped(b"[]")),
        (200, samples.enveloped(b"null")),
        (404, b""),
        (200, b'{"code":"404000","msg":"Url Not Found"}'),
        (200, b'{"code":"400001","msg":"Please check the header of your request"}'),
    ],
)
def test_an_endpoint_that_is_gone_is_refused(status: int, body: bytes) -> None:
    with pytest.raises(VenueRefused):
        KUCOIN.parse_token_navs(reply(body, status))


# -- perpetuals --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("coin", "instrument"), [("BTC", "XBTUSDTM"), ("ETH", "ETHUSDTM")])
def test_bitcoin_has_another_name_there(coin: str, instrument: str) -> None:
    assert KUCOIN.perpetual(coin) == instrument


def test_a_contract_gives_mark_index_last_and_funding_with_its_times() -> None:
    (quote,) = KUCOIN.parse_underlying_quotes(reply(samples.CONTRACTS), frozenset({BTC})).values
    assert (quote.mark, quote.index, quote.last) == (Decimal("67687.08"), Decimal("67683.58"), Decimal("67690.1"))
    assert (quote.funding_rate, quote.funding_interval_s) == (Decimal("5.2E-5"), 28_800)
    assert quote.next_funding_ms == NOW_MS + 16_545_690  # a countdown


def test_a_dated_contract_without_funding_is_no_problem() -> None:
    row = b'[{"symbol":"XBTMU26","markPrice":1.5,"fundingFeeRate":null,"fundingRateGranularity":null}]'
    parsed = KUCOIN.parse_underlying_quotes(reply(samples.enveloped(row)))
    assert (parsed.values[0].funding_rate, parsed.problems) == (None, ())


def test_the_mark_price_of_one_has_its_own_time() -> None:
    (quote,) = KUCOIN.parse_underlying_quotes(reply(samples.MARK_PRICE)).values
    assert (quote.mark, quote.index) == (Decimal("67687.08"), Decimal("67683.58"))
    assert quote.ts_ms == 1_729_254_307_000


def test_funding_is_turned_oldest_first() -> None:
    parsed = KUCOIN.parse_funding_history(reply(samples.FUNDING))
    assert parsed.values == (FundingPoint(1_702_267_200_000, 0.000347), FundingPoint(1_702_296_000_000, 0.00021))


def test_funding_is_asked_for_by_thirty_days_at_most() -> None:
    pages = [query_of(request) for request in KUCOIN.funding_history(BTC, NOW_MS - 100 * 24 * HOUR_MS, NOW_MS)]
    assert len(pages) == 4
    assert all(int(page["to"]) - int(page["from"]) <= 30 * 24 * HOUR_MS for page in pages)
    assert (int(pages[0]["from"]), int(pages[-1]["to"])) == (NOW_MS - 100 * 24 * HOUR_MS, NOW_MS)


# -- bars --------------------------------------------------------------------------------------------------------


def test_spot_bars_have_their_close_before_their_high() -> None:
    (bar,) = KUCOIN.parse_token_candles(reply(samples.SPOT_CANDLES)).values
    assert bar == Candle(1_706_637_600_000, 43396.4, 43491.9, 43285.2, 43369.4, 135.02905655, closed=False)


def test_spot_bars_come_oldest_first_whatever_is_sent() -> None:
    rows = b",".join(b'["%d","1","1","1","1","5","5"]' % (1_706_637_600 + 3600 * step) for step in (2, 1, 0))
    bars = KUCOIN.parse_token_candles(reply(samples.enveloped(b"[" + rows + b"]"))).values
    assert [(bar.ts_ms, bar.closed) for bar in bars] == [
        (1_706_637_600_000 + step * HOUR_MS, True) for step in range(3)
    ]


def test_perpetual_bars_count_no_contracts_as_volume() -> None:
    (bar,) = KUCOIN.parse_underlying_candles(reply(samples.PERPETUAL_CANDLES)).values
    assert (bar.ts_ms, bar.open, bar.high, bar.low, bar.close) == (1_728_576_000_000, 60791.1, 61035, 58940, 60300)
    assert isnan(bar.volume)


def test_spot_is_asked_in_seconds_and_perpetuals_in_milliseconds_and_minutes() -> None:
    start_ms = NOW_MS // HOUR_MS * HOUR_MS
    query = CandleQuery(instrument=BTC, interval_s=3600, start_ms=start_ms, end_ms=start_ms + 599 * HOUR_MS)
    (spot,) = (query_of(request) for request in KUCOIN.token_candles(query))
    assert (spot["type"], int(spot["startAt"]) * 1000) == ("1hour", start_ms)
    first, second = (query_of(request) for request in KUCOIN.underlying_candles(query))
    assert (first["granularity"], int(first["to"])) == ("60", start_ms + 499 * HOUR_MS)
    assert int(second["from"]) == start_ms + 500 * HOUR_MS


# -- refusals ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("text", "wait_s"), [("1500", 1.5), ("0", None), ("soon", None), ("9" * 30, None)])
def test_the_pools_countdown_names_the_wait(text: str, wait_s: float | None) -> None:
    with pytest.raises(VenueBusy) as caught:
        KUCOIN.parse_token_quotes(reply(samples.BUSY[0][1], 200, gw_ratelimit_reset=text))
    assert caught.value.retry_after_s == wait_s


def test_a_pair_that_is_gone_keeps_its_code_and_says_what_to_do() -> None:
    with pytest.raises(VenueRefused) as caught:
        KUCOIN.parse_token_candles(reply(b'{"code":"900001","msg":"symbol not exists"}'))
    assert caught.value.label == "900001"
    assert "by hand" in caught.value.hint


# -- streams -----------------------------------------------------------------------------------------------------


def test_a_ticket_is_asked_for_by_post_and_names_its_own_host_and_pings() -> None:
    request = KUCOIN.stream_ticket()
    assert (request.method, request.url) == ("POST", "https://api-futures.kucoin.com/api/v1/bullet-public")
    ticket = KUCOIN.parse_stream_ticket(reply(samples.FUTURES_TICKET))
    assert ticket == Ticket(url=f"wss://ws-api-futures.kucoin.com/?token={samples.TOKEN}", ping_every_s=18.0)


def test_a_ticket_that_names_no_pings_is_pinged_all_the_same() -> None:
    body = samples.FUTURES_TICKET.replace(b'"pingInterval":18000', b'"pingInterval":0')
    assert KUCOIN.parse_stream_ticket(reply(body)).ping_every_s == 18.0


@pytest.mark.parametrize(
    ("part", "instead"),
    [
        (b'"endpoint":"wss', b'"endpoint":"ftp'),
        (b'"instanceServers":[{', b'"instanceServers":[],"others":[{'),
        (b'"token":"2', b'"token":"","was":"2'),
    ],
)
def test_a_ticket_without_an_address_is_garbled(part: bytes, instead: bytes) -> None:
    assert part in samples.FUTURES_TICKET
    with pytest.raises(VenueGarbled):
        KUCOIN.parse_stream_ticket(reply(samples.FUTURES_TICKET.replace(part, instead)))


def test_the_connection_uses_its_ticket() -> None:
    ticket = Ticket(url="wss://ws-api-futures.kucoin.com/?token=abc", ping_every_s=20.0)
    (socket,) = KUCOIN.sockets((PERPETUAL, Topic(TopicKind.TOKEN, "BTC3L-USDT")), ticket)
    assert socket.url == "wss://ws-api-futures.kucoin.com/?token=abc&connectId=futures-0"
    assert (socket.topics, socket.ping_every_s, socket.silent_after_s) == ((PERPETUAL,), 20.0, 50.0)


def test_a_connection_without_a_ticket_is_our_own_mistake() -> None:
    with pytest.raises(Bug):
        KUCOIN.sockets((PERPETUAL,))


def test_a_perpetual_is_heard_by_its_marks_and_its_snapshots() -> None:
    (socket,) = KUCOIN.sockets((PERPETUAL,), Ticket(url="wss://x/?token=t"))
    marks, snapshots = KUCOIN.subscribe(socket, (PERPETUAL,))
    assert marks == (
        '{"id":"XBTUSDTM","type":"subscribe","topic":"/contract/instrument:XBTUSDTM",'
        '"privateChannel":false,"response":true}'
    )
    assert '"/contractMarket/snapshot:XBTUSDTM"' in snapshots
    assert '"type":"unsubscribe"' in KUCOIN.unsubscribe(socket, (PERPETUAL,))[0]


def test_a_bad_row_of_the_stream_is_left_out_and_named() -> None:
    news = KUCOIN.read_message('{"topic":"/contract/instrument:XBTUSDTM","data":[]}', NOW_MS)
    assert [problem.code for problem in news.problems] == ["row_unreadable"]
    news = KUCOIN.read_message(samples.MARK_PUSH.replace("90445.02", "-1"), NOW_MS)
    assert [problem.code for problem in news.problems] == ["price_rejected", "price_rejected"]
