"""The beat of the screen: empties the mailbox 30 times a second, 4 times when nobody looks."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from levdesk.runtime.mailbox import Mailbox

VISIBLE_MS = 33
HIDDEN_MS = 250


class Pulse(QObject):
    """Announces what came since the last beat, at screen speed."""

    beat = Signal(object)  # dict of what the mailbox held; never empty

    def __init__(self, mailbox: Mailbox[Any, Any], parent: QObject | None = None) -> None:
        """Drain `mailbox`; call `start` once the window stands."""
        super().__init__(parent)
        self._mailbox = mailbox
        self._timer = QTimer(self)
        self._timer.setInterval(VISIBLE_MS)
        self._timer.timeout.connect(self._drain)

    def start(self) -> None:
        """Begin to beat."""
        self._timer.start()

    def stop(self) -> None:
        """Stop; what is in the box stays there."""
        self._timer.stop()

    def set_visible(self, visible: bool) -> None:
        """Beat fast while the window is on screen, slowly while it is hidden or minimised."""
        self._timer.setInterval(VISIBLE_MS if visible else HIDDEN_MS)

    @property
    def interval_ms(self) -> int:
        """Milliseconds between beats."""
        return self._timer.interval()

    @Slot()
    def _drain(self) -> None:
        taken = self._mailbox.drain()
        if taken:
            self.beat.emit(taken)
