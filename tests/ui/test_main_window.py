from __future__ import annotations

import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QMenu, QMessageBox
from pytestqt.qtbot import QtBot

from levdesk.domain.errors import ImportRejected, StoreUnavailable
from levdesk.domain.instruments import TokenKey
from levdesk.domain.problems import Problem, Severity
from levdesk.domain.transactions import TransactionDraft, TransactionType
from levdesk.services.settings import RowDensity, Settings, ThemeChoice
from levdesk.ui import theme
from levdesk.ui.actions import MENUS, ActionSpec
from levdesk.ui.chart_room import LEAST_HEIGHT_PX
from levdesk.ui.main_window import MainWindow
from tests.ui.conftest import WindowMaker
from tests.ui.fake_books import NOW_MS
from tests.ui.fake_desk import DeskState, FakeDesk

BTC3L = TokenKey("gate", "BTC3L")


def buy(quantity: str = "10") -> TransactionDraft:
    return TransactionDraft(
        time_ms=NOW_MS, type=TransactionType.BUY, key=BTC3L, quantity=Decimal(quantity), price=Decimal("2.4614")
    )


# -- start -------------------------------------------------------------------------------------------------------------


def test_the_first_paint_needs_no_heavy_library() -> None:
    """A process of its own, because the others have long been imported here."""
    code = (
        "import sys, levdesk.ui.main_window\n"
        "heavy = {'pyqtgraph', 'numpy', 'requests', 'sqlite3', 'keyring', 'PySide6.QtSvg', 'PySide6.QtNetwork'}\n"
        "sys.exit(', '.join(sorted(heavy & set(sys.modules))) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_charts_and_pages_are_made_after_the_first_paint(qtbot: QtBot, desk: FakeDesk) -> None:
    window = MainWindow(desk)
    qtbot.addWidget(window)
    assert window.chart.plot is None
    assert window.inspector.overview is None
    with qtbot.waitSignal(window.first_painted):
        window.show()
    qtbot.waitUntil(lambda: window.chart.plot is not None)
    assert not window.windowIcon().isNull()


def test_the_room_kept_for_the_chart_is_what_it_needs(window: MainWindow) -> None:
    assert window.chart.plot is not None
    assert window.chart_room.minimumSizeHint().height() == theme.active().px(LEAST_HEIGHT_PX)


@pytest.mark.parametrize(
    ("demo", "place", "title"),
    [(True, "anything", "LevDesk — Demo data"), (False, "trust", "LevDesk — trust"), (False, "", "LevDesk")],
)
def test_the_title_names_the_books(qtbot: QtBot, demo: bool, place: str, title: str) -> None:
    window = MainWindow(FakeDesk(demo=demo), place=place)
    qtbot.addWidget(window)
    assert window.windowTitle() == title


# -- faces -------------------------------------------------------------------------------------------------------------


def test_the_first_start_shows_three_doors_and_nothing_else(open_window: WindowMaker) -> None:
    desk = FakeDesk(state=DeskState.EMPTY, demo=False)
    window = open_window(desk)
    steps = window.pages._first_steps
    assert steps is not None
    assert window.pages.stack.currentWidget() is steps
    assert not window.inspector.isVisible()
    assert not window.strip.isVisible()
    steps.demo.button.click()
    assert desk.calls[-1] == ("open_demo", ())
    desk.record(buy(), 1)
    assert window.pages.is_working
    assert window.inspector.isVisible()
    assert window.strip.isVisible()


def test_an_empty_second_portfolio_is_named_and_offers_no_demo(open_window: WindowMaker) -> None:
    desk = FakeDesk()
    window = open_window(desk)
    desk.remove([row.id for row in desk.transactions(BTC3L, 2)])
    desk.select_portfolio(2)
    steps = window.pages._first_steps
    assert steps is not None
    assert steps._title.text() == "Savings is empty"
    assert not steps.demo.isVisible()
    desk.select_portfolio(1)
    assert window.pages.is_working


def test_a_newcomer_in_the_demo_is_not_offered_the_demo(open_window: WindowMaker) -> None:
    window = open_window(FakeDesk(state=DeskState.EMPTY, demo=True))
    assert window.pages._first_steps is not None
    assert not window.pages._first_steps.demo.isVisible()


def test_while_the_books_are_read_it_says_so_and_then_shows_them(open_window: WindowMaker) -> None:
    desk = FakeDesk(state=DeskState.LOADING)
    window = open_window(desk)
    assert not window.pages.is_working
    desk.load()
    assert window.pages.stack.currentWidget() is window.splitter
    assert window.strip.value.figure.text() == "12,986.10"


# -- acts --------------------------------------------------------------------------------------------------------------


def test_a_done_act_is_told_with_an_undo_that_works(window: MainWindow, desk: FakeDesk) -> None:
    desk.record(buy(), 1)
    assert window.status.message.text() == "Add buy of 10 BTC3L"
    assert window.status.undo_button.isVisible()
    assert window.actions_["undo"].text() == "&Undo add buy of 10 BTC3L"
    window.status.undo_button.click()
    assert ("undo", ()) in desk.calls
    assert not window.status.undo_button.isVisible()
    assert not window.actions_["undo"].isEnabled()
    assert window.actions_["redo"].text() == "&Redo add buy of 10 BTC3L"
    window.actions_["redo"].trigger()
    assert window.actions_["undo"].isEnabled()


def test_an_act_that_is_not_of_the_books_offers_no_undo(window: MainWindow, desk: FakeDesk) -> None:
    desk.record(buy(), 1)
    desk.export_csv(Path("out.csv"), None)
    assert window.status.message.text() == "Exported to out.csv"
    assert not window.status.undo_button.isVisible()


def test_a_failed_act_says_what_to_do_until_the_next_one_succeeds(window: MainWindow, desk: FakeDesk) -> None:
    desk.fail(StoreUnavailable("It was not saved: the disk is full.", hint="Free some space, then try again."))
    assert window.banner.isVisible()
    assert window.banner.text.text() == "It was not saved: the disk is full."
    assert window.banner.hint.text() == "Free some space, then try again."
    window.banner.copy_button.click()
    assert QGuiApplication.clipboard().text().endswith("Free some space, then try again.")
    desk.record(buy(), 1)
    assert not window.banner.isVisible()


def test_a_refused_file_names_its_first_lines(window: MainWindow, desk: FakeDesk) -> None:
    problems = tuple(
        Problem(severity=Severity.ERROR, code="row", message=f"Quantity {line} is not a number.", line=line)
        for line in range(2, 9)
    )
    desk.fail(ImportRejected("trades.csv was not imported.", problems=problems, hint="Mend the rows."))
    assert window.banner.hint.text().splitlines() == [
        "Mend the rows.",
        "Line 2: Quantity 2 is not a number.",
        "Line 3: Quantity 3 is not a number.",
        "Line 4: Quantity 4 is not a number.",
        "Line 5: Quantity 5 is not a number.",
        "… and 3 more.",
    ]


def test_a_failure_inside_a_dialog_is_the_dialog_s_to_tell(window: MainWindow, desk: FakeDesk, qtbot: QtBot) -> None:
    dialog = QMessageBox(window)
    qtbot.addWidget(dialog)
    dialog.open()
    desk.fail(StoreUnavailable("It was not saved."))
    assert not window.banner.isVisible()


# -- actions -----------------------------------------------------------------------------------------------------------


def specs() -> list[ActionSpec]:
    def walk(entries: tuple[object, ...]) -> list[ActionSpec]:
        found: list[ActionSpec] = []
        for entry in entries:
            if isinstance(entry, ActionSpec):
                found.append(entry)
            else:
                assert isinstance(entry, tuple)
                found += walk(entry[1])
        return found

    return walk(MENUS)


def test_shortcuts_are_unique_and_mnemonics_too(window: MainWindow) -> None:
    keys = [action.shortcut().toString() for action in window.findChildren(QAction) if not action.shortcut().isEmpty()]
    assert len(keys) == len(set(keys)), sorted(keys)
    for title, entries in MENUS:
        letters = [text[text.index("&") + 1].lower() for text in map(_title, entries)]
        assert len(letters) == len(set(letters)), title


def _title(entry: object) -> str:
    return entry.text if isinstance(entry, ActionSpec) else str(entry[0])  # type: ignore[index]


def test_every_action_has_a_slot_and_hangs_in_a_menu(window: MainWindow) -> None:
    names = [spec.name for spec in specs()]
    assert len(names) == len(set(names))
    hung = {action.objectName() for menu in window.menuBar().findChildren(QMenu) for action in menu.actions()}
    assert set(names) <= hung


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("hide_amounts", {"hide_amounts": True}),
        ("show_closed", {"show_closed": True}),
        ("compact_rows", {"density": RowDensity.COMPACT}),
        ("group_by_venue", {"group_by": "venue"}),
        ("group_by_nothing", {"group_by": ""}),
        ("theme_dark", {"theme": ThemeChoice.DARK}),
        ("toggle_theme", {"theme": ThemeChoice.DARK}),
    ],
)
def test_view_switches_are_preferences(
    window: MainWindow, desk: FakeDesk, name: str, change: dict[str, object]
) -> None:
    window.actions_[name].trigger()
    assert desk.settings == Settings()._replace(**change)  # type: ignore[arg-type]


