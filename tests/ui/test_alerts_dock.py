"""The warnings dock and what hangs on it: what is said, what can be done, and where it leads."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QToolButton
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from levdesk.domain.alerts import AlertKind
from levdesk.domain.instruments import TokenKey
from levdesk.services.alert_ports import WatchKey
from levdesk.services.alert_view import FiringAlert
from levdesk.ui.alerts.firing_cells import FIRING_COLUMNS, FiringColumn, firing_row
from levdesk.ui.alerts.firing_table import FiringTable
from levdesk.ui.alerts.words import PAGES
from levdesk.ui.inspector import PAGES as TABS
from levdesk.ui.main_window import MainWindow
from levdesk.ui.models.cells import Cell
from levdesk.ui.models.columns import CELL_ROLE
from levdesk.ui.models.keyed_table import KeyedRow, KeyedTable
from levdesk.ui.palette_commands import palette_commands
from tests.ui.conftest import WindowMaker
from tests.ui.fake_alerts import DOGE3S, ETH3S, SOL3L, firing, rules
from tests.ui.fake_books import NOW_MS
from tests.ui.fake_desk import FakeDesk
from tests.ui.test_layout import clipped, overlapping

HOUR_MS = 3_600_000


def alerts() -> tuple[FiringAlert, ...]:
    return firing(rules(), NOW_MS)


def rows(*alerts: FiringAlert) -> list[KeyedRow]:
    return [firing_row(alert, NOW_MS, {}) for alert in alerts]


def texts(window: MainWindow, column: FiringColumn) -> list[str]:
    model = window.alert_room.panel.table.alerts
    return [model.index(row, column).data(CELL_ROLE).text for row in range(model.rowCount())]


def test_rows_come_go_and_change_without_breaking_the_model(qtmodeltester: ModelTester) -> None:
    model = KeyedTable(FIRING_COLUMNS)
    qtmodeltester.check(model)  # type: ignore[no-untyped-call]
    one, two, three = alerts()
    model.tell(rows(one, three))
    model.tell(rows(one, two, three))
    kept = model.index(2, 0)
    model.tell(rows(replace(three, acknowledged=True), one, two))  # another order begins anew
    model.tell(rows(two))
    model.tell([])
    assert kept.isValid()
    assert model.rowCount() == 0


def test_chosen_rows_may_be_asked_for_while_those_of_ended_alerts_go(qtbot: QtBot) -> None:
    table = FiringTable()
    qtbot.addWidget(table)
    asked: list[tuple[FiringAlert, ...]] = []
    table.chosen_changed.connect(lambda: asked.append(table.chosen_all))
    table.tell(alerts(), NOW_MS, {})
    table.selectAll()
    assert asked[-1] == alerts()
    table.tell(alerts()[1:2], NOW_MS, {})
    table.tell((), NOW_MS, {})
    assert asked[-1] == ()


def test_only_cells_that_look_otherwise_are_announced() -> None:
    model = KeyedTable(FIRING_COLUMNS)
    one, two, _ = alerts()
    model.tell(rows(one, two))
    told: list[tuple[int, int, int]] = []
    model.dataChanged.connect(lambda first, last: told.append((first.row(), first.column(), last.column())))
    model.tell(rows(one, two))
    assert told == []
    model.tell(rows(one, replace(two, message="Another reason.")))
    assert told == [(1, FiringColumn.REASON, FiringColumn.REASON)]


def test_nothing_firing_is_said_with_the_number_of_rules(window: MainWindow) -> None:
    words = window.alert_room.panel.bar.summary.text().replace("\u00a0", " ")
    assert words == f"Nothing to warn of; {len(rules())} rules are watching; 1 of them cannot tell now."
    assert not window.alert_room.panel.bar.open.isVisible()
    assert not window.alert_room.count.isVisible()


def test_alerts_stand_worst_first_with_word_reason_advice_and_moment(window: MainWindow, desk: FakeDesk) -> None:
    desk.alerts.fire()
    assert texts(window, FiringColumn.SEVERITY) == ["critical", "warning", "warning"]
    assert texts(window, FiringColumn.TOKEN) == ["ETH5S", "SOL3L", "DOGE3S"]
    cell = window.alert_room.panel.table.alerts.index(0, FiringColumn.REASON).data(CELL_ROLE)
    assert isinstance(cell, Cell)
    assert "1.6 %" in cell.text
    assert "locks the loss in" in cell.aside
    tip = window.alert_room.panel.table.alerts.index(0, 0).data(Qt.ItemDataRole.ToolTipRole)
    assert "Critical: ETH5S" in tip
    assert "Since" in tip


def test_the_dock_is_low_while_calm_and_grows_with_the_first_alert(
    window: MainWindow, desk: FakeDesk, qtbot: QtBot
) -> None:
    low = window.warnings.height()
    desk.alerts.fire()
    qtbot.waitUntil(lambda: window.warnings.height() > 2 * low)
    table = window.alert_room.panel.table
    qtbot.waitUntil(lambda: table.visualRect(table.alerts.index(0, 0)).top() == 0)
    bar = window.alert_room.panel.bar
    bottom = bar.mapToGlobal(bar.rect().bottomLeft()).y()
    assert table.viewport().mapToGlobal(table.viewport().rect().topLeft()).y() > bottom, "the bar covers no row"
    desk.alerts.calm()
    qtbot.waitUntil(lambda: window.warnings.height() == low)


def test_rows_of_the_table_are_marked_and_say_why(window: MainWindow, desk: FakeDesk) -> None:
    def token_tip(key: TokenKey) -> str:
        return str(window.panel.table.holdings.index_of(key).data(Qt.ItemDataRole.ToolTipRole))

    assert "SOL goes nowhere" not in token_tip(SOL3L)
    desk.alerts.fire()
    assert "■ SOL3L loses 0.9 % a day" in token_tip(SOL3L)
    assert "▲ ETH at 3,010.20" in token_tip(ETH3S)
    desk.tick("SOL3L", desk.view.holdings[0].market_price or 0)  # type: ignore[union-attr, arg-type]
    assert "■ SOL3L loses 0.9 % a day" in token_tip(SOL3L), "the next view keeps the mark"
    desk.alerts.calm()
    assert "SOL goes nowhere" not in token_tip(SOL3L)


def test_the_status_bar_counts_what_is_not_dealt_with_and_leads_there(
    window: MainWindow, desk: FakeDesk, qtbot: QtBot
) -> None:
    desk.alerts.fire()
    count = window.alert_room.count
    assert count.text().replace("\u00a0", " ") == "▲ 3 warnings"
    window.activateWindow()
    qtbot.mouseClick(count, Qt.MouseButton.LeftButton)  # type: ignore[no-untyped-call]
    assert window.focusWidget() is window.alert_room.panel.table
    window.commands.alerts_seen()
    assert not count.isVisible()


@pytest.mark.parametrize(
    ("token", "page"), [(ETH3S, "Rebalance"), (SOL3L, "Why"), (DOGE3S, "Costs")], ids=["rebalance", "decay", "premium"]
)
def test_opening_an_alert_chooses_its_holding_and_the_fitting_page(
    window: MainWindow, desk: FakeDesk, qtbot: QtBot, token: TokenKey, page: str
) -> None:
    desk.alerts.fire()
    table = window.alert_room.panel.table
    alert = next(each for each in desk.alerts.view.firing if each.token == token)  # type: ignore[union-attr]
    assert table.choose(alert.key)
    qtbot.keyClick(table, Qt.Key.Key_Return)  # type: ignore[no-untyped-call]
    assert window.inspector.holding is not None
    assert window.inspector.holding.token.key == token
    assert TABS[window.inspector.tabs.currentIndex()] == page


def test_alerts_about_an_underlying_open_its_holdings_together_and_of_a_venue_the_sources(
    window: MainWindow, desk: FakeDesk
) -> None:
    base = alerts()[0]
    wide = replace(base, token=None, kind=AlertKind.NET_EXPOSURE, key=WatchKey(9, "underlying:ETH"))
    window.alert_room.open_alert(wide)
    assert window.inspector.shows_sum
    down = replace(base, token=None, kind=AlertKind.STALE_DATA, key=WatchKey(9, "venue:gate"))
    window.alert_room.open_alert(down)
    assert window.commands._sources is not None
    assert window.commands._sources.isVisible()


def test_every_kind_has_a_page_that_exists() -> None:
    assert set(PAGES) == set(AlertKind)
    assert set(PAGES.values()) <= {*TABS, "sum", "sources"}


def test_space_marks_as_seen_and_the_row_is_muted(window: MainWindow, desk: FakeDesk, qtbot: QtBot) -> None:
    desk.alerts.fire()
    table = window.alert_room.panel.table
    key = desk.alerts.view.firing[0].key  # type: ignore[union-attr]
    table.setFocus()
    qtbot.keyClick(table, Qt.Key.Key_Space)  # type: ignore[no-untyped-call]
    assert desk.alerts.calls == [("acknowledge", ((key,),))]
    assert "seen" in table.alerts.index(0, FiringColumn.REASON).data(CELL_ROLE).aside


def test_snoozing_and_waking_go_through_the_link_of_the_row(window: MainWindow, desk: FakeDesk) -> None:
    desk.alerts.fire()
    panel = window.alert_room.panel
    chosen = panel.table.chosen
    assert chosen is not None
    panel.snooze((chosen,), HOUR_MS)
    assert desk.alerts.calls[-1][1] == ((chosen.key,), NOW_MS + HOUR_MS)
    assert texts(window, FiringColumn.SNOOZE)[0] == "Wake"
    assert "snoozed until today" in panel.table.alerts.index(0, FiringColumn.REASON).data(CELL_ROLE).aside
    panel.table.clicked.emit(panel.table.alerts.index(0, FiringColumn.SNOOZE))
    name, (_keys, until_ms) = desk.alerts.calls[-1]
    assert (name, until_ms) == ("snooze", None)
    desk.clock_ms += 2 * HOUR_MS
    assert texts(window, FiringColumn.SNOOZE)[0] == "Snooze"


def test_muting_silences_the_target_and_can_be_taken_back(window: MainWindow, desk: FakeDesk) -> None:
    desk.alerts.fire()
    panel = window.alert_room.panel
    assert panel.bar.mute.text() == "Mute ETH5S ▾"
    panel.mute("token:gate:ETH5S", None)
    assert desk.alerts.calls[-1] == ("mute", ("token:gate:ETH5S", None, True))
    assert texts(window, FiringColumn.SNOOZE)[0] == "Unmute"
    panel.table.clicked.emit(panel.table.alerts.index(0, FiringColumn.SNOOZE))
    assert desk.alerts.calls[-1] == ("mute", ("token:gate:ETH5S", None, False))


def test_the_menus_offer_spans_and_the_way_back(window: MainWindow, desk: FakeDesk) -> None:
    desk.alerts.fire()
    bar = window.alert_room.panel.bar

    def words(button: QToolButton) -> list[str]:
        button.menu().aboutToShow.emit()
        return [action.text() for action in button.menu().actions() if action.text()]

    assert words(bar.snooze) == [
        "For 15 minutes",
        "For an hour",
        "For 8 hours",
        "For a day",
        "For a week",
        "Wake now",
    ]
    assert words(bar.mute)[-2:] == ["Until you unmute it", "Unmute"]


def test_a_new_alert_shows_a_banner_where_there_is_no_tray(window: MainWindow, desk: FakeDesk) -> None:
    banner = window.alert_room.banner
    assert window.alert_room.tray is None
    assert not banner.isVisible()
    desk.alerts.fire()
    assert banner.isVisible()
    assert "ETH5S" in banner.text.text()
    assert "(and 2 more)" in banner.text.text()
    desk.alerts.calm()
    assert not banner.isVisible(), "what it told is over"


def test_a_lesser_alert_does_not_push_a_graver_one_out_of_the_banner(window: MainWindow, desk: FakeDesk) -> None:
    critical, warning, other = alerts()
    banner = window.alert_room.banner
    banner.tell(warning)
    banner.tell(critical)
    banner.tell(other)
    assert "ETH" in banner.text.text()
    assert banner.text.text().endswith("(and 1 more)")
    banner.hide()
    banner.tell(other)
    assert banner.text.text() == "DOGE3S trades 2.80 % above NAV: price 0.2829, NAV 0.2752."


def test_a_first_look_with_many_warnings_is_one_line(window: MainWindow) -> None:
    critical, *_ = alerts()
    banner = window.alert_room.banner
    banner.tell(critical, 15)
    assert banner.text.text().startswith("16 warnings at once, all in the list. The gravest: ")


def test_the_banner_leads_to_the_holding(window: MainWindow, desk: FakeDesk, qtbot: QtBot) -> None:
    desk.alerts.fire()
    qtbot.mouseClick(window.alert_room.banner.show_button, Qt.MouseButton.LeftButton)  # type: ignore[no-untyped-call]
    assert window.inspector.holding is not None
    assert window.inspector.holding.token.key == ETH3S
    assert not window.alert_room.banner.isVisible()


def test_the_palette_lists_what_fires_until_it_is_dealt_with(window: MainWindow, desk: FakeDesk) -> None:
    def listed() -> list[str]:
        return [command.text for command in palette_commands(window) if command.hint == "Warning"]

    assert listed() == []
    desk.alerts.fire()
    assert [words.split()[1] for words in listed()] == ["ETH5S:", "SOL3L", "DOGE3S"]
    window.commands.alerts_seen()
    assert listed() == []


def test_everything_in_the_bar_has_a_name_and_a_tip(window: MainWindow, desk: FakeDesk) -> None:
    desk.alerts.fire()
    bar = window.alert_room.panel.bar
    for button in (bar.open, bar.seen, bar.snooze, bar.mute, bar.history, bar.rules, bar.delivery):
        assert button.accessibleName()
        assert button.toolTip()
        assert button.isVisible()


@pytest.mark.parametrize("size", [(1600, 1000), (1024, 700)])
def test_no_word_is_cut_while_alerts_fire(open_window: WindowMaker, desk: FakeDesk, size: tuple[int, int]) -> None:
    window = open_window(desk, size=size)
    desk.alerts.fire()
    for _ in range(10):  # wrapped words settle in a few rounds of layout
        QApplication.processEvents()
    assert window.size().toTuple() == size
    assert clipped(window) == []
    assert overlapping(window) == []


def test_a_hidden_dock_stays_hidden_the_next_time(desk: FakeDesk, open_window: WindowMaker, tmp_path: object) -> None:
    state = tmp_path / "window.ini"  # type: ignore[operator]
    first = open_window(desk, state_path=state)
    first.actions_["show_warnings"].trigger()
    assert not first.warnings.isVisible()
    first.close()
    second = open_window(FakeDesk(), state_path=state)
    assert not second.warnings.isVisible()
    assert not second.actions_["show_warnings"].isChecked()
