"""What is held and what it follows: tokens, their rebalance rules and their fees, as dated rows with a source."""

# ruff: noqa: I002 - text in place of a type would be compiled for every field, at every start

from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from levdesk.domain.token_rows import FeeSchedule, RebalanceRule, ScheduledCondition, UnitMerge

__all__ = [
    "BEGINNING_MS",
    "FeeSchedule",
    "LeveragedToken",
    "Provenance",
    "RebalanceRule",
    "ScheduledCondition",
    "TokenKey",
    "TokenStatus",
    "UnitMerge",
    "fees_at",
    "rule_at",
]

BEGINNING_MS = 0
"""`effective_from_ms` of a row that has applied for as long as anyone knows."""


class TokenKey:
    """Identity of a token: the venue or issuer that runs it, and its symbol there. Never a bare ticker.

    Written out, as neither generated kind will do: a dataclass is made with text at every start, and Qt takes a named
    tuple in a model for a list.

    Attributes:
        venue: lower-case short name, e.g. "gate".
        symbol: the token's own symbol in upper case, e.g. "BTC3L" (not the trading pair).
    """

    __slots__ = ("symbol", "venue")

    def __init__(self, venue: str, symbol: str) -> None:
        self.venue: Final = venue
        self.symbol: Final = symbol

    def __eq__(self, other: object) -> bool:
        if other.__class__ is not TokenKey:
            return NotImplemented
        return self.symbol == other.symbol and self.venue == other.venue

    def __lt__(self, other: "TokenKey") -> bool:
        return (self.venue, self.symbol) < (other.venue, other.symbol)

    def __hash__(self) -> int:
        return hash((self.venue, self.symbol))

    def __repr__(self) -> str:
        return f"TokenKey(venue={self.venue!r}, symbol={self.symbol!r})"

    def __str__(self) -> str:
        """Show as `venue:SYMBOL`."""
        return f"{self.venue}:{self.symbol}"


class TokenStatus(StrEnum):
    """What can still be done with the token."""

    TRADING = "trading"
    REDEEM_ONLY = "redeem_only"
    DELISTED = "delisted"
    SETTLED = "settled"


class Provenance(StrEnum):
    """How sure we are of a row."""

    STATED = "stated"
    ASSUMED = "assumed"
    USER = "user"


class LeveragedToken(NamedTuple):
    """A leveraged token as its own instrument: never an alias of its underlying.

    Attributes:
        key: venue and symbol.
        quote_currency: currency its price and NAV are in, e.g. "USDT".
        underlying: what it follows, e.g. "BTC".
        hedge_instrument: the perpetual its basket holds, in that venue's spelling, e.g. "BTC_USDT"; "" when unknown.
        hedge_venue: the venue of that perpetual; "" means the token's own.
        target_leverage: signed multiple: +3 long, −3 short.
        name: longer name, or "".
        status: what can still be done with it.
        rules, fees: dated rows, oldest first.
        merges: unit merges its issuer announced, oldest first; a holder's own are transactions.
        provenance: STATED from a venue, ASSUMED from the name, USER when defined or corrected by hand.
        listed_ms: when the venue listed it, where known (a re-used symbol starts a new life), or None.
    """

    key: TokenKey
    underlying: str
    target_leverage: Decimal
    quote_currency: str = "USDT"
    hedge_instrument: str = ""
    hedge_venue: str = ""
    name: str = ""
    status: TokenStatus = TokenStatus.TRADING
    rules: "tuple[RebalanceRule, ...]" = ()
    fees: "tuple[FeeSchedule, ...]" = ()
    merges: "tuple[UnitMerge, ...]" = ()
    provenance: Provenance = Provenance.ASSUMED
    listed_ms: int | None = None

    @property
    def direction(self) -> str:
        """The word "long" or "short"."""
        return "short" if self.target_leverage < 0 else "long"

    @property
    def hedge(self) -> tuple[str, str]:
        """Venue and perpetual that its basket holds; the perpetual is "" when unknown."""
        return self.hedge_venue or self.key.venue, self.hedge_instrument

    @property
    def pair(self) -> str:
        """Base and quote joined as BASE_QUOTE, the neutral spelling used inside the program."""
        return f"{self.key.symbol}_{self.quote_currency}"


def rule_at(token: LeveragedToken, ts_ms: int) -> "RebalanceRule | None":
    """The rebalance rule in force at a moment, or None when none is known."""
    in_force = [row for row in token.rules if row.effective_from_ms <= ts_ms]
    return max(in_force, key=lambda row: row.effective_from_ms, default=None)


def fees_at(token: LeveragedToken, ts_ms: int) -> "FeeSchedule | None":
    """The fee schedule in force at a moment, or None when none is known."""
    in_force = [row for row in token.fees if row.effective_from_ms <= ts_ms]
    return max(in_force, key=lambda row: row.effective_from_ms, default=None)


def __getattr__(name: str) -> object:
    """The dated rows' classes, made when one is first asked for: a window paints tokens before that."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from levdesk.domain import token_rows

    return getattr(token_rows, name)
