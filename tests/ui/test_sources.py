from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QComboBox
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from levdesk.domain.instruments import LeveragedToken, TokenKey
from levdesk.services.health import SourceHealth, SourceState, StreamHealth, StreamState
from levdesk.services.settings import Settings
from levdesk.ui.format import Figures
from levdesk.ui.main_window import MainWindow
from levdesk.ui.models.columns import CELL_ROLE, EXPORT_ROLE, KEY_ROLE
from levdesk.ui.sources.source_cells import SourceColumn
from levdesk.ui.sources.source_detail import detail_lines
from levdesk.ui.sources.sources_dialog import SourcesDialog, listed
from levdesk.ui.sources.sources_model import SourcesModel
from levdesk.ui.sources.switch_dialog import SwitchDialog
from levdesk.ui.sources.words import skew_words, state_words, stream_words
from tests.ui.fake_books import NOW_MS
from tests.ui.fake_desk import FakeDesk
from tests.ui.fake_health import sources


@pytest.fixture
def model(qapp: object) -> SourcesModel:
    made = SourcesModel(Figures())
    made.show_sources(sources(), NOW_MS)
    return made


@pytest.fixture
def dialog(qtbot: QtBot, desk: FakeDesk) -> SourcesDialog:
    made = SourcesDialog(desk, None)
    qtbot.addWidget(made)
    desk.report_health()
    made.open_at("")
    return made


def texts(model: SourcesModel, row: int) -> list[str]:
    return [str(model.index(row, column).data()).replace("\u00a0", " ") for column in SourceColumn]


def switched_off(desk: FakeDesk) -> list[str]:
    return list(desk.settings.venues_off)


def addresses(desk: FakeDesk) -> dict[str, str]:
    return dict(desk.settings.venue_urls)


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


def test_it_is_a_sound_model(qtmodeltester: ModelTester, model: SourcesModel) -> None:
    qtmodeltester.check(model)  # type: ignore[no-untyped-call]
    rows = sources()
    model.show_sources(rows[1:], NOW_MS)
    model.show_sources(rows, NOW_MS)
    model.show_sources(tuple(reversed(rows)), NOW_MS)
    model.show_sources((), NOW_MS)
    assert model.rowCount() == 0


def test_every_figure_of_a_source_is_in_its_row(model: SourcesModel) -> None:
    assert texts(model, 0) == [
        "Gate", "● live", "180 ms", "live, 14 heard", "112 of 200", "right",
        "BTC3L, BTC5L, ETH3S, SOL3L, LINK2L, ADA3S",
    ]  # fmt: skip
    assert texts(model, 1)[3:6] == ["silent for 41 s", "—", "3.4 s behind"]
    assert texts(model, 2)[1] == "■ slow, 38 s old"
    assert texts(model, 3)[1] == "▲ down, retry in 20 s"
    assert model.index(3, 0).data(KEY_ROLE) == "mexc"
    assert model.index(0, SourceColumn.LATENCY).data(EXPORT_ROLE) == "180"
    assert model.index(1, SourceColumn.REQUESTS).data(EXPORT_ROLE) == ""
    assert "did not answer" in model.index(3, 0).data(Qt.ItemDataRole.ToolTipRole)


def test_a_choice_stays_while_figures_move_and_only_changed_cells_are_announced(
    model: SourcesModel, qtbot: QtBot
) -> None:
    from PySide6.QtCore import QPersistentModelIndex

    chosen = QPersistentModelIndex(model.index(2, 0))
    changed: list[tuple[int, int]] = []
    model.dataChanged.connect(lambda first, last: changed.append((first.row(), first.column())))
    rows = list(sources())
    rows[0] = replace(rows[0], latency_ms=210)
    model.show_sources(rows, NOW_MS)
    assert changed == [(0, SourceColumn.LATENCY)]
    model.show_sources(rows[1:], NOW_MS)
    assert chosen.isValid()
    assert chosen.row() == 1
    assert chosen.data(CELL_ROLE).text == "Pionex"


