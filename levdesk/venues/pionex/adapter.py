"""Pionex as a venue: the requests it takes, and which reading belongs to which reply."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Final

from levdesk.domain.instruments import LeveragedToken, TokenKey
from levdesk.domain.market import Candle, FundingPoint, TokenQuote, UnderlyingQuote
from levdesk.domain.order_book import OrderBook
from levdesk.venues.addresses import rest_url
from levdesk.venues.contract import CandleQuery, Parsed, RateLimit, Reply, Request, RequestKind
from levdesk.venues.depth import DEPTH_LEVELS
from levdesk.venues.json_figures import ACCEPT_JSON
from levdesk.venues.nothing_offered import NothingOffered
from levdesk.venues.pages import bar_pages, bar_word, settlement_pages
from levdesk.venues.pionex import depth, live, perpetuals, tokens, wire
from levdesk.venues.streams import StreamNews, StreamSocket, Ticket, Topic, TopicKind

_HOST: Final = "https://api.pionex.com"
_BARS: Final = {
    60: "1M",
    300: "5M",
    900: "15M",
    1800: "30M",
    3600: "60M",
    14_400: "4H",
    28_800: "8H",
    43_200: "12H",
    86_400: "1D",
}
"""A capital M is a minute."""
_BAR_PAGE: Final = 500
_LOOK_BACK_BARS: Final = 9_990
"""10,000 bars back are served; the margin covers the bars that start while the pages are fetched."""
_MARK_BARS: Final = 2000
_FUNDING_PAGE: Final = 500
_WEIGHT: Final = 5
"""Two pages of Pionex give one path the weights 1 (spot) and 5 (futures); the dearer cannot lead to a ban."""


@dataclass(frozen=True, slots=True)
class Pionex(NothingOffered):
    """Pionex as a `contract.Venue` and a `streams.Stream`; without NAVs, for it publishes none.

    Attributes:
        base_url: scheme and host in place of Pionex's; the paths below it stay the same behind a mirror or in a test.
    """

    base_url: str = ""

    name: ClassVar[str] = wire.VENUE
    title: ClassVar[str] = wire.TITLE
    rate_limit: ClassVar[RateLimit] = RateLimit(requests=10, period_s=1.0, per_endpoint=False)
    serves: ClassVar[frozenset[RequestKind]] = frozenset(RequestKind) - {
        RequestKind.TOKEN_NAVS,
        RequestKind.STREAM_TICKET,
        RequestKind.TOKEN_LISTINGS,
        RequestKind.NOTICES,
    }
    streams: ClassVar[frozenset[TopicKind]] = frozenset(TopicKind)
    candle_intervals_s: ClassVar[tuple[int, ...]] = tuple(_BARS)

    # -- clock ---------------------------------------------------------------------------------------------------

    def server_time(self) -> Request:
        """Ask for one offer of one pair: there is no question about the time, but every answer carries it."""
        return self._get(RequestKind.SERVER_TIME, "/market/depth", ("symbol", "BTC_USDT"), ("limit", "1"))

    def parse_server_time(self, reply: Reply) -> int:
        """Pionex's clock, ms UTC."""
        return wire.server_time_ms(reply)

    # -- tokens --------------------------------------------------------------------------------------------------

    def tokens(self) -> Request:
        """Ask for all spot pairs."""
        return self._get(RequestKind.TOKENS, "/common/symbols", ("type", "SPOT"))

    def parse_tokens(self, reply: Reply) -> Parsed[LeveragedToken]:
        """Pairs named like a multiple of a coin that is listed too (provenance ASSUMED), without rules."""
        return tokens.tokens(reply)

    def token_quotes(self, keys: frozenset[TokenKey]) -> tuple[Request, ...]:
        """Ask for the last prices of all pairs, and for their best offers."""
        return (
            self._get(RequestKind.TOKEN_QUOTES, "/market/tickers", ("type", "SPOT")),
            # without a type these would be the perpetuals'
            self._get(RequestKind.TOKEN_QUOTES, "/market/bookTickers", ("type", "SPOT")),
        )

    def parse_token_quotes(self, reply: Reply, keys: frozenset[TokenKey] | None = None) -> Parsed[TokenQuote]:
        """Last prices or offers of the tokens in `keys` (all tokens when None), whichever the reply is about."""
        return tokens.token_quotes(reply, keys)

    def token_candles(self, query: CandleQuery) -> tuple[Request, ...]:
        """Pages of market price bars; only the last 9,990 before the end are asked for, older ones are not served.

        Only the end of a page can be named, so the number of bars sets its beginning.
        """
        interval = bar_word(_BARS, query, self.title)
        first_ms = max(query.start_ms, query.end_ms - (_LOOK_BACK_BARS - 1) * query.interval_s * 1000)
        return tuple(
            self._get(
                RequestKind.TOKEN_CANDLES,
                "/market/klines",
                ("symbol", query.instrument),
                ("interval", interval),
                ("endTime", str(page.last_ms + 1)),  # the page leaves open whether the end itself is in
                ("limit", str(page.rows)),
            )
            for page in bar_pages(replace(query, start_ms=first_ms), _BAR_PAGE)
        )

    def parse_token_candles(self, reply: Reply) -> Parsed[Candle]:
        """Bars, oldest first."""
        return wire.bars(reply)

    # -- order books ----------------------------------------------------------------------------------------------

    def token_depth(self, pair: str) -> Request:
        """Ask for the order book of one pair."""
        query = (("symbol", pair), ("limit", str(DEPTH_LEVELS)))
        return self._get(RequestKind.TOKEN_DEPTH, "/market/depth", *query)

    def parse_token_depth(self, reply: Reply) -> Parsed[OrderBook]:
        """One order book."""
        return depth.depth(reply)

    # -- perpetuals ----------------------------------------------------------------------------------------------

    def perpetual(self, underlying: str) -> str:
        """Pionex's spelling of a coin's USDT perpetual."""
        return f"{underlying}_USDT{wire.PERPETUAL_ENDING}"

    def underlying_quotes(self, instruments: frozenset[str]) -> tuple[Request, ...]:
        """Ask for mark, index and coming funding of all perpetuals; a single symbol would cost as much."""
        return (self._get(RequestKind.UNDERLYING_QUOTES, "/market/indexes"),)

    def parse_underlying_quotes(
        self, reply: Reply, instruments: frozenset[str] | None = None
    ) -> Parsed[UnderlyingQuote]:
        """Perpetuals in `instruments` (all when None)."""
        return perpetuals.underlying_quotes(reply, instruments)

    def underlying_candles(self, query: CandleQuery) -> tuple[Request, ...]:
        """One page of mark price bars: always the newest 2,000, for Pionex lets nobody name an end.

        What of the stretch is older than these cannot be had, and what comes may be newer than the stretch.
        """
        interval = bar_word(_BARS, query, self.title)
        if next(bar_pages(query, _MARK_BARS), None) is None:
            return ()
        wanted = (("symbol", query.instrument), ("interval", interval), ("limit", str(_MARK_BARS)))
        return (self._get(RequestKind.UNDERLYING_CANDLES, "/market/markKlines", *wanted),)

    def parse_underlying_candles(self, reply: Reply) -> Parsed[Candle]:
        """Bars, oldest first; mark prices have no volume."""
        return wire.bars(reply)

    def funding_history(self, instrument: str, start_ms: int, end_ms: int) -> tuple[Request, ...]:
        """Pages of settlements; only the end of a page can be named, so its reply may reach further back."""
        return tuple(
            self._get(
                RequestKind.FUNDING_HISTORY,
                "/market/fundingRates",
                ("symbol", instrument),
                ("endTime", str(page.last_ms + 1)),  # "before this time"
                ("limit", str(_FUNDING_PAGE)),  # without it, one
            )
            for page in settlement_pages(start_ms, end_ms, most_rows=_FUNDING_PAGE)
        )

    def parse_funding_history(self, reply: Reply) -> Parsed[FundingPoint]:
        """Settlements, oldest first."""
        return perpetuals.funding(reply)

    # -- stream --------------------------------------------------------------------------------------------------

    def sockets(self, topics: Sequence[Topic], ticket: Ticket | None = None) -> tuple[StreamSocket, ...]:
        """Up to eight connections."""
        return live.sockets(topics, self._own_host())

    def subscribe(self, socket: StreamSocket, topics: Sequence[Topic]) -> tuple[str, ...]:
        """Messages that ask for offers and trades of tokens, and for mark and index of perpetuals."""
        return live.messages("SUBSCRIBE", topics)

    def unsubscribe(self, socket: StreamSocket, topics: Sequence[Topic]) -> tuple[str, ...]:
        """Messages that end them."""
        return live.messages("UNSUBSCRIBE", topics)

    def read_message(self, message: str | bytes, received_ms: int) -> StreamNews:
        """What a message says, and the answer where it is a ping."""
        return live.read(message, received_ms)

    # -- requests ------------------------------------------------------------------------------------------------

    def _own_host(self) -> str:
        return self.base_url.rstrip("/").removesuffix("/api/v1")

    def _get(self, kind: RequestKind, path: str, *query: tuple[str, str]) -> Request:
        url = rest_url(_HOST, self._own_host(), f"/api/v1{path}")
        return Request(venue=self.name, kind=kind, url=url, query=query, headers=ACCEPT_JSON, weight=_WEIGHT)
