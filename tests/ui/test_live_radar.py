"""The distance to a rebalance follows each quote, in table, tooltip and page; an estimate says its error."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from PySide6.QtCore import QLocale, Qt
from pytestqt.modeltest import ModelTester

from levdesk.domain.instruments import TokenKey
from levdesk.domain.market import TokenQuote
from levdesk.ui.explain.rebalance_page import RebalancePage
from levdesk.ui.format import Figures
from levdesk.ui.holding_facts import Behind, holding_facts
from levdesk.ui.main_window import MainWindow
from levdesk.ui.models.cells import Cell
from levdesk.ui.models.columns import CELL_ROLE, EXPORT_ROLE, HoldingColumn
from levdesk.ui.models.freshness import Clock
from levdesk.ui.models.holdings_model import HoldingsModel
from tests.ui.fake_books import NOW_MS
from tests.ui.fake_desk import FakeDesk

BTC3L, BTC2L, ETH5S = TokenKey("gate", "BTC3L"), TokenKey("pionex", "BTC2L"), TokenKey("gate", "ETH5S")
COLUMN = HoldingColumn.TO_REBALANCE
FIGURES = Figures(QLocale("en_US"))


@pytest.fixture
def model(desk: FakeDesk) -> HoldingsModel:
    made = HoldingsModel(lambda: Clock(NOW_MS), desk.quote, gap_of=desk.nav_gap_ratio)
    made.set_figures(FIGURES)
    made.set_view(desk.view)
    return made


def quote_of(desk: FakeDesk, key: TokenKey) -> TokenQuote:
    found = desk.quote(key)
    assert found is not None
    return found


def lever(desk: FakeDesk, key: TokenKey, leverage: str) -> None:
    desk._quotes[key] = replace(quote_of(desk, key), effective_leverage=Decimal(leverage))


def text(model: HoldingsModel, key: TokenKey) -> str:
    cell = model.data(model.index_of(key, COLUMN), CELL_ROLE)
    assert isinstance(cell, Cell)
    return cell.text.replace("\u00a0", " ")


def tooltip(model: HoldingsModel, key: TokenKey, column: HoldingColumn = COLUMN) -> str:
    return str(model.data(model.index_of(key, column), Qt.ItemDataRole.ToolTipRole)).replace("\u00a0", " ")


def test_it_is_told_without_any_explanation_once_somebody_follows(model: HoldingsModel, desk: FakeDesk) -> None:
    assert text(model, BTC3L) == "—"
    model.follow_ticks()
    assert text(model, BTC3L) == "−11.1 % / +21 %"
    assert text(model, ETH5S).removeprefix("▲ ").startswith("+")


def test_it_moves_with_the_next_quote_and_only_its_own_cell_is_announced(model: HoldingsModel, desk: FakeDesk) -> None:
    model.follow_ticks()
    changed: list[tuple[int, int]] = []
    model.dataChanged.connect(lambda first, last: changed.append((first.column(), last.column())))
    model.follow_ticks()
    assert changed == []
    lever(desk, BTC3L, "4.0")
    model.follow_ticks([BTC3L])
    assert text(model, BTC3L) == "▲ −1.0 % / +35 %"
    assert changed == [(COLUMN, COLUMN)]
    assert float(model.data(model.index_of(BTC3L, COLUMN), EXPORT_ROLE)) == pytest.approx(-0.01, abs=2e-4)


def test_rows_out_of_sight_wait_for_the_next_second(model: HoldingsModel, desk: FakeDesk) -> None:
    model.follow_ticks()
    before = text(model, BTC3L)
    lever(desk, BTC3L, "4.0")
    model.follow_ticks([ETH5S])
    assert text(model, BTC3L) == before
    model.refresh_ages()
    assert text(model, BTC3L).startswith("▲ −1.0 %")


def test_what_the_last_quote_says_stands_above_an_older_explanation(model: HoldingsModel, desk: FakeDesk) -> None:
    model.follow_ticks()
    explained = desk.explained
    lever(desk, BTC3L, "4.0")
    model.set_explained(explained)
    assert text(model, BTC3L).startswith("▲ −1.0 %")
    assert text(model, ETH5S) != "—"


def test_the_tooltip_tells_odds_source_and_age_of_the_same_moment(model: HoldingsModel, desk: FakeDesk) -> None:
    model.follow_ticks()
    assert "BTC falls 11.1 % to" in tooltip(model, BTC3L)
    assert "σ" not in tooltip(model, BTC3L)
    assert "Counted from BTC 91,235 · Gate BTC_USDT · 4 s ago" in tooltip(model, BTC3L)
    model.set_explained(desk.explained)
    lever(desk, BTC3L, "4.0")
    model.follow_ticks()
    found = tooltip(model, BTC3L)
    assert "Near" in found
    assert "BTC falls 1.0 % to 90,322" in found
    assert "σ; within 24 h" in found


def test_an_unknown_leverage_leaves_what_was_explained(model: HoldingsModel, desk: FakeDesk) -> None:
    model.set_explained(desk.explained)
    before = text(model, BTC3L)
    desk._quotes[BTC3L] = replace(quote_of(desk, BTC3L), effective_leverage=None, rebalance_nav=None)
    model.follow_ticks()
    assert text(model, BTC3L) == before


def test_a_corrected_rule_counts_at_once(model: HoldingsModel, desk: FakeDesk) -> None:
    model.follow_ticks()
    token = next(token for token in desk.catalogue() if token.key == BTC3L)
    desk.define_token(token._replace(rules=(replace(token.rules[0], band_high=Decimal("3.1")),)))
    model.set_view(desk.view)
    desk._quotes[BTC3L] = replace(quote_of(desk, BTC3L))
    model.follow_ticks()
    assert text(model, BTC3L).startswith("▲ −0.6 %")


def test_it_stays_a_sound_model(model: HoldingsModel, qtmodeltester: ModelTester) -> None:
    model.set_layout("underlying", show_closed=True)
    model.follow_ticks()
    qtmodeltester.check(model)  # type: ignore[no-untyped-call]


# -- the page ----------------------------------------------------------------------------------------------------------


def test_the_rebalance_page_follows_each_quote(window: MainWindow, desk: FakeDesk) -> None:
    window.panel.select(BTC3L)
    window.inspector.open_page("Rebalance")
    page = window.inspector.book.page("Rebalance")
    assert isinstance(page, RebalancePage)
    names = [line.name for line in page.lines.lines]
    assert any(name.startswith("BTC now, Gate BTC_USDT") for name in names)
    lever(desk, BTC3L, "4.0")
    desk.publish()
    first = page.lines.lines[0]
    assert first.figure.replace("\u00a0", " ") == "−1.0 %"
    assert page.gauge.picture is not None
    assert page.gauge.picture.now == pytest.approx(4.0)


def test_an_estimate_says_how_good_it_was(window: MainWindow) -> None:
    window.panel.select(BTC2L)
    window.inspector.open_page("Rebalance")
    page = window.inspector.book.page("Rebalance")
    assert isinstance(page, RebalancePage)
    names = [line.name.replace("\u00a0", " ") for line in page.lines.lines]
    assert "NAV est., was 0.04 % off at the venue's last figure" in names


def test_the_nav_cell_and_the_overview_say_it_too(model: HoldingsModel, desk: FakeDesk) -> None:
    assert "est., was 0.04 % off at the venue's last figure" in tooltip(model, BTC2L, HoldingColumn.NAV)
    assert "off" not in tooltip(model, BTC3L, HoldingColumn.NAV)
    view = desk.view
    assert view is not None
    holding = next(row for row in view.holdings if row.token.key == BTC2L)
    behind = Behind(quote=desk.quote(BTC2L), gap_ratio=0.0004)
    nav = next(fact for fact in holding_facts(holding, FIGURES, NOW_MS, behind) if fact.name == "NAV")
    assert nav.remark.replace("\u00a0", " ") == "est., was 0.04 % off"
    assert "from BTC 91,235 · Pionex BTC_USDT" in nav.tooltip
    never = next(fact for fact in holding_facts(holding, FIGURES, NOW_MS) if fact.name == "NAV")
    assert "off" not in never.remark + never.tooltip
