"""Where a token's result came from: the exact additive split of its log return on the grid of its rebalances.

Between two rebalances the basket is constant, so on that grid, and only on it, the split between volatility decay and
leverage drift is unique. The terms of a modelled token add up to its log return to rounding; for a real one the
residual takes what the model does not explain, and is shown.

Source: the log identity (5) of the mathematics notes; its decay is Avellaneda and Zhang's (2010) to second order.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace

import numpy as np

from levdesk.domain.basket_path import BasketPath, Intervals
from levdesk.domain.errors import SettingInvalid


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a result is made of; log points or ratios, as the maker says. Losses are below zero.

    Attributes:
        leveraged_move: target leverage times the log move of the underlying.
        leverage_drift: what holding another leverage than the target did; 0 for a token that always resets.
        volatility_decay: what the moves within each interval lost to leverage; never above 0 for ℓ ≥ 1 or ℓ ≤ 0.
        funding: funding paid (or received).
        management_fee: the issuer's fee.
        rebalance_cost: what trading back to the target cost.
        premium_change: change of the market price over NAV.
        residual: what nothing above explains; 0 for a modelled token.
    """

    leveraged_move: float = 0.0
    leverage_drift: float = 0.0
    volatility_decay: float = 0.0
    funding: float = 0.0
    management_fee: float = 0.0
    rebalance_cost: float = 0.0
    premium_change: float = 0.0
    residual: float = 0.0

    @property
    def total(self) -> float:
        """The sum of all terms."""
        return math.fsum(self.values())

    def values(self) -> tuple[float, ...]:
        """The terms in their order."""
        return tuple(getattr(self, name) for name in TERM_NAMES)

    def as_dict(self) -> dict[str, float]:
        """The terms by name, in their order."""
        return dict(zip(TERM_NAMES, self.values(), strict=True))

    def scaled(self, factor: float) -> Terms:
        """Every term times a factor."""
        return Terms(**{name: value * factor for name, value in self.as_dict().items()})

    def __add__(self, other: Terms) -> Terms:
        """Log points of two stretches that follow each other add up."""
        pairs = zip(TERM_NAMES, self.values(), other.values(), strict=True)
        return Terms(**{name: one + two for name, one, two in pairs})

    def as_ratios(self) -> Terms:
        """Log points as parts of the simple return: they add up to exp(total) − 1 (Carino 1999)."""
        return self.scaled(carino_factor(self.total))


TERM_NAMES = tuple(part.name for part in fields(Terms))


def carino_factor(total_log: float) -> float:
    """(eˣ − 1)/x: the logarithmic mean of start and end value over the start value; 1 at x = 0."""
    return math.expm1(total_log) / total_log if total_log else 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainMultiple:
    """A token beside the plain multiple: the same leverage bought once and never reset.

    Attributes:
        plain_ratio: leverage times the simple return of the underlying; at or below −1 it was liquidated.
        compounding: log gain of compounding that multiple over it, never below 0; None when it was liquidated.
        decay: volatility decay (and leverage drift), log.
        reset_effect: compounding + decay: above 0 the resets helped, below 0 they hurt; None when liquidated.
    """

    plain_ratio: float
    compounding: float | None
    decay: float
    reset_effect: float | None


def compare_with_plain(target: float, underlying_ratio: float, decay: float) -> PlainMultiple:
    """Set a token's decay against the compounding gain over the plain multiple: C = L·ln(1+R) − ln(1+LR)."""
    plain = target * underlying_ratio
    if plain <= -1.0:
        return PlainMultiple(plain_ratio=plain, compounding=None, decay=decay, reset_effect=None)
    gain = target * math.log1p(underlying_ratio) - math.log1p(plain)
    if target >= 1.0 or target <= 0.0:
        gain = max(gain, 0.0)  # it is by Bernoulli's inequality; rounding may put it a hair below
    return PlainMultiple(plain_ratio=plain, compounding=gain, decay=decay, reset_effect=gain + decay)


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """A stretch of a token's life, explained.

    Attributes:
        terms: log points; when wiped out, those up to the last rebalance before the end.
        az_decay: Avellaneda and Zhang's second-order decay ½(ℓ−ℓ²)ΣR², for comparison with `terms.volatility_decay`.
        underlying_ratio: simple return of the underlying over the stretch.
        plain: beside the plain multiple.
        resets: rebalances in the stretch.
        wiped_out: True when the token was worth nothing at the end; its log return does not exist then.
    """

    terms: Terms
    az_decay: float
    underlying_ratio: float
    plain: PlainMultiple
    resets: int
    wiped_out: bool

    @property
    def jump_decay(self) -> float:
        """Decay beyond the second-order estimate: what single large moves did."""
        return self.terms.volatility_decay - self.az_decay

    @property
    def nav_ratio(self) -> float:
        """Value at the end over value at the start; 0 when wiped out."""
        return 0.0 if self.wiped_out else math.exp(self.terms.total)


