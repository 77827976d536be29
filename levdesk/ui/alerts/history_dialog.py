"""The window of what ever fired: searched, narrowed down, and written to a file."""

from __future__ import annotations

from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QComboBox, QDialogButtonBox, QFileDialog, QHBoxLayout, QPushButton, QWidget

from levdesk.domain.alerts import AlertSeverity
from levdesk.ui import format as fmt
from levdesk.ui import theme
from levdesk.ui.alerts.listing import Listing
from levdesk.ui.alerts.words import (
    CHANNEL_WORDS,
    MARKS,
    SEVERITY_WORDS,
    TONES,
    count_words,
    target_aside,
    target_words,
)
from levdesk.ui.dialog_parts import PlainDialog
from levdesk.ui.labels import label
from levdesk.ui.models.cells import Cell, Tone
from levdesk.ui.models.columns import ColumnSpec
from levdesk.ui.models.keyed_table import KeyedRow
from levdesk.ui.views.filter_field import FilterField

if TYPE_CHECKING:
    from collections.abc import Mapping

    from levdesk.services.alert_ports import StoredEvent
    from levdesk.services.alert_view import HistoryPage
    from levdesk.ui.desk import Desk

SIZE_PX: Final = (1120, 640)
FILE_NAME: Final = "alerts.csv"


class HistoryColumn(IntEnum):
    """Columns of the history."""

    WHEN = 0
    WHAT = 1
    SEVERITY = 2
    STATE = 3
    MESSAGE = 4
    SENT = 5


HISTORY_COLUMNS: Final = (
    ColumnSpec(name="when", title="When", about="When it happened", width=136, is_number=False),
    ColumnSpec(name="target", title="What", about="What it was about", width=116, is_number=False),
    ColumnSpec(name="severity", title="Severity", about="How much it mattered", width=92, is_number=False),
    ColumnSpec(name="state", title="State", about="Whether it began or ended", width=64, is_number=False),
    ColumnSpec(name="message", title="Reason", about="The numbers of that moment", width=320, is_number=False),
    ColumnSpec(name="sent", title="Sent", about="What became of it outside this window", width=116, is_number=False),
)


