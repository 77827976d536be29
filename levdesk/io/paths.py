"""Where this person's files are: one value, computed once, and the only place that makes folders."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final, NamedTuple

from levdesk.domain.errors import StoreUnavailable

FOLDER_MODE: Final = 0o700
FILE_MODE: Final = 0o600
_HINT: Final = "Name a folder you may write to with --data-dir."


class Paths(NamedTuple):
    """The files of one data directory.

    Attributes:
        data_dir: holds everything that must survive.
        log_dir: holds the log; a sub-folder of `data_dir` when that was named by hand.
    """

    data_dir: Path
    log_dir: Path

    @property
    def levdesk_db(self) -> Path:
        """The precious file."""
        return self.data_dir / "levdesk.db"

    @property
    def market_db(self) -> Path:
        """The file that can be downloaded again."""
        return self.data_dir / "market.db"

    @property
    def backups_dir(self) -> Path:
        """Verified copies of the precious file."""
        return self.data_dir / "backups"

    @property
    def log_file(self) -> Path:
        """The log that is being written."""
        return self.log_dir / "levdesk.log"

    @property
    def window_state(self) -> Path:
        """Geometry and columns of the window."""
        return self.data_dir / "window.ini"

    @property
    def lock(self) -> Path:
        """Marks that a window is open on this data directory."""
        return self.data_dir / "levdesk.lock"

    def create(self) -> None:
        """Make the folders, readable by their owner only; folders that exist keep their rights.

        Raises:
            StoreUnavailable: when one cannot be made or written to.
        """
        for folder in (self.data_dir, self.backups_dir, self.log_dir):
            make_private_folder(folder)


def locate(data_dir: Path | None = None, *, demo: bool = False) -> Paths:
    """The files of a data directory, or of this person's usual one when None; the demo has a folder of its own inside.

    Touches no file. A named directory keeps everything inside itself, the log too.
    """
    if data_dir is not None:
        folder = Path(os.path.abspath(data_dir.expanduser()))  # noqa: PTH100 - resolve() would follow a symlink away
        log_dir = folder / "log"
    else:
        import platformdirs  # late: a named directory does not need it

        folder = platformdirs.user_data_path("levdesk", appauthor=False)
        log_dir = platformdirs.user_state_path("levdesk", appauthor=False) / "log"
    if demo:
        folder = folder / "demo"
        log_dir = folder / "log"
    return Paths(folder, log_dir)


def make_private_folder(folder: Path) -> None:
    """Make a folder only its owner can open, and see that it can be written to.

    Raises:
        StoreUnavailable: when it cannot.
    """
    try:
        folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    except OSError as error:
        raise StoreUnavailable(f"The folder {folder} cannot be made: {reason_of(error)}.", hint=_HINT) from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise StoreUnavailable(f"The folder {folder} cannot be written to.", hint=_HINT)


def create_private_file(path: Path) -> None:
    """Make an empty file only its owner can read, unless it is there: SQLite's side files inherit its rights.

    Raises:
        OSError: as the system reports it.
    """
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT, FILE_MODE))


def reason_of(error: OSError) -> str:
    """The system's reason in lower case, without numbers and paths."""
    text = error.strerror or str(error) or type(error).__name__
    return text[:1].lower() + text[1:]
