"""The contract of one's own account at a venue: what may be asked with a key, how it is signed, what replies tell.

Everything here only reads. A request is a path without method and host, so that nothing but a GET at the venue's own
address can be made of it; `Account.paths` is the list of all that may be signed, and the door refuses the rest.
Signing is a pure function of (request, key, moment).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, Protocol
from urllib.parse import urlencode

from levdesk.domain.instruments import TokenKey
from levdesk.domain.problems import Problem
from levdesk.venues.contract import Parsed, Reply
from levdesk.venues.json_figures import JsonRow, JsonValue, is_absent, number, printable
from levdesk.venues.rows import VenueRows, as_object

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


# ------------------------------------------------------------------------------------------------ what signing needs


def hmac_hex(secret: str, text: str, kind: Callable[..., Any] = hashlib.sha256) -> str:
    """Lower-case hex of the keyed hash."""
    return hmac.new(secret.encode(), text.encode(), kind).hexdigest()


def hmac_base64(secret: str, text: str) -> str:
    """Base 64 of the keyed SHA-256."""
    return base64.b64encode(hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest()).decode()


# -------------------------------------------------------------------------------------------- what every reply needs


def stretches(start_ms: int, end_ms: int, longest_ms: int) -> tuple[tuple[int, int], ...]:
    """A long time cut into pieces no longer than a venue serves, oldest first, both ends inclusive."""
    pieces = []
    while start_ms <= end_ms:
        until_ms = min(end_ms, start_ms + longest_ms - 1)
        pieces.append((start_ms, until_ms))
        start_ms = until_ms + 1
    return tuple(pieces)


def with_query(request: PrivateRequest, **changes: str) -> PrivateRequest:
    """The request with some of its values replaced, or added behind."""
    kept = dict(request.query) | changes
    return PrivateRequest(venue=request.venue, path=request.path, query=tuple(kept.items()), weight=request.weight)


def amount(value: JsonValue) -> Decimal:
    """Units that are there; an absent figure is none.

    Raises:
        ValueError: with a plain reason.
    """
    if is_absent(value):
        return Decimal(0)
    figure = number(value)
    if figure < 0:
        raise ValueError("is below zero")
    return figure


def text_of(value: JsonValue, what: str, width: int = 80) -> str:
    """A short text that must be there.

    Raises:
        ValueError: with a plain reason.
    """
    text = printable(value, width) if isinstance(value, str) else ""
    if not text:
        raise ValueError(f"has no {what}")
    return text


def read_balances(rows: VenueRows, reply: Reply, values: JsonValue, coin: str, parts: Iterable[str]) -> Parsed[Balance]:
    """Balances out of a list of objects: `coin` names the coin, `parts` are summed."""
    fields = tuple(parts)

    def read(value: JsonValue) -> Balance:
        row = as_object(value)
        units = sum((amount(row.get(name)) for name in fields), Decimal(0))
        return Balance(coin=text_of(row.get(coin), "name").upper(), units=units)

    found, problems = rows.each(reply, values, read, "balance_rejected", "a balance")
    return Parsed(tuple(found), tuple(problems))


def side(value: JsonValue) -> bool:
    """True for a buy.

    Raises:
        ValueError: neither buy nor sell.
    """
    word = value.lower() if isinstance(value, str) else ""
    if word not in {"buy", "sell"}:
        raise ValueError("is neither a buy nor a sale")
    return word == "buy"


def read_fills(
    rows: VenueRows, reply: Reply, values: JsonValue, read_row: Callable[[JsonRow], Fill]
) -> tuple[tuple[Fill, ...], tuple[Problem, ...]]:
    """Fills out of a list of objects."""
    found, problems = rows.each(reply, values, lambda value: read_row(as_object(value)), "fill_rejected", "a trade")
    return tuple(found), tuple(problems)


def halves(
    rows: VenueRows, request: PrivateRequest, start: str, end: str
) -> tuple[tuple[PrivateRequest, ...], tuple[Problem, ...]]:
    """A stretch whose page was full, as two shorter ones; works whichever end of it the venue served.

    Args:
        rows: in whose name a problem is told.
        request: what was asked.
        start, end: names of its bounds, ms, both inclusive.
    """
    bounds = dict(request.query)
    first_ms, last_ms = int(bounds[start]), int(bounds[end])
    if first_ms >= last_ms:
        words = f"{rows.title} has more trades in one moment than it serves at a time; some of them may be missing."
        return (), (rows.problem("fills_cut", words),)
    middle_ms = (first_ms + last_ms) // 2
    early = with_query(request, **{start: str(first_ms), end: str(middle_ms)})
    late = with_query(request, **{start: str(middle_ms + 1), end: str(last_ms)})
    return (early, late), ()


def rights_of(words: Sequence[str], *, harmless: frozenset[str], withdrawing: Iterable[str]) -> KeyRights:
    """Rights from a list of words: what is neither harmless nor withdrawing is taken for trading."""
    marks = tuple(withdrawing)
    more = tuple(word for word in words if word.lower() not in harmless)
    takes_out = tuple(word for word in more if any(mark in word.lower() for mark in marks))
    return KeyRights(
        withdraw=Right.YES if takes_out else Right.NO,
        trade=Right.YES if len(more) > len(takes_out) else Right.NO,
        named=more,
    )
