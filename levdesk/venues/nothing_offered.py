"""The floor under every adapter: a venue that offers nothing, so that each writes only what it does offer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, NoReturn

from levdesk.domain.errors import Bug
from levdesk.domain.instruments import LeveragedToken, TokenKey
from levdesk.domain.listings import TokenListing, VenueNotice
from levdesk.domain.market import Candle, FundingPoint, TokenQuote, UnderlyingQuote
from levdesk.domain.order_book import OrderBook
from levdesk.venues.contract import CandleQuery, Parsed, Reply, Request, RequestKind
from levdesk.venues.streams import StreamNews, StreamSocket, Ticket, Topic, TopicKind


class NothingOffered:
    """Raises Bug for everything a `Venue` or `Stream` can be asked; the planner asks only for what `serves` names."""

    __slots__ = ()

    title: ClassVar[str] = ""
    serves: ClassVar[frozenset[RequestKind]] = frozenset()
    streams: ClassVar[frozenset[TopicKind]] = frozenset()
    candle_intervals_s: ClassVar[tuple[int, ...]] = ()

    def _not_offered(self, what: str) -> NoReturn:
        raise Bug(f"{self.title} offers no {what}.")

    def server_time(self) -> Request:
        """Not offered."""
        self._not_offered("clock")

    def parse_server_time(self, reply: Reply) -> int:
        """Not offered."""
        self._not_offered("clock")

    def tokens(self) -> Request:
        """Not offered."""
        self._not_offered("list of tokens")

    def parse_tokens(self, reply: Reply) -> Parsed[LeveragedToken]:
        """Not offered."""
        self._not_offered("list of tokens")

    def token_quotes(self, keys: frozenset[TokenKey]) -> tuple[Request, ...]:
        """Not offered."""
        self._not_offered("prices of tokens")

    def parse_token_quotes(self, reply: Reply, keys: frozenset[TokenKey] | None = None) -> Parsed[TokenQuote]:
        """Not offered."""
        self._not_offered("prices of tokens")

    def token_navs(self, keys: frozenset[TokenKey]) -> tuple[Request, ...]:
        """Not offered."""
        self._not_offered("NAV apart from its prices")

    def parse_token_navs(self, reply: Reply) -> Parsed[TokenQuote]:
        """Not offered."""
        self._not_offered("NAV apart from its prices")

    def token_candles(self, query: CandleQuery) -> tuple[Request, ...]:
        """Not offered."""
        self._not_offered("candles of tokens")

    def parse_token_candles(self, reply: Reply) -> Parsed[Candle]:
        """Not offered."""
        self._not_offered("candles of tokens")

    def token_pair(self, token: LeveragedToken) -> str:
        """The neutral spelling, where the venue has none of its own."""
        return token.pair

    def perpetual(self, underlying: str) -> str:
        """No perpetual of that coin; "" as for any that is not known."""
        return ""

    def underlying_quotes(self, instruments: frozenset[str]) -> tuple[Request, ...]:
        """Not offered."""
        self._not_offered("perpetuals")

    def parse_underlying_quotes(
        self, reply: Reply, instruments: frozenset[str] | None = None
    ) -> Parsed[UnderlyingQuote]:
        """Not offered."""
        self._not_offered("perpetuals")

    def underlying_candles(self, query: CandleQuery) -> tuple[Request, ...]:
        """Not offered."""
        self._not_offered("candles of perpetuals")

    def parse_underlying_candles(self, reply: Reply) -> Parsed[Candle]:
        """Not offered."""
        self._not_offered("candles of perpetuals")

    def funding_history(self, instrument: str, start_ms: int, end_ms: int) -> tuple[Request, ...]:
        """Not offered."""
        self._not_offered("funding history")

    def parse_funding_history(self, reply: Reply) -> Parsed[FundingPoint]:
        """Not offered."""
        self._not_offered("funding history")

    def token_depth(self, pair: str) -> Request:
        """Not offered."""
        self._not_offered("order books")

    def parse_token_depth(self, reply: Reply) -> Parsed[OrderBook]:
        """Not offered."""
        self._not_offered("order books")

    def token_listings(self) -> Request:
        """Not offered."""
        self._not_offered("word on how tokens are traded")

    def parse_token_listings(self, reply: Reply, keys: frozenset[TokenKey] | None = None) -> Parsed[TokenListing]:
        """Not offered."""
        self._not_offered("word on how tokens are traded")

    def notices(self) -> Request:
        """Not offered."""
        self._not_offered("announcements")

    def parse_notices(self, reply: Reply) -> Parsed[VenueNotice]:
        """Not offered."""
        self._not_offered("announcements")

    def stream_ticket(self) -> Request | None:
        """Anybody may connect."""
        return None

    def parse_stream_ticket(self, reply: Reply) -> Ticket:
        """Not offered."""
        self._not_offered("ticket to a stream")

    def sockets(self, topics: Sequence[Topic], ticket: Ticket | None = None) -> tuple[StreamSocket, ...]:
        """Nothing to connect to."""
        return ()

    def subscribe(self, socket: StreamSocket, topics: Sequence[Topic]) -> tuple[str, ...]:
        """Not offered."""
        self._not_offered("stream")

    def unsubscribe(self, socket: StreamSocket, topics: Sequence[Topic]) -> tuple[str, ...]:
        """Not offered."""
        self._not_offered("stream")

    def ping(self, now_ms: int) -> str:
        """Not offered."""
        self._not_offered("stream")

    def read_message(self, message: str | bytes, received_ms: int) -> StreamNews:
        """Not offered."""
        self._not_offered("stream")
