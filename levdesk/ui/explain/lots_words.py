"""The lots of a holding in a sentence, and as a table for spreadsheets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from levdesk.ui import format as fmt
from levdesk.ui.models.cells import plain_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from levdesk.services.explained_lots import LotView
    from levdesk.ui.explain.lots_model import LotRow
    from levdesk.ui.format import Figures


def lots_summary(rows: Sequence[LotRow], write: Figures) -> str:
    """How many lots there are and which did best and worst, by what became of each unit of money in them."""
    lots = [row.lot for row in rows if row.lot is not None]
    rated = [lot for lot in lots if lot.total_ratio is not None]
    if not lots:
        return ""
    count = f"{write.count(len(lots))} lot{'' if len(lots) == 1 else 's'}"
    best = max(rated, key=lambda lot: lot.total_ratio or 0.0, default=None)
    worst = min(rated, key=lambda lot: lot.total_ratio or 0.0, default=None)
    if best is None or worst is None or best is worst:
        return f"{count}."
    return f"{count}; best the one of {_told(best, write)}, worst the one of {_told(worst, write)}."


def _told(lot: LotView, write: Figures) -> str:
    return f"{fmt.day(lot.acquired_ms)} ({write.ratio(lot.total_ratio, 1, signed=True)})"


def lots_table(rows: Sequence[LotRow], write: Figures) -> list[list[str]]:
    """Header and one line a lot, with every part in money and as a ratio, every digit; hidden amounts stay dots."""
    lots = [row.lot for row in rows if row.lot is not None]
    terms = [part.term.value for lot in lots[:1] for part in lot.terms]
    header = ["acquired", "ended", "units", *(name for term in terms for name in (term, f"{term}_ratio"))]
    body = []
    for lot in lots:
        cells = [
            fmt.moment_with_zone(lot.acquired_ms),
            "" if lot.ended_ms is None else fmt.moment_with_zone(lot.ended_ms),
            fmt.DOTS if write.hide_amounts else plain_number(lot.units),
        ]
        for part in lot.terms:
            cells += [fmt.DOTS if write.hide_amounts else plain_number(part.money), _ratio(part.ratio)]
        body.append([*cells, fmt.DOTS if write.hide_amounts else plain_number(lot.total), _ratio(lot.total_ratio)])
    return [[*header, "total", "total_ratio"], *body]


def _ratio(value: float | None) -> str:
    return "" if value is None else repr(value)
