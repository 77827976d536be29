"""What a symbol tells about a token, and when it tells nothing."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from levdesk.domain.instruments import Provenance, TokenKey
from levdesk.services.naming import guess_token


@pytest.mark.parametrize(
    ("venue", "symbol", "underlying", "target"),
    [
        ("gate", "BTC3L", "BTC", "3"),
        ("gate", "BTC5S", "BTC", "-5"),
        ("gate", "CSOPSKHYNIX2L", "CSOPSKHYNIX", "2"),
        ("mexc", "1000PEPE3S", "1000PEPE", "-3"),
        ("pionex", "BTC1S", "BTC", "-1"),
        ("tlx", "ETH2.5L", "ETH", "2.5"),
        ("toros", "ETHBULL3X", "ETH", "3"),
        ("toros", "BTCBEAR2X", "BTC", "-2"),
        ("binance", "BTCUP", "BTC", "2"),
        ("binance", "1INCHDOWN", "1INCH", "-2"),
        ("kucoin", "ETHDOWN", "ETH", "-3"),
        ("ftx", "ETHBEAR", "ETH", "-3"),
        ("ftx", "BULL", "BTC", "3"),
        ("ftx", "HALF", "BTC", "0.5"),
        ("poloniex", "TRXBULL", "TRX", "3"),
    ],
)
def test_a_name_gives_underlying_and_signed_multiple(venue: str, symbol: str, underlying: str, target: str) -> None:
    token = guess_token(TokenKey(venue, symbol), "USDC")
    assert token is not None
    assert (token.underlying, token.target_leverage) == (underlying, Decimal(target))
    assert token.key == TokenKey(venue, symbol)
    assert token.quote_currency == "USDC"
    assert token.provenance is Provenance.ASSUMED


@pytest.mark.parametrize(
    ("venue", "symbol"),
    [
        ("gate", "JUP"),
        ("gate", "SYRUP"),
        ("gate", "BTCUP"),
        ("kucoin", "JUP"),
        ("binance", "SYRUP"),
        ("gate", "SOXLG"),
        ("gate", "3L"),
        ("gate", "BTC"),
        ("gate", ""),
        ("kucoin", "UP"),
        ("mexc", "BEAR"),
        ("gate", "BTC\u0663L"),  # an Arabic three
        ("gate", "BTC3L\n"),
    ],
)
def test_a_name_that_does_not_tell_is_left_alone(venue: str, symbol: str) -> None:
    assert guess_token(TokenKey(venue, symbol)) is None


@given(st.text(max_size=12), st.sampled_from(["gate", "kucoin", "binance", "ftx", "elsewhere"]))
def test_any_text_is_read_without_an_error(symbol: str, venue: str) -> None:
    token = guess_token(TokenKey(venue, symbol))
    assert token is None or (token.underlying and token.target_leverage)
