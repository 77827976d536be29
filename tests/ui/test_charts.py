from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from levdesk.domain.instruments import TokenKey
from levdesk.services.charts import ChartMarker, ChartRange, MarkerKind, OverviewSeries, ValueSeries
from levdesk.services.explained_taken import with_taken
from levdesk.services.settings import Settings, ThemeChoice
from levdesk.ui import theme
from levdesk.ui.charts import style
from levdesk.ui.charts.chart_menu import ChartMenu, as_csv
from levdesk.ui.charts.overview_chart import OverviewChart
from levdesk.ui.charts.overview_plot import OverviewPlot
from levdesk.ui.charts.thin_line import ThinLine
from levdesk.ui.charts.time_chart import nearest
from levdesk.ui.charts.value_chart import REFRESH_MS, ValueChart, taken_words
from levdesk.ui.charts.value_plot import ValuePlot
from levdesk.ui.format import DOTS, Figures
from tests.ui.fake_desk import DeskState, FakeDesk

BTC3L = TokenKey("gate", "BTC3L")
ETH3L = TokenKey("gate", "ETH3L")


@pytest.fixture
def value_chart(qtbot: QtBot, desk: FakeDesk) -> ValueChart:
    return started_value(qtbot, desk)


@pytest.fixture
def overview(qtbot: QtBot, desk: FakeDesk) -> OverviewChart:
    return started_overview(qtbot, desk)


def started_value(qtbot: QtBot, desk: FakeDesk) -> ValueChart:
    chart = ValueChart(desk, Figures())
    qtbot.addWidget(chart)
    chart.resize(800, 300)
    chart.show()
    chart.start()
    return chart


def started_overview(qtbot: QtBot, desk: FakeDesk) -> OverviewChart:
    chart = OverviewChart(desk, Figures())
    qtbot.addWidget(chart)
    chart.resize(560, 500)
    chart.show()
    chart.show_holding(BTC3L, 1)
    chart.start()
    return chart


def plot_of(chart: OverviewChart) -> OverviewPlot:
    assert isinstance(chart.plot, OverviewPlot)
    return chart.plot


def drawn(chart: ValueChart | OverviewChart) -> bool:
    return chart.is_drawn


def plain(text: str) -> str:
    return text.replace("\u00a0", " ").replace("&nbsp;", " ")


# -- asking ------------------------------------------------------------------------------------------------------------


def test_nothing_is_asked_before_the_plot_is_there(qtbot: QtBot, desk: FakeDesk) -> None:
    chart = ValueChart(desk, Figures())
    qtbot.addWidget(chart)
    desk.publish()
    assert desk.calls == []
    chart.start()
    assert desk.calls == [("request_value", (1, ChartRange.ENTRY))]


def test_a_picked_range_and_changed_books_ask_again(value_chart: ValueChart, desk: FakeDesk) -> None:
    desk.calls.clear()
    value_chart.ranges._buttons[ChartRange.WEEK].click()
    desk.signals.books_changed.emit(None)
    assert desk.calls == [("request_value", (1, ChartRange.WEEK))] * 2


def test_a_live_view_asks_once_a_minute_and_another_portfolio_at_once(value_chart: ValueChart, desk: FakeDesk) -> None:
    desk.publish()
    desk.calls.clear()
    desk.publish()
    assert desk.calls == []
    desk.clock_ms += REFRESH_MS
    desk.publish()
    assert desk.calls == [("request_value", (1, ChartRange.ENTRY))]
    desk.select_portfolio(None)
    assert desk.calls[-1] == ("request_value", (None, ChartRange.ENTRY))


def test_an_answer_to_an_older_question_is_not_shown(qtbot: QtBot) -> None:
    desk = FakeDesk(hold=True)
    chart = started_overview(qtbot, desk)
    chart.ranges._buttons[ChartRange.DAY].click()
    assert len(desk.held) == 2
    desk.held[0]()
    assert not drawn(chart)
    desk.held[1]()
    assert drawn(chart)
    assert chart.note.text().startswith("100 = ")


