"""HTX as a venue: the requests it takes, and which reading belongs to which reply."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from levdesk.domain.market import Candle, FundingPoint, UnderlyingQuote
from levdesk.venues.addresses import rest_url
from levdesk.venues.contract import CandleQuery, Parsed, RateLimit, Reply, Request, RequestKind
from levdesk.venues.htx import replies, stream, wire
from levdesk.venues.json_figures import ACCEPT_JSON
from levdesk.venues.nothing_offered import NothingOffered
from levdesk.venues.pages import bar_pages, bar_word, settlement_pages
from levdesk.venues.streams import StreamNews, StreamSocket, Ticket, Topic, TopicKind

_HOST: Final = "https://api.hbdm.com"
_BARS_PAGE: Final = 2000
_FUNDING_PAGE: Final = 100


@dataclass(frozen=True, slots=True)
class Htx(NothingOffered):
    """HTX's linear perpetuals as a `contract.Venue`; its own leveraged tokens ended (see `ended`).

    Attributes:
        base_url: scheme and host in place of HTX's; the paths below it stay the same behind a mirror or in a test.
    """

    base_url: str = ""

    name: ClassVar[str] = wire.VENUE
    title: ClassVar[str] = wire.TITLE
    rate_limit: ClassVar[RateLimit] = RateLimit(requests=120, period_s=3.0, per_endpoint=False)
    serves: ClassVar[frozenset[RequestKind]] = frozenset({
        RequestKind.SERVER_TIME,
        RequestKind.UNDERLYING_QUOTES,
        RequestKind.UNDERLYING_CANDLES,
        RequestKind.FUNDING_HISTORY,
    })  # fmt: skip
    streams: ClassVar[frozenset[TopicKind]] = frozenset({TopicKind.UNDERLYING})
    candle_intervals_s: ClassVar[tuple[int, ...]] = tuple(replies.PERIODS)

    # -- clock ---------------------------------------------------------------------------------------------------

    def server_time(self) -> Request:
        """Ask for the clock of the futures host, which all other calls go to."""
        return self._get(RequestKind.SERVER_TIME, "/api/v1/timestamp")

    def parse_server_time(self, reply: Reply) -> int:
        """HTX's clock, ms UTC."""
        return wire.server_time_ms(reply)

    # -- perpetuals ----------------------------------------------------------------------------------------------

    def perpetual(self, underlying: str) -> str:
        """HTX's spelling of a coin's USDT perpetual; cheap coins have no multiplier in their name."""
        return f"{underlying}-USDT"

    def underlying_quotes(self, instruments: frozenset[str]) -> tuple[Request, ...]:
        """Ask for every index in one call, then for funding and mark of each perpetual: HTX tells those one by one."""
        kind = RequestKind.UNDERLYING_QUOTES
        requests = [self._get(kind, "/linear-swap-api/v1/swap_index")]
        for instrument in sorted(instruments):
            contract = ("contract_code", instrument)
            requests += [
                self._get(kind, "/v5/market/funding_rate", contract),
                self._get(
                    kind,
                    "/index/market/history/linear_swap_mark_price_kline",
                    contract,
                    ("period", "1min"),
                    ("size", "1"),
                ),
            ]
        return tuple(requests)

    def parse_underlying_quotes(
        self, reply: Reply, instruments: frozenset[str] | None = None
    ) -> Parsed[UnderlyingQuote]:
        """The parts one reply tells: index of all, or funding or mark of one."""
        return replies.underlying_quotes(reply, instruments)

    def underlying_candles(self, query: CandleQuery) -> tuple[Request, ...]:
        """Pages of bars of the perpetual's own price: bars of its mark price cannot be asked for by time."""
        period = bar_word(replies.PERIODS, query, self.title)
        return tuple(
            self._get(
                RequestKind.UNDERLYING_CANDLES,
                "/linear-swap-ex/market/history/kline",
                ("contract_code", query.instrument),
                ("period", period),
                ("from", str(page.first_ms // 1000)),
                ("to", str(page.last_ms // 1000)),
            )
            for page in bar_pages(query, _BARS_PAGE)
        )

    def parse_underlying_candles(self, reply: Reply) -> Parsed[Candle]:
        """Bars, oldest first."""
        return replies.bars(reply)

    def funding_history(self, instrument: str, start_ms: int, end_ms: int) -> tuple[Request, ...]:
        """Pages of settlements with both ends named: with only one, HTX begins at the oldest."""
        return tuple(
            self._get(
                RequestKind.FUNDING_HISTORY,
                "/v5/market/funding_rate_history",
                ("contract_code", instrument),
                ("start_time", str(page.first_ms)),
                ("end_time", str(page.last_ms)),
                ("limit", str(_FUNDING_PAGE)),
            )
            for page in settlement_pages(start_ms, end_ms, most_rows=_FUNDING_PAGE)
        )

    def parse_funding_history(self, reply: Reply) -> Parsed[FundingPoint]:
        """Settlements, oldest first."""
        return replies.funding(reply)

    # -- streams -------------------------------------------------------------------------------------------------

    def sockets(self, topics: Sequence[Topic], ticket: Ticket | None = None) -> tuple[StreamSocket, ...]:
        """One connection for mark and index, one for funding; each hears of every perpetual."""
        return stream.sockets(topics, self.base_url)

    def subscribe(self, socket: StreamSocket, topics: Sequence[Topic]) -> tuple[str, ...]:
        """One message per perpetual and figure."""
        return stream.asking("sub", socket, topics)

    def unsubscribe(self, socket: StreamSocket, topics: Sequence[Topic]) -> tuple[str, ...]:
        """One message per perpetual and figure."""
        return stream.asking("unsub", socket, topics)

    def read_message(self, message: str | bytes, received_ms: int) -> StreamNews:
        """What a compressed message says."""
        return stream.read(message, received_ms)

    # -- requests ------------------------------------------------------------------------------------------------

    def _get(self, kind: RequestKind, path: str, *query: tuple[str, str]) -> Request:
        url = rest_url(_HOST, self.base_url, path)
        return Request(venue=self.name, kind=kind, url=url, query=query, headers=ACCEPT_JSON)
