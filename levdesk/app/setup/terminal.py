"""The person's terminal during set-up: plain lines on stderr, and one line that counts while a download runs."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Callable

_METER_PAUSE_S = 0.25
_METER_PAUSE_IN_A_FILE_S = 10.0


class Terminal:
    """Writes progress; a program without a terminal at all (`pythonw`) is served with silence.

    Args:
        stream: where to write; the process's stderr by default.
        now_s: a clock in seconds, for how often the counting line is written.
    """

    def __init__(self, stream: TextIO | None = None, now_s: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream if stream is not None else sys.stderr
        self._is_live = self._stream is not None and self._stream.isatty()
        self._now_s = now_s
        self._meter_width = 0
        self._metered_s = now_s()

    def say(self, text: str = "") -> None:
        """Write one line."""
        self._write(f"{self._erased()}{text}\n")

    def meter(self, text: str) -> None:
        """Show how far the current download is: in place on a screen, now and then in a file."""
        pause_s = _METER_PAUSE_S if self._is_live else _METER_PAUSE_IN_A_FILE_S
        if self._now_s() - self._metered_s < pause_s:
            return
        self._metered_s = self._now_s()
        if self._is_live:
            self._write(f"{self._erased()}{text}")
            self._meter_width = len(text)
        else:
            self._write(f"{text}\n")

    def _erased(self) -> str:
        width, self._meter_width = self._meter_width, 0
        return f"\r{' ' * width}\r" if width else ""

    def _write(self, text: str) -> None:
        if self._stream is not None:
            self._stream.write(text)
            self._stream.flush()
