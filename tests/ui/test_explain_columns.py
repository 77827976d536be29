from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from PySide6.QtCore import QAbstractItemModel, QLocale, Qt
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from levdesk.domain.instruments import TokenKey
from levdesk.services.explained import ExplainedHolding, ExplainedPortfolio
from levdesk.services.explained_rebalance import TriggerView
from levdesk.services.settings import Settings
from levdesk.ui.format import DOTS, UNKNOWN, Figures
from levdesk.ui.models.cells import Cell, Tone
from levdesk.ui.models.columns import CELL_ROLE, EXPLAINED_COLUMNS, EXPORT_ROLE, HOLDING_COLUMNS, HoldingColumn
from levdesk.ui.models.freshness import Clock
from levdesk.ui.models.holdings_model import HoldingsModel
from levdesk.ui.views.holdings_panel import HoldingsPanel
from tests.ui import fake_explained
from tests.ui.fake_books import NOW_MS
from tests.ui.fake_desk import DeskState, FakeDesk

C = HoldingColumn
BTC3L, ETH5S, DOGE3S = TokenKey("gate", "BTC3L"), TokenKey("gate", "ETH5S"), TokenKey("mexc", "DOGE3S")
FIGURES = Figures(QLocale("en_US"))


def portfolio(desk: FakeDesk) -> ExplainedPortfolio:
    found = desk.explained
    assert found is not None
    return found


def one(desk: FakeDesk, key: TokenKey) -> ExplainedHolding:
    return next(each for each in portfolio(desk).holdings if each.key == key)


@pytest.fixture
def model(desk: FakeDesk) -> HoldingsModel:
    made = HoldingsModel(lambda: Clock(NOW_MS), desk.quote)
    made.set_figures(FIGURES)
    made.set_view(desk.view)
    return made


def cell(model: HoldingsModel, key: TokenKey, column: HoldingColumn) -> Cell:
    found = model.data(model.index_of(key, column), CELL_ROLE)
    assert isinstance(found, Cell)
    return found


def told(model: HoldingsModel, holding: ExplainedHolding, desk: FakeDesk) -> None:
    model.set_explained(replace(portfolio(desk), holdings=(holding,)))


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


# -- cells -------------------------------------------------------------------------------------------------------------


def test_before_the_explanation_they_are_unknown_and_say_so(model: HoldingsModel) -> None:
    for column in EXPLAINED_COLUMNS:
        assert cell(model, BTC3L, column).text == UNKNOWN
        tooltip = model.data(model.index_of(BTC3L, column), Qt.ItemDataRole.ToolTipRole)
        assert tooltip.startswith("Not worked out yet")
        assert model.data(model.index_of(BTC3L, column), EXPORT_ROLE) == ""


def test_they_show_what_the_explanation_says(model: HoldingsModel, desk: FakeDesk) -> None:
    model.set_explained(portfolio(desk))
    texts = [plain(cell(model, BTC3L, column).text) for column in EXPLAINED_COLUMNS]
    assert texts == ["−11.1 % / +21 %", "−266.07", "−150.86", "−13.63"]
    assert [cell(model, BTC3L, column).tone for column in EXPLAINED_COLUMNS[1:]] == [Tone.LOSS] * 3
    exported = [model.data(model.index_of(BTC3L, column), EXPORT_ROLE) for column in EXPLAINED_COLUMNS]
    assert exported[1:] == ["-266.07", "-150.86", "-13.63"]
    assert float(exported[0]) == pytest.approx(-0.1114, abs=1e-3)


def test_the_side_against_the_holder_comes_first(model: HoldingsModel, desk: FakeDesk) -> None:
    model.set_explained(portfolio(desk))
    assert cell(model, BTC3L, C.TO_REBALANCE).text.startswith("−")
    assert cell(model, ETH5S, C.TO_REBALANCE).text.removeprefix("▲ ").startswith("+")


