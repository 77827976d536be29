"""The window of deliveries: where warnings go besides this window, when they are held back, and what they may tell."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QCheckBox, QDialogButtonBox, QScrollArea, QVBoxLayout, QWidget

from levdesk.services.alert_channels import OUTSIDE, AlertChannels
from levdesk.services.outbox import QuietHours
from levdesk.ui import theme
from levdesk.ui.alerts.channel_form import ChannelForm
from levdesk.ui.alerts.fields import HoursField
from levdesk.ui.dialog_parts import PlainDialog
from levdesk.ui.labels import hairline, label

if TYPE_CHECKING:
    from levdesk.services.alert_ports import ChannelKind
    from levdesk.services.alert_view import ChannelsView, ChannelTest
    from levdesk.ui.desk import Desk

SIZE_PX: Final = (720, 720)


class DeliveryDialog(PlainDialog):
    """Shows what is saved; hands what was changed to the desk. Does not stop the program behind it."""

    def __init__(self, desk: Desk, parent: QWidget | None) -> None:
        super().__init__("Delivery of warnings", parent)
        self._desk = desk
        self._saved = AlertChannels()
        self.forms = {kind: ChannelForm(kind) for kind in OUTSIDE}
        self.quiet = HoursField(with_days=False, words="Nothing goes out between")
        self.passes = QCheckBox("Critical warnings pass all the same")
        self.amounts = QCheckBox("Tell amounts of money too")
        self.cleared = QCheckBox("Tell too when a warning is over")
        self.safe = label(kind="muted", size_px=theme.LABEL_PX, wrap=True)
        self.problem = label(kind="critical", size_px=theme.LABEL_PX, wrap=True)
        self.problem.setMinimumHeight(2 * self.problem.fontMetrics().lineSpacing())  # room, so that nothing jumps
        self._lay_out()
        self._connect()

    def come_forward(self) -> None:
        """Be seen, with what is saved."""
        self.show()
        self.raise_()
        self.activateWindow()

    def _lay_out(self) -> None:
        px = theme.active().px
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, px(12), 0)
        column.setSpacing(px(8))
        about = "A message tells reason and advice, and no amounts unless you ask. Secrets are never shown again."
        column.addWidget(label(about, kind="muted", wrap=True))
        for form in self.forms.values():
            column.addWidget(hairline())
            column.addWidget(form)
        column.addWidget(hairline())
        for part in (self.quiet, self.passes, self.amounts, self.cleared, self.safe):
            column.addWidget(part)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(body)
        scroll.setMinimumWidth(body.minimumSizeHint().width() + px(16))
        self.column.addWidget(scroll, 1)
        self.column.addWidget(self.problem)
        self.buttons.setStandardButtons(QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Cancel)
        self.buttons.accepted.connect(self.save)
        self.resize(px(SIZE_PX[0]), px(SIZE_PX[1]))

    def _connect(self) -> None:
        for form in self.forms.values():
            form.changed.connect(self.check)
            form.test_wanted.connect(self._test)
        self.quiet.changed.connect(self._switch)
        signals = self._desk.alerts.signals
        signals.channels_changed.connect(self._show)
        signals.tested.connect(self._on_tested)

    # -- acts ------------------------------------------------------------------------------------------------------

    def chosen(self) -> AlertChannels:
        """The settings as they stand in the fields."""
        hours = self.quiet.hours()
        quiet = None
        if hours is not None:
            quiet = QuietHours(
                from_minute=hours.from_minute, until_minute=hours.until_minute, critical_passes=self.passes.isChecked()
            )
        channels = replace(
            self._saved, quiet=quiet, with_amounts=self.amounts.isChecked(), tell_cleared=self.cleared.isChecked()
        )
        for form in self.forms.values():
            channels = form.written_into(channels)
        return channels

    @Slot()
    def check(self) -> None:
        """Say what keeps a channel that is switched on from working."""
        channels = self.chosen()
        faults = [fault for form in self.forms.values() if form.on.isChecked() for fault in form.faults(channels)]
        self.problem.setText(" ".join(faults[:2]))
        self.buttons.button(QDialogButtonBox.StandardButton.Save).setEnabled(not faults)

    @Slot()
    def save(self) -> None:
        """Hand over what was changed, and close."""
        typed = {kind: form.typed_secret for kind, form in self.forms.items()}
        secrets = {kind: secret for kind, secret in typed.items() if secret is not None}
        self._desk.alerts.save_channels(self.chosen(), secrets)
        self.accept()

    # -- inside ----------------------------------------------------------------------------------------------------

    def showEvent(self, event: Any) -> None:
        super().showEvent(event)
        self._show(self._desk.alerts.channels)
        self._desk.alerts.read_channels()

    @Slot(object)
    def _show(self, view: ChannelsView | None) -> None:
        if view is None:
            self.safe.setText("Looking for a keyring…")
            return
        self.safe.setText(view.safe_words)
        self._saved = view.channels
        for kind, form in self.forms.items():
            form.show_channel(view.channels, is_kept=kind in view.kept)
        quiet = view.channels.quiet
        self.quiet.set_span(None if quiet is None else (quiet.from_minute, quiet.until_minute))
        self.passes.setChecked(quiet is None or quiet.critical_passes)
        self.amounts.setChecked(view.channels.with_amounts)
        self.cleared.setChecked(view.channels.tell_cleared)
        self.check()

    @Slot()
    def _switch(self) -> None:
        self.passes.setEnabled(self.quiet.on.isChecked())

    @Slot(object)
    def _test(self, kind: ChannelKind) -> None:
        form = self.forms[kind]
        channels = self.chosen()
        faults = form.faults(channels)
        if faults:
            form.test_button.setEnabled(True)
            form.say(faults[0], "critical")
        else:
            self._desk.alerts.test_channel(kind, channels, form.typed_secret)

    @Slot(object)
    def _on_tested(self, test: ChannelTest) -> None:
        if test.kind in self.forms:
            self.forms[test.kind].tell(test)
