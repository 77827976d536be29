"""What SQLite says, translated at the door: faults of the place, damage of the file, and mistakes of ours."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from levdesk.domain.errors import Bug, LevdeskError, StoreCorrupt, StoreUnavailable, UserError
from levdesk.io.paths import reason_of
from levdesk.services.unsaved import Fault

_BUSY: Final = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL})
_READ_ONLY: Final = frozenset({sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH})
_PLACE: Final = frozenset({sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_NOLFS})
_DAMAGE: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})

_FULL_DISK: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_NO_RIGHT: Final = frozenset({errno.EROFS, errno.EACCES, errno.EPERM})

RESTORE_HINT: Final = "Restore a backup (levdesk restore FILE), or save what is readable (levdesk salvage)."


def describe(error: sqlite3.Error, path: Path) -> LevdeskError:
    """The failure in our words: what the person can act on is a StoreError, anything else a Bug."""
    extended: int = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    code = extended & 0xFF
    if code in _BUSY:
        return StoreUnavailable(
            f"{path.name} is in use by another program.", hint="Close the other program and try again."
        )
    if code == sqlite3.SQLITE_FULL:
        return StoreUnavailable(
            f"There is no room left to write {path.name}.", hint="Free some disk space and try again."
        )
    if code in _READ_ONLY:
        return StoreUnavailable(f"{path} cannot be written to.", hint="Check the rights of the file and its folder.")
    if code in _PLACE:
        return StoreUnavailable(f"{path} cannot be read or written ({error}).", hint="Check the disk and the folder.")
    if code in _DAMAGE:
        return StoreCorrupt(f"{path.name} is damaged ({error}).", hint=RESTORE_HINT)
    return Bug(f"{path.name} refused what LevDesk asked of it ({error}).", hint="The log has the details.")


def fault_of(error: StoreUnavailable) -> Fault:
    """What kind of thing is in the way, from what SQLite or the system had said."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, sqlite3.Error):
            code = getattr(cause, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
            if code in _BUSY:
                return Fault.LOCKED
            if code == sqlite3.SQLITE_FULL:
                return Fault.FULL
            return Fault.READ_ONLY if code in _READ_ONLY else Fault.UNREACHABLE
        if isinstance(cause, OSError):
            if cause.errno in _FULL_DISK:
                return Fault.FULL
            return Fault.READ_ONLY if cause.errno in _NO_RIGHT else Fault.UNREACHABLE
        cause = cause.__cause__
    return Fault.READ_ONLY  # a folder that was looked at before it was tried


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn what the system and SQLite raise inside the block into the exception tree.

    Raises:
        StoreUnavailable, StoreCorrupt: as `describe` decides.
        UserError: a text holds half of a surrogate pair, which no file can keep.
        Bug: a rule of the tables was broken.
    """
    try:
        yield
    except sqlite3.Error as error:
        raise describe(error, path) from error
    except UnicodeEncodeError as error:
        raise UserError("A text holds a character that cannot be stored.", hint="Type the text again.") from error
    except OverflowError as error:
        raise Bug(f"A number is too large for {path.name} ({error}).") from error
    except OSError as error:
        raise StoreUnavailable(f"{path} cannot be used: {reason_of(error)}.") from error
