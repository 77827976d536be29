from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from PySide6.QtCore import QLocale, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from levdesk.domain.instruments import TokenKey
from levdesk.services.explained import ExplainedHolding
from levdesk.services.explained_rebalance import RebalanceView, TriggerView
from levdesk.services.explained_split import Term
from levdesk.services.settings import Settings, ThemeChoice
from levdesk.services.views import HoldingView
from levdesk.ui.explain.costs_page import CostsPage
from levdesk.ui.explain.lines import Line, LineList
from levdesk.ui.explain.names import NAMES
from levdesk.ui.explain.outlook_page import NOT_A_FORECAST, OutlookPage
from levdesk.ui.explain.page import ExplainPage, Told
from levdesk.ui.explain.rebalance_lines import band_picture
from levdesk.ui.explain.rebalance_page import FIRST_ROWS, RebalancePage
from levdesk.ui.explain.why_page import WhyPage
from levdesk.ui.format import DOTS, UNKNOWN, Figures
from levdesk.ui.main_window import MainWindow
from tests.ui import fake_explained
from tests.ui.conftest import WindowMaker
from tests.ui.fake_books import DAY_MS, HOUR_MS, NOW_MS
from tests.ui.fake_desk import DeskState, FakeDesk
from tests.ui.test_layout import clipped, overlapping

BTC3L = TokenKey("gate", "BTC3L")
FIGURES = Figures(QLocale("en_US"))
PageMaker = Callable[[], ExplainPage[Any]]
PAGES: tuple[PageMaker, ...] = (WhyPage, RebalancePage, OutlookPage, CostsPage)


def about(symbol: str = "BTC3L") -> tuple[HoldingView, ExplainedHolding]:
    desk = FakeDesk()
    assert desk.view is not None
    holding = next(row for row in desk.view.holdings if row.token.key.symbol == symbol)
    rows = desk.transactions(holding.token.key, 1)
    return holding, fake_explained.explained(holding, rows)


def told(symbol: str = "BTC3L", write: Figures = FIGURES, **changes: object) -> Told:
    holding, explained = about(symbol)
    return Told(
        holding=holding,
        explained=replace(explained, **changes),  # type: ignore[arg-type]
        asked_ms=None,
        write=write,
        now_ms=NOW_MS,
    )


def by_name(lines: LineList) -> dict[str, Line]:
    return {plain(line.name): line for line in lines.lines}


