"""The figures of several holdings together in words: what they are exposed to, and what each made of it."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from levdesk.domain.money import ZERO, divide
from levdesk.ui import format as fmt
from levdesk.ui.explain.lines import Line
from levdesk.ui.labels import sign_kind

if TYPE_CHECKING:
    from levdesk.services.grouping import HoldingGroup
    from levdesk.services.views import HoldingView
    from levdesk.ui.explain.sum_told import SumTold

_EXPOSURE = "Value × effective leverage, short tokens negative."


def about_words(told: SumTold) -> str:
    """What stands beside the title: "3 tokens · net exposure 21,904.11 USDT (2.9×)"."""
    group = told.group
    if group is None:
        return "nothing held"
    count = sum(1 for holding in group.holdings if holding.quantity)
    tokens = f"{told.write.count(count)} token{'' if count == 1 else 's'}"
    if group.net_exposure is None:
        return f"{tokens} · net exposure not known"
    multiple = _multiple(group.net_exposure, group.market_value, told)
    return f"{tokens} · net exposure {told.write.money_in(group.net_exposure, group.currency)}{multiple}"


def value_words(told: SumTold) -> str:
    """The second line of the header: what it is worth."""
    group = told.group
    if group is None:
        return ""
    partly = "" if group.complete else ", incomplete"
    return f"Value {told.write.money_in(group.market_value, group.currency)}{partly}"


def exposure_lines(told: SumTold) -> tuple[Line, ...]:
    """Looked through: each part's exposure, and what they come to together."""
    group = told.group
    if group is None:
        return ()
    lines = [_part_line(part, told) for part in told.parts if any(row.quantity for row in part.holdings)]
    if not told.parts:
        lines = [_holding_line(holding, told) for holding in group.holdings if holding.quantity]
    name = f"Net exposure to {told.of.name}" if told.of.kind == "underlying" else "Net exposure"
    exposure = group.net_exposure
    lines.append(
        Line(
            name=name if group.complete else f"{name}, incomplete",
            figure=told.write.money(exposure, signed=True),
            remark="" if exposure is None else _multiple(exposure, group.market_value, told).strip(" ()"),
            kind="",
            tooltip=f"{_EXPOSURE} The multiple is of the value, {told.write.money(group.market_value)}.",
            is_total=True,
        )
    )
    return tuple(lines)


def _part_line(part: HoldingGroup, told: SumTold) -> Line:
    exposure = part.net_exposure
    return Line(
        name=part.name if part.complete else f"{part.name}, incomplete",
        figure=told.write.money(exposure, signed=True),
        remark="" if exposure is None else _multiple(exposure, part.market_value, told).strip(" ()"),
        tooltip=_EXPOSURE,
    )


def _holding_line(holding: HoldingView, told: SumTold) -> Line:
    value, leverage, write = holding.market_value, holding.effective_leverage, told.write
    exposure = None if value is None or leverage is None else value * leverage
    missing = "Its price is not known." if value is None else "Its effective leverage is not known."
    return Line(
        name=holding.token.key.symbol,
        figure=write.money(exposure, signed=True),
        remark="" if leverage is None else f"{write.leverage(leverage)}×",
        tooltip=missing if exposure is None else f"{write.money(value)} × {write.leverage(leverage)}. {_EXPOSURE}",
    )


def part_result_lines(told: SumTold) -> tuple[Line, ...]:
    """What each part made, the worst first; together they are the result."""
    write, split = told.write, told.split
    ordered = sorted(told.part_splits, key=lambda part: part[1].total)
    lines = [
        Line(
            name=name,
            figure=write.money(part.total, signed=True),
            remark=write.ratio(part.total_ratio, 1, signed=True),
            kind=sign_kind(part.total),
            tooltip=part.sentence if not write.hide_amounts else "",
        )
        for name, part in ordered
    ]
    if split is not None:
        rest = split.total - sum((part.total for _, part in ordered), ZERO)
        lines.append(
            Line(
                name="Together" if not rest else "Together, with holdings that are not listed",
                figure=write.money(split.total, signed=True),
                remark=write.ratio(split.total_ratio, 1, signed=True),
                kind=sign_kind(split.total),
                is_total=True,
            )
        )
    return tuple(lines)


def partly_words(told: SumTold) -> str:
    """What is not in the sums; "" when nothing is missing."""
    if told.explained >= told.held:
        return ""
    counts = f"{told.write.count(told.explained)} of {told.write.count(told.held)}"
    return f"Not complete: {counts} holdings could be explained. Choose the others to see why."


def _multiple(exposure: Decimal, value: Decimal, told: SumTold) -> str:
    return f" ({told.write.leverage(divide(exposure, value))}×)" if value > 0 else ""


def freshness_words(told: SumTold) -> str:
    """How old the split is."""
    return "" if told.as_of_ms is None else f"Worked out {fmt.age(told.as_of_ms, told.now_ms)}."
