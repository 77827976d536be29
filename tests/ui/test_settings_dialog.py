from __future__ import annotations

import pytest
from PySide6.QtWidgets import QDialogButtonBox
from pytestqt.qtbot import QtBot

from levdesk.domain.errors import SettingInvalid
from levdesk.services.settings import GainLossColours, RowDensity, Settings, ThemeChoice
from levdesk.services.venue_urls import check_base_url
from levdesk.ui.settings_dialog import MAX_POLL_S, MIN_POLL_S, SettingsDialog
from tests.ui.fake_desk import FakeDesk

GATE = (("gate", "Gate"),)


def opened(qtbot: QtBot, desk: FakeDesk) -> SettingsDialog:
    dialog = SettingsDialog(desk, None, venues=GATE)
    qtbot.addWidget(dialog)
    return dialog


def test_it_shows_what_is_in_force_and_saves_what_was_chosen(qtbot: QtBot) -> None:
    before = Settings(venue_urls=(("mexc", "https://mirror.example"),), group_by="venue", poll_s=8.0)
    desk = FakeDesk(settings=before)
    dialog = opened(qtbot, desk)
    assert dialog.poll_box.value() == 8.0
    dialog.theme_box.setCurrentText("Dark")
    dialog.pair_box.setCurrentText("Blue and orange")
    dialog.density_box.setCurrentText("Compact")
    dialog.hide_box.setChecked(True)
    dialog.poll_box.setValue(15)
    dialog.url_fields["gate"].setText(" http://127.0.0.1:9000/ ")
    dialog.accept()
    assert desk.settings == Settings(
        theme=ThemeChoice.DARK,
        gain_loss=GainLossColours.BLUE_ORANGE,
        density=RowDensity.COMPACT,
        hide_amounts=True,
        group_by="venue",
        poll_s=15.0,
        venue_urls=(("gate", "http://127.0.0.1:9000"), ("mexc", "https://mirror.example")),
    )


def test_an_emptied_address_is_the_venue_s_own_again(qtbot: QtBot) -> None:
    desk = FakeDesk(settings=Settings(venue_urls=(("gate", "http://127.0.0.1:9000"),)))
    dialog = opened(qtbot, desk)
    dialog.url_fields["gate"].clear()
    dialog.accept()
    assert desk.settings.venue_urls == ()


def test_cancel_and_no_change_save_nothing(qtbot: QtBot, desk: FakeDesk) -> None:
    opened(qtbot, desk).accept()
    dialog = opened(qtbot, desk)
    dialog.hide_box.setChecked(True)
    dialog.reject()
    assert desk.calls == []


@pytest.mark.parametrize(
    "wrong", ["gate.io", "ftp://x", "http://", "http://h/api", "http://u:p@h", "http://h?q=1", "http://h:0"]
)
def test_a_wrong_address_is_refused_while_typing(qtbot: QtBot, desk: FakeDesk, wrong: str) -> None:
    dialog = opened(qtbot, desk)
    ok = dialog.buttons.button(QDialogButtonBox.StandardButton.Ok)
    dialog.url_fields["gate"].setText(wrong)
    assert not ok.isEnabled()
    assert wrong in dialog.problem.text()
    assert dialog.url_fields["gate"].property("kind") == "wrong"
    dialog.accept()
    assert desk.calls == []
    dialog.url_fields["gate"].setText("https://api.example:8443")
    assert ok.isEnabled()
    assert dialog.problem.text() == ""


def test_polling_stays_within_reason(qtbot: QtBot, desk: FakeDesk) -> None:
    dialog = opened(qtbot, desk)
    dialog.poll_box.setValue(0)
    assert dialog.poll_box.value() == MIN_POLL_S
    dialog.poll_box.setValue(1e9)
    assert dialog.poll_box.value() == MAX_POLL_S


def test_addresses_keep_host_and_port_only() -> None:
    assert check_base_url("HTTP://Example.org:81/") == "http://Example.org:81"
    with pytest.raises(SettingInvalid, match="not an address") as caught:
        check_base_url("http://[bad", hint="Write it so.")
    assert caught.value.hint == "Write it so."
