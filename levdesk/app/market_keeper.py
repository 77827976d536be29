"""Remembers the last figures of what matters, and records NAVs and rebalances that no venue offers later."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from levdesk.domain.instruments import TokenKey
from levdesk.domain.market import TokenQuote
from levdesk.services.nav_recorder import NavRecorder

if TYPE_CHECKING:
    from levdesk.app.engine import Engine
    from levdesk.services.books import Books


class MarketKeeper:
    """Gathers what changed until `save`; lives in the GUI thread."""

    def __init__(self, engine: Engine, known: Callable[[TokenKey], TokenQuote | None]) -> None:
        """Save what `known` tells: figures as the venues said them, so that no estimate is stored as one of theirs."""
        self._engine = engine
        self._known = known
        self._recorder = NavRecorder()
        self._unsaved: set[TokenKey] = set()
        self._of: Books | None = None
        self._kept: set[TokenKey] = set()

    def note(self, keys: Iterable[TokenKey]) -> None:
        """These tokens' figures changed; those that somebody holds or defined are worth keeping."""
        books = self._engine.books
        if books is not self._of:
            self._of, self._kept = books, books.tokens.keys() | set(books.keys(None))
        self._unsaved |= self._kept.intersection(keys)

    def save(self) -> None:
        """Hand what changed to the writer."""
        if not self._unsaved:
            return
        quotes = [quote for key in self._unsaved if (quote := self._known(key)) is not None]
        self._unsaved.clear()
        store, watch = self._engine.house.stores.market, self._engine.runner.watch
        watch(store.save_quotes(quotes), _ignore, self._engine.fail)
        due = self._recorder.due(quotes)
        if due:
            watch(store.record_nav(due), _ignore, self._engine.fail)


def _ignore(_result: object) -> None:
    """Nothing to do: the future's failure is what matters."""
