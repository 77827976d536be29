"""What an outlook assumes, to be seen and changed: horizon, where futures are drawn from, rates, three presets."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from PySide6.QtCore import QSignalBlocker, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QComboBox,
    QDoubleSpinBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from levdesk.services.explained_outlook import OutlookAssumptions
from levdesk.ui import theme
from levdesk.ui.format import NARROW, Figures
from levdesk.ui.labels import label

DEBOUNCE_MS: Final = 400
SOURCES: Final = (("bootstrap", "its real history"), ("lognormal", "a lognormal price"))
PATHS: Final = (2_000, 10_000, 50_000)
TREND_SHARE: Final = 0.2
"""Drift a day of the preset Trend, as a share of the volatility a day."""


class _Whole(QSpinBox):
    """A spin box that leaves the wheel to the page until somebody is in it."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class _Percent(QDoubleSpinBox):
    """A ratio as percent; leaves the wheel to the page until somebody is in it."""

    def __init__(self, low: float, high: float, decimals: int, step: float) -> None:
        super().__init__()
        self.setDecimals(decimals)
        self.setRange(low, high)
        self.setSingleStep(step)
        self.setSuffix(f"{NARROW}%")

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class _Choice(QComboBox):
    """A combo box that leaves the wheel to the page until somebody is in it."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class AssumptionsForm(QWidget):
    """Fields, presets, and the way back.

    Attributes:
        assumed: `OutlookAssumptions` somebody wants, or None for the usual ones; sent when the fields come to rest.
    """

    assumed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.wanted = OutlookAssumptions()
        self._used = OutlookAssumptions()
        self._long = True
        self.horizon = _Whole()
        self.horizon.setRange(1, 90)
        self.horizon.setSuffix(f"{NARROW}days")
        self.source = _Choice()
        for name, words in SOURCES:
            self.source.addItem(words, name)
        self.paths = _Choice()
        for number in PATHS:
            self.paths.addItem(Figures().count(number), number)
        self.volatility = _Percent(0.0, 100.0, 2, 0.25)
        self.drift = _Percent(-50.0, 50.0, 2, 0.1)
        self.fee = _Percent(0.0, 10.0, 3, 0.01)
        self.funding = _Percent(-5.0, 5.0, 4, 0.001)
        self._lay_out()
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(DEBOUNCE_MS)
        self._rest.timeout.connect(self._send)
        self._connect()

    # -- what it is told -------------------------------------------------------------------------------------------

    def show_used(self, used: OutlookAssumptions, *, is_long: bool, underlying: str) -> None:
        """Fill in what the answer on screen rests on; a field somebody is in, or just changed, is left alone."""
        self._used, self._long = used, is_long
        self.volatility_label.setText(f"Volatility of {underlying}, a day")
        self.drift_label.setText(f"Drift of {underlying}, a day")
        if self._rest.isActive():
            return
        _fill(self.horizon, used.horizon_days)
        _fill(self.volatility, 100 * (used.volatility_per_day or 0.0))
        _fill(self.drift, 100 * used.drift_per_day)
        _fill(self.fee, 100 * (used.fee_per_day_ratio or 0.0))
        _fill(self.funding, 100 * (used.funding_8h_ratio or 0.0))
        _choose(self.source, used.source)
        _choose(self.paths, used.paths)
        self.reset_button.setEnabled(self.wanted != OutlookAssumptions())

    def forget(self) -> None:
        """Another token: horizon, source and paths stay, its rates are measured anew."""
        self._rest.stop()
        kept = self.wanted
        self.wanted = OutlookAssumptions(horizon_days=kept.horizon_days, source=kept.source, paths=kept.paths)

    # -- what somebody does ----------------------------------------------------------------------------------------

    @Slot()
    def replay(self) -> None:
        """The real history, shuffled in blocks, without a drift."""
        self._want(replace(self.wanted, source="bootstrap", drift_per_day=0.0, volatility_per_day=None))

    @Slot()
    def chop(self) -> None:
        """A price that goes nowhere, at the volatility measured."""
        self._want(replace(self.wanted, source="lognormal", drift_per_day=0.0, volatility_per_day=None))

    @Slot()
    def trend(self) -> None:
        """A price that drifts in the token's favour, a fifth of the volatility a day."""
        size = TREND_SHARE * (self._used.volatility_per_day or 0.0)
        drift = round(size if self._long else -size, 4)
        self._want(replace(self.wanted, source="lognormal", drift_per_day=drift, volatility_per_day=None))

    @Slot()
    def reset(self) -> None:
        """Back to the usual assumptions."""
        self._want(OutlookAssumptions())

    def _want(self, wanted: OutlookAssumptions) -> None:
        self._rest.stop()
        self.wanted = wanted
        self._emit()

    @Slot()
    def _changed(self) -> None:
        self._rest.start()

    @Slot()
    def _send(self) -> None:
        """Take over the fields; one that shows what was measured stays "measured"."""
        used, wanted = self._used, self.wanted
        self.wanted = replace(
            wanted,
            horizon_days=self.horizon.value(),
            source=str(self.source.currentData()),
            paths=int(self.paths.currentData()),
            drift_per_day=_read(self.drift, used.drift_per_day) or 0.0,
            volatility_per_day=_asked(self.volatility, used.volatility_per_day, wanted.volatility_per_day),
            fee_per_day_ratio=_asked(self.fee, used.fee_per_day_ratio, wanted.fee_per_day_ratio),
            funding_8h_ratio=_asked(self.funding, used.funding_8h_ratio, wanted.funding_8h_ratio),
        )
        self._emit()

    def _emit(self) -> None:
        usual = self.wanted == OutlookAssumptions()
        self.reset_button.setEnabled(not usual)
        self.assumed.emit(None if usual else self.wanted)

    # -- building --------------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        px = theme.active().px
        buttons = QHBoxLayout()
        buttons.setSpacing(px(6))
        for words, slot in (("Trend", self.trend), ("Chop", self.chop), ("Replay", self.replay)):
            button = QPushButton(words)
            button.setToolTip(str(slot.__doc__))
            button.setAccessibleName(f"Preset {words}")
            button.clicked.connect(slot)
            buttons.addWidget(button)
        buttons.addStretch(1)
        self.reset_button = QPushButton("Usual")
        self.reset_button.setToolTip(str(self.reset.__doc__))
        theme.set_kind(self.reset_button, "link")
        self.reset_button.clicked.connect(self.reset)
        buttons.addWidget(self.reset_button)
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(px(12))
        grid.setVerticalSpacing(px(3))
        self.volatility_label = _name("Volatility, a day")
        self.drift_label = _name("Drift, a day")
        fields: tuple[tuple[QLabel, QAbstractSpinBox | QComboBox], ...] = (
            (_name("Horizon"), self.horizon),
            (_name("Futures drawn from"), self.source),
            (self.volatility_label, self.volatility),
            (self.drift_label, self.drift),
            (_name("Management fee, a day"), self.fee),
            (_name("Funding, per 8 hours"), self.funding),
            (_name("Futures simulated"), self.paths),
        )
        for number, (name, field) in enumerate(fields):
            row, side = divmod(number, 2)
            field.setAccessibleName(name.text())
            field.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            if isinstance(field, QAbstractSpinBox):
                theme.pad_spin_box(field)
            grid.addWidget(name, 2 * row, side)
            grid.addWidget(field, 2 * row + 1, side)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(10))
        column.addLayout(buttons)
        column.addLayout(grid)

    def _connect(self) -> None:
        self.horizon.valueChanged.connect(self._changed)
        for box in (self.volatility, self.drift, self.fee, self.funding):
            box.valueChanged.connect(self._changed)
        for choice in (self.source, self.paths):
            choice.currentIndexChanged.connect(self._changed)


def _name(words: str) -> QLabel:
    return label(words, kind="muted", size_px=theme.LABEL_PX)


def _fill(field: QSpinBox | QDoubleSpinBox, value: float) -> None:
    if field.hasFocus():
        return
    with QSignalBlocker(field):
        if isinstance(field, QSpinBox):
            field.setValue(round(value))
        else:
            field.setValue(value)


def _choose(field: QComboBox, value: object) -> None:
    at = field.findData(value)
    if at >= 0 and at != field.currentIndex():
        with QSignalBlocker(field):
            field.setCurrentIndex(at)


def _read(field: QDoubleSpinBox, used: float | None) -> float | None:
    """The field as a ratio, or what it showed at first where nobody changed it: fields round."""
    shown = field.value()
    is_same = used is not None and abs(100 * used - shown) <= 0.5 * 10.0 ** -field.decimals()
    return used if is_same else round(shown / 100, 9)


def _asked(field: QDoubleSpinBox, used: float | None, wanted: float | None) -> float | None:
    """What somebody wants of a rate; None while it shows what was measured."""
    found = _read(field, used or 0.0)
    return wanted if found == (used or 0.0) else found
