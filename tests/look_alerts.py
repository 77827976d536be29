"""The windows of the watch, each in the states worth looking at, for `tests.look`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from levdesk.domain.alerts import AlertRule
from levdesk.services.alert_ports import ChannelKind
from levdesk.ui.alerts.delivery_dialog import DeliveryDialog
from levdesk.ui.alerts.history_dialog import HistoryDialog
from levdesk.ui.alerts.rule_dialog import RuleDialog
from levdesk.ui.alerts.rules_dialog import RulesDialog
from tests.ui.fake_alerts import rules

if TYPE_CHECKING:
    from levdesk.ui.main_window import MainWindow
    from tests.ui.fake_desk import FakeDesk


def _editor(choose: Callable[[tuple[AlertRule, ...]], AlertRule], *, threshold: str = "") -> Callable[..., QWidget]:
    def make(window: MainWindow) -> QWidget:
        dialog = RuleDialog(window.desk, None, choose(rules()))
        if threshold:
            dialog.form.conditions[0].threshold.edit.setText(threshold)
        else:
            dialog.try_now()
        return dialog

    return make


def _delivery(window: MainWindow) -> QWidget:
    dialog = DeliveryDialog(window.desk, None)
    desk: FakeDesk = window.desk  # type: ignore[assignment]
    dialog.show()
    words = "The server refused it: 401 Unauthorized. Check the token."
    desk.alerts.answer_test(ChannelKind.TELEGRAM, is_sent=False, words=words)
    return dialog


ALERT_DIALOGS: dict[str, Callable[[MainWindow], QWidget]] = {
    "alert-rules": lambda window: RulesDialog(window.desk, None),
    "alert-rule": _editor(lambda known: known[0]),
    "alert-rule-two": _editor(lambda known: next(rule for rule in known if len(rule.conditions) > 1)),
    "alert-rule-own": _editor(lambda known: known[-1]),
    "alert-rule-wrong": _editor(lambda known: known[0], threshold="0"),
    "alert-history": lambda window: HistoryDialog(window.desk, None),
    "alert-delivery": _delivery,
}
