from __future__ import annotations

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QStyleOptionViewItem

from levdesk.ui.command_palette import Command, CommandPalette
from levdesk.ui.fuzzy import score
from levdesk.ui.main_window import MainWindow
from tests.ui.fake_desk import FakeDesk

Key = Qt.Key


@pytest.mark.parametrize(
    ("wanted", "text", "found"),
    [
        ("adtr", "Add transaction…", True),
        ("ADD", "Add transaction…", True),
        ("add tr", "Add transaction…", True),
        ("", "anything", True),
        ("zz", "Add transaction…", False),
        ("rta", "art", False),
    ],
)
def test_letters_in_order_find(wanted: str, text: str, found: bool) -> None:
    assert (score(wanted, text) is not None) is found


def test_starts_of_words_and_runs_come_first() -> None:
    texts = ["Import CSV…", "Portfolio chart", "Show closed holdings, import"]
    best = max(texts, key=lambda text: score("po", text) or -1)
    assert best == "Portfolio chart"
    assert (score("hide", "Hide amounts") or 0) > (score("hide", "The inside of a door") or 0)


def type_in(palette: CommandPalette, text: str) -> None:
    QTest.keyClicks(palette.field, text)


def press(palette: CommandPalette, key: Qt.Key) -> None:
    QTest.keyClick(palette.field, key)


def opened(window: MainWindow) -> CommandPalette:
    window.actions_["open_palette"].trigger()
    assert window.palette_ is not None
    return window.palette_


def test_it_lists_actions_holdings_and_portfolios(window: MainWindow) -> None:
    palette = opened(window)
    listed = palette.found()
    assert {"BTC3L", "ETH5S", "Show Savings", "Show All portfolios together", "Add transaction…"} <= set(listed)
    assert "Commands…" not in listed
    assert "ADA3L" not in listed, "closed holdings are not to be found"


def test_a_command_runs_from_the_keyboard_alone(window: MainWindow, desk: FakeDesk) -> None:
    palette = opened(window)
    type_in(palette, "refresh")
    press(palette, Key.Key_Return)
    assert ("refresh", ()) in desk.calls
    assert not palette.isVisible()


def test_arrows_move_the_mark_around_and_pages_stop_at_the_ends(window: MainWindow) -> None:
    palette = opened(window)
    last = len(palette.found()) - 1
    press(palette, Key.Key_Up)
    assert palette.list.currentIndex().row() == last
    press(palette, Key.Key_Down)
    assert palette.list.currentIndex().row() == 0
    press(palette, Key.Key_PageUp)
    assert palette.list.currentIndex().row() == 0
    press(palette, Key.Key_PageDown)
    assert palette.list.currentIndex().row() > 5


def test_a_holding_found_becomes_the_chosen_one(window: MainWindow) -> None:
    palette = opened(window)
    type_in(palette, "doge3s")
    press(palette, Key.Key_Return)
    assert window.inspector.holding is not None
    assert window.inspector.holding.token.key.symbol == "DOGE3S"


def test_escape_gives_the_keyboard_back(window: MainWindow) -> None:
    window.panel.filter.setFocus()
    palette = opened(window)
    assert window.focusWidget() is palette.field
    press(palette, Key.Key_Escape)
    assert not palette.isVisible()
    assert window.focusWidget() is window.panel.filter


def test_nothing_found_is_said_and_return_does_nothing(window: MainWindow, desk: FakeDesk) -> None:
    palette = opened(window)
    before = list(desk.calls)
    type_in(palette, "qqqq")
    assert palette._nothing.isVisible()
    press(palette, Key.Key_Return)
    assert desk.calls == before
    assert palette.isVisible()


def test_actions_that_cannot_run_are_not_offered(window: MainWindow) -> None:
    assert not any(text.startswith(("Undo", "Redo")) for text in opened(window).found())


def test_rows_speak_with_their_hint(window: MainWindow) -> None:
    palette = opened(window)
    index = palette._model.index(0, 0)
    assert str(index.data(Qt.ItemDataRole.AccessibleTextRole)).startswith("BTC3L, Gate")


def test_a_long_sentence_ends_before_its_hint(window: MainWindow) -> None:
    palette = opened(window)
    palette.open([Command("A unit is worth little; issuers merge such units. " * 4, "Warning", lambda: None)])
    drawn: list[str] = []

    class Noting(QPainter):
        def drawText(self, *arguments: object) -> None:  # type: ignore[override]
            drawn.append(str(arguments[-1]))

    image = QImage(400, 30, QImage.Format.Format_RGB32)
    painter, option = Noting(image), QStyleOptionViewItem()
    option.rect = QRect(0, 0, 400, 30)
    palette.list.itemDelegate().paint(painter, option, palette._model.index(0, 0))
    painter.end()
    sentence, hint = drawn
    assert hint == "Warning"
    assert sentence.startswith("A unit is worth")
    assert sentence.endswith("…")
    metrics = option.fontMetrics
    assert metrics.horizontalAdvance(sentence) + metrics.horizontalAdvance(hint) < 400
