"""The tokens the venues list: kept for completion, fetched once a day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final

from levdesk.domain.instruments import LeveragedToken, TokenKey
from levdesk.services.sync import WATCHED_LIST_MS

if TYPE_CHECKING:
    from levdesk.app.engine import Engine

LISTED: Final = "listed_ms"
"""Where the settings file keeps when each venue's list was fetched."""

_DAY_MS: Final = 24 * 3_600_000
FIRST_LIST_MS: Final = 2_000
"""A list that was never fetched comes this long after the start: prices go first."""


class Catalogue:
    """Lives in the GUI thread."""

    def __init__(self, engine: Engine, stored: Iterable[LeveragedToken], listed_ms: Mapping[str, int]) -> None:
        """Begin with what was listed last time, complete with rules and hedges, and when it was."""
        self._engine = engine
        self._complete = engine.house.registry.complete_token
        self._listed = {token.key: token for token in stored}
        venues = {key.venue for key in self._listed}
        self._listed_ms = {venue: moment for venue, moment in listed_ms.items() if venue in venues}

    def listed_ms(self, venues: Iterable[str]) -> dict[str, int]:
        """When each venue's list counts as fetched, so that the next is due a day later; sooner where one is held."""
        never_ms = self._engine.house.clock.now_ms() - _DAY_MS + FIRST_LIST_MS
        found = dict.fromkeys(venues, never_ms) | self._listed_ms
        for venue in {key.venue for key in self._engine.books.keys(None)} & found.keys():
            found[venue] = max(found[venue] - _DAY_MS + WATCHED_LIST_MS, never_ms)
        return found

    def listed(self, key: TokenKey) -> LeveragedToken | None:
        """A token of the venues' lists."""
        return self._listed.get(key)

    def tokens(self) -> tuple[LeveragedToken, ...]:
        """Every token known: held, defined by hand, and listed; by venue and symbol."""
        known = {**self._listed, **self._engine.books.tokens}
        return tuple(known[key] for key in sorted(known))

    def take(self, venue: str, tokens: tuple[LeveragedToken, ...]) -> None:
        """A venue's list came: it replaces the last one."""
        others = {key: token for key, token in self._listed.items() if key.venue != venue}
        self._listed = {**others, **{token.key: self._complete(token) for token in tokens}}
        house, watch = self._engine.house, self._engine.runner.watch
        self._listed_ms[venue] = house.clock.now_ms()
        watch(house.stores.market.save_catalogue(venue, tokens), _ignore, self._engine.fail)
        watch(house.stores.settings.save_settings({LISTED: dict(self._listed_ms)}), _ignore, self._engine.fail)
        house.forget_catalogue()
        self._engine.signals.catalogue_changed.emit(self.tokens())


def _ignore(_result: object) -> None:
    """Nothing to do: the future's failure is what matters."""
