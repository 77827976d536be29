"""Lets what nobody can read many times a second be shown less often, its last state never missed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QTimer, Slot

if TYPE_CHECKING:
    from collections.abc import Callable

    from levdesk.ui.desk import DeskSignals

PACE_MS: Final = 120
"""Totals and the panel of one token: eight times a second is more than an eye can follow."""


class Pace(QObject):
    """Calls `show` at once, and then not again before `PACE_MS` have passed; what was asked for meanwhile is made up.

    Args:
        signals: a changed view is shown at its pace, except right after the books changed.
        show: shows the state of now.
        parent: as of every QObject.
    """

    def __init__(self, signals: DeskSignals, show: Callable[[], None], parent: QObject) -> None:
        super().__init__(parent)
        self._show = show
        self._is_owed = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PACE_MS)
        self._timer.timeout.connect(self._rested)
        signals.books_changed.connect(self.hurry)
        signals.view_changed.connect(self.ask)

    @Slot()
    def ask(self) -> None:
        """Something changed."""
        if self._timer.isActive():
            self._is_owed = True
            return
        self._show()
        self._timer.start()

    @Slot()
    def hurry(self) -> None:
        """What comes next is no mere move of prices: it is shown at once."""
        self._timer.stop()
        self._is_owed = False

    @Slot()
    def _rested(self) -> None:
        if self._is_owed:
            self._is_owed = False
            self._show()
            self._timer.start()
