"""Live figures for the window: polled and streamed into the mailbox, taken out at screen speed.

The rooms of this trade: `market_figures` (what is known), `market_wants` (what is asked of whom), `market_lines` (how:
poller and streams), `market_intake` (what they bring), `market_history` (bars and settlements), `market_keeper` (what
is stored), `catalogue` (what is listed). This one opens and closes them, and passes things on.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Slot

from levdesk.app.catalogue import Catalogue
from levdesk.app.derived_navs import DerivedNavs
from levdesk.app.market_figures import MarketFigures
from levdesk.app.market_future import ONLY_FUTURE, MarketFuture
from levdesk.app.market_history import MarketHistory
from levdesk.app.market_intake import MarketIntake
from levdesk.app.market_keeper import MarketKeeper
from levdesk.app.market_lines import MarketLines
from levdesk.app.market_wants import MarketWants
from levdesk.domain.errors import LevdeskError
from levdesk.domain.instruments import LeveragedToken, TokenKey
from levdesk.domain.market import TokenQuote, UnderlyingQuote
from levdesk.domain.problems import Problem
from levdesk.runtime.mailbox import Mailbox
from levdesk.runtime.pulse import Pulse
from levdesk.services.alert_needs import AlertNeeds
from levdesk.services.day_change import Opening
from levdesk.services.fetching import Harvest
from levdesk.services.health import SourceHealth
from levdesk.services.history_sources import SourcesBook
from levdesk.services.stream_mail import merged
from levdesk.venues.contract import RequestKind

if TYPE_CHECKING:
    from levdesk.app.engine import Engine

SAVE_EVERY_MS = 5_000
RECONSIDER_MS = 1_000
MOST_LOOKED_AT = 4
"""Tokens nobody holds that are asked for because a person looked at them, the last ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredMarket:
    """What was known of the market last time.

    Attributes:
        quotes, catalogue: last figures, and tokens the venues listed, with their rules and hedges.
        listed_ms: when each venue's list was fetched.
    """

    quotes: tuple[TokenQuote, ...] = ()
    catalogue: tuple[LeveragedToken, ...] = ()
    listed_ms: Mapping[str, int] = field(default_factory=dict)


