"""Says in words what the explained cells of the holdings table mean, or why they are unknown."""

from __future__ import annotations

from levdesk.domain.market import TokenQuote
from levdesk.services.explained import ExplainedHolding
from levdesk.services.explained_rebalance import RebalanceView
from levdesk.services.views import HoldingView
from levdesk.ui import format as eye
from levdesk.ui.format import Figures
from levdesk.ui.models.columns import HoldingColumn
from levdesk.ui.models.explained_cells import day_of, decay_of, fees_of, is_near, nearest_of, sides_of
from levdesk.ui.models.titles import underlying_words

_WAITING = "Not worked out yet: history is still being read."
_ASSUMED = "Some rule or fee in force is assumed, not confirmed by the venue."


def explained_note(
    holding: HoldingView, explained: ExplainedHolding | None, column: HoldingColumn, figures: Figures
) -> str:
    """The tooltip of a cell; lines separated by newlines."""
    if explained is None:
        return _WAITING
    lines = {
        HoldingColumn.TO_REBALANCE: _to_rebalance,
        HoldingColumn.DECAY: _decay,
        HoldingColumn.FEES_AND_FUNDING: _fees,
        HoldingColumn.COST_PER_DAY: _day,
    }[column](holding, explained, figures)
    if not lines:
        return "\n".join(("Unknown.", *explained.problems)) if explained.problems else "Unknown: it cannot be told."
    return "\n".join([*lines, f"Worked out {eye.moment_with_zone(explained.as_of_ms)}"])


def rebalance_note(
    holding: HoldingView, explained: ExplainedHolding | None, quote: TokenQuote | None, now_ms: int, figures: Figures
) -> str:
    """The tooltip of a distance that follows the ticks: what sets it off, and what price that is counted from."""
    from levdesk.services.explain_live import live_rebalance  # late: nobody hovers before the first paint

    view = live_rebalance(holding.token, quote, now_ms, explained)
    if view is None:
        return _WAITING if explained is None else "Unknown: it cannot be told."
    lines = _triggers(holding, view, figures)
    source = underlying_words(holding.token, quote, now_ms, figures)
    return "\n".join([*lines, *([f"Counted from {source}"] if source else [])])


def _to_rebalance(holding: HoldingView, explained: ExplainedHolding, figures: Figures) -> list[str]:
    view = explained.rebalance
    return [] if view is None else _triggers(holding, view, figures)


def _triggers(holding: HoldingView, view: RebalanceView, figures: Figures) -> list[str]:
    base = holding.token.underlying
    lines = []
    for side in sides_of(view):
        if side is None:
            continue
        verb = "falls" if side.move_ratio < 0 else "rises"
        price = "" if side.price is None else f" to {figures.price(eye.as_decimal(side.price))}"
        sigma = "" if side.sigmas is None else f", {figures.reading(abs(side.sigmas), 1)} daily σ"
        chance = "" if side.chance_24h is None else f"; within 24 h: {figures.chance(side.chance_24h)}, model output"
        lines.append(f"{base} {verb} {figures.ratio(abs(side.move_ratio), 1)}{price}{sigma}{chance}")
    nearest = nearest_of(view)
    if nearest is not None and is_near(nearest):
        lines.insert(0, "▲ Near: an ordinary day can set it off.")
    if view.next_scheduled_ms is not None:
        lines.append(f"Next scheduled check {eye.utc_time(view.next_scheduled_ms)}")
    lines.append(f"Rule: {view.rule}")
    return [*lines, *([_ASSUMED] if view.assumed else [])]


def _decay(holding: HoldingView, explained: ExplainedHolding, figures: Figures) -> list[str]:
    money, split = decay_of(explained), explained.attribution
    if money is None or split is None:
        return []
    currency = holding.token.quote_currency
    since = "" if split.since_ms is None else f" since {eye.day(split.since_ms)}"
    return [
        f"{figures.money(money, signed=True)} {currency} lost to volatility decay{since}: ½ · L · (1 − L) · variance",
        f"{figures.count(split.rebalances)} rebalances, {figures.count(split.observed)} of them seen at the venue",
        *([_ASSUMED] if split.assumed else []),
    ]


def _fees(holding: HoldingView, explained: ExplainedHolding, figures: Figures) -> list[str]:
    money, costs = fees_of(explained), explained.costs
    if money is None or costs is None:
        return []
    parts = (
        ("Management fee", costs.paid_management),
        ("funding", costs.paid_funding),
        ("rebalance cost", costs.paid_rebalance),
        ("trading fees", costs.paid_trading),
    )
    written = (f"{name} {figures.money(-cost, signed=True)}" for name, cost in parts if cost is not None)
    total = f"= {figures.money(money, signed=True)} {holding.token.quote_currency}"
    return [f"{', '.join(written)} {total}", *([_ASSUMED] if costs.assumed else [])]


def _day(holding: HoldingView, explained: ExplainedHolding, figures: Figures) -> list[str]:
    money, costs = day_of(explained), explained.costs
    if money is None or costs is None:
        return []
    parts = (("Fee", costs.per_day_fee), ("funding", costs.per_day_funding), ("decay", costs.per_day_decay))
    written = (f"{name} {figures.money(-cost, signed=True)}" for name, cost in parts if cost is not None)
    total = f"= {figures.money(money, signed=True)} {holding.token.quote_currency} a day"
    return [f"{', '.join(written)} {total}", "At today's rates and volatility; expected, not certain"]
