"""How the window comes and goes: raised from the tray or by a second start, closed to the tray, closed for good."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QMainWindow

if TYPE_CHECKING:
    from levdesk.ui.alerts.room import AlertRoom
    from levdesk.ui.main_window import MainWindow


class ComingAndGoing(QMainWindow):
    """What the main window does when it is called, and when it is sent away."""

    def __init__(self) -> None:
        super().__init__()
        self._is_leaving = False
        self._alert_room: AlertRoom | None = None

    @property
    def alert_room(self) -> AlertRoom:
        """Everything about alerts."""
        if self._alert_room is None:
            from levdesk.ui.alerts.room import AlertRoom  # late: not needed for the first paint

            self._alert_room = AlertRoom(cast("MainWindow", self))
        return self._alert_room

    @Slot()
    def come_forward(self) -> None:
        """Be seen again: out of the tray, out of the task bar, before other windows."""
        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.show()
        self.raise_()
        self.activateWindow()

    @Slot()
    def leave(self) -> None:
        """Close for good, also where a closed window lives on in the tray."""
        self._is_leaving = True
        self.close()

    def stays_behind(self) -> bool:
        """Asked when the window is to close: whether it goes into the tray instead."""
        room = self._alert_room
        if room is None:  # closed before it stood: nothing has been made that could stay
            return False
        if not self._is_leaving and room.stays_behind():
            return True
        room.leave()
        return False
