from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QLocale, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from levdesk.services.explained_split import TERM_TITLES, AttributionView, Term, TermView
from levdesk.ui.charts.band_gauge import BandGauge, BandPicture
from levdesk.ui.charts.fan_chart import Fan, FanChart
from levdesk.ui.charts.plain_ticks import decimals_for, ticks
from levdesk.ui.charts.waterfall import Waterfall
from levdesk.ui.charts.waterfall_bars import bars_of, scale_of
from levdesk.ui.format import Figures

FIGURES = Figures(QLocale("en_US"))
MONEY = st.decimals(min_value=-99999, max_value=99999, places=2)


def split(paid: Decimal, parts: list[Decimal]) -> AttributionView:
    total = sum(parts, Decimal(0))
    terms = tuple(TermView(term, money, float(money) / 1000) for term, money in zip(Term, parts, strict=True))
    return AttributionView(terms=terms, total=total, total_ratio=None, paid=paid, worth=paid + total)


SPLIT = split(
    Decimal(3464), [Decimal(each) for each in ("42.3", "18.84", "-291.44", "0", "-98", "-31.1", "-23", "-7", "-23")]
)


@given(paid=MONEY, parts=st.lists(MONEY, min_size=9, max_size=9))
def test_the_steps_lead_from_paid_to_worth_exactly(paid: Decimal, parts: list[Decimal]) -> None:
    view = split(paid, parts)
    bars = bars_of(view, TERM_TITLES)
    assert bars[0].end == view.paid
    assert bars[-1].end == view.worth
    assert sum((bar.money for bar in bars if not bar.is_pillar), view.paid) == view.worth
    for before, after in pairwise(bars[:-1]):
        assert after.start == before.end
    scale = scale_of(bars)
    assert scale.low < scale.high
    assert all(scale.low <= float(bar.end) <= scale.high for bar in bars)


def test_a_part_that_is_nothing_takes_no_room_but_the_move_always_does() -> None:
    nothing = split(Decimal(100), [Decimal(0)] * 9)
    assert [bar.name for bar in bars_of(nothing, TERM_TITLES)] == ["Paid", "Move", "Now"]
    assert "Funding" not in [bar.name for bar in bars_of(SPLIT, TERM_TITLES)]


def test_the_axis_reaches_zero_unless_everything_lies_far_above_it() -> None:
    assert scale_of(bars_of(SPLIT, TERM_TITLES)).is_cut
    deep = split(Decimal(1000), [Decimal(-900), *[Decimal(0)] * 8])
    assert scale_of(bars_of(deep, TERM_TITLES)).low == 0.0
    taken_out = split(Decimal(-500), [Decimal(600), *[Decimal(0)] * 8])
    assert scale_of(bars_of(taken_out, TERM_TITLES)).low < -500


@pytest.fixture
def waterfall(qtbot: QtBot) -> Waterfall:
    made = Waterfall("Waterfall")
    qtbot.addWidget(made)
    made.resize(520, 236)
    made.show_bars(bars_of(SPLIT, TERM_TITLES), FIGURES)
    made.show()
    return made


def test_every_bar_carries_its_money(waterfall: Waterfall) -> None:
    assert waterfall.labels == ["3,464", "+42", "+19", "−291", "−98", "−31", "−23", "−7.0", "−23", "3,052"]
    for bar, text in zip(waterfall.bars, waterfall.labels, strict=True):
        assert bar.is_pillar or text[0] == ("+" if bar.money > 0 else "−")


def test_it_can_be_heard(waterfall: Waterfall) -> None:
    words = waterfall.accessibleDescription()
    assert words.startswith("From 3,464 paid: leveraged move +42")
    assert "volatility decay −291" in words
    assert words.endswith("worth 3,052 now.")


def test_the_arrow_keys_tell_one_bar_after_the_other(waterfall: Waterfall) -> None:
    waterfall.setFocus()
    QTest.keyClick(waterfall, Qt.Key.Key_Right)
    assert waterfall.index == 0
    for _ in range(20):
        QTest.keyClick(waterfall, Qt.Key.Key_Right)
    assert waterfall.index == len(waterfall.bars) - 1
    QTest.keyClick(waterfall, Qt.Key.Key_Left)
    assert waterfall.told(8) == "Unexplained: −23.00 (−2.30\u00a0% of what you paid in)"