def test_another_token_is_asked_for_and_none_is_said(overview: OverviewChart, desk: FakeDesk) -> None:
    overview.show_holding(ETH3L, 1)
    assert desk.calls[-1] == ("request_overview", (ETH3L, 1, ChartRange.ENTRY))
    overview.show_nothing()
    assert not drawn(overview)
    assert "Choose a token" in overview.message


# -- states ------------------------------------------------------------------------------------------------------------


def test_loading_drawn_failed_and_empty_are_told_apart(qtbot: QtBot) -> None:
    desk = FakeDesk(hold=True)
    chart = started_value(qtbot, desk)
    assert chart.message == "Loading the value of your portfolio…"
    desk.release()
    assert drawn(chart)
    assert chart.summary.text().startswith("Worth 12,986 USDT now")

    failed = started_value(qtbot, FakeDesk(state=DeskState.FAILED))
    assert failed.message == "There is no price history yet. Press F5 to fetch it."
    assert failed._retry.isVisible()

    empty = started_value(qtbot, FakeDesk(state=DeskState.EMPTY))
    assert empty.message == "Add a transaction and its value appears here."
    assert not empty._retry.isVisible()


def test_trying_again_refreshes_and_asks(qtbot: QtBot) -> None:
    desk = FakeDesk(state=DeskState.FAILED)
    chart = started_overview(qtbot, desk)
    desk.calls.clear()
    chart._retry.click()
    assert [name for name, _ in desk.calls] == ["refresh", "request_overview"]


def test_while_it_is_asked_again_the_old_drawing_stays(value_chart: ValueChart, desk: FakeDesk) -> None:
    desk._hold = True
    desk.signals.books_changed.emit(None)
    assert drawn(value_chart)


def test_a_partial_series_says_so(value_chart: ValueChart, desk: FakeDesk) -> None:
    times = np.array([0.0, 60.0, 120.0])
    series = ValueSeries(
        portfolio_id=1,
        range=ChartRange.ENTRY,
        currency="USDT",
        times_s=times,
        value=np.array([1.0, np.nan, 3.0]),
        invested=np.array([1.0, 1.0, 1.0]),
        partial=True,
        summary="Worth 3.",
    )
    desk.signals.value_ready.emit(series)
    assert value_chart.summary.text().startswith("Worth 3. Some holdings have no price for part of it.")


# -- what was taken ----------------------------------------------------------------------------------------------------


def value_plot(chart: ValueChart) -> ValuePlot:
    assert isinstance(chart.plot, ValuePlot)
    return chart.plot


