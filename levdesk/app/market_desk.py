"""Live figures for the window: fetched by the poller, dropped into the mailbox, taken out at screen speed."""

from __future__ import annotations

import random
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Slot

from levdesk.app.live_navs import LiveNavs
from levdesk.app.opening import local_midnight_ms, opening_wants, read_opening
from levdesk.domain.errors import LevdeskError
from levdesk.domain.instruments import LeveragedToken, TokenKey
from levdesk.domain.market import TokenQuote, UnderlyingQuote
from levdesk.domain.problems import Problem
from levdesk.io.coverage import read_coverage
from levdesk.runtime.jobs import JobControl
from levdesk.runtime.mailbox import Mailbox
from levdesk.runtime.poller import Poller
from levdesk.runtime.pulse import Pulse
from levdesk.services import sync
from levdesk.services.fetching import Harvest, carry_out
from levdesk.services.health import SourceHealth
from levdesk.services.portfolio import Opening
from levdesk.services.quote_book import QuoteBook, underlying_parts
from levdesk.services.sync_health import clock_problem
from levdesk.services.sync_state import HistoryWant, LineKey, Span, SyncPlan, Task
from levdesk.services.sync_wants import venue_wants
from levdesk.venues.contract import RequestKind

if TYPE_CHECKING:
    from levdesk.app.engine import Engine

SAVE_EVERY_MS = 5_000
RECORD_NAV_EVERY_MS = 300_000
_CANDLES = {RequestKind.TOKEN_CANDLES, RequestKind.UNDERLYING_CANDLES}


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredMarket:
    """What was known of the market last time."""

    quotes: tuple[TokenQuote, ...] = ()
    catalogue: tuple[LeveragedToken, ...] = ()