def plain(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u2060", "")


# -- why ---------------------------------------------------------------------------------------------------------------


@pytest.fixture
def why(qtbot: QtBot) -> WhyPage:
    page = WhyPage()
    qtbot.addWidget(page)
    page.resize(520, 800)
    page.show()
    return page


def test_the_table_shows_every_part_as_it_is_and_the_sum(why: WhyPage) -> None:
    news = told()
    why.tell(news)
    split = news.explained.attribution if news.explained else None
    assert split is not None
    assert len(why.terms.lines) == len(Term) + 1
    for line, part in zip(why.terms.lines, split.terms, strict=False):
        assert line.figure == FIGURES.money(part.money, signed=True)
        assert line.remark == FIGURES.ratio(part.ratio, 1, signed=True)
        assert line.kind == ("gain" if part.money > 0 else "loss" if part.money < 0 else "")
    total = why.terms.lines[-1]
    assert total.is_total
    assert total.figure == FIGURES.money(split.total, signed=True)
    assert [bar.end for bar in (why.waterfall.bars[0], why.waterfall.bars[-1])] == [split.paid, split.worth]


def test_parts_are_named_with_what_is_particular_to_the_token(why: WhyPage) -> None:
    why.tell(told())
    names = list(by_name(why.terms))
    assert names[0] == "Leveraged move, 3 × ln(S/S₀)"
    assert "Management fee, 0.1 % a day" in names
    assert "Rebalance cost, 23 rebalances" in names
    assert "Funding, inside the fee" in names
    assert all(line.tooltip for line in why.terms.lines)


def test_compounding_and_decay_are_named_apart(why: WhyPage) -> None:
    news = told()
    why.tell(news)
    lines = by_name(why.plain)
    assert lines["The multiple without rebalancing"].figure == "+1.20\u00a0%"
    assert lines["Compounding gain"].figure.startswith("+")
    assert lines["Volatility decay"].figure.startswith("−")
    assert lines["Daily reset took"].kind == "loss"


def test_a_reset_that_helped_says_so_and_one_without_effect_too(why: WhyPage) -> None:
    split = told().explained.attribution  # type: ignore[union-attr]
    assert split is not None
    why.tell(told(attribution=replace(split, reset_helped_ratio=0.031)))
    assert by_name(why.plain)["Daily reset helped by"].figure == "3.10\u00a0%"
    why.tell(told(attribution=replace(split, reset_helped_ratio=0.0)))
    assert "Daily reset made no difference" in by_name(why.plain)


def test_a_plain_multiple_that_would_have_been_liquidated_is_called_that(why: WhyPage) -> None:
    split = told().explained.attribution  # type: ignore[union-attr]
    assert split is not None
    why.tell(told(attribution=replace(split, plain_ratio=None, reset_helped_ratio=None)))
    assert by_name(why.plain)["The multiple without rebalancing"].figure == "liquidated"
    assert why.plain.lines[-1].figure == UNKNOWN


def test_unknown_performance_is_a_dash_with_a_reason(why: WhyPage) -> None:
    why.tell(told(performance=None))
    lines = by_name(why.results)
    assert lines["Time-weighted return"].figure == UNKNOWN
    assert lines["Money-weighted return, a year"].figure == UNKNOWN
    assert "Undefined" in lines["Money-weighted return, a year"].tooltip
    assert plain(lines["Rebalances"].remark) == "9 seen, 14 rebuilt"


def test_what_is_assumed_is_marked_and_problems_are_quiet_lines(why: WhyPage) -> None:
    why.tell(told())
    assert "assumed" not in why.heading.remark.text()
    assert "candles are missing" in why.notes.text()
    why.tell(told("BTC2L"))
    assert "assumed" in why.heading.remark.text()
    assert not why.notes.isVisible()


def test_hidden_amounts_stay_hidden_everywhere_on_the_page(why: WhyPage) -> None:
    why.tell(told(write=Figures(QLocale("en_US"), hide_amounts=True)))
    spoken = [why.sentence.text(), why.sentence.accessibleName(), why.waterfall.accessibleDescription()]
    spoken += [text for line in why.terms.lines for text in (line.figure, line.tooltip)]
    assert not any(amount in text for text in spoken for amount in ("458.72", "266.07", "3,511", "150.86", "111.17"))
    assert why.terms.lines[2].figure == DOTS
    assert plain(why.terms.lines[2].remark) == "−6.8 %"


# -- rebalance ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def rebalance(qtbot: QtBot) -> RebalancePage:
    page = RebalancePage()
    qtbot.addWidget(page)
    page.resize(520, 800)
    page.show()
    return page


def view_of(symbol: str = "BTC3L") -> RebalanceView:
    view = about(symbol)[1].rebalance
    assert view is not None
    return view


def test_the_gauge_has_both_edges_with_their_prices_the_target_and_now() -> None:
    picture = band_picture(view_of(), "BTC", FIGURES)
    assert picture is not None
    assert (picture.low, picture.high, picture.now, picture.target) == (2.25, 4.125, 3.06, 3.0)
    assert picture.low_lines == ("2.25×", "BTC 110,555")
    assert picture.high_lines == ("4.125×", "BTC 81,074")
    assert (picture.now_text, picture.target_text) == ("3.06× now", "target 3×")


def test_a_short_token_is_measured_by_size_and_written_with_its_sign() -> None:
    picture = band_picture(view_of("ETH5S"), "ETH", FIGURES)
    assert picture is not None
    assert picture.now == pytest.approx(6.62)
    assert picture.now_text == "−6.62× now"
    assert picture.low_lines[0] == "−3.75×"
    assert picture.is_near


def test_leverage_that_is_our_own_estimate_is_marked() -> None:
    picture = band_picture(replace(view_of(), leverage_estimated=True), "BTC", FIGURES)
    assert picture is not None
    assert picture.now_text.endswith("est.")


def test_a_rule_of_the_clock_alone_has_no_gauge(rebalance: RebalancePage) -> None:
    bare = replace(view_of(), band_low=None, band_high=None, lower=None, upper=None)
    rebalance.tell(told(rebalance=bare))
    assert not rebalance.gauge.isVisible()
    assert "no band" in rebalance.no_band.text()
    assert plain(rebalance.lines.lines[0].name) == "Next scheduled check"


def test_one_sided_rules_have_one_side(rebalance: RebalancePage) -> None:
    view = view_of()
    one = replace(view, band_low=None, band_high=None, upper=None)
    picture = band_picture(one, "BTC", FIGURES)
    assert picture is not None
    assert picture.low_lines == ()
    assert picture.high_lines[1] == "BTC 81,074"
    rebalance.tell(told(rebalance=one))
    assert not any("rises" in line.name for line in rebalance.lines.lines)


def test_triggers_say_how_far_how_likely_and_what_they_do(rebalance: RebalancePage) -> None:
    rebalance.tell(told())
    lines = [(plain(line.name), plain(line.figure), plain(line.remark)) for line in rebalance.lines.lines]
    assert lines[0] == ("BTC falls to 81,074", "−11.1 %", "3.3 daily σ")
    assert lines[1] == ("NAV then, −34.1 %", "1.6237", "sells 27 %")
    assert lines[2][0::2] == ("Chance within 24 h", "1 h: < 0.1 %")
    assert lines[3][:2] == ("BTC rises to 110,555", "+21 %")
    assert ("Rebalances if BTC falls 30 % at once", "3", "NAV −74 %") in lines
    assert ("Rebalances since you bought", "23", "cost −35.35") in lines


def test_a_short_token_fears_the_rise_first(rebalance: RebalancePage) -> None:
    rebalance.tell(told("DOGE3S"))
    assert "rises" in rebalance.lines.lines[0].name
    assert any("rises 30" in line.name for line in rebalance.lines.lines)


def test_the_countdown_goes_on_and_the_local_time_is_in_the_tooltip(rebalance: RebalancePage) -> None:
    rebalance.tell(told())
    check = by_name(rebalance.lines)["Next scheduled check"]
    assert (plain(check.figure), plain(check.remark)) == ("16:00 UTC", "in 3 h 57 min")
    assert "2026 16:00:00" in check.tooltip
    rebalance.tick(NOW_MS + 3 * HOUR_MS)
    assert plain(by_name(rebalance.lines)["Next scheduled check"].remark) == "in 57 min 2 s"
    rebalance.tick(NOW_MS + 5 * HOUR_MS)
    assert by_name(rebalance.lines)["Next scheduled check"].remark == "now"


def test_unknown_odds_are_dashes(rebalance: RebalancePage) -> None:
    view = view_of()
    blind = {"sigmas": None, "chance_1h": None, "chance_24h": None, "price": None, "nav": None}
    lower, upper = (replace(side, **blind) for side in (view.lower, view.upper) if isinstance(side, TriggerView))  # type: ignore[arg-type]
    rebalance.tell(told(rebalance=replace(view, lower=lower, upper=upper, chance_24h=None)))
    lines = rebalance.lines.lines
    assert [lines[0].remark, lines[1].figure, lines[2].figure] == [UNKNOWN] * 3
    assert lines[2].remark == f"1 h: {UNKNOWN}"
    assert lines[0].name == "BTC falls"


def test_history_is_short_until_asked_for(rebalance: RebalancePage) -> None:
    rebalance.tell(told())
    assert len(rebalance.history.lines) == FIRST_ROWS
    assert rebalance.history.lines[0].remark == "seen"
    rebalance.more.click()
    assert len(rebalance.history.lines) == 23
    assert rebalance.history.lines[-1].remark == "rebuilt"
    assert not rebalance.more.isVisible()
    rebalance.tell(told("ETH3L"))
    assert len(rebalance.history.lines) == FIRST_ROWS


def test_rule_source_and_doubt_are_said(rebalance: RebalancePage) -> None:
    rebalance.tell(told("BTC2L"))
    assert rebalance.rule.text().startswith("Rule: Back to 2×")
    assert "Gate help page" in rebalance.rule.text()
    assert "assumed" in rebalance.rule.text()
    assert rebalance.heading.remark.text() == "assumed"


# -- costs -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def costs(qtbot: QtBot) -> CostsPage:
    page = CostsPage()
    qtbot.addWidget(page)
    page.show()
    return page


def test_costs_are_what_they_do_to_your_money(costs: CostsPage) -> None:
    news = told("BTC2L")
    costs.tell(news)
    view = news.explained.costs if news.explained else None
    assert view is not None
    assert view.paid is not None
    assert by_name(costs.paid)["Fees and funding"].figure == FIGURES.money(-view.paid, signed=True)
    funding = by_name(costs.daily)["Funding"]
    assert funding.kind == "gain"
    assert funding.figure.startswith("+")
    assert plain(funding.remark) == "−0.0060 % per 8 h"
    parts = [view.per_day_fee, view.per_day_funding, view.per_day_decay]
    assert view.per_day == sum((part for part in parts if part is not None), Decimal(0))


def test_the_door_that_pays_more_says_by_how_much_and_gives_no_advice(costs: CostsPage) -> None:
    news = told()
    costs.tell(news)
    lines = by_name(costs.leave)
    view = news.explained.costs if news.explained else None
    assert view is not None
    assert view.sell_money is not None
    assert view.redeem_money is not None
    gap = FIGURES.money(abs(view.sell_money - view.redeem_money), signed=True)
    assert lines["Redeeming at NAV"].remark == f"{gap} more"
    assert lines["Selling at market"].remark == ""
    words = " ".join(line.name + line.remark + line.tooltip for line in costs.leave.lines).lower()
    assert not any(word in words for word in ("should", "better", "recommend", "advise"))


def test_what_cannot_be_told_of_costs_is_a_dash_with_the_reason(costs: CostsPage) -> None:
    view = about()[1].costs
    assert view is not None
    gone = replace(
        view, paid=None, paid_management=None, paid_funding=None, paid_rebalance=None, per_day=None,
        breakeven_move_ratio=None, half_life_days=None, redeem_money=None, better="",
    )  # fmt: skip
    costs.tell(told(costs=gone))
    for lines, name in ((costs.paid, "Fees and funding"), (costs.daily, "A day"), (costs.leave, "Redeeming at NAV")):
        assert by_name(lines)[name].figure == UNKNOWN
        assert by_name(lines)[name].tooltip.startswith("Unknown")
    assert [line.figure for line in costs.even.lines] == [UNKNOWN, UNKNOWN]


def test_fees_in_force_are_shown_with_their_source(costs: CostsPage) -> None:
    costs.tell(told())
    assert plain(by_name(costs.fees)["Management fee a day"].figure) == "0.1 %"
    assert by_name(costs.fees)["Redeeming"].figure == UNKNOWN
    assert "assumed" in costs.source.text()


# -- outlook -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def outlook(qtbot: QtBot) -> OutlookPage:
    page = OutlookPage()
    qtbot.addWidget(page)
    page.show()
    return page


def test_median_and_mean_are_named_and_stand_beside_the_formula(outlook: OutlookPage) -> None:
    news = told()
    outlook.tell(news)
    view = news.explained.outlook if news.explained else None
    assert view is not None
    lines = outlook.odds.lines
    assert lines[0].figure == FIGURES.chance(view.loss_probability)
    assert lines[0].remark == FIGURES.chance(view.closed_loss_probability)
    assert lines[2].name.startswith("Median")
    assert lines[2].figure == FIGURES.ratio(view.median_ratio, 1, signed=True)
    assert lines[3].name.startswith("Mean")
    assert lines[3].remark == FIGURES.ratio(view.closed_mean_ratio, 1, signed=True)
    assert outlook.remark.text() == NOT_A_FORECAST
    assert all("seed 1" in plain(line.tooltip) for line in lines[:4])


def test_the_legend_follows_the_crosshair(outlook: OutlookPage) -> None:
    outlook.tell(told())
    assert "on day 30:" in outlook.legend.text()
    outlook.chart.setFocus()
    QTest.keyClick(outlook.chart, Qt.Key.Key_PageUp)
    assert "on day 23:" in outlook.legend.text()


def test_without_a_formula_the_simulation_stands_alone(outlook: OutlookPage) -> None:
    view = about()[1].outlook
    assert view is not None
    outlook.tell(told(outlook=replace(view, closed_loss_probability=None, closed_median_ratio=None)))
    assert outlook.odds.lines[0].remark == ""


# -- states ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", PAGES)
def test_every_page_has_its_empty_loading_slow_failed_and_stale_state(qtbot: QtBot, make: PageMaker) -> None:
    page = make()
    qtbot.addWidget(page)
    page.show()
    full = told()
    nothing = fake_explained.nothing(BTC3L, 1, "There is no history of BTC yet.")
    page.tell(replace(full, holding=None))
    assert page.message.startswith("Choose a token")
    page.tell(replace(full, explained=None, asked_ms=NOW_MS))
    assert "BTC3L" in page.message
    assert page.message.endswith("…")
    page.tick(NOW_MS + 30_000)
    assert "longer than usual" in page.message
    page.tell(replace(full, explained=nothing))
    assert page.message == "There is no history of BTC yet."
    with qtbot.waitSignal(page.refresh_wanted):
        page._retry.click()
    page.tell(replace(full, explained=replace(nothing, problems=())))
    assert page.message
    page.tell(full)
    assert page.message == ""
    assert page.freshness.text() == "Worked out now."
    page.tick(NOW_MS + DAY_MS)
    assert page.freshness.text().startswith("Last known, worked out")
    assert page.freshness.property("kind") == "warning"


@pytest.mark.parametrize("make", PAGES)
def test_news_of_the_same_token_move_nothing(qtbot: QtBot, make: PageMaker) -> None:
    page = make()
    qtbot.addWidget(page)
    page.resize(360, 300)
    page.show()
    page.tell(told())
    QApplication.processEvents()
    bar = page.scroller.verticalScrollBar()
    assert bar.maximum() > 0
    bar.setValue(bar.maximum() // 2)
    place = bar.value()
    page.tell(told(as_of_ms=NOW_MS + 1000))
    QApplication.processEvents()
    assert bar.value() == place
    page.tell(told("ETH3L"))
    assert bar.value() == 0


# -- in the window -----------------------------------------------------------------------------------------------------


def test_pages_are_made_when_they_are_opened_and_only_then_is_anything_asked(
    window: MainWindow, desk: FakeDesk
) -> None:
    assert [window.inspector.book.page(name) for name in NAMES] == [None] * 4
    assert "request_explained" not in [name for name, _ in desk.calls]
    window.actions_["open_why"].trigger()
    page = window.inspector.book.page("Why")
    assert window.inspector.pages.currentWidget() is page
    assert desk.calls[-1] == ("request_explained", (BTC3L, 1, None))
    window.actions_["open_costs"].trigger()
    assert [name for name, _ in desk.calls].count("request_explained") == 1


def test_shortcuts_run_along_the_tabs(window: MainWindow) -> None:
    names = ("overview", "why", "rebalance", "outlook", "costs", "transactions")
    shortcuts = [window.actions_[f"open_{name}"].shortcut().toString() for name in names]
    assert shortcuts == [f"Alt+{number}" for number in range(1, 7)]
    for number, name in enumerate(names):
        window.actions_[f"open_{name}"].trigger()
        assert window.inspector.tabs.currentIndex() == number


def test_tabs_have_room_for_their_words_at_any_width(window: MainWindow) -> None:
    tabs = window.inspector.tabs
    for width in (1024, 2560, 1200, 1600, 1300):
        window.resize(width, 900)
        QApplication.processEvents()
        rects = [tabs.tabRect(index) for index in range(tabs.count())]
        assert sum(rect.width() for rect in rects) <= tabs.width()
        for index, rect in enumerate(rects):
            assert rect.width() >= tabs.fontMetrics().horizontalAdvance(tabs.tabText(index)), (width, index)
        assert tabs.accessibleTabName(5) == "Transactions"


def test_another_token_is_asked_about_and_shown(window: MainWindow, desk: FakeDesk) -> None:
    window.inspector.open_page("Why")
    page = window.inspector.book.page("Why")
    assert isinstance(page, WhyPage)
    before = page.sentence.plain
    window.panel.select(TokenKey("gate", "ETH3L"))
    assert ("request_explained", (TokenKey("gate", "ETH3L"), 1, None)) in desk.calls
    assert page.sentence.plain != before
    assert "ETH3L" in page.sentence.plain


def test_an_answer_about_another_token_is_ignored(open_window: WindowMaker) -> None:
    desk = FakeDesk(hold=True)
    window = open_window(desk)
    window.inspector.open_page("Why")
    page = window.inspector.book.page("Why")
    assert page is not None
    assert "BTC3L" in page.message
    desk.signals.explained_ready.emit(about("ETH3L")[1])
    assert page.message
    desk.release()
    assert page.message == ""


def test_what_the_portfolio_already_knows_is_shown_at_once(open_window: WindowMaker) -> None:
    desk = FakeDesk(hold=True)
    desk.unexplained = False
    window = open_window(desk)
    window.inspector.open_page("Why")
    page = window.inspector.book.page("Why")
    assert page is not None
    assert page.message == ""


def test_the_form_asks_again_once_its_fields_come_to_rest(window: MainWindow, desk: FakeDesk, qtbot: QtBot) -> None:
    window.inspector.open_page("Outlook")
    page = window.inspector.book.page("Outlook")
    assert isinstance(page, OutlookPage)
    form = page.form
    for days in (31, 45, 60):
        form.horizon.setValue(days)
    assert desk.calls[-1][1][2] is None
    with qtbot.waitSignal(form.assumed) as sent:
        pass
    wanted = sent.args[0] if sent.args else None
    assert wanted is not None
    assert wanted.horizon_days == 60
    assert wanted.volatility_per_day is None, "what nobody touched is still measured"
    assert desk.calls[-1] == ("request_explained", (BTC3L, 1, wanted))
    assert page.chart.fan is not None
    assert page.chart.fan.days[-1] == 60.0
    form.reset_button.click()
    assert desk.calls[-1] == ("request_explained", (BTC3L, 1, None))
    assert form.horizon.value() == 30


def test_presets_are_assumptions_that_can_be_read_in_the_form(window: MainWindow, desk: FakeDesk) -> None:
    window.inspector.open_page("Outlook")
    page = window.inspector.book.page("Outlook")
    assert isinstance(page, OutlookPage)
    form = page.form
    form.trend()
    assert form.wanted.source == "lognormal"
    assert form.wanted.drift_per_day > 0
    assert form.drift.value() == pytest.approx(100 * form.wanted.drift_per_day)
    form.chop()
    assert (form.wanted.source, form.wanted.drift_per_day) == ("lognormal", 0.0)
    form.replay()
    assert form.source.currentData() == "bootstrap"
    window.panel.select(TokenKey("mexc", "DOGE3S"))
    form.trend()
    assert form.wanted.drift_per_day < 0, "a short token is favoured by a falling price"


def test_a_volatility_of_ones_own_is_assumed(window: MainWindow, desk: FakeDesk, qtbot: QtBot) -> None:
    window.inspector.open_page("Outlook")
    page = window.inspector.book.page("Outlook")
    assert isinstance(page, OutlookPage)
    page.form.volatility.setValue(8.0)
    with qtbot.waitSignal(page.form.assumed):
        pass
    assert page.form.wanted.volatility_per_day == 0.08
    assert page.form.wanted.fee_per_day_ratio is None
    window.panel.select(TokenKey("gate", "ETH3L"))
    assert page.form.wanted.volatility_per_day is None, "another token has a volatility of its own"


@pytest.mark.parametrize("choice", [ThemeChoice.LIGHT, ThemeChoice.DARK])
@pytest.mark.parametrize("size", [(1024, 700), (1600, 1000)])
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("symbol", ["BTC3L", "ETH5S"])
def test_no_word_of_a_page_is_cut(
    open_window: WindowMaker, choice: ThemeChoice, size: tuple[int, int], name: str, symbol: str
) -> None:
    window = open_window(FakeDesk(settings=Settings(theme=choice)), size=size)
    window.panel.select(TokenKey("gate", symbol))
    window.inspector.open_page(name)
    for _ in range(10):
        QApplication.processEvents()
    tabs = window.inspector.tabs
    assert sum(tabs.tabRect(index).width() for index in range(tabs.count())) <= tabs.width()
    for index in range(tabs.count()):
        assert tabs.tabRect(index).width() >= tabs.fontMetrics().horizontalAdvance(tabs.tabText(index))
    page = window.inspector.book.page(name)
    assert page is not None
    assert page.body.width() <= page.scroller.viewport().width()
    assert clipped(window) == []
    assert overlapping(window) == []


def test_a_page_that_cannot_be_told_says_why(open_window: WindowMaker) -> None:
    window = open_window(FakeDesk(state=DeskState.FAILED))
    window.inspector.open_page("Why")
    page = window.inspector.book.page("Why")
    assert page is not None
    assert page.message == "There is no history of its underlying yet. Press F5."


def test_hiding_amounts_reaches_an_open_page(window: MainWindow, desk: FakeDesk) -> None:
    window.inspector.open_page("Costs")
    page = window.inspector.book.page("Costs")
    assert isinstance(page, CostsPage)
    desk.change_settings(Settings(hide_amounts=True))
    assert page.paid.lines[0].figure == DOTS
    assert not any(mark in page.summary.text() for mark in ("408.90", "13.63"))
