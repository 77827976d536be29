"""Who watches the alerts of a data directory: one program at a time, or every warning would be told twice.

The system lets go of the lock when its holder ends, however that happens; the empty file stays.
"""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path
from typing import Final

from levdesk.domain.errors import StoreUnavailable
from levdesk.io.paths import Paths, create_private_file, reason_of

if sys.platform == "win32":
    import msvcrt

    def lock_file(descriptor: int) -> None:
        """Take the lock of an open file for as long as it is open; OSError when somebody else has it."""
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def lock_file(descriptor: int) -> None:
        """Take the lock of an open file for as long as it is open; OSError when somebody else has it."""
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


_NO_PLACE: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM})


def _may_write_near(path: Path) -> bool:
    folder = next((folder for folder in path.parents if os.path.exists(folder)), path)  # noqa: PTH110 - never raises
    return os.access(folder, os.W_OK)


class WatchLock:
    """The right to watch a data directory; not shared between threads."""

    def __init__(self, paths: Paths) -> None:
        """Hold nothing yet."""
        self._path = paths.data_dir / "watch.lock"
        self._descriptor: int | None = None

    def take(self) -> bool:
        """Take it; False when another program has it.

        On a full disk or one that cannot be written to there is no lock, and no other program can have one either.

        Raises:
            StoreUnavailable: the folder cannot be used.
        """
        if self._descriptor is not None:
            return True
        try:
            create_private_file(self._path)
            descriptor = os.open(self._path, os.O_RDWR)
        except OSError as error:
            if error.errno in _NO_PLACE or not _may_write_near(self._path):
                return True
            raise StoreUnavailable(f"{self._path} cannot be used: {reason_of(error)}.") from error
        try:
            lock_file(descriptor)
        except OSError:
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        return True

    def release(self) -> None:
        """Let another program have it."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
