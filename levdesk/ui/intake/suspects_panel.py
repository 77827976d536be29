"""Rows that may have been imported before, side by side with what they resemble, and a choice for each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QModelIndex, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from levdesk.services.intake.suspects import Suspect
from levdesk.ui import theme
from levdesk.ui.dialogs.form import link
from levdesk.ui.format import Figures
from levdesk.ui.intake.words import SUSPECT_COLUMNS, suspect_cells
from levdesk.ui.labels import label
from levdesk.ui.views.plain_table import PlainTable

SHOWN_SUSPECTS: Final = 500


class SuspectsPanel(QWidget):
    """Lists suspects; hidden while there are none.

    Attributes:
        changed: a choice was made.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._figures = Figures()
        self._suspects: tuple[Suspect, ...] = ()
        self._wanted: set[int] = set()
        self.words = label(wrap=True)
        self.table = PlainTable("Rows that look familiar", SUSPECT_COLUMNS)
        self.take_all, self.leave_all = link("Import all"), link("Leave all out")
        px = theme.active().px
        top = QHBoxLayout()
        top.setSpacing(px(12))
        top.addWidget(self.words, 1)
        top.addWidget(self.take_all)
        top.addWidget(self.leave_all)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(4))
        column.addLayout(top)
        column.addWidget(self.table, 1)
        self.table.clicked.connect(self._on_clicked)
        self.table.activated.connect(self._on_activated)
        self.take_all.clicked.connect(self._take_all)
        self.leave_all.clicked.connect(self._leave_all)
        self.hide()

    def show_suspects(self, suspects: Sequence[Suspect]) -> None:
        """Show other rows, as proposed."""
        self._suspects = tuple(suspects)
        self._wanted = {each.row.line for each in suspects if each.is_wanted}
        self.setVisible(bool(suspects))
        self._write()

    def left_out(self) -> frozenset[int]:
        """Lines that are not to be imported."""
        return frozenset(each.row.line for each in self._suspects) - self._wanted

    def _write(self) -> None:
        write, count = self._figures, len(self._suspects)
        rows = "row looks" if count == 1 else "rows look"
        out = len(self.left_out())
        more = f" The first {SHOWN_SUSPECTS} are listed." if count > SHOWN_SUSPECTS else ""
        self.words.setText(f"{write.count(count)} {rows} familiar; {write.count(out)} left out.{more}")
        self.table.show_rows(
            [
                suspect_cells(each, is_wanted=each.row.line in self._wanted, write=write)
                for each in self._suspects[:SHOWN_SUSPECTS]
            ]
        )

    @Slot(QModelIndex)
    def _on_clicked(self, index: QModelIndex) -> None:
        if index.column() == 0:
            self._toggle(index.row())

    @Slot(QModelIndex)
    def _on_activated(self, index: QModelIndex) -> None:
        if index.column() != 0:  # a click on the choice has told it already
            self._toggle(index.row())

    def _toggle(self, row: int) -> None:
        line = self._suspects[row].row.line
        self._wanted ^= {line}
        self._write()
        self.table.setCurrentIndex(self.table.cells.index(row, 1))
        self.changed.emit()

    @Slot()
    def _take_all(self) -> None:
        self._wanted = {each.row.line for each in self._suspects}
        self._write()
        self.changed.emit()

    @Slot()
    def _leave_all(self) -> None:
        self._wanted = set()
        self._write()
        self.changed.emit()
