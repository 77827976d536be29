"""Bitrue as a venue: the requests it takes, and which reading belongs to which reply."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Final

from levdesk.domain.instruments import LeveragedToken, TokenKey
from levdesk.domain.market import Candle, TokenQuote
from levdesk.venues.addresses import rest_url
from levdesk.venues.bitrue import replies, wire
from levdesk.venues.contract import CandleQuery, Parsed, RateLimit, Reply, Request, RequestKind
from levdesk.venues.json_figures import ACCEPT_JSON
from levdesk.venues.nothing_offered import NothingOffered
from levdesk.venues.pages import bar_pages, bar_word

_HOST: Final = "https://openapi.bitrue.com"
_TICKER_PATH: Final = "/api/v1/ticker/24hr"
_WHOLE_LIST_WEIGHT: Final = 40
_SCALES: Final = {
    60: "1m",
    300: "5m",
    900: "15m",
    1800: "30m",
    3600: "1H",
    7200: "2H",
    14_400: "4H",
    43_200: "12H",
    86_400: "1D",
}
_MOST_BARS: Final = 1440


@dataclass(frozen=True, slots=True)
class Bitrue(NothingOffered):
    """Bitrue as a `contract.Venue`; its stream's payload is not documented, so prices are polled.

    Attributes:
        base_url: scheme and host in place of Bitrue's; the paths below it stay the same behind a mirror or in a test.
    """

    base_url: str = ""

    name: ClassVar[str] = wire.VENUE
    title: ClassVar[str] = wire.TITLE
    rate_limit: ClassVar[RateLimit] = RateLimit(requests=1200, period_s=60.0, per_endpoint=False)
    serves: ClassVar[frozenset[RequestKind]] = frozenset({
        RequestKind.SERVER_TIME,
        RequestKind.TOKENS,
        RequestKind.TOKEN_QUOTES,
        RequestKind.TOKEN_CANDLES,
    })  # fmt: skip
    candle_intervals_s: ClassVar[tuple[int, ...]] = tuple(_SCALES)

    def server_time(self) -> Request:
        """Ask for Bitrue's clock."""
        return self._get(RequestKind.SERVER_TIME, "/api/v1/time")

    def parse_server_time(self, reply: Reply) -> int:
        """Bitrue's clock, ms UTC."""
        return wire.server_time_ms(reply)

    def tokens(self) -> Request:
        """Ask for all symbols: the tokens are told by their names and by the coins beside them."""
        return self._get(RequestKind.TOKENS, "/api/v1/exchangeInfo")

    def parse_tokens(self, reply: Reply) -> Parsed[LeveragedToken]:
        """Tokens found, with target and underlying read from the name (provenance ASSUMED) and no rules."""
        return replies.tokens(reply)

    def token_quotes(self, keys: frozenset[TokenKey]) -> tuple[Request, ...]:
        """Ask for one price where one is wanted, else for all of them in one call, which weighs forty."""
        wanted = sorted(key.symbol for key in keys if key.venue == self.name)
        if len(wanted) == 1:
            return (self._get(RequestKind.TOKEN_QUOTES, _TICKER_PATH, ("symbol", f"{wanted[0]}USDT")),)
        return (replace(self._get(RequestKind.TOKEN_QUOTES, _TICKER_PATH), weight=_WHOLE_LIST_WEIGHT),)

    def parse_token_quotes(self, reply: Reply, keys: frozenset[TokenKey] | None = None) -> Parsed[TokenQuote]:
        """Prices of the tokens in `keys` (all tokens when None)."""
        return replies.token_quotes(reply, keys)

    def token_pair(self, token: LeveragedToken) -> str:
        """Bitrue's spelling of the token's trading pair."""
        return f"{token.key.symbol}{token.quote_currency}"

    def token_candles(self, query: CandleQuery) -> tuple[Request, ...]:
        """Ask for the newest 1,440 bars, whatever the stretch: what `fromIdx` counts is not documented."""
        scale = bar_word(_SCALES, query, self.title)
        if next(bar_pages(query, _MOST_BARS), None) is None:
            return ()
        return (
            self._get(
                RequestKind.TOKEN_CANDLES,
                "/api/v1/market/kline",
                ("symbol", query.instrument),
                ("scale", scale),
                ("limit", str(_MOST_BARS)),
            ),
        )

    def parse_token_candles(self, reply: Reply) -> Parsed[Candle]:
        """Bars, oldest first."""
        return replies.bars(reply)

    def _get(self, kind: RequestKind, path: str, *query: tuple[str, str]) -> Request:
        url = rest_url(_HOST, self.base_url, path)
        return Request(venue=self.name, kind=kind, url=url, query=query, headers=ACCEPT_JSON)
