"""A result split to the last digit: its parts, what each came to, and what they are called."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from levdesk.domain.money import ZERO

if TYPE_CHECKING:
    from decimal import Decimal


class Term(StrEnum):
    """The parts a result is split into; values are the names in `report --json`."""

    LEVERAGED_MOVE = "leveraged_move"
    LEVERAGE_DRIFT = "leverage_drift"
    VOLATILITY_DECAY = "volatility_decay"
    FUNDING = "funding"
    MANAGEMENT_FEE = "management_fee"
    REBALANCE_COST = "rebalance_cost"
    PREMIUM_CHANGE = "premium_change"
    TRADING_FEES = "trading_fees"
    RESIDUAL = "residual"


TERM_TITLES: Final = {
    Term.LEVERAGED_MOVE: "Leveraged move",
    Term.LEVERAGE_DRIFT: "Leverage drift",
    Term.VOLATILITY_DECAY: "Volatility decay",
    Term.FUNDING: "Funding",
    Term.MANAGEMENT_FEE: "Management fee",
    Term.REBALANCE_COST: "Rebalance cost",
    Term.PREMIUM_CHANGE: "Premium change",
    Term.TRADING_FEES: "Trading fees",
    Term.RESIDUAL: "Unexplained",
}


@dataclass(frozen=True, slots=True)
class TermView:
    """One part of a result.

    Attributes:
        term: which.
        money: what it came to.
        ratio: of the money put in; the ratios of one split add up to the total's.
    """

    term: Term
    money: Decimal
    ratio: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributionView:
    """A result split to the last digit.

    Attributes:
        terms: one per Term, in the order of Term; the money adds up to `total` exactly.
        total: realised and unrealised together.
        total_ratio: of the money put in, None when nothing was.
        paid, worth: money put in minus taken out before today's value, and today's value: the two pillars.
        since_ms: first row.
        underlying_ratio: move of the underlying since then, None when unknown.
        plain_ratio: what the multiple without rebalancing would have made, None when it would have been liquidated.
        compounding, decay: log points; C >= 0 and Σd <= 0 of the comparison with the plain multiple.
        reset_helped_ratio: e^(C+Σd) − 1: what daily reset added (+) or took (−), None when undefined.
        rebalances: events counted; `observed` of them seen at the venue, the rest reconstructed under the rule.
        assumed: some rule or fee in force is not confirmed.
        sentence: the same figures in one plain sentence.
        put_in: money put in, nothing taken off: the base of the ratios.
    """

    terms: tuple[TermView, ...]
    total: Decimal
    total_ratio: float | None
    paid: Decimal
    worth: Decimal
    since_ms: int | None = None
    underlying_ratio: float | None = None
    plain_ratio: float | None = None
    compounding: float | None = None
    decay: float | None = None
    reset_helped_ratio: float | None = None
    rebalances: int = 0
    observed: int = 0
    assumed: bool = False
    sentence: str = ""
    put_in: Decimal = ZERO

    def money(self, term: Term) -> Decimal:
        """What one term came to."""
        return next(part.money for part in self.terms if part.term is term)
