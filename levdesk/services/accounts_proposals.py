"""Trades of an account as proposed transactions: each is new, there already, or a question to the person."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final

from levdesk.domain.instruments import LeveragedToken, TokenKey
from levdesk.domain.money import ZERO, to_text
from levdesk.domain.transactions import Transaction, TransactionDraft, TransactionType
from levdesk.services.books import Books
from levdesk.services.import_rows import ImportRow, TokenFinder
from levdesk.services.importing import ImportPreview
from levdesk.services.naming import guess_token
from levdesk.venues.private import Fill

_SECOND_MS: Final = 1_000
_CLUSTER_MS: Final = 120_000
"""Parts of one order lie no further from the row that sums them up."""
_SHIFT_MS: Final = 86_400_000
"""Rows that differ in time by less may be one trade, written down in another time zone."""


Fits = Callable[[Transaction, Fill], bool]


class Standing(StrEnum):
    """How a proposed transaction stands to the books."""

    NEW = "new"
    THERE = "there"
    QUESTION = "question"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A trade as a transaction that could be recorded.

    Attributes:
        fill: what the venue told.
        draft: what would be recorded.
        standing: whether it is there already.
        words: what to know about it, "" when there is nothing.
        is_doubtful: a row of the books looks like it and may be the same trade.
    """

    fill: Fill
    draft: TransactionDraft
    standing: Standing
    words: str = ""
    is_doubtful: bool = False


def propose(fills: Iterable[Fill], books: Books) -> tuple[Proposal, ...]:
    """Every trade with its standing, in the order given; whichever portfolio a row is in counts."""
    by_key: dict[TokenKey, list[Fill]] = {}
    ordered = tuple(fills)
    for fill in ordered:
        by_key.setdefault(fill.key, []).append(fill)
    made: dict[tuple[TokenKey, str], Proposal] = {}
    for key, group in by_key.items():
        for proposal in _match(group, list(books.transactions(key, None)), books):
            made[proposal.fill.key, proposal.fill.trade_id] = proposal
    return tuple(made[fill.key, fill.trade_id] for fill in ordered)


def draft_of(fill: Fill) -> tuple[TransactionDraft, str]:
    """The transaction a trade comes to, and a question where its fee cannot be booked."""
    note = trade_note(fill)
    fee, currency, question = fill.fee, fill.fee_currency, ""
    amount = f"{to_text(abs(fill.fee))} {fill.fee_currency}".strip()
    if fee < ZERO:
        question = f"The rebate of {amount} is not booked; it is kept in the note."
        note, fee, currency = f"{note}; rebate of {amount} not booked", ZERO, ""
    elif fee and not currency:
        question = f"The venue does not tell in which coin the fee of {amount} was paid; it is kept in the note."
        note, fee = f"{note}; fee of {amount} in an unknown coin not booked", ZERO
    elif fee and currency not in {fill.quote_currency, fill.key.symbol}:
        question = (
            f"The fee of {amount} was paid in another coin: it is kept in the note, "
            f"and what it was worth in {fill.quote_currency} can be typed in afterwards."
        )
        note, fee, currency = f"{note}; fee of {amount} not booked", ZERO, ""
    draft = TransactionDraft(
        time_ms=fill.time_ms,
        type=TransactionType.BUY if fill.is_buy else TransactionType.SELL,
        key=fill.key,
        quantity=fill.quantity,
        price=fill.price,
        fee=fee,
        fee_currency=currency if fee else "",
        note=note,
    )
    return draft, question


def trade_note(fill: Fill) -> str:
    """The words a trade is known again by."""
    return f"{fill.key.venue} trade {fill.trade_id}"


def preview_of(
    proposals: Sequence[Proposal],
    portfolio_id: int,
    *,
    title: str,
    books: Books,
    find_token: TokenFinder = lambda _key: None,
) -> ImportPreview:
    """Chosen proposals as one batch that can be written and undone as a whole."""
    ordered = sorted(proposals, key=lambda proposal: proposal.draft.time_ms)
    new: dict[TokenKey, LeveragedToken] = {}
    for proposal in ordered:
        key = proposal.draft.key
        if key not in books.tokens and key not in new:
            token = find_token(key) or guess_token(key, proposal.fill.quote_currency)
            if token is not None:
                new[key] = token
    return ImportPreview(
        source=f"the account at {title}",
        portfolio_id=portfolio_id,
        rows=tuple(ImportRow(line, proposal.draft) for line, proposal in enumerate(ordered, start=1)),
        new_tokens=tuple(new.values()),
    )


# ----------------------------------------------------------------------------------------------------------- matching


def _match(group: list[Fill], stored: list[Transaction], books: Books) -> list[Proposal]:
    """Trades of one token against its rows; a row stands for one trade, or for all parts of one order."""
    drafts = {fill.trade_id: draft_of(fill) for fill in group}
    there: dict[str, str] = {}
    free = list(stored)
    for fill in group:
        _take(fill, free, there, books, _names)
    for fill in group:
        _take(fill, free, there, books, _is_same)
    for row in tuple(free):
        parts = [fill for fill in group if fill.trade_id not in there and _is_part(row, fill)]
        if len(parts) > 1 and sum((fill.quantity for fill in parts), ZERO) == row.draft.quantity:
            free.remove(row)
            words = f"{_where(row, books)}, as one row for {len(parts)} trades."
            there |= {fill.trade_id: words for fill in parts}
    proposals = []
    for fill in group:
        draft, question = drafts[fill.trade_id]
        alike = None
        if fill.trade_id in there:
            standing, words = Standing.THERE, there[fill.trade_id]
        else:
            alike = next((row for row in free if _is_same(row, fill, _SHIFT_MS)), None)
            doubt = "" if alike is None else f"{_where(alike, books)} with the same units and price at another time?"
            words = " ".join(part for part in (doubt, question) if part)
            standing = Standing.QUESTION if words else Standing.NEW
        proposals.append(
            Proposal(fill=fill, draft=draft, standing=standing, words=words, is_doubtful=alike is not None)
        )
    return proposals


def _take(fill: Fill, free: list[Transaction], there: dict[str, str], books: Books, fits: Fits) -> None:
    if fill.trade_id in there:
        return
    row = next((row for row in free if fits(row, fill)), None)
    if row is not None:
        free.remove(row)
        there[fill.trade_id] = f"{_where(row, books)}."


def _names(row: Transaction, fill: Fill) -> bool:
    """Whether the row's note names this very trade."""
    return re.search(rf"\b{re.escape(trade_note(fill))}(?![\w-])", row.draft.note) is not None


def _is_same(row: Transaction, fill: Fill, apart_ms: int = 0) -> bool:
    """Side, units and price to the last digit, and a moment not further apart; a file may cut times to seconds."""
    draft = row.draft
    same_second = draft.time_ms // _SECOND_MS == fill.time_ms // _SECOND_MS
    near = same_second or abs(draft.time_ms - fill.time_ms) <= apart_ms
    return near and draft.type is _type(fill) and draft.quantity == fill.quantity and draft.price == fill.price


def _is_part(row: Transaction, fill: Fill) -> bool:
    near = abs(row.draft.time_ms - fill.time_ms) <= _CLUSTER_MS
    return near and row.draft.type is _type(fill) and (row.draft.quantity or Decimal(0)) > fill.quantity


def _type(fill: Fill) -> TransactionType:
    return TransactionType.BUY if fill.is_buy else TransactionType.SELL


def _where(row: Transaction, books: Books) -> str:
    return f"Already in “{books.portfolio(row.portfolio_id).name}”"
