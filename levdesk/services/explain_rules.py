"""A token's dated rules and fees as the basket model reads them, with what is missing or assumed said."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from levdesk.domain.basket import NO_COSTS, BasketCosts, BasketRule, basket_rule
from levdesk.domain.errors import SettingInvalid
from levdesk.domain.instruments import FeeSchedule, LeveragedToken, Provenance, RebalanceRule, fees_at, rule_at

_DAY_MS = 86_400_000
_MIDNIGHT_UTC_S = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RulePeriod:
    """What holds from one moment to the next change.

    Attributes:
        from_ms: first moment.
        rule, costs: for the basket model; the fee has a clock in any case.
        stated_rule, stated_fees: the dated rows behind them, None where there is none.
        usable: the stated rule could be read; otherwise a daily reset at 00:00 UTC stands in.
    """

    from_ms: int
    rule: BasketRule
    costs: BasketCosts
    stated_rule: RebalanceRule | None
    stated_fees: FeeSchedule | None
    usable: bool

    @property
    def funding_inside(self) -> bool:
        """The management fee covers funding."""
        return self.stated_fees is not None and self.stated_fees.funding_inside

    @property
    def assumed_rule(self) -> bool:
        """The rule is not confirmed."""
        stated = self.stated_rule
        return not self.usable or stated is None or stated.provenance is Provenance.ASSUMED

    @property
    def assumed_fees(self) -> bool:
        """The fees are not confirmed."""
        return self.stated_fees is None or self.stated_fees.provenance is Provenance.ASSUMED

    @property
    def assumed(self) -> bool:
        """Rule or fees are not confirmed."""
        return self.assumed_rule or self.assumed_fees


@dataclass(frozen=True, slots=True)
class DatedRules:
    """All periods of a token, oldest first; the first one begins with time itself."""

    periods: tuple[RulePeriod, ...]

    @property
    def changes_ms(self) -> tuple[int, ...]:
        """Moments at which something changes."""
        return tuple(period.from_ms for period in self.periods[1:])

    def period_at(self, ts_ms: int) -> RulePeriod:
        """What holds at a moment."""
        return next((row for row in reversed(self.periods) if row.from_ms <= ts_ms), self.periods[0])

    def at(self, ts_ms: int) -> tuple[BasketRule, BasketCosts]:
        """Rule and costs at a moment."""
        period = self.period_at(ts_ms)
        return period.rule, period.costs

    def funding_inside_at(self, ts_ms: int) -> bool:
        """Whether the management fee covers funding at a moment."""
        return self.period_at(ts_ms).funding_inside

    def over(self, start_ms: int, end_ms: int) -> tuple[RulePeriod, ...]:
        """The periods that touch a stretch."""
        ends = (*self.changes_ms, end_ms + 1)
        pairs = zip(self.periods, ends, strict=True)
        return tuple(period for period, until_ms in pairs if period.from_ms <= end_ms and until_ms > start_ms)

    def fee_log(self, start_ms: int, end_ms: int) -> float:
        """Log of what management fees leave of a NAV over a stretch; needs no price."""
        edges = (*(period.from_ms for period in self.periods), max(end_ms, self.periods[-1].from_ms))
        total = 0.0
        for period, (from_ms, until_ms) in zip(self.periods, pairwise(edges), strict=True):
            first_ms, last_ms = max(start_ms, from_ms), min(end_ms, until_ms)
            if last_ms > first_ms and period.costs.fee_ratio:
                offset = (period.costs.fee_utc_s or 0) * 1000
                charges = (last_ms - offset) // _DAY_MS - (first_ms - offset) // _DAY_MS
                total += charges * math.log1p(-period.costs.fee_ratio)
        return total


def dated_rules(token: LeveragedToken) -> DatedRules | None:
    """The token's rules and fees by date; None for a token whose target leverage makes no sense."""
    if not token.target_leverage.is_finite() or not token.target_leverage:
        return None
    starts = (*(rule.effective_from_ms for rule in token.rules), *(fees.effective_from_ms for fees in token.fees))
    changes = {from_ms for from_ms in starts if from_ms > 0}
    return DatedRules(tuple(_period(token, from_ms) for from_ms in (0, *sorted(changes))))


def _period(token: LeveragedToken, from_ms: int) -> RulePeriod:
    stated, fees = rule_at(token, from_ms), fees_at(token, from_ms)
    rule = _usable_rule(stated)
    usable = rule is not None
    if rule is None:
        rule = BasketRule(target=float(token.target_leverage), clock_utc_s=_MIDNIGHT_UTC_S)
    costs = _usable_costs(fees, rule)
    return RulePeriod(from_ms=from_ms, rule=rule, costs=costs, stated_rule=stated, stated_fees=fees, usable=usable)


def _usable_rule(stated: RebalanceRule | None) -> BasketRule | None:
    try:
        return None if stated is None else basket_rule(stated)
    except SettingInvalid:
        return None


def _usable_costs(fees: FeeSchedule | None, rule: BasketRule) -> BasketCosts:
    """The fees as the model charges them: one without an hour is taken at the daily check, or at midnight UTC."""
    if fees is None:
        return NO_COSTS
    clock = fees.taken_utc_s
    if clock is None:
        clock = _MIDNIGHT_UTC_S if rule.clock_utc_s is None else rule.clock_utc_s
    cost = _ratio(fees.rebalance_cost_ratio)
    try:
        return BasketCosts(
            fee_ratio=_ratio(fees.management_per_day_ratio),
            fee_utc_s=clock,
            cost_ratio=cost if cost * abs(rule.target) < 1.0 else 0.0,
        )
    except SettingInvalid:
        return NO_COSTS


def _ratio(value: Decimal | None) -> float:
    return 0.0 if value is None else float(value)
