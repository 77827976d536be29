"""What is in memory only meets what another program wrote meanwhile, or the program ends before it is saved."""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from levdesk.domain.errors import UserError
from levdesk.domain.transactions import CostMethod, TransactionType
from levdesk.io.backup_shelf import list_backups
from levdesk.io.checking import check
from levdesk.io.ledger_store import LedgerStore
from levdesk.io.paths import Paths, locate
from levdesk.io.unsaved.kept import Kept
from levdesk.io.unsaved.left_behind import bring_in_note, left_behind
from levdesk.io.unsaved.note import find_notes
from levdesk.io.working_copies import stand_down
from levdesk.io.writer import Writer
from levdesk.services.backup_policy import BackupReason
from levdesk.services.unsaved import Saved, saved_words
from tests.io.faults import in_a_program_of_its_own
from tests.io.ledgers import StoppedClock, draft
from tests.io.sick_files import DEEDS, WAIT_S, Desk, Sick, closing_writer, do, everything, fresh_folder, make_sick

# ---------------------------------------------------------------------------------------------- another program writes


@pytest.fixture
def other(paths: Paths, clock: StoppedClock) -> Iterator[LedgerStore]:
    """Another program on the same ledger."""
    with Writer(paths, StoppedClock(clock.ms + 500)) as writer:
        yield LedgerStore(writer, StoppedClock(clock.ms + 500))


def test_what_another_program_wrote_meanwhile_stays_and_ours_is_added(
    desk: Desk, sick: Sick, other: LedgerStore
) -> None:
    desk.add("1")
    sick.code = sqlite3.SQLITE_BUSY
    desk.add("2")
    row = desk.file.read_books().transactions[-1]
    desk.ledger.edit_transaction(row.id, draft("3"), label="edit 3").result(WAIT_S)
    desk.ledger.add_portfolio("Swing", CostMethod.FIFO, label="add Swing").result(WAIT_S)
    swing = desk.file.read_books().portfolios[-1].id
    desk.ledger.add_transactions(swing, [draft("4")], label="add 4").result(WAIT_S)
    sick.answers = [False] * 2  # the other program gets through
    other.add_portfolio("Long", CostMethod.LIFO, label="add Long").result(WAIT_S)
    other.add_transactions(1, [draft("100")], label="add 100").result(WAIT_S)
    sick.code = 0
    assert desk.save()
    assert desk.saved == Saved(changes=4, is_other=True)
    with pytest.raises(UserError, match="being read again"):
        desk.add("5")
    books = desk.file.read_books()
    assert {str(row.draft.quantity): row.portfolio_id for row in books.transactions} == {
        "1": 1,
        "100": 1,
        "3": 1,
        "4": 3,
    }
    assert [portfolio.name for portfolio in books.portfolios] == ["Main", "Long", "Swing"]
    assert check(desk.paths) == ()


def test_an_act_that_no_longer_holds_is_named_and_the_others_are_kept(
    desk: Desk, sick: Sick, other: LedgerStore
) -> None:
    desk.add("10")
    desk.add("20", time_ms=draft().time_ms + 1)
    first, second = (row.id for row in desk.file.read_books().transactions)
    sick.code = sqlite3.SQLITE_BUSY
    sell = draft("25", kind=TransactionType.SELL, time_ms=draft().time_ms + 2)
    desk.ledger.add_transactions(1, [sell], label="sell 25").result(WAIT_S)
    desk.ledger.edit_transaction(second, draft("21"), label="edit 21").result(WAIT_S)
    desk.ledger.undo().result(WAIT_S)
    desk.add("3")
    desk.settings.save_settings({"theme": "dark"}).result(WAIT_S)
    sick.answers = [False]
    other.remove_transactions([first], label="delete").result(WAIT_S)
    sick.code = 0
    assert desk.save()
    saved = desk.saved
    assert [one.label for one in saved.refused] == ["sell 25"]
    assert "25" in saved.refused[0].reason
    assert saved.changes == 4
    assert saved.is_other
    assert saved_words(saved).endswith("1 change could not be saved")
    assert sorted(desk.quantities()) == ["20", "3"]
    assert desk.settings.read_settings()["theme"] == "dark"
    assert saved.kept is not None
    with closing(sqlite3.connect(saved.kept)) as connection:
        assert connection.execute("SELECT count(*) FROM transactions").fetchone() == (4,)
    assert check(desk.paths) == ()


def test_undo_does_not_take_back_what_another_program_did(desk: Desk, sick: Sick, other: LedgerStore) -> None:
    desk.add("1")
    sick.code = sqlite3.SQLITE_BUSY
    desk.ledger.undo().result(WAIT_S)
    sick.answers = [False]
    other.add_transactions(1, [draft("2")], label="add 2").result(WAIT_S)
    sick.code = 0
    assert desk.save()
    (refused,) = desk.saved.refused
    assert refused.label == "undo add 1"
    assert "not the last act any more" in refused.reason
    assert desk.quantities() == ["1", "2"]


def test_a_portfolio_of_the_same_name_is_the_same_portfolio(desk: Desk, sick: Sick, other: LedgerStore) -> None:
    sick.code = sqlite3.SQLITE_BUSY
    desk.ledger.add_portfolio("Swing", CostMethod.FIFO, label="add Swing").result(WAIT_S)
    desk.ledger.add_transactions(2, [draft("4")], label="add 4").result(WAIT_S)
    sick.answers = [False] * 2
    other.add_portfolio("Long", CostMethod.LIFO, label="add Long").result(WAIT_S)
    other.add_portfolio("swing", CostMethod.LIFO, label="add swing").result(WAIT_S)
    sick.code = 0
    assert desk.save()
    assert [one.label for one in desk.saved.refused] == ["add Swing"]
    (row,) = desk.file.read_books().transactions
    assert row.portfolio_id == 3