def test_a_stretch_in_which_nobody_knows_what_was_taken_does_not_fill_across_the_plot(value_chart: ValueChart) -> None:
    plot = value_plot(value_chart)
    series = plot._series
    assert series is not None
    assert series.decay_taken is not None
    taken = series.decay_taken.copy()
    taken[:5] = np.nan
    taken[len(taken) // 2 : len(taken) // 2 + 4] = np.nan
    plot.show_series(replace(series, decay_taken=taken, taken_partial=True))
    drawn, value = plot._upper[0].values, plot._value.values
    np.testing.assert_array_equal(np.isfinite(drawn), np.isfinite(value))
    np.testing.assert_allclose(drawn[:5], value[:5])
    assert (drawn[np.isfinite(drawn)] >= value[np.isfinite(value)]).all()


def test_what_decay_and_fees_took_stands_above_the_value(value_chart: ValueChart) -> None:
    plot = value_plot(value_chart)
    names = [name for name, _ in plot.columns()]
    assert names == ["time", "value", "put in", "taken by decay", "taken by fees and funding"]
    columns = dict(plot.columns())
    first, second = (line.yData for line in plot._upper)
    np.testing.assert_allclose(first, columns["value"] + columns["taken by decay"])
    np.testing.assert_allclose(second, first + columns["taken by fees and funding"])
    assert all(band.isVisible() for band in plot._bands)
    legend = plain(value_chart.legend.text())
    assert "decay took" in legend
    assert "fees and funding took" in legend
    assert "decay has taken" in value_chart.summary.text()


def test_before_it_is_worked_out_there_are_no_bands_and_then_they_come(qtbot: QtBot) -> None:
    desk = FakeDesk(state=DeskState.STALE)
    chart = started_value(qtbot, desk)
    plot = value_plot(chart)
    assert not any(band.isVisible() for band in plot._bands)
    assert "decay" not in chart.summary.text()
    assert len(plot.columns()) == 3
    desk.explain()
    assert all(band.isVisible() for band in plot._bands)
    assert "decay has taken" in chart.summary.text()


def test_what_cannot_be_told_leaves_a_gap_and_is_said(value_chart: ValueChart, desk: FakeDesk) -> None:
    explained = desk.explained
    assert explained is not None
    assert explained.taken is not None
    hole = explained.taken.decay.copy()
    hole[20:30] = np.nan
    told = replace(explained, taken=replace(explained.taken, decay=hole, partial=True))
    series = with_taken(ready_series(value_chart), told.taken)
    value_plot(value_chart).show_series(series)
    assert "decay took, incomplete" in plain(value_chart.legend.text())
    assert "some holdings are missing" in taken_words(series, Figures())
    assert series.decay_taken is not None
    assert np.isnan(series.decay_taken).any()


def ready_series(chart: ValueChart) -> ValueSeries:
    assert chart._series is not None
    return chart._series


def test_hidden_amounts_hide_what_was_taken(value_chart: ValueChart) -> None:
    value_chart.set_figures(Figures(hide_amounts=True))
    legend = plain(value_chart.legend.text())
    assert DOTS in legend
    assert not value_chart.summary.isVisible()


# -- drawing and pointing ----------------------------------------------------------------------------------------------


def test_the_legend_reads_the_last_values_and_then_those_under_the_crosshair(overview: OverviewChart) -> None:
    plot = plot_of(overview)
    last = plain(overview.legend.text())
    assert "BTC3L price" in last
    plot.point_at(10)
    there = plain(overview.legend.text())
    assert there != last
    assert f"{plot._series.token[10]:.1f}" in there  # type: ignore[union-attr]
    assert "2026" in overview.note.text()
    plot.point_at(None)
    assert plain(overview.legend.text()) == last
    assert overview.note.text() == "100 = your entry"


def test_the_crosshair_moves_by_keys_and_stops_at_the_ends(overview: OverviewChart) -> None:
    plot = plot_of(overview)
    end = len(plot.times) - 1
    for key, index in (
        (Qt.Key.Key_Left, end),
        (Qt.Key.Key_Left, end - 1),
        (Qt.Key.Key_Right, end),
        (Qt.Key.Key_Right, end),
        (Qt.Key.Key_Home, 0),
        (Qt.Key.Key_PageUp, 0),
        (Qt.Key.Key_PageDown, 20),
        (Qt.Key.Key_End, end),
    ):
        QTest.keyClick(plot, key)
        assert plot.index == index
    assert all(pane.crosshair.isVisible() for pane in plot.panes)


def test_a_mouse_over_the_plot_points_at_the_nearest_moment(overview: OverviewChart) -> None:
    plot = plot_of(overview)
    box = plot.panes[0].getViewBox()
    plot._mouse_moved(box.sceneBoundingRect().center())
    assert plot.index is not None
    assert abs(plot.index - len(plot.times) / 2) < len(plot.times) / 10
    plot._mouse_moved(box.sceneBoundingRect().topLeft() - box.sceneBoundingRect().bottomRight())
    assert plot.index is None


def test_markers_tell_their_story_near_the_crosshair(overview: OverviewChart) -> None:
    plot = plot_of(overview)
    plot.point_at(0)
    assert "Bought 800 at 2.8510" in plot.toolTip()
    plot.point_at(len(plot.times) // 8)
    assert plot.toolTip() == ""


def test_trades_lie_on_the_line_and_rebalances_at_the_bottom(overview: OverviewChart) -> None:
    plot = plot_of(overview)
    low, high = plot.panes[0].viewRange()[1]
    heights = {spot.size(): spot.pos().y() for spot in plot._marks.points() if spot.symbol() == "t1"}
    assert heights[7] == pytest.approx(low + 0.02 * (high - low))
    assert heights[11] > low + 0.1 * (high - low)


def test_the_height_follows_what_is_visible(overview: OverviewChart) -> None:
    plot = plot_of(overview)
    before = plot.panes[0].viewRange()[1]
    first, last = float(plot.times[5]), float(plot.times[25])
    plot.panes[0].setXRange(first, last, padding=0)
    after = plot.panes[0].viewRange()[1]
    assert after[1] - after[0] < before[1] - before[0]
    plot.show_all()
    assert plot.panes[0].viewRange()[1] == pytest.approx(before)


def test_panes_line_up_and_move_together(overview: OverviewChart, qtbot: QtBot) -> None:
    plot = plot_of(overview)
    qtbot.waitUntil(lambda: plot.panes[0].values.width() > 0)
    assert plot.panes[0].values.width() == plot.panes[1].values.width()
    assert plot.panes[0].viewRange()[0] == plot.panes[1].viewRange()[0]


def test_a_new_theme_reaches_pens_and_legend_at_once(overview: OverviewChart, house_looks: theme.Theme) -> None:
    house_looks.apply(Settings(theme=ThemeChoice.DARK))
    plot = plot_of(overview)
    assert plot._token.opts["pen"].color() == theme.DARK.accent
    assert plot.backgroundBrush().color() == theme.DARK.surface
    assert theme.DARK.accent.name() in overview.legend.text()


def test_hidden_amounts_leave_the_shape_and_nothing_else(value_chart: ValueChart) -> None:
    value_chart.set_figures(Figures(hide_amounts=True))
    assert "••••" in value_chart.legend.text()
    assert "12,986" not in value_chart.legend.text()
    assert not value_chart.summary.isVisible()
    assert isinstance(value_chart.plot, ValuePlot)
    assert value_chart.plot._words(12_000.0, 1_000.0) == ""


def test_screen_readers_get_name_and_summary(overview: OverviewChart) -> None:
    assert plot_of(overview).accessibleName() == "Chart of the token against its underlying"
    assert plot_of(overview).accessibleDescription() == overview.summary.text()


def test_a_line_without_any_value_is_no_trouble(overview: OverviewChart, desk: FakeDesk) -> None:
    """A 5x position liquidated in the first hour leaves its plain multiple empty."""
    times = np.arange(0.0, 36_000.0, 3_600.0)
    nothing = np.full_like(times, np.nan)
    series = OverviewSeries(
        key=BTC3L,
        portfolio_id=1,
        range=ChartRange.ENTRY,
        times_s=times,
        token=np.linspace(100, 90, len(times)),
        plain_multiple=nothing,
        underlying=nothing,
        drawdown=np.linspace(0, -0.1, len(times)),
        base_ms=0,
        markers=(ChartMarker(0, MarkerKind.SETTLE, 100.0, "Settled"),),
        summary="It fell.",
        token_label="BTC3L",
        multiple_label="3× BTC",
        underlying_label="BTC",
        problem="The underlying's history is missing.",
    )
    desk.signals.overview_ready.emit(series)
    assert overview.summary.text() == "It fell. The underlying's history is missing."
    assert "3× BTC —" in plain(overview.legend.text().replace(f'<span style="color:{theme.LIGHT.text.name()}">', ""))
    assert not overview.grab().isNull()


def test_many_points_are_drawn_with_the_cheap_pen() -> None:
    line = ThinLine()
    times = np.arange(100_000, dtype=np.float64)
    line.draw(times, np.sin(times), theme.LIGHT.accent, main=True)
    line.show_between(0.0, 1e9, 800)
    assert line.opts["pen"].widthF() == 1.0
    assert not line.opts["antialias"]
    assert len(line.yData) <= 2 * 800
    assert len(line.values) == 100_000
    line.draw(times[:900], np.sin(times[:900]), theme.LIGHT.accent, main=True)
    assert line.opts["pen"].widthF() == 2.0
    assert line.opts["antialias"]
    assert len(line.yData) == 900


def test_zooming_into_a_long_line_brings_every_point_back() -> None:
    line = ThinLine()
    times = np.arange(100_000, dtype=np.float64)
    line.draw(times, np.cos(times), theme.LIGHT.accent)
    line.show_between(0.0, 99_999.0, 500)
    line.show_between(5_000.0, 5_100.0, 500)
    np.testing.assert_array_equal(line.xData, np.arange(4_999.0, 5_102.0))


def test_a_dashed_long_line_is_one_point_a_column() -> None:
    line = ThinLine()
    times = np.arange(100_000, dtype=np.float64)
    line.draw(times, np.sin(times), theme.LIGHT.accent, dashed=True)
    line.show_between(0.0, 99_999.0, 500)
    assert len(line.yData) <= 500


# -- taking it along ---------------------------------------------------------------------------------------------------


def test_data_are_copied_as_csv(overview: OverviewChart) -> None:
    menu = overview.findChild(ChartMenu)
    assert menu is not None
    menu.copy_data()
    lines = QGuiApplication.clipboard().text().splitlines()
    assert lines[0] == "time,BTC3L price,3× BTC simple,BTC,drawdown"
    assert len(lines) == 1 + len(plot_of(overview).times)
    assert lines[1].split(",")[1:] == ["100", "100", "100", "0"]


def test_unknown_values_are_empty_cells() -> None:
    columns = [("time", np.array([0.0, 1.5])), ("a", np.array([1.0, np.nan]))]
    assert as_csv(columns) == "time,a\n1970-01-01T00:00:00Z,1\n1970-01-01T00:00:01.500000Z,\n"


def test_the_picture_is_saved_where_asked(
    overview: OverviewChart, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[str] = []

    def answer(_parent: object, _title: str, proposed: str, _kinds: str) -> tuple[str, str]:
        asked.append(proposed)
        return str(tmp_path / "chart"), ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", answer)
    menu = overview.findChild(ChartMenu)
    assert menu is not None
    menu.save_picture()
    assert asked == ["token.png"]
    assert not QImage(str(tmp_path / "chart.png")).isNull()


def test_the_right_button_opens_the_house_s_menu(overview: OverviewChart, qtbot: QtBot) -> None:
    menu = overview.findChild(ChartMenu)
    assert menu is not None
    assert [action.text() for action in menu.actions() if action.text()] == [
        "Show all",
        "Copy data as CSV",
        "Copy picture",
        "Save picture…",
    ]


@pytest.mark.parametrize(("ts_s", "index"), [(-5.0, 0), (0.0, 0), (4.0, 0), (6.0, 1), (11.0, 1), (99.0, 2)])
def test_nearest_moment(ts_s: float, index: int) -> None:
    assert nearest(np.array([0.0, 10.0, 20.0]), ts_s) == index


@pytest.mark.parametrize(
    ("rough", "step"), [(0.9, 1.0), (1.0, 1.0), (1.7, 2.0), (2.2, 2.5), (30.0, 50.0), (0.011, 0.02)]
)
def test_axis_steps_are_round(rough: float, step: float) -> None:
    assert style.round_step(rough) == pytest.approx(step)


@pytest.mark.parametrize(("spacing", "decimals"), [(1000.0, 0), (1.0, 0), (0.5, 1), (0.25, 2), (2.5, 1), (0.02, 2)])
def test_neighbouring_labels_differ(spacing: float, decimals: int) -> None:
    assert style.step_decimals(spacing) == decimals
