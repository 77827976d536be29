"""The dated rows of a token: when it goes back to its target, what holding and dealing cost, which units were merged.

Apart from the token itself, because a window paints tokens before anybody needs their rules.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from levdesk.domain.instruments import BEGINNING_MS, Provenance


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
