"""Suspicious figures are held back, said, and believed only when confirmed; everything else passes untouched."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from levdesk.domain.instruments import LeveragedToken, TokenKey
from levdesk.domain.market import NavSource, TokenQuote, UnderlyingQuote
from levdesk.services.quote_checks import (
    AHEAD_MS,
    FORGOTTEN_MS,
    MEMORY_MS,
    STAYS_MS,
    TOKEN_JUMP,
    UNDERLYING_JUMP,
    QuoteChecks,
    corrected,
)

NOW = 1_790_000_000_000
KEY = TokenKey("gate", "BTC3L")
BTC3L = LeveragedToken(key=KEY, underlying="BTC", target_leverage=Decimal(3), hedge_instrument="BTC_USDT")


def priced(price: str, at_ms: int = NOW) -> TokenQuote:
    return TokenQuote(key=KEY, last=Decimal(price), bid=Decimal(price), price_ts_ms=at_ms)


def valued(nav: str, at_ms: int = NOW) -> TokenQuote:
    return TokenQuote(key=KEY, nav=Decimal(nav), nav_source=NavSource.VENUE, nav_ts_ms=at_ms)


def marked(price: str, at_ms: int = NOW, venue: str = "gate") -> UnderlyingQuote:
    return UnderlyingQuote(venue=venue, instrument="BTC_USDT", ts_ms=at_ms, mark=Decimal(price))


def judge(checks: QuoteChecks, quote: TokenQuote, now_ms: int, underlying: str | None = None) -> TokenQuote:
    mark = None if underlying is None else Decimal(underlying)
    return checks.token(quote, now_ms=now_ms, token=BTC3L, underlying=mark)


# -- tokens ------------------------------------------------------------------------------------------------------


@given(
    start=st.decimals("0.0001", "1000", places=6),
    steps=st.lists(st.tuples(st.floats(-0.09, 0.09), st.floats(-0.1, 0.1)), max_size=20),
)
def test_a_price_that_follows_its_underlying_is_never_held_back(
    start: Decimal, steps: list[tuple[float, float]]
) -> None:
    """Three times the move of the underlying, and a premium of up to a tenth, with every second update a rebalance."""
    checks = QuoteChecks()
    mark, nav = 50_000.0, float(start)
    for number, (move, premium) in enumerate(steps):
        mark *= 1.0 + move
        nav *= max(1.0 + 3.0 * move, 0.1)
        quote = replace(priced("1", NOW + number * 1000), last=Decimal(repr(nav * (1.0 + premium))), bid=None)
        assert judge(checks, quote, NOW + number * 1000, repr(mark)) == quote
    assert checks.problems(NOW) == ()


def test_a_jump_that_the_underlying_does_not_explain_is_held_back_with_its_offers() -> None:
    checks = QuoteChecks()
    judge(checks, priced("2"), NOW, "50000")
    held = judge(checks, priced("2.8"), NOW + 1000, "50000")
    assert (held.last, held.bid, held.price_ts_ms) == (None, None, None)
    (problem,) = checks.problems(NOW + 1000)
    assert (problem.code, problem.source) == ("figure_held_back", "gate:BTC3L")
    assert "BTC3L: price 2.8 is far from 2" in problem.message


def test_the_same_jump_passes_where_the_underlying_explains_it() -> None:
    checks = QuoteChecks()
    judge(checks, priced("2"), NOW, "50000")
    assert judge(checks, priced("2.8"), NOW + 1000, "56700").last == Decimal("2.8")


def test_a_figure_that_returns_to_normal_ends_the_doubt() -> None:
    checks = QuoteChecks()
    for price in ("2", "20", "2.01"):
        judge(checks, priced(price), NOW)
    assert checks.problems(NOW) == ()
    assert judge(checks, priced("2.02"), NOW).last == Decimal("2.02")


def test_a_figure_that_stays_for_a_minute_is_believed() -> None:
    """As after a merge of units: everything is a thousand times what it was, and stays there."""
    checks = QuoteChecks()
    judge(checks, priced("0.002"), NOW)
    judge(checks, valued("0.002"), NOW)
    for number in range(3):
        at_ms = NOW + number * STAYS_MS // 3
        assert judge(checks, priced("2.0"), at_ms).last is None
        assert judge(checks, valued("2.1"), at_ms).nav is None
    assert judge(checks, priced("2.05"), NOW + STAYS_MS).last == Decimal("2.05")
    assert judge(checks, valued("2.05"), NOW + STAYS_MS).nav == Decimal("2.05")
    assert checks.problems(NOW + STAYS_MS) == ()


def test_a_figure_that_jumps_about_is_not_believed_however_long() -> None:
    checks = QuoteChecks()
    judge(checks, priced("2"), NOW)
    for number in range(10):
        wild = "20" if number % 2 else "40"
        assert judge(checks, priced(wild), NOW + number * STAYS_MS).last is None


def test_after_a_long_silence_only_another_size_is_held_back() -> None:
    checks = QuoteChecks()
    judge(checks, priced("2"), NOW)
    later = NOW + MEMORY_MS + 1
    assert judge(checks, priced("9"), later).last == Decimal(9)
    fresh = QuoteChecks()
    known = priced("2", NOW - 10**9)
    assert fresh.token(priced("9"), now_ms=NOW, token=BTC3L, known=known).last == Decimal(9)
    assert fresh.token(priced("9000"), now_ms=NOW + 1, token=BTC3L, known=known).last is None


@pytest.mark.parametrize("figure", ["NaN", "0", "-1", "Infinity", "1e30"])
def test_what_no_price_can_be_is_never_believed(figure: str) -> None:
    checks = QuoteChecks()
    judge(checks, priced("2"), NOW)
    for number in range(5):
        assert judge(checks, replace(priced("1"), last=Decimal(figure)), NOW + number * STAYS_MS).last is None
        assert judge(checks, replace(valued("1"), nav=Decimal(figure)), NOW + number * STAYS_MS).nav is None
    assert judge(checks, priced("2.01"), NOW + 1).last == Decimal("2.01")


def test_nav_and_leverage_swapped_are_both_held_back() -> None:
    checks = QuoteChecks()
    right = replace(valued("0.0412"), effective_leverage=Decimal("3.1"), leverage_ts_ms=NOW)
    assert judge(checks, right, NOW) == right
    swapped = replace(right, nav=Decimal("3.1"), effective_leverage=Decimal("0.0412"))
    good = judge(checks, swapped, NOW + 1000)
    assert (good.nav, good.effective_leverage) == (None, None)
    assert {problem.code for problem in checks.problems(NOW + 1000)} == {"figure_held_back"}


def test_a_time_ahead_of_ours_counts_as_now() -> None:
    checks = QuoteChecks()
    assert judge(checks, priced("2", NOW + AHEAD_MS + 1), NOW).price_ts_ms == NOW
    assert judge(checks, priced("2", NOW + AHEAD_MS), NOW).price_ts_ms == NOW + AHEAD_MS


def test_a_doubt_about_something_that_comes_no_more_is_forgotten() -> None:
    checks = QuoteChecks()
    for price in ("2", "20"):
        judge(checks, priced(price), NOW)
    assert len(checks.problems(NOW + FORGOTTEN_MS)) == 1
    assert checks.problems(NOW + FORGOTTEN_MS + 1) == ()


@given(data=st.data())
def test_what_passes_is_what_came_or_nothing(data: st.DataObject) -> None:
    checks = QuoteChecks()
    figures = st.sampled_from([Decimal(text) for text in ("1", "1.1", "0.9", "30", "-2", "NaN", "0", "1e-9", "1e20")])
    now_ms = NOW
    for _ in range(data.draw(st.integers(1, 12))):
        now_ms += data.draw(st.integers(0, 120_000))
        quote = TokenQuote(
            key=KEY,
            last=data.draw(st.none() | figures),
            price_ts_ms=now_ms,
            nav=data.draw(st.none() | figures),
            nav_ts_ms=now_ms + data.draw(st.integers(-100_000, 100_000)),
            effective_leverage=data.draw(st.none() | figures),
        )
        good = judge(checks, quote, now_ms, data.draw(st.none() | st.sampled_from(["50000", "70000"])))
        assert good.last is None or good.last == quote.last
        for figure in (good.last, good.nav):
            assert figure is None or (figure.is_finite() and figure > 0)
        assert good.nav_ts_ms is None or good.nav_ts_ms <= now_ms + AHEAD_MS


# -- perpetuals --------------------------------------------------------------------------------------------------


def test_a_mark_that_jumps_is_held_back_until_another_venue_shows_it_too() -> None:
    checks = QuoteChecks()
    assert checks.underlying(marked("50000"), now_ms=NOW) is not None
    assert checks.underlying(marked("40000"), now_ms=NOW + 1000, others=[Decimal(50_010)]) is None
    assert checks.doubted() == {("gate", "BTC_USDT")}
    assert checks.underlying(marked("40000"), now_ms=NOW + 2000, others=[Decimal(40_100)]) is not None
    assert checks.doubted() == frozenset()


@given(moves=st.lists(st.floats(-UNDERLYING_JUMP * 0.99, UNDERLYING_JUMP * 0.99), max_size=30))
def test_moves_of_less_than_the_limit_always_pass(moves: list[float]) -> None:
    checks = QuoteChecks()
    price = 1000.0
    for number, move in enumerate(moves):
        price *= 1.0 + move
        quote = marked(repr(price), NOW + number * 1000)
        assert checks.underlying(quote, now_ms=NOW + number * 1000) == quote


def test_a_bad_mark_does_not_take_the_index_and_the_rate_with_it() -> None:
    checks = QuoteChecks()
    quote = replace(marked("NaN"), index=Decimal(50_000), funding_rate=Decimal("0.0001"))
    good = checks.underlying(quote, now_ms=NOW)
    assert good == replace(quote, mark=None)
    assert [problem.source for problem in checks.problems(NOW)] == ["gate:BTC_USDT"]


def test_a_crash_alone_on_its_venue_is_believed_once_it_stays() -> None:
    checks = QuoteChecks()
    checks.underlying(marked("50000"), now_ms=NOW)
    passed = [checks.underlying(marked("40000"), now_ms=NOW + s * 1000) is not None for s in range(0, 75, 5)]
    assert passed.index(True) == STAYS_MS // 5000
    assert all(passed[passed.index(True) :])


def test_limits_grow_with_silence() -> None:
    checks = QuoteChecks()
    checks.underlying(marked("50000"), now_ms=NOW)
    assert checks.underlying(marked("57000"), now_ms=NOW + 20 * 60_000) is not None
    assert TOKEN_JUMP > UNDERLYING_JUMP


# -- clocks ------------------------------------------------------------------------------------------------------


def test_a_venues_time_is_told_in_ours() -> None:
    assert corrected(NOW - 500, received_ms=NOW + 90_000, skew_ms=90_000) == NOW + 89_500
    assert corrected(NOW, received_ms=NOW - 60_000, skew_ms=-61_000) == NOW - 61_000
    assert corrected(NOW + 5, received_ms=NOW, skew_ms=0) == NOW
    assert corrected(None, received_ms=NOW, skew_ms=1) is None


def test_a_time_that_was_ours_all_along_is_left() -> None:
    assert corrected(NOW, received_ms=NOW, skew_ms=90_000) == NOW
    assert corrected(NOW - 250, received_ms=NOW, skew_ms=-1_000) == NOW - 250
