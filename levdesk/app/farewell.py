"""A log-out, Ctrl+C or `kill` ends the program as closing its window does: in order, with everything saved."""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable
from types import FrameType

from PySide6.QtCore import QObject, QSocketNotifier, Slot

Undo = Callable[[], None]

_NAMES = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
_ENDINGS = frozenset(getattr(signal, name) for name in _NAMES if hasattr(signal, name))


def heed_signals(leave: Callable[[], None]) -> Undo:
    """Call `leave` from the event loop when the system asks the program to end; what is returned undoes that.

    Call it in the main thread. A signal that is being ignored (`nohup`) stays ignored.
    """
    ear = _Ear(leave)
    return ear.close


class _Ear(QObject):
    """Wakes the event loop by a socket: Python runs no handler while Qt waits, but writes the signal's number there."""

    def __init__(self, leave: Callable[[], None]) -> None:
        super().__init__()
        self._leave = leave
        self._heard, self._written = socket.socketpair()
        self._heard.setblocking(False)
        self._written.setblocking(False)
        self._notifier = QSocketNotifier(self._heard.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._listen)
        self._wakeup_before = signal.set_wakeup_fd(self._written.fileno(), warn_on_full_buffer=False)
        heeded = [number for number in _ENDINGS if signal.getsignal(number) is not signal.SIG_IGN]
        self._handlers_before = {number: signal.signal(number, _do_not_die) for number in heeded}

    @Slot()
    def _listen(self) -> None:
        try:
            numbers = self._heard.recv(64)
        except BlockingIOError:
            return
        if any(number in self._handlers_before for number in numbers):
            self._leave()

    def close(self) -> None:
        """Put everything back as it was."""
        for number, handler in self._handlers_before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._wakeup_before)
        self._notifier.setEnabled(False)
        self._heard.close()
        self._written.close()


def _do_not_die(_number: int, _frame: FrameType | None) -> None:
    """The socket has the news; this only takes the place of dying at once."""
