"""What was kept of Binance's leveraged tokens, which ended in April 2024, can still be read."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from math import isnan
from typing import Any

import pytest

from levdesk.domain.errors import VenueGarbled
from levdesk.domain.instruments import Provenance, TokenKey, TokenStatus
from levdesk.domain.market import NavSource
from levdesk.venues.binance import ended
from levdesk.venues.contract import Reply
from tests.venues.contract_cases import NOW_MS, assert_sane, reply
from tests.venues.samples import binance as samples

BTCDOWN = TokenKey("binance", "BTCDOWN")


def token_info(**changes: Any) -> Reply:
    (row,) = json.loads(samples.TOKEN_INFO)
    return reply(json.dumps([{**row, **changes}]).encode())


def test_a_token_states_its_multiple_its_basket_and_its_fees() -> None:
    parsed = ended.tokens(reply(samples.TOKEN_INFO))
    (token,) = parsed.values
    assert parsed.problems == ()
    assert (token.key, token.underlying, token.target_leverage) == (BTCDOWN, "BTC", Decimal(-3))
    assert token.hedge == ("binance", "BTCUSDT")
    assert (token.status, token.provenance) == (TokenStatus.DELISTED, Provenance.STATED)
    (fees,) = token.fees
    assert (fees.management_per_day_ratio, fees.subscribe_ratio, fees.redeem_ratio) == (
        Decimal("0.0001"),
        Decimal("0.0010"),
        Decimal("0.0010"),
    )
    assert fees.as_of == "2020-03-02"


def test_a_token_that_hides_its_multiple_is_named_and_left_out() -> None:
    parsed = ended.tokens(token_info(description="Bitcoin Down Token"))
    assert parsed.values == ()
    assert [(problem.code, problem.source) for problem in parsed.problems] == [("token_name_unread", "binance:BTCDOWN")]


@pytest.mark.parametrize("baskets", [[], None, [7], [{"symbol": 5}, {}], [{"amount": "1"}]])
def test_a_basket_that_is_not_one_perpetual_names_no_hedge(baskets: object) -> None:
    (token,) = ended.tokens(token_info(currentBaskets=baskets)).values
    assert token.hedge_instrument == ""


def test_nav_and_leverage_are_those_of_the_row_at_its_time() -> None:
    (quote,) = ended.quotes(reply(samples.TOKEN_INFO)).values
    assert (quote.key, quote.nav, quote.nav_source) == (BTCDOWN, Decimal("4.79"), NavSource.VENUE)
    assert (quote.effective_leverage, quote.nav_ts_ms) == (Decimal("-2.316"), 1_583_127_900_000)
    assert (quote.last, quote.price_ts_ms) == (None, None)
    assert_sane(quote, "binance")


@pytest.mark.parametrize("nav", ["0", "-4.79", "NaN", "1e13"])
def test_a_nav_that_cannot_be_is_left_out(nav: str) -> None:
    parsed = ended.quotes(token_info(nav=nav))
    assert (parsed.values[0].nav, parsed.values[0].nav_ts_ms) == (None, None)
    assert [problem.code for problem in parsed.problems] == ["nav_rejected"]


def test_the_stream_of_navs_spells_the_same_in_letters() -> None:
    (from_stream,) = ended.nav_message(samples.TOKEN_NAV, NOW_MS).values
    assert (from_stream,) == ended.quotes(reply(samples.TOKEN_INFO)).values
    wrapped = json.dumps({"stream": "BTCDOWN@tokenNav", "data": json.loads(samples.TOKEN_NAV)})
    assert ended.nav_message(wrapped, NOW_MS).values == (from_stream,)


def test_a_nav_without_a_token_is_a_problem() -> None:
    parsed = ended.nav_message('{"n": 4.79}', NOW_MS)
    assert (parsed.values, [problem.code for problem in parsed.problems]) == ((), ["row_unreadable"])


def test_nav_bars_take_no_leverage_for_a_volume() -> None:
    (bar,) = ended.nav_bars(reply(samples.NAV_KLINES)).values
    assert (bar.ts_ms, bar.open, bar.high, bar.low) == (1_598_371_200_000, 5.88275270, 6.03142087, 5.85749741)
    assert (bar.close, bar.closed) == (5.99403551, True)
    assert isnan(bar.volume)


def test_the_stream_of_nav_bars_says_the_same() -> None:
    (from_call,) = ended.nav_bars(reply(samples.NAV_KLINES)).values
    (found,) = ended.nav_bar_message(samples.NAV_KLINE, NOW_MS).values
    assert (found.key, found.interval) == (TokenKey("binance", "TRXDOWN"), "1h")
    assert replace(found.bar, volume=0.0) == replace(from_call, volume=0.0)
    (growing,) = ended.nav_bar_message(samples.NAV_KLINE, 1_598_374_123_500).values
    assert not growing.bar.closed


@pytest.mark.parametrize("change", [{"h": "1"}, {"t": None}, {"T": 5}, {"s": ""}, {"c": "NaN"}])
def test_a_nav_bar_that_cannot_be_is_a_problem(change: dict[str, Any]) -> None:
    message = json.loads(samples.NAV_KLINE)
    message["k"].update(change)
    parsed = ended.nav_bar_message(json.dumps(message), NOW_MS)
    assert (parsed.values, [problem.code for problem in parsed.problems]) == ((), ["candle_rejected"])


@pytest.mark.parametrize("body", [b"", b"[]", b"[{}]", b"<html>", b"{}"])
def test_what_nobody_can_read_is_garbled(body: bytes) -> None:
    for read in (ended.tokens, ended.quotes):
        with pytest.raises(VenueGarbled):
            read(reply(body))
