"""The quote book: parts with their own ages, and only good figures."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from levdesk.domain.instruments import LeveragedToken, TokenKey
from levdesk.domain.market import NavSource, QuoteSource, TokenQuote, UnderlyingQuote
from levdesk.domain.problems import Severity
from levdesk.services.quote_book import BookChange, QuoteBook, underlying_parts

KEY = TokenKey("gate", "BTC3L")
NOW = 1_000_000


def venue_quote(ts_ms: int, *, last: str | None = "2.4", nav: str | None = "2.5", lev: str | None = "3") -> TokenQuote:
    return TokenQuote(
        key=KEY,
        last=None if last is None else Decimal(last),
        bid=Decimal("2.3"),
        ask=Decimal("2.6"),
        price_ts_ms=ts_ms,
        nav=None if nav is None else Decimal(nav),
        nav_source=None if nav is None else NavSource.VENUE,
        nav_ts_ms=None if nav is None else ts_ms,
        effective_leverage=None if lev is None else Decimal(lev),
        leverage_ts_ms=None if lev is None else ts_ms,
    )


def test_a_first_quote_is_kept_as_it_is() -> None:
    book = QuoteBook()
    change = book.take([venue_quote(10)], now_ms=NOW)
    assert change.quotes == (venue_quote(10),)
    assert change.problems == ()
    assert book.quote(KEY) == venue_quote(10)
    assert book.quotes() == {KEY: venue_quote(10)}


def test_the_same_quote_again_changes_nothing() -> None:
    book = QuoteBook([venue_quote(10)])
    assert book.take([venue_quote(10)], now_ms=NOW).quotes == ()


def test_a_missing_part_keeps_the_last_good_one_with_its_age() -> None:
    book = QuoteBook([venue_quote(10)])
    book.take([venue_quote(20, nav=None, lev=None)], now_ms=NOW)
    quote = book.quote(KEY)
    assert quote is not None
    assert (quote.price_ts_ms, quote.nav_ts_ms, quote.leverage_ts_ms) == (20, 10, 10)
    assert (quote.nav, quote.nav_source) == (Decimal("2.5"), NavSource.VENUE)


def test_offers_without_a_trade_do_not_push_a_known_trade_out() -> None:
    book = QuoteBook([venue_quote(10)])
    book.take([venue_quote(20, last=None)], now_ms=NOW)
    quote = book.quote(KEY)
    assert quote is not None
    assert (quote.last, quote.price_ts_ms, quote.nav_ts_ms) == (Decimal("2.4"), 10, 20)


def test_older_figures_never_replace_newer_ones() -> None:
    book = QuoteBook([venue_quote(20)])
    assert book.take([venue_quote(19, last="9", nav="9", lev="9")], now_ms=NOW) == BookChange()
    assert book.quote(KEY) == venue_quote(20)


def test_a_stored_time_in_the_future_does_not_freeze_the_token() -> None:
    book = QuoteBook([venue_quote(NOW + 5_000_000)])
    book.take([venue_quote(NOW, last="2.45")], now_ms=NOW)
    quote = book.quote(KEY)
    assert quote is not None
    assert (quote.last, quote.price_ts_ms) == (Decimal("2.45"), NOW)


@pytest.mark.parametrize(("ts_ms", "replaced"), [(99, False), (100, False), (101, True)])
def test_a_venue_figure_replaces_one_set_by_hand_only_when_it_is_newer(ts_ms: int, replaced: bool) -> None:
    by_hand = replace(venue_quote(100, last="3", nav="3"), price_source=QuoteSource.MANUAL, nav_source=NavSource.MANUAL)
    book = QuoteBook([by_hand])
    book.take([venue_quote(ts_ms)], now_ms=NOW)
    quote = book.quote(KEY)
    assert quote is not None
    expected = (QuoteSource.VENUE, NavSource.VENUE) if replaced else (QuoteSource.MANUAL, NavSource.MANUAL)
    assert (quote.price_source, quote.nav_source) == expected


def test_a_figure_set_by_hand_replaces_the_venues_at_the_same_moment() -> None:
    book = QuoteBook([venue_quote(100)])
    by_hand = TokenQuote(key=KEY, nav=Decimal(90), nav_source=NavSource.MANUAL, nav_ts_ms=100)
    change = book.take([by_hand], now_ms=NOW)
    assert change.problems == ()  # a person may mean a NAV far from the price
    assert change.quotes[0].nav == Decimal(90)
    assert change.quotes[0].last == Decimal("2.4")


@pytest.mark.parametrize(("nav", "kept"), [("26.0", False), ("24.0", True), ("0.23", False), ("0.25", True)])
def test_a_nav_more_than_ten_times_from_the_price_is_held_back(nav: str, kept: bool) -> None:
    book = QuoteBook([venue_quote(10)])
    change = book.take([venue_quote(20, nav=nav)], now_ms=NOW)
    quote = book.quote(KEY)
    assert quote is not None
    assert (quote.nav == Decimal(nav)) is kept
    assert quote.nav_ts_ms == (20 if kept else 10)
    assert [problem.code for problem in change.problems] == ([] if kept else ["nav_rejected"])


def test_the_price_that_counts_is_clamped_into_the_book() -> None:
    wild = replace(venue_quote(10, last="90000", nav="2.5"), bid=Decimal("2.3"), ask=Decimal("2.6"))
    assert QuoteBook().take([wild], now_ms=NOW).problems == ()


def test_a_nav_without_a_price_is_held_against_the_price_that_stands() -> None:
    book = QuoteBook([venue_quote(10)])
    nav_only = TokenQuote(key=KEY, nav=Decimal(250), nav_source=NavSource.VENUE, nav_ts_ms=20)
    assert [problem.code for problem in book.take([nav_only], now_ms=NOW).problems] == ["nav_rejected"]


def test_a_crossed_book_is_noted_and_kept() -> None:
    crossed = replace(venue_quote(10), bid=Decimal("2.7"))
    change = QuoteBook().take([crossed], now_ms=NOW)
    assert [(problem.code, problem.severity) for problem in change.problems] == [("crossed_book", Severity.INFO)]
    assert change.quotes == (crossed,)


@pytest.mark.parametrize("bad", ["NaN", "Infinity", "0", "-1", "1e13"])
@pytest.mark.parametrize(
    ("part", "code"),
    [
        ("last", "price_rejected"),
        ("nav", "nav_rejected"),
        ("effective_leverage", "leverage_rejected"),
        ("underlying_price", "price_rejected"),
    ],
)
def test_figures_nobody_can_mean_are_held_back_by_name(part: str, code: str, bad: str) -> None:
    value = Decimal("0" if part == "effective_leverage" and bad == "-1" else bad)
    good = replace(venue_quote(20), underlying_ts_ms=20)
    broken = {
        "last": replace(good, last=value),
        "nav": replace(good, nav=value),
        "effective_leverage": replace(good, effective_leverage=value),
        "underlying_price": replace(good, underlying_price=value),
    }[part]
    book = QuoteBook([venue_quote(10)])
    change = book.take([broken], now_ms=NOW)
    assert [(problem.code, problem.source) for problem in change.problems] == [(code, "gate:BTC3L")]
    after = book.quote(KEY)
    assert after is not None
    assert getattr(after, part) == getattr(venue_quote(10), part)


def test_a_rebalance_moves_only_forward() -> None:
    book = QuoteBook()
    for moment, nav in ((50, "2.1"), (40, "2.0"), (60, "2.2")):
        book.take([TokenQuote(key=KEY, rebalance_nav=Decimal(nav), rebalance_ms=moment)], now_ms=NOW)
    quote = book.quote(KEY)
    assert quote is not None
    assert (quote.rebalance_ms, quote.rebalance_nav) == (60, Decimal("2.2"))


def test_the_mark_of_the_hedge_becomes_the_underlying_part() -> None:
    token = LeveragedToken(key=KEY, underlying="BTC", target_leverage=Decimal(3), hedge_instrument="BTC_USDT")
    other = token._replace(key=TokenKey("gate", "ETH3L"), hedge_instrument="ETH_USDT")
    mark = UnderlyingQuote(venue="gate", instrument="BTC_USDT", ts_ms=7, mark=None, index=Decimal(2), last=Decimal(3))
    (part,) = underlying_parts([mark], [token, other])
    assert part == TokenQuote(
        key=KEY, underlying_price=Decimal(3), underlying_ts_ms=7, underlying_source="gate:BTC_USDT"
    )
    assert underlying_parts([replace(mark, venue="mexc")], [token]) == ()


figures = st.one_of(
    st.none(),
    st.decimals(min_value=-1, max_value=10**13),
    st.sampled_from([Decimal("NaN"), Decimal("sNaN"), Decimal("Infinity")]),
)
moments = st.one_of(st.none(), st.integers(min_value=0, max_value=NOW))


@st.composite
def any_quote(draw: st.DrawFn) -> TokenQuote:
    return TokenQuote(
        key=KEY,
        last=draw(figures),
        bid=draw(figures),
        ask=draw(figures),
        price_ts_ms=draw(moments),
        price_source=draw(st.sampled_from(QuoteSource)),
        nav=draw(figures),
        nav_source=draw(st.sampled_from(NavSource)),
        nav_ts_ms=draw(moments),
        effective_leverage=draw(figures),
        leverage_ts_ms=draw(moments),
        underlying_price=draw(figures),
        underlying_ts_ms=draw(moments),
    )


@given(st.lists(any_quote(), max_size=8))
def test_whatever_comes_ages_never_run_back_and_figures_stay_sane(quotes: list[TokenQuote]) -> None:
    book = QuoteBook()
    before = TokenQuote(key=KEY)
    for quote in quotes:
        book.take([quote], now_ms=NOW)
        after = book.quote(KEY) or before
        for name in ("price_ts_ms", "nav_ts_ms", "leverage_ts_ms", "underlying_ts_ms"):
            assert (getattr(after, name) or 0) >= (getattr(before, name) or 0)
        for figure in (after.last, after.bid, after.ask, after.nav, after.underlying_price):
            assert figure is None or (figure.is_finite() and 0 < figure <= Decimal(10) ** 12)
        assert (after.nav is None) == (after.nav_source is None)
        before = after


@given(st.lists(st.integers(min_value=1, max_value=30), min_size=1, max_size=8))
def test_the_newest_figures_win_in_whatever_order_they_come(order: list[int]) -> None:
    book = QuoteBook()
    for moment in order:
        book.take([venue_quote(moment, last=f"2.{moment:02d}")], now_ms=NOW)
    assert book.quote(KEY) == venue_quote(max(order), last=f"2.{max(order):02d}")
