"""The minutes around a person's trades: what the underlying stood at when each was made, to the minute.

Hours tell an explanation where a deal lies within one hour only; these few windows tell it exactly. They are fetched
beside the planner, once, through the same limits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from typing import TYPE_CHECKING, Final

from levdesk.app.house import House
from levdesk.domain.instruments import LeveragedToken
from levdesk.domain.problems import Problem
from levdesk.services.books import Books
from levdesk.services.explain_fetching import LONGEST_MS, Fetcher, fetch_minutes
from levdesk.services.explain_input import FINER_S, HOUR_S, deal_windows
from levdesk.services.fetching import Harvest
from levdesk.services.sync_state import Span
from levdesk.venues.contract import RequestKind

if TYPE_CHECKING:
    from levdesk.venues.contract import Venue

UnderlyingOf = Callable[[LeveragedToken], tuple[str, str] | None]
"""Venue and perpetual whose bars tell a token's past, None where nobody serves any."""

_SAVE_TIMEOUT_S: Final = 60.0
_CANDLES: Final = frozenset({RequestKind.TOKEN_CANDLES, RequestKind.UNDERLYING_CANDLES})


class Saving:
    """Stores harvests and waits for them.

    Attributes:
        pieces: how many had something in them.
    """

    def __init__(self, house: House) -> None:
        """Store through the house's writer."""
        self._house = house
        self._waiting: list[Future[None]] = []
        self.pieces = 0

    def keep(self, harvest: Harvest) -> None:
        """Hand over what a task brought."""
        key, store = harvest.task.key, self._house.stores.market
        if key.kind in _CANDLES and harvest.candles:
            self._waiting.append(store.save_candles(key.venue, key.instrument, key.interval_s, harvest.candles))
            self.pieces += 1
        elif harvest.funding:
            self._waiting.append(store.save_funding(key.venue, key.instrument, harvest.funding))
            self.pieces += 1

    def finish(self) -> None:
        """Return when all of it is stored."""
        for saved in self._waiting:
            saved.result(_SAVE_TIMEOUT_S)


def fetch_deal_minutes(
    house: House, books: Books, portfolio_id: int | None, fetcher: Fetcher, underlying_of: UnderlyingOf
) -> tuple[Problem, ...]:
    """Fetch the minutes around the deals that are not stored; stops at the first venue that fails."""
    now_ms = house.clock.now_ms()
    tokens = [books.token(key) for key in books.keys(portfolio_id)]
    found = {token.key: underlying_of(token) for token in tokens}
    for underlying in sorted({one for one in found.values() if one is not None and one[1]}):
        drafts = [
            row.draft
            for token in tokens
            if found[token.key] == underlying
            for row in books.transactions(token.key, portfolio_id)
        ]
        windows = [window for window in deal_windows(drafts, now_ms) if not _is_stored(house, underlying, window)]
        problems = fetch_minutes(fetcher, *underlying, windows)
        if problems:
            return problems
    return ()


def fetch_new_minutes(house: House, books: Books, venues: Mapping[str, Venue], underlying_of: UnderlyingOf) -> int:
    """Fetch and store what is missing of all portfolios; how many pieces came. Blocks; for the pool."""
    saving = Saving(house)
    until_ms = house.clock.now_ms() + LONGEST_MS
    fetcher = Fetcher(venues=venues, http=house.http, clock=house.clock, keep=saving.keep, until_ms=until_ms)
    fetch_deal_minutes(house, books, None, fetcher, underlying_of)  # a venue that fails shows in its health
    saving.finish()
    return saving.pieces


def _is_stored(house: House, underlying: tuple[str, str], window: Span) -> bool:
    bars = house.stores.market.read_candles(*underlying, FINER_S[0], window.first_ms, window.last_ms)
    return len(bars) >= HOUR_S // FINER_S[0]