def test_hidden_amounts_become_shares(waterfall: Waterfall) -> None:
    waterfall.show_bars(waterfall.bars, Figures(QLocale("en_US"), hide_amounts=True))
    assert waterfall.labels[3] == "−29.1\u00a0%"
    assert not any(
        "3,464" in text for text in (*waterfall.labels, waterfall.told(0), waterfall.accessibleDescription())
    )
    assert waterfall._axis_words() == []


@pytest.mark.parametrize("width", [300, 330, 420, 520, 900])
def test_names_and_labels_have_a_place_of_their_own(waterfall: Waterfall, width: int) -> None:
    waterfall.resize(width, 236)
    waterfall.grab()
    plot = waterfall._plot()
    assert plot.height() > 120
    for index in range(len(waterfall.bars)):
        body = waterfall._body(index)
        assert plot.left() <= body.left() <= body.right() <= plot.right()
        assert plot.top() - 1 <= body.top() <= body.bottom() <= plot.bottom() + 1


# -- gauge -------------------------------------------------------------------------------------------------------------

PICTURE = BandPicture(
    low=2.25, high=4.125, now=3.06, target=3.0, now_text="3.06× now", target_text="target 3×",
    low_lines=("2.25×", "BTC 110,390"), high_lines=("4.125×", "BTC 82,019"), spoken="3.06× now",
)  # fmt: skip


def test_places_on_the_gauge_run_from_edge_to_edge() -> None:
    assert PICTURE.along(2.25) == 0.0
    assert PICTURE.along(4.125) == 1.0
    assert PICTURE.along(9.0) == 1.0
    assert PICTURE.along(3.0) == pytest.approx(0.4)


@pytest.mark.parametrize(("now", "near"), [(3.06, False), (4.0, True), (4.5, True), (2.3, True), (None, False)])
def test_it_warns_close_to_an_edge(now: float | None, near: bool) -> None:
    assert replace(PICTURE, now=now).is_near is near


def test_an_end_without_a_rule_does_not_warn() -> None:
    assert not replace(PICTURE, now=2.25, low_lines=()).is_near


def test_the_gauge_speaks(qtbot: QtBot) -> None:
    gauge = BandGauge("Gauge")
    qtbot.addWidget(gauge)
    gauge.show_band(PICTURE)
    gauge.resize(320, gauge.sizeHint().height())
    assert not gauge.grab().isNull()
    assert gauge.accessibleDescription() == "3.06× now"


# -- fan ---------------------------------------------------------------------------------------------------------------


def test_the_fan_is_read_day_by_day_with_the_keys(qtbot: QtBot) -> None:
    chart = FanChart("Fan")
    qtbot.addWidget(chart)
    chart.resize(420, 210)
    fan = Fan(
        days=(0.0, 1.0, 2.0), lines=((0.05, (1, 0.9, 0.8)), (0.5, (1, 1, 0.99)), (0.95, (1, 1.1, 1.3))), now_text="x"
    )
    chart.show_fan(fan, str, "spoken")
    chart.show()
    assert list(fan.median or ()) == [1, 1, 0.99]
    assert chart.accessibleDescription() == "spoken"
    places: list[int] = []
    chart.pointed.connect(places.append)
    QTest.keyClick(chart, Qt.Key.Key_Left)
    assert places == [1]
    for _ in range(5):
        QTest.keyClick(chart, Qt.Key.Key_Left)
    assert chart.index == 0
    assert not chart.grab().isNull()


# -- ticks -------------------------------------------------------------------------------------------------------------


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6), st.integers(1, 12))
def test_ticks_are_round_inside_and_not_too_many(low: float, span: float, at_most: int) -> None:
    found = ticks(low, low + span, at_most)
    assert len(found) <= at_most + 1
    slack = 1e-6 * max(abs(low), span)
    assert all(low - slack <= value <= low + span + slack for value in found)


def test_ticks_of_nothing_are_none() -> None:
    assert ticks(1.0, 1.0, 5) == []
    assert ticks(float("nan"), 1.0, 5) == []
    assert decimals_for([0.0, 0.25, 0.5]) == 2
    assert decimals_for([0.0, 50.0]) == 0
