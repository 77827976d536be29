"""How the window comes and goes: raised from the tray or by a second start, closed to the tray, closed for good."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QMainWindow

if TYPE_CHECKING:
    from PySide6.QtWidgets import QDialog

    from levdesk.services.unsaved import LeftBehind, Saved, Unsaved
    from levdesk.ui.alerts.room import AlertRoom
    from levdesk.ui.main_window import MainWindow
    from levdesk.ui.safety.unsaved_banner import UnsavedBanner


class ComingAndGoing(QMainWindow):
    """What the main window does when it is called, and when it is sent away."""

    def __init__(self) -> None:
        super().__init__()
        self._is_leaving = self._is_unasked = False
        self._alert_room: AlertRoom | None = None
        self._unsaved: Unsaved | None = None
        self._unsaved_banner: UnsavedBanner | None = None

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

    @Slot()
    def leave_unasked(self) -> None:
        """Close for good without a question: the person has answered it, or the system does not wait."""
        self._is_unasked = True
        self.leave()

    def stays_behind(self) -> bool:
        """Asked when the window is to close: whether it stays, in the tray or because something is to be decided."""
        room = self._alert_room  # None when it is closed before it stood: nothing has been made that could stay
        if room is not None and not self._is_leaving and room.stays_behind():
            return True
        if self._unsaved is not None and self._unsaved.changes and not self._is_unasked:
            self._is_leaving = False
            self._ask_to_stay(self._unsaved)
            return True
        if room is not None:
            room.leave()
        return False

    # -- what is not saved ---------------------------------------------------------------------------------------

    @property
    def unsaved(self) -> Unsaved | None:
        """How things stand while the books cannot be written; None when they can."""
        return self._unsaved

    @property
    def unsaved_banner(self) -> UnsavedBanner | None:
        """The line that says so; None until it was ever needed."""
        return self._unsaved_banner

    def show_unsaved(self, unsaved: Unsaved | None) -> None:
        """Say, for as long as it is so, that the books cannot be written; None when they can again."""
        window = cast("MainWindow", self)
        self._unsaved = unsaved
        if unsaved is None:
            if self._unsaved_banner is not None:
                self._unsaved_banner.hide()
                self._ask_no_more()
            return
        if self._unsaved_banner is None:
            from levdesk.ui.safety.unsaved_banner import UnsavedBanner  # late: as rarely as a full disk

            self._unsaved_banner = UnsavedBanner(window.desk.safety)
            window.head.insertWidget(0, self._unsaved_banner)
        self._unsaved_banner.tell(unsaved)

    def show_refused(self, saved: Saved) -> None:
        """Name the changes that could not be saved any more."""
        from levdesk.ui.safety.unsaved_dialogs import RefusedDialog  # late, as above

        self._open_question(RefusedDialog(saved, self))

    def offer_left_behind(self, left: LeftBehind) -> None:
        """Offer what an earlier program noted and could not save."""
        from levdesk.ui.safety.unsaved_dialogs import LeftBehindDialog  # late, as above

        self._open_question(LeftBehindDialog(left, cast("MainWindow", self).desk.safety, self))

    def _ask_to_stay(self, unsaved: Unsaved) -> None:
        from levdesk.ui.safety.unsaved_dialogs import LeaveDialog  # late, as above

        self.come_forward()
        self._ask_no_more()
        dialog = LeaveDialog(unsaved, cast("MainWindow", self).desk.safety, self)
        dialog.leave_chosen.connect(self.leave_unasked)
        self._open_question(dialog)

    def _ask_no_more(self) -> None:
        from levdesk.ui.safety.unsaved_dialogs import LeaveDialog  # late, as above

        for asked in self.findChildren(LeaveDialog):
            asked.reject()

    def _open_question(self, dialog: QDialog) -> None:
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        cast("MainWindow", self).closing.connect(dialog.reject)  # or the program would live on in its dialog
        dialog.open()
