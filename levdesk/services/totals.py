"""Sums over holdings that follow their changes: exact sums give back whatever was added, so nothing is summed twice."""

from __future__ import annotations

from collections.abc import Iterable

from levdesk.domain.money import ZERO
from levdesk.services.views import HoldingView, TotalsView


class Totals:
    """Sums over the holdings of one currency; what is not known is left out.

    Money is added exactly (`domain.money`), so a holding taken out leaves the very sum that would stand without it.
    """

    __slots__ = (
        "_change",
        "_changing",
        "_cost",
        "_currency",
        "_exposed",
        "_exposure",
        "_fees",
        "_realised",
        "_unrealised",
        "_value",
    )

    def __init__(self, currency: str, holdings: Iterable[HoldingView] = ()) -> None:
        """Sum up holdings quoted in `currency`; others do not count."""
        self._currency = currency
        self._value = self._cost = self._unrealised = self._realised = self._fees = ZERO
        self._exposure = self._change = ZERO
        self._exposed = self._changing = 0
        for holding in holdings:
            self.count(holding)

    def count(self, holding: HoldingView) -> None:
        """Add what is known of a holding."""
        self._move(holding, 1)

    def discount(self, holding: HoldingView) -> None:
        """Take out a holding that was counted."""
        self._move(holding, -1)

    def view(self) -> TotalsView:
        """The sums as they stand."""
        return TotalsView(
            market_value=self._value,
            cost_basis=self._cost,
            unrealised_pnl=self._unrealised,
            realised_pnl=self._realised,
            fees_paid=self._fees,
            net_exposure=self._exposure if self._exposed else None,
            change_today=self._change if self._changing else None,
        )

    def _move(self, holding: HoldingView, sign: int) -> None:
        if holding.token.quote_currency != self._currency:
            return
        value, leverage = holding.market_value, holding.effective_leverage
        self._realised += sign * holding.realised_pnl
        self._fees += sign * holding.fees_paid
        if holding.cost_basis is not None:
            self._cost += sign * holding.cost_basis
        if value is not None:
            self._value += sign * value
            if leverage is not None and holding.quantity:
                self._exposed += sign
                self._exposure += sign * value * leverage
        if holding.unrealised_pnl is not None:
            self._unrealised += sign * holding.unrealised_pnl
        if holding.change_today is not None:
            self._changing += sign
            self._change += sign * holding.change_today
