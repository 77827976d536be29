"""What is wanted of every venue just now: prices by polls and by streams, and who stands in for whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from levdesk.app.market_figures import MarketFigures
from levdesk.domain.instruments import LeveragedToken, TokenKey
from levdesk.services.health import StreamHealth, StreamState
from levdesk.services.sources import Standing, fresh_for_ms, stand_ins_to_ask
from levdesk.services.sync_state import HistoryWant, SyncPlan, SyncState
from levdesk.services.sync_wants import Watched, venue_wants
from levdesk.services.underlying_book import Perpetual
from levdesk.venues.contract import RequestKind
from levdesk.venues.streams import Topic, TopicKind

if TYPE_CHECKING:
    from levdesk.app.adapters import Adapter
    from levdesk.services.registry import Registry
    from levdesk.services.settings import Settings


class MarketWants:
    """Draws the plan for the poller and the topics for the streams; lives in the GUI thread.

    Attributes:
        venues: every adapter, those switched off too.
        watched: what is wanted of the future of what is held.
        nav_by_poll: venues whose NAV only an answer tells, so that a live stream does not slow the asking.
    """

    def __init__(
        self, venues: Mapping[str, Adapter], registry: Registry, figures: MarketFigures, *, offline: bool
    ) -> None:
        """Draw on these venues; `figures` are asked for what is doubted and how old prices are."""
        self.venues = venues
        self._registry = registry
        self._figures = figures
        self._offline = offline
        self.watched = Watched()
        self.nav_by_poll: set[str] = set()
        self.nav_by_stream: set[str] = set()
        self._tokens: tuple[LeveragedToken, ...] = ()
        self._asked: tuple[Perpetual, ...] = ()
        self._told_by: dict[TokenKey, str] = {}

    def want(self, tokens: Sequence[LeveragedToken], settings: Settings, now_ms: int) -> None:
        """Follow these tokens from now on, most wanted first."""
        self._tokens = tuple(tokens)
        self._figures.watch(tokens, self.stand_ins, now_ms=now_ms, fresh_ms=fresh_for_ms(settings.poll_s))

    def stand_ins(self, token: LeveragedToken) -> tuple[Perpetual, ...]:
        """The same coin's perpetuals at other venues, in the order to try them."""
        found = self._registry.fallbacks(token.underlying)
        return tuple(one for one in found if one[0] in self.venues and one != token.hedge)

    def reconsider(self, state: SyncState, settings: Settings, now_ms: int) -> bool:
        """Look again who has to stand in, and who tells what; whether that is different now."""
        standing = Standing(
            venues=self.venues,
            state=state,
            book=self._figures.underlyings,
            now_ms=now_ms,
            doubted=self._figures.checks.doubted(),
            off=frozenset(settings.venues_off),
        )
        asked = () if self._offline else stand_ins_to_ask(self._tokens, self.stand_ins, standing)
        told_by = {token.key: venue for token in self._tokens if (venue := self._teller(token.key))}
        changed = (asked, told_by) != (self._asked, self._told_by)
        self._asked, self._told_by = asked, told_by
        return changed

    def _teller(self, key: TokenKey) -> str:
        """The venue that tells a token's underlying just now; "" when none does."""
        quote = self._figures.quotes.get(key)
        return "" if quote is None else quote.underlying_source.partition(":")[0]

    def plan(
        self, settings: Settings, histories: tuple[HistoryWant, ...], streams: Mapping[str, StreamHealth]
    ) -> SyncPlan:
        """What the poller shall ask."""
        heard = {name: self._heard(venue, streams.get(name)) for name, venue in self.venues.items()}
        return SyncPlan(
            venues=venue_wants(
                self.venues,
                self._tokens,
                stand_ins=self._asked,
                heard=heard,
                off=settings.venues_off,
                told_by=self._told_by,
                watched=self.watched,
            ),
            poll_s=settings.poll_s,
            offline=self._offline,
            histories=histories,
        )

    def _heard(self, venue: Adapter, stream: StreamHealth | None) -> frozenset[RequestKind]:
        """Kinds a live stream makes it needless to poll often."""
        if stream is None or stream.state is not StreamState.LIVE:
            return frozenset()
        kinds: set[RequestKind] = set()
        if TopicKind.UNDERLYING in venue.streams:
            kinds.add(RequestKind.UNDERLYING_QUOTES)
        if TopicKind.TOKEN in venue.streams:
            if venue.name in self.nav_by_stream:
                kinds |= {RequestKind.TOKEN_QUOTES, RequestKind.TOKEN_NAVS}
            elif venue.name not in self.nav_by_poll:
                kinds.add(RequestKind.TOKEN_QUOTES)
        return frozenset(kinds)

    def topics(self, settings: Settings) -> dict[str, tuple[Topic, ...]]:
        """What to hear of each streaming venue; nothing of one that is switched off."""
        wanted: dict[str, list[Topic]] = {name: [] for name, venue in self.venues.items() if venue.streams}
        perpetuals = dict.fromkeys([*(token.hedge for token in self._tokens), *self._asked])
        for token in self._tokens:
            venue = self.venues.get(token.key.venue)
            if venue is not None and TopicKind.TOKEN in venue.streams:
                wanted[venue.name].append(Topic(TopicKind.TOKEN, venue.token_pair(token)))
        for name, instrument in perpetuals:
            venue = self.venues.get(name)
            if instrument and venue is not None and TopicKind.UNDERLYING in venue.streams:
                wanted[name].append(Topic(TopicKind.UNDERLYING, instrument))
        off = settings.venues_off
        return {name: () if name in off else tuple(topics) for name, topics in wanted.items()}
