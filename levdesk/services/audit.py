"""The audit trail as the office knows it: what was done, undone and done again, when, and what each act changed."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from levdesk.services.csv_format import guard_note, time_text

EVENT_WORDS: Final = {"done": "", "undone": "undid: ", "redone": "did again: "}
STATE_WORDS: Final = {"done": "in force", "undone": "taken back", "dropped": "closed"}
COLUMNS: Final = ("time", "what", "act", "event", "state")
TABLE_WORDS: Final = {
    "transactions": "transaction",
    "portfolios": "portfolio",
    "tokens": "token",
    "import_batches": "import",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One thing that happened to the books.

    Attributes:
        event_id: counts what happened.
        at_ms: when, UTC.
        event: "done", "undone" or "redone".
        act_id: the act it happened to; an act is done once and may be undone and redone.
        label: the act in words.
        state: of the act now: "done", "undone", or "dropped" when it can be neither undone nor redone any more.
    """

    event_id: int
    at_ms: int
    event: str
    act_id: int
    label: str
    state: str

    @property
    def words(self) -> str:
        """What happened, e.g. "Undid: add buy of 10 BTC3L"."""
        text = f"{EVENT_WORDS.get(self.event, '')}{self.label}"
        return text[:1].upper() + text[1:]


@dataclass(frozen=True, slots=True, kw_only=True)
class RowDiff:
    """What an act did to one row.

    Attributes:
        table, row_id: the row.
        fields: (column, before, after) of what is different, as stored; None = empty, or no row.
        kind: "added", "changed", "deleted" or "erased" (its content has left the bin for good).
    """

    table: str
    row_id: int
    fields: tuple[tuple[str, object, object], ...]
    kind: str

    @property
    def words(self) -> str:
        """One line, e.g. "changed transaction 12: price 2.5 → 2.6"."""
        name = f"{self.kind} {TABLE_WORDS.get(self.table, self.table)} {self.row_id}"
        if self.kind == "changed":
            said = (f"{column} {_shown(before)} → {_shown(after)}" for column, before, after in self.fields)
        else:
            side = 1 if self.kind == "deleted" else 2
            said = (f"{field[0]} {_shown(field[side])}" for field in self.fields if field[side] not in (None, ""))
        told = ", ".join(said)
        return f"{name}: {told}" if told else name


def search(entries: Iterable[AuditEntry], text: str) -> tuple[AuditEntry, ...]:
    """Entries in whose words, time or number every word of a text occurs, without regard to case."""
    wanted = text.casefold().split()
    return tuple(entry for entry in entries if all(word in _searched(entry) for word in wanted))


def history_csv(entries: Iterable[AuditEntry]) -> bytes:
    """The trail as a file for a spreadsheet, in UTF-8 with CRLF; no label can act as a formula."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for entry in entries:
        writer.writerow((time_text(entry.at_ms), guard_note(entry.words), entry.act_id, entry.event, entry.state))
    return text.getvalue().encode("utf-8", "replace")


def history_json(entries: Sequence[AuditEntry]) -> str:
    """The trail for a program."""
    rows = [
        {
            "event": entry.event_id,
            "time": time_text(entry.at_ms),
            "what": entry.words,
            "act": entry.act_id,
            "happened": entry.event,
            "label": entry.label,
            "state": entry.state,
        }
        for entry in entries
    ]
    return json.dumps(rows, indent=2, ensure_ascii=False)


def _searched(entry: AuditEntry) -> str:
    return f"{entry.words} {time_text(entry.at_ms)} {entry.act_id} {STATE_WORDS.get(entry.state, '')}".casefold()


def _shown(value: object) -> str:
    return "nothing" if value in (None, "") else str(value)
