from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal

import pytest
from PySide6.QtCore import QItemSelectionModel, QModelIndex, Qt
from PySide6.QtGui import QColor, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from levdesk.domain.instruments import TokenKey
from levdesk.services.settings import RowDensity, Settings, ThemeChoice
from levdesk.services.views import HoldingView
from levdesk.ui import theme
from levdesk.ui.format import DOTS
from levdesk.ui.models.columns import CELL_ROLE, HOLDING_COLUMNS, HoldingColumn
from levdesk.ui.views.holdings_panel import HoldingsPanel
from tests.ui.fake_desk import DeskState, FakeDesk

C = HoldingColumn
BTC3L = TokenKey("gate", "BTC3L")
ETH5S = TokenKey("gate", "ETH5S")


@pytest.fixture
def panel(qtbot: QtBot, desk: FakeDesk) -> HoldingsPanel:
    return shown(qtbot, desk)


def shown(qtbot: QtBot, desk: FakeDesk, width: int = 1040) -> HoldingsPanel:
    made = HoldingsPanel(desk)
    qtbot.addWidget(made)
    made.resize(width, 520)
    made.show()
    return made


def press(panel: HoldingsPanel, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    QTest.keyClick(panel.table, key, modifier)


def choose_rows(panel: HoldingsPanel, *keys: TokenKey) -> None:
    flag = QItemSelectionModel.SelectionFlag
    model = panel.table.selectionModel()
    model.clearSelection()
    for key in keys:
        model.select(panel.table.order.index_of(key), flag.Select | flag.Rows)


def symbols(panel: HoldingsPanel) -> list[str]:
    """Symbols of all rows on screen, headings left out."""
    order, found = panel.table.order, []
    index = panel.table.indexAt(panel.table.viewport().rect().topLeft())
    while index.isValid():
        holding = order.holding(index)
        if holding is not None:
            found.append(holding.token.key.symbol)
        index = panel.table.indexBelow(index)
    return found


# -- choosing ----------------------------------------------------------------------------------------------------------


def test_the_first_holding_is_chosen_so_that_the_inspector_is_never_empty(panel: HoldingsPanel) -> None:
    assert panel.selected is not None
    assert panel.selected.token.key == BTC3L


def test_choosing_a_row_tells_its_holding_once(panel: HoldingsPanel) -> None:
    told: list[HoldingView | None] = []
    panel.holding_selected.connect(told.append)
    assert panel.select(ETH5S)
    assert panel.select(ETH5S)
    assert [row.token.key for row in told if row] == [ETH5S]
    assert not panel.select(TokenKey("gate", "NOPE3L"))


def test_updates_keep_the_row_and_tell_nothing(panel: HoldingsPanel, desk: FakeDesk) -> None:
    panel.select(ETH5S)
    told: list[object] = []
    panel.holding_selected.connect(told.append)
    desk.tick("ETH5S", Decimal("0.02"))
    desk.tick("BTC3L", Decimal("2.5"))
    assert panel.selected is not None
    assert panel.selected.token.key == ETH5S
    assert told == []


def test_regrouping_stays_on_the_token(panel: HoldingsPanel, desk: FakeDesk) -> None:
    panel.select(ETH5S)
    for group_by in ("venue", "", "underlying"):
        desk.change_settings(desk.settings._replace(group_by=group_by))
        assert panel.selected is not None
        assert panel.selected.token.key == ETH5S


def test_a_heading_keeps_the_last_holding_in_the_inspector(panel: HoldingsPanel) -> None:
    told: list[object] = []
    panel.holding_selected.connect(told.append)
    panel.table.setCurrentIndex(panel.table.order.index(1, 0))
    assert told == []


def test_when_the_chosen_holding_goes_another_takes_its_place(panel: HoldingsPanel, desk: FakeDesk) -> None:
    told: list[HoldingView | None] = []
    panel.holding_selected.connect(told.append)
    desk.remove([row.id for row in desk.transactions(BTC3L, 1)])
    assert panel.selected is not None
    assert panel.selected.token.key != BTC3L
    assert told[-1] is not None
    assert told[-1].token.key == panel.selected.token.key


# -- acting ------------------------------------------------------------------------------------------------------------


def test_buttons_and_menu_ask_for_what_they_say(panel: HoldingsPanel) -> None:
    asked: list[tuple[str, object]] = []
    panel.add_requested.connect(lambda key: asked.append(("add", key)))
    panel.import_requested.connect(lambda: asked.append(("import", None)))
    panel.transactions_requested.connect(lambda key: asked.append(("transactions", key)))
    panel.price_requested.connect(lambda key: asked.append(("price", key)))
    panel.correct_requested.connect(lambda key: asked.append(("correct", key)))

    panel.add_button.click()
    panel.import_button.click()
    for action in panel.context_menu(ETH5S).actions()[:4]:
        action.trigger()

    assert asked == [
        ("add", None),
        ("import", None),
        ("add", ETH5S),
        ("transactions", ETH5S),
        ("price", ETH5S),
        ("correct", ETH5S),
    ]


def test_enter_opens_transactions_and_delete_does_nothing(panel: HoldingsPanel, desk: FakeDesk) -> None:
    asked: list[object] = []
    panel.transactions_requested.connect(asked.append)
    panel.select(ETH5S)
    press(panel, Qt.Key.Key_Return)
    press(panel, Qt.Key.Key_Delete)
    assert asked == [ETH5S]
    assert desk.calls == []


def test_enter_on_a_heading_folds_it_and_it_stays_folded(panel: HoldingsPanel, desk: FakeDesk) -> None:
    panel.table.setCurrentIndex(panel.table.order.index(0, 0))
    press(panel, Qt.Key.Key_Return)
    assert "BTC3L" not in symbols(panel)
    desk.tick("BTC3L", Decimal(3))
    assert "BTC3L" not in symbols(panel)
    panel.filter.setText("btc3l")
    assert symbols(panel) == ["BTC3L"]  # a filter looks inside
    panel.filter.clear()
    assert "BTC3L" not in symbols(panel)


def test_menus_change_the_settings_and_follow_them(panel: HoldingsPanel, desk: FakeDesk) -> None:
    actions = {action.text(): action for action in panel.group_button.menu().actions()}
    actions["Group by venue"].trigger()
    assert desk.settings.group_by == "venue"
    assert panel.group_button.text() == "Group by venue ▾"
    actions["Show closed holdings"].trigger()
    assert desk.settings.show_closed
    assert "ADA3L" in symbols(panel)

    desk.change_settings(Settings(group_by=""))
    assert panel.group_button.text() == "Not grouped ▾"
    assert "ADA3L" not in symbols(panel)


# -- finding -----------------------------------------------------------------------------------------------------------


def test_the_filter_narrows_and_escape_takes_it_back(panel: HoldingsPanel) -> None:
    panel.focus_filter()
    panel.filter.setText("gate sol")
    assert symbols(panel) == ["SOL3L"]
    QTest.keyClick(panel.filter, Qt.Key.Key_Escape)
    assert panel.filter.text() == ""
    assert len(symbols(panel)) == 8


def test_notes_of_transactions_are_found_and_new_ones_too(panel: HoldingsPanel, desk: FakeDesk) -> None:
    panel.filter.setText("took a little")
    assert symbols(panel) == ["BTC3L"]
    row = desk.transactions(ETH5S, 1)[0]
    desk.amend(row.id, replace(row.draft, note="Swapped"))
    panel.filter.setText("swapped")
    assert symbols(panel) == ["ETH5S"]


def test_a_filter_with_no_match_says_so(panel: HoldingsPanel) -> None:
    panel.filter.setText("zzz")
    assert panel.table.empty_text == ("No holding matches “zzz”", "Clear the filter with Esc to see them all")
    assert panel.table.order.rowCount() == 0
    panel.filter.clear()
    assert panel.table.empty_text == ("", "")


# -- columns -----------------------------------------------------------------------------------------------------------


def test_columns_widths_order_sort_and_folds_come_back(qtbot: QtBot, panel: HoldingsPanel) -> None:
    keeper, header = panel.table.layout_keeper, panel.table.header()
    keeper.set_shown(C.FEES, False)
    keeper.set_shown(C.PNL_RATIO, True)
    header.moveSection(header.visualIndex(C.VALUE), 1)
    header.resizeSection(C.NAV, 133)
    panel.table.sortByColumn(C.PNL, Qt.SortOrder.AscendingOrder)
    panel.table.collapse(panel.table.order.index(1, 0))

    second = shown(qtbot, FakeDesk())
    assert second.restore_state(panel.save_state())

    assert second.table.layout_keeper.shown_columns() == keeper.shown_columns()
    assert second.table.layout_keeper.shown_columns()[1] == C.VALUE
    assert second.table.header().sectionSize(C.NAV) == 133
    assert second.table.order.sortColumn() == C.PNL
    assert second.table.order.sortOrder() is Qt.SortOrder.AscendingOrder
    assert json.loads(second.save_state()) == json.loads(panel.save_state())
    assert symbols(second) == symbols(panel)


@pytest.mark.parametrize(
    "state",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b"null",
        b"{}",
        b'{"format":99,"columns":[]}',
        b'{"format":1}',
        b'{"format":1,"columns":3}',
    ],
)
def test_a_state_that_cannot_be_read_changes_nothing(panel: HoldingsPanel, state: bytes) -> None:
    before = panel.save_state()
    assert not panel.restore_state(state)
    assert panel.save_state() == before


