"""Bringing a piece of work that was done in memory into the file, as it stands by now.

Nothing is taken for granted when another program has written meanwhile: rows must still be as the act found them, ids
that are taken are exchanged, nobody may come to sell more than is held, and what is there already is not done twice.
Runs inside the writer's transaction; what no longer holds raises, and the transaction with it is rolled back.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from levdesk.domain.errors import StoreCorrupt, UserError
from levdesk.domain.ledger import append_possible_rows, new_ledger
from levdesk.domain.transactions import CostMethod
from levdesk.io import ledger_acts
from levdesk.io.ledger_acts import UNDOABLE, RowChange, TableChange, decode_changes
from levdesk.io.rows import TRANSACTION_COLUMNS, TRANSACTION_SELECT, Row, transactions_from_rows
from levdesk.io.unsaved.ids import Places
from levdesk.io.unsaved.kept import Kept, KeptAct
from levdesk.io.unsaved.other_rows import bring_in_row

_PORTFOLIO: Final = TRANSACTION_COLUMNS.index("portfolio_id")
_BATCH: Final = TRANSACTION_COLUMNS.index("import_batch_id")
_VENUE, _SYMBOL = TRANSACTION_COLUMNS.index("venue"), TRANSACTION_COLUMNS.index("symbol")
Holding = tuple[int, str, str]


class NameTaken(UserError):
    """A portfolio of that name has been made meanwhile; what belongs to this one belongs to that one.

    Attributes:
        portfolio_id: this one, in memory.
        place: that one, in the file.
    """

    def __init__(self, name: str, portfolio_id: int, place: int) -> None:
        super().__init__(f"Another program has made a portfolio “{name}”; what you entered goes there.")
        self.portfolio_id = portfolio_id
        self.place = place


def bring_in(connection: sqlite3.Connection, kept: Kept, places: Places) -> None:
    """Do a piece of work in the file; `places` learns where its rows stand.

    Raises:
        UserError: it no longer holds, and why. What `places` has learnt is void then, as is the transaction.
        StoreError, sqlite3.Error: as the file answers.
    """
    try:
        for act in kept.acts:
            if act.event == "done":
                _do(connection, act, places)
            else:
                _move(connection, act, places)
        for row in kept.rows:
            bring_in_row(connection, row, places)
    except sqlite3.IntegrityError as error:
        raise UserError("It does not fit what another program has entered meanwhile.") from error
    except StoreCorrupt as error:
        if not places.is_other:
            raise
        raise UserError("Another program has changed the same rows meanwhile.") from error


def _do(connection: sqlite3.Connection, act: KeptAct, places: Places) -> None:
    kept_changes = decode_changes(act.changes)
    if places.is_other and _is_there_already(connection, act, kept_changes, places):
        return
    changes = [moved for change in kept_changes if (moved := _moved(connection, change, places)).rows]
    for change in changes:
        _require_as_found(connection, change)
    before = _faults(connection, changes) if places.is_other else {}
    ledger_acts.record(connection, changes, label=act.label, now_ms=act.at_ms)
    places.put("acts", act.act_id, _newest_act(connection))
    _require_possible(connection, changes, before, places)


def _move(connection: sqlite3.Connection, act: KeptAct, places: Places) -> None:
    """Undo or redo: only what is on top, or it would be somebody else's act."""
    act_id = places.of("acts", act.act_id)
    if places.is_other and (line := _unmatched_line(connection, act, places, act_id)) is not None:
        places.matched.add(line)
        return
    state, newest = ("done", "DESC") if act.event == "undone" else ("undone", "ASC")
    top = connection.execute(
        f"SELECT id, changes FROM acts WHERE state = ? ORDER BY id {newest} LIMIT 1",  # noqa: S608 - two words
        (state,),
    ).fetchone()
    if top is None or top[0] != act_id:
        raise UserError("Another program has changed your books since, so this is not the last act any more.")
    changes = decode_changes(top[1])
    before = _faults(connection, changes) if places.is_other else {}
    (ledger_acts.undo if act.event == "undone" else ledger_acts.redo)(connection, act.at_ms)
    _require_possible(connection, changes, before, places)


# ------------------------------------------------------------------------------------------------------------- rows


def _moved(connection: sqlite3.Connection, change: TableChange, places: Places) -> TableChange:
    """The change with the file's ids; rows of tokens that are there by now are left out."""
    rows = []
    for row in change.rows:
        if row.before is None and places.is_new(change.table, row.id) and not places.is_placed(change.table, row.id):
            there = _namesake(connection, change.table, row)
            if there is not None:
                places.put(change.table, row.id, there)
                continue
            places.put(change.table, row.id, _free_id(connection, change.table, places))
        rows.append(
            RowChange(
                places.of(change.table, row.id),
                _with_places(change.table, row.before, places),
                _with_places(change.table, row.after, places),
            )
        )
    return replace(change, rows=tuple(rows))


def _namesake(connection: sqlite3.Connection, table: str, row: RowChange) -> int | None:
    """The id of the same token in the file.

    Raises:
        NameTaken: a portfolio of that name is there.
    """
    assert row.after is not None
    if table == "tokens":
        found = connection.execute("SELECT id FROM tokens WHERE venue = ? AND symbol = ?", row.after[:2]).fetchone()
        return None if found is None else int(found[0])
    if table == "portfolios":
        found = connection.execute("SELECT id FROM portfolios WHERE name_key = ?", row.after[1:2]).fetchone()
        if found is not None:
            raise NameTaken(str(row.after[0]), row.id, int(found[0]))
    return None


