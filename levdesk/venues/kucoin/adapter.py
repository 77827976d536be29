"""KuCoin as a venue: the requests it takes, and which reading belongs to which reply."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from levdesk.domain.instruments import LeveragedToken, TokenKey
from levdesk.domain.listings import VenueNotice
from levdesk.domain.market import Candle, FundingPoint, TokenQuote, UnderlyingQuote
from levdesk.domain.order_book import OrderBook
from levdesk.venues.addresses import rest_url
from levdesk.venues.contract import CandleQuery, Parsed, RateLimit, Reply, Request, RequestKind
from levdesk.venues.kucoin import contracts, future, spot, streams, wire
from levdesk.venues.nothing_offered import NothingOffered
from levdesk.venues.notices import MOST_NOTICES
from levdesk.venues.pages import bar_pages, bar_word, settlement_pages
from levdesk.venues.streams import StreamNews, StreamSocket, Ticket, Topic, TopicKind

_SPOT: Final = "https://api.kucoin.com"
_FUTURES: Final = "https://api-futures.kucoin.com"
_INTERVALS: Final = {
    60: "1min",
    300: "5min",
    900: "15min",
    1800: "30min",
    3600: "1hour",
    7200: "2hour",
    14_400: "4hour",
    28_800: "8hour",
    43_200: "12hour",
    86_400: "1day",
}
"""In the words of the spot calls; the futures calls take minutes."""
_SPOT_PAGE: Final = 1500
_FUTURES_PAGE: Final = 500
_FUNDING_ROWS: Final = 91
_FUNDING_EVERY_S: Final = 28_800
"""How many rows a call gives is not said, so each asks for 30 days."""
_DEAREST: Final = 20
_DEAR: Final = 15
_CHEAP: Final = 5
"""Weights: of announcements and of all prices at once by KuCoin's pages, and one that covers the calls left open."""


