"""What a waterfall is made of: one step per part of a result, from what was paid to what it is worth."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from levdesk.services.explained_split import AttributionView, Term

SHORT_NAMES: Final = {
    Term.LEVERAGED_MOVE: "Move",
    Term.LEVERAGE_DRIFT: "Drift",
    Term.VOLATILITY_DECAY: "Decay",
    Term.FUNDING: "Funding",
    Term.MANAGEMENT_FEE: "Fee",
    Term.REBALANCE_COST: "Rebal.",
    Term.PREMIUM_CHANGE: "Premium",
    Term.TRADING_FEES: "Trading",
    Term.RESIDUAL: "Unexpl.",
}
FROM_ZERO_RATIO: Final = 0.35
"""The axis starts at zero when the lowest level is below this share of the highest."""
_MARGIN: Final = 0.06


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One column of the waterfall.

    Attributes:
        name: short, for under the axis.
        title: in full, for tooltips and screen readers.
        start, end: levels it reaches from and to; a pillar starts at 0.
        ratio: of the money put in; None for pillars and where nothing was.
        is_pillar: stands on the ground, in a neutral colour.
    """

    name: str
    title: str
    start: Decimal
    end: Decimal
    ratio: float | None = None
    is_pillar: bool = False

    @property
    def money(self) -> Decimal:
        """What the column stands for."""
        return self.end - self.start


def bars_of(view: AttributionView, titles: dict[Term, str]) -> tuple[Bar, ...]:
    """Pillar, one step per part that is not nothing, pillar; the steps lead from one to the other exactly."""
    bars = [Bar(name="Paid", title="Paid", start=Decimal(0), end=view.paid, is_pillar=True)]
    level = view.paid
    for part in view.terms:
        if not part.money and part.term is not Term.LEVERAGED_MOVE:
            continue
        bars.append(
            Bar(
                name=SHORT_NAMES[part.term],
                title=titles[part.term],
                start=level,
                end=level + part.money,
                ratio=part.ratio,
            )
        )
        level += part.money
    bars.append(Bar(name="Now", title="Worth now", start=Decimal(0), end=view.worth, is_pillar=True))
    return tuple(bars)


@dataclass(frozen=True, slots=True)
class Scale:
    """The stretch of money the picture covers.

    Attributes:
        low, high: bottom and top.
        is_cut: it does not reach down to zero, so pillars are shown without their foot.
    """

    low: float
    high: float
    is_cut: bool


def scale_of(bars: tuple[Bar, ...]) -> Scale:
    """A stretch in which every step can be seen: from zero, or cut when all levels lie far above it."""
    levels = [float(bar.end) for bar in bars] + [float(bar.start) for bar in bars if not bar.is_pillar]
    low, high = min(levels), max(levels)
    is_cut = low > FROM_ZERO_RATIO * high > 0
    if not is_cut:
        low, high = min(low, 0.0), max(high, 0.0)
    span = (high - low) or max(abs(high), 1.0) * 0.1
    bottom = low - 3 * _MARGIN * span if is_cut else low - (_MARGIN * span if low < 0 else 0.0)
    return Scale(max(bottom, 0.0) if is_cut else bottom, high + _MARGIN * span, is_cut)


def in_words(bars: tuple[Bar, ...], written: list[str]) -> str:
    """The picture as text, for whoever cannot see it; `written` are the figures as the screen shows them."""
    first, *steps, last = zip(bars, written, strict=True)
    middle = ", ".join(f"{bar.title.lower()} {text}" for bar, text in steps)
    return f"From {first[1]} paid: {middle}; worth {last[1]} now."