@pytest.mark.parametrize(
    ("state", "more", "words"),
    [
        (SourceState.IDLE, {}, "not asked yet"),
        (SourceState.OFF, {}, "switched off"),
        (SourceState.SLOW, {}, "slow"),
        (SourceState.DOWN, {}, "down"),
        (SourceState.DOWN, {"retry_ms": NOW_MS + 200}, "down, being retried"),
        (SourceState.DOWN, {"retry_ms": NOW_MS + 90_000}, "down, retry in 1 min"),
    ],
)
def test_states_in_words(state: SourceState, more: dict[str, int], words: str) -> None:
    health = SourceHealth(venue="x", title="X", state=state, **more)  # type: ignore[arg-type]
    assert plain(state_words(health, NOW_MS)) == words


@pytest.mark.parametrize("state", list(StreamState))
def test_every_state_of_a_stream_has_words(state: StreamState) -> None:
    assert stream_words(StreamHealth(state=state), NOW_MS)


def test_a_stream_says_when_it_connects_again() -> None:
    waiting = StreamHealth(state=StreamState.WAITING, retry_ms=NOW_MS + 12_000)
    assert plain(stream_words(waiting, NOW_MS)) == "connects again in 12 s"


@pytest.mark.parametrize(
    ("skew_ms", "words"),
    [(None, "—"), (1_999, "right"), (-1_999, "right"), (3_200, "3.2 s ahead"), (-3_600_000, "1 h behind")],
)
def test_a_clock_that_is_off_says_by_how_much(skew_ms: int | None, words: str) -> None:
    assert plain(skew_words(SourceHealth(venue="x", title="X", state=SourceState.LIVE, skew_ms=skew_ms))) == words


def test_what_was_switched_off_is_listed_whether_the_desk_speaks_of_it_or_not() -> None:
    found = listed(sources(), Settings(venues_off=("gate", "htx")))
    assert [(each.venue, each.state.value) for each in found] == [
        ("gate", "off"), ("okx", "live"), ("pionex", "slow"), ("mexc", "down"), ("htx", "off"),
    ]  # fmt: skip
    assert found[-1].title == "HTX"


# -- the window --------------------------------------------------------------------------------------------------------


def test_it_opens_at_the_source_in_the_worst_state(dialog: SourcesDialog) -> None:
    assert dialog.detail.title.text() == "MEXC"
    assert "did not answer within 10 s" in dialog.detail.error.text()
    assert any("404" in line.name for line in dialog.detail.lines.lines)
    dialog.open_at("okx")
    assert dialog.detail.title.text() == "OKX"
    assert "Nothing has been heard" in dialog.detail.error.text()


def test_retry_asks_that_source(dialog: SourcesDialog, desk: FakeDesk) -> None:
    dialog.detail.retry.click()
    assert desk.calls == [("retry_source", ("mexc",))]


def test_a_source_is_switched_off_and_on_at_once(dialog: SourcesDialog, desk: FakeDesk) -> None:
    dialog.detail.toggle.click()
    assert switched_off(desk) == ["mexc"]
    assert dialog.detail.state.text() == "○ switched off"
    assert not dialog.detail.retry.isEnabled()
    assert dialog.detail.toggle.text() == "Switch on"
    dialog.detail.toggle.click()
    assert switched_off(desk) == []
    assert dialog.detail.toggle.text() == "Switch off"


def test_an_address_is_checked_while_typing_and_saved(dialog: SourcesDialog, desk: FakeDesk) -> None:
    field = dialog.detail.address
    assert field.edit.placeholderText() == "https://api.mexc.com"
    assert not field.save.isEnabled()
    field.edit.setText("ftp://x")
    assert "ftp://x" in field.problem.text()
    assert not field.save.isEnabled()
    field.edit.setText("http://127.0.0.1:9000/")
    field.save.click()
    assert addresses(desk) == {"mexc": "http://127.0.0.1:9000"}
    assert not field.save.isEnabled()
    field.own.click()
    assert addresses(desk) == {}
    assert field.edit.text() == ""


