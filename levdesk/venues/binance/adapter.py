"""Binance as a venue of underlyings: the requests it takes, and which reading belongs to which reply."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from levdesk.domain.market import Candle, FundingPoint, UnderlyingQuote
from levdesk.venues.addresses import rest_url
from levdesk.venues.binance import feed, replies, wire
from levdesk.venues.contract import CandleQuery, Parsed, RateLimit, Reply, Request, RequestKind
from levdesk.venues.json_figures import ACCEPT_JSON
from levdesk.venues.nothing_offered import NothingOffered
from levdesk.venues.pages import bar_pages, bar_word, settlement_pages
from levdesk.venues.streams import StreamNews, StreamSocket, Ticket, Topic, TopicKind

_HOST: Final = "https://fapi.binance.com"
_INTERVALS: Final = {
    60: "1m",
    180: "3m",
    300: "5m",
    900: "15m",
    1800: "30m",
    3600: "1h",
    7200: "2h",
    14_400: "4h",
    21_600: "6h",
    28_800: "8h",
    43_200: "12h",
    86_400: "1d",
}
_MOST_BARS: Final = 1500
_BAR_WEIGHTS: Final = ((99, 1), (499, 2), (1000, 5), (_MOST_BARS, 10))
"""Most rows asked for, and what such a request costs."""
_MOST_SETTLEMENTS: Final = 1000
_FUNDING_WEIGHT: Final = 24
"""Funding has a limit of its own, 500 in five minutes; at this price the shared limit keeps to that one too."""
_ALL_QUOTES_WEIGHT: Final = 10


@dataclass(frozen=True, slots=True)
class Binance(NothingOffered):
    """Binance as a `contract.Venue` and a `streams.Stream`.

    Attributes:
        base_url: scheme and host in place of Binance's; the paths below it stay the same behind a mirror or in a test.
    """

    base_url: str = ""

    name: ClassVar[str] = wire.VENUE
    title: ClassVar[str] = wire.TITLE
    rate_limit: ClassVar[RateLimit] = RateLimit(requests=2400, period_s=60.0, per_endpoint=False)
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
        """Ask for Binance's clock."""
        return self._get(RequestKind.SERVER_TIME, "/fapi/v1/time")

    def parse_server_time(self, reply: Reply) -> int:
        """Binance's clock, ms UTC."""
        return replies.server_time(reply)

    # -- perpetuals ----------------------------------------------------------------------------------------------

    def perpetual(self, underlying: str) -> str:
        """Binance's spelling of a coin's USDT perpetual."""
        return f"{underlying}USDT"

    def underlying_quotes(self, instruments: frozenset[str]) -> tuple[Request, ...]:
        """Ask for mark, index and funding of all perpetuals in one call, and for their funding intervals in another."""
        kind = RequestKind.UNDERLYING_QUOTES
        return (
            self._get(kind, "/fapi/v1/premiumIndex", weight=_ALL_QUOTES_WEIGHT),
            self._get(kind, "/fapi/v1/fundingInfo", weight=_FUNDING_WEIGHT),
        )

    def parse_underlying_quotes(
        self, reply: Reply, instruments: frozenset[str] | None = None
    ) -> Parsed[UnderlyingQuote]:
        """Perpetuals in `instruments` (all when None), from either of the two replies."""
        return replies.underlying_quotes(reply, instruments)

    def underlying_candles(self, query: CandleQuery) -> tuple[Request, ...]:
        """Pages of mark price bars."""
        interval = bar_word(_INTERVALS, query, self.title)
        return tuple(
            self._get(
                RequestKind.UNDERLYING_CANDLES,
                "/fapi/v1/markPriceKlines",
                ("symbol", query.instrument),
                ("interval", interval),
                ("startTime", str(page.first_ms)),
                ("endTime", str(page.last_ms)),
                ("limit", str(page.rows)),
                weight=next(weight for most, weight in _BAR_WEIGHTS if page.rows <= most),
            )
            for page in bar_pages(query, _MOST_BARS)
        )

    def parse_underlying_candles(self, reply: Reply) -> Parsed[Candle]:
        """Bars, oldest first; mark prices have no volume."""
        return replies.bars(reply)

    def funding_history(self, instrument: str, start_ms: int, end_ms: int) -> tuple[Request, ...]:
        """Pages of settlements; both ends are named, for without them only the latest 200 come."""
        return tuple(
            self._get(
                RequestKind.FUNDING_HISTORY,
                "/fapi/v1/fundingRate",
                ("symbol", instrument),
                ("startTime", str(page.first_ms)),
                ("endTime", str(page.last_ms)),
                ("limit", str(_MOST_SETTLEMENTS)),
                weight=_FUNDING_WEIGHT,
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
        """A ping frame of the protocol; Binance asks for none."""
        return ""

    def read_message(self, message: str | bytes, received_ms: int) -> StreamNews:
        """What a message says."""
        return feed.read_message(message, received_ms)

    # -- requests ------------------------------------------------------------------------------------------------

    def _get(self, kind: RequestKind, path: str, *query: tuple[str, str], weight: int = 1) -> Request:
        url = rest_url(_HOST, self.base_url, path)
        return Request(venue=self.name, kind=kind, url=url, query=query, headers=ACCEPT_JSON, weight=weight)