def _free_id(connection: sqlite3.Connection, table: str, places: Places) -> int:
    found = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,)).fetchone()
    return max(0 if found is None else int(found[0]), places.highest.get(table, 0)) + 1


def _with_places(table: str, row: Row | None, places: Places) -> Row | None:
    if row is None or table != "transactions":
        return row
    cells = list(row)
    for column, parent in ((_PORTFOLIO, "portfolios"), (_BATCH, "import_batches")):
        cell = cells[column]
        if isinstance(cell, int):
            cells[column] = places.of(parent, cell)
    return tuple(cells)


def _require_as_found(connection: sqlite3.Connection, change: TableChange) -> None:
    columns = ", ".join(UNDOABLE[change.table])
    for row in change.rows:
        if row.before is None:
            continue
        found = connection.execute(
            f"SELECT {columns} FROM {change.table} WHERE id = ?",  # noqa: S608 - names of UNDOABLE
            (row.id,),
        ).fetchone()
        if found is None:
            raise UserError("Another program has deleted what it changes.")
        if tuple(found) != row.before:
            raise UserError("Another program has changed the same row.")


# ----------------------------------------------------------------------------------------------- what is there already


def _is_there_already(
    connection: sqlite3.Connection, act: KeptAct, changes: Sequence[TableChange], places: Places
) -> bool:
    """Whether an earlier attempt brought this act in and was ended before it could say so."""
    line = _unmatched_line(connection, act, places, None)
    if line is None:
        return False
    act_id, text = connection.execute(
        "SELECT acts.id, changes FROM acts JOIN act_events ON act_id = acts.id WHERE act_events.id = ?", (line,)
    ).fetchone()
    there = [change for change in decode_changes(text) if change.table != "tokens"]
    ours = [change for change in changes if change.table != "tokens"]
    if [(each.table, len(each.rows)) for each in there] != [(each.table, len(each.rows)) for each in ours]:
        return False
    for change, same in zip(ours, there, strict=True):
        for row, twin in zip(change.rows, same.rows, strict=True):
            if row.before is None and places.is_new(change.table, row.id):
                places.put(change.table, row.id, twin.id)
    for change in changes:  # tokens may have been there before, and then the act in the file does not hold them
        for row in change.rows if change.table == "tokens" else ():
            place = _namesake(connection, "tokens", row) if row.before is None else None
            if place is not None and places.is_new("tokens", row.id):
                places.put("tokens", row.id, place)
    places.put("acts", act.act_id, act_id)
    places.matched.add(line)
    return True


def _unmatched_line(connection: sqlite3.Connection, act: KeptAct, places: Places, act_id: int | None) -> int | None:
    """The first line of the file's audit trail since the copy that says the same and is not taken yet."""
    lines = connection.execute(
        "SELECT act_events.id FROM act_events JOIN acts ON acts.id = act_id"
        " WHERE act_events.id > ? AND at_ms = ? AND event = ? AND label = ? AND (? IS NULL OR act_id = ?)"
        " ORDER BY act_events.id",
        (places.base.event, act.at_ms, act.event, act.label, act_id, act_id),
    ).fetchall()
    return next((line for (line,) in lines if line not in places.matched), None)


def _newest_act(connection: sqlite3.Connection) -> int:
    (newest,) = connection.execute("SELECT max(id) FROM acts").fetchone()
    return int(newest)


# ------------------------------------------------------------------------------------------------- what is possible


def _faults(connection: sqlite3.Connection, changes: Sequence[TableChange]) -> dict[Holding, tuple[str, ...]]:
    """What cannot have happened in the holdings that these changes touch."""
    found: dict[Holding, tuple[str, ...]] = {}
    for change in changes:
        if change.table == "transactions":
            for row in change.rows:
                for side in (row.before, row.after):
                    if side is not None:
                        holding = (int(side[_PORTFOLIO] or 0), str(side[_VENUE]), str(side[_SYMBOL]))
                        if holding not in found:
                            found[holding] = _faults_of(connection, holding)
    return found


def _faults_of(connection: sqlite3.Connection, holding: Holding) -> tuple[str, ...]:
    method = connection.execute("SELECT cost_method FROM portfolios WHERE id = ?", holding[:1]).fetchone()
    if method is None:
        return ()
    rows = connection.execute(
        f"{TRANSACTION_SELECT} WHERE portfolio_id = ? AND venue = ? AND symbol = ?", holding
    ).fetchall()
    drafts = [row.draft for row in transactions_from_rows(sorted(rows))]
    return tuple(fault.message for fault in append_possible_rows(new_ledger(CostMethod(method[0])), drafts))


def _require_possible(
    connection: sqlite3.Connection,
    changes: Sequence[TableChange],
    before: dict[Holding, tuple[str, ...]],
    places: Places,
) -> None:
    if not places.is_other:
        return
    for holding, faults in _faults(connection, changes).items():
        known = list(before.get(holding, ()))
        for fault in faults:
            if fault not in known:
                raise UserError(f"{fault[:1].upper()}{fault[1:]}.")
            known.remove(fault)
