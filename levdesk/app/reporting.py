"""The figures of a report: stored ones, or fresh ones with `--refresh`, each with its age and source."""

from __future__ import annotations

from levdesk.app.house import House
from levdesk.domain.problems import Problem
from levdesk.services.books import Books
from levdesk.services.fetching import refresh_once
from levdesk.services.portfolio import build_view
from levdesk.services.quote_book import QuoteBook
from levdesk.services.views import PortfolioView

_SAVE_TIMEOUT_S = 60.0


def make_report(house: House, books: Books, portfolio_id: int | None) -> PortfolioView:
    """The portfolio as it is known now; with `--refresh`, after asking the venues of what is held."""
    book = QuoteBook(house.stores.market.read_quotes())
    problems: tuple[Problem, ...] = ()
    if house.options.refresh:
        problems = _refresh(house, books, portfolio_id, book)
    return build_view(books, book.quotes(), house.clock.now_ms(), portfolio_id=portfolio_id, problems=problems)


def _refresh(house: House, books: Books, portfolio_id: int | None, book: QuoteBook) -> tuple[Problem, ...]:
    settings, problems = house.read_settings()
    held = [books.token(key) for key in books.keys(portfolio_id) if books.position(key, portfolio_id).quantity]
    fresh = refresh_once(house.venues(settings), house.http, held)
    change = book.take(fresh.quotes, now_ms=house.clock.now_ms())
    house.stores.market.save_quotes(change.quotes).result(_SAVE_TIMEOUT_S)
    house.stores.market.record_nav(change.quotes).result(_SAVE_TIMEOUT_S)
    return (*problems, *fresh.problems, *change.problems)
