"""The care of the books from the window: what is listed runs beside it, what exchanges the books closes them first."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QObject, QTimer, Slot

from levdesk.app.files import write_whole_file
from levdesk.runtime.jobs import JobControl
from levdesk.services.backup_policy import BackupReason
from levdesk.services.backup_rescue import Rescue
from levdesk.ui.safety.desk import SafetySignals

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from levdesk.app.engine import Engine
    from levdesk.io.backup import BackupReport
    from levdesk.io.paths import Paths
    from levdesk.io.restore import RestoreReport
    from levdesk.services.audit import AuditEntry
    from levdesk.services.audit_bin import BinEntry
    from levdesk.services.backup_policy import Backup
    from levdesk.services.ports import Clock
    from levdesk.services.unsaved import Saved

    Exchange = Callable[["Paths", "Clock"], str]

T = TypeVar("T")
FIRST_LOOK_MS = 20_000
LOOK_EVERY_MS = 3_600_000


class LiveSafety:
    """The real `levdesk.ui.safety.desk.SafetyDesk`.

    Attributes:
        signals: where answers arrive.
        exchange: closes the books, runs a piece of work on their files, tells what it says and opens them again.
    """

    def __init__(
        self, do: Callable[[Callable[[Engine], None]], None], exchange: Callable[[str, Exchange], None]
    ) -> None:
        """Work with the engine through `do`, which waits for it to stand."""
        self.signals = SafetySignals()
        self._do = do
        self.exchange = exchange

    # -- lists -------------------------------------------------------------------------------------------------

    def list_backups(self) -> None:
        """Answered by `backups_listed`."""

        def work(engine: Engine) -> tuple[Backup, ...]:
            from levdesk.io.backup_shelf import list_backups

            return list_backups(engine.house.paths)

        self._run("Looking at your backups", work, self.signals.backups_listed.emit, quiet=True)

    def back_up(self) -> None:
        """Put a verified copy into the backups folder."""

        def work(engine: Engine) -> str:
            from levdesk.io.backup import backup_path
            from levdesk.io.backup_shelf import keep_backup
            from levdesk.io.unsaved.copying import copy_elsewhere

            house = engine.house
            report: BackupReport | None
            if house.stores.writer.unsaved is not None:  # of what the window shows, not of what the file holds
                report = copy_elsewhere(house.paths, backup_path(house.paths, house.clock.now_ms()))
            else:
                report = keep_backup(house.paths, BackupReason.BY_HAND, house.clock.now_ms())
            if report is None:
                return "There is nothing to back up yet"
            return f"Backed up {report.transactions:,} transactions to {report.path.name}, verified"

        self._run("Backing up", work, self._told_then(self.list_backups))

    def list_bin(self) -> None:
        """Answered by `bin_listed`."""

        def work(engine: Engine) -> tuple[BinEntry, ...]:
            from levdesk.io.bin import BinFile

            house = engine.house
            return BinFile(house.paths, house.clock, house.stores.writer).read_bin()

        self._run("Looking into the bin", work, self.signals.bin_listed.emit, quiet=True)

    def bring_back(self, entries: Sequence[BinEntry]) -> None:
        """Bring deleted things back as one act; the list follows with the books."""
        chosen = tuple(entries)
        self._do(lambda engine: engine.acts.bring_back(chosen))

    def list_history(self) -> None:
        """Answered by `history_listed`."""

        def work(engine: Engine) -> tuple[AuditEntry, ...]:
            from levdesk.io.audit import read_history

            return read_history(engine.house.paths, engine.house.clock)

        self._run("Reading the history", work, self.signals.history_listed.emit, quiet=True)

    def tell_act(self, act_id: int) -> None:
        """Answered by `act_told`."""

        def work(engine: Engine) -> object:
            from levdesk.io.audit import read_act

            return act_id, read_act(engine.house.paths, engine.house.clock, act_id)

        self._run("Reading the history", work, self.signals.act_told.emit, quiet=True)

    def export_history(self, path: Path, entries: Sequence[AuditEntry]) -> None:
        """Write these entries as CSV; the window has asked before overwriting."""

        def work(_engine: Engine) -> str:
            from levdesk.services.audit import history_csv

            write_whole_file(path, history_csv(entries))
            return f"Exported {len(entries):,} entries to {path.name}"

        self._run(f"Writing {path.name}", work, self._told_then(lambda: None))

    def export_portable(self, path: Path) -> None:
        """Write everything as a zip of tables; the window has asked before overwriting."""

        def work(engine: Engine) -> str:
            from levdesk.io.portable import export_portable

            path.unlink(missing_ok=True)
            report = export_portable(engine.house.paths, engine.house.clock, path)
            return f"Exported {report.transactions:,} transactions and everything else to {path.name}"

        self._run(f"Writing {path.name}", work, self._told_then(lambda: None))

    # -- what is in memory only ----------------------------------------------------------------------------------

    def try_to_save(self) -> None:
        """Try now to save what is in memory only; the writer tells what was saved."""

        def begin(engine: Engine) -> None:
            writer = engine.house.stores.writer

            def tried(is_saved: bool) -> None:
                unsaved = writer.unsaved
                if not is_saved and unsaved is not None:
                    engine.signals.act_done.emit(f"Not yet: {unsaved.message}")

            engine.runner.watch(writer.try_to_save(), tried, engine.fail)

        self._do(begin)

    def save_copy(self, path: Path) -> None:
        """Save a complete copy of the books as the window shows them; the window has asked before overwriting."""

        def work(engine: Engine) -> str:
            from levdesk.io.unsaved.copying import copy_elsewhere

            path.unlink(missing_ok=True)
            report = copy_elsewhere(engine.house.paths, path)
            return f"Saved a copy with {report.transactions:,} transactions as {path.name}, verified"

        self._run(f"Writing {path.name}", work, self._told_then(lambda: self.signals.copy_saved.emit(path)))

    def bring_in_note(self, path: Path) -> None:
        """Put what an earlier program noted into the books; whoever opened them reads them again."""

        def begin(engine: Engine) -> None:
            house = engine.house

            def job(_control: JobControl) -> Saved:
                from levdesk.io.unsaved.left_behind import bring_in_note

                return bring_in_note(house.stores.writer, house.paths, house.clock, path)

            engine.runner.run("Saving what was noted", job, self.signals.note_brought_in.emit, engine.fail)

        self._do(begin)

    def discard_note(self, path: Path) -> None:
        """Throw such a note away."""
        path.unlink(missing_ok=True)

    # -- exchanging the books ----------------------------------------------------------------------------------

    def restore(self, path: Path) -> None:
        """Put a copy in the ledger's place."""

        def work(paths: Paths, clock: Clock) -> str:
            from levdesk.io.restore import restore

            return _restored(restore(paths, path, clock))

        self.exchange(f"Restoring {path.name}", work)

    def import_portable(self, path: Path) -> None:
        """Take in everything from a zip of tables."""

        def work(paths: Paths, clock: Clock) -> str:
            from levdesk.io.portable import import_portable

            return _restored(import_portable(paths, path, clock))

        self.exchange(f"Taking in {path.name}", work)

    def rescue(self, way: Rescue) -> None:
        """Do one of the three things about a damaged ledger."""

        def work(paths: Paths, clock: Clock) -> str:
            from levdesk.io.backup_shelf import latest_sound
            from levdesk.io.restore import restore
            from levdesk.io.salvage import salvage, start_afresh

            if way is Rescue.SALVAGE:
                return salvage(paths, clock).words
            backup = latest_sound(paths)
            if way is Rescue.RESTORE and backup is not None:
                return _restored(restore(paths, backup.path, clock))
            kept = start_afresh(paths, clock)
            return "Your books begin anew" + (f"; the damaged file is kept as {kept.name}" if kept else "")

        self.exchange("Mending your books", work)

    # -- inside ------------------------------------------------------------------------------------------------

    def _run(self, title: str, work: Callable[[Engine], T], done: Callable[[T], None], *, quiet: bool = False) -> None:
        def begin(engine: Engine) -> None:
            def job(_control: JobControl) -> T:
                return work(engine)

            engine.runner.run(title, job, done, engine.fail, quiet=quiet)

        self._do(begin)

    def _told_then(self, follow: Callable[[], None]) -> Callable[[str], None]:
        def done(words: str) -> None:
            self._do(lambda engine: engine.signals.act_done.emit(words))
            follow()

        return done


class DailyCare(QObject):
    """Once a day: a copy of books that have changed, and the bin emptied of what is older than 30 days."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self._engine = engine
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_EVERY_MS)
        self._timer.timeout.connect(self.look)

    def start(self) -> None:
        """Look soon, when the window has settled, and then every hour."""
        QTimer.singleShot(FIRST_LOOK_MS, self, self.look)
        self._timer.start()

    @Slot()
    def look(self) -> None:
        """Do today's care, if it is still to be done; while the books are in memory it waits."""
        house = self._engine.house
        if house.stores.writer.unsaved is not None:
            return

        def work(_control: JobControl) -> None:
            from levdesk.io.backup_shelf import back_up_daily
            from levdesk.io.bin import BinFile

            back_up_daily(house.paths, house.clock.now_ms())
            BinFile(house.paths, house.clock, house.stores.writer).empty_old().result()

        self._engine.runner.run("Today's backup", work, lambda _done: None, self._engine.fail, quiet=True)


def _restored(report: RestoreReport) -> str:
    words = f"Restored {report.transactions:,} transactions from {report.source.name}, proved"
    return words if report.kept_aside is None else f"{words}; what was there is kept as {report.kept_aside.name}"
