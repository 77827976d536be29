"""What is known of an issuer and of where perpetuals are read: plain values, read from the shipped registry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from levdesk.domain.instruments import FeeSchedule, LeveragedToken, RebalanceRule, UnitMerge


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenFamily:
    """Tokens of an issuer that share rules and fees.

    Attributes:
        targets: signed target leverages it holds for.
        suffixes: endings of the symbol it holds for; empty means any.
        rules: dated rows, oldest first, with the magnitude of the target; 0 stands for the token's own target.
        fees: dated rows, oldest first.
    """

    targets: frozenset[Decimal]
    suffixes: tuple[str, ...]
    rules: tuple[RebalanceRule, ...]
    fees: tuple[FeeSchedule, ...]

    def holds_for(self, token: LeveragedToken) -> bool:
        """Whether a token belongs to this family."""
        named = not self.suffixes or token.key.symbol.endswith(self.suffixes)
        return named and token.target_leverage in self.targets


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    """One issuer's custom.

    Attributes:
        venue, title: short name, and name for the screen.
        hedge_venue: where the perpetual is that its baskets are reckoned with; "" for the issuer itself.
        perpetual: spelling of its own perpetual, with `{underlying}` in it, where none are read from it; or "".
        ended_ms: when its leveraged tokens ended, or None while they live.
        relisted_ms: symbols that were given to another token, and since when.
        merges: announced unit merges by symbol, oldest first.
        families: the first that holds for a token counts.
    """

    venue: str
    title: str
    hedge_venue: str
    perpetual: str
    ended_ms: int | None
    relisted_ms: Mapping[str, int]
    merges: Mapping[str, tuple[UnitMerge, ...]]
    families: tuple[TokenFamily, ...]

    def family_of(self, token: LeveragedToken) -> TokenFamily | None:
        """The family a token belongs to, or None."""
        return next((family for family in self.families if family.holds_for(token)), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class PerpetualVenue:
    """A venue that perpetuals are read from.

    Attributes:
        venue: short name.
        spelling: of its USDT perpetual, with `{underlying}` in it.
        names: coins that are spelt differently there.
    """

    venue: str
    spelling: str
    names: Mapping[str, str]

    def perpetual(self, underlying: str) -> str:
        """The venue's spelling of a coin's perpetual, whether or not it is listed."""
        return self.spelling.replace("{underlying}", self.names.get(underlying, underlying))
