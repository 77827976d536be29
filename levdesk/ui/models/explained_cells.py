"""Writes the cells that need an explanation: distance to a rebalance, decay, fees and funding, cost of a day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from levdesk.ui import format as eye
from levdesk.ui.format import UNKNOWN
from levdesk.ui.models.cells import UNKNOWN_CELL, Cell, Tone, plain_number, signed_tone, sort_value
from levdesk.ui.models.columns import HoldingColumn

if TYPE_CHECKING:
    from decimal import Decimal

    from levdesk.services.explain_radar import NextRebalance
    from levdesk.services.explained import ExplainedHolding
    from levdesk.services.explained_rebalance import RebalanceView, TriggerView
    from levdesk.services.views import HoldingView
    from levdesk.ui.models.holding_cells import Pen

NEAR_SIGMAS: Final = 1.5
NEAR_RATIO: Final = 0.02
"""A rebalance nearer than either is written in the warning colour."""

Written = tuple[HoldingColumn, Cell]


class Distance(NamedTuple):
    """How far the next rebalance is.

    Attributes:
        moves: of the underlying, the one against the holder first.
        sigmas: of the nearest one in daily standard deviations, None when unknown.
        scheduled_ms: next clock check, or None.
    """

    moves: tuple[float, ...]
    sigmas: float | None
    scheduled_ms: int | None

    @property
    def nearest(self) -> float | None:
        """The smallest move, signed."""
        return min(self.moves, key=abs, default=None)

    @property
    def is_near(self) -> bool:
        """True when an ordinary day or so can set it off."""
        move = self.nearest
        return move is not None and _near(move, self.sigmas)


def explained_cells(
    holding: HoldingView, explained: ExplainedHolding | None, pen: Pen, radar: NextRebalance | None = None
) -> tuple[Written, ...]:
    """The cells of one holding that rest on its explanation; unknown without one, but for what `radar` tells live."""
    return (
        (HoldingColumn.TO_REBALANCE, to_rebalance_cell(distance(holding, explained, radar), pen)),
        (HoldingColumn.DECAY, _money(decay_of(explained), holding, pen)),
        (HoldingColumn.FEES_AND_FUNDING, _money(fees_of(explained), holding, pen)),
        (HoldingColumn.COST_PER_DAY, _money(day_of(explained), holding, pen)),
    )


def decay_of(explained: ExplainedHolding | None) -> Decimal | None:
    """Money lost to volatility decay, negative; None when it cannot be told."""
    if explained is None or explained.attribution is None:
        return None
    from levdesk.services.explained_split import Term  # late: whoever explains has imported it, the first paint has not

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
    return _near(side.move_ratio, side.sigmas)


def distance(holding: HoldingView, explained: ExplainedHolding | None, radar: NextRebalance | None) -> Distance | None:
    """How far the next rebalance is: live where that can be told, else as last explained; None when unknown."""
    if radar is not None and (radar.leverage is not None or radar.next_scheduled_ms is not None):
        sides = (radar.lower_move_ratio, radar.upper_move_ratio)
        ordered = sides if holding.token.target_leverage > 0 else sides[::-1]
        moves = tuple(move for move in ordered if move is not None)
        return Distance(moves=moves, sigmas=radar.sigmas, scheduled_ms=radar.next_scheduled_ms)
    view = None if explained is None else explained.rebalance
    if view is None:
        return None
    nearest = nearest_of(view)
    return Distance(
        moves=tuple(side.move_ratio for side in sides_of(view) if side is not None),
        sigmas=None if nearest is None else nearest.sigmas,
        scheduled_ms=view.next_scheduled_ms,
    )


def to_rebalance_cell(found: Distance | None, pen: Pen) -> Cell:
    """Both moves, the one against the holder first: "−10.1 % / +21 %"; the clock's time for a rule without any."""
    if found is None:
        return UNKNOWN_CELL
    if found.nearest is None:
        at_ms = found.scheduled_ms
        return UNKNOWN_CELL if at_ms is None else Cell(eye.utc_time(at_ms), Tone.MUTED)
    text = " / ".join(pen.figures.move(move) for move in found.moves)
    near = found.is_near
    return Cell(f"▲ {text}" if near else text, Tone.WARNING if near else Tone.PLAIN, abs(found.nearest))


def exported_explanation(
    holding: HoldingView,
    explained: ExplainedHolding | None,
    column: HoldingColumn,
    cell: Cell,
    radar: NextRebalance | None = None,
) -> str:
    """A cell for a spreadsheet: money with every digit, the nearest move as a signed ratio; dots stay dots."""
    if cell.text == UNKNOWN:
        return ""
    if eye.DOTS in cell.text:
        return cell.text
    if column is HoldingColumn.TO_REBALANCE:
        found = distance(holding, explained, radar)
        return "" if found is None or found.nearest is None else f"{found.nearest:.6f}"
    figure = {
        HoldingColumn.DECAY: decay_of,
        HoldingColumn.FEES_AND_FUNDING: fees_of,
        HoldingColumn.COST_PER_DAY: day_of,
    }[column]
    return plain_number(figure(explained))


def _near(move: float, sigmas: float | None) -> bool:
    return abs(move) <= NEAR_RATIO or (sigmas is not None and abs(sigmas) <= NEAR_SIGMAS)


def _money(value: Decimal | None, holding: HoldingView, pen: Pen) -> Cell:
    if value is None:
        return UNKNOWN_CELL
    return Cell(pen.money(value, holding, signed=True), signed_tone(value), sort_value(value))
