"""Signs that a figure is not what it is called, and what becomes of it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from levdesk.domain.instruments import LeveragedToken, TokenKey
from levdesk.domain.market import NavSource, TokenQuote, UnderlyingQuote
from levdesk.services.quote_checks import STAYS_MS, QuoteChecks
from levdesk.services.suspicions import OUTDATED_MS, changed_places, of_another_size

NOW = 1_790_000_000_000
KEY = TokenKey("gate", "ETH3L")
ETH3L = LeveragedToken(key=KEY, underlying="ETH", target_leverage=Decimal(3), hedge_instrument="ETH_USDT")


def told(nav: str, leverage: str, price: str = "2.34") -> TokenQuote:
    return TokenQuote(
        key=KEY,
        last=Decimal(price),
        price_ts_ms=NOW,
        nav=Decimal(nav),
        nav_source=NavSource.VENUE,
        nav_ts_ms=NOW,
        effective_leverage=Decimal(leverage),
        leverage_ts_ms=NOW,
    )


@pytest.mark.parametrize("known", [None, told("2.337", "2.545")])
def test_a_nav_that_is_the_leverage_is_never_shown_however_near_they_are(known: TokenQuote | None) -> None:
    checks = QuoteChecks()
    for second in range(0, 3 * STAYS_MS // 1000, 5):
        now_ms = NOW + 1000 * second
        good = checks.token(told("2.545", "2.337"), now_ms=now_ms, token=ETH3L, known=known)
        assert (good.nav, good.effective_leverage, good.last) == (None, None, Decimal("2.34"))
    (problem,) = checks.problems(NOW)
    assert "changed places" in problem.message
    checks.token(told("2.337", "2.545"), now_ms=NOW, token=ETH3L, known=known)
    assert checks.problems(NOW) == ()


def test_a_premium_does_not_hide_that_they_changed_places() -> None:
    assert changed_places(told("2.545", "2.337", price="2.40"), told("2.337", "2.545"))
    assert changed_places(told("2.474", "1.5628", price="1.61"), None)


def test_a_short_tokens_nav_and_leverage_change_places_too() -> None:
    assert changed_places(told("2.545", "-2.337"), told("2.337", "-2.545"))


def test_a_leverage_that_is_near_the_price_by_chance_is_left() -> None:
    chance = told("2.45", "2.34")
    assert changed_places(chance, None)
    assert not changed_places(chance, told("2.44", "2.35"))
    assert not changed_places(told("2.35", "2.34"), None)
    assert not changed_places(replace(told("2.545", "2.337"), last=None), None)


def rated(mark: str, index: str = "5214") -> UnderlyingQuote:
    return UnderlyingQuote(venue="binance", instrument="ETHUSDT", ts_ms=NOW, mark=Decimal(mark), index=Decimal(index))


def test_a_mark_that_is_the_funding_rate_is_not_believed_though_it_stays() -> None:
    checks = QuoteChecks()
    checks.underlying(rated("5215"), now_ms=NOW)
    for second in range(0, 40 * STAYS_MS // 1000, 5):
        good = checks.underlying(rated("0.000189"), now_ms=NOW + second * 1000)
        assert good is not None
        assert (good.mark, good.index) == (None, Decimal(5214))
    assert checks.doubted() == {("binance", "ETHUSDT")}


def test_a_first_mark_of_another_size_than_at_other_venues_is_not_believed() -> None:
    quote = UnderlyingQuote(venue="binance", instrument="ETHUSDT", ts_ms=NOW, mark=Decimal("0.000189"))
    assert QuoteChecks().underlying(quote, now_ms=NOW, others=[Decimal(5210), Decimal(5216)]) is None
    assert not of_another_size(5.0, [])
    assert not of_another_size(5.0, [500.0, 6.0])


def test_an_answer_of_now_with_figures_of_an_hour_ago_is_said() -> None:
    checks = QuoteChecks()
    later = NOW + OUTDATED_MS + 60_000
    assert checks.token(told("2.337", "2.545"), now_ms=later, token=ETH3L) == told("2.337", "2.545")
    assert checks.underlying(rated("5215"), now_ms=later) == rated("5215")
    said = [problem.message for problem in checks.problems(later)]
    assert said == [
        "ETH3L: the NAV that comes now is 11 minutes old.",
        "ETHUSDT at binance: the price that comes now is 11 minutes old.",
    ]
    checks.token(replace(told("2.337", "2.545"), nav_ts_ms=later), now_ms=later, token=ETH3L)
    checks.underlying(replace(rated("5215"), ts_ms=later), now_ms=later)
    assert checks.problems(later) == ()