class HistoryDialog(PlainDialog):
    """Shows the newest stretch and asks for older ones; does not stop the program behind it."""

    def __init__(self, desk: Desk, parent: QWidget | None) -> None:
        super().__init__("Alert history", parent)
        self._desk = desk
        self._events: dict[int, StoredEvent] = {}
        self._is_whole = False
        self.table = Listing("Alert history", HISTORY_COLUMNS, filler=HistoryColumn.MESSAGE, parent=self)
        self.filter = FilterField()
        self.filter.setPlaceholderText("Search")
        self.filter.setAccessibleName("Search the history")
        self.filter.setClearButtonEnabled(True)
        self.severity, self.state = QComboBox(), QComboBox()
        self.count = label(kind="muted", size_px=theme.LABEL_PX)
        self.older_button = QPushButton("Show older ones")
        self._fill()
        self._lay_out()
        self.filter.textChanged.connect(self._write)
        self.filter.left.connect(self.table.setFocus)
        self.severity.currentIndexChanged.connect(self._write)
        self.state.currentIndexChanged.connect(self._write)
        self.older_button.clicked.connect(self.read_older)
        desk.alerts.signals.history_read.connect(self._take)
        desk.alerts.signals.announced.connect(self._follow)
        desk.alerts.signals.changed.connect(self._follow)

    def come_forward(self) -> None:
        """Be seen, with the newest on top."""
        self.show()
        self.raise_()
        self.activateWindow()
        self.table.setFocus()

    @Slot()
    def read_older(self) -> None:
        """Ask for what lies before the oldest shown."""
        self._desk.alerts.read_history(min(self._events, default=None))

    @Slot()
    def export(self) -> None:
        """Write everything to a file."""
        chosen, _ = QFileDialog.getSaveFileName(self, "Export the history", FILE_NAME, "CSV files (*.csv)")
        if chosen:
            self._desk.alerts.export_history(Path(chosen))

    # -- inside ----------------------------------------------------------------------------------------------------

    def _fill(self) -> None:
        self.severity.setAccessibleName("Only this severity")
        self.severity.addItem("Any severity", "")
        for severity in reversed(AlertSeverity):
            self.severity.addItem(f"{MARKS[severity]}  {SEVERITY_WORDS[severity]}", severity.value)
        self.state.setAccessibleName("Only begun or ended")
        for words, value in (("Fired and cleared", ""), ("Fired", "fired"), ("Cleared", "cleared")):
            self.state.addItem(words, value)

    def _lay_out(self) -> None:
        px = theme.active().px
        self.column.setSpacing(px(8))
        row = QHBoxLayout()
        row.setSpacing(px(8))
        self.filter.setMinimumWidth(px(240))
        for part in (self.filter, self.severity, self.state):
            row.addWidget(part)
        row.addStretch(1)
        self.count.setMinimumWidth(px(72))  # its words come later
        self.count.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self.count)
        self.older_button.setAutoDefault(False)
        row.addWidget(self.older_button)
        self.column.addLayout(row)
        self.column.addWidget(self.table, 1)
        export = self.buttons.addButton("Export CSV…", QDialogButtonBox.ButtonRole.ActionRole)
        export.setAutoDefault(False)
        export.clicked.connect(self.export)
        self.buttons.button(QDialogButtonBox.StandardButton.Close).setAutoDefault(False)
        self.resize(px(SIZE_PX[0]), px(SIZE_PX[1]))

    def showEvent(self, event: Any) -> None:
        super().showEvent(event)
        self._desk.alerts.read_history()

    @Slot(object)
    def _follow(self, _news: object) -> None:
        if self.isVisible():
            self._desk.alerts.read_history()

    @Slot(object)
    def _take(self, page: HistoryPage) -> None:
        self._events.update((each.id, each) for each in page.events)
        if page.before_id is not None or len(page.events) == len(self._events):
            self._is_whole = page.is_last
        self._write()

    @Slot()
    def _write(self) -> None:
        portfolios = {each.id: each.name for each in self._desk.portfolios}
        words = self.filter.text().casefold().split()
        severity, state = self.severity.currentData(), self.state.currentData()
        rows = []
        for number in sorted(self._events, reverse=True):
            stored = self._events[number]
            if severity not in {"", stored.event.severity.value} or state not in {"", _state(stored)}:
                continue
            row = history_row(stored, portfolios)
            text = " ".join([row.tip, *(cell.shown_text for cell in row.cells)]).casefold()
            if all(word in text for word in words):
                rows.append(row)
        narrowed = bool(words or severity or state)
        self.table.empty_text = (
            ("Nothing matches", "Clear the search to see it all")
            if narrowed
            else ("Nothing has fired yet", "What fires is kept here, with the numbers of that moment")
        )
        self.table.tell(rows)
        self.count.setText(count_words(len(rows), "line"))
        self.older_button.setVisible(not self._is_whole)


def history_row(stored: StoredEvent, portfolios: Mapping[int, str]) -> KeyedRow:
    """A line of the history as a row; what ended is muted."""
    event = stored.event
    tone = Tone.PLAIN if event.fired else Tone.MUTED
    severity = f"{MARKS[event.severity]} {SEVERITY_WORDS[event.severity]}"
    cells = [
        Cell(fmt.moment(event.ts_ms), tone),
        Cell(
            target_words(event.target, portfolios),
            Tone.STRONG if event.fired else Tone.MUTED,
            aside=target_aside(event.target),
        ),
        Cell(severity, TONES[event.severity] if event.fired else Tone.MUTED),
        Cell(_state(stored), tone),
        Cell(event.message, tone),
        _sent(stored),
    ]
    return KeyedRow(stored.id, cells, _tip(stored))


def _state(stored: StoredEvent) -> str:
    return "fired" if stored.event.fired else "cleared"


def _sent(stored: StoredEvent) -> Cell:
    names = [CHANNEL_WORDS.get(name, name) for name, _ in stored.deliveries]
    failed = [outcome for _, outcome in stored.deliveries if outcome.startswith("failed")]
    if not names:
        return Cell("", Tone.MUTED)
    return Cell(", ".join(names), Tone.WARNING if failed else Tone.MUTED, mark="failed" if failed else "")


def _tip(stored: StoredEvent) -> str:
    event = stored.event
    lines = [event.rule, event.message, event.advice, fmt.moment_with_zone(event.ts_ms)]
    lines += [f"{CHANNEL_WORDS.get(name, name)}: {outcome}" for name, outcome in stored.deliveries]
    if stored.acknowledged_ms is not None:
        lines.append(f"Seen {fmt.moment(stored.acknowledged_ms)}")
    return "\n".join(line for line in lines if line)
