"""LBank's own dialect, beyond what every venue keeps."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

import pytest

from levdesk.domain.errors import VenueBusy, VenueGarbled, VenueRefused
from levdesk.domain.instruments import LeveragedToken, Provenance, TokenKey
from levdesk.domain.market import Candle
from levdesk.venues.contract import CandleQuery
from levdesk.venues.lbank import Lbank
from tests.venues.contract_suite import HOUR_MS, NOW_MS, ContractSuite, StreamingVenue, VenueSamples, reply
from tests.venues.samples import lbank as samples

LBANK = Lbank()
BTC3L = TokenKey("lbank", "BTC3L")


class TestLbankKeepsTheContract(ContractSuite):
    venue: ClassVar[StreamingVenue] = LBANK
    samples: ClassVar[VenueSamples] = VenueSamples(
        server_time=(samples.SERVER_TIME, samples.OLD_SERVER_TIME),
        tickers=(samples.TOKENS, samples.MORE_TOKENS),
        token_candles=(samples.DAYS,),
        listed=BTC3L,
        pair="btc3l_usdt",
        refusals=samples.REFUSALS,
        busy=samples.BUSY,
    )


def row_reply(text: str) -> bytes:
    """A price list of one row."""
    return f'{{"result":"true","error_code":0,"data":[{text}]}}'.encode()


# -- requests ----------------------------------------------------------------------------------------------------


def test_all_tokens_are_one_call_that_has_to_say_so() -> None:
    (request,) = LBANK.token_quotes(frozenset({BTC3L}))
    assert (request.url, request.query) == ("https://api.lbank.info/v2/etfTicker/24hr.do", (("symbol", "all"),))
    assert LBANK.tokens().query == request.query


def test_pairs_are_spelt_small() -> None:
    token = LeveragedToken(key=BTC3L, underlying="BTC", target_leverage=Decimal(3))
    assert LBANK.token_pair(token) == "btc3l_usdt"


def test_bars_are_asked_for_by_their_first_second_and_their_number() -> None:
    start_ms = NOW_MS // HOUR_MS * HOUR_MS
    query = CandleQuery(instrument="btc3l_usdt", interval_s=3600, start_ms=start_ms, end_ms=start_ms + 2499 * HOUR_MS)
    first, second = (dict(request.query) for request in LBANK.token_candles(query))
    assert first == {"symbol": "btc3l_usdt", "size": "2000", "type": "hour1", "time": str(start_ms // 1000)}
    assert (second["size"], int(second["time"])) == ("500", start_ms // 1000 + 2000 * 3600)


# -- tokens and prices -------------------------------------------------------------------------------------------


def test_being_in_the_list_makes_a_token() -> None:
    tokens = LBANK.parse_tokens(reply(samples.MORE_TOKENS)).values
    assert [(token.key.symbol, token.underlying, token.target_leverage) for token in tokens] == [
        ("BTC3L", "BTC", Decimal(3)),
        ("ETH3S", "ETH", Decimal(-3)),
    ]
    assert {token.provenance for token in tokens} == {Provenance.ASSUMED}


def test_a_token_whose_name_does_not_tell_is_named_and_left_out() -> None:
    parsed = LBANK.parse_tokens(reply(row_reply('{"symbol":"moon_usdt","ticker":{"latest":"1"}}')))
    assert parsed.values == ()
    assert [problem.code for problem in parsed.problems] == ["token_name_unread", "no_tokens_listed"]


def test_a_price_keeps_every_digit_and_the_time_of_its_trade() -> None:
    btc, eth = LBANK.parse_token_quotes(reply(samples.MORE_TOKENS)).values
    assert (str(btc.last), btc.price_ts_ms) == ("0.000841", 1_772_335_196_000)
    assert (str(eth.last), eth.price_ts_ms) == ("0.00120", 1_772_335_190_000)
    assert (btc.bid, btc.ask, btc.nav) == (None, None, None)


@pytest.mark.parametrize("ticker", ["null", "7", "[]"])
def test_a_row_without_a_price_object_is_named(ticker: str) -> None:
    body = row_reply(f'{{"symbol":"btc3l_usdt","ticker":{ticker}}},{{"symbol":"eth3l_usdt","ticker":{{"latest":1}}}}')
    parsed = LBANK.parse_token_quotes(reply(body))
    assert [quote.key.symbol for quote in parsed.values] == ["ETH3L"]
    assert [(problem.code, problem.source) for problem in parsed.problems] == [("row_unreadable", "lbank:BTC3L")]


@pytest.mark.parametrize("latest", ['"0"', '"-1"', "NaN", '"1e13"'])
def test_a_bad_price_is_left_out_and_named(latest: str) -> None:
    parsed = LBANK.parse_token_quotes(reply(row_reply(f'{{"symbol":"btc3l_usdt","ticker":{{"latest":{latest}}}}}')))
    assert parsed.values == ()
    assert [problem.code for problem in parsed.problems] == ["price_rejected"]


def test_a_time_that_cannot_be_is_replaced_by_our_own_clock() -> None:
    body = row_reply('{"symbol":"btc3l_usdt","ticker":{"latest":1},"timestamp":17723351960000}')
    assert LBANK.parse_token_quotes(reply(body)).values[0].price_ts_ms == NOW_MS


def test_an_empty_list_is_garbled_and_no_bars_are_an_answer() -> None:
    with pytest.raises(VenueGarbled):
        LBANK.parse_tokens(reply(row_reply("")))
    assert LBANK.parse_token_candles(reply(row_reply(""))).values == ()


def test_bars_begin_where_the_venue_says() -> None:
    first, *_ = LBANK.parse_token_candles(reply(samples.DAYS)).values
    assert first == Candle(1_769_875_200_000, 81300.5, 82110.88, 75855.7, 77594.65, 16848.64871)


# -- refusals ----------------------------------------------------------------------------------------------------


def test_a_good_status_does_not_hide_an_error() -> None:
    with pytest.raises(VenueRefused) as caught:
        LBANK.parse_token_candles(reply(samples.REFUSALS[2][1]))
    assert caught.value.label == "10008"
    assert "delisted" in caught.value.hint
    with pytest.raises(VenueBusy) as busy:
        LBANK.parse_token_candles(reply(samples.BUSY[0][1]))
    assert "slow down" in busy.value.message
