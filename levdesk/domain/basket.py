"""What a basket is: its rule, its costs and its state, as frozen values of plain floats.

Between two rebalances a token is a constant basket: u units of the underlying and cash b, so NAV = u·S + b and the
effective leverage is ℓ = u·S / NAV. `nav` moves a basket one step, `basket_path` runs it over a history.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from levdesk.domain.errors import SettingInvalid
from levdesk.domain.instruments import RebalanceRule, ScheduledCondition

TIE_TOLERANCE = 1e-12
"""Relative slack of every threshold, so that a move of exactly −15 % fires a 15 % rule in spite of binary rounding."""


class EventKind(StrEnum):
    """Why the basket was changed."""

    SCHEDULED = "scheduled"
    BAND = "band"
    EMERGENCY = "emergency"
    OBSERVED = "observed"
    WIPED_OUT = "wiped_out"


@dataclass(frozen=True, slots=True, kw_only=True)
class BasketRule:
    """When a basket goes back to its target; all ratios and magnitudes are plain floats.

    A scheduled check acts always, unless `scheduled_band` or `scheduled_move_ratio` is given: then it acts when the
    leverage is outside that band or when the underlying moved by more than that since the last event.

    Attributes:
        target: signed leverage right after a rebalance.
        every_rows: a scheduled check at every N-th row of a price series, or None.
        clock_utc_s: a scheduled check at this second of the UTC day, or None; needs the rows' times.
        scheduled_band: (low, high) magnitudes; the check acts at or outside them.
        scheduled_move_ratio: the check acts when the underlying moved by more than this, either way.
        band: (low, high) magnitudes that act at any row; None when there is no such band.
        emergency_leverage: magnitude at or above which it acts at any row, or None.
        emergency_move_ratio: move of the underlying since the last event that acts at any row, or None.
        emergency_two_sided: True when that move counts both ways, False when only against the holder.
    """

    target: float
    every_rows: int | None = None
    clock_utc_s: int | None = None
    scheduled_band: tuple[float, float] | None = None
    scheduled_move_ratio: float | None = None
    band: tuple[float, float] | None = None
    emergency_leverage: float | None = None
    emergency_move_ratio: float | None = None
    emergency_two_sided: bool = False

    def __post_init__(self) -> None:
        """Refuse a rule that could never work."""
        _check_rule(self)

    @property
    def sign(self) -> float:
        """+1 for a long token, −1 for a short one."""
        return 1.0 if self.target > 0 else -1.0

    @property
    def always_acts(self) -> bool:
        """True when a scheduled check rebalances whatever has happened."""
        return self.scheduled_band is None and self.scheduled_move_ratio is None


@dataclass(frozen=True, slots=True, kw_only=True)
class BasketCosts:
    """What the basket pays besides funding.

    Attributes:
        fee_ratio: management fee per charge, a ratio of NAV.
        fee_utc_s: second of the UTC day it is charged, or None when it is charged with each rebalance.
        cost_ratio: cost per unit of notional traded in a rebalance.
    """

    fee_ratio: float = 0.0
    fee_utc_s: int | None = None
    cost_ratio: float = 0.0

    def __post_init__(self) -> None:
        """Refuse a fee that takes everything and a cost that is no cost."""
        if not 0.0 <= self.fee_ratio < 1.0:
            raise SettingInvalid(f"A fee of {self.fee_ratio!r} is not a ratio of NAV.", hint="0.001 means 0.1 %.")
        if not 0.0 <= self.cost_ratio < 0.1:
            raise SettingInvalid(f"A rebalance cost of {self.cost_ratio!r} is out of range.", hint="0.0006 is usual.")


NO_COSTS = BasketCosts()


@dataclass(frozen=True, slots=True, kw_only=True)
class BasketState:
    """One unit of a token at one price of its underlying.

    Attributes:
        nav: net asset value per unit; 0 when wiped out.
        leverage: signed effective leverage now; 0 when wiped out.
        price: price of the underlying now.
        event_price: price of the underlying at the last rebalance.
    """

    nav: float
    leverage: float
    price: float
    event_price: float

    @property
    def alive(self) -> bool:
        """False once the basket was worth nothing."""
        return self.nav > 0.0


def opening_state(rule: BasketRule, price: float, nav: float = 1.0) -> BasketState:
    """A basket that was rebalanced to its target at this price."""
    if not (math.isfinite(nav) and nav > 0.0):
        raise SettingInvalid(f"A NAV of {nav!r} is not above zero.")
    require_price(price)
    return BasketState(nav=nav, leverage=rule.target, price=price, event_price=price)


def require_price(price: float) -> float:
    """The price itself, or SettingInvalid when it is not a finite number above zero."""
    if not (math.isfinite(price) and price > 0.0):
        raise SettingInvalid(f"A price of {price!r} is not above zero.", hint="Remove or correct that price.")
    return price


def require_leverage(leverage: float) -> float:
    """The signed leverage itself, or SettingInvalid when it is zero or not finite."""
    if not math.isfinite(leverage) or leverage == 0.0:
        raise SettingInvalid(f"A leverage of {leverage!r} makes no sense.", hint="Use 3 for 3x long, -3 for 3x short.")
    return leverage


def basket_rule(rule: RebalanceRule) -> BasketRule:
    """The dated rule of an instrument as the floats of the basket model.

    Where the daily check depends on the band, the band counts at that check only; otherwise it acts at any time.
    """
    band = None
    if rule.band_low is not None or rule.band_high is not None:
        band = (_float(rule.band_low) or 0.0, _float(rule.band_high) or math.inf)
    at_check = rule.scheduled_utc_s is not None and rule.scheduled_condition is not ScheduledCondition.ALWAYS
    moved = rule.scheduled_condition is ScheduledCondition.OUTSIDE_BAND_OR_MOVED
    return BasketRule(
        target=float(rule.target_leverage),
        clock_utc_s=rule.scheduled_utc_s,
        scheduled_band=band if at_check else None,
        scheduled_move_ratio=_float(rule.scheduled_move_ratio) if at_check and moved else None,
        band=None if at_check else band,
        emergency_leverage=_float(rule.emergency_leverage),
        emergency_move_ratio=_float(rule.emergency_move_ratio),
        emergency_two_sided=rule.emergency_two_sided,
    )


def _float(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


def _check_rule(rule: BasketRule) -> None:
    require_leverage(rule.target)
    if rule.every_rows is not None and rule.every_rows < 1:
        raise SettingInvalid(f"A rebalance every {rule.every_rows} rows makes no sense.", hint="Use 1 or more.")
    if rule.clock_utc_s is not None and not 0 <= rule.clock_utc_s < 86_400:
        raise SettingInvalid(f"{rule.clock_utc_s} is not a second of the day.")
    for band in (rule.band, rule.scheduled_band):
        if band is not None and not 0.0 <= band[0] < abs(rule.target) < band[1]:
            raise SettingInvalid(f"The band {band[0]:g} to {band[1]:g} does not hold the target {abs(rule.target):g}.")
    if rule.emergency_leverage is not None and not rule.emergency_leverage > abs(rule.target):
        raise SettingInvalid("The emergency leverage is not above the target.")
    for move in (rule.emergency_move_ratio, rule.scheduled_move_ratio):
        if move is not None and not 0.0 < move < math.inf:
            raise SettingInvalid(f"A move of {move!r} is not above zero.", hint="0.15 means 15 %.")
