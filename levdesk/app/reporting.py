"""The figures of a report: stored ones, or fresh ones with `--refresh`, each with its age and source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from levdesk.app.explain_report import estimated_quotes, explain_all, fetch_missing
from levdesk.app.house import House
from levdesk.domain.instruments import TokenKey
from levdesk.domain.problems import Problem
from levdesk.services.books import Books
from levdesk.services.explained import ExplainedHolding
from levdesk.services.fetching import refresh_once
from levdesk.services.portfolio import build_view
from levdesk.services.quote_book import QuoteBook
from levdesk.services.views import PortfolioView

_SAVE_TIMEOUT_S = 60.0


@dataclass(frozen=True, slots=True)
class Report:
    """What a report tells: the portfolio, and what became of the money in each holding as far as it can be told."""

    view: PortfolioView
    explained: Mapping[TokenKey, ExplainedHolding]


def make_report(house: House, books: Books, portfolio_id: int | None) -> Report:
    """The portfolio as it is known now; with `--refresh`, after asking the venues of what is held."""
    book = QuoteBook(house.stores.market.read_quotes())
    problems: tuple[Problem, ...] = ()
    if house.options.refresh:
        problems = _refresh(house, books, portfolio_id, book)
    tokens = [books.token(key) for key in books.keys(portfolio_id)]
    now_ms = house.clock.now_ms()
    quotes = estimated_quotes(house, tokens, book.quotes(), now_ms)
    view = build_view(books, quotes, now_ms, portfolio_id=portfolio_id, problems=problems)
    return Report(view, explain_all(house, books, portfolio_id, quotes, now_ms))


def _refresh(house: House, books: Books, portfolio_id: int | None, book: QuoteBook) -> tuple[Problem, ...]:
    settings, problems = house.read_settings()
    held = books.held_tokens(portfolio_id)
    venues = house.asked_venues(settings)
    fresh = refresh_once(venues, house.http, held, lambda token: house.registry.fallbacks(token.underlying))
    change = book.take(fresh.quotes, now_ms=house.clock.now_ms())
    house.stores.market.save_quotes(change.quotes).result(_SAVE_TIMEOUT_S)
    house.stores.market.record_nav(change.quotes).result(_SAVE_TIMEOUT_S)
    silent = {problem.source for problem in fresh.problems}
    answering = {name: venue for name, venue in venues.items() if name not in silent}
    missing = fetch_missing(house, books, portfolio_id, answering)
    return (*problems, *fresh.problems, *change.problems, *missing)
