"""While the ledger cannot be written its acts are done in memory, and come into it as if nothing had happened."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from levdesk.domain.errors import StoreUnavailable, UserError
from levdesk.io import ledger_line, market_line
from levdesk.io.audit import read_history
from levdesk.io.backup_shelf import list_backups
from levdesk.io.checking import check
from levdesk.io.ledger_acts import UNDOABLE
from levdesk.io.ledger_db import open_ledger
from levdesk.io.ledger_store import LedgerStore
from levdesk.io.paths import Paths
from levdesk.io.portable import export_portable
from levdesk.io.unsaved import copying
from levdesk.io.unsaved.copying import copy_elsewhere
from levdesk.io.unsaved.kept import ROW_TABLES
from levdesk.io.unsaved.note import find_notes
from levdesk.io.writer import Writer
from levdesk.services.alert_rules import standard_rules
from levdesk.services.backup_policy import BackupReason
from levdesk.services.unsaved import BACKGROUND_SETTINGS, Fault, Saved, advice, headline, saved_words
from tests.io.ledgers import StoppedClock, draft
from tests.io.sick_files import DEEDS, WAIT_S, Desk, Sick, closing_writer, do, everything, fresh_folder, make_sick


def test_an_act_on_a_full_disk_is_done_in_memory_and_seen_by_every_reader(
    desk: Desk, sick: Sick, tmp_path: Path
) -> None:
    desk.add("1")
    sick.code = sqlite3.SQLITE_FULL
    desk.add("2")
    assert desk.quantities() == ["1", "2"]
    assert [entry.label for entry in read_history(desk.paths, desk.clock)] == ["add 2", "add 1"]
    assert desk.failures == []
    state = desk.writer.unsaved
    assert state is not None
    assert (state.fault, state.changes, state.latest) == (Fault.FULL, 1, ("add 2",))
    assert headline(state) == "Your disk is full: 1 change is kept in memory only."
    assert "press Try again" in advice(state)
    export_portable(desk.paths, desk.clock, tmp_path / "all.zip")
    report = copy_elsewhere(desk.paths, tmp_path / "copy.db")
    assert report.transactions == 2
    with closing(sqlite3.connect(desk.paths.levdesk_db)) as connection:
        assert connection.execute("SELECT count(*) FROM transactions").fetchone() == (1,)


def test_it_is_saved_in_order_when_the_disk_has_room_again(desk: Desk, sick: Sick) -> None:
    desk.add("1")
    sick.code = sqlite3.SQLITE_FULL
    desk.add("2")
    desk.ledger.undo().result(WAIT_S)
    desk.ledger.redo().result(WAIT_S)
    desk.add("3")
    assert not desk.save()
    sick.code = 0
    assert desk.save()
    assert desk.writer.unsaved is None
    assert desk.saved == Saved(changes=4)
    assert saved_words(desk.saved) == "Saved 4 changes that had been kept in memory"
    assert desk.quantities() == ["1", "2", "3"]
    assert read_history(desk.paths, desk.clock)[0].label == "add 3"
    assert check(desk.paths) == ()
    desk.ledger.undo().result(WAIT_S)
    assert desk.quantities() == ["1", "2"]
    assert find_notes(desk.paths) == ()


def test_the_writer_tries_by_itself(desk: Desk, sick: Sick, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger_line, "FIRST_RETRY_S", 0.01)
    sick.answers = [True, True, False]
    desk.add("1")
    while desk.writer.unsaved is not None:
        desk.writer.flush(WAIT_S)
    assert desk.saved.changes == 1


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        (sqlite3.SQLITE_FULL, Fault.FULL),
        (sqlite3.SQLITE_READONLY, Fault.READ_ONLY),
        (sqlite3.SQLITE_BUSY, Fault.LOCKED),
        (sqlite3.SQLITE_IOERR, Fault.UNREACHABLE),
    ],
)
def test_each_thing_in_the_way_has_its_words(desk: Desk, sick: Sick, code: int, fault: Fault) -> None:
    sick.code = code
    desk.add("1")
    state = desk.writer.unsaved
    assert state is not None
    assert state.fault is fault
    assert desk.quantities() == ["1"]
    sick.code = 0
    assert desk.save()
    assert desk.quantities() == ["1"]


def test_what_cannot_be_done_as_asked_is_refused_in_memory_too(desk: Desk, sick: Sick) -> None:
    sick.code = sqlite3.SQLITE_FULL
    with pytest.raises(UserError, match="nothing to undo"):
        desk.ledger.undo().result(WAIT_S)
    desk.add("1")
    with pytest.raises(UserError, match="no longer there"):
        desk.ledger.remove_transactions([77], label="delete").result(WAIT_S)
    state = desk.writer.unsaved
    assert state is not None
    assert state.changes == 1


def test_without_a_shelter_an_act_on_a_full_disk_fails(paths: Paths, clock: StoppedClock, sick: Sick) -> None:
    with Writer(paths, clock) as writer:
        ledger = LedgerStore(writer, clock)
        ledger.add_transactions(1, [draft()], label="add").result(WAIT_S)
        sick.code = sqlite3.SQLITE_FULL
        with pytest.raises(StoreUnavailable, match="no room left"):
            ledger.add_transactions(1, [draft()], label="add").result(WAIT_S)
        with pytest.raises(StoreUnavailable, match="no room left"):
            writer.shelter_from(StoreUnavailable("There is no room left.")).result(WAIT_S)


def test_every_table_of_the_ledger_is_kept(paths: Paths, clock: StoppedClock) -> None:
    with closing(open_ledger(paths, clock)) as connection:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        ours = {name for name in tables if not name.startswith(("sqlite_", "_sqlite"))}
        assert ours == {*UNDOABLE, *ROW_TABLES, "acts", "act_events", "about"}
        for name, columns in ROW_TABLES.items():
            there = [row[1] for row in connection.execute(f"PRAGMA table_info({name})")]
            assert there == [*columns.key, *columns.rest]


# ------------------------------------------------------------------------------------------- whatever fails whenever


@given(data=st.data())
def test_whenever_it_fails_and_heals_the_books_are_those_of_a_disk_that_never_failed(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory, new_files: dict[str, bytes]
) -> None:
    names = data.draw(st.lists(st.sampled_from(sorted(DEEDS)), min_size=1, max_size=12), label="deeds")
    answers = data.draw(st.lists(st.booleans(), max_size=24), label="commits that fail")
    tries = data.draw(st.sets(st.integers(0, 11)), label="tries to save")
    state = Sick()
    with pytest.MonkeyPatch.context() as patch:
        well, ill = (fresh_folder(tmp_path_factory, new_files) for _ in range(2))
        with closing_writer(Desk(well, StoppedClock())) as desk:
            for name in names:
                do(desk, name)
        make_sick(patch, state)
        with closing_writer(Desk(ill, StoppedClock())) as desk:
            desk.writer.flush(WAIT_S)
            state.answers = list(answers)
            for number, name in enumerate(names):
                do(desk, name)
                if number in tries:
                    desk.save()
            state.answers.clear()
            assert desk.save()
    assert everything(ill.levdesk_db) == everything(well.levdesk_db)
    assert find_notes(ill) == ()


def test_books_that_cannot_even_be_read_begin_empty_and_are_added_to(
    desk: Desk, sick: Sick, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.add("1")
    for name in ("_copied", "_read"):
        monkeypatch.setattr(copying, name, lambda *_arguments: False)
    sick.code = sqlite3.SQLITE_IOERR
    desk.add("2")
    state = desk.writer.unsaved
    assert state is not None
    assert state.is_blind
    assert "began empty" in advice(state)
    assert desk.quantities() == ["2"]
    sick.code = 0
    assert desk.save()
    assert desk.saved == Saved(changes=1, is_other=True)
    assert desk.quantities() == ["1", "2"]


def test_market_data_goes_on_in_memory_without_a_word(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, clock: StoppedClock
) -> None:
    desk.market.save_snapshot("view", "in the file").result(WAIT_S)

    def fail(_paths: Paths) -> None:
        raise StoreUnavailable("There is no room left to write market.db.")

    monkeypatch.setattr(market_line.MarketLine, "_do_in_file", lambda *_arguments: fail(desk.paths))
    desk.market.save_snapshot("view", "in memory").result(WAIT_S)
    assert desk.market.read_snapshot("view") == "in memory"
    assert desk.failures == []
    monkeypatch.undo()
    monkeypatch.setattr(market_line, "RETRY_S", 0.0)
    assert desk.writer.close(WAIT_S)
    assert desk.market.read_snapshot("view") == "in the file"


def test_the_names_of_background_settings_are_those_of_the_program() -> None:
    from levdesk.app import catalogue, demo, engine, watch_lists
    from levdesk.services import alert_seeding

    names = {catalogue.LISTED, demo._ANCHOR, engine.SELECTED, watch_lists.FETCHED_UNDER, alert_seeding.SEEDED_UNDER}
    assert names == BACKGROUND_SETTINGS


def test_what_the_program_does_by_itself_is_kept_and_not_counted(desk: Desk, sick: Sick) -> None:
    sick.code = sqlite3.SQLITE_FULL
    for rule in standard_rules()[:3]:
        desk.alerts.save_rule(rule).result(WAIT_S)
    desk.settings.save_settings({"alert_standards": ["a"]}).result(WAIT_S)
    state = desk.writer.unsaved
    assert state is not None
    assert state.changes == 0
    assert headline(state).endswith("what you change now is kept in memory only.")
    first = desk.alerts.read_alerts().rules[0]
    desk.alerts.save_rule(replace(first, enabled=False)).result(WAIT_S)
    assert desk.writer.unsaved is not None
    assert desk.writer.unsaved.latest == ("change an alert rule",)
    sick.code = 0
    assert desk.save()
    assert [rule.enabled for rule in desk.alerts.read_alerts().rules] == [False, True, True]


def test_the_backup_that_comes_before_an_import_is_made_before_it_is_saved(desk: Desk, sick: Sick) -> None:
    desk.add("1")
    desk.writer.shelter_from(StoreUnavailable("The backups folder is full.")).result(WAIT_S)
    desk.ledger.add_transactions(1, [draft("2")], label="import 1", import_source="a.csv").result(WAIT_S)
    assert list_backups(desk.paths) == ()
    assert desk.save()
    (backup,) = list_backups(desk.paths)
    assert (backup.reason, backup.transactions) == (BackupReason.IMPORT, 1)
    assert desk.quantities() == ["1", "2"]
