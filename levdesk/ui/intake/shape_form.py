"""How a file is written, as fields a person can change: encoding, separator, numbers, dates, zone, header, sheet."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QSignalBlocker, Signal, Slot
from PySide6.QtWidgets import QComboBox, QGridLayout, QSpinBox, QWidget

from levdesk.services.intake.choices import DELIMITERS, ENCODINGS, DateOrder, IntakeChoices, Reading
from levdesk.services.intake.text import encoding_title
from levdesk.ui import theme
from levdesk.ui.intake.words import DELIMITER_WORDS, MARK_WORDS, ORDER_WORDS, ZONES_MIN, zone_words
from levdesk.ui.labels import label


class ShapeForm(QWidget):
    """The fields; a change is told at once.

    Attributes:
        changed: the person changed something; `choices` has it.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.choices = IntakeChoices()
        self.encoding = _combo((encoding_title(name), name) for name in ENCODINGS)
        self.delimiter = _combo((DELIMITER_WORDS[sign], sign) for sign in DELIMITERS)
        self.decimal_mark = _combo((words, sign) for sign, words in MARK_WORDS.items())
        self.date_order = _combo((words, order) for order, words in ORDER_WORDS.items())
        self.zone_min = _combo((zone_words(minutes), minutes) for minutes in sorted(set(ZONES_MIN)))
        self.sheet = QComboBox()
        self.header_line = QSpinBox()
        self.header_line.setRange(1, 10_000)
        self._named = [
            ("&Encoding", self.encoding),
            ("&Separator", self.delimiter),
            ("&Numbers", self.decimal_mark),
            ("&Dates", self.date_order),
            ("Times are in", self.zone_min),
            ("&Header in line", self.header_line),
            ("Sheet", self.sheet),
        ]
        self._lay_out()
        for name in ("encoding", "delimiter", "decimal_mark", "date_order", "zone_min", "sheet"):
            combo: QComboBox = getattr(self, name)
            combo.activated.connect(self._on_chosen)
            combo.setProperty("field", name)
        self.header_line.valueChanged.connect(self._on_header)

    def forget(self) -> None:
        """Another file: nothing is chosen."""
        self.choices = IntakeChoices()

    def show_reading(self, reading: Reading) -> None:
        """Show what was detected or chosen."""
        shape = reading.shape
        for combo, value in (
            (self.encoding, shape.encoding),
            (self.delimiter, shape.delimiter),
            (self.decimal_mark, shape.decimal_mark),
            (self.date_order, shape.date_order),
            (self.zone_min, shape.zone_min),
        ):
            at = combo.findData(value)
            if at < 0 and combo is self.zone_min:
                combo.addItem(zone_words(shape.zone_min), shape.zone_min)
                at = combo.count() - 1
            combo.setCurrentIndex(at)
        with QSignalBlocker(self.header_line):
            self.header_line.setValue(shape.header_line)
        self.sheet.clear()
        for name in reading.sheets:
            self.sheet.addItem(name, name)
        self.sheet.setCurrentIndex(self.sheet.findData(reading.sheet))
        self._show(self.sheet, len(reading.sheets) > 1)
        for text_only in (self.encoding, self.delimiter):
            self._show(text_only, bool(shape.encoding))

    def _lay_out(self) -> None:
        px = theme.active().px
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(px(12))
        grid.setVerticalSpacing(px(2))
        self._names = {}
        for at, (name, field) in enumerate(self._named):
            title = label(name, kind="muted", size_px=theme.LABEL_PX)
            title.setBuddy(field)
            field.setAccessibleName(name.replace("&", ""))
            self._names[field] = title
            row, column = divmod(at, 4)
            grid.addWidget(title, row * 2, column)
            grid.addWidget(field, row * 2 + 1, column)
        for column in range(4):
            grid.setColumnStretch(column, 1)

    def _show(self, field: QWidget, shown: bool) -> None:
        field.setVisible(shown)
        self._names[field].setVisible(shown)

    @Slot()
    def _on_chosen(self) -> None:
        combo = self.sender()
        if isinstance(combo, QComboBox):
            name, value = str(combo.property("field")), combo.currentData()
            chosen: dict[str, Any] = {name: DateOrder(value) if name == "date_order" else value}
            self.choices = replace(self.choices, **chosen)
            self.changed.emit()

    @Slot(int)
    def _on_header(self, line: int) -> None:
        self.choices = replace(self.choices, header_line=line)
        self.changed.emit()


def _combo(entries: Iterable[tuple[str, Any]]) -> QComboBox:
    combo = QComboBox()
    combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    combo.setMinimumContentsLength(12)
    for words, value in entries:
        combo.addItem(words, value)
    return combo
