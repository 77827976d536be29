"""The demo behind `--demo`: the simulated market served on loopback, and a book that is filled once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from levdesk.app.command_line import Options
from levdesk.app.house import Failure, House, Notice, UnsavedNotice, paths_of
from levdesk.domain.transactions import CostMethod
from levdesk.services.bookkeeping import Bookkeeper
from levdesk.services.ports import Clock

if TYPE_CHECKING:
    from levdesk.simulator.demo import Demo

_ANCHOR = "demo_anchor_ms"
_SAVE_TIMEOUT_S = 30.0


def open_house(
    options: Options,
    *,
    clock: Clock | None = None,
    on_failure: Failure = lambda _error: None,
    on_problem: Notice = lambda _problem: None,
    on_unsaved: UnsavedNotice | None = None,
) -> tuple[House, Demo | None]:
    """The house for a call; with `--demo`, its market is being served and its book is filled.

    Blocks for as long as the demo's half-year takes to be made. The caller closes the house and stops the demo.
    """
    house = House(
        options, paths_of(options), clock=clock, on_failure=on_failure, on_problem=on_problem, on_unsaved=on_unsaved
    )
    if not options.demo:
        return house, None
    from levdesk.simulator.demo import start_demo  # numpy and a server, for the demo only

    stored = house.stores.settings.read_settings().get(_ANCHOR)
    anchor_ms = stored if isinstance(stored, int) else house.clock.now_ms()
    demo = start_demo(house.registry.complete_token, house.clock, anchor_ms=anchor_ms)
    house.options = options._replace(venue_urls=tuple(demo.venue_urls.items()))  # nothing else is asked
    if stored is None:
        _fill(house, demo)
        house.stores.settings.save_settings({_ANCHOR: anchor_ms}).result(_SAVE_TIMEOUT_S)
    return house, demo


def _fill(house: House, demo: Demo) -> None:
    """Write the demo's story into an empty book, through the same acts as a person's."""
    keeper: Bookkeeper = house.keeper
    books = house.read_books()
    for token in demo.story.tokens:
        books = books.apply(house.stores.ledger.save_token(token, label=f"define {token.key.symbol}").result())
    for number, portfolio in enumerate(demo.story.portfolios):
        first = books.portfolios[0]
        if number == 0:
            if portfolio.cost_method is not CostMethod.FIFO or portfolio.name != first.name:
                named = replace(first, name=portfolio.name, cost_method=portfolio.cost_method)
                books = books.apply(keeper.edit_portfolio(books, named).result())
            target = first.id
        else:
            books = books.apply(keeper.add_portfolio(books, portfolio.name, portfolio.cost_method).result())
            target = max(known.id for known in books.portfolios)
        label = f"add the demo's {len(portfolio.drafts)} transactions"
        written = house.stores.ledger.add_transactions(target, portfolio.drafts, label=label)
        books = books.apply(written.result())
