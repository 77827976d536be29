"""The price at which a rule acts on the way from one price to the next."""

from __future__ import annotations

import math
from collections.abc import Iterator

from levdesk.domain.basket import BasketRule, EventKind


def first_crossing(
    rule: BasketRule, cash: float, event_price: float, before: float, after: float
) -> tuple[float, EventKind] | None:
    """The first price between two others at which an always-on trigger of a rule fires, with its kind, or None.

    Args:
        rule: the rule.
        cash: cash per unit of underlying held (NAV per unit is cash plus, for a short minus, the price).
        event_price: price at the last rebalance.
        before, after: the prices; the basket is inside its triggers at `before`.
    """
    low, high = min(before, after), max(before, after)
    reached = [(price, kind) for price, kind in _levels(rule, cash, event_price) if low <= price <= high]
    return min(reached, key=lambda level: abs(math.log(level[0] / before)), default=None)


def _levels(rule: BasketRule, cash: float, event_price: float) -> Iterator[tuple[float, EventKind]]:
    """Every price at which a trigger fires; where two kinds share a price the emergency is named."""
    if rule.emergency_leverage is not None:
        yield from _at_magnitude(rule, cash, rule.emergency_leverage, EventKind.EMERGENCY)
    if rule.emergency_move_ratio is not None:
        if rule.emergency_two_sided or rule.target > 0.0:
            yield event_price * (1.0 - rule.emergency_move_ratio), EventKind.EMERGENCY
        if rule.emergency_two_sided or rule.target < 0.0:
            yield event_price * (1.0 + rule.emergency_move_ratio), EventKind.EMERGENCY
    for magnitude in rule.band or ():
        yield from _at_magnitude(rule, cash, magnitude, EventKind.BAND)


def _at_magnitude(
    rule: BasketRule, cash: float, magnitude: float, kind: EventKind
) -> Iterator[tuple[float, EventKind]]:
    gap = 1.0 - magnitude * rule.sign
    if magnitude > 0.0 and math.isfinite(magnitude) and gap != 0.0:
        price = magnitude * cash / gap
        if price > 0.0:
            yield price, kind
