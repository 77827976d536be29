"""The work itself: makes the environment, runs pip and apt-get, and keeps two set-ups from working at once."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, TextIO

from levdesk.app.setup import packages, stamp
from levdesk.app.setup.pip_run import PipRun
from levdesk.app.setup.pip_talk import SetupFailed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from levdesk.app.setup.survey import Site
    from levdesk.app.setup.terminal import Terminal


class Workshop:
    """Carries out the steps of a plan, one method each; every failure is a SetupFailed.

    Args:
        site: where, and for what.
        terminal: hears what is being done.
    """

    def __init__(self, site: Site, terminal: Terminal) -> None:
        self._site = site
        self._terminal = terminal
        self._lock: TextIO | None = None

    @contextlib.contextmanager
    def locked(self) -> Iterator[bool]:
        """Hold the environment for this set-up; yields whether another one had to finish first.

        The lock is the mark of an unfinished set-up, so that one file tells both; it stays when the work fails.
        """
        folder = self._site.environment
        try:
            folder.mkdir(exist_ok=True)
            lock = (folder / stamp.UNFINISHED).open("a", encoding="utf-8")
        except OSError as error:
            raise SetupFailed(f"The folder {folder} cannot be written to ({error.strerror}).") from error
        with lock:
            waited = not _try_lock(lock)
            if waited:
                self._terminal.say("Another start is setting LevDesk up just now; waiting for it.")
                _wait_lock(lock)
            self._lock = lock
            try:
                yield waited
            finally:
                self._lock = None

    def condemn(self) -> None:
        """Mark the environment as one to be made anew; it cannot be while its own interpreter runs."""
        (self._site.environment / stamp.UNFINISHED).touch()

    def make(self) -> None:
        """Make an empty environment in place of whatever stands there."""
        folder = self._site.environment
        _empty(folder, but=stamp.UNFINISHED)
        done = _run([_base_python(), "-m", "venv", str(folder)])
        if done.returncode:
            raise SetupFailed(f"Python could not make an environment in {folder}: {_last_words(done)}")

    def install(self) -> None:
        """Fetch and unpack the packages of the project and its extras."""
        site = self._site
        if not any(site.environment.glob("[Ll]ib/**/site-packages/pip/__main__.py")):
            self._add_pip()
        target = f"{site.root}[{','.join(self._extras())}]" if self._extras() else str(site.root)
        keep_open = () if self._lock is None or os.name == "nt" else (self._lock.fileno(),)
        run = PipRun(site.python, site.environment / "levdesk-download", self._terminal, keep_open)
        run.install(["--editable", target])
        # Without them a start takes longer, no more; so whatever becomes of it, the set-up goes on.
        _run([str(site.python), "-m", "levdesk.app.setup.pyside_files"])

    def install_system(self, names: Sequence[str]) -> None:
        """Install system packages with apt-get."""
        _apt_get(["update"])  # may fail with lists that are still good enough
        done = _apt_get(["install", "-y", "--no-install-recommends", *names])
        if done.returncode:
            last = [line for line in done.stderr.splitlines() if line.startswith("E:")][:1] or ["no reason given"]
            raise SetupFailed(
                f"apt-get could not install the system packages: {last[0].removeprefix('E: ')}",
                hint="Check the internet connection, then type:  apt-get update && "
                + packages.install_command("apt", names, is_root=True),
            )

    def note(self, fingerprint: str) -> None:
        """Write down that the environment is finished, and take the mark of an unfinished one away."""
        folder = str(self._site.environment)
        known = stamp.read(folder)
        stamp.write(
            folder,
            known
            | {
                "python": known.get("python", stamp.MINOR_VERSION),
                "pyproject": stamp.pyproject_key(str(self._site.root)),
                "needs": fingerprint,
                "extras": ",".join(self._extras()),
            },
        )
        with contextlib.suppress(FileNotFoundError):
            (self._site.environment / stamp.UNFINISHED).unlink()

    def _add_pip(self) -> None:
        """Environments made by other tools may come without pip."""
        done = _run([str(self._site.python), "-m", "ensurepip"])
        if done.returncode:
            raise SetupFailed(
                f"The environment {self._site.environment} has no pip, and it could not be added: {_last_words(done)}",
                hint="Delete that folder and start again.",
            )

    def _extras(self) -> list[str]:
        known = stamp.read(str(self._site.environment)).get("extras", "").split(",")
        return sorted({*known, *self._site.extras} - {""})


def _base_python() -> str:
    """The interpreter that stands behind the running one, so that environments are not made from environments."""
    return getattr(sys, "_base_executable", "") or sys.executable


def _empty(folder: Path, *, but: str) -> None:
    try:
        for entry in folder.iterdir():
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            elif entry.name != but:
                entry.unlink()
    except OSError as error:
        raise SetupFailed(
            f"The old environment {folder} could not be removed ({error.strerror}).",
            hint="Close every LevDesk window, delete that folder and start again.",
        ) from error


def _run(command: Sequence[str], environment: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )


def _last_words(done: subprocess.CompletedProcess[str]) -> str:
    return ((done.stderr or done.stdout).strip().splitlines() or ["no reason given"])[-1]


def _apt_get(arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
    return _run(["apt-get", "-qq", *arguments], os.environ | {"DEBIAN_FRONTEND": "noninteractive"})


if sys.platform == "win32":
    import msvcrt

    def _try_lock(file: TextIO) -> bool:
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _wait_lock(file: TextIO) -> None:
        while not _try_lock(file):
            with contextlib.suppress(OSError):
                msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)
                return

else:
    import fcntl

    def _try_lock(file: TextIO) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            return True  # a file system without locks: nobody to wait for can be known
        return True

    def _wait_lock(file: TextIO) -> None:
        fcntl.flock(file, fcntl.LOCK_EX)
