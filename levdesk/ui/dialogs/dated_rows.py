"""One list of dated rows: a heading with its buttons, the table, and where the chosen row comes from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from PySide6.QtCore import QModelIndex, Qt, Signal, Slot
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from levdesk.domain.instruments import FeeSchedule, RebalanceRule
from levdesk.ui import theme
from levdesk.ui.labels import label
from levdesk.ui.models.cells import Cell
from levdesk.ui.models.columns import ColumnSpec
from levdesk.ui.models.dated_row_cells import origin_words, row_in_force
from levdesk.ui.views.plain_table import PlainTable

Row = TypeVar("Row", bound=RebalanceRule | FeeSchedule)


class DatedRows(QWidget, Generic[Row]):
    """Keeps rows oldest first and lets a person add, edit and delete them.

    Attributes:
        edit_wanted: the row to edit, None for a new one.
        changed: other rows stand here now.

    Args:
        title: heading.
        specs: columns.
        write: makes the cells of a row; the second argument says whether it is the one in force.
        now_ms: the moment "in force" is meant for.
    """

    edit_wanted = Signal(object)
    changed = Signal()

    def __init__(
        self, title: str, specs: Sequence[ColumnSpec], write: Callable[[Row, bool], list[Cell]], now_ms: int
    ) -> None:
        super().__init__()
        self.rows: tuple[Row, ...] = ()
        self._write = write
        self._now_ms = now_ms
        self.table = PlainTable(title, specs)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.add_button, self.edit_button, self.delete_button = (
            QPushButton(words) for words in ("Add…", "Edit…", "Delete")
        )
        self.origin = label(kind="muted", size_px=theme.LABEL_PX, wrap=True)
        self._lay_out(title)
        self.add_button.clicked.connect(self._add)
        self.edit_button.clicked.connect(self._edit)
        self.delete_button.clicked.connect(self.delete_chosen)
        self.table.opened.connect(self._edit)
        self.table.selectionModel().currentChanged.connect(self._on_chosen)
        shortcut = QShortcut(QKeySequence(QKeySequence.StandardKey.Delete), self.table)
        shortcut.setContext(Qt.ShortcutContext.WidgetShortcut)
        shortcut.activated.connect(self.delete_chosen)

    @property
    def chosen(self) -> Row | None:
        """The row of the cursor."""
        place = self.table.currentIndex().row()
        return self.rows[place] if 0 <= place < len(self.rows) else None

    def show_rows(self, rows: Sequence[Row], chosen: Row | None = None) -> None:
        """Show other rows; the cursor goes to `chosen`, or to the one in force."""
        self.rows = tuple(sorted(rows, key=lambda row: row.effective_from_ms))
        in_force = row_in_force(self.rows, self._now_ms)
        cells = [self._write(row, place == in_force) for place, row in enumerate(self.rows)]
        self.table.show_rows(cells)
        self.table.make_room([*row[:-1], Cell("")] for row in cells)  # the source takes what is left
        place = self.rows.index(chosen) if chosen in self.rows else in_force or 0
        if self.rows:
            self.table.set_current(self.table.cells.index(place, 0))
        self._on_chosen()

    def put(self, row: Row, before: Row | None) -> None:
        """Add a row, or put it in the place of another."""
        kept = [each for each in self.rows if each is not before]
        self.show_rows([*kept, row], row)
        self.changed.emit()

    def moments_but(self, known: Row | None) -> frozenset[int]:
        """First moments of all rows but one."""
        return frozenset(row.effective_from_ms for row in self.rows if row is not known)

    @Slot()
    def delete_chosen(self) -> None:
        """Take the row of the cursor away."""
        chosen = self.chosen
        if chosen is not None:
            self.show_rows([row for row in self.rows if row is not chosen])
            self.changed.emit()

    # -- inside ----------------------------------------------------------------------------------------------------

    def _lay_out(self, title: str) -> None:
        px = theme.active().px
        head = QHBoxLayout()
        head.setSpacing(px(8))
        head.addWidget(label(title, strong=True), 1)
        for button in (self.add_button, self.edit_button, self.delete_button):
            button.setAutoDefault(False)
            button.setAccessibleName(f"{title}: {button.text()}")
            head.addWidget(button)
        self.origin.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        self.origin.setMinimumHeight(2 * self.origin.fontMetrics().lineSpacing())
        self.origin.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(4))
        column.addLayout(head)
        column.addWidget(self.table, 1)
        column.addWidget(self.origin)

    @Slot()
    def _add(self) -> None:
        self.edit_wanted.emit(None)

    @Slot()
    def _edit(self) -> None:
        if self.chosen is not None:
            self.edit_wanted.emit(self.chosen)

    @Slot(QModelIndex, QModelIndex)
    def _on_chosen(self, *_indexes: QModelIndex) -> None:
        chosen = self.chosen
        self.origin.setText("" if chosen is None else origin_words(chosen))
        self.edit_button.setEnabled(chosen is not None)
        self.delete_button.setEnabled(chosen is not None)
