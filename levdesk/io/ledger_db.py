"""The precious file: its schema, how it is opened, and how its books are read."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from typing import Final, TypeVar

from levdesk.domain.transactions import CostMethod, Portfolio
from levdesk.io.backup import back_up_before_migration
from levdesk.io.backup_contents import holdings_hash
from levdesk.io.migrations import ledger_migrations
from levdesk.io.paths import Paths
from levdesk.io.rows import read_portfolios, read_tokens, read_transactions
from levdesk.io.store_errors import translated
from levdesk.io.store_file import (
    StoreSchema,
    StoreTooOld,
    open_for_writing,
    quick_check,
    read_quietly,
    refuse_old_journal,
    was_left_open,
)
from levdesk.services.ports import Clock, StoredBooks

T = TypeVar("T")

LEDGER: Final = StoreSchema(
    title="ledger",
    application_id=0x4C445F4C,  # "LD_L"
    version=3,
    synchronous="FULL",
    migrations=ledger_migrations,
    invariant=holdings_hash,
)

EMPTY_BOOKS: Final = StoredBooks(
    portfolios=(Portfolio(id=1, name="Main", cost_method=CostMethod.FIFO),), transactions=(), tokens=()
)
"""What a ledger holds before its first act, also while there is no file yet."""


def open_ledger(
    paths: Paths, clock: Clock, *, schema: StoreSchema = LEDGER, patience_s: float | None = None
) -> sqlite3.Connection:
    """Open the precious file for its one writer; an older file is backed up, then migrated.

    After an end that was none every page is looked at first, because the next act would write among them.

    Raises:
        StoreUnavailable, StoreTooNew, StoreCorrupt: as named; the file is as it was.
    """

    def back_up(version: int) -> None:
        back_up_before_migration(paths, schema, version=version, now_ms=clock.now_ms())

    with translated(paths.levdesk_db):
        refuse_old_journal(paths.levdesk_db)
        was_open = was_left_open(paths.levdesk_db)
        connection = open_for_writing(paths.levdesk_db, schema, before_migration=back_up, patience_s=patience_s)
        try:
            if was_open:
                quick_check(connection, paths.levdesk_db)
        except BaseException:
            connection.close()
            raise
    return connection


def read_ledger(paths: Paths, clock: Clock, read: Callable[[sqlite3.Connection], T]) -> T | None:
    """Let `read` see one consistent moment of the precious file, whether or not a window has it open.

    None when there is no file yet; a file in an old format is backed up and migrated first.

    Raises:
        StoreUnavailable, StoreTooNew, StoreCorrupt: as named.
    """
    try:
        return read_quietly(paths.levdesk_db, LEDGER, read)
    except StoreTooOld:
        with closing(open_ledger(paths, clock)) as connection, translated(paths.levdesk_db):
            connection.execute("BEGIN")
            return read(connection)


def read_books(connection: sqlite3.Connection) -> StoredBooks:
    """Everything at one moment; the caller holds the transaction."""
    transactions = read_transactions(connection)
    undo_label, redo_label = read_labels(connection)
    return StoredBooks(
        portfolios=read_portfolios(connection),
        transactions=transactions,
        tokens=read_tokens(connection),
        undo_label=undo_label,
        redo_label=redo_label,
    )


def read_labels(connection: sqlite3.Connection) -> tuple[str, str]:
    """Names of the acts that undo and redo would touch, "" when there is none."""
    done = connection.execute("SELECT label FROM acts WHERE state = 'done' ORDER BY id DESC LIMIT 1").fetchone()
    undone = connection.execute("SELECT label FROM acts WHERE state = 'undone' ORDER BY id LIMIT 1").fetchone()
    return (done[0] if done else "", undone[0] if undone else "")
