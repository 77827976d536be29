"""The books in memory while their file cannot be written: acts are done there, kept, noted, and saved when it can be.

Everything here happens in the writer thread; readers of the copy come from any.
"""

from __future__ import annotations

import logging
import sqlite3
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Final, TypeVar

from levdesk import __version__
from levdesk.domain.errors import LevdeskError, StoreUnavailable, UserError
from levdesk.io.backup import backup_path, make_backup_of
from levdesk.io.backup_contents import holdings_hash
from levdesk.io.backup_shelf import back_up_before
from levdesk.io.ledger_db import LEDGER
from levdesk.io.paths import Paths
from levdesk.io.restore import ASIDE
from levdesk.io.store_errors import fault_of, translated
from levdesk.io.store_file import write_transaction
from levdesk.io.unsaved.bringing_in import NameTaken, bring_in
from levdesk.io.unsaved.copying import copy_into_memory
from levdesk.io.unsaved.ids import Base, Places
from levdesk.io.unsaved.kept import Kept, capture, last_event, start_capturing
from levdesk.io.unsaved.note import Note, NoteHead
from levdesk.io.working_copies import WorkingCopy, stand_down, stand_in
from levdesk.services.ports import Clock
from levdesk.services.unsaved import Fault, Refused, Saved, Unsaved

T = TypeVar("T")
LATEST: Final = 8
_log = logging.getLogger(__name__)


