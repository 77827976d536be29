"""The first paint shows the rows on top of the table; nothing may move when the others come."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QModelIndex, Qt
from pytestqt.qtbot import QtBot

from levdesk.domain.instruments import TokenKey
from levdesk.services.settings import Settings
from levdesk.services.views import HoldingView, PortfolioView
from levdesk.ui.models.columns import HoldingColumn
from levdesk.ui.views.holdings_panel import HoldingsPanel
from tests.ui.fake_desk import FakeDesk

HEIGHT = 300
COLUMNS = (HoldingColumn.TOKEN, HoldingColumn.VALUE, HoldingColumn.PNL, HoldingColumn.PREMIUM, HoldingColumn.DECAY)
SIZES = st.sampled_from([None, Decimal(0), Decimal(5), Decimal(700), Decimal(-3)])
ROWS = st.lists(
    st.tuples(st.sampled_from("ABCDEFG"), st.sampled_from(["gate", "mexc", "okx"]), SIZES, SIZES), max_size=60
)


class ManyDesk(FakeDesk):
    """A fake desk with any holdings."""

    def __init__(self, holdings: tuple[HoldingView, ...], group_by: str) -> None:
        super().__init__(settings=Settings(group_by=group_by))
        self.holdings = holdings

    @property
    def view(self) -> PortfolioView:
        usual = super().view
        assert usual is not None
        return usual._replace(holdings=self.holdings)

    @property
    def explained(self) -> None:
        """Nothing is, before the books are open."""
        return


def many(rows: list[tuple[str, str, Decimal | None, Decimal | None]]) -> tuple[HoldingView, ...]:
    view = FakeDesk().view
    assert view is not None
    usual = view.holdings[0]
    return tuple(
        usual._replace(
            token=usual.token._replace(key=TokenKey(venue, f"{underlying}{number}3L"), underlying=underlying),
            market_value=value,
            unrealised_pnl=profit,
            premium_ratio=None if profit is None else profit / 10_000,
        )
        for number, (underlying, venue, value, profit) in enumerate(rows)
    )


def lines(panel: HoldingsPanel, count: int) -> list[list[str]]:
    """What is written in the first rows as they stand on screen, headings and holdings alike."""
    table, order = panel.table, panel.table.order
    found: list[QModelIndex] = []
    index = order.index(0, 0)
    while index.isValid() and len(found) < count:
        found.append(index)
        index = table.indexBelow(index)
    return [[str(each.siblingAtColumn(column).data() or "") for column in range(order.columnCount())] for each in found]


def stand(panel: HoldingsPanel) -> object:
    """Where columns and scroll bars stand."""
    table = panel.table
    widths = [table.columnWidth(column) for column in range(table.order.columnCount())]
    bars = (table.verticalScrollBar(), table.horizontalScrollBar())
    return widths, [(bar.maximum(), bar.value(), bar.pageStep()) for bar in bars], table.layout_keeper.shown_columns()


@given(
    rows=ROWS,
    group_by=st.sampled_from(["underlying", "venue", ""]),
    column=st.sampled_from(COLUMNS),
    order=st.sampled_from([Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder]),
    folded=st.sets(st.sampled_from(["A", "B", "gate"])),
    height=st.integers(60, 900),
)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_the_first_rows_are_those_of_the_whole_table(
    qapp: object,
    rows: list[tuple[str, str, Decimal | None, Decimal | None]],
    group_by: str,
    column: HoldingColumn,
    order: Qt.SortOrder,
    folded: set[str],
    height: int,
) -> None:
    panel = HoldingsPanel(ManyDesk(many(rows), group_by), is_early=True)
    panel.table.sortByColumn(column, order)
    panel.table.restore({**panel.table.saved(), "closed_groups": sorted(folded)})
    panel.resize(1000, height)
    panel.show_top(height)
    count = height // panel.table.paints.row_height
    first, chosen = lines(panel, count), panel.selected
    panel.show_all()
    assert lines(panel, count) == first
    assert panel.selected == chosen
    panel.close()


@pytest.mark.parametrize("group_by", ["underlying", ""])
def test_columns_and_scroll_bars_stand_from_the_beginning_where_they_will(qtbot: QtBot, group_by: str) -> None:
    long = ("A", "gate", Decimal("1234567890123.45"), Decimal("-98765432109.87"))
    desk = ManyDesk(many([("BCDEFG"[n % 6], "gate", Decimal(9 + n), None) for n in range(50)] + [long]), group_by)
    before = HoldingsPanel(desk)
    qtbot.addWidget(before)
    panel = HoldingsPanel(desk, is_early=True)
    qtbot.addWidget(panel)
    panel.table.sortByColumn(HoldingColumn.VALUE, Qt.SortOrder.AscendingOrder)
    state = before.save_state().replace(b'"descending":true', b'"descending":false')
    assert panel.restore_state(state)
    panel.resize(1000, HEIGHT)
    panel.show_top(HEIGHT)
    panel.show()
    qtbot.waitExposed(panel)
    early = stand(panel)
    assert len(list(panel.table.holdings.all_rows())) < 51
    panel.show_all()
    qtbot.waitUntil(lambda: len(list(panel.table.holdings.all_rows())) == 51)
    panel.table.doItemsLayout()
    assert stand(panel) == early


def test_an_early_panel_shows_nothing_before_it_is_told_to(qtbot: QtBot, desk: FakeDesk) -> None:
    panel = HoldingsPanel(desk, is_early=True)
    qtbot.addWidget(panel)
    assert panel.selected is None
    panel.show_all()
    assert panel.selected is not None
