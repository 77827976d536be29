"""Frozen views: everything a report or a window shows of a portfolio, already decided, never recomputed upstairs."""
# ruff: noqa: I002 - text in place of a type would be compiled for every field, at every start

from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from levdesk.domain.instruments import LeveragedToken
from levdesk.domain.money import divide
from levdesk.domain.sources import NavSource, QuoteSource

if TYPE_CHECKING:
    from levdesk.domain.problems import Problem


class HoldingView(NamedTuple):
    """One token in one portfolio (or summed over portfolios when `portfolio_id` is None).

    Money is in the token's quote currency; None means unknown. Ratios are fractions.

    Attributes:
        token: the instrument; `token.key` identifies the row together with `portfolio_id`.
        quantity: units held now.
        cost_basis: money the units held cost, fees included; None when some unit's cost is unknown.
        average_cost: cost_basis / quantity; None when nothing is held.
        market_price, market_price_ts_ms, market_price_source: what values the holding.
        nav, nav_source, nav_ts_ms: net asset value per unit.
        premium_ratio: market price / NAV − 1.
        effective_leverage, leverage_ts_ms: signed.
        band_low, band_high: magnitudes of the band of the rule in force, None when unknown.
        rule_assumed: True when that rule is not confirmed for today.
        market_value, unrealised_pnl, realised_pnl, fees_paid: money.
        change_today: change of market value since 00:00 local, at today's quantity; None when unknown.
        first_bought_ms: time of the oldest open lot, or None.
        transaction_count: rows behind this holding.
        notices: problems of this holding, worst first.
    """

    token: LeveragedToken
    portfolio_id: int | None
    quantity: Decimal
    cost_basis: Decimal | None
    average_cost: Decimal | None
    market_price: Decimal | None
    market_price_ts_ms: int | None
    market_price_source: QuoteSource | None
    nav: Decimal | None
    nav_source: NavSource | None
    nav_ts_ms: int | None
    premium_ratio: Decimal | None
    effective_leverage: Decimal | None
    leverage_ts_ms: int | None
    band_low: Decimal | None
    band_high: Decimal | None
    rule_assumed: bool
    market_value: Decimal | None
    unrealised_pnl: Decimal | None
    realised_pnl: Decimal
    fees_paid: Decimal
    change_today: Decimal | None = None
    first_bought_ms: int | None = None
    transaction_count: int = 0
    notices: "tuple[Problem, ...]" = ()

    @property
    def unrealised_ratio(self) -> Decimal | None:
        """Unrealised P&L as a share of cost; None when either is unknown or nothing was paid."""
        if self.unrealised_pnl is None or not self.cost_basis:
            return None
        return divide(self.unrealised_pnl, self.cost_basis)


class TotalsView(NamedTuple):
    """Sums over what is known, in the portfolio's currency.

    Attributes:
        net_exposure: signed look-through exposure Σ value × effective leverage, None when nothing is known.
        change_today: sum over the holdings that know theirs, None when none does.
    """

    market_value: Decimal
    cost_basis: Decimal
    unrealised_pnl: Decimal
    realised_pnl: Decimal
    fees_paid: Decimal
    net_exposure: Decimal | None = None
    change_today: Decimal | None = None

    @property
    def total_pnl(self) -> Decimal:
        """Realised and unrealised together."""
        return self.unrealised_pnl + self.realised_pnl

    @property
    def unrealised_ratio(self) -> Decimal | None:
        """Unrealised P&L over the cost basis of what is held; None without a cost."""
        return divide(self.unrealised_pnl, self.cost_basis) if self.cost_basis > 0 else None

    @property
    def change_today_ratio(self) -> Decimal | None:
        """Today's change over the value at 00:00 local; None when either is unknown."""
        if self.change_today is None or self.market_value <= self.change_today:
            return None
        return divide(self.change_today, self.market_value - self.change_today)

    @property
    def exposure_ratio(self) -> Decimal | None:
        """Net exposure over market value; None when either is unknown."""
        if self.net_exposure is None or self.market_value <= 0:
            return None
        return divide(self.net_exposure, self.market_value)


class PortfolioView(NamedTuple):
    """Everything the table and the summary show at one moment.

    Attributes:
        as_of_ms: when it was computed.
        currency: currency of the totals.
        complete: False when a figure that belongs in the totals is missing.
        totals: sums over what is known.
        holdings: open ones first, then closed ones, each by venue and symbol.
        problems: what is wrong or missing, in words.
    """

    as_of_ms: int
    currency: str
    complete: bool
    totals: TotalsView
    holdings: tuple[HoldingView, ...]
    problems: "tuple[Problem, ...]" = ()

    @property
    def open_holdings(self) -> tuple[HoldingView, ...]:
        """Holdings with units left."""
        return tuple(row for row in self.holdings if row.quantity)

    @property
    def unpriced_count(self) -> int:
        """Open holdings without a market value."""
        return sum(1 for row in self.open_holdings if row.market_value is None)

    @property
    def oldest_price_ms(self) -> int | None:
        """Time of the oldest price that is part of the value; None when no open holding has one."""
        times = [row.market_price_ts_ms for row in self.open_holdings if row.market_price_ts_ms is not None]
        return min(times, default=None)
