"""Delivery settings: fields, checks, secrets that are never shown again, and tests of a channel."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from levdesk.services.alert_channels import AlertChannels, MailChannel, MailSecurity, NtfyChannel, WebhookChannel
from levdesk.services.alert_ports import ChannelKind
from levdesk.services.outbox import QuietHours
from levdesk.ui.alerts.channel_form import KEPT
from levdesk.ui.alerts.delivery_dialog import DeliveryDialog
from tests.ui.fake_desk import FakeDesk

TOKEN = "123456:" + "A" * 35
FULL = AlertChannels(
    quiet=QuietHours(from_minute=23 * 60, until_minute=7 * 60, critical_passes=False),
    with_amounts=True,
    tell_cleared=True,
    webhook=WebhookChannel(on=False, every=False),
    ntfy=NtfyChannel(on=True, topic="mine", base_url="https://ntfy.example.org"),
    email=MailChannel(
        on=True,
        host="smtp.example.org",
        port=465,
        security=MailSecurity.SSL,
        user="me",
        sender="me@example.org",
        recipients=("me@example.org", "you@example.org"),
    ),
)


@pytest.fixture
def dialog(qtbot: QtBot, desk: FakeDesk) -> DeliveryDialog:
    made = DeliveryDialog(desk, None)
    qtbot.addWidget(made)
    made.show()
    return made


def test_everything_goes_through_the_fields_unchanged(dialog: DeliveryDialog, desk: FakeDesk) -> None:
    desk.alerts.save_channels(FULL, {ChannelKind.EMAIL: "x"})
    assert dialog.chosen() == FULL


def test_a_secret_that_is_kept_is_not_shown_and_stays(dialog: DeliveryDialog, desk: FakeDesk) -> None:
    form = dialog.forms[ChannelKind.TELEGRAM]
    assert form.secret.text() == ""
    assert form.secret.placeholderText() == KEPT
    assert form.secret.echoMode() is QLineEdit.EchoMode.Password
    dialog.save()
    name, (_channels, secrets) = desk.alerts.calls[-1]
    assert (name, secrets) == ("save_channels", {})


def test_a_typed_secret_is_handed_over_once_and_gone_from_the_field(dialog: DeliveryDialog, desk: FakeDesk) -> None:
    form = dialog.forms[ChannelKind.TELEGRAM]
    form.secret.setText(TOKEN)
    dialog.save()
    assert desk.alerts.calls[-1][1][1] == {ChannelKind.TELEGRAM: TOKEN}
    assert form.secret.text() == ""


def test_a_secret_can_be_forgotten(dialog: DeliveryDialog, desk: FakeDesk) -> None:
    form = dialog.forms[ChannelKind.TELEGRAM]
    form.on.setChecked(False)
    form.forget.click()
    assert form.secret.placeholderText() != KEPT
    dialog.save()
    assert desk.alerts.calls[-1][1][1] == {ChannelKind.TELEGRAM: ""}


def test_a_channel_that_is_on_but_cannot_work_is_not_saved(dialog: DeliveryDialog, desk: FakeDesk) -> None:
    dialog.forms[ChannelKind.WEBHOOK].on.setChecked(True)
    assert dialog.problem.text() == "The address of the webhook is missing."
    assert not dialog.buttons.button(dialog.buttons.StandardButton.Save).isEnabled()
    dialog.forms[ChannelKind.WEBHOOK].secret.setText("https://example.org/hook")
    assert dialog.problem.text() == ""


def test_a_test_goes_out_with_what_is_typed_and_says_how_it_went(dialog: DeliveryDialog, desk: FakeDesk) -> None:
    form = dialog.forms[ChannelKind.NTFY]
    form.edits["topic"].setText("other")
    form.test_button.click()
    name, (kind, channels, secret) = desk.alerts.calls[-1]
    assert (name, kind, secret) == ("test_channel", ChannelKind.NTFY, None)
    assert isinstance(channels, AlertChannels)
    assert channels.ntfy.topic == "other"
    assert not form.test_button.isEnabled()
    desk.alerts.answer_test(ChannelKind.NTFY, is_sent=False, words="The server refused it.")
    assert form.test_button.isEnabled()
    assert form.outcome.text() == "The server refused it."
    assert form.outcome.property("kind") == "critical"


def test_a_test_that_cannot_work_is_not_tried(dialog: DeliveryDialog, desk: FakeDesk) -> None:
    before = len(desk.alerts.calls)
    dialog.forms[ChannelKind.EMAIL].test_button.click()
    assert len(desk.alerts.calls) == before
    assert dialog.forms[ChannelKind.EMAIL].outcome.text() == "The name of the mail server is missing."


def test_where_secrets_are_kept_is_said(dialog: DeliveryDialog) -> None:
    assert "keyring" in dialog.safe.text()


def test_every_field_has_a_name_of_its_own(dialog: DeliveryDialog) -> None:
    fields = [edit for edit in dialog.findChildren(QLineEdit) if edit.objectName() != "qt_spinbox_lineedit"]
    spoken = [edit.accessibleName() for edit in fields]
    assert all(spoken)
    assert len(set(spoken)) == len(spoken)
