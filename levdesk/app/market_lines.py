"""The lines to the venues: the poller, the streams, and the pool that waits for answers; one plan for all of them."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QObject, Signal, Slot

from levdesk.app.market_wants import MarketWants
from levdesk.runtime.feed import Feed
from levdesk.runtime.jobs import JobRunner
from levdesk.runtime.mailbox import Mailbox
from levdesk.runtime.poller import Poller
from levdesk.services import sync
from levdesk.services.fetching import Harvest, carry_out
from levdesk.services.health import SourceHealth, StreamHealth, StreamState
from levdesk.services.sync_health import health
from levdesk.services.sync_state import HistoryWant, LineKey, Span, SyncState, Task
from levdesk.venues.contract import Reply, Request

if TYPE_CHECKING:
    from levdesk.app.engine import Engine

FETCH_THREADS: Final = 10
"""Asking is waiting: as many as there are venues, so that dead ones never keep a live one waiting."""

STOP_MS: Final = 700


class MarketLines(QObject):
    """Lives in the GUI thread.

    Signals:
        harvested: a Harvest that a task brought.
        health_changed: tuple[SourceHealth, ...].
    """

    harvested = Signal(object)
    health_changed = Signal(object)

    def __init__(
        self, engine: Engine, wants: MarketWants, mailbox: Mailbox[Any, Any], listed_ms: Mapping[str, int]
    ) -> None:
        """Ask and hear what `wants` says; streams fill the mailbox; `listed_ms` tells when each list was fetched."""
        super().__init__(engine)
        self._engine = engine
        self._house = engine.house
        self._wants = wants
        now_ms = self._house.clock.now_ms
        self._fetchers = JobRunner(now_ms, FETCH_THREADS, parent=self)
        self._live: frozenset[str] = frozenset()
        self._feed: Feed | None = None
        if not self._house.options.offline:
            self._feed = Feed(mailbox, self._fetchers, self._send, now_ms=now_ms, parent=self)
            self._feed.health_changed.connect(self._streams_changed)
            self._feed.failed.connect(engine.fail)
        self._poller = Poller(
            sync.begin(wants.plan(engine.settings, (), {}), listed_ms=listed_ms),
            self._carry_out,
            self._fetchers,
            now_ms=now_ms,
            jitter=random.random,
            describe=self._describe,
            parent=self,
        )
        self._poller.harvested.connect(self.harvested)
        self._poller.health_changed.connect(self.health_changed)

    # -- life --------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to ask and to hear."""
        if self._feed is not None:
            self._feed.change_venues(self._wants.venues)
            self._feed.start()
        self._poller.start()

    def stop(self) -> bool:
        """End all of it; False when something would not end in time."""
        self._poller.stop()
        in_time = self._feed is None or self._feed.stop(STOP_MS)
        return self._fetchers.close(STOP_MS) and in_time

    # -- queries -----------------------------------------------------------------------------------------------

    @property
    def state(self) -> SyncState:
        """What the planner knows."""
        return self._poller.state

    def health(self) -> tuple[SourceHealth, ...]:
        """How each venue is doing."""
        return self._describe(self._poller.state, self._house.clock.now_ms())

    def _describe(self, state: SyncState, now_ms: int) -> tuple[SourceHealth, ...]:
        streams = {} if self._feed is None else self._feed.health()
        return health(state, now_ms, streams=streams, room=self._house.turnstile.room)

    # -- commands ----------------------------------------------------------------------------------------------

    def ask_now(self, venue: str = "") -> None:
        """Ask at once, and connect to streams again where one waits; one venue, or all."""
        self._poller.ask_now(venue)
        if self._feed is not None:
            self._feed.retry(venue)

    def change_venues(self) -> None:
        """The adapters are others now (an address was changed)."""
        if self._feed is not None:
            self._feed.change_venues(self._wants.venues)

    def change(
        self, histories: tuple[HistoryWant, ...] | None = None, covered: dict[LineKey, Span] | None = None
    ) -> None:
        """Follow what is wanted now; with these histories from now on, the same as before when None."""
        settings = self._engine.settings
        wanted = self._poller.state.plan.histories if histories is None else histories
        streams = {} if self._feed is None else self._feed.health()
        self._poller.change_plan(self._wants.plan(settings, wanted, streams), covered)
        if self._feed is not None:
            for name, topics in self._wants.topics(settings).items():
                self._feed.want(name, topics)

    def note_skew(self, venue: str, skew_ms: int) -> None:
        """The clocks' difference was measured by a stream."""
        self._poller.note_skew(venue, skew_ms)

    @Slot(object)
    def _streams_changed(self, streams: Mapping[str, StreamHealth]) -> None:
        live = frozenset(name for name, stream in streams.items() if stream.state is StreamState.LIVE)
        if live != self._live:  # the rest of a stream's health plans nothing
            self._live = live
            self.change()
        self._poller.tell_health()

    # -- in the pool -------------------------------------------------------------------------------------------

    def _send(self, request: Request) -> Reply:
        return self._house.http.send(request)  # the door is made by the first who knocks, never in the window's thread

    def _carry_out(self, task: Task) -> Harvest:
        return carry_out(self._wants.venues[task.key.venue], task, self._house.http)
