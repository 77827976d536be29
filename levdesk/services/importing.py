"""Importing a transaction file: what it would do is shown first; all rows are written, or none.

A row may be identical to another of the same file: two equal fills are two fills. Rows that equal rows already in the
portfolio are duplicates, and only the person can say that they are meant.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import chain, pairwise
from typing import TYPE_CHECKING

from levdesk.domain.draft_rules import canonical_fee_currency
from levdesk.domain.errors import ImportRejected
from levdesk.domain.instruments import LeveragedToken, TokenKey
from levdesk.domain.problems import Problem, Severity
from levdesk.domain.transactions import OUTGOING, TransactionDraft, TransactionType
from levdesk.services.book_checks import NewFault, try_out
from levdesk.services.books import Books
from levdesk.services.collector import collector_at_rest
from levdesk.services.csv_rows import CsvRow, read_csv
from levdesk.services.import_rows import ImportRow, TokenBook, TokenFinder, read_row
from levdesk.services.pace import Pace, no_pace, part_of

if TYPE_CHECKING:
    from levdesk.services.intake.choices import Reading
    from levdesk.services.intake.suspects import Suspect

_Signature = tuple[int, TransactionType, Decimal | None, Decimal | None, Decimal, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportPreview:
    """What a file would do to a portfolio.

    Attributes:
        source: name of the file.
        portfolio_id: where the rows would go.
        rows: sound rows in ledger order.
        problems: why it cannot be imported, by line; empty when it can.
        duplicates: rows that are already in the portfolio.
        new_tokens: instruments these rows are the first to use; ASSUMED ones were read from their names.
        newest_first: the file runs backwards, so equal times were read from the bottom up.
        notices: what the person should look at, without being in the way of the import.
        reading: how a foreign file was understood; None for a transaction file read as such.
        suspects: rows that may have been imported before, each beside its like; found only where a person can choose.
    """

    source: str
    portfolio_id: int
    rows: tuple[ImportRow, ...]
    problems: tuple[Problem, ...] = ()
    duplicates: tuple[ImportRow, ...] = ()
    new_tokens: tuple[LeveragedToken, ...] = ()
    newest_first: bool = False
    notices: tuple[Problem, ...] = ()
    reading: Reading | None = None
    suspects: tuple[Suspect, ...] = ()

    @property
    def drafts(self) -> tuple[TransactionDraft, ...]:
        """The rows as drafts, in ledger order."""
        return tuple(row.draft for row in self.rows)

    @property
    def counts(self) -> dict[TransactionType, int]:
        """How many rows there are of each type that occurs, in the order of the types."""
        found = Counter(row.draft.type for row in self.rows)
        return {kind: found[kind] for kind in TransactionType if found[kind]}


def preview_import(
    data: bytes,
    books: Books,
    portfolio_id: int,
    *,
    now_ms: int,
    source: str = "the file",
    find_token: TokenFinder = lambda _key: None,
) -> ImportPreview:
    """Read a file and try it out on the books; nothing is written.

    Rows that are there already are left out of the trial: with them everything would seem to happen twice. When they
    are to be imported again, `confirm_import` tries all rows.

    Args:
        data: the file's bytes.
        books, portfolio_id: where the rows would go.
        now_ms: the clock.
        source: the file's name, for messages.
        find_token: looks a token up in the venues' lists.

    Raises:
        ImportRejected: the file is not text, or its first line does not name the columns. Bad rows do not raise.
    """
    content = read_csv(data, source)
    return preview_rows(
        chain(content.problems, content.rows),
        books,
        portfolio_id,
        now_ms=now_ms,
        source=source,
        find_token=find_token,
    )


@collector_at_rest()
def preview_rows(
    given: Iterable[CsvRow | Problem],
    books: Books,
    portfolio_id: int,
    *,
    now_ms: int,
    source: str,
    find_token: TokenFinder,
) -> ImportPreview:
    """Judge the rows of a file one by one and together; `given` is read once, and may be long."""
    tokens = TokenBook(books.tokens, find_token)
    bad: list[Problem] = []
    sound: list[ImportRow] = []
    spoilt_keys: set[TokenKey | None] = set()
    for row in given:
        if isinstance(row, Problem):
            bad.append(row)
            continue
        result = read_row(row, tokens, now_ms=now_ms, source=source)
        if result.row is not None:
            sound.append(result.row)
        if result.problems:
            bad += result.problems
            spoilt_keys.add(result.key)
    spoilt = frozenset(spoilt_keys)
    used = {row.draft.key for row in sound}
    trials = (_try_order(sound, order, books, portfolio_id, spoilt, source) for order in _possible_orders(sound))
    trial = first = next(trials)
    if first.problems:  # a file in no order at all may happen to look as if it ran backwards
        trial = next((other for other in trials if not other.problems), first)
    return ImportPreview(
        source=source,
        portfolio_id=portfolio_id,
        rows=trial.rows,
        problems=tuple(sorted([*bad, *trial.problems], key=lambda problem: problem.line or 0)),
        duplicates=trial.duplicates,
        new_tokens=tuple(token for key, token in tokens.first_used.items() if key in used),
        newest_first=trial.newest_first,
        notices=tuple(_unread(key, source) for key in tokens.unread if key in used),
    )


def _unread(key: TokenKey, source: str) -> Problem:
    return Problem(
        severity=Severity.WARNING,
        code="token_unread",
        message=f"{key.symbol} at {key.venue} is in no list and its name tells no multiple: it is taken for 1× until "
        "you correct it (Tools > Define or correct a token).",
        source=source,
    )


def confirm_import(
    books: Books, preview: ImportPreview, *, allow_duplicates: bool, pace: Pace = no_pace
) -> ImportPreview:
    """The preview against the books as they are now, ready to be written.

    Raises:
        ImportRejected: bad rows, rows that are already there and not allowed, or nothing to import.
    """
    name = books.portfolio(preview.portfolio_id).name
    if preview.problems:
        raise _rejected(preview, preview.problems)
    if not preview.rows:
        raise ImportRejected(f"{preview.source} holds no transactions.")
    duplicates = find_duplicates(preview.rows, books, preview.portfolio_id)
    if duplicates and not allow_duplicates:
        raise duplicates_rejected(replace(preview, duplicates=duplicates), name)
    pace(0.3)
    rest = part_of(pace, 0.3, 1.0)
    problems = tuple(_ledger_problems(preview.rows, books, preview.portfolio_id, preview.source, rest))
    if problems:
        raise _rejected(preview, problems)
    return replace(
        preview,
        duplicates=duplicates,
        new_tokens=tuple(token for token in preview.new_tokens if token.key not in books.tokens),
    )


def find_duplicates(rows: Sequence[ImportRow], books: Books, portfolio_id: int) -> tuple[ImportRow, ...]:
    """Rows that equal rows of the portfolio, each stored row counted once; notes do not matter."""
    stored: dict[TokenKey, Counter[_Signature]] = {}
    duplicates: list[ImportRow] = []
    for row in rows:
        key = row.draft.key
        there = stored.get(key)
        if there is None:
            there = stored[key] = Counter(
                _signature(transaction.draft, books) for transaction in books.transactions(key, portfolio_id)
            )
        if not there:
            continue
        signature = _signature(row.draft, books)
        if there[signature] > 0:
            there[signature] -= 1
            duplicates.append(row)
    return tuple(duplicates)


def duplicates_rejected(preview: ImportPreview, portfolio_name: str) -> ImportRejected:
    """The refusal of rows that are already there, each named by its line."""
    problems = tuple(
        Problem(
            severity=Severity.WARNING,
            code="duplicate",
            message=f"This row is already in “{portfolio_name}”.",
            source=preview.source,
            line=row.line,
        )
        for row in preview.duplicates
    )
    count, total = len(preview.duplicates), len(preview.rows)
    are = "is" if count == 1 else "are"
    return ImportRejected(
        f"{count} of {total} rows of {preview.source} {are} already in “{portfolio_name}”; nothing was written.",
        problems=problems,
        hint="Use --allow-duplicates when they really happened twice.",
    )


def _rejected(preview: ImportPreview, problems: tuple[Problem, ...]) -> ImportRejected:
    lines = len({problem.line for problem in problems})
    rows = "row" if lines == 1 else "rows"
    return ImportRejected(
        f"{preview.source} has {lines} bad {rows}; nothing was written.",
        problems=problems,
        hint="Mend the rows named and import the file again.",
    )


def _signature(draft: TransactionDraft, books: Books) -> _Signature:
    token = books.tokens.get(draft.key)
    currency = canonical_fee_currency(draft, "USDT" if token is None else token.quote_currency)
    return (draft.time_ms, draft.type, draft.quantity, draft.price, draft.fee, currency)


@dataclass(frozen=True, slots=True)
class _Trial:
    """Rows in one possible order, and what the books say to them."""

    rows: tuple[ImportRow, ...]
    newest_first: bool
    duplicates: tuple[ImportRow, ...]
    problems: tuple[Problem, ...]


def _possible_orders(rows: Sequence[ImportRow]) -> tuple[bool, ...]:
    """Whether to read the file backwards: first what its times suggest, then the other reading where there is one."""
    times = [row.draft.time_ms for row in rows]
    runs_backwards = len(times) > 1 and times[0] > times[-1] and all(one >= next_ for one, next_ in pairwise(times))
    return (True, False) if runs_backwards else (False,)


def _try_order(
    rows: Sequence[ImportRow],
    backwards: bool,
    books: Books,
    portfolio_id: int,
    spoilt: frozenset[TokenKey | None],
    source: str,
) -> _Trial:
    """Sort by time, equal times as read, and try out the rows that are new and whose token has no bad row."""
    ordered = tuple(sorted(reversed(rows) if backwards else rows, key=lambda row: row.draft.time_ms))
    duplicates = find_duplicates(ordered, books, portfolio_id)
    repeated = {row.line for row in duplicates}
    fresh = [row for row in ordered if row.line not in repeated and row.draft.key not in spoilt]
    return _Trial(ordered, backwards, duplicates, tuple(_ledger_problems(fresh, books, portfolio_id, source)))


def _ledger_problems(
    rows: Sequence[ImportRow], books: Books, portfolio_id: int, source: str, pace: Pace = no_pace
) -> Iterable[Problem]:
    """Rows that do not fit together, or do not fit what is in the books, one problem for each."""
    by_key: dict[TokenKey, list[ImportRow]] = {}
    for row in rows:
        by_key.setdefault(row.draft.key, []).append(row)
    for number, (key, group) in enumerate(by_key.items()):
        pace(number / len(by_key))
        for found in try_out(books, key, portfolio_id, added=[row.draft for row in group]):
            yield _ledger_problem(found, group, source)


def _ledger_problem(found: NewFault, group: Sequence[ImportRow], source: str) -> Problem:
    words = found.fault.message
    if found.is_new:
        line = next(row.line for row in group if row.draft is found.fault.draft)
        message = f"{words[:1].upper()}{words[1:]}."
    else:
        line = _line_to_blame(found.fault.draft, group)
        message = f"With this row a transaction already in the book is no longer possible: {words}."
    return Problem(severity=Severity.ERROR, code="draft_held", message=message, source=source, line=line)


def _line_to_blame(stored: TransactionDraft, group: Sequence[ImportRow]) -> int:
    """The last row before a stored one that lets units go; a merge does so too, in a way."""
    earlier = [row for row in group if row.draft.time_ms <= stored.time_ms]
    letting_go = [row for row in earlier if row.draft.type in OUTGOING or row.draft.type is TransactionType.MERGE]
    return (letting_go or earlier or group)[-1].line
