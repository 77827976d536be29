"""Only what looks different is painted: a table of five hundred tokens moves a thousand times a second."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QFont, QImage, QPainter
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from levdesk.domain.instruments import TokenKey
from levdesk.ui.models.cells import Cell
from levdesk.ui.models.columns import CELL_ROLE, HoldingColumn
from levdesk.ui.views.cell_delegate import CellDelegate
from levdesk.ui.views.holdings_table import HoldingsTable
from levdesk.ui.views.paints import Metrics, draw_text
from tests.ui.fake_desk import FakeDesk

BTC3L, ETH5S = TokenKey("gate", "BTC3L"), TokenKey("gate", "ETH5S")
LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)


@pytest.fixture
def table(qtbot: QtBot, desk: FakeDesk) -> HoldingsTable:
    made = HoldingsTable(desk, lambda _key: "")
    qtbot.addWidget(made)
    made.resize(1000, 400)
    made.use_settings(desk.settings)
    made.show_view(desk.view)
    with qtbot.waitExposed(made, timeout=10_000):
        made.show()
    QApplication.processEvents()  # what showing it made dirty
    return made


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[Cell]:
    """Every cell that is drawn from now on."""
    found: list[Cell] = []
    as_ever = CellDelegate.draw_padded

    def draw(self: CellDelegate, painter: QPainter, rect: QRect, cell: Cell) -> None:
        found.append(cell)
        as_ever(self, painter, rect, cell)

    monkeypatch.setattr(CellDelegate, "draw_padded", draw)
    return found


def cell(table: HoldingsTable, key: TokenKey, column: HoldingColumn) -> Cell:
    found = table.order.index_of(key, column).data(CELL_ROLE)
    assert isinstance(found, Cell)
    return found


def rect(table: HoldingsTable, key: TokenKey, column: HoldingColumn) -> QRect:
    return table.visualRect(table.order.index_of(key, column)).adjusted(1, 1, -1, -2)


def test_one_figure_alone_is_painted_where_one_moved(table: HoldingsTable, drawn: list[Cell]) -> None:
    table.viewport().repaint(rect(table, BTC3L, HoldingColumn.PRICE))
    assert drawn == [cell(table, BTC3L, HoldingColumn.PRICE)]


def test_two_figures_apart_are_painted_without_what_is_between(
    table: HoldingsTable, drawn: list[Cell], qtbot: QtBot
) -> None:
    both = ((BTC3L, HoldingColumn.NAV), (ETH5S, HoldingColumn.VALUE))
    for where in both:
        table.viewport().update(rect(table, *where))
    qtbot.waitUntil(lambda: bool(drawn), timeout=10_000)
    assert drawn == [cell(table, *where) for where in both]


def test_every_shown_cell_of_a_row_is_painted_with_the_whole(table: HoldingsTable, drawn: list[Cell]) -> None:
    table.viewport().repaint()
    for column in table.layout_keeper.shown_columns():
        assert cell(table, BTC3L, HoldingColumn(column)) in drawn
    hidden = set(range(table.model().columnCount())) - set(table.layout_keeper.shown_columns())
    assert hidden
    assert not any(cell(table, BTC3L, HoldingColumn(column)) is each for column in hidden for each in drawn)


@pytest.mark.parametrize("alignment", [LEFT, RIGHT])
@pytest.mark.parametrize("pixels", [11, 13, 16, 20])
def test_a_line_stands_where_qt_would_lay_it_out(alignment: int, pixels: int) -> None:
    font = QFont()
    font.setPixelSize(pixels)
    metrics, room = Metrics(font), QRect(5, 3, 120, 34)

    def ink(*, is_ours: bool) -> QRect:
        image = QImage(130, 40, QImage.Format.Format_RGB32)
        image.fill(Qt.GlobalColor.white)
        painter = QPainter(image)
        painter.setFont(font)
        if is_ours:
            draw_text(painter, room, "1,234.50", metrics, alignment)
        else:
            painter.drawText(room, alignment | int(Qt.TextFlag.TextSingleLine), "1,234.50")
        painter.end()
        return inked(image)

    ours, theirs = ink(is_ours=True), ink(is_ours=False)
    assert theirs.adjusted(-1, -1, 1, 1).contains(ours)
    assert ours.adjusted(-1, -1, 1, 1).contains(theirs)


def inked(image: QImage) -> QRect:
    """The smallest rectangle with all that is dark."""
    dark = [
        (x, y) for y in range(image.height()) for x in range(image.width()) if image.pixelColor(x, y).lightness() < 128
    ]
    columns, lines = [x for x, _ in dark], [y for _, y in dark]
    return QRect(QPoint(min(columns), min(lines)), QPoint(max(columns), max(lines)))


def test_a_width_is_measured_once(monkeypatch: pytest.MonkeyPatch) -> None:
    metrics = Metrics(QFont())
    width = metrics.width_of("12,986.10")
    assert width == metrics.horizontalAdvance("12,986.10")
    monkeypatch.setattr(Metrics, "horizontalAdvance", lambda _self, _text: pytest.fail("measured again"))
    assert metrics.width_of("12,986.10") == width
