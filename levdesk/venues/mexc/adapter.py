"""MEXC as a venue: the requests it takes, and which reading belongs to which reply."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final
from urllib.parse import quote

from levdesk.domain.instruments import LeveragedToken, TokenKey
from levdesk.domain.listings import VenueNotice
from levdesk.domain.market import Candle, FundingPoint, TokenQuote, UnderlyingQuote
from levdesk.domain.order_book import OrderBook
from levdesk.venues.addresses import rest_url
from levdesk.venues.contract import CandleQuery, Parsed, RateLimit, Reply, Request, RequestKind
from levdesk.venues.depth import DEPTH_LEVELS
from levdesk.venues.mexc import contracts, future, spot, streams, wire
from levdesk.venues.nothing_offered import NothingOffered
from levdesk.venues.pages import bar_pages, bar_word
from levdesk.venues.streams import StreamNews, StreamSocket, Ticket, Topic, TopicKind

_HOST: Final = "https://api.mexc.com"
_INTERVALS: Final = {
    60: ("1m", "Min1"),
    300: ("5m", "Min5"),
    900: ("15m", "Min15"),
    1800: ("30m", "Min30"),
    3600: ("60m", "Min60"),
    14_400: ("4h", "Hour4"),
    86_400: ("1d", "Day1"),
}
"""In the words of the spot calls, and of the contract calls."""
_SPOT_PAGE: Final = 500
"""The pages say 1000, clients found 500."""
_CONTRACT_PAGE: Final = 2000
_FUNDING_ROWS: Final = 1000
_FUNDING_PAGES: Final = 2
"""Pages count back from now and take no times: 2000 settlements are 83 days at one each hour, 666 at one in eight."""


@dataclass(frozen=True, slots=True)
class Mexc(NothingOffered):
    """MEXC as a `contract.Venue` and `streams.Stream`.

    Attributes:
        base_url: scheme and host in place of all of MEXC's.
    """

    base_url: str = ""

    name: ClassVar[str] = wire.VENUE
    title: ClassVar[str] = wire.TITLE
    rate_limit: ClassVar[RateLimit] = RateLimit(requests=10, period_s=2.0)
    serves: ClassVar[frozenset[RequestKind]] = frozenset(RequestKind) - {
        RequestKind.STREAM_TICKET,
        RequestKind.TOKEN_LISTINGS,
    }
    streams: ClassVar[frozenset[TopicKind]] = frozenset({TopicKind.UNDERLYING})
    candle_intervals_s: ClassVar[tuple[int, ...]] = tuple(_INTERVALS)

    # -- clock ---------------------------------------------------------------------------------------------------

    def server_time(self) -> Request:
        """Ask for MEXC's clock."""
        return self._get(RequestKind.SERVER_TIME, "/api/v3/time")

    def parse_server_time(self, reply: Reply) -> int:
        """MEXC's clock, ms UTC."""
        return wire.server_time_ms(reply)

    # -- tokens --------------------------------------------------------------------------------------------------

    def tokens(self) -> Request:
        """Ask for all spot pairs: the tokens are those named like one."""
        return self._get(RequestKind.TOKENS, "/api/v3/exchangeInfo")

    def parse_tokens(self, reply: Reply) -> Parsed[LeveragedToken]:
        """Tokens by their name, where the coin is listed as well (provenance ASSUMED)."""
        return spot.tokens(reply)

    def token_quotes(self, keys: frozenset[TokenKey]) -> tuple[Request, ...]:
        """Ask for the prices of all pairs in one call."""
        return (self._get(RequestKind.TOKEN_QUOTES, "/api/v3/ticker/24hr"),)

    def parse_token_quotes(self, reply: Reply, keys: frozenset[TokenKey] | None = None) -> Parsed[TokenQuote]:
        """Prices of the tokens in `keys` (all tokens when None); bad figures are left out and described."""
        return spot.token_quotes(reply, keys)

    def token_navs(self, keys: frozenset[TokenKey]) -> tuple[Request, ...]:
        """Ask for the NAV of all tokens, at an endpoint that MEXC's pages do not show any more."""
        return (self._get(RequestKind.TOKEN_NAVS, "/api/v3/etf/info"),)

    def parse_token_navs(self, reply: Reply) -> Parsed[TokenQuote]:
        """NAV and leverage; VenueRefused where nothing is left behind the endpoint."""
        return spot.token_navs(reply)

    def token_pair(self, token: LeveragedToken) -> str:
        """MEXC's spelling of the token's trading pair."""
        return f"{token.key.symbol}{token.quote_currency}"

    def token_candles(self, query: CandleQuery) -> tuple[Request, ...]:
        """Pages of market price bars."""
        interval, _ = bar_word(_INTERVALS, query, self.title)
        return tuple(
            self._get(
                RequestKind.TOKEN_CANDLES,
                "/api/v3/klines",
                ("symbol", query.instrument),
                ("interval", interval),
                ("startTime", str(page.first_ms)),
                ("endTime", str(page.last_ms + 1)),  # some found the end left out
                ("limit", str(_SPOT_PAGE)),
            )
            for page in bar_pages(query, _SPOT_PAGE)
        )

    def parse_token_candles(self, reply: Reply) -> Parsed[Candle]:
        """Bars, oldest first."""
        return spot.bars(reply)

    # -- order books and announcements ----------------------------------------------------------------------------

    def token_depth(self, pair: str) -> Request:
        """Ask for the order book of one pair."""
        query = (("symbol", pair), ("limit", str(DEPTH_LEVELS)))
        return self._get(RequestKind.TOKEN_DEPTH, "/api/v3/depth", *query)

    def parse_token_depth(self, reply: Reply) -> Parsed[OrderBook]:
        """One order book."""
        return future.depth(reply)

    def notices(self) -> Request:
        """Ask for the newest announcements."""
        return self._get(RequestKind.NOTICES, "/api/v3/announcements")

    def parse_notices(self, reply: Reply) -> Parsed[VenueNotice]:
        """Announcements by their titles."""
        return future.announced(reply)

    # -- perpetuals ----------------------------------------------------------------------------------------------

    def perpetual(self, underlying: str) -> str:
        """MEXC's spelling of a coin's USDT perpetual."""
        return f"{underlying}_USDT"

    def underlying_quotes(self, instruments: frozenset[str]) -> tuple[Request, ...]:
        """Ask for all tickers, and for the funding interval of each wanted perpetual, which they lack."""
        kind = RequestKind.UNDERLYING_QUOTES
        funding = (
            self._get(kind, f"/api/v1/contract/funding_rate/{quote(name, safe='')}") for name in sorted(instruments)
        )
        return (self._get(kind, "/api/v1/contract/ticker"), *funding)

    def parse_underlying_quotes(
        self, reply: Reply, instruments: frozenset[str] | None = None
    ) -> Parsed[UnderlyingQuote]:
        """Perpetuals in `instruments` (all when None): prices from the tickers, funding times from the others."""
        return contracts.underlying_quotes(reply, instruments)

    def underlying_candles(self, query: CandleQuery) -> tuple[Request, ...]:
        """Pages of mark price bars."""
        _, interval = bar_word(_INTERVALS, query, self.title)
        return tuple(
            self._get(
                RequestKind.UNDERLYING_CANDLES,
                f"/api/v1/contract/kline/fair_price/{quote(query.instrument, safe='')}",
                ("interval", interval),
                ("start", str(page.first_ms // 1000)),
                ("end", str(page.last_ms // 1000 + 1)),  # whether the end is left out is not said
            )
            for page in bar_pages(query, _CONTRACT_PAGE)
        )

    def parse_underlying_candles(self, reply: Reply) -> Parsed[Candle]:
        """Bars, oldest first; mark prices have no volume."""
        return contracts.bars(reply)

    def funding_history(self, instrument: str, start_ms: int, end_ms: int) -> tuple[Request, ...]:
        """The newest 2000 settlements, whatever the stretch: MEXC's pages count back from now."""
        return tuple(
            self._get(
                RequestKind.FUNDING_HISTORY,
                "/api/v1/contract/funding_rate/history",
                ("symbol", instrument),
                ("page_num", str(page)),
                ("page_size", str(_FUNDING_ROWS)),
            )
            for page in range(1, _FUNDING_PAGES + 1)
        )

    def parse_funding_history(self, reply: Reply) -> Parsed[FundingPoint]:
        """Settlements, oldest first."""
        return contracts.funding(reply)

    # -- streams -------------------------------------------------------------------------------------------------

    def sockets(self, topics: Sequence[Topic], ticket: Ticket | None = None) -> tuple[StreamSocket, ...]:
        """One connection for all perpetuals."""
        return streams.sockets(topics, self.base_url)

    def subscribe(self, socket: StreamSocket, topics: Sequence[Topic]) -> tuple[str, ...]:
        """One message per perpetual."""
        return streams.orders("sub.ticker", topics)

    def unsubscribe(self, socket: StreamSocket, topics: Sequence[Topic]) -> tuple[str, ...]:
        """One message per perpetual."""
        return streams.orders("unsub.ticker", topics)

    def ping(self, now_ms: int) -> str:
        """MEXC's own ping text."""
        return streams.PING

    def read_message(self, message: str | bytes, received_ms: int) -> StreamNews:
        """What a message says; unknown but well-formed messages say nothing."""
        return streams.news(message, received_ms)

    # -- requests ------------------------------------------------------------------------------------------------

    def _get(self, kind: RequestKind, path: str, *query: tuple[str, str]) -> Request:
        return Request(venue=self.name, kind=kind, url=rest_url(_HOST, self.base_url, path), query=query)
