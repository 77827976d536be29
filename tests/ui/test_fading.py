from __future__ import annotations

from decimal import Decimal

import pytest
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from levdesk.domain.instruments import TokenKey
from levdesk.ui import theme
from levdesk.ui.models.cells import Cell
from levdesk.ui.models.columns import CELL_ROLE, HoldingColumn
from levdesk.ui.views.fading import STEPS, Fading
from levdesk.ui.views.holdings_table import HoldingsTable
from tests.ui.fake_desk import FakeDesk

BTC3L = TokenKey("gate", "BTC3L")


@pytest.fixture
def table(qtbot: QtBot, desk: FakeDesk) -> HoldingsTable:
    made = HoldingsTable(desk, lambda _key: "")
    qtbot.addWidget(made)
    made.resize(1000, 400)
    made.use_settings(desk.settings)
    made.show_view(desk.view)
    made.show()
    return made


def watch(table: HoldingsTable, *, allowed: bool) -> Fading:
    columns = frozenset({int(HoldingColumn.PRICE), int(HoldingColumn.VALUE)})
    return Fading(table, table.paints, columns, lambda: allowed)


def price_cell(table: HoldingsTable) -> Cell:
    cell = table.order.index_of(BTC3L, HoldingColumn.PRICE).data(CELL_ROLE)
    assert isinstance(cell, Cell)
    return cell


def colour(table: HoldingsTable) -> QColor:
    return table.paints.pen_of(price_cell(table)).color()


def test_a_changed_figure_begins_in_the_accent_and_ends_in_its_own_colour(table: HoldingsTable, desk: FakeDesk) -> None:
    colours = theme.active().colours
    fading = watch(table, allowed=True)
    desk.tick("BTC3L", Decimal(3))
    table.show_view(desk.view)
    assert colour(table).name() == colours.accent.name()

    shades = []
    for _ in range(STEPS):
        fading._advance()
        shades.append(colour(table).name())

    assert len(set(shades)) == STEPS
    assert shades[-1] == colours.text.name()
    assert not fading.is_running
    assert table.paints.fresh == {}


def test_nothing_fades_where_motion_is_not_wanted(table: HoldingsTable, desk: FakeDesk) -> None:
    fading = watch(table, allowed=False)
    desk.tick("BTC3L", Decimal(3))
    table.show_view(desk.view)
    assert not fading.is_running
    assert colour(table) == theme.active().colours.text


def test_rows_that_are_new_or_not_in_sight_do_not_fade(table: HoldingsTable, desk: FakeDesk) -> None:
    fading = watch(table, allowed=True)
    table.use_settings(desk.settings)
    table.show_view(None)
    table.show_view(desk.view)
    assert not fading.is_running
    table.resize(1000, 60)
    desk.tick("SOL3L", Decimal(3))
    table.show_view(desk.view)
    assert not fading.is_running
