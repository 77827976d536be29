"""Whether an act fits the books: rows are tried out in the replay of their holding before anything is written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from levdesk.domain.draft_rules import draft_problems
from levdesk.domain.instruments import LeveragedToken, TokenKey
from levdesk.domain.ledger import LedgerFault, append_possible_rows, new_ledger
from levdesk.domain.problems import Problem, Severity
from levdesk.domain.transactions import CostMethod, TransactionDraft
from levdesk.services.books import Books
from levdesk.services.naming import guess_token

_LAST = float("inf")
"""Order of a row that is not stored yet: after every stored row of the same moment."""


@dataclass(frozen=True, slots=True)
class NewFault:
    """A row that an act would make impossible.

    Attributes:
        fault: the row and why.
        is_new: True when the row itself is part of the act, False when it already stood in the books.
    """

    fault: LedgerFault
    is_new: bool


def try_out(
    books: Books,
    key: TokenKey,
    portfolio_id: int,
    *,
    added: Sequence[TransactionDraft] = (),
    without: frozenset[int] = frozenset(),
    order: float = _LAST,
) -> tuple[NewFault, ...]:
    """Which rows of one holding would be impossible after an act and were not before it.

    Args:
        books: as they are.
        key, portfolio_id: the holding.
        added: new rows of this token, in the order of entry.
        without: ids of rows that go.
        order: place of the added rows among stored ones of the same moment: after those with smaller ids.
    """
    account = books.account(key, portfolio_id)
    stored = books.transactions(key, portfolio_id)
    added = sorted(added, key=lambda draft: draft.time_ms)
    if not without and (not stored or not added or added[0].time_ms >= stored[-1].draft.time_ms):
        state = account.state.copy()
        return tuple(NewFault(fault, is_new=True) for fault in append_possible_rows(state, added))
    rows: list[tuple[int, float, TransactionDraft]] = [
        (row.draft.time_ms, row.id, row.draft) for row in stored if row.id not in without
    ]
    rows += [(draft.time_ms, order, draft) for draft in added]
    rows.sort(key=lambda row: row[:2])
    faults = append_possible_rows(new_ledger(CostMethod.AVERAGE), [draft for _, _, draft in rows])
    known = {id(fault.draft) for fault in account.faults}
    fresh = {id(draft) for draft in added}
    return tuple(NewFault(fault, is_new=id(fault.draft) in fresh) for fault in faults if id(fault.draft) not in known)


def check_draft(
    books: Books,
    draft: TransactionDraft,
    portfolio_id: int,
    replacing: int | None = None,
    *,
    token: LeveragedToken | None = None,
    now_ms: int | None = None,
) -> tuple[Problem, ...]:
    """What is wrong with a draft, by itself and among the rows around it; empty when it can be recorded.

    Args:
        books: as they are.
        draft: what was typed.
        portfolio_id: where it would go.
        replacing: id of the row it would replace, or None for a new one.
        token: the instrument, where the caller found it in a list of a venue; else the books or the name tell.
        now_ms: the clock, for times in the future; None leaves that unchecked.

    Codes: those of `draft_problems`, draft_token (unknown instrument) and draft_held (more leaves than is there).
    """
    known = token or books.tokens.get(draft.key) or guess_token(draft.key)
    if known is None:
        return (unknown_token(draft.key),)
    problems = draft_problems(draft, known.quote_currency, now_ms)
    if problems:
        return problems
    without: frozenset[int] = frozenset()
    faults: tuple[NewFault, ...] = ()
    if replacing is not None:
        without = frozenset({replacing})
        old_key = books.transaction(replacing).draft.key
        if old_key != draft.key:
            faults = try_out(books, old_key, portfolio_id, without=without)
    order = _LAST if replacing is None else replacing
    faults += try_out(books, draft.key, portfolio_id, added=(draft,), without=without, order=order)
    return tuple(_held_problem(fault) for fault in faults)


def check_removal(books: Books, transaction_ids: Iterable[int]) -> tuple[Problem, ...]:
    """Which rows could not stand without these (code draft_held); empty when they can be deleted.

    Raises:
        UserError: a row is not there.
    """
    holdings: dict[tuple[int, TokenKey], set[int]] = {}
    for transaction_id in transaction_ids:
        row = books.transaction(transaction_id)
        holdings.setdefault((row.portfolio_id, row.draft.key), set()).add(transaction_id)
    return tuple(
        _held_problem(fault)
        for (portfolio_id, key), ids in holdings.items()
        for fault in try_out(books, key, portfolio_id, without=frozenset(ids))
    )


def unknown_token(key: TokenKey) -> Problem:
    """Neither a list nor the name tells what a token follows."""
    return Problem(
        severity=Severity.ERROR,
        code="draft_token",
        message=f"{key.symbol} at {key.venue} is not a leveraged token we know; define it first.",
        source=str(key),
    )


def _held_problem(found: NewFault) -> Problem:
    message = found.fault.message
    if found.is_new:
        message = f"{message[:1].upper()}{message[1:]}."
    else:
        message = f"A later row would no longer be possible: {message}."
    return Problem(severity=Severity.ERROR, code="draft_held", message=message, source=str(found.fault.draft.key))
