"""Rows out of sight: told of later, and never read as of an earlier moment."""

from __future__ import annotations

from decimal import Decimal

import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from levdesk.domain.instruments import TokenKey
from levdesk.services.settings import Settings
from levdesk.services.views import HoldingView, PortfolioView
from levdesk.ui.models.columns import CELL_ROLE, EXPORT_ROLE, KEY_ROLE, SORT_ROLE, HoldingColumn
from levdesk.ui.models.freshness import Clock
from levdesk.ui.models.holdings_model import HoldingsModel
from levdesk.ui.models.holdings_order import HoldingsOrder
from levdesk.ui.views.holdings_table import HoldingsTable
from tests.ui.fake_books import NOW_MS
from tests.ui.fake_desk import FakeDesk

C = HoldingColumn
BTC3L = TokenKey("gate", "BTC3L")
ETH5S = TokenKey("gate", "ETH5S")
SPOKEN = Qt.ItemDataRole.AccessibleTextRole
PRICE = Decimal("7.7777")


@pytest.fixture
def view(desk: FakeDesk) -> PortfolioView:
    assert desk.view is not None
    return desk.view


@pytest.fixture
def model(qapp: object, desk: FakeDesk, view: PortfolioView) -> HoldingsModel:
    made = HoldingsModel(lambda: Clock(NOW_MS), desk.quote)
    made.set_layout("underlying", show_closed=False)
    made.set_view(view)
    made.watch(frozenset({ETH5S, "ETH"}))
    return made


def told(model: HoldingsModel) -> list[TokenKey | str | None]:
    """Rows and headings the model tells of from now on."""
    heard: list[TokenKey | str | None] = []

    def listen(first: QModelIndex, _last: QModelIndex) -> None:
        heard.append(first.data(KEY_ROLE) or model.group_name(first))

    model.dataChanged.connect(listen)
    return heard


def priced(view: PortfolioView, key: TokenKey, price: Decimal = PRICE) -> PortfolioView:
    def at(row: HoldingView) -> HoldingView:
        return row._replace(market_price=price, market_value=price * row.quantity) if row.token.key == key else row

    return view._replace(holdings=tuple(at(row) for row in view.holdings))


def test_what_changes_in_sight_is_told_at_once_and_the_rest_is_not(model: HoldingsModel, view: PortfolioView) -> None:
    heard = told(model)
    model.set_view(priced(view, BTC3L))
    assert heard == []
    model.set_view(priced(priced(view, BTC3L), ETH5S))
    assert set(heard) == {ETH5S, "ETH"}


@pytest.mark.parametrize(
    ("role", "shown"),
    [(Qt.ItemDataRole.DisplayRole, "7.7777"), (SPOKEN, "7.7777"), (EXPORT_ROLE, "7.7777"), (SORT_ROLE, 7.7777)],
)
def test_a_row_out_of_sight_is_read_as_of_now_by_whoever_asks(
    model: HoldingsModel, view: PortfolioView, role: int, shown: object
) -> None:
    model.set_view(priced(view, BTC3L))
    assert model.index_of(BTC3L, C.PRICE).data(role) == shown


def test_its_heading_too(model: HoldingsModel, view: PortfolioView) -> None:
    before = model.index_of(BTC3L).parent().data()
    model.set_view(priced(view, BTC3L))
    assert model.index_of(BTC3L).parent().data() != before


def test_a_row_that_comes_into_sight_is_told_of_then(model: HoldingsModel, view: PortfolioView) -> None:
    model.set_view(priced(view, BTC3L))
    heard = told(model)
    model.watch(frozenset({ETH5S, "ETH", BTC3L, "BTC"}))
    assert set(heard) == {BTC3L, "BTC"}


def test_the_seconds_tell_of_all_that_changed_in_the_end_and_of_each_once(
    model: HoldingsModel, view: PortfolioView
) -> None:
    model.set_view(priced(view, BTC3L))
    heard = told(model)
    for _ in range(3):
        model.refresh_ages()
    assert heard.count(BTC3L) == 1


