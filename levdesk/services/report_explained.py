"""What the report says of an explained holding: JSON-able values, every decimal a string, unknown None."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from levdesk.domain.ledger_words import plain
from levdesk.domain.money import ZERO, divide
from levdesk.services.explained import CostsView, ExplainedHolding
from levdesk.services.explained_outlook import OutlookView
from levdesk.services.explained_rebalance import RebalanceView, TriggerView
from levdesk.services.explained_split import AttributionView

_RATIO_STEP: Final = Decimal("1e-12")
_DIGITS: Final = 12


def explained_json(explained: ExplainedHolding | None) -> dict[str, object]:
    """The four parts of one holding; None for a part that cannot be told."""
    return {
        "attribution": _attribution(None if explained is None else explained.attribution),
        "rebalance": _rebalance(None if explained is None else explained.rebalance),
        "costs": _costs(None if explained is None else explained.costs),
        "outlook": _outlook(None if explained is None else explained.outlook),
    }


def exact_ratios(money: Sequence[Decimal], put_in: Decimal) -> list[Decimal] | None:
    """Ratios that add up to the total's own to the last digit, the largest taking the rounding; None when undefined."""
    if put_in <= 0 or not money:
        return None
    total = divide(sum(money, ZERO), put_in).quantize(_RATIO_STEP)
    ratios = [divide(part, put_in).quantize(_RATIO_STEP) + ZERO for part in money]
    largest = max(range(len(money)), key=lambda place: abs(money[place]))
    ratios[largest] += total - sum(ratios, ZERO)
    return ratios


def _attribution(view: AttributionView | None) -> dict[str, object] | None:
    if view is None:
        return None
    ratios = exact_ratios([part.money for part in view.terms], view.put_in)
    written: dict[str, object] = {
        part.term.value: _part(part.money, None if ratios is None else ratios[place])
        for place, part in enumerate(view.terms)
    }
    written["total"] = _part(view.total, None if ratios is None else sum(ratios, ZERO))
    return written


def _part(money: Decimal, ratio: Decimal | None) -> dict[str, object]:
    return {"money": plain(money), "ratio": None if ratio is None else plain(ratio)}


def _rebalance(view: RebalanceView | None) -> dict[str, object] | None:
    if view is None:
        return None
    return {
        **_trigger("lower", view.lower),
        **_trigger("upper", view.upper),
        "next_scheduled_ms": view.next_scheduled_ms,
        "rule": view.rule,
        "assumed": view.assumed,
    }


def _trigger(side: str, view: TriggerView | None) -> dict[str, object]:
    return {
        f"{side}_price": None if view is None else _figure(view.price),
        f"{side}_move_ratio": None if view is None else _figure(view.move_ratio),
    }


def _costs(view: CostsView | None) -> dict[str, object] | None:
    if view is None:
        return None
    return {
        "paid": None if view.paid is None else plain(view.paid),
        "per_day": None if view.per_day is None else plain(view.per_day),
        "breakeven_move_ratio": _figure(view.breakeven_move_ratio),
        "half_life_days": _figure(view.half_life_days),
    }


def _outlook(view: OutlookView | None) -> dict[str, object] | None:
    """Median and mean as value over value now, as the command `outlook` gives them."""
    if view is None:
        return None
    return {
        "horizon_days": view.assumptions.horizon_days,
        "loss_probability": _figure(view.loss_probability),
        "median_ratio": _figure(1.0 + view.median_ratio),
        "mean_ratio": _figure(1.0 + view.mean_ratio),
    }


def _figure(value: float | None) -> str | None:
    """A market figure as a decimal in plain notation, as many digits as mean something."""
    if value is None or not math.isfinite(value):
        return None
    return plain(Decimal(f"{value:.{_DIGITS}g}") + ZERO)
