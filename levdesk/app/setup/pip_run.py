"""One run of pip, told in plain words while it works."""

from __future__ import annotations

import os
import platform
import queue
import shutil
import subprocess
import sys
import threading
from typing import IO, TYPE_CHECKING

from levdesk.app.setup import pip_talk

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from levdesk.app.setup.terminal import Terminal

_LOOK_EVERY_S = 0.25
_END = ""
# Settings of the person's that would send the packages elsewhere or hide pip's words.
_NOT_FOR_US = ("PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_QUIET", "PIP_LOG", "PYTHONHOME", "PYTHONPATH")


class PipRun:
    """Runs the environment's pip and reports packages, sizes and how far the present one is.

    Args:
        python: the environment's interpreter.
        downloads: a folder for files on their way, made and removed by the run; their size is the progress.
        terminal: hears the progress.
        keep_open: file descriptors that pip inherits, so that a lock outlives a killed parent.
    """

    def __init__(self, python: Path, downloads: Path, terminal: Terminal, keep_open: tuple[int, ...]) -> None:
        self._python = python
        self._downloads = downloads
        self._terminal = terminal
        self._keep_open = keep_open
        self._lines: list[str] = []
        self._fetching: pip_talk.Fetch | None = None
        self._fetched_mb = 0.0

    def install(self, arguments: Sequence[str]) -> None:
        """Install what the arguments of `pip install` name.

        Raises:
            SetupFailed: pip failed; the sentence says why.
        """
        self._downloads.mkdir(exist_ok=True)
        command = [str(self._python), "-m", "pip", "install", "--no-input", "--progress-bar", "off", *arguments]
        with subprocess.Popen(
            command,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
            pass_fds=self._keep_open,
        ) as process:
            try:
                assert process.stdout is not None
                for line in _lines_and_pauses(process.stdout):
                    self._hear(line)
                code = process.wait()
            finally:
                if process.poll() is None:
                    process.terminate()
                    process.wait()
                shutil.rmtree(self._downloads, ignore_errors=True)
        if code < 0:
            raise pip_talk.SetupFailed("The download was stopped before it was done.", hint=pip_talk.TRY_AGAIN)
        if code:
            version = f"{sys.version_info[0]}.{sys.version_info[1]}"
            raise pip_talk.explain(self._lines, system=f"Python {version} on {sys.platform} {platform.machine()}")

    def _hear(self, line: str | None) -> None:
        if line is None:
            self._show_progress()
            return
        self._lines.append(line)
        match pip_talk.read_line(line):
            case pip_talk.Fetch() as fetch:
                self._fetching = fetch
                self._fetched_mb += 0.0 if fetch.is_cached else fetch.size_mb
                if fetch.is_worth_a_line:
                    self._terminal.say(f"  {fetch.package}, {fetch.size_mb:.0f} MB")
            case pip_talk.Unpacking(count=count):
                self._fetching = None
                self._terminal.say(f"  all there ({self._fetched_mb:.0f} MB); unpacking {count} packages")
            case pip_talk.Retrying():
                self._terminal.meter("  the connection failed; trying again")
            case None:
                pass

    def _show_progress(self) -> None:
        if self._fetching is None or not self._fetching.is_worth_a_line:
            return
        sizes = [path.stat().st_size for path in self._downloads.glob(f"*/{self._fetching.file}")]
        arrived_mb = max(sizes, default=0) / 1e6
        self._terminal.meter(f"    {arrived_mb:.0f} of {self._fetching.size_mb:.0f} MB")

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name not in _NOT_FOR_US}
        folder = str(self._downloads)
        return kept | {
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "PIP_USER": "0",
            "PYTHONUNBUFFERED": "1",
            "PYTHONUTF8": "1",
            "TMPDIR": folder,
            "TEMP": folder,
            "TMP": folder,
        }


def _lines_and_pauses(stream: IO[str]) -> Iterator[str | None]:
    """The lines of a stream as they come, with a None whenever nothing came for a moment."""
    heard: queue.SimpleQueue[str] = queue.SimpleQueue()

    def listen() -> None:
        for line in stream:
            heard.put(line)
        heard.put(_END)

    threading.Thread(target=listen, name="pip-listener", daemon=True).start()
    while True:
        try:
            line = heard.get(timeout=_LOOK_EVERY_S)
        except queue.Empty:
            yield None
            continue
        if line == _END:
            return
        yield line.rstrip("\n")
