"""Where a holding's money went: each stay of its units split by cause, in money that adds up to the last digit.

Imports numpy; import late.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from levdesk.domain.attribution import Terms, compare_with_plain
from levdesk.domain.errors import SettingInvalid
from levdesk.domain.money import ZERO, divide
from levdesk.domain.money_split import HoldingPiece, MoneyTerms, split_piece
from levdesk.services.explain_input import ExplainInput
from levdesk.services.explain_lots import Deal, Holding, Stay
from levdesk.services.explain_navs import KnownNavs
from levdesk.services.explain_rules import DatedRules
from levdesk.services.explain_sentence import attribution_sentence
from levdesk.services.explain_terms import Between, PastTerms
from levdesk.services.explained_lots import LotView
from levdesk.services.explained_split import AttributionView, Term, TermView

_ROUNDING: Final = Decimal("1e-12")


@dataclass(frozen=True, slots=True, kw_only=True)
class Attributed:
    """A holding's result, split.

    Attributes:
        view: for the screen.
        parts: its money by cause.
        stays, split: the stays behind it and the split of each.
        between: what the token did during each.
        unknown_ms: time since the first row of which there is no history.
        brought: result that units had made before they were brought here; it is in the residual.
    """

    view: AttributionView
    parts: MoneyTerms
    stays: tuple[Stay, ...]
    split: tuple[MoneyTerms, ...]
    between: tuple[Between, ...]
    unknown_ms: int
    brought: Decimal

    def lots(self) -> tuple[LotView, ...]:
        """The split lot by lot, in the order in which they left; those still held last."""
        return tuple(
            LotView(
                acquired_ms=stay.came.ts_ms,
                ended_ms=None if stay.left is None else stay.left.ts_ms,
                units=stay.units,
                terms=term_views(split, stay.start_value),
                total=split.total,
                total_ratio=float(divide(split.total, stay.start_value)) if stay.start_value > 0 else None,
                rebalances=between.rebalances,
            )
            for stay, split, between in zip(self.stays, self.split, self.between, strict=True)
        )


def attribute(
    given: ExplainInput, holding: Holding, terms: PastTerms, rules: DatedRules, navs: KnownNavs
) -> Attributed | None:
    """Split a holding's result by cause; None when the result itself is not known.

    Args:
        given: what is explained.
        holding: its rows, matched and valued.
        terms: what the token did.
        rules: its dated rules.
        navs: NAVs known at or near the deals.
    """
    total, first_ms = holding.total, given.first_ms
    if total is None or first_ms is None:
        return None
    now = Deal(ts_ms=navs.priced_ms, price=navs.price)
    pairs = [(stay.came.ts_ms, max(_end(stay, now).ts_ms, stay.came.ts_ms)) for stay in holding.stays]
    found = terms.between([*pairs, (first_ms, max(_last_ms(holding, now), first_ms))])
    between, whole = tuple(found[:-1]), found[-1]
    brought = [_brought(stay, navs) for stay in holding.stays]
    split = tuple(
        _split(stay, gain, now, made, navs) for stay, gain, made in zip(holding.stays, brought, between, strict=True)
    )
    parts = sum(split, MoneyTerms(trading_fees=-holding.carried_fees))
    parts = _completed(parts, total)
    gain = sum((before for before in brought if before is not None), ZERO)
    view = _view(given, holding, parts, whole, rules)
    view = replace(view, sentence=attribution_sentence(given.token, view, given.now_ms, brought=gain))
    return Attributed(
        view=view,
        parts=parts,
        stays=holding.stays,
        split=split,
        between=between,
        unknown_ms=whole.unknown_ms,
        brought=gain,
    )


def _completed(parts: MoneyTerms, total: Decimal) -> MoneyTerms:
    """The parts with what no stay carries: units of unknown cost leave a result, and carried ones a rounding."""
    rest = total - parts.total
    if not rest:
        return parts
    amounts = parts.as_dict()
    rounding = abs(rest) < _ROUNDING
    where = max(amounts, key=lambda name: abs(amounts[name])) if rounding and any(amounts.values()) else "residual"
    return MoneyTerms(**{**amounts, where: amounts[where] + rest})


def term_views(parts: MoneyTerms, put_in: Decimal) -> tuple[TermView, ...]:
    """The parts in the order of Term, each with its ratio of the money put in."""
    money = parts.as_dict()
    ratios = split_ratios(money, put_in)
    return tuple(TermView(term, money[term.value], ratios.get(term.value)) for term in Term)


def split_ratios(money: dict[str, Decimal], put_in: Decimal) -> dict[str, float]:
    """Each part as a ratio of the money put in; nothing when nothing was."""
    return {name: float(divide(part, put_in)) for name, part in money.items()} if put_in > 0 else {}


def _end(stay: Stay, now: Deal) -> Deal:
    return now if stay.left is None else stay.left


def _last_ms(holding: Holding, now: Deal) -> int:
    """Until when there was something to explain: now, or the last row of a holding that is closed."""
    return now.ts_ms if holding.position.quantity or holding.last_ms is None else holding.last_ms


def _brought(stay: Stay, navs: KnownNavs) -> Decimal | None:
    """What units had made before they were brought here, at a cost of their own; None where nothing tells."""
    if not stay.came.brought:
        return ZERO
    market = navs.market_near(stay.came.ts_ms)
    return None if market is None else stay.start_units * market - stay.start_value


def _split(stay: Stay, brought: Decimal | None, now: Deal, between: Between, navs: KnownNavs) -> MoneyTerms:
    """One stay's result by cause; what was made elsewhere before is residual."""
    came, end = stay.came, _end(stay, now)
    if came.brought:
        came = replace(came, price=None if brought is None else navs.market_near(came.ts_ms))
    start_value = stay.start_value + (brought or ZERO)
    left_over = MoneyTerms(trading_fees=-stay.fees, residual=stay.end_value - stay.start_value)
    if start_value <= ZERO:
        return left_over
    modelled = with_premium(between.terms, navs.premium(came), navs.premium(end))
    try:
        split = split_piece(
            HoldingPiece(start_value=start_value, end_value=stay.end_value, terms=modelled, trading_fees=stay.fees)
        )
    except (SettingInvalid, OverflowError):
        return left_over
    return replace(split, residual=split.residual + (brought or ZERO))


