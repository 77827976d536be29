"""What polls and streams bring becomes figures on the screen: checked, in our time, from the hedge or a stand-in."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import pytest

from levdesk.app.market_figures import MarketFigures
from levdesk.domain.instruments import LeveragedToken, RebalanceRule, TokenKey
from levdesk.domain.market import NavSource, TokenQuote, UnderlyingQuote
from levdesk.services.sources import FRESH_MS
from levdesk.services.stream_mail import VenueTime

NOW = 1_790_000_000_000
KEY = TokenKey("lbank", "BTC3L")
RULE = RebalanceRule(target_leverage=Decimal(3), band_low=Decimal("2.25"), band_high=Decimal("4.125"))
BTC3L = LeveragedToken(
    key=KEY,
    underlying="BTC",
    target_leverage=Decimal(3),
    hedge_venue="gate",
    hedge_instrument="BTC_USDT",
    rules=(RULE,),
)
HEDGE = ("gate", "BTC_USDT")
OTHER = ("binance", "BTCUSDT")


def stand_ins(_token: LeveragedToken) -> Sequence[tuple[str, str]]:
    return (OTHER,)


@pytest.fixture
def figures() -> MarketFigures:
    made = MarketFigures([TokenQuote(key=KEY, last=Decimal(2), price_ts_ms=NOW - 3_600_000)])
    made.watch([BTC3L], stand_ins, now_ms=NOW)
    return made


def mark(perpetual: tuple[str, str], price: str, at_ms: int = NOW) -> UnderlyingQuote:
    return UnderlyingQuote(venue=perpetual[0], instrument=perpetual[1], ts_ms=at_ms, mark=Decimal(price))


def price(last: str, at_ms: int = NOW) -> TokenQuote:
    return TokenQuote(key=KEY, last=Decimal(last), price_ts_ms=at_ms)


def test_what_was_known_is_there_at_once(figures: MarketFigures) -> None:
    assert figures.quotes[KEY].last == Decimal(2)


def test_mail_of_a_beat_reaches_the_token_from_another_venues_perpetual(figures: MarketFigures) -> None:
    changed = figures.hear([price("2.01"), mark(HEDGE, "50000")], NOW)
    assert changed == {KEY}
    quote = figures.quotes[KEY]
    assert (quote.last, quote.underlying_price, quote.underlying_source) == (
        Decimal("2.01"),
        Decimal(50_000),
        "gate:BTC_USDT",
    )
    assert figures.perpetuals()[HEDGE].mark == Decimal(50_000)


def test_when_the_hedge_stops_the_stand_in_tells_the_underlying(figures: MarketFigures) -> None:
    figures.take([], [mark(HEDGE, "50000"), mark(OTHER, "50010")], now_ms=NOW)
    assert figures.quotes[KEY].underlying_source == "gate:BTC_USDT"
    later = NOW + FRESH_MS + 1
    figures.take([], [mark(OTHER, "50500", later)], now_ms=later)
    assert figures.quotes[KEY].underlying_source == "binance:BTCUSDT"
    figures.take([], [mark(HEDGE, "50510", later + 1)], now_ms=later + 1)
    assert figures.quotes[KEY].underlying_source == "gate:BTC_USDT"


def test_a_lie_is_not_shown_and_is_said(figures: MarketFigures) -> None:
    figures.take([price("2.0")], [mark(HEDGE, "50000"), mark(OTHER, "50010")], now_ms=NOW)
    figures.take([price("7", NOW + 1000)], [mark(HEDGE, "5000", NOW + 1000)], now_ms=NOW + 1000)
    quote = figures.quotes[KEY]
    assert (quote.last, quote.underlying_price) == (Decimal("2.0"), Decimal(50_000))
    assert {problem.code for problem in figures.problems(NOW + 1000)} == {"figure_held_back"}
    assert figures.checks.doubted() == {HEDGE}


def test_a_doubted_hedge_gives_way_to_a_stand_in_once_its_last_price_is_old(figures: MarketFigures) -> None:
    figures.take([], [mark(HEDGE, "50000"), mark(OTHER, "50010")], now_ms=NOW)
    later = NOW + FRESH_MS + 1
    figures.take([], [mark(HEDGE, "5000", later), mark(OTHER, "50020", later)], now_ms=later)
    assert figures.quotes[KEY].underlying_source == "binance:BTCUSDT"


def test_times_of_a_venue_whose_clock_is_off_are_told_in_ours(figures: MarketFigures) -> None:
    figures.hear([VenueTime("lbank", sent_ms=NOW - 90_000, received_ms=NOW)], NOW)
    figures.hear([price("2.01", NOW - 90_500)], NOW)
    assert figures.quotes[KEY].price_ts_ms == NOW - 500


def test_an_estimate_is_shown_and_never_handed_to_be_stored(figures: MarketFigures) -> None:
    told = TokenQuote(
        key=KEY,
        nav=Decimal(2),
        nav_source=NavSource.VENUE,
        nav_ts_ms=NOW,
        effective_leverage=Decimal(3),
        leverage_ts_ms=NOW,
    )
    figures.take([told], [mark(HEDGE, "50000")], now_ms=NOW)
    later = NOW + 300_000
    figures.take([], [mark(HEDGE, "50500", later)], now_ms=later)
    shown, stored = figures.quotes[KEY], figures.known(KEY)
    assert stored is not None
    assert (stored.nav, stored.nav_source) == (Decimal(2), NavSource.VENUE)
    assert shown.nav_source is NavSource.ESTIMATE
    assert shown.nav is not None
    assert abs(shown.nav - Decimal("2.06")) < Decimal("1e-9")


def test_what_a_person_types_is_not_doubted(figures: MarketFigures) -> None:
    figures.take([price("2.0")], [], now_ms=NOW)
    figures.take_by_hand(price("20", NOW + 1), now_ms=NOW + 1)
    assert figures.quotes[KEY].last == Decimal(20)


def test_a_rejected_figure_is_said_until_a_good_one_comes(figures: MarketFigures) -> None:
    odd = TokenQuote(key=KEY, last=Decimal("2.0"), bid=Decimal("2.1"), ask=Decimal("1.9"), price_ts_ms=NOW)
    figures.take([odd], [], now_ms=NOW)
    assert [problem.code for problem in figures.problems(NOW)] == ["crossed_book"]
    figures.take([price("2.0", NOW + 1)], [], now_ms=NOW + 1)
    assert figures.problems(NOW + 1) == ()
