"""Lists the rows of a holding that has very many, beside the window: typing ahead stops the listing before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from levdesk.domain.instruments import TokenKey
from levdesk.services.holding_rows import HoldingRows, Order
from levdesk.services.pace import Pace, part_of
from levdesk.ui.models.transaction_cells import TransactionColumn, TransactionPen, transaction_order
from levdesk.ui.models.transaction_search import row_matcher
from levdesk.ui.models.transactions_model import Listing

if TYPE_CHECKING:
    from levdesk.ui.desk import Desk


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingOrder:
    """What is to be listed.

    Attributes:
        key, portfolio_id: whose rows; None for all portfolios.
        count: how many rows there are, about.
        words: casefolded; a row holds every one of them.
        column, is_down: what rows are ordered by.
        kept_id: the row that should stay in view, or None.
        pen: how they will be written.
    """

    key: TokenKey
    portfolio_id: int | None
    count: int
    words: tuple[str, ...]
    column: TransactionColumn
    is_down: bool
    kept_id: int | None
    pen: TransactionPen


class TransactionLister:
    """Does one order at a time, and replays the rows only once while the books stay as they are.

    Args:
        desk: has the pool.
        show: is given what an order came to, unless a newer one, or nothing, is wanted by then.
        tell_stopped: called when the person has stopped the order.
    """

    def __init__(
        self, desk: Desk, show: Callable[[Listing, ListingOrder], None], tell_stopped: Callable[[], None]
    ) -> None:
        self._desk = desk
        self._show = show
        self._tell_stopped = tell_stopped
        self._held: HoldingRows | None = None
        self._order: ListingOrder | None = None
        self._job_id = 0

    @property
    def is_busy(self) -> bool:
        """True while an order is under way."""
        return self._order is not None

    def forget(self) -> None:
        """The books, or the holding, are others: stop, and replay the rows the next time."""
        self.stop()
        self._held = None

    def stop(self) -> None:
        """Give up what is under way."""
        if self._order is not None:
            self._order = None
            self._desk.cancel_job(self._job_id)

    def begin(self, order: ListingOrder) -> None:
        """Begin another order."""
        self.stop()
        self._order = order
        desk, held = self._desk, self._held

        def done(listing: Listing) -> None:
            if self._order is order:
                self._order, self._held = None, listing.held
                self._show(listing, order)

        def stopped() -> None:
            if self._order is order:
                self._order = None
                self._tell_stopped()

        title = f"Listing {order.count:,} transactions"
        self._job_id = self._desk.beside(title, lambda pace: _listing(desk, order, held, pace), done, stopped)


def _listing(desk: Desk, order: ListingOrder, held: HoldingRows | None, pace: Pace) -> Listing:
    """In the pool: the rows, replayed if they are not yet, found and ordered."""
    replayed_at = 0.0
    if held is None:
        replayed_at = 0.7
        methods = {portfolio.id: portfolio.cost_method for portfolio in desk.portfolios}
        rows = desk.transactions(order.key, order.portfolio_id)
        held = HoldingRows(rows, methods, part_of(pace, 0.0, replayed_at))
    found_at = (1 + replayed_at) / 2
    found: Order = range(len(held))
    if order.words:
        found = held.matching(row_matcher(order.words, order.pen.portfolios), part_of(pace, replayed_at, found_at))
    key, rest = transaction_order(order.column), part_of(pace, found_at, 1.0)
    shown = held.ordered(found, key, is_down=order.is_down, pace=rest)
    return Listing(held, shown, _place_of(order.kept_id, held, shown))


def _place_of(transaction_id: int | None, held: HoldingRows, shown: Order) -> int:
    """Where a row stands among those shown, −1 when it does not."""
    if transaction_id is None:
        return -1
    place = next((place for place, row in enumerate(held.rows) if row.id == transaction_id), -1)
    return shown.index(place) if place in shown else -1
