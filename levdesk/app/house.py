"""The house put together: files, doors and interpreters wired into one value, for the window and the commands alike."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from levdesk.app.command_line import Options
from levdesk.domain.errors import LevdeskError, SettingInvalid, StoreUnavailable
from levdesk.domain.instruments import LeveragedToken, TokenKey
from levdesk.domain.problems import Problem
from levdesk.io.clock import SystemClock
from levdesk.io.ledger_store import LedgerFile, LedgerStore
from levdesk.io.market_store import MarketFile
from levdesk.io.paths import Paths, locate
from levdesk.io.resources import read_resource
from levdesk.io.settings_store import SettingsFile
from levdesk.io.writer import Writer
from levdesk.services.bookkeeping import Bookkeeper
from levdesk.services.books import Books
from levdesk.services.ports import Clock, HttpDoor
from levdesk.services.registry import Registry, read_registry
from levdesk.services.settings import Settings, decode_settings
from levdesk.services.venue_urls import check_base_url

if TYPE_CHECKING:
    from levdesk.app.adapters import Adapter
    from levdesk.io.rate_limits import Turnstile
    from levdesk.services.unsaved import Saved, Unsaved

CLOSE_TIMEOUT_S = 10.0
Failure = Callable[[LevdeskError], None]
Notice = Callable[[Problem], None]
UnsavedNotice = Callable[["Unsaved | Saved"], None]


@dataclass(frozen=True, slots=True)
class Stores:
    """The two files behind their one writer."""

    writer: Writer
    books: LedgerFile
    ledger: LedgerStore
    market: MarketFile
    settings: SettingsFile


class House:
    """Everything below the front door for one data directory; made once per start.

    Attributes:
        paths: where its files are.
        clock: the only clock.
        stores: the files.
    """

    def __init__(
        self,
        options: Options,
        paths: Paths,
        *,
        clock: Clock | None = None,
        on_failure: Failure = lambda _error: None,
        on_problem: Notice = lambda _problem: None,
        on_unsaved: UnsavedNotice | None = None,
    ) -> None:
        """Make the folders and the doors; no file is opened and nothing is asked yet.

        Args:
            options: how the program was called.
            paths: of the data directory, which is made if needed.
            clock: the system's when None.
            on_failure, on_problem: told, in the writer thread, of saves that failed and of a rebuilt market file.
            on_unsaved: told, there too, of changes kept in memory because they cannot be written; None = no such
                thing, and a directory that cannot be written to is an error.

        Raises:
            StoreUnavailable: the folders cannot be made or written to.
        """
        try:
            paths.create()
        except StoreUnavailable:
            if on_unsaved is None:
                raise
        self.options = options
        self.paths = paths
        self.clock = clock or SystemClock()
        writer = Writer(paths, self.clock, on_failure=on_failure, on_problem=on_problem, on_unsaved=on_unsaved)
        self.stores = Stores(
            writer,
            LedgerFile(paths, self.clock),
            LedgerStore(writer, self.clock),
            MarketFile(paths, self.clock, writer),
            SettingsFile(paths, self.clock, writer),
        )
        self._catalogue: dict[TokenKey, LeveragedToken] | None = None

    @cached_property
    def registry(self) -> Registry:
        """Issuers' rules and fees, as shipped."""
        return read_registry(json.loads(read_resource("registry.json")))

    @cached_property
    def keeper(self) -> Bookkeeper:
        """Checks and names acts on the books."""
        return Bookkeeper(self.stores.ledger, self.clock, self.listed_token)

    @cached_property
    def turnstile(self) -> Turnstile:
        """Keeps to the venues' documented limits, and knows what is left of them."""
        from levdesk.app.adapters import ADAPTERS
        from levdesk.io.rate_limits import Turnstile

        return Turnstile({name: make().rate_limit for name, make in ADAPTERS.items()})

    @cached_property
    def http(self) -> HttpDoor:
        """The door to the network; closed when offline."""
        from levdesk.io.http import OfflineDoor, RequestsDoor  # requests takes a tenth of a second to import

        return OfflineDoor() if self.options.offline else RequestsDoor(self.clock, self.turnstile)

    def read_books(self) -> Books:
        """The books as they are on disk."""
        return Books.read(self.stores.books.read_books(), complete=self.registry.complete_token)

    def read_settings(self) -> tuple[Settings, tuple[Problem, ...]]:
        """Preferences, and which of them could not be read."""
        return decode_settings(self.stores.settings.read_settings())

    def venues(self, settings: Settings) -> dict[str, Adapter]:
        """Every interpreter, at the address the call or the preferences give it; those switched off too.

        In the demo only the venues it plays are there, and only at its address.

        Raises:
            SettingInvalid: an address for a venue nobody knows.
        """
        from levdesk.app.adapters import ADAPTERS  # late: the first paint needs no venue

        played = dict(self.options.venue_urls)
        addresses = played if self.options.demo else {**dict(settings.venue_urls), **played}
        for name, url in addresses.items():
            if name not in ADAPTERS:
                hint = f"LevDesk asks: {', '.join(sorted(ADAPTERS))}."
                raise SettingInvalid(f"No venue is called “{name}”.", hint=hint)
            check_base_url(url)
        known = {name: make for name, make in ADAPTERS.items() if name in played or not self.options.demo}
        return {name: make(base_url=addresses.get(name, "")) for name, make in known.items()}

    def asked_venues(self, settings: Settings) -> dict[str, Adapter]:
        """Those of the interpreters that may be asked: the person switched none of them off."""
        return {name: venue for name, venue in self.venues(settings).items() if name not in settings.venues_off}

    def listed_token(self, key: TokenKey) -> LeveragedToken | None:
        """A token as its venue listed it last, None when it is in no list."""
        if self._catalogue is None:
            self._catalogue = {token.key: token for token in self.stores.market.read_catalogue()}
        return self._catalogue.get(key)

    def forget_catalogue(self) -> None:
        """Read the venues' lists again when next asked: they have been fetched anew."""
        self._catalogue = None

    def close(self, timeout_s: float = CLOSE_TIMEOUT_S) -> bool:
        """Finish what is being saved; False when that took too long."""
        return self.stores.writer.close(timeout_s)


def paths_of(options: Options) -> Paths:
    """The files the call is about."""
    return locate(options.data_dir, demo=options.demo)
