"""What makes a row sound by itself, before it meets the rows around it."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from levdesk.domain.money import ZERO
from levdesk.domain.problems import Problem, Severity
from levdesk.domain.transactions import INCOMING, PRICED, TransactionDraft, TransactionType

EARLIEST_MS: Final = 1_230_768_000_000
"""2009-01-01 UTC: before the first coin there is nothing to book."""

DAY_MS: Final = 86_400_000
MAX_NOTE_LENGTH: Final = 10_000


def draft_problems(draft: TransactionDraft, quote_currency: str, now_ms: int | None = None) -> tuple[Problem, ...]:
    """Everything wrong with a row by itself, in words; empty when it is sound.

    Codes name the field: draft_ and token, time, quantity, price, fee, fee_currency or note.

    Args:
        draft: the row.
        quote_currency: of its token.
        now_ms: the clock, for times in the future; None leaves that unchecked.
    """
    reasons = (
        *_key(draft),
        *_time(draft, now_ms),
        *_quantity(draft),
        *_price(draft),
        *_fee(draft),
        *_fee_currency(draft, quote_currency),
        *_note(draft),
    )
    return tuple(Problem(severity=Severity.ERROR, code=code, message=message) for code, message in reasons)


_Reasons = Iterator[tuple[str, str]]


def _key(draft: TransactionDraft) -> _Reasons:
    venue, symbol = draft.key.venue, draft.key.symbol
    if not venue or venue != venue.strip().lower():
        yield "draft_token", "The venue is missing." if not venue.strip() else f"“{venue}” is written {venue.lower()}."
    if not symbol or symbol != symbol.strip().upper():
        yield (
            "draft_token",
            "The token is missing." if not symbol.strip() else f"“{symbol}” is written {symbol.upper()}.",
        )


def _time(draft: TransactionDraft, now_ms: int | None) -> _Reasons:
    if draft.time_ms < EARLIEST_MS:
        yield "draft_time", "The time is before 2009, when there was nothing to trade."
    elif now_ms is not None and draft.time_ms > now_ms + DAY_MS:
        yield "draft_time", "The time is more than a day in the future."


def _quantity(draft: TransactionDraft) -> _Reasons:
    quantity = draft.quantity
    if quantity is None:
        if draft.type is TransactionType.MERGE:
            yield "draft_quantity", "The quantity is missing: how many old units make one new unit."
        elif draft.type is not TransactionType.SETTLE:
            yield "draft_quantity", "The quantity is missing."
    elif not quantity.is_finite() or quantity <= 0:
        yield "draft_quantity", "The quantity must be a number above 0."


def _price(draft: TransactionDraft) -> _Reasons:
    price = draft.price
    if draft.type is TransactionType.MERGE:
        if price is not None:
            yield "draft_price", "A merge has no price: it changes the units and no money."
    elif price is None:
        if draft.type in PRICED or draft.type is TransactionType.SETTLE:
            yield "draft_price", "The price is missing."
    elif not price.is_finite() or price < 0:
        yield "draft_price", "The price must be a number, and not below 0."
    elif draft.type in PRICED and not price:
        yield "draft_price", "The price must be above 0."


def _fee(draft: TransactionDraft) -> _Reasons:
    fee = draft.fee
    if not fee.is_finite() or fee < 0:
        yield "draft_fee", "The fee must be a number, and not below 0."
    elif fee and draft.type is TransactionType.MERGE:
        yield "draft_fee", "A merge has no fee; a charge for it is a transfer out."
    elif draft.fee_in_token and draft.type in INCOMING and fee >= _finite(draft.quantity):
        yield "draft_fee", f"The fee in {draft.key.symbol} leaves nothing to receive."


def _finite(quantity: Decimal | None) -> Decimal:
    return Decimal("Infinity") if quantity is None or not quantity.is_finite() or quantity <= 0 else quantity


def _fee_currency(draft: TransactionDraft, quote_currency: str) -> _Reasons:
    if draft.fee_currency not in {"", quote_currency, draft.key.symbol}:
        yield (
            "draft_fee_currency",
            f"A fee in {draft.fee_currency} cannot be booked; give it in {quote_currency} or in {draft.key.symbol}.",
        )


def _note(draft: TransactionDraft) -> _Reasons:
    if len(draft.note) > MAX_NOTE_LENGTH:
        yield "draft_note", f"The note is longer than {MAX_NOTE_LENGTH:,} characters."
    elif any(character == "\0" or "\ud800" <= character <= "\udfff" for character in draft.note):
        yield "draft_note", "The note holds a character that cannot be stored."


def canonical_fee_currency(draft: TransactionDraft, quote_currency: str) -> str:
    """The fee's currency by name: the token's symbol, or the quote currency when it is not named; "" without a fee."""
    if draft.fee == ZERO:
        return ""
    return draft.fee_currency or quote_currency
