"""A result in money, split by cause: the parts add up to the profit or loss to the last digit.

The float terms only say how to divide; the amount divided is the exact Decimal difference of two values. Each part is
rounded to a fixed number of places and the largest one takes the rounding, so the same input gives the same split.

Source: the logarithmic mean as weight makes log terms additive in money (mathematics notes, 2.2).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, fields
from decimal import ROUND_HALF_EVEN, Decimal

from levdesk.domain.attribution import Terms, carino_factor
from levdesk.domain.errors import SettingInvalid
from levdesk.domain.money import ZERO, divide

SPLIT_PLACES = 8
"""Decimal places of a part; finer digits of a result go to the largest part."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyTerms:
    """A profit or loss by cause, in quote currency; meanings as in `attribution.Terms`.

    Attributes:
        trading_fees: dealing fees, exactly as paid, below zero.
    """

    leveraged_move: Decimal = ZERO
    leverage_drift: Decimal = ZERO
    volatility_decay: Decimal = ZERO
    funding: Decimal = ZERO
    management_fee: Decimal = ZERO
    rebalance_cost: Decimal = ZERO
    premium_change: Decimal = ZERO
    trading_fees: Decimal = ZERO
    residual: Decimal = ZERO

    @property
    def total(self) -> Decimal:
        """The whole profit or loss: the exact sum of the parts."""
        return sum(self.as_dict().values(), ZERO)

    def as_dict(self) -> dict[str, Decimal]:
        """The parts by name, in their order."""
        return {part.name: getattr(self, part.name) for part in fields(self)}

    def __add__(self, other: MoneyTerms) -> MoneyTerms:
        """Lots, holdings and portfolios add up part by part."""
        theirs = other.as_dict()
        return MoneyTerms(**{name: amount + theirs[name] for name, amount in self.as_dict().items()})


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldingPiece:
    """Some units held from one moment to another without a deposit, sale or withdrawal of them in between.

    Attributes:
        start_value, end_value: units times price at both ends, before dealing fees; merges change neither.
        terms: log terms of the token over the same time.
        trading_fees: dealing fees that belong to the piece, zero or more.
    """

    start_value: Decimal
    end_value: Decimal
    terms: Terms
    trading_fees: Decimal = ZERO


def split_result(pieces: Iterable[HoldingPiece]) -> MoneyTerms:
    """Profit or loss of a lot, holding or portfolio: every piece split by itself, then added up."""
    return sum((split_piece(piece) for piece in pieces), MoneyTerms())


def split_piece(piece: HoldingPiece, places: int = SPLIT_PLACES) -> MoneyTerms:
    """Divide one piece's result by cause; what its terms do not explain becomes residual.

    A piece that ended at nothing (wiped out) loses by its terms up to the last rebalance; what was left then was taken
    by the leveraged move itself.

    Raises:
        SettingInvalid: a start value that is not above zero, an end value or a fee below it.
    """
    start, end = piece.start_value, piece.end_value
    if not start > ZERO or end < ZERO or piece.trading_fees < ZERO:
        raise SettingInvalid("A holding starts with a value above zero and never ends below it.")
    weights = piece.terms.as_dict()
    final = math.exp(piece.terms.total) if not end else float(divide(end, start))
    change = math.log(final)
    weights["residual"] += change - math.fsum(weights.values())
    mean = float(start) * carino_factor(change)
    amounts = {name: weight * mean for name, weight in weights.items()}
    if not end:
        amounts["leveraged_move"] -= final * float(start)
    return _exact(amounts, end - start, piece.trading_fees, places)


def _exact(amounts: dict[str, float], result: Decimal, trading_fees: Decimal, places: int) -> MoneyTerms:
    """Round the parts and let the largest one take the difference to the exact result."""
    unit = Decimal(1).scaleb(-places)
    # Adding zero turns a rounded −0 into 0.
    parts = {name: Decimal(amount).quantize(unit, ROUND_HALF_EVEN) + ZERO for name, amount in amounts.items()}
    # `max` takes the first of equals, so the order of the terms decides.
    largest = max(parts, key=lambda name: abs(parts[name])) if any(parts.values()) else "residual"
    parts[largest] += result - sum(parts.values(), ZERO)
    return MoneyTerms(**parts, trading_fees=-trading_fees)
