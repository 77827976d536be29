"""Writes the cells that need an explanation: distance to a rebalance, decay, fees and funding, cost of a day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from levdesk.ui import format as eye
from levdesk.ui.format import UNKNOWN
from levdesk.ui.models.cells import UNKNOWN_CELL, Cell, Tone, plain_number, signed_tone, sort_value
from levdesk.ui.models.columns import HoldingColumn

if TYPE_CHECKING:
    from decimal import Decimal

    from levdesk.services.explained import ExplainedHolding, RebalanceView, TriggerView
    from levdesk.services.views import HoldingView
    from levdesk.ui.format import Figures
    from levdesk.ui.models.holding_cells import Pen

NEAR_SIGMAS: Final = 1.5
NEAR_RATIO: Final = 0.02
"""A rebalance nearer than either is written in the warning colour."""

Written = tuple[HoldingColumn, Cell]


def explained_cells(holding: HoldingView, explained: ExplainedHolding | None, pen: Pen) -> tuple[Written, ...]:
    """The cells of one holding that rest on its explanation; unknown without one."""
    return (
        (HoldingColumn.TO_REBALANCE, _to_rebalance(explained, pen)),
        (HoldingColumn.DECAY, _money(decay_of(explained), holding, pen)),
        (HoldingColumn.FEES_AND_FUNDING, _money(fees_of(explained), holding, pen)),
        (HoldingColumn.COST_PER_DAY, _money(day_of(explained), holding, pen)),
    )


def decay_of(explained: ExplainedHolding | None) -> Decimal | None:
    """Money lost to volatility decay, negative; None when it cannot be told."""
    if explained is None or explained.attribution is None:
        return None
    from levdesk.services.explained import Term  # late: whoever explains has imported it, the first paint has not

    return explained.attribution.money(Term.VOLATILITY_DECAY)


def fees_of(explained: ExplainedHolding | None) -> Decimal | None:
    """Fees and funding as what they did to the money: paid is negative; None when it cannot be told."""
    costs = None if explained is None else explained.costs
    return None if costs is None or costs.paid is None else -costs.paid


def day_of(explained: ExplainedHolding | None) -> Decimal | None:
    """What a day of holding does to the money, negative when it costs; None when it cannot be told."""
    costs = None if explained is None else explained.costs
    return None if costs is None or costs.per_day is None else -costs.per_day


def sides_of(view: RebalanceView) -> tuple[TriggerView | None, TriggerView | None]:
    """The trigger against the holder, and the one on the other side."""
    return (view.lower, view.upper) if view.target_leverage > 0 else (view.upper, view.lower)


def nearest_of(view: RebalanceView) -> TriggerView | None:
    """The trigger that the smaller move reaches."""
    known = [side for side in (view.lower, view.upper) if side is not None]
    return min(known, key=lambda side: abs(side.move_ratio), default=None)


def is_near(side: TriggerView) -> bool:
    """True when an ordinary day or so can set it off."""
    return abs(side.move_ratio) <= NEAR_RATIO or (side.sigmas is not None and abs(side.sigmas) <= NEAR_SIGMAS)


def moves_text(view: RebalanceView, figures: Figures) -> str:
    """Both moves, the one against the holder first: "−10.1 % / +21 %"; "" without any."""
    return " / ".join(figures.move(side.move_ratio) for side in sides_of(view) if side is not None)


def exported_explanation(explained: ExplainedHolding | None, column: HoldingColumn, cell: Cell) -> str:
    """A cell for a spreadsheet: money with every digit, the nearest move as a signed ratio; dots stay dots."""
    if cell.text == UNKNOWN:
        return ""
    if eye.DOTS in cell.text:
        return cell.text
    if column is HoldingColumn.TO_REBALANCE:
        view = None if explained is None else explained.rebalance
        side = None if view is None else nearest_of(view)
        return "" if side is None else f"{side.move_ratio:.6f}"
    figure = {
        HoldingColumn.DECAY: decay_of,
        HoldingColumn.FEES_AND_FUNDING: fees_of,
        HoldingColumn.COST_PER_DAY: day_of,
    }[column]
    return plain_number(figure(explained))


def _to_rebalance(explained: ExplainedHolding | None, pen: Pen) -> Cell:
    view = None if explained is None else explained.rebalance
    if view is None:
        return UNKNOWN_CELL
    nearest = nearest_of(view)
    if nearest is None:
        at_ms = view.next_scheduled_ms
        return UNKNOWN_CELL if at_ms is None else Cell(eye.utc_time(at_ms), Tone.MUTED)
    text = moves_text(view, pen.figures)
    near = is_near(nearest)
    return Cell(f"▲ {text}" if near else text, Tone.WARNING if near else Tone.PLAIN, abs(nearest.move_ratio))


def _money(value: Decimal | None, holding: HoldingView, pen: Pen) -> Cell:
    if value is None:
        return UNKNOWN_CELL
    return Cell(pen.money(value, holding, signed=True), signed_tone(value), sort_value(value))
