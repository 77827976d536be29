"""What one piece of work changed while it could only be done in memory, and its text for a note.

A piece of work is kept as what came of it, not as what was asked: acts with their rows before and after, as undo keeps
them, and rows of the other tables as they stand after it. So it can be noted, read by a later program, and brought into
a file that somebody else has changed meanwhile.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Final

from levdesk.domain.errors import UserError
from levdesk.io.ledger_acts import decode_changes
from levdesk.services.alert_codec import rule_from_json
from levdesk.services.alert_rules import standard_rules
from levdesk.services.backup_policy import BackupReason, is_bulk
from levdesk.services.unsaved import BACKGROUND_SETTINGS

Cell = int | str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptAct:
    """An act, or one undone or done again.

    Attributes:
        event_id: of its line in `act_events`, in memory.
        event: "done", "undone" or "redone".
        act_id: in memory.
        at_ms: when.
        label: its name.
        changes: its rows as `acts` keeps them; "" for one that stood in the file before.
    """

    event_id: int
    event: str
    act_id: int
    at_ms: int
    label: str
    changes: str


@dataclass(frozen=True, slots=True)
class KeptRow:
    """A row of a table that undo does not know.

    Attributes:
        table: one of `ROW_TABLES`.
        key: its key columns.
        rest: its other columns; None = it is not there.
    """

    table: str
    key: tuple[Cell, ...]
    rest: tuple[Cell, ...] | None


@dataclass(frozen=True, slots=True)
class RowTable:
    """The columns of a table that undo does not know."""

    key: tuple[str, ...]
    rest: tuple[str, ...]


ROW_TABLES: Final = {
    "settings": RowTable(("name",), ("value",)),
    "nav_history": RowTable(("venue", "symbol", "ts_ms"), ("nav", "source")),
    "rebalances": RowTable(("venue", "symbol", "ts_ms"), ("until_ms", "nav")),
    "alert_rules": RowTable(("id",), ("rule",)),
    "alert_states": RowTable(("rule_id", "target"), ("state",)),
    "alert_events": RowTable(
        ("id",),
        (
            "ts_ms", "rule_id", "rule", "kind", "severity", "target", "fired", "message", "advice", "figures",
            "acknowledged_ms",
        ),
    ),
    "alert_mutes": RowTable(("target",), ("until_ms",)),
    "alert_deliveries": RowTable(("event_id", "channel"), ("outcome", "queued_ms", "attempts", "next_ms")),
}  # fmt: skip
"""Every table of the ledger but `about` and those of acts; parents stand before their children."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One piece of work: it is brought into the file as a whole or not at all."""

    acts: tuple[KeptAct, ...]
    rows: tuple[KeptRow, ...]

    @property
    def label(self) -> str:
        """What the person calls it; "" for what the program does by itself."""
        if self.acts:
            act = self.acts[-1]
            return act.label if act.event == "done" else f"{_VERBS[act.event]} {act.label}"
        if any(row.table == "alert_rules" and not _is_standard(row) for row in self.rows):
            return "change an alert rule"
        if any(row.table == "settings" and row.key[0] not in BACKGROUND_SETTINGS for row in self.rows):
            return "change settings"
        return ""

    @property
    def backup_reason(self) -> BackupReason | None:
        """The backup that must come before it, as it would have in the window."""
        for act in self.acts:
            if act.event != "done":
                continue
            deleted = 0
            for change in decode_changes(act.changes):
                if change.table == "import_batches" and any(row.before is None for row in change.rows):
                    return BackupReason.IMPORT
                deleted += sum(1 for row in change.rows if change.table == "transactions" and row.after is None)
            if is_bulk(deleted):
                return BackupReason.DELETE
        return None

    def to_text(self) -> str:
        """One line of JSON."""
        document = {
            "acts": [[act.event_id, act.event, act.act_id, act.at_ms, act.label, act.changes] for act in self.acts],
            "rows": [[row.table, row.key, row.rest] for row in self.rows],
        }
        return json.dumps(document, ensure_ascii=False, separators=(",", ":"))

    @staticmethod
    def from_text(text: str) -> Kept:
        """What `to_text` wrote.

        Raises:
            ValueError: it is something else.
        """
        try:
            document = json.loads(text)
            return Kept(tuple(map(_act, document["acts"])), tuple(map(_row, document["rows"])))
        except (KeyError, TypeError) as error:
            raise ValueError(f"no piece of work: {error}") from error


