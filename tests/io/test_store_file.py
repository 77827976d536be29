from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from levdesk import __version__
from levdesk.domain.errors import Bug, LevdeskError, StoreCorrupt, StoreTooNew, StoreUnavailable, UserError
from levdesk.io import migrations, store_file
from levdesk.io.ledger_db import LEDGER, open_ledger, read_books
from levdesk.io.ledger_store import LedgerFile, LedgerStore
from levdesk.io.market_db import MARKET
from levdesk.io.paths import Paths
from levdesk.io.store_errors import describe, translated
from levdesk.io.store_file import (
    StoreSchema,
    StoreTooOld,
    open_for_writing,
    read_any_version,
    read_quietly,
    version_of,
    write_transaction,
)
from levdesk.io.writer import Writer
from tests.io.ledgers import StoppedClock, draft

if TYPE_CHECKING:
    from sqlite_utils import Database
    from sqlite_utils.migrations import Migrations

Sql = Callable[[str], list[tuple[object, ...]]]

TOMORROW = LEDGER.version + 1


def pragma(connection: sqlite3.Connection, name: str) -> object:
    return connection.execute(f"PRAGMA {name}").fetchone()[0]


def count_portfolios(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT count(*) FROM portfolios").fetchone()[0])


def everything(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


# ------------------------------------------------------------------------------------------------------- opening


@pytest.mark.parametrize(("schema", "synchronous"), [(LEDGER, 2), (MARKET, 1)])
def test_a_file_is_opened_with_every_safeguard(bare_paths: Paths, schema: StoreSchema, synchronous: int) -> None:
    with closing(open_for_writing(bare_paths.levdesk_db, schema)) as connection:
        assert pragma(connection, "journal_mode") == "wal"
        assert pragma(connection, "synchronous") == synchronous
        assert pragma(connection, "foreign_keys") == 1
        assert pragma(connection, "trusted_schema") == 0
        assert pragma(connection, "cell_size_check") == 1
        assert pragma(connection, "busy_timeout") == 5000
        assert pragma(connection, "user_version") == schema.version
        assert pragma(connection, "application_id") == schema.application_id
        written_by = connection.execute("SELECT value FROM about WHERE name = 'written_by'").fetchone()[0]
        assert written_by == __version__
        strict = connection.execute(
            "SELECT name FROM pragma_table_list WHERE schema = 'main' AND strict = 0"
        ).fetchall()
        assert {name for (name,) in strict} <= {"sqlite_schema", "sqlite_sequence", "_sqlite_migrations"}


@pytest.mark.parametrize("schema", [LEDGER, MARKET])
def test_the_format_number_is_the_number_of_steps(schema: StoreSchema) -> None:
    import sqlite_utils

    with closing(sqlite3.connect(":memory:", isolation_level=None)) as memory:
        pending = schema.migrations().pending(sqlite_utils.Database(memory))
    assert [step.name[:5] for step in pending] == [f"m{number:04d}" for number in range(1, schema.version + 1)]


@pytest.mark.skipif(os.name != "posix", reason="other systems keep rights differently")
def test_the_files_beside_it_are_as_private_as_itself(bare_paths: Paths) -> None:
    with closing(open_for_writing(bare_paths.levdesk_db, LEDGER)) as connection:
        connection.execute("DELETE FROM settings")
        modes = {path.name: path.stat().st_mode & 0o777 for path in bare_paths.data_dir.glob("levdesk.db*")}
    assert modes == {"levdesk.db": 0o600, "levdesk.db-shm": 0o600, "levdesk.db-wal": 0o600}


def test_what_is_no_database_is_left_as_it_is(bare_paths: Paths) -> None:
    bare_paths.levdesk_db.write_bytes(b"time,type,venue\n" * 300)
    before = everything(bare_paths.data_dir)
    with pytest.raises(StoreCorrupt, match=r"levdesk\.db is not a database") as caught:
        open_for_writing(bare_paths.levdesk_db, LEDGER)
    assert "backup" in caught.value.hint
    with pytest.raises(StoreCorrupt):
        read_quietly(bare_paths.levdesk_db, LEDGER, count_portfolios)
    assert everything(bare_paths.data_dir) == before


def test_a_database_of_another_program_is_left_as_it_is(bare_paths: Paths) -> None:
    with closing(sqlite3.connect(bare_paths.levdesk_db)) as connection:
        connection.execute("CREATE TABLE recipes (name TEXT)")
        connection.commit()
    before = everything(bare_paths.data_dir)
    with pytest.raises(StoreCorrupt, match="not a ledger of LevDesk"):
        open_for_writing(bare_paths.levdesk_db, LEDGER)
    assert everything(bare_paths.data_dir) == before


def test_the_market_file_is_no_ledger(paths: Paths) -> None:
    with pytest.raises(StoreCorrupt, match="not a ledger"):
        read_quietly(paths.market_db, LEDGER, count_portfolios)


def test_a_file_emptied_beside_its_journal_is_not_mistaken_for_a_new_one(bare_paths: Paths) -> None:
    bare_paths.levdesk_db.touch()
    bare_paths.levdesk_db.with_name("levdesk.db-wal").write_bytes(b"frames")
    with pytest.raises(StoreCorrupt, match="is empty, and a journal"):
        open_for_writing(bare_paths.levdesk_db, LEDGER)
    with pytest.raises(StoreCorrupt, match="is empty, and a journal"):
        read_quietly(bare_paths.levdesk_db, LEDGER, count_portfolios)


class Overtaken(sqlite3.Connection):
    """A connection during whose look at a new file another program makes it."""

    def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
        if sql == "PRAGMA user_version" and self.maker.ident is None:
            self.maker.start()
            self.maker.join(1.5)  # ends at once, or waits for us to have looked
        return super().execute(sql, *values)

    maker: threading.Thread


def test_a_file_that_another_program_makes_just_now_is_no_stranger(bare_paths: Paths) -> None:
    connection = sqlite3.connect(bare_paths.levdesk_db, factory=Overtaken, isolation_level=None)
    connection.maker = threading.Thread(target=lambda: make_ledger_file(bare_paths))
    with closing(connection):
        assert version_of(connection, bare_paths.levdesk_db, LEDGER) in {0, LEDGER.version}
        connection.maker.join(20)
        assert version_of(connection, bare_paths.levdesk_db, LEDGER) == LEDGER.version


def make_ledger_file(paths: Paths) -> None:
    """Make a new ledger."""
    open_for_writing(paths.levdesk_db, LEDGER).close()


def test_a_file_cut_short_is_damaged(paths: Paths) -> None:
    content = paths.levdesk_db.read_bytes()
    paths.levdesk_db.write_bytes(content[: len(content) // 2])
    with pytest.raises(StoreCorrupt, match="is damaged"):
        read_quietly(paths.levdesk_db, LEDGER, read_books)


def test_programs_that_start_at_once_on_a_new_directory_all_get_their_ledger(
    bare_paths: Paths, clock: StoppedClock
) -> None:
    start = threading.Barrier(5)

    def open_it() -> int:
        start.wait(20)
        with closing(open_ledger(bare_paths, clock)) as connection:
            return count_portfolios(connection)

    with ThreadPoolExecutor(5) as pool:
        counts = [future.result(20) for future in [pool.submit(open_it) for _ in range(5)]]
    assert counts == [1] * 5


# ------------------------------------------------------------------------------------------------------- versions


def test_a_newer_file_is_refused_with_both_versions_named(paths: Paths, run_sql: Sql) -> None:
    run_sql("PRAGMA user_version = 9")
    run_sql("UPDATE about SET value = '7.5.0'")
    before = everything(paths.data_dir)
    for attempt in (
        lambda: open_for_writing(paths.levdesk_db, LEDGER),
        lambda: read_quietly(paths.levdesk_db, LEDGER, count_portfolios),
    ):
        with pytest.raises(StoreTooNew) as caught:
            attempt()
        for words in ("LevDesk 7.5.0", "format 9", f"LevDesk {__version__}", f"up to {LEDGER.version}"):
            assert words in caught.value.message
        assert "Update" in caught.value.hint
    assert everything(paths.data_dir)["levdesk.db"] == before["levdesk.db"]


def test_a_newer_file_that_says_nothing_of_itself_is_refused_too(paths: Paths, run_sql: Sql) -> None:
    run_sql(f"PRAGMA user_version = {TOMORROW}")
    run_sql("DROP TABLE about")
    with pytest.raises(StoreTooNew, match=f"a newer LevDesk in format {TOMORROW}"):
        open_for_writing(paths.levdesk_db, LEDGER)


def step_of_tomorrow(db: Database) -> None:
    db.executescript("ALTER TABLE portfolios ADD COLUMN colour TEXT; DELETE FROM settings;")


def step_that_fails(db: Database) -> None:
    db.executescript("DELETE FROM portfolios; INSERT INTO nowhere VALUES (1);")


def step_that_orphans(db: Database) -> None:
    db.execute("DELETE FROM portfolios")


def tomorrow(*steps: Callable[[Database], None]) -> StoreSchema:
    def all_steps() -> Migrations:
        known = migrations.ledger_migrations()
        for step in steps:
            known()(step)
        return known

    return replace(LEDGER, version=LEDGER.version + len(steps), migrations=all_steps)


@pytest.fixture
def used_paths(paths: Paths, clock: StoppedClock) -> Paths:
    with Writer(paths, clock) as writer:
        LedgerStore(writer, clock).add_transactions(1, [draft(), draft("4")], label="add").result(10)
    return paths


def test_an_old_file_is_backed_up_then_migrated(used_paths: Paths, clock: StoppedClock) -> None:
    old = used_paths.levdesk_db.read_bytes()
    with closing(open_ledger(used_paths, clock, schema=tomorrow(step_of_tomorrow))) as connection:
        assert pragma(connection, "user_version") == TOMORROW
        assert pragma(connection, "foreign_keys") == 1
        assert connection.execute("SELECT name, colour FROM portfolios").fetchall() == [("Main", None)]
        assert len(connection.execute("SELECT 1 FROM transactions").fetchall()) == 2
    (backup,) = used_paths.backups_dir.iterdir()
    assert backup.name == f"levdesk-20260301T120000Z-format{LEDGER.version}-before-format{TOMORROW}.db"
    restored = read_quietly(backup, LEDGER, read_books)
    assert restored is not None
    assert len(restored.transactions) == 2
    assert len(old) == backup.stat().st_size


def test_a_new_file_needs_no_backup(bare_paths: Paths, clock: StoppedClock) -> None:
    open_ledger(bare_paths, clock).close()
    assert list(bare_paths.backups_dir.iterdir()) == []


def test_a_file_that_is_up_to_date_is_not_backed_up_again(used_paths: Paths, clock: StoppedClock) -> None:
    open_ledger(used_paths, clock).close()
    assert list(used_paths.backups_dir.iterdir()) == []


def test_without_a_backup_there_is_no_migration(used_paths: Paths, clock: StoppedClock) -> None:
    used_paths.backups_dir.rmdir()
    used_paths.backups_dir.write_text("in the way")
    before = used_paths.levdesk_db.read_bytes()
    with pytest.raises(StoreUnavailable, match=r"the backup that comes first failed.*Nothing was changed"):
        open_ledger(used_paths, clock, schema=tomorrow(step_of_tomorrow))
    assert used_paths.levdesk_db.read_bytes() == before
    assert read_quietly(used_paths.levdesk_db, LEDGER, count_portfolios) == 1


def step_that_rounds(db: Database) -> None:
    db.execute("UPDATE transactions SET quantity = '4.0000000000000000000000000001' WHERE quantity = '4'")


def step_that_forgets_a_method(db: Database) -> None:
    db.execute("UPDATE portfolios SET name = 'Mian'")


@pytest.mark.parametrize(
    ("step", "error"),
    [
        (step_that_fails, Bug),
        (step_that_orphans, StoreCorrupt),
        (step_that_rounds, Bug),
        (step_that_forgets_a_method, Bug),
    ],
)
def test_a_migration_that_fails_takes_back_every_step(
    used_paths: Paths, clock: StoppedClock, step: Callable[[Database], None], error: type[LevdeskError]
) -> None:
    before = read_quietly(used_paths.levdesk_db, LEDGER, read_books)
    with pytest.raises(error):
        open_ledger(used_paths, clock, schema=tomorrow(step_of_tomorrow, step))
    with closing(sqlite3.connect(used_paths.levdesk_db)) as connection:
        assert pragma(connection, "user_version") == LEDGER.version
        assert [row[1] for row in connection.execute("PRAGMA table_info(portfolios)")][-1] == "cost_method"
    assert read_quietly(used_paths.levdesk_db, LEDGER, read_books) == before


def test_whoever_only_reads_is_told_that_a_file_is_old(used_paths: Paths) -> None:
    with pytest.raises(StoreTooOld):
        read_quietly(used_paths.levdesk_db, tomorrow(step_of_tomorrow), count_portfolios)


def test_reading_the_books_brings_an_old_ledger_up_to_date(
    used_paths: Paths, clock: StoppedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    from levdesk.io import ledger_db

    schema = tomorrow(step_of_tomorrow)
    monkeypatch.setattr(ledger_db, "LEDGER", schema)
    monkeypatch.setattr(ledger_db.open_ledger, "__kwdefaults__", {"schema": schema, "patience_s": None})
    assert len(LedgerFile(used_paths, clock).read_books().transactions) == 2
    assert len(list(used_paths.backups_dir.iterdir())) == 1


# ------------------------------------------------------------------------------------------------------- reading


def test_a_file_that_is_not_there_reads_as_none_and_is_not_made(bare_paths: Paths) -> None:
    assert read_quietly(bare_paths.levdesk_db, LEDGER, count_portfolios) is None
    bare_paths.levdesk_db.touch()  # as a writer leaves it that was killed at once
    assert read_quietly(bare_paths.levdesk_db, LEDGER, count_portfolios) is None
    assert everything(bare_paths.data_dir) == {"levdesk.db": b""}


def test_reading_leaves_no_trace(paths: Paths) -> None:
    before = everything(paths.data_dir)
    assert read_quietly(paths.levdesk_db, LEDGER, count_portfolios) == 1
    assert everything(paths.data_dir) == before


def test_reading_sees_what_a_window_wrote_and_does_not_hold_it_up(
    paths: Paths, ledger: LedgerStore, ledger_file: LedgerFile
) -> None:
    ledger.add_transactions(1, [draft()], label="add").result(10)
    assert paths.levdesk_db.with_name("levdesk.db-wal").stat().st_size > 0

    def read(connection: sqlite3.Connection) -> tuple[int, int]:
        def rows() -> int:
            return int(connection.execute("SELECT count(*) FROM transactions").fetchone()[0])

        before = rows()
        ledger.add_transactions(1, [draft()], label="add").result(10)
        return before, rows()

    assert read_quietly(paths.levdesk_db, LEDGER, read) == (1, 1), "one moment, whatever is written meanwhile"
    assert len(ledger_file.read_books().transactions) == 2


def test_what_was_read_while_somebody_began_to_write_is_read_again(paths: Paths) -> None:
    seen: list[int] = []

    def read(connection: sqlite3.Connection) -> int:
        seen.append(count_portfolios(connection))
        if len(seen) == 1:  # a whole other program comes and goes between two looks
            with closing(open_for_writing(paths.levdesk_db, LEDGER)) as other, write_transaction(other):
                other.execute("INSERT INTO portfolios (name, name_key, cost_method) VALUES ('B', 'b', 'fifo')")
        return seen[-1]

    assert read_quietly(paths.levdesk_db, LEDGER, read) == 2
    assert seen == [1, 2]


def test_a_file_that_changes_without_end_is_read_with_locks(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = iter(range(100))
    monkeypatch.setattr(store_file, "_fingerprint", lambda path: (next(numbers), 0, 0))
    assert read_any_version(paths.levdesk_db, lambda connection: pragma(connection, "journal_mode")) == "wal"


# ------------------------------------------------------------------------------------------------- what can go wrong


def test_a_transaction_that_fails_leaves_nothing(paths: Paths) -> None:
    def half_an_act(connection: sqlite3.Connection) -> None:
        with write_transaction(connection):
            connection.execute("DELETE FROM portfolios")
            raise ZeroDivisionError

    with closing(open_for_writing(paths.levdesk_db, LEDGER)) as connection:
        with pytest.raises(ZeroDivisionError):
            half_an_act(connection)
        assert count_portfolios(connection) == 1
        assert not connection.in_transaction


def test_two_programs_cannot_write_at_once(paths: Paths) -> None:
    with (
        closing(open_for_writing(paths.levdesk_db, LEDGER)) as one,
        closing(open_for_writing(paths.levdesk_db, LEDGER)) as other,
    ):
        other.execute("PRAGMA busy_timeout = 0")
        with (
            write_transaction(one),
            pytest.raises(StoreUnavailable, match="in use by another program") as caught,
            translated(paths.levdesk_db),
            write_transaction(other),
        ):
            pytest.fail("the file was not locked")
        assert "Close" in caught.value.hint


def test_a_full_disk_is_named_and_what_was_there_stays(paths: Paths) -> None:
    with closing(open_for_writing(paths.levdesk_db, LEDGER)) as connection:
        connection.execute(f"PRAGMA max_page_count = {pragma(connection, 'page_count')}")
        with (
            pytest.raises(StoreUnavailable, match="no room left") as caught,
            translated(paths.levdesk_db),
            write_transaction(connection),
        ):
            connection.execute("INSERT INTO settings VALUES ('large', ?)", ("x" * 1_000_000,))
        assert "disk space" in caught.value.hint
        assert count_portfolios(connection) == 1


def test_a_file_that_may_only_be_read_is_named(paths: Paths) -> None:
    uri = f"{paths.levdesk_db.as_uri()}?mode=ro&immutable=1"
    with (
        closing(sqlite3.connect(uri, uri=True)) as connection,
        pytest.raises(StoreUnavailable, match="cannot be written to"),
        translated(paths.levdesk_db),
    ):
        connection.execute("DELETE FROM portfolios")


def test_a_folder_in_the_place_of_a_file_is_named(bare_paths: Paths) -> None:
    bare_paths.levdesk_db.mkdir()
    with pytest.raises(StoreUnavailable, match="cannot be used: is a directory"):
        open_for_writing(bare_paths.levdesk_db, LEDGER)


def test_a_broken_rule_of_ours_is_a_bug(paths: Paths) -> None:
    with closing(open_for_writing(paths.levdesk_db, LEDGER)) as connection:
        with pytest.raises(Bug, match="CHECK"), translated(paths.levdesk_db):
            connection.execute("UPDATE portfolios SET cost_method = 'hifo'")
        with pytest.raises(Bug, match="too large"), translated(paths.levdesk_db):
            connection.execute("SELECT ?", (2**70,))
        with pytest.raises(UserError, match="cannot be stored"), translated(paths.levdesk_db):
            connection.execute("SELECT ?", ("half a pair: \ud83d",))
    assert isinstance(describe(sqlite3.ProgrammingError("Cannot operate on a closed database."), Path("x.db")), Bug)


@pytest.mark.parametrize("number", ["", "-1", "1e3", "1.2.3", ".5", "5.", "NaN", "Infinity", "1,5", " 1"])
def test_no_table_takes_what_is_no_plain_amount(paths: Paths, number: str) -> None:
    with closing(open_for_writing(paths.levdesk_db, LEDGER)) as connection:
        insert = "INSERT INTO nav_history VALUES ('gate', 'BTC3L', 1, ?, 'venue')"
        connection.execute(insert.replace("1,", "2,"), ("0.000100",))
        with pytest.raises(sqlite3.IntegrityError, match="CHECK"):
            connection.execute(insert, (number,))


# --------------------------------------------------------------------------------------------- after an unclean end


def test_after_an_unclean_end_every_page_is_looked_at(used_paths: Paths, clock: StoppedClock) -> None:
    """The damage is in an index that nobody reads while opening."""
    with closing(sqlite3.connect(used_paths.levdesk_db)) as connection:
        (root,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'transactions_batch'").fetchone()
    with used_paths.levdesk_db.open("r+b") as file:
        file.seek((root - 1) * 4096)
        file.write(b"\xff" * 4096)
    open_ledger(used_paths, clock).close()  # a clean end, so a quick start
    wal = used_paths.levdesk_db.with_name("levdesk.db-wal")
    assert not wal.exists()
    with closing(sqlite3.connect(used_paths.levdesk_db, isolation_level=None)) as connection:
        connection.execute("UPDATE settings SET value = 1")
        connection.execute("INSERT INTO settings VALUES ('poll_s', '3')")
        left = wal.read_bytes()
        content = used_paths.levdesk_db.read_bytes()
    used_paths.levdesk_db.write_bytes(content)
    wal.write_bytes(left)
    with pytest.raises(StoreCorrupt, match="is damaged"):
        open_ledger(used_paths, clock)
