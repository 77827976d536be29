"""Gate's own dialect, beyond what every venue keeps."""

from __future__ import annotations

from decimal import Decimal
from math import isnan
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from levdesk.domain.errors import Bug, VenueBusy, VenueError, VenueGarbled, VenueRefused
from levdesk.domain.instruments import Provenance, TokenKey
from levdesk.domain.market import Candle, FundingPoint, NavSource, TokenQuote, UnderlyingQuote
from levdesk.venues.contract import CandleQuery, Parsed, Reply, Request
from levdesk.venues.gate import Gate
from levdesk.venues.streams import StreamNews, Topic, TopicKind
from tests.venues.contract_suite import HOUR_MS, NOW_MS, ContractSuite, StreamingVenue, VenueSamples, reply
from tests.venues.samples import gate as samples

BTC3L = TokenKey("gate", "BTC3L")
ETH3S = TokenKey("gate", "ETH3S")
JUP = TokenKey("gate", "JUP")
GATE = Gate()

SPOT_TICKER_NEWS = StreamNews(
    tokens=(
        TokenQuote(
            key=TokenKey("gate", "ETH"),
            last=Decimal("70775.2"),
            bid=Decimal(70773),
            ask=Decimal("70773.1"),
            price_ts_ms=1_717_595_233_666,
        ),
    ),
    sent_ms=1_717_595_233_666,
)
SPOT_OFFERS_NEWS = StreamNews(
    tokens=(
        TokenQuote(
            key=TokenKey("gate", "ETH"),
            bid=Decimal("19177.79"),
            ask=Decimal("19179.38"),
            price_ts_ms=1_606_293_275_123,
        ),
    ),
    sent_ms=1_606_293_275_723,
)
PERPETUAL_TICKER_NEWS = StreamNews(
    underlyings=(
        UnderlyingQuote(
            venue="gate",
            instrument="BTC_USDT",
            ts_ms=1_785_548_246_983,
            mark=Decimal("62914.3"),
            index=Decimal("62937.6"),
            last=Decimal("62914.3"),
            funding_rate=Decimal("0.000033"),
            funding_interval_s=28_800,
            next_funding_ms=1_785_571_200_000,
        ),
    )
)


class TestGateKeepsTheContract(ContractSuite):
    venue: ClassVar[StreamingVenue] = GATE
    samples: ClassVar[VenueSamples] = VenueSamples(
        server_time=(samples.SERVER_TIME,),
        tickers=(samples.TICKERS_REPLY, samples.ONE_TICKER_REPLY),
        token_candles=samples.SPOT_CANDLES,
        underlying_quotes=(samples.CONTRACTS, samples.PERPETUAL_TICKERS),
        underlying_candles=samples.PERPETUAL_CANDLES,
        funding_history=(samples.FUNDING,),
        token_depth=(samples.ORDER_BOOK,),
        token_listings=(samples.PAIRS,),
        notices=(samples.ARTICLES,),
        listed=BTC3L,
        pair="BTC3L_USDT",
        perpetual="BTC_USDT",
        refusals=samples.ERRORS,
        busy=samples.BUSY,
        headers=("retry-after", "x-out-time", "x-gate-ratelimit-reset-timestamp"),
        stream_messages=(
            (samples.SPOT_ACKNOWLEDGED, StreamNews(sent_ms=1_717_595_231_793)),
            (samples.SPOT_TICKER_PUSH, SPOT_TICKER_NEWS),
            (samples.SPOT_OFFERS_PUSH, SPOT_OFFERS_NEWS),
            (samples.SPOT_CANDLE_PUSH, StreamNews(sent_ms=1_606_292_600_376)),
            (samples.PERPETUAL_TICKER_PUSH, PERPETUAL_TICKER_NEWS),
            (samples.PERPETUAL_OFFERS_PUSH, StreamNews()),
            (samples.SPOT_PONG, StreamNews()),
        ),
        stream_refusals=(
            (samples.UNKNOWN_PAIR, ("币安人生_USDT",)),
            (samples.BAD_ARGUMENT, ("NOSUCH_USDT",)),
            (samples.NAMELESS_REFUSAL, ("",)),
        ),
        stream_garbled=("[]", "null", "42", '"text"'),
        ping_text="",
        most_topics_per_message=1,
    )


