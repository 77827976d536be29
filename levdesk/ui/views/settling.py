"""Puts the rows of a live table in order again, now and then: rows that jump under the mouse are bad manners."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QTimer, Slot

if TYPE_CHECKING:
    from collections.abc import Callable

LEAST_MS: Final = 2_000
"""How long rows stay where they are after figures moved."""

MOST_MS: Final = 15_000
_REST: Final = 200
"""Where putting them in order takes long, rows stay so many times as long: the window is to answer all the while."""


class Settling(QObject):
    """Calls `settle` some time after `note`.

    Attributes:
        wait_ms: how long rows stay where they are.
    """

    def __init__(self, settle: Callable[[], None], parent: QObject) -> None:
        super().__init__(parent)
        self._settle = settle
        self.wait_ms = LEAST_MS
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._due)

    def note(self) -> None:
        """Figures moved."""
        if not self._timer.isActive():
            self._timer.start(self.wait_ms)

    @Slot()
    def _due(self) -> None:
        begun_s = time.perf_counter()
        self._settle()
        took_ms = (time.perf_counter() - begun_s) * 1000
        self.wait_ms = min(MOST_MS, max(LEAST_MS, round(took_ms * _REST)))
