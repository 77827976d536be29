"""What the accounts of all venues share: keyed hashes, stretches of time, and lists of balances and trades read."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from levdesk.domain.instruments import TokenKey
from levdesk.domain.problems import Problem
from levdesk.venues.contract import Parsed, Reply
from levdesk.venues.json_figures import JsonRow, JsonValue, is_absent, number, positive, printable
from levdesk.venues.private import Balance, Fill, KeyRights, PrivateRequest, Right
from levdesk.venues.rows import VenueRows, as_object

_MOST_UNITS: Final = Decimal(10) ** 24
"""Units of a trade above this are absurd; cheap tokens trade in numbers that no price has."""

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


def fee_paid(row: JsonRow, figure: str, currency: str) -> tuple[Decimal, str]:
    """What a trade cost and in which coin, out of the fields with these names; an absent figure is none.

    Raises:
        ValueError: with a plain reason.
    """
    fee = Decimal(0) if is_absent(row.get(figure)) else number(row.get(figure))
    coin = row.get(currency)
    return fee, coin.upper() if fee and isinstance(coin, str) else ""


@dataclass(frozen=True, slots=True)
class TradedPair:
    """The pair whose trades a reply tells.

    Attributes:
        token: what was traded.
        quote_currency: what it was paid in.
    """

    token: TokenKey
    quote_currency: str

    def fill(
        self,
        *,
        fee: tuple[Decimal, str],
        trade_id: JsonValue,
        time_ms: int,
        is_buy: bool,
        quantity: JsonValue,
        price: JsonValue,
    ) -> Fill:
        """One trade; the figures as they came.

        Raises:
            ValueError: with a plain reason.
        """
        return Fill(
            key=self.token,
            quote_currency=self.quote_currency,
            trade_id=text_of(trade_id, "number"),
            time_ms=time_ms,
            is_buy=is_buy,
            quantity=positive(quantity, _MOST_UNITS),
            price=positive(price),
            fee=fee[0],
            fee_currency=fee[1],
        )


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
