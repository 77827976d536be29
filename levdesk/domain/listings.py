"""What a venue says of a token's future there: how it is traded, when that ends, and what is announced."""

from __future__ import annotations

from dataclasses import dataclass

from levdesk.domain.instruments import TokenKey


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenListing:
    """How a venue lists a token now.

    Attributes:
        key: the token.
        can_buy, can_sell: what is allowed.
        ends_ms: the last moment of trading, where the venue names one.
    """

    key: TokenKey
    can_buy: bool = True
    can_sell: bool = True
    ends_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueNotice:
    """An announcement of a venue, as its title says it.

    Attributes:
        venue: short name.
        title: in the venue's words, printable, on one line.
        url: where it can be read, "" when not told.
        ts_ms: when it was published.
    """

    venue: str
    title: str
    url: str
    ts_ms: int