def test_a_state_of_another_version_gives_what_it_can(panel: HoldingsPanel) -> None:
    saved = {
        "format": 1,
        "columns": [
            {"name": "token", "shown": False},
            {"name": "gone_column", "shown": True, "width": 50},
            {"name": "nav", "shown": True, "width": 10**9},
            {"name": "market_value", "shown": True, "width": "wide"},
        ],
        "sort": "gone_column",
        "closed_groups": [1, "BTC"],
    }
    assert panel.restore_state(json.dumps(saved).encode())
    shown_names = [HOLDING_COLUMNS[column].name for column in panel.table.layout_keeper.shown_columns()]
    assert shown_names[:3] == ["token", "nav", "market_value"]
    assert panel.table.header().sectionSize(C.NAV) < 400


def test_the_chooser_lists_every_column_and_keeps_the_token(panel: HoldingsPanel) -> None:
    menu = panel.columns_button.menu()
    panel.fill_columns_menu(menu)
    by_title = {action.text(): action for action in menu.actions()}
    assert set(by_title) >= {spec.title for spec in HOLDING_COLUMNS}
    assert not by_title["Token"].isEnabled()
    by_title["NAV age"].trigger()
    assert C.NAV_AGE in panel.table.layout_keeper.shown_columns()
    by_title["Reset columns"].trigger()
    assert C.NAV_AGE not in panel.table.layout_keeper.shown_columns()