def _is_standard(row: KeptRow) -> bool:
    """Whether a rule is one of those that come by themselves, as it comes."""
    if row.rest is None:
        return False
    with suppress(ValueError, UserError):
        return replace(rule_from_json(json.loads(str(row.rest[0]))), id=0) in standard_rules()
    return False


_VERBS: Final = {"undone": "undo", "redone": "redo"}


def _act(values: Any) -> KeptAct:
    event_id, event, act_id, at_ms, label, changes = values
    if event not in {"done", *_VERBS} or not all(isinstance(text, str) for text in (label, changes)):
        raise ValueError("no act")
    return KeptAct(
        event_id=int(event_id), event=event, act_id=int(act_id), at_ms=int(at_ms), label=label, changes=changes
    )


def _row(values: Any) -> KeptRow:
    table, key, rest = values
    columns = ROW_TABLES[table]
    if len(key) != len(columns.key) or (rest is not None and len(rest) != len(columns.rest)):
        raise ValueError(f"no row of {table}")
    if not all(cell is None or isinstance(cell, int | str) for cell in (*key, *(rest or ()))):
        raise ValueError(f"no cells of {table}")
    return KeptRow(table, tuple(key), None if rest is None else tuple(rest))


# ------------------------------------------------------------------------------------------------------- capturing


def last_event(connection: sqlite3.Connection) -> int:
    """The newest line of the audit trail; it moves with every act, whichever program does it."""
    (newest,) = connection.execute("SELECT coalesce(max(id), 0) FROM act_events").fetchone()
    return int(newest)


def start_capturing(connection: sqlite3.Connection) -> None:
    """Have a database in memory note, for every row that is touched, which one it was."""
    connection.execute("CREATE TEMP TABLE touched (place INTEGER PRIMARY KEY, name TEXT, a, b, c)")
    for table, columns in ROW_TABLES.items():
        for event, side in (("INSERT", "NEW"), ("UPDATE", "NEW"), ("DELETE", "OLD")):
            cells = [f"{side}.{name}" for name in columns.key] + ["NULL"] * (3 - len(columns.key))
            connection.execute(
                f"CREATE TEMP TRIGGER kept_{table}_{event} AFTER {event} ON main.{table} BEGIN"  # noqa: S608
                f" INSERT INTO touched (name, a, b, c) VALUES ('{table}', {', '.join(cells)}); END"
            )


def capture(connection: sqlite3.Connection, after_event: int) -> Kept | None:
    """What the work of this transaction changed; None for nothing. Called before it is committed."""
    acts = tuple(
        KeptAct(event_id=event_id, event=event, act_id=act_id, at_ms=at_ms, label=label, changes=changes)
        for event_id, event, act_id, at_ms, label, changes in connection.execute(_ACTS_SINCE, (after_event,))
    )
    rows = tuple(_captured_rows(connection))
    connection.execute("DELETE FROM touched")
    return Kept(acts, rows) if acts or rows else None


_ACTS_SINCE: Final = (
    "SELECT act_events.id, event, act_id, at_ms, label, CASE event WHEN 'done' THEN changes ELSE '' END"
    " FROM act_events JOIN acts ON acts.id = act_id WHERE act_events.id > ? ORDER BY act_events.id"
)


def _captured_rows(connection: sqlite3.Connection) -> Iterator[KeptRow]:
    touched: Sequence[tuple[str, Cell, Cell, Cell]] = connection.execute(
        "SELECT name, a, b, c FROM touched GROUP BY name, a, b, c ORDER BY min(place)"
    ).fetchall()
    order = list(ROW_TABLES)
    for table, *cells in sorted(touched, key=lambda row: order.index(row[0])):
        columns = ROW_TABLES[table]
        key = tuple(cells[: len(columns.key)])
        where = " AND ".join(f"{name} = ?" for name in columns.key)
        found = connection.execute(
            f"SELECT {', '.join(columns.rest)} FROM {table} WHERE {where}",  # noqa: S608 - our own names
            key,
        ).fetchone()
        yield KeptRow(table, key, None if found is None else tuple(found))