class Shelter:
    """One stay in memory: begun with what was in the way, ended by `save` or `leave`.

    Args:
        paths: of the file.
        clock: for the names of backups and of the note.
        error: what was in the way.
        source: the open file, which may still be readable; None when it could not even be opened.

    Raises:
        StoreCorrupt, StoreTooNew: the file is damaged, or a newer program's; nothing may be built on it.
    """

    def __init__(self, paths: Paths, clock: Clock, error: StoreUnavailable, source: sqlite3.Connection | None) -> None:
        self._paths = paths
        self._clock = clock
        with translated(paths.levdesk_db):
            made = copy_into_memory(paths.levdesk_db, LEDGER, source, is_locked=fault_of(error) is Fault.LOCKED)
            start_capturing(made.connection)
            self._places = Places(base=Base.of(made.connection))
        self._copy = WorkingCopy(made.connection)
        self._expected_event = self._places.base.event
        self._is_blind = made.is_blind
        self._pieces: deque[Kept] = deque()
        self._brought: list[Kept] = []
        self._labels: deque[str] = deque()
        self._saved = 0
        self._refused: list[Refused] = []
        self._kept: Path | None = None
        self._note: Note | None = None
        self._noted = 0
        self._note_again_at = 1
        self._error = error
        stand_in(paths.levdesk_db, self._copy)
        _log.info("The books are kept in memory: %s", error.message)

    @property
    def state(self) -> Unsaved:
        """Where things stand, in values."""
        return Unsaved(
            fault=fault_of(self._error),
            message=self._error.message,
            changes=len(self._labels),
            latest=tuple(islice(reversed(self._labels), LATEST)),
            noted=None if self._note is None or self._noted < self._count else self._note.path,
            is_blind=self._is_blind,
        )

    def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do a piece of work in memory, and keep what it changed.

        Raises:
            LevdeskError: the work's own; nothing was changed then.
        """
        with self._copy.held() as connection, translated(self._paths.levdesk_db), write_transaction(connection):
            before = last_event(connection)
            result = work(connection)
            kept = capture(connection, before)
        if kept is not None:
            self._pieces.append(kept)
            if kept.label:
                self._labels.append(kept.label)
            self._write_down()
        return result

    @property
    def _count(self) -> int:
        return len(self._brought) + len(self._pieces)

    def _write_down(self) -> None:
        """Note everything that is not noted yet, in another place when this one is full too."""
        pieces = [*self._brought, *self._pieces]
        while self._note is not None and self._noted < len(pieces):
            if not self._note.write(pieces[self._noted].to_text()):
                break
            self._noted += 1
        if self._noted == len(pieces) or len(pieces) < self._note_again_at:
            return
        self._note_again_at = 2 * len(pieces)  # where there is no place, it is not looked for with every act
        head = NoteHead(base=self._places.base, layout=LEDGER.version, since_ms=self._clock.now_ms())
        # All of it, also what is saved already: ids count from the base, and nothing is brought in twice.
        note = Note.begin(self._paths, head, pieces)
        if note is not None:
            if self._note is not None:
                self._note.remove()
            self._note, self._noted, self._note_again_at = note, len(pieces), 1

    # -- back into the file ------------------------------------------------------------------------------------

    def save(self, connection: sqlite3.Connection) -> Saved:
        """Bring everything into the file, in order, each piece in a transaction of its own; the stay ends with that.

        Raises:
            StoreError: the file still cannot be written; what is in it stays there, the rest in memory.
        """
        path = self._paths.levdesk_db
        with translated(path):
            if last_event(connection) != self._expected_event:
                self._places.is_other = True
        if not self._pieces:
            with translated(path), write_transaction(connection):
                connection.execute("INSERT OR REPLACE INTO about VALUES ('written_by', ?)", (__version__,))
        while self._pieces:
            self._save_next(connection)
        saved = self._verified(connection)
        self.leave(is_done=True)
        return saved

    def _save_next(self, connection: sqlite3.Connection) -> None:
        piece = self._pieces[0]
        reason = piece.backup_reason
        if reason is not None:
            back_up_before(self._paths, reason, self._clock.now_ms())
        attempt = self._places.copy()
        try:
            with translated(self._paths.levdesk_db), write_transaction(connection):
                bring_in(connection, piece, attempt)
                newest = last_event(connection)
        except UserError as error:
            self._refuse(piece, error)
        else:
            self._places, self._expected_event = attempt, newest
            self._saved += bool(piece.label)
        if piece.label:
            self._labels.popleft()
        self._brought.append(self._pieces.popleft())

    def _refuse(self, piece: Kept, error: UserError) -> None:
        if isinstance(error, NameTaken):
            self._places.put("portfolios", error.portfolio_id, error.place)
        _log.info("“%s” could not be saved: %s", piece.label, error.message)
        if piece.label:
            self._refused.append(Refused(label=piece.label, reason=error.message))
            if self._kept is None:
                self._kept = self._put_aside()

    def _put_aside(self) -> Path | None:
        """A complete copy of what the window showed, because something of it will not be in the books."""
        folder = self._paths.data_dir / ASIDE
        name = backup_path(self._paths, self._clock.now_ms(), reason="unsaved").name
        with suppress(LevdeskError, OSError), self._copy.held() as connection:
            folder.mkdir(mode=0o700, exist_ok=True)
            return make_backup_of(lambda read: read(connection), folder / name).path
        return None

    def _verified(self, connection: sqlite3.Connection) -> Saved:
        """Compare what is held, unless another program has had a say in it."""
        places = self._places
        is_other = places.is_other or places.is_shifted or self._is_blind or bool(self._refused)
        if not is_other:
            with translated(self._paths.levdesk_db), self._copy.held() as memory:
                if holdings_hash(connection) != holdings_hash(memory):
                    self._kept, is_other = self._kept or self._put_aside(), True
                    reason = "What is held in the file afterwards is not what was held in memory."
                    self._refused.append(Refused(label="the comparison at the end", reason=reason))
        return Saved(changes=self._saved, refused=tuple(self._refused), is_other=is_other, kept=self._kept)

    def told(self, error: StoreUnavailable) -> None:
        """Saving failed again, and why."""
        self._error = error

    def leave(self, *, is_done: bool = False) -> None:
        """End the stay; unless everything is saved, the note stays for the next start."""
        stand_down(self._paths.levdesk_db)
        self._copy.close()
        if self._note is not None:
            if is_done or not self._labels:
                self._note.remove()
            else:
                self._note.leave()