def undo_everything(desk: Desk) -> None:
    while True:
        desk.ledger.undo().result(WAIT_S)


@given(data=st.data())
def test_whatever_two_programs_do_the_books_are_sound_and_every_act_is_saved_or_named(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory, new_files: dict[str, bytes]
) -> None:
    deeds = st.lists(st.sampled_from(sorted(DEEDS)), max_size=8)
    before, ours, theirs = (data.draw(deeds, label=label) for label in ("before", "in memory", "in the file"))
    state, paths = Sick(), fresh_folder(tmp_path_factory, new_files)
    with pytest.MonkeyPatch.context() as patch:
        make_sick(patch, state)
        with closing_writer(Desk(paths, StoppedClock())) as desk:
            for name in before:
                do(desk, name)
            state.code = sqlite3.SQLITE_BUSY
            desk.settings.save_settings({"theme": "dark"}).result(WAIT_S)
            for name in ours:
                do(desk, name)
            unsaved = desk.writer.unsaved
            assert unsaved is not None
            state.code = 0
            stand_down(paths.levdesk_db)  # the other program knows nothing of what is in memory here
            with closing_writer(Desk(paths, StoppedClock(desk.clock.ms + 1))) as other:
                for name in theirs:
                    do(other, name)
            assert desk.save()
        assert desk.saved.changes + len(desk.saved.refused) == unsaved.changes
        assert theirs or not desk.saved.refused
        assert check(paths) == ()
        with closing_writer(Desk(paths, StoppedClock())) as desk:
            assert desk.settings.read_settings()["theme"] == "dark"
            with pytest.raises(UserError, match="nothing to undo"):
                undo_everything(desk)
            assert desk.quantities() == []


# ----------------------------------------------------------------------------------------------- a program that ends


def leave_note(paths: Paths, clock: StoppedClock, names: tuple[str, ...], *, saves: int = 0) -> None:
    """A program does these deeds on a full disk, comes to save some of them, and is killed."""

    def work() -> None:
        with pytest.MonkeyPatch.context() as patch:
            state = Sick()
            make_sick(patch, state)
            desk = Desk(paths, clock)
            desk.writer.flush(WAIT_S)
            state.code = sqlite3.SQLITE_FULL
            for name in names:
                do(desk, name)
            if saves:
                state.answers = [False] * saves
                desk.save()
            os.kill(os.getpid(), 9)

    assert in_a_program_of_its_own(work) == "killed"


needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")


@needs_fork
@pytest.mark.parametrize("saves", range(5))
def test_what_a_killed_program_noted_is_offered_and_brought_in_once(
    paths: Paths, clock: StoppedClock, saves: int, tmp_path_factory: pytest.TempPathFactory, new_files: dict[str, bytes]
) -> None:
    names = ("add", "import", "undo", "settings", "add")
    moment = clock.ms
    leave_note(paths, clock, names, saves=saves)
    (left,) = left_behind(paths)
    assert left.labels == ("add 10", "import 3", "undo import 3", "change settings", "add 10")
    assert (left.path.stat().st_mode & 0o777, left.path.parent) == (0o600, paths.data_dir)
    with closing_writer(Desk(paths, StoppedClock(moment + 100))) as desk:
        saved = bring_in_note(desk.writer, paths, desk.clock, left.path)
    assert (saved.changes, saved.refused) == (5, ())
    assert left_behind(paths) == ()
    never = fresh_folder(tmp_path_factory, new_files)
    with closing_writer(Desk(never, StoppedClock(moment))) as desk:
        for name in names:
            do(desk, name)
    assert everything(paths.levdesk_db) == everything(never.levdesk_db)
    assert any(backup.reason is BackupReason.IMPORT for backup in list_backups(paths)) or saves > 1


@needs_fork
def test_a_note_of_a_program_that_lives_is_left_alone(desk: Desk, sick: Sick) -> None:
    sick.code = sqlite3.SQLITE_FULL
    desk.add("1")
    state = desk.writer.unsaved
    assert state is not None
    assert state.noted is not None
    assert left_behind(desk.paths) == ()
    assert desk.writer.close(WAIT_S)
    (left,) = left_behind(desk.paths)
    assert left.path == state.noted


def test_a_note_cut_off_in_a_line_holds_what_was_answered_for(
    desk: Desk, sick: Sick, caplog: pytest.LogCaptureFixture
) -> None:
    sick.code = sqlite3.SQLITE_FULL
    desk.add("1")
    desk.add("2")
    state = desk.writer.unsaved
    assert state is not None
    assert state.noted is not None
    assert desk.writer.close(WAIT_S)
    text = state.noted.read_text(encoding="utf-8")
    state.noted.write_text(text[:-30], encoding="utf-8")
    with caplog.at_level("WARNING"):
        (left,) = left_behind(desk.paths)
    assert left.labels == ("add 1",)


@given(junk=st.binary(max_size=200))
def test_any_bytes_in_place_of_a_note_are_none(junk: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    paths = locate(tmp_path_factory.mktemp("desk"))
    paths.create()
    name = f"unsaved-{hashlib.sha256(str(paths.data_dir).encode()).hexdigest()[:12]}-1.jsonl"
    (paths.data_dir / name).write_bytes(junk)
    assert find_notes(paths) == ()
    with suppress(ValueError):
        Kept.from_text(junk.decode("utf-8", "replace"))