def test_the_menu_follows_preferences_changed_elsewhere(window: MainWindow, desk: FakeDesk) -> None:
    desk.change_settings(Settings(hide_amounts=True, group_by="venue", theme=ThemeChoice.DARK))
    ticked = {action.objectName() for action in window.actions_ if action.isChecked()}
    assert ticked == {"hide_amounts", "group_by_venue", "theme_dark", "show_inspector", "show_chart", "show_warnings"}
    assert theme.active().colours.is_dark
    assert window.strip.value.figure.text() == "••••"


def test_portfolios_are_chosen_in_their_menu(window: MainWindow, desk: FakeDesk) -> None:
    entries = {action.text(): action for action in window.portfolio_menu._group.actions()}
    assert list(entries) == ["All portfolios together", "Main", "Savings"]
    assert entries["Main"].isChecked()
    entries["All portfolios together"].trigger()
    assert desk.selected_portfolio_id is None
    desk.add_portfolio("Third", desk.portfolios[0].cost_method)
    assert [action.text() for action in window.portfolio_menu._group.actions()][-1] == "Third"


def test_diagnostics_go_to_the_clipboard(window: MainWindow, desk: FakeDesk) -> None:
    window.actions_["copy_diagnostics"].trigger()
    assert QGuiApplication.clipboard().text() == desk.diagnostics()
    assert "clipboard" in window.status.message.text()


