"""A period statement: what was held at its start and end, what was dealt, what it came to, and where the money went.

Money is Decimal in quote currency. The result of a period is value at its end − value at its start − money put in +
money taken out; the attribution is the difference of the two splits since the first purchase, term by term. What is
not known is None and never counted as zero.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final

from levdesk.domain.errors import UserError
from levdesk.domain.instruments import LeveragedToken, TokenKey
from levdesk.domain.money import ZERO
from levdesk.domain.position import Position
from levdesk.domain.transactions import Transaction
from levdesk.services.books import Books
from levdesk.services.explained_split import AttributionView, Term
from levdesk.services.portfolio import CURRENCY
from levdesk.services.ports import StoredBooks

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class PriceThen:
    """A price at a moment.

    Attributes:
        price: in the units of that moment.
        ts_ms: when it was true.
        source: where it is from, in words.
    """

    price: Decimal
    ts_ms: int
    source: str


PriceAt = Callable[[LeveragedToken, int], PriceThen | None]
SplitAt = Callable[[Books, int], Mapping[TokenKey, AttributionView]]


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldingThen:
    """A holding at one moment; `cost`, `price` and `value` are None while unknown."""

    quantity: Decimal
    cost: Decimal | None
    price: PriceThen | None
    value: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementLine:
    """One token over the period.

    Attributes:
        token: which.
        start, end: what was held.
        money_in, money_out: put in and taken out in between, fees included.
        result: what the period came to; None when a value at either end is unknown.
        realised: of the disposals in between whose cost is known.
        unknown_results: disposals in between whose cost is not.
        fees: paid in between, those in units at their row's price.
        terms: the result split, in the order of Term; empty when it cannot be told.
    """

    token: LeveragedToken
    start: HoldingThen
    end: HoldingThen
    money_in: Decimal
    money_out: Decimal
    result: Decimal | None
    realised: Decimal
    unknown_results: int
    fees: Decimal
    terms: tuple[tuple[Term, Decimal], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A period of one portfolio, or of all together.

    Attributes:
        portfolio: its name, or "All portfolios".
        from_ms, to_ms: first moment of the period, and first after it.
        made_ms: when the statement was made.
        currency: of all money.
        lines: tokens held or dealt in the period, by venue and symbol.
        trades: rows of the period, oldest first.
    """

    portfolio: str
    from_ms: int
    to_ms: int
    made_ms: int
    currency: str
    lines: tuple[StatementLine, ...]
    trades: tuple[Transaction, ...]

    def total(self, pick: Callable[[StatementLine], Decimal | None]) -> Decimal | None:
        """A figure summed over the tokens; None when one of them does not know it."""
        figures = [pick(line) for line in self.lines]
        known = [figure for figure in figures if figure is not None]
        return sum(known, ZERO) if len(known) == len(figures) else None

    @property
    def split(self) -> tuple[tuple[Term, Decimal], ...]:
        """The terms summed over the tokens that can be split."""
        return tuple(
            (term, sum((money for line in self.lines for said, money in line.terms if said is term), ZERO))
            for term in Term
        )

    @property
    def unsplit(self) -> tuple[StatementLine, ...]:
        """Tokens with a result that cannot be split."""
        return tuple(line for line in self.lines if not line.terms and line.result != ZERO)


def books_until(books: Books, before_ms: int) -> Books:
    """The books as they stood just before a moment."""
    rows = tuple(row for row in books.all_transactions(None) if row.draft.time_ms < before_ms)
    return Books.read(StoredBooks(portfolios=books.portfolios, transactions=rows, tokens=tuple(books.tokens.values())))


def build_statement(
    books: Books,
    portfolio_id: int | None,
    from_ms: int,
    to_ms: int,
    *,
    now_ms: int,
    price_at: PriceAt,
    split_at: SplitAt,
) -> Statement:
    """The statement of a period.

    Args:
        books, portfolio_id: what it is about; None for all portfolios.
        from_ms, to_ms: first moment of the period, and first after it; a later end than now is now.
        now_ms: the clock.
        price_at: price of a token at a moment, None when unknown.
        split_at: results since the first purchase split at a moment, for the tokens that can be.

    Raises:
        UserError: the period is empty or has not begun.
    """
    to_ms = min(to_ms, now_ms)
    if from_ms >= to_ms:
        raise UserError("The period is empty.", hint="Give a first day before the last one, and not after today.")
    before, after = books_until(books, from_ms), books_until(books, to_ms)
    splits = split_at(before, from_ms), split_at(after, to_ms)
    lines = []
    for key in after.keys(portfolio_id):
        line = _line(before, after, key, portfolio_id, (from_ms, to_ms), price_at)
        has_deals = any(row.draft.time_ms >= from_ms for row in after.transactions(key, portfolio_id))
        if has_deals or line.start.quantity or line.end.quantity:
            lines.append(_with_terms(line, splits))
    return Statement(
        portfolio="All portfolios" if portfolio_id is None else books.portfolio(portfolio_id).name,
        from_ms=from_ms,
        to_ms=to_ms,
        made_ms=now_ms,
        currency=CURRENCY,
        lines=tuple(lines),
        trades=tuple(row for row in after.all_transactions(portfolio_id) if row.draft.time_ms >= from_ms),
    )


def _line(
    before: Books,
    after: Books,
    key: TokenKey,
    portfolio_id: int | None,
    period: tuple[int, int],
    price_at: PriceAt,
) -> StatementLine:
    token = after.token(key)
    first, last = before.position(key, portfolio_id), after.position(key, portfolio_id)
    start, end = (
        _then(token, position, at_ms, price_at) for position, at_ms in zip((first, last), period, strict=True)
    )
    money_in, money_out = last.money_in - first.money_in, last.money_out - first.money_out
    is_known = start.value is not None and end.value is not None
    return StatementLine(
        token=token,
        start=start,
        end=end,
        money_in=money_in,
        money_out=money_out,
        result=(end.value or ZERO) - (start.value or ZERO) - money_in + money_out if is_known else None,
        realised=last.realised_pnl - first.realised_pnl,
        unknown_results=last.unknown_results - first.unknown_results,
        fees=last.fees_paid - first.fees_paid,
    )


def _then(token: LeveragedToken, position: Position, at_ms: int, price_at: PriceAt) -> HoldingThen:
    if not position.quantity:
        return HoldingThen(quantity=ZERO, cost=ZERO, price=None, value=ZERO)
    price = price_at(token, at_ms)
    return HoldingThen(
        quantity=position.quantity,
        cost=position.cost_basis,
        price=price,
        value=None if price is None else position.quantity * price.price,
    )


def _with_terms(
    line: StatementLine, splits: tuple[Mapping[TokenKey, AttributionView], Mapping[TokenKey, AttributionView]]
) -> StatementLine:
    """The line with its result split, where both ends can be; what the splits leave open is unexplained."""
    key = line.token.key
    first, last = splits[0].get(key), splits[1].get(key)
    if line.result is None or last is None or (first is None and line.start.quantity):
        return line
    terms = {term: last.money(term) - (ZERO if first is None else first.money(term)) for term in Term}
    terms[Term.RESIDUAL] += line.result - sum(terms.values(), ZERO)
    return replace(line, terms=tuple(terms.items()))


def period_words(statement: Statement) -> tuple[str, str]:
    """First and last day of the period, as ISO dates in UTC."""
    first, last = (
        (_EPOCH + timedelta(milliseconds=at_ms)).date().isoformat()
        for at_ms in (statement.from_ms, statement.to_ms - 1)
    )
    return first, last
