from __future__ import annotations

from decimal import Decimal
from functools import reduce

from hypothesis import given
from hypothesis import strategies as st

from levdesk.domain.instruments import TokenKey
from levdesk.domain.market import NavSource, TokenQuote, UnderlyingQuote
from levdesk.domain.problems import Problem, Severity
from levdesk.services.stream_mail import (
    MOST_PROBLEMS,
    MailBatch,
    VenueProblem,
    VenueTime,
    mail_key,
    merged,
    merged_tokens,
    merged_underlyings,
)

KEY = TokenKey("gate", "BTC3L")
PRICES = st.none() | st.integers(1, 99).map(Decimal)
TIMES = st.integers(1, 1_000)


@st.composite
def token_parts(draw: st.DrawFn) -> TokenQuote:
    """Any part of a token's quote, each with its time where it is there."""
    last, bid, ask, nav, leverage = (draw(PRICES) for _ in range(5))
    ts_ms = draw(TIMES)
    priced = last is not None or bid is not None or ask is not None
    return TokenQuote(
        key=KEY,
        last=last,
        bid=bid,
        ask=ask,
        price_ts_ms=ts_ms if priced else None,
        nav=nav,
        nav_source=None if nav is None else NavSource.VENUE,
        nav_ts_ms=None if nav is None else ts_ms,
        effective_leverage=leverage,
        leverage_ts_ms=None if leverage is None else ts_ms,
    )


@given(st.lists(token_parts(), min_size=1, max_size=6))
def test_no_part_of_a_token_is_lost_while_it_waits(parts: list[TokenQuote]) -> None:
    waiting = reduce(merged_tokens, parts)
    for name in ("last", "bid", "ask", "nav", "effective_leverage"):
        told = [figure for part in parts if (figure := getattr(part, name)) is not None]
        assert getattr(waiting, name) == (told[-1] if told else None)


@given(st.lists(token_parts(), min_size=1, max_size=6))
def test_a_part_keeps_the_time_at_which_it_was_told(parts: list[TokenQuote]) -> None:
    waiting = reduce(merged_tokens, parts)
    trades = [part.price_ts_ms for part in parts if part.last is not None]
    if trades:
        assert waiting.price_ts_ms == trades[-1]
    navs = [part.nav_ts_ms for part in parts if part.nav is not None]
    assert waiting.nav_ts_ms == (navs[-1] if navs else None)


def test_a_mark_that_waits_is_not_made_fresher_by_funding_that_comes_after_it() -> None:
    mark = UnderlyingQuote(venue="gate", instrument="BTC_USDT", ts_ms=100, mark=Decimal(5))
    funding = UnderlyingQuote(venue="gate", instrument="BTC_USDT", ts_ms=200, funding_rate=Decimal("0.01"))
    both = merged_underlyings(mark, funding)
    assert (both.mark, both.funding_rate, both.ts_ms) == (Decimal(5), Decimal("0.01"), 100)
    assert merged_underlyings(funding, mark).ts_ms == 100


def test_of_two_clock_readings_the_quicker_one_is_kept() -> None:
    slow, quick = VenueTime("gate", 1_000, 1_300), VenueTime("gate", 2_000, 2_050)
    assert merged(slow, quick) == merged(quick, slow) == quick


def test_what_is_of_another_kind_replaces_what_waits() -> None:
    assert merged("old", "new") == "new"


def test_a_flood_of_complaints_is_cut_short_and_equal_ones_are_one() -> None:
    batch = MailBatch()
    for number in range(MOST_PROBLEMS + 50):
        problem = Problem(severity=Severity.WARNING, code="x", message="m", source=f"gate:T{number // 2}")
        batch.add(VenueProblem("gate", problem))
    assert (len(batch.mail), batch.problems) == (MOST_PROBLEMS // 2, MOST_PROBLEMS + 50)


def test_only_quotes_count_as_overtaken() -> None:
    batch = MailBatch()
    for value in (
        VenueTime("gate", 1, 1),
        VenueTime("gate", 2, 2),
        TokenQuote(key=KEY, last=Decimal(1)),
        TokenQuote(key=KEY, last=Decimal(2)),
    ):
        batch.add(value)
    assert batch.overtaken == 1
    assert batch.mail[mail_key(TokenQuote(key=KEY))] == TokenQuote(key=KEY, last=Decimal(2))