def test_what_is_being_typed_stays_while_health_moves_and_goes_with_another_source(
    dialog: SourcesDialog, desk: FakeDesk
) -> None:
    dialog.detail.address.edit.setText("http://127.0")
    desk.report_health()
    dialog.refresh()
    assert dialog.detail.address.edit.text() == "http://127.0"
    dialog.open_at("gate")
    assert dialog.detail.address.edit.text() == ""


def test_underlyings_are_switched_to_another_venue(dialog: SourcesDialog, desk: FakeDesk, qtbot: QtBot) -> None:
    dialog.open_at("gate")
    tokens = dialog.detail.followers()
    assert {token.key.symbol for token in tokens} >= {"BTC3L", "SOL3L"}
    switch = SwitchDialog(desk, dialog, tokens=tokens, venue="gate")
    qtbot.addWidget(switch)
    assert not switch.ok.isEnabled()
    switch.all_box.setCurrentIndex(switch.all_box.findData("okx"))
    switch.all_box.activated.emit(switch.all_box.currentIndex())
    first = switch.boxes[0]
    assert first.currentData()[0] == "okx"
    pick(first, tokens[0].hedge)
    switch.ok.click()
    defined = [arguments[0] for name, arguments in desk.calls if name == "define_token"]
    assert len(defined) == len(tokens) - 1
    assert {token.hedge[0] for token in defined if isinstance(token, LeveragedToken)} == {"okx"}
    assert not switch.isVisible()


def pick(box: QComboBox, perpetual: tuple[str, str]) -> None:
    box.setCurrentIndex(next(at for at in range(box.count()) if box.itemData(at) == perpetual))


def test_a_source_nothing_follows_offers_no_switch(dialog: SourcesDialog) -> None:
    dialog.open_at("okx")
    assert not dialog.detail.switch.isEnabled()
    assert "Nothing you hold" in dialog.detail.switch.toolTip()


def test_all_sources_are_copied_as_words(dialog: SourcesDialog) -> None:
    dialog._copy()
    lines = QGuiApplication.clipboard().text().splitlines()
    assert len(lines) == 4
    assert lines[3] == "▲ MEXC: down, retry in 20\u00a0s, MEXC did not answer within 10 s., used by nothing you hold"


def test_selected_rows_are_copied_for_a_sheet(dialog: SourcesDialog) -> None:
    dialog.open_at("gate")
    dialog.table.copy_as_csv()
    header, row = QGuiApplication.clipboard().text().splitlines()
    assert header.startswith("source,state,latency_ms")
    assert row.startswith("Gate,● live,180")


def test_without_any_source_it_says_so(qtbot: QtBot, desk: FakeDesk) -> None:
    made = SourcesDialog(desk, None)
    qtbot.addWidget(made)
    made.open_at("")
    assert made.detail.isHidden()
    assert made.table.empty_text[0] == "No source has been asked yet"
    assert made.table.currentIndex() == QModelIndex()


def test_the_detail_leaves_out_what_a_source_has_not() -> None:
    bare = SourceHealth(venue="x", title="X", state=SourceState.IDLE)
    names = [line.name for line in detail_lines(bare, NOW_MS, Figures())]
    assert names == ["Last good answer", "Used by: nothing you hold"]


def test_the_menu_the_palette_and_the_status_bar_lead_to_it(window: MainWindow, desk: FakeDesk) -> None:
    desk.report_health()
    window.status.marks()[1].words.click()
    sources_window = window.commands._sources
    assert sources_window is not None
    assert sources_window.isVisible()
    assert sources_window.detail.title.text() == "MEXC"
    assert not sources_window.isModal()
    sources_window.close()
    window.actions_["open_sources"].trigger()
    assert window.commands._sources is sources_window
    assert sources_window.isVisible()


def test_followers_are_tokens_by_their_hedge_not_by_their_venue(dialog: SourcesDialog, desk: FakeDesk) -> None:
    key = TokenKey("gate", "BTC3L")
    token = next(token for token in desk.catalogue() if token.key == key)
    desk.define_token(token._replace(hedge_venue="okx", hedge_instrument="BTC-USDT-SWAP"))
    dialog.open_at("okx")
    assert [each.key for each in dialog.detail.followers()] == [key]
