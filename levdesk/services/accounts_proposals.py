"""Trades of an account as proposed transactions: each is new, there already, or a question to the person."""

from __future__ import annotations

import re
from bisect import bisect_left
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


_TRADE: Final = re.compile(r"\b([a-z0-9._-]+) trade ([\w-]+)")
"""What `trade_note` writes."""
_Figures = tuple[TransactionType, Decimal | None, Decimal | None]


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
    rows = _Rows(stored)
    there: dict[str, str] = {}
    for find in (rows.named, rows.same):
        for fill in group:
            row = None if fill.trade_id in there else find(fill)
            if row is not None:
                rows.take(row)
                there[fill.trade_id] = f"{_where(row, books)}."
    _match_sums(group, rows, there, books)
    return [_proposal(fill, there, rows, books) for fill in group]


def _match_sums(group: list[Fill], rows: _Rows, there: dict[str, str], books: Books) -> None:
    """Rows that sum up the parts of one order."""
    left = sorted((fill for fill in group if fill.trade_id not in there), key=_time_ms)
    for row in rows.free():
        at_ms = row.draft.time_ms
        first, last = (bisect_left(left, moment, key=_time_ms) for moment in (at_ms - _CLUSTER_MS, at_ms + _CLUSTER_MS))
        parts = [fill for fill in left[first:last] if fill.trade_id not in there and _type(fill) is row.draft.type]
        if len(parts) > 1 and sum((fill.quantity for fill in parts), ZERO) == row.draft.quantity:
            rows.take(row)
            words = f"{_where(row, books)}, as one row for {len(parts)} trades."
            there |= {fill.trade_id: words for fill in parts}


def _proposal(fill: Fill, there: dict[str, str], rows: _Rows, books: Books) -> Proposal:
    draft, question = draft_of(fill)
    if fill.trade_id in there:
        return Proposal(fill=fill, draft=draft, standing=Standing.THERE, words=there[fill.trade_id])
    alike = rows.alike(fill)
    doubt = "" if alike is None else f"{_where(alike, books)} with the same units and price at another time?"
    words = " ".join(part for part in (doubt, question) if part)
    standing = Standing.QUESTION if words else Standing.NEW
    return Proposal(fill=fill, draft=draft, standing=standing, words=words, is_doubtful=alike is not None)


class _Rows:
    """Rows of one token that no trade stands for yet, found by what trades are known by."""

    def __init__(self, stored: Sequence[Transaction]) -> None:
        self._free = {row.id: row for row in stored}
        self._by_number: dict[str, list[Transaction]] = {}
        self._by_figures: dict[_Figures, list[Transaction]] = {}
        for row in stored:
            for venue, number in _TRADE.findall(row.draft.note):
                if venue == row.draft.key.venue:
                    self._by_number.setdefault(number, []).append(row)
            draft = row.draft
            self._by_figures.setdefault((draft.type, draft.quantity, draft.price), []).append(row)

    def take(self, row: Transaction) -> None:
        """This row stands for a trade."""
        self._free.pop(row.id, None)

    def free(self) -> tuple[Transaction, ...]:
        """Those that are left."""
        return tuple(self._free.values())

    def named(self, fill: Fill) -> Transaction | None:
        """One whose note names this very trade."""
        return self._first(self._by_number.get(fill.trade_id, ()), lambda _row: True)

    def same(self, fill: Fill) -> Transaction | None:
        """One with side, units and price to the last digit, in the same second; a file may cut times to seconds."""
        second = fill.time_ms // _SECOND_MS
        return self._figured(fill, lambda row: row.draft.time_ms // _SECOND_MS == second)

    def alike(self, fill: Fill) -> Transaction | None:
        """One with the same figures, not more than a day apart."""
        return self._figured(fill, lambda row: abs(row.draft.time_ms - fill.time_ms) <= _SHIFT_MS)

    def _figured(self, fill: Fill, fits: Callable[[Transaction], bool]) -> Transaction | None:
        return self._first(self._by_figures.get((_type(fill), fill.quantity, fill.price), ()), fits)

    def _first(self, rows: Sequence[Transaction], fits: Callable[[Transaction], bool]) -> Transaction | None:
        return next((row for row in rows if row.id in self._free and fits(row)), None)


def _time_ms(fill: Fill) -> int:
    return fill.time_ms


def _type(fill: Fill) -> TransactionType:
    return TransactionType.BUY if fill.is_buy else TransactionType.SELL


def _where(row: Transaction, books: Books) -> str:
    return f"Already in “{books.portfolio(row.portfolio_id).name}”"
