"""The contract every venue adapter keeps: requests as values, replies parsed into domain values and problems.

An adapter holds no state and no socket: given the same arguments it builds the same request. What a reply cannot say
is absent (None), what it says wrongly is a `Problem`, and a reply nobody can read is `VenueGarbled`. What a venue does
not offer is not in its `serves`, and asking for it all the same is a `Bug`. Streams are in `streams`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Generic, Protocol, TypeVar

from levdesk.domain.instruments import LeveragedToken, TokenKey
from levdesk.domain.listings import TokenListing, VenueNotice
from levdesk.domain.market import Candle, FundingPoint, TokenQuote, UnderlyingQuote
from levdesk.domain.order_book import OrderBook
from levdesk.domain.problems import Problem

T = TypeVar("T")


class RequestKind(StrEnum):
    """What a request asks for; one is in flight per venue and kind."""

    SERVER_TIME = "server_time"
    TOKENS = "tokens"
    TOKEN_QUOTES = "token_quotes"
    TOKEN_NAVS = "token_navs"
    TOKEN_CANDLES = "token_candles"
    UNDERLYING_QUOTES = "underlying_quotes"
    UNDERLYING_CANDLES = "underlying_candles"
    FUNDING_HISTORY = "funding_history"
    STREAM_TICKET = "stream_ticket"
    TOKEN_DEPTH = "token_depth"
    TOKEN_LISTINGS = "token_listings"
    NOTICES = "notices"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One HTTP request as a value.

    Attributes:
        venue: short name of the venue.
        kind: what it asks for.
        url: absolute URL without the query string.
        query: name and value pairs in order.
        headers: extra headers.
        timeout_s: how long to wait for the whole reply.
        weight: what it costs of the venue's limit, where that counts weights.
        body: sent along; empty for a GET. Nothing that is signed has one.
    """

    venue: str
    kind: RequestKind
    url: str
    query: tuple[tuple[str, str], ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    timeout_s: float = 10.0
    method: str = "GET"
    weight: int = 1
    body: bytes = b""


class Outgoing(Protocol):
    """What a door carries: a `Request`, or what was signed for one's own account."""

    @property
    def venue(self) -> str:
        """Short name of the venue."""

    @property
    def url(self) -> str:
        """Absolute URL without the query string."""

    @property
    def query(self) -> tuple[tuple[str, str], ...]:
        """Name and value pairs in order."""

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """Extra headers."""

    @property
    def timeout_s(self) -> float:
        """How long to wait for the whole reply."""

    @property
    def method(self) -> str:
        """HTTP method."""

    @property
    def weight(self) -> int:
        """What it costs of the venue's limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came back.

    Attributes:
        status: HTTP status.
        headers: lower-case names.
        body: raw bytes, decompressed.
        received_ms: local clock when it came, UTC.
    """

    status: int
    body: bytes
    received_ms: int
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Parsed(Generic[T]):
    """What a reply held: the good values, and one problem per bad one."""

    values: tuple[T, ...]
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimit:
    """A documented public limit: at most `requests` (or weight) per `period_s` seconds.

    Attributes:
        requests, period_s: the limit.
        per_endpoint: True when each path has one of its own, False when all of the venue's requests share it.
    """

    requests: int
    period_s: float
    per_endpoint: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class CandleQuery:
    """A stretch of price history to ask for.

    Attributes:
        instrument: the venue's own spelling of the pair or perpetual.
        interval_s: bar length in seconds; must be one of the adapter's `candle_intervals_s`.
        start_ms, end_ms: inclusive range of bar starts, UTC.
    """

    instrument: str
    interval_s: int
    start_ms: int
    end_ms: int


class Venue(Protocol):
    """What an adapter can do. Every `parse_*` raises VenueBusy, VenueRefused or VenueGarbled for a whole bad reply."""

    @property
    def name(self) -> str:
        """Short lower-case name, the `venue` of its tokens' keys."""

    @property
    def title(self) -> str:
        """Name for the screen."""

    @property
    def rate_limit(self) -> RateLimit:
        """Documented public limit."""

    @property
    def base_url(self) -> str:
        """Scheme and host that stand in for all of the venue's own, REST and stream alike; "" for its own."""

    @property
    def serves(self) -> frozenset[RequestKind]:
        """What it can be asked for; every other method raises Bug."""

    @property
    def candle_intervals_s(self) -> tuple[int, ...]:
        """Bar lengths it serves, ascending."""

    def server_time(self) -> Request:
        """Ask for the venue's clock."""

    def parse_server_time(self, reply: Reply) -> int:
        """The venue's clock, ms UTC."""

    def tokens(self) -> Request:
        """Ask for the list of leveraged tokens."""

    def parse_tokens(self, reply: Reply) -> Parsed[LeveragedToken]:
        """Tokens found, with target and underlying read from the name (provenance ASSUMED) and no rules."""

    def token_quotes(self, keys: frozenset[TokenKey]) -> tuple[Request, ...]:
        """Ask for the prices of these tokens: one call for all of them wherever the venue offers that."""

    def parse_token_quotes(self, reply: Reply, keys: frozenset[TokenKey] | None = None) -> Parsed[TokenQuote]:
        """Quotes of the tokens in `keys` (all tokens when None); bad figures are left out and described.

        Where the venue needs several requests each reply gives its own parts (prices here, offers there).
        """

    def token_navs(self, keys: frozenset[TokenKey]) -> tuple[Request, ...]:
        """Ask for the NAV of these tokens where that is not part of the prices; the endpoint may be gone any day."""

    def parse_token_navs(self, reply: Reply) -> Parsed[TokenQuote]:
        """NAV, leverage and last rebalance, as far as the reply tells; no prices."""

    def token_candles(self, query: CandleQuery) -> tuple[Request, ...]:
        """Requests that cover the stretch of a token's market price, page by page, oldest first."""

    def parse_token_candles(self, reply: Reply) -> Parsed[Candle]:
        """Bars, oldest first."""

    def token_pair(self, token: LeveragedToken) -> str:
        """The venue's spelling of the token's trading pair."""

    def perpetual(self, underlying: str) -> str:
        """The venue's spelling of the USDT perpetual of a coin ("BTC"), whether or not it is listed."""

    def underlying_quotes(self, instruments: frozenset[str]) -> tuple[Request, ...]:
        """Ask for mark, index and funding of these perpetuals: one call for all wherever the venue offers that."""

    def parse_underlying_quotes(
        self, reply: Reply, instruments: frozenset[str] | None = None
    ) -> Parsed[UnderlyingQuote]:
        """Perpetuals in `instruments` (all when None); of several replies each gives its own parts."""

    def underlying_candles(self, query: CandleQuery) -> tuple[Request, ...]:
        """Requests that cover the stretch of a perpetual's mark price, page by page, oldest first."""

    def parse_underlying_candles(self, reply: Reply) -> Parsed[Candle]:
        """Bars, oldest first."""

    def funding_history(self, instrument: str, start_ms: int, end_ms: int) -> tuple[Request, ...]:
        """Requests that cover the settlements of a perpetual."""

    def parse_funding_history(self, reply: Reply) -> Parsed[FundingPoint]:
        """Settlements, oldest first."""

    def token_depth(self, pair: str) -> Request:
        """Ask for the order book of one pair, in the venue's spelling."""

    def parse_token_depth(self, reply: Reply) -> Parsed[OrderBook]:
        """One order book."""

    def token_listings(self) -> Request:
        """Ask how tokens are traded, and until when."""

    def parse_token_listings(self, reply: Reply, keys: frozenset[TokenKey] | None = None) -> Parsed[TokenListing]:
        """How the tokens in `keys` are listed (everything when None); one that is not listed is absent."""

    def notices(self) -> Request:
        """Ask for the newest announcements, delistings where that can be chosen."""

    def parse_notices(self, reply: Reply) -> Parsed[VenueNotice]:
        """Announcements by their titles, in the order they came in."""
