"""One condition of a rule in fields: what is watched, from where on, over which time, and when it ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout

from levdesk.domain.alerts import AlertKind, AlertSide, Condition
from levdesk.services.alert_kinds import KINDS
from levdesk.services.alert_terms import AlertUnit, MeasureInfo
from levdesk.ui import theme
from levdesk.ui.alerts.fields import FigureField, SpanField
from levdesk.ui.labels import label

if TYPE_CHECKING:
    from collections.abc import Callable

_SIDES: Final = {
    AlertSide.ABOVE: "at or above",
    AlertSide.BELOW: "at or below",
    AlertSide.EITHER: "beyond, either way",
}
_CROSSING: Final = {
    AlertSide.ABOVE: "rises to",
    AlertSide.BELOW: "falls to",
    AlertSide.EITHER: "crosses",
}


class ConditionForm(QFrame):
    """Edits a condition; what makes no sense for a kind is not shown.

    Attributes:
        changed: something else stands there.
        remove_wanted: the person takes this condition out.

    Args:
        condition: to begin with.
        level_of: the figure of now that a level is likely to be near, for a measure of that name, or None.
    """

    changed = Signal()
    remove_wanted = Signal()

    def __init__(self, condition: Condition, level_of: Callable[[str], float | None]) -> None:
        super().__init__()
        self._level_of = level_of
        self._is_filling = False
        self._most_age_s = condition.most_age_s
        self.kind, self.measure, self.side = QComboBox(), QComboBox(), QComboBox()
        for box, name in ((self.kind, "What is watched"), (self.measure, "Measured as"), (self.side, "Which way")):
            box.setAccessibleName(name)
        for kind, info in KINDS.items():
            self.kind.addItem(info.title, kind)
            self.kind.setItemData(self.kind.count() - 1, info.about, Qt.ItemDataRole.ToolTipRole)
        self.threshold, self.back = FigureField("Threshold"), FigureField("How far it has to go back")
        self.horizon = SpanField("Within")
        self.remove_button = QPushButton("Remove")
        self.remove_button.setProperty("kind", "quiet")
        self.remove_button.setAccessibleName("Remove this condition")
        self.remove_button.setAutoDefault(False)
        self.about = label(kind="muted", size_px=theme.LABEL_PX, wrap=True)
        self.about.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        self._lay_out()
        self.show_condition(condition)
        self.kind.currentIndexChanged.connect(self._on_kind)
        self.measure.currentIndexChanged.connect(self._on_measure)
        self.side.currentIndexChanged.connect(self._tell)
        for field in (self.threshold, self.back, self.horizon):
            field.changed.connect(self._tell)
        self.remove_button.clicked.connect(self.remove_wanted)

    def _lay_out(self) -> None:
        px = theme.active().px
        first, second = QHBoxLayout(), QHBoxLayout()
        for row in (first, second):
            row.setSpacing(px(8))
        first.addWidget(self.kind, 1)
        first.addWidget(self.remove_button)
        self._over, self._until = label("within", kind="muted"), label("ends when back by", kind="muted")
        self._only_side = label(kind="muted")
        for part in (self.side, self._only_side, self.threshold, self._over, self.horizon, self._until, self.back):
            second.addWidget(part)
        second.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, px(4))
        column.setSpacing(px(6))
        column.addLayout(first)
        column.addWidget(self.measure)
        column.addLayout(second)
        column.addWidget(self.about)

    # -- value -----------------------------------------------------------------------------------------------------

    def show_condition(self, condition: Condition) -> None:
        """Show another condition."""
        self._is_filling = True
        self.kind.setCurrentIndex(self.kind.findData(condition.kind))
        self._fill_measures()
        info = KINDS[condition.kind].measure(condition.measure)
        if info is not None:
            self.measure.setCurrentIndex(self.measure.findData(info.name))
            self._fill_fields(info)
        self.side.setCurrentIndex(self.side.findData(condition.side))
        self.threshold.set_value(condition.threshold)
        self.back.set_value(condition.hysteresis)
        if condition.horizon_s is not None:
            self.horizon.set_seconds(condition.horizon_s)
        self._is_filling = False

    def condition(self) -> Condition:
        """What stands in the fields.

        Raises:
            ValueError: a figure is missing, in a sentence.
        """
        info = self._info()
        threshold = self.threshold.value()
        back = self.back.value() if not self.back.isHidden() else 0.0
        if threshold is None:
            raise ValueError("Type the threshold as a number.")
        if back is None:
            raise ValueError("Type how far it has to go back as a number; 0 is fine.")
        return Condition(
            kind=AlertKind(self.kind.currentData()),
            threshold=threshold,
            side=AlertSide(self.side.currentData()),
            measure=info.name,
            hysteresis=back,
            horizon_s=None if info.horizon_s is None else self.horizon.seconds(),
            most_age_s=self._most_age_s,
        )

    def offer_removal(self, possible: bool) -> None:
        """Let this condition be taken out, or not: a rule keeps one."""
        self.remove_button.setVisible(possible)

    def explain(self, wanted: bool) -> None:
        """Say what the kind is about, or not: another condition of that kind says it already."""
        self.about.setVisible(wanted)

    # -- inside ----------------------------------------------------------------------------------------------------

    def _info(self) -> MeasureInfo:
        info = KINDS[AlertKind(self.kind.currentData())].measure(self.measure.currentData() or "")
        assert info is not None, "the box lists only measures of the kind"
        return info

    def _fill_measures(self) -> None:
        kind = KINDS[AlertKind(self.kind.currentData())]
        self.measure.clear()
        for info in kind.measures:
            self.measure.addItem(f"{info.title[:1].upper()}{info.title[1:]}", info.name)
        self.measure.setVisible(len(kind.measures) > 1)
        self.about.setText(f"{kind.about} {kind.advice}")

    def _fill_fields(self, info: MeasureInfo) -> None:
        """Show what a measure needs, with its usual figures."""
        words = _CROSSING if "crosses" in info.phrase else _SIDES
        self.side.clear()
        for side in info.sides:
            self.side.addItem(words[side], side)
        self.side.setCurrentIndex(self.side.findData(info.side))
        self._only_side.setText(words[info.side])
        self.side.setVisible(len(info.sides) > 1)
        self._only_side.setVisible(len(info.sides) == 1)  # a choice of one is no choice
        for field in (self.threshold, self.back):
            field.set_unit(info.unit)
        level = self._level_of(info.name) if info.unit is AlertUnit.PRICE else None
        self.threshold.set_value(info.threshold if level is None else level)
        self.back.set_value(info.hysteresis)
        goes_back = info.unit is not AlertUnit.COUNT
        for part in (self._until, self.back):
            part.setVisible(goes_back)
        for timed in (self._over, self.horizon):
            timed.setVisible(info.horizon_s is not None)
        if info.horizon_s is not None:
            self.horizon.set_seconds(info.horizon_s)

    @Slot()
    def _on_kind(self) -> None:
        if not self._is_filling:
            self._is_filling = True
            self._most_age_s = None
            self._fill_measures()
            self._fill_fields(self._info())
            self._is_filling = False
            self._tell()

    @Slot()
    def _on_measure(self) -> None:
        if not self._is_filling and self.measure.currentData() is not None:
            self._is_filling = True
            self._fill_fields(self._info())
            self._is_filling = False
            self._tell()

    @Slot()
    def _tell(self) -> None:
        if not self._is_filling:
            self.changed.emit()
