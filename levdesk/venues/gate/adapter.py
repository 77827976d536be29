"""Gate as a venue: the requests it takes, and which reading belongs to which reply."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Final

from levdesk.domain.instruments import LeveragedToken, TokenKey
from levdesk.domain.listings import TokenListing, VenueNotice
from levdesk.domain.market import Candle, FundingPoint, TokenQuote, UnderlyingQuote
from levdesk.domain.order_book import OrderBook
from levdesk.venues.addresses import rest_url
from levdesk.venues.contract import CandleQuery, Parsed, RateLimit, Reply, Request, RequestKind
from levdesk.venues.depth import DEPTH_LEVELS
from levdesk.venues.gate import future, replies, streams, wire
from levdesk.venues.json_figures import ACCEPT_JSON
from levdesk.venues.nothing_offered import NothingOffered
from levdesk.venues.pages import bar_word
from levdesk.venues.streams import StreamNews, StreamSocket, Ticket, Topic, TopicKind

_INTERVALS: Final = {
    60: "1m",
    300: "5m",
    900: "15m",
    1800: "30m",
    3600: "1h",
    14_400: "4h",
    28_800: "8h",
    86_400: "1d",
}
_HOST: Final = "https://api.gateio.ws"
_SERVES: Final = frozenset(RequestKind) - {RequestKind.TOKEN_NAVS, RequestKind.STREAM_TICKET}
"""NAVs come with the prices."""
_CANDLE_PATHS: Final = {
    RequestKind.TOKEN_CANDLES: ("/spot/candlesticks", 1000),
    RequestKind.UNDERLYING_CANDLES: ("/futures/usdt/candlesticks", 2000),
}
"""Path and most bars per page."""
_SPOT_LOOK_BACK: Final = 9_990
"""10,000 bars back are served; the margin covers the bars that start while the pages are fetched."""
_FUNDING_PAGE: Final = 1000
_FUNDING_STEP_S: Final = 3600
"""The shortest funding interval Gate uses; a page of 1000 settlements never reaches further."""
_FUNDING_LOOK_BACK_S: Final = 180 * 86_400 - 3600


@dataclass(frozen=True, slots=True)
class Gate(NothingOffered):
    """Gate as a `contract.Venue`.

    Attributes:
        base_url: scheme and host in place of Gate's; the paths below it stay the same behind a mirror or in a test.
    """

    base_url: str = ""

    name: ClassVar[str] = wire.VENUE
    title: ClassVar[str] = wire.TITLE
    rate_limit: ClassVar[RateLimit] = RateLimit(requests=200, period_s=10.0)
    serves: ClassVar[frozenset[RequestKind]] = _SERVES
    streams: ClassVar[frozenset[TopicKind]] = frozenset(TopicKind)
    candle_intervals_s: ClassVar[tuple[int, ...]] = tuple(_INTERVALS)

    # -- clock ---------------------------------------------------------------------------------------------------

    def server_time(self) -> Request:
        """Ask for Gate's clock."""
        return self._get(RequestKind.SERVER_TIME, "/spot/time")

    def parse_server_time(self, reply: Reply) -> int:
        """Gate's clock, ms UTC."""
        return wire.server_time_ms(reply)

    # -- tokens --------------------------------------------------------------------------------------------------

    def tokens(self) -> Request:
        """Ask for all spot tickers: the tokens are those with NAV fields."""
        return self._get(RequestKind.TOKENS, "/spot/tickers")

    def parse_tokens(self, reply: Reply) -> Parsed[LeveragedToken]:
        """Tokens found, with target and underlying read from the name (provenance ASSUMED) and no rules."""
        return replies.tokens(reply)

    def token_quotes(self, keys: frozenset[TokenKey]) -> tuple[Request, ...]:
        """Ask for price and NAV of all tokens in one call."""
        return (self._get(RequestKind.TOKEN_QUOTES, "/spot/tickers"),)

    def parse_token_quotes(self, reply: Reply, keys: frozenset[TokenKey] | None = None) -> Parsed[TokenQuote]:
        """Quotes of the tokens in `keys` (all tokens when None); bad figures are left out and described."""
        return replies.token_quotes(reply, keys)

    def token_pair(self, token: LeveragedToken) -> str:
        """Gate's spelling of the token's trading pair."""
        return token.pair

    def token_candles(self, query: CandleQuery) -> tuple[Request, ...]:
        """Pages of market price bars; only the last 9,990 before the end are asked for, older ones are refused."""
        step_ms = query.interval_s * 1000
        first_ms = max(query.start_ms, query.end_ms - (_SPOT_LOOK_BACK - 1) * step_ms)
        pair = ("currency_pair", query.instrument)
        return self._candle_pages(RequestKind.TOKEN_CANDLES, pair, query, first_ms)

    def parse_token_candles(self, reply: Reply) -> Parsed[Candle]:
        """Bars, oldest first."""
        return replies.token_bars(reply)

    # -- order books, listings, announcements -----------------------------------------------------------------------

    def token_depth(self, pair: str) -> Request:
        """Ask for the order book of one pair, unmerged."""
        query = (("currency_pair", pair), ("interval", "0"), ("limit", str(DEPTH_LEVELS)))
        return self._get(RequestKind.TOKEN_DEPTH, "/spot/order_book", *query)

    def parse_token_depth(self, reply: Reply) -> Parsed[OrderBook]:
        """One order book."""
        return future.depth(reply)

    def token_listings(self) -> Request:
        """Ask for all pairs: they tell what may be bought and sold, and until when."""
        return self._get(RequestKind.TOKEN_LISTINGS, "/spot/currency_pairs")

    def parse_token_listings(self, reply: Reply, keys: frozenset[TokenKey] | None = None) -> Parsed[TokenListing]:
        """How the tokens in `keys` are traded (every pair in USDT when None)."""
        return future.listings(reply, keys)

    def notices(self) -> Request:
        """Ask for the newest announcements: a POST, though it changes nothing and needs no key."""
        asked = self._get(RequestKind.NOTICES, "/ann/list_article")
        headers = (*asked.headers, ("Content-Type", "application/json"))
        return replace(asked, method="POST", headers=headers, body=future.NOTICES_BODY)

    def parse_notices(self, reply: Reply) -> Parsed[VenueNotice]:
        """Announcements by their titles."""
        return future.announced(reply)

    # -- perpetuals ----------------------------------------------------------------------------------------------

    def perpetual(self, underlying: str) -> str:
        """Gate's spelling of a coin's USDT perpetual."""
        return f"{underlying}_USDT"

    def underlying_quotes(self, instruments: frozenset[str]) -> tuple[Request, ...]:
        """Ask for all USDT perpetuals; the contracts carry what tickers do, and the funding interval too."""
        return (self._get(RequestKind.UNDERLYING_QUOTES, "/futures/usdt/contracts"),)

    def parse_underlying_quotes(
        self, reply: Reply, instruments: frozenset[str] | None = None
    ) -> Parsed[UnderlyingQuote]:
        """Perpetuals in `instruments` (all when None), from rows of contracts or of tickers."""
        return replies.underlying_quotes(reply, instruments)

    def underlying_candles(self, query: CandleQuery) -> tuple[Request, ...]:
        """Pages of mark price bars."""
        contract = ("contract", f"mark_{query.instrument}")
        return self._candle_pages(RequestKind.UNDERLYING_CANDLES, contract, query, query.start_ms)

    def parse_underlying_candles(self, reply: Reply) -> Parsed[Candle]:
        """Bars, oldest first; mark prices have no volume."""
        return replies.perpetual_bars(reply)

    def funding_history(self, instrument: str, start_ms: int, end_ms: int) -> tuple[Request, ...]:
        """Pages of settlements; Gate serves 180 days, and 30 where only one end is named, so both are sent."""
        last_s = end_ms // 1000
        first_s = max(-(-start_ms // 1000), last_s - _FUNDING_LOOK_BACK_S)
        return tuple(
            self._get(
                RequestKind.FUNDING_HISTORY,
                "/futures/usdt/funding_rate",
                ("contract", instrument),
                ("from", str(page_s)),
                ("to", str(min(last_s, page_s + (_FUNDING_PAGE - 1) * _FUNDING_STEP_S))),
                ("limit", str(_FUNDING_PAGE)),
            )
            for page_s in range(first_s, last_s + 1, _FUNDING_PAGE * _FUNDING_STEP_S)
        )

    def parse_funding_history(self, reply: Reply) -> Parsed[FundingPoint]:
        """Settlements, oldest first."""
        return replies.funding(reply)

    # -- streams -------------------------------------------------------------------------------------------------

    def sockets(self, topics: Sequence[Topic], ticket: Ticket | None = None) -> tuple[StreamSocket, ...]:
        """One connection for spot, one for perpetuals, as far as there are topics."""
        return streams.sockets(topics, self._mirror)

    def subscribe(self, socket: StreamSocket, topics: Sequence[Topic]) -> tuple[str, ...]:
        """One message per topic and channel, for one unknown name fails a whole message."""
        return streams.orders("subscribe", topics)

    def unsubscribe(self, socket: StreamSocket, topics: Sequence[Topic]) -> tuple[str, ...]:
        """Messages that end topics."""
        return streams.orders("unsubscribe", topics)

    def ping(self, now_ms: int) -> str:
        """A ping frame: it does for both connections, where Gate's own ping texts differ."""
        return ""

    def read_message(self, message: str | bytes, received_ms: int) -> StreamNews:
        """What a message says; unknown but well-formed messages say nothing."""
        return streams.news(message, received_ms)

    # -- requests ------------------------------------------------------------------------------------------------

    @property
    def _mirror(self) -> str:
        """The address in place of Gate's, which a person may have typed with its path."""
        return self.base_url.rstrip("/").removesuffix("/api/v4")

    def _get(self, kind: RequestKind, path: str, *query: tuple[str, str]) -> Request:
        url = rest_url(_HOST, self._mirror, f"/api/v4{path}")
        return Request(venue=self.name, kind=kind, url=url, query=query, headers=ACCEPT_JSON)

    def _candle_pages(
        self, kind: RequestKind, instrument: tuple[str, str], query: CandleQuery, first_ms: int
    ) -> tuple[Request, ...]:
        step_s = query.interval_s
        interval = bar_word(_INTERVALS, query, self.title)
        path, page = _CANDLE_PATHS[kind]
        first_s = -(-first_ms // (step_s * 1000)) * step_s
        last_s = query.end_ms // 1000
        return tuple(
            self._get(
                kind,
                path,
                instrument,
                ("interval", interval),
                ("from", str(page_s)),
                ("to", str(min(last_s, page_s + (page - 1) * step_s))),
            )
            for page_s in range(first_s, last_s + 1, page * step_s)
        )