def test_at_the_usual_size_everything_is_on_screen_without_scrolling(qtbot: QtBot, desk: FakeDesk) -> None:
    panel = shown(qtbot, desk, width=1040)
    assert panel.table.header().length() == panel.table.viewport().width()
    assert not panel.table.horizontalScrollBar().isVisible()


def test_a_column_makes_room_for_long_figures_unless_its_width_was_chosen(qtbot: QtBot) -> None:
    desk = FakeDesk()
    row = desk.transactions(BTC3L, 1)[0]
    desk.amend(row.id, replace(row.draft, quantity=Decimal("123456789.12345678")))
    panel = shown(qtbot, desk, width=1400)
    header = panel.table.header()
    needed = panel.table.itemDelegate().sizeHint(None, panel.table.order.index_of(BTC3L, C.UNITS)).width()  # type: ignore[arg-type]
    assert header.sectionSize(C.UNITS) >= needed
    header.resizeSection(C.UNITS, 60)
    desk.change_settings(desk.settings._replace(show_closed=True))
    assert header.sectionSize(C.UNITS) == 60


# -- copying -----------------------------------------------------------------------------------------------------------


def test_copying_gives_a_header_and_exact_figures_in_the_order_on_screen(panel: HoldingsPanel) -> None:
    keeper = panel.table.layout_keeper
    for column in C:
        keeper.set_shown(column, column in {C.TOKEN, C.UNITS, C.VALUE, C.PREMIUM, C.REALISED})
    header = panel.table.header()
    header.moveSection(header.visualIndex(C.VALUE), 1)
    choose_rows(panel, ETH5S, BTC3L)

    press(panel, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)

    clipboard = QGuiApplication.clipboard()
    assert clipboard.text() == (
        "token\tmarket_value\tunits\tpremium_ratio\trealised_pnl\n"
        "BTC3L Gate\t3052.1360\t1240\t-0.0007307567392010392984735303670023\t-31.6680\n"
        "ETH5S Gate\t1146.8000\t61000\t0.005347593582887700534759358288770\t-3.73935483870967741935483870967742\n"
    )
    assert bytes(clipboard.mimeData().data("text/csv").data()).decode().startswith("token,market_value,units")

    panel.table.copy_as_csv()
    assert clipboard.text().splitlines()[1].startswith("BTC3L Gate,3052.1360,1240,")


