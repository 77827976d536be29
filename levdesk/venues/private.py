"""The contract of one's own account at a venue: what may be asked with a key, how it is signed, what replies tell.

Everything here only reads. A request is a path without method and host, so that nothing but a GET at the venue's own
address can be made of it; `Account.paths` is the list of all that may be signed, and the door refuses the rest.
Signing is a pure function of (request, key, moment).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Final, Protocol
from urllib.parse import urlencode

from levdesk.domain.instruments import TokenKey
from levdesk.domain.problems import Problem
from levdesk.venues.contract import Parsed, Reply

Query = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """What a venue gave a person to read with; no part of it is ever shown again.

    Attributes:
        key: the public half, which names the key.
        secret: what requests are signed with.
        passphrase: the third part, where the venue has one.
    """

    key: str = field(repr=False)
    secret: str = field(repr=False)
    passphrase: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivateRequest:
    """Something to ask of one's own account: always a GET, always at the venue's own address.

    Attributes:
        venue: short name.
        path: absolute path without query.
        query: name and value pairs in order, not encoded.
        weight: what it costs of the venue's limit.
    """

    venue: str
    path: str
    query: Query = ()
    weight: int = 1

    @property
    def query_text(self) -> str:
        """The query as it goes over the wire."""
        return urlencode(self.query)

    @property
    def target(self) -> str:
        """The path with its query, as they go over the wire."""
        return f"{self.path}?{self.query_text}" if self.query else self.path


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """What proves a request: headers to send, and what is added behind its query."""

    headers: Query = field(default=(), repr=False)
    query: Query = field(default=(), repr=False)


class Right(StrEnum):
    """Whether a key may do something."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRights:
    """What a key may do, as far as the venue tells.

    Attributes:
        withdraw: move money out of the account.
        trade: place orders, or move money between one's own accounts.
        named: the venue's own words for what is more than reading.
    """

    withdraw: Right
    trade: Right
    named: tuple[str, ...] = ()


UNVERIFIED: Final = KeyRights(withdraw=Right.UNKNOWN, trade=Right.UNKNOWN)
READ_ONLY: Final = KeyRights(withdraw=Right.NO, trade=Right.NO)


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """Units of a coin in the account: free and locked together."""

    coin: str
    units: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Fill:
    """A trade that was done.

    Attributes:
        key: the token that was traded.
        quote_currency: what it was paid in.
        trade_id: the venue's own, unique per pair.
        time_ms: moment of the trade, UTC.
        is_buy: side.
        quantity, price: units and quote currency per unit.
        fee: amount paid, >= 0; a rebate is negative.
        fee_currency: what the fee was paid in, "" when there was none.
    """

    key: TokenKey
    quote_currency: str
    trade_id: str
    time_ms: int
    is_buy: bool
    quantity: Decimal
    price: Decimal
    fee: Decimal
    fee_currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FillPage:
    """One page of fills.

    Attributes:
        fills: as sent.
        problems: rows that could not be read.
        next: what to ask for the rest of the stretch; rows of this page may come again, and count once.
    """

    fills: tuple[Fill, ...]
    problems: tuple[Problem, ...] = ()
    next: tuple[PrivateRequest, ...] = ()


class Refusal(StrEnum):
    """Why a venue does not take a key, as its error codes tell."""

    CLOCK = "clock"
    KEY = "key"
    SECRET = "secret"
    PASSPHRASE = "passphrase"
    ADDRESS = "address"
    RIGHTS = "rights"
    EXPIRED = "expired"
    LOCKED = "locked"


class Account(Protocol):
    """What an account adapter can do. Every `parse_*` raises VenueBusy, VenueRefused or VenueGarbled."""

    @property
    def name(self) -> str:
        """Short name of the venue."""

    @property
    def title(self) -> str:
        """Name for the screen."""

    @property
    def hosts(self) -> tuple[str, ...]:
        """Every host of the venue's own that a key may be shown to, the usual one first."""

    @property
    def paths(self) -> frozenset[str]:
        """All that may be signed."""

    @property
    def has_passphrase(self) -> bool:
        """Whether keys have a third part."""

    @property
    def refusals(self) -> Mapping[str, Refusal]:
        """What the venue's error names mean for a key."""

    @property
    def reach_s(self) -> int | None:
        """How far back fills are told, in seconds; None when there is no end."""

    @property
    def reach_words(self) -> str:
        """The same, in words."""

    def sign(self, request: PrivateRequest, key: ApiKey, now_ms: int) -> Signature:
        """What proves the request at a moment of the venue's clock."""

    def permissions(self) -> PrivateRequest | None:
        """Ask what the key may do; None where the venue does not tell."""

    def parse_permissions(self, reply: Reply, key: ApiKey) -> KeyRights:
        """What the key may do."""

    def balances(self) -> tuple[PrivateRequest, ...]:
        """Ask for all balances."""

    def parse_balances(self, reply: Reply) -> Parsed[Balance]:
        """Units of each coin; a coin may come several times, the sum counts."""

    def fills(self, token: TokenKey, quote_currency: str, start_ms: int, end_ms: int) -> tuple[PrivateRequest, ...]:
        """Ask for the fills of one token: the first page of each stretch the venue serves."""

    def parse_fills(self, reply: Reply, request: PrivateRequest, token: TokenKey, quote_currency: str) -> FillPage:
        """Fills of a page that was asked with `request`."""