def ticker_reply(text: str) -> Reply:
    return reply(f"[{text}]".encode())


def query_of(request: Request) -> dict[str, str]:
    return dict(request.query)


# -- requests ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("base", ["http://127.0.0.1:9000", "http://127.0.0.1:9000/", "http://127.0.0.1:9000/api/v4"])
def test_a_mirror_replaces_scheme_and_host_and_keeps_the_paths(base: str) -> None:
    assert Gate(base).token_quotes(frozenset())[0].url == "http://127.0.0.1:9000/api/v4/spot/tickers"
    assert GATE.token_quotes(frozenset())[0].url == "https://api.gateio.ws/api/v4/spot/tickers"


def test_a_long_stretch_of_spot_bars_is_asked_for_in_pages_of_a_thousand() -> None:
    start_ms = NOW_MS // HOUR_MS * HOUR_MS
    query = CandleQuery(instrument="BTC3L_USDT", interval_s=3600, start_ms=start_ms, end_ms=start_ms + 2499 * HOUR_MS)
    pages = [query_of(request) for request in GATE.token_candles(query)]
    bars = [range(int(page["from"]), int(page["to"]) + 1, 3600) for page in pages]
    assert [len(page) for page in bars] == [1000, 1000, 500]
    assert [bar for page in bars for bar in page] == list(range(start_ms // 1000, start_ms // 1000 + 2500 * 3600, 3600))
    assert all(page["interval"] == "1h" and "limit" not in page for page in pages)


def test_spot_bars_older_than_ten_thousand_are_not_asked_for() -> None:
    query = CandleQuery(instrument="BTC3L_USDT", interval_s=60, start_ms=0, end_ms=NOW_MS)
    pages = [query_of(request) for request in GATE.token_candles(query)]
    bars = (int(pages[-1]["to"]) - int(pages[0]["from"])) // 60 + 1
    assert 9_900 < bars <= 10_000


def test_mark_price_bars_come_from_the_perpetual_in_pages_of_two_thousand() -> None:
    query = CandleQuery(instrument="BTC_USDT", interval_s=300, start_ms=NOW_MS - 3000 * 300_000, end_ms=NOW_MS)
    first, second = GATE.underlying_candles(query)
    assert first.url.endswith("/api/v4/futures/usdt/candlesticks")
    assert query_of(first)["contract"] == "mark_BTC_USDT"
    assert int(query_of(first)["to"]) - int(query_of(first)["from"]) == 1999 * 300
    assert int(query_of(second)["from"]) - int(query_of(first)["to"]) == 300


def test_a_bar_length_gate_does_not_serve_is_our_own_mistake() -> None:
    with pytest.raises(Bug):
        GATE.token_candles(CandleQuery(instrument="BTC3L_USDT", interval_s=7, start_ms=0, end_ms=NOW_MS))


def test_funding_always_names_both_ends_and_stays_within_180_days() -> None:
    pages = [query_of(request) for request in GATE.funding_history("BTC_USDT", 0, NOW_MS)]
    assert all({"from", "to", "limit"} <= page.keys() for page in pages)
    assert int(pages[0]["from"]) > NOW_MS // 1000 - 180 * 86_400
    assert int(pages[-1]["to"]) == NOW_MS // 1000
    for page in pages:
        hourly = (int(page["to"]) - int(page["from"])) // 3600 + 1
        assert hourly <= 1000 == int(page["limit"])


@given(
    start=st.integers(min_value=0, max_value=3000 * HOUR_MS),
    length=st.integers(min_value=0, max_value=3000 * HOUR_MS),
    interval_s=st.sampled_from(GATE.candle_intervals_s),
)
def test_pages_cover_every_bar_once(start: int, length: int, interval_s: int) -> None:
    first_ms = NOW_MS + start
    query = CandleQuery(instrument="BTC_USDT", interval_s=interval_s, start_ms=first_ms, end_ms=first_ms + length)
    asked = [
        bar_s
        for request in GATE.underlying_candles(query)
        for bar_s in range(int(query_of(request)["from"]), int(query_of(request)["to"]) + 1, interval_s)
    ]
    step_ms = interval_s * 1000
    assert asked == [ms // 1000 for ms in range(-(-first_ms // step_ms) * step_ms, first_ms + length + 1, step_ms)]


# -- tokens and quotes -------------------------------------------------------------------------------------------


def test_tokens_are_told_by_their_nav_fields_and_never_by_their_name() -> None:
    parsed = GATE.parse_tokens(reply(samples.TICKERS_REPLY))
    found = {str(token.key): (token.underlying, token.target_leverage) for token in parsed.values}
    assert found == {"gate:BTC3L": ("BTC", Decimal(3)), "gate:ETH3S": ("ETH", Decimal(-3))}
    assert {token.provenance for token in parsed.values} == {Provenance.ASSUMED}


def test_a_token_whose_name_does_not_tell_is_named_and_left_out() -> None:
    parsed = GATE.parse_tokens(
        ticker_reply('{"currency_pair":"MOON_USDT","etf_net_value":"1"},{"currency_pair":"X2L_USDT","etf_leverage":2}')
    )
    assert [token.key.symbol for token in parsed.values] == ["X2L"]
    assert [(problem.code, problem.source) for problem in parsed.problems] == [("token_name_unread", "gate:MOON")]


@pytest.mark.parametrize("empty", ["null", '""', '"0"', "0", '"--"', "0.0", "false"])
def test_empty_nav_fields_are_no_nav_fields(empty: str) -> None:
    row = f'{{"currency_pair":"BTC3L_USDT","last":"1","etf_net_value":{empty},"etf_leverage":{empty}}}'
    parsed = GATE.parse_tokens(ticker_reply(row))
    assert parsed.values == ()
    assert [problem.code for problem in parsed.problems] == ["no_tokens_listed"]


def test_a_quote_keeps_every_digit_and_takes_its_time_from_the_header() -> None:
    answer = reply(samples.TICKERS_REPLY, X_Out_Time=str(NOW_MS * 1000 - 250_000))
    (quote,) = GATE.parse_token_quotes(answer, frozenset({BTC3L})).values
    moment = NOW_MS - 250
    assert (quote.last, quote.bid, quote.ask) == (Decimal("2.46140352"), Decimal("2.4606821"), Decimal("2.477"))
    assert quote.price_ts_ms == quote.nav_ts_ms == quote.leverage_ts_ms == moment
    assert (quote.nav, quote.nav_source) == (Decimal("2.46316141"), NavSource.VENUE)
    assert quote.effective_leverage == Decimal("2.2803019447281203")
    assert (quote.rebalance_nav, quote.rebalance_ms) == (Decimal("2.43201848"), 1_611_244_800_000)


def test_a_bare_number_keeps_its_digits_too() -> None:
    (quote,) = GATE.parse_token_quotes(reply(samples.TICKERS_REPLY), frozenset({ETH3S})).values
    assert str(quote.last) == "0.001200"
    assert quote.rebalance_ms is None


def test_numbers_may_come_quoted_and_texts_bare() -> None:
    row = '{"currency_pair":"BTC3L_USDT","last":2.5,"etf_net_value":2.50,"etf_pre_timestamp":"1611244800"}'
    (quote,) = GATE.parse_token_quotes(ticker_reply(row)).values
    assert (str(quote.last), str(quote.nav), quote.rebalance_ms) == ("2.5", "2.50", 1_611_244_800_000)


@pytest.mark.parametrize("sent", ["1611244800.5", '"soon"', "-1", "99999999999", "1611244800000", "true"])
def test_a_rebalance_time_that_cannot_be_is_rejected(sent: str) -> None:
    row = f'{{"currency_pair":"BTC3L_USDT","etf_net_value":"2.5","etf_pre_timestamp":{sent}}}'
    parsed = GATE.parse_token_quotes(ticker_reply(row))
    assert parsed.values[0].rebalance_ms is None
    assert [problem.code for problem in parsed.problems] == ["time_rejected"]


@pytest.mark.parametrize(("sent", "target"), [('"3.31"', "ETH3S"), ('"-3.31"', "ETH3S"), ("-3.31", "ETH3S")])
def test_leverage_of_a_short_is_negative_whatever_sign_is_sent(sent: str, target: str) -> None:
    row = f'{{"currency_pair":"{target}_USDT","last":"1","etf_leverage":{sent}}}'
    (quote,) = GATE.parse_token_quotes(ticker_reply(row)).values
    assert quote.effective_leverage == Decimal("-3.31")


@pytest.mark.parametrize(
    "header",
    [
        "",
        "soon",
        "NaN",
        "0",
        "-5",
        str(NOW_MS * 1000 + 3_600_000_000),  # an hour ahead
        str(NOW_MS),  # milliseconds by mistake
        str((NOW_MS - 2 * 86_400_000) * 1000),  # two days ago
        "9" * 5000,
    ],
)
def test_a_time_that_cannot_be_is_replaced_by_our_own_clock(header: str) -> None:
    (quote,) = GATE.parse_token_quotes(reply(samples.ONE_TICKER_REPLY, X_Out_Time=header)).values
    assert quote.price_ts_ms == NOW_MS


@pytest.mark.parametrize(
    ("field", "code"),
    [
        ("last", "price_rejected"),
        ("highest_bid", "price_rejected"),
        ("lowest_ask", "price_rejected"),
        ("etf_net_value", "nav_rejected"),
        ("etf_leverage", "leverage_rejected"),
    ],
)
@pytest.mark.parametrize(
    "bad", ['"NaN"', "NaN", "Infinity", '"0"', "0", '"1e13"', '"abc"', "true", "[2.4]", '{"a":1}', '"1,5"', '"\\ud800"']
)
def test_a_bad_figure_is_rejected_by_name_and_the_rest_stays(field: str, code: str, bad: str) -> None:
    good = samples.BTC3L_TICKER.decode().rstrip().removesuffix("}")
    parsed = GATE.parse_token_quotes(ticker_reply(f'{good}, "{field}": {bad}}}'), frozenset({BTC3L}))
    (quote,) = parsed.values
    parts = {
        "last": quote.last,
        "highest_bid": quote.bid,
        "lowest_ask": quote.ask,
        "etf_net_value": quote.nav,
        "etf_leverage": quote.effective_leverage,
    }
    assert parts.pop(field) is None
    assert None not in parts.values()
    assert [(problem.code, problem.source) for problem in parsed.problems] == [(code, "gate:BTC3L")]
    assert "BTC3L" in parsed.problems[0].message


@pytest.mark.parametrize("field", ["last", "etf_net_value"])
def test_a_negative_price_is_rejected(field: str) -> None:
    good = samples.BTC3L_TICKER.decode().rstrip().removesuffix("}")
    parsed = GATE.parse_token_quotes(ticker_reply(f'{good}, "{field}": "-2.4"}}'))
    assert [problem.code for problem in parsed.problems] == ["price_rejected" if field == "last" else "nav_rejected"]


@pytest.mark.parametrize("absent", ["null", '""', '"--"', '" "'])
def test_absent_figures_are_absent_and_no_problem(absent: str) -> None:
    row = f'{{"currency_pair":"BTC3L_USDT","last":"2","highest_bid":{absent},"etf_net_value":{absent}}}'
    parsed = GATE.parse_token_quotes(ticker_reply(row), frozenset({BTC3L}))
    (quote,) = parsed.values
    assert (quote.bid, quote.ask, quote.nav, quote.nav_ts_ms, quote.nav_source) == (None,) * 5
    assert parsed.problems == ()


def test_a_row_that_says_nothing_is_no_quote() -> None:
    parsed = GATE.parse_token_quotes(ticker_reply('{"currency_pair":"BTC3L_USDT","last":""}'), frozenset({BTC3L}))
    assert parsed.values == ()


def test_a_held_coin_that_is_no_token_still_has_its_price() -> None:
    (quote,) = GATE.parse_token_quotes(reply(samples.TICKERS_REPLY), frozenset({JUP})).values
    assert (quote.last, quote.nav) == (Decimal("0.4"), None)


def test_a_row_listed_twice_with_other_figures_is_used_once_and_named() -> None:
    rows = (f'{{"currency_pair":"A3L_USDT","last":"{last}","etf_leverage":3}}' for last in (1, 2))
    parsed = GATE.parse_token_quotes(ticker_reply(",".join(rows)))
    assert [quote.last for quote in parsed.values] == [Decimal(1)]
    assert [problem.code for problem in parsed.problems] == ["duplicate_row"]


def test_one_bad_row_in_a_good_list_is_a_problem() -> None:
    body = b"[7, [], {}, " + samples.BTC3L_TICKER + b', {"currency_pair": 5}]'
    parsed = GATE.parse_token_quotes(reply(body))
    assert [quote.key for quote in parsed.values] == [BTC3L]
    assert [problem.code for problem in parsed.problems] == ["row_unreadable"] * 3  # 5 is read as a name


def test_keys_of_other_venues_are_not_asked_of_gate() -> None:
    parsed = GATE.parse_token_quotes(reply(samples.TICKERS_REPLY), frozenset({TokenKey("mexc", "BTC3L")}))
    assert parsed == Parsed(())


def test_an_empty_price_list_is_garbled() -> None:
    with pytest.raises(VenueGarbled):
        GATE.parse_tokens(reply(b"[]"))


# -- perpetuals --------------------------------------------------------------------------------------------------


def test_a_contract_gives_mark_index_and_funding_with_its_interval() -> None:
    (quote,) = GATE.parse_underlying_quotes(reply(samples.CONTRACTS), frozenset({"BTC_USDT"})).values
    assert (quote.mark, quote.index, quote.last) == (Decimal("37985.6"), Decimal("37954.92"), Decimal(38026))
    assert (quote.funding_rate, quote.funding_interval_s) == (Decimal("0.002053"), 28_800)
    assert quote.next_funding_ms == 1_610_035_200_000
    assert quote.ts_ms == NOW_MS


def test_a_perpetual_ticker_gives_the_same_without_an_interval() -> None:
    (quote,) = GATE.parse_underlying_quotes(reply(samples.PERPETUAL_TICKERS)).values
    assert (quote.mark, quote.last, quote.funding_interval_s) == (Decimal("74540.65"), Decimal("74534.8"), None)


@pytest.mark.parametrize("rate", ["NaN", '"2"', '"x"'])
def test_an_absurd_funding_rate_is_rejected(rate: str) -> None:
    row = f'[{{"name":"BTC_USDT","mark_price":"1","funding_rate":{rate}}}]'
    parsed = GATE.parse_underlying_quotes(reply(row.encode()))
    assert parsed.values[0].funding_rate is None
    assert [problem.code for problem in parsed.problems] == ["funding_rejected"]


def test_funding_is_turned_oldest_first() -> None:
    body = b'[{"t":1543968000,"r":"0.0002"},{"t":1543939200,"r":"-1e-4"},{"t":1543910400,"r":"NaN"}]'
    parsed = GATE.parse_funding_history(reply(body))
    assert parsed.values == (FundingPoint(1_543_939_200_000, -0.0001), FundingPoint(1_543_968_000_000, 0.0002))
    assert [problem.code for problem in parsed.problems] == ["funding_rejected"]


def test_no_funding_in_a_stretch_is_an_answer() -> None:
    assert GATE.parse_funding_history(reply(b"[]")).values == ()


# -- bars --------------------------------------------------------------------------------------------------------


def test_spot_bars_read_their_columns_in_gates_order() -> None:
    growing, closed = (GATE.parse_token_candles(reply(body)).values[0] for body in samples.SPOT_CANDLES)
    assert growing == Candle(1_710_327_600_000, 73236.9, 73435.8, 73236.3, 73408.9, 13.53020576, closed=False)
    assert closed.closed


def test_bars_come_out_sorted_once_each() -> None:
    rows = [f'["{1_710_327_600 + 60 * i}","9","2","3","1","2","5","true"]' for i in (2, 0, 1, 0)]
    parsed = GATE.parse_token_candles(reply(f"[{','.join(rows)}]".encode()))
    assert [bar.ts_ms // 1000 - 1_710_327_600 for bar in parsed.values] == [0, 60, 120]


def test_a_bar_without_a_flag_is_closed_once_its_length_has_passed() -> None:
    last_s = NOW_MS // 1000 // 60 * 60
    rows = ",".join(f'{{"t":{last_s + 60 * i},"o":"1","h":"1","l":"1","c":"1"}}' for i in (-2, -1, 0))
    parsed = GATE.parse_underlying_candles(reply(f"[{rows}]".encode()))
    assert [bar.closed for bar in parsed.values] == [True, True, False]
    assert all(isnan(bar.volume) for bar in parsed.values)


@pytest.mark.parametrize(
    "row",
    [
        '["1710327600","9","2"]',
        '["soon","9","2","3","1","2","5","true"]',
        '["1710327600","9","NaN","3","1","2","5","true"]',
        '["1710327600","9","2","3","0","2","5","true"]',
        '["1710327600","9","2","1.5","1","2","5","true"]',
        '["1710327600000","9","2","3","1","2","5","true"]',
        "{}",
        "null",
    ],
)
def test_a_bad_bar_is_left_out_and_named(row: str) -> None:
    body = f'[{row},["1717246800","9","2","3","1","2"]]'
    parsed = GATE.parse_token_candles(reply(body.encode()))
    assert [bar.ts_ms for bar in parsed.values] == [1_717_246_800_000]
    assert [problem.code for problem in parsed.problems] == ["candle_rejected"]


def test_no_bars_in_a_stretch_is_an_answer() -> None:
    assert GATE.parse_token_candles(reply(b"[]")).values == ()


# -- refusals ----------------------------------------------------------------------------------------------------


def test_a_refusal_keeps_gates_own_words_and_says_what_to_do() -> None:
    with pytest.raises(VenueRefused) as caught:
        GATE.parse_token_candles(reply(b'{"label":"INVALID_CURRENCY_PAIR","detail":"Invalid pair\\u0000 X"}', 400))
    assert caught.value.label == "INVALID_CURRENCY_PAIR"
    assert "Invalid pair X" in caught.value.message
    assert "delisted" in caught.value.hint


def test_an_error_body_is_an_error_even_with_a_good_status() -> None:
    with pytest.raises(VenueRefused) as caught:
        GATE.parse_token_quotes(reply(b'{"label":"SERVER_ERROR","message":"oops"}', 200))
    assert caught.value.label == "SERVER_ERROR"


@pytest.mark.parametrize("label", ["TOO_MANY_REQUESTS", "TOO_BUSY"])
def test_gates_own_word_for_busy_counts_whatever_the_status(label: str) -> None:
    with pytest.raises(VenueBusy):
        GATE.parse_token_quotes(reply(f'{{"label":"{label}","message":"slow down"}}'.encode(), 400))


def test_the_reset_header_names_the_wait_in_seconds_or_milliseconds() -> None:
    for text in (str(NOW_MS // 1000 + 9), str(NOW_MS + 9000)):
        with pytest.raises(VenueBusy) as caught:
            GATE.parse_token_quotes(reply(b"", 429, X_Gate_RateLimit_Reset_Timestamp=text))
        assert caught.value.retry_after_s == pytest.approx(9)


@pytest.mark.parametrize(
    ("headers", "wait_s"),
    [
        ({"retry-after": "2.5", "x-gate-ratelimit-reset-timestamp": str(NOW_MS // 1000 + 9)}, 2.5),
        ({"retry-after": "Mon, 21 Sep 2026 14:13:25 GMT"}, 5.0),
        ({"retry-after": "99999999"}, 3600.0),
        ({"retry-after": "-4"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "later"}, None),
        ({"x-gate-ratelimit-reset-timestamp": str(NOW_MS // 1000 - 3)}, None),
        ({"x-gate-ratelimit-reset-timestamp": "x"}, None),
    ],
)
def test_the_wait_a_venue_names_is_kept_within_reason(headers: dict[str, str], wait_s: float | None) -> None:
    with pytest.raises(VenueBusy) as caught:
        GATE.parse_token_quotes(Reply(status=429, body=b"", received_ms=NOW_MS, headers=headers))
    assert caught.value.retry_after_s == (None if wait_s is None else pytest.approx(wait_s))


@pytest.mark.parametrize("status", [500, 502, 503])
def test_trouble_at_gates_end_is_not_waited_out_until_the_request_limit_is_reset(status: int) -> None:
    headers = {"x-gate-ratelimit-reset-timestamp": str(NOW_MS // 1000 + 9)}
    with pytest.raises(VenueBusy) as caught:
        GATE.parse_token_quotes(Reply(status=status, body=b"", received_ms=NOW_MS, headers=headers))
    assert caught.value.retry_after_s is None


@pytest.mark.parametrize(("status", "words"), [(403, "mirror"), (451, "mirror"), (429, "pause"), (502, "by itself")])
def test_a_refusal_without_words_still_says_what_to_do(status: int, words: str) -> None:
    with pytest.raises(VenueError) as caught:
        GATE.parse_token_quotes(reply(b"<html>Access denied</html>", status))
    assert words in caught.value.hint


def test_a_clock_that_is_off_says_so() -> None:
    with pytest.raises(VenueRefused) as caught:
        GATE.parse_token_quotes(reply(b'{"label":"REQUEST_EXPIRED","message":"gap"}', 403))
    assert "clock" in caught.value.hint


def test_the_server_time_is_in_milliseconds() -> None:
    assert GATE.parse_server_time(reply(samples.SERVER_TIME)) == 1_597_026_383_085
    with pytest.raises(VenueGarbled):
        GATE.parse_server_time(reply(b'{"server_time": 1597026383}'))


# -- streams -----------------------------------------------------------------------------------------------------

SPOT = Topic(TopicKind.TOKEN, "BTC3L_USDT")
PERPETUAL = Topic(TopicKind.UNDERLYING, "BTC_USDT")


def test_spot_and_perpetuals_have_a_connection_each() -> None:
    spot, futures = GATE.sockets((SPOT, PERPETUAL))
    assert (spot.url, spot.topics) == ("wss://api.gateio.ws/ws/v4/", (SPOT,))
    assert (futures.url, futures.topics) == ("wss://fx-ws.gateio.ws/v4/ws/usdt", (PERPETUAL,))


def test_a_token_is_heard_by_its_ticker_and_its_best_offers() -> None:
    (socket,) = GATE.sockets((SPOT,))
    assert GATE.subscribe(socket, (SPOT,)) == (
        '{"time":1,"channel":"spot.tickers","event":"subscribe","payload":["BTC3L_USDT"]}',
        '{"time":1,"channel":"spot.book_ticker","event":"subscribe","payload":["BTC3L_USDT"]}',
    )


def test_a_perpetual_ends_by_one_message() -> None:
    (socket,) = GATE.sockets((PERPETUAL,))
    ended = '{"time":1,"channel":"futures.tickers","event":"unsubscribe","payload":["BTC_USDT"]}'
    assert GATE.unsubscribe(socket, (PERPETUAL,)) == (ended,)


def test_a_push_with_a_nav_would_be_read() -> None:
    row = samples.BTC3L_TICKER.decode()
    message = f'{{"time_ms":{NOW_MS},"channel":"spot.tickers","event":"update","result":{row}}}'
    (quote,) = GATE.read_message(message, NOW_MS).tokens
    assert (quote.nav, quote.nav_ts_ms) == (Decimal("2.46316141"), NOW_MS)


def test_pairs_in_other_currencies_are_no_tokens() -> None:
    message = '{"channel":"spot.book_ticker","event":"update","result":{"s":"ETH_BTC","b":"1","a":"2"}}'
    assert GATE.read_message(message, NOW_MS) == StreamNews()


def test_a_bad_row_of_a_stream_is_left_out_and_named() -> None:
    message = '{"channel":"futures.tickers","event":"update","result":[7,{"contract":"BTC_USDT","mark_price":"-1"}]}'
    news = GATE.read_message(message, NOW_MS)
    assert [problem.code for problem in news.problems] == ["row_unreadable", "price_rejected"]
    assert [quote.mark for quote in news.underlyings] == [None]


def test_a_time_ahead_of_ours_by_more_than_a_day_is_not_believed() -> None:
    message = samples.SPOT_OFFERS_PUSH.replace("1606293275", "9606293275")
    news = GATE.read_message(message, NOW_MS)
    assert (news.sent_ms, news.tokens[0].price_ts_ms) == (None, NOW_MS)