def test_hidden_amounts_are_not_copied(panel: HoldingsPanel, desk: FakeDesk) -> None:
    desk.change_settings(desk.settings._replace(hide_amounts=True))
    choose_rows(panel, BTC3L)
    panel.copy()
    row = QGuiApplication.clipboard().text().splitlines()[1].split("\t")
    assert "3052" not in "".join(row)
    assert row.count(DOTS) >= 3


def test_copying_nothing_leaves_the_clipboard(panel: HoldingsPanel) -> None:
    QGuiApplication.clipboard().setText("before")
    panel.table.clearSelection()
    panel.copy()
    assert QGuiApplication.clipboard().text() == "before"


# -- looks -------------------------------------------------------------------------------------------------------------


def test_rows_are_as_high_as_the_density_says(panel: HoldingsPanel, desk: FakeDesk) -> None:
    assert panel.table.rowHeight(panel.table.order.index_of(BTC3L)) == 34
    theme.active().apply(desk.settings._replace(density=RowDensity.COMPACT))
    QApplication.processEvents()
    assert panel.table.rowHeight(panel.table.order.index_of(BTC3L)) == 28


@pytest.mark.parametrize("choice", [ThemeChoice.LIGHT, ThemeChoice.DARK])
def test_the_chosen_row_headings_and_hairlines_have_the_themes_colours(
    panel: HoldingsPanel, house_looks: theme.Theme, choice: ThemeChoice
) -> None:
    house_looks.apply(Settings(theme=choice))
    panel.select(BTC3L)
    QApplication.processEvents()
    image = panel.table.viewport().grab().toImage()
    colours = house_looks.colours

    def colour_at(index: QModelIndex, *, bottom: bool = False) -> QColor:
        rect = panel.table.visualRect(index.siblingAtColumn(0))
        return image.pixelColor(rect.right() - 1, rect.bottom() if bottom else rect.top() + 3)

    order = panel.table.order
    assert colour_at(order.index_of(BTC3L)) == colours.selection
    assert colour_at(order.index_of(ETH5S)) == colours.surface
    assert colour_at(order.index(0, 0)) == colours.window
    assert colour_at(order.index_of(ETH5S), bottom=True) == colours.line


@pytest.mark.parametrize("state", [DeskState.EMPTY, DeskState.LOADING, DeskState.PARTIAL, DeskState.STALE])
def test_every_state_of_the_desk_is_painted(qtbot: QtBot, state: DeskState) -> None:
    desk = FakeDesk(state=state)
    panel = shown(qtbot, desk)
    panel.grab()
    desk.load()
    panel.grab()
    assert panel.table.order.rowCount() == (0 if state is DeskState.EMPTY else 5)


def test_a_narrow_toolbar_speaks_in_single_words(qtbot: QtBot, desk: FakeDesk) -> None:
    panel = shown(qtbot, desk, width=540)
    assert panel.group_button.text() == "Underlying ▾"
    assert panel.group_button.width() >= panel.group_button.sizeHint().width()
    assert panel.filter.width() >= 96
    panel.resize(1040, 520)
    assert panel.group_button.text() == "Group by underlying ▾"


def test_rows_settle_a_while_after_figures_moved(qtbot: QtBot, panel: HoldingsPanel, desk: FakeDesk) -> None:
    first = symbols(panel)
    desk.tick("BTC5L", Decimal(900))
    assert symbols(panel) == first
    panel.table.settle()
    assert symbols(panel)[0] == "BTC5L"


def test_screen_readers_hear_the_row_in_words(panel: HoldingsPanel) -> None:
    index = panel.table.order.index_of(ETH5S, C.LEVERAGE)
    assert index.data(Qt.ItemDataRole.AccessibleTextRole) == "−6.62, close to an edge of its band"
    first = panel.table.order.index_of(ETH5S)
    assert first.data(Qt.ItemDataRole.AccessibleTextRole) == "ETH5S Gate, critical"
    assert panel.table.accessibleName() == "Holdings"
    assert panel.filter.accessibleName() == "Filter holdings"
    assert panel.group_button.accessibleName() == "Group holdings by"
    assert panel.table.order.index_of(BTC3L).data(CELL_ROLE) is not None
