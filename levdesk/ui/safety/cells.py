"""Columns and rows of the three lists: backups, bin, history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from levdesk.services.audit import STATE_WORDS
from levdesk.services.backup_policy import REASON_WORDS
from levdesk.ui import format as fmt
from levdesk.ui.models.cells import Cell, Tone
from levdesk.ui.models.columns import ColumnSpec
from levdesk.ui.models.keyed_table import KeyedRow

if TYPE_CHECKING:
    from levdesk.services.audit import AuditEntry
    from levdesk.services.audit_bin import BinEntry
    from levdesk.services.backup_policy import Backup

BACKUP_COLUMNS: Final = (
    ColumnSpec(name="made", title="Made", about="When the copy was made", width=136, is_number=False),
    ColumnSpec(name="reason", title="Why", about="What it was made for", width=128, is_number=False),
    ColumnSpec(name="transactions", title="Transactions", about="How many it holds", width=96),
    ColumnSpec(
        name="newest",
        title="Last transaction",
        about="Time of the newest transaction in it",
        width=136,
        is_number=False,
    ),
    ColumnSpec(name="size", title="Size", about="Of the file", width=80),
    ColumnSpec(name="file", title="File", about="Its name in the backups folder", width=220, is_number=False),
)
BIN_COLUMNS: Final = (
    ColumnSpec(name="deleted", title="Deleted", about="When it was deleted", width=136, is_number=False),
    ColumnSpec(name="what", title="What", about="What was deleted", width=280, is_number=False),
    ColumnSpec(name="portfolio", title="Portfolio", about="Where it was", width=120, is_number=False),
    ColumnSpec(name="left", title="Leaves", about="When it leaves the bin for good", width=96, is_number=False),
)
HISTORY_COLUMNS: Final = (
    ColumnSpec(name="when", title="When", about="When it was done", width=136, is_number=False),
    ColumnSpec(name="what", title="What", about="What was done", width=360, is_number=False),
    ColumnSpec(name="act", title="Act", about="Number of the act", width=56),
    ColumnSpec(name="state", title="Now", about="Whether it is in force", width=96, is_number=False),
)


def backup_row(backup: Backup) -> KeyedRow:
    """A copy; one that cannot be used says why."""
    tone = Tone.PLAIN if backup.is_sound else Tone.MUTED
    contents = f"{backup.transactions:,}" if backup.is_sound else fmt.UNKNOWN
    cells = [
        Cell(fmt.moment(backup.made_ms), Tone.STRONG if backup.is_sound else Tone.MUTED),
        Cell(REASON_WORDS[backup.reason], tone),
        Cell(contents, tone),
        Cell(fmt.moment(backup.newest_ms) if backup.newest_ms is not None else fmt.UNKNOWN, tone),
        Cell(size_words(backup.size_bytes), tone),
        Cell(backup.path.name, Tone.MUTED, mark="" if backup.is_sound else "cannot be used"),
    ]
    return KeyedRow(str(backup.path), cells, backup.fault or str(backup.path))


def bin_row(entry: BinEntry, now_ms: int) -> KeyedRow:
    """Something deleted."""
    days = entry.days_left(now_ms)
    left = "today" if not days else f"in {days} day{'' if days == 1 else 's'}"
    words = entry.words
    cells = [
        Cell(fmt.moment(entry.deleted_ms)),
        Cell(words[:1].upper() + words[1:], Tone.STRONG),
        Cell(entry.portfolio.name),
        Cell(left, Tone.WARNING if days < 3 else Tone.MUTED),
    ]
    return KeyedRow(bin_key(entry), cells, "\n".join(_contents(entry)))


def bin_key(entry: BinEntry) -> tuple[int, int, int]:
    """What tells one thing in the bin from another."""
    return (
        entry.act_id,
        int(entry.is_portfolio),
        entry.portfolio.id if entry.is_portfolio else entry.transactions[0].id,
    )


def history_row(entry: AuditEntry) -> KeyedRow:
    """Something that happened; what is no longer in force is muted."""
    tone = Tone.PLAIN if entry.state == "done" else Tone.MUTED
    cells = [
        Cell(fmt.moment(entry.at_ms), tone),
        Cell(entry.words, tone),
        Cell(str(entry.act_id), tone),
        Cell(STATE_WORDS.get(entry.state, entry.state), Tone.MUTED),
    ]
    return KeyedRow(entry.event_id, cells, fmt.moment_with_zone(entry.at_ms))


def size_words(size_bytes: int) -> str:
    """A file's size, e.g. "1.2 MB"."""
    if size_bytes < 1_000_000:
        return f"{max(1, round(size_bytes / 1000))} KB"
    return f"{size_bytes / 1_000_000:,.1f} MB"


def _contents(entry: BinEntry) -> list[str]:
    lines = [
        f"{fmt.moment(row.draft.time_ms)}  {row.draft.type.value} {row.draft.key.symbol} {row.draft.note}".strip()
        for row in entry.transactions[:12]
    ]
    rest = len(entry.transactions) - len(lines)
    return [*lines, f"… and {rest:,} more"] if rest else lines
