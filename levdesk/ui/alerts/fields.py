"""Fields of the rule editor: a threshold in its unit, a stretch of time, hours of the day."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from PySide6.QtCore import QTime, Signal, Slot
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QSpinBox, QTimeEdit, QVBoxLayout, QWidget

from levdesk.domain.alerts import ActiveHours
from levdesk.services.alert_terms import AlertUnit
from levdesk.ui import theme
from levdesk.ui.dialogs.form import AmountEdit
from levdesk.ui.labels import label

UNITS: Final = {
    AlertUnit.RATIO: (100.0, "%"),
    AlertUnit.CHANCE: (100.0, "%"),
    AlertUnit.SIGMAS: (1.0, "σ"),
    AlertUnit.MULTIPLE: (1.0, "×"),
    AlertUnit.DAYS: (1.0, "days"),
    AlertUnit.SECONDS: (1 / 60, "min"),
    AlertUnit.PRICE: (1.0, ""),
    AlertUnit.COUNT: (1.0, ""),
}
"""What a figure is multiplied by to be typed, and the word behind it."""

SPANS: Final = ((1, "s"), (60, "min"), (3_600, "h"), (86_400, "days"))
DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_WIDTH_PX: Final = 92
_DAY_MINUTES: Final = 1_440


class FigureField(QWidget):
    """A number in a unit of the alerts.

    Attributes:
        changed: something else stands there.
        edit: the field itself.
    """

    changed = Signal()

    def __init__(self, name: str) -> None:
        super().__init__()
        self.edit = AmountEdit()
        self.edit.setAccessibleName(name)
        self.edit.setFixedWidth(theme.active().px(_WIDTH_PX))
        self._unit = label(kind="muted")
        self._scale = 1.0
        _in_row(self, self.edit, self._unit)
        self.edit.textChanged.connect(self.changed)

    def set_unit(self, unit: AlertUnit) -> None:
        """Take figures in another unit."""
        self._scale, words = UNITS[unit]
        self._unit.setText(words)

    def value(self) -> float | None:
        """What stands there, None when it is no number."""
        try:
            typed = self.edit.amount()
        except ValueError:
            return None
        return None if typed is None else float(typed) / self._scale

    def set_value(self, value: float) -> None:
        """Write a figure."""
        self.edit.set_amount(Decimal(f"{value * self._scale:.10g}"))


class SpanField(QWidget):
    """A stretch of time as a whole number of seconds, minutes, hours or days.

    Attributes:
        changed: it is another one.
    """

    changed = Signal()

    def __init__(self, name: str, *, nothing: str = "") -> None:
        super().__init__()
        self.number = QSpinBox()
        self.number.setAccessibleName(name)
        self.number.setRange(0, 9_999)
        self.number.setSpecialValueText(nothing)
        self.number.setFixedWidth(theme.active().px(_WIDTH_PX))
        theme.pad_spin_box(self.number)
        self.unit = QComboBox()
        self.unit.setAccessibleName(f"{name}: unit")
        for size_s, words in SPANS:
            self.unit.addItem(words, size_s)
        _in_row(self, self.number, self.unit)
        self.number.valueChanged.connect(self.changed)
        self.unit.currentIndexChanged.connect(self.changed)

    def seconds(self) -> int:
        """The stretch."""
        return int(self.number.value() * self.unit.currentData())

    def set_seconds(self, seconds: int) -> None:
        """Write a stretch in the largest unit that needs no fraction."""
        size_s = next(size for size, _ in reversed(SPANS) if seconds % size == 0 and (seconds >= size or size == 1))
        self.unit.setCurrentIndex(self.unit.findData(size_s if seconds else 60))
        self.number.setValue(seconds // size_s)


class HoursField(QWidget):
    """Hours of the day, and days of the week, or always.

    Attributes:
        changed: they are others.
    """

    changed = Signal()

    def __init__(self, *, with_days: bool = True, words: str = "Only between") -> None:
        super().__init__()
        self.on = QCheckBox(words)
        self.start, self.end = QTimeEdit(QTime(8, 0)), QTimeEdit(QTime(22, 0))
        for edit, name in ((self.start, "from"), (self.end, "until")):
            edit.setDisplayFormat("HH:mm")
            edit.setAccessibleName(f"{words} {name}")
            edit.setFixedWidth(theme.active().px(_WIDTH_PX))
            theme.pad_spin_box(edit)
            edit.timeChanged.connect(self.changed)
        self.days = [QCheckBox(day) for day in DAYS] if with_days else []
        clock, week = QWidget(), QWidget()
        _in_row(clock, self.on, self.start, label("and", kind="muted"), self.end)
        _in_row(week, *self.days)
        week.setVisible(with_days)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.active().px(4))
        column.addWidget(clock)
        column.addWidget(week)
        self.on.toggled.connect(self._switch)
        for box in self.days:
            box.toggled.connect(self.changed)
        self._switch()

    def hours(self) -> ActiveHours | None:
        """What is chosen; None for always."""
        if not self.on.isChecked():
            return None
        chosen = frozenset(day for day, box in enumerate(self.days) if box.isChecked())
        every = len(chosen) in {0, len(DAYS)}
        return ActiveHours(
            from_minute=_minute(self.start.time()),
            until_minute=_minute(self.end.time()) or _DAY_MINUTES,
            weekdays=frozenset() if every else chosen,
        )

    def set_hours(self, hours: ActiveHours | None) -> None:
        """Show hours."""
        self.on.setChecked(hours is not None)
        if hours is not None:
            self.start.setTime(_time(hours.from_minute))
            self.end.setTime(_time(hours.until_minute))
        for day, box in enumerate(self.days):
            box.setChecked(hours is None or not hours.weekdays or day in hours.weekdays)

    def set_span(self, minutes: tuple[int, int] | None) -> None:
        """Show hours of every day, or none."""
        self.set_hours(None if minutes is None else ActiveHours(from_minute=minutes[0], until_minute=minutes[1]))

    @Slot()
    def _switch(self) -> None:
        for part in (self.start, self.end, *self.days):
            part.setEnabled(self.on.isChecked())
        self.changed.emit()


def _minute(time: QTime) -> int:
    return time.hour() * 60 + time.minute()


def _time(minute: int) -> QTime:
    return QTime(minute // 60 % 24, minute % 60)


def _in_row(widget: QWidget, *parts: QWidget) -> None:
    row = QHBoxLayout(widget)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(theme.active().px(6))
    for part in parts:
        row.addWidget(part)
    row.addStretch(1)