def with_premium(modelled: Terms, start: float | None, end: float | None) -> Terms:
    """The modelled terms with the change of the premium, where it is known at both ends."""
    if start is None or end is None:
        return modelled
    return replace(modelled, premium_change=math.log1p(end) - math.log1p(start))


def _view(
    given: ExplainInput, holding: Holding, parts: MoneyTerms, whole: Between, rules: DatedRules
) -> AttributionView:
    position, first_ms = holding.position, given.first_ms or 0
    log = whole.underlying_log
    known = log is not None and not whole.unknown_ms
    underlying = None if log is None else math.expm1(log)
    plain = None
    if known and underlying is not None:
        decay = whole.terms.volatility_decay + whole.terms.leverage_drift
        plain = compare_with_plain(float(given.token.target_leverage), underlying, decay)
    liquidated = plain is not None and plain.plain_ratio <= -1.0
    effect = None if plain is None else plain.reset_effect
    total = parts.total
    return AttributionView(
        terms=term_views(parts, position.money_in),
        total=total,
        total_ratio=float(divide(total, position.money_in)) if position.money_in > 0 else None,
        paid=position.money_in - position.money_out,
        worth=holding.market_value or ZERO,
        since_ms=first_ms,
        underlying_ratio=underlying,
        plain_ratio=None if plain is None or liquidated else plain.plain_ratio,
        compounding=None if plain is None else plain.compounding,
        decay=None if plain is None else plain.decay,
        reset_helped_ratio=None if effect is None else math.expm1(effect),
        rebalances=whole.rebalances,
        observed=whole.observed,
        assumed=any(period.assumed for period in rules.over(first_ms, given.now_ms)),
        put_in=position.money_in,
    )
