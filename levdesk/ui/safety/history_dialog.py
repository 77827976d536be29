"""The audit trail: what was changed, when, and by which act, with every row before and after."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QDialogButtonBox, QFileDialog, QHBoxLayout, QPlainTextEdit, QPushButton, QWidget

from levdesk.services.audit import search
from levdesk.ui import theme
from levdesk.ui.alerts.listing import Listing
from levdesk.ui.dialog_parts import PlainDialog
from levdesk.ui.labels import label
from levdesk.ui.safety.cells import HISTORY_COLUMNS, history_row
from levdesk.ui.views.filter_field import FilterField

if TYPE_CHECKING:
    from levdesk.services.audit import AuditEntry, RowDiff
    from levdesk.ui.desk import Desk

SIZE_PX: Final = (880, 620)
ROWS_TOLD: Final = 200
_NOTHING: Final = ("Nothing was changed yet", "Every act on your books is kept here")
_NO_MATCH: Final = ("Nothing matches", "Clear the search to see it all")


class ActsDialog(PlainDialog):
    """Lists what happened; the chosen act's rows stand below."""

    def __init__(self, desk: Desk, parent: QWidget | None) -> None:
        super().__init__("History of your books", parent)
        self._desk = desk
        self._entries: tuple[AuditEntry, ...] = ()
        self._shown: tuple[AuditEntry, ...] = ()
        self.table = Listing("History", HISTORY_COLUMNS, filler=1, parent=self)
        self.filter = FilterField()
        self.filter.setPlaceholderText("Search")
        self.filter.setAccessibleName("Search the history")
        self.filter.setClearButtonEnabled(True)
        self.count = label(kind="muted", size_px=theme.LABEL_PX)
        self.rows = QPlainTextEdit()
        self.rows.setReadOnly(True)
        self.rows.setAccessibleName("Rows the act changed")
        self.export_button = QPushButton("&Export CSV…")
        self._lay_out()
        self.filter.textChanged.connect(self._write)
        self.filter.left.connect(self.table.setFocus)
        self.table.selectionModel().currentRowChanged.connect(self._ask)
        self.export_button.clicked.connect(self.export)
        desk.safety.signals.history_listed.connect(self._take)
        desk.safety.signals.act_told.connect(self._tell)
        desk.signals.books_changed.connect(self._follow)

    @property
    def chosen(self) -> AuditEntry | None:
        """The entry of the current row."""
        number = self.table.chosen
        return next((entry for entry in self._shown if entry.event_id == number), None)

    @Slot()
    def export(self) -> None:
        """Write what is shown to a file."""
        chosen, _ = QFileDialog.getSaveFileName(self, "Export the history", "history.csv", "CSV files (*.csv)")
        if chosen:
            self._desk.safety.export_history(Path(chosen), self._shown)

    # -- inside ----------------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        px = theme.active().px
        self.column.setSpacing(px(8))
        row = QHBoxLayout()
        self.filter.setMinimumWidth(px(240))
        row.addWidget(self.filter)
        row.addStretch(1)
        row.addWidget(self.count)
        self.column.addLayout(row)
        self.column.addWidget(self.table, 3)
        self.column.addWidget(self.rows, 1)
        self.buttons.addButton(self.export_button, QDialogButtonBox.ButtonRole.ActionRole)
        self.export_button.setAutoDefault(False)
        self.buttons.button(QDialogButtonBox.StandardButton.Close).setAutoDefault(False)
        self.resize(px(SIZE_PX[0]), px(SIZE_PX[1]))

    def showEvent(self, event: Any) -> None:
        super().showEvent(event)
        self._desk.safety.list_history()
        self.table.setFocus()

    @Slot(object)
    def _follow(self, _change: object) -> None:
        if self.isVisible():
            self._desk.safety.list_history()

    @Slot(object)
    def _take(self, entries: tuple[AuditEntry, ...]) -> None:
        self._entries = entries
        self._write()

    @Slot()
    def _write(self) -> None:
        self._shown = search(self._entries, self.filter.text())
        self.table.empty_text = _NO_MATCH if self._entries else _NOTHING
        self.table.tell([history_row(entry) for entry in self._shown])
        count = len(self._shown)
        self.count.setText(f"{count:,} entr{'y' if count == 1 else 'ies'}")
        self.export_button.setEnabled(bool(self._shown))
        self._ask()

    @Slot()
    def _ask(self) -> None:
        entry = self.chosen
        if entry is None:
            self.rows.clear()
        else:
            self._desk.safety.tell_act(entry.act_id)

    @Slot(object)
    def _tell(self, told: tuple[int, tuple[RowDiff, ...]]) -> None:
        act_id, diffs = told
        if self.chosen is None or self.chosen.act_id != act_id:
            return
        lines = [diff.words for diff in diffs[:ROWS_TOLD]]
        if len(diffs) > ROWS_TOLD:
            lines.append("… and more")
        self.rows.setPlainText("\n".join(lines) or "This act changed no row.")
