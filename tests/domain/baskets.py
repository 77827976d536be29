"""A basket kept by hand, unit by unit and row by row: the slow book the fast engine is checked against."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from levdesk.domain.basket import BasketCosts, BasketRule

HOUR_MS = 3_600_000
START_MS = 1_620_000_000_000


@st.composite
def rules(draw: st.DrawFn) -> BasketRule:
    size = draw(st.sampled_from([1.0, 1.5, 2.0, 3.0, 5.0]))
    low, high = size * draw(st.floats(0.4, 0.95)), size * draw(st.floats(1.05, 2.0))
    kind = draw(st.sampled_from(["daily", "band", "daily+emergency", "conditional", "gate", "never"]))
    parts: dict[str, Any] = {}
    if kind in {"daily", "daily+emergency"}:
        parts["every_rows"] = draw(st.integers(1, 30))
    if kind == "band":
        parts["band"] = (low, high)
    if kind in {"daily+emergency", "gate"}:
        parts["emergency_move_ratio"] = draw(st.floats(0.02, 0.3))
        parts["emergency_two_sided"] = draw(st.booleans())
    if kind in {"conditional", "gate"}:
        parts["clock_utc_s"] = draw(st.integers(0, 86_399))
        parts["scheduled_band"] = (low, high)
        parts["scheduled_move_ratio"] = draw(st.none() | st.floats(0.01, 0.2))
    if kind == "gate":
        parts["emergency_leverage"] = high * 1.1
    return BasketRule(target=size * draw(st.sampled_from([1, -1])), **parts)


@dataclass
class HandBook:
    """Units of the underlying and cash; everything else is read from them."""

    rule: BasketRule
    costs: BasketCosts
    price: float
    units: float = field(init=False)
    cash: float = field(init=False)
    event_price: float = field(init=False)
    fee_days: int = 0
    dead: bool = False

    def __post_init__(self) -> None:
        self.units = self.rule.target / self.price
        self.cash = 1.0 - self.rule.target
        self.event_price = self.price

    @property
    def nav(self) -> float:
        return 0.0 if self.dead else self.units * self.price + self.cash

    @property
    def leverage(self) -> float:
        return 0.0 if self.dead else self.units * self.price / self.nav

    def row(self, price: float, rate: float, *, check: bool, fee_charges: int) -> bool:
        """Go through one row; True when the basket was rebalanced."""
        self.price = price
        self.cash -= self.units * price * rate
        if self.dead or self.nav <= 0.0:
            self.dead = True
            return False
        acts = (check and self._check_acts()) or self._trigger_acts()
        if self.costs.fee_utc_s is None:
            fee_charges = 1 if acts else 0
        for _ in range(fee_charges):
            self.cash -= self.nav * self.costs.fee_ratio
        if acts:
            self._rebalance()
        return acts and not self.dead

    def _rebalance(self) -> None:
        """Solve for the units that give the target on what is left after paying for the trade."""
        target, cost = self.rule.target, self.costs.cost_ratio
        side = 1.0 if target > self.leverage else -1.0
        held = self.units * self.price
        left = (self.nav + side * cost * held) / (1.0 + side * cost * target)
        if left <= 0.0:
            self.dead = True
            return
        paid = cost * abs(target * left - held)
        assert abs(self.nav - paid - left) < 1e-9 * max(1.0, abs(held))
        self.units = target * left / self.price
        self.cash = left - target * left
        self.event_price = self.price

    def _trigger_acts(self) -> bool:
        rule, size = self.rule, abs(self.leverage)
        move = self.price / self.event_price - 1.0
        against = abs(move) if rule.emergency_two_sided else -move if rule.target > 0 else move
        return (
            (rule.emergency_leverage is not None and size >= rule.emergency_leverage)
            or (rule.emergency_move_ratio is not None and against >= rule.emergency_move_ratio)
            or (rule.band is not None and not rule.band[0] < size < rule.band[1])
        )

    def _check_acts(self) -> bool:
        rule, size = self.rule, abs(self.leverage)
        if rule.scheduled_band is None and rule.scheduled_move_ratio is None:
            return True
        outside = rule.scheduled_band is not None and not rule.scheduled_band[0] < size < rule.scheduled_band[1]
        move = abs(self.price / self.event_price - 1.0)
        return outside or (rule.scheduled_move_ratio is not None and move > rule.scheduled_move_ratio)


@dataclass(frozen=True)
class HandPath:
    navs: list[float]
    leverages: list[float]
    events: list[int]


def walk(
    prices: Sequence[float],
    rule: BasketRule,
    costs: BasketCosts,
    rates: Sequence[float],
    ts_ms: Sequence[int] | None = None,
) -> HandPath:
    """The whole history by hand."""
    book = HandBook(rule, costs, prices[0])
    navs, leverages, events = [1.0], [rule.target], []
    for row in range(1, len(prices)):
        check = rule.every_rows is not None and row % rule.every_rows == 0
        charges = 0
        if ts_ms is not None:
            if rule.clock_utc_s is not None:
                check = check or _passed(ts_ms, row, rule.clock_utc_s) > 0
            if costs.fee_utc_s is not None:
                charges = _passed(ts_ms, row, costs.fee_utc_s)
        if book.row(prices[row], rates[row], check=check, fee_charges=charges):
            events.append(row)
        navs.append(book.nav)
        leverages.append(book.leverage)
    return HandPath(navs, leverages, events)


def _passed(ts_ms: Sequence[int], row: int, utc_s: int) -> int:
    day = 86_400_000
    return (ts_ms[row] - utc_s * 1000) // day - (ts_ms[row - 1] - utc_s * 1000) // day