def test_rows_that_went_are_not_told_of(model: HoldingsModel, view: PortfolioView) -> None:
    model.set_view(priced(view, BTC3L))
    model.set_view(view._replace(holdings=tuple(row for row in view.holdings if row.token.key != BTC3L)))
    heard = told(model)
    model.refresh_ages()
    assert BTC3L not in heard


def test_it_stays_a_sound_model(model: HoldingsModel, view: PortfolioView, qtmodeltester: ModelTester) -> None:
    model.set_view(priced(view, BTC3L))
    qtmodeltester.check(model)  # type: ignore[no-untyped-call]
    model.watch(frozenset())
    model.set_view(view)
    model.set_layout("venue", show_closed=True)
    model.set_view(priced(view, ETH5S))
    qtmodeltester.check(model)  # type: ignore[no-untyped-call]


@pytest.mark.parametrize("column", [C.PRICE, C.VALUE, C.PREMIUM])
def test_rows_out_of_sight_are_sorted_by_their_figures_of_now(
    model: HoldingsModel, view: PortfolioView, column: HoldingColumn
) -> None:
    order = HoldingsOrder(model, lambda _key: "")
    model.set_layout("", show_closed=False)
    order.sort(column, Qt.SortOrder.AscendingOrder)
    moved = [
        row._replace(market_price=Decimal(place), market_value=Decimal(place), premium_ratio=Decimal(place) / 100)
        for place, row in enumerate(reversed(view.holdings), 1)
    ]
    model.set_view(view._replace(holdings=tuple(reversed(moved))))
    assert not order.is_settled
    order.settle()
    sorts = [order.index(row, column).data(SORT_ROLE) for row in range(order.rowCount())]
    assert sorts == sorted(sorts)
    assert order.is_settled


def test_headings_are_ordered_by_their_sums_of_now(model: HoldingsModel, view: PortfolioView) -> None:
    order = HoldingsOrder(model, lambda _key: "")
    order.sort(C.VALUE, Qt.SortOrder.DescendingOrder)
    model.set_view(priced(view, TokenKey("gate", "SOL3L"), Decimal(10) ** 6))
    order.settle()
    assert order.index(0, 0).data(CELL_ROLE).title == "SOL"


# -- the table ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def table(qtbot: QtBot, desk: FakeDesk) -> HoldingsTable:
    desk.change_settings(Settings(group_by=""))
    made = HoldingsTable(desk, lambda _key: "")
    qtbot.addWidget(made)
    made.use_settings(desk.settings)
    made.show_view(desk.view)
    made.resize(1400, made.header().height() + 3 * made.paints.row_height)
    made.show()
    made.show_view(desk.view)
    return made


def keys(table: HoldingsTable) -> list[TokenKey]:
    return [table.order.index(row, 0).data(KEY_ROLE) for row in range(table.order.rowCount())]


def test_the_table_tells_its_model_which_rows_it_shows(table: HoldingsTable) -> None:
    shown = keys(table)
    assert table.holdings.is_seen(shown[0])
    assert not table.holdings.is_seen(shown[-1])
    table.scrollToBottom()
    table.show_view(table._desk.view)
    assert table.holdings.is_seen(shown[-1])
    assert not table.holdings.is_seen(shown[0])


def test_a_row_in_sight_shows_the_newest_figure_within_the_beat(
    table: HoldingsTable, desk: FakeDesk, view: PortfolioView
) -> None:
    first = keys(table)[0]
    heard = told(table.holdings)
    table.show_view(priced(view, first))
    assert first in heard
    assert table.order.index_of(first, C.PRICE).data() == "7.7777"


def test_a_row_scrolled_into_sight_between_two_beats_is_told_of_with_the_next(
    table: HoldingsTable, view: PortfolioView
) -> None:
    last = keys(table)[-1]
    table.scrollToBottom()
    heard = told(table.holdings)
    table.show_view(priced(view, last))
    assert last in heard


def test_copied_rows_are_of_now_in_sight_or_not(table: HoldingsTable, view: PortfolioView) -> None:
    last = keys(table)[-1]
    table.show_view(priced(view, last))
    table.selectAll()
    table.copy()
    assert "7.7777" in QApplication.clipboard().text()
