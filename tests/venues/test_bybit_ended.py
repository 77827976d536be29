"""What was kept of Bybit's leveraged tokens, which ended in July 2025, can still be read."""

from __future__ import annotations

import json
from decimal import Decimal
from math import isnan
from typing import Any

import pytest

from levdesk.domain.errors import VenueGarbled, VenueRefused
from levdesk.domain.instruments import Provenance, TokenKey, TokenStatus
from levdesk.domain.market import NavSource
from levdesk.venues.bybit import ended
from levdesk.venues.contract import Reply
from tests.venues.contract_cases import NOW_MS, assert_sane, reply
from tests.venues.samples import bybit as samples

BTC3L = TokenKey("bybit", "BTC3L")
EOS3L = TokenKey("bybit", "EOS3L")


def info(**changes: Any) -> Reply:
    (row,) = json.loads(samples.LT_INFO)["result"]["list"]
    return reply(samples.envelope(json.dumps({**row, **changes}).encode()))


def changed(message: str, **changes: Any) -> str:
    value = json.loads(message)
    value["data"].update(changes)
    return json.dumps(value)


# -- calls -------------------------------------------------------------------------------------------------------


def test_a_token_states_its_multiple_and_its_fees() -> None:
    parsed = ended.tokens(reply(samples.LT_INFO))
    (token,) = parsed.values
    assert parsed.problems == ()
    assert (token.key, token.underlying, token.target_leverage) == (BTC3L, "BTC", Decimal(3))
    assert (token.status, token.provenance, token.name) == (TokenStatus.DELISTED, Provenance.STATED, "3X Long")
    (fees,) = token.fees
    assert (fees.management_per_day_ratio, fees.subscribe_ratio, fees.redeem_ratio) == (
        Decimal("0.00005"),
        Decimal("0.0005"),
        Decimal("0.0005"),
    )
    assert fees.as_of == "2023-01-06"


@pytest.mark.parametrize(
    "changes", [{"ltName": "3X Short"}, {"ltName": "Long"}, {"ltName": None}, {"ltCoin": "BTCUP"}, {"ltCoin": "BTC2L"}]
)
def test_a_token_whose_words_and_symbol_disagree_is_left_out(changes: dict[str, Any]) -> None:
    parsed = ended.tokens(info(**changes))
    assert parsed.values == ()
    assert [problem.code for problem in parsed.problems] == ["token_name_unread"]


def test_the_list_gives_navs_at_its_own_time() -> None:
    (quote,) = ended.quotes(reply(samples.LT_INFO)).values
    assert (quote.key, quote.nav, quote.nav_source) == (BTC3L, Decimal("0.376482201140738147"), NavSource.VENUE)
    assert (quote.nav_ts_ms, quote.effective_leverage) == (1_672_991_427_073, None)
    assert_sane(quote, "bybit")


@pytest.mark.parametrize("nav", ["0", "-1", "NaN", "1e13"])
def test_a_nav_that_cannot_be_is_left_out(nav: str) -> None:
    parsed = ended.quotes(info(netValue=nav))
    assert parsed.values[0].nav is None
    assert [problem.code for problem in parsed.problems] == ["nav_rejected"]


def test_a_reference_gives_a_signed_leverage_and_implies_the_underlyings_price() -> None:
    (quote,) = ended.reference(reply(samples.LT_REFERENCE)).values
    assert (quote.key.symbol, quote.nav) == ("BTC3S", Decimal("27.692082719770373048"))
    assert quote.effective_leverage == Decimal("-2.666924651755770729")
    assert (quote.nav_ts_ms, quote.underlying_ts_ms) == (1_672_991_679_858, 1_672_991_679_858)
    assert quote.underlying_price == Decimal(16781)


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"<html>", samples.envelope(b"7")])
def test_what_nobody_can_read_is_garbled(body: bytes) -> None:
    for read in (ended.tokens, ended.quotes, ended.reference):
        with pytest.raises(VenueGarbled):
            read(reply(body))


