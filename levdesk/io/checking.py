"""Looks through both files without changing them, and says in words what is wrong with them."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

from levdesk.domain.errors import LevdeskError
from levdesk.domain.problems import Problem, Severity
from levdesk.io.ledger_acts import decode_changes
from levdesk.io.ledger_db import LEDGER
from levdesk.io.market_db import MARKET
from levdesk.io.paths import Paths
from levdesk.io.rows import TRANSACTION_SELECT, read_tokens, transaction_fault
from levdesk.io.store_file import StoreSchema, read_any_version, version_of

MAX_PER_KIND: Final = 20


def check(paths: Paths) -> tuple[Problem, ...]:
    """What is wrong with the files of a data directory, worst first; empty when all is well or nothing is there yet.

    Whether the transactions make sense is for the office to say, which replays them.
    """
    problems = [
        *_look(paths.levdesk_db, LEDGER, Severity.ERROR),
        *_look(paths.market_db, MARKET, Severity.WARNING),
        *_rights(paths),
    ]
    order = (Severity.ERROR, Severity.WARNING, Severity.INFO)
    return tuple(sorted(problems, key=lambda problem: order.index(problem.severity)))


def _look(path: Path, schema: StoreSchema, severity: Severity) -> list[Problem]:
    """Problems of one file; `severity` is how much losing it would matter."""
    found: list[Problem] = []

    def read(connection: sqlite3.Connection) -> None:
        version = version_of(connection, path, schema)
        found.extend(_damage(connection, path, severity))
        if version < schema.version:
            words = f"{path.name} has format {version} and is brought to {schema.version} when it is next written."
            found.append(_problem(path, "store_old", words, Severity.INFO))
            return
        found.extend(_differences(connection, path, schema, severity))
        if schema is LEDGER:
            found.extend(_ledger_rows(connection, path))

    try:
        read_any_version(path, read)
    except LevdeskError as error:
        found.append(_problem(path, error.code, f"{error.message} {error.hint}".strip(), severity))
    return found


def _damage(connection: sqlite3.Connection, path: Path, severity: Severity) -> Iterator[Problem]:
    for (line,) in connection.execute(f"PRAGMA quick_check({MAX_PER_KIND})"):
        if line != "ok":
            yield _problem(path, "store_corrupt", f"{path.name} is damaged: {line}.", severity)
    for number, (table, row_id, parent, _) in enumerate(connection.execute("PRAGMA foreign_key_check")):
        if number == MAX_PER_KIND:
            return
        words = f"Row {row_id} of {table} belongs to a row of {parent} that is not there."
        yield _problem(path, "orphan_row", words, severity)


def _differences(
    connection: sqlite3.Connection, path: Path, schema: StoreSchema, severity: Severity
) -> Iterator[Problem]:
    """Tables and indexes that are not as the migrations make them."""
    expected = _layout_of_migrations(schema)
    actual = _layout(connection)
    for name in sorted(expected.keys() | actual.keys()):
        if expected.get(name) != actual.get(name):
            state = "missing" if name not in actual else "not ours" if name not in expected else "changed"
            yield _problem(path, "schema_differs", f"The part “{name}” of {path.name} is {state}.", severity)


def _layout_of_migrations(schema: StoreSchema) -> dict[str, str]:
    import sqlite_utils  # late: 0.1 s

    with closing(sqlite3.connect(":memory:", isolation_level=None)) as memory:
        schema.migrations().apply(sqlite_utils.Database(memory, strict=True, execute_plugins=False))
        return _layout(memory)


def _layout(connection: sqlite3.Connection) -> dict[str, str]:
    rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'")
    return {name: sql for name, sql in rows if not name.startswith("_sqlite_migrations")}


def _ledger_rows(connection: sqlite3.Connection, path: Path) -> Iterator[Problem]:
    """Rows that a program could not read, although SQLite can."""
    count = 0
    for row in connection.execute(TRANSACTION_SELECT):
        if fault := transaction_fault(row):
            count += 1
            if count <= MAX_PER_KIND:
                words = f"Transaction {row[1]} cannot be read: {fault}."
                yield _problem(path, "unreadable_row", words, Severity.ERROR)
    try:
        read_tokens(connection)
    except LevdeskError as error:
        yield _problem(path, "unreadable_row", error.message, Severity.ERROR)
    for act_id, label, changes in connection.execute("SELECT id, label, changes FROM acts WHERE state <> 'dropped'"):
        try:
            decode_changes(changes)
        except LevdeskError:
            yield _problem(path, "unreadable_act", f"Act {act_id} ({label}) cannot be undone.", Severity.WARNING)


def _rights(paths: Paths) -> Iterator[Problem]:
    """Files that others on this computer can read; systems without such rights are left alone."""
    if os.name != "posix":
        return
    for path in (paths.levdesk_db, paths.market_db, paths.log_file):
        try:
            mode = stat.S_IMODE(path.stat().st_mode)
        except OSError:
            continue
        if mode & 0o077:
            words = f"{path.name} can be read by others on this computer (chmod 600 mends that)."
            yield _problem(path, "readable_by_others", words, Severity.WARNING)


def _problem(path: Path, code: str, message: str, severity: Severity) -> Problem:
    return Problem(severity=severity, code=code, message=message, source=path.name)
