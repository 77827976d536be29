"""LBank as a venue: the requests it takes, and which reading belongs to which reply."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from levdesk.domain.instruments import LeveragedToken, TokenKey
from levdesk.domain.market import Candle, TokenQuote
from levdesk.venues.addresses import rest_url
from levdesk.venues.contract import CandleQuery, Parsed, RateLimit, Reply, Request, RequestKind
from levdesk.venues.json_figures import ACCEPT_JSON
from levdesk.venues.lbank import replies, wire
from levdesk.venues.nothing_offered import NothingOffered
from levdesk.venues.pages import bar_pages, bar_word

_HOST: Final = "https://api.lbank.info"
_TOKENS_PATH: Final = "/v2/etfTicker/24hr.do"
_INTERVALS: Final = {
    60: "minute1",
    300: "minute5",
    900: "minute15",
    1800: "minute30",
    3600: "hour1",
    14_400: "hour4",
    28_800: "hour8",
    86_400: "day1",
}
_BARS_PAGE: Final = 2000


@dataclass(frozen=True, slots=True)
class Lbank(NothingOffered):
    """LBank as a `contract.Venue`.

    Attributes:
        base_url: scheme and host in place of LBank's; the paths below it stay the same behind a mirror or in a test.
    """

    base_url: str = ""

    name: ClassVar[str] = wire.VENUE
    title: ClassVar[str] = wire.TITLE
    rate_limit: ClassVar[RateLimit] = RateLimit(requests=200, period_s=10.0, per_endpoint=False)
    serves: ClassVar[frozenset[RequestKind]] = frozenset({
        RequestKind.SERVER_TIME,
        RequestKind.TOKENS,
        RequestKind.TOKEN_QUOTES,
        RequestKind.TOKEN_CANDLES,
    })  # fmt: skip
    candle_intervals_s: ClassVar[tuple[int, ...]] = tuple(_INTERVALS)

    def server_time(self) -> Request:
        """Ask for LBank's clock."""
        return self._get(RequestKind.SERVER_TIME, "/v2/timestamp.do")

    def parse_server_time(self, reply: Reply) -> int:
        """LBank's clock, ms UTC."""
        return wire.server_time_ms(reply)

    def tokens(self) -> Request:
        """Ask for the price list of leveraged tokens; without `symbol` LBank refuses."""
        return self._get(RequestKind.TOKENS, _TOKENS_PATH, ("symbol", "all"))

    def parse_tokens(self, reply: Reply) -> Parsed[LeveragedToken]:
        """Tokens found, with target and underlying read from the name (provenance ASSUMED) and no rules."""
        return replies.tokens(reply)

    def token_quotes(self, keys: frozenset[TokenKey]) -> tuple[Request, ...]:
        """Ask for the prices of all tokens in one call."""
        return (self._get(RequestKind.TOKEN_QUOTES, _TOKENS_PATH, ("symbol", "all")),)

    def parse_token_quotes(self, reply: Reply, keys: frozenset[TokenKey] | None = None) -> Parsed[TokenQuote]:
        """Last prices of the tokens in `keys` (all tokens when None)."""
        return replies.token_quotes(reply, keys)

    def token_pair(self, token: LeveragedToken) -> str:
        """LBank's spelling of the token's trading pair."""
        return token.pair.lower()

    def token_candles(self, query: CandleQuery) -> tuple[Request, ...]:
        """Pages of market price bars: `time` is the first moment wanted, `size` how many bars follow."""
        interval = bar_word(_INTERVALS, query, self.title)
        return tuple(
            self._get(
                RequestKind.TOKEN_CANDLES,
                "/v2/kline.do",
                ("symbol", query.instrument),
                ("size", str(page.rows)),
                ("type", interval),
                ("time", str(page.first_ms // 1000)),
            )
            for page in bar_pages(query, _BARS_PAGE)
        )

    def parse_token_candles(self, reply: Reply) -> Parsed[Candle]:
        """Bars, oldest first."""
        return replies.bars(reply)

    def _get(self, kind: RequestKind, path: str, *query: tuple[str, str]) -> Request:
        url = rest_url(_HOST, self.base_url, path)
        return Request(venue=self.name, kind=kind, url=url, query=query, headers=ACCEPT_JSON)
