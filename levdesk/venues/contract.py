"""The contract every venue adapter keeps: requests as values, replies parsed into domain values and problems.

An adapter holds no state and no socket: given the same arguments it builds the same request. What a reply cannot say
is absent (None), what it says wrongly is a `Problem`, and a reply nobody can read is `VenueGarbled`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Generic, Protocol, TypeVar

from levdesk.domain.instruments import LeveragedToken, TokenKey
from levdesk.domain.market import Candle, FundingPoint, TokenQuote, UnderlyingQuote
from levdesk.domain.problems import Problem

T = TypeVar("T")


class RequestKind(StrEnum):
    """What a request asks for; one is in flight per venue and kind."""

    SERVER_TIME = "server_time"
    TOKENS = "tokens"
    TOKEN_QUOTES = "token_quotes"
    TOKEN_CANDLES = "token_candles"
    UNDERLYING_QUOTES = "underlying_quotes"
    UNDERLYING_CANDLES = "underlying_candles"
    FUNDING_HISTORY = "funding_history"


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
    """

    venue: str
    kind: RequestKind
    url: str
    query: tuple[tuple[str, str], ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    timeout_s: float = 10.0
    method: str = "GET"


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
    """A documented public limit: at most `requests` per `period_s` seconds and endpoint."""

    requests: int
    period_s: float


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

    def token_quotes(self) -> Request:
        """Ask for price and NAV of all its tokens in one call."""

    def parse_token_quotes(self, reply: Reply, keys: frozenset[TokenKey] | None = None) -> Parsed[TokenQuote]:
        """Quotes of the tokens in `keys` (all tokens when None); bad figures are left out and described."""

    def token_candles(self, query: CandleQuery) -> tuple[Request, ...]:
        """Requests that cover the stretch of a token's market price, page by page, oldest first."""

    def parse_token_candles(self, reply: Reply) -> Parsed[Candle]:
        """Bars, oldest first."""

    def token_pair(self, token: LeveragedToken) -> str:
        """The venue's spelling of the token's trading pair."""

    def underlying_quotes(self) -> Request:
        """Ask for mark, index and funding of all perpetuals in one call."""

    def parse_underlying_quotes(
        self, reply: Reply, instruments: frozenset[str] | None = None
    ) -> Parsed[UnderlyingQuote]:
        """Perpetuals in `instruments` (all when None)."""

    def underlying_candles(self, query: CandleQuery) -> tuple[Request, ...]:
        """Requests that cover the stretch of a perpetual's mark price, page by page, oldest first."""

    def parse_underlying_candles(self, reply: Reply) -> Parsed[Candle]:
        """Bars, oldest first."""

    def funding_history(self, instrument: str, start_ms: int, end_ms: int) -> tuple[Request, ...]:
        """Requests that cover the settlements of a perpetual."""

    def parse_funding_history(self, reply: Reply) -> Parsed[FundingPoint]:
        """Settlements, oldest first."""
