"""Rows that may have been imported before, each beside the row it resembles; and the choice of what to import.

Identical rows can be real: two equal fills are two fills. So nothing is dropped here unless the person says so.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from typing import Final

from levdesk.domain.instruments import TokenKey
from levdesk.domain.transactions import TransactionDraft, TransactionType
from levdesk.services.books import Books
from levdesk.services.import_rows import ImportRow
from levdesk.services.importing import ImportPreview

_NEAR_MS: Final = 1000
_Deal = tuple[TransactionType, Decimal | None, Decimal | None]


class Likeness(StrEnum):
    """Why a row is suspected."""

    THERE = "there"  # the books hold this very row
    SECOND = "second"  # the books hold it within a second: another export of the same trade cuts its time off
    TWICE = "twice"  # the file holds it twice


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspect:
    """A row beside what it resembles.

    Attributes:
        row: of the file.
        like: the stored row, or the other row of the file.
        like_line: line of the other row; None for a stored one.
        likeness: why it is suspected.
        is_wanted: what is proposed: twins of a file are imported, rows that are there are not.
    """

    row: ImportRow
    like: TransactionDraft
    like_line: int | None
    likeness: Likeness
    is_wanted: bool


def find_suspects(preview: ImportPreview, books: Books) -> tuple[Suspect, ...]:
    """Suspected duplicates in the order of the rows; each stored row answers for one row of the file."""
    found: dict[int, Suspect] = {}
    exact = {row.line for row in preview.duplicates}
    for key, rows in _by_key(preview.rows).items():
        stored: dict[_Deal, list[TransactionDraft]] = defaultdict(list)
        for transaction in books.transactions(key, preview.portfolio_id):
            stored[_deal(transaction.draft)].append(transaction.draft)
        for row in sorted(rows, key=lambda row: row.line not in exact):  # exact ones take their partners first
            like = _take(stored.get(_deal(row.draft), []), row, is_exact=row.line in exact)
            if like is not None:
                kind = Likeness.THERE if row.line in exact else Likeness.SECOND
                found[row.line] = Suspect(row=row, like=like, like_line=None, likeness=kind, is_wanted=False)
        for suspect in _twins(row for row in rows if row.line not in found):
            found[suspect.row.line] = suspect
    return tuple(found[row.line] for row in preview.rows if row.line in found)


def choose_rows(preview: ImportPreview, left_out: Collection[int]) -> ImportPreview:
    """The preview without the rows of some lines; a row that is left out is no problem any more.

    What remains is judged again, together with the books, when it is accepted.
    """
    if not left_out:
        return preview
    lines = frozenset(left_out)
    return replace(
        preview,
        rows=tuple(row for row in preview.rows if row.line not in lines),
        duplicates=tuple(row for row in preview.duplicates if row.line not in lines),
        problems=tuple(problem for problem in preview.problems if problem.line not in lines),
    )


def _by_key(rows: Iterable[ImportRow]) -> dict[TokenKey, list[ImportRow]]:
    groups: dict[TokenKey, list[ImportRow]] = defaultdict(list)
    for row in rows:
        groups[row.draft.key].append(row)
    return groups


def _deal(draft: TransactionDraft) -> _Deal:
    return (draft.type, draft.quantity, draft.price)


def _take(candidates: list[TransactionDraft], row: ImportRow, *, is_exact: bool) -> TransactionDraft | None:
    """Take the stored row nearest in time out of the candidates."""
    reach = 0 if is_exact else _NEAR_MS - 1
    near = [draft for draft in candidates if abs(draft.time_ms - row.draft.time_ms) <= reach]
    if not near:
        return None
    nearest = min(near, key=lambda draft: abs(draft.time_ms - row.draft.time_ms))
    candidates.remove(nearest)
    return nearest


def _twins(rows: Iterable[ImportRow]) -> Iterable[Suspect]:
    first: dict[tuple[int, _Deal], ImportRow] = {}
    for row in rows:
        signature = (row.draft.time_ms, _deal(row.draft))
        other = first.setdefault(signature, row)
        if other is not row:
            yield Suspect(row=row, like=other.draft, like_line=other.line, likeness=Likeness.TWICE, is_wanted=True)
