"""Bitrue's own dialect, beyond what every venue keeps."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

import pytest

from levdesk.domain.basket import basket_rule, opening_state
from levdesk.domain.errors import VenueGarbled, VenueRefused
from levdesk.domain.instruments import Provenance, RebalanceRule, TokenKey
from levdesk.domain.market import Candle
from levdesk.domain.nav import move_price
from levdesk.venues.bitrue import Bitrue
from levdesk.venues.contract import CandleQuery
from tests.venues.contract_suite import HOUR_MS, NOW_MS, ContractSuite, StreamingVenue, VenueSamples, reply
from tests.venues.samples import bitrue as samples

BITRUE = Bitrue()
XRP3L = TokenKey("bitrue", "XRP3L")
BTC = TokenKey("bitrue", "BTC")


class TestBitrueKeepsTheContract(ContractSuite):
    venue: ClassVar[StreamingVenue] = BITRUE
    samples: ClassVar[VenueSamples] = VenueSamples(
        server_time=(samples.SERVER_TIME,),
        token_lists=(samples.SYMBOLS,),
        tickers=(samples.TICKERS,),
        token_candles=(samples.BARS,),
        listed=XRP3L,
        pair="XRP3LUSDT",
        refusals=samples.REFUSALS,
        busy=samples.BUSY,
    )


# -- requests ----------------------------------------------------------------------------------------------------


def test_one_price_is_light_and_the_whole_list_is_heavy() -> None:
    (one,) = BITRUE.token_quotes(frozenset({XRP3L, TokenKey("gate", "BTC3L")}))
    assert (one.query, one.weight) == ((("symbol", "XRP3LUSDT"),), 1)
    (all_of_them,) = BITRUE.token_quotes(frozenset({XRP3L, TokenKey("bitrue", "XRP3S")}))
    assert (all_of_them.query, all_of_them.weight) == ((), 40)


def test_bars_are_the_newest_whatever_the_stretch() -> None:
    for start_ms, interval_s, scale in ((NOW_MS - HOUR_MS, 300, "5m"), (0, 86_400, "1D")):
        query = CandleQuery(instrument="XRP3LUSDT", interval_s=interval_s, start_ms=start_ms, end_ms=NOW_MS)
        (request,) = BITRUE.token_candles(query)
        assert dict(request.query) == {"symbol": "XRP3LUSDT", "scale": scale, "limit": "1440"}


# -- tokens and prices -------------------------------------------------------------------------------------------


def test_a_token_counts_only_when_its_coin_is_listed_too() -> None:
    tokens = BITRUE.parse_tokens(reply(samples.SYMBOLS)).values
    assert {token.key.symbol: token.target_leverage for token in tokens} == {
        "XRP3L": Decimal(3),
        "XRP3S": Decimal(-3),
        "XRP1S": Decimal(-1),
    }
    assert {token.underlying for token in tokens} == {"XRP"}
    assert {token.provenance for token in tokens} == {Provenance.ASSUMED}


def test_a_list_without_tokens_says_so_and_an_empty_one_is_garbled() -> None:
    only = b'{"symbols":[{"baseAsset":"btc","quoteAsset":"usdt"}]}'
    assert [problem.code for problem in BITRUE.parse_tokens(reply(only)).problems] == ["no_tokens_listed"]
    for parse in (BITRUE.parse_tokens, BITRUE.parse_token_quotes):
        for body in (b'{"symbols":[]}', b"[]"):
            with pytest.raises(VenueGarbled):
                parse(reply(body))


def test_prices_come_with_offers_and_every_digit() -> None:
    (quote,) = BITRUE.parse_token_quotes(reply(samples.TICKERS), frozenset({XRP3L})).values
    assert (str(quote.last), str(quote.bid), str(quote.ask)) == ("1.0798", "1.0790", "1.0801")
    assert quote.price_ts_ms == 1_635_464_889_117
    assert quote.nav is None


def test_without_wanted_tokens_only_tokens_are_quoted() -> None:
    assert [quote.key for quote in BITRUE.parse_token_quotes(reply(samples.TICKERS)).values] == [XRP3L]


def test_a_held_coin_that_is_no_token_still_has_its_price_at_our_own_time() -> None:
    (quote,) = BITRUE.parse_token_quotes(reply(samples.BTC_TICKER), frozenset({BTC})).values
    assert (quote.last, quote.price_ts_ms) == (Decimal("73369.84"), NOW_MS)
    assert BITRUE.parse_token_quotes(reply(samples.BTC_TICKER.strip()[1:-1]), frozenset({BTC})).values == (quote,)


@pytest.mark.parametrize("field", ["lastPrice", "bidPrice", "askPrice"])
@pytest.mark.parametrize("bad", ['"0"', '"-1"', "NaN", "true"])
def test_a_bad_figure_is_left_out_and_named(field: str, bad: str) -> None:
    body = f'[{{"symbol":"XRP3LUSDT","lastPrice":1,"bidPrice":1,"askPrice":1,"{field}":{bad}}}]'
    parsed = BITRUE.parse_token_quotes(reply(body.encode()), frozenset({XRP3L}))
    (quote,) = parsed.values
    assert [quote.last, quote.bid, quote.ask].count(None) == 1
    assert [(problem.code, problem.source) for problem in parsed.problems] == [("price_rejected", "bitrue:XRP3L")]


def test_bars_count_coins_and_seconds() -> None:
    (bar,) = BITRUE.parse_token_candles(reply(samples.BARS)).values
    assert bar == Candle(1_710_327_600_000, 73256.01, 73442.95, 73238.69, 73442.94, 272.8614, closed=False)


def test_a_symbol_that_is_gone_says_what_to_do() -> None:
    with pytest.raises(VenueRefused) as caught:
        BITRUE.parse_token_quotes(reply(samples.REFUSALS[1][1]), frozenset({XRP3L}))
    assert caught.value.label == "-1121"
    assert "delisted" in caught.value.hint


def test_our_basket_gives_the_documented_nav() -> None:
    """The keyed reply carries a whole anchor, so the program's own model has to arrive at its NAV."""
    nav, start, price, anchor = (float(figure) for figure in samples.NET_VALUE.values())
    opened = opening_state(basket_rule(RebalanceRule(target_leverage=Decimal(3))), anchor, start)
    assert move_price(opened, price).nav == pytest.approx(nav, rel=1e-14)
