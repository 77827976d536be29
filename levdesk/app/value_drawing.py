"""The portfolio's chart in the pool: each holding is replayed once, and drawn again and again as prices move."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from levdesk.domain.errors import UserError
from levdesk.domain.instruments import LeveragedToken
from levdesk.domain.transactions import CostMethod, Portfolio, Transaction
from levdesk.runtime.jobs import JobControl
from levdesk.services.books import Books, HoldingKey
from levdesk.services.charts import ChartRange, ValueSeries
from levdesk.services.collector import collector_at_rest
from levdesk.services.history import ChartSpan
from levdesk.services.portfolio import CURRENCY

if TYPE_CHECKING:
    from levdesk.services.price_line import PriceHistory
    from levdesk.services.value_chart import HeldRows


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueOrder:
    """What is to be drawn.

    Attributes:
        books, portfolio_id: whose value; None for all portfolios.
        chart_range, span: over which time.
        tokens: what is in it, each with how its price history is read.
    """

    books: Books
    portfolio_id: int | None
    chart_range: ChartRange
    span: ChartSpan
    tokens: Sequence[tuple[LeveragedToken, Callable[[], PriceHistory]]]


class ValueDrawer:
    """Draws, and remembers what the rows of each holding came to; rows are compared by identity, as books keep them."""

    def __init__(self) -> None:
        self._known: dict[HoldingKey, tuple[tuple[Transaction, ...], CostMethod, HeldRows]] = {}

    def draw(self, order: ValueOrder, control: JobControl) -> ValueSeries:
        """The chart.

        Raises:
            UserError: the person, or a newer drawing, stopped it.
        """
        with collector_at_rest():
            return self._draw(order, control)

    def _draw(self, order: ValueOrder, control: JobControl) -> ValueSeries:
        from levdesk.services.value_chart import HeldToken, build_value  # numpy

        books, before, replayed = order.books, self._known, {}
        shown = [each for each in books.portfolios if order.portfolio_id in {None, each.id}]
        held = []
        for number, (token, read_price) in enumerate(order.tokens):
            control.progress(number / len(order.tokens))
            rows = []
            for portfolio in shown:
                if control.cancelled:
                    raise UserError("The drawing was stopped.")
                holding = (portfolio.id, token.key)
                found = _replayed(books.transactions(token.key, portfolio.id), portfolio, before.get(holding))
                if found is not None:
                    replayed[holding] = found
                    rows.append(found[2])
            held.append(HeldToken(token=token, rows=rows, price=read_price()))
        self._known = replayed
        return build_value(
            portfolio_id=order.portfolio_id,
            chart_range=order.chart_range,
            span=order.span,
            currency=CURRENCY,
            held=held,
        )


def _replayed(
    rows: tuple[Transaction, ...],
    portfolio: Portfolio,
    before: tuple[tuple[Transaction, ...], CostMethod, HeldRows] | None,
) -> tuple[tuple[Transaction, ...], CostMethod, HeldRows] | None:
    """The rows of one holding as steps, the ones of last time where nothing has changed; None without rows."""
    if not rows:
        return None
    if before is not None and before[0] is rows and before[1] is portfolio.cost_method:
        return before
    from levdesk.services.value_chart import held_rows  # numpy

    return (rows, portfolio.cost_method, held_rows(portfolio.cost_method, [row.draft for row in rows]))
