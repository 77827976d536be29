"""What columns are, and those of the holdings table: order, stable names, titles, widths, what each of them means."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from PySide6.QtCore import Qt

if TYPE_CHECKING:
    from collections.abc import Sequence

SORT_ROLE: Final = int(Qt.ItemDataRole.UserRole) + 1
"""A float to order by; NaN for unknown."""

CELL_ROLE: Final = SORT_ROLE + 1
"""The `Cell` (or `GroupCell`) a delegate draws."""

KEY_ROLE: Final = SORT_ROLE + 2
"""What identifies the row: a `TokenKey`, a transaction id; None for headings."""

EXPORT_ROLE: Final = SORT_ROLE + 3
"""The figure with all of its digits in plain notation, for spreadsheets; "" for unknown."""

_ROLE: Final = Qt.ItemDataRole
_DISPLAY, _TOOLTIP, _ALIGNMENT = int(_ROLE.DisplayRole), int(_ROLE.ToolTipRole), int(_ROLE.TextAlignmentRole)
_RIGHT: Final = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
_LEFT: Final = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)


class ColumnSpec(NamedTuple):
    """How a column introduces itself.

    Attributes:
        name: stable name in saved layouts and exports; ratios are fractions and say so.
        title: header on the screen.
        about: what the figure means, for the header's tooltip.
        width: least width at first, in device-independent pixels at a 13 px font; figures that need more get more.
        shown: visible until the person decides otherwise.
        is_number: right-aligned.
        rank: 0 = always there; where room is short and nobody chose columns, the highest leaves first.
    """

    name: str
    title: str
    about: str
    width: int
    shown: bool = True
    is_number: bool = True
    rank: int = 0

    @property
    def alignment(self) -> int:
        """Where its header and its cells stand, as Qt's flags."""
        return _RIGHT if self.is_number else _LEFT


def header_data(specs: Sequence[ColumnSpec], section: int, orientation: Qt.Orientation, role: int) -> Any:
    """What a table's header tells of a section: title, meaning, alignment, stable name; None for all else."""
    if orientation is not Qt.Orientation.Horizontal or not 0 <= section < len(specs):
        return None
    spec = specs[section]
    told = {_DISPLAY: spec.title, EXPORT_ROLE: spec.name, _TOOLTIP: spec.about, _ALIGNMENT: spec.alignment}
    return told.get(role)


class HoldingColumn(IntEnum):
    """Columns of the holdings table; figures that move together stand together."""

    TOKEN = 0
    UNITS = 1
    AVERAGE_COST = 2
    PRICE = 3
    NAV = 4
    PREMIUM = 5
    LEVERAGE = 6
    TO_REBALANCE = 7
    VALUE = 8
    TODAY = 9
    PNL = 10
    PNL_RATIO = 11
    DECAY = 12
    FEES_AND_FUNDING = 13
    COST_PER_DAY = 14
    COST = 15
    REALISED = 16
    FEES = 17
    TARGET = 18
    BOUGHT = 19
    PRICE_AGE = 20
    NAV_AGE = 21


EXPLAINED_COLUMNS: Final = (
    HoldingColumn.TO_REBALANCE,
    HoldingColumn.DECAY,
    HoldingColumn.FEES_AND_FUNDING,
    HoldingColumn.COST_PER_DAY,
)
"""Columns written from the explanation of a holding, which comes later than its prices."""


HOLDING_COLUMNS: Final[tuple[ColumnSpec, ...]] = (
    ColumnSpec(name="token", title="Token", about="The token and where it lives", width=140, is_number=False),
    ColumnSpec(name="units", title="Units", about="Units you hold now", width=64, rank=6),
    ColumnSpec(
        name="average_cost", title="Avg. cost", about="What one unit cost you, fees included", width=72, shown=False
    ),
    ColumnSpec(name="price", title="Price", about="Last trade, kept between the best bid and ask", width=64, rank=3),
    ColumnSpec(name="nav", title="NAV", about="Net asset value of one unit", width=72, rank=5),
    ColumnSpec(name="premium_ratio", title="Premium", about="Market price over NAV, minus one", width=72, rank=7),
    ColumnSpec(
        name="effective_leverage",
        title="Leverage in its band",
        about="Effective leverage now; the bar is the band, the tick the target",
        width=144,
        rank=2,
    ),
    ColumnSpec(
        name="to_rebalance_ratio",
        title="To rebalance",
        about="Move of the underlying to the next rebalance against you, and to the one on the other side",
        width=112,
    ),
    ColumnSpec(name="market_value", title="Value", about="Units × price", width=76),
    ColumnSpec(name="change_today", title="Today", about="Change of value since midnight", width=76, shown=False),
    ColumnSpec(name="unrealised_pnl", title="P&L", about="Value minus cost of what you hold", width=76),
    ColumnSpec(name="unrealised_ratio", title="P&L %", about="P&L as a share of cost", width=72, shown=False),
    ColumnSpec(
        name="volatility_decay",
        title="Decay",
        about="Lost to volatility decay since your first purchase",
        width=68,
        rank=1,
    ),
    ColumnSpec(
        name="fees_and_funding",
        title="Fees",
        about="Management fee, funding, rebalance cost and trading fees since your first purchase",
        width=64,
        rank=4,
    ),
    ColumnSpec(
        name="cost_per_day",
        title="Cost/day",
        about="What a day of holding costs at today's rates and volatility",
        width=64,
        shown=False,
    ),
    ColumnSpec(
        name="cost_basis", title="Cost", about="What the units you hold cost, fees included", width=76, shown=False
    ),
    ColumnSpec(
        name="realised_pnl",
        title="Realised",
        about="Result of what you sold, redeemed or settled",
        width=76,
        shown=False,
    ),
    ColumnSpec(name="fees_paid", title="Trading fees", about="Trading fees paid so far", width=80, shown=False),
    ColumnSpec(name="target_leverage", title="Target", about="The multiple it aims at", width=60, shown=False),
    ColumnSpec(name="first_bought", title="Held since", about="Oldest units you still hold", width=96, shown=False),
    ColumnSpec(name="price_age", title="Price age", about="How old the price is", width=76, shown=False),
    ColumnSpec(name="nav_age", title="NAV age", about="How old the NAV is", width=76, shown=False),
)
