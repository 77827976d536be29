"""The audit trail, read from the acts kept for undo: each holds its rows before and after, and none is thrown away."""

from __future__ import annotations

import sqlite3
from typing import Final

from levdesk.domain.errors import StoreCorrupt, UserError
from levdesk.io.ledger_acts import entries_of
from levdesk.io.ledger_db import read_ledger
from levdesk.io.paths import Paths
from levdesk.services.audit import AuditEntry, RowDiff
from levdesk.services.ports import Clock

MAX_ROWS: Final = 1_000
_HISTORY: Final = """
SELECT act_events.id, at_ms, event, act_id, label, state FROM act_events JOIN acts ON acts.id = act_id
WHERE act_events.id < ? ORDER BY act_events.id DESC LIMIT ?
"""
_BEYOND: Final = 2**62


def read_history(paths: Paths, clock: Clock, *, limit: int = 10_000, before: int = _BEYOND) -> tuple[AuditEntry, ...]:
    """What happened, newest first; `before` is the event id to go on from.

    Raises:
        StoreError: unreadable, newer or damaged file.
    """

    def read(connection: sqlite3.Connection) -> tuple[AuditEntry, ...]:
        rows = connection.execute(_HISTORY, (before, limit))
        return tuple(
            AuditEntry(event_id=event_id, at_ms=at_ms, event=event, act_id=act_id, label=label, state=state)
            for event_id, at_ms, event, act_id, label, state in rows
        )

    return read_ledger(paths, clock, read) or ()


def read_act(paths: Paths, clock: Clock, act_id: int) -> tuple[RowDiff, ...]:
    """Every row an act changed, in its order; the first `MAX_ROWS` of a large one.

    Raises:
        UserError: there is no such act.
        StoreError: unreadable, newer or damaged file.
    """

    def read(connection: sqlite3.Connection) -> str | None:
        found = connection.execute("SELECT changes FROM acts WHERE id = ?", (act_id,)).fetchone()
        return None if found is None else str(found[0])

    text = read_ledger(paths, clock, read)
    if text is None:
        raise UserError(f"There is no act {act_id}.", hint="“levdesk history” names them.")
    return diffs_of(text)


def diffs_of(text: str) -> tuple[RowDiff, ...]:
    """The rows of an act as it was kept, whatever columns its tables had then.

    Raises:
        StoreCorrupt: nobody can read it.
    """
    found: list[RowDiff] = []
    try:
        for change in entries_of(text):
            for row_id, before, after in change["rows"]:
                if len(found) == MAX_ROWS:
                    return tuple(found)
                found.append(_diff(change["table"], change["columns"], int(row_id), before, after))
    except (ValueError, KeyError, TypeError) as error:
        raise StoreCorrupt("The record of this act cannot be read.") from error
    return tuple(found)


def _diff(
    table: str, columns: list[str], row_id: int, before: list[object] | None, after: list[object] | None
) -> RowDiff:
    old = before or [None] * len(columns)
    new = after or [None] * len(columns)
    fields = tuple((column, one, other) for column, one, other in zip(columns, old, new, strict=True) if one != other)
    kinds = {(False, True): "added", (True, True): "changed", (True, False): "deleted", (False, False): "erased"}
    return RowDiff(table=table, row_id=row_id, fields=fields, kind=kinds[before is not None, after is not None])
