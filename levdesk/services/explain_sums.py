"""The sums of explained holdings: per underlying and for the portfolio. Imports numpy; import late."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from decimal import Decimal

from levdesk.domain.money import ZERO, divide
from levdesk.domain.money_split import MoneyTerms
from levdesk.services.explain import Explanation
from levdesk.services.explain_attribution import term_views
from levdesk.services.explain_performance import portfolio_performance
from levdesk.services.explain_sentence import portfolio_sentence
from levdesk.services.explain_taken import taken_over_time
from levdesk.services.explained import ExplainedPortfolio
from levdesk.services.explained_split import AttributionView
from levdesk.services.portfolio import CURRENCY


def explain_portfolio(explanations: Sequence[Explanation], portfolio_id: int | None, now_ms: int) -> ExplainedPortfolio:
    """The sums over the holdings whose result could be split; other currencies are left out, as in all totals."""
    counted = [one for one in explanations if one.token.quote_currency == CURRENCY]
    split = [one for one in counted if one.view.attribution is not None]
    views = {one.view.key: one.view.attribution for one in split if one.view.attribution is not None}
    total = sum_attributions(views.values())
    parts = None if total is None else money_of(total)
    days = [one.view.costs.per_day for one in counted if one.view.costs is not None]
    known_days = [day for day in days if day is not None]
    return ExplainedPortfolio(
        portfolio_id=portfolio_id,
        as_of_ms=now_ms,
        holdings=tuple(one.view for one in explanations if one.view.attribution is not None),
        decay=None if parts is None else parts.volatility_decay,
        fees_and_funding=None if parts is None else _paid(parts),
        cost_per_day=sum(known_days, ZERO) if known_days else None,
        explained=len(split),
        held=len(explanations),
        attribution=None if total is None else replace(total, sentence=portfolio_sentence(total, CURRENCY, now_ms)),
        performance=portfolio_performance([one.held for one in counted]) if counted else None,
        underlyings=_grouped(split, lambda one: one.token.underlying, "Your {} tokens", now_ms),
        taken=taken_over_time(counted, now_ms),
        venues=_grouped(split, lambda one: one.token.key.venue, "Your holdings there", now_ms),
    )


def _grouped(
    split: Sequence[Explanation], name_of: Callable[[Explanation], str], subject: str, now_ms: int
) -> tuple[tuple[str, AttributionView], ...]:
    """The sums of groups of holdings by their names, each with its sentence."""
    members: dict[str, list[AttributionView]] = {}
    for one in split:
        if one.view.attribution is not None:
            members.setdefault(name_of(one), []).append(one.view.attribution)
    found = []
    for name in sorted(members):
        total = sum_attributions(members[name])
        if total is not None:
            sentence = portfolio_sentence(total, CURRENCY, now_ms, subject=subject.format(name))
            found.append((name, replace(total, sentence=sentence)))
    return tuple(found)


def sum_attributions(views: Iterable[AttributionView]) -> AttributionView | None:
    """Several splits as one, to the last digit; what makes sense for one token only is None. None for no split."""
    found = list(views)
    if not found:
        return None
    parts = sum((money_of(view) for view in found), MoneyTerms())
    put_in = sum((view.put_in for view in found), ZERO)
    return AttributionView(
        terms=term_views(parts, put_in),
        total=parts.total,
        total_ratio=float(divide(parts.total, put_in)) if put_in > 0 else None,
        paid=sum((view.paid for view in found), ZERO),
        worth=sum((view.worth for view in found), ZERO),
        since_ms=min((view.since_ms for view in found if view.since_ms is not None), default=None),
        rebalances=sum(view.rebalances for view in found),
        observed=sum(view.observed for view in found),
        assumed=any(view.assumed for view in found),
        put_in=put_in,
    )


def money_of(view: AttributionView) -> MoneyTerms:
    """A split's money by cause."""
    return MoneyTerms(**{part.term.value: part.money for part in view.terms})


def _paid(parts: MoneyTerms) -> Decimal:
    """Fees and funding as a cost: above zero when paid."""
    return -(parts.management_fee + parts.funding + parts.rebalance_cost + parts.trading_fees)
