"""A note of what is in memory only, in a folder that can be written to, for the next start to find.

One line of JSON for each piece of work, on disk before it is answered for. The file is its owner's alone (0600), and
locked for as long as its program lives, so that no other takes it for left behind.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import stat
import tempfile
import uuid
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from levdesk.domain.errors import StoreUnavailable
from levdesk.io.paths import FILE_MODE, Paths, make_private_folder
from levdesk.io.unsaved.ids import Base
from levdesk.io.unsaved.kept import Kept
from levdesk.io.watch_lock import lock_file

FORMAT: Final = 1
_log = logging.getLogger(__name__)
_NO_LINK: Final = getattr(os, "O_NOFOLLOW", 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteHead:
    """What a note begins with.

    Attributes:
        base: the file its changes were made on.
        layout: of that file.
        since_ms: when the note was begun.
    """

    base: Base
    layout: int
    since_ms: int


class Note:
    """A note that is being written; not shared between threads.

    Attributes:
        path: where it is.
    """

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self._descriptor = descriptor

    @staticmethod
    def begin(paths: Paths, head: NoteHead, pieces: Sequence[Kept]) -> Note | None:
        """A note with these pieces, in the first folder that takes it; None when none does."""
        name = f"{_stem(paths)}{uuid.uuid4().hex[:12]}.jsonl"
        for folder in _refuges(paths):
            path = folder / name
            try:
                make_private_folder(folder)
                descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | _NO_LINK, FILE_MODE)
            except (OSError, StoreUnavailable):
                continue
            note = Note(path, descriptor)
            with suppress(OSError):  # a file system without locks: the note is one all the same
                lock_file(descriptor)
            if all(note.write(line) for line in (_head_text(paths, head), *(each.to_text() for each in pieces))):
                return note
            note.remove()
        return None

    def write(self, line: str) -> bool:
        """Add a line and push it to the disk; False when that failed, and then no part of it stays."""
        data = f"{line}\n".encode()
        whole = os.fstat(self._descriptor).st_size
        try:
            while data:
                data = data[os.write(self._descriptor, data) :]
            os.fsync(self._descriptor)
        except OSError:
            with suppress(OSError):
                os.ftruncate(self._descriptor, whole)
                os.lseek(self._descriptor, whole, os.SEEK_SET)
            return False
        return True

    def remove(self) -> None:
        """It is needed no more."""
        with suppress(OSError):
            self.path.unlink()
        self.leave()

    def leave(self) -> None:
        """Let go of it, so that the next start finds it."""
        with suppress(OSError):
            os.close(self._descriptor)


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundNote:
    """A note that its program left behind.

    Attributes:
        path: where it is.
        head: what it begins with.
        pieces: what it holds, oldest first.
    """

    path: Path
    head: NoteHead
    pieces: tuple[Kept, ...]


def find_notes(paths: Paths) -> tuple[FoundNote, ...]:
    """Notes about the books of this data directory whose program has ended, oldest first."""
    found = [note for path in _notes(paths) if (note := read_note(paths, path)) is not None]
    return tuple(sorted(found, key=lambda note: note.head.since_ms))


def read_note(paths: Paths, path: Path) -> FoundNote | None:
    """A note somebody left behind; None for one in use, of somebody else, or of other books.

    What cannot be read ends it: the line on which its program was ended is no change that was answered for.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | _NO_LINK)
    except OSError:
        return None
    with os.fdopen(descriptor, "rb") as file:
        state = os.fstat(descriptor)
        if not stat.S_ISREG(state.st_mode) or (hasattr(os, "geteuid") and state.st_uid != os.geteuid()):
            return None
        try:
            lock_file(descriptor)
        except OSError:
            return None
        lines = file.read().decode("utf-8", "replace").split("\n")
    try:
        head = _head(paths, lines[0])
    except (ValueError, KeyError, TypeError) as error:
        _log.info("the note %s is not ours: %s", path.name, error)
        return None
    return FoundNote(path=path, head=head, pieces=tuple(_pieces(lines[1:], path)))


def _pieces(lines: Sequence[str], path: Path) -> Iterator[Kept]:
    for number, line in enumerate(lines, 2):
        if not line:
            return
        try:
            yield Kept.from_text(line)
        except ValueError as error:
            _log.warning("The note %s ends at line %s: %s", path.name, number, error)
            return


def _head_text(paths: Paths, head: NoteHead) -> str:
    return json.dumps(
        {
            "levdesk_note": FORMAT,
            "data_dir": str(paths.data_dir),
            "layout": head.layout,
            "since_ms": head.since_ms,
            "sequences": dict(head.base.sequences),
            "event": head.base.event,
        },
        ensure_ascii=False,
    )


def _head(paths: Paths, line: str) -> NoteHead:
    document = json.loads(line)
    if document["levdesk_note"] != FORMAT or document["data_dir"] != str(paths.data_dir):
        raise ValueError("other books, or another format")
    sequences = {str(table): int(last) for table, last in document["sequences"].items()}
    base = Base(sequences=sequences, event=int(document["event"]))
    return NoteHead(base=base, layout=int(document["layout"]), since_ms=int(document["since_ms"]))


def _stem(paths: Paths) -> str:
    return f"unsaved-{hashlib.sha256(str(paths.data_dir).encode()).hexdigest()[:12]}-"


def _notes(paths: Paths) -> Iterator[Path]:
    for folder in _refuges(paths):
        with suppress(OSError):
            yield from sorted(folder.glob(f"{_stem(paths)}*.jsonl"))


def _refuges(paths: Paths) -> Iterator[Path]:
    """Folders that may be writable when the file is not, the best first."""
    import platformdirs  # late: only a start in trouble needs it

    yield paths.data_dir
    yield platformdirs.user_cache_path("levdesk", appauthor=False)
    with suppress(OSError):
        owner = os.geteuid() if hasattr(os, "geteuid") else "notes"
        yield Path(tempfile.gettempdir()) / f"levdesk-{owner}"
