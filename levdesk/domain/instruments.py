"""What is held and what it follows: tokens, their rebalance rules and their fees, as dated rows with a source."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

BEGINNING_MS = 0
"""`effective_from_ms` of a row that has applied for as long as anyone knows."""


@dataclass(frozen=True, slots=True, order=True)
class TokenKey:
    """Identity of a token: the venue or issuer that runs it, and its symbol there. Never a bare ticker.

    Attributes:
        venue: lower-case short name, e.g. "gate".
        symbol: the token's own symbol in upper case, e.g. "BTC3L" (not the trading pair).
    """

    venue: str
    symbol: str

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


class ScheduledCondition(StrEnum):
    """When a scheduled check really rebalances."""

    ALWAYS = "always"
    OUTSIDE_BAND = "outside_band"
    OUTSIDE_BAND_OR_MOVED = "outside_band_or_moved"


@dataclass(frozen=True, slots=True, kw_only=True)
class RebalanceRule:
    """When a token goes back to its target, from a date on.

    Attributes:
        effective_from_ms: first moment it applies.
        target_leverage: signed multiple after a rebalance.
        scheduled_utc_s: second of the UTC day of the daily check, or None when there is none.
        scheduled_condition: what the daily check needs in order to act.
        scheduled_move_ratio: underlying move since the last event that makes the daily check act, or None.
        band_low: magnitude of effective leverage at or below which it acts, or None.
        band_high: magnitude of effective leverage at or above which it acts, or None.
        emergency_leverage: magnitude at or above which it acts at once, or None.
        emergency_move_ratio: underlying move since the last event at which it acts at once, or None.
        emergency_two_sided: True when that move counts in both directions, False when only against the holder.
        provenance, source, as_of: how sure, from where, of which date (ISO day).
    """

    target_leverage: Decimal
    effective_from_ms: int = BEGINNING_MS
    scheduled_utc_s: int | None = None
    scheduled_condition: ScheduledCondition = ScheduledCondition.ALWAYS
    scheduled_move_ratio: Decimal | None = None
    band_low: Decimal | None = None
    band_high: Decimal | None = None
    emergency_leverage: Decimal | None = None
    emergency_move_ratio: Decimal | None = None
    emergency_two_sided: bool = False
    provenance: Provenance = Provenance.ASSUMED
    source: str = ""
    as_of: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeeSchedule:
    """What holding and dealing cost, from a date on. Ratios: 0.001 means 0.1 %.

    Attributes:
        effective_from_ms: first moment it applies.
        management_per_day_ratio: taken from NAV each day, or None when unknown.
        taken_utc_s: second of the UTC day it is taken, or None when it accrues.
        funding_inside: True when the management fee already covers funding.
        subscribe_ratio, redeem_ratio, spot_ratio: dealing fees, or None when unknown.
        rebalance_cost_ratio: cost per unit of notional traded in a rebalance that is charged to NAV, or None.
        provenance, source, as_of: how sure, from where, of which date (ISO day).
    """

    effective_from_ms: int = BEGINNING_MS
    management_per_day_ratio: Decimal | None = None
    taken_utc_s: int | None = None
    funding_inside: bool = False
    subscribe_ratio: Decimal | None = None
    redeem_ratio: Decimal | None = None
    spot_ratio: Decimal | None = None
    rebalance_cost_ratio: Decimal | None = None
    provenance: Provenance = Provenance.ASSUMED
    source: str = ""
    as_of: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitMerge:
    """A unit merge its issuer announced.

    Attributes:
        day_ms: 00:00 UTC of its day; the hour is rarely told.
        old_per_new: old units that became one new.
        source: where it was announced.
    """

    day_ms: int
    old_per_new: Decimal
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeveragedToken:
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
    rules: tuple[RebalanceRule, ...] = field(default=())
    fees: tuple[FeeSchedule, ...] = field(default=())
    merges: tuple[UnitMerge, ...] = field(default=())
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


def rule_at(token: LeveragedToken, ts_ms: int) -> RebalanceRule | None:
    """The rebalance rule in force at a moment, or None when none is known."""
    in_force = [row for row in token.rules if row.effective_from_ms <= ts_ms]
    return max(in_force, key=lambda row: row.effective_from_ms, default=None)


def fees_at(token: LeveragedToken, ts_ms: int) -> FeeSchedule | None:
    """The fee schedule in force at a moment, or None when none is known."""
    in_force = [row for row in token.fees if row.effective_from_ms <= ts_ms]
    return max(in_force, key=lambda row: row.effective_from_ms, default=None)
