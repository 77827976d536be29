"""The rule editor: the form beside what the rule would have done on stored history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFrame,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from levdesk.domain.errors import SettingInvalid
from levdesk.services.alert_rules import check_rule, rule_name
from levdesk.services.alert_view import TRIAL_DAYS
from levdesk.ui import format as fmt
from levdesk.ui import theme
from levdesk.ui.alerts.rule_form import RuleForm
from levdesk.ui.alerts.trial_chart import TrialChart
from levdesk.ui.alerts.words import target_words
from levdesk.ui.labels import hairline, label

if TYPE_CHECKING:
    from levdesk.domain.alerts import AlertRule
    from levdesk.domain.errors import LevdeskError
    from levdesk.services.alert_view import RuleTrial
    from levdesk.ui.desk import Desk

TRY_AFTER_MS: Final = 600
SIZE_PX: Final = (1040, 680)
SHOWN: Final = 6


class TrialPanel(QFrame):
    """What a rule would have done: a sentence, a chart of when, and the last moments in words."""

    def __init__(self) -> None:
        super().__init__()
        px = theme.active().px
        self.words = label(strong=True, wrap=True)
        self.chart = TrialChart()
        self.moments = label(kind="muted", size_px=theme.LABEL_PX, wrap=True)
        self.cannot = label(kind="muted", size_px=theme.LABEL_PX, wrap=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(8))
        column.addWidget(label("On history", kind="muted"))
        for part in (self.words, self.chart, self.moments, self.cannot):
            column.addWidget(part)
        column.addStretch(1)
        self.wait()

    def wait(self) -> None:
        """A trial is under way."""
        self.words.setText(f"Trying it on the last {TRIAL_DAYS} days…")

    def refuse(self) -> None:
        """The rule cannot be tried as it stands."""
        self.words.setText("—")
        self.chart.tell(None)
        self.moments.setText("")
        self.cannot.setText("")

    def tell(self, trial: RuleTrial) -> None:
        """Show what came of it."""
        self.words.setText(trial.words)
        self.chart.tell(trial)
        lines = [
            f"{fmt.moment(ts_ms)} · {target_words(target)}\n{message}"
            for ts_ms, target, message in reversed(trial.moments[-SHOWN:])
        ]
        more = len(trial.moments) - SHOWN
        self.moments.setText("\n\n".join([*lines, f"and {more} more before"] if more > 0 else lines))
        self.cannot.setText("\n".join(trial.cannot))
        self.cannot.setVisible(bool(trial.cannot))


class RuleDialog(QDialog):
    """Edits a rule (id 0: a new one), tries it while it is edited, and saves it.

    Args:
        rule: to begin with.
    """

    def __init__(self, desk: Desk, parent: QWidget | None, rule: AlertRule) -> None:
        super().__init__(parent)
        self.setWindowTitle("Edit rule" if rule.id else "Add a rule")
        self._desk = desk
        self._is_waiting = False
        self._tried: AlertRule | None = None
        self.form = RuleForm(desk, rule)
        self.trial = TrialPanel()
        self.problem = label(kind="critical", wrap=True)
        self.problem.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        box = QDialogButtonBox()
        cancel = box.addButton(QDialogButtonBox.StandardButton.Cancel)
        cancel.setAutoDefault(False)
        self.ok: QPushButton = box.addButton("Save", QDialogButtonBox.ButtonRole.AcceptRole)
        self.ok.setDefault(True)
        self.ok.setProperty("kind", "primary")
        box.accepted.connect(self.send)
        box.rejected.connect(self.reject)
        self._lay_out(box)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(TRY_AFTER_MS)
        self._soon.timeout.connect(self.try_now)
        self.form.changed.connect(self.check)
        desk.alerts.signals.tried.connect(self._on_tried)
        desk.alerts.signals.rule_saved.connect(self._on_saved)
        desk.signals.act_failed.connect(self._on_failed)
        self.check()

    def _lay_out(self, box: QDialogButtonBox) -> None:
        px = theme.active().px
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.form.setContentsMargins(0, 0, px(12), 0)
        scroll.setWidget(self.form)
        scroll.setMinimumWidth(self.form.minimumSizeHint().width() + px(24))
        row = QHBoxLayout()
        row.setSpacing(px(20))
        row.addWidget(scroll, 4)
        row.addWidget(hairline(vertical=True))
        row.addWidget(self.trial, 3)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(px(20), px(16), px(20), px(16))
        outer.setSpacing(px(12))
        outer.addLayout(row, 1)
        outer.addWidget(self.problem)
        outer.addWidget(box)
        self.resize(px(SIZE_PX[0]), px(SIZE_PX[1]))

    # -- acts ------------------------------------------------------------------------------------------------------

    @Slot()
    def check(self) -> None:
        """Say what is wrong, or try the rule in a moment."""
        try:
            rule = self.form.rule()
            faults = check_rule(rule)
        except ValueError as error:
            rule, faults = None, (str(error),)
        self.problem.setText(" ".join(faults))
        self.problem.setVisible(bool(faults))
        self.ok.setEnabled(not faults and not self._is_waiting)
        self._soon.stop()
        if rule is None or faults:
            self._tried = None
            self.trial.refuse()
            return
        try:
            self.form.name.setPlaceholderText(rule_name(rule))
        except SettingInvalid:
            self.form.name.setPlaceholderText("")
        self.trial.wait()
        self._soon.start()

    @Slot()
    def try_now(self) -> None:
        """See what the rule would have done."""
        self._tried = self.form.rule()
        self._desk.alerts.try_rule(self._tried)

    @Slot()
    def send(self) -> None:
        """Save the rule; the dialog closes when that is done."""
        if self.ok.isEnabled():
            self._is_waiting = True
            self.ok.setEnabled(False)
            self._desk.alerts.save_rule(self.form.rule())

    # -- answers ---------------------------------------------------------------------------------------------------

    @Slot(object)
    def _on_tried(self, trial: RuleTrial) -> None:
        if trial.rule == self._tried:
            self.trial.tell(trial)

    @Slot(object)
    def _on_saved(self, _rule: AlertRule) -> None:
        if self._is_waiting:
            self._is_waiting = False
            self.accept()

    @Slot(object)
    def _on_failed(self, error: LevdeskError) -> None:
        if self._is_waiting:
            self._is_waiting = False
            self.check()
            self.problem.setText(f"{error.message} {error.hint}".strip())
            self.problem.show()