@pytest.mark.parametrize(
    ("move", "sigmas", "near"),
    [(-0.019, 5.0, True), (-0.05, 1.4, True), (-0.05, 1.6, False), (-0.05, None, False), (0.0, 0.0, True)],
)
def test_a_near_rebalance_is_marked_by_word_colour_and_sign(
    model: HoldingsModel, desk: FakeDesk, move: float, sigmas: float | None, near: bool
) -> None:
    holding = one(desk, BTC3L)
    assert holding.rebalance is not None
    assert isinstance(holding.rebalance.lower, TriggerView)
    lower = replace(holding.rebalance.lower, move_ratio=move, sigmas=sigmas)
    told(model, replace(holding, rebalance=replace(holding.rebalance, lower=lower)), desk)
    found = cell(model, BTC3L, C.TO_REBALANCE)
    assert (found.tone is Tone.WARNING) is near
    assert found.text.startswith("▲ ") is near
    note = model.data(model.index_of(BTC3L, C.TO_REBALANCE), Qt.ItemDataRole.ToolTipRole)
    assert ("Near" in note) is near


def test_a_rule_of_the_clock_alone_shows_its_time(model: HoldingsModel, desk: FakeDesk) -> None:
    holding = one(desk, BTC3L)
    assert holding.rebalance is not None
    told(model, replace(holding, rebalance=replace(holding.rebalance, lower=None, upper=None)), desk)
    assert plain(cell(model, BTC3L, C.TO_REBALANCE).text) == "16:00 UTC"


def test_what_cannot_be_told_gives_the_reason(model: HoldingsModel, desk: FakeDesk) -> None:
    told(model, fake_explained.nothing(BTC3L, 1, "There is no BTC history yet."), desk)
    for column in EXPLAINED_COLUMNS:
        assert cell(model, BTC3L, column).text == UNKNOWN
        note = model.data(model.index_of(BTC3L, column), Qt.ItemDataRole.ToolTipRole)
        assert note == "Unknown.\nThere is no BTC history yet."


def test_notes_name_the_parts_and_hide_what_is_hidden(model: HoldingsModel, desk: FakeDesk) -> None:
    model.set_explained(portfolio(desk))
    note = model.data(model.index_of(BTC3L, C.FEES_AND_FUNDING), Qt.ItemDataRole.ToolTipRole)
    assert "Management fee −111.17" in note
    assert "= −150.86 USDT" in note
    model.set_figures(Figures(QLocale("en_US"), hide_amounts=True))
    assert cell(model, BTC3L, C.DECAY).text == DOTS
    assert plain(cell(model, BTC3L, C.TO_REBALANCE).text) == "−11.1 % / +21 %"
    for column in EXPLAINED_COLUMNS:
        note = model.data(model.index_of(BTC3L, column), Qt.ItemDataRole.ToolTipRole)
        assert not any(amount in note for amount in ("266.07", "111.17", "150.86", "13.63"))


def test_only_cells_that_look_different_are_announced(model: HoldingsModel, desk: FakeDesk) -> None:
    model.set_explained(portfolio(desk))
    changed: list[tuple[int, int]] = []
    model.dataChanged.connect(lambda first, last: changed.append((first.column(), last.column())))
    model.set_explained(portfolio(desk))
    assert changed == []
    holding = one(desk, BTC3L)
    assert holding.costs is not None
    others = tuple(each for each in portfolio(desk).holdings if each.key != BTC3L)
    news = replace(holding, costs=replace(holding.costs, per_day=Decimal(99)))
    model.set_explained(replace(portfolio(desk), holdings=(news, *others)))
    assert changed == [(C.COST_PER_DAY, C.COST_PER_DAY)]


def test_prices_that_move_leave_the_explanation_where_it_is(model: HoldingsModel, desk: FakeDesk) -> None:
    model.set_explained(portfolio(desk))
    desk.tick("BTC3L", Decimal("2.5"))
    model.set_view(desk.view)
    assert cell(model, BTC3L, C.DECAY).text == "−266.07"


def test_the_model_keeps_its_promises(model: HoldingsModel, desk: FakeDesk, qtmodeltester: ModelTester) -> None:
    model.set_layout("underlying", show_closed=True)
    qtmodeltester.check(model)  # type: ignore[no-untyped-call]
    model.set_explained(portfolio(desk))
    qtmodeltester.check(model)  # type: ignore[no-untyped-call]
    model.set_explained(None)
    qtmodeltester.check(model)  # type: ignore[no-untyped-call]


# -- table -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def panel(qtbot: QtBot) -> HoldingsPanel:
    made = HoldingsPanel(FakeDesk(settings=Settings(group_by="")))
    qtbot.addWidget(made)
    made.resize(1100, 520)
    made.show()
    return made


