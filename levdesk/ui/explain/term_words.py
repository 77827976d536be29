"""Names of the parts of a result, and what each of them means."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from levdesk.domain.instruments import FeeSchedule, LeveragedToken, Provenance, fees_at
from levdesk.services.explained_split import TERM_TITLES, AttributionView, Term
from levdesk.ui.format import NARROW, UNKNOWN, Figures

MEANINGS: Final = {
    Term.LEVERAGED_MOVE: "The multiple times the move of the underlying, in log points: L · ln(S/S₀).",
    Term.LEVERAGE_DRIFT: "Between two rebalances leverage is not the target; this is what that difference made.",
    Term.VOLATILITY_DECAY: "What going up and down cost: ½ · L · (1 − L) · variance between resets, never above zero.",
    Term.FUNDING: "What the perpetual's funding took from NAV (−) or brought (+).",
    Term.MANAGEMENT_FEE: "The issuer's daily fee, taken from NAV.",
    Term.REBALANCE_COST: "What trading the basket back to its target cost.",
    Term.PREMIUM_CHANGE: "Market price over NAV changed between your trades and now.",
    Term.TRADING_FEES: "Fees of your own transactions.",
    Term.RESIDUAL: "What the parts above do not explain. It is shown, never hidden.",
}


def titled(view: AttributionView, token: LeveragedToken, now_ms: int, write: Figures) -> dict[Term, str]:
    """Names with what is particular to this token: its multiple, its fee, its count of rebalances."""
    names = dict(TERM_TITLES)
    size = write.multiple(token.target_leverage).removesuffix("×")
    names[Term.LEVERAGED_MOVE] = f"Leveraged move, {size} × ln(S\u2060/\u2060S₀)"
    fees = fees_at(token, now_ms)
    fee = fee_words(fees, write)
    names[Term.MANAGEMENT_FEE] += f", {fee}" if fee else ""
    if fees is not None and fees.funding_inside and not view.money(Term.FUNDING):
        names[Term.FUNDING] += ", inside the fee"
    if view.rebalances:
        names[Term.REBALANCE_COST] += f", {rebalances_words(view.rebalances, write)}"
    return names


def fee_words(fees: FeeSchedule | None, write: Figures) -> str:
    """A fee in a few words: "0.1 % a day"; "" when it is not known."""
    if fees is None or fees.management_per_day_ratio is None:
        return ""
    return f"{percent_words(fees.management_per_day_ratio, write)} a day"


def percent_words(ratio: Decimal | None, write: Figures) -> str:
    """A stated ratio with just the digits it has: 0.1 %."""
    return UNKNOWN if ratio is None else f"{write.exact(ratio * 100)}{NARROW}%"


def rebalances_words(number: int, write: Figures) -> str:
    """A count with its noun."""
    return f"{write.count(number)} rebalance{'' if number == 1 else 's'}"


def provenance_words(provenance: Provenance, source: str, as_of: str) -> str:
    """Where a row comes from: "Gate help page, 2025-12-01 · assumed"."""
    parts = [", ".join(part for part in (source, as_of) if part)]
    if provenance is Provenance.ASSUMED:
        parts.append("assumed")
    elif provenance is Provenance.USER:
        parts.append("set by you")
    return " · ".join(part for part in parts if part)
