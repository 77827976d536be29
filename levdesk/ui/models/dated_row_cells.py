"""Writes the cells of a token's dated rules and fees, one row per change, and says where each row comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from levdesk.domain.instruments import BEGINNING_MS, FeeSchedule, Provenance, RebalanceRule, ScheduledCondition
from levdesk.ui import format as eye
from levdesk.ui.format import NARROW, UNKNOWN, Figures
from levdesk.ui.models.cells import UNKNOWN_CELL, Cell, Tone
from levdesk.ui.models.columns import ColumnSpec

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

PROVENANCE_WORDS: Final = {
    Provenance.STATED: "stated",
    Provenance.ASSUMED: "assumed",
    Provenance.USER: "yours",
}
_ORIGIN: Final = (
    ColumnSpec(name="provenance", title="Known", about="Stated by the issuer, assumed, or yours", width=64),
    ColumnSpec(name="as_of", title="As of", about="Day of the source", width=84),
    ColumnSpec(name="source", title="Source", about="Where it comes from", width=90),
)


def _worded(*specs: ColumnSpec) -> tuple[ColumnSpec, ...]:
    return tuple(
        ColumnSpec(name=spec.name, title=spec.title, about=spec.about, width=spec.width, is_number=False)
        for spec in specs
    )


RULE_COLUMNS: Final = (
    *_worded(ColumnSpec(name="from", title="From (UTC)", about="First moment it counts", width=216)),
    ColumnSpec(name="target", title="Target", about="Multiple after a rebalance", width=56),
    *_worded(
        ColumnSpec(name="check", title="Daily check", about="Time (UTC), and what it needs to act", width=198),
        ColumnSpec(name="band", title="Band", about="Sizes of leverage at which it acts", width=86),
        ColumnSpec(name="emergency", title="Emergency", about="Where it acts at once", width=130),
        *_ORIGIN,
    ),
)
FEE_COLUMNS: Final = (
    *_worded(ColumnSpec(name="from", title="From (UTC)", about="First moment it counts", width=216)),
    ColumnSpec(name="per_day", title="Per day", about="Management fee, taken from NAV", width=66),
    *_worded(
        ColumnSpec(name="taken_at", title="Taken at", about="Time (UTC); — when it accrues or is not known", width=62),
        ColumnSpec(name="funding", title="Funding", about="Whether the fee covers funding", width=66),
    ),
    ColumnSpec(name="subscribe", title="Subscribe", about="Fee to subscribe at NAV", width=80),
    ColumnSpec(name="redeem", title="Redeem", about="Fee to redeem at NAV", width=66),
    ColumnSpec(name="spot", title="Spot", about="Fee of a trade on the market", width=56),
    ColumnSpec(name="rebalance_cost", title="Rebalance", about="Cost per notional traded in a rebalance", width=76),
    *_worded(*_ORIGIN),
)


def rule_cells(rule: RebalanceRule, *, in_force: bool, write: Figures) -> list[Cell]:
    """One rebalance rule."""
    return [
        _since(rule.effective_from_ms, in_force=in_force),
        Cell(write.exact(rule.target_leverage) + "×"),
        _said(_check_words(rule, write)),
        _said(_band_words(rule, write)),
        _said(" or ".join(_emergency_words(rule, write))),
        *_origin(rule),
    ]


def fee_cells(fees: FeeSchedule, *, in_force: bool, write: Figures) -> list[Cell]:
    """One fee schedule."""
    return [
        _since(fees.effective_from_ms, in_force=in_force),
        _ratio(fees.management_per_day_ratio, write),
        _said(_clock(fees.taken_utc_s)),
        Cell("inside" if fees.funding_inside else "apart"),
        _ratio(fees.subscribe_ratio, write),
        _ratio(fees.redeem_ratio, write),
        _ratio(fees.spot_ratio, write),
        _ratio(fees.rebalance_cost_ratio, write),
        *_origin(fees),
    ]


def origin_words(row: RebalanceRule | FeeSchedule) -> str:
    """A row's origin as one line: "Stated, as of 2025-04-01: Gate announcement"."""
    words = PROVENANCE_WORDS[row.provenance].capitalize()
    as_of = f", as of {row.as_of}" if row.as_of else ""
    return f"{words}{as_of}: {row.source}" if row.source else f"{words}{as_of}."


def row_in_force(rows: Sequence[RebalanceRule | FeeSchedule], now_ms: int) -> int | None:
    """Place of the row that counts now in rows sorted by date; None when all of them begin later."""
    begun = [place for place, row in enumerate(rows) if row.effective_from_ms <= now_ms]
    return begun[-1] if begun else None


def since_text(from_ms: int) -> str:
    """A first moment in UTC: "the beginning" or "1 Dec 2025 08:00"."""
    return "the beginning" if from_ms <= BEGINNING_MS else eye.utc_moment(from_ms)


def _since(from_ms: int, *, in_force: bool) -> Cell:
    text = since_text(from_ms)
    tone, mark = (Tone.STRONG, "in force") if in_force else (Tone.PLAIN, "")
    return Cell(text[:1].upper() + text[1:], tone, mark=mark)


def _said(words: str) -> Cell:
    return Cell(words) if words else UNKNOWN_CELL


def _ratio(ratio: Decimal | None, write: Figures) -> Cell:
    return UNKNOWN_CELL if ratio is None else Cell(_percent(ratio, write))


def _percent(ratio: Decimal, write: Figures) -> str:
    return f"{write.exact(ratio * 100)}{NARROW}%"


def _clock(second: int | None) -> str:
    if second is None:
        return ""
    return f"{second // 3_600:02d}:{second % 3_600 // 60:02d}" + (f":{second % 60:02d}" if second % 60 else "")


def _check_words(rule: RebalanceRule, write: Figures) -> str:
    time = _clock(rule.scheduled_utc_s)
    if not time or rule.scheduled_condition is ScheduledCondition.ALWAYS:
        return time
    if rule.scheduled_condition is ScheduledCondition.OUTSIDE_BAND or rule.scheduled_move_ratio is None:
        return f"{time} outside the band"
    return f"{time} outside or moved {_percent(rule.scheduled_move_ratio, write)}"


def _band_words(rule: RebalanceRule, write: Figures) -> str:
    if rule.band_low is None and rule.band_high is None:
        return ""
    low, high = (UNKNOWN if edge is None else write.exact(edge) for edge in (rule.band_low, rule.band_high))
    return f"{low} to {high}"


def _emergency_words(rule: RebalanceRule, write: Figures) -> list[str]:
    words = []
    if rule.emergency_leverage is not None:
        words.append(f"{write.exact(rule.emergency_leverage)}×")
    if rule.emergency_move_ratio is not None:
        side = "either way" if rule.emergency_two_sided else "against you"
        words.append(f"{_percent(rule.emergency_move_ratio, write)} {side}")
    return words


def _origin(row: RebalanceRule | FeeSchedule) -> list[Cell]:
    return [
        Cell(PROVENANCE_WORDS[row.provenance]),
        Cell(row.as_of or UNKNOWN, Tone.MUTED),
        Cell(row.source or UNKNOWN, Tone.MUTED),
    ]