def names(panel: HoldingsPanel) -> list[str]:
    return [HOLDING_COLUMNS[column].title for column in panel.table.layout_keeper.shown_columns()]


def order(model: QAbstractItemModel) -> list[str]:
    return [str(model.index(row, 0).data(CELL_ROLE).text) for row in range(model.rowCount())]


def test_the_usual_columns_are_the_ones_that_answer_the_question(panel: HoldingsPanel) -> None:
    usual = "Token Units Price NAV Premium Leverage·in·its·band To·rebalance Value P&L Decay Fees"
    assert names(panel) == [name.replace("·", " ") for name in usual.split()]


def test_fees_and_trading_fees_are_two_columns() -> None:
    titles = {spec.name: spec.title for spec in HOLDING_COLUMNS}
    assert (titles["fees_and_funding"], titles["fees_paid"]) == ("Fees", "Trading fees")
    assert len(set(titles.values())) == len(titles)


def test_where_room_is_short_the_least_important_leave_and_come_back(panel: HoldingsPanel) -> None:
    for width in (900, 700, 560):
        panel.resize(width, 520)
        assert panel.table.header().length() <= panel.table.viewport().width()
        assert {"Token", "To rebalance", "Value", "P&L"} <= set(names(panel))
    assert "Premium" not in names(panel)
    panel.resize(1100, 520)
    assert len(names(panel)) == 11


def test_columns_that_somebody_chose_stay_at_any_width(panel: HoldingsPanel) -> None:
    keeper = panel.table.layout_keeper
    keeper.set_shown(C.COST_PER_DAY, True)
    panel.resize(600, 520)
    assert "Cost/day" in names(panel)
    assert "Premium" in names(panel)
    keeper.reset()
    assert "Premium" not in names(panel)


def test_columns_that_left_for_want_of_room_are_not_remembered_as_hidden(panel: HoldingsPanel, qtbot: QtBot) -> None:
    panel.resize(600, 520)
    state = panel.save_state()
    other = HoldingsPanel(FakeDesk(settings=Settings(group_by="")))
    qtbot.addWidget(other)
    other.resize(1100, 520)
    other.show()
    assert other.restore_state(state)
    assert len(names(other)) == 11


def test_they_can_be_sorted_with_unknown_ones_last(panel: HoldingsPanel) -> None:
    panel.table.sortByColumn(C.TO_REBALANCE, Qt.SortOrder.AscendingOrder)
    assert order(panel.table.order)[:2] == ["ETH5S", "DOGE3S"]
    panel.table.sortByColumn(C.DECAY, Qt.SortOrder.AscendingOrder)
    first = order(panel.table.order)[0]
    money = {each.key.symbol: each.attribution for each in portfolio(FakeDesk()).holdings}
    decays = {
        symbol: next(part.money for part in split.terms if part.term.value == "volatility_decay")
        for symbol, split in money.items()
        if split is not None and symbol != "ADA3L"
    }
    assert first == min(decays, key=lambda symbol: decays[symbol])


def test_later_figures_that_need_more_room_get_it(panel: HoldingsPanel) -> None:
    desk = FakeDesk(settings=Settings(group_by=""))
    holding = one(desk, BTC3L)
    assert holding.attribution is not None
    terms = tuple(replace(part, money=part.money * 1_000_000) for part in holding.attribution.terms)
    news = replace(holding, attribution=replace(holding.attribution, terms=terms))
    panel.resize(1500, 520)
    panel.table.show_explained(replace(portfolio(desk), holdings=(news,)))
    index = panel.table.order.index_of(BTC3L, C.DECAY)
    needed = panel.table.itemDelegate().sizeHint(None, index).width()  # type: ignore[arg-type]
    assert panel.table.header().sectionSize(C.DECAY) >= needed


def test_figures_of_another_portfolio_are_taken_away(qtbot: QtBot) -> None:
    desk = FakeDesk(state=DeskState.STALE)
    made = HoldingsPanel(desk)
    qtbot.addWidget(made)
    desk.explain()
    assert cell(made.table.holdings, BTC3L, C.DECAY).text == "−266.07"
    desk.unexplained = True
    desk.select_portfolio(2)
    assert cell(made.table.holdings, BTC3L, C.DECAY).text == UNKNOWN
