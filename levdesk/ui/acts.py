"""What just happened: done acts in the status bar with an Undo beside them, failed ones in a banner."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QApplication

if TYPE_CHECKING:
    from levdesk.domain.errors import LevdeskError
    from levdesk.services.ports import BooksChange
    from levdesk.ui.actions import Actions
    from levdesk.ui.banner import Banner
    from levdesk.ui.desk import Desk
    from levdesk.ui.status_line import StatusLine


class Acts(QObject):
    """Listens to the desk's acts; owns the texts of Undo and Redo."""

    def __init__(self, desk: Desk, actions: Actions, status: StatusLine, banner: Banner) -> None:
        super().__init__(actions)
        self._desk = desk
        self._actions = actions
        self._status = status
        self._banner = banner
        self._going_back = False
        self._can_undo = False
        signals = desk.signals
        signals.books_changed.connect(self._changed)
        signals.act_done.connect(self._done)
        signals.act_failed.connect(self._failed)
        status.undo_pressed.connect(self.undo)
        self._name_undo()

    @Slot()
    def undo(self) -> None:
        """Take the last act back; the message that follows offers no second undo."""
        self._going_back = True
        self._status.clear_message()
        self._desk.undo()

    @Slot(object)
    def _changed(self, change: BooksChange | None) -> None:
        self._can_undo = change is not None and bool(change.undo_label) and not self._going_back
        self._name_undo()

    @Slot(object)
    def _done(self, text: str) -> None:
        self._banner.hide()
        self._status.tell(text, can_undo=self._can_undo)
        self._can_undo = self._going_back = False

    @Slot(object)
    def _failed(self, error: LevdeskError) -> None:
        self._can_undo = self._going_back = False
        if QApplication.activeModalWidget() is None:  # an open dialog tells its own failures
            self._banner.show_error(error)

    def _name_undo(self) -> None:
        for name, verb, label in (("undo", "&Undo", self._desk.undo_label), ("redo", "&Redo", self._desk.redo_label)):
            action = self._actions[name]
            action.setEnabled(bool(label))
            action.setText(f"{verb} {label.replace('&', '&&')}".strip())
