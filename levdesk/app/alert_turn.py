"""One look of the alerts, for the job pool: facts out of what the window knows, the watch, and how it all stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from levdesk.app.alert_stands import Stands
from levdesk.app.watch_facts import local_moment
from levdesk.app.watch_lines import PriceLines
from levdesk.domain.alerts import AlertRule, AlertState
from levdesk.domain.instruments import LeveragedToken, TokenKey
from levdesk.domain.market import FundingPoint, TokenQuote, UnderlyingQuote
from levdesk.domain.order_book import OrderBook
from levdesk.domain.problems import Problem
from levdesk.services.alert_facts import Facts, Perpetual
from levdesk.services.alert_harvests import after_harvests
from levdesk.services.alert_listing import Marks
from levdesk.services.alert_ports import StoredAlerts, StoredEvent, WatchKey
from levdesk.services.alert_view import AlertsView
from levdesk.services.alerting import AlertWatch, WatchTurn
from levdesk.services.books import Books
from levdesk.services.explained import ExplainedHolding
from levdesk.services.fetching import Harvest
from levdesk.services.health import SourceHealth
from levdesk.services.history_sources import HistorySources
from levdesk.services.portfolio import Valuation
from levdesk.services.ports import MarketStore
from levdesk.services.views import PortfolioView

SETTLING_MS: Final = 10 * 60_000
"""So long after the start histories are still being fetched."""

_SETTLING_EVERY_MS: Final = 60_000
_LATER_EVERY_MS: Final = 10 * 60_000
_FUNDING_MS: Final = 7 * 24 * 3_600_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What the window's thread hands over for one look.

    Attributes:
        now_ms: the moment.
        books: everything entered.
        quotes, perpetuals, health, doubts: last known figures, and what is wrong with them.
        explained: what rests on histories, by portfolio and token.
        sources: whose bars tell a token's past.
        rules: to be watched, None = as before.
        changes: what the person did about alerts since the last look.
        muted: silent targets.
        kept: what was said before and stands in the history by now.
        order_books: of tokens held.
        lists: what venues' lists and announcements said since the last look.
        is_watching: False while another program of this data directory watches: then nothing is measured.
    """

    now_ms: int
    books: Books
    quotes: Mapping[TokenKey, TokenQuote]
    perpetuals: Mapping[Perpetual, UnderlyingQuote]
    health: Sequence[SourceHealth]
    doubts: Sequence[Problem]
    explained: Mapping[tuple[int | None, TokenKey], ExplainedHolding]
    sources: Mapping[TokenKey, HistorySources]
    rules: tuple[AlertRule, ...] | None
    changes: Sequence[tuple[WatchKey, Mapping[str, object]]] = ()
    muted: Mapping[str, int | None] = field(default_factory=dict)
    kept: Mapping[WatchKey, StoredEvent] = field(default_factory=dict)
    order_books: Mapping[TokenKey, OrderBook] = field(default_factory=dict)
    lists: Sequence[Harvest] = ()
    is_watching: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What came of one look.

    Attributes:
        turn: states and events to keep.
        view: how everything stands; what stands as before is the same object as before.
        snoozed: until when rules are put off at targets.
        marks: what lists and announcements said of what is held, None when that is as before.
    """

    turn: WatchTurn
    view: AlertsView
    snoozed: Mapping[WatchKey, int]
    marks: Marks | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """What the last run left.

    Attributes:
        stored: rules, and where they stood.
        told: what was last said where something fires.
        marks: what lists and announcements said.
    """

    stored: StoredAlerts
    told: Mapping[WatchKey, StoredEvent] = field(default_factory=dict)
    marks: Marks = field(default_factory=dict)


class Lookout:
    """Keeps watch, views and price lines from look to look; owned by one job at a time.

    Args:
        market: the stored market data.
        remembered: what the last run left.
        since_ms: when the program began to listen.
    """

    def __init__(self, market: MarketStore, remembered: Remembered, since_ms: int) -> None:
        """Begin where the last run left off."""
        stored = remembered.stored
        self._market = market
        self._watch = AlertWatch(stored.rules, stored.states)
        self._stands = Stands(remembered.told)
        self._rules = {rule.id: rule for rule in stored.rules}
        self._marks: Marks = dict(remembered.marks)
        self._since_ms = since_ms
        self._lines = PriceLines(market)
        self._lines_ms: int | None = None
        self._settled: dict[Perpetual, Sequence[FundingPoint]] = {}
        self._books: Books | None = None
        self._quotes: Mapping[TokenKey, TokenQuote] = {}
        self._valuations: dict[int | None, Valuation] = {}
        self._views: dict[int | None, PortfolioView] = {}

    def look(self, given: Given) -> Seen:
        """Measure everything now."""
        if given.rules is not None:
            self._rules = {rule.id: rule for rule in given.rules}
            self._watch.set_rules(given.rules)
        self._stands.number(given.kept)
        before = self._marks
        self._marks = after_harvests(before, given.lists, held_keys(given.books), given.now_ms)
        turn = self._turn(given) if given.is_watching else WatchTurn()
        self._stands.note(turn.events)
        standings = self._watch.standing(given.now_ms)
        return Seen(
            turn=turn,
            view=self._stands.view(standings, tuple(self._rules.values()), given.muted, given.now_ms),
            snoozed={
                each.key: each.state.snoozed_until_ms for each in standings if each.state.snoozed_until_ms is not None
            },
            marks=None if self._marks == before else self._marks,
        )

    def _turn(self, given: Given) -> WatchTurn:
        put = self._put(given.changes)
        turn = self._watch.turn(self._facts(given))
        return replace(turn, states={**put, **turn.states}) if put else turn

    def _put(self, changes: Sequence[tuple[WatchKey, Mapping[str, object]]]) -> dict[WatchKey, AlertState]:
        """Let the watch know what the person did."""
        if not changes:
            return {}
        states = dict(self._watch.states)
        put: dict[WatchKey, AlertState] = {}
        for key, change in changes:
            if key in states:
                states[key] = put[key] = replace(states[key], **change)  # type: ignore[arg-type]
        self._watch.put(put)
        return put

    def _facts(self, given: Given) -> Facts:
        books = given.books
        held = [books.token(key) for key in held_keys(books)]
        self._read_lines(given, held)
        self._lines.note(given.quotes, held)
        self._value(given)
        return Facts(
            now_ms=given.now_ms,
            local=local_moment(given.now_ms),
            views=dict(self._views),
            quotes=given.quotes,
            perpetuals=given.perpetuals,
            explained=given.explained,
            health=given.health,
            prices=self._lines.underlyings(given.now_ms),
            token_prices=self._lines.tokens(),
            settled=self._settled,
            doubts=given.doubts,
            books=given.order_books,
            listings=self._marks,
            watching_since_ms=self._since_ms,
        )

    def _value(self, given: Given) -> None:
        """Value the portfolios that rules are for; a holding whose quote is the same stays the same."""
        known = {portfolio.id for portfolio in given.books.portfolios}
        wanted = {rule.scope.portfolio_id for rule in self._rules.values()} & (known | {None}) | {None}
        if given.books is not self._books:
            self._books = given.books
            self._valuations, self._views = {}, {}
        changed = [key for key, quote in given.quotes.items() if quote is not self._quotes.get(key)]
        self._quotes = given.quotes
        for one in wanted:
            if one in self._views:
                if changed:
                    view = self._views[one]
                    self._views[one] = self._valuations[one].update(view, given.quotes, changed, given.now_ms)
                continue
            self._valuations[one] = Valuation(given.books, one)
            self._views[one] = self._valuations[one].view(given.quotes, given.now_ms)
        for one in self._views.keys() - wanted:
            del self._views[one], self._valuations[one]

    def _read_lines(self, given: Given, held: Sequence[LeveragedToken]) -> None:
        """Take up stored bars and settlements now and then, and when the books are others."""
        last_ms, now_ms = self._lines_ms, given.now_ms
        every_ms = again_after_ms(now_ms - self._since_ms)
        if given.books is self._books and last_ms is not None and 0 <= now_ms - last_ms < every_ms:
            return
        self._lines_ms = now_ms
        for token in held:
            sources = given.sources[token.key]
            self._lines.read_underlying(token.underlying, sources.underlying, now_ms)
            self._lines.read_token(token, sources, given.books.transactions(token.key, None), now_ms)
            venue, instrument = token.hedge
            if instrument:
                points = self._market.read_funding(venue, instrument, now_ms - _FUNDING_MS, now_ms)
                self._settled[token.hedge] = points


def held_keys(books: Books) -> tuple[TokenKey, ...]:
    """Tokens with units left, in any portfolio."""
    return tuple(key for key in books.keys(None) if books.position(key, None).quantity)


def again_after_ms(running_ms: int) -> int:
    """How long what is read from stored histories is good for: less while they are still being fetched."""
    return _SETTLING_EVERY_MS if running_ms < SETTLING_MS else _LATER_EVERY_MS
