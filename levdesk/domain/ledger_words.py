"""Words for rows of the ledger: the same ones in faults, labels of acts and reports."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final

from levdesk.domain.money import to_text
from levdesk.domain.transactions import TransactionDraft, TransactionType

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_DOING: Final = {
    TransactionType.BUY: "buying",
    TransactionType.SELL: "selling",
    TransactionType.SUBSCRIBE: "subscribing",
    TransactionType.REDEEM: "redeeming",
    TransactionType.TRANSFER_IN: "transferring in",
    TransactionType.TRANSFER_OUT: "transferring out",
    TransactionType.MERGE: "merging",
    TransactionType.SETTLE: "settling",
}


def plain(value: Decimal) -> str:
    """A number with all of its digits and no padding zeros."""
    text = to_text(value)
    return text.rstrip("0").rstrip(".") if "." in text else text


def moment_words(ts_ms: int) -> str:
    """A moment to the minute, e.g. "2026-05-03 12:00 UTC"."""
    return f"{_EPOCH + timedelta(milliseconds=ts_ms):%Y-%m-%d %H:%M} UTC"


def row_words(draft: TransactionDraft) -> str:
    """A row in a few words, e.g. "buy of 10 BTC3L" or "merge of BTC3L at 100:1"."""
    symbol = draft.key.symbol
    if draft.type is TransactionType.MERGE and draft.quantity is not None:
        return f"merge of {symbol} at {plain(draft.quantity)}:1"
    amount = "all" if draft.quantity is None else plain(draft.quantity)
    return f"{draft.type.value.replace('_', ' ')} of {amount} {symbol}"


def more_than_held(draft: TransactionDraft, units: Decimal | None, held: Decimal) -> str:
    """Why a row cannot be, e.g. "selling 12 BTC3L but only 10 held on 2026-05-03 12:00 UTC".

    `units` is what would leave, None when the row names no number of units.
    """
    amount = "" if units is None else f"{plain(units)} "
    fee = f" (with a fee of {plain(draft.fee)})" if units is not None and draft.fee and draft.fee_in_token else ""
    rest = f"only {plain(held)} held" if held else "none held"
    return f"{_DOING[draft.type]} {amount}{draft.key.symbol}{fee} but {rest} on {moment_words(draft.time_ms)}"


def nothing_left(draft: TransactionDraft) -> str:
    """Why a row cannot be, e.g. "the fee of 3 leaves nothing of the buy of 2 BTC3L on 2026-05-03 12:00 UTC"."""
    return f"the fee of {plain(draft.fee)} leaves nothing of the {row_words(draft)} on {moment_words(draft.time_ms)}"


def no_units(draft: TransactionDraft) -> str:
    """Why a row cannot be, e.g. "the buy of 0 BTC3L on 2026-05-03 12:00 UTC moves nothing"."""
    return f"the {row_words(draft)} on {moment_words(draft.time_ms)} moves nothing"


def missing_figure(draft: TransactionDraft) -> str:
    """Why a row cannot be read, e.g. "buying BTC3L without a price on 2026-05-03 12:00 UTC"."""
    needs_units = draft.quantity is None and draft.type is not TransactionType.SETTLE
    missing = "a quantity" if needs_units else "a price"
    return f"{_DOING[draft.type]} {draft.key.symbol} without {missing} on {moment_words(draft.time_ms)}"
