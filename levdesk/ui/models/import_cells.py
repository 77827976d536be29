"""Writes the cells and sentences of an import preview."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from levdesk.domain.instruments import LeveragedToken, Provenance
from levdesk.domain.problems import Problem
from levdesk.domain.transactions import TransactionType
from levdesk.ui import format as eye
from levdesk.ui.format import Figures
from levdesk.ui.models.cells import UNKNOWN_CELL, Cell, Tone
from levdesk.ui.models.columns import ColumnSpec
from levdesk.ui.models.titles import token_words, venue_title
from levdesk.ui.models.transaction_words import TYPE_WORDS

if TYPE_CHECKING:
    from levdesk.services.import_rows import ImportRow
    from levdesk.services.importing import ImportPreview

ROW_COLUMNS: Final = (
    ColumnSpec(name="line", title="Line", about="Line in the file", width=58),
    ColumnSpec(name="time", title="Time", about="Your local time", width=136, is_number=False),
    ColumnSpec(name="type", title="Type", about="What happened", width=84, is_number=False),
    ColumnSpec(name="token", title="Token", about="Token and venue", width=152, is_number=False),
    ColumnSpec(name="quantity", title="Units", about="Units, or old units per new one", width=92),
    ColumnSpec(name="price", title="Price", about="Price of one unit", width=84),
    ColumnSpec(name="fee", title="Fee", about="Fee and its currency", width=96),
    ColumnSpec(name="note", title="Note", about="Note", width=90, is_number=False),
)
PROBLEM_COLUMNS: Final = (
    ColumnSpec(name="line", title="Line", about="Line in the file, as an editor counts it", width=66),
    ColumnSpec(
        name="problem", title="What is wrong", about="Why this row cannot be imported", width=600, is_number=False
    ),
)
_NOUNS: Final = {
    TransactionType.BUY: ("buy", "buys"),
    TransactionType.SELL: ("sale", "sales"),
    TransactionType.SUBSCRIBE: ("subscription", "subscriptions"),
    TransactionType.REDEEM: ("redemption", "redemptions"),
    TransactionType.TRANSFER_IN: ("transfer in", "transfers in"),
    TransactionType.TRANSFER_OUT: ("transfer out", "transfers out"),
    TransactionType.MERGE: ("merge", "merges"),
    TransactionType.SETTLE: ("settlement", "settlements"),
}


def row_cells(row: ImportRow, *, is_duplicate: bool, write: Figures) -> list[Cell]:
    """One sound row of the file."""
    draft = row.draft
    tone = Tone.MUTED if is_duplicate else Tone.PLAIN
    quantity = "all" if draft.quantity is None else write.exact(draft.quantity)
    fee = Cell(write.exact(draft.fee), tone, aside=draft.fee_currency) if draft.fee else Cell("0", Tone.MUTED)
    return [
        Cell(str(row.line), Tone.MUTED),
        Cell(eye.moment(draft.time_ms), tone),
        Cell(TYPE_WORDS[draft.type].name, tone),
        Cell(draft.key.symbol, tone, aside="already there" if is_duplicate else venue_title(draft.key.venue)),
        Cell(f"{quantity} : 1" if draft.type is TransactionType.MERGE else quantity, tone),
        UNKNOWN_CELL if draft.price is None else Cell(write.exact(draft.price), tone),
        fee,
        Cell(" ".join(draft.note.split()), Tone.MUTED),
    ]


def problem_cells(problem: Problem) -> list[Cell]:
    """One bad row."""
    return [Cell("" if problem.line is None else str(problem.line), Tone.MUTED), Cell(problem.message)]


def summary(preview: ImportPreview, write: Figures) -> str:
    """What the file holds: "14 transactions from 12 Oct to 21 Nov 2026: 8 buys, 3 sales, 1 merge"."""
    count = len(preview.rows)
    if not count:
        return "The file holds no row that can be imported."
    first, last = preview.rows[0].draft.time_ms, preview.rows[-1].draft.time_ms
    kinds = ", ".join(_counted(number, kind, write) for kind, number in preview.counts.items())
    noun = "transaction" if count == 1 else "transactions"
    span = eye.day(first) if eye.day(first) == eye.day(last) else f"{eye.day(first)} to {eye.day(last)}"
    turned = "" if not preview.newest_first else " The file runs backwards; it is read from its end."
    return f"{write.count(count)} {noun}, {span}: {kinds}.{turned}"


def new_token_words(tokens: Sequence[LeveragedToken], write: Figures) -> str:
    """Tokens the file is the first to use; what was only read from a name says so."""
    parts = []
    for token in tokens[:6]:
        assumed = ", read from its name" if token.provenance is Provenance.ASSUMED else ""
        parts.append(f"{token.key.symbol} ({token_words(token, write)}{assumed})")
    if not parts:
        return ""
    more = f" and {write.count(len(tokens) - 6)} more" if len(tokens) > 6 else ""
    return f"New to your books: {', '.join(parts)}{more}."


def _counted(number: int, kind: TransactionType, write: Figures) -> str:
    return f"{write.count(number)} {_NOUNS[kind][0 if number == 1 else 1]}"