def explain(path: BasketPath, start_row: int = 0, end_row: int | None = None) -> Explained:
    """Split what a token did between two rows of its path, right after whatever happened at each.

    Args:
        path: the token's modelled path.
        start_row: e.g. the row of a purchase; an open interval is cut there at its live leverage.
        end_row: e.g. the row of a sale; by default the last one.

    Raises:
        SettingInvalid: rows out of order, outside the path, or from a moment when the token was already dead.
    """
    last = len(path.prices) - 1
    end_row = last if end_row is None else end_row
    dead = path.dead_row is not None and end_row >= path.dead_row
    if not 0 <= start_row <= end_row <= last or (path.dead_row is not None and start_row >= path.dead_row):
        raise SettingInvalid(f"Rows {start_row} to {end_row} are not a living stretch of the path.")
    move = float(path.prices[end_row] / path.prices[start_row]) - 1.0
    made = stretch(path, start_row, path.dead_row if dead and path.dead_row is not None else end_row)
    resets = int(np.count_nonzero((path.event_rows > start_row) & (path.event_rows <= end_row)))
    lived = made.first(len(made) - 1) if dead else made
    terms = log_terms(lived, path.target)
    if len(lived) and not dead:
        # The moves telescope; taking their sum from the ends keeps a flat underlying at exactly 0.
        terms = replace(terms, leveraged_move=path.target * math.log1p(move))
    return Explained(
        terms=terms,
        az_decay=float(np.sum(0.5 * (lived.leverage - lived.leverage**2) * lived.move**2)),
        underlying_ratio=move,
        plain=compare_with_plain(path.target, move, terms.volatility_decay + terms.leverage_drift),
        resets=resets,
        wiped_out=dead,
    )


def log_terms(made: Intervals, target: float) -> Terms:
    """The log terms of living intervals, summed."""
    moves = np.log1p(made.move)
    gross = made.gross
    funding = np.log1p(-made.funding / gross)
    fee = np.log1p(-made.fee / (gross - made.funding))
    return Terms(
        leveraged_move=target * float(moves.sum()),
        leverage_drift=float(((made.leverage - target) * moves).sum()),
        volatility_decay=float((np.log(gross) - made.leverage * moves).sum()),
        funding=float(funding.sum()),
        management_fee=float(fee.sum()),
        rebalance_cost=float(np.log(made.trade_factor).sum()),
    )


def with_observed(
    modelled: Terms, price_ratio: float, premium_start: float | None = None, premium_end: float | None = None
) -> Terms:
    """Confront the model with the price a real token went to: premium change and residual take the difference.

    Args:
        modelled: log terms of the model over the same stretch.
        price_ratio: market price at the end over the one at the start, merges taken out.
        premium_start, premium_end: price over NAV minus one at both ends; without them premium stays in the residual.
    """
    if not (math.isfinite(price_ratio) and price_ratio > 0.0):
        raise SettingInvalid(f"A price ratio of {price_ratio!r} has no log return.")
    premium = 0.0
    if premium_start is not None and premium_end is not None:
        premium = math.log1p(premium_end) - math.log1p(premium_start)
    parts = modelled.as_dict() | {"premium_change": premium, "residual": 0.0}
    explained = math.fsum(parts.values())
    return Terms(**parts | {"residual": math.log(price_ratio) - explained})


def stretch(path: BasketPath, start_row: int, end_row: int) -> Intervals:
    """The intervals between two rows of a path, the first and the last one cut where needed."""
    made = path.intervals
    first = int(np.searchsorted(made.start_rows, start_row, side="right")) - 1
    final = int(np.searchsorted(made.end_rows, end_row, side="left"))
    if start_row == end_row:
        return made.first(0)
    pieces = [
        _piece(path, index, max(start_row, int(made.start_rows[index])), min(end_row, int(made.end_rows[index])))
        for index in sorted({first, final})
    ]
    kept = {part.name: getattr(made, part.name)[first : final + 1].copy() for part in fields(Intervals)}
    for name, column in kept.items():
        column[0], column[-1] = pieces[0][name], pieces[-1][name]
    return Intervals(**kept)


def _piece(path: BasketPath, index: int, start_row: int, end_row: int) -> dict[str, float]:
    """One interval cut at both ends: the same basket, measured from its NAV at the cut."""
    made, prices = path.intervals, path.prices
    opened, leverage = int(made.start_rows[index]), float(made.leverage[index])
    whole = end_row == int(made.end_rows[index])
    base = float(prices[opened])

    def funding_to(row: int) -> float:
        return 0.0 if path.paid is None else leverage * float(path.paid[row] - path.paid[opened]) / base

    def fee_to(row: int) -> float:
        return 0.0 if path.fees is None else float(path.fees[row] - path.fees[opened])

    start_move = float(prices[start_row]) / base
    worth = 1.0 + leverage * (start_move - 1.0) - funding_to(start_row) - fee_to(start_row)
    fee_at_end = float(made.fee[index]) if whole else fee_to(end_row)
    return {
        "start_rows": start_row,
        "end_rows": end_row,
        "start_nav": float(made.start_nav[index]) * worth,
        "leverage": leverage * start_move / worth,
        "move": float(prices[end_row] / prices[start_row]) - 1.0,
        "funding": (funding_to(end_row) - funding_to(start_row)) / worth,
        "fee": (fee_at_end - fee_to(start_row)) / worth,
        "trade_factor": float(made.trade_factor[index]) if whole else 1.0,
    }
