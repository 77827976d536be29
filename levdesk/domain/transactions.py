"""What a person did with a token: the rows of the ledger, before any arithmetic."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final

from levdesk.domain.instruments import TokenKey
from levdesk.domain.money import ZERO


class TransactionType(StrEnum):
    """The eight things that can happen to a holding."""

    BUY = "buy"
    SELL = "sell"
    SUBSCRIBE = "subscribe"
    REDEEM = "redeem"
    TRANSFER_IN = "transfer_in"
    TRANSFER_OUT = "transfer_out"
    MERGE = "merge"
    SETTLE = "settle"


INCOMING: Final = frozenset({TransactionType.BUY, TransactionType.SUBSCRIBE, TransactionType.TRANSFER_IN})
OUTGOING: Final = frozenset(
    {TransactionType.SELL, TransactionType.REDEEM, TransactionType.TRANSFER_OUT, TransactionType.SETTLE}
)
PRICED: Final = frozenset(
    {TransactionType.BUY, TransactionType.SELL, TransactionType.SUBSCRIBE, TransactionType.REDEEM}
)


class CostMethod(StrEnum):
    """Which lots a disposal uses up."""

    FIFO = "fifo"
    LIFO = "lifo"
    AVERAGE = "average"


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionDraft:
    """A transaction as entered, not yet in the book.

    Attributes:
        time_ms: moment of the trade, UTC.
        type: what happened.
        key: the token.
        quantity: units, > 0. For a merge: old units per new unit. For a settlement: None means all units held.
        price: quote currency per unit; None for a merge; optional for transfers (cost basis per unit brought along,
            None = unknown cost).
        fee: amount of the fee, >= 0.
        fee_currency: "" or the quote currency = quote; the token's own symbol = paid in units of the token.
        note: free text.
    """

    time_ms: int
    type: TransactionType
    key: TokenKey
    quantity: Decimal | None
    price: Decimal | None = None
    fee: Decimal = ZERO
    fee_currency: str = ""
    note: str = ""

    @property
    def fee_in_token(self) -> bool:
        """True when the fee was paid in units of the token itself."""
        return bool(self.fee_currency) and self.fee_currency == self.key.symbol


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction:
    """A transaction in the book.

    Attributes:
        id: stable row id; later rows have larger ids, and equal times are ordered by it.
        portfolio_id: the portfolio it belongs to.
        draft: what was entered.
        import_batch_id: the import that brought it, or None when typed in.
    """

    id: int
    portfolio_id: int
    draft: TransactionDraft
    import_batch_id: int | None = None

    @property
    def order(self) -> tuple[int, int]:
        """Sort key: time, then the order of entry."""
        return (self.draft.time_ms, self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Portfolio:
    """A named book of holdings with one cost method."""

    id: int
    name: str
    cost_method: CostMethod = CostMethod.FIFO