class MarketDesk(QObject):
    """Everything the window knows of the market; lives in the GUI thread.

    Attributes:
        opening: prices at local midnight, None until they are known.
        perpetuals: last mark, index and funding by venue and instrument.
    """

    def __init__(self, engine: Engine, stored: StoredMarket) -> None:
        super().__init__(engine)
        self._engine = engine
        self._house = engine.house
        self._book = QuoteBook(stored.quotes)
        self._navs = LiveNavs()
        self.quotes: Mapping[TokenKey, TokenQuote] = self._book.quotes()
        self._catalogue = {token.key: self._house.registry.complete_token(token) for token in stored.catalogue}
        self._problems: dict[object, tuple[Problem, ...]] = {}
        self._unsaved: set[TokenKey] = set()
        self._nav_recorded_ms: dict[TokenKey, int] = {}
        self.opening: Opening | None = None
        self.perpetuals: Mapping[tuple[str, str], UnderlyingQuote] = {}
        self._venues = self._house.venues(engine.settings)
        self._mailbox: Mailbox[tuple[RequestKind, TokenKey], TokenQuote] = Mailbox()
        self._pulse = Pulse(self._mailbox, self)
        self._pulse.beat.connect(self._take)
        self._poller = Poller(
            sync.begin(self._plan(())),
            self._carry_out,
            engine.runner,
            now_ms=self._house.clock.now_ms,
            jitter=random.random,
            parent=self,
        )
        self._poller.harvested.connect(self._bring_in)
        self._poller.health_changed.connect(engine.signals.health_changed)
        self._saver = QTimer(self)
        self._saver.setInterval(SAVE_EVERY_MS)
        self._saver.timeout.connect(self._save)

    # -- life --------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to fetch and to show."""
        self._pulse.start()
        self._saver.start()
        self.holdings_changed()
        self._poller.start()
        self._engine.signals.catalogue_changed.emit(self.catalogue())

    def stop(self) -> None:
        """Stop fetching and remember the last figures."""
        self._pulse.stop()
        self._saver.stop()
        self._poller.stop()
        self._save()

    def set_visible(self, visible: bool) -> None:
        """Beat slowly while nobody looks."""
        self._pulse.set_visible(visible)

    # -- queries -----------------------------------------------------------------------------------------------

    def quote(self, key: TokenKey) -> TokenQuote | None:
        """Last known figures of a token."""
        return self.quotes.get(key)

    def listed(self, key: TokenKey) -> LeveragedToken | None:
        """A token of the venues' lists."""
        return self._catalogue.get(key)

    def pair(self, token: LeveragedToken) -> str:
        """A venue's spelling of a token's trading pair; "" when nothing is fetched from that venue."""
        venue = self._venues.get(token.key.venue)
        return "" if venue is None else venue.token_pair(token)

    def catalogue(self) -> tuple[LeveragedToken, ...]:
        """Every token known: held, defined by hand, and listed; by venue and symbol."""
        known = {**self._catalogue, **self._engine.books.tokens}
        return tuple(known[key] for key in sorted(known))

    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with the last figures of what is held."""
        held = {str(key) for key in self._engine.books.keys(None)}
        found = (problem for problems in self._problems.values() for problem in problems)
        return tuple(problem for problem in found if problem.source in held or ":" not in problem.source)

    def health(self) -> tuple[SourceHealth, ...]:
        """How each venue is doing."""
        from levdesk.services.sync_health import health

        return health(self._poller.state, self._house.clock.now_ms())

    def perpetuals_of(self, underlying: str) -> tuple[tuple[str, str], ...]:
        """Where a coin's perpetual could be had, as (venue, the venue's spelling)."""
        found = ((name, venue.perpetual(underlying)) for name, venue in self._venues.items())
        return tuple((name, instrument) for name, instrument in found if instrument)

    def nav_gap_ratio(self, key: TokenKey) -> float | None:
        """How far the NAV estimate was from the venue's last figure."""
        return self._navs.gap_ratio(key)

    # -- commands ----------------------------------------------------------------------------------------------

    def retry_source(self, venue: str) -> None:
        """Ask one venue at once."""
        self._poller.ask_now(venue)

    def refresh(self) -> None:
        """Fetch now."""
        self._poller.ask_now()

    def value_by_hand(self, quote: TokenQuote) -> None:
        """Take a price or NAV typed in, and keep it."""
        change = self._book.take((quote,), now_ms=self._house.clock.now_ms())
        self._problems["by hand"] = change.problems
        self._note(change.quotes)
        self._save()
        self._engine.revalue(frozenset({quote.key}))
        self._engine.signals.act_done.emit(f"Valued {quote.key.symbol} by hand")

    def holdings_changed(self) -> None:
        """Want what the books need now, and keep the figures of what is held since."""
        self._note(tuple(self.quotes.values()))
        self.want_histories()
        self._find_opening()

    def settings_changed(self) -> None:
        """Poll as often, and where, as the preferences now say."""
        try:
            self._venues = self._house.venues(self._engine.settings)
        except LevdeskError as error:
            self._engine.fail(error)
            return
        self._poller.change_plan(self._plan(self._poller.state.plan.histories))
        self._poller.ask_now()

    def want_histories(self) -> None:
        """Fetch what charts, explanations and today's change need, most wanted first."""
        wants = (*self._engine.charts.wants(), *self._engine.explain.wants())
        midnight_ms = local_midnight_ms(self._house.clock.now_ms())
        today = [
            want
            for token in self._held()
            if (venue := self._venues.get(token.key.venue)) is not None
            for want in opening_wants(token, venue.token_pair(token), midnight_ms)
        ]
        histories = tuple(dict.fromkeys((*wants, *today)))
        unknown = [want.key for want in histories if want.key not in self._poller.state.covered]
        if not unknown:
            self._poller.change_plan(self._plan(histories))
            return
        paths = self._house.paths

        def work(_control: JobControl) -> dict[LineKey, Span]:
            return read_coverage(paths, unknown)

        def done(covered: dict[LineKey, Span]) -> None:
            self._poller.change_plan(self._plan(histories), covered)

        self._engine.runner.run("Looking what is stored", work, done, self._engine.fail, quiet=True)

    def _plan(self, histories: tuple[HistoryWant, ...]) -> SyncPlan:
        return SyncPlan(
            venues=venue_wants(self._venues, self._wanted(), off=self._engine.settings.venues_off),
            poll_s=self._engine.settings.poll_s,
            offline=self._house.options.offline,
            histories=histories,
        )

    # -- what comes in -----------------------------------------------------------------------------------------

    def _carry_out(self, task: Task) -> Harvest:
        """In the pool: fetch and read one task."""
        return carry_out(self._venues[task.key.venue], task, self._house.http)

    @Slot(object)
    def _bring_in(self, harvest: Harvest) -> None:
        key, market = harvest.task.key, self._house.stores.market
        if harvest.quotes:
            self._mailbox.put_many({(key.kind, quote.key): quote for quote in harvest.quotes})
        if harvest.underlyings:
            parts = underlying_parts(harvest.underlyings, self.catalogue())
            self._mailbox.put_many({(key.kind, quote.key): quote for quote in parts})
            self.perpetuals = {(quote.venue, quote.instrument): quote for quote in harvest.underlyings}
        if key.kind is RequestKind.TOKENS:
            self._list_tokens(key.venue, harvest.tokens)
        if key.kind in _CANDLES:
            self._keep(market.save_candles(key.venue, key.instrument, key.interval_s, harvest.candles), key)
        if harvest.funding:
            self._keep(market.save_funding(key.venue, key.instrument, harvest.funding), key)
        if harvest.server_ms is not None:
            venue = self._venues[key.venue]
            problem = clock_problem(venue.title, harvest.server_ms, harvest.received_ms)
            self._problems[key] = () if problem is None else (problem,)
        else:
            self._problems[key] = harvest.problems
        self._engine.revalue(frozenset())

    def _list_tokens(self, venue: str, tokens: tuple[LeveragedToken, ...]) -> None:
        others = {key: token for key, token in self._catalogue.items() if key.venue != venue}
        listed = {token.key: self._house.registry.complete_token(token) for token in tokens}
        self._catalogue = {**others, **listed}
        self._house.stores.market.save_catalogue(venue, tokens)
        self._house.forget_catalogue()
        self._engine.signals.catalogue_changed.emit(self.catalogue())

    def _keep(self, saved: Future[None], key: LineKey) -> None:
        def done(_nothing: None) -> None:
            self._engine.charts.history_grew(key)
            self._engine.explain.history_grew(key)
            if key.kind is RequestKind.TOKEN_CANDLES:
                self._find_opening()

        self._engine.runner.watch(saved, done, self._engine.fail)

    @Slot(object)
    def _take(self, beat: Mapping[tuple[RequestKind, TokenKey], TokenQuote]) -> None:
        change = self._book.take(beat.values(), now_ms=self._house.clock.now_ms())
        self._problems["quotes"] = change.problems
        self._note(change.quotes)
        self._engine.revalue(frozenset(quote.key for quote in change.quotes))

    def _note(self, quotes: tuple[TokenQuote, ...]) -> None:
        self.quotes = self._navs.estimated(self._held(), self._book.quotes(), self._house.clock.now_ms())
        held = set(self._engine.books.keys(None)) | self._engine.books.tokens.keys()
        self._unsaved.update(quote.key for quote in quotes if quote.key in held)

    @Slot()
    def _save(self) -> None:
        if not self._unsaved:
            return
        known = self._book.quotes()  # as the venues said it: an estimate is never stored as a figure of theirs
        quotes = [known[key] for key in self._unsaved]
        self._unsaved.clear()
        store, watch = self._house.stores.market, self._engine.runner.watch
        watch(store.save_quotes(quotes), _ignore, self._engine.fail)
        due = [quote for quote in quotes if self._nav_is_due(quote)]
        if due:
            watch(store.record_nav(due), _ignore, self._engine.fail)

    def _nav_is_due(self, quote: TokenQuote) -> bool:
        """Whether to record a NAV: every few minutes, so that years of it stay small."""
        if quote.nav is None or quote.nav_ts_ms is None:
            return False
        if quote.nav_ts_ms - self._nav_recorded_ms.get(quote.key, 0) < RECORD_NAV_EVERY_MS:
            return False
        self._nav_recorded_ms[quote.key] = quote.nav_ts_ms
        return True

    # -- today -------------------------------------------------------------------------------------------------

    def _held(self) -> tuple[LeveragedToken, ...]:
        books = self._engine.books
        return tuple(books.token(key) for key in books.keys(None) if books.position(key, None).quantity)

    def _wanted(self) -> tuple[LeveragedToken, ...]:
        """Tokens whose figures matter: the one on screen, then what is held, then what was defined by hand."""
        books = self._engine.books
        return tuple({token.key: token for token in (*self._held(), *books.tokens.values())}.values())

    def _find_opening(self) -> None:
        midnight_ms = local_midnight_ms(self._house.clock.now_ms())
        pairs = {
            token.key: self._venues[token.key.venue].token_pair(token)
            for token in self._held()
            if token.key.venue in self._venues
        }
        market = self._house.stores.market

        def done(opening: Opening) -> None:
            if self.opening != opening:
                self.opening = opening
                self._engine.revalue(None)

        self._engine.runner.run(
            "Finding today's first prices",
            lambda _control: read_opening(market, pairs, midnight_ms),
            done,
            self._engine.fail,
            quiet=True,
        )


def _ignore(_result: object) -> None:
    """Nothing to do: the future's failure is what matters."""
