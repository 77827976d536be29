"""OKX as a venue: the requests it takes, and which reading belongs to which reply."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from levdesk.domain.market import Candle, FundingPoint, UnderlyingQuote
from levdesk.venues.addresses import rest_url
from levdesk.venues.contract import CandleQuery, Parsed, RateLimit, Reply, Request, RequestKind
from levdesk.venues.json_figures import ACCEPT_JSON
from levdesk.venues.nothing_offered import NothingOffered
from levdesk.venues.okx import live, replies, wire
from levdesk.venues.pages import Page, bar_pages, bar_word, settlement_pages
from levdesk.venues.streams import StreamNews, StreamSocket, Ticket, Topic, TopicKind

_HOST: Final = "https://www.okx.com"
_BARS: Final = {
    60: "1m",
    180: "3m",
    300: "5m",
    900: "15m",
    1800: "30m",
    3600: "1H",
    7200: "2H",
    14_400: "4H",
    21_600: "6Hutc",
    43_200: "12Hutc",
    86_400: "1Dutc",
}
"""Without "utc" the bars from six hours on start by the clock of Hong Kong."""
_BAR_PAGE: Final = 100
_FUNDING_PAGE: Final = 400
_FUNDING_LOOK_BACK_MS: Final = 100 * 86_400_000
"""OKX keeps "about three months"; a request for older ones is answered with nothing."""
_DEAR: Final = 2
"""Weight of the paths that take 10 requests in 2 s, where the others take 20."""


@dataclass(frozen=True, slots=True)
class Okx(NothingOffered):
    """OKX as a `contract.Venue` and a `streams.Stream`; perpetuals only.

    Attributes:
        base_url: scheme and host in place of OKX's; the paths below it stay the same behind a mirror or in a test.
    """

    base_url: str = ""

    name: ClassVar[str] = wire.VENUE
    title: ClassVar[str] = wire.TITLE
    rate_limit: ClassVar[RateLimit] = RateLimit(requests=20, period_s=2.0)
    serves: ClassVar[frozenset[RequestKind]] = frozenset(
        {
            RequestKind.SERVER_TIME,
            RequestKind.UNDERLYING_QUOTES,
            RequestKind.UNDERLYING_CANDLES,
            RequestKind.FUNDING_HISTORY,
        }
    )
    streams: ClassVar[frozenset[TopicKind]] = frozenset({TopicKind.UNDERLYING})
    candle_intervals_s: ClassVar[tuple[int, ...]] = tuple(_BARS)

    # -- clock ---------------------------------------------------------------------------------------------------

    def server_time(self) -> Request:
        """Ask for OKX's clock."""
        return self._get(RequestKind.SERVER_TIME, "/public/time", weight=_DEAR)

    def parse_server_time(self, reply: Reply) -> int:
        """OKX's clock, ms UTC."""
        return wire.server_time_ms(reply)

    # -- perpetuals ----------------------------------------------------------------------------------------------

    def perpetual(self, underlying: str) -> str:
        """OKX's spelling of a coin's USDT perpetual."""
        return f"{underlying}-USDT{replies.PERPETUAL_ENDING}"

    def underlying_quotes(self, instruments: frozenset[str]) -> tuple[Request, ...]:
        """Ask for all perpetuals three times: mark prices, funding, and the indexes in USDT."""
        kind = RequestKind.UNDERLYING_QUOTES
        return (
            self._get(kind, "/public/mark-price", ("instType", "SWAP"), weight=_DEAR),
            self._get(kind, "/public/funding-rate", ("instId", "ANY"), weight=_DEAR),
            self._get(kind, "/market/index-tickers", ("quoteCcy", "USDT")),
        )

    def parse_underlying_quotes(
        self, reply: Reply, instruments: frozenset[str] | None = None
    ) -> Parsed[UnderlyingQuote]:
        """Perpetuals in `instruments` (all when None): mark, funding or index, whichever the reply is about."""
        return replies.underlying_quotes(reply, instruments)

    def underlying_candles(self, query: CandleQuery) -> tuple[Request, ...]:
        """Pages of mark price bars."""
        bar = bar_word(_BARS, query, self.title)
        what = (("instId", query.instrument), ("bar", bar))
        path = "/market/history-mark-price-candles"
        return tuple(
            self._get(RequestKind.UNDERLYING_CANDLES, path, *what, *_between(page, _BAR_PAGE))
            for page in bar_pages(query, _BAR_PAGE)
        )

    def parse_underlying_candles(self, reply: Reply) -> Parsed[Candle]:
        """Bars, oldest first; mark prices have no volume."""
        return replies.bars(reply)

    def funding_history(self, instrument: str, start_ms: int, end_ms: int) -> tuple[Request, ...]:
        """Pages of settlements, of the last hundred days before the end at most."""
        first_ms = max(start_ms, end_ms - _FUNDING_LOOK_BACK_MS)
        kind, path = RequestKind.FUNDING_HISTORY, "/public/funding-rate-history"
        return tuple(
            self._get(kind, path, ("instId", instrument), *_between(page, _FUNDING_PAGE), weight=_DEAR)
            for page in settlement_pages(first_ms, end_ms, most_rows=_FUNDING_PAGE)
        )

    def parse_funding_history(self, reply: Reply) -> Parsed[FundingPoint]:
        """Settlements, oldest first."""
        return replies.funding(reply)

    # -- stream --------------------------------------------------------------------------------------------------

    def sockets(self, topics: Sequence[Topic], ticket: Ticket | None = None) -> tuple[StreamSocket, ...]:
        """Connections with up to 200 perpetuals each."""
        return live.sockets(topics, self._own_host())

    def subscribe(self, socket: StreamSocket, topics: Sequence[Topic]) -> tuple[str, ...]:
        """Messages that ask for mark, funding, index and last price of the topics."""
        return live.messages("subscribe", topics)

    def unsubscribe(self, socket: StreamSocket, topics: Sequence[Topic]) -> tuple[str, ...]:
        """Messages that end them."""
        return live.messages("unsubscribe", topics)

    def ping(self, now_ms: int) -> str:
        """OKX is pinged with a word, not with JSON."""
        return live.PING

    def read_message(self, message: str | bytes, received_ms: int) -> StreamNews:
        """What a message says."""
        return live.read(message, received_ms)

    # -- requests ------------------------------------------------------------------------------------------------

    def _own_host(self) -> str:
        return self.base_url.rstrip("/").removesuffix("/api/v5")

    def _get(self, kind: RequestKind, path: str, *query: tuple[str, str], weight: int = 1) -> Request:
        url = rest_url(_HOST, self._own_host(), f"/api/v5{path}")
        return Request(venue=self.name, kind=kind, url=url, query=query, headers=ACCEPT_JSON, weight=weight)


def _between(page: Page, rows: int) -> tuple[tuple[str, str], ...]:
    """The bounds of a page; for OKX `before` is what newer rows follow and `after` what older ones precede."""
    return ("before", str(page.first_ms - 1)), ("after", str(page.last_ms + 1)), ("limit", str(rows))
