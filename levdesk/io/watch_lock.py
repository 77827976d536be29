"""Who watches the alerts of a data directory: one program at a time, or every warning would be told twice.

The system lets go of the lock when its holder ends, however that happens; the empty file stays.
"""

from __future__ import annotations

import os
import sys

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


class WatchLock:
    """The right to watch a data directory; not shared between threads.

    Args:
        paths: of the directory.
        or_without: watch also where no lock file can be made: no other program could make one either.
    """

    def __init__(self, paths: Paths, *, or_without: bool = False) -> None:
        self._path = paths.data_dir / "watch.lock"
        self._or_without = or_without
        self._descriptor: int | None = None

    def take(self) -> bool:
        """Take it; False when another program has it.

        Raises:
            StoreUnavailable: the folder cannot be used.
        """
        if self._descriptor is not None:
            return True
        try:
            create_private_file(self._path)
            descriptor = os.open(self._path, os.O_RDWR)
        except OSError as error:
            if self._or_without:
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
