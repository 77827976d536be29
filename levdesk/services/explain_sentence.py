"""One plain sentence about where a holding's money went, made of the figures of its split."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from levdesk.domain.instruments import LeveragedToken
from levdesk.domain.money import ZERO
from levdesk.services.explain_words import amount, cents, day, listed, percent, signed, token_multiple
from levdesk.services.explained_split import AttributionView, Term

_COSTS: Final = (Term.FUNDING, Term.MANAGEMENT_FEE, Term.REBALANCE_COST, Term.TRADING_FEES)


def attribution_sentence(token: LeveragedToken, view: AttributionView, now_ms: int, *, brought: Decimal = ZERO) -> str:
    """What became of the money put into one token, e.g. "Your BTC3L is 412.18 USDT below what you paid: …".

    Args:
        token: the token.
        view: its split.
        now_ms: the time.
        brought: part of the residual that units had made before they were brought here.
    """
    subject, currency = f"Your {token.key.symbol}", token.quote_currency
    since = "" if view.since_ms is None else f" since {day(view.since_ms, now_ms)}"
    move = view.money(Term.LEVERAGED_MOVE)
    moved = token_multiple(token)
    if view.underlying_ratio is not None:
        moved = f"{moved} ({token.underlying} {percent(view.underlying_ratio)})"
    return f"{subject} {_standing(view, currency)}{since}: {moved} made {signed(move)}{_rest(view, brought)}."


def portfolio_sentence(view: AttributionView, currency: str, now_ms: int, *, subject: str = "Your holdings") -> str:
    """The same for several holdings together."""
    since = "" if view.since_ms is None else f" since {day(view.since_ms, now_ms)}"
    move = view.money(Term.LEVERAGED_MOVE)
    standing = f"{subject} are {_result(view.total, currency)}{since}"
    return f"{standing}: the leveraged moves made {signed(move)}{_rest(view)}."


def _standing(view: AttributionView, currency: str) -> str:
    if view.worth:
        return f"is {_result(view.total, currency)}"
    if not cents(view.total):
        return "came out even"
    return f"brought {'a gain' if view.total > 0 else 'a loss'} of {amount(view.total, currency)}"


def _result(total: Decimal, currency: str) -> str:
    if not cents(total):
        return "worth what you paid"
    return f"{amount(total, currency)} {'above' if total > 0 else 'below'} what you paid"


def _rest(view: AttributionView, brought: Decimal = ZERO) -> str:
    """Everything but the move, in the order of size, each figure once; what is unexplained comes last."""
    costs = sum((view.money(term) for term in _COSTS), ZERO)
    causes = [
        (view.money(Term.VOLATILITY_DECAY), "volatility decay"),
        (view.money(Term.LEVERAGE_DRIFT), "leverage drift"),
        (costs, "fees and funding"),
        (view.money(Term.PREMIUM_CHANGE), "the premium"),
    ]
    told = sorted((cause for cause in causes if cents(cause[0])), key=lambda cause: -abs(cause[0]))
    taken = [f"{name} {amount(money)}" for money, name in told if money < 0]
    given = [f"{name} {amount(money)}" for money, name in told if money > 0]
    words = f"; {listed(given)} came on top" if given else ""
    if taken:
        first, *others = taken
        name, _, figure = first.rpartition(" ")
        words = f"; {listed([f'{name} took {figure}', *others])}{words}"
    if cents(brought):
        words = f"{words}; {signed(brought)} was there before you brought units here"
    residual = view.money(Term.RESIDUAL) - brought
    return f"{words}; {signed(residual)} is unexplained" if cents(residual) else words
