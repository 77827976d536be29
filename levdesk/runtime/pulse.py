"""The beat of the screen: empties the mailbox 30 times a second, 4 times when nobody looks.

A beat takes only as much as can be shown in a few milliseconds, what waits longest first: under a flood the figures
on screen are a little older, and the window still answers at once.
"""

from __future__ import annotations

import time
from typing import Any, Final

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from levdesk.runtime.mailbox import Mailbox

VISIBLE_MS = 33
HIDDEN_MS = 250

BUDGET_MS: Final = 5.0
"""What a beat may take of the window's time, with the painting of what it changed."""

_LEAST: Final = 32
"""A beat costs the window some milliseconds however little it brings; fewer values would only come later."""
_FIRST: Final = 64
_MOST: Final = 100_000


class Pulse(QObject):
    """Announces what came since the last beat, at screen speed."""

    beat = Signal(object)  # dict of what the mailbox held; never empty

    def __init__(self, mailbox: Mailbox[Any, Any], parent: QObject | None = None) -> None:
        """Drain `mailbox`; call `start` once the window stands."""
        super().__init__(parent)
        self._mailbox = mailbox
        self._room = _FIRST
        self._begun_s, self._taken = 0.0, 0
        self._timer = QTimer(self)
        self._timer.setInterval(VISIBLE_MS)
        self._timer.timeout.connect(self._drain)

    def start(self) -> None:
        """Begin to beat."""
        self._timer.start()

    def stop(self) -> None:
        """Stop; what is in the box stays there."""
        self._timer.stop()
        self._mailbox.free_way()

    def set_visible(self, visible: bool) -> None:
        """Beat fast while the window is on screen, slowly while it is hidden or minimised."""
        self._timer.setInterval(VISIBLE_MS if visible else HIDDEN_MS)

    @property
    def interval_ms(self) -> int:
        """Milliseconds between beats."""
        return self._timer.interval()

    @property
    def room(self) -> int:
        """How many values the next beat may take."""
        return self._room

    @Slot()
    def _drain(self) -> None:
        taken = self._mailbox.drain(self._room)
        if not taken:
            return
        self._begun_s, self._taken = time.perf_counter(), len(taken)
        self._mailbox.take_way()
        try:
            self.beat.emit(taken)
        finally:
            QTimer.singleShot(0, self, self._painted)

    @Slot()
    def _painted(self) -> None:
        """What the beat changed is painted before this comes."""
        self._mailbox.free_way()
        self._room = room_after(self._room, self._taken, (time.perf_counter() - self._begun_s) * 1000)


def room_after(room: int, taken: int, took_ms: float) -> int:
    """How many values the next beat may take, when the last one took `taken` of at most `room` in `took_ms`."""
    if took_ms > BUDGET_MS:
        return max(_LEAST, int(taken * BUDGET_MS / took_ms))
    if taken == room and took_ms < BUDGET_MS / 2:
        return min(_MOST, room * 2)
    return room
