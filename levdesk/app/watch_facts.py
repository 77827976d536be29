"""Fresh facts for the alerts without a window: prices as a refreshed report fetches them, histories now and then."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final

from levdesk.app.explain_report import estimated_quotes, explain_all, fetch_missing, sources_of
from levdesk.app.house import House
from levdesk.app.watch_books import WatchBooks
from levdesk.app.watch_lines import PriceLines
from levdesk.domain.alerts import LocalMoment
from levdesk.domain.instruments import LeveragedToken, TokenKey
from levdesk.domain.market import FundingPoint, TokenQuote, UnderlyingQuote
from levdesk.domain.order_book import OrderBook
from levdesk.domain.problems import Problem
from levdesk.services.alert_facts import Facts, Perpetual
from levdesk.services.alert_listing import Marks
from levdesk.services.alert_needs import AlertNeeds, settlement_wants
from levdesk.services.books import Books
from levdesk.services.explain_fetching import Fetcher, fetch_minutes
from levdesk.services.explained import ExplainedHolding
from levdesk.services.fetching import Harvest, refresh_once
from levdesk.services.health import SourceHealth, SourceState
from levdesk.services.portfolio import build_view
from levdesk.services.quote_book import QuoteBook
from levdesk.services.sync_state import Span

if TYPE_CHECKING:
    from levdesk.venues.contract import Venue

EXPLAIN_EVERY_MS: Final = 10 * 60_000
_HOUR_MS: Final = 3_600_000
_MINUTES_MS: Final = 2 * _HOUR_MS
_FUNDING_MS: Final = 7 * 24 * _HOUR_MS
_PATIENCE_MS: Final = 20_000
_SAVE_TIMEOUT_S: Final = 60.0
_FAILURES: Final = frozenset({"venue", "venue_unreachable", "venue_busy", "venue_refused", "venue_garbled"})


def local_moment(now_ms: int) -> LocalMoment:
    """The wall clock of this computer."""
    local = datetime.fromtimestamp(now_ms / 1000).astimezone()
    return LocalMoment(local.hour * 60 + local.minute, local.weekday())


class WatchFacts:
    """Gathers facts turn by turn; owned by one thread.

    Attributes:
        problems: what went wrong at the last turn.
    """

    def __init__(self, house: House) -> None:
        """Start from what is stored."""
        self._house = house
        self._book = QuoteBook(house.stores.market.read_quotes())
        self._lines = PriceLines(house.stores.market)
        self._since_ms = house.clock.now_ms()
        self._explained_ms: int | None = None
        self._explained: dict[tuple[int | None, TokenKey], ExplainedHolding] = {}
        self._perpetuals: dict[Perpetual, UnderlyingQuote] = {}
        self._settled: dict[Perpetual, Sequence[FundingPoint]] = {}
        self._health: dict[str, SourceHealth] = {}
        self._order_books = WatchBooks(house)
        self.problems: tuple[Problem, ...] = ()

    def gather(self, books: Books, portfolio_ids: Iterable[int], needs: AlertNeeds, marks: Marks) -> Facts:
        """Everything known now, after asking the venues.

        Args:
            books: as they are.
            portfolio_ids: portfolios that rules are for.
            needs: what else rules need.
            marks: what lists and announcements said of what is held.

        Raises:
            StoreError: the files cannot be used.
        """
        house = self._house
        held = books.held_tokens(None)
        known = {portfolio.id for portfolio in books.portfolios}
        wanted: list[int | None] = [None, *(one for one in portfolio_ids if one in known)]
        doubts: tuple[Problem, ...] = ()
        self.problems = ()
        order_books: dict[TokenKey, OrderBook] = {}
        if held and not house.options.offline:
            doubts = self._refresh(held)
            if needs.books:
                order_books = self._order_books.refresh(house.asked_venues(house.read_settings()[0]), held)
        quotes = estimated_quotes(house, held, self._book.quotes(), house.clock.now_ms())
        if self._is_due():
            self._explain(books, held, wanted, quotes)
        self._lines.note(quotes, held)
        now_ms = house.clock.now_ms()
        return Facts(
            now_ms=now_ms,
            local=local_moment(now_ms),
            views={one: build_view(books, quotes, now_ms, portfolio_id=one) for one in dict.fromkeys(wanted)},
            quotes=quotes,
            perpetuals=dict(self._perpetuals),
            explained=self._explained,
            health=self._sources(held),
            prices=self._lines.underlyings(now_ms),
            token_prices=self._lines.tokens(),
            settled=self._settled,
            doubts=doubts,
            books=order_books,
            listings=marks,
            watching_since_ms=self._since_ms,
        )

    # -- prices --------------------------------------------------------------------------------------------------

    def _refresh(self, held: Sequence[LeveragedToken]) -> tuple[Problem, ...]:
        house = self._house
        settings, _ = house.read_settings()
        venues = house.asked_venues(settings)
        fresh = refresh_once(venues, house.http, held)
        now_ms = house.clock.now_ms()
        change = self._book.take(fresh.quotes, now_ms=now_ms)
        house.stores.market.save_quotes(change.quotes).result(_SAVE_TIMEOUT_S)
        house.stores.market.record_nav(change.quotes).result(_SAVE_TIMEOUT_S)
        self._perpetuals |= {(quote.venue, quote.instrument): quote for quote in fresh.underlyings}
        answered = {quote.key.venue for quote in fresh.quotes if quote.last is not None or quote.nav is not None}
        answered |= {quote.venue for quote in fresh.underlyings}
        errors = {problem.source: problem.message for problem in fresh.problems if problem.code in _FAILURES}
        for name, venue in venues.items():
            if name in answered or name in errors:
                self._health[name] = self._seen(venue, "" if name in answered else errors[name], held, now_ms)
        self.problems = fresh.problems
        return tuple(problem for problem in change.problems if ":" in problem.source)

    def _seen(self, venue: Venue, error: str, held: Sequence[LeveragedToken], now_ms: int) -> SourceHealth:
        before = self._health.get(venue.name)
        return SourceHealth(
            venue=venue.name,
            title=venue.title,
            state=SourceState.DOWN if error else SourceState.LIVE,
            last_ok_ms=now_ms if not error else None if before is None else before.last_ok_ms,
            error=error,
            depends=tuple(sorted(token.key.symbol for token in held if token.key.venue == venue.name)),
        )

    def _sources(self, held: Sequence[LeveragedToken]) -> tuple[SourceHealth, ...]:
        if not self._house.options.offline:
            return tuple(self._health.values())
        names = sorted({token.key.venue for token in held})
        return tuple(SourceHealth(venue=name, title=name, state=SourceState.OFFLINE) for name in names)

    # -- histories -----------------------------------------------------------------------------------------------

    def _is_due(self) -> bool:
        now_ms, last_ms = self._house.clock.now_ms(), self._explained_ms
        return last_ms is None or not 0 <= now_ms - last_ms < EXPLAIN_EVERY_MS

    def _explain(
        self,
        books: Books,
        held: Sequence[LeveragedToken],
        wanted: Sequence[int | None],
        quotes: Mapping[TokenKey, TokenQuote],
    ) -> None:
        """Fetch what is missing of the histories, and work out anew what rests on them."""
        house = self._house
        sources = sources_of(house)
        underlyings = {token.underlying: sources(token).underlying for token in held}
        if not house.options.offline:
            settings, _ = house.read_settings()
            silent = {name for name, health in self._health.items() if health.state is SourceState.DOWN}
            venues = {name: venue for name, venue in house.asked_venues(settings).items() if name not in silent}
            settled = settlement_wants(held, house.clock.now_ms())
            self.problems += fetch_missing(house, books, None, venues, more=settled)
            self._fetch_minutes(venues, set(underlyings.values()))
        now_ms = house.clock.now_ms()
        for name, perpetual in underlyings.items():
            self._lines.read_underlying(name, perpetual, now_ms)
        for token in held:
            self._lines.read_token(token, sources(token), books.transactions(token.key, None), now_ms)
            venue, instrument = token.hedge
            if instrument:
                points = house.stores.market.read_funding(venue, instrument, now_ms - _FUNDING_MS, now_ms)
                self._settled[token.hedge] = points
        self._explained = {
            (one, key): explained
            for one in dict.fromkeys(wanted)
            for key, explained in explain_all(house, books, one, quotes, now_ms).items()
        }
        self._explained_ms = now_ms

    def _fetch_minutes(self, venues: Mapping[str, Venue], perpetuals: Iterable[Perpetual]) -> None:
        """The last two hours of the underlyings minute by minute, for moves within an hour."""
        house, market = self._house, self._house.stores.market
        now_ms = house.clock.now_ms()

        def keep(harvest: Harvest) -> None:
            key = harvest.task.key
            saved = market.save_candles(key.venue, key.instrument, key.interval_s, harvest.candles)
            saved.result(_SAVE_TIMEOUT_S)

        fetcher = Fetcher(venues=venues, http=house.http, clock=house.clock, keep=keep, until_ms=now_ms + _PATIENCE_MS)
        window = Span((now_ms - _MINUTES_MS) // 60_000 * 60_000, now_ms // 60_000 * 60_000)
        for venue, instrument in sorted(one for one in perpetuals if one[1]):
            self.problems += fetch_minutes(fetcher, venue, instrument, [window])