def test_the_inspector_can_be_put_away(window: MainWindow) -> None:
    window.actions_["show_inspector"].trigger()
    assert not window.inspector.isVisible()
    assert not window.actions_["show_inspector"].isChecked()


def test_a_page_opens_the_inspector_again(window: MainWindow) -> None:
    window.commands.show_inspector(False)
    window.actions_["open_transactions"].trigger()
    assert window.inspector.isVisible()
    assert window.actions_["show_inspector"].isChecked()
    assert window.inspector.tabs.tabText(window.inspector.tabs.currentIndex()) == "Transactions"


def test_a_chosen_row_reaches_the_inspector_and_a_tick_keeps_it_current(window: MainWindow, desk: FakeDesk) -> None:
    window.panel.select(TokenKey("gate", "ETH3L"))
    assert window.inspector.header.symbol.text() == "ETH3L"
    desk.tick("ETH3L", Decimal("1.9500"))
    assert "1.9500" in window.inspector.header.figures.text()


def test_closing_saves_and_says_so(window: MainWindow, qtbot: QtBot) -> None:
    with qtbot.waitSignal(window.closing):
        window.close()
    assert not window._beat.isActive()


def test_what_the_status_line_says_makes_no_window_wider(window: MainWindow) -> None:
    least = window.minimumSizeHint().width()
    window.status.tell("Add buy of 123,456,789.123 of a token with a very long name, in a portfolio of its own. " * 3)
    assert window.status.message.isVisible()
    assert window.minimumSizeHint().width() == least


def test_the_first_window_leaves_room_for_its_frame(qtbot: QtBot) -> None:
    window = MainWindow(FakeDesk(), state_path=None)
    qtbot.addWidget(window)
    assert window.height() <= window.screen().availableSize().height() - 40


def test_the_only_token_is_shown_again_when_it_comes_back(open_window: WindowMaker) -> None:
    desk = FakeDesk(state=DeskState.EMPTY)
    window = open_window(desk)
    desk.record(buy(), 1)
    shown = [window.inspector.holding is not None]
    for act in (desk.undo, desk.redo):
        act()
        shown.append(window.inspector.holding is not None)
    assert shown == [True, False, True]
