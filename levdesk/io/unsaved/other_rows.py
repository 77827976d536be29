"""Bringing in rows of the tables that undo does not know: settings, alerts, and the NAV history."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Final

from levdesk.domain.errors import UserError
from levdesk.io.unsaved.ids import Places
from levdesk.io.unsaved.kept import ROW_TABLES, Cell, KeptRow

_OWNERS: Final = {"alert_states": "alert_rules", "alert_deliveries": "alert_events"}
"""Tables whose first key column is the id of a row of another."""
_NUMBERED: Final = frozenset({"alert_rules", "alert_events"})
_MERGED: Final = {"rebalances": "until_ms = max(until_ms, excluded.until_ms), nav = coalesce(excluded.nav, nav)"}
_RULE_OF_EVENT: Final = ROW_TABLES["alert_events"].rest.index("rule_id")


def bring_in_row(connection: sqlite3.Connection, row: KeptRow, places: Places) -> None:
    """Let one row stand as it did in memory; the last word counts, but for a rule that another program has deleted.

    Raises:
        UserError: it no longer holds.
    """
    columns = ROW_TABLES[row.table]
    key = _place(connection, row, places)
    if key is None:
        return
    where = " AND ".join(f"{name} = ?" for name in columns.key)
    if row.rest is None:
        connection.execute(f"DELETE FROM {row.table} WHERE {where}", key)  # noqa: S608 - our own names, as below
        return
    rest = list(row.rest)
    if row.table == "alert_events":
        rule_id = rest[_RULE_OF_EVENT]
        if isinstance(rule_id, int) and places.is_placed("alert_rules", rule_id):
            rest[_RULE_OF_EVENT] = places.of("alert_rules", rule_id)
    cells = (*key, *rest)
    merge = _MERGED.get(row.table) or ", ".join(f"{name} = excluded.{name}" for name in columns.rest)
    connection.execute(
        f"INSERT INTO {row.table} ({', '.join((*columns.key, *columns.rest))}) "  # noqa: S608
        f"VALUES ({', '.join('?' * len(cells))}) ON CONFLICT ({', '.join(columns.key)}) DO UPDATE SET {merge}",
        cells,
    )


def _place(connection: sqlite3.Connection, row: KeptRow, places: Places) -> Sequence[Cell] | None:
    """The row's key in the file; None for a row whose owner is not there any more.

    Raises:
        UserError: the row is numbered, stood in the file, and is gone.
    """
    number = row.key[0]
    if row.table in _OWNERS and isinstance(number, int):
        owner = _OWNERS[row.table]
        if places.is_new(owner, number) and not places.is_placed(owner, number):
            return None
        place = places.of(owner, number)
        return (place, *row.key[1:]) if _is_there(connection, owner, place) else None
    if row.table not in _NUMBERED or not isinstance(number, int):
        return row.key
    if not places.is_new(row.table, number):
        if row.rest is not None and not _is_there(connection, row.table, number):
            if row.table == "alert_rules":
                raise UserError("Another program has deleted that rule.")
            return None
        return row.key
    if not places.is_placed(row.table, number):
        if row.rest is None:
            return None
        places.put(row.table, number, _twin(connection, row, places) or _free_id(connection, row.table))
    return (places.of(row.table, number),)


def _twin(connection: sqlite3.Connection, row: KeptRow, places: Places) -> int | None:
    """An event or rule that an earlier attempt brought in and was ended before it could say so."""
    if not places.is_other or row.rest is None:
        return None
    columns = [name for name in ROW_TABLES[row.table].rest if name not in {"rule_id", "acknowledged_ms"}]
    cells = [cell for name, cell in zip(ROW_TABLES[row.table].rest, row.rest, strict=True) if name in columns]
    found = connection.execute(
        f"SELECT id FROM {row.table} WHERE id > ? AND {' AND '.join(f'{name} IS ?' for name in columns)}",  # noqa: S608
        (places.base.sequences.get(row.table, 0), *cells),
    ).fetchall()
    taken = set(places.moved.get(row.table, {}).values())
    return next((int(row_id) for (row_id,) in found if row_id not in taken), None)


def _is_there(connection: sqlite3.Connection, table: str, row_id: int) -> bool:
    found = connection.execute(f"SELECT 1 FROM {table} WHERE id = ?", (row_id,)).fetchone()  # noqa: S608
    return found is not None


def _free_id(connection: sqlite3.Connection, table: str) -> int:
    found = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,)).fetchone()
    return 1 if found is None else int(found[0]) + 1