class MarketDesk(QObject):
    """Everything the window knows of the market; lives in the GUI thread.

    Attributes:
        future: what venues tell of the future of what is held.
    """

    def __init__(self, engine: Engine, stored: StoredMarket) -> None:
        super().__init__(engine)
        self._engine = engine
        self._house = engine.house
        self._figures = MarketFigures(stored.quotes)
        offline = self._house.options.offline
        venues = self._house.venues(engine.settings)
        self._wants = MarketWants(venues, self._house.registry, self._figures, offline=offline)
        self._catalogue = Catalogue(engine, stored.catalogue, stored.listed_ms)
        self._keeper = MarketKeeper(engine, self._figures.known)
        self.future = MarketFuture()
        self._sources = SourcesBook(venues, self._house.registry.fallbacks)
        self._looked_at: dict[TokenKey, None] = {}
        mailbox: Mailbox[Any, Any] = Mailbox(merged)
        self._pulse = Pulse(mailbox, self)
        self._pulse.beat.connect(self._take)
        self._lines = MarketLines(engine, self._wants, mailbox, self._catalogue.listed_ms(venues))
        self._intake = MarketIntake(self._figures, self._wants, self._lines, self._house.clock.now_ms)
        self._lines.harvested.connect(self._bring_in)
        self._lines.health_changed.connect(engine.signals.health_changed)
        self._history = MarketHistory(engine, self._lines)
        self._derived = DerivedNavs(engine, self._figures)
        self._saver = self._timer(SAVE_EVERY_MS, self._keeper.save)
        self._again = self._timer(RECONSIDER_MS, self._reconsider)

    def _timer(self, interval_ms: int, slot: Any) -> QTimer:
        timer = QTimer(self)
        timer.setInterval(interval_ms)
        timer.timeout.connect(slot)
        return timer

    # -- life --------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to fetch, to hear and to show."""
        self._pulse.start()
        for timer in (self._saver, self._again):
            timer.start()
        self.holdings_changed()
        self._lines.start()
        self._derived.start()
        self._engine.signals.catalogue_changed.emit(self.catalogue())

    def stop(self) -> bool:
        """Stop asking and hearing, remember the last figures; False when something would not end in time."""
        self._pulse.stop()
        for timer in (self._saver, self._again):
            timer.stop()
        self._derived.stop()
        in_time = self._lines.stop()
        self._keeper.save()
        return in_time

    def set_visible(self, visible: bool) -> None:
        """Beat slowly while nobody looks."""
        self._pulse.set_visible(visible)

    # -- queries -----------------------------------------------------------------------------------------------

    @property
    def quotes(self) -> Mapping[TokenKey, TokenQuote]:
        """Last known figures by token, with estimates."""
        return self._figures.quotes

    @property
    def opening(self) -> Opening | None:
        """Prices at local midnight, None until they are known."""
        return self._history.opening

    @property
    def perpetuals(self) -> Mapping[tuple[str, str], UnderlyingQuote]:
        """Last mark, index and funding by venue and instrument."""
        return self._figures.perpetuals()

    def quote(self, key: TokenKey) -> TokenQuote | None:
        """Last known figures of a token."""
        return self._figures.quotes.get(key)

    def look_at(self, key: TokenKey) -> TokenQuote | None:
        """Last known figures of a token a person looks at; one that was never in the books is asked for from now on."""
        known = self._figures.watches(key) or key in self._looked_at
        if not known and key not in self._engine.books.keys(None):
            self._looked_at = dict.fromkeys([key, *list(self._looked_at)[: MOST_LOOKED_AT - 1]])
            self._want_again()
        return self._figures.quotes.get(key)

    def listed(self, key: TokenKey) -> LeveragedToken | None:
        """A token of the venues' lists."""
        return self._catalogue.listed(key)

    @property
    def sources(self) -> SourcesBook:
        """Whose bars tell a token's past, with the venues as they are now."""
        return self._sources

    def catalogue(self) -> tuple[LeveragedToken, ...]:
        """Every token known: held, defined by hand, and listed; by venue and symbol."""
        return self._catalogue.tokens()

    def held(self) -> tuple[LeveragedToken, ...]:
        """Tokens with units left, in any portfolio."""
        return self._engine.books.held_tokens(None)

    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with the last figures of what is held."""
        now_ms = self._house.clock.now_ms()
        told = self._intake.complaints.problems(now_ms)
        found = dict.fromkeys([*self._figures.problems(now_ms), *self._derived.problems(), *told])
        books = self._engine.books
        keys = books.keys(None) if found else ()  # nearly always nothing is found, and this is asked for on each beat
        held = {name for key in keys for name in (str(key), ":".join(books.token(key).hedge))}
        return tuple(problem for problem in found if problem.source in held or ":" not in problem.source)

    def health(self) -> tuple[SourceHealth, ...]:
        """How each venue is doing."""
        return self._lines.health()

    def perpetuals_of(self, underlying: str) -> tuple[tuple[str, str], ...]:
        """Where a coin's perpetual could be had, as (venue, the venue's spelling)."""
        found = ((name, venue.perpetual(underlying)) for name, venue in self._wants.venues.items())
        return tuple((name, instrument) for name, instrument in found if instrument)

    def nav_gap_ratio(self, key: TokenKey) -> float | None:
        """How far the NAV estimate was from the venue's last figure."""
        return self._figures.navs.gap_ratio(key)

    # -- commands ----------------------------------------------------------------------------------------------

    def retry_source(self, venue: str) -> None:
        """Ask one venue at once, and connect to its stream again."""
        self._lines.ask_now(venue)

    def refresh(self) -> None:
        """Fetch now."""
        self._history.resume()
        self._lines.ask_now()

    def value_by_hand(self, quote: TokenQuote) -> None:
        """Take a price or NAV typed in, and keep it."""
        self._show(self._figures.take_by_hand(quote, now_ms=self._house.clock.now_ms()))
        self._keeper.save()
        self._engine.signals.act_done.emit(f"Valued {quote.key.symbol} by hand")

    def holdings_changed(self) -> None:
        """Want what the books need now, and keep the figures of what is held since."""
        self._keeper.note(self._figures.quotes)
        self._want_again()
        self.want_histories()
        self._history.find_opening()

    def settings_changed(self) -> None:
        """Poll as often, and where, as the preferences now say."""
        try:
            self._wants.venues = self._house.venues(self._engine.settings)
        except LevdeskError as error:
            self._engine.fail(error)
            return
        self._sources = SourcesBook(self._wants.venues, self._house.registry.fallbacks)
        self._lines.change_venues()
        self._want_again()
        self._lines.ask_now()

    def want_for_alerts(self, needs: AlertNeeds) -> None:
        """Fetch order books and announcements of what is held, as far as somebody is warned by them."""
        watched = replace(self._wants.watched, books=needs.books, notices=needs.notices)
        if watched != self._wants.watched:
            self._wants.watched = watched
            self._lines.change()

    def want_histories(self) -> None:
        """Fetch what charts, explanations and today's change need, most wanted first."""
        self._history.want()

    # -- plans -------------------------------------------------------------------------------------------------

    def _wanted(self) -> list[LeveragedToken]:
        """Tokens whose figures matter: what is on screen first, then what is held, then what was looked at."""
        engine = self._engine
        held = {token.key: token for token in self.held()}
        keys = [key for key in (engine.explain.on_screen, engine.charts.on_screen) if key is not None]
        tokens = [held.get(key) or engine.books.token(key) for key in keys]
        looked_at = [self._catalogue.listed(key) or engine.books.tokens.get(key) for key in self._looked_at]
        every = [*tokens, *held.values(), *(token for token in looked_at if token is not None)]
        return list({token.key: token for token in every}.values())

    def _want_again(self) -> None:
        """Something else matters now: tell figures, poller and streams."""
        self._wants.watched = replace(self._wants.watched, tokens=self.held())
        self._wants.want(self._wanted(), self._engine.settings, self._house.clock.now_ms())
        self._reconsider(always=True)

    @Slot()
    def _reconsider(self, *, always: bool = False) -> None:
        """Who has to stand in for whom; how far the clocks are apart, and the fetching of history is."""
        now_ms = self._house.clock.now_ms()
        if self._wants.reconsider(self._lines.state, self._engine.settings, now_ms) or always:
            self._lines.change()
        for name in self._wants.venues:
            skew_ms = self._figures.skew.measured_ms(name)
            if skew_ms is not None:
                self._lines.note_skew(name, skew_ms)
        self._history.tell_news()

    # -- what comes in -----------------------------------------------------------------------------------------

    @Slot(object)
    def _bring_in(self, harvest: Harvest) -> None:
        key = harvest.task.key
        self.future.take(harvest)
        if key.kind in ONLY_FUTURE:
            return
        self._show(self._intake.answered(harvest))
        if key.kind is RequestKind.TOKENS:
            self._catalogue.take(key.venue, harvest.tokens)
        self._history.keep(harvest)
        self._engine.revalue(frozenset())

    @Slot(object)
    def _take(self, beat: Mapping[Hashable, Any]) -> None:
        self._show(self._intake.heard(beat))

    def _show(self, changed: frozenset[TokenKey]) -> None:
        if changed:
            self._keeper.note(changed)
            self._engine.revalue(changed)
