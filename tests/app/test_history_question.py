"""Which histories are wanted, worked out from what one moment was, wherever there is time."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from levdesk.app.adapters import ADAPTERS
from levdesk.app.history_question import HistoryQuestion
from levdesk.domain.instruments import TokenKey
from levdesk.services.books import Books
from levdesk.services.history_sources import SourcesBook
from levdesk.venues.contract import RequestKind
from tests.domain.strategies import BTC3L, ETH3S, START_MS, buy, draft, token
from tests.services.memory_writer import books_of

VENUES = {name: make() for name, make in ADAPTERS.items()}
DAY_MS = 86_400_000
NOW_MS = START_MS + 30 * DAY_MS
SOL3L = TokenKey("gate", "SOL3L")


@pytest.fixture
def sources() -> SourcesBook:
    return SourcesBook(VENUES, lambda underlying: (("binance", f"{underlying}USDT"),))


@pytest.fixture
def books() -> Books:
    """BTC3L was sold, ETH3S is held."""
    rows = (buy("10", "2"), draft("sell", "10", "3", at=1), draft("buy", "1", "1", key=ETH3S))
    return books_of(*rows, tokens=(token(), token(ETH3S, target="-3"), token(SOL3L)))


def coins_in_order(question: HistoryQuestion) -> list[str]:
    named = (want.key.instrument for want in question.of_explanations() if want.key.venue == "binance")
    return [name.removesuffix("USDT") for name in dict.fromkeys(named)]


def test_what_is_on_screen_comes_first_then_what_is_held_then_what_was(books: Books, sources: SourcesBook) -> None:
    question = HistoryQuestion(books=books, sources=sources, now_ms=NOW_MS)
    assert coins_in_order(question) == ["ETH", "BTC"]
    assert coins_in_order(replace(question, asked=SOL3L)) == ["SOL", "ETH", "BTC"]
    assert coins_in_order(replace(question, asked=BTC3L)) == ["BTC", "ETH"]


def test_first_prices_of_the_day_are_wanted_of_what_is_held(books: Books, sources: SourcesBook) -> None:
    assert [one.key for one in books.held_tokens(None)] == [ETH3S]
    question = HistoryQuestion(books=books, sources=sources, now_ms=NOW_MS)
    assert [want.key.instrument for want in question.of_today()] == ["ETH3S_USDT"]


def test_last_settlements_are_wanted_of_what_is_held_though_no_explanation_needs_them(
    sources: SourcesBook,
) -> None:
    hedged = token(ETH3S, target="-3")._replace(hedge_instrument="ETH_USDT")
    books = books_of(buy("10", "2"), draft("buy", "1", "1", key=ETH3S), tokens=(token(), hedged))
    question = HistoryQuestion(books=books, sources=sources, now_ms=NOW_MS)
    want = next(want for want in question.of_alerts() if want.key.instrument == "ETH_USDT")
    assert want.key.kind is RequestKind.FUNDING_HISTORY
    assert NOW_MS - 4 * DAY_MS <= want.start_ms <= NOW_MS - 3 * DAY_MS
    assert replace(question, now_ms=NOW_MS + 60_000).of_alerts() == question.of_alerts(), "one want all day"


def test_sources_are_worked_out_once_and_anew_for_a_token_defined_otherwise() -> None:
    asked: list[str] = []

    def fallbacks(underlying: str) -> tuple[tuple[str, str], ...]:
        asked.append(underlying)
        return (("binance", f"{underlying}USDT"),)

    sources, first = SourcesBook(VENUES, fallbacks), token()
    assert sources(first) == sources(first)
    assert asked == ["BTC"]
    other = first._replace(underlying="ETH", target_leverage=Decimal(2))
    assert sources(other).underlying == ("binance", "ETHUSDT")
    assert sources(first).underlying == ("binance", "BTCUSDT")
