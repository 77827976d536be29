from __future__ import annotations

from decimal import Decimal

from PySide6.QtCore import QLocale

from levdesk.domain.instruments import TokenKey
from levdesk.domain.market import NavSource, QuoteSource
from levdesk.services.settings import Settings
from levdesk.services.views import HoldingView
from levdesk.ui.facts import Fact, FactList
from levdesk.ui.format import DOTS, MINUS, UNKNOWN, Figures
from levdesk.ui.holding_facts import holding_facts
from levdesk.ui.main_window import MainWindow
from tests.ui.conftest import WindowMaker
from tests.ui.fake_books import DAY_MS, NOW_MS
from tests.ui.fake_desk import DeskState, FakeDesk

BTC3L = TokenKey("gate", "BTC3L")
FIGURES = Figures(QLocale("en_US"))


def holding(symbol: str = "BTC3L", state: DeskState = DeskState.LIVELY) -> HoldingView:
    view = FakeDesk(state=state).view
    assert view is not None
    return next(row for row in view.holdings if row.token.key.symbol == symbol)


def facts(row: HoldingView) -> dict[str, Fact]:
    return {fact.name: fact for fact in holding_facts(row, FIGURES, NOW_MS)}


def shown_facts(window: MainWindow) -> tuple[Fact, ...]:
    assert window.inspector.overview is not None
    return window.inspector.overview.facts.facts


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


def test_the_header_says_what_it_is_since_when_and_how_fresh(window: MainWindow) -> None:
    window.panel.select(BTC3L)
    header = window.inspector.header
    assert header.symbol.text() == "BTC3L"
    assert plain(header.about.text()) == "Gate · 3× long BTC · held 41 days"
    assert plain(header.figures.text()) == f"NAV 2.4632 (Gate, 4 s ago) · price 2.4614 · premium {MINUS}0.07 %"


def test_ages_in_the_header_grow(window: MainWindow, desk: FakeDesk) -> None:
    window.panel.select(BTC3L)
    desk.clock_ms += 56_000
    window.inspector.tick()
    assert "1 min ago" in plain(window.inspector.header.figures.text())


def test_facts_carry_figure_source_and_age() -> None:
    shown = facts(holding())
    assert [shown[name].figure for name in ("Market price", "NAV", "Units", "Value")] == [
        "2.4614",
        "2.4632",
        "1,240",
        "3,052.14",
    ]
    assert shown["Unrealised"].figure == f"{MINUS}427.06"
    assert shown["Unrealised"].kind == "loss"
    assert shown["Effective leverage"].remark == "band 2.25–4.125"
    for name in ("Market price", "NAV", "Premium", "Effective leverage"):
        assert "2026" in shown[name].tooltip, name
        assert "4 s ago" in plain(shown[name].tooltip), name
    assert all(fact.tooltip for fact in shown.values())


def test_estimates_assumptions_and_figures_by_hand_are_marked() -> None:
    estimated = facts(holding("BTC2L"))
    assert estimated["NAV"].remark.startswith("est. ")
    assert estimated["Effective leverage"].remark.endswith(" assumed")
    by_hand = holding()._replace(nav_source=NavSource.MANUAL, market_price_source=QuoteSource.MANUAL)
    assert facts(by_hand)["NAV"].remark.startswith("by hand ")
    assert "set by hand" in facts(by_hand)["Market price"].tooltip


def test_unknown_is_a_dash_with_the_reason() -> None:
    shown = facts(holding("SOL3L", DeskState.PARTIAL))
    for name in ("Market price", "NAV", "Premium", "Effective leverage", "Value", "Unrealised"):
        assert shown[name].figure == UNKNOWN, name
    assert "Not known yet." in shown["NAV"].tooltip


def test_hidden_amounts_are_hidden_in_tooltips_too(window: MainWindow, desk: FakeDesk) -> None:
    window.panel.select(BTC3L)
    desk.change_settings(Settings(hide_amounts=True))
    shown = {fact.name: fact for fact in shown_facts(window)}
    assert shown["Value"].figure == shown["Units"].figure == DOTS
    assert not any(amount in fact.tooltip for fact in shown.values() for amount in ("3,052", "1,240", "427.06"))


def test_a_holding_bought_today_and_a_closed_one() -> None:
    from levdesk.ui.inspector_header import InspectorHeader

    header = InspectorHeader()
    header.tell(holding()._replace(first_bought_ms=NOW_MS - 1_000), FIGURES, NOW_MS)
    assert header.about.text().endswith("bought today")
    header.tell(holding()._replace(first_bought_ms=NOW_MS - DAY_MS), FIGURES, NOW_MS)
    assert header.about.text().endswith("held 1 day")
    header.tell(holding()._replace(first_bought_ms=None, quantity=Decimal(0)), FIGURES, NOW_MS)
    assert header.about.text().endswith("closed")
    header.tell(None, FIGURES, NOW_MS)
    assert "Choose a row" in header.figures.text()


def test_a_holding_that_disappears_leaves_an_inspector_that_says_so(window: MainWindow, desk: FakeDesk) -> None:
    window.panel.select(BTC3L)
    desk.select_portfolio(2)
    assert {fact.name: fact.figure for fact in shown_facts(window)}["Units"] == "100"
    desk.remove([row.id for row in desk.transactions(BTC3L, 2)])
    assert window.inspector.header.symbol.text() == "No token chosen"


def test_pages_are_reached_by_keys(window: MainWindow) -> None:
    inspector = window.inspector
    window.actions_["open_transactions"].trigger()
    assert inspector.pages.currentWidget() is inspector.transactions
    window.actions_["open_overview"].trigger()
    assert inspector.pages.currentWidget() is inspector.overview


def test_the_header_takes_the_height_its_words_need(open_window: WindowMaker) -> None:
    window = open_window(FakeDesk(), size=(1024, 700))
    header = window.inspector.header
    layout = header.layout()
    assert layout is not None
    assert header.height() >= layout.totalHeightForWidth(header.width())


def test_a_list_of_facts_can_grow_and_shrink() -> None:
    listing = FactList()
    two = (Fact(name="a", figure="1"), Fact(name="b", figure="2"))
    listing.show_facts(two)
    listing.show_facts(two[:1])
    assert [row[0].isHidden() for row in listing._rows] == [False, True]
    listing.show_facts(two)
    assert [row[0].isHidden() for row in listing._rows] == [False, False]
    assert listing._rows[1][1].accessibleName() == "b: 2"
