from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QModelIndex, Qt
from pytestqt.modeltest import ModelTester

from levdesk.domain.instruments import TokenKey
from levdesk.services.views import PortfolioView
from levdesk.ui.models.columns import HoldingColumn
from levdesk.ui.models.freshness import Clock
from levdesk.ui.models.holdings_model import HoldingsModel
from levdesk.ui.models.holdings_order import HoldingsOrder
from tests.ui.fake_books import NOW_MS
from tests.ui.fake_desk import FakeDesk

UP, DOWN = Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder
NOTES = {TokenKey("gate", "SOL3L"): "Birthday money"}


def viewed(desk: FakeDesk) -> PortfolioView:
    assert desk.view is not None
    return desk.view


@pytest.fixture
def order(qapp: object, desk: FakeDesk) -> HoldingsOrder:
    return ordered(viewed(desk))


def ordered(view: PortfolioView, group_by: str = "underlying") -> HoldingsOrder:
    model = HoldingsModel(lambda: Clock(NOW_MS))
    model.set_layout(group_by, show_closed=False)
    model.set_view(view)
    order = HoldingsOrder(model, lambda key: NOTES.get(key, ""))
    order.sort(HoldingColumn.VALUE, DOWN)
    model.setParent(order)
    return order


def symbols(order: HoldingsOrder) -> list[list[str]]:
    """Symbols by heading, or one list when nothing is grouped."""
    root = QModelIndex()
    tops = [order.index(row, 0) for row in range(order.rowCount())]
    if tops and order.holding(tops[0]) is not None:
        return [_symbols_under(order, root)]
    return [_symbols_under(order, top) for top in tops]


def _symbols_under(order: HoldingsOrder, parent: QModelIndex) -> list[str]:
    found = [order.holding(order.index(row, 0, parent)) for row in range(order.rowCount(parent))]
    return [row.token.key.symbol for row in found if row is not None]


def test_it_is_a_sound_model(qtmodeltester: ModelTester, order: HoldingsOrder) -> None:
    qtmodeltester.check(order)  # type: ignore[no-untyped-call]
    order.set_filter_text("btc")
    order.sort(HoldingColumn.PNL, UP)
    order.set_filter_text("")


def test_headings_stand_by_value_and_holdings_are_sorted_within_them(order: HoldingsOrder) -> None:
    assert symbols(order) == [["BTC3L", "BTC2L", "BTC5L"], ["ETH3L", "ETH5S"], ["DOGE3S"], ["LINK2L"], ["SOL3L"]]

    order.sort(HoldingColumn.VALUE, UP)

    assert symbols(order) == [["BTC5L", "BTC2L", "BTC3L"], ["ETH5S", "ETH3L"], ["DOGE3S"], ["LINK2L"], ["SOL3L"]]


@pytest.mark.parametrize("way", [UP, DOWN])
def test_unknown_figures_go_last_whichever_way_the_column_is_sorted(desk: FakeDesk, way: Qt.SortOrder) -> None:
    view = viewed(desk)
    unknown = {"BTC3L", "ETH3L"}
    rows = tuple(row._replace(nav=None) if row.token.key.symbol in unknown else row for row in view.holdings)
    order = ordered(view._replace(holdings=rows), group_by="")
    order.sort(HoldingColumn.NAV, way)
    assert set(symbols(order)[0][-2:]) == unknown


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=25)
@given(
    values=st.lists(st.one_of(st.none(), st.decimals(-1000, 1000, places=2)), min_size=8, max_size=8),
    down=st.booleans(),
)
def test_any_figures_come_out_sorted(qapp: object, values: list[Decimal | None], down: bool) -> None:
    view = viewed(FakeDesk())
    open_rows = [row for row in view.holdings if row.quantity]
    rows = tuple(row._replace(change_today=value) for row, value in zip(open_rows, values, strict=True))
    order = ordered(view._replace(holdings=rows), group_by="")
    order.sort(HoldingColumn.TODAY, DOWN if down else UP)

    by_symbol = {row.token.key.symbol: row.change_today for row in rows}
    shown = [by_symbol[symbol] for symbol in symbols(order)[0]]
    known = [value for value in shown if value is not None]
    assert known == sorted(known, reverse=down)
    assert shown == known + [None] * (len(shown) - len(known))
    assert order.is_settled


@pytest.mark.parametrize(
    ("words", "left"),
    [
        ("btc", [["BTC3L", "BTC2L", "BTC5L"]]),
        ("PIONEX", [["BTC2L"]]),
        ("gate short", [["ETH5S"]]),
        ("birthday", [["SOL3L"]]),
        ("3l gate sol", [["SOL3L"]]),
        ("zzz", []),
        ("  ", [["BTC3L", "BTC2L", "BTC5L"], ["ETH3L", "ETH5S"], ["DOGE3S"], ["LINK2L"], ["SOL3L"]]),
    ],
)
def test_the_filter_keeps_what_contains_every_word(order: HoldingsOrder, words: str, left: list[list[str]]) -> None:
    order.set_filter_text(words)
    assert symbols(order) == left


def test_rows_do_not_jump_while_figures_move_only_when_told_to(order: HoldingsOrder, desk: FakeDesk) -> None:
    view = viewed(desk)
    rows = tuple(
        row._replace(market_value=Decimal(99_999)) if row.token.key.symbol == "BTC5L" else row for row in view.holdings
    )
    model = order.sourceModel()
    assert isinstance(model, HoldingsModel)
    assert symbols(order)[0] == ["BTC3L", "BTC2L", "BTC5L"]
    model.set_view(view._replace(holdings=rows))
    assert symbols(order)[0] == ["BTC3L", "BTC2L", "BTC5L"]
    assert not order.is_settled

    order.settle()

    assert symbols(order)[0] == ["BTC5L", "BTC3L", "BTC2L"]
    assert order.is_settled
