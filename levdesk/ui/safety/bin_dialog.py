"""The bin: what was deleted in the last 30 days, and bringing it back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QAbstractItemView, QDialogButtonBox, QPushButton, QWidget

from levdesk.ui import theme
from levdesk.ui.alerts.listing import Listing
from levdesk.ui.dialog_parts import PlainDialog
from levdesk.ui.labels import label
from levdesk.ui.models.columns import KEY_ROLE
from levdesk.ui.safety.cells import BIN_COLUMNS, bin_key, bin_row

if TYPE_CHECKING:
    from levdesk.domain.errors import LevdeskError
    from levdesk.services.audit_bin import BinEntry
    from levdesk.ui.desk import Desk

SIZE_PX: Final = (760, 480)
_ABOUT: Final = (
    "Deleted transactions and portfolios stay here for 30 days. Bringing them back is one act, which Undo takes back. "
    "Afterwards they are forgotten for good, and Undo no longer reaches behind their deletion."
)
_EMPTY: Final = ("The bin is empty", "What you delete stays here for 30 days")


class BinDialog(PlainDialog):
    """Lists what was deleted; several things can be brought back together."""

    def __init__(self, desk: Desk, parent: QWidget | None) -> None:
        super().__init__("Bin", parent)
        self._desk = desk
        self._entries: dict[object, BinEntry] = {}
        self.table = Listing("Bin", BIN_COLUMNS, filler=1, parent=self)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.table.empty_text = _EMPTY
        self.back_button = QPushButton("&Bring back")
        self.problem = label(kind="critical", wrap=True)
        self.problem.hide()
        self._lay_out()
        self.table.selectionModel().selectionChanged.connect(self._offer)
        self.table.activated.connect(self.bring_back)
        self.back_button.clicked.connect(self.bring_back)
        desk.safety.signals.bin_listed.connect(self._take)
        desk.signals.books_changed.connect(self._follow)
        desk.signals.act_failed.connect(self._refused)
        self._offer()

    @property
    def chosen(self) -> tuple[BinEntry, ...]:
        """The things of the chosen rows."""
        keys = [index.data(KEY_ROLE) for index in self.table.selectionModel().selectedRows()]
        return tuple(self._entries[key] for key in keys if key in self._entries)

    @Slot()
    def bring_back(self) -> None:
        """Bring what is chosen back."""
        self.problem.hide()
        if self.chosen:
            self._desk.safety.bring_back(self.chosen)

    # -- inside ----------------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        px = theme.active().px
        self.column.addWidget(label(_ABOUT, kind="muted", wrap=True))
        self.column.addWidget(self.table, 1)
        self.column.addWidget(self.problem)
        self.buttons.addButton(self.back_button, QDialogButtonBox.ButtonRole.ActionRole)
        self.back_button.setProperty("kind", "primary")
        self.back_button.setAutoDefault(False)
        self.buttons.button(QDialogButtonBox.StandardButton.Close).setAutoDefault(False)
        self.resize(px(SIZE_PX[0]), px(SIZE_PX[1]))

    def showEvent(self, event: Any) -> None:
        super().showEvent(event)
        self._desk.safety.list_bin()
        self.table.setFocus()

    @Slot(object)
    def _follow(self, _change: object) -> None:
        if self.isVisible():
            self._desk.safety.list_bin()

    @Slot(object)
    def _take(self, entries: tuple[BinEntry, ...]) -> None:
        now_ms = self._desk.now_ms()
        self._entries = {bin_key(entry): entry for entry in entries}
        self.table.tell([bin_row(entry, now_ms) for entry in entries])
        self._offer()

    @Slot(object)
    def _refused(self, error: LevdeskError) -> None:
        if self.isVisible():
            self.problem.setText(f"{error.message} {error.hint}".strip())
            self.problem.show()

    @Slot()
    def _offer(self) -> None:
        self.back_button.setEnabled(bool(self.chosen))
