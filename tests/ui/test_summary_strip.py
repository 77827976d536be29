from __future__ import annotations

from decimal import Decimal

import pytest
from PySide6.QtCore import QLocale, QVariantAnimation
from pytestqt.qtbot import QtBot

from levdesk.ui import labels
from levdesk.ui.format import DOTS, MINUS, UNKNOWN, Figures
from levdesk.ui.labels import FigureLabel
from levdesk.ui.summary_strip import SummaryStrip
from tests.ui.fake_books import NOW_MS
from tests.ui.fake_desk import DeskState, FakeDesk

FIGURES = Figures(QLocale("en_US"))


@pytest.fixture
def strip(qtbot: QtBot) -> SummaryStrip:
    made = SummaryStrip(FIGURES)
    qtbot.addWidget(made)
    return made


def texts(strip: SummaryStrip) -> dict[str, tuple[str, str]]:
    return {cell.title.text(): (cell.figure.text(), cell.note.text().replace("\u00a0", " ")) for cell in strip.cells()}


def test_it_shows_the_totals_of_the_view(strip: SummaryStrip, desk: FakeDesk) -> None:
    strip.show_view(desk.view, NOW_MS)
    strip.show_explained(desk.explained)
    assert desk.explained is not None
    assert desk.explained.decay == Decimal("-1252.55")
    assert texts(strip) == {
        "Value, USDT": ("12,986.10", f"▼ 233.75 ({MINUS}1.77 %) today"),
        "Profit and loss": (f"{MINUS}1,331.53", f"realised {MINUS}550.23"),
        "Lost to decay": (f"{MINUS}1,252.55", "since first purchase"),
        "Fees and funding": (f"{MINUS}598.30", "paid so far"),
        "Holding costs, a day": (f"{MINUS}127.69", "at today's rates"),
        "Net exposure": ("1.49×", "19,350.97 long"),
        "Prices": ("● live", "oldest 38 s ago"),
    }


def test_what_is_not_worked_out_is_unknown_and_says_so(strip: SummaryStrip, desk: FakeDesk) -> None:
    strip.show_view(desk.view, NOW_MS)
    for cell in (strip.decay, strip.fees, strip.daily):
        assert cell.figure.text() == UNKNOWN
        assert "history is still being read" in cell.toolTip()


def test_sums_over_some_of_the_holdings_say_how_many(strip: SummaryStrip) -> None:
    desk = FakeDesk(state=DeskState.PARTIAL)
    desk.unexplained = False
    strip.show_view(desk.view, NOW_MS)
    strip.show_explained(desk.explained)
    assert strip.decay.note.text() == "7 of 9 explained"
    assert strip.decay.note.property("kind") == "warning"
    assert strip.decay.toolTip().startswith("Not complete")


def test_the_cost_of_what_is_held_is_in_the_tooltip_of_the_result(strip: SummaryStrip, desk: FakeDesk) -> None:
    strip.show_view(desk.view, NOW_MS)
    assert "13,767.40" in strip.profit.toolTip()


def test_the_age_of_prices_gives_way_where_room_is_short(strip: SummaryStrip, desk: FakeDesk) -> None:
    strip.show_view(desk.view, NOW_MS)
    strip.show()
    for width, shown in ((1600, True), (1024, False)):
        strip.resize(width, 90)
        assert strip.state.isVisible() is shown


def test_before_the_first_view_everything_is_unknown(strip: SummaryStrip) -> None:
    strip.show_view(None, NOW_MS)
    assert {cell.figure.text() for cell in strip.cells()} == {UNKNOWN}


def test_a_partial_total_says_what_is_missing(strip: SummaryStrip) -> None:
    strip.show_view(FakeDesk(state=DeskState.PARTIAL).view, NOW_MS)
    assert strip.value.note.text() == "2 of 8 without a price"
    assert strip.value.toolTip().startswith("Not complete")
    assert strip.profit.toolTip().startswith("Not complete")


def test_without_any_price_the_value_is_unknown_and_not_zero(strip: SummaryStrip, desk: FakeDesk) -> None:
    desk._quotes.clear()
    strip.show_view(desk.view, NOW_MS)
    assert strip.value.figure.text() == UNKNOWN
    assert strip.exposure.figure.text() == UNKNOWN
    assert strip.state.figure.text() == "● no prices"


def test_figures_change_colour_with_their_sign_and_carry_it_too(strip: SummaryStrip, desk: FakeDesk) -> None:
    view = desk.view
    assert view is not None
    for pnl, kind in ((Decimal(5), "gain"), (Decimal(-5), "loss"), (Decimal(0), "")):
        totals = view.totals._replace(unrealised_pnl=pnl, realised_pnl=Decimal(0))
        strip.show_view(view._replace(totals=totals), NOW_MS)
        assert strip.profit.figure.property("kind") == kind


def test_age_grows_and_turns_stale(strip: SummaryStrip, desk: FakeDesk) -> None:
    strip.show_view(desk.view, NOW_MS)
    strip.tick(NOW_MS + 10 * 60_000)
    assert texts(strip)["Prices"] == ("● stale", "oldest 10 min ago")


def test_a_slow_poll_is_not_stale_before_it_missed_some(strip: SummaryStrip, desk: FakeDesk) -> None:
    strip.set_figures(FIGURES, 600.0)
    strip.show_view(desk.view, NOW_MS)
    strip.tick(NOW_MS + 20 * 60_000)
    assert strip.state.figure.text() == "● live"


def test_offline_is_said_in_words(qtbot: QtBot) -> None:
    strip = SummaryStrip(FIGURES, is_offline=True)
    qtbot.addWidget(strip)
    strip.show_view(FakeDesk(offline=True).view, NOW_MS)
    assert texts(strip)["Prices"] == ("● offline", "oldest 3 h ago")


def test_hidden_amounts_leave_ratios(strip: SummaryStrip, desk: FakeDesk) -> None:
    strip.set_figures(Figures(QLocale("en_US"), hide_amounts=True), 5.0)
    strip.show_view(desk.view, NOW_MS)
    assert strip.value.figure.text() == DOTS
    assert strip.exposure.figure.text() == "1.49×"
    assert not any("12,986" in cell.toolTip() for cell in strip.cells())


def test_every_cell_explains_itself_and_speaks(strip: SummaryStrip, desk: FakeDesk) -> None:
    strip.show_view(desk.view, NOW_MS)
    for cell in strip.cells():
        assert "2026" in cell.toolTip(), cell.title.text()
        assert cell.accessibleName().startswith(cell.title.text())
        assert cell.figure.text() in cell.accessibleName()


def test_a_changed_figure_fades_where_motion_is_wanted(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(labels, "motion_allowed", lambda: True)
    figure = shown_figure(qtbot)
    figure.show_figure("1")
    assert figure.findChildren(QVariantAnimation) == [], "the first figure just appears"
    figure.show_figure("2")
    assert figure._fade is not None
    with qtbot.waitSignal(figure._fade.finished):
        figure.grab()
    assert figure._share == 1.0


def test_nothing_moves_where_motion_is_not_wanted(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(labels, "motion_allowed", lambda: False)
    figure = shown_figure(qtbot)
    figure.show_figure("1")
    figure.show_figure("2")
    assert figure._fade is None


def shown_figure(qtbot: QtBot) -> FigureLabel:
    figure = FigureLabel()
    qtbot.addWidget(figure)
    figure.show()
    return figure