def test_the_end_of_the_programme_is_a_refusal() -> None:
    with pytest.raises(VenueRefused) as caught:
        ended.tokens(reply(samples.refusal(170358, "The current site does not support ETP")))
    assert "2025" in caught.value.hint


# -- streams -----------------------------------------------------------------------------------------------------


def test_a_nav_message_gives_nav_leverage_and_the_underlyings_price() -> None:
    (quote,) = ended.nav_message(samples.LT_NAV, NOW_MS).values
    assert (quote.key, quote.nav, quote.nav_ts_ms) == (EOS3L, Decimal("0.413517419653406162"), 1_672_325_564_554)
    assert quote.effective_leverage == Decimal("2.656197506416192150")
    assert quote.underlying_price == Decimal("0.871")


def test_nav_is_the_basket_at_the_implied_price_plus_its_loan() -> None:
    (quote,) = ended.nav_message(samples.LT_NAV, NOW_MS).values
    data = json.loads(samples.LT_NAV)["data"]
    units, loan = float(data["basketPosition"]), float(data["basketLoan"])
    assert quote.nav is not None
    assert quote.underlying_price is not None
    assert quote.effective_leverage is not None
    assert units * float(quote.underlying_price) + loan == pytest.approx(float(quote.nav), rel=1e-12)
    assert (float(quote.nav) - loan) / float(quote.nav) == pytest.approx(float(quote.effective_leverage), rel=1e-12)
    assert float(data["basket"]) / float(data["circulation"]) == pytest.approx(units, rel=1e-12)


@pytest.mark.parametrize("units", ["0", "NaN", None, "-1.26"])
def test_a_basket_that_makes_no_sense_implies_no_price(units: str | None) -> None:
    (quote,) = ended.nav_message(changed(samples.LT_NAV, basketPosition=units), NOW_MS).values
    assert (quote.underlying_price, quote.underlying_ts_ms) == (None, None)
    assert quote.nav == Decimal("0.413517419653406162")


def test_a_ticker_message_gives_the_nav_alone() -> None:
    (quote,) = ended.nav_message(samples.LT_TICKER, NOW_MS).values
    assert (quote.key, quote.nav, quote.nav_ts_ms) == (EOS3L, Decimal("0.41477848043290448"), 1_672_325_446_847)
    assert (quote.last, quote.effective_leverage) == (None, None)


def test_a_nav_without_a_token_is_a_problem() -> None:
    parsed = ended.nav_message('{"data":{"nav":"1"}}', NOW_MS)
    assert (parsed.values, [problem.code for problem in parsed.problems]) == ((), ["row_unreadable"])


def test_nav_bars_name_their_token_and_length_and_the_last_still_grows() -> None:
    (bars,) = ended.nav_bars(samples.LT_KLINE, NOW_MS).values
    assert (bars.key, bars.interval_s) == (EOS3L, 300)
    (bar,) = bars.bars
    assert (bar.ts_ms, bar.closed) == (1_672_325_100_000, False)
    assert (bar.high, bar.low, bar.close) == (0.416039541212402799, 0.409734237314911206, 0.41477848043290448)
    assert isnan(bar.volume)


@pytest.mark.parametrize(("interval", "seconds"), [("D", 86_400), ("W", 604_800), ("M", None), ("720", 43_200)])
def test_nav_bars_come_in_minutes_days_weeks_and_months(interval: str, seconds: int | None) -> None:
    message = samples.LT_KLINE.replace("kline_lt.5.", f"kline_lt.{interval}.")
    assert ended.nav_bars(message, NOW_MS).values[0].interval_s == seconds


@pytest.mark.parametrize(
    "text", ["", "{}", '{"data":[]}', samples.LT_KLINE.replace("kline_lt", "kline"), '{"data":[7]}']
)
def test_bars_of_anything_else_are_garbled(text: str) -> None:
    with pytest.raises(VenueGarbled):
        ended.nav_bars(text, NOW_MS)
