"""The portfolio view: what is held, what it is worth and what is missing, from the books and the quotes.

A `Valuation` holds everything that only an act of the person can change; each beat of the market then costs only the
holdings whose quotes are new.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from levdesk.domain.holding_history import quantity_at
from levdesk.domain.instruments import LeveragedToken, Provenance, TokenKey, rule_at
from levdesk.domain.ledger_words import plain
from levdesk.domain.market import TokenQuote, market_price, premium_ratio
from levdesk.domain.money import ZERO, divide
from levdesk.domain.position import Position
from levdesk.domain.problems import Problem, Severity
from levdesk.services.books import Books
from levdesk.services.day_change import DayChanges, Opening
from levdesk.services.totals import Totals
from levdesk.services.views import HoldingView, PortfolioView

CURRENCY: Final = "USDT"
"""Currency of the totals."""

_RANK: Final = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2}


@dataclass(frozen=True, slots=True)
class _Line:
    """What a quote cannot change about a holding.

    Attributes:
        token, position: what is held.
        average_cost: None when nothing is held or the cost is unknown.
        notices: what is wrong with its rows.
        no_price, no_nav: what to say when the quote lacks them.
        complete: False when its rows leave a figure of the totals unknown.
    """

    token: LeveragedToken
    position: Position
    average_cost: Decimal | None
    notices: tuple[Problem, ...]
    no_price: Problem
    no_nav: Problem
    complete: bool


class Valuation:
    """The holdings of one portfolio, or of all together, ready to be valued; good until the books change."""

    __slots__ = ("_days", "_index", "_lines", "_portfolio_id", "_summed", "_totals")

    def __init__(self, books: Books, portfolio_id: int | None) -> None:
        """Take positions and instruments from `books`; `portfolio_id` None sums each token over all portfolios."""
        self._portfolio_id = portfolio_id
        self._days = DayChanges(books, portfolio_id)
        books.work_out(portfolio_id)
        lines = [_line(books, key, portfolio_id) for key in books.keys(portfolio_id)]
        lines.sort(key=lambda line: not line.position.quantity)  # stable: open first, each part stays in order
        self._lines = tuple(lines)
        self._index = {line.token.key: place for place, line in enumerate(lines)}
        self._summed: tuple[HoldingView, ...] = ()
        self._totals = Totals(CURRENCY)

    def __contains__(self, key: object) -> bool:
        """Whether a token is among its holdings."""
        return key in self._index

    def view(
        self,
        quotes: Mapping[TokenKey, TokenQuote],
        now_ms: int,
        *,
        opening: Opening | None = None,
        problems: tuple[Problem, ...] = (),
    ) -> PortfolioView:
        """Value everything.

        Args:
            quotes: last known figures.
            now_ms: the moment of the view; also decides which rebalance rule is in force.
            opening: prices at local midnight, for today's change.
            problems: what else is wrong, shown before the holdings' own notices.
        """
        holdings = [self._value(line, quotes.get(line.token.key), now_ms, opening) for line in self._lines]
        self._totals = Totals(CURRENCY, holdings)
        return self._assemble(holdings, now_ms, problems)

    def update(
        self,
        view: PortfolioView,
        quotes: Mapping[TokenKey, TokenQuote],
        changed: Iterable[TokenKey],
        now_ms: int,
        *,
        opening: Opening | None = None,
        problems: tuple[Problem, ...] = (),
    ) -> PortfolioView:
        """The next view after some quotes changed; `view` must be of this valuation. Arguments as in `view`."""
        holdings = list(view.holdings)
        index, lines = self._index, self._lines
        if view.holdings is not self._summed:
            self._totals = Totals(CURRENCY, holdings)
        for key in changed:
            place = index.get(key)
            if place is not None:
                self._totals.discount(holdings[place])
                holdings[place] = self._value(lines[place], quotes.get(key), now_ms, opening)
                self._totals.count(holdings[place])
        return self._assemble(holdings, now_ms, problems)

    def _value(self, line: _Line, quote: TokenQuote | None, now_ms: int, opening: Opening | None) -> HoldingView:
        token, position = line.token, line.position
        quantity, cost_basis = position.quantity, position.cost_basis
        priced = market_price(quote)
        price = None if priced is None else priced.price
        nav = None if quote is None else quote.nav
        if not quantity:
            value: Decimal | None = ZERO
        else:
            value = None if price is None else quantity * price
        rule = rule_at(token, now_ms)
        leverage = None if quote is None else quote.effective_leverage
        return HoldingView(
            token=token,
            portfolio_id=self._portfolio_id,
            quantity=quantity,
            cost_basis=cost_basis,
            average_cost=line.average_cost,
            market_price=price,
            market_price_ts_ms=None if priced is None else priced.ts_ms,
            market_price_source=None if priced is None else priced.source,
            nav=nav,
            nav_source=None if quote is None or nav is None else quote.nav_source,
            nav_ts_ms=None if quote is None or nav is None else quote.nav_ts_ms,
            premium_ratio=premium_ratio(price, nav),
            effective_leverage=None if leverage is None else _signed_like(leverage, token.target_leverage),
            leverage_ts_ms=None if quote is None or leverage is None else quote.leverage_ts_ms,
            band_low=None if rule is None else rule.band_low,
            band_high=None if rule is None else rule.band_high,
            rule_assumed=rule is not None and rule.provenance is Provenance.ASSUMED,
            market_value=value,
            unrealised_pnl=None if value is None or cost_basis is None else value - cost_basis,
            realised_pnl=position.realised_pnl,
            fees_paid=position.fees_paid,
            change_today=self._days.change(token.key, quantity, price, opening),
            first_bought_ms=position.first_bought_ms,
            transaction_count=position.row_count,
            notices=_notices(line, price, nav),
        )

    def _assemble(self, holdings: list[HoldingView], now_ms: int, problems: tuple[Problem, ...]) -> PortfolioView:
        own = [notice for holding in holdings for notice in holding.notices]
        complete = all(line.complete for line in self._lines) and all(
            holding.market_value is not None for holding in holdings
        )
        self._summed = tuple(holdings)
        return PortfolioView(
            as_of_ms=now_ms,
            currency=CURRENCY,
            complete=complete,
            totals=self._totals.view(),
            holdings=self._summed,
            problems=(*problems, *sorted(own, key=_rank)) if own else problems,
        )


def build_view(
    books: Books,
    quotes: Mapping[TokenKey, TokenQuote],
    now_ms: int,
    *,
    portfolio_id: int | None = None,
    problems: tuple[Problem, ...] = (),
) -> PortfolioView:
    """One view, once: for reports and scripts."""
    return Valuation(books, portfolio_id).view(quotes, now_ms, problems=problems)


def _line(books: Books, key: TokenKey, portfolio_id: int | None) -> _Line:
    token, position = books.token(key), books.position(key, portfolio_id)
    wrong = tuple(sorted(_wrong_with_rows(books, key, portfolio_id, token, position), key=_rank))
    average = None
    if position.quantity and position.cost_basis is not None:
        average = divide(position.cost_basis, position.quantity)
    symbol = key.symbol
    return _Line(
        token=token,
        position=position,
        average_cost=average,
        notices=wrong,
        no_price=_warning(key, "price_missing", f"No price of {symbol} is known, so it is not in the totals."),
        no_nav=_warning(key, "nav_missing", f"No NAV of {symbol} is known, so its premium is not either."),
        complete=all(problem.code in _HARMLESS for problem in wrong),
    )


_HARMLESS: Final = frozenset({"token_assumed", "merge_unrecorded"})
_MERGE_SLACK_MS: Final = 7 * 86_400_000


def _wrong_with_rows(
    books: Books, key: TokenKey, portfolio_id: int | None, token: LeveragedToken, position: Position
) -> Iterable[Problem]:
    symbol = key.symbol
    for fault in books.faults(key, portfolio_id):
        yield fault.problem
    if position.cost_basis is None:
        yield _warning(key, "cost_unknown", f"What {symbol} cost is not known: a transfer in has no price.")
    if position.unknown_results:
        yield _warning(
            key,
            "result_unknown",
            f"The result of {position.unknown_results} disposals of {symbol} is not known, because their cost is not.",
        )
    if position.unvalued_fees:
        yield _warning(
            key, "fee_unknown", f"{position.unvalued_fees} fees in {symbol} have no price, so they are not counted."
        )
    yield from _unrecorded_merges(books, key, portfolio_id, token, position)
    if token.quote_currency != CURRENCY:
        yield _warning(
            key, "currency_other", f"{symbol} is quoted in {token.quote_currency}, so it is not in the totals."
        )
    if key not in books.tokens:
        follows = f"{plain(token.target_leverage)}× {token.underlying}"
        yield _warning(key, "token_assumed", f"{symbol} at {key.venue} is taken for {follows} by its name only.")


def _unrecorded_merges(
    books: Books, key: TokenKey, portfolio_id: int | None, token: LeveragedToken, position: Position
) -> Iterable[Problem]:
    """Merges the issuer announced while units were held, and that no transaction records."""
    for merge in token.merges:
        recorded = any(abs(ts_ms - merge.day_ms) <= _MERGE_SLACK_MS for ts_ms, _ in position.merges)
        if recorded or not position.quantity:
            continue
        rows = [row.draft for row in books.transactions(key, portfolio_id)]
        if quantity_at(rows, merge.day_ms) > 0:
            day = datetime.fromtimestamp(merge.day_ms / 1000, UTC).date()
            yield _warning(
                key,
                "merge_unrecorded",
                f"{key.symbol} was merged {plain(merge.old_per_new)} : 1 on {day} ({merge.source}); "
                "add the merge if your units were part of it.",
            )


def _warning(key: TokenKey, code: str, message: str) -> Problem:
    return Problem(severity=Severity.WARNING, code=code, message=message, source=str(key))


def _rank(problem: Problem) -> int:
    return _RANK[problem.severity]


def _notices(line: _Line, price: Decimal | None, nav: Decimal | None) -> tuple[Problem, ...]:
    if not line.position.quantity or (price is not None and nav is not None):
        return line.notices
    missing = (line.no_price,) if price is None else ()
    return (*line.notices, *missing, line.no_nav) if nav is None else (*line.notices, *missing)


def _signed_like(leverage: Decimal, target: Decimal) -> Decimal:
    """Venues differ in whether a short token's leverage carries a sign; the token's own sign is the truth."""
    return abs(leverage) if target > 0 else -abs(leverage)
