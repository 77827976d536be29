"""Notes that an earlier program left behind: what is in them, and bringing that into the books after all."""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from pathlib import Path

from levdesk.domain.errors import UserError
from levdesk.io.backup_shelf import back_up_before
from levdesk.io.ledger_db import LEDGER
from levdesk.io.paths import Paths
from levdesk.io.unsaved.bringing_in import NameTaken, bring_in
from levdesk.io.unsaved.ids import Places
from levdesk.io.unsaved.kept import Kept, last_event
from levdesk.io.unsaved.note import FoundNote, find_notes, read_note
from levdesk.io.writer import StoreFile, Writer
from levdesk.services.ports import Clock
from levdesk.services.unsaved import LeftBehind, Refused, Saved


def left_behind(paths: Paths) -> tuple[LeftBehind, ...]:
    """Notes with changes of the person's that were never saved, oldest first; one without any is removed."""
    found = []
    for note in find_notes(paths):
        labels = tuple(piece.label for piece in note.pieces if piece.label)
        if labels:
            found.append(LeftBehind(path=note.path, since_ms=note.head.since_ms, labels=labels))
        else:
            discard_note(note.path)
    return tuple(found)


def discard_note(path: Path) -> None:
    """Throw a note away."""
    with suppress(OSError):
        path.unlink()


def bring_in_note(writer: Writer, paths: Paths, clock: Clock, path: Path) -> Saved:
    """Bring what a note holds into the books, each piece in a transaction of its own, and remove the note.

    What an earlier try brought in is recognised. While the books are in memory, that is where it goes.

    Raises:
        UserError: the note is gone, or of another version of the program.
        StoreError: the books cannot be written; the note stays.
    """
    note = read_note(paths, path)
    if note is None:
        raise UserError(f"The note {path} is not there any more, or another LevDesk has it.")
    if note.head.layout != LEDGER.version:
        raise UserError(f"The note {path} was written by another version of LevDesk.", hint="Start that one again.")
    saved = _bring_in(writer, paths, clock, note)
    discard_note(path)
    return saved


def _bring_in(writer: Writer, paths: Paths, clock: Clock, note: FoundNote) -> Saved:
    places, expected = Places(base=note.head.base), note.head.base.event
    changes, refused = 0, []
    for piece in note.pieces:
        reason = piece.backup_reason
        if reason is not None and writer.unsaved is None:
            back_up_before(paths, reason, clock.now_ms())
        try:
            places, expected = _attempt(writer, piece, places, expected)
        except UserError as error:
            if isinstance(error, NameTaken):
                places.put("portfolios", error.portfolio_id, error.place)
            if piece.label:
                refused.append(Refused(label=piece.label, reason=error.message))
        else:
            changes += bool(piece.label)
    return Saved(changes=changes, refused=tuple(refused), is_other=True)


def _attempt(writer: Writer, piece: Kept, places: Places, expected: int) -> tuple[Places, int]:
    def work(connection: sqlite3.Connection) -> tuple[Places, int]:
        attempt = places.copy()
        attempt.is_other |= last_event(connection) != expected
        bring_in(connection, piece, attempt)
        return attempt, last_event(connection)

    return writer.submit(StoreFile.LEDGER, work).result()