@dataclass(frozen=True, slots=True)
class Kucoin(NothingOffered):
    """KuCoin as a `contract.Venue` and `streams.Stream`.

    Attributes:
        base_url: scheme and host in place of all of KuCoin's.
    """

    base_url: str = ""

    name: ClassVar[str] = wire.VENUE
    title: ClassVar[str] = wire.TITLE
    rate_limit: ClassVar[RateLimit] = RateLimit(requests=2000, period_s=30.0, per_endpoint=False)
    serves: ClassVar[frozenset[RequestKind]] = frozenset(RequestKind) - {RequestKind.TOKEN_LISTINGS}
    streams: ClassVar[frozenset[TopicKind]] = frozenset({TopicKind.UNDERLYING})
    candle_intervals_s: ClassVar[tuple[int, ...]] = tuple(_INTERVALS)

    # -- clock ---------------------------------------------------------------------------------------------------

    def server_time(self) -> Request:
        """Ask for KuCoin's clock."""
        return self._ask(RequestKind.SERVER_TIME, _SPOT, "/api/v1/timestamp")

    def parse_server_time(self, reply: Reply) -> int:
        """KuCoin's clock, ms UTC."""
        return wire.server_time_ms(reply)

    # -- tokens --------------------------------------------------------------------------------------------------

    def tokens(self) -> Request:
        """Ask for the pairs of the ETF market."""
        return self._ask(RequestKind.TOKENS, _SPOT, "/api/v2/symbols", ("market", "ETF"))

    def parse_tokens(self, reply: Reply) -> Parsed[LeveragedToken]:
        """Tokens that are left, with target and underlying read from the name (provenance ASSUMED)."""
        return spot.tokens(reply)

    def token_quotes(self, keys: frozenset[TokenKey]) -> tuple[Request, ...]:
        """Ask for the prices of all pairs in one call."""
        return (self._ask(RequestKind.TOKEN_QUOTES, _SPOT, "/api/v1/market/allTickers", weight=_DEAR),)

    def parse_token_quotes(self, reply: Reply, keys: frozenset[TokenKey] | None = None) -> Parsed[TokenQuote]:
        """Prices of the tokens in `keys` (all tokens when None); bad figures are left out and described."""
        return spot.token_quotes(reply, keys)

    def token_navs(self, keys: frozenset[TokenKey]) -> tuple[Request, ...]:
        """Ask for the NAV of all tokens, at an endpoint KuCoin has declared to be at its end."""
        return (self._ask(RequestKind.TOKEN_NAVS, _SPOT, "/api/v3/etf/info"),)

    def parse_token_navs(self, reply: Reply) -> Parsed[TokenQuote]:
        """NAV and leverage; VenueRefused where nothing is left behind the endpoint."""
        return spot.token_navs(reply)

    def token_pair(self, token: LeveragedToken) -> str:
        """KuCoin's spelling of the token's trading pair."""
        return f"{token.key.symbol}-{token.quote_currency}"

    def token_candles(self, query: CandleQuery) -> tuple[Request, ...]:
        """Pages of market price bars."""
        interval = bar_word(_INTERVALS, query, self.title)
        return tuple(
            self._ask(
                RequestKind.TOKEN_CANDLES,
                _SPOT,
                "/api/v1/market/candles",
                ("symbol", query.instrument),
                ("type", interval),
                ("startAt", str(page.first_ms // 1000)),
                ("endAt", str(page.last_ms // 1000 + 1)),  # whether the end is left out is not said
            )
            for page in bar_pages(query, _SPOT_PAGE)
        )

    def parse_token_candles(self, reply: Reply) -> Parsed[Candle]:
        """Bars, oldest first."""
        return spot.bars(reply)

    # -- order books and announcements ----------------------------------------------------------------------------

    def token_depth(self, pair: str) -> Request:
        """Ask for a hundred offers on each side of one pair."""
        return self._ask(RequestKind.TOKEN_DEPTH, _SPOT, "/api/v1/market/orderbook/level2_100", ("symbol", pair))

    def parse_token_depth(self, reply: Reply) -> Parsed[OrderBook]:
        """One order book."""
        return future.depth(reply)

    def notices(self) -> Request:
        """Ask for the delistings announced in the last month."""
        query = (("annType", "delistings"), ("lang", "en_US"), ("currentPage", "1"), ("pageSize", str(MOST_NOTICES)))
        return self._ask(RequestKind.NOTICES, _SPOT, "/api/v3/announcements", *query, weight=_DEAREST)

    def parse_notices(self, reply: Reply) -> Parsed[VenueNotice]:
        """Announcements by their titles."""
        return future.announced(reply)

    # -- perpetuals ----------------------------------------------------------------------------------------------

    def perpetual(self, underlying: str) -> str:
        """KuCoin's spelling of a coin's USDT perpetual."""
        return contracts.perpetual(underlying)

    def underlying_quotes(self, instruments: frozenset[str]) -> tuple[Request, ...]:
        """Ask for all contracts: they carry marks and funding too."""
        return (self._ask(RequestKind.UNDERLYING_QUOTES, _FUTURES, "/api/v1/contracts/active"),)

    def parse_underlying_quotes(
        self, reply: Reply, instruments: frozenset[str] | None = None
    ) -> Parsed[UnderlyingQuote]:
        """Perpetuals in `instruments` (all when None)."""
        return contracts.underlying_quotes(reply, instruments)

    def underlying_candles(self, query: CandleQuery) -> tuple[Request, ...]:
        """Pages of bars of the traded price: KuCoin has none of the mark price."""
        bar_word(_INTERVALS, query, self.title)  # only to refuse what is not served: this call wants minutes
        return tuple(
            self._ask(
                RequestKind.UNDERLYING_CANDLES,
                _FUTURES,
                "/api/v1/kline/query",
                ("symbol", query.instrument),
                ("granularity", str(query.interval_s // 60)),
                ("from", str(page.first_ms)),
                ("to", str(page.last_ms)),
            )
            for page in bar_pages(query, _FUTURES_PAGE)
        )

    def parse_underlying_candles(self, reply: Reply) -> Parsed[Candle]:
        """Bars, oldest first."""
        return contracts.bars(reply)

    def funding_history(self, instrument: str, start_ms: int, end_ms: int) -> tuple[Request, ...]:
        """Pages of settlements, 30 days each."""
        return tuple(
            self._ask(
                RequestKind.FUNDING_HISTORY,
                _FUTURES,
                "/api/v1/contract/funding-rates",
                ("symbol", instrument),
                ("from", str(page.first_ms)),
                ("to", str(page.last_ms)),
            )
            for page in settlement_pages(start_ms, end_ms, most_rows=_FUNDING_ROWS, shortest_s=_FUNDING_EVERY_S)
        )

    def parse_funding_history(self, reply: Reply) -> Parsed[FundingPoint]:
        """Settlements, oldest first."""
        return contracts.funding(reply)

    # -- streams -------------------------------------------------------------------------------------------------

    def stream_ticket(self) -> Request:
        """Ask for leave to connect to the futures host; no key is needed."""
        return self._ask(RequestKind.STREAM_TICKET, _FUTURES, "/api/v1/bullet-public", method="POST", weight=10)

    def parse_stream_ticket(self, reply: Reply) -> Ticket:
        """The address with its token, and how often it wants a ping."""
        return streams.ticket(reply)

    def sockets(self, topics: Sequence[Topic], ticket: Ticket | None = None) -> tuple[StreamSocket, ...]:
        """Connections of 200 perpetuals each."""
        return streams.sockets(topics, ticket, self.base_url)

    def subscribe(self, socket: StreamSocket, topics: Sequence[Topic]) -> tuple[str, ...]:
        """Two messages per perpetual."""
        return streams.orders("subscribe", topics)

    def unsubscribe(self, socket: StreamSocket, topics: Sequence[Topic]) -> tuple[str, ...]:
        """Two messages per perpetual."""
        return streams.orders("unsubscribe", topics)

    def ping(self, now_ms: int) -> str:
        """KuCoin's ping text."""
        return streams.ping(now_ms)

    def read_message(self, message: str | bytes, received_ms: int) -> StreamNews:
        """What a message says; unknown but well-formed messages say nothing."""
        return streams.news(message, received_ms)

    # -- requests ------------------------------------------------------------------------------------------------

    def _ask(
        self,
        kind: RequestKind,
        host: str,
        path: str,
        *query: tuple[str, str],
        method: str = "GET",
        weight: int = _CHEAP,
    ) -> Request:
        url = rest_url(host, self.base_url, path)
        return Request(venue=self.name, kind=kind, url=url, query=query, method=method, weight=weight)
