"""Bybit as a venue of underlyings: the requests it takes, and which reading belongs to which reply."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from levdesk.domain.market import Candle, FundingPoint, UnderlyingQuote
from levdesk.venues.addresses import rest_url
from levdesk.venues.bybit import feed, replies, wire
from levdesk.venues.contract import CandleQuery, Parsed, RateLimit, Reply, Request, RequestKind
from levdesk.venues.json_figures import ACCEPT_JSON
from levdesk.venues.nothing_offered import NothingOffered
from levdesk.venues.pages import bar_pages, bar_word, settlement_pages
from levdesk.venues.streams import StreamNews, StreamSocket, Ticket, Topic, TopicKind

_HOST: Final = "https://api.bybit.com"
_LINEAR: Final = ("category", "linear")
_INTERVALS: Final = {
    60: "1",
    180: "3",
    300: "5",
    900: "15",
    1800: "30",
    3600: "60",
    7200: "120",
    14_400: "240",
    21_600: "360",
    43_200: "720",
    86_400: "D",
}
_MOST_BARS: Final = 1000
_MOST_SETTLEMENTS: Final = 200


@dataclass(frozen=True, slots=True)
class Bybit(NothingOffered):
    """Bybit as a `contract.Venue` and a `streams.Stream`.

    Attributes:
        base_url: scheme and host in place of Bybit's; the paths below it stay the same behind a mirror or in a test.
    """

    base_url: str = ""

    name: ClassVar[str] = wire.VENUE
    title: ClassVar[str] = wire.TITLE
    rate_limit: ClassVar[RateLimit] = RateLimit(requests=600, period_s=5.0, per_endpoint=False)
    serves: ClassVar[frozenset[RequestKind]] = frozenset(
        {
            RequestKind.SERVER_TIME,
            RequestKind.UNDERLYING_QUOTES,
            RequestKind.UNDERLYING_CANDLES,
            RequestKind.FUNDING_HISTORY,
        }
    )
    streams: ClassVar[frozenset[TopicKind]] = frozenset({TopicKind.UNDERLYING})
    candle_intervals_s: ClassVar[tuple[int, ...]] = tuple(_INTERVALS)

    def server_time(self) -> Request:
        """Ask for Bybit's clock."""
        return self._get(RequestKind.SERVER_TIME, "/v5/market/time")

    def parse_server_time(self, reply: Reply) -> int:
        """Bybit's clock, ms UTC."""
        return replies.server_time(reply)

    # -- perpetuals ----------------------------------------------------------------------------------------------

    def perpetual(self, underlying: str) -> str:
        """Bybit's spelling of a coin's USDT perpetual."""
        return f"{underlying}USDT"

    def underlying_quotes(self, instruments: frozenset[str]) -> tuple[Request, ...]:
        """Ask for the tickers of all linear perpetuals in one call."""
        return (self._get(RequestKind.UNDERLYING_QUOTES, "/v5/market/tickers", _LINEAR),)

    def parse_underlying_quotes(
        self, reply: Reply, instruments: frozenset[str] | None = None
    ) -> Parsed[UnderlyingQuote]:
        """Perpetuals in `instruments` (all when None)."""
        return replies.underlying_quotes(reply, instruments)

    def underlying_candles(self, query: CandleQuery) -> tuple[Request, ...]:
        """Pages of mark price bars; within a page the newest comes first."""
        interval = bar_word(_INTERVALS, query, self.title)
        return tuple(
            self._get(
                RequestKind.UNDERLYING_CANDLES,
                "/v5/market/mark-price-kline",
                _LINEAR,
                ("symbol", query.instrument),
                ("interval", interval),
                ("start", str(page.first_ms)),
                ("end", str(page.last_ms)),
                ("limit", str(page.rows)),
            )
            for page in bar_pages(query, _MOST_BARS)
        )

    def parse_underlying_candles(self, reply: Reply) -> Parsed[Candle]:
        """Bars, oldest first; mark prices have no volume."""
        return replies.bars(reply)

    def funding_history(self, instrument: str, start_ms: int, end_ms: int) -> tuple[Request, ...]:
        """Pages of settlements; both ends are named, for a start alone is an error."""
        return tuple(
            self._get(
                RequestKind.FUNDING_HISTORY,
                "/v5/market/funding/history",
                _LINEAR,
                ("symbol", instrument),
                ("startTime", str(page.first_ms)),
                ("endTime", str(page.last_ms)),
                ("limit", str(_MOST_SETTLEMENTS)),
            )
            for page in settlement_pages(start_ms, end_ms, most_rows=_MOST_SETTLEMENTS)
        )

    def parse_funding_history(self, reply: Reply) -> Parsed[FundingPoint]:
        """Settlements, oldest first."""
        return replies.funding(reply)

    # -- streams -------------------------------------------------------------------------------------------------

    def sockets(self, topics: Sequence[Topic], ticket: Ticket | None = None) -> tuple[StreamSocket, ...]:
        """The connections that carry these topics."""
        return feed.sockets(topics, self.base_url)

    def subscribe(self, socket: StreamSocket, topics: Sequence[Topic]) -> tuple[str, ...]:
        """Messages that ask for topics."""
        return feed.subscribe(topics)

    def unsubscribe(self, socket: StreamSocket, topics: Sequence[Topic]) -> tuple[str, ...]:
        """Messages that end topics."""
        return feed.unsubscribe(topics)

    def ping(self, now_ms: int) -> str:
        """The heartbeat Bybit asks for."""
        return feed.ping(now_ms)

    def read_message(self, message: str | bytes, received_ms: int) -> StreamNews:
        """What a message says."""
        return feed.read_message(message, received_ms)

    # -- requests ------------------------------------------------------------------------------------------------

    def _get(self, kind: RequestKind, path: str, *query: tuple[str, str]) -> Request:
        url = rest_url(_HOST, self.base_url, path)
        return Request(venue=self.name, kind=kind, url=url, query=query, headers=ACCEPT_JSON)
